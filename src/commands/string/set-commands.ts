/** SET, SETNX, SETEX, PSETEX, GETSET, MSET, MSETNX. */
import type { Args } from '../../protocol/args.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { type CommandSpec, type KeyReference, keyRange } from '../spec.ts';
import {
  OPT_EX,
  OPT_GET,
  OPT_KEEPTTL,
  OPT_NX,
  OPT_PX,
  OPT_TIME,
  OPT_XX,
  optionTime,
  parseSetOptions,
  timeIndex,
} from './options.ts';
import { replyValue, setKey } from './value.ts';

function lookupWrite(c: CommandClient, keyIndex: number): number {
  const { args } = c;
  return c.server.keyspace.lookupWrite(c.db, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
}

function set(c: CommandClient): void {
  if (c.args.argc !== 3) return setWithOptions(c);
  setKey(c, lookupWrite(c, 1), 1, 2, 0);
  c.out.ok();
}

/** A time in the past makes a key that the next access finds expired. With GET the old value is the only reply. */
function setWithOptions(c: CommandClient): void {
  const { out } = c;
  const options = parseSetOptions(c);
  if (options < 0) return;
  let expireMs = options & OPT_KEEPTTL ? -1 : 0;
  if (options & OPT_TIME) {
    expireMs = optionTime(c, timeIndex, options);
    if (Number.isNaN(expireMs)) return;
  }
  if (options & OPT_GET && !replyValue(c, 1)) return;
  const e = lookupWrite(c, 1);
  if (e === 0 ? options & OPT_XX : options & OPT_NX) {
    if (!(options & OPT_GET)) out.nullBulk();
    return;
  }
  setKey(c, e, 1, 2, expireMs);
  if (!(options & OPT_GET)) out.ok();
  else if (c.propagates && expireMs <= 0) propagateWithoutGet(c);
}

/** Whoever repeats the command has no use for the old value. */
function propagateWithoutGet(c: CommandClient): void {
  const { args } = c;
  const parts: Uint8Array[] = [];
  for (let i = 0; i < args.argc; i++) if (i < 3 || !args.is(i, 'get')) parts.push(args.borrowed(i));
  c.propagateAs(...parts);
}

/** The key is overwritten unseen, unless GET asks for the old value. */
function setGetKeys(args: Args): KeyReference[] {
  for (let i = 3; i < args.argc; i++) {
    if (args.is(i, 'get')) return [{ index: 1, flags: ['RW', 'access', 'update'] }];
  }
  return [{ index: 1, flags: ['OW', 'update'] }];
}

function setnx(c: CommandClient): void {
  const e = lookupWrite(c, 1);
  if (e === 0) setKey(c, e, 1, 2, 0);
  c.out.integer(e === 0 ? 1 : 0);
}

function setex(c: CommandClient): void {
  setExpiring(c, OPT_EX);
}

function psetex(c: CommandClient): void {
  setExpiring(c, OPT_PX);
}

function setExpiring(c: CommandClient, option: number): void {
  const expireMs = optionTime(c, 2, option);
  if (Number.isNaN(expireMs)) return;
  setKey(c, lookupWrite(c, 1), 1, 3, expireMs);
  c.out.ok();
}

function getset(c: CommandClient): void {
  if (!replyValue(c, 1)) return;
  setKey(c, lookupWrite(c, 1), 1, 2, 0);
  if (c.propagates) c.propagateAs('SET', c.args.borrowed(1), c.args.borrowed(2));
}

function arityFault(c: CommandClient): boolean {
  if (c.args.argc % 2 === 1) return false;
  c.out.error(`ERR wrong number of arguments for '${c.command!.fullName}' command`);
  return true;
}

function mset(c: CommandClient): void {
  if (arityFault(c)) return;
  setPairs(c);
  c.out.ok();
}

function msetnx(c: CommandClient): void {
  if (arityFault(c)) return;
  const { argc } = c.args;
  for (let i = 1; i < argc; i += 2) {
    if (lookupWrite(c, i) !== 0) return c.out.integer(0);
  }
  setPairs(c);
  c.out.integer(1);
}

/**
 * Sets all pairs. When memory ends half way the pairs before it stay: it cannot be reserved ahead, because blocks of all
 * sizes, large ones with a buffer of their own, and bucket tables are needed. redis-server does not get that far: there
 * the process ends. Whoever repeats the command gets those pairs.
 */
function setPairs(c: CommandClient): void {
  const { argc } = c.args;
  let i = 1;
  try {
    for (; i < argc; i += 2) setKey(c, lookupWrite(c, i), i, i + 1, 0);
  } finally {
    if (i < argc && i > 1 && c.propagates) propagatePairs(c, i);
  }
}

/** The pairs in front of argument `end`. */
function propagatePairs(c: CommandClient, end: number): void {
  const parts: CommandPart[] = ['MSET'];
  for (let i = 1; i < end; i++) parts.push(c.args.borrowed(i));
  c.propagateAs(...parts);
}

export const setCommands: readonly CommandSpec[] = [
  {
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [
      {
        ...keyRange(['RW', 'access', 'update', 'variable_flags']),
        notes: 'RW and ACCESS due to the optional `GET` argument',
      },
    ],
    getKeys: setGetKeys,
    proc: set,
  },
  {
    name: 'setnx',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['OW', 'insert'])],
    proc: setnx,
  },
  {
    name: 'setex',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['OW', 'update'])],
    proc: setex,
  },
  {
    name: 'psetex',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['OW', 'update'])],
    proc: psetex,
  },
  {
    name: 'getset',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    proc: getset,
  },
  {
    name: 'mset',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['OW', 'update'], 1, -1, 2)],
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    proc: mset,
  },
  {
    name: 'msetnx',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['OW', 'insert'], 1, -1, 2)],
    proc: msetnx,
  },
];
