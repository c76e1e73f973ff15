/** XCLAIM, XAUTOCLAIM: pending entries change hands. */
import { wordOf } from '../../store/id-tree-node.ts';
import { wordsAt } from '../../store/stream.ts';
import {
  assignPending,
  C_ACTIVE,
  G_LAST_ID,
  P_CONSUMER,
  P_DELIVERED,
  P_DELIVERIES,
  removePending,
} from '../../store/stream-group.ts';
import {
  addToCounter,
  compareIds,
  copyId,
  counterOf,
  newId,
  replyId,
  setCounter,
  setCounter64,
} from '../../store/stream-id.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { int64Arg, integerOrReply, rangeOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import {
  addConsumer,
  consumerArg,
  consumerSeen,
  countChanges,
  groupArg,
  noGroup,
  pending,
  propagateClaim,
  propagateLastId,
  tellNewConsumer,
} from './group-value.ts';
import { idOrReply, iterator, readId, startOrReply, writeStream } from './stream-value.ts';

const BAD_MIN_IDLE = 'ERR Invalid min-idle-time argument for XCLAIM';
const BAD_AUTO_MIN_IDLE = 'ERR Invalid min-idle-time argument for XAUTOCLAIM';
const BAD_COUNT = 'ERR COUNT must be > 0';

/** Entries that XAUTOCLAIM claims unless told otherwise, and how many it looks at for each. */
const DEFAULT_COUNT = 100;
const ATTEMPTS = 10;
/** Larger counts are refused: redis-server allocates room for so many ids of 16 bytes. */
const MAX_COUNT = 2 ** 59 - 1;

const id = newId();
const lastId = newId();

/** What parseClaim() read last. */
const claim = {
  minIdle: 0,
  /** Argument behind the last id. */
  idsEnd: 0,
  /** When the entries count as delivered, Unix ms. */
  deliveredAt: 0,
  /** -1: as it is, and one more. */
  retryCount: -1n,
  force: false,
  justId: false,
};

/** Reads the arguments of XCLAIM from the idle time on to `claim`; false after an error reply. */
function parseClaim(c: CommandClient): boolean {
  const { args } = c;
  const { nowMs } = c.server;
  claim.minIdle = integerOrReply(c, 4, BAD_MIN_IDLE);
  if (Number.isNaN(claim.minIdle)) return false;
  claim.deliveredAt = -1;
  claim.retryCount = -1n;
  claim.force = claim.justId = false;
  lastId.fill(0);
  let i = 5;
  while (i < args.argc && readId(c, i, id)) i++;
  claim.idsEnd = i;
  for (; i < args.argc; i++) {
    if (args.is(i, 'force')) claim.force = true;
    else if (args.is(i, 'justid')) claim.justId = true;
    else if (i + 1 === args.argc) return unknownOption(c, i);
    else if (args.is(i, 'idle')) {
      const idleMs = integerOrReply(c, ++i, 'ERR Invalid IDLE option argument for XCLAIM');
      if (Number.isNaN(idleMs)) return false;
      claim.deliveredAt = nowMs - idleMs;
    } else if (args.is(i, 'time')) {
      claim.deliveredAt = integerOrReply(c, ++i, 'ERR Invalid TIME option argument for XCLAIM');
      if (Number.isNaN(claim.deliveredAt)) return false;
    } else if (args.is(i, 'retrycount')) {
      if (Number.isNaN(integerOrReply(c, ++i, 'ERR Invalid RETRYCOUNT option argument for XCLAIM'))) return false;
      claim.retryCount = int64Arg(c, i)!;
    } else if (args.is(i, 'lastid')) {
      if (!idOrReply(c, ++i, lastId)) return false;
    } else return unknownOption(c, i);
  }
  // A time that cannot be is now: clocks of clients may be a bit ahead.
  if (claim.deliveredAt < 0 || claim.deliveredAt > nowMs) claim.deliveredAt = nowMs;
  return true;
}

function unknownOption(c: CommandClient, i: number): false {
  const text = c.args.latin1(i);
  const end = text.indexOf('\0');
  c.out.error(`ERR Unrecognized XCLAIM option '${end < 0 ? text : text.slice(0, end)}'`);
  return false;
}

/** Stream and group of the claim that is running; its consumer, and whether that is new. */
const owner = { root: 0, group: 0, consumer: 0, isNew: false };

/** Finds stream and group in arguments 1 and 2; false after an error reply. */
function findGroup(c: CommandClient): boolean {
  const e = writeStream(c, 1);
  if (e < 0) return false;
  owner.root = e === 0 ? 0 : c.db.root(e);
  owner.group = e === 0 ? 0 : groupArg(c, owner.root, 2);
  if (owner.group === 0) noGroup(c, 1, 2);
  return owner.group !== 0;
}

/** Finds or makes the consumer in argument 3, who is seen. */
function findConsumer(c: CommandClient): void {
  owner.consumer = consumerArg(c, owner.group, 3);
  owner.isNew = owner.consumer === 0;
  if (owner.isNew) owner.consumer = addConsumer(c, owner.group, 3);
  else consumerSeen(c, owner.consumer);
}

/** Tells of what a claim did; `changes` beside the consumer. */
function tellClaimed(c: CommandClient, changes: number): void {
  c.propagateNothing();
  if (owner.isNew) changes++;
  countChanges(c, changes);
  if (owner.isNew) tellNewConsumer(c, 1);
}

/** The pending entry at `pending`, whose entry is gone, goes too. */
function dropPending(c: CommandClient): void {
  propagateClaim(c, 1, 2, owner.group);
  removePending(c.db.arena, owner.group, pending.words, pending.w);
}

