/** What commands on consumer groups share: finding groups and consumers, replies and propagated lines about them. */
import { NOTIFY_STREAM } from '../../config/notify.ts';
import { TreeCursor } from '../../store/id-tree.ts';
import { wordOf } from '../../store/id-tree-node.ts';
import { S_ENTRIES_ADDED, S_FIRST_ID, S_LAST_ID, S_MAX_DELETED_ID, streamLength, wordsAt } from '../../store/stream.ts';
import {
  C_SEEN,
  createConsumer,
  ENTRIES_READ_UNKNOWN,
  findConsumer,
  findGroup,
  G_ENTRIES_READ,
  G_LAST_ID,
  nameLen,
  nameOff,
  P_CONSUMER,
  P_DELIVERED,
  P_DELIVERIES,
} from '../../store/stream-group.ts';
import {
  addToCounter,
  compareIds,
  counter64Of,
  counterOf,
  exactCounterOf,
  idText,
  isZeroId,
  setCounter,
} from '../../store/stream-id.ts';
import type { CommandClient } from '../command-client.ts';

/** The pending entry of the command that is running. */
export const pending: TreeCursor = new TreeCursor();

/** Group of the name in argument i in a stream, 0 when there is none. */
export function groupArg(c: CommandClient, root: number, i: number): number {
  const { args } = c;
  return findGroup(c.db.arena, root, args.buf, args.off[i]!, args.len[i]!);
}

/** Consumer of the name in argument i in a group, 0 when there is none. */
export function consumerArg(c: CommandClient, group: number, i: number): number {
  const { args } = c;
  return findConsumer(c.db.arena, group, args.buf, args.off[i]!, args.len[i]!);
}

/** Adds the consumer of the name in argument i; 0 when there is one. The caller tells. */
export function addConsumer(c: CommandClient, group: number, i: number): number {
  const { args } = c;
  return createConsumer(c.db.arena, group, args.buf, args.off[i]!, args.len[i]!, c.server.nowMs);
}

/**
 * Counts changes of groups. Redis does not tell those who watch the key of them: what is in the stream is as it was.
 */
export function countChanges(c: CommandClient, changes: number): void {
  c.server.changes.dirty += changes;
}

/** Propagates that a consumer was made: where no entry is pending for it, nothing else would. */
export function propagateNewConsumer(c: CommandClient, keyIndex: number, groupIndex: number): void {
  if (!c.propagates) return;
  const { args } = c;
  const [key, group, consumer] = [args.borrowed(keyIndex), args.borrowed(groupIndex), args.borrowed(groupIndex + 1)];
  c.alsoPropagate(c.dbIndex, 'XGROUP', 'CREATECONSUMER', key, group, consumer);
}

/** Tells of a new consumer of a group in the stream in argument i. */
export function tellNewConsumer(c: CommandClient, i: number): void {
  c.notify(NOTIFY_STREAM, 'xgroup-createconsumer', i);
}

/** A consumer tries to get entries. */
export function consumerSeen(c: CommandClient, consumer: number, word: number = C_SEEN): void {
  setCounter(wordsAt(c.db.arena, consumer), wordOf(consumer) + word, c.server.nowMs);
}

/** Replies with the name of a group or consumer. */
export function replyName(c: CommandClient, ref: number): void {
  const { arena } = c.db;
  c.out.bulk(arena.u8[ref >>> 22]!, nameOff(ref), nameLen(arena, ref));
}

/** Replies with -NOGROUP for a key and a group. The texts end at a NUL, as C strings do. */
export function noGroup(c: CommandClient, keyIndex: number, groupIndex: number, where = ''): void {
  c.out.error(`NOGROUP No such key '${cText(c, keyIndex)}' or consumer group '${cText(c, groupIndex)}'${where}`);
}

/** The same for a stream that is there. */
export function noGroupOfKey(c: CommandClient, keyIndex: number, groupIndex: number): void {
  c.out.error(`NOGROUP No such consumer group '${cText(c, groupIndex)}' for key name '${cText(c, keyIndex)}'`);
}

