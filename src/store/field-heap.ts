/**
 * The fields of a large hash that expire, in order of expiry: a heap of four children a node, in the arena.
 *
 *   root block, word H_COUNT   fields in the heap
 *   root block, word H_REFS    ref of a block of field refs, 0 = none: parent of i is (i - 1) >> 2
 *
 * A field (hash-field.ts) knows its place: the last word of its expiry part. Invariant: no field expires before its
 * parent. The first one is the next to expire: O(1); add, remove, change: O(log n) at worst, O(1) on average for
 * expiries that come in order.
 */
import type { Arena } from '../memory/arena.ts';
import type { RawMemory } from './value-ops.ts';

export const H_COUNT = 5;
export const H_REFS = 6;

const TWO_32 = 4294967296;
/** Words of a field's expiry part. */
const E_LOW = 1;
const E_HIGH = 2;
const E_INDEX = 3;
const MIN_REFS = 4;

function word(arena: RawMemory, ref: number, i: number): number {
  return arena.u32[ref >>> 22]![((ref & 0x3fffff) << 2) + i]!;
}

function setWord(arena: Arena, ref: number, i: number, value: number): void {
  arena.u32[ref >>> 22]![((ref & 0x3fffff) << 2) + i] = value;
}

/** The expiry of a field that has one, in unix ms. */
export function fieldExpiry(arena: RawMemory, field: number): number {
  return word(arena, field, E_HIGH) * TWO_32 + word(arena, field, E_LOW);
}

/** Writes the expiry into a field's expiry part, and nothing else. */
export function writeFieldExpiry(arena: Arena, field: number, expireMs: number): void {
  setWord(arena, field, E_LOW, expireMs >>> 0);
  setWord(arena, field, E_HIGH, Math.floor(expireMs / TWO_32));
}

/** Makes the words of a root block an empty heap. */
export function heapInit(arena: Arena, root: number): void {
  setWord(arena, root, H_COUNT, 0);
  setWord(arena, root, H_REFS, 0);
}

/** Fields in the heap. */
export function heapCount(arena: RawMemory, root: number): number {
  return word(arena, root, H_COUNT);
}

/** The field that expires first, 0 when there is none. */
export function heapFirst(arena: RawMemory, root: number): number {
  return word(arena, root, H_COUNT) === 0 ? 0 : word(arena, word(arena, root, H_REFS), 0);
}

/** Bytes of the heap's block. */
export function heapBytes(arena: Arena, root: number): number {
  const refs = word(arena, root, H_REFS);
  return refs === 0 ? 0 : arena.capacity(refs);
}

/** Makes room for one more field, so that heapAdd() cannot fail. Throws for want of memory. */
export function heapReserve(arena: Arena, root: number): void {
  const count = word(arena, root, H_COUNT);
  const refs = word(arena, root, H_REFS);
  if (refs === 0) setWord(arena, root, H_REFS, arena.alloc(MIN_REFS * 4));
  else if (arena.capacity(refs) < (count + 1) * 4) setWord(arena, root, H_REFS, arena.realloc(refs, count * 8));
}

/** Adds a field whose expiry is written; the room for it must be there. */
export function heapAdd(arena: Arena, root: number, field: number): void {
  const count = word(arena, root, H_COUNT);
  setWord(arena, root, H_COUNT, count + 1);
  siftUp(arena, word(arena, root, H_REFS), count, field);
}

/** Takes a field out. */
export function heapRemove(arena: Arena, root: number, field: number): void {
  const index = word(arena, field, E_INDEX);
  const refs = word(arena, root, H_REFS);
  const last = word(arena, root, H_COUNT) - 1;
  if (index > last || word(arena, refs, index) !== field)
    throw new Error(`field heap: field ${field} is not at ${index}`);
  setWord(arena, root, H_COUNT, last);
  if (index !== last) place(arena, root, index, word(arena, refs, last));
  shrink(arena, root);
}

/** A field that is in the heap has got another expiry. */
export function heapChanged(arena: Arena, root: number, field: number): void {
  place(arena, root, word(arena, field, E_INDEX), field);
}

