/** DUMP, RESTORE, RESTORE-ASKING: values as payloads that every Redis server understands (store/rdb/payload.ts). */
import { NOTIFY_GENERIC, NOTIFY_NEW } from '../../config/notify.ts';
import { FREE_LAZILY, FREE_NOW } from '../../store/db.ts';
import { loadValue } from '../../store/rdb/load-value.ts';
import { openPayload, writePayload } from '../../store/rdb/payload.ts';
import { CorruptRdb, RdbReader } from '../../store/rdb/rdb-reader.ts';
import { RdbWriter } from '../../store/rdb/rdb-writer.ts';
import { UNLINK_DELETED } from '../../store/value-ops.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../errors.ts';
import { readKey, writeKey } from '../lookup.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

const BUSY_KEY = 'BUSYKEY Target key name already exists.';
const WRONG_PAYLOAD = 'ERR DUMP payload version or checksum are wrong';
const BAD_FORMAT = 'ERR Bad data format';
const NOT_SERIALIZABLE = 'ERR values of this type of a module cannot be dumped';

/** Buffers larger than this do not outlive a command. */
const KEEP_BYTES = 1024 * 1024;
const FREQ_MAX = 255;

/** Those that are not in use: functions of modules that save and load values may run commands. */
const writers: RdbWriter[] = [];
const readers: RdbReader[] = [];

function dump(c: CommandClient): void {
  const { db, out } = c;
  const e = readKey(c, 1);
  if (e === 0) return out.nullBulk();
  const writer = writers.pop() ?? new RdbWriter();
  writer.compression = c.server.config.bool('rdbcompression');
  try {
    if (writePayload(writer, db, e, c.keyspace.types)) out.bulk(writer.buf, 0, writer.len);
    else out.error(NOT_SERIALIZABLE);
  } finally {
    writer.reset(KEEP_BYTES);
    writers.push(writer);
  }
}

/** What the arguments of RESTORE say; one for all calls. */
const options = {
  replace: false,
  absolute: false,
  /** Seconds, -1 when not given. */
  idle: -1,
  /** -1 when not given. */
  freq: -1,
};

/** Reads the options from argument 4 on; false after an error reply. */
function optionsOrReply(c: CommandClient): boolean {
  const { args, out } = c;
  options.replace = false;
  options.absolute = false;
  options.idle = -1;
  options.freq = -1;
  for (let i = 4; i < args.argc; i++) {
    const more = i + 1 < args.argc;
    if (args.is(i, 'replace')) options.replace = true;
    else if (args.is(i, 'absttl')) options.absolute = true;
    else if (args.is(i, 'idletime') && more && options.freq === -1) {
      options.idle = integerOrReply(c, ++i);
      if (Number.isNaN(options.idle)) return false;
      if (options.idle < 0) return fail(c, 'ERR Invalid IDLETIME value, must be >= 0');
    } else if (args.is(i, 'freq') && more && options.idle === -1) {
      options.freq = integerOrReply(c, ++i);
      if (Number.isNaN(options.freq)) return false;
      if (options.freq < 0 || options.freq > FREQ_MAX) {
        return fail(c, 'ERR Invalid FREQ value, must be >= 0 and <= 255');
      }
    } else {
      out.error(SYNTAX_ERROR);
      return false;
    }
  }
  return true;
}

function fail(c: CommandClient, error: string): false {
  c.out.error(error);
  return false;
}

/**
 * Makes the value of the payload in argument 3, with an expiry unless that is 0: an entry that is in no table. 0 after
 * an error reply.
 */
function valueOrReply(c: CommandClient, expireMs: bigint): number {
  const { args, keyspace, out } = c;
  const { buf } = args;
  const { scratch } = keyspace;
  const off = args.off[1]!;
  const len = args.len[1]!;
  const { idle, freq } = options;
  const reader = readers.pop() ?? new RdbReader();
  try {
    if (!openPayload(reader, buf, args.off[3]!, args.len[3]!, keyspace.skipsPayloadChecksum)) {
      out.error(WRONG_PAYLOAD);
      return 0;
    }
    let e = loadValue(reader, reader.byte(), scratch, keyspace, buf, off, len, c.db.id);
    if (expireMs !== 0n) {
      e = scratch.setExpireWords(e, Number(expireMs & 0xffffffffn), Number(expireMs >> 32n));
    }
    setAccess(c, e, idle, freq);
    scratch.take(e);
    return e;
  } catch (error) {
    scratch.delete(buf, off, len);
    if (!(error instanceof CorruptRdb)) throw error;
    c.server.log.warning(`Bad payload for RESTORE: ${error.message}`);
    out.error(BAD_FORMAT);
    return 0;
  } finally {
    readers.push(reader);
  }
}

