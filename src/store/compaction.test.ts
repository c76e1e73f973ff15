import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import type { Arena } from '../memory/arena.ts';
import type { Db } from './db.ts';
import { ENC_RAW, TYPE_MODULE } from './entry-layout.ts';
import { Keyspace } from './keyspace.ts';
import { inlineOps, type ValueOps } from './value-ops.ts';

const MIB = 1024 * 1024;
const THRESHOLDS = { sparseBytes: MIB, sparsePercent: 10, scanFields: 50 };

const text = (s: string) => Buffer.from(s, 'latin1');

function set(db: Db, key: string, value: string): number {
  const k = text(key);
  const v = text(value);
  return db.setString(k, 0, k.length, v, 0, v.length, ENC_RAW, false);
}

function get(db: Db, key: string): string | null {
  const k = text(key);
  const e = db.find(k, 0, k.length);
  if (e === 0) return null;
  return Buffer.from(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e))).toString('latin1');
}

function del(db: Db, key: string): void {
  const k = text(key);
  db.delete(k, 0, k.length);
}

/** Goes on until a cycle has ended; returns the slices it took. */
function compact(keyspace: Keyspace): number {
  let slices = 1;
  while (keyspace.compaction.run(0, THRESHOLDS)) slices++;
  return slices;
}

/** A list of words: a root with the number of blocks and the first one; each block is the next one's ref and a number. */
const chainOps: ValueOps = {
  ...inlineOps(TYPE_MODULE),
  freeSome(db, e, budget) {
    const { arena } = db;
    const root = db.root(e);
    for (let block = first(arena, root); block !== 0 && budget > 0; block = first(arena, root), budget--) {
      setFirst(arena, root, first(arena, block));
      arena.free(block);
    }
    if (first(arena, root) === 0 && budget > 0) arena.free(root);
    return budget;
  },
  freeEffort: () => 1000,
  relocate(db, e, cursor, budget) {
    const { arena } = db;
    if (cursor === 0 && arena.shouldMove(db.root(e))) db.setRoot(e, arena.move(db.root(e)));
    let link = db.root(e);
    for (let i = 0; i < cursor && first(arena, link) !== 0; i++) link = first(arena, link);
    for (; first(arena, link) !== 0 && budget > 0; budget--, cursor++) {
      const block = first(arena, link);
      if (arena.shouldMove(block)) setFirst(arena, link, arena.move(block));
      link = first(arena, link);
    }
    return first(arena, link) === 0 ? 0 : cursor;
  },
};

function first(arena: Arena, ref: number): number {
  return arena.u32[ref >>> 22]![(ref & 0x3fffff) << 2]!;
}

function setFirst(arena: Arena, ref: number, next: number): void {
  arena.u32[ref >>> 22]![(ref & 0x3fffff) << 2] = next;
}

function makeChain(db: Db, key: string, numbers: readonly number[]): void {
  const { arena } = db;
  const root = arena.alloc(40);
  setFirst(arena, root, 0);
  for (const n of numbers) {
    const block = arena.alloc(8);
    setFirst(arena, block, first(arena, root));
    arena.u32[block >>> 22]![((block & 0x3fffff) << 2) + 1] = n;
    setFirst(arena, root, block);
  }
  const k = text(key);
  db.putRoot(k, 0, k.length, TYPE_MODULE, ENC_RAW, root);
}

function readChain(db: Db, key: string): number[] {
  const { arena } = db;
  const k = text(key);
  const numbers: number[] = [];
  const e = db.find(k, 0, k.length);
  for (let block = first(arena, db.root(e)); block !== 0; block = first(arena, block)) {
    numbers.unshift(arena.u32[block >>> 22]![((block & 0x3fffff) << 2) + 1]!);
  }
  return numbers;
}

