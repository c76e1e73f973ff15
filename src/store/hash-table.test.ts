import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { hashBytes } from './hash.ts';
import {
  htBuckets,
  htFind,
  htForEach,
  htFreeSome,
  htInit,
  htInsert,
  htRandom,
  htRemove,
  htReplace,
  htSample,
  htScan,
  htSize,
  htTableBytes,
} from './hash-table.ts';
import { addToBucket, addWord, bucketBits, bucketRef, T_SIZE, TABLE_WORDS } from './hash-table-buckets.ts';
import { htValidateIntegrity } from './hash-table-check.ts';
import { elementKeyLen, elementKeyOff, elementPayloadOff, newElement } from './hash-table-element.ts';
import { HashTableIterator, htLengths } from './hash-table-whole.ts';

/** A table whose elements have `prefix` bytes in front of their keys and a word behind it. */
class Table {
  readonly arena = new Arena();
  readonly t: number;
  readonly prefix: number;

  constructor(prefix = 0, expected = 0) {
    this.prefix = prefix;
    this.t = this.arena.alloc(TABLE_WORDS * 4);
    htInit(this.arena, this.t, prefix, expected);
  }

  find(key: Buffer): number {
    return htFind(this.arena, this.t, key, 0, key.length, hashBytes(key, 0, key.length));
  }

  add(key: Buffer, payload = 0): number {
    const e = newElement(this.arena, this.prefix, key, 0, key.length, 4);
    this.arena.u8[e >>> 22]!.fill(0xff, (e & 0x3fffff) << 4, ((e & 0x3fffff) << 4) + this.prefix);
    this.arena.dv[e >>> 22]!.setUint32(elementPayloadOff(this.arena, e, this.prefix), payload, true);
    htInsert(this.arena, this.t, e, hashBytes(key, 0, key.length));
    return e;
  }

  remove(key: Buffer): void {
    const e = this.find(key);
    htRemove(this.arena, this.t, e, hashBytes(key, 0, key.length));
    this.arena.free(e);
  }

  payload(e: number): number {
    return this.arena.dv[e >>> 22]!.getUint32(elementPayloadOff(this.arena, e, this.prefix), true);
  }

  key(e: number): string {
    const off = elementKeyOff(this.arena, e, this.prefix);
    const bytes = this.arena.u8[e >>> 22]!;
    return Buffer.from(bytes.subarray(off, off + elementKeyLen(this.arena, e, this.prefix))).toString('latin1');
  }

  validate(): void {
    htValidateIntegrity(this.arena, this.t);
    this.arena.validateIntegrity();
  }

  get size(): number {
    return htSize(this.arena, this.t);
  }

  get buckets(): number {
    return htBuckets(this.arena, this.t);
  }
}

const numbered = (i: number) => Buffer.from(`member:${i}`);

