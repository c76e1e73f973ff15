/**
 * INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
 *
 * Counters are decimal text in the arena. One within ±2^53 is read, changed and written back in place; beyond that the
 * sum is computed as a bigint.
 */
import { NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import {
  addLongDouble,
  formatLongDouble,
  isInfinite,
  type LongDouble,
  parseLongDouble,
} from '../../protocol/long-double.ts';
import {
  INT64_MAX,
  INT64_MIN,
  INT64_TEXT_MAX,
  integerWidth,
  parseInt64,
  parseInteger,
  writeInteger,
} from '../../protocol/numbers.ts';
import { ENC_INT } from '../../store/entry-layout.ts';
import { textEncoding } from '../../store/string-encoding.ts';
import type { CommandClient } from '../command-client.ts';
import { NAN_OR_INFINITY, NOT_A_FLOAT, NOT_AN_INTEGER, OVERFLOW } from '../errors.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { isStringOrReply } from './value.ts';

/** A new value's text on its way into the arena. */
const text = Buffer.alloc(INT64_TEXT_MAX + 12);

function incr(c: CommandClient): void {
  add(c, 1, 0);
}

function decr(c: CommandClient): void {
  add(c, -1, 0);
}

function incrby(c: CommandClient): void {
  const n = integerOrReply(c, 2);
  if (!Number.isNaN(n)) add(c, n, 2);
}

function decrby(c: CommandClient): void {
  const n = integerOrReply(c, 2);
  if (Number.isNaN(n)) return;
  if (n === Number(INT64_MIN) && int64Arg(c, 2) === INT64_MIN) return c.out.error('ERR decrement would overflow');
  add(c, -n, 2);
}

/** Adds n to the key in argument 1; when n is not exact, it is that of argument `exactIndex` with the sign of n. */
function add(c: CommandClient, n: number, exactIndex: number): void {
  const { args, db } = c;
  let e = c.server.keyspace.lookupWrite(db, args.buf, args.off[1]!, args.len[1]!);
  if (!isStringOrReply(c, e)) return;
  const old = e === 0 ? 0 : parseInteger(db.u8(e), db.valOff(e), db.valLen(e));
  if (Number.isNaN(old)) return c.out.error(NOT_AN_INTEGER);
  const sum = old + n;
  if (!Number.isSafeInteger(sum) || !Number.isSafeInteger(old) || !Number.isSafeInteger(n)) {
    return addExact(c, e, n, exactIndex);
  }
  const width = integerWidth(sum);
  if (e === 0) {
    writeInteger(text, 0, sum, width);
    store(c, 0, width, ENC_INT);
  } else {
    if (width !== db.valLen(e)) e = db.resizeValue(e, width, false, false);
    writeInteger(db.u8(e), db.valOff(e), sum, width);
    db.setEncoding(e, ENC_INT);
  }
  changed(c, 'incrby');
  c.out.integer(sum);
}

function addExact(c: CommandClient, e: number, n: number, exactIndex: number): void {
  const { db } = c;
  const old = e === 0 ? 0n : parseInt64(db.u8(e), db.valOff(e), db.valLen(e))!;
  let by = Number.isSafeInteger(n) ? BigInt(n) : int64Arg(c, exactIndex)!;
  if (by > 0n !== n > 0) by = -by;
  const sum = old + by;
  if (sum > INT64_MAX || sum < INT64_MIN) return c.out.error(OVERFLOW);
  store(c, e, text.write(sum.toString(), 'latin1'), ENC_INT);
  changed(c, 'incrby');
  c.out.integer(sum);
}

/** Makes the first `len` bytes of `text` the value of the key in argument 1. */
function store(c: CommandClient, e: number, len: number, encoding: number, source: Uint8Array = text): void {
  const { args, db } = c;
  if (e !== 0) {
    db.setStringAt(e, source, 0, len, encoding, true);
    return;
  }
  db.insertString(args.buf, args.off[1]!, args.len[1]!, source, 0, len, encoding, false);
  c.notify(NOTIFY_NEW, 'new', 1);
}

function changed(c: CommandClient, event: string): void {
  c.modified(1);
  c.notify(NOTIFY_STRING, event, 1);
}

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/** Computes with the long doubles of x86-64, as Redis does there. The result is a string, never an `int`. */
function incrbyfloat(c: CommandClient): void {
  const { args, db, out } = c;
  const e = c.server.keyspace.lookupWrite(db, args.buf, args.off[1]!, args.len[1]!);
  if (!isStringOrReply(c, e)) return;
  const old = e === 0 ? ZERO : parseLongDouble(db.u8(e), db.valOff(e), db.valLen(e));
  if (old === null) return out.error(NOT_A_FLOAT);
  const by = parseLongDouble(args.buf, args.off[2]!, args.len[2]!);
  if (by === null) return out.error(NOT_A_FLOAT);
  if (isInfinite(old) || isInfinite(by)) return out.error(NAN_OR_INFINITY);
  const sum = addLongDouble(old, by);
  if (isInfinite(sum)) return out.error(NAN_OR_INFINITY);
  const bytes = Buffer.from(formatLongDouble(sum), 'latin1');
  store(c, e, bytes.length, textEncoding(bytes.length), bytes);
  changed(c, 'incrbyfloat');
  // Not every machine would come to the same sum.
  if (c.propagates) c.propagateAs('SET', args.borrowed(1), bytes, 'KEEPTTL');
  out.bulkBytes(bytes);
}

function counter(name: string, arity: number, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    proc,
  };
}

export const incrCommands: readonly CommandSpec[] = [
  counter('incr', 2, incr),
  counter('decr', 2, decr),
  counter('incrby', 3, incrby),
  counter('decrby', 3, decrby),
  counter('incrbyfloat', 3, incrbyfloat),
];
