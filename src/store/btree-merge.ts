/** The B+ tree's nodes after removals: merging with a sibling, taking from one, and losing levels. See btree.ts. */
import type { Arena } from '../memory/arena.ts';
import {
  copyChildren,
  copyEntries,
  INNER_CAPACITY,
  INNER_CHILDREN,
  INNER_COUNTS,
  INNER_MIN,
  LEAF_CAPACITY,
  N_NEXT,
  N_PREV,
  pathAt,
  pathNode,
  refreshChildKey,
  removeChildren,
  removeEntries,
  sumCounts,
  TREE_FIRST,
  TREE_HEIGHT,
  TREE_LAST,
  TREE_ROOT,
  wordOf,
} from './btree-node.ts';

/** The leaf of the path has few entries or none: mends that. */
export function mergeLeaf(arena: Arena, tree: number, height: number): void {
  const leaf = pathNode[0]!;
  if (height === 0) {
    if (arena.u32[leaf >>> 22]![wordOf(leaf)] === 0) dropLeaf(arena, tree, leaf, height);
    return;
  }
  const parent = pathNode[1]!;
  const siblings = arena.u32[parent >>> 22]![wordOf(parent)]!;
  if (siblings === 1) {
    if (arena.u32[leaf >>> 22]![wordOf(leaf)] === 0) dropLeaf(arena, tree, leaf, height);
    return;
  }
  const index = pathAt[1]!;
  const at = index + 1 < siblings ? index : index - 1;
  const children = wordOf(parent) + INNER_CHILDREN;
  const left = arena.u32[parent >>> 22]![children + at]!;
  const right = arena.u32[parent >>> 22]![children + at + 1]!;
  const nLeft = arena.u32[left >>> 22]![wordOf(left)]!;
  const nRight = arena.u32[right >>> 22]![wordOf(right)]!;
  const total = nLeft + nRight;
  if (total <= LEAF_CAPACITY) {
    copyEntries(arena, right, 0, left, nLeft, nRight);
    setCounts(arena, parent, at, left, total, total, right, 0, 0);
    unlinkLeaf(arena, tree, right);
    refreshKeys(arena, height, 1, at);
    removeChild(arena, tree, height, 1, at + 1);
    return;
  }
  const half = total >>> 1;
  if (nLeft < half) {
    copyEntries(arena, right, 0, left, nLeft, half - nLeft);
    removeEntries(arena, right, 0, half - nLeft);
  } else {
    copyEntries(arena, right, 0, right, nLeft - half, nRight);
    copyEntries(arena, left, half, right, 0, nLeft - half);
  }
  setCounts(arena, parent, at, left, half, half, right, total - half, total - half);
  refreshKeys(arena, height, 1, at);
  refreshChildKey(arena, parent, at + 1, 1);
}

/** Sets how many entries two neighbours have, and how many elements their parent counts below each. */
function setCounts(
  arena: Arena,
  parent: number,
  at: number,
  left: number,
  nLeft: number,
  leftElements: number,
  right: number,
  nRight: number,
  rightElements: number,
): void {
  arena.u32[left >>> 22]![wordOf(left)] = nLeft;
  arena.u32[right >>> 22]![wordOf(right)] = nRight;
  const words = arena.u32[parent >>> 22]!;
  const counts = wordOf(parent) + INNER_COUNTS + at;
  words[counts] = leftElements;
  words[counts + 1] = rightElements;
}

/** Child `at` of the path's node at `level` may begin with another element: refreshes its key, and those above. */
function refreshKeys(arena: Arena, height: number, level: number, at: number): void {
  refreshChildKey(arena, pathNode[level]!, at, level);
  while (at === 0 && level < height) {
    level++;
    at = pathAt[level]!;
    refreshChildKey(arena, pathNode[level]!, at, level);
  }
}

