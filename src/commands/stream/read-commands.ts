/** XREAD, XREADGROUP: entries above given ids of several streams, at once or when they come. */
import { TYPE_STREAM } from '../../store/entry-layout.ts';
import { TreeCursor } from '../../store/id-tree.ts';
import { wordOf } from '../../store/id-tree-node.ts';
import { S_LAST_ID, streamLength, wordsAt } from '../../store/stream.ts';
import { assignPending, C_ACTIVE, G_LAST_ID, P_DELIVERED, P_DELIVERIES } from '../../store/stream-group.ts';
import {
  addToCounter,
  compareIds,
  copyId,
  decrementId,
  ID_WORDS,
  incrementId,
  MAX_ID,
  newId,
  replyId,
  setCounter,
} from '../../store/stream-id.ts';
import { argKeys, msTimeoutOrReply } from '../blocking.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR, WRONG_TYPE } from '../errors.ts';
import { sameKey } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import {
  addConsumer,
  consumerArg,
  consumerSeen,
  countChanges,
  countDelivery,
  groupArg,
  noGroup,
  pending,
  propagateClaim,
  propagateLastId,
  propagateNewConsumer,
  tellNewConsumer,
} from './group-value.ts';
import { idOrReply, iterator, readStream, replyEntries } from './stream-value.ts';

const NO_GROUP_OPTION = 'ERR Missing GROUP option for XREADGROUP';
const GROUP_OF_XREAD = 'ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.';
const NOACK_OF_XREAD = 'ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.';
const NEW_OF_XREAD =
  'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.';

const start = newId();
const place = new TreeCursor();

/** A command line of XREAD or XREADGROUP. */
interface ReadRequest {
  /** Entries of each stream; 0: all. */
  readonly count: number;
  /** When to give up waiting, Unix ms; 0: never; NaN: the client does not wait. */
  readonly timeoutAtMs: number;
  /** Argument of the first key, and how many there are; as many ids follow. */
  readonly first: number;
  readonly streams: number;
  /** Argument of the group's name, before that of the consumer; 0 for XREAD. */
  readonly group: number;
  readonly noAck: boolean;
}

/** Where entries are to come after, ID_WORDS for each stream; the largest id for `>`. */
let ids = new Uint32Array(8 * ID_WORDS);

function unbalanced(c: CommandClient, isGroup: boolean): string {
  const symbol = isGroup ? '>' : '$';
  return `ERR Unbalanced '${c.command!.fullName}' list of streams: for each stream key an ID or '${symbol}' must be specified.`;
}

function meaningless(symbol: string): string {
  return `ERR The ${symbol} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${symbol} ID would just return an empty result set.`;
}

/** Reads the arguments up to the ids; null after an error reply. */
function parseRequest(c: CommandClient, isGroup: boolean): ReadRequest | null {
  const { args, out } = c;
  let count = 0;
  let timeoutAtMs = Number.NaN;
  let first = 0;
  let group = 0;
  let noAck = false;
  let error = '';
  for (let i = 1; i < args.argc && first === 0 && error === ''; i++) {
    const more = args.argc - i - 1;
    if (more > 0 && args.is(i, 'block')) {
      timeoutAtMs = msTimeoutOrReply(c, ++i);
      if (Number.isNaN(timeoutAtMs)) return null;
    } else if (more > 0 && args.is(i, 'count')) {
      count = Math.max(integerOrReply(c, ++i), 0);
      if (Number.isNaN(count)) return null;
    } else if (more > 0 && args.is(i, 'streams')) {
      first = i + 1;
      if (more % 2 !== 0) error = unbalanced(c, isGroup);
    } else if (more > 1 && args.is(i, 'group')) {
      if (!isGroup) error = GROUP_OF_XREAD;
      group = i + 1;
      i += 2;
    } else if (args.is(i, 'noack')) {
      if (!isGroup) error = NOACK_OF_XREAD;
      noAck = true;
    } else error = SYNTAX_ERROR;
  }
  if (error === '' && first === 0) error = SYNTAX_ERROR;
  if (error === '' && isGroup && group === 0) error = NO_GROUP_OPTION;
  if (error === '') return { count, timeoutAtMs, first, streams: (args.argc - first) / 2, group, noAck };
  out.error(error);
  return null;
}

/** Whether all keys are streams, or missing, with the group if there must be one; else an error was replied. */
function checkKeys(c: CommandClient, request: ReadRequest, parse: boolean): boolean {
  const { first, streams } = request;
  let missing = false;
  for (let k = 0; k < streams; k++) {
    const e = readStream(c, first + k);
    if (e < 0 || !checkKey(c, request, k, e, parse)) return false;
    if (e === 0) missing = true;
  }
  // Who was told of a missing key may have made it, with a value of any type, or changed another.
  for (let k = 0; missing && k < streams; k++) {
    const e = sameKey(c, first + k);
    if (e !== 0 && c.db.type(e) !== TYPE_STREAM) {
      c.out.error(WRONG_TYPE);
      return false;
    }
    if (!checkKey(c, request, k, e, parse)) return false;
  }
  return true;
}