describe('compaction', () => {
  it('gives back the pages of keys that are gone, and resident memory with them', () => {
    const keyspace = new Keyspace(2);
    const db = keyspace.dbs[0]!;
    const count = 400_000;
    for (let i = 0; i < count; i++) set(db, `key:${i}`, `value ${i} ${'x'.repeat(i % 40)}`);
    for (let i = 0; i < count; i++) if (i % 10 !== 0) del(db, `key:${i}`);
    const { arena } = keyspace;
    for (let i = 0; i < 1000; i++) keyspace.cron(1);
    const before = arena.pageBytes;
    const residentBefore = process.memoryUsage.rss();
    expect(arena.usedBytes).toBeLessThan(before / 5);
    expect(compact(keyspace)).toBeGreaterThan(10);
    keyspace.validateIntegrity();
    expect(arena.pageBytes).toBeLessThan(arena.usedBytes * 1.3 + MIB);
    arena.purge();
    expect(process.memoryUsage.rss()).toBeLessThan(residentBefore - (before - arena.pageBytes) / 2);
    for (let i = 0; i < count; i += 10) expect(get(db, `key:${i}`)).toBe(`value ${i} ${'x'.repeat(i % 40)}`);
    // There is nothing more to gain, and nobody tries.
    expect(keyspace.compaction.run(0, THRESHOLDS)).toBe(false);
  });

  it('leaves pinned entries where they are', () => {
    const keyspace = new Keyspace(1);
    const db = keyspace.dbs[0]!;
    for (let i = 0; i < 50_000; i++) set(db, `key:${i}`, 'some value');
    for (let i = 0; i < 50_000; i++) if (i % 50 !== 0) del(db, `key:${i}`);
    const find = (key: string) => db.find(text(key), 0, key.length);
    const pinned = ['key:0', 'key:25000', 'key:49950'].map(find);
    keyspace.compaction.pinned = () => pinned;
    compact(keyspace);
    expect(['key:0', 'key:25000', 'key:49950'].map(find)).toEqual(pinned);
    expect(keyspace.compaction.hits).toBeGreaterThan(500);
    keyspace.validateIntegrity();
  });

  it('moves blocks of values in parts', () => {
    const keyspace = new Keyspace(1);
    const db = keyspace.dbs[0]!;
    keyspace.types.register(TYPE_MODULE, chainOps);
    const numbers = Array.from({ length: 2000 }, (_, i) => i);
    // Blocks of many values lie side by side.
    for (let i = 0; i < 300; i++) makeChain(db, `chain:${i}`, numbers.slice(0, 1 + (i % 2) * 1999));
    for (let i = 0; i < 300; i++) if (i % 20 !== 1) del(db, `chain:${i}`);
    keyspace.lazyFree.freeSome(Number.POSITIVE_INFINITY);
    compact(keyspace);
    keyspace.validateIntegrity();
    expect(keyspace.arena.pageBytes).toBeLessThan(keyspace.arena.usedBytes * 1.3 + MIB);
    for (let i = 1; i < 300; i += 20) expect(readChain(db, `chain:${i}`)).toEqual(numbers);
    for (let i = 1; i < 300; i += 20) del(db, `chain:${i}`);
    expect(keyspace.lazyFree.freeSome(500)).toBe(false);
    while (keyspace.lazyFree.freeSome(500));
    expect(keyspace.arena.usedBytes).toBe(0);
  });

  it('keeps everything while commands run between its slices', () =>
    fuzz(3, (random) => {
      const keyspace = new Keyspace(3);
      keyspace.types.register(TYPE_MODULE, chainOps);
      const model = new Map<string, string | number[]>();
      const database = (key: string) => keyspace.dbs[key.length % 3]!;
      const change = () => {
        const key = `k${random.below(20_000)}`;
        const db = database(key);
        if (random.oneIn(40)) {
          const numbers = Array.from({ length: random.below(300) }, () => random.below(1000));
          makeChain(db, key, numbers);
          model.set(key, numbers);
        } else if (random.oneIn(3)) {
          del(db, key);
          model.delete(key);
        } else {
          const value = 'v'.repeat(random.below(200));
          const e = set(db, key, value);
          if (random.oneIn(4)) db.setExpire(e, 1e15);
          model.set(key, value);
        }
      };
      for (let i = 0; i < 40_000; i++) change();
      for (let round = 0; round < 4; round++) {
        for (const key of [...model.keys()]) {
          if (random.oneIn(4)) continue;
          del(database(key), key);
          model.delete(key);
        }
        for (let i = 0; i < 3000; i++) {
          change();
          keyspace.compaction.run(0, { ...THRESHOLDS, sparseBytes: 64 * 1024 });
          if (random.oneIn(500)) keyspace.cron(1);
          if (random.oneIn(1000)) keyspace.validateIntegrity();
        }
        while (keyspace.compaction.run(1, THRESHOLDS));
        for (const [key, value] of model) {
          expect(typeof value === 'string' ? get(database(key), key) : readChain(database(key), key)).toEqual(value);
        }
        keyspace.validateIntegrity();
      }
      keyspace.flushAll(random.oneIn(2));
      keyspace.validateIntegrity();
    }));
});