/** Gives a new entry the access clock that IDLETIME or FREQ say, where the eviction policy has such a clock. */
function setAccess(c: CommandClient, e: number, idle: number, freq: number): void {
  const { clock, scratch } = c.keyspace;
  if (clock.lfu) {
    if (freq >= 0) scratch.setLru(e, clock.lfuOf(freq));
  } else if (idle >= 0) scratch.setLru(e, clock.lruOf(idle));
}

/** Deletes what the key in argument 1 holds; false when it holds nothing. Modules may be called. */
function deleteOld(c: CommandClient, lazy: boolean): boolean {
  const { args, db } = c;
  const e = db.find(args.buf, args.off[1]!, args.len[1]!);
  if (e === 0) return false;
  // The new value is in no table yet.
  db.arena.held++;
  try {
    db.deleteEntry(e, UNLINK_DELETED, lazy ? FREE_LAZILY : FREE_NOW);
  } finally {
    db.arena.held--;
  }
  return true;
}

function restore(c: CommandClient): void {
  const { db, keyspace, out } = c;
  if (!optionsOrReply(c)) return;
  const { replace, absolute } = options;
  if (!replace && writeKey(c, 1) !== 0) return out.error(BUSY_KEY);
  const ttl = int64Arg(c, 2);
  if (ttl === null) return out.error(NOT_AN_INTEGER);
  if (ttl < 0n) return out.error('ERR Invalid TTL value, must be >= 0');
  const nowMs = BigInt(c.server.nowMs);
  // A sum beyond 64 bits is a time in the past, as in Redis.
  const expireMs = ttl === 0n || absolute ? ttl : BigInt.asIntN(64, ttl + nowMs);
  const e = valueOrReply(c, expireMs);
  if (e === 0) return;
  const lazy = c.server.config.bool('lazyfree-lazy-server-del');
  const deleted = replace && deleteOld(c, lazy);
  if (ttl !== 0n && expireMs <= nowMs) {
    keyspace.scratch.discard(e);
    if (deleted) tellDeleted(c, lazy);
  } else {
    db.putInPlace(e);
    c.notify(NOTIFY_NEW, 'new', 1);
    c.modified(1);
    c.notify(NOTIFY_GENERIC, 'restore', 1);
    if (c.propagates && ttl !== 0n && !absolute) propagateAbsolute(c, expireMs);
  }
  out.ok();
}

/** The value that came expired already; what was there is gone all the same. */
function tellDeleted(c: CommandClient, lazy: boolean): void {
  c.modified(1);
  c.notify(NOTIFY_GENERIC, 'del', 1);
  if (c.propagates) c.propagateAs(lazy ? 'UNLINK' : 'DEL', c.args.borrowed(1));
}

/** Whoever repeats the command does so at another time. */
function propagateAbsolute(c: CommandClient, expireMs: bigint): void {
  const { args } = c;
  const parts: CommandPart[] = [];
  for (let i = 0; i < args.argc; i++) parts.push(i === 2 ? expireMs : args.borrowed(i));
  c.propagateAs(...parts, 'ABSTTL');
}

const restoreRow = {
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['keyspace', 'dangerous'],
  keySpecs: [keyRange(['OW', 'update'])],
  proc: restore,
} as const satisfies Omit<CommandSpec, 'name'>;

export const dumpCommands: readonly CommandSpec[] = [
  {
    name: 'dump',
    arity: 2,
    flags: ['readonly'],
    categories: ['keyspace'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: dump,
  },
  { name: 'restore', ...restoreRow },
  { name: 'restore-asking', ...restoreRow, flags: ['write', 'denyoom', 'asking'] },
];
