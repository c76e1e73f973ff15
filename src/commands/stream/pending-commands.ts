/** XACK, XPENDING. */
import { TreeCursor, treeCount } from '../../store/id-tree.ts';
import {
  G_CONSUMERS,
  memberAt,
  memberCount,
  P_CONSUMER,
  P_DELIVERED,
  P_DELIVERIES,
  removePending,
} from '../../store/stream-group.ts';
import { compareIds, counterOf, exactCounterOf, newId, replyId } from '../../store/stream-id.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { consumerArg, countChanges, groupArg, noGroup, pending, replyName } from './group-value.ts';
import { endOrReply, idOrReply, readStream, startOrReply, writeStream } from './stream-value.ts';

const startId = newId();
const endId = newId();
const place = new TreeCursor();

function xack(c: CommandClient): void {
  const { args, db, out } = c;
  const e = writeStream(c, 1);
  if (e < 0) return;
  const group = e === 0 ? 0 : groupArg(c, db.root(e), 2);
  if (group === 0) return out.integer(0);
  for (let i = 3; i < args.argc; i++) if (!idOrReply(c, i, startId)) return;
  let acknowledged = 0;
  for (let i = 3; i < args.argc; i++) {
    if (args.argc > 4) idOrReply(c, i, startId);
    if (removePending(db.arena, group, startId, 0)) acknowledged++;
  }
  out.integer(acknowledged);
  countChanges(c, acknowledged);
}

/** What parseRange() read last: a range is in startId and endId. */
const range = { minIdle: 0, count: 0, consumerIndex: 0 };

/** Reads `[IDLE ms] start end count [consumer]` from argument 3 on to `range`; false after an error reply. */
function parseRange(c: CommandClient): boolean {
  const { args } = c;
  let i = 3;
  range.minIdle = 0;
  if (args.is(3, 'idle')) {
    range.minIdle = integerOrReply(c, 4);
    if (Number.isNaN(range.minIdle)) return false;
    if (args.argc < 8) {
      c.out.error(SYNTAX_ERROR);
      return false;
    }
    i = 5;
  }
  range.count = integerOrReply(c, i + 2);
  if (Number.isNaN(range.count) || !startOrReply(c, i, startId) || !endOrReply(c, i + 1, endId)) return false;
  range.consumerIndex = i + 3 < args.argc ? i + 3 : 0;
  return true;
}

function xpending(c: CommandClient): void {
  const { args, db, out } = c;
  if (args.argc !== 3 && (args.argc < 6 || args.argc > 9)) return out.error(SYNTAX_ERROR);
  if (args.argc >= 6 && !parseRange(c)) return;
  const e = readStream(c, 1);
  if (e < 0) return;
  const group = e === 0 ? 0 : groupArg(c, db.root(e), 2);
  if (group === 0) return noGroup(c, 1, 2);
  if (args.argc === 3) replySummary(c, group);
  else replyPending(c, group);
}

/** How much is pending, from where to where, and for whom. */
function replySummary(c: CommandClient, group: number): void {
  const { db, out } = c;
  const { arena } = db;
  out.array(4);
  out.integer(treeCount(arena, group));
  if (!pending.first(arena, group)) {
    out.nullBulk();
    out.nullBulk();
    return out.nullArray();
  }
  replyId(out, pending.words, pending.w);
  pending.last(arena, group);
  replyId(out, pending.words, pending.w);
  const mark = out.defer();
  let busy = 0;
  const consumers = memberCount(arena, group, G_CONSUMERS);
  for (let i = 0; i < consumers; i++) {
    const consumer = memberAt(arena, group, G_CONSUMERS, i);
    const count = treeCount(arena, consumer);
    if (count === 0) continue;
    busy++;
    out.array(2);
    replyName(c, consumer);
    out.bulkInteger(count);
  }
  out.endArray(mark, busy);
}

/** The pending entries of the range. */
function replyPending(c: CommandClient, group: number): void {
  const { db, out } = c;
  const { arena } = db;
  const { minIdle, count, consumerIndex } = range;
  const consumer = consumerIndex === 0 ? 0 : consumerArg(c, group, consumerIndex);
  if (consumerIndex !== 0 && consumer === 0) return out.array(0);
  const tree = consumer === 0 ? group : consumer;
  const mark = out.defer();
  let n = 0;
  for (let more = place.atLeast(arena, tree, startId, 0); more && n < count; more = place.next()) {
    if (compareIds(place.words, place.w, endId, 0) > 0) break;
    pending.find(arena, group, place.words, place.w);
    const { words, w } = pending;
    const idleMs = c.server.nowMs - counterOf(words, w + P_DELIVERED);
    if (minIdle !== 0 && idleMs < minIdle) continue;
    n++;
    out.array(4);
    replyId(out, words, w);
    replyName(c, words[w + P_CONSUMER]!);
    out.integer(Math.max(idleMs, 0));
    out.integer(exactCounterOf(words, w + P_DELIVERIES));
  }
  out.endArray(mark, n);
}

export const pendingCommands: readonly CommandSpec[] = [
  {
    name: 'xack',
    arity: -4,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: xack,
  },
  {
    name: 'xpending',
    arity: -3,
    flags: ['readonly'],
    categories: ['stream'],
    keySpecs: [keyRange(['RO', 'access'])],
    tips: ['nondeterministic_output'],
    proc: xpending,
  },
];
