import { expect, test } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { TYPE_STRING } from './entry-layout.ts';
import { estimateCardinality, HLL_DENSE_BYTES, HLL_REGISTERS, isHyperLogLog, mergeRegisters } from './hyperloglog.ts';
import { HLL_CORRUPT, hllAdd, hllCreate, hllOutcome, hllToDense } from './hyperloglog-edit.ts';
import { elementHash, hashElement } from './hyperloglog-hash.ts';
import { Keyspace } from './keyspace.ts';

const MASK = 2n ** 64n - 1n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;

/** The hash by its definition. */
function model(bytes: Buffer): bigint {
  let hash = 0xadc83b19n ^ ((BigInt(bytes.length) * MULTIPLIER) & MASK);
  const whole = bytes.length & ~7;
  for (let i = 0; i < whole; i += 8) {
    let word = (bytes.readBigUInt64LE(i) * MULTIPLIER) & MASK;
    word ^= word >> 47n;
    hash = ((hash ^ ((word * MULTIPLIER) & MASK)) * MULTIPLIER) & MASK;
  }
  if (whole < bytes.length) {
    const rest = Buffer.concat([bytes.subarray(whole), Buffer.alloc(8)]).readBigUInt64LE(0);
    hash = ((hash ^ rest) * MULTIPLIER) & MASK;
  }
  hash ^= hash >> 47n;
  hash = (hash * MULTIPLIER) & MASK;
  return hash ^ (hash >> 47n);
}

test('the hash is the one of its definition', () =>
  fuzz(2000, (random) => {
    const bytes = random.bytes(random.below(60));
    const off = random.below(bytes.length + 1);
    hashElement(bytes, off, bytes.length - off);
    const hash = (BigInt(elementHash.high >>> 0) << 32n) | BigInt(elementHash.low >>> 0);
    expect(hash).toBe(model(bytes.subarray(off)));
  }));

const NAME = new Uint8Array([1]);

test('sparse and dense values estimate the same', () =>
  fuzz(20, (random) => {
    const { dbs } = new Keyspace(2);
    let sparse = hllCreate(dbs[0]!, NAME, 0, 1);
    let dense = hllCreate(dbs[1]!, NAME, 0, 1);
    for (let i = random.below(2000); i > 0; i--) {
      const element = random.bytes(random.between(1, 10));
      sparse = hllAdd(dbs[0]!, sparse, HLL_DENSE_BYTES, element, 0, element.length);
      dense = hllAdd(dbs[1]!, dense, 0, element, 0, element.length);
      expect(hllOutcome).not.toBe(HLL_CORRUPT);
    }
    const [a, b] = [dbs[0]!, dbs[1]!];
    const estimate = estimateCardinality(b.u8(dense), b.valOff(dense), b.valLen(dense));
    expect(estimateCardinality(a.u8(sparse), a.valOff(sparse), a.valLen(sparse))).toBe(estimate);
  }));

test('corrupt values are told, and nothing is written beyond them', () =>
  fuzz(300, (random) => {
    const keyspace = new Keyspace(1);
    const db = keyspace.dbs[0]!;
    let e = hllCreate(db, NAME, 0, 1);
    const add = () => {
      const element = random.bytes(8);
      e = hllAdd(db, e, random.pick([3000, 100, 20]), element, 0, 8);
    };
    for (let i = random.below(200); i > 0; i--) add();
    // A neighbour on either side, to see that it stays as it is.
    const neighbour = db.add(new Uint8Array([2]), 0, 1, TYPE_STRING, 0, 3000);
    db.u8(neighbour).fill(77, db.valOff(neighbour), db.valOff(neighbour) + 3000);
    for (let i = random.between(1, 20); i > 0; i--) {
      const at = db.valOff(e) + random.between(4, db.valLen(e) - 1);
      db.u8(e)[at] = random.below(256);
      if (random.oneIn(4)) e = db.resizeValue(e, random.between(16, db.valLen(e)));
    }
    for (let i = 0; i < 50 && isHyperLogLog(db.u8(e), db.valOff(e), db.valLen(e)); i++) {
      add();
      if (random.oneIn(20)) e = hllToDense(db, e);
      expect(estimateCardinality(db.u8(e), db.valOff(e), db.valLen(e))).toBeGreaterThanOrEqual(-1);
      mergeRegisters(new Uint8Array(HLL_REGISTERS), db.u8(e), db.valOff(e), db.valLen(e));
      expect(db.valLen(e)).toBeLessThanOrEqual(Math.max(3000, HLL_DENSE_BYTES));
    }
    const bytes = db.u8(neighbour).subarray(db.valOff(neighbour), db.valOff(neighbour) + 3000);
    expect(bytes.every((byte) => byte === 77)).toBe(true);
    keyspace.validateIntegrity();
  }));
