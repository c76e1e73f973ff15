/** What is done to whole hash tables (hash-table.ts): walking, copying, measuring, moving for compaction. */
import type { Arena } from '../memory/arena.ts';
import { htBuckets, htInit, htSize, htTableBytes } from './hash-table.ts';
import {
  addToBucket,
  addWord,
  B_LINK,
  B_REFS,
  BUCKET_SLOTS,
  bucketLength,
  bucketRef,
  knownBits,
  SEGMENT_BUCKETS,
  SEGMENT_SHIFT,
  setWord,
  T_DIRECTORY,
  T_PREFIX,
  T_SIZE,
  word,
} from './hash-table-buckets.ts';

/** Where the tag is in a hash. */
const TAG_SHIFT = 24;

/** Walks over the elements of a table that does not change meanwhile. One object serves any number of tables. */
export class HashTableIterator {
  private arena: Arena | null = null;
  private t = 0;
  private bucket = 0;
  private buckets = 0;
  private ref = 0;
  private slot = 0;

  start(arena: Arena, t: number): void {
    this.arena = arena;
    this.t = t;
    this.bucket = 0;
    this.buckets = htBuckets(arena, t);
    this.ref = bucketRef(arena, t, 0);
    this.slot = 0;
  }

  /** The next element, or 0. */
  next(): number {
    const arena = this.arena!;
    for (;;) {
      if (this.slot < BUCKET_SLOTS) {
        const e = arena.u32[this.ref >>> 22]![((this.ref & 0x3fffff) << 2) + B_REFS + this.slot]!;
        if (e !== 0) {
          this.slot++;
          return e;
        }
      }
      if (!this.nextBlock()) return 0;
    }
  }

  private nextBlock(): boolean {
    const arena = this.arena!;
    const link = word(arena, this.ref, B_LINK);
    if (link !== 0) this.ref = link;
    else if (this.bucket + 1 < this.buckets) this.ref = bucketRef(arena, this.t, ++this.bucket);
    else {
      this.slot = BUCKET_SLOTS;
      return false;
    }
    this.slot = 0;
    return true;
  }

  /**
   * Whether partialHash() has all bits of the hash below `mask`, and so is enough to find the element in any table with
   * no more than `mask + 1` buckets.
   */
  knowsHash(mask: number): boolean {
    return (knownBits(this.bucket, this.buckets) & mask) === mask && mask < 1 << TAG_SHIFT;
  }

  /** What the place of the element that next() gave tells of its hash: the lowest bits and those of the tag. */
  partialHash(): number {
    const slot = this.slot - 1;
    const tags = word(this.arena!, this.ref, slot >>> 2);
    return (((tags >>> ((slot & 3) << 3)) & 0xff) << TAG_SHIFT) | this.bucket;
  }
}

/**
 * Makes the words at `target` a table with copies of all elements, in the same buckets; no hash is computed. When it
 * throws for want of memory, what there is at `target` is to be freed.
 */
export function htClone(arena: Arena, t: number, target: number): void {
  const buckets = htBuckets(arena, t);
  htInit(arena, target, word(arena, t, T_PREFIX), 0, buckets);
  for (let bucket = 0; bucket < buckets; bucket++) cloneBucket(arena, t, target, bucket);
}

function cloneBucket(arena: Arena, t: number, target: number, bucket: number): void {
  const to = bucketRef(arena, target, bucket);
  for (let ref = bucketRef(arena, t, bucket); ref !== 0; ref = word(arena, ref, B_LINK)) {
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      const e = word(arena, ref, B_REFS + slot);
      if (e === 0) return;
      const bytes = arena.capacity(e);
      const copy = arena.alloc(bytes);
      arena.copyBlock(e, copy, bytes);
      try {
        addToBucket(arena, target, to, copy, (word(arena, ref, slot >>> 2) >>> ((slot & 3) << 3)) & 0xff);
      } catch (error) {
        arena.free(copy);
        throw error;
      }
      addWord(arena, target, T_SIZE, 1);
    }
  }
}

/** How many buckets there are of each length: `lengths[n]` have n elements. O(buckets). */
export function htLengths(arena: Arena, t: number): number[] {
  const lengths: number[] = [];
  const buckets = htBuckets(arena, t);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const n = bucketLength(arena, bucketRef(arena, t, bucket));
    while (lengths.length <= n) lengths.push(0);
    lengths[n] = lengths[n]! + 1;
  }
  return lengths;
}

/** Bytes of a table and its elements; `samples`: elements to look at, 0 for all. */
export function htMemoryUsage(arena: Arena, t: number, samples: number): number {
  const size = htSize(arena, t);
  const wanted = samples === 0 ? size : Math.min(samples, size);
  let bytes = 0;
  let seen = 0;
  const iterator = new HashTableIterator();
  iterator.start(arena, t);
  for (let e = iterator.next(); e !== 0 && seen < wanted; e = iterator.next(), seen++) bytes += arena.capacity(e);
  return htTableBytes(arena, t) + (seen === 0 ? 0 : Math.round((bytes / seen) * size));
}

/**
 * Moves blocks that compaction wants elsewhere, looking at about `budget` of them; `moved` is told of each element.
 * Returns the cursor to go on with, 0 at the end.
 */
export function htRelocate(
  arena: Arena,
  t: number,
  cursor: number,
  budget: number,
  moved: ((e: number, at: number) => void) | null = null,
): number {
  if (cursor === 0) relocateDirectory(arena, t);
  let left = budget;
  let bucket = cursor;
  for (; bucket < htBuckets(arena, t) && left > 0; bucket++) {
    if ((bucket & (SEGMENT_BUCKETS - 1)) === 0) relocateSegment(arena, t, bucket);
    left -= relocateBucket(arena, bucketRef(arena, t, bucket), moved);
  }
  return bucket < htBuckets(arena, t) ? bucket : 0;
}

function relocateDirectory(arena: Arena, t: number): void {
  const directory = word(arena, t, T_DIRECTORY);
  if (arena.shouldMove(directory)) setWord(arena, t, T_DIRECTORY, arena.move(directory));
}

/** Moves the segment of a bucket; that of a small table is its directory. */
function relocateSegment(arena: Arena, t: number, bucket: number): void {
  if (htBuckets(arena, t) <= SEGMENT_BUCKETS) return;
  const directory = word(arena, t, T_DIRECTORY);
  const segment = word(arena, directory, bucket >>> SEGMENT_SHIFT);
  if (arena.shouldMove(segment)) setWord(arena, directory, bucket >>> SEGMENT_SHIFT, arena.move(segment));
}

/** Returns how many blocks were looked at. */
function relocateBucket(arena: Arena, first: number, moved: ((e: number, at: number) => void) | null): number {
  let looked = 1;
  for (let ref = first; ref !== 0; ref = word(arena, ref, B_LINK)) {
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      const e = word(arena, ref, B_REFS + slot);
      if (e === 0) break;
      looked++;
      if (!arena.shouldMove(e)) continue;
      const at = arena.move(e);
      setWord(arena, ref, B_REFS + slot, at);
      if (at !== e) moved?.(e, at);
    }
    const link = word(arena, ref, B_LINK);
    if (link !== 0 && arena.shouldMove(link)) setWord(arena, ref, B_LINK, arena.move(link));
  }
  return looked;
}
