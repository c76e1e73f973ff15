/** Compaction of B+ trees: elements and nodes that move to other blocks. See btree.ts. */
import type { Arena } from '../memory/arena.ts';
import {
  childOf,
  INNER_CHILDREN,
  INNER_ELEMENTS,
  LEAF_ELEMENTS,
  leafIndexOf,
  N_NEXT,
  N_PREV,
  pathAt,
  pathNode,
  TREE_FIRST,
  TREE_HEIGHT,
  TREE_LAST,
  TREE_LENGTH,
  TREE_ROOT,
  wordOf,
} from './btree-node.ts';
import { leafLength, seek } from './btree-search.ts';
import { elementScore, memberLength, memberOffset } from './zset-element.ts';

/** Puts `moved`, a copy of an element of the tree, in the place of that element, which is not read. */
export function treeReplace(arena: Arena, tree: number, moved: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const score = elementScore(arena, moved);
  const bytes = arena.u8[moved >>> 22]!;
  const off = memberOffset(arena, moved);
  const len = memberLength(arena, moved);
  // The key of each child below which the element is the first is this element, too.
  let node = state[t + TREE_ROOT]!;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = childOf(arena, node, score, bytes, off, len);
    pathNode[level] = node;
    pathAt[level] = i;
    node = arena.u32[node >>> 22]![wordOf(node) + INNER_CHILDREN + i]!;
  }
  const at = leafIndexOf(arena, node, score, bytes, off, len);
  arena.u32[node >>> 22]![wordOf(node) + LEAF_ELEMENTS + at] = moved;
  let first = at === 0;
  for (let level = 1; level <= state[t + TREE_HEIGHT]! && first; level++) {
    const inner = pathNode[level]!;
    arena.u32[inner >>> 22]![wordOf(inner) + INNER_ELEMENTS + pathAt[level]!] = moved;
    first = pathAt[level] === 0;
  }
}

/**
 * Moves nodes that compaction wants elsewhere, from the leaf with the element of rank `rank` on, about `budget` of them.
 * Returns the rank to go on with, 0 at the end.
 */
export function treeRelocate(arena: Arena, tree: number, rank: number, budget: number): number {
  const length = arena.u32[tree >>> 22]![wordOf(tree) + TREE_LENGTH]!;
  for (let left = budget; rank < length && left > 0; left--) {
    seek(arena, tree, rank);
    const height = arena.u32[tree >>> 22]![wordOf(tree) + TREE_HEIGHT]!;
    for (let level = height; level >= 0; level--) {
      const node = pathNode[level]!;
      if (arena.shouldMove(node)) moveNode(arena, tree, height, level, node);
    }
    rank += leafLength(arena, pathNode[0]!) - pathAt[0]!;
  }
  return rank < length ? rank : 0;
}

/** Moves the path's node at `level`, and tells whoever has its ref. */
function moveNode(arena: Arena, tree: number, height: number, level: number, node: number): void {
  const moved = arena.move(node);
  if (moved === node) return;
  pathNode[level] = moved;
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  if (level === height) state[t + TREE_ROOT] = moved;
  else {
    const parent = pathNode[level + 1]!;
    arena.u32[parent >>> 22]![wordOf(parent) + INNER_CHILDREN + pathAt[level + 1]!] = moved;
  }
  if (level > 0) return;
  const words = arena.u32[moved >>> 22]!;
  const prev = words[wordOf(moved) + N_PREV]!;
  const next = words[wordOf(moved) + N_NEXT]!;
  if (prev === 0) state[t + TREE_FIRST] = moved;
  else arena.u32[prev >>> 22]![wordOf(prev) + N_NEXT] = moved;
  if (next === 0) state[t + TREE_LAST] = moved;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = moved;
}
