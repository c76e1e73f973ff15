/**
 * Keyed hash of byte ranges: HalfSipHash with 1 compression and 3 finalisation rounds, 32-bit result.
 *
 * Keyed by 64 secret random bits per process, so that clients cannot aim keys at one bucket. 32-bit operations only:
 * 64-bit SipHash would need BigInt or pairs of words. No allocation.
 */
import { randomBytes } from 'node:crypto';

let key0 = 0;
let key1 = 0;

/** Sets the key, two 32-bit words. Existing dicts become unusable: for tests, before any dict exists. */
export function setHashSeed(seed0: number, seed1: number): void {
  key0 = seed0 | 0;
  key1 = seed1 | 0;
}

const random = randomBytes(8);
setHashSeed(random.readInt32LE(0), random.readInt32LE(4));

/** Hash of `len` bytes from `off`: a *signed* 32-bit number, which is always a small integer for V8. */
export function hashBytes(buf: Uint8Array, off: number, len: number): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  let i = off;
  for (const end = off + (len & ~3); i < end; i += 4) {
    const m = buf[i]! | (buf[i + 1]! << 8) | (buf[i + 2]! << 16) | (buf[i + 3]! << 24);
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
  }
  let last = len << 24;
  const rest = len & 3;
  if (rest > 2) last |= buf[i + 2]! << 16;
  if (rest > 1) last |= buf[i + 1]! << 8;
  if (rest > 0) last |= buf[i]!;
  v3 ^= last;
  // One round for the last word, then three to finish.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 0) {
      v0 ^= last;
      v2 ^= 0xff;
    }
  }
  return v1 ^ v3;
}
