/** Adding entries to a stream. */
import type { Arena } from '../memory/arena.ts';
import type { Args } from '../protocol/args.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { TreeCursor, treeAdd } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import {
  LP_EMPTY_BYTES,
  LP_HEADER_BYTES,
  LP_MAX_BYTES,
  lpBytes,
  lpEnd,
  lpEquals,
  lpInteger,
  lpSkip,
} from './listpack.ts';
import {
  lpInit,
  lpInsertEncoded,
  lpReplaceGrowth,
  lpReplaceStaged,
  lpStage,
  lpStageInteger,
  lpStageWords,
  lpWriteStaged,
} from './listpack-edit.ts';
import {
  addLength,
  S_ENTRIES_ADDED,
  S_FIRST_ID,
  S_LAST_ID,
  setStreamId,
  streamId,
  streamLength,
  wordsAt,
} from './stream.ts';
import { addToCounter, compareIds, copyId, ID_WORDS, incrementId, MAX_ID, newId } from './stream-id.ts';
import { ENTRY_ELEMENTS, ENTRY_SAME_FIELDS, masterFields, nodeCount, nodeDeleted } from './stream-node.ts';

/** What an element takes beside its text, at most. */
const ELEMENT_BYTES = 10;
/** A node that grows gets half as much again, up to a block of this size: appending seldom moves it. */
const NODE_ROOM_BYTES = 4096;
/** Room for encoded entries that is kept. */
const KEPT_BYTES = 64 * 1024;

const cursor = new TreeCursor();
const lastId = newId();
let scratch = new Uint8Array(4096);

/** Outcomes of an append. */
export const APPENDED = 0;
export const ID_TOO_SMALL = 1;
export const ENTRY_TOO_LARGE = 2;

/** How the id of a new entry is chosen. */
export const ID_GIVEN = 0;
/** The time is given, the sequence follows. */
export const ID_SEQUENCE = 1;
/** The id holds the time now. */
export const ID_AUTO = 2;

/** Makes id[0 … 3] the id of a new entry, as `how` says; false when it would not be above the last id. */
function chooseId(arena: Arena, root: number, id: Uint32Array, how: number): boolean {
  streamId(arena, root, S_LAST_ID, lastId);
  if (how === ID_AUTO) {
    // The clock may stand still, or go back.
    if (compareTimes(id, lastId) <= 0) {
      copyId(lastId, 0, id, 0);
      if (!incrementId(id, 0)) return false;
    }
  } else if (how === ID_SEQUENCE && compareTimes(id, lastId) === 0) {
    if (lastId[2] === MAX_ID[2] && lastId[3] === MAX_ID[3]) return false;
    copyId(lastId, 0, id, 0);
    incrementId(id, 0);
  }
  return compareIds(id, 0, lastId, 0) > 0;
}

function compareTimes(a: Uint32Array, b: Uint32Array): number {
  return a[0] !== b[0] ? a[0]! - b[0]! : a[1]! - b[1]!;
}

/**
 * Adds an entry with the fields and values that are arguments `first` to the last of `args`. `id` is that given, or the
 * time; it becomes the entry's. Returns APPENDED, or why there is no entry.
 */
export function streamAppend(
  arena: Arena,
  root: number,
  id: Uint32Array,
  how: number,
  args: Args,
  first: number,
  limits: EncodingLimits,
): number {
  if (!chooseId(arena, root, id, how)) return ID_TOO_SMALL;
  let bytes = 0;
  for (let i = first; i < args.argc; i++) bytes += args.len[i]!;
  if (bytes > LP_MAX_BYTES) return ENTRY_TOO_LARGE;
  let maxBytes = limits.streamNodeMaxBytes;
  if (maxBytes === 0 || maxBytes > LP_MAX_BYTES) maxBytes = LP_MAX_BYTES;
  const { streamNodeMaxEntries } = limits;
  if (cursor.last(arena, root) && nodeTakes(arena, bytes, maxBytes, streamNodeMaxEntries)) {
    appendToNode(arena, id, args, first, bytes);
  } else {
    const expected = expectedSize(arena, root);
    trimRoom(arena, root);
    addNode(arena, root, id, args, first, bytes, expected);
  }
  if (scratch.length > KEPT_BYTES) scratch = new Uint8Array(4096);
  const words = wordsAt(arena, root);
  addToCounter(words, wordOf(root) + S_ENTRIES_ADDED, 1);
  setStreamId(arena, root, S_LAST_ID, id, 0);
  if (streamLength(arena, root) === 0) setStreamId(arena, root, S_FIRST_ID, id, 0);
  addLength(arena, root, 1);
  return APPENDED;
}

