/**
 * Keyed hash of byte ranges: HalfSipHash with 1 compression and 3 finalisation rounds, 32-bit result.
 *
 * Keyed by 64 secret random bits per process, so that clients cannot aim keys at one bucket. 32-bit operations only:
 * 64-bit SipHash would need BigInt or pairs of words. No allocation.
 * `key0 | 0` tells V8 that the state is made of 32-bit integers from the start: without it a call takes twice as long.
 * A key of 16 bytes takes 23 ns with a word view of its buffer (word-view.ts), 40 ns without one.
 */
import { randomBytes } from 'node:crypto';
import { wordView } from '../memory/word-view.ts';

const V2 = 0x6c796765;
const V3 = 0x74656462;

let key0 = 0;
let key1 = 0;

/** Sets the key, two 32-bit words. Existing dicts become unusable: for tests, before any dict exists. */
export function setHashSeed(seed0: number, seed1: number): void {
  key0 = seed0 | 0;
  key1 = seed1 | 0;
}

/** A word of the key, 0 or 1, for native code that hashes too. Secret. */
export function hashSeed(word: 0 | 1): number {
  return word === 0 ? key0 : key1;
}

const random = randomBytes(8);
setHashSeed(random.readInt32LE(0), random.readInt32LE(4));

/** Hash of `len` bytes from `off`: a *signed* 32-bit number, which is always a small integer for V8. */
export function hashBytes(buf: Uint8Array, off: number, len: number): number {
  const view = wordView(buf);
  return view === null ? hashByBytes(buf, off, len) : hashByWords(view, off, len);
}

/** The same for a buffer of which there is a view at hand, such as the arena's chunks. */
export function hashByWords(view: DataView, off: number, len: number): number {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = V2 ^ v0;
  let v3 = V3 ^ v1;
  let i = off;
  for (const end = off + (len & ~3); i < end; i += 4) {
    const m = view.getInt32(i, true);
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
  if (rest > 2) last |= view.getUint8(i + 2) << 16;
  if (rest > 1) last |= view.getUint8(i + 1) << 8;
  if (rest > 0) last |= view.getUint8(i);
  return finish(v0, v1, v2, v3, last);
}

function hashByBytes(buf: Uint8Array, off: number, len: number): number {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = V2 ^ v0;
  let v3 = V3 ^ v1;
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
  return finish(v0, v1, v2, v3, last);
}

/** The round of the last word and the three final rounds, written out: a loop costs 8 ns more. */
function finish(v0: number, v1: number, v2: number, v3: number, last: number): number {
  v3 ^= last;
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
  v0 ^= last;
  v2 ^= 0xff;
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
  return v1 ^ v3;
}
