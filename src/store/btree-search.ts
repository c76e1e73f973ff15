/**
 * Ranks in a B+ tree, and the way to an element by its rank. See btree.ts.
 *
 * Every range of a sorted set is a range of ranks: two of these searches give its ends, `seek` its first element, and
 * the leaves' links all others. O(log n) each.
 */
import type { Arena } from '../memory/arena.ts';
import {
  childOf,
  INNER_CHILDREN,
  INNER_COUNTS,
  INNER_ELEMENTS,
  LEAF_ELEMENTS,
  leafIndexOf,
  N_NEXT,
  N_PREV,
  N_SCORES,
  pathAt,
  pathNode,
  sumCounts,
  TREE_HEIGHT,
  TREE_LENGTH,
  TREE_ROOT,
  wordOf,
} from './btree-node.ts';
import { compareMember, memberLength, memberOffset } from './zset-element.ts';

/** How many elements come before this one, which is in the tree with this score. */
export function rankOf(arena: Arena, tree: number, score: number, element: number): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const bytes = arena.u8[element >>> 22]!;
  const off = memberOffset(arena, element);
  const len = memberLength(arena, element);
  let node = state[t + TREE_ROOT]!;
  let rank = 0;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = childOf(arena, node, score, bytes, off, len);
    rank += sumCounts(arena, node, 0, i);
    node = arena.u32[node >>> 22]![((node & 0x3fffff) << 2) + INNER_CHILDREN + i]!;
  }
  return rank + leafIndexOf(arena, node, score, bytes, off, len);
}

/** How many elements have a score below `score`, or up to it when `orEqual`. */
export function countBelowScore(arena: Arena, tree: number, score: number, orEqual: boolean): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  let node = state[t + TREE_ROOT]!;
  if (node === 0) return 0;
  let rank = 0;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = scoresBelow(arena, node, 1, score, orEqual) - 1;
    rank += sumCounts(arena, node, 0, i);
    node = arena.u32[node >>> 22]![((node & 0x3fffff) << 2) + INNER_CHILDREN + i]!;
  }
  return rank + scoresBelow(arena, node, 0, score, orEqual);
}

/**
 * Walks to the first element whose score is not below `score`: afterwards pathNode[0] is the leaf where it is, or would
 * be, and pathAt[0] its entry there; behind the last one, it is the first of the next leaf if there is one.
 */
export function seekScore(arena: Arena, tree: number, score: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  let node = state[t + TREE_ROOT]!;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = scoresBelow(arena, node, 1, score, false) - 1;
    node = arena.u32[node >>> 22]![((node & 0x3fffff) << 2) + INNER_CHILDREN + i]!;
  }
  pathNode[0] = node;
  pathAt[0] = scoresBelow(arena, node, 0, score, false);
}

/** How many of a node's scores, from index `from` on, are below `score`; those before `from` are counted unseen. */
function scoresBelow(arena: Arena, node: number, from: number, score: number, orEqual: boolean): number {
  const scores = arena.f64[node >>> 22]!;
  const w = (node & 0x3fffff) << 2;
  const s = (w >>> 1) + N_SCORES;
  let low = from;
  let high = arena.u32[node >>> 22]![w]!;
  while (low < high) {
    const mid = (low + high) >>> 1;
    const at = scores[s + mid]!;
    if (at < score || (orEqual && at === score)) low = mid + 1;
    else high = mid;
  }
  return low;
}

/**
 * How many elements have a member below the given one, or up to it when `orEqual`; in a set whose scores are all the
 * same.
 */
export function countBelowMember(
  arena: Arena,
  tree: number,
  buf: Uint8Array,
  off: number,
  len: number,
  orEqual: boolean,
): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  let node = state[t + TREE_ROOT]!;
  if (node === 0) return 0;
  const limit = orEqual ? 1 : 0;
  let rank = 0;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const i = membersBelow(arena, node, INNER_ELEMENTS, 1, buf, off, len, limit) - 1;
    rank += sumCounts(arena, node, 0, i);
    node = arena.u32[node >>> 22]![((node & 0x3fffff) << 2) + INNER_CHILDREN + i]!;
  }
  return rank + membersBelow(arena, node, LEAF_ELEMENTS, 0, buf, off, len, limit);
}

/** Like scoresBelow() for members: those whose comparison is below `limit` (0 or 1, for up to). */
function membersBelow(
  arena: Arena,
  node: number,
  elements: number,
  from: number,
  buf: Uint8Array,
  off: number,
  len: number,
  limit: number,
): number {
  const words = arena.u32[node >>> 22]!;
  const w = (node & 0x3fffff) << 2;
  let low = from;
  let high = words[w]!;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (compareMember(arena, words[w + elements + mid]!, buf, off, len) < limit) low = mid + 1;
    else high = mid;
  }
  return low;
}

/**
 * Walks to the element of a rank (0 … length - 1): afterwards pathNode[0] is its leaf, pathAt[0] its entry, and
 * removeRun() may be called.
 */
export function seek(arena: Arena, tree: number, rank: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  if (rank < 0 || rank >= state[t + TREE_LENGTH]!) throw new RangeError(`btree: no element has the rank ${rank}`);
  let node = state[t + TREE_ROOT]!;
  for (let level = state[t + TREE_HEIGHT]!; level > 0; level--) {
    const words = arena.u32[node >>> 22]!;
    const w = (node & 0x3fffff) << 2;
    let i = 0;
    for (let below = words[w + INNER_COUNTS]!; rank >= below; below = words[w + INNER_COUNTS + i]!) {
      rank -= below;
      i++;
    }
    pathNode[level] = node;
    pathAt[level] = i;
    node = words[w + INNER_CHILDREN + i]!;
  }
  pathNode[0] = node;
  pathAt[0] = rank;
}

/** The element of a rank (0 … length - 1). */
export function elementAt(arena: Arena, tree: number, rank: number): number {
  seek(arena, tree, rank);
  return entryOf(arena, pathNode[0]!, pathAt[0]!);
}

/** Entry i of a leaf: an element. */
export function entryOf(arena: Arena, leaf: number, i: number): number {
  return arena.u32[leaf >>> 22]![((leaf & 0x3fffff) << 2) + LEAF_ELEMENTS + i]!;
}

/** Score of entry i of a leaf. */
export function entryScore(arena: Arena, leaf: number, i: number): number {
  return arena.f64[leaf >>> 22]![((leaf & 0x3fffff) << 1) + N_SCORES + i]!;
}

export function leafLength(arena: Arena, leaf: number): number {
  return arena.u32[leaf >>> 22]![(leaf & 0x3fffff) << 2]!;
}

export function nextLeaf(arena: Arena, leaf: number): number {
  return arena.u32[leaf >>> 22]![((leaf & 0x3fffff) << 2) + N_NEXT]!;
}

export function previousLeaf(arena: Arena, leaf: number): number {
  return arena.u32[leaf >>> 22]![((leaf & 0x3fffff) << 2) + N_PREV]!;
}
