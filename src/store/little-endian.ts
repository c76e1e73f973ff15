/** 32-bit words at any byte offset, low byte first: for layouts that are not aligned. */

export function readU32(u8: Uint8Array, p: number): number {
  return (u8[p]! | (u8[p + 1]! << 8) | (u8[p + 2]! << 16) | (u8[p + 3]! << 24)) >>> 0;
}

/** Writes the low 32 bits of n. */
export function writeU32(u8: Uint8Array, p: number, n: number): void {
  u8[p] = n;
  u8[p + 1] = n >>> 8;
  u8[p + 2] = n >>> 16;
  u8[p + 3] = n >>> 24;
}
