/**
 * The hash table of large sets, hashes and sorted sets: elements (hash-table-element.ts) found by key, all in the arena.
 *
 * A table is five words at the start of its owner's root block; there is no object for it, and every function takes the
 * arena and `t`, the ref of that block:
 *
 *   T_SIZE       elements                            T_DIRECTORY   ref of the segment, or of the block of segment refs
 *   T_BUCKETS    buckets                             T_OVERFLOW    overflow blocks of all buckets
 *                                                    T_PREFIX      bytes in front of each element's key
 *
 * A bucket is about a cache line, 64 bytes:
 *
 *   words 0 to 2    12 tags of one byte: the top 8 bits of each element's hash (1 for 0), 0 = empty slot
 *   words 3 to 14   12 refs of elements; slots are filled from the first on
 *   word 15         ref of an overflow block of the same form, 0 = none
 *
 * The table grows by linear hashing: one bucket is split for every LOAD elements that come, and the last one is merged
 * into its origin when the table is sparse. With 2^L <= buckets < 2^(L+1) a hash belongs to the bucket of its L+1 low bits, or,
 * when there is no such bucket yet, of its L low bits. So no operation ever moves more than one bucket, there is no second
 * table, and the space per element is the same at every size: about 8 bytes, where chains with a stored hash take 12.
 * Find: one cache miss for the bucket, one for the element; other elements are looked at in one of 20 cases.
 *
 * Measured with 1 M members of 14 bytes, against the dict's chains: 25 bytes a member in all (52), 150 ns to find one
 * (240), 10 ns to miss one, 150 ns to draw one (730), 300 ns to add one (the same).
 *
 * Hashes are those of hashBytes(), signed. O(1) per operation; nothing here knows of time.
 */
import type { Arena } from '../memory/arena.ts';
import { wordView } from '../memory/word-view.ts';
import {
  addBuckets,
  addToBucket,
  addWord,
  B_LINK,
  B_REFS,
  BUCKET_SLOTS,
  blockLength,
  bucketBytes,
  bucketLength,
  bucketOf,
  bucketRef,
  dropLastBucket,
  mergeBucket,
  replaceInBucket,
  SEGMENT_BUCKETS,
  SEGMENT_SHIFT,
  setWord,
  slotOfHit,
  smallMask,
  splitBucket,
  T_BUCKETS,
  T_DIRECTORY,
  T_OVERFLOW,
  T_PREFIX,
  T_SIZE,
  tagHits,
  tagOf,
  takeFromBucket,
  word,
} from './hash-table-buckets.ts';
import { elementHasKey } from './hash-table-element.ts';
import { nextCursor } from './scan-order.ts';
import type { RawMemory } from './value-ops.ts';

/** Elements per bucket, on average, that a growing table has. */
const LOAD = 8;
/** A table with fewer elements per bucket shrinks. */
const SPARSE_LOAD = 3;
/** What is beyond this in longer buckets is drawn a little too rarely by htRandom(); not one in 100,000 is as long. */
const FAIR_LENGTH = 36;

/** Makes the words at `t` an empty table with room for `expected` elements. Throws RangeError without memory. */
export function htInit(
  arena: Arena,
  t: number,
  prefixBytes: number,
  expected = 0,
  buckets = Math.ceil(expected / LOAD),
): void {
  setWord(arena, t, T_SIZE, 0);
  setWord(arena, t, T_BUCKETS, 0);
  setWord(arena, t, T_DIRECTORY, 0);
  setWord(arena, t, T_OVERFLOW, 0);
  setWord(arena, t, T_PREFIX, prefixBytes);
  try {
    addBuckets(arena, t, Math.max(1, buckets));
  } catch (error) {
    while (word(arena, t, T_BUCKETS) > 0) dropLastBucket(arena, t);
    throw error;
  }
}

/** Elements of a table. */
export function htSize(arena: RawMemory, t: number): number {
  return word(arena, t, T_SIZE);
}

/** Buckets of a table. */
export function htBuckets(arena: Arena, t: number): number {
  return word(arena, t, T_BUCKETS);
}

/** Bytes of the table itself, without its elements. */
export function htTableBytes(arena: Arena, t: number): number {
  return bucketBytes(arena, t);
}

/** The element with this key and hash, or 0. */
export function htFind(arena: Arena, t: number, buf: Uint8Array, off: number, len: number, hash: number): number {
  return htFindView(arena, t, buf, wordView(buf), off, len, hash);
}

