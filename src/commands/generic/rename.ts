/** RENAME, RENAMENX, MOVE, COPY. */
import { NOTIFY_GENERIC, NOTIFY_NEW } from '../../config/notify.ts';
import type { Db } from '../../store/db.ts';
import type { CommandClient } from '../command-client.ts';
import { DB_INDEX_OUT_OF_RANGE, NO_SUCH_KEY, SAME_OBJECT, SYNTAX_ERROR } from '../errors.ts';
import { readKey, sameKey, writeKey } from '../lookup.ts';
import { int32OrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

/** Announces an event for the key in argument i of any database. */
function notifyIn(c: CommandClient, db: Db, type: number, event: string, i: number): void {
  c.notifyKey(type, event, db, c.args.buf, c.args.off[i]!, c.args.len[i]!);
}

/** Whether a value that a command replaces is freed later. */
function lazyServerDel(c: CommandClient): boolean {
  return c.server.config.bool('lazyfree-lazy-server-del');
}

function renameGeneric(c: CommandClient, nx: boolean): void {
  const { args, db, out } = c;
  if (writeKey(c, 1) === 0) return out.error(NO_SUCH_KEY);
  if (args.same(1, 2)) return nx ? out.integer(0) : out.ok();
  if (writeKey(c, 2) !== 0 && nx) return out.integer(0);
  const e = sameKey(c, 1);
  if (e === 0) return out.error(NO_SUCH_KEY);
  db.rename(e, args.buf, args.off[2]!, args.len[2]!, lazyServerDel(c));
  c.notify(NOTIFY_NEW, 'new', 2);
  c.modified(1, 0);
  c.modified(2);
  c.notify(NOTIFY_GENERIC, 'rename_from', 1);
  c.notify(NOTIFY_GENERIC, 'rename_to', 2);
  if (nx) out.integer(1);
  else out.ok();
}

function rename(c: CommandClient): void {
  renameGeneric(c, false);
}

function renamenx(c: CommandClient): void {
  renameGeneric(c, true);
}

/** The database that argument i names; null after an error reply. */
function databaseOrReply(c: CommandClient, i: number): Db | null {
  const index = int32OrReply(c, i);
  if (Number.isNaN(index)) return null;
  const db = c.server.keyspace.dbs[index];
  if (db !== undefined) return db;
  c.out.error(DB_INDEX_OUT_OF_RANGE);
  return null;
}

function move(c: CommandClient): void {
  const { args, db, out, server } = c;
  const off = args.off[1]!;
  const len = args.len[1]!;
  const target = databaseOrReply(c, 2);
  if (target === null) return;
  if (target === db) return out.error(SAME_OBJECT);
  if (writeKey(c, 1) === 0 || server.keyspace.lookupWrite(target, args.buf, off, len) !== 0) return out.integer(0);
  const e = sameKey(c, 1);
  if (e === 0) return out.integer(0);
  db.moveTo(e, target);
  notifyIn(c, target, NOTIFY_NEW, 'new', 1);
  c.modified(1, 0);
  c.modifiedKey(target, args.buf, off, len);
  c.notify(NOTIFY_GENERIC, 'move_from', 1);
  notifyIn(c, target, NOTIFY_GENERIC, 'move_to', 1);
  out.integer(1);
}

function copy(c: CommandClient): void {
  const { args, db, out, server } = c;
  const { keyspace } = server;
  const { buf } = args;
  let target: Db | null = db;
  let replace = false;
  for (let i = 3; i < args.argc; i++) {
    if (args.is(i, 'replace')) replace = true;
    else if (args.is(i, 'db') && i + 1 < args.argc) {
      target = databaseOrReply(c, ++i);
      if (target === null) return;
    } else return out.error(SYNTAX_ERROR);
  }
  if (target === db && args.same(1, 2)) return out.error(SAME_OBJECT);
  if (readKey(c, 1) === 0) return out.integer(0);
  const off = args.off[2]!;
  const len = args.len[2]!;
  if (keyspace.lookupWrite(target, buf, off, len) !== 0 && !replace) return out.integer(0);
  const e = sameKey(c, 1);
  if (e === 0) return out.integer(0);
  const expires = db.hasExpire(e);
  const low = expires ? db.expireLow(e) : 0;
  const high = expires ? db.expireHigh(e) : 0;
  const made = keyspace.types.of(db.type(e)).copy(db, e, target, buf, off, len);
  if (typeof made === 'string') return out.error(made);
  target.setLru(made, keyspace.clock.initial);
  if (expires) target.setExpireWords(made, low, high);
  notifyIn(c, target, NOTIFY_NEW, 'new', 2);
  c.modifiedKey(target, buf, off, len);
  notifyIn(c, target, NOTIFY_GENERIC, 'copy_to', 2);
  out.integer(1);
}

export const renameCommands: readonly CommandSpec[] = [
  {
    name: 'rename',
    arity: 3,
    flags: ['write'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RW', 'access', 'delete']), keyRange(['OW', 'update'], 2)],
    proc: rename,
  },
  {
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RW', 'access', 'delete']), keyRange(['OW', 'insert'], 2)],
    proc: renamenx,
  },
  {
    name: 'move',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    proc: move,
  },
  {
    name: 'copy',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RO', 'access']), keyRange(['OW', 'update'], 2)],
    proc: copy,
  },
];
