/** What concerns a B+ tree as a whole: giving it back in slices, its size, checking it. See btree.ts. */
import type { Arena } from '../memory/arena.ts';
import {
  INNER_BYTES,
  INNER_CAPACITY,
  INNER_CHILDREN,
  INNER_COUNTS,
  INNER_ELEMENTS,
  INNER_MIN,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_ELEMENTS,
  LEAF_MIN,
  N_NEXT,
  N_PREV,
  N_SCORES,
  TREE_FIRST,
  TREE_HEIGHT,
  TREE_LAST,
  TREE_LENGTH,
  TREE_ROOT,
  wordOf,
} from './btree-node.ts';
import { compareMember, elementScore, memberLength, memberOffset } from './zset-element.ts';

/**
 * Frees leaves from the first on, up to `budget`; returns how many were freed. Once none is left it frees the inner nodes
 * and the tree is empty. In between only this function may be called on the tree. Elements are the caller's.
 */
export function treeFreeSome(arena: Arena, tree: number, budget: number): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  let freed = 0;
  for (; state[t + TREE_FIRST] !== 0 && freed < budget; freed++) {
    const leaf = state[t + TREE_FIRST]!;
    state[t + TREE_FIRST] = arena.u32[leaf >>> 22]![wordOf(leaf) + N_NEXT]!;
    arena.free(leaf);
  }
  if (state[t + TREE_FIRST] === 0 && state[t + TREE_ROOT] !== 0) {
    freeInner(arena, state[t + TREE_ROOT]!, state[t + TREE_HEIGHT]!);
    state[t + TREE_ROOT] = 0;
    state[t + TREE_HEIGHT] = 0;
    state[t + TREE_LAST] = 0;
    state[t + TREE_LENGTH] = 0;
  }
  return freed;
}

/** Frees the nodes of a subtree above the leaves: one in about 1500 elements. */
function freeInner(arena: Arena, node: number, level: number): void {
  if (level === 0) return;
  const words = arena.u32[node >>> 22]!;
  const w = wordOf(node);
  if (level > 1) {
    for (let i = 0; i < words[w]!; i++) freeInner(arena, words[w + INNER_CHILDREN + i]!, level - 1);
  }
  arena.free(node);
}

/** Bytes of all nodes. O(nodes above the leaves). */
export function treeBytes(arena: Arena, tree: number): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  return state[t + TREE_ROOT] === 0 ? 0 : nodeBytes(arena, state[t + TREE_ROOT]!, state[t + TREE_HEIGHT]!);
}

function nodeBytes(arena: Arena, node: number, level: number): number {
  if (level === 0) return LEAF_BYTES;
  const words = arena.u32[node >>> 22]!;
  const w = wordOf(node);
  if (level === 1) return INNER_BYTES + words[w]! * LEAF_BYTES;
  let bytes = INNER_BYTES;
  for (let i = 0; i < words[w]!; i++) bytes += nodeBytes(arena, words[w + INNER_CHILDREN + i]!, level - 1);
  return bytes;
}

/** Checks order, keys, counts, links and fill; throws an Error that says what is wrong. O(n). */
export function treeValidate(arena: Arena, tree: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const root = state[t + TREE_ROOT]!;
  const check = new TreeCheck(arena);
  if (root === 0) {
    if (state[t + TREE_LENGTH] !== 0 || state[t + TREE_FIRST] !== 0 || state[t + TREE_LAST] !== 0) {
      throw new Error('btree: a tree without nodes is not empty');
    }
    return;
  }
  const elements = check.node(root, state[t + TREE_HEIGHT]!, true, true);
  if (elements !== state[t + TREE_LENGTH])
    throw new Error(`btree: length is ${state[t + TREE_LENGTH]}, not ${elements}`);
  if (check.firstLeaf !== state[t + TREE_FIRST]) throw new Error('btree: wrong first leaf');
  if (check.lastLeaf !== state[t + TREE_LAST]) throw new Error('btree: wrong last leaf');
  if (arena.u32[check.lastLeaf >>> 22]![wordOf(check.lastLeaf) + N_NEXT] !== 0) {
    throw new Error('btree: the last leaf has a successor');
  }
}

/** A walk through all nodes in order. */
class TreeCheck {
  firstLeaf = 0;
  lastLeaf = 0;
  private lastElement = 0;
  private readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Checks a subtree; returns how many elements it has. */
  node(node: number, level: number, leftEdge: boolean, rightEdge: boolean): number {
    const { arena } = this;
    const words = arena.u32[node >>> 22]!;
    const w = wordOf(node);
    const count = words[w]!;
    const min = leftEdge || rightEdge ? 1 : level === 0 ? LEAF_MIN : INNER_MIN;
    if (count < min || count > (level === 0 ? LEAF_CAPACITY : INNER_CAPACITY)) {
      throw new Error(`btree: node ${node} of level ${level} has ${count} entries`);
    }
    if (level === 0) {
      this.leaf(node);
      return count;
    }
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const child = words[w + INNER_CHILDREN + i]!;
      const below = this.node(child, level - 1, leftEdge && i === 0, rightEdge && i === count - 1);
      if (below !== words[w + INNER_COUNTS + i]) throw new Error(`btree: node ${node} has a wrong count of child ${i}`);
      sum += below;
      const c = wordOf(child);
      const childElements = level === 1 ? LEAF_ELEMENTS : INNER_ELEMENTS;
      const sameElement = words[w + INNER_ELEMENTS + i] === arena.u32[child >>> 22]![c + childElements];
      const score = arena.f64[node >>> 22]![(w >>> 1) + N_SCORES + i]!;
      if (!sameElement || !Object.is(score, arena.f64[child >>> 22]![(c >>> 1) + N_SCORES])) {
        throw new Error(`btree: node ${node} has a wrong key of child ${i}`);
      }
    }
    return sum;
  }

  private leaf(leaf: number): void {
    const { arena } = this;
    const words = arena.u32[leaf >>> 22]!;
    const w = wordOf(leaf);
    if (words[w + N_PREV] !== this.lastLeaf) throw new Error(`btree: leaf ${leaf} has a wrong back link`);
    if (this.lastLeaf === 0) this.firstLeaf = leaf;
    else if (arena.u32[this.lastLeaf >>> 22]![wordOf(this.lastLeaf) + N_NEXT] !== leaf) {
      throw new Error(`btree: leaf ${this.lastLeaf} has a wrong link`);
    }
    this.lastLeaf = leaf;
    for (let i = 0; i < words[w]!; i++) {
      const element = words[w + LEAF_ELEMENTS + i]!;
      const score = arena.f64[leaf >>> 22]![(w >>> 1) + N_SCORES + i]!;
      if (!Object.is(score, elementScore(arena, element)))
        throw new Error(`btree: wrong copy of a score in leaf ${leaf}`);
      if (this.lastElement !== 0 && !this.ordered(this.lastElement, element)) {
        throw new Error(`btree: leaf ${leaf} is out of order at ${i}`);
      }
      this.lastElement = element;
    }
  }

  private ordered(a: number, b: number): boolean {
    const { arena } = this;
    const [x, y] = [elementScore(arena, a), elementScore(arena, b)];
    if (x !== y) return x < y;
    return compareMember(arena, a, arena.u8[b >>> 22]!, memberOffset(arena, b), memberLength(arena, b)) < 0;
  }
}
