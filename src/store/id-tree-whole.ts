/** What concerns an id tree as a whole: giving it back in slices, moving its nodes, its size, checking it. See id-tree.ts. */
import type { Arena } from '../memory/arena.ts';
import { treeCount } from './id-tree.ts';
import {
  CHILD_WORDS,
  capacityOf,
  childAt,
  heightOf,
  INNER_CAPACITY,
  N_ENTRIES,
  N_NEXT,
  N_PREV,
  strideOf,
  T_COUNT,
  T_FIRST,
  T_LAST,
  T_ROOT,
  T_SHAPE,
  wordOf,
} from './id-tree-node.ts';
import { compareIds, ID_WORDS } from './stream-id.ts';

/**
 * Frees leaves from the first on, as long as `budget` lasts, then the rest; returns what is left of the budget, more
 * than 0 when the tree is empty. In between only this function may be called on the tree. With `owned` the first value
 * word of each entry is a block, which is freed too.
 */
export function treeFreeSome(arena: Arena, tree: number, budget: number, owned: boolean): number {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const stride = strideOf(arena, tree);
  while (state[t + T_FIRST] !== 0) {
    if (budget <= 0) return 0;
    const leaf = state[t + T_FIRST]!;
    const words = arena.u32[leaf >>> 22]!;
    const w = wordOf(leaf);
    const count = words[w]!;
    if (owned) for (let i = 0; i < count; i++) arena.free(words[w + N_ENTRIES + i * stride + ID_WORDS]!);
    budget -= owned ? count + 1 : 1;
    state[t + T_FIRST] = words[w + N_NEXT]!;
    arena.free(leaf);
  }
  if (state[t + T_ROOT] !== 0) {
    freeInner(arena, state[t + T_ROOT]!, heightOf(arena, tree));
    state[t + T_ROOT] = 0;
    state[t + T_SHAPE] = state[t + T_SHAPE]! & ~0xff;
    state[t + T_COUNT] = 0;
    state[t + T_LAST] = 0;
  }
  return Math.max(budget, 0);
}

/** Frees the nodes of a subtree above the leaves: one in about fifty. */
function freeInner(arena: Arena, node: number, level: number): void {
  if (level === 0) return;
  if (level > 1) {
    const count = arena.u32[node >>> 22]![wordOf(node)]!;
    for (let i = 0; i < count; i++) freeInner(arena, childAt(arena, node, i), level - 1);
  }
  arena.free(node);
}

/** Nodes of the tree: in all, and leaves. */
export interface TreeSize {
  nodes: number;
  leaves: number;
  bytes: number;
}

/** How large the tree is, the blocks of its values not included. O(nodes above the leaves). */
export function treeSize(arena: Arena, tree: number): TreeSize {
  const size = { nodes: 0, leaves: 0, bytes: 0 };
  const root = arena.u32[tree >>> 22]![wordOf(tree) + T_ROOT]!;
  if (root !== 0) addSize(arena, root, heightOf(arena, tree), size);
  return size;
}

function addSize(arena: Arena, node: number, level: number, size: TreeSize): void {
  size.nodes++;
  size.bytes += arena.capacity(node);
  if (level === 0) {
    size.leaves++;
    return;
  }
  const count = arena.u32[node >>> 22]![wordOf(node)]!;
  if (level > 1) for (let i = 0; i < count; i++) addSize(arena, childAt(arena, node, i), level - 1, size);
  else {
    // Below an inner node all leaves have the full size.
    size.nodes += count;
    size.leaves += count;
    size.bytes += count * arena.capacity(childAt(arena, node, 0));
  }
}

/** How far a walk over blocks has to go: `skip` leaves are passed over, then `budget` of them looked at. */
export interface RelocationWalk {
  skip: number;
  budget: number;
  /** Leaves looked at. */
  seen: number;
}

/** Moves nodes that compaction wants elsewhere; with `owned` the blocks of the values too. */
export function treeRelocate(arena: Arena, tree: number, walk: RelocationWalk, owned: boolean): void {
  const root = arena.u32[tree >>> 22]![wordOf(tree) + T_ROOT]!;
  if (root === 0) return;
  const moved = relocateNode(arena, tree, root, heightOf(arena, tree), walk, owned);
  arena.u32[tree >>> 22]![wordOf(tree) + T_ROOT] = moved;
}

/** Returns the node's new ref. */
function relocateNode(
  arena: Arena,
  tree: number,
  node: number,
  level: number,
  walk: RelocationWalk,
  owned: boolean,
): number {
  if (level === 0) {
    if (walk.skip > 0) {
      walk.skip--;
      return node;
    }
    if (walk.budget <= 0) return node;
    walk.budget--;
    walk.seen++;
    return relocateLeaf(arena, tree, node, owned);
  }
  if (arena.shouldMove(node)) node = arena.move(node);
  const words = arena.u32[node >>> 22]!;
  const count = words[wordOf(node)]!;
  if (level === 1 && walk.skip >= count) {
    walk.skip -= count;
    return node;
  }
  for (let i = 0; i < count && walk.budget > 0; i++) {
    const child = wordOf(node) + N_ENTRIES + i * CHILD_WORDS + ID_WORDS;
    words[child] = relocateNode(arena, tree, words[child]!, level - 1, walk, owned);
  }
  return node;
}

