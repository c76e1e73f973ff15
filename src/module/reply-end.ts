// Where a reply ends: the check that a module's command wrote one reply, whole.

const CR = 13;

/** Position behind the first reply (with its attributes) of `bytes` from `at` to `end`; -1 when it is not whole. */
export function endOfReply(bytes: Uint8Array, at: number, end: number): number {
  for (let pending = 1; pending > 0; pending--) {
    if (at >= end) return -1;
    const type = bytes[at]!;
    let count = 0;
    let known = true;
    let line = at + 1;
    if (bytes[line] === 45) known = false;
    for (; line < end; line++) {
      const byte = bytes[line]!;
      if (byte === CR) break;
      count = count * 10 + byte - 48;
    }
    line += 2;
    if (line > end) return -1;
    at = line;
    // $ and =: text follows.
    if ((type === 36 || type === 61) && known) at += count + 2;
    // * and ~ and >, then % and |: elements follow.
    else if (type === 42 || type === 126 || type === 62) pending += known ? count : 0;
    else if (type === 37) pending += 2 * count;
    else if (type === 124) pending += 2 * count + 1;
  }
  return at > end ? -1 : at;
}
