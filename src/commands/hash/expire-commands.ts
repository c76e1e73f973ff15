/** HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME, HPERSIST. */
import { NOTIFY_GENERIC, NOTIFY_HASH } from '../../config/notify.ts';
import { expiryAt, hashRemoveAt, hashSize, setExpiryAt } from '../../store/hash-type.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { type CommandSpec, type KeySpecFlag, keyRange } from '../spec.ts';
import { FIELDS_NOT_POSITIVE, fieldsOrReply, fieldTimeOrReply, NUMFIELDS_TOO_SMALL } from './field-args.ts';
import { findField, readHash, settle, writeHash } from './hash-value.ts';

// Replies for one field.
const NO_FIELD = -2;
const NO_EXPIRY = -1;
const CONDITION_FAILED = 0;
const DONE = 1;
const DELETED = 2;

const ALWAYS = 0;
const NX = 1;
const XX = 2;
const GT = 3;
const LT = 4;

/** The condition in argument 3, ALWAYS when it is none. */
function conditionArg(c: CommandClient): number {
  const { args } = c;
  if (args.is(3, 'nx')) return NX;
  if (args.is(3, 'xx')) return XX;
  if (args.is(3, 'gt')) return GT;
  return args.is(3, 'lt') ? LT : ALWAYS;
}

/** Whether a field that expires at `oldMs` (0: never) may get the expiry `newMs`. Never is later than any time. */
function conditionMet(condition: number, oldMs: number, newMs: number): boolean {
  switch (condition) {
    case NX:
      return oldMs === 0;
    case XX:
      return oldMs !== 0;
    case GT:
      return oldMs !== 0 && newMs > oldMs;
    case LT:
      return oldMs === 0 || newMs < oldMs;
    default:
      return true;
  }
}

/** Fields of the last setExpiries() that got the expiry, and that were deleted: names where they are propagated. */
const updatedNames: Buffer[] = [];
const deletedNames: Buffer[] = [];
let updated = 0;
let deleted = 0;

/**
 * Gives fields `first` … `to` - 1 of a hash an expiry, or deletes them when it has passed, and replies for each unless
 * `out` is false. Returns the entry's new ref.
 */
export function setExpiries(
  c: CommandClient,
  e: number,
  first: number,
  to: number,
  step: number,
  expireMs: number,
  condition: number,
  replies: boolean,
): number {
  const { args, db, out, keyspace } = c;
  updatedNames.length = 0;
  deletedNames.length = 0;
  updated = 0;
  deleted = 0;
  const past = expireMs <= keyspace.nowMs && keyspace.deletesExpired;
  let at = e;
  for (let i = first; i < to; i += step) {
    const place = hashSize(db, at) === 0 ? 0 : findField(c, at, i);
    let reply = DONE;
    if (place === 0) reply = NO_FIELD;
    else if (!conditionMet(condition, expiryAt(db, at, place), expireMs)) reply = CONDITION_FAILED;
    else if (past) {
      at = hashRemoveAt(db, at, place);
      reply = DELETED;
      deleted++;
      if (c.propagates) deletedNames.push(args.bytes(i));
    } else {
      at = setExpiryAt(db, at, place, expireMs);
      updated++;
      if (c.propagates) updatedNames.push(args.bytes(i));
    }
    if (replies) out.integer(reply);
  }
  return at;
}

/** Ends what setExpiries() began: marks, propagation, telling. `replaces`: the command is not repeated by itself. */
export function expiriesSet(c: CommandClient, e: number, expireMs: number, replaces: boolean): void {
  const { args } = c;
  const isEmpty = settle(c, e);
  const changes = updated + deleted;
  if (replaces) c.propagateNothing();
  if (changes === 0) return;
  const hasDeleted = deleted > 0;
  const hasUpdated = updated > 0;
  if (c.propagates) {
    if (hasDeleted) c.alsoPropagate(c.dbIndex, 'HDEL', args.bytes(1), ...deletedNames);
    if (hasUpdated) {
      const parts: CommandPart[] = ['HPEXPIREAT', args.bytes(1), expireMs, 'FIELDS', updatedNames.length];
      if (replaces) c.propagateAs(...parts, ...updatedNames);
      else c.alsoPropagate(c.dbIndex, ...parts, ...updatedNames);
    }
  }
  c.modified(1, changes);
  if (hasDeleted) c.notify(NOTIFY_HASH, 'hdel', 1);
  if (hasUpdated) c.notify(NOTIFY_HASH, 'hexpire', 1);
  if (isEmpty) c.notify(NOTIFY_GENERIC, 'del', 1);
}