describe('hash table', () => {
  it('grows by one bucket at a time and finds every key', () => {
    const table = new Table();
    for (let i = 0; i < 20_000; i++) {
      const before = table.buckets;
      table.add(numbered(i), i);
      expect(table.buckets - before).toBeLessThanOrEqual(1);
      if (i % 1999 === 0) {
        table.validate();
        for (let j = 0; j <= i; j++) expect(table.payload(table.find(numbered(j)))).toBe(j);
        expect(table.find(numbered(i + 1))).toBe(0);
      }
    }
    expect(table.buckets).toBe(2500);
    expect(htTableBytes(table.arena, table.t)).toBeLessThan(12 * 20_000);
    table.validate();
  });

  it('shrinks by one bucket at a time', () => {
    const table = new Table();
    for (let i = 0; i < 20_000; i++) table.add(numbered(i));
    for (let i = 0; i < 20_000; i++) {
      const before = table.buckets;
      table.remove(numbered(i));
      expect(before - table.buckets).toBeLessThanOrEqual(1);
      if (i % 1999 === 0) table.validate();
    }
    expect(table.size).toBe(0);
    expect(table.buckets).toBe(1);
    expect(table.arena.stats().blocks).toBe(2);
    table.validate();
  });

  it('is made with room for what is expected', () => {
    const table = new Table(0, 10_000);
    const { buckets } = table;
    for (let i = 0; i < 10_000; i++) table.add(numbered(i));
    expect(table.buckets).toBe(buckets);
    table.validate();
  });

  it('keeps keys of every length, behind a prefix', () => {
    for (const prefix of [0, 8, 12]) {
      const table = new Table(prefix);
      const lengths = [0, 1, 15, 16, 123, 124, 125, 126, 127, 128, 255, 256, 511, 513, 65535, 65536, 100_000];
      for (const length of lengths) table.add(Buffer.alloc(length, 'k'), length);
      for (const length of lengths) {
        const e = table.find(Buffer.alloc(length, 'k'));
        expect(table.payload(e)).toBe(length);
        expect(table.key(e)).toBe('k'.repeat(length));
      }
      table.validate();
    }
  });

  it('draws every element equally often, just before and after all buckets were split', () => {
    for (const count of [1000, 1023, 1030]) {
      const table = new Table();
      for (let i = 0; i < count; i++) table.add(numbered(i), i);
      const drawn = new Array<number>(count).fill(0);
      const draws = 200 * count;
      for (let i = 0; i < draws; i++) drawn[table.payload(htRandom(table.arena, table.t))]!++;
      // Chi-square: six standard deviations above its mean.
      const freedom = count - 1;
      const chi = drawn.reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
      expect(chi).toBeLessThan(freedom + 6 * Math.sqrt(2 * freedom));
    }
  });

  it('draws every element of buckets of any length', () => {
    const table = new Table();
    // All in one bucket: their hashes are the same but for bits that no bucket looks at.
    for (let i = 0; i < 100; i++) {
      const e = newElement(table.arena, 0, numbered(i), 0, numbered(i).length, 4);
      table.arena.dv[e >>> 22]!.setUint32(elementPayloadOff(table.arena, e, 0), i, true);
      addToBucket(table.arena, table.t, bucketRef(table.arena, table.t, 0), e, 7);
      addWord(table.arena, table.t, T_SIZE, 1);
    }
    const drawn = new Set<number>();
    for (let i = 0; i < 20_000; i++) drawn.add(table.payload(htRandom(table.arena, table.t)));
    expect(drawn.size).toBe(100);
  });

  it('draws from a table of one, and nothing from an empty one', () => {
    const table = new Table();
    expect(htRandom(table.arena, table.t)).toBe(0);
    expect(htSample(table.arena, table.t, new Uint32Array(4), 4)).toBe(0);
    const e = table.add(numbered(1));
    expect(htRandom(table.arena, table.t)).toBe(e);
  });

  it('samples distinct elements', () => {
    const table = new Table();
    for (let i = 0; i < 1000; i++) table.add(numbered(i), i);
    const out = new Uint32Array(2000);
    for (let round = 0; round < 200; round++) {
      expect(htSample(table.arena, table.t, out, 16)).toBe(16);
      expect(new Set(out.subarray(0, 16)).size).toBe(16);
    }
    expect(htSample(table.arena, table.t, out, 2000)).toBe(1000);
    expect(new Set(out.subarray(0, 1000)).size).toBe(1000);
  });

  it('knows enough of the hashes of its elements to find them in tables that are no larger', () => {
    const table = new Table();
    for (let i = 0; i < 3000; i++) table.add(numbered(i), i);
    const { buckets } = table;
    for (const size of [1, 8, 100, 511, 1000, 2000, 2990, 3000, 6000]) {
      const other = new Table();
      for (let i = 0; i < size; i++) other.add(numbered(i * 2), i * 2);
      const mask = bucketBits(other.buckets);
      const iterator = new HashTableIterator();
      iterator.start(table.arena, table.t);
      let known = 0;
      for (let e = iterator.next(); e !== 0; e = iterator.next()) {
        if (!iterator.knowsHash(mask)) continue;
        known++;
        const i = table.payload(e);
        const key = numbered(i);
        const found = htFind(other.arena, other.t, key, 0, key.length, iterator.partialHash());
        expect(found !== 0).toBe(i % 2 === 0 && i < size * 2);
      }
      if (other.buckets <= buckets / 2) expect(known).toBe(3000);
      if (other.buckets > buckets * 2) expect(known).toBe(0);
    }
  });

  it('tells how many buckets there are of each length', () => {
    const table = new Table();
    expect(htLengths(table.arena, table.t)).toEqual([1]);
    for (let i = 0; i < 2000; i++) table.add(numbered(i));
    const lengths = htLengths(table.arena, table.t);
    expect(lengths.reduce((sum, count) => sum + count, 0)).toBe(table.buckets);
    expect(lengths.reduce((sum, count, length) => sum + count * length, 0)).toBe(2000);
  });

  it('is freed in steps', () => {
    const table = new Table();
    for (let i = 0; i < 10_000; i++) table.add(numbered(i));
    const release = (e: number) => table.arena.free(e);
    for (let left = 10_000; htFreeSome(table.arena, table.t, 100, release) === 0; ) {
      expect(table.size).toBeGreaterThan(left - 150);
      left = table.size;
      if (left % 7 === 0) table.validate();
    }
    expect(table.arena.stats().blocks).toBe(1);
  });

  it('takes cursors of any size', () => {
    const table = new Table();
    for (let i = 0; i < 100; i++) table.add(numbered(i));
    for (const cursor of [2 ** 31, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 53]) {
      const next = htScan(table.arena, table.t, cursor, () => {});
      expect(Number.isSafeInteger(next) && next >= 0).toBe(true);
    }
  });

  it('visits what stays during a scan, while it grows and shrinks', () =>
    fuzz(12, (random) => {
      const table = new Table();
      const stays = 1 + random.below(3000);
      for (let i = 0; i < stays; i++) table.add(numbered(i), i);
      const others = new Set<number>();
      const seen = new Set<number>();
      let cursor = 0;
      let steps = 0;
      const growing = random.oneIn(2);
      for (let i = stays; i < stays + (growing ? 0 : 20_000); i++) {
        table.add(numbered(i), i);
        others.add(i);
      }
      do {
        cursor = htScan(table.arena, table.t, cursor, (e) => seen.add(table.payload(e)));
        for (let k = random.below(60); k > 0; k--) {
          if (growing && !random.oneIn(5)) {
            const i = stays + others.size;
            if (table.find(numbered(i)) !== 0) continue;
            table.add(numbered(i), i);
            others.add(i);
          } else {
            const [i] = others;
            if (i === undefined) break;
            table.remove(numbered(i));
            others.delete(i);
          }
        }
        expect(++steps).toBeLessThan(100_000);
      } while (cursor !== 0);
      for (let i = 0; i < stays; i++) expect(seen.has(i)).toBe(true);
      table.validate();
    }));

  it('agrees with a Map', () =>
    fuzz(12, (random) => {
      const prefix = random.pick([0, 0, 8]);
      const table = new Table(prefix, random.below(100));
      const model = new Map<string, number>();
      const keys = 1 + random.below(random.pick([10, 400, 6000]));
      let growing = true;
      for (let op = 0; op < 20_000; op++) {
        if (random.oneIn(2000)) growing = !growing;
        step(random, table, model, keyOf(random, keys), growing);
        if (random.oneIn(2000)) table.validate();
      }
      table.validate();
      const found = new Map<string, number>();
      htForEach(table.arena, table.t, (e) => found.set(table.key(e), table.payload(e)));
      expect(found).toEqual(model);
      expect(table.size).toBe(model.size);
    }));
});

function keyOf(random: Random, keys: number): Buffer {
  const n = random.below(keys);
  return n % 97 === 3 ? Buffer.alloc(n, 'x') : Buffer.from(`k${n}`);
}

function step(random: Random, table: Table, model: Map<string, number>, key: Buffer, growing: boolean): void {
  const text = key.toString('latin1');
  const e = table.find(key);
  expect(e !== 0).toBe(model.has(text));
  if (e === 0) {
    if (!growing && !random.oneIn(4)) return;
    const payload = random.below(2 ** 32);
    table.add(key, payload);
    model.set(text, payload);
    return;
  }
  expect(table.payload(e)).toBe(model.get(text));
  if (random.oneIn(3)) {
    // Another block, as when a value grows.
    const moved = newElement(table.arena, table.prefix, key, 0, key.length, 4);
    table.arena.copyBlock(e, moved, Math.min(table.arena.capacity(e), table.arena.capacity(moved)));
    htReplace(table.arena, table.t, e, moved, hashBytes(key, 0, key.length));
    table.arena.free(e);
  } else if (!growing || random.oneIn(4)) {
    table.remove(key);
    model.delete(text);
  }
}
