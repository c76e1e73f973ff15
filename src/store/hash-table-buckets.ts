/**
 * Buckets of a hash table (hash-table.ts draws them): where they are, and growing and shrinking by one bucket.
 *
 * Segments hold 256 buckets each. While a table has no more buckets than that, its directory word is the only segment,
 * whose block doubles as it fills; above, it is the ref of a block of segment refs. So nothing that grows is ever
 * copied in more than 16 KiB, but for the directory (4 bytes for 2,000 elements).
 */
import type { Arena } from '../memory/arena.ts';
import { elementHash } from './hash-table-element.ts';
import type { RawMemory } from './value-ops.ts';

/** Words of a table in its root block; its owner may use those behind. */
export const T_SIZE = 0;
export const T_BUCKETS = 1;
export const T_DIRECTORY = 2;
export const T_OVERFLOW = 3;
export const T_PREFIX = 4;
export const TABLE_WORDS = 5;

/** Refs that a bucket holds itself. */
export const BUCKET_SLOTS = 12;
/** Words of a bucket: tags, refs, link. */
export const B_REFS = 3;
export const B_LINK = 15;
export const BUCKET_BYTES = 64;

export const SEGMENT_SHIFT = 8;
export const SEGMENT_BUCKETS = 1 << SEGMENT_SHIFT;
const SEGMENT_BYTES = SEGMENT_BUCKETS * BUCKET_BYTES;
const MAX_BUCKETS = 2 ** 30;

/** Elements of the bucket that is being moved: refs and hashes. Grown by the rare bucket that has more. */
let refs = new Uint32Array(64);
let hashes = new Int32Array(64);
/** Its overflow blocks, for reuse. Empty between calls. */
const spare: number[] = [];

/** The tag of a hash: never 0, which marks an empty slot. */
export function tagOf(hash: number): number {
  return hash >>> 24 === 0 ? 1 : hash >>> 24;
}

/**
 * Which of a bucket's tags are those of `pattern`, a tag in all four bytes: a bit for each, see slotOfHit(). Of a slot
 * behind one of these it may be set wrongly. All three words at once, because where a tag is cannot be predicted.
 */
export function tagHits(words: Uint32Array, b: number, pattern: number): number {
  const x = words[b]! ^ pattern;
  const y = words[b + 1]! ^ pattern;
  const z = words[b + 2]! ^ pattern;
  // The high bit of each byte that is zero.
  return (
    (((x - 0x01010101) & ~x & 0x80808080) >>> 7) |
    (((y - 0x01010101) & ~y & 0x80808080) >>> 6) |
    (((z - 0x01010101) & ~z & 0x80808080) >>> 5)
  );
}

/** The slot that the lowest bit of tagHits() stands for; there must be one. */
export function slotOfHit(hits: number): number {
  const bit = 31 - Math.clz32(hits & -hits);
  return ((bit & 7) << 2) + (bit >>> 3);
}

/** Mask of the bucket numbers that every table of so many buckets has had. */
export function smallMask(buckets: number): number {
  return 0x7fffffff >>> Math.clz32(buckets);
}

/** The lowest bits of a hash that bucketOf() may look at. */
export function bucketBits(buckets: number): number {
  return smallMask(buckets) * 2 + 1;
}

/** The lowest bits of a hash that its element's place in a table of so many buckets tells: those of the bucket's number. */
export function knownBits(bucket: number, buckets: number): number {
  const small = smallMask(buckets);
  return (bucket & small) + small + 1 < buckets ? small * 2 + 1 : small;
}

/** Which of a table's buckets a hash belongs to. */
export function bucketOf(hash: number, buckets: number): number {
  const small = smallMask(buckets);
  const bucket = hash & (small * 2 + 1);
  return bucket < buckets ? bucket : bucket & small;
}

