/**
 * The hash of HyperLogLog elements: 64-bit MurmurHash2 (the variant 64A), little endian, with Redis's seed, in pairs of
 * 32-bit halves. Everything that is stored depends on it.
 */

import { wordView } from '../memory/word-view.ts';

const SEED_HIGH = 0;
const SEED_LOW = 0xadc83b19;
/** The multiplier 0xc6a4a7935bd1e995, and the lower half in halves of its own. */
const MUL_HIGH = 0xc6a4a793;
const MUL_LOW = 0x5bd1e995;
const MUL_LOW_0 = 0xe995;
const MUL_LOW_1 = 0x5bd1;

/** The upper half of (high, low) times the multiplier, modulo 2^64; the lower one is that of the lower halves. */
function multipliedHigh(high: number, low: number): number {
  // The upper half of low * MUL_LOW from products of 16-bit halves; no sum exceeds 32 bits.
  const low0 = low & 0xffff;
  const low1 = low >>> 16;
  const middle = (Math.imul(low1, MUL_LOW_0) + (Math.imul(low0, MUL_LOW_0) >>> 16)) >>> 0;
  const other = Math.imul(low0, MUL_LOW_1) + (middle & 0xffff);
  const upper = Math.imul(low1, MUL_LOW_1) + (middle >>> 16) + (other >>> 16);
  return (upper + Math.imul(high, MUL_LOW) + Math.imul(low, MUL_HIGH)) | 0;
}

function load(buf: Uint8Array, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
}

/** What `hashElement` found: both 32-bit halves, signed. */
export const elementHash = { high: 0, low: 0 };

/** Hashes buf[off .. off + len) into `elementHash`. All is in local variables, which stay in registers. */
export function hashElement(buf: Uint8Array, off: number, len: number): void {
  let high = multipliedHigh(0, len | 0) ^ SEED_HIGH;
  let low = Math.imul(len, MUL_LOW) ^ SEED_LOW;
  const view = wordView(buf);
  let at = off;
  for (const end = off + (len & ~7); at < end; at += 8) {
    let wordHigh = view === null ? load(buf, at + 4) : view.getInt32(at + 4, true);
    let wordLow = view === null ? load(buf, at) : view.getInt32(at, true);
    wordHigh = multipliedHigh(wordHigh, wordLow);
    wordLow = Math.imul(wordLow, MUL_LOW);
    // word ^= word >> 47
    wordLow ^= wordHigh >>> 15;
    high ^= multipliedHigh(wordHigh, wordLow);
    low ^= Math.imul(wordLow, MUL_LOW);
    high = multipliedHigh(high, low);
    low = Math.imul(low, MUL_LOW);
  }
  const rest = len & 7;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) {
      if (i < 4) low ^= buf[at + i]! << (8 * i);
      else high ^= buf[at + i]! << (8 * (i - 4));
    }
    high = multipliedHigh(high, low);
    low = Math.imul(low, MUL_LOW);
  }
  low ^= high >>> 15;
  high = multipliedHigh(high, low);
  low = Math.imul(low, MUL_LOW);
  elementHash.low = low ^ (high >>> 15);
  elementHash.high = high;
}
