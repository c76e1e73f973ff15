/**
 * An order-statistic B+ tree: the elements of a large sorted set ordered by (score, member bytes).
 *
 * The tree is named by the ref of its *root block*; elements are blocks that the caller
 * owns (zset-element.ts), root block and nodes are drawn in btree-node.ts.
 *
 * Invariants: keys of children are their smallest elements, counts are exact; leaves are linked both ways in order;
 * nodes on neither edge of the tree have at least LEAF_MIN entries or INNER_MIN children, nodes on an edge at least one.
 * Growing at an edge leaves full nodes behind, so sets filled in order (either way) are packed densely.
 *
 * Complexity: insert, remove, rank, seek O(log n); moving within a leaf O(leaf). All functions are over (arena, tree).
 * What an insertion needs is allocated before anything is changed: RangeError leaves the tree as it was.
 */
import type { Arena } from '../memory/arena.ts';
import { mergeLeaf } from './btree-merge.ts';
import {
  childOf,
  copyChildren,
  copyEntries,
  INNER_BYTES,
  INNER_CAPACITY,
  INNER_CHILDREN,
  INNER_COUNTS,
  insertChild,
  insertEntry,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_ELEMENTS,
  LEAF_MIN,
  leafIndexOf,
  MAX_LEVELS,
  N_NEXT,
  N_PREV,
  N_SCORES,
  pathAt,
  pathNode,
  refreshChildKey,
  removeEntries,
  setChildKey,
  sumCounts,
  TREE_FIRST,
  TREE_HEIGHT,
  TREE_LAST,
  TREE_LENGTH,
  TREE_ROOT,
  wordOf,
} from './btree-node.ts';
import { compareMember, memberLength, memberOffset } from './zset-element.ts';

/** Nodes allocated ahead for the running insertion, by level. */
const spare = new Uint32Array(MAX_LEVELS);

/** Makes the words of a root block an empty tree. */
export function treeInit(arena: Arena, tree: number): void {
  const w = wordOf(tree) + TREE_LENGTH;
  arena.u32[tree >>> 22]!.fill(0, w, w + 5);
}

export function treeLength(arena: Arena, tree: number): number {
  return arena.u32[tree >>> 22]![wordOf(tree) + TREE_LENGTH]!;
}

/** Walks to the place of an element with this score; fills the path. Returns the leaf. */
function descend(arena: Arena, tree: number, score: number, element: number): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const bytes = arena.u8[element >>> 22]!;
  const off = memberOffset(arena, element);
  const len = memberLength(arena, element);
  let node = state[t + TREE_ROOT]!;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = childOf(arena, node, score, bytes, off, len);
    pathNode[level] = node;
    pathAt[level] = i;
    node = arena.u32[node >>> 22]![((node & 0x3fffff) << 2) + INNER_CHILDREN + i]!;
  }
  pathNode[0] = node;
  pathAt[0] = node === 0 ? 0 : leafIndexOf(arena, node, score, bytes, off, len);
  return node;
}

/** Adds an element that is not in the tree. */
export function treeInsert(arena: Arena, tree: number, score: number, element: number): void {
  const leaf = descend(arena, tree, score, element);
  if (leaf === 0) return insertFirst(arena, tree, score, element);
  const height = arena.u32[tree >>> 22]![wordOf(tree) + TREE_HEIGHT]!;
  const full = arena.u32[leaf >>> 22]![wordOf(leaf)]! === LEAF_CAPACITY;
  if (full) reserve(arena, height);
  addToCounts(arena, tree, height, 1);
  const at = pathAt[0]!;
  // Only the smallest element of all comes before the first entry of its leaf.
  if (at === 0) setKeysAbove(arena, height, score, element);
  if (full) splitLeaf(arena, tree, height, score, element);
  else insertEntry(arena, leaf, at, score, element);
}

/** Removes an element that is in the tree with this score. */
export function treeRemove(arena: Arena, tree: number, score: number, element: number): void {
  locate(arena, tree, score, element);
  removeRun(arena, tree, 1);
}

/** Changes the score of an element that is in the tree with `oldScore`; its copy in the element is the caller's. */
export function treeMove(arena: Arena, tree: number, oldScore: number, score: number, element: number): void {
  const leaf = locate(arena, tree, oldScore, element);
  if (moveInLeaf(arena, tree, leaf, pathAt[0]!, score, element)) return;
  removeRun(arena, tree, 1);
  try {
    treeInsert(arena, tree, score, element);
  } catch (error) {
    // Where it was there is room: that of the entry, or of the nodes that its removal freed.
    treeInsert(arena, tree, oldScore, element);
    throw error;
  }
}

/**
 * Removes up to `n` elements from the one that the path leads to, as many as its leaf has; returns how many.
 * The path must be fresh; it is used up.
 */