/** The same for a buffer of which there is a view at hand, with the same offsets, such as the arena's chunks. */
export function htFindView(
  arena: Arena,
  t: number,
  buf: Uint8Array,
  view: DataView | null,
  off: number,
  len: number,
  hash: number,
): number {
  const u32 = arena.u32;
  const root = u32[t >>> 22]!;
  const r = (t & 0x3fffff) << 2;
  const buckets = root[r + T_BUCKETS]!;
  const bucket = bucketOf(hash, buckets);
  let ref = root[r + T_DIRECTORY]!;
  if (buckets > SEGMENT_BUCKETS) ref = u32[ref >>> 22]![((ref & 0x3fffff) << 2) + (bucket >>> SEGMENT_SHIFT)]!;
  ref += (bucket & (SEGMENT_BUCKETS - 1)) << 2;
  const prefix = root[r + T_PREFIX]!;
  const pattern = Math.imul(tagOf(hash), 0x01010101);
  do {
    const words = u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    for (let hits = tagHits(words, b, pattern); hits !== 0; hits &= hits - 1) {
      const e = words[b + B_REFS + slotOfHit(hits)]!;
      if (e !== 0 && elementHasKey(arena, e, prefix, buf, view, off, len)) return e;
    }
    ref = words[b + B_LINK]!;
  } while (ref !== 0);
  return 0;
}

/**
 * Adds an element whose key has this hash and is not in the table. Without memory it throws RangeError, the table is
 * unchanged and the element is the caller's to free.
 */
export function htInsert(arena: Arena, t: number, e: number, hash: number): void {
  const bucket = bucketOf(hash, word(arena, t, T_BUCKETS));
  addToBucket(arena, t, bucketRef(arena, t, bucket), e, tagOf(hash));
  addWord(arena, t, T_SIZE, 1);
  if (word(arena, t, T_SIZE) <= word(arena, t, T_BUCKETS) * LOAD) return;
  try {
    splitBucket(arena, t);
  } catch {
    // Without memory for more buckets the ones there get longer; that beats losing a write.
  }
}

/** Takes an element with this hash out; its block is the caller's. */
export function htRemove(arena: Arena, t: number, e: number, hash: number): void {
  const bucket = bucketOf(hash, word(arena, t, T_BUCKETS));
  if (!takeFromBucket(arena, t, bucketRef(arena, t, bucket), e)) {
    throw new Error(`hash table: element ${e} is not in its bucket`);
  }
  addWord(arena, t, T_SIZE, -1);
  const buckets = word(arena, t, T_BUCKETS);
  if (buckets === 1 || word(arena, t, T_SIZE) >= buckets * SPARSE_LOAD) return;
  try {
    mergeBucket(arena, t);
  } catch {
    // A merged bucket may need an overflow block: it is tried again at the next removal.
  }
}

/** Puts `moved`, a copy of element `e` with the same hash, in the place of `e`, which is not read. */
export function htReplace(arena: Arena, t: number, e: number, moved: number, hash: number): void {
  const bucket = bucketOf(hash, word(arena, t, T_BUCKETS));
  if (!replaceInBucket(arena, bucketRef(arena, t, bucket), e, moved)) {
    throw new Error(`hash table: element ${e} is not in its bucket`);
  }
}

/**
 * One step of a scan: calls back for every element of one bucket and returns the next cursor, 0 at the end. Elements
 * present during a whole scan are visited at least once, however the table grows or shrinks between the steps. The
 * callback may not change the table.
 */
export function htScan(arena: Arena, t: number, cursor: number, visit: (e: number) => void): number {
  const v = cursor | 0;
  const buckets = word(arena, t, T_BUCKETS);
  let mask = smallMask(buckets);
  // Buckets that were split already count one bit more.
  if ((v & mask) + mask + 1 < buckets) mask = mask * 2 + 1;
  visitBucket(arena, bucketRef(arena, t, v & mask), visit);
  return nextCursor(v, mask) >>> 0;
}

/** Calls back for every element; the callback may not change the table. */
export function htForEach(arena: RawMemory, t: number, visit: (e: number) => void): void {
  const buckets = word(arena, t, T_BUCKETS);
  for (let bucket = 0; bucket < buckets; bucket++) visitBucket(arena, bucketRef(arena, t, bucket), visit);
}

