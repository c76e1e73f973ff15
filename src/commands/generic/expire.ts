/** EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST. */
import { NOTIFY_GENERIC } from '../../config/notify.ts';
import { UNLINK_EXPIRED } from '../../store/value-ops.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { writeKey } from '../lookup.ts';
import { expireTimeOrReply, int64Arg } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;

/** The options from argument 3 on, as bits; -1 after an error reply. */
function optionsOrReply(c: CommandClient): number {
  const { args, out } = c;
  let options = 0;
  for (let i = 3; i < args.argc; i++) {
    if (args.is(i, 'nx')) options |= NX;
    else if (args.is(i, 'xx')) options |= XX;
    else if (args.is(i, 'gt')) options |= GT;
    else if (args.is(i, 'lt')) options |= LT;
    else {
      // Redis prints the option as a C string: up to its first NUL.
      out.error(`ERR Unsupported option ${args.latin1(i).split('\0', 1)[0]}`);
      return -1;
    }
  }
  if (options & NX && options & (XX | GT | LT)) {
    out.error('ERR NX and XX, GT or LT options at the same time are not compatible');
    return -1;
  }
  if (options & GT && options & LT) {
    out.error('ERR GT and LT options at the same time are not compatible');
    return -1;
  }
  return options;
}

/** Whether the options let an entry's expiry become `whenMs`. A key without expiry counts as one that never expires. */
function optionsAllow(c: CommandClient, e: number, options: number, whenMs: number, whenExact: bigint): boolean {
  const { db } = c;
  if (!db.hasExpire(e)) return (options & (XX | GT)) === 0;
  if (options & NX) return false;
  if ((options & (GT | LT)) === 0) return true;
  const currentMs = db.getExpire(e);
  let order = whenMs - currentMs;
  if (!Number.isSafeInteger(whenMs) || !Number.isSafeInteger(currentMs)) {
    const difference = whenExact - db.getExpireExact(e);
    order = difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return options & GT ? order > 0 : order < 0;
}

function expireGeneric(c: CommandClient, unitMs: 1 | 1000, baseMs: number): void {
  const { db, out } = c;
  const { keyspace } = c.server;
  const options = optionsOrReply(c);
  if (options < 0) return;
  const whenMs = expireTimeOrReply(c, 2, unitMs, baseMs, false);
  if (Number.isNaN(whenMs)) return;
  const e = writeKey(c, 1);
  if (e === 0) return out.integer(0);
  // Doubles are not enough for times beyond 2^53 (the year 287396), which Redis takes and gives back.
  const large = !Number.isSafeInteger(whenMs);
  const whenExact = large ? int64Arg(c, 2)! * BigInt(unitMs) + BigInt(baseMs) : 0n;
  if (options !== 0 && !optionsAllow(c, e, options, whenMs, large ? whenExact : BigInt(whenMs))) {
    return out.integer(0);
  }
  if (whenMs <= c.server.nowMs) {
    keyspace.deleteEntry(db, e, keyspace.lazyExpire, UNLINK_EXPIRED);
    c.modified(1);
    c.notify(NOTIFY_GENERIC, 'del', 1);
    if (c.propagates) c.propagateAs(keyspace.lazyExpire ? 'UNLINK' : 'DEL', c.args.borrowed(1));
  } else {
    if (large) db.setExpireWords(e, Number(whenExact & 0xffffffffn), Number(whenExact >> 32n));
    else db.setExpire(e, whenMs);
    c.modified(1);
    c.notify(NOTIFY_GENERIC, 'expire', 1);
    if (c.propagates) propagateTime(c, large ? whenExact : whenMs);
  }
  out.integer(1);
}

/** Whoever repeats the command does so at another time: it is PEXPIREAT then, with the options as they were. */
function propagateTime(c: CommandClient, whenMs: number | bigint): void {
  const { args } = c;
  if (args.is(0, 'pexpireat')) return;
  const parts: CommandPart[] = ['PEXPIREAT', args.borrowed(1), whenMs];
  for (let i = 3; i < args.argc; i++) parts.push(args.borrowed(i));
  c.propagateAs(...parts);
}

function persist(c: CommandClient): void {
  const e = writeKey(c, 1);
  if (e === 0 || !c.db.removeExpire(e)) return c.out.integer(0);
  c.modified(1);
  c.notify(NOTIFY_GENERIC, 'persist', 1);
  c.out.integer(1);
}

function expireRow(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc,
  };
}

export const expireCommands: readonly CommandSpec[] = [
  expireRow('expire', (c) => expireGeneric(c, 1000, c.server.nowMs)),
  expireRow('pexpire', (c) => expireGeneric(c, 1, c.server.nowMs)),
  expireRow('expireat', (c) => expireGeneric(c, 1000, 0)),
  expireRow('pexpireat', (c) => expireGeneric(c, 1, 0)),
  {
    name: 'persist',
    arity: 2,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: persist,
  },
];
