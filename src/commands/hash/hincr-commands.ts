/** HINCRBY, HINCRBYFLOAT. A field's expiry stays. */
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
import { readValueAt } from '../../store/hash-read.ts';
import { expiryAt } from '../../store/hash-type.ts';
import type { CommandClient } from '../command-client.ts';
import { NAN_OR_INFINITY, NOT_A_FLOAT, OVERFLOW } from '../errors.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { findField, setField, text, toldSet, writeHash } from './hash-value.ts';

const HASH_NOT_AN_INTEGER = 'ERR hash value is not an integer';
const HASH_NOT_A_FLOAT = 'ERR hash value is not a float';

/** A new value's text. */
const digits = Buffer.alloc(INT64_TEXT_MAX + 12);

function hincrby(c: CommandClient): void {
  const by = integerOrReply(c, 3);
  if (Number.isNaN(by)) return;
  const e = writeHash(c, 2, 3);
  if (e < 0) return;
  const place = findField(c, e, 2);
  let old = 0;
  if (place !== 0) {
    readValueAt(c.db, e, place, text);
    old = parseInteger(text.buf, text.off, text.len);
    if (Number.isNaN(old)) return c.out.error(HASH_NOT_AN_INTEGER);
  }
  const sum = old + by;
  if (!Number.isSafeInteger(sum) || !Number.isSafeInteger(old) || !Number.isSafeInteger(by)) {
    return addExact(c, e, place);
  }
  const width = integerWidth(sum);
  writeInteger(digits, 0, sum, width);
  setField(c, e, place, digits, width);
  toldSet(c, 'hincrby', 1, e === 0);
  c.out.integer(sum);
}

/** The same for numbers beyond 2^53; `text` holds the old one, if there is a place. */
function addExact(c: CommandClient, e: number, place: number): void {
  const old = place === 0 ? 0n : parseInt64(text.buf, text.off, text.len)!;
  const sum = old + int64Arg(c, 3)!;
  if (sum > INT64_MAX || sum < INT64_MIN) return c.out.error(OVERFLOW);
  setField(c, e, place, digits, digits.write(sum.toString(), 'latin1'));
  toldSet(c, 'hincrby', 1, e === 0);
  c.out.integer(sum);
}

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/** Computes with the long doubles of x86-64, as Redis does there; repeated as the value that came out. */
function hincrbyfloat(c: CommandClient): void {
  const { args, out } = c;
  const by = parseLongDouble(args.buf, args.off[3]!, args.len[3]!);
  if (by === null) return out.error(NOT_A_FLOAT);
  if (isInfinite(by)) return out.error('ERR value is NaN or Infinity');
  const e = writeHash(c, 2, 3);
  if (e < 0) return;
  const place = findField(c, e, 2);
  const expires = place !== 0 && expiryAt(c.db, e, place) !== 0;
  let old: LongDouble | null = ZERO;
  if (place !== 0) {
    readValueAt(c.db, e, place, text);
    old = parseLongDouble(text.buf, text.off, text.len);
  }
  if (old === null) return out.error(HASH_NOT_A_FLOAT);
  const sum = isInfinite(old) ? old : addLongDouble(old, by);
  if (isInfinite(sum)) return out.error(NAN_OR_INFINITY);
  const bytes = Buffer.from(formatLongDouble(sum), 'latin1');
  setField(c, e, place, bytes, bytes.length);
  if (c.propagates) {
    const pair = [args.bytes(2), bytes] as const;
    if (expires) c.propagateAs('HSETEX', args.bytes(1), 'KEEPTTL', 'FIELDS', 1, ...pair);
    else c.propagateAs('HSET', args.bytes(1), ...pair);
  }
  toldSet(c, 'hincrbyfloat', 1, e === 0);
  out.bulkBytes(bytes);
}

function counter(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hash'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    elementArg: 2,
    proc,
  };
}

export const hincrCommands: readonly CommandSpec[] = [
  counter('hincrby', hincrby),
  counter('hincrbyfloat', hincrbyfloat),
];
