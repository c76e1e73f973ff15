/** APPEND, SETRANGE, GETRANGE, SUBSTR. */
import { NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import { copyBytes } from '../../memory/copy.ts';
import { ENC_RAW, TYPE_STRING } from '../../store/entry-layout.ts';
import { stringEncoding } from '../../store/string-encoding.ts';
import type { CommandClient } from '../command-client.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { isStringOrReply, lengthAllowed } from './value.ts';

function append(c: CommandClient): void {
  const { args, db } = c;
  const { buf } = args;
  const off = args.off[2]!;
  const len = args.len[2]!;
  let e = c.server.keyspace.lookupWrite(db, buf, args.off[1]!, args.len[1]!);
  let total = len;
  if (e === 0) {
    e = db.insertString(buf, args.off[1]!, args.len[1]!, buf, off, len, stringEncoding(buf, off, len), false);
    c.notify(NOTIFY_NEW, 'new', 1);
  } else {
    if (!isStringOrReply(c, e)) return;
    const old = db.valLen(e);
    total = old + len;
    if (!lengthAllowed(c, total)) return;
    e = db.resizeValue(e, total, true, false);
    copyBytes(buf, off, db.u8(e), db.valOff(e) + old, len);
    db.setEncoding(e, ENC_RAW);
  }
  c.modified(1);
  c.notify(NOTIFY_STRING, 'append', 1);
  c.out.integer(total);
}

function setrange(c: CommandClient): void {
  const { args, db, out } = c;
  const { buf } = args;
  const offset = integerOrReply(c, 2);
  if (Number.isNaN(offset)) return;
  if (offset < 0) return out.error('ERR offset is out of range');
  const len = args.len[3]!;
  let e = c.server.keyspace.lookupWrite(db, buf, args.off[1]!, args.len[1]!);
  if (!isStringOrReply(c, e)) return;
  const isNew = e === 0;
  const old = isNew ? 0 : db.valLen(e);
  if (len === 0) return out.integer(old);
  if (!lengthAllowed(c, offset + len)) return;
  const total = Math.max(old, offset + len);
  if (isNew) {
    e = db.add(buf, args.off[1]!, args.len[1]!, TYPE_STRING, ENC_RAW, total);
    const from = db.valOff(e);
    db.u8(e).fill(0, from, from + offset);
  } else {
    if (total > old) e = db.resizeValue(e, total, true, offset > old);
    db.setEncoding(e, ENC_RAW);
  }
  copyBytes(buf, args.off[3]!, db.u8(e), db.valOff(e) + offset, len);
  if (isNew) c.notify(NOTIFY_NEW, 'new', 1);
  c.modified(1);
  c.notify(NOTIFY_STRING, 'setrange', 1);
  out.integer(total);
}

function getrange(c: CommandClient): void {
  const { args, db, out } = c;
  let start = integerOrReply(c, 2);
  if (Number.isNaN(start)) return;
  let end = integerOrReply(c, 3);
  if (Number.isNaN(end)) return;
  const e = c.server.keyspace.lookupRead(db, args.buf, args.off[1]!, args.len[1]!);
  if (!isStringOrReply(c, e)) return;
  if (e === 0) return out.emptyBulk();
  const len = db.valLen(e);
  if (start < 0 && end < 0) {
    // Where numbers are rounded, equal ones may be different integers.
    const exact = start === end && !Number.isSafeInteger(start);
    if (exact ? int64Arg(c, 2)! > int64Arg(c, 3)! : start > end) return out.emptyBulk();
  }
  if (start < 0) start = Math.max(start + len, 0);
  if (end < 0) end = Math.max(end + len, 0);
  if (end >= len) end = len - 1;
  if (start > end) return out.emptyBulk();
  out.bulk(db.u8(e), db.valOff(e) + start, end - start + 1);
}

export const rangeCommands: readonly CommandSpec[] = [
  {
    name: 'append',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'insert'])],
    proc: append,
  },
  {
    name: 'setrange',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: setrange,
  },
  ...['getrange', 'substr'].map((name) => ({
    name,
    arity: 4,
    flags: ['readonly'] as const,
    categories: ['string'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: getrange,
  })),
];
