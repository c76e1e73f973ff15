/**
 * A B+ tree of ids of stream entries, each with a few words of a value: the index of a stream's nodes, and the lists of
 * what is pending for groups and consumers.
 *
 * A tree is named by the block of its owner, which begins with the tree's words (id-tree-node.ts draws all blocks).
 *
 * Invariants: ids ascend; every id below child i > 0 of an inner node is at least the child's own, and below that of
 * child i + 1; the id of child 0 says nothing, whatever is smaller goes there too. Leaves are linked both ways in order,
 * no node is empty. A node with less than a quarter of what it holds is merged with a sibling when both fit into one.
 * Adding at the end leaves full nodes behind.
 *
 * Complexity: find, add, remove, seek O(log n); next, prev O(1). What adding needs is allocated before anything changes:
 * without memory the tree is as it was.
 */
import type { Arena } from '../memory/arena.ts';
import { mergeLeaf } from './id-tree-merge.ts';
import {
  CHILD_WORDS,
  capacityOf,
  childAt,
  childIndex,
  closeItem,
  heightOf,
  INNER_CAPACITY,
  insertChild,
  leafBytes,
  leafCapacity,
  lowerBound,
  MAX_LEVELS,
  moveItems,
  N_ENTRIES,
  N_NEXT,
  N_PREV,
  NODE_BYTES,
  openItem,
  strideOf,
  T_COUNT,
  T_FIRST,
  T_LAST,
  T_ROOT,
  T_SHAPE,
  TREE_WORDS,
  wordOf,
} from './id-tree-node.ts';
import { pathAt, pathNode } from './id-tree-path.ts';
import { compareIds, copyId } from './stream-id.ts';
import type { RawMemory } from './value-ops.ts';

/** Words of a cache line. */
const LINE_WORDS = 16;
/** Entries of a new tree's leaf. */
const FIRST_CAPACITY = 2;

/** Nodes allocated ahead for the running insertion, by level. */
const spare = new Uint32Array(MAX_LEVELS);

/** Makes the first words of a block an empty tree whose entries have `valueWords` words beside their id. */
export function treeInit(arena: Arena, tree: number, valueWords: number): void {
  const words = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  words.fill(0, t, t + TREE_WORDS);
  words[t + T_SHAPE] = valueWords << 8;
}

/** How many entries there are. */
export function treeCount(memory: RawMemory, tree: number): number {
  return memory.u32[tree >>> 22]![wordOf(tree) + T_COUNT]!;
}

/**
 * A place in a tree: words[w …] are the entry's id and value. One object serves any number of trees; a place is lost
 * when the tree changes, or a node is moved.
 */
export class TreeCursor {
  private memory: RawMemory | null = null;
  /** 0: no place. */
  private leaf = 0;
  private at = 0;
  private stride = 0;
  words: Uint32Array = new Uint32Array(0);
  /** Index of the entry's first word. */
  w = 0;

  /** Goes to entry `at` of a leaf, or to none. */
  set(memory: RawMemory, leaf: number, at: number, stride: number): boolean {
    this.memory = memory;
    this.leaf = leaf;
    this.at = at;
    this.stride = stride;
    if (leaf === 0) return false;
    this.words = memory.u32[leaf >>> 22]!;
    this.w = wordOf(leaf) + N_ENTRIES + at * stride;
    return true;
  }

  first(memory: RawMemory, tree: number): boolean {
    const leaf = memory.u32[tree >>> 22]![wordOf(tree) + T_FIRST]!;
    return this.set(memory, leaf, 0, strideOf(memory, tree));
  }

  last(memory: RawMemory, tree: number): boolean {
    const leaf = memory.u32[tree >>> 22]![wordOf(tree) + T_LAST]!;
    const count = leaf === 0 ? 1 : memory.u32[leaf >>> 22]![wordOf(leaf)]!;
    return this.set(memory, leaf, count - 1, strideOf(memory, tree));
  }

  /** Goes to an id; false when it is not in the tree. */
  find(memory: RawMemory, tree: number, id: Uint32Array, i: number): boolean {
    return this.atLeast(memory, tree, id, i) && compareIds(this.words, this.w, id, i) === 0;
  }

  /** Goes to the first id that is not below a given one. */
  atLeast(memory: RawMemory, tree: number, id: Uint32Array, i: number): boolean {
    const leaf = descend(memory, tree, id, i);
    const stride = strideOf(memory, tree);
    if (leaf === 0) return this.set(memory, 0, 0, stride);
    const words = memory.u32[leaf >>> 22]!;
    const w = wordOf(leaf);
    const at = lowerBound(words, w + N_ENTRIES, stride, words[w]!, id, i);
    if (at < words[w]!) return this.set(memory, leaf, at, stride);
    return this.set(memory, words[w + N_NEXT]!, 0, stride);
  }

  /** Goes to the last id that is not above a given one. */
  atMost(memory: RawMemory, tree: number, id: Uint32Array, i: number): boolean {
    if (!this.atLeast(memory, tree, id, i)) return this.last(memory, tree);
    return compareIds(this.words, this.w, id, i) === 0 || this.prev();
  }

