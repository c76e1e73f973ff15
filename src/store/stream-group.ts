/**
 * Consumer groups of a stream, their consumers, and what is pending.
 *
 *   group      0-4 tree of pending entries, PENDING_WORDS value words each | 5 length of the name | 6-9 last delivered id
 *              | 10-11 entries read, -1 = not known | 12 consumers (a block of refs) | 13 how many | name
 *   consumer   0-4 tree of the ids that are pending for it, without values | 5 length of the name | 6-7 seen at
 *              | 8-9 active at, -1 = never (ms) | 10-13 – | name
 *   refs       refs of groups or consumers, ordered by the bytes of their names
 *   pending    (behind the id) delivered at (ms, two words) | deliveries (two words) | ref of the consumer
 *
 * What is known of a pending entry is in the group's tree alone; a consumer's has the same ids of those that are its own.
 *
 * Invariants: names differ and ascend; every pending entry of a group is in the tree of its consumer and in no other.
 *
 * Find by name: O(log n); add and remove one: O(n) words moved. Pending entries: O(log n).
 */
import type { Arena } from '../memory/arena.ts';
import { compareBytes, copyBytes } from '../memory/copy.ts';
import { TreeCursor, treeAdd, treeCount, treeInit, treeRemove, treeRemoveFound } from './id-tree.ts';
import { TREE_WORDS, wordOf } from './id-tree-node.ts';
import { treeFreeSome } from './id-tree-whole.ts';
import { S_GROUPS, wordsAt } from './stream.ts';
import { copyId, ID_WORDS, newId, setCounter } from './stream-id.ts';
import type { RawMemory } from './value-ops.ts';

/** Words of both blocks. */
const W_NAME_LENGTH: number = TREE_WORDS;
export const G_LAST_ID = 6;
export const G_ENTRIES_READ = 10;
export const G_CONSUMERS = 12;
export const C_SEEN = 6;
export const C_ACTIVE = 8;
const HEADER_WORDS = 14;
export const NAME_BYTES: number = HEADER_WORDS * 4;

/** Value words of a pending entry, relative to its id. */
export const P_DELIVERED: number = ID_WORDS;
export const P_DELIVERIES = 6;
export const P_CONSUMER = 8;
export const PENDING_WORDS = 5;

/** `entries read` when it is not known. */
export const ENTRIES_READ_UNKNOWN = -1;

const cursor = new TreeCursor();
const pendingId = newId();

/** Length of the name of a group or consumer; its bytes begin at `nameOff` of the block's chunk. */
export function nameLen(memory: RawMemory, ref: number): number {
  return wordsAt(memory, ref)[wordOf(ref) + W_NAME_LENGTH]!;
}

export function nameOff(ref: number): number {
  return ((ref & 0x3fffff) << 4) + NAME_BYTES;
}

/** How many groups a stream has, or (`G_CONSUMERS`) consumers a group. */
export function memberCount(memory: RawMemory, owner: number, at: number): number {
  return wordsAt(memory, owner)[wordOf(owner) + at + 1]!;
}

/** Group or consumer number i of `owner`, in the order of their names. */
export function memberAt(memory: RawMemory, owner: number, at: number, i: number): number {
  const refs = wordsAt(memory, owner)[wordOf(owner) + at]!;
  return wordsAt(memory, refs)[wordOf(refs) + i]!;
}

/** Where findMember() found the name, or where it belongs. */
let foundAt = 0;

/** The group (at = S_GROUPS) or consumer (G_CONSUMERS) of a name, 0 when there is none. */
function findMember(memory: RawMemory, owner: number, at: number, buf: Uint8Array, off: number, len: number): number {
  let low = 0;
  let high = memberCount(memory, owner, at);
  while (low < high) {
    const mid = (low + high) >>> 1;
    const ref = memberAt(memory, owner, at, mid);
    const order = compareBytes(memory.u8[ref >>> 22]!, nameOff(ref), nameLen(memory, ref), buf, off, len);
    if (order === 0) {
      foundAt = mid;
      return ref;
    }
    if (order < 0) low = mid + 1;
    else high = mid;
  }
  foundAt = low;
  return 0;
}

/** The group of a name, 0 when there is none. */
export function findGroup(memory: RawMemory, root: number, buf: Uint8Array, off: number, len: number): number {
  return findMember(memory, root, S_GROUPS, buf, off, len);
}

/** The consumer of a name in a group, 0 when there is none. */
export function findConsumer(memory: RawMemory, group: number, buf: Uint8Array, off: number, len: number): number {
  return findMember(memory, group, G_CONSUMERS, buf, off, len);
}

/** A block with a name, whose other words are 0 and whose tree is empty. */
function newMember(arena: Arena, buf: Uint8Array, off: number, len: number, valueWords: number): number {
  const ref = arena.alloc(NAME_BYTES + len);
  const words = wordsAt(arena, ref);
  words.fill(0, wordOf(ref), wordOf(ref) + HEADER_WORDS);
  treeInit(arena, ref, valueWords);
  words[wordOf(ref) + W_NAME_LENGTH] = len;
  copyBytes(buf, off, arena.u8[ref >>> 22]!, nameOff(ref), len);
  return ref;
}