export function removeRun(arena: Arena, tree: number, n: number): number {
  const leaf = pathNode[0]!;
  const at = pathAt[0]!;
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  const removed = Math.min(n, words[w]! - at);
  const height = arena.u32[tree >>> 22]![wordOf(tree) + TREE_HEIGHT]!;
  addToCounts(arena, tree, height, -removed);
  removeEntries(arena, leaf, at, removed);
  const left = words[w]!;
  if (at === 0 && left > 0) {
    const first = arena.f64[leaf >>> 22]![(w >>> 1) + N_SCORES]!;
    setKeysAbove(arena, height, first, words[w + LEAF_ELEMENTS]!);
  }
  if (left < LEAF_MIN) mergeLeaf(arena, tree, height);
  return removed;
}

/** Walks to an element that must be there; returns its leaf. */
function locate(arena: Arena, tree: number, score: number, element: number): number {
  const leaf = descend(arena, tree, score, element);
  const w = wordOf(leaf);
  const words = arena.u32[leaf >>> 22]!;
  if (leaf === 0 || pathAt[0]! >= words[w]! || words[w + LEAF_ELEMENTS + pathAt[0]!] !== element) {
    throw new Error(`btree: element ${element} is not where its score ${score} belongs`);
  }
  return leaf;
}

/** Gives entry `at` of a leaf another score if it stays in this leaf; false when it does not. */
function moveInLeaf(arena: Arena, tree: number, leaf: number, at: number, score: number, element: number): boolean {
  const words = arena.u32[leaf >>> 22]!;
  const scores = arena.f64[leaf >>> 22]!;
  const w = wordOf(leaf);
  const s = (w >>> 1) + N_SCORES;
  const count = words[w]!;
  const old = scores[s + at]!;
  const up = score > old;
  // Strictly inside the leaf's range the element cannot belong to another one.
  const edge = up ? count - 1 : 0;
  if (edge !== at && !(up ? score < scores[s + edge]! : score > scores[s + edge]!)) return false;
  if (edge === at && words[w + (up ? N_NEXT : N_PREV)] !== 0) return false;
  const from = at;
  if (up) {
    while (at + 1 < count && before(arena, scores[s + at + 1]!, words[w + LEAF_ELEMENTS + at + 1]!, score, element)) {
      scores[s + at] = scores[s + at + 1]!;
      words[w + LEAF_ELEMENTS + at] = words[w + LEAF_ELEMENTS + at + 1]!;
      at++;
    }
  } else {
    while (at > 0 && !before(arena, scores[s + at - 1]!, words[w + LEAF_ELEMENTS + at - 1]!, score, element)) {
      scores[s + at] = scores[s + at - 1]!;
      words[w + LEAF_ELEMENTS + at] = words[w + LEAF_ELEMENTS + at - 1]!;
      at--;
    }
  }
  scores[s + at] = score;
  words[w + LEAF_ELEMENTS + at] = element;
  if (from === 0 || at === 0) {
    const height = arena.u32[tree >>> 22]![wordOf(tree) + TREE_HEIGHT]!;
    setKeysAbove(arena, height, scores[s]!, words[w + LEAF_ELEMENTS]!);
  }
  return true;
}

/** Whether the entry (score a, element x) comes before (score b, element y). */
function before(arena: Arena, a: number, x: number, b: number, y: number): boolean {
  if (a !== b) return a < b;
  return compareMember(arena, x, arena.u8[y >>> 22]!, memberOffset(arena, y), memberLength(arena, y)) < 0;
}

function insertFirst(arena: Arena, tree: number, score: number, element: number): void {
  const leaf = arena.alloc(LEAF_BYTES);
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  words[w] = 0;
  words[w + N_PREV] = 0;
  words[w + N_NEXT] = 0;
  insertEntry(arena, leaf, 0, score, element);
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  state[t + TREE_LENGTH] = 1;
  state[t + TREE_ROOT] = leaf;
  state[t + TREE_HEIGHT] = 0;
  state[t + TREE_FIRST] = leaf;
  state[t + TREE_LAST] = leaf;
}

/** Adds `n` to the tree's length and to the counts along the path. */
function addToCounts(arena: Arena, tree: number, height: number, n: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  state[t + TREE_LENGTH] = state[t + TREE_LENGTH]! + n;
  for (let level = height; level > 0; level--) {
    const node = pathNode[level]!;
    const words = arena.u32[node >>> 22]!;
    const c = ((node & 0x3fffff) << 2) + INNER_COUNTS + pathAt[level]!;
    words[c] = words[c]! + n;
  }
}