/** Removes an empty leaf that has no sibling below its parent. */
function dropLeaf(arena: Arena, tree: number, leaf: number, height: number): void {
  unlinkLeaf(arena, tree, leaf);
  if (height === 0) arena.u32[tree >>> 22]![wordOf(tree) + TREE_ROOT] = 0;
  else removeChild(arena, tree, height, 1, 0);
}

/** Takes a leaf out of the chain and frees it. */
function unlinkLeaf(arena: Arena, tree: number, leaf: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  const prev = words[w + N_PREV]!;
  const next = words[w + N_NEXT]!;
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  if (prev === 0) state[t + TREE_FIRST] = next;
  else arena.u32[prev >>> 22]![wordOf(prev) + N_NEXT] = next;
  if (next === 0) state[t + TREE_LAST] = prev;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = prev;
  arena.free(leaf);
}

/** Takes child `at` out of the path's node at `level`. */
function removeChild(arena: Arena, tree: number, height: number, level: number, at: number): void {
  const node = pathNode[level]!;
  removeChildren(arena, node, at, 1);
  const left = arena.u32[node >>> 22]![wordOf(node)]!;
  if (level === height) return shrinkRoot(arena, tree);
  if (left === 0) {
    arena.free(node);
    return removeChild(arena, tree, height, level + 1, pathAt[level + 1]!);
  }
  if (at === 0) refreshKeys(arena, height, level + 1, pathAt[level + 1]!);
  if (left < INNER_MIN) mergeInner(arena, tree, height, level);
}

/** An inner root with one child gives way to it. */
function shrinkRoot(arena: Arena, tree: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  while (state[t + TREE_HEIGHT]! > 0) {
    const root = state[t + TREE_ROOT]!;
    const words = arena.u32[root >>> 22]!;
    const children = words[wordOf(root)]!;
    if (children > 1) return;
    state[t + TREE_ROOT] = children === 0 ? 0 : words[wordOf(root) + INNER_CHILDREN]!;
    state[t + TREE_HEIGHT] = children === 0 ? 0 : state[t + TREE_HEIGHT]! - 1;
    arena.free(root);
  }
}

/** The path's inner node at `level`, not the root, has few children: merges it with a sibling or takes from one. */
function mergeInner(arena: Arena, tree: number, height: number, level: number): void {
  const parent = pathNode[level + 1]!;
  const siblings = arena.u32[parent >>> 22]![wordOf(parent)]!;
  if (siblings === 1) return;
  const index = pathAt[level + 1]!;
  const at = index + 1 < siblings ? index : index - 1;
  const children = wordOf(parent) + INNER_CHILDREN;
  const left = arena.u32[parent >>> 22]![children + at]!;
  const right = arena.u32[parent >>> 22]![children + at + 1]!;
  const nLeft = arena.u32[left >>> 22]![wordOf(left)]!;
  const nRight = arena.u32[right >>> 22]![wordOf(right)]!;
  const total = nLeft + nRight;
  const elements = sumCounts(arena, left, 0, nLeft) + sumCounts(arena, right, 0, nRight);
  if (total <= INNER_CAPACITY) {
    copyChildren(arena, right, 0, left, nLeft, nRight);
    setCounts(arena, parent, at, left, total, elements, right, 0, 0);
    arena.free(right);
    removeChild(arena, tree, height, level + 1, at + 1);
    return;
  }
  const half = total >>> 1;
  if (nLeft < half) {
    copyChildren(arena, right, 0, left, nLeft, half - nLeft);
    removeChildren(arena, right, 0, half - nLeft);
  } else {
    copyChildren(arena, right, 0, right, nLeft - half, nRight);
    copyChildren(arena, left, half, right, 0, nLeft - half);
  }
  const leftElements = sumCounts(arena, left, 0, half);
  setCounts(arena, parent, at, left, half, leftElements, right, total - half, elements - leftElements);
  refreshChildKey(arena, parent, at + 1, level + 1);
}
