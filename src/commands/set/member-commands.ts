/** SADD, SREM, SISMEMBER, SMISMEMBER, SCARD, SMEMBERS, SMOVE. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_SET } from '../../config/notify.ts';
import { TYPE_SET } from '../../store/entry-layout.ts';
import { replySetMembers } from '../../store/set-iterator.ts';
import { setHas, setRemove, setSize } from '../../store/set-type.ts';
import type { CommandClient } from '../command-client.ts';
import { checkType, readKeyOfType, writeKey, writeKeyOfType } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { addMembers, deleteIfEmpty, iterator, setAgain, toldAdded, toldRemoved } from './set-value.ts';

function sadd(c: CommandClient): void {
  const e = writeKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  const added = addMembers(c, e, 1, 2, c.args.argc);
  toldAdded(c, 1, added, e === 0);
  c.out.integer(added);
}

function srem(c: CommandClient): void {
  const { args, db, out } = c;
  let e = writeKeyOfType(c, 1, TYPE_SET);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  let removed = 0;
  let deleted = false;
  for (let i = 2; i < args.argc && !deleted; i++) {
    const at = setRemove(db, e, args.buf, args.off[i]!, args.len[i]!);
    if (at === 0) continue;
    e = at;
    removed++;
    deleted = deleteIfEmpty(c, e);
  }
  if (removed > 0) toldRemoved(c, 1, 'srem', removed, deleted);
  out.integer(removed);
}

function sismember(c: CommandClient): void {
  const { args, out } = c;
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  out.integer(e !== 0 && setHas(c.db, e, args.buf, args.off[2]!, args.len[2]!) ? 1 : 0);
}

function smismember(c: CommandClient): void {
  const { args, out } = c;
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    out.integer(e !== 0 && setHas(c.db, e, args.buf, args.off[i]!, args.len[i]!) ? 1 : 0);
  }
}

function scard(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e >= 0) c.out.integer(e === 0 ? 0 : setSize(c.db, e));
}

function smembers(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  c.out.set(e === 0 ? 0 : setSize(c.db, e));
  if (e !== 0) replySetMembers(c.out, c.db, e, iterator);
}

/** The member is added first: that is what may fail for want of memory. */
function smove(c: CommandClient): void {
  const { args, db, out } = c;
  const { buf } = args;
  const off = args.off[3]!;
  const len = args.len[3]!;
  let source = writeKey(c, 1);
  let target = writeKey(c, 2);
  if (c.notifies) {
    // Whoever was told that the second key expired may have changed the first.
    if (source !== 0) source = db.find(buf, args.off[1]!, args.len[1]!);
    if (target !== 0) target = db.find(buf, args.off[2]!, args.len[2]!);
  }
  if (source === 0) return out.integer(0);
  if (checkType(c, source, TYPE_SET) < 0 || checkType(c, target, TYPE_SET) < 0) return;
  const has = setHas(db, source, buf, off, len);
  if (!has || source === target) return out.integer(has ? 1 : 0);
  const added = addMembers(c, target, 2, 3, 4);
  const deleted = deleteIfEmpty(c, setRemove(db, setAgain(c, 1), buf, off, len));
  c.modified(1);
  if (added > 0) c.modified(2);
  c.notify(NOTIFY_SET, 'srem', 1);
  if (deleted) c.notify(NOTIFY_GENERIC, 'del', 1);
  if (target === 0) c.notify(NOTIFY_NEW, 'new', 2);
  if (added > 0) c.notify(NOTIFY_SET, 'sadd', 2);
  out.integer(1);
}

export const memberCommands: readonly CommandSpec[] = [
  {
    name: 'sadd',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RW', 'insert'])],
    elementArg: 2,
    proc: sadd,
  },
  {
    name: 'srem',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RW', 'delete'])],
    elementArg: 2,
    proc: srem,
  },
  {
    name: 'sismember',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RO'])],
    elementArg: 2,
    proc: sismember,
  },
  {
    name: 'smismember',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RO', 'access'])],
    elementArg: 2,
    proc: smismember,
  },
  {
    name: 'scard',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RO'])],
    proc: scard,
  },
  {
    name: 'smembers',
    arity: 2,
    flags: ['readonly'],
    categories: ['set'],
    tips: ['nondeterministic_output_order'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: smembers,
  },
  {
    name: 'smove',
    arity: 4,
    flags: ['write', 'fast'],
    categories: ['set'],
    keySpecs: [keyRange(['RW', 'access', 'delete']), keyRange(['RW', 'insert'], 2)],
    proc: smove,
  },
];
