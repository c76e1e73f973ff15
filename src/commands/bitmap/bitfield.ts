/**
 * BITFIELD, BITFIELD_RO.
 *
 * The operations are parsed twice: all of them before the key is looked up, because a fault in any leaves the value as
 * it is, then one by one as they run. Nothing has to be kept in between, whoever else may run a BITFIELD meanwhile.
 */
import { INT64_MAX, parseInteger } from '../../protocol/numbers.ts';
import { NARROW_BITS, readNarrow, readWide, writeNarrow, writeWide } from '../../store/bit-fields.ts';
import { TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { bitOffsetOrReply, tellBitsSet, writable, writableBits } from './bit-string.ts';

const GET = 0;
const SET = 1;
const INCRBY = 2;

const WRAP = 0;
const SAT = 1;
const FAIL = 2;

const FIRST_OPERATION = 2;
const BAD_TYPE = 'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';

/** Beyond this the sum of an argument and a narrow integer may not be exact. */
const EXACT_ARGUMENT = 2 ** 52;

/** The operation parsed last. */
const operation = {
  kind: GET,
  signed: false,
  bits: 0,
  offset: 0,
  overflow: WRAP,
  /** The argument's value, rounded beyond 2^53, and where it is. */
  value: 0,
  valueIndex: 0,
};

/**
 * Parses the operation in argument i, with the OVERFLOWs in front of it. Returns where the next one starts; 0 after an
 * error reply, -1 when there was none.
 */
function parseOperation(c: CommandClient, i: number): number {
  const { args, out } = c;
  for (; i < args.argc; i += 2) {
    if (i + 1 >= args.argc || !args.is(i, 'overflow')) break;
    const overflow = args.is(i + 1, 'wrap') ? WRAP : args.is(i + 1, 'sat') ? SAT : args.is(i + 1, 'fail') ? FAIL : -1;
    if (overflow < 0) {
      out.error('ERR Invalid OVERFLOW type specified');
      return 0;
    }
    operation.overflow = overflow;
  }
  const behind = args.argc - i - 1;
  if (behind < 0) return -1;
  if (behind >= 2 && args.is(i, 'get')) operation.kind = GET;
  else if (behind >= 3 && args.is(i, 'set')) operation.kind = SET;
  else if (behind >= 3 && args.is(i, 'incrby')) operation.kind = INCRBY;
  else {
    out.error(SYNTAX_ERROR);
    return 0;
  }
  if (!parseType(c, i + 1)) return 0;
  operation.offset = bitOffsetOrReply(c, i + 2, operation.bits);
  if (Number.isNaN(operation.offset)) return 0;
  if (operation.kind === GET) return i + 3;
  operation.valueIndex = i + 3;
  operation.value = integerOrReply(c, i + 3);
  return Number.isNaN(operation.value) ? 0 : i + 4;
}

/** The type in argument i, such as i16; false after an error reply. */
function parseType(c: CommandClient, i: number): boolean {
  const { args } = c;
  const off = args.off[i]!;
  const nul = args.borrowed(i).indexOf(0);
  const len = nul < 0 ? args.len[i]! : nul;
  const sign = len > 0 ? args.buf[off] : 0;
  const bits = len > 1 ? parseInteger(args.buf, off + 1, len - 1) : Number.NaN;
  operation.signed = sign === 105;
  operation.bits = bits;
  if ((sign === 105 && bits >= 1 && bits <= 64) || (sign === 117 && bits >= 1 && bits <= 63)) return true;
  c.out.error(BAD_TYPE);
  return false;
}

/** Numbers of operations, and the highest bit that one of them writes (-1: none); null after an error reply. */
function surveyOrReply(c: CommandClient): { count: number; highest: number } | null {
  let count = 0;
  let highest = -1;
  operation.overflow = WRAP;
  for (let i = FIRST_OPERATION; ; count++) {
    i = parseOperation(c, i);
    if (i === 0) return null;
    if (i < 0) return { count, highest };
    if (operation.kind !== GET) highest = Math.max(highest, operation.offset + operation.bits - 1);
  }
}

function bitfieldGeneric(c: CommandClient, readOnly: boolean): void {
  const { out } = c;
  const survey = surveyOrReply(c);
  if (survey === null) return;
  const writes = survey.highest >= 0;
  if (writes && readOnly) return out.error('ERR BITFIELD_RO only supports the GET subcommand');
  const e = writes ? writableBits(c, survey.highest) : readKeyOfType(c, 1, TYPE_STRING);
  if (e < 0) return;
  const isNew = writes && writable.isNew;
  const isLonger = writes && writable.isLonger;
  out.array(survey.count);
  let changes = 0;
  operation.overflow = WRAP;
  for (let i = parseOperation(c, FIRST_OPERATION); i > 0; i = parseOperation(c, i)) {
    if (operation.kind === GET) replyField(c, e);
    else if (operation.bits <= NARROW_BITS && Math.abs(operation.value) <= EXACT_ARGUMENT) {
      if (changeNarrow(c, e, isLonger)) changes++;
    } else if (changeWide(c, e, isLonger)) changes++;
  }
  tellBitsSet(c, isNew, changes);
}

function replyField(c: CommandClient, e: number): void {
  const { db, out } = c;
  const { offset, bits, signed } = operation;
  if (e === 0) return out.integer(0);
  if (bits <= NARROW_BITS) {
    const n = readNarrow(db.u8(e), db.valOff(e), db.valLen(e), offset, bits);
    return out.integer(signed && n >= 2 ** (bits - 1) ? n - 2 ** bits : n);
  }
  const n = readWide(db.u8(e), db.valOff(e), db.valLen(e), offset, bits);
  out.integer(signed ? BigInt.asIntN(bits, n) : n);
}

/** Runs SET or INCRBY and replies; false when that is no change. `isLonger`: the value has grown, a change by itself. */
function changeNarrow(c: CommandClient, e: number, isLonger: boolean): boolean {
  const { db, out } = c;
  const { kind, offset, bits, signed, overflow, value } = operation;
  const size = 2 ** bits;
  const min = signed ? -size / 2 : 0;
  const max = min + size - 1;
  const stored = readNarrow(db.u8(e), db.valOff(e), db.valLen(e), offset, bits);
  const old = stored > max ? stored - size : stored;
  const wanted = kind === SET ? value : old + value;
  let result = wanted;
  if (wanted > max || wanted < min) {
    if (overflow === FAIL) {
      out.nullBulk();
      return false;
    }
    // A negative number is a large one for an unsigned field that is set to it.
    const high = wanted > max || (kind === SET && !signed);
    if (overflow === SAT) result = high ? max : min;
    else {
      result = ((wanted % size) + size) % size;
      if (result > max) result -= size;
    }
  }
  out.integer(kind === SET ? old : result);
  writeNarrow(db.u8(e), db.valOff(e), offset, bits, result < 0 ? result + size : result);
  return isLonger || result !== old;
}

/** The same in exact arithmetic. */
function changeWide(c: CommandClient, e: number, isLonger: boolean): boolean {
  const { db, out } = c;
  const { kind, offset, bits, signed, overflow } = operation;
  const value = int64Arg(c, operation.valueIndex)!;
  const size = 1n << BigInt(bits);
  const min = signed ? -size / 2n : 0n;
  const max = min + size - 1n;
  const stored = readWide(db.u8(e), db.valOff(e), db.valLen(e), offset, bits);
  const old = signed ? BigInt.asIntN(bits, stored) : stored;
  const wanted = kind === SET ? value : old + value;
  let result = wanted;
  if (wanted > max || wanted < min) {
    if (overflow === FAIL) {
      out.nullBulk();
      return false;
    }
    // Redis finds numbers too large whose distance from the maximum exceeds 64 bits.
    const high = wanted > max || (kind === SET && (!signed || max - wanted > INT64_MAX));
    if (overflow === SAT) result = high ? max : min;
    else result = signed ? BigInt.asIntN(bits, wanted) : BigInt.asUintN(bits, wanted);
  }
  out.integer(kind === SET ? old : result);
  writeWide(db.u8(e), db.valOff(e), offset, bits, result);
  return isLonger || result !== old;
}

function bitfield(c: CommandClient): void {
  bitfieldGeneric(c, false);
}

function bitfieldRo(c: CommandClient): void {
  bitfieldGeneric(c, true);
}

export const bitfieldCommands: readonly CommandSpec[] = [
  {
    name: 'bitfield',
    arity: -2,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [
      {
        ...keyRange(['RW', 'access', 'update', 'variable_flags']),
        notes: 'This command allows both access and modification of the key',
      },
    ],
    getKeys: (args) => {
      for (let i = FIRST_OPERATION; i < args.argc; i++) {
        if (args.is(i, 'set') || args.is(i, 'incrby')) return [{ index: 1, flags: ['RW', 'access', 'update'] }];
      }
      return [{ index: 1, flags: ['RO', 'access'] }];
    },
    proc: bitfield,
  },
  {
    name: 'bitfield_ro',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: bitfieldRo,
  },
];
