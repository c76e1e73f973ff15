/**
 * Nodes of the order-statistic B+ tree (btree.ts): blocks of the arena, arrays side by side.
 *
 *   leaf, 768 bytes                            inner node, 1024 bytes
 *   word 0      entries, 1 … 62                word 0      children, 1 … 50
 *   word 1      previous leaf or 0             words 1-3   –
 *   word 2      next leaf or 0                 words 4 …   50 scores   } of the smallest element
 *   word 3      –                              words 104 … 50 elements } below each child
 *   words 4 …   62 scores                      words 154 … 50 children
 *   words 128 … 62 elements                    words 204 … 50 counts: elements below each child
 *
 * root block, behind the table's words:       0 elements | 1 root node, 0 = none | 2 height, 0 = the root is a leaf
 *                                             | 3 first leaf | 4 last leaf
 *
 * Scores are doubles (aligned, because blocks are), all else are words. Entries of a leaf and children of an inner node
 * are ordered by (score, member).
 */
import type { Arena } from '../memory/arena.ts';
import { TABLE_WORDS } from './hash-table-buckets.ts';
import { compareMember } from './zset-element.ts';

export const LEAF_CAPACITY = 62;
export const LEAF_BYTES = 768;
export const INNER_CAPACITY = 50;
export const INNER_BYTES = 1024;

/** Fewer entries than this and a node is merged with a sibling, or takes from it. */
export const LEAF_MIN = 20;
export const INNER_MIN = 16;

/** Word indices, relative to the node. */
export const N_COUNT = 0;
export const N_PREV = 1;
export const N_NEXT = 2;
export const LEAF_ELEMENTS = 128;
export const INNER_ELEMENTS = 104;
export const INNER_CHILDREN = 154;
export const INNER_COUNTS = 204;
/** Index of the first score, in doubles relative to the node. */
export const N_SCORES = 2;

/** Words of the tree in its root block, behind those of the hash table of the same elements. */
export const TREE_LENGTH: number = TABLE_WORDS;
export const TREE_ROOT: number = TABLE_WORDS + 1;
export const TREE_HEIGHT: number = TABLE_WORDS + 2;
export const TREE_FIRST: number = TABLE_WORDS + 3;
export const TREE_LAST: number = TABLE_WORDS + 4;
/** Bytes of a root block with both. */
export const TREE_ROOT_BYTES: number = 4 * (TABLE_WORDS + 5);

/** More levels than 2^32 elements can need. */
export const MAX_LEVELS = 12;
/** The way of the last descent, by level: node and child index; level 0 is the leaf and the entry. */
export const pathNode: Uint32Array = new Uint32Array(MAX_LEVELS);
export const pathAt: Uint32Array = new Uint32Array(MAX_LEVELS);

/** Word index of a block in its chunk. */
export function wordOf(ref: number): number {
  return (ref & 0x3fffff) << 2;
}

/** Index of the child of an inner node below which (score, member) is or belongs. */
export function childOf(arena: Arena, node: number, score: number, buf: Uint8Array, off: number, len: number): number {
  const words = arena.u32[node >>> 22]!;
  const scores = arena.f64[node >>> 22]!;
  const w = (node & 0x3fffff) << 2;
  const s = (w >>> 1) + N_SCORES;
  let low = 1;
  let high = words[w]!;
  while (low < high) {
    const mid = (low + high) >>> 1;
    const at = scores[s + mid]!;
    if (at < score || (at === score && compareMember(arena, words[w + INNER_ELEMENTS + mid]!, buf, off, len) <= 0)) {
      low = mid + 1;
    } else high = mid;
  }
  return low - 1;
}

/** Index of the first entry of a leaf that is not before (score, member); the number of entries when all are. */
export function leafIndexOf(
  arena: Arena,
  leaf: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  const words = arena.u32[leaf >>> 22]!;
  const scores = arena.f64[leaf >>> 22]!;
  const w = (leaf & 0x3fffff) << 2;
  const s = (w >>> 1) + N_SCORES;
  let low = 0;
  let high = words[w]!;
  while (low < high) {
    const mid = (low + high) >>> 1;
    const at = scores[s + mid]!;
    if (at < score || (at === score && compareMember(arena, words[w + LEAF_ELEMENTS + mid]!, buf, off, len) < 0)) {
      low = mid + 1;
    } else high = mid;
  }
  return low;
}

/** Makes room for an entry at index `at` of a leaf that is not full, and writes it. */
export function insertEntry(arena: Arena, leaf: number, at: number, score: number, element: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const scores = arena.f64[leaf >>> 22]!;
  const w = (leaf & 0x3fffff) << 2;
  const s = (w >>> 1) + N_SCORES;
  const count = words[w]!;
  for (let i = count; i > at; i--) {
    scores[s + i] = scores[s + i - 1]!;
    words[w + LEAF_ELEMENTS + i] = words[w + LEAF_ELEMENTS + i - 1]!;
  }
  scores[s + at] = score;
  words[w + LEAF_ELEMENTS + at] = element;
  words[w] = count + 1;
}

