import { describe, expect, it } from 'vitest';
import { Arena } from '../memory/arena.ts';
import { AccessClock } from './access-clock.ts';
import { Db } from './db.ts';
import { ENC_RAW } from './entry-layout.ts';

const key = Buffer.alloc(16, 'k');

function setNumber(db: Db, n: number): number {
  key.writeUInt32LE(n, 4);
  return db.setString(key, 0, 16, key, 0, 4, ENC_RAW, false);
}

function newDb(): Db {
  return new Db(0, new Arena(), new AccessClock());
}

describe('Dict', () => {
  it('grows at load factor 1 and finds every key while it rehashes', () => {
    const db = newDb();
    let rehashing = 0;
    for (let i = 0; i < 5000; i++) {
      setNumber(db, i);
      if (db.dict.isRehashing) rehashing++;
      if (i % 512 === 300) {
        for (let j = 0; j <= i; j++) {
          key.writeUInt32LE(j, 4);
          expect(db.find(key, 0, 16)).not.toBe(0);
        }
      }
      if (i % 100 === 0) db.validateIntegrity();
    }
    expect(rehashing).toBeGreaterThan(500);
    while (db.dict.rehashSteps(100));
    expect(db.dict.buckets).toBe(8192);
    db.validateIntegrity();
  });

  it('does not move while paused', () => {
    const db = newDb();
    for (let i = 0; i < 1025; i++) setNumber(db, i);
    expect(db.dict.isRehashing).toBe(true);
    db.dict.pauseRehash();
    for (let i = 0; i < 5000; i++) setNumber(db, i);
    expect(db.dict.rehashMilliseconds(1)).toBe(true);
    db.dict.resumeRehash();
    while (db.dict.rehashSteps(100));
    setNumber(db, 5000);
    while (db.dict.rehashSteps(100));
    expect(db.dict.buckets).toBe(8192);
    db.validateIntegrity();
  });

  it('shrinks when an eighth full', () => {
    const db = newDb();
    const refs: number[] = [];
    for (let i = 0; i < 4096; i++) refs.push(setNumber(db, i));
    while (db.dict.rehashSteps(100));
    expect(db.dict.buckets).toBe(4096);
    for (let i = 0; i < 4096 - 513; i++) db.deleteEntry(refs[i]!);
    expect(db.dict.isRehashing).toBe(false);
    db.deleteEntry(refs[4095]!);
    expect(db.dict.isRehashing).toBe(true);
    while (db.dict.rehashSteps(100));
    expect(db.dict.buckets).toBe(512);
    db.validateIntegrity();
    for (let i = 4096 - 513; i < 4095; i++) db.deleteEntry(refs[i]!);
    for (let i = 0; i < 100; i++) db.dict.shrinkIfNeeded();
    expect(db.size).toBe(0);
    db.validateIntegrity();
  });

  it('takes cursors of any size', () => {
    const db = newDb();
    for (let i = 0; i < 100; i++) setNumber(db, i);
    for (const cursor of [2 ** 31, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 53]) {
      const next = db.scan(cursor, () => {});
      expect(Number.isSafeInteger(next) && next >= 0).toBe(true);
    }
  });

  it('samples distinct entries', () => {
    const db = newDb();
    const out = new Uint32Array(64);
    expect(db.dict.sampleEntries(out, 5)).toBe(0);
    for (let i = 0; i < 1000; i++) setNumber(db, i);
    for (let round = 0; round < 200; round++) {
      const found = db.dict.sampleEntries(out, 16);
      expect(found).toBeGreaterThan(0);
      expect(new Set(out.subarray(0, found)).size).toBe(found);
    }
  });

  it('keeps a volatile vector of several segments', () => {
    const db = newDb();
    const count = 200_000;
    for (let i = 0; i < count; i++) db.setExpire(setNumber(db, i), i);
    expect(db.volatileSize).toBe(count);
    for (let i = 0; i < count; i += 2) {
      key.writeUInt32LE(i, 4);
      expect(db.removeExpire(db.find(key, 0, 16))).toBe(true);
    }
    db.validateIntegrity();
    for (let i = 1; i < count; i += 2) {
      key.writeUInt32LE(i, 4);
      const e = db.find(key, 0, 16);
      expect(db.getExpire(e)).toBe(i);
      db.deleteEntry(e);
    }
    expect(db.volatileSize).toBe(0);
    db.validateIntegrity();
  });
});
