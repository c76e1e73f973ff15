/**
 * Streams: entries in order of their ids, with consumer groups. All of it is in blocks of the arena, reached from one:
 *
 *   root      0-4 tree of nodes (id-tree.ts; one value word: the node's block) | 5-6 length | 7-10 last id
 *             | 11-14 first id | 15-18 largest deleted id | 19-20 entries ever added | 21 groups (a block of refs)
 *             | 22 how many groups
 *   node      a listpack as RDB files have it (stream-node.ts draws it), under the id of its master entry
 *   group     see stream-group.ts
 *
 * Lengths, ids and counters are two or four words, high ones first (stream-id.ts).
 *
 * Invariants: length is the number of entries in all nodes that are not marked as deleted; the first id is that of the
 * first such entry, 0-0 when there is none; no entry is above the last id; ids ascend through all nodes.
 *
 * Append: O(1) but for the tree. Find: O(log nodes) and O(entries of a node). Functions work on (arena, root).
 */
import type { Arena } from '../memory/arena.ts';
import { treeInit } from './id-tree.ts';
import { TREE_WORDS, wordOf } from './id-tree-node.ts';
import { addToCounter, copyId, counterOf } from './stream-id.ts';
import type { RawMemory } from './value-ops.ts';

/** Words of the root block. */
export const S_LENGTH: number = TREE_WORDS;
export const S_LAST_ID = 7;
export const S_FIRST_ID = 11;
export const S_MAX_DELETED_ID = 15;
export const S_ENTRIES_ADDED = 19;
export const S_GROUPS = 21;
export const ROOT_WORDS = 23;

/** Value words of the tree of nodes. */
const NODE_VALUE_WORDS = 1;

/** An empty stream; returns its root. */
export function streamCreate(arena: Arena): number {
  const root = arena.alloc(ROOT_WORDS * 4);
  const w = wordOf(root);
  arena.u32[root >>> 22]!.fill(0, w, w + ROOT_WORDS);
  treeInit(arena, root, NODE_VALUE_WORDS);
  return root;
}

/** The chunk that a block lies in; its words begin at `wordOf(ref)`. */
export function wordsAt(memory: RawMemory, ref: number): Uint32Array {
  return memory.u32[ref >>> 22]!;
}

/** Entries that are not deleted. */
export function streamLength(memory: RawMemory, root: number): number {
  return counterOf(wordsAt(memory, root), wordOf(root) + S_LENGTH);
}

/** Counts entries that came or (negative) went. */
export function addLength(arena: Arena, root: number, by: number): void {
  addToCounter(wordsAt(arena, root), wordOf(root) + S_LENGTH, by);
}

/** Copies one of the root's ids (S_LAST_ID …) to id[0 … 3]. */
export function streamId(memory: RawMemory, root: number, which: number, id: Uint32Array): void {
  copyId(wordsAt(memory, root), wordOf(root) + which, id, 0);
}

/** Sets one of the root's ids from id[i …]. */
export function setStreamId(arena: Arena, root: number, which: number, id: Uint32Array, i: number): void {
  copyId(id, i, wordsAt(arena, root), wordOf(root) + which);
}