/** A field that is in the heap is in another block now. */
export function heapMoved(arena: Arena, root: number, field: number): void {
  setWord(arena, word(arena, root, H_REFS), word(arena, field, E_INDEX), field);
}

/** Frees the heap's block. */
export function heapFree(arena: Arena, root: number): void {
  const refs = word(arena, root, H_REFS);
  if (refs !== 0) arena.free(refs);
  heapInit(arena, root);
}

/**
 * Makes room in an empty heap for `count` fields whose places are written already, as those of copies are. Returns a
 * function that is to be called with each of them.
 */
export function heapRebuild(arena: Arena, root: number, count: number): (field: number) => void {
  const refs = arena.alloc(count * 4);
  setWord(arena, root, H_REFS, refs);
  setWord(arena, root, H_COUNT, count);
  return (field) => setWord(arena, refs, word(arena, field, E_INDEX), field);
}

/** Moves the heap's block when compaction wants it elsewhere. */
export function heapRelocate(arena: Arena, root: number): void {
  const refs = word(arena, root, H_REFS);
  if (refs !== 0 && arena.shouldMove(refs)) setWord(arena, root, H_REFS, arena.move(refs));
}

/** Checks order and places; throws an Error that says what is wrong. */
export function heapValidateIntegrity(arena: Arena, root: number): void {
  const count = word(arena, root, H_COUNT);
  const refs = word(arena, root, H_REFS);
  if (count > 0 && arena.capacity(refs) < count * 4) throw new Error('field heap: its block is too small');
  for (let i = 0; i < count; i++) {
    const field = word(arena, refs, i);
    if (word(arena, field, E_INDEX) !== i) throw new Error(`field heap: field ${field} does not know its place ${i}`);
    if (i > 0 && fieldExpiry(arena, word(arena, refs, (i - 1) >> 2)) > fieldExpiry(arena, field)) {
      throw new Error(`field heap: field ${field} expires before its parent`);
    }
  }
}

/** Gives back what is not needed; without memory for a smaller block the large one stays. */
function shrink(arena: Arena, root: number): void {
  const count = word(arena, root, H_COUNT);
  const refs = word(arena, root, H_REFS);
  if (count === 0) {
    heapFree(arena, root);
    return;
  }
  if (arena.capacity(refs) < 16 * count || arena.capacity(refs) <= 4 * MIN_REFS) return;
  const smaller = arena.tryAlloc(8 * count);
  if (smaller === 0) return;
  arena.copyBlock(refs, smaller, 4 * count);
  arena.free(refs);
  setWord(arena, root, H_REFS, smaller);
}

/** Puts a field where the heap has a gap, or has it already, and lets it find its place. */
function place(arena: Arena, root: number, index: number, field: number): void {
  const refs = word(arena, root, H_REFS);
  if (index > 0 && fieldExpiry(arena, word(arena, refs, (index - 1) >> 2)) > fieldExpiry(arena, field)) {
    siftUp(arena, refs, index, field);
  } else siftDown(arena, refs, word(arena, root, H_COUNT), index, field);
}

function siftUp(arena: Arena, refs: number, index: number, field: number): void {
  const expiry = fieldExpiry(arena, field);
  let i = index;
  while (i > 0) {
    const parent = (i - 1) >> 2;
    const above = word(arena, refs, parent);
    if (fieldExpiry(arena, above) <= expiry) break;
    setAt(arena, refs, i, above);
    i = parent;
  }
  setAt(arena, refs, i, field);
}

function siftDown(arena: Arena, refs: number, count: number, index: number, field: number): void {
  const expiry = fieldExpiry(arena, field);
  let i = index;
  for (;;) {
    let least = expiry;
    let child = -1;
    const first = i * 4 + 1;
    for (let c = first; c < first + 4 && c < count; c++) {
      const below = fieldExpiry(arena, word(arena, refs, c));
      if (below < least) {
        least = below;
        child = c;
      }
    }
    if (child < 0) break;
    setAt(arena, refs, i, word(arena, refs, child));
    i = child;
  }
  setAt(arena, refs, i, field);
}

function setAt(arena: Arena, refs: number, i: number, field: number): void {
  setWord(arena, refs, i, field);
  setWord(arena, field, E_INDEX, i);
}