function replyForEach(c: CommandClient, first: number, reply: number): void {
  c.out.array(c.args.argc - first);
  for (let i = first; i < c.args.argc; i++) c.out.integer(reply);
}

function expireGeneric(c: CommandClient, unitMs: 1 | 1000, relative: boolean): void {
  const { args, out } = c;
  const condition = conditionArg(c);
  const at = condition === ALWAYS ? 3 : 4;
  let e = writeHash(c, at + 2, args.argc);
  if (e < 0) return;
  const expireMs = fieldTimeOrReply(c, 2, unitMs, relative ? c.keyspace.nowMs : 0);
  if (Number.isNaN(expireMs)) return;
  const first = fieldsOrReply(c, at, NUMFIELDS_TOO_SMALL);
  if (first === 0) return;
  if (e === 0) return replyForEach(c, first, NO_FIELD);
  out.array(args.argc - first);
  e = setExpiries(c, e, first, args.argc, 1, expireMs, condition, true);
  expiriesSet(c, e, expireMs, true);
}

function hexpire(c: CommandClient): void {
  expireGeneric(c, 1000, true);
}

function hpexpire(c: CommandClient): void {
  expireGeneric(c, 1, true);
}

function hexpireat(c: CommandClient): void {
  expireGeneric(c, 1000, false);
}

function hpexpireat(c: CommandClient): void {
  expireGeneric(c, 1, false);
}

/** Replies for each field with its expiry relative to `baseMs`, in units of `unitMs`. */
function ttlGeneric(c: CommandClient, unitMs: 1 | 1000, relative: boolean): void {
  const { args, db, out } = c;
  const e = readHash(c, 4, args.argc);
  if (e < 0) return;
  const first = fieldsOrReply(c, 2, FIELDS_NOT_POSITIVE);
  if (first === 0) return;
  out.array(args.argc - first);
  for (let i = first; i < args.argc; i++) {
    const place = findField(c, e, i);
    if (place === 0) {
      out.integer(NO_FIELD);
      continue;
    }
    const expireMs = expiryAt(db, e, place);
    if (expireMs === 0) out.integer(NO_EXPIRY);
    else out.integer(Math.ceil((relative ? expireMs - c.keyspace.nowMs : expireMs) / unitMs));
  }
}

function httl(c: CommandClient): void {
  ttlGeneric(c, 1000, true);
}

function hpttl(c: CommandClient): void {
  ttlGeneric(c, 1, true);
}

function hexpiretime(c: CommandClient): void {
  ttlGeneric(c, 1000, false);
}

function hpexpiretime(c: CommandClient): void {
  ttlGeneric(c, 1, false);
}

function hpersist(c: CommandClient): void {
  const { args, db, out } = c;
  let e = writeHash(c, 4, args.argc);
  if (e < 0) return;
  const first = fieldsOrReply(c, 2, FIELDS_NOT_POSITIVE);
  if (first === 0) return;
  if (e === 0) return replyForEach(c, first, NO_FIELD);
  let changes = 0;
  out.array(args.argc - first);
  for (let i = first; i < args.argc; i++) {
    const place = findField(c, e, i);
    if (place === 0) out.integer(NO_FIELD);
    else if (expiryAt(db, e, place) === 0) out.integer(NO_EXPIRY);
    else {
      e = setExpiryAt(db, e, place, 0);
      changes++;
      out.integer(DONE);
    }
  }
  if (changes === 0) return;
  settle(c, e);
  c.modified(1, changes);
  c.notify(NOTIFY_HASH, 'hpersist', 1);
}

function setting(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: -6,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc,
  };
}

function reading(name: string, proc: (c: CommandClient) => void, tips: readonly string[] = []): CommandSpec {
  const flags: readonly KeySpecFlag[] = ['RO', 'access'];
  return {
    name,
    arity: -5,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    tips,
    keySpecs: [keyRange(flags)],
    proc,
  };
}

export const hashExpireCommands: readonly CommandSpec[] = [
  setting('hexpire', hexpire),
  setting('hpexpire', hpexpire),
  setting('hexpireat', hexpireat),
  setting('hpexpireat', hpexpireat),
  reading('httl', httl, ['nondeterministic_output']),
  reading('hpttl', hpttl, ['nondeterministic_output']),
  reading('hexpiretime', hexpiretime),
  reading('hpexpiretime', hpexpiretime),
  {
    name: 'hpersist',
    arity: -5,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: hpersist,
  },
];