  next(): boolean {
    const { leaf, words } = this;
    if (leaf === 0) return false;
    if (this.at + 1 < words[wordOf(leaf)]!) {
      this.at++;
      this.w += this.stride;
      return true;
    }
    return this.set(this.memory!, words[wordOf(leaf) + N_NEXT]!, 0, this.stride);
  }

  prev(): boolean {
    const { leaf, words, memory } = this;
    if (leaf === 0) return false;
    if (this.at > 0) {
      this.at--;
      this.w -= this.stride;
      return true;
    }
    const previous = words[wordOf(leaf) + N_PREV]!;
    const count = previous === 0 ? 1 : memory!.u32[previous >>> 22]![wordOf(previous)]!;
    return this.set(memory!, previous, count - 1, this.stride);
  }
}

/** Walks to the leaf that an id belongs to; fills the path. */
function descend(memory: RawMemory, tree: number, id: Uint32Array, i: number): number {
  let node = memory.u32[tree >>> 22]![wordOf(tree) + T_ROOT]!;
  for (let level = heightOf(memory, tree); level > 0; level--) {
    const at = childIndex(memory.u32[node >>> 22]!, wordOf(node), id, i);
    pathNode[level] = node;
    pathAt[level] = at;
    node = childAt(memory, node, at);
    if (level === 1) touchLeaf(memory, node);
  }
  pathNode[0] = node;
  return node;
}

/** What was seen: read by nobody, but writing it keeps the loads from being left out. */
const touched = new Uint32Array(1);

/**
 * Loads a whole leaf, one word of each cache line: what a search and a removal look at depends on what they have seen
 * before, so they would wait for each line by itself.
 */
function touchLeaf(memory: RawMemory, leaf: number): void {
  const words = memory.u32[leaf >>> 22]!;
  let all = 0;
  for (let w = wordOf(leaf), end = w + NODE_BYTES / 4; w < end; w += LINE_WORDS) all |= words[w]!;
  touched[0] = all;
}

/**
 * Goes to an id, which is added if need be: then true, and the value words are the caller's to fill. The id must not lie
 * in this tree.
 */
export function treeAdd(arena: Arena, tree: number, id: Uint32Array, i: number, cursor: TreeCursor): boolean {
  const stride = strideOf(arena, tree);
  let leaf = descend(arena, tree, id, i);
  if (leaf === 0) leaf = firstLeaf(arena, tree, stride);
  const at = lowerBound(arena.u32[leaf >>> 22]!, wordOf(leaf) + N_ENTRIES, stride, countOf(arena, leaf), id, i);
  cursor.set(arena, leaf, at, stride);
  if (at < countOf(arena, leaf) && compareIds(cursor.words, cursor.w, id, i) === 0) return false;
  if (countOf(arena, leaf) < capacityOf(arena, leaf, stride)) addAt(arena, leaf, at, stride, id, i);
  else if (heightOf(arena, tree) === 0 && capacityOf(arena, leaf, stride) < leafCapacity(stride)) {
    leaf = growRoot(arena, tree, leaf, stride);
    cursor.set(arena, leaf, at, stride);
    addAt(arena, leaf, at, stride, id, i);
  } else splitLeaf(arena, tree, leaf, at, stride, id, i, cursor);
  const t = wordOf(tree) + T_COUNT;
  arena.u32[tree >>> 22]![t] = arena.u32[tree >>> 22]![t]! + 1;
  return true;
}

function countOf(arena: Arena, node: number): number {
  return arena.u32[node >>> 22]![wordOf(node)]!;
}

function addAt(arena: Arena, leaf: number, at: number, stride: number, id: Uint32Array, i: number): void {
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  openItem(words, w, stride, at);
  copyId(id, i, words, w + N_ENTRIES + at * stride);
}

function firstLeaf(arena: Arena, tree: number, stride: number): number {
  const leaf = arena.alloc(leafBytes(FIRST_CAPACITY, stride));
  arena.u32[leaf >>> 22]!.fill(0, wordOf(leaf), wordOf(leaf) + N_ENTRIES);
  setRootLeaf(arena, tree, leaf);
  return leaf;
}

/** A leaf that is the whole tree gets a larger block. */
function growRoot(arena: Arena, tree: number, leaf: number, stride: number): number {
  const bytes = Math.min(NODE_BYTES, leafBytes(countOf(arena, leaf) * 2, stride));
  const moved = arena.realloc(leaf, bytes);
  setRootLeaf(arena, tree, moved);
  return moved;
}

function setRootLeaf(arena: Arena, tree: number, leaf: number): void {
  const words = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  words[t + T_ROOT] = leaf;
  words[t + T_FIRST] = leaf;
  words[t + T_LAST] = leaf;
}

/** Allocates what splitting the full leaf of the path takes; all or nothing. */
function reserve(arena: Arena, height: number): void {
  let level = 0;
  try {
    spare[0] = arena.alloc(NODE_BYTES);
    for (level = 1; level <= height + 1; level++) {
      if (level <= height && countOf(arena, pathNode[level]!) < INNER_CAPACITY) return;
      spare[level] = arena.alloc(NODE_BYTES);
    }
  } catch (error) {
    while (--level >= 0) arena.free(spare[level]!);
    throw error;
  }
}