/** Ref of the block of a bucket's first 64 bytes, which may lie inside a block of the arena. */
export function bucketRef(arena: RawMemory, t: number, bucket: number): number {
  const root = arena.u32[t >>> 22]!;
  const r = (t & 0x3fffff) << 2;
  let segment = root[r + T_DIRECTORY]!;
  if (root[r + T_BUCKETS]! > SEGMENT_BUCKETS) {
    segment = arena.u32[segment >>> 22]![((segment & 0x3fffff) << 2) + (bucket >>> SEGMENT_SHIFT)]!;
  }
  return segment + ((bucket & (SEGMENT_BUCKETS - 1)) << 2);
}

/** Elements of a bucket, its overflow included. */
export function bucketLength(arena: RawMemory, ref: number): number {
  let count = 0;
  for (;;) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    ref = words[b + B_LINK]!;
    if (ref === 0) return count + blockLength(words, b);
    count += BUCKET_SLOTS;
  }
}

/** Elements of one block; slots are filled from the first on. */
export function blockLength(words: Uint32Array, b: number): number {
  let n = BUCKET_SLOTS;
  while (n > 0 && words[b + B_REFS + n - 1] === 0) n--;
  return n;
}

/** Adds an element to a bucket. Throws RangeError, with nothing changed, when there is no memory for its overflow. */
export function addToBucket(arena: Arena, t: number, ref: number, e: number, tag: number): void {
  for (;;) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    if (words[b + B_REFS + BUCKET_SLOTS - 1] === 0) {
      putAt(words, b, blockLength(words, b), e, tag);
      return;
    }
    let next = words[b + B_LINK]!;
    if (next === 0) {
      next = spare.length > 0 ? spare.pop()! : arena.alloc(BUCKET_BYTES);
      clearBlock(arena, next);
      words[b + B_LINK] = next;
      addWord(arena, t, T_OVERFLOW, 1);
    }
    ref = next;
  }
}

/** Takes an element out of a bucket: the last one takes its place. False when it is not there. */
export function takeFromBucket(arena: Arena, t: number, ref: number, e: number): boolean {
  let found = -1;
  let foundWords: Uint32Array | null = null;
  let before = 0;
  for (;;) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    if (foundWords === null) {
      for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
        if (words[b + B_REFS + slot] !== e) continue;
        found = (b << 4) | slot;
        foundWords = words;
        break;
      }
    }
    const next = words[b + B_LINK]!;
    if (next === 0) break;
    before = ref;
    ref = next;
  }
  if (foundWords === null) return false;
  const words = arena.u32[ref >>> 22]!;
  const b = (ref & 0x3fffff) << 2;
  const last = blockLength(words, b) - 1;
  putAt(foundWords, found >>> 4, found & 15, words[b + B_REFS + last]!, tagAt(words, b, last));
  putAt(words, b, last, 0, 0);
  if (last === 0 && before !== 0) {
    arena.u32[before >>> 22]![((before & 0x3fffff) << 2) + B_LINK] = 0;
    arena.free(ref);
    addWord(arena, t, T_OVERFLOW, -1);
  }
  return true;
}

/** Puts `moved` in the place of `e`. False when `e` is not in the bucket. */
export function replaceInBucket(arena: Arena, ref: number, e: number, moved: number): boolean {
  while (ref !== 0) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    for (let slot = 0; slot < BUCKET_SLOTS; slot++) {
      if (words[b + B_REFS + slot] !== e) continue;
      words[b + B_REFS + slot] = moved;
      return true;
    }
    ref = words[b + B_LINK]!;
  }
  return false;
}

/** Adds empty buckets to an empty table until it has `buckets`. Throws RangeError when there is no memory. */
export function addBuckets(arena: Arena, t: number, buckets: number): void {
  while (word(arena, t, T_BUCKETS) < Math.min(buckets, MAX_BUCKETS)) appendBucket(arena, t);
}