/**
 * A random element, 0 when the table is empty; every one is equally likely (those of buckets of more than 36 aside). A
 * bucket and one of 36 slots are drawn until there is an element there: one word tells. Expected O(1).
 */
export function htRandom(arena: Arena, t: number): number {
  if (word(arena, t, T_SIZE) === 0) return 0;
  const buckets = word(arena, t, T_BUCKETS);
  for (;;) {
    const ref = bucketRef(arena, t, randomBelow(buckets));
    const slot = randomBelow(FAIR_LENGTH);
    const drawn = word(arena, ref, slot < BUCKET_SLOTS ? B_REFS + slot : B_LINK);
    if (drawn === 0) continue;
    const e = slot < BUCKET_SLOTS ? drawn : overflowElement(arena, drawn, slot);
    if (e !== 0) return e;
  }
}

/**
 * The element in a slot beyond a bucket's own, 0 when there is none; `ref`: the bucket's first overflow block. The last
 * slot that is drawn stands for all that come behind it, too.
 */
function overflowElement(arena: Arena, ref: number, slot: number): number {
  let rest = slot - BUCKET_SLOTS;
  const length = rest === FAIR_LENGTH - BUCKET_SLOTS - 1 ? bucketLength(arena, ref) : 0;
  if (length > rest + 1) rest += randomBelow(length - rest);
  let block = ref;
  for (; rest >= BUCKET_SLOTS && block !== 0; rest -= BUCKET_SLOTS) block = word(arena, block, B_LINK);
  return block === 0 ? 0 : word(arena, block, B_REFS + rest);
}

/**
 * Fills `out` with up to `count` elements of neighbouring buckets from a random place on: quick, not fair, repeats none
 * but may leave some out. Returns how many.
 */
export function htSample(arena: Arena, t: number, out: Uint32Array, count: number): number {
  const buckets = word(arena, t, T_BUCKETS);
  const wanted = Math.min(count, word(arena, t, T_SIZE));
  let bucket = randomBelow(buckets);
  let found = 0;
  for (let visited = 0; visited < buckets && found < wanted; visited++) {
    for (let ref = bucketRef(arena, t, bucket); ref !== 0 && found < wanted; ref = word(arena, ref, B_LINK)) {
      for (let slot = 0; slot < BUCKET_SLOTS && found < wanted; slot++) {
        const e = word(arena, ref, B_REFS + slot);
        if (e === 0) break;
        out[found++] = e;
      }
    }
    bucket = bucket + 1 === buckets ? 0 : bucket + 1;
  }
  return found;
}

/**
 * Frees the last buckets with about `budget` elements (Infinity: all), each of which is given to `release` first, which
 * frees its block and what it holds. Returns what is left of the budget: more than 0 when nothing is left of the table
 * but the root block. For tables that nobody uses any more.
 */
export function htFreeSome(arena: Arena, t: number, budget: number, release: (e: number) => void): number {
  let left = budget;
  for (;;) {
    const buckets = word(arena, t, T_BUCKETS);
    // Something must be left to say that all is done.
    if (buckets === 0) return Math.max(left, 1);
    if (left <= 0) return 0;
    // An empty bucket is some work, too.
    left -= 1 + freeBucket(arena, t, bucketRef(arena, t, buckets - 1), release);
    dropLastBucket(arena, t);
  }
}

/** Frees a bucket's elements and overflow blocks and leaves it empty; returns how many elements it had. */
function freeBucket(arena: Arena, t: number, first: number, release: (e: number) => void): number {
  let count = 0;
  for (let ref = first; ref !== 0; ) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    const n = blockLength(words, b);
    for (let i = 0; i < n; i++) release(words[b + B_REFS + i]!);
    count += n;
    const next = words[b + B_LINK]!;
    if (ref !== first) {
      arena.free(ref);
      addWord(arena, t, T_OVERFLOW, -1);
    }
    ref = next;
  }
  addWord(arena, t, T_SIZE, -count);
  return count;
}

function visitBucket(arena: RawMemory, ref: number, visit: (e: number) => void): void {
  while (ref !== 0) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      const e = words[b + B_REFS + slot]!;
      if (e === 0) return;
      visit(e);
    }
    ref = words[b + B_LINK]!;
  }
}

function randomBelow(n: number): number {
  return Math.floor(Math.random() * n);
}
