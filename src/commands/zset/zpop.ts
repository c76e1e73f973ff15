/** ZPOPMIN, ZPOPMAX, ZMPOP, and those that wait for members: BZPOPMIN, BZPOPMAX, BZMPOP. */
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetLength, zsetRemoveRange } from '../../store/zset.ts';
import { argKeys, secondsTimeoutOrReply } from '../blocking.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { writeKeyOfType } from '../lookup.ts';
import { positiveOrReply, rangeOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { deleteIfEmpty, replyWalk, toldRemoved, walk } from './zset-value.ts';

const BAD_NUMKEYS = 'ERR numkeys should be greater than 0';
const BAD_COUNT = 'ERR count should be greater than 0';

// Forms of the reply.
/** Members and scores, flat; in RESP3 as pairs. */
const FORM_PAIRS = 0;
/** Members and scores, flat in any case. */
const FORM_FLAT = 1;
/** The key before them, all flat. */
const FORM_KEY_FLAT = 2;
/** The key, then an array of pairs. */
const FORM_KEY_PAIRS = 3;

/** Takes `count` members out of the set in argument i, replies with them and tells of the change. */
function popAndReply(c: CommandClient, e: number, i: number, max: boolean, count: number, form: number): number {
  const { args, db, out } = c;
  const length = zsetLength(db, e);
  const taken = Math.min(count, length);
  if (form >= FORM_KEY_FLAT) {
    out.array(form === FORM_KEY_FLAT ? 3 : 2);
    out.bulk(args.buf, args.off[i]!, args.len[i]!);
  }
  walk.start(db, e, max ? length - 1 : 0, taken, max);
  if (form === FORM_PAIRS) replyWalk(out, walk, true);
  else {
    if (form !== FORM_KEY_FLAT) out.array(form === FORM_FLAT ? taken * 2 : taken);
    while (walk.next()) {
      if (form === FORM_KEY_PAIRS) out.array(2);
      out.bulkWords(walk.buf, walk.words, walk.off, walk.len);
      out.double(walk.score);
    }
  }
  const deleted = deleteIfEmpty(c, zsetRemoveRange(db, e, max ? length - taken : 0, taken));
  toldRemoved(c, i, max ? 'zpopmax' : 'zpopmin', taken, deleted);
  return taken;
}

function zpop(c: CommandClient, max: boolean): void {
  const { args, out } = c;
  if (args.argc > 3) return out.error(SYNTAX_ERROR);
  const counted = args.argc === 3;
  const count = counted ? positiveOrReply(c, 2) : 1;
  if (Number.isNaN(count)) return;
  const e = writeKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  if (e === 0 || count === 0) return out.array(0);
  popAndReply(c, e, 1, max, count, counted ? FORM_PAIRS : FORM_FLAT);
}

/** What ZMPOP and BZMPOP were asked for. */
interface Request {
  firstKey: number;
  keys: number;
  max: boolean;
  count: number;
}

/** `numkeys key … MIN|MAX [COUNT n]` from argument i on; null after an error reply. */
function requestOrReply(c: CommandClient, i: number): Request | null {
  const { args, out } = c;
  const keys = rangeOrReply(c, i, 1, Number.POSITIVE_INFINITY, BAD_NUMKEYS);
  if (Number.isNaN(keys)) return null;
  const where = i + keys + 1;
  const max = where < args.argc && args.is(where, 'max');
  if (where >= args.argc || (!max && !args.is(where, 'min'))) {
    out.error(SYNTAX_ERROR);
    return null;
  }
  let count = -1;
  for (let k = where + 1; k < args.argc; k += 2) {
    if (count !== -1 || !args.is(k, 'count') || k + 1 === args.argc) {
      out.error(SYNTAX_ERROR);
      return null;
    }
    count = rangeOrReply(c, k + 1, 1, Number.POSITIVE_INFINITY, BAD_COUNT);
    if (Number.isNaN(count)) return null;
  }
  return { firstKey: i + 1, keys, max, count: count === -1 ? 1 : count };
}

/** Pops from the first set among some keys; false when there is none (an error reply counts as done). */
function popFirst(c: CommandClient, firstKey: number, keys: number, max: boolean, count: number): boolean {
  for (let i = firstKey; i < firstKey + keys; i++) {
    const e = writeKeyOfType(c, i, TYPE_ZSET);
    if (e === 0) continue;
    if (e > 0) popCounted(c, e, i, max, count);
    return true;
  }
  return false;
}

function popCounted(c: CommandClient, e: number, i: number, max: boolean, count: number): void {
  const taken = popAndReply(c, e, i, max, count, FORM_KEY_PAIRS);
  if (c.propagates) c.propagateAs(max ? 'ZPOPMAX' : 'ZPOPMIN', c.args.borrowed(i), taken);
}

function zmpop(c: CommandClient): void {
  const request = requestOrReply(c, 1);
  if (request === null) return;
  if (!popFirst(c, request.firstKey, request.keys, request.max, request.count)) c.out.nullArray();
}

function replyTimeout(c: CommandClient): void {
  c.out.nullArray();
}

function bzmpop(c: CommandClient): void {
  const request = requestOrReply(c, 2);
  if (request === null) return;
  const timeoutAtMs = secondsTimeoutOrReply(c, 1);
  if (Number.isNaN(timeoutAtMs)) return;
  const { firstKey, keys, max, count } = request;
  if (popFirst(c, firstKey, keys, max, count)) return;
  c.blockOnKeys({
    keys: argKeys(c, firstKey, firstKey + keys - 1),
    type: TYPE_ZSET,
    timeoutAtMs,
    serve: (client, k) => popFirst(client, firstKey + k, 1, max, count),
    onTimeout: replyTimeout,
  });
}

/** Pops one member of the set in argument i with the reply of BZPOPMIN; false when there is no such key. */
function popOne(c: CommandClient, i: number, max: boolean): boolean {
  const e = writeKeyOfType(c, i, TYPE_ZSET);
  if (e <= 0) return e < 0;
  popAndReply(c, e, i, max, 1, FORM_KEY_FLAT);
  if (c.propagates) c.propagateAs(max ? 'ZPOPMAX' : 'ZPOPMIN', c.args.borrowed(i));
  return true;
}

function bzpop(c: CommandClient, max: boolean): void {
  const last = c.args.argc - 1;
  const timeoutAtMs = secondsTimeoutOrReply(c, last);
  if (Number.isNaN(timeoutAtMs)) return;
  for (let i = 1; i < last; i++) if (popOne(c, i, max)) return;
  c.blockOnKeys({
    keys: argKeys(c, 1, last - 1),
    type: TYPE_ZSET,
    timeoutAtMs,
    serve: (client, k) => popOne(client, 1 + k, max),
    onTimeout: replyTimeout,
  });
}

const KEYS_BY_NUMBER = { keyNumIndex: 0, firstKey: 1, step: 1 };

export const zpopCommands: readonly CommandSpec[] = [
  {
    name: 'zpopmin',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: (c) => zpop(c, false),
  },
  {
    name: 'zpopmax',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: (c) => zpop(c, true),
  },
  {
    name: 'zmpop',
    arity: -4,
    flags: ['write'],
    categories: ['sortedset'],
    keySpecs: [{ flags: ['RW', 'access', 'delete'], begin: { index: 1 }, find: KEYS_BY_NUMBER }],
    proc: zmpop,
  },
  {
    name: 'bzpopmin',
    arity: -3,
    flags: ['write', 'fast', 'blocking'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'access', 'delete'], 1, -2)],
    proc: (c) => bzpop(c, false),
  },
  {
    name: 'bzpopmax',
    arity: -3,
    flags: ['write', 'fast', 'blocking'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'access', 'delete'], 1, -2)],
    proc: (c) => bzpop(c, true),
  },
  {
    name: 'bzmpop',
    arity: -5,
    flags: ['write', 'blocking'],
    categories: ['sortedset'],
    keySpecs: [{ flags: ['RW', 'access', 'delete'], begin: { index: 2 }, find: KEYS_BY_NUMBER }],
    proc: bzmpop,
  },
];
