/** Taking entries out of a stream: by id, or from its start. Entries are marked as deleted, empty nodes go. */
import type { Arena } from '../memory/arena.ts';
import { TreeCursor, treeRemove } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import { LP_END, LP_HEADER_BYTES, lpBytes, lpInteger, lpPrev, lpSkip } from './listpack.ts';
import { lpReplaceGrowth, lpReplaceStaged, lpStageInteger } from './listpack-edit.ts';
import { addLength, S_FIRST_ID, S_MAX_DELETED_ID, setStreamId, streamLength, wordsAt } from './stream.ts';
import { compareIds, copyId, ID_WORDS, MIN_ID, newId } from './stream-id.ts';
import { StreamIterator } from './stream-iterator.ts';
import { ENTRY_DELETED, entryId, firstEntry, masterFields, nodeCount, nodeDeleted, skipEntry } from './stream-node.ts';

const iterator = new StreamIterator();
const cursor = new TreeCursor();
const master = newId();
const entry = newId();

/** Deletes the entry id[i …]; false when there is none. The first id is the caller's to refresh. */
export function streamDelete(arena: Arena, root: number, id: Uint32Array, i: number): boolean {
  if (!iterator.find(arena, root, id, i)) return false;
  const { node, u8, lp, p, flags } = iterator;
  if (nodeCount(u8, lp) === 1) removeNode(arena, root, node);
  else {
    const at = p - lp;
    const moved = recount(arena, node, -1, 1, at);
    const block = (moved & 0x3fffff) << 4;
    markDeleted(arena.u8[moved >>> 22]!, block, block + shifted, flags);
  }
  addLength(arena, root, -1);
  return true;
}

/** After deletions: an id above those deleted so far is remembered. */
export function noteDeleted(arena: Arena, root: number, id: Uint32Array, i: number): void {
  if (compareIds(id, i, wordsAt(arena, root), wordOf(root) + S_MAX_DELETED_ID) > 0) {
    setStreamId(arena, root, S_MAX_DELETED_ID, id, i);
  }
}

/** Sets the first id to that of the first entry. */
export function refreshFirstId(arena: Arena, root: number): void {
  iterator.all(arena, root, false);
  const found = streamLength(arena, root) > 0 && iterator.next(arena);
  setStreamId(arena, root, S_FIRST_ID, found ? iterator.id : MIN_ID, 0);
}

function removeNode(arena: Arena, root: number, node: TreeCursor): void {
  const block = node.words[node.w + ID_WORDS]!;
  copyId(node.words, node.w, master, 0);
  treeRemove(arena, root, master, 0);
  arena.free(block);
}

/** Sets the flag; the element keeps its size, or loses some. */
function markDeleted(u8: Uint8Array, lp: number, p: number, flags: number): void {
  lpStageInteger(flags | ENTRY_DELETED);
  lpReplaceStaged(u8, lp, p);
}

/** Where recount() found that the element at `at` is now, relative to the listpack. */
let shifted = 0;

/** Changes the counts of the node at a cursor, whose block may move; returns its ref. All or nothing. */
function recount(arena: Arena, node: TreeCursor, counted: number, deleted: number, at: number): number {
  let ref = node.words[node.w + ID_WORDS]!;
  let u8 = arena.u8[ref >>> 22]!;
  let lp = (ref & 0x3fffff) << 4;
  const bytes = lpBytes(u8, lp);
  const gone = nodeDeleted(u8, lp) + deleted;
  // Counts of up to 2^32 take five bytes more than those of one digit: room for both, before anything changes.
  lpStageInteger(gone);
  const size = bytes + Math.max(0, lpReplaceGrowth(u8, lpSkip(u8, lp + LP_HEADER_BYTES)));
  if (size > arena.capacity(ref)) {
    ref = arena.realloc(ref, size);
    node.words[node.w + ID_WORDS] = ref;
    u8 = arena.u8[ref >>> 22]!;
    lp = (ref & 0x3fffff) << 4;
  }
  lpStageInteger(nodeCount(u8, lp) + counted);
  lpReplaceStaged(u8, lp, lp + LP_HEADER_BYTES);
  lpStageInteger(gone);
  lpReplaceStaged(u8, lp, lpSkip(u8, lp + LP_HEADER_BYTES));
  shifted = at + lpBytes(u8, lp) - bytes;
  return ref;
}

