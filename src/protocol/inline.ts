/**
 * Splits a line into arguments as redis-cli, inline requests and configuration lines do: blanks separate, "double
 * quotes" know \n \r \t \b \a \xHH and escaped characters, 'single quotes' know only \'. A closing quote must be
 * followed by a blank or the end of the line.
 */
const SIMPLE_ESCAPES = new Map<number, number>([
  [110, 10],
  [114, 13],
  [116, 9],
  [98, 8],
  [97, 7],
]);

function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The arguments of `buf[from .. end)`, or null when a quote is not closed or is followed by more text. */
export function splitInline(buf: Uint8Array, from: number, end: number): Buffer[] | null {
  const parts: Buffer[] = [];
  let i = from;
  for (;;) {
    while (i < end && (isBlank(buf[i]!) || buf[i] === 0)) {
      if (buf[i] === 0) return parts;
      i++;
    }
    if (i >= end) return parts;
    const current: number[] = [];
    let quote = 0;
    for (;;) {
      const byte = i < end ? buf[i]! : 0;
      if (byte === 0) {
        if (quote !== 0) return null;
        break;
      }
      if (quote === 34 && byte === 92 && i + 1 < end) {
        const high = hexDigit(buf[i + 2]);
        const low = hexDigit(buf[i + 3]);
        if (buf[i + 1] === 120 && i + 3 < end && high >= 0 && low >= 0) {
          current.push(high * 16 + low);
          i += 4;
        } else {
          current.push(SIMPLE_ESCAPES.get(buf[i + 1]!) ?? buf[i + 1]!);
          i += 2;
        }
        continue;
      }
      if (quote === 39 && byte === 92 && i + 1 < end && buf[i + 1] === 39) {
        current.push(39);
        i += 2;
        continue;
      }
      if (quote !== 0 && byte === quote) {
        if (i + 1 < end && !isBlank(buf[i + 1]!) && buf[i + 1] !== 0) return null;
        i++;
        break;
      }
      if (quote === 0) {
        if (isBlank(byte)) break;
        // A quote opens wherever it stands, also inside a word, as in Redis.
        if (byte === 34 || byte === 39) {
          quote = byte;
          i++;
          continue;
        }
      }
      current.push(byte);
      i++;
    }
    parts.push(Buffer.from(current));
  }
}
