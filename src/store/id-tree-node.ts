/**
 * Blocks of the id tree (id-tree.ts), and what is done to one of them.
 *
 *   tree words, first in the block of whoever has the tree:
 *              0 root node, 0 = none | 1 height (0: the root is a leaf) | value words << 8 | 2 entries
 *              | 3 first leaf | 4 last leaf
 *   leaf       0 entries | 1 previous leaf or 0 | 2 next leaf or 0 | 3 – | 4 … entries: id (4 words), value words
 *   inner      0 children | 1-3 – | 4 … children: id (4 words), ref
 *
 * Nodes have NODE_BYTES; a leaf that is the whole tree begins small and grows.
 */
import type { Arena } from '../memory/arena.ts';
import { compareIds, copyId, ID_WORDS } from './stream-id.ts';
import type { RawMemory } from './value-ops.ts';

export const T_ROOT = 0;
export const T_SHAPE = 1;
export const T_COUNT = 2;
export const T_FIRST = 3;
export const T_LAST = 4;
/** Words of a tree in its owner's block. */
export const TREE_WORDS = 5;

export const N_COUNT = 0;
export const N_PREV = 1;
export const N_NEXT = 2;
/** The first entry or child. */
export const N_ENTRIES = 4;

/** Steps from where an id should be before the search goes on by halves. */
const NEAR = 6;

export const NODE_BYTES = 1024;
const NODE_WORDS = NODE_BYTES / 4;
/** Words of a child in an inner node. */
export const CHILD_WORDS: number = ID_WORDS + 1;
export const INNER_CAPACITY: number = Math.floor((NODE_WORDS - N_ENTRIES) / CHILD_WORDS);
/** More levels than any tree has. */
export const MAX_LEVELS = 12;

/** Index of a block's first word in its chunk. */
export function wordOf(ref: number): number {
  return (ref & 0x3fffff) << 2;
}

export function heightOf(memory: RawMemory, tree: number): number {
  return memory.u32[tree >>> 22]![wordOf(tree) + T_SHAPE]! & 0xff;
}

/** Words of an entry: the id and the value. */
export function strideOf(memory: RawMemory, tree: number): number {
  return ID_WORDS + (memory.u32[tree >>> 22]![wordOf(tree) + T_SHAPE]! >>> 8);
}

/** Entries that a leaf of full size holds. */
export function leafCapacity(stride: number): number {
  return Math.floor((NODE_WORDS - N_ENTRIES) / stride);
}

/** Entries that this leaf holds. */
export function capacityOf(arena: Arena, leaf: number, stride: number): number {
  return Math.min(leafCapacity(stride), Math.floor(((arena.capacity(leaf) >>> 2) - N_ENTRIES) / stride));
}

/** Bytes of a leaf for so many entries. */
export function leafBytes(entries: number, stride: number): number {
  return (N_ENTRIES + entries * stride) * 4;
}

/**
 * First of `count` items of `stride` words from word `base` on whose id is not below a given one; `count`: none.
 *
 * Ids of a node mostly differ in one word, and lie evenly: the words before it are compared once, and the search begins
 * where the id should be. Halving takes six steps, of which each is a branch that nobody can predict.
 */
export function lowerBound(
  words: Uint32Array,
  base: number,
  stride: number,
  count: number,
  id: Uint32Array,
  i: number,
): number {
  if (count === 0) return 0;
  const last = base + (count - 1) * stride;
  // What is added comes last, nearly always.
  if (compareIds(words, last, id, i) < 0) return count;
  let word = 0;
  while (word < ID_WORDS - 1 && words[base + word] === words[last + word]) {
    // It is not above the last, so where the words of all differ from its own, they are above.
    if (words[base + word] !== id[i + word]) return 0;
    word++;
  }
  return search(words, base, stride, count, id, i, word);
}

