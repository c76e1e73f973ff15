/** PFADD, PFCOUNT, PFMERGE. */
import { NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import { INT64_MIN } from '../../protocol/numbers.ts';
import { ENC_RAW } from '../../store/entry-layout.ts';
import {
  cachedCardinality,
  estimateCardinality,
  estimateOfRegisters,
  HLL_REGISTERS,
  invalidateCardinality,
  isSparse,
  mergeRegisters,
  setCachedCardinality,
} from '../../store/hyperloglog.ts';
import {
  HLL_CHANGED,
  HLL_CORRUPT,
  hllAdd,
  hllCreate,
  hllOutcome,
  hllRaise,
  hllToDense,
} from '../../store/hyperloglog-edit.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { CORRUPT_HLL, readHll, writeHll } from './hll-value.ts';

/** Adds an empty HyperLogLog under the key in argument 1. */
function create(c: CommandClient): number {
  const { args, db } = c;
  return hllCreate(db, args.buf, args.off[1]!, args.len[1]!);
}

function pfadd(c: CommandClient): void {
  const { args, db, out } = c;
  const { buf } = args;
  let e = writeHll(c, 1);
  if (e < 0) return;
  const isNew = e === 0;
  let changes = 0;
  if (isNew) {
    e = create(c);
    changes++;
  }
  const maxBytes = c.keyspace.limits.hllSparseMaxBytes;
  for (let i = 2; i < args.argc; i++) {
    e = hllAdd(db, e, maxBytes, buf, args.off[i]!, args.len[i]!);
    if (hllOutcome === HLL_CHANGED) changes++;
    else if (hllOutcome === HLL_CORRUPT) return out.error(CORRUPT_HLL);
  }
  if (changes === 0) return out.integer(0);
  invalidateCardinality(db.u8(e), db.valOff(e));
  if (isNew) c.notify(NOTIFY_NEW, 'new', 1);
  c.modified(1, changes);
  c.notify(NOTIFY_STRING, 'pfadd', 1);
  out.integer(1);
}

function pfcount(c: CommandClient): void {
  if (c.args.argc > 2) return countUnion(c);
  const { db, out } = c;
  const e = readHll(c, 1);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  const u8 = db.u8(e);
  const dv = db.dv(e);
  const off = db.valOff(e);
  db.setEncoding(e, ENC_RAW);
  const cached = cachedCardinality(u8, dv, off);
  if (cached !== -1) return out.integer(typeof cached === 'bigint' ? BigInt.asIntN(64, cached) : cached);
  const cardinality = estimateCardinality(u8, off, db.valLen(e));
  if (cardinality < 0) return out.error(CORRUPT_HLL);
  // The estimate is kept in the value, so the value has changed.
  setCachedCardinality(dv, off, cardinality);
  c.modified(1);
  replyEstimate(c, cardinality);
}

/** An infinite one, of registers that no element can cause, is the smallest integer in Redis. */
function replyEstimate(c: CommandClient, cardinality: number): void {
  c.out.integer(cardinality === Number.POSITIVE_INFINITY ? INT64_MIN : cardinality);
}

function countUnion(c: CommandClient): void {
  const registers = new Uint8Array(HLL_REGISTERS);
  if (mergeKeys(c, registers) !== null) replyEstimate(c, estimateOfRegisters(registers));
}

/** Raises registers to those of all keys; tells whether one of them is dense, null after an error reply. */
function mergeKeys(c: CommandClient, registers: Uint8Array): { dense: boolean } | null {
  const { args, db, out } = c;
  let dense = false;
  for (let i = 1; i < args.argc; i++) {
    const e = readHll(c, i);
    if (e < 0) return null;
    if (e === 0) continue;
    const u8 = db.u8(e);
    const off = db.valOff(e);
    if (!isSparse(u8, off)) dense = true;
    if (mergeRegisters(registers, u8, off, db.valLen(e))) continue;
    out.error(CORRUPT_HLL);
    return null;
  }
  return { dense };
}

function pfmerge(c: CommandClient): void {
  const { db, out } = c;
  const registers = new Uint8Array(HLL_REGISTERS);
  const merged = mergeKeys(c, registers);
  if (merged === null) return;
  let e = writeHll(c, 1);
  if (e < 0) return;
  const isNew = e === 0;
  if (isNew) e = create(c);
  if (merged.dense && isSparse(db.u8(e), db.valOff(e))) {
    e = hllToDense(db, e);
    if (hllOutcome === HLL_CORRUPT) return out.error(CORRUPT_HLL);
  }
  const maxBytes = c.keyspace.limits.hllSparseMaxBytes;
  for (let i = 0; i < HLL_REGISTERS; i++) if (registers[i]! > 0) e = hllRaise(db, e, maxBytes, i, registers[i]!);
  invalidateCardinality(db.u8(e), db.valOff(e));
  if (isNew) c.notify(NOTIFY_NEW, 'new', 1);
  c.modified(1);
  c.notify(NOTIFY_STRING, 'pfadd', 1);
  out.ok();
}

export const hllCommands: readonly CommandSpec[] = [
  {
    name: 'pfadd',
    arity: -2,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['hyperloglog'],
    keySpecs: [keyRange(['RW', 'insert'])],
    proc: pfadd,
  },
  {
    name: 'pfcount',
    arity: -2,
    flags: ['readonly', 'may_replicate'],
    categories: ['hyperloglog'],
    keySpecs: [
      {
        ...keyRange(['RW', 'access'], 1, -1),
        notes: 'RW because it may change the internal representation of the key, and propagate to replicas',
      },
    ],
    proc: pfcount,
  },
  {
    name: 'pfmerge',
    arity: -2,
    flags: ['write', 'denyoom'],
    categories: ['hyperloglog'],
    keySpecs: [keyRange(['RW', 'access', 'insert']), keyRange(['RO', 'access'], 2, -1)],
    proc: pfmerge,
  },
];
