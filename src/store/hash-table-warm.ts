/** Loading what finding elements of hash tables will take, for many at once. */
import type { Arena } from '../memory/arena.ts';
import { B_REFS, bucketOf, bucketRef, slotOfHit, T_BUCKETS, tagHits, tagOf, word } from './hash-table-buckets.ts';

/**
 * Loads, for each of `count` hashes, its bucket in the table at `tables[i]` and the first element there with its tag, each
 * kind in a loop whose loads do not wait for each other. Writes over `tables`. Returns a number that depends on what was
 * loaded.
 */
export function htWarm(arena: Arena, tables: Uint32Array, hashes: Int32Array, count: number): number {
  let sink = 0;
  for (let i = 0; i < count; i++) {
    const t = tables[i]!;
    const ref = bucketRef(arena, t, bucketOf(hashes[i]!, word(arena, t, T_BUCKETS)));
    tables[i] = ref;
    sink ^= word(arena, ref, 0);
  }
  for (let i = 0; i < count; i++) tables[i] = firstWithTag(arena, tables[i]!, tagOf(hashes[i]!));
  for (let i = 0; i < count; i++) if (tables[i] !== 0) sink ^= word(arena, tables[i]!, 0);
  return sink;
}

/** The first element of a bucket with a tag, 0 when there is none; it may be another one. */
function firstWithTag(arena: Arena, ref: number, tag: number): number {
  const words = arena.u32[ref >>> 22]!;
  const b = (ref & 0x3fffff) << 2;
  const hits = tagHits(words, b, Math.imul(tag, 0x01010101));
  return hits === 0 ? 0 : words[b + B_REFS + slotOfHit(hits)]!;
}
