/**
 * What hash tables of sets have in common, bucket by bucket. Elements of one bucket have the lowest bits of their hashes in
 * common, so they can only be in one bucket of another table, too (of a smaller table at least): their tags are compared
 * with all tags there before any element is looked at. One after the other, each look-up would wait for the memory, and
 * for a branch that nobody can predict: for sets of 1,000 that takes three times as long.
 *
 * Elements are blocks of the arena, which begin at a whole word, so keys are compared as words. All tables have no prefix
 * and their elements no expiry.
 */
import type { Arena } from '../memory/arena.ts';
import { htFindView } from './hash-table.ts';
import {
  B_LINK,
  B_REFS,
  BUCKET_SLOTS,
  bucketBits,
  bucketOf,
  bucketRef,
  knownBits,
  slotOfHit,
  T_BUCKETS,
  tagAt,
  tagHits,
  word,
} from './hash-table-buckets.ts';
import { ELEMENT_LENGTH_MAX_1, elementHash, readLength, skipLength } from './hash-table-element.ts';

/** Hits of each slot's tag in the bucket that is compared with. */
const hitsOf = new Int32Array(BUCKET_SLOTS);

/** Walks over the elements of a table that are in all of some others. One object serves any number of tables. */
export class HashTableJoin {
  private arena: Arena | null = null;
  private first = 0;
  private others: Uint32Array = new Uint32Array(0);
  private count = 0;
  private buckets = 0;
  private bucket = 0;
  /** Block that comes next, 0 for the next bucket's; the one that was compared, and its slots still to be given. */
  private ref = 0;
  private block = 0;
  private slots = 0;

  /** Begins with the first of the tables roots[0 .. count), none of which may change before the end. */
  start(arena: Arena, roots: Uint32Array, count: number): void {
    this.arena = arena;
    this.first = roots[0]!;
    this.others = roots;
    this.count = count;
    this.buckets = word(arena, this.first, T_BUCKETS);
    this.bucket = -1;
    this.ref = 0;
    this.slots = 0;
  }

  /** The next element of the first table that is in all others, or 0. */
  next(): number {
    while (this.slots === 0) if (!this.nextBlock()) return 0;
    const slot = 31 - Math.clz32(this.slots & -this.slots);
    this.slots &= this.slots - 1;
    return word(this.arena!, this.block, B_REFS + slot);
  }

  private nextBlock(): boolean {
    const arena = this.arena!;
    if (this.ref === 0) {
      if (++this.bucket >= this.buckets) return false;
      this.ref = bucketRef(arena, this.first, this.bucket);
    }
    const { ref, others, count, first } = this;
    this.block = ref;
    const known = knownBits(this.bucket, this.buckets);
    let slots = (1 << BUCKET_SLOTS) - 1;
    for (let i = 1; i < count && slots !== 0; i++) {
      const t = others[i]!;
      if (t === first) continue;
      const needed = bucketBits(word(arena, t, T_BUCKETS));
      slots =
        (known & needed) === needed ? slotsIn(arena, ref, this.bucket, t, slots) : slotsFound(arena, ref, t, slots);
    }
    this.slots = slots & filledSlots(arena, ref);
    this.ref = word(arena, ref, B_LINK);
    return true;
  }
}

/** Bits of the slots of a block that have elements. */
function filledSlots(arena: Arena, ref: number): number {
  const words = arena.u32[ref >>> 22]!;
  const b = (ref & 0x3fffff) << 2;
  let n = 0;
  while (n < BUCKET_SLOTS && words[b + B_REFS + n] !== 0) n++;
  return (1 << n) - 1;
}

/** Those of `slots` of a block of bucket `bucket` whose elements are in table `t`, which has no more buckets to tell apart. */
function slotsIn(arena: Arena, ref: number, bucket: number, t: number, slots: number): number {
  const words = arena.u32[ref >>> 22]!;
  const b = (ref & 0x3fffff) << 2;
  let other = bucketRef(arena, t, bucketOf(bucket, word(arena, t, T_BUCKETS)));
  let found = 0;
  do {
    const otherWords = arena.u32[other >>> 22]!;
    const o = (other & 0x3fffff) << 2;
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      hitsOf[slot] = tagHits(otherWords, o, Math.imul(tagAt(words, b, slot), 0x01010101));
    }
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      if ((slots & ~found & (1 << slot)) === 0) continue;
      const e = words[b + B_REFS + slot]!;
      if (e === 0) break;
      for (let hits = hitsOf[slot]!; hits !== 0; hits &= hits - 1) {
        const candidate = otherWords[o + B_REFS + slotOfHit(hits)]!;
        if (candidate !== 0 && sameKey(arena, e, candidate)) found |= 1 << slot;
      }
    }
    other = otherWords[o + B_LINK]!;
  } while (other !== 0);
  return found;
}

/** The same where the bucket does not tell enough of the hashes. */
function slotsFound(arena: Arena, ref: number, t: number, slots: number): number {
  let found = 0;
  for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
    const e = word(arena, ref, B_REFS + slot);
    if (e === 0) break;
    if ((slots & (1 << slot)) !== 0 && hasKeyOf(arena, t, e)) found |= 1 << slot;
  }
  return found;
}

function hasKeyOf(arena: Arena, t: number, e: number): boolean {
  const bytes = arena.u8[e >>> 22]!;
  const at = (e & 0x3fffff) << 4;
  const off = skipLength(bytes, at);
  const len = readLength(bytes, at);
  return htFindView(arena, t, bytes, arena.dv[e >>> 22]!, off, len, elementHash(arena, e, 0)) !== 0;
}

/** Whether two elements have the same key. */
function sameKey(arena: Arena, a: number, b: number): boolean {
  const left = arena.u32[a >>> 22]!;
  const right = arena.u32[b >>> 22]!;
  let i = (a & 0x3fffff) << 2;
  let k = (b & 0x3fffff) << 2;
  // The length comes first: one byte, or as many as it says.
  const len = left[i]! & 0xff;
  const bytes = 1 + (len <= ELEMENT_LENGTH_MAX_1 ? len : longBytes(arena, a));
  for (const end = i + (bytes >>> 2); i < end; i++, k++) if (left[i] !== right[k]) return false;
  // Of the last word the bytes behind the key say nothing.
  const rest = (bytes & 3) << 3;
  return rest === 0 || ((left[i]! ^ right[k]!) & ((1 << rest) - 1)) === 0;
}

/** Bytes of a long key and its length, but for the first. */
function longBytes(arena: Arena, e: number): number {
  const bytes = arena.u8[e >>> 22]!;
  const at = (e & 0x3fffff) << 4;
  return skipLength(bytes, at) - at - 1 + readLength(bytes, at);
}
