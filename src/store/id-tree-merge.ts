/** The id tree's nodes after removals: merging with a sibling, and losing levels. See id-tree.ts. */
import type { Arena } from '../memory/arena.ts';
import {
  CHILD_WORDS,
  childAt,
  closeItem,
  heightOf,
  INNER_CAPACITY,
  leafCapacity,
  moveItems,
  N_ENTRIES,
  N_NEXT,
  N_PREV,
  T_FIRST,
  T_LAST,
  T_ROOT,
  T_SHAPE,
  wordOf,
} from './id-tree-node.ts';
import { pathAt, pathNode } from './id-tree-path.ts';
import { copyId } from './stream-id.ts';

function countOf(arena: Arena, node: number): number {
  return arena.u32[node >>> 22]![wordOf(node)]!;
}

/** The leaf of the path has few entries or none. */
export function mergeLeaf(arena: Arena, tree: number, leaf: number, stride: number): void {
  const height = heightOf(arena, tree);
  if (countOf(arena, leaf) === 0) {
    unlinkLeaf(arena, tree, leaf);
    if (height === 0) arena.u32[tree >>> 22]![wordOf(tree) + T_ROOT] = 0;
    else removeChild(arena, tree, height, 1, pathAt[1]!);
    return;
  }
  if (height === 0) return;
  const parent = pathNode[1]!;
  const left = pairToMerge(arena, parent, pathAt[1]!, leafCapacity(stride));
  if (left < 0) return;
  const right = childAt(arena, parent, left + 1);
  moveItems(arena, right, 0, childAt(arena, parent, left), stride);
  unlinkLeaf(arena, tree, right);
  removeChild(arena, tree, height, 1, left + 1);
}

/** Which child of a node begins a pair with child `at` that fits into one; -1: none. */
function pairToMerge(arena: Arena, parent: number, at: number, capacity: number): number {
  const count = countOf(arena, parent);
  const own = countOf(arena, childAt(arena, parent, at));
  if (at + 1 < count && own + countOf(arena, childAt(arena, parent, at + 1)) <= capacity) return at;
  if (at > 0 && own + countOf(arena, childAt(arena, parent, at - 1)) <= capacity) return at - 1;
  return -1;
}

/** Takes a leaf out of the chain and frees it. */
function unlinkLeaf(arena: Arena, tree: number, leaf: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const prev = words[wordOf(leaf) + N_PREV]!;
  const next = words[wordOf(leaf) + N_NEXT]!;
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  if (prev === 0) state[t + T_FIRST] = next;
  else arena.u32[prev >>> 22]![wordOf(prev) + N_NEXT] = next;
  if (next === 0) state[t + T_LAST] = prev;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = prev;
  arena.free(leaf);
}

/** Takes child `at` out of the path's node at `level`. */
function removeChild(arena: Arena, tree: number, height: number, level: number, at: number): void {
  const node = pathNode[level]!;
  closeItem(arena.u32[node >>> 22]!, wordOf(node), CHILD_WORDS, at);
  if (level === height) return shrinkRoot(arena, tree);
  const left = countOf(arena, node);
  if (left === 0) {
    arena.free(node);
    return removeChild(arena, tree, height, level + 1, pathAt[level + 1]!);
  }
  if (left * 4 < INNER_CAPACITY) mergeInner(arena, tree, height, level);
}

function mergeInner(arena: Arena, tree: number, height: number, level: number): void {
  const parent = pathNode[level + 1]!;
  const at = pairToMerge(arena, parent, pathAt[level + 1]!, INNER_CAPACITY);
  if (at < 0) return;
  const left = childAt(arena, parent, at);
  const right = childAt(arena, parent, at + 1);
  // The first child of `right` had no lower bound; among the others it needs one.
  const key = wordOf(parent) + N_ENTRIES + (at + 1) * CHILD_WORDS;
  copyId(arena.u32[parent >>> 22]!, key, arena.u32[right >>> 22]!, wordOf(right) + N_ENTRIES);
  moveItems(arena, right, 0, left, CHILD_WORDS);
  arena.free(right);
  removeChild(arena, tree, height, level + 1, at + 1);
}

/** An inner root with one child gives way to it. */
function shrinkRoot(arena: Arena, tree: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  while ((state[t + T_SHAPE]! & 0xff) > 0) {
    const root = state[t + T_ROOT]!;
    const count = countOf(arena, root);
    if (count > 1) return;
    state[t + T_ROOT] = count === 0 ? 0 : childAt(arena, root, 0);
    state[t + T_SHAPE] = count === 0 ? state[t + T_SHAPE]! & ~0xff : state[t + T_SHAPE]! - 1;
    arena.free(root);
  }
}