/** Replies with the entry that the iterator found. */
function replyClaimed(c: CommandClient, justId: boolean): void {
  if (justId) replyId(c.out, iterator.id, 0);
  else iterator.reply(c.out, c.db.arena);
  consumerSeen(c, owner.consumer, C_ACTIVE);
}

/** Claims the entry `id` if it is pending, or may be made so; returns whether it was. */
function claimOne(c: CommandClient): boolean {
  const { arena } = c.db;
  const { group, consumer } = owner;
  const known = pending.find(arena, group, id, 0);
  if (!known && !claim.force) return false;
  if (known && claim.minIdle > 0) {
    if (c.server.nowMs - counterOf(pending.words, pending.w + P_DELIVERED) < claim.minIdle) return false;
  }
  assignPending(arena, group, consumer, id, 0, pending);
  const { words, w } = pending;
  if (!known) setCounter(words, w + P_DELIVERIES, 1);
  setCounter(words, w + P_DELIVERED, claim.deliveredAt);
  if (claim.retryCount >= 0n) setCounter64(words, w + P_DELIVERIES, claim.retryCount);
  else if (!claim.justId) addToCounter(words, w + P_DELIVERIES, 1);
  return true;
}

function xclaim(c: CommandClient): void {
  const { db, out } = c;
  if (!findGroup(c) || !parseClaim(c)) return;
  const { arena } = db;
  const { root, group } = owner;
  const groupLast = wordOf(group) + G_LAST_ID;
  let lastIdMoved = compareIds(lastId, 0, wordsAt(arena, group), groupLast) > 0;
  if (lastIdMoved) copyId(lastId, 0, wordsAt(arena, group), groupLast);
  findConsumer(c);
  const mark = out.defer();
  let claimed = 0;
  let changes = 0;
  for (let i = 5; i < claim.idsEnd; i++) {
    readId(c, i, id);
    if (!iterator.find(arena, root, id, 0)) {
      if (!pending.find(arena, group, id, 0)) continue;
      dropPending(c);
    } else if (claimOne(c)) {
      replyClaimed(c, claim.justId);
      propagateClaim(c, 1, 2, group);
      claimed++;
    } else continue;
    // The line that repeats this has the last id.
    lastIdMoved = false;
    changes++;
  }
  if (lastIdMoved) {
    propagateLastId(c, 1, 2, group);
    changes++;
  }
  out.endArray(mark, claimed);
  tellClaimed(c, changes);
}

function xautoclaim(c: CommandClient): void {
  const { args, out } = c;
  const minIdle = integerOrReply(c, 4, BAD_AUTO_MIN_IDLE);
  if (Number.isNaN(minIdle) || !startOrReply(c, 5, id)) return;
  let count = DEFAULT_COUNT;
  let justId = false;
  for (let i = 6; i < args.argc; i++) {
    if (args.is(i, 'justid')) justId = true;
    else if (args.is(i, 'count') && i + 1 < args.argc) {
      count = rangeOrReply(c, ++i, 1, MAX_COUNT, BAD_COUNT);
      if (Number.isNaN(count)) return;
    } else return out.error(SYNTAX_ERROR);
  }
  if (!findGroup(c)) return;
  findConsumer(c);
  autoclaim(c, minIdle, count, justId);
}

/** Claims up to `count` pending entries from `id` on; replies with where to go on, the entries, and ids without one. */
function autoclaim(c: CommandClient, minIdle: number, count: number, justId: boolean): void {
  const { db, out } = c;
  const { arena } = db;
  const { root, group, consumer } = owner;
  const { nowMs } = c.server;
  const deleted: Uint32Array[] = [];
  out.array(3);
  const start = out.defer();
  const mark = out.defer();
  let claimed = 0;
  let more = pending.atLeast(arena, group, id, 0);
  for (let attempts = count * ATTEMPTS; more && attempts > 0 && count > 0; attempts--) {
    const { words, w } = pending;
    copyId(words, w, id, 0);
    if (!iterator.find(arena, root, id, 0)) {
      dropPending(c);
      deleted.push(id.slice());
      count--;
      more = pending.atLeast(arena, group, id, 0);
      continue;
    }
    if (minIdle <= 0 || nowMs - counterOf(words, w + P_DELIVERED) >= minIdle) {
      if (words[w + P_CONSUMER] !== consumer) assignPending(arena, group, consumer, id, 0, pending);
      setCounter(words, w + P_DELIVERED, nowMs);
      if (!justId) addToCounter(words, w + P_DELIVERIES, 1);
      replyClaimed(c, justId);
      propagateClaim(c, 1, 2, group);
      claimed++;
      count--;
    }
    more = pending.next();
  }
  id.fill(0);
  if (more) copyId(pending.words, pending.w, id, 0);
  finishAutoclaim(c, start, mark, claimed, deleted);
}

/** The reply begins with what is known only now: the id to go on with. */
function finishAutoclaim(
  c: CommandClient,
  start: number,
  mark: number,
  claimed: number,
  deleted: readonly Uint32Array[],
): void {
  const { out } = c;
  out.endArray(mark, claimed);
  const entries = out.take(start);
  out.pos = start;
  replyId(out, id, 0);
  out.raw(entries);
  out.array(deleted.length);
  for (const each of deleted) replyId(out, each, 0);
  tellClaimed(c, claimed + deleted.length);
}

export const claimCommands: readonly CommandSpec[] = [
  {
    name: 'xclaim',
    arity: -6,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'update'])],
    tips: ['nondeterministic_output'],
    proc: xclaim,
  },
  {
    name: 'xautoclaim',
    arity: -6,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'delete'])],
    tips: ['nondeterministic_output'],
    proc: xautoclaim,
  },
];
