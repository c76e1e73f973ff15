/** HGETDEL, HGETEX, HSETEX of Redis 8.0: reading or setting fields together with their expiry. */
import { NOTIFY_GENERIC, NOTIFY_HASH, NOTIFY_NEW } from '../../config/notify.ts';
import { replyValueAt } from '../../store/hash-read.ts';
import { expiryAt, hashRemoveAt, hashSize, setExpiryAt } from '../../store/hash-type.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { rangeOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { expiriesSet, setExpiries } from './expire-commands.ts';
import { FIELDS_NOT_POSITIVE, fieldsOrReply, fieldTimeOrReply } from './field-args.ts';
import { findField, setPairs, settle, toldRemoved, writeHash } from './hash-value.ts';

/** Options in front of FIELDS. */
interface FieldOptions {
  /** Index of the first field. */
  first: number;
  /** Argument number of the time, 0 = none. */
  time: number;
  unitMs: 1 | 1000;
  relative: boolean;
  /** PERSIST of HGETEX. */
  persist: boolean;
  /** KEEPTTL of HSETEX. */
  keepTtl: boolean;
  fnx: boolean;
  fxx: boolean;
}

const ONE_CONDITION = 'ERR Only one of FXX or FNX arguments can be specified';

/** The options from argument 2 on; null after an error reply. `perField`: arguments for each field. */
function optionsOrReply(c: CommandClient, perField: 1 | 2): FieldOptions | null {
  const { args, out } = c;
  const isSet = perField === 2;
  const options: FieldOptions = {
    first: 0,
    time: 0,
    unitMs: 1,
    relative: false,
    persist: false,
    keepTtl: false,
    fnx: false,
    fxx: false,
  };
  for (let i = 2; i < args.argc; i++) {
    if (args.is(i, 'fields')) return endOfOptions(c, options, i, perField);
    const isTime = args.is(i, 'ex') || args.is(i, 'px') || args.is(i, 'exat') || args.is(i, 'pxat');
    if (isTime || args.is(i, isSet ? 'keepttl' : 'persist')) {
      if (options.time !== 0 || options.persist || options.keepTtl) {
        out.error(`ERR Only one of EX, PX, EXAT, PXAT or ${isSet ? 'KEEPTTL' : 'PERSIST'} arguments can be specified`);
        return null;
      }
      if (!isTime) options[isSet ? 'keepTtl' : 'persist'] = true;
      else if (i + 1 === args.argc) {
        out.error('ERR missing expire time');
        return null;
      } else {
        options.unitMs = args.is(i, 'ex') || args.is(i, 'exat') ? 1000 : 1;
        options.relative = args.is(i, 'ex') || args.is(i, 'px');
        options.time = ++i;
      }
    } else if (isSet && (args.is(i, 'fnx') || args.is(i, 'fxx'))) {
      if (options.fnx || options.fxx) {
        out.error(ONE_CONDITION);
        return null;
      }
      options[args.is(i, 'fnx') ? 'fnx' : 'fxx'] = true;
    } else {
      out.error(`ERR unknown argument: ${args.latin1(i).split('\0', 1)[0]}`);
      return null;
    }
  }
  out.error('ERR missing FIELDS argument');
  return null;
}

/** FIELDS in argument i, which is the last option. */
function endOfOptions(c: CommandClient, options: FieldOptions, i: number, perField: number): FieldOptions | null {
  const { args, out } = c;
  if (i + 2 >= args.argc) {
    out.error('ERR wrong number of arguments');
    return null;
  }
  const count = rangeOrReply(c, i + 1, 1, 2 ** 31 - 1, 'ERR invalid number of fields');
  if (Number.isNaN(count)) return null;
  if (count * perField !== args.argc - i - 2) {
    out.error('ERR wrong number of arguments');
    return null;
  }
  options.first = i + 2;
  return options;
}

/** The expiry that the options ask for, in unix ms; 0 for none, NaN after an error reply. */
function expiryOrReply(c: CommandClient, options: FieldOptions): number {
  if (options.time === 0) return 0;
  return fieldTimeOrReply(c, options.time, options.unitMs, options.relative ? c.keyspace.nowMs : 0);
}

/** Replies with the values of the fields from argument `first` on. */
function replyValues(c: CommandClient, e: number, first: number): void {
  const { args, out } = c;
  out.array(args.argc - first);
  for (let i = first; i < args.argc; i++) {
    const place = findField(c, e, i);
    if (place === 0) out.nullBulk();
    else replyValueAt(out, c.db, e, place);
  }
}

