/**
 * Large sorted sets (Redis's encoding "skiplist"): one element block a member, known to a hash table by its member and
 * to an order-statistic B+ tree by its score.
 *
 *   root block   words 0-4 hash table (hash-table.ts) | words 5-9 tree (btree-node.ts)
 *
 * Both always hold the same elements (zset-element.ts). About 25 bytes a member beside its own, all in. What is added is
 * allocated before anything is changed: OutOfMemory leaves the set as it was.
 */
import type { Arena } from '../memory/arena.ts';
import { removeRun, treeInit, treeInsert, treeLength, treeMove, treeRemove } from './btree.ts';
import { pathAt, pathNode, TREE_ROOT_BYTES } from './btree-node.ts';
import { entryOf, leafLength, nextLeaf, seek } from './btree-search.ts';
import { treeBytes, treeFreeSome, treeValidate } from './btree-whole.ts';
import { hashBytes } from './hash.ts';
import { htFind, htFreeSome, htInit, htInsert, htRemove, htSize, htTableBytes } from './hash-table.ts';
import { htValidateIntegrity } from './hash-table-check.ts';
import { elementHash } from './hash-table-element.ts';
import {
  elementScore,
  memberLength,
  memberOffset,
  newZsetElement,
  SCORE_BYTES,
  setElementScore,
} from './zset-element.ts';

/** A new empty set with room for `expected` members; returns its root. */
export function zlargeCreate(arena: Arena, expected: number): number {
  const root = arena.alloc(TREE_ROOT_BYTES);
  try {
    htInit(arena, root, SCORE_BYTES, expected);
  } catch (error) {
    arena.free(root);
    throw error;
  }
  treeInit(arena, root);
  return root;
}

export function zlargeLength(arena: Arena, root: number): number {
  return treeLength(arena, root);
}

/** The element of a member, or 0. */
export function zlargeFind(arena: Arena, root: number, buf: Uint8Array, off: number, len: number): number {
  return htFind(arena, root, buf, off, len, hashBytes(buf, off, len));
}

/** Adds a member that is not there, with the hash of its bytes; returns its element. */
export function zlargeInsert(
  arena: Arena,
  root: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
  hash: number,
): number {
  const element = newZsetElement(arena, score, buf, off, len);
  try {
    htInsert(arena, root, element, hash);
  } catch (error) {
    arena.free(element);
    throw error;
  }
  try {
    treeInsert(arena, root, score, element);
  } catch (error) {
    htRemove(arena, root, element, hash);
    arena.free(element);
    throw error;
  }
  return element;
}

/** Gives an element another score. */
export function zlargeSetScore(arena: Arena, root: number, element: number, score: number): void {
  treeMove(arena, root, elementScore(arena, element), score, element);
  setElementScore(arena, element, score);
}

/** Removes an element. */
export function zlargeRemove(arena: Arena, root: number, element: number): void {
  treeRemove(arena, root, elementScore(arena, element), element);
  htRemove(arena, root, element, elementHash(arena, element, SCORE_BYTES));
  arena.free(element);
}

/** Elements of a leaf on their way out. */
const run = new Uint32Array(64);

/** Removes `count` elements from rank `start` on; both within the length. */
export function zlargeRemoveRange(arena: Arena, root: number, start: number, count: number): void {
  for (let left = count; left > 0; ) {
    seek(arena, root, start);
    const leaf = pathNode[0]!;
    const at = pathAt[0]!;
    const n = Math.min(left, leafLength(arena, leaf) - at);
    for (let i = 0; i < n; i++) run[i] = entryOf(arena, leaf, at + i);
    removeRun(arena, root, n);
    for (let i = 0; i < n; i++) {
      htRemove(arena, root, run[i]!, elementHash(arena, run[i]!, SCORE_BYTES));
      arena.free(run[i]!);
    }
    left -= n;
  }
}

/** A copy; returns its root. */
export function zlargeClone(arena: Arena, root: number): number {
  const copy = zlargeCreate(arena, zlargeLength(arena, root));
  if (zlargeLength(arena, root) === 0) return copy;
  try {
    seek(arena, root, 0);
    for (let leaf = pathNode[0]!; leaf !== 0; leaf = nextLeaf(arena, leaf)) {
      const n = leafLength(arena, leaf);
      for (let i = 0; i < n; i++) {
        const element = entryOf(arena, leaf, i);
        const bytes = arena.u8[element >>> 22]!;
        const hash = elementHash(arena, element, SCORE_BYTES);
        const score = elementScore(arena, element);
        zlargeInsert(arena, copy, score, bytes, memberOffset(arena, element), memberLength(arena, element), hash);
      }
    }
  } catch (error) {
    zlargeFree(arena, copy);
    throw error;
  }
  return copy;
}

/**
 * Frees about `budget` blocks, at last the root; returns what is left of the budget, more than 0 when nothing is left to
 * free. The set may not be used any more; its tree need not have all elements.
 */
export function zlargeFreeSome(arena: Arena, root: number, budget: number): number {
  let left = htFreeSome(arena, root, budget, (element) => arena.free(element));
  if (left <= 0) return 0;
  left -= treeFreeSome(arena, root, left);
  if (left <= 0) return 0;
  arena.free(root);
  return left;
}

export function zlargeFree(arena: Arena, root: number): void {
  zlargeFreeSome(arena, root, Number.POSITIVE_INFINITY);
}

/** Bytes of everything but the entry; `samples`: elements to look at, 0 for all. */
export function zlargeBytes(arena: Arena, root: number, samples: number): number {
  const length = zlargeLength(arena, root);
  const wanted = samples === 0 ? length : Math.min(samples, length);
  let bytes = 0;
  let seen = 0;
  if (length > 0) seek(arena, root, 0);
  for (let leaf = length > 0 ? pathNode[0]! : 0; leaf !== 0 && seen < wanted; leaf = nextLeaf(arena, leaf)) {
    const n = Math.min(leafLength(arena, leaf), wanted - seen);
    for (let i = 0; i < n; i++) bytes += arena.capacity(entryOf(arena, leaf, i));
    seen += n;
  }
  const elements = seen === 0 ? 0 : Math.round((bytes / seen) * length);
  return arena.capacity(root) + htTableBytes(arena, root) + treeBytes(arena, root) + elements;
}

/** Checks table, tree and that they agree; throws an Error that says what is wrong. */
export function zlargeValidate(arena: Arena, root: number): void {
  treeValidate(arena, root);
  htValidateIntegrity(arena, root);
  if (treeLength(arena, root) !== htSize(arena, root)) {
    throw new Error(`zset: ${htSize(arena, root)} members in the table, ${treeLength(arena, root)} in the tree`);
  }
  if (treeLength(arena, root) === 0) return;
  seek(arena, root, 0);
  for (let leaf = pathNode[0]!; leaf !== 0; leaf = nextLeaf(arena, leaf)) {
    for (let i = 0; i < leafLength(arena, leaf); i++) {
      const element = entryOf(arena, leaf, i);
      const bytes = arena.u8[element >>> 22]!;
      const hash = elementHash(arena, element, SCORE_BYTES);
      const found = htFind(arena, root, bytes, memberOffset(arena, element), memberLength(arena, element), hash);
      if (found !== element) throw new Error(`zset: element ${element} is not in the table`);
    }
  }
}
