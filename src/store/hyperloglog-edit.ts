/**
 * Making HyperLogLogs and adding to them; for the layout see hyperloglog.ts.
 *
 * A sparse value is edited run by run: the run with the register is replaced by up to three, then runs of equal values
 * are merged around that place, exactly as Redis does it, so that the same elements give the same bytes. A value becomes
 * dense when a register exceeds what a run can hold, or the bytes what hll-sparse-max-bytes allows.
 */
import { copyBytes } from '../memory/copy.ts';
import type { Db } from './db.ts';
import { ENC_RAW, TYPE_STRING } from './entry-layout.ts';
import {
  eachRun,
  HLL_DENSE,
  HLL_DENSE_BYTES,
  HLL_HEADER_BYTES,
  HLL_REGISTERS,
  HLL_SPARSE,
  HLL_VAL_MAX,
  HLL_VAL_RUN,
  HLL_ZERO_RUN,
  invalidateCardinality,
  isSparse,
  isVal,
  isXzero,
  raiseDense,
  runBytes,
  runLength,
  runValue,
  writeHllHeader,
} from './hyperloglog.ts';
import { elementHash, hashElement } from './hyperloglog-hash.ts';

const EMPTY_BYTES: number = HLL_HEADER_BYTES + 2;
const INDEX_MASK: number = HLL_REGISTERS - 1;
const INDEX_BITS = 14;
/** Bits of the hash behind those of the index. */
const COUNTED_BITS = 50;
/** Runs that are looked at for merging after an edit. */
const MERGE_SCAN = 5;

/** Outcomes of adding. */
export const HLL_CORRUPT = -1;
export const HLL_SAME = 0;
export const HLL_CHANGED = 1;

/** Outcome of the last addition. */
export let hllOutcome: number = HLL_SAME;

/** The runs that replace one. */
const sequence = new Uint8Array(5);
let sequenceBytes = 0;

/** Adds a HyperLogLog without elements under a key that is not in the database. */
export function hllCreate(db: Db, kbuf: Uint8Array, koff: number, klen: number): number {
  const e = db.add(kbuf, koff, klen, TYPE_STRING, ENC_RAW, EMPTY_BYTES);
  const u8 = db.u8(e);
  const off = db.valOff(e);
  writeHllHeader(u8, off, HLL_SPARSE);
  u8[off + HLL_HEADER_BYTES] = 0x40 | (INDEX_MASK >> 8);
  u8[off + HLL_HEADER_BYTES + 1] = INDEX_MASK & 0xff;
  return e;
}

/** Adds an element; says in `hllOutcome` what came of it. Returns the possibly new ref. */
export function hllAdd(db: Db, e: number, maxBytes: number, buf: Uint8Array, off: number, len: number): number {
  hashElement(buf, off, len);
  const { high, low } = elementHash;
  const upper = (low >>> INDEX_BITS) | (high << (32 - INDEX_BITS));
  // Trailing zeros of the 50 counted bits, of which `upper` has the lower 32.
  const zeros = upper !== 0 ? trailingZeros(upper) : Math.min(COUNTED_BITS, 32 + trailingZeros(high >>> INDEX_BITS));
  return hllRaise(db, e, maxBytes, low & INDEX_MASK, zeros + 1);
}

function trailingZeros(n: number): number {
  return n === 0 ? 32 : 31 - Math.clz32(n & -n);
}

/** Raises a register; `hllOutcome` says whether that was a change. Returns the possibly new ref. */
export function hllRaise(db: Db, e: number, maxBytes: number, index: number, value: number): number {
  const u8 = db.u8(e);
  const off = db.valOff(e);
  if (isSparse(u8, off)) return raiseSparse(db, e, maxBytes, index, value);
  hllOutcome = raiseDense(u8, off, index, value) ? HLL_CHANGED : HLL_SAME;
  return e;
}

