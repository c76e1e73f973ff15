/** BITCOUNT, BITPOS. */
import { countBits, findBit } from '../../store/bits.ts';
import { TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

/** Whether argument i says BIT (true) or BYTE (false); null after an error reply. */
function isBitUnitOrReply(c: CommandClient, i: number): boolean | null {
  if (c.args.is(i, 'bit')) return true;
  if (c.args.is(i, 'byte')) return false;
  c.out.error(SYNTAX_ERROR);
  return null;
}

/** A position counted from the end when it is negative; at least 0. `total`: how many there are. */
function absolute(position: number, total: number): number {
  return Math.max(0, position < 0 ? position + total : position);
}

/** Whether a range of two positions from the end is the wrong way round. Rounded numbers may hide which is larger. */
function isReversed(c: CommandClient, start: number, end: number, i: number): boolean {
  if (start >= 0 || end >= 0) return false;
  if (start !== end || Number.isSafeInteger(start)) return start > end;
  return int64Arg(c, i)! > int64Arg(c, i + 1)!;
}

function bitcount(c: CommandClient): void {
  const { args, db, out } = c;
  const { argc } = args;
  if (argc === 3 || argc > 5) return out.error(SYNTAX_ERROR);
  let start = 0;
  let end = -1;
  let bits = false;
  if (argc > 2) {
    start = integerOrReply(c, 2);
    if (Number.isNaN(start)) return;
    end = integerOrReply(c, 3);
    if (Number.isNaN(end)) return;
    if (argc === 5) {
      const unit = isBitUnitOrReply(c, 4);
      if (unit === null) return;
      bits = unit;
    }
  }
  const e = readKeyOfType(c, 1, TYPE_STRING);
  if (e < 0) return;
  if (e === 0 || (argc > 2 && isReversed(c, start, end, 2))) return out.integer(0);
  const total = bits ? db.valLen(e) * 8 : db.valLen(e);
  start = absolute(start, total);
  end = Math.min(absolute(end, total), total - 1);
  if (start > end) return out.integer(0);
  const from = bits ? start : start * 8;
  const to = bits ? end : end * 8 + 7;
  out.integer(countBits(db.u8(e), db.arena.u32[e >>> 22]!, db.valOff(e), from, to));
}

function bitpos(c: CommandClient): void {
  const { args, db, out } = c;
  const { argc } = args;
  const bit = integerOrReply(c, 2);
  if (Number.isNaN(bit)) return;
  if (bit !== 0 && bit !== 1) return out.error('ERR The bit argument must be 1 or 0.');
  if (argc > 6) return out.error(SYNTAX_ERROR);
  const start = argc > 3 ? integerOrReply(c, 3) : 0;
  if (Number.isNaN(start)) return;
  const unit = argc > 5 ? isBitUnitOrReply(c, 5) : false;
  if (unit === null) return;
  const end = argc > 4 ? integerOrReply(c, 4) : -1;
  if (Number.isNaN(end)) return;
  const e = readKeyOfType(c, 1, TYPE_STRING);
  if (e < 0) return;
  // A key that does not exist has zeros without end.
  if (e === 0) return out.integer(bit === 0 ? 0 : -1);
  const total = unit ? db.valLen(e) * 8 : db.valLen(e);
  const first = absolute(start, total);
  const last = Math.min(absolute(end, total), total - 1);
  if (first > last) return out.integer(-1);
  const to = unit ? last : last * 8 + 7;
  const found = findBit(db.u8(e), db.arena.u32[e >>> 22]!, db.valOff(e), unit ? first : first * 8, to, bit);
  // Without an end the string goes on with zeros.
  out.integer(found < 0 && bit === 0 && argc < 5 ? to + 1 : found);
}

export const bitRangeCommands: readonly CommandSpec[] = [
  {
    name: 'bitcount',
    arity: -2,
    flags: ['readonly'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: bitcount,
  },
  {
    name: 'bitpos',
    arity: -3,
    flags: ['readonly'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: bitpos,
  },
];