function relocateLeaf(arena: Arena, tree: number, leaf: number, owned: boolean): number {
  if (owned) relocateValues(arena, tree, leaf);
  if (!arena.shouldMove(leaf)) return leaf;
  const moved = arena.move(leaf);
  if (moved === leaf) return leaf;
  const words = arena.u32[moved >>> 22]!;
  const prev = words[wordOf(moved) + N_PREV]!;
  const next = words[wordOf(moved) + N_NEXT]!;
  const state = arena.u32[tree >>> 22]!;
  if (prev === 0) state[wordOf(tree) + T_FIRST] = moved;
  else arena.u32[prev >>> 22]![wordOf(prev) + N_NEXT] = moved;
  if (next === 0) state[wordOf(tree) + T_LAST] = moved;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = moved;
  return moved;
}

function relocateValues(arena: Arena, tree: number, leaf: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const stride = strideOf(arena, tree);
  const count = words[wordOf(leaf)]!;
  for (let i = 0; i < count; i++) {
    const value = wordOf(leaf) + N_ENTRIES + i * stride + ID_WORDS;
    if (arena.shouldMove(words[value]!)) words[value] = arena.move(words[value]!);
  }
}

/** Checks order, bounds, counts and links; throws an Error that says what is wrong. O(n). */
export function treeValidate(arena: Arena, tree: number): void {
  const state = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const root = state[t + T_ROOT]!;
  const check = new TreeCheck(arena, strideOf(arena, tree));
  if (root !== 0) check.node(root, heightOf(arena, tree));
  else if (heightOf(arena, tree) !== 0) throw new Error('id tree: a tree without nodes has a height');
  if (check.entries !== treeCount(arena, tree)) {
    throw new Error(`id tree: ${treeCount(arena, tree)} entries are counted, not ${check.entries}`);
  }
  if (check.firstLeaf !== state[t + T_FIRST] || check.lastLeaf !== state[t + T_LAST]) {
    throw new Error('id tree: wrong first or last leaf');
  }
  if (root !== 0 && arena.u32[check.lastLeaf >>> 22]![wordOf(check.lastLeaf) + N_NEXT] !== 0) {
    throw new Error('id tree: the last leaf has a successor');
  }
}

/** A walk through all nodes in order. */
class TreeCheck {
  entries = 0;
  firstLeaf = 0;
  lastLeaf = 0;
  /** The last id met, and the bound that the next one must not be below. */
  private last: Uint32Array | null = null;
  private bound: Uint32Array | null = null;
  private readonly arena: Arena;
  private readonly stride: number;

  constructor(arena: Arena, stride: number) {
    this.arena = arena;
    this.stride = stride;
  }

  node(node: number, level: number): void {
    const words = this.arena.u32[node >>> 22]!;
    const w = wordOf(node);
    const count = words[w]!;
    const most = level === 0 ? capacityOf(this.arena, node, this.stride) : INNER_CAPACITY;
    if (count < 1 || count > most) throw new Error(`id tree: node ${node} of level ${level} has ${count} entries`);
    if (level === 0) return this.leaf(node);
    for (let i = 0; i < count; i++) {
      if (i > 0) {
        const at = w + N_ENTRIES + i * CHILD_WORDS;
        this.bound = words.slice(at, at + ID_WORDS);
        if (this.last !== null && compareIds(this.last, 0, this.bound, 0) >= 0) {
          throw new Error(`id tree: child ${i} of node ${node} has too low a bound`);
        }
      }
      this.node(childAt(this.arena, node, i), level - 1);
    }
  }

  private leaf(leaf: number): void {
    const { arena, stride } = this;
    const words = arena.u32[leaf >>> 22]!;
    const w = wordOf(leaf);
    if (words[w + N_PREV] !== this.lastLeaf) throw new Error(`id tree: leaf ${leaf} has a wrong back link`);
    if (this.lastLeaf === 0) this.firstLeaf = leaf;
    else if (arena.u32[this.lastLeaf >>> 22]![wordOf(this.lastLeaf) + N_NEXT] !== leaf) {
      throw new Error(`id tree: leaf ${this.lastLeaf} has a wrong link`);
    }
    this.lastLeaf = leaf;
    for (let i = 0; i < words[w]!; i++) {
      const at = w + N_ENTRIES + i * stride;
      const id = words.slice(at, at + ID_WORDS);
      if (this.last !== null && compareIds(this.last, 0, id, 0) >= 0) {
        throw new Error(`id tree: leaf ${leaf} is out of order at ${i}`);
      }
      if (this.bound !== null && compareIds(id, 0, this.bound, 0) < 0) {
        throw new Error(`id tree: leaf ${leaf} holds what is below its bound`);
      }
      this.last = id;
      this.entries++;
    }
  }
}