/** The leaf at the end of the path has a new first entry: sets the keys that say so. */
function setKeysAbove(arena: Arena, height: number, score: number, element: number): void {
  for (let level = 1; level <= height; level++) {
    const at = pathAt[level]!;
    setChildKey(arena, pathNode[level]!, at, score, element);
    if (at !== 0) return;
  }
}

/** Allocates what splitting the full leaf of the path takes; all or nothing. */
function reserve(arena: Arena, height: number): void {
  let level = 0;
  try {
    spare[0] = arena.alloc(LEAF_BYTES);
    for (level = 1; level <= height + 1; level++) {
      const node = pathNode[level]!;
      if (level <= height && arena.u32[node >>> 22]![wordOf(node)]! < INNER_CAPACITY) return;
      spare[level] = arena.alloc(INNER_BYTES);
    }
  } catch (error) {
    while (--level >= 0) arena.free(spare[level]!);
    throw error;
  }
}

/** Where a full node is split for an insertion at `at`: at the edges of the tree the other part stays full. */
function splitPoint(count: number, at: number, leftmost: boolean, rightmost: boolean): number {
  if (rightmost && at === count) return count;
  return leftmost && at <= 1 ? at : count >>> 1;
}

/** Splits the full leaf of the path and adds the entry. */
function splitLeaf(arena: Arena, tree: number, height: number, score: number, element: number): void {
  const leaf = pathNode[0]!;
  const at = pathAt[0]!;
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const leftmost = at === 0 && words[w + N_PREV] === 0;
  const rightmost = words[w + N_NEXT] === 0 && at === LEAF_CAPACITY;
  const mid = splitPoint(LEAF_CAPACITY, at, leftmost, rightmost);
  const right = spare[0]!;
  const r = wordOf(right);
  const rightWords = arena.u32[right >>> 22]!;
  copyEntries(arena, leaf, mid, right, 0, LEAF_CAPACITY - mid);
  words[w] = mid;
  rightWords[r] = LEAF_CAPACITY - mid;
  const next = words[w + N_NEXT]!;
  rightWords[r + N_PREV] = leaf;
  rightWords[r + N_NEXT] = next;
  words[w + N_NEXT] = right;
  if (next === 0) state[t + TREE_LAST] = right;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = right;
  if (at < mid || (at === mid && !rightmost)) insertEntry(arena, leaf, at, score, element);
  else insertEntry(arena, right, at - mid, score, element);
  addSibling(arena, tree, height, 1, leaf, right, rightWords[r]!, leftmost, rightmost);
}

/**
 * Hangs `right`, split off from the node of the path below `level`, into that level; splits it too if it is full.
 * `elements` are those below `right`.
 */
function addSibling(
  arena: Arena,
  tree: number,
  height: number,
  level: number,
  left: number,
  right: number,
  elements: number,
  leftmost: boolean,
  rightmost: boolean,
): void {
  if (level > height) return addRoot(arena, tree, level, left, right, elements);
  const node = pathNode[level]!;
  const words = arena.u32[node >>> 22]!;
  const w = wordOf(node);
  const at = pathAt[level]! + 1;
  words[w + INNER_COUNTS + at - 1] = words[w + INNER_COUNTS + at - 1]! - elements;
  if (words[w]! < INNER_CAPACITY) {
    insertChild(arena, node, at, right, elements);
    refreshChildKey(arena, node, at, level);
    return;
  }
  const mid = splitPoint(INNER_CAPACITY, at, leftmost, rightmost);
  const sibling = spare[level]!;
  copyChildren(arena, node, mid, sibling, 0, INNER_CAPACITY - mid);
  words[w] = mid;
  arena.u32[sibling >>> 22]![wordOf(sibling)] = INNER_CAPACITY - mid;
  const intoLeft = at < mid || (at === mid && !rightmost);
  const target = intoLeft ? node : sibling;
  const index = intoLeft ? at : at - mid;
  insertChild(arena, target, index, right, elements);
  refreshChildKey(arena, target, index, level);
  const moved = sumCounts(arena, sibling, 0, arena.u32[sibling >>> 22]![wordOf(sibling)]!);
  addSibling(arena, tree, height, level + 1, node, sibling, moved, leftmost, rightmost);
}

/** Puts a new root above the two halves of the old one. */
function addRoot(arena: Arena, tree: number, level: number, left: number, right: number, elements: number): void {
  const root = spare[level]!;
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  arena.u32[root >>> 22]![wordOf(root)] = 0;
  insertChild(arena, root, 0, left, state[t + TREE_LENGTH]! - elements);
  insertChild(arena, root, 1, right, elements);
  refreshChildKey(arena, root, 0, level);
  refreshChildKey(arena, root, 1, level);
  state[t + TREE_ROOT] = root;
  state[t + TREE_HEIGHT] = level;
}
