/**
 * The hash of HyperLogLog elements: 64-bit MurmurHash2 (the variant 64A), little endian, with Redis's seed, in pairs of
 * 32-bit halves. Everything that is stored depends on it.
 */

const SEED_HIGH = 0;
const SEED_LOW = 0xadc83b19;
/** The multiplier 0xc6a4a7935bd1e995, and the lower half in halves of its own. */
const MUL_HIGH = 0xc6a4a793;
const MUL_LOW = 0x5bd1e995;
const MUL_LOW_0 = 0xe995;
const MUL_LOW_1 = 0x5bd1;

/** Halves of the hash in the making. */
let high = 0;
let low = 0;

/** Multiplies by the multiplier, modulo 2^64. */
function multiply(): void {
  // The upper half of low * MUL_LOW from products of 16-bit halves; no sum exceeds 32 bits.
  const low0 = low & 0xffff;
  const low1 = low >>> 16;
  const middle = (Math.imul(low1, MUL_LOW_0) + (Math.imul(low0, MUL_LOW_0) >>> 16)) >>> 0;
  const other = Math.imul(low0, MUL_LOW_1) + (middle & 0xffff);
  const upper = Math.imul(low1, MUL_LOW_1) + (middle >>> 16) + (other >>> 16);
  high = (upper + Math.imul(high, MUL_LOW) + Math.imul(low, MUL_HIGH)) | 0;
  low = Math.imul(low, MUL_LOW);
}

/** hash ^= hash >> 47. */
function fold(): void {
  low ^= high >>> 15;
}

function load(buf: Uint8Array, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
}

/** What `hashElement` found: both 32-bit halves, signed. */
export const elementHash = { high: 0, low: 0 };

/** Hashes buf[off .. off + len) into `elementHash`. */
export function hashElement(buf: Uint8Array, off: number, len: number): void {
  low = len | 0;
  high = 0;
  multiply();
  let sumLow = low ^ SEED_LOW;
  let sumHigh = high ^ SEED_HIGH;
  let at = off;
  for (const end = off + (len & ~7); at < end; at += 8) {
    low = load(buf, at);
    high = load(buf, at + 4);
    multiply();
    fold();
    multiply();
    low ^= sumLow;
    high ^= sumHigh;
    multiply();
    sumLow = low;
    sumHigh = high;
  }
  low = sumLow;
  high = sumHigh;
  const rest = len & 7;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) {
      if (i < 4) low ^= buf[at + i]! << (8 * i);
      else high ^= buf[at + i]! << (8 * (i - 4));
    }
    multiply();
  }
  fold();
  multiply();
  fold();
  elementHash.low = low;
  elementHash.high = high;
}
