/**
 * Elements of large sorted sets: those of hash-table-element.ts with the score as prefix.
 *
 *   bytes 0 … 7  score, an IEEE double; never NaN
 *   length       of the member: 1, 3 or 5 bytes
 *   member       bytes
 *
 * A member of up to 7 bytes takes a block of 16 bytes, one of up to 23 bytes a block of 32. The tree keeps a copy of each
 * score beside the element's ref, so that a search touches elements only where scores are equal.
 */
import type { Arena } from '../memory/arena.ts';
import { compareBytes } from '../memory/copy.ts';
import { newElement, readLength, skipLength } from './hash-table-element.ts';

/** Bytes of the prefix. */
export const SCORE_BYTES = 8;

/** A new element; throws RangeError when there is no memory. */
export function newZsetElement(arena: Arena, score: number, buf: Uint8Array, off: number, len: number): number {
  const e = newElement(arena, SCORE_BYTES, buf, off, len, 0);
  arena.f64[e >>> 22]![(e & 0x3fffff) << 1] = score;
  return e;
}

export function elementScore(arena: Arena, e: number): number {
  return arena.f64[e >>> 22]![(e & 0x3fffff) << 1]!;
}

/** Sets the score in the element alone; the tree's copy is another matter. */
export function setElementScore(arena: Arena, e: number, score: number): void {
  arena.f64[e >>> 22]![(e & 0x3fffff) << 1] = score;
}

/** Length of the member in bytes. */
export function memberLength(arena: Arena, e: number): number {
  return readLength(arena.u8[e >>> 22]!, ((e & 0x3fffff) << 4) + SCORE_BYTES);
}

/** Offset of the member in its chunk. */
export function memberOffset(arena: Arena, e: number): number {
  return skipLength(arena.u8[e >>> 22]!, ((e & 0x3fffff) << 4) + SCORE_BYTES);
}

/** Order of an element's member and a key: < 0, 0 or > 0. */
export function compareMember(arena: Arena, e: number, buf: Uint8Array, off: number, len: number): number {
  const bytes = arena.u8[e >>> 22]!;
  const at = ((e & 0x3fffff) << 4) + SCORE_BYTES;
  return compareBytes(bytes, skipLength(bytes, at), readLength(bytes, at), buf, off, len);
}