/** Size that the node behind the last one will have, if its entries are alike: with it, appending does not move it. */
function expectedSize(arena: Arena, root: number): number {
  if (!cursor.last(arena, root)) return 0;
  const ref = cursor.words[cursor.w + ID_WORDS]!;
  const size = lpBytes(arena.u8[ref >>> 22]!, (ref & 0x3fffff) << 4);
  return Math.min(size + (size >>> 4), NODE_ROOM_BYTES);
}

/** Gives back the room of the last node, which will not grow any more. */
function trimRoom(arena: Arena, root: number): void {
  if (!cursor.last(arena, root)) return;
  const ref = cursor.words[cursor.w + ID_WORDS]!;
  const size = lpBytes(arena.u8[ref >>> 22]!, (ref & 0x3fffff) << 4);
  if (arena.capacity(ref) - size <= size >>> 3) return;
  const fitting = arena.tryAlloc(size);
  if (fitting === 0) return;
  arena.copyBlock(ref, fitting, size);
  arena.free(ref);
  cursor.words[cursor.w + ID_WORDS] = fitting;
}

/** Whether the node at the cursor may get an entry with `bytes` of fields and values. */
function nodeTakes(arena: Arena, bytes: number, maxBytes: number, maxEntries: number): boolean {
  const ref = cursor.words[cursor.w + ID_WORDS]!;
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  if (lpBytes(u8, lp) + bytes >= maxBytes) return false;
  return maxEntries === 0 || nodeCount(u8, lp) + nodeDeleted(u8, lp) < maxEntries;
}

/** Makes room for an entry with `bytes` in `elements` fields and values, and a master entry with the same fields. */
function reserveScratch(bytes: number, elements: number): void {
  const wanted = LP_EMPTY_BYTES + bytes * 2 + (elements + 8) * 2 * ELEMENT_BYTES;
  if (wanted > scratch.length) scratch = new Uint8Array(Math.max(wanted, scratch.length * 2));
}

/** Adds an entry to the node at the cursor. */
function appendToNode(arena: Arena, id: Uint32Array, args: Args, first: number, bytes: number): void {
  const { words, w } = cursor;
  let ref = words[w + ID_WORDS]!;
  let u8 = arena.u8[ref >>> 22]!;
  let lp = (ref & 0x3fffff) << 4;
  const elements = args.argc - first;
  reserveScratch(bytes, elements);
  const same = sameFields(u8, lp, args, first);
  let p = putIds(id, words, w, same ? ENTRY_SAME_FIELDS : 0);
  if (!same) p = putInteger(p, elements >>> 1);
  for (let i = first; i < args.argc; i += 2) {
    if (!same) p = put(p, args, i);
    p = put(p, args, i + 1);
  }
  const count = ENTRY_ELEMENTS + (same ? elements >>> 1 : elements + 1);
  p = putInteger(p, count);

  const added = nodeCount(u8, lp) + 1;
  // The count is one byte, nearly always, and stays one.
  const small = added < 128 && u8[lp + LP_HEADER_BYTES] === added - 1;
  if (!small) lpStageInteger(added);
  const size = lpBytes(u8, lp) + p + (small ? 0 : lpReplaceGrowth(u8, lp + LP_HEADER_BYTES));
  if (size > arena.capacity(ref)) {
    ref = arena.realloc(ref, Math.max(size, Math.min(size + (size >>> 1), NODE_ROOM_BYTES)));
    words[w + ID_WORDS] = ref;
    u8 = arena.u8[ref >>> 22]!;
    lp = (ref & 0x3fffff) << 4;
  }
  if (small) u8[lp + LP_HEADER_BYTES] = added;
  else lpReplaceStaged(u8, lp, lp + LP_HEADER_BYTES);
  lpInsertEncoded(u8, lp, lpEnd(u8, lp), scratch, 0, p, count + 1);
}

