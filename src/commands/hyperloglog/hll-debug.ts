/** PFDEBUG, PFSELFTEST. */
import type { Db } from '../../store/db.ts';
import {
  denseRegister,
  estimateCardinality,
  HLL_DENSE_BYTES,
  HLL_HEADER_BYTES,
  HLL_REGISTERS,
  isSparse,
  isVal,
  isXzero,
  raiseDense,
  runBytes,
  runLength,
  runValue,
} from '../../store/hyperloglog.ts';
import { HLL_CORRUPT, hllAdd, hllCreate, hllOutcome, hllToDense } from '../../store/hyperloglog-edit.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { CORRUPT_HLL, writeHll } from './hll-value.ts';

const KEY = 2;

function pfdebug(c: CommandClient): void {
  const { args, db, out } = c;
  const e = writeHll(c, KEY);
  if (e <= 0) return e === 0 ? out.error('ERR The specified key does not exist') : undefined;
  if (args.is(1, 'getreg')) return getreg(c, e);
  if (args.is(1, 'decode')) return decode(c, e);
  if (args.is(1, 'encoding')) return out.simple(isSparse(db.u8(e), db.valOff(e)) ? 'sparse' : 'dense');
  if (args.is(1, 'todense')) return todense(c, e);
  out.error(`ERR Unknown PFDEBUG subcommand '${args.latin1(1).split('\0', 1)[0]}'`);
}

/** Makes the value dense; its ref, or -1 after an error reply. */
function denseOrReply(c: CommandClient, e: number): number {
  const { db } = c;
  if (!isSparse(db.u8(e), db.valOff(e))) return e;
  const at = hllToDense(db, e);
  if (hllOutcome === HLL_CORRUPT) {
    c.out.error(CORRUPT_HLL);
    return -1;
  }
  // It is as it was for whoever counts; but replicas are to have the same bytes.
  c.modified(KEY);
  return at;
}

function getreg(c: CommandClient, e: number): void {
  const { db, out } = c;
  const at = denseOrReply(c, e);
  if (at < 0) return;
  const u8 = db.u8(at);
  const off = db.valOff(at);
  out.array(HLL_REGISTERS);
  for (let i = 0; i < HLL_REGISTERS; i++) out.integer(denseRegister(u8, off, i));
}

function todense(c: CommandClient, e: number): void {
  const wasSparse = isSparse(c.db.u8(e), c.db.valOff(e));
  if (denseOrReply(c, e) >= 0) c.out.integer(wasSparse ? 1 : 0);
}

function decode(c: CommandClient, e: number): void {
  const { db, out } = c;
  const u8 = db.u8(e);
  const off = db.valOff(e);
  if (!isSparse(u8, off)) return out.error('ERR HLL encoding is not sparse');
  const runs: string[] = [];
  const end = off + db.valLen(e);
  for (let p = off + HLL_HEADER_BYTES; p + runBytes(u8[p]!) <= end; p += runBytes(u8[p]!)) {
    const byte = u8[p]!;
    const count = runLength(u8, p);
    if (isVal(byte)) runs.push(`v:${runValue(byte)},${count}`);
    else runs.push(`${isXzero(byte) ? 'Z' : 'z'}:${count}`);
  }
  out.bulkText(runs.join(' '));
}

const TEST_ELEMENTS = 100_000;
/** Standard errors that an estimate may be wrong by. */
const TOLERANCE = 6;
const STANDARD_ERROR: number = 1.04 / Math.sqrt(HLL_REGISTERS);

/** What is wrong with registers of dense values; null when nothing is. */
function registersFault(): string | null {
  const dense = new Uint8Array(HLL_DENSE_BYTES);
  const model = new Uint8Array(HLL_REGISTERS);
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < HLL_REGISTERS; i++) {
      const value = Math.floor(Math.random() * 64);
      const isHigher = value > model[i]!;
      if (raiseDense(dense, 0, i, value) !== isHigher) return `Register ${i} does not tell whether it was raised`;
      if (isHigher) model[i] = value;
    }
    for (let i = 0; i < HLL_REGISTERS; i++) {
      if (denseRegister(dense, 0, i) === model[i]) continue;
      return `Register ${i} should be ${model[i]} but is ${denseRegister(dense, 0, i)}`;
    }
  }
  return null;
}

/** What is wrong with estimates, of sparse values and dense ones; null when nothing is. */
function estimatesFault(scratch: Db, maxBytes: number): string | null {
  const name = new Uint8Array(0);
  const seed = Math.floor(Math.random() * 2 ** 32);
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer);
  view.setUint32(0, seed, true);
  let e = hllCreate(scratch, name, 0, 0);
  let checkpoint = 1;
  for (let count = 1; count <= TEST_ELEMENTS; count++) {
    view.setUint32(4, count, true);
    e = hllAdd(scratch, e, maxBytes, element, 0, 8);
    if (count < checkpoint) continue;
    const estimate = estimateCardinality(scratch.u8(e), scratch.valOff(e), scratch.valLen(e));
    const allowed = checkpoint <= 10 ? 1 : Math.ceil(TOLERANCE * STANDARD_ERROR * count);
    if (Math.abs(estimate - count) > allowed) return `${count} elements are estimated to be ${estimate}, seed ${seed}`;
    checkpoint *= 10;
  }
  return null;
}

function pfselftest(c: CommandClient): void {
  const { scratch } = c.keyspace;
  let fault = registersFault();
  try {
    fault ??= estimatesFault(scratch, c.keyspace.limits.hllSparseMaxBytes);
  } finally {
    scratch.delete(new Uint8Array(0), 0, 0);
  }
  if (fault === null) c.out.ok();
  else c.out.error(`TESTFAILED ${fault}`);
}

export const hllDebugCommands: readonly CommandSpec[] = [
  {
    name: 'pfdebug',
    arity: 3,
    flags: ['write', 'denyoom', 'admin'],
    categories: ['hyperloglog'],
    keySpecs: [keyRange(['RW', 'access'], KEY)],
    proc: pfdebug,
  },
  { name: 'pfselftest', arity: 1, flags: ['admin'], categories: ['hyperloglog'], proc: pfselftest },
];