/** The same for entry `e` of stream `k`, 0 for none; with `parse` its id is read. */
function checkKey(c: CommandClient, request: ReadRequest, k: number, e: number, parse: boolean): boolean {
  const { first, group } = request;
  if (group !== 0 && (e === 0 || groupArg(c, c.db.root(e), group) === 0)) {
    noGroup(c, first + k, group, ' in XREADGROUP with GROUP option');
    return false;
  }
  return !parse || parseStart(c, request, k, e);
}

/** Reads the id of stream `k` to `ids`. */
function parseStart(c: CommandClient, request: ReadRequest, k: number, e: number): boolean {
  const { args, db, out } = c;
  const i = request.first + request.streams + k;
  const isGroup = request.group !== 0;
  start.fill(0);
  if (args.is(i, '$') || args.is(i, '+')) {
    if (isGroup) {
      out.error(meaningless(args.is(i, '$') ? '$' : '+'));
      return false;
    }
    if (e !== 0) copyId(wordsAt(db.arena, db.root(e)), wordOf(db.root(e)) + S_LAST_ID, start, 0);
    if (args.is(i, '+') && e !== 0 && streamLength(db.arena, db.root(e)) > 0) {
      iterator.all(db.arena, db.root(e), true);
      iterator.next(db.arena);
      copyId(iterator.id, 0, start, 0);
      decrementId(start, 0);
    }
  } else if (args.is(i, '>')) {
    if (!isGroup) {
      out.error(NEW_OF_XREAD);
      return false;
    }
    start.set(MAX_ID);
  } else if (!idOrReply(c, i, start)) return false;
  copyId(start, 0, ids, k * ID_WORDS);
  return true;
}

/** Whether a stream has an entry above id[i …]. */
function hasAbove(c: CommandClient, root: number, id: Uint32Array, i: number): boolean {
  const { arena } = c.db;
  if (streamLength(arena, root) === 0) return false;
  if (compareIds(wordsAt(arena, root), wordOf(root) + S_LAST_ID, id, i) <= 0) return false;
  iterator.all(arena, root, true);
  return iterator.next(arena) && compareIds(iterator.id, 0, id, i) > 0;
}

/** Replies with what there is now; false when there is nothing, and nothing was written. */
function serveNow(c: CommandClient, request: ReadRequest): boolean {
  const { args, out } = c;
  const { first, streams, group } = request;
  const mark = out.defer();
  let served = 0;
  for (let k = 0; k < streams; k++) {
    const e = sameKey(c, first + k);
    if (e === 0) continue;
    const root = c.db.root(e);
    const before = out.pos;
    if (out.resp === 2) out.array(2);
    out.bulk(args.buf, args.off[first + k]!, args.len[first + k]!);
    const done = group === 0 ? serveStream(c, request, root, k) : serveGroup(c, request, root, k);
    if (done) served++;
    else out.pos = before;
  }
  if (served === 0) return false;
  if (out.resp === 2) out.endArray(mark, served);
  else out.endMap(mark, served);
  return true;
}

function serveStream(c: CommandClient, request: ReadRequest, root: number, k: number): boolean {
  if (!hasAbove(c, root, ids, k * ID_WORDS)) return false;
  copyId(ids, k * ID_WORDS, start, 0);
  incrementId(start, 0);
  iterator.range(c.db.arena, root, start, 0, MAX_ID, 0, false);
  replyEntries(c, request.count);
  return true;
}

/** Replies with entries for a consumer: new ones, or those that are pending for it. */
function serveGroup(c: CommandClient, request: ReadRequest, root: number, k: number): boolean {
  const { arena } = c.db;
  const key = request.first + k;
  const group = groupArg(c, root, request.group);
  const consumer = consumerArg(c, group, request.group + 1);
  copyId(ids, k * ID_WORDS, start, 0);
  const isNew = compareIds(start, 0, MAX_ID, 0) === 0;
  if (isNew) copyId(wordsAt(arena, group), wordOf(group) + G_LAST_ID, start, 0);
  if (isNew && !hasAbove(c, root, start, 0)) return false;
  incrementId(start, 0);
  countChanges(c, 1);
  if (isNew) deliverNew(c, request, root, group, consumer, key);
  else replyHistory(c, root, group, consumer, request.count);
  return true;
}

function deliverNew(
  c: CommandClient,
  request: ReadRequest,
  root: number,
  group: number,
  consumer: number,
  key: number,
): void {
  const { db, out } = c;
  const { arena } = db;
  const { count, noAck } = request;
  const groupWords = wordsAt(arena, group);
  const last = wordOf(group) + G_LAST_ID;
  iterator.range(arena, root, start, 0, MAX_ID, 0, false);
  const mark = out.defer();
  let n = 0;
  while ((count === 0 || n < count) && iterator.next(arena)) {
    countDelivery(c, root, group, iterator.id, 0);
    copyId(iterator.id, 0, groupWords, last);
    iterator.reply(out, arena);
    n++;
    if (noAck) continue;
    assignPending(arena, group, consumer, iterator.id, 0, pending);
    setCounter(pending.words, pending.w + P_DELIVERED, c.server.nowMs);
    setCounter(pending.words, pending.w + P_DELIVERIES, 1);
    propagateClaim(c, key, request.group, group);
  }
  if (!noAck) consumerSeen(c, consumer, C_ACTIVE);
  propagateLastId(c, key, request.group, group);
  out.endArray(mark, n);
}

