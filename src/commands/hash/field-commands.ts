/** HSET, HMSET, HSETNX, HGET, HMGET, HDEL, HLEN, HSTRLEN, HEXISTS, HKEYS, HVALS, HGETALL. */
import { TYPE_HASH } from '../../store/entry-layout.ts';
import {
  isPlainPairs,
  REPLY_FIELDS,
  REPLY_VALUES,
  readValueAt,
  replyFields,
  replyPairs,
  replyValueAt,
} from '../../store/hash-read.ts';
import { hashRemoveAt, hashSize } from '../../store/hash-type.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import {
  arityError,
  findField,
  iterator,
  pairsAdded,
  readHash,
  setPairs,
  settle,
  text,
  toldRemoved,
  toldSet,
  writeHash,
} from './hash-value.ts';

/** Sets all pairs; how many fields are new, -1 after an error reply. */
function setAll(c: CommandClient): number {
  const { argc } = c.args;
  if ((argc & 1) !== 0) {
    arityError(c);
    return -1;
  }
  const e = writeHash(c, 2, argc, 2);
  if (e < 0) return -1;
  setPairs(c, e, 2, argc);
  // Whoever is told may set fields, too.
  const added = pairsAdded;
  toldSet(c, 'hset', (argc - 2) / 2, e === 0);
  return added;
}

function hset(c: CommandClient): void {
  const added = setAll(c);
  if (added >= 0) c.out.integer(added);
}

function hmset(c: CommandClient): void {
  if (setAll(c) >= 0) c.out.ok();
}

function hsetnx(c: CommandClient): void {
  const e = writeHash(c, 2, 3);
  if (e < 0) return;
  if (findField(c, e, 2) !== 0) return c.out.integer(0);
  setPairs(c, e, 2, 4);
  toldSet(c, 'hset', 1, e === 0);
  c.out.integer(1);
}

function hget(c: CommandClient): void {
  const e = readHash(c, 2, 3);
  if (e < 0) return;
  const place = findField(c, e, 2);
  if (place === 0) c.out.nullBulk();
  else replyValueAt(c.out, c.db, e, place);
}

function hmget(c: CommandClient): void {
  const { args, out } = c;
  const e = readHash(c, 2, args.argc);
  if (e < 0) return;
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    const place = findField(c, e, i);
    if (place === 0) out.nullBulk();
    else replyValueAt(out, c.db, e, place);
  }
}

function hdel(c: CommandClient): void {
  const { args, db, out } = c;
  let e = writeHash(c, 2, args.argc);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  let removed = 0;
  for (let i = 2; i < args.argc && hashSize(db, e) > 0; i++) {
    const place = findField(c, e, i);
    if (place === 0) continue;
    e = hashRemoveAt(db, e, place);
    removed++;
  }
  if (removed > 0) toldRemoved(c, removed, settle(c, e));
  out.integer(removed);
}

/** Fields that have expired and are still there count. */
function hlen(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e >= 0) c.out.integer(e === 0 ? 0 : hashSize(c.db, e));
}

function hstrlen(c: CommandClient): void {
  const e = readHash(c, 2, 3);
  if (e < 0) return;
  const place = findField(c, e, 2);
  if (place === 0) return c.out.integer(0);
  readValueAt(c.db, e, place, text);
  c.out.integer(text.len);
}

function hexists(c: CommandClient): void {
  const e = readHash(c, 2, 3);
  if (e >= 0) c.out.integer(findField(c, e, 2) === 0 ? 0 : 1);
}

function hkeys(c: CommandClient): void {
  replyAll(c, REPLY_FIELDS);
}

function hvals(c: CommandClient): void {
  replyAll(c, REPLY_VALUES);
}

function hgetall(c: CommandClient): void {
  replyAll(c, REPLY_FIELDS | REPLY_VALUES);
}

/** Fields that have expired are left out; they are not taken away, because that might be all of a large hash. */
function replyAll(c: CommandClient, what: number): void {
  const { db, out, keyspace } = c;
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e < 0) return;
  const pairs = what === (REPLY_FIELDS | REPLY_VALUES);
  if (e !== 0 && keyspace.fieldExpiry.hasStale(db, e)) {
    const mark = out.defer();
    const fields = replyFields(out, db, e, what, keyspace.nowMs, iterator);
    if (pairs) out.endMap(mark, fields);
    else out.endArray(mark, fields);
    return;
  }
  const size = e === 0 ? 0 : hashSize(db, e);
  if (pairs) out.map(size);
  else out.array(size);
  if (e === 0) return;
  if (isPlainPairs(db, e)) replyPairs(out, db, e, what);
  else replyFields(out, db, e, what, Number.NEGATIVE_INFINITY, iterator);
}

function all(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: 2,
    flags: ['readonly'],
    categories: ['hash'],
    tips: ['nondeterministic_output_order'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc,
  };
}

export const fieldCommands: readonly CommandSpec[] = [
  {
    name: 'hset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'update'])],
    elementArg: 2,
    proc: hset,
  },
  {
    name: 'hmset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: hmset,
  },
  {
    name: 'hsetnx',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'insert'])],
    elementArg: 2,
    proc: hsetnx,
  },
  {
    name: 'hget',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RO', 'access'])],
    elementArg: 2,
    proc: hget,
  },
  {
    name: 'hmget',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RO', 'access'])],
    elementArg: 2,
    proc: hmget,
  },
  {
    name: 'hdel',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'delete'])],
    elementArg: 2,
    proc: hdel,
  },
  {
    name: 'hlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RO'])],
    proc: hlen,
  },
  {
    name: 'hstrlen',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RO'])],
    elementArg: 2,
    proc: hstrlen,
  },
  {
    name: 'hexists',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RO'])],
    elementArg: 2,
    proc: hexists,
  },
  all('hkeys', hkeys),
  all('hvals', hvals),
  all('hgetall', hgetall),
];