/** Makes a sparse value dense; `hllOutcome` is HLL_CORRUPT, and nothing changed, when its registers make no sense. */
export function hllToDense(db: Db, e: number): number {
  const registers = new Uint8Array(HLL_DENSE_BYTES);
  registers.set(db.u8(e).subarray(db.valOff(e), db.valOff(e) + HLL_HEADER_BYTES));
  registers[4] = HLL_DENSE;
  const sound = eachRun(db.u8(e), db.valOff(e), db.valLen(e), (value, first, count) => {
    if (value !== 0) for (let i = first; i < first + count; i++) raiseDense(registers, 0, i, value);
  });
  hllOutcome = sound ? HLL_SAME : HLL_CORRUPT;
  if (!sound) return e;
  const at = db.resizeValue(e, HLL_DENSE_BYTES, false, false);
  db.u8(at).set(registers, db.valOff(at));
  return at;
}

function promote(db: Db, e: number, index: number, value: number): number {
  const at = hllToDense(db, e);
  if (hllOutcome === HLL_CORRUPT) return at;
  hllOutcome = raiseDense(db.u8(at), db.valOff(at), index, value) ? HLL_CHANGED : HLL_SAME;
  return at;
}

function raiseSparse(db: Db, e: number, maxBytes: number, index: number, value: number): number {
  if (value > HLL_VAL_MAX) return promote(db, e, index, value);
  const u8 = db.u8(e);
  const off = db.valOff(e);
  const end = off + db.valLen(e);
  const start = off + HLL_HEADER_BYTES;
  let p = start;
  let previous = start;
  let first = 0;
  let count = 0;
  for (; p < end; p += runBytes(u8[p]!)) {
    count = p + runBytes(u8[p]!) <= end ? runLength(u8, p) : 0;
    if (count === 0 || index < first + count) break;
    previous = p;
    first += count;
  }
  if (p >= end || count === 0) {
    hllOutcome = HLL_CORRUPT;
    return e;
  }
  const byte = u8[p]!;
  const old = runValue(byte);
  if (old >= value) {
    hllOutcome = HLL_SAME;
    return e;
  }
  let at = e;
  if (count === 1 && !isXzero(byte)) u8[p] = valRun(value, 1);
  else {
    splitRun(old, first, count, index, value);
    const replaced = runBytes(byte);
    if (sequenceBytes > replaced && end - off + sequenceBytes - replaced > maxBytes)
      return promote(db, e, index, value);
    at = db.spliceValue(e, p - off, replaced, sequenceBytes);
    copyBytes(sequence, 0, db.u8(at), db.valOff(at) + p - off, sequenceBytes);
  }
  at = mergeRuns(db, at, previous - off);
  invalidateCardinality(db.u8(at), db.valOff(at));
  hllOutcome = HLL_CHANGED;
  return at;
}

function valRun(value: number, count: number): number {
  return 0x80 | ((value - 1) << 2) | (count - 1);
}

/** Puts the runs into `sequence` that a run of `old` becomes when one of its registers gets another value. */
function splitRun(old: number, first: number, count: number, index: number, value: number): void {
  sequenceBytes = 0;
  addRun(old, index - first);
  sequence[sequenceBytes++] = valRun(value, 1);
  addRun(old, first + count - 1 - index);
}

function addRun(value: number, count: number): void {
  if (count === 0) return;
  if (value > 0) sequence[sequenceBytes++] = valRun(value, count);
  else if (count <= HLL_ZERO_RUN) sequence[sequenceBytes++] = count - 1;
  else {
    sequence[sequenceBytes++] = 0x40 | ((count - 1) >> 8);
    sequence[sequenceBytes++] = (count - 1) & 0xff;
  }
}

/** Merges neighbouring runs of equal values from the run at `from` on, which is relative to the value. */
function mergeRuns(db: Db, e: number, from: number): number {
  const u8 = db.u8(e);
  const off = db.valOff(e);
  const len = db.valLen(e);
  let end = off + len;
  let p = off + from;
  for (let left = MERGE_SCAN; p < end && left > 0; left--) {
    const byte = u8[p]!;
    if (!isVal(byte)) {
      p += runBytes(byte);
      continue;
    }
    const next = p + 1 < end ? u8[p + 1]! : 0;
    const total = isVal(next) && runValue(next) === runValue(byte) ? (byte & 3) + (next & 3) + 2 : Infinity;
    if (total > HLL_VAL_RUN) p++;
    else {
      u8[p + 1] = valRun(runValue(byte), total);
      u8.copyWithin(p, p + 1, end);
      end--;
    }
  }
  return end - off === len ? e : db.resizeValue(e, end - off, true, false);
}