/** Adds a bucket and moves to it what belongs there. Throws RangeError, with nothing changed, without memory. */
export function splitBucket(arena: Arena, t: number): void {
  const buckets = word(arena, t, T_BUCKETS);
  if (buckets === MAX_BUCKETS) return;
  appendBucket(arena, t);
  const from = bucketRef(arena, t, buckets & smallMask(buckets));
  const to = bucketRef(arena, t, buckets);
  const count = drain(arena, t, from);
  // The bit that tells the two apart; both together never need more overflow than the one had.
  const bit = smallMask(buckets) + 1;
  for (let i = 0; i < count; i++) {
    addToBucket(arena, t, (hashes[i]! & bit) === 0 ? from : to, refs[i]!, tagOf(hashes[i]!));
  }
  freeSpare(arena);
}

/** Removes the last bucket; its elements go where they were before it was added. The same errors. */
export function mergeBucket(arena: Arena, t: number): void {
  const last = word(arena, t, T_BUCKETS) - 1;
  const from = bucketRef(arena, t, last);
  const to = bucketRef(arena, t, last & smallMask(last));
  // Blocks that may be missing afterwards are had before anything changes.
  const a = bucketLength(arena, from);
  const b = bucketLength(arena, to);
  const need = overflowOf(a + b) - overflowOf(a) - overflowOf(b);
  try {
    for (let i = 0; i < need; i++) spare.push(arena.alloc(BUCKET_BYTES));
  } catch (error) {
    freeSpare(arena);
    throw error;
  }
  const count = drain(arena, t, from);
  for (let i = 0; i < count; i++) addToBucket(arena, t, to, refs[i]!, tagOf(hashes[i]!));
  freeSpare(arena);
  dropLastBucket(arena, t);
}

/** Removes the last bucket, which has no elements, or is the only one. */
export function dropLastBucket(arena: Arena, t: number): void {
  const root = arena.u32[t >>> 22]!;
  const r = (t & 0x3fffff) << 2;
  const buckets = root[r + T_BUCKETS]! - 1;
  const directory = root[r + T_DIRECTORY]!;
  root[r + T_BUCKETS] = buckets;
  if (buckets < SEGMENT_BUCKETS) {
    if (buckets === 0) arena.free(directory);
    else if (arena.capacity(directory) >= 4 * buckets * BUCKET_BYTES) {
      root[r + T_DIRECTORY] = arena.realloc(directory, buckets * BUCKET_BYTES);
    }
    return;
  }
  if ((buckets & (SEGMENT_BUCKETS - 1)) !== 0) return;
  const words = arena.u32[directory >>> 22]!;
  const d = (directory & 0x3fffff) << 2;
  arena.free(words[d + (buckets >>> SEGMENT_SHIFT)]!);
  if (buckets > SEGMENT_BUCKETS) {
    const bytes = (buckets >>> SEGMENT_SHIFT) * 4;
    if (arena.capacity(directory) >= 4 * bytes) root[r + T_DIRECTORY] = arena.realloc(directory, bytes);
    return;
  }
  root[r + T_DIRECTORY] = words[d]!;
  arena.free(directory);
}

/** Bytes of segments, directory and overflow blocks. */
export function bucketBytes(arena: Arena, t: number): number {
  const buckets = word(arena, t, T_BUCKETS);
  const directory = arena.capacity(word(arena, t, T_DIRECTORY));
  const overflow = word(arena, t, T_OVERFLOW) * BUCKET_BYTES;
  if (buckets <= SEGMENT_BUCKETS) return directory + overflow;
  return directory + overflow + Math.ceil(buckets / SEGMENT_BUCKETS) * SEGMENT_BYTES;
}

/** A word of the root block. */
export function word(arena: RawMemory, t: number, i: number): number {
  return arena.u32[t >>> 22]![((t & 0x3fffff) << 2) + i]!;
}

export function addWord(arena: Arena, t: number, i: number, by: number): void {
  const words = arena.u32[t >>> 22]!;
  const at = ((t & 0x3fffff) << 2) + i;
  words[at] = words[at]! + by;
}

export function setWord(arena: Arena, t: number, i: number, value: number): void {
  arena.u32[t >>> 22]![((t & 0x3fffff) << 2) + i] = value;
}

