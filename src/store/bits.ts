/**
 * Counting and finding bits in byte ranges. Bit 0 is the highest bit of the first byte, as in all bitmap commands.
 *
 * A range of bytes lies in a chunk of which there is a view by bytes and one by aligned 32-bit words; bytes before the
 * first and behind the last whole word go one by one. Offsets of bits can exceed 32 bits.
 *
 * Long ranges are counted by vectors (wide-words.ts). Elsewhere counting takes eight words at a time and adds them up bit by bit in carry-save adders (Harley and Seal), so that only
 * one word in eight needs its bits counted: measured 1.5 times as fast as counting each.
 */

import { WIDE_FROM_BYTES, wideWords } from '../memory/wide-words.ts';

/** Set bits of a 32-bit word. */
export function popcount32(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Set bits among the bits from … to (both included) of the bytes at `off`. */
export function countBits(u8: Uint8Array, u32: Uint32Array, off: number, from: number, to: number): number {
  const first = off + Math.floor(from / 8);
  const last = off + Math.floor(to / 8);
  const before = u8[first]! & ~(0xff >> (from % 8));
  const behind = u8[last]! & (0x7f >> (to % 8));
  return countBytes(u8, u32, first, last + 1) - popcount32(before) - popcount32(behind);
}

/** Set bits of the bytes u8[from .. to). */
function countBytes(u8: Uint8Array, u32: Uint32Array, from: number, to: number): number {
  const wide = to - from >= WIDE_FROM_BYTES ? wideWords() : null;
  if (wide !== null) return wide.count(u8, from, to);
  let n = 0;
  const aligned = Math.min(to, (from + 3) & ~3);
  for (; from < aligned; from++) n += popcount32(u8[from]!);
  const end = to & ~3;
  if (from < end) {
    n += countWords(u32, from >>> 2, end >>> 2);
    from = end;
  }
  for (; from < to; from++) n += popcount32(u8[from]!);
  return n;
}

function countWords(u32: Uint32Array, from: number, to: number): number {
  // Each accumulator's set bits stand for one, two, four bits seen; overflows of fours are counted at once.
  let ones = 0;
  let twos = 0;
  let fours = 0;
  let eights = 0;
  let i = from;
  for (const last = to - 7; i < last; i += 8) {
    const w0 = u32[i]!;
    const w1 = u32[i + 1]!;
    const w2 = u32[i + 2]!;
    const w3 = u32[i + 3]!;
    const w4 = u32[i + 4]!;
    const w5 = u32[i + 5]!;
    const w6 = u32[i + 6]!;
    const w7 = u32[i + 7]!;
    let u = ones ^ w0;
    const twosA = (ones & w0) | (u & w1);
    ones = u ^ w1;
    u = ones ^ w2;
    const twosB = (ones & w2) | (u & w3);
    ones = u ^ w3;
    u = twos ^ twosA;
    const foursA = (twos & twosA) | (u & twosB);
    twos = u ^ twosB;
    u = ones ^ w4;
    const twosC = (ones & w4) | (u & w5);
    ones = u ^ w5;
    u = ones ^ w6;
    const twosD = (ones & w6) | (u & w7);
    ones = u ^ w7;
    u = twos ^ twosC;
    const foursB = (twos & twosC) | (u & twosD);
    twos = u ^ twosD;
    u = fours ^ foursA;
    eights += popcount32((fours & foursA) | (u & foursB));
    fours = u ^ foursB;
  }
  let n = eights * 8 + popcount32(fours) * 4 + popcount32(twos) * 2 + popcount32(ones);
  for (; i < to; i++) n += popcount32(u32[i]!);
  return n;
}

/** Position of the first bit with value `bit` (0 or 1) among the bits from … to of the bytes at `off`; -1: none. */
export function findBit(u8: Uint8Array, u32: Uint32Array, off: number, from: number, to: number, bit: number): number {
  const flip = bit === 0 ? 0xff : 0;
  const first = Math.floor(from / 8);
  const last = Math.floor(to / 8);
  const lastMask = 0xff ^ (0x7f >> (to % 8));
  const head = (u8[off + first]! ^ flip) & (0xff >> (from % 8)) & (first === last ? lastMask : 0xff);
  if (head !== 0) return first * 8 + Math.clz32(head) - 24;
  if (first === last) return -1;
  const at = skipBytes(u8, u32, off + first + 1, off + last, flip) - off;
  const byte = (u8[off + at]! ^ flip) & (at === last ? lastMask : 0xff);
  return byte === 0 ? -1 : at * 8 + Math.clz32(byte) - 24;
}

/** The first byte of u8[from .. to) that is not `skipped` (0 or 255); `to` when there is none. */
function skipBytes(u8: Uint8Array, u32: Uint32Array, from: number, to: number, skipped: number): number {
  const aligned = Math.min(to, (from + 3) & ~3);
  for (; from < aligned; from++) if (u8[from] !== skipped) return from;
  const word = skipped === 0 ? 0 : 0xffffffff;
  let i = from >>> 2;
  const end = to >>> 2;
  while (i < end && u32[i] === word) i++;
  if (i << 2 > from) from = i << 2;
  while (from < to && u8[from] === skipped) from++;
  return from;
}
