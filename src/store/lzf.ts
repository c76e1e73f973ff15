/**
 * LZF, the compression of RDB strings and of inner quicklist nodes. The format, a sequence of:
 *
 *     000nnnnn                          n + 1 literal bytes follow
 *     nnnddddd dddddddd                 n = 1 … 6: n + 2 bytes from distance d + 1 back; high bits of d first
 *     111ddddd nnnnnnnn dddddddd        n + 9 such bytes
 *
 * A copy may overlap what it writes. O(bytes); works on ranges, allocates nothing.
 */

const HASH_BITS = 14;
const MAX_LITERALS = 32;
const MAX_DISTANCE = 8192;
const MAX_MATCH_BYTES = 264;
const SHORT_MATCH_MAX = 8;

/** Hash of three bytes -> `base` + where they were last met. What is below `base` is of an earlier call. */
const table = new Float64Array(1 << HASH_BITS);
let base = 1;

/**
 * Compresses src[off .. off + len) to dst[dstOff …]. Returns the bytes written, 0 when they are more than `room`: then
 * it is not worth it. The ranges must not overlap.
 */
export function lzfCompress(
  src: Uint8Array,
  off: number,
  len: number,
  dst: Uint8Array,
  dstOff: number,
  room: number,
): number {
  const end = off + len;
  const limit = dstOff + room;
  const shift = base - off;
  base += len;
  let from = off;
  let to = dstOff;
  let i = off;
  while (i < end - 2) {
    const three = src[i]! | (src[i + 1]! << 8) | (src[i + 2]! << 16);
    const hash = Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS);
    const seen = table[hash]! - shift;
    table[hash] = i + shift;
    if (seen < off || i - seen > MAX_DISTANCE || !sameThree(src, seen, i)) {
      i++;
      continue;
    }
    const bytes = matchBytes(src, seen, i, end);
    to = writeLiterals(src, from, i, dst, to, limit);
    if (to === 0 || to + 3 > limit) return 0;
    const distance = i - seen - 1;
    if (bytes <= SHORT_MATCH_MAX) dst[to++] = ((bytes - 2) << 5) | (distance >>> 8);
    else {
      dst[to++] = 0xe0 | (distance >>> 8);
      dst[to++] = bytes - 9;
    }
    dst[to++] = distance;
    i += bytes;
    from = i;
  }
  to = writeLiterals(src, from, end, dst, to, limit);
  return to === 0 ? 0 : to - dstOff;
}

function sameThree(src: Uint8Array, a: number, b: number): boolean {
  return src[a] === src[b] && src[a + 1] === src[b + 1] && src[a + 2] === src[b + 2];
}

/** How many bytes from `seen` on are those from i on; at least three are. */
function matchBytes(src: Uint8Array, seen: number, i: number, end: number): number {
  const max = Math.min(end - i, MAX_MATCH_BYTES);
  let bytes = 3;
  while (bytes < max && src[seen + bytes] === src[i + bytes]) bytes++;
  return bytes;
}

/** Returns the position behind them, 0 when they do not fit. */
function writeLiterals(src: Uint8Array, from: number, end: number, dst: Uint8Array, to: number, limit: number): number {
  while (from < end) {
    const count = Math.min(end - from, MAX_LITERALS);
    if (to + 1 + count > limit) return 0;
    dst[to++] = count - 1;
    for (let k = 0; k < count; k++) dst[to++] = src[from++]!;
  }
  return to;
}

/**
 * Decompresses src[off .. off + len) to dst[dstOff .. dstOff + room). Returns the bytes written, -1 when the input is
 * malformed or needs more room. Reads and writes nothing outside of the ranges, which must not overlap.
 */
export function lzfDecompress(
  src: Uint8Array,
  off: number,
  len: number,
  dst: Uint8Array,
  dstOff: number,
  room: number,
): number {
  const end = off + len;
  const limit = dstOff + room;
  let to = dstOff;
  for (let i = off; i < end; ) {
    const control = src[i++]!;
    if (control < MAX_LITERALS) {
      const count = control + 1;
      if (i + count > end || to + count > limit) return -1;
      for (let k = 0; k < count; k++) dst[to++] = src[i++]!;
      continue;
    }
    let count = control >>> 5;
    if (count === 7) {
      if (i === end) return -1;
      count += src[i++]!;
    }
    count += 2;
    if (i === end) return -1;
    let seen = to - (((control & 0x1f) << 8) | src[i++]!) - 1;
    if (seen < dstOff || to + count > limit) return -1;
    for (let k = 0; k < count; k++) dst[to++] = dst[seen++]!;
  }
  return to - dstOff;
}
