/**
 * Integers of 1 to 64 bits at any bit offset of a byte range, highest bit first; bytes behind the range are zeros.
 *
 * An integer of up to NARROW_BITS and its neighbours in the same bytes fit the 53 bits of a double; wider ones are
 * bigints.
 */

/** Widest integer that `readNarrow` and `writeNarrow` take. */
export const NARROW_BITS = 32;

/** The unsigned integer in `bits` (up to NARROW_BITS) bits from bit `at` of u8[off .. off + len) on. */
export function readNarrow(u8: Uint8Array, off: number, len: number, at: number, bits: number): number {
  const first = Math.floor(at / 8);
  const shift = at % 8;
  const bytes = (shift + bits + 7) >>> 3;
  let window = 0;
  for (let i = first; i < first + bytes; i++) window = window * 256 + (i < len ? u8[off + i]! : 0);
  return Math.floor(window / 2 ** (bytes * 8 - shift - bits)) % 2 ** bits;
}

/** Writes an unsigned integer of `bits` (up to NARROW_BITS) bits; all its bytes must exist. */
export function writeNarrow(u8: Uint8Array, off: number, at: number, bits: number, value: number): void {
  const first = off + Math.floor(at / 8);
  const shift = at % 8;
  const bytes = (shift + bits + 7) >>> 3;
  let window = 0;
  for (let i = first; i < first + bytes; i++) window = window * 256 + u8[i]!;
  const unit = 2 ** (bytes * 8 - shift - bits);
  const old = Math.floor(window / unit) % 2 ** bits;
  window += (value - old) * unit;
  for (let i = first + bytes - 1; i >= first; i--) {
    const rest = Math.floor(window / 256);
    u8[i] = window - rest * 256;
    window = rest;
  }
}

/** Like `readNarrow` for up to 64 bits. */
export function readWide(u8: Uint8Array, off: number, len: number, at: number, bits: number): bigint {
  const first = Math.floor(at / 8);
  const shift = at % 8;
  const bytes = (shift + bits + 7) >>> 3;
  let window = 0n;
  for (let i = first; i < first + bytes; i++) window = (window << 8n) | BigInt(i < len ? u8[off + i]! : 0);
  return BigInt.asUintN(bits, window >> BigInt(bytes * 8 - shift - bits));
}

/** Like `writeNarrow` for up to 64 bits. */
export function writeWide(u8: Uint8Array, off: number, at: number, bits: number, value: bigint): void {
  const first = off + Math.floor(at / 8);
  const shift = at % 8;
  const bytes = (shift + bits + 7) >>> 3;
  const unitBits = BigInt(bytes * 8 - shift - bits);
  let window = 0n;
  for (let i = first; i < first + bytes; i++) window = (window << 8n) | BigInt(u8[i]!);
  const old = BigInt.asUintN(bits, window >> unitBits);
  window += (BigInt.asUintN(bits, value) - old) << unitBits;
  for (let i = first + bytes - 1; i >= first; i--) {
    u8[i] = Number(window & 0xffn);
    window >>= 8n;
  }
}
