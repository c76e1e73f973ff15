/** Checks a hash table (hash-table.ts): buckets, tags, hashes and counts. */
import type { Arena } from '../memory/arena.ts';
import {
  B_LINK,
  B_REFS,
  BUCKET_SLOTS,
  blockLength,
  bucketOf,
  bucketRef,
  T_BUCKETS,
  T_OVERFLOW,
  T_PREFIX,
  T_SIZE,
  tagOf,
  word,
} from './hash-table-buckets.ts';
import { elementHash, elementPayloadOff } from './hash-table-element.ts';

/** Throws an Error that says what is wrong; `check` may look at each element further. O(elements). */
export function htValidateIntegrity(arena: Arena, t: number, check: (e: number) => void = () => {}): void {
  const buckets = word(arena, t, T_BUCKETS);
  let count = 0;
  let overflow = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    for (let ref = bucketRef(arena, t, bucket); ref !== 0; ) {
      const next = word(arena, ref, B_LINK);
      count += validateBlock(arena, t, bucket, ref, check);
      if (next !== 0) overflow++;
      if (overflow > word(arena, t, T_OVERFLOW)) throw new Error('hash table: more overflow blocks than counted');
      ref = next;
    }
  }
  if (count !== word(arena, t, T_SIZE)) {
    throw new Error(`hash table: size is ${word(arena, t, T_SIZE)}, not ${count}`);
  }
  if (overflow !== word(arena, t, T_OVERFLOW)) {
    throw new Error(`hash table: overflow is ${word(arena, t, T_OVERFLOW)}, not ${overflow}`);
  }
}

function validateBlock(arena: Arena, t: number, bucket: number, ref: number, check: (e: number) => void): number {
  const prefix = word(arena, t, T_PREFIX);
  const n = blockLength(arena.u32[ref >>> 22]!, (ref & 0x3fffff) << 2);
  if (n < BUCKET_SLOTS && word(arena, ref, B_LINK) !== 0) throw new Error(`hash table: a gap in bucket ${bucket}`);
  for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
    const e = word(arena, ref, B_REFS + slot);
    const tag = (word(arena, ref, slot >>> 2) >>> ((slot & 3) << 3)) & 0xff;
    if ((e === 0) !== slot >= n) throw new Error(`hash table: a gap in bucket ${bucket}`);
    if (e === 0) {
      if (tag !== 0) throw new Error(`hash table: an empty slot of bucket ${bucket} has a tag`);
      continue;
    }
    const hash = elementHash(arena, e, prefix);
    if (bucketOf(hash, word(arena, t, T_BUCKETS)) !== bucket) {
      throw new Error(`hash table: element ${e} is in a wrong bucket`);
    }
    if (tag !== tagOf(hash)) throw new Error(`hash table: element ${e} has a wrong tag`);
    if (elementPayloadOff(arena, e, prefix) - ((e & 0x3fffff) << 4) > arena.capacity(e)) {
      throw new Error(`hash table: element ${e} overflows its block`);
    }
    check(e);
  }
  return n;
}