/** The same for ids that have all words before `word` in common with the given one, which is not above the last. */
function search(
  words: Uint32Array,
  base: number,
  stride: number,
  count: number,
  id: Uint32Array,
  i: number,
  word: number,
): number {
  const first = base + word;
  const key = id[i + word]!;
  const from = words[first]!;
  if (key < from) return 0;
  let high = count - 1;
  const span = words[first + high * stride]! - from;
  let at = span === 0 ? 0 : Math.floor(((key - from) / span) * high);
  let low = 0;
  // To the place from where it should be, if it is not far.
  if (isBelow(words, first + at * stride, key, id, i, word)) {
    for (const end = Math.min(high, at + NEAR); at < end; at++) {
      if (!isBelow(words, first + (at + 1) * stride, key, id, i, word)) return at + 1;
    }
    low = at + 1;
  } else {
    for (const end = Math.max(0, at - NEAR); at > end; at--) {
      if (isBelow(words, first + (at - 1) * stride, key, id, i, word)) return at;
    }
    high = at;
  }
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (isBelow(words, first + mid * stride, key, id, i, word)) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Whether the id whose word `word` is at `at` is below a given one, of which that word is `key`. */
function isBelow(words: Uint32Array, at: number, key: number, id: Uint32Array, i: number, word: number): boolean {
  const x = words[at]!;
  if (x !== key) return x < key;
  return word < ID_WORDS - 1 && compareIds(words, at - word, id, i) < 0;
}

/** The child of an inner node that an id belongs to. The first child has no lower bound. */
export function childIndex(words: Uint32Array, w: number, id: Uint32Array, i: number): number {
  const others = words[w]! - 1;
  const first = w + N_ENTRIES + CHILD_WORDS;
  const at = lowerBound(words, first, CHILD_WORDS, others, id, i);
  return at < others && compareIds(words, first + at * CHILD_WORDS, id, i) === 0 ? at + 1 : at;
}

/** Makes room for an item at `at` among those of a node and counts it; its words are the caller's to fill. */
export function openItem(words: Uint32Array, w: number, stride: number, at: number): void {
  const from = w + N_ENTRIES + at * stride;
  const end = w + N_ENTRIES + words[w]! * stride;
  if (from !== end) words.copyWithin(from + stride, from, end);
  words[w] = words[w]! + 1;
}

/** Takes an item out of a node. */
export function closeItem(words: Uint32Array, w: number, stride: number, at: number): void {
  const from = w + N_ENTRIES + (at + 1) * stride;
  const end = w + N_ENTRIES + words[w]! * stride;
  if (from !== end) words.copyWithin(from - stride, from, end);
  words[w] = words[w]! - 1;
}

/** Moves the items of a node from `at` on behind those of another. */
export function moveItems(arena: Arena, from: number, at: number, to: number, stride: number): void {
  const source = arena.u32[from >>> 22]!;
  const target = arena.u32[to >>> 22]!;
  const s = wordOf(from);
  const t = wordOf(to);
  const moved = source[s]! - at;
  const words = source.subarray(s + N_ENTRIES + at * stride, s + N_ENTRIES + source[s]! * stride);
  target.set(words, t + N_ENTRIES + target[t]! * stride);
  target[t] = target[t]! + moved;
  source[s] = at;
}

/** Makes `ref` with the lower bound id[i …] child `at` of an inner node that has room. */
export function insertChild(arena: Arena, node: number, at: number, id: Uint32Array, i: number, ref: number): void {
  const words = arena.u32[node >>> 22]!;
  const w = wordOf(node);
  openItem(words, w, CHILD_WORDS, at);
  const c = w + N_ENTRIES + at * CHILD_WORDS;
  copyId(id, i, words, c);
  words[c + ID_WORDS] = ref;
}

/** Child `at` of an inner node. */
export function childAt(memory: RawMemory, node: number, at: number): number {
  return memory.u32[node >>> 22]![wordOf(node) + N_ENTRIES + at * CHILD_WORDS + ID_WORDS]!;
}
