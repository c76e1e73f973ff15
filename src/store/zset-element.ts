/**
 * An element of a large sorted set: one arena block, known to the set's hash table and to its tree.
 *
 *   word 0      length of the member in bytes
 *   word 1      hash of the member
 *   words 2, 3  score, an IEEE double; never NaN
 *   bytes 16 …  the member
 *
 * The tree keeps a copy of each score beside the element's ref, so that a search touches elements only where scores are
 * equal; a member of up to 16 bytes costs a block of 32 bytes in any case.
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';

/** Bytes before the member. */
export const ELEMENT_HEADER_BYTES = 16;

/** A new element; throws RangeError when there is no memory. */
export function newElement(
  arena: Arena,
  hash: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  const element = arena.alloc(ELEMENT_HEADER_BYTES + len);
  const words = arena.u32[element >>> 22]!;
  const w = (element & 0x3fffff) << 2;
  words[w] = len;
  words[w + 1] = hash;
  arena.f64[element >>> 22]![(w >>> 1) + 1] = score;
  copyBytes(buf, off, arena.u8[element >>> 22]!, (w << 2) + ELEMENT_HEADER_BYTES, len);
  return element;
}

export function elementScore(arena: Arena, element: number): number {
  return arena.f64[element >>> 22]![((element & 0x3fffff) << 1) + 1]!;
}

export function setElementScore(arena: Arena, element: number, score: number): void {
  arena.f64[element >>> 22]![((element & 0x3fffff) << 1) + 1] = score;
}

/** Length of the member in bytes. */
export function memberLength(arena: Arena, element: number): number {
  return arena.u32[element >>> 22]![(element & 0x3fffff) << 2]!;
}

/** Offset of the member in its chunk. */
export function memberOffset(element: number): number {
  return ((element & 0x3fffff) << 4) + ELEMENT_HEADER_BYTES;
}
