/**
 * Byte range primitives for hot paths: no allocation for short ranges.
 *
 * Measured on Node 20.20, x86-64, ns per call for 3 / 16 / 32 / 64 / 128 / 1024 bytes between two large arrays:
 *   byte loop, 8 at a time       6 /  21 /  37 /  70 / 130 / 1000
 *   plain byte loop              9 /  37 /  80 / 120 / 228 / 1800
 *   dst.set(src.subarray())     80 /  90 /  88 /  80 /  72 /   75
 *   Buffer.prototype.copy      100 / 100 /  90 /  87 /  86 /   88
 *   DataView u32, given views   10 /  16 /  27 /  50 /  92 /  710
 *   DataView u32, new views    217 / 222 / 231 / 250 / 280 /  800
 * So: an unrolled byte loop up to 64 bytes, `set(subarray)` above. DataViews win a little only when both views are
 * at hand, which callers with a query buffer do not have.
 */

/** Above this length `dst.set(src.subarray())` beats a loop. */
const LOOP_MAX_BYTES = 64;

/** Copies `len` bytes. Ranges of one buffer may overlap only when the target comes first (else use `copyWithin`). */
export function copyBytes(src: Uint8Array, srcOff: number, dst: Uint8Array, dstOff: number, len: number): void {
  if (len > LOOP_MAX_BYTES) {
    dst.set(src.subarray(srcOff, srcOff + len), dstOff);
    return;
  }
  let i = 0;
  for (const last = len - 7; i < last; i += 8) {
    const s = srcOff + i;
    const d = dstOff + i;
    dst[d] = src[s]!;
    dst[d + 1] = src[s + 1]!;
    dst[d + 2] = src[s + 2]!;
    dst[d + 3] = src[s + 3]!;
    dst[d + 4] = src[s + 4]!;
    dst[d + 5] = src[s + 5]!;
    dst[d + 6] = src[s + 6]!;
    dst[d + 7] = src[s + 7]!;
  }
  for (; i < len; i++) dst[dstOff + i] = src[srcOff + i]!;
}

/** Whether two ranges of the same length hold the same bytes. */
export function equalBytes(a: Uint8Array, aOff: number, b: Uint8Array, bOff: number, len: number): boolean {
  if (len > 256) return Buffer.compare(a.subarray(aOff, aOff + len), b.subarray(bOff, bOff + len)) === 0;
  for (let i = 0; i < len; i++) {
    if (a[aOff + i] !== b[bOff + i]) return false;
  }
  return true;
}

/** Order of two ranges: memcmp of the common length, then the shorter one first. Returns < 0, 0 or > 0. */
export function compareBytes(
  a: Uint8Array,
  aOff: number,
  aLen: number,
  b: Uint8Array,
  bOff: number,
  bLen: number,
): number {
  const common = Math.min(aLen, bLen);
  // Most comparisons are decided in the first bytes; only a long common prefix is worth a native call.
  const looped = Math.min(common, 64);
  for (let i = 0; i < looped; i++) {
    const diff = a[aOff + i]! - b[bOff + i]!;
    if (diff !== 0) return diff;
  }
  if (looped < common) {
    const order = Buffer.compare(a.subarray(aOff + looped, aOff + common), b.subarray(bOff + looped, bOff + common));
    if (order !== 0) return order;
  }
  return aLen - bLen;
}
