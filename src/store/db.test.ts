import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { AccessClock } from './access-clock.ts';
import { Db } from './db.ts';
import { ENC_EMBSTR, ENC_INT, ENC_LISTPACK, ENC_RAW, TYPE_LIST, TYPE_STRING } from './entry-layout.ts';

const text = (s: string) => Buffer.from(s, 'latin1');

function newDb(): Db {
  const clock = new AccessClock();
  clock.tick(Date.now());
  return new Db(0, new Arena(), clock);
}

function set(db: Db, key: string, value: string, keepTtl = false): number {
  const k = text(key);
  const v = text(value);
  return db.setString(k, 0, k.length, v, 0, v.length, ENC_RAW, keepTtl);
}

function find(db: Db, key: string): number {
  const k = text(key);
  return db.find(k, 0, k.length);
}

function keyOf(db: Db, e: number): string {
  return Buffer.from(db.u8(e).subarray(db.keyOff(e), db.keyOff(e) + db.keyLen(e))).toString('latin1');
}

function valueText(db: Db, e: number): string {
  return Buffer.from(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e))).toString('latin1');
}

function check(db: Db): void {
  db.validateIntegrity();
  db.arena.validateIntegrity();
}

describe('Db', () => {
  it('sets, finds and deletes strings of all kinds of sizes', () => {
    const db = newDb();
    const sizes = [0, 1, 15, 44, 45, 100, 4095, 4096, 40_000, 70_000, 1_000_000, 34_000_000, 68_000_000];
    for (const size of sizes) set(db, `key:${size}`, 'v'.repeat(size));
    expect(db.size).toBe(sizes.length);
    for (const size of sizes) {
      const e = find(db, `key:${size}`);
      expect(db.valLen(e)).toBe(size);
      expect(
        db
          .u8(e)
          .subarray(db.valOff(e), db.valOff(e) + size)
          .every((byte) => byte === 118),
      ).toBe(true);
    }
    check(db);
    for (const size of sizes) {
      const k = text(`key:${size}`);
      expect(db.delete(k, 0, k.length)).toBe(true);
      expect(db.delete(k, 0, k.length)).toBe(false);
    }
    expect(db.arena.usedBytes).toBe(0);
    check(db);
  });

  it('takes keys with NUL and high bytes, and the empty key', () => {
    const db = newDb();
    for (const key of ['', '\0', '\0\0', '\xff\x80', 'a\0b']) set(db, key, `<${key}>`);
    for (const key of ['', '\0', '\0\0', '\xff\x80', 'a\0b']) expect(valueText(db, find(db, key))).toBe(`<${key}>`);
    expect(find(db, '\0\0\0')).toBe(0);
  });

  it('keeps every expiry of 53 bits and sign', () => {
    const db = newDb();
    for (const ms of [
      0,
      1,
      -2,
      -(2 ** 32),
      -(2 ** 32) - 1,
      2 ** 31,
      2 ** 32,
      2 ** 32 - 1,
      1.7e12,
      2 ** 53,
      -(2 ** 53),
    ]) {
      const e = db.setExpire(set(db, 'k', 'value'), ms);
      expect(db.getExpire(e)).toBe(ms);
      expect(valueText(db, e)).toBe('value');
      expect(db.volatileSize).toBe(1);
    }
    expect(db.removeExpire(find(db, 'k'))).toBe(true);
    expect(db.removeExpire(find(db, 'k'))).toBe(false);
    expect(db.getExpire(find(db, 'k'))).toBe(-1);
    expect(db.volatileSize).toBe(0);
    check(db);
  });

  it('overwrites in place when the block fits, and keeps or drops the expiry', () => {
    const db = newDb();
    const e = db.setExpire(set(db, 'k', 'abcdefgh'), 5000);
    expect(set(db, 'k', 'ABCDEFG', true)).toBe(e);
    expect(db.getExpire(e)).toBe(5000);
    const moved = set(db, 'k', 'x'.repeat(500), true);
    expect(moved).not.toBe(e);
    expect(db.getExpire(moved)).toBe(5000);
    expect(db.getExpire(set(db, 'k', 'y'))).toBe(-1);
    check(db);
  });

  it('copies a value from the arena, from the same entry too', () => {
    const db = newDb();
    const e = set(db, 'k', 'hello world');
    const k = text('k');
    const at = db.setString(k, 0, 1, db.u8(e), db.valOff(e) + 6, 5, ENC_EMBSTR, false);
    expect(valueText(db, at)).toBe('world');
    const big = set(db, 'k', `${'x'.repeat(5000)}0123456789`);
    const small = db.setString(k, 0, 1, db.u8(big), db.valOff(big) + 5000, 10, ENC_RAW, false);
    expect(valueText(db, small)).toBe('0123456789');
    check(db);
  });

  it('resizes values: keeps the prefix, zero-fills, over-allocates on request', () => {
    const db = newDb();
    let e = db.setExpire(set(db, 'k', 'abc'), 777);
    e = db.resizeValue(e, 6);
    expect(valueText(db, e)).toBe('abc\0\0\0');
    e = db.resizeValue(e, 1000, true);
    expect(db.valCapacity(e)).toBeGreaterThanOrEqual(2000);
    e = db.resizeValue(e, 2);
    expect(valueText(db, e)).toBe('ab');
    expect(db.valCapacity(e)).toBeLessThan(100);
    for (let len = 2; len < 3_000_000; len *= 3) e = db.resizeValue(e, len, true);
    expect(valueText(db, e).slice(0, 3)).toBe('ab\0');
    expect(db.getExpire(e)).toBe(777);
    check(db);
  });

  it('calls the hook when values of other types have gone away', () => {
    const db = newDb();
    const freed: string[] = [];
    db.onRelease = (from, type, e) => {
      freed.push(`${type}:${keyOf(from, e)}`);
      from.freeBlock(e);
    };
    const k = text('list');
    const add = () => db.add(k, 0, k.length, TYPE_LIST, ENC_LISTPACK, 16);
    add();
    set(db, 'list', 'now a string');
    expect(freed).toEqual(['1:list']);
    const e = db.replaceValue(find(db, 'list'), TYPE_LIST, ENC_LISTPACK, 40, false);
    expect([db.type(e), db.encoding(e), db.valLen(e)]).toEqual([TYPE_LIST, ENC_LISTPACK, 40]);
    db.deleteEntry(e);
    add();
    db.flush();
    expect(freed).toEqual(['1:list', '1:list', '1:list']);
    expect(db.arena.usedBytes).toBe(0);
    check(db);
  });

  it('renames to keys of any length', () => {
    const db = newDb();
    let e = db.setExpire(set(db, 'key', 'some value'), 99);
    let name = 'key';
    for (const to of ['other', 'x', 'k'.repeat(300), '', 'yek']) {
      const k = text(to);
      e = db.rename(e, k, 0, k.length);
      expect(find(db, name)).toBe(0);
      expect(find(db, to)).toBe(e);
      expect(valueText(db, e)).toBe('some value');
      expect(db.getExpire(e)).toBe(99);
      name = to;
      check(db);
    }
  });

  it('holds SCAN guarantees under inserts, deletes and resizes', () =>
    fuzz(1, (prng) => {
      for (let round = 0; round < 60; round++) {
        const db = newDb();
        const start = prng.below(3000);
        for (let i = 0; i < start; i++) set(db, `stay:${i}`, '');
        const mode = round % 3;
        if (mode === 1) for (let i = 0; i < 20_000; i++) set(db, `noise:${i}`, '');
        const seen = new Set<string>();
        let cursor = 0;
        let noise = 0;
        let steps = 0;
        do {
          cursor = db.scan(cursor, (e) => seen.add(keyOf(db, e)));
          for (let i = prng.below(mode === 2 ? 1 : 60); i > 0; i--) {
            if (mode === 0) {
              // Bounded: a table that keeps growing faster than it is scanned has no end.
              if (noise < 20_000) set(db, `noise:${noise++}`, '');
            } else {
              const k = text(`noise:${noise++ % 20_000}`);
              db.delete(k, 0, k.length);
            }
          }
          steps++;
        } while (cursor !== 0 && steps < 200_000);
        expect(cursor).toBe(0);
        for (let i = 0; i < start; i++) expect(seen.has(`stay:${i}`)).toBe(true);
        check(db);
      }
    }));

  it('samples random keys evenly', () => {
    const db = newDb();
    const counts = new Map<number, number>();
    for (let i = 0; i < 100; i++) counts.set(set(db, `key:${i}`, ''), 0);
    for (let i = 0; i < 100_000; i++) {
      const e = db.randomEntry();
      counts.set(e, counts.get(e)! + 1);
    }
    // 1000 expected; 7 standard deviations of a binomial are 220.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(230);
  });

  it('agrees with a plain model after any operations', () =>
    fuzz(1, (prng) => {
      const db = newDb();
      const model = new Map<string, { value: string; expire: number; encoding: number }>();
      const randomValue = () => {
        const kind = prng.below(1000);
        const size = kind < 900 ? prng.below(100) : kind < 990 ? prng.below(6000) : prng.below(300_000);
        return String.fromCharCode(97 + prng.below(26)).repeat(size);
      };
      for (let round = 0; round < 20; round++) {
        const keys = [50, 500, 20_000, 3000][round % 4]!;
        for (let op = 0; op < 10_000; op++) {
          const key = `key:${prng.below(keys)}${prng.below(20) === 0 ? 'long'.repeat(prng.below(40)) : ''}`;
          const e = find(db, key);
          const known = model.get(key);
          if ((e === 0) !== (known === undefined)) throw new Error(`presence of ${key} differs`);
          const what = prng.below(10);
          if (what < 4) {
            const value = randomValue();
            const keepTtl = prng.below(2) === 0;
            const encoding = prng.below(2) === 0 ? ENC_RAW : ENC_INT;
            const k = text(key);
            const v = text(value);
            db.setString(k, 0, k.length, v, 0, v.length, encoding, keepTtl);
            model.set(key, { value, expire: keepTtl ? (known?.expire ?? -1) : -1, encoding });
          } else if (e !== 0 && known !== undefined) {
            if (what < 6 || (round % 4 === 3 && what < 9)) {
              db.deleteEntry(e);
              model.delete(key);
            } else if (what === 6) {
              known.expire = prng.below(2 ** 31) * 2000;
              db.setExpire(e, known.expire);
            } else if (what === 7) {
              expect(db.removeExpire(e)).toBe(known.expire !== -1);
              known.expire = -1;
            } else if (what === 8) {
              const size =
                prng.below(2) === 0 ? known.value.length + prng.below(50) : prng.below(known.value.length + 1);
              db.resizeValue(e, size, prng.below(2) === 0);
              known.value = known.value.slice(0, size).padEnd(size, '\0');
            } else {
              const to = `${key}!`;
              if (find(db, to) !== 0) continue;
              const k = text(to);
              db.rename(e, k, 0, k.length);
              model.delete(key);
              model.set(to, known);
            }
          }
        }
        check(db);
        expect(db.size).toBe(model.size);
        let expiring = 0;
        for (const [key, { value, expire, encoding }] of model) {
          const e = find(db, key);
          if (e === 0) throw new Error(`lost ${key}`);
          if (valueText(db, e) !== value) throw new Error(`value of ${key} differs`);
          if (db.getExpire(e) !== expire) throw new Error(`expiry of ${key} differs`);
          expect([db.type(e), db.encoding(e)]).toEqual([TYPE_STRING, encoding]);
          if (expire !== -1) expiring++;
        }
        expect(db.volatileSize).toBe(expiring);
      }
      db.flush();
      check(db);
      expect(db.arena.usedBytes).toBe(0);
    }));
});