/** Replies with what is pending for a consumer from `start` on, which is delivered once more. */
function replyHistory(c: CommandClient, root: number, group: number, consumer: number, count: number): void {
  const { db, out } = c;
  const { arena } = db;
  const mark = out.defer();
  let n = 0;
  for (let more = place.atLeast(arena, consumer, start, 0); more && (count === 0 || n < count); more = place.next()) {
    n++;
    if (!iterator.find(arena, root, place.words, place.w)) {
      // It was deleted without anybody having acknowledged it.
      out.array(2);
      replyId(out, place.words, place.w);
      out.nullArray();
      continue;
    }
    iterator.reply(out, arena);
    pending.find(arena, group, place.words, place.w);
    setCounter(pending.words, pending.w + P_DELIVERED, c.server.nowMs);
    addToCounter(pending.words, pending.w + P_DELIVERIES, 1);
  }
  out.endArray(mark, n);
}

/** Makes the consumer in each group, or notes that it was here; returns the arguments of keys where it is new. */
function meetConsumers(c: CommandClient, request: ReadRequest): number[] {
  const made: number[] = [];
  for (let k = 0; k < request.streams; k++) {
    const key = request.first + k;
    const group = groupArg(c, c.db.root(sameKey(c, key)), request.group);
    const consumer = consumerArg(c, group, request.group + 1);
    if (consumer !== 0) consumerSeen(c, consumer);
    else {
      addConsumer(c, group, request.group + 1);
      countChanges(c, 1);
      if (request.noAck) propagateNewConsumer(c, key, request.group);
      made.push(key);
    }
  }
  return made;
}

/** Serves a request whose keys were checked; false when there is nothing for it. */
function serve(c: CommandClient, request: ReadRequest): boolean {
  if (request.group === 0) return serveNow(c, request);
  const made = meetConsumers(c, request);
  c.propagateNothing();
  const served = serveNow(c, request);
  for (const key of made) tellNewConsumer(c, key);
  return served;
}

function read(c: CommandClient, isGroup: boolean): void {
  const request = parseRequest(c, isGroup);
  if (request === null) return;
  const { first, streams, timeoutAtMs } = request;
  if (streams * ID_WORDS > ids.length) ids = new Uint32Array(streams * ID_WORDS);
  if (!checkKeys(c, request, true)) return;
  if (serve(c, request)) return;
  if (Number.isNaN(timeoutAtMs)) return c.out.nullArray();
  // `$` and `+` mean what they meant when the client began to wait.
  const after = ids.slice(0, streams * ID_WORDS);
  c.blockOnKeys({
    keys: argKeys(c, first, first + streams - 1),
    type: TYPE_STREAM,
    timeoutAtMs,
    wakesWhenGone: isGroup,
    serve: (client) => serveWaiting(client, request, after),
    onTimeout: (client) => client.out.nullArray(),
  });
}

/** A client waits, and something happened to a key: whether it was answered. */
function serveWaiting(c: CommandClient, request: ReadRequest, after: Uint32Array): boolean {
  if (!checkKeys(c, request, false)) return true;
  if (after.length > ids.length) ids = new Uint32Array(after.length);
  ids.set(after);
  return (request.group === 0 || hasNew(c, request)) && serve(c, request);
}

/** Whether a group that a client waits for has entries to deliver. */
function hasNew(c: CommandClient, request: ReadRequest): boolean {
  const { arena } = c.db;
  for (let k = 0; k < request.streams; k++) {
    const root = c.db.root(sameKey(c, request.first + k));
    const group = groupArg(c, root, request.group);
    if (hasAbove(c, root, wordsAt(arena, group), wordOf(group) + G_LAST_ID)) return true;
  }
  return false;
}

function reading(name: string, arity: number, flags: readonly CommandFlag[], startFrom: number): CommandSpec {
  return {
    name,
    arity,
    flags,
    categories: ['stream'],
    keySpecs: [
      {
        flags: ['RO', 'access'],
        begin: { keyword: 'STREAMS', startFrom },
        find: { lastKey: -1, step: 1, limit: 2 },
      },
    ],
    proc: (c) => read(c, name === 'xreadgroup'),
  };
}

export const readCommands: readonly CommandSpec[] = [
  reading('xread', -4, ['readonly', 'blocking', 'movablekeys'], 1),
  reading('xreadgroup', -7, ['write', 'blocking', 'movablekeys'], 4),
];