function hgetdel(c: CommandClient): void {
  const { args, db } = c;
  let e = writeHash(c, 4, args.argc);
  if (e < 0) return;
  const first = fieldsOrReply(c, 2, FIELDS_NOT_POSITIVE);
  if (first === 0) return;
  const { out } = c;
  let removed = 0;
  out.array(args.argc - first);
  for (let i = first; i < args.argc; i++) {
    const place = e === 0 || hashSize(db, e) === 0 ? 0 : findField(c, e, i);
    if (place === 0) {
      out.nullBulk();
      continue;
    }
    replyValueAt(out, db, e, place);
    e = hashRemoveAt(db, e, place);
    removed++;
  }
  if (removed === 0) return;
  if (c.propagates) c.propagateAs('HDEL', args.bytes(1), ...fieldNames(c, first));
  toldRemoved(c, removed, settle(c, e));
}

function fieldNames(c: CommandClient, first: number): Buffer[] {
  const names: Buffer[] = [];
  for (let i = first; i < c.args.argc; i++) names.push(c.args.bytes(i));
  return names;
}

function hgetex(c: CommandClient): void {
  const { args } = c;
  // Which arguments are fields is known only when the options are.
  let e = writeHash(c, 2, args.argc);
  if (e < 0) return;
  const options = optionsOrReply(c, 1);
  if (options === null) return;
  const expireMs = expiryOrReply(c, options);
  if (Number.isNaN(expireMs)) return;
  const { first } = options;
  replyValues(c, e, first);
  if (e === 0) return;
  if (options.persist) persistFields(c, e, first);
  else if (options.time !== 0) {
    e = setExpiries(c, e, first, args.argc, 1, expireMs, 0, false);
    expiriesSet(c, e, expireMs, true);
  }
}

function persistFields(c: CommandClient, e: number, first: number): void {
  const { args, db } = c;
  const names: Buffer[] = [];
  let at = e;
  for (let i = first; i < args.argc; i++) {
    const place = findField(c, at, i);
    if (place === 0 || expiryAt(db, at, place) === 0) continue;
    at = setExpiryAt(db, at, place, 0);
    names.push(args.bytes(i));
  }
  if (names.length === 0) return;
  settle(c, at);
  if (c.propagates) c.propagateAs('HPERSIST', args.bytes(1), 'FIELDS', names.length, ...names);
  c.modified(1, names.length);
  c.notify(NOTIFY_HASH, 'hpersist', 1);
}

function hsetex(c: CommandClient): void {
  const { args, out } = c;
  const before = writeHash(c, 2, args.argc);
  if (before < 0) return;
  const options = optionsOrReply(c, 2);
  if (options === null) return;
  const expireMs = expiryOrReply(c, options);
  if (Number.isNaN(expireMs)) return;
  const { first } = options;
  if (!conditionsMet(c, before, options)) return out.integer(0);
  const count = (args.argc - first) / 2;
  let e = setPairs(c, before, first, args.argc, options.keepTtl);
  if (options.time !== 0) e = setExpiries(c, e, first, args.argc, 2, expireMs, 0, false);
  out.integer(1);
  const past = options.time !== 0 && expireMs <= c.keyspace.nowMs && c.keyspace.deletesExpired;
  const isEmpty = settle(c, e);
  if (c.propagates) propagateHsetex(c, options, expireMs, past);
  c.modified(1, count);
  if (before === 0) c.notify(NOTIFY_NEW, 'new', 1);
  c.notify(NOTIFY_HASH, 'hset', 1);
  if (options.time !== 0) c.notify(NOTIFY_HASH, past ? 'hdel' : 'hexpire', 1);
  if (isEmpty) c.notify(NOTIFY_GENERIC, 'del', 1);
}

function conditionsMet(c: CommandClient, e: number, options: FieldOptions): boolean {
  if (!options.fnx && !options.fxx) return true;
  for (let i = options.first; i < c.args.argc; i += 2) {
    if ((findField(c, e, i) !== 0) === options.fnx) return false;
  }
  return true;
}

/** Times are made absolute; conditions were met, so that they need not be repeated. */
function propagateHsetex(c: CommandClient, options: FieldOptions, expireMs: number, past: boolean): void {
  const { args } = c;
  const key = args.bytes(1);
  const pairs = fieldNames(c, options.first);
  if (past) return c.propagateAs('HDEL', key, ...pairs.filter((_, i) => i % 2 === 0));
  const parts: CommandPart[] = ['HSETEX', key];
  if (options.keepTtl) parts.push('KEEPTTL');
  if (options.time !== 0) parts.push('PXAT', expireMs);
  c.propagateAs(...parts, 'FIELDS', pairs.length / 2, ...pairs);
}

export const combinedCommands: readonly CommandSpec[] = [
  {
    name: 'hgetdel',
    arity: -5,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: hgetdel,
  },
  {
    name: 'hgetex',
    arity: -5,
    flags: ['write', 'fast'],
    categories: ['hash'],
    keySpecs: [{ ...keyRange(['RW', 'access', 'update']), notes: 'RW and UPDATE because it changes the TTL' }],
    proc: hgetex,
  },
  {
    name: 'hsetex',
    arity: -6,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: hsetex,
  },
];