/** The tag of a slot. */
export function tagAt(words: Uint32Array, b: number, slot: number): number {
  return (words[b + (slot >>> 2)]! >>> ((slot & 3) << 3)) & 0xff;
}

function putAt(words: Uint32Array, b: number, slot: number, e: number, tag: number): void {
  const shift = (slot & 3) << 3;
  const i = b + (slot >>> 2);
  words[i] = (words[i]! & ~(0xff << shift)) | (tag << shift);
  words[b + B_REFS + slot] = e;
}

function clearBlock(arena: Arena, ref: number): void {
  const words = arena.u32[ref >>> 22]!;
  const b = (ref & 0x3fffff) << 2;
  for (let i = 0; i < BUCKET_BYTES / 4; i++) words[b + i] = 0;
}

/** Makes room for one more bucket and clears it. */
function appendBucket(arena: Arena, t: number): void {
  const root = arena.u32[t >>> 22]!;
  const r = (t & 0x3fffff) << 2;
  const bucket = root[r + T_BUCKETS]!;
  const directory = root[r + T_DIRECTORY]!;
  if (bucket === 0) root[r + T_DIRECTORY] = arena.alloc(BUCKET_BYTES);
  else if (bucket < SEGMENT_BUCKETS) {
    if (arena.capacity(directory) < (bucket + 1) * BUCKET_BYTES) {
      root[r + T_DIRECTORY] = arena.realloc(directory, Math.min(2 * bucket, SEGMENT_BUCKETS) * BUCKET_BYTES);
    }
  } else if ((bucket & (SEGMENT_BUCKETS - 1)) === 0) {
    root[r + T_DIRECTORY] = appendSegment(arena, directory, bucket >>> SEGMENT_SHIFT);
  }
  root[r + T_BUCKETS] = bucket + 1;
  clearBlock(arena, bucketRef(arena, t, bucket));
}

/** Adds segment number `index` and returns the directory. */
function appendSegment(arena: Arena, directory: number, index: number): number {
  const segment = arena.alloc(SEGMENT_BYTES);
  try {
    if (index === 1) {
      const first = directory;
      directory = arena.alloc(BUCKET_BYTES);
      setWord(arena, directory, 0, first);
    } else if (arena.capacity(directory) < (index + 1) * 4) directory = arena.realloc(directory, index * 8);
  } catch (error) {
    arena.free(segment);
    throw error;
  }
  setWord(arena, directory, index, segment);
  return directory;
}

/** Blocks beside the bucket itself that so many elements need. */
function overflowOf(count: number): number {
  return count <= BUCKET_SLOTS ? 0 : Math.ceil(count / BUCKET_SLOTS) - 1;
}

/** Moves a bucket's elements to `refs` and `hashes`, its overflow blocks to `spare`; returns how many there were. */
function drain(arena: Arena, t: number, ref: number): number {
  const prefix = word(arena, t, T_PREFIX);
  const first = ref;
  let count = 0;
  for (;;) {
    const words = arena.u32[ref >>> 22]!;
    const b = (ref & 0x3fffff) << 2;
    const n = blockLength(words, b);
    if (count + n > refs.length) growScratch();
    for (let i = 0; i < n; i++) refs[count + i] = words[b + B_REFS + i]!;
    count += n;
    if (ref !== first) {
      spare.push(ref);
      addWord(arena, t, T_OVERFLOW, -1);
    }
    ref = words[b + B_LINK]!;
    if (ref === 0) break;
  }
  clearBlock(arena, first);
  // Loops of their own, so that the loads of the elements do not wait for each other.
  for (let i = 0; i < count; i++) hashes[i] = elementHash(arena, refs[i]!, prefix);
  return count;
}

function growScratch(): void {
  const grown = new Uint32Array(refs.length * 2);
  grown.set(refs);
  refs = grown;
  hashes = new Int32Array(refs.length);
}

function freeSpare(arena: Arena): void {
  while (spare.length > 0) arena.free(spare.pop()!);
}