/** What a trim is to leave. */
export interface TrimGoal {
  /** Entries are removed until there are so many; -1: by id. */
  maxLength: number;
  /** Entries below this id are removed. */
  readonly minId: Uint32Array;
  /** Only whole nodes are removed. */
  approximate: boolean;
  /** No more entries are removed than this; 0: no limit. */
  limit: number;
}

/** Trims a stream; returns how many entries went. */
export function streamTrim(arena: Arena, root: number, goal: TrimGoal): number {
  const { maxLength, limit } = goal;
  let deleted = 0;
  while (cursor.first(arena, root)) {
    const length = streamLength(arena, root);
    if (maxLength >= 0 && length <= maxLength) break;
    const ref = cursor.words[cursor.w + ID_WORDS]!;
    const u8 = arena.u8[ref >>> 22]!;
    const lp = (ref & 0x3fffff) << 4;
    const entries = nodeCount(u8, lp);
    if (limit !== 0 && deleted + entries > limit) break;
    const whole = maxLength >= 0 ? length - entries >= maxLength : endsBelow(u8, lp, goal.minId);
    if (!whole) {
      if (!goal.approximate) deleted += trimNode(arena, root, goal);
      break;
    }
    removeNode(arena, root, cursor);
    addLength(arena, root, -entries);
    deleted += entries;
  }
  if (deleted > 0) refreshFirstId(arena, root);
  return deleted;
}

/** Whether the last entry of the node at the cursor is below an id. */
function endsBelow(u8: Uint8Array, lp: number, id: Uint32Array): boolean {
  let p = lpPrev(u8, lp, lp + lpBytes(u8, lp) - 1);
  for (let elements = lpInteger(u8, p); elements > 0; elements--) p = lpPrev(u8, lp, p);
  entryId(u8, p, cursor.words, cursor.w, entry);
  return compareIds(entry, 0, id, 0) < 0;
}

/** Marks entries at the start of the node at the cursor as deleted; returns how many. */
function trimNode(arena: Arena, root: number, goal: TrimGoal): number {
  let excess = goal.maxLength >= 0 ? streamLength(arena, root) - goal.maxLength : Number.POSITIVE_INFINITY;
  const before = cursor.words[cursor.w + ID_WORDS]!;
  const count = countToTrim(arena.u8[before >>> 22]!, (before & 0x3fffff) << 4, goal, excess);
  if (count === 0) return 0;
  const ref = recount(arena, cursor, -count, count, 0);
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  const masterCount = lpInteger(u8, masterFields(u8, lp));
  excess = count;
  for (let p = firstEntry(u8, lp); excess > 0; p = skipEntry(u8, p, masterCount)) {
    const flags = lpInteger(u8, p);
    if ((flags & ENTRY_DELETED) !== 0) continue;
    markDeleted(u8, lp, p, flags);
    excess--;
  }
  addLength(arena, root, -count);
  return count;
}

/** How many entries at the start of the node at the cursor are to go, `most` at most. */
function countToTrim(u8: Uint8Array, lp: number, goal: TrimGoal, most: number): number {
  const masterCount = lpInteger(u8, masterFields(u8, lp));
  let count = 0;
  for (let p = firstEntry(u8, lp); u8[p] !== LP_END && count < most; p = skipEntry(u8, p, masterCount)) {
    if (goal.maxLength < 0) {
      entryId(u8, p, cursor.words, cursor.w, entry);
      if (compareIds(entry, 0, goal.minId, 0) >= 0) break;
    }
    if ((lpInteger(u8, p) & ENTRY_DELETED) === 0) count++;
  }
  return count;
}