/** An argument up to its first NUL. */
export function cText(c: CommandClient, i: number): string {
  const text = c.args.latin1(i);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Propagates that the pending entry at `pending` is as it is, in a way that can be repeated. */
export function propagateClaim(c: CommandClient, keyIndex: number, groupIndex: number, group: number): void {
  if (!c.propagates) return;
  const { args, db } = c;
  const { arena } = db;
  const { words, w } = pending;
  const consumer = words[w + P_CONSUMER]!;
  const name = arena.u8[consumer >>> 22]!.subarray(nameOff(consumer), nameOff(consumer) + nameLen(arena, consumer));
  c.alsoPropagate(
    c.dbIndex,
    'XCLAIM',
    args.borrowed(keyIndex),
    args.borrowed(groupIndex),
    name,
    0,
    idText(words, w),
    'TIME',
    counterOf(words, w + P_DELIVERED),
    'RETRYCOUNT',
    exactCounterOf(words, w + P_DELIVERIES),
    'FORCE',
    'JUSTID',
    'LASTID',
    idText(wordsAt(arena, group), wordOf(group) + G_LAST_ID),
  );
}

/** Propagates the id up to which a group has delivered. */
export function propagateLastId(c: CommandClient, keyIndex: number, groupIndex: number, group: number): void {
  if (!c.propagates) return;
  const words = wordsAt(c.db.arena, group);
  const g = wordOf(group);
  c.alsoPropagate(
    c.dbIndex,
    'XGROUP',
    'SETID',
    c.args.borrowed(keyIndex),
    c.args.borrowed(groupIndex),
    idText(words, g + G_LAST_ID),
    'ENTRIESREAD',
    exactCounterOf(words, g + G_ENTRIES_READ),
  );
}

/** Whether an entry above id[i …], or that one, may be deleted. */
function mayHaveDeleted(c: CommandClient, root: number, id: Uint32Array, i: number): boolean {
  const words = wordsAt(c.db.arena, root);
  const deleted = wordOf(root) + S_MAX_DELETED_ID;
  if (streamLength(c.db.arena, root) === 0 || isZeroId(words, deleted)) return false;
  return compareIds(id, i, words, deleted) <= 0;
}

/**
 * How many entries were ever added up to id[i …], as far as that can be told: ENTRIES_READ_UNKNOWN where it cannot.
 */
function entriesUpTo(c: CommandClient, root: number, id: Uint32Array, i: number): bigint {
  const unknown = BigInt(ENTRIES_READ_UNKNOWN);
  const words = wordsAt(c.db.arena, root);
  const r = wordOf(root);
  const added = counter64Of(words, r + S_ENTRIES_ADDED);
  if (added === 0n) return 0n;
  const length = streamLength(c.db.arena, root);
  const last = compareIds(id, i, words, r + S_LAST_ID);
  if (length === 0 && last < 1) return added;
  if (!isZeroId(id, i) && compareIds(id, i, words, r + S_MAX_DELETED_ID) < 0) return unknown;
  if (last >= 0) return last === 0 ? added : unknown;
  const fragmented =
    !isZeroId(words, r + S_MAX_DELETED_ID) && compareIds(words, r + S_MAX_DELETED_ID, words, r + S_FIRST_ID) >= 0;
  const first = compareIds(id, i, words, r + S_FIRST_ID);
  if (fragmented || first > 0) return unknown;
  return added - BigInt(length) + (first === 0 ? 1n : 0n);
}

/** Counts that a group has delivered the entry id[i …], which is above its last one. */
export function countDelivery(c: CommandClient, root: number, group: number, id: Uint32Array, i: number): void {
  const words = wordsAt(c.db.arena, group);
  const read = wordOf(group) + G_ENTRIES_READ;
  if (counterOf(words, read) !== ENTRIES_READ_UNKNOWN && !mayHaveDeleted(c, root, id, i)) {
    addToCounter(words, read, 1);
    return;
  }
  const stream = wordsAt(c.db.arena, root);
  const added = wordOf(root) + S_ENTRIES_ADDED;
  if (stream[added] === 0 && stream[added + 1] === 0) return;
  const count = entriesUpTo(c, root, id, i);
  words[read] = Number(BigInt.asUintN(32, count >> 32n));
  words[read + 1] = Number(BigInt.asUintN(32, count));
}

/** Replies with how many entries a group has not delivered yet, null where that cannot be told. */
export function replyLag(c: CommandClient, root: number, group: number): void {
  const words = wordsAt(c.db.arena, group);
  const g = wordOf(group);
  const added = counter64Of(wordsAt(c.db.arena, root), wordOf(root) + S_ENTRIES_ADDED);
  if (added === 0n) return c.out.integer(0);
  let read = counter64Of(words, g + G_ENTRIES_READ);
  if (read === BigInt(ENTRIES_READ_UNKNOWN) || mayHaveDeleted(c, root, words, g + G_LAST_ID)) {
    read = entriesUpTo(c, root, words, g + G_LAST_ID);
  }
  if (read === BigInt(ENTRIES_READ_UNKNOWN)) c.out.nullBulk();
  else c.out.integer(BigInt.asIntN(64, added - read));
}