/** Puts a new member where findMember() said that it belongs; without memory the member is freed. */
function addMember(arena: Arena, owner: number, at: number, member: number): void {
  const words = wordsAt(arena, owner);
  const w = wordOf(owner) + at;
  const count = words[w + 1]!;
  try {
    if (count === 0) words[w] = arena.alloc(8);
    else if ((count + 1) * 4 > arena.capacity(words[w]!)) words[w] = arena.realloc(words[w]!, count * 8);
  } catch (error) {
    arena.free(member);
    throw error;
  }
  const refs = words[w]!;
  const list = wordsAt(arena, refs);
  const from = wordOf(refs) + foundAt;
  list.copyWithin(from + 1, from, wordOf(refs) + count);
  list[from] = member;
  words[w + 1] = count + 1;
}

/** Takes the member that findMember() found out of the list; its block is the caller's. */
function removeMember(arena: Arena, owner: number, at: number): void {
  const words = wordsAt(arena, owner);
  const w = wordOf(owner) + at;
  const refs = words[w]!;
  const count = words[w + 1]!;
  const from = wordOf(refs) + foundAt;
  wordsAt(arena, refs).copyWithin(from, from + 1, wordOf(refs) + count);
  words[w + 1] = count - 1;
  if (count > 1) return;
  arena.free(refs);
  words[w] = 0;
}

/** Adds a group that has delivered everything up to id[i …]; returns it, or 0 when there is one of that name. */
export function createGroup(
  arena: Arena,
  root: number,
  buf: Uint8Array,
  off: number,
  len: number,
  id: Uint32Array,
  i: number,
): number {
  if (findGroup(arena, root, buf, off, len) !== 0) return 0;
  const group = newMember(arena, buf, off, len, PENDING_WORDS);
  copyId(id, i, wordsAt(arena, group), wordOf(group) + G_LAST_ID);
  setCounter(wordsAt(arena, group), wordOf(group) + G_ENTRIES_READ, ENTRIES_READ_UNKNOWN);
  addMember(arena, root, S_GROUPS, group);
  return group;
}

/** Adds a consumer that is seen now; returns it, or 0 when there is one of that name. */
export function createConsumer(
  arena: Arena,
  group: number,
  buf: Uint8Array,
  off: number,
  len: number,
  nowMs: number,
): number {
  if (findConsumer(arena, group, buf, off, len) !== 0) return 0;
  const consumer = newMember(arena, buf, off, len, 0);
  const words = wordsAt(arena, consumer);
  setCounter(words, wordOf(consumer) + C_SEEN, nowMs);
  setCounter(words, wordOf(consumer) + C_ACTIVE, -1);
  addMember(arena, group, G_CONSUMERS, consumer);
  return consumer;
}

/** Deletes the group of a name; false when there is none. */
export function destroyGroup(arena: Arena, root: number, buf: Uint8Array, off: number, len: number): boolean {
  const group = findGroup(arena, root, buf, off, len);
  if (group === 0) return false;
  removeMember(arena, root, S_GROUPS);
  freeGroupSome(arena, group, Number.POSITIVE_INFINITY);
  return true;
}

/** Deletes the consumer of a name and what is pending for it; returns how much that was, -1 without such a consumer. */
export function deleteConsumer(arena: Arena, group: number, buf: Uint8Array, off: number, len: number): number {
  const consumer = findConsumer(arena, group, buf, off, len);
  if (consumer === 0) return -1;
  removeMember(arena, group, G_CONSUMERS);
  const pending = treeCount(arena, consumer);
  for (let more = cursor.first(arena, consumer); more; more = cursor.next()) {
    treeRemove(arena, group, cursor.words, cursor.w);
  }
  treeFreeSome(arena, consumer, Number.POSITIVE_INFINITY, false);
  arena.free(consumer);
  return pending;
}

/** Frees blocks of a group that is in no list any more; returns what is left of the budget, 0: call again. */
export function freeGroupSome(arena: Arena, group: number, budget: number): number {
  budget = treeFreeSome(arena, group, budget, false);
  const words = wordsAt(arena, group);
  const w = wordOf(group) + G_CONSUMERS;
  while (budget > 0 && words[w + 1]! > 0) {
    const consumer = memberAt(arena, group, G_CONSUMERS, words[w + 1]! - 1);
    budget = treeFreeSome(arena, consumer, budget, false);
    if (budget <= 0) return 0;
    words[w + 1] = words[w + 1]! - 1;
    arena.free(consumer);
    budget--;
  }
  if (budget <= 0) return 0;
  if (words[w] !== 0) arena.free(words[w]!);
  arena.free(group);
  return budget;
}

/**
 * Goes to the pending entry id[i …] of a group, which is made `consumer`'s and added if need be; times and deliveries are
 * the caller's to set. True when it was added. The id must not lie in these trees.
 */
export function assignPending(
  arena: Arena,
  group: number,
  consumer: number,
  id: Uint32Array,
  i: number,
  place: TreeCursor,
): boolean {
  const isNew = treeAdd(arena, group, id, i, place);
  const owner = isNew ? 0 : place.words[place.w + P_CONSUMER]!;
  if (owner === consumer) return false;
  try {
    treeAdd(arena, consumer, id, i, cursor);
  } catch (error) {
    if (isNew) treeRemove(arena, group, id, i);
    throw error;
  }
  if (owner !== 0) treeRemove(arena, owner, id, i);
  place.words[place.w + P_CONSUMER] = consumer;
  return isNew;
}

/** Removes the pending entry id[i …], which may lie in these trees; false when there is none. */
export function removePending(arena: Arena, group: number, id: Uint32Array, i: number): boolean {
  if (!cursor.find(arena, group, id, i)) return false;
  const consumer = cursor.words[cursor.w + P_CONSUMER]!;
  copyId(id, i, pendingId, 0);
  treeRemoveFound(arena, group, cursor);
  treeRemove(arena, consumer, pendingId, 0);
  return true;
}