/** A new node in place of a spare one, empty. */
function takeSpare(arena: Arena, level: number): number {
  const node = spare[level]!;
  arena.u32[node >>> 22]!.fill(0, wordOf(node), wordOf(node) + N_ENTRIES);
  return node;
}

/** Splits the full leaf of the path and adds the entry. */
function splitLeaf(
  arena: Arena,
  tree: number,
  leaf: number,
  at: number,
  stride: number,
  id: Uint32Array,
  i: number,
  cursor: TreeCursor,
): void {
  const height = heightOf(arena, tree);
  reserve(arena, height);
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  const next = words[w + N_NEXT]!;
  const mid = next === 0 && at === words[w]! ? at : words[w]! >>> 1;
  const right = takeSpare(arena, 0);
  const rightWords = arena.u32[right >>> 22]!;
  const r = wordOf(right);
  moveItems(arena, leaf, mid, right, stride);
  rightWords[r + N_PREV] = leaf;
  rightWords[r + N_NEXT] = next;
  words[w + N_NEXT] = right;
  if (next === 0) arena.u32[tree >>> 22]![wordOf(tree) + T_LAST] = right;
  else arena.u32[next >>> 22]![wordOf(next) + N_PREV] = right;
  const intoLeft = at < mid || (at === mid && rightWords[r] !== 0);
  const target = intoLeft ? leaf : right;
  addAt(arena, target, intoLeft ? at : at - mid, stride, id, i);
  cursor.set(arena, target, intoLeft ? at : at - mid, stride);
  addSibling(arena, tree, height, 1, rightWords, r + N_ENTRIES, right);
}

/** Hangs `right`, split off from the node of the path below `level`, into that level; `id[i …]` is its lower bound. */
function addSibling(
  arena: Arena,
  tree: number,
  height: number,
  level: number,
  id: Uint32Array,
  i: number,
  right: number,
): void {
  if (level > height) return addRoot(arena, tree, level, id, i, right);
  const node = pathNode[level]!;
  const at = pathAt[level]! + 1;
  const count = countOf(arena, node);
  if (count < INNER_CAPACITY) return insertChild(arena, node, at, id, i, right);
  const mid = at === count ? count : count >>> 1;
  const sibling = takeSpare(arena, level);
  moveItems(arena, node, mid, sibling, CHILD_WORDS);
  const intoLeft = at < mid || (at === mid && countOf(arena, sibling) !== 0);
  insertChild(arena, intoLeft ? node : sibling, intoLeft ? at : at - mid, id, i, right);
  const words = arena.u32[sibling >>> 22]!;
  addSibling(arena, tree, height, level + 1, words, wordOf(sibling) + N_ENTRIES, sibling);
}

/** Puts a new root above the old one and what was split off from it. */
function addRoot(arena: Arena, tree: number, level: number, id: Uint32Array, i: number, right: number): void {
  const words = arena.u32[tree >>> 22]!;
  const t = wordOf(tree);
  const root = takeSpare(arena, level);
  insertChild(arena, root, 0, id, i, words[t + T_ROOT]!);
  insertChild(arena, root, 1, id, i, right);
  words[t + T_ROOT] = root;
  words[t + T_SHAPE] = words[t + T_SHAPE]! + 1;
}

/** Removes an id; false when it is not there. */
export function treeRemove(arena: Arena, tree: number, id: Uint32Array, i: number): boolean {
  const leaf = descend(arena, tree, id, i);
  if (leaf === 0) return false;
  const stride = strideOf(arena, tree);
  const words = arena.u32[leaf >>> 22]!;
  const w = wordOf(leaf);
  const at = lowerBound(words, w + N_ENTRIES, stride, words[w]!, id, i);
  if (at === words[w] || compareIds(words, w + N_ENTRIES + at * stride, id, i) !== 0) return false;
  removeAt(arena, tree, leaf, at, stride);
  return true;
}

/**
 * Removes the entry that `cursor.find()` has just found in this tree: nothing may have been looked up in any tree, or
 * changed, since. Saves the second descent of finding and removing.
 */
export function treeRemoveFound(arena: Arena, tree: number, cursor: TreeCursor): void {
  // An id lies in the leaf that the descent ended at, or nowhere.
  const leaf = pathNode[0]!;
  const stride = strideOf(arena, tree);
  removeAt(arena, tree, leaf, (cursor.w - wordOf(leaf) - N_ENTRIES) / stride, stride);
}

/** Removes entry `at` of the leaf at the end of the path. */
function removeAt(arena: Arena, tree: number, leaf: number, at: number, stride: number): void {
  const words = arena.u32[leaf >>> 22]!;
  closeItem(words, wordOf(leaf), stride, at);
  const t = wordOf(tree) + T_COUNT;
  arena.u32[tree >>> 22]![t] = arena.u32[tree >>> 22]![t]! - 1;
  if (words[wordOf(leaf)]! * 4 < leafCapacity(stride)) mergeLeaf(arena, tree, leaf, stride);
}