/** Whether the fields of an entry are those of the master entry. */
function sameFields(u8: Uint8Array, lp: number, args: Args, first: number): boolean {
  let p = masterFields(u8, lp);
  if (lpInteger(u8, p) !== (args.argc - first) >>> 1) return false;
  for (let i = first; i < args.argc; i += 2) {
    p = lpSkip(u8, p);
    if (!lpEquals(u8, p, args.buf, args.off[i]!, args.len[i]!)) return false;
  }
  return true;
}

/** Adds a node with one entry, whose fields and id become the master's, and room for `expected` bytes. */
function addNode(
  arena: Arena,
  root: number,
  id: Uint32Array,
  args: Args,
  first: number,
  bytes: number,
  expected: number,
): void {
  const elements = args.argc - first;
  const pairs = elements >>> 1;
  reserveScratch(bytes, elements);
  let p = putInteger(0, 1);
  p = putInteger(p, 0);
  p = putInteger(p, pairs);
  for (let i = first; i < args.argc; i += 2) p = put(p, args, i);
  p = putInteger(p, 0);
  p = putInteger(p, ENTRY_SAME_FIELDS);
  p = putInteger(p, 0);
  p = putInteger(p, 0);
  for (let i = first; i < args.argc; i += 2) p = put(p, args, i + 1);
  p = putInteger(p, ENTRY_ELEMENTS + pairs);
  const ref = arena.alloc(Math.max(LP_EMPTY_BYTES + p, expected));
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  lpInit(u8, lp);
  lpInsertEncoded(u8, lp, lp + LP_HEADER_BYTES, scratch, 0, p, 4 + pairs + ENTRY_ELEMENTS + pairs + 1);
  streamAddNode(arena, root, id, 0, ref);
}

/** Hangs a node into the tree; without memory the node is freed. */
export function streamAddNode(arena: Arena, root: number, id: Uint32Array, i: number, node: number): void {
  try {
    if (!treeAdd(arena, root, id, i, cursor)) throw new Error('stream: two nodes of the same id');
  } catch (error) {
    arena.free(node);
    throw error;
  }
  cursor.words[cursor.w + ID_WORDS] = node;
}

/** Encodes an argument at scratch[p]; returns the position behind it. */
function put(p: number, args: Args, i: number): number {
  lpStage(args.buf, args.off[i]!, args.len[i]!);
  return lpWriteStaged(scratch, p);
}

function putInteger(p: number, n: number): number {
  // Flags, counts and most differences: a byte, and its backlen.
  if (n >= 0 && n < 128) {
    scratch[p] = n;
    scratch[p + 1] = 1;
    return p + 2;
  }
  lpStageInteger(n);
  return lpWriteStaged(scratch, p);
}

/** Encodes flags and id of an entry of the node with id base[b …] at the start of scratch. */
function putIds(id: Uint32Array, base: Uint32Array, b: number, flags: number): number {
  let p = putInteger(0, flags);
  for (let half = 0; half < ID_WORDS; half += 2) {
    const low = id[half + 1]! - base[b + half + 1]!;
    const high = id[half]! - base[b + half]! - (low < 0 ? 1 : 0);
    if (high === 0 && low >= 0) p = putInteger(p, low);
    else {
      lpStageWords(high, low);
      p = lpWriteStaged(scratch, p);
    }
  }
  return p;
}