/** Takes `n` entries from index `at` out of a leaf. */
export function removeEntries(arena: Arena, leaf: number, at: number, n: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const scores = arena.f64[leaf >>> 22]!;
  const w = (leaf & 0x3fffff) << 2;
  const s = (w >>> 1) + N_SCORES;
  const count = words[w]! - n;
  for (let i = at; i < count; i++) {
    scores[s + i] = scores[s + i + n]!;
    words[w + LEAF_ELEMENTS + i] = words[w + LEAF_ELEMENTS + i + n]!;
  }
  words[w] = count;
}

/** Copies `n` entries between leaves, or upward within one; counts are the caller's. */
export function copyEntries(arena: Arena, from: number, at: number, to: number, target: number, n: number): void {
  const fromWords = arena.u32[from >>> 22]!;
  const fromScores = arena.f64[from >>> 22]!;
  const toWords = arena.u32[to >>> 22]!;
  const toScores = arena.f64[to >>> 22]!;
  const f = wordOf(from);
  const t = wordOf(to);
  for (let i = n - 1; i >= 0; i--) {
    toScores[(t >>> 1) + N_SCORES + target + i] = fromScores[(f >>> 1) + N_SCORES + at + i]!;
    toWords[t + LEAF_ELEMENTS + target + i] = fromWords[f + LEAF_ELEMENTS + at + i]!;
  }
}

/** Makes room for a child at index `at` of an inner node that is not full, and writes all but its key. */
export function insertChild(arena: Arena, node: number, at: number, child: number, elements: number): void {
  const words = arena.u32[node >>> 22]!;
  const w = wordOf(node);
  const count = words[w]!;
  copyChildren(arena, node, at, node, at + 1, count - at);
  words[w + INNER_CHILDREN + at] = child;
  words[w + INNER_COUNTS + at] = elements;
  words[w] = count + 1;
}

/** Takes `n` children from index `at` out of an inner node. */
export function removeChildren(arena: Arena, node: number, at: number, n: number): void {
  const words = arena.u32[node >>> 22]!;
  const scores = arena.f64[node >>> 22]!;
  const w = wordOf(node);
  const s = (w >>> 1) + N_SCORES;
  const count = words[w]! - n;
  for (let i = at; i < count; i++) {
    scores[s + i] = scores[s + i + n]!;
    words[w + INNER_ELEMENTS + i] = words[w + INNER_ELEMENTS + i + n]!;
    words[w + INNER_CHILDREN + i] = words[w + INNER_CHILDREN + i + n]!;
    words[w + INNER_COUNTS + i] = words[w + INNER_COUNTS + i + n]!;
  }
  words[w] = count;
}

/** Copies `n` children between inner nodes, or upward within one; counts are the caller's. */
export function copyChildren(arena: Arena, from: number, at: number, to: number, target: number, n: number): void {
  const fromWords = arena.u32[from >>> 22]!;
  const fromScores = arena.f64[from >>> 22]!;
  const toWords = arena.u32[to >>> 22]!;
  const toScores = arena.f64[to >>> 22]!;
  const f = wordOf(from);
  const t = wordOf(to);
  for (let i = n - 1; i >= 0; i--) {
    toScores[(t >>> 1) + N_SCORES + target + i] = fromScores[(f >>> 1) + N_SCORES + at + i]!;
    toWords[t + INNER_ELEMENTS + target + i] = fromWords[f + INNER_ELEMENTS + at + i]!;
    toWords[t + INNER_CHILDREN + target + i] = fromWords[f + INNER_CHILDREN + at + i]!;
    toWords[t + INNER_COUNTS + target + i] = fromWords[f + INNER_COUNTS + at + i]!;
  }
}

/** Sets the key of child `at`: its smallest element. */
export function setChildKey(arena: Arena, node: number, at: number, score: number, element: number): void {
  const w = wordOf(node);
  arena.f64[node >>> 22]![(w >>> 1) + N_SCORES + at] = score;
  arena.u32[node >>> 22]![w + INNER_ELEMENTS + at] = element;
}

/** Sets the key of child `at` to the first entry of that child, whose level is `level - 1`. */
export function refreshChildKey(arena: Arena, node: number, at: number, level: number): void {
  const child = arena.u32[node >>> 22]![wordOf(node) + INNER_CHILDREN + at]!;
  const w = wordOf(child);
  const elements = level === 1 ? LEAF_ELEMENTS : INNER_ELEMENTS;
  setChildKey(
    arena,
    node,
    at,
    arena.f64[child >>> 22]![(w >>> 1) + N_SCORES]!,
    arena.u32[child >>> 22]![w + elements]!,
  );
}

/** Elements below an inner node's children `from` up to `to`. */
export function sumCounts(arena: Arena, node: number, from: number, to: number): number {
  const words = arena.u32[node >>> 22]!;
  const c = wordOf(node) + INNER_COUNTS;
  let sum = 0;
  for (let i = from; i < to; i++) sum += words[c + i]!;
  return sum;
}
