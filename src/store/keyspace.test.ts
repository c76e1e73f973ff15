import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import type { Db } from './db.ts';
import { ENC_RAW, TYPE_MODULE } from './entry-layout.ts';
import { CAUSE_LOADING, CAUSE_REPLICA } from './expire-causes.ts';
import { Keyspace, LOOKUP_KEEP_HIDDEN, LOOKUP_NOEXPIRE, LOOKUP_NOSTATS, LOOKUP_NOTOUCH } from './keyspace.ts';
import { inlineOps } from './value-ops.ts';

const START_MS = 1_700_000_000_000;
const text = (s: string) => Buffer.from(s, 'latin1');

function newKeyspace(): Keyspace {
  const keyspace = new Keyspace(16);
  keyspace.tick(START_MS);
  return keyspace;
}

function set(db: Db, key: string, value = 'v', expireMs?: number): number {
  const k = text(key);
  const v = text(value);
  const e = db.setString(k, 0, k.length, v, 0, v.length, ENC_RAW, false);
  return expireMs === undefined ? e : db.setExpire(e, expireMs);
}

function read(keyspace: Keyspace, db: Db, key: string, flags = 0): number {
  const k = text(key);
  return keyspace.lookupRead(db, k, 0, k.length, flags);
}

describe('lookups', () => {
  it('expire a key after its time, once, with both hooks', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[3]!;
    const events: string[] = [];
    keyspace.onExpire = (from, e) => {
      const key = from.u8(e).subarray(from.keyOff(e), from.keyOff(e) + from.keyLen(e));
      events.push(`${from.id}:${Buffer.from(key).toString()}:${from.size}`);
    };
    keyspace.onExpired = (from) => events.push(`gone:${from.size}`);
    keyspace.onKeyMiss = (_db, buf, off, len) => events.push(`miss:${Buffer.from(buf.subarray(off, off + len))}`);
    set(db, 'k', 'v', START_MS + 1000);
    keyspace.tick(START_MS + 1000);
    expect(read(keyspace, db, 'k')).not.toBe(0);
    keyspace.tick(START_MS + 1001);
    expect(read(keyspace, db, 'k')).toBe(0);
    expect(read(keyspace, db, 'k', LOOKUP_NOSTATS)).toBe(0);
    expect(events).toEqual(['3:k:1', 'gone:0', 'miss:k', 'miss:k']);
    expect(keyspace.stats).toMatchObject({ expiredKeys: 1, hits: 1, misses: 1 });
    expect(db.size).toBe(0);
  });

  it('find the place of a key that expired although whoever was told looked for others or set it again', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[0]!;
    const k = text('k');
    set(db, 'k', 'old', START_MS - 1);
    keyspace.onExpired = () => set(db, 'other');
    expect(keyspace.lookupWrite(db, k, 0, 1)).toBe(0);
    const e = db.insertString(k, 0, 1, text('v'), 0, 1, ENC_RAW, false);
    expect(read(keyspace, db, 'k')).toBe(e);
    db.setExpire(e, START_MS - 1);
    let again = 0;
    keyspace.onExpired = () => {
      again = set(db, 'k', 'again');
    };
    expect(keyspace.lookupWrite(db, k, 0, 1)).toBe(again);
    expect(db.size).toBe(2);
    keyspace.validateIntegrity();
  });

  it('for writing delete hidden keys too, unless they are to be kept', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[0]!;
    const k = text('k');
    set(db, 'k', 'v', START_MS - 1);
    keyspace.expireCauses.set(CAUSE_REPLICA, true);
    expect(read(keyspace, db, 'k')).toBe(0);
    expect(keyspace.lookupWrite(db, k, 0, 1, LOOKUP_KEEP_HIDDEN)).toBe(0);
    expect(db.size).toBe(1);
    expect(keyspace.lookupWrite(db, k, 0, 1)).toBe(0);
    expect(db.size).toBe(0);
  });

  it('hide or ignore expired keys by mode and flag', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[0]!;
    const e = set(db, 'k', 'v', -5);
    keyspace.expireCauses.set(CAUSE_REPLICA, true);
    expect(read(keyspace, db, 'k')).toBe(0);
    expect(keyspace.activeExpireCycle(1000, 1)).toBe(0);
    expect(db.size).toBe(1);
    keyspace.expireCauses.set(CAUSE_LOADING, true);
    expect(read(keyspace, db, 'k')).toBe(e);
    keyspace.expireCauses.set(CAUSE_REPLICA, false);
    keyspace.expireCauses.set(CAUSE_LOADING, false);
    expect(read(keyspace, db, 'k', LOOKUP_NOEXPIRE)).toBe(e);
    expect(read(keyspace, db, 'k')).toBe(0);
    expect(db.size).toBe(0);
  });

  it('keep the LRU clock, unless told not to touch', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[0]!;
    const e = set(db, 'k');
    keyspace.tick(START_MS + 100_000);
    expect(keyspace.objectIdleSeconds(e)).toBe(100);
    read(keyspace, db, 'k', LOOKUP_NOTOUCH);
    expect(keyspace.objectIdleSeconds(e)).toBe(100);
    read(keyspace, db, 'k');
    expect(keyspace.objectIdleSeconds(e)).toBe(0);
    // Across the wrap of the 24-bit clock.
    keyspace.tick(START_MS - (START_MS % (2 ** 24 * 1000)) + 2 ** 24 * 1000 - 5000);
    read(keyspace, db, 'k');
    keyspace.tick(keyspace.nowMs + 15_000);
    expect(keyspace.objectIdleSeconds(e)).toBeGreaterThanOrEqual(14);
    expect(keyspace.objectIdleSeconds(e)).toBeLessThanOrEqual(15);
  });

  it('count and decay LFU frequencies', () => {
    const keyspace = newKeyspace();
    keyspace.clock.lfu = true;
    keyspace.clock.lfuLogFactor = 0;
    keyspace.tick(START_MS);
    const db = keyspace.dbs[0]!;
    const e = set(db, 'k');
    expect(keyspace.objectFreq(e)).toBe(5);
    for (let i = 0; i < 10; i++) read(keyspace, db, 'k');
    expect(keyspace.objectFreq(e)).toBe(15);
    keyspace.tick(START_MS + 3 * 60_000);
    expect(keyspace.objectFreq(e)).toBe(12);
    set(db, 'k', 'other');
    expect(keyspace.objectFreq(e)).toBe(12);
    for (let i = 0; i < 300; i++) read(keyspace, db, 'k');
    expect(keyspace.objectFreq(e)).toBe(255);
    keyspace.clock.lfuDecayTime = 0;
    keyspace.tick(START_MS + 1000 * 60_000);
    expect(keyspace.objectFreq(e)).toBe(255);
  });
});

describe('activeExpireCycle', () => {
  it('expires stale keys of all databases and nothing else', () =>
    fuzz(1, (prng) => {
      const keyspace = newKeyspace();
      const live = new Set<string>();
      for (let i = 0; i < 150_000; i++) {
        const id = i % 3;
        const stale = prng.below(3) === 0;
        if (!stale) live.add(`${id}:key:${i}`);
        const expiry =
          prng.below(4) === 0 && !stale ? undefined : stale ? START_MS - 1 - prng.below(1e6) : START_MS + 1e6;
        set(keyspace.dbs[id]!, `key:${i}`, 'v', expiry);
      }
      const stale = 150_000 - live.size;
      let expired = 0;
      for (let run = 0; run < 100_000 && expired < stale; run++)
        expired += keyspace.activeExpireCycle(5000, 1 + (run % 10));
      expect(expired).toBe(stale);
      expect(keyspace.stats.expiredKeys).toBe(stale);
      expect(keyspace.size).toBe(live.size);
      for (const name of live) expect(read(keyspace, keyspace.dbs[Number(name[0])]!, name.slice(2))).not.toBe(0);
      expect(Math.round(keyspace.dbs[0]!.avgTtlMs)).toBe(1e6);
      keyspace.validateIntegrity();
    }));

  it('stops when its time is up and goes on from there', () => {
    const keyspace = newKeyspace();
    for (let i = 0; i < 1000; i++) set(keyspace.dbs[i % 2]!, `key:${i}`, 'v', 0);
    expect(keyspace.activeExpireCycle(0, 1)).toBe(20);
    expect(keyspace.expireCycleTimedOut).toBe(true);
    expect(keyspace.dbs[0]!.size).toBe(480);
    expect(keyspace.activeExpireCycle(0, 1)).toBe(20);
    expect(keyspace.dbs[1]!.size).toBe(480);
    expect(keyspace.stats.expiredTimeCapReachedCount).toBe(2);
    expect(keyspace.stats.expiredStalePerc).toBeGreaterThan(5);
    expect(keyspace.activeExpireCycle(1e9, 1)).toBe(960);
    expect(keyspace.expireCycleTimedOut).toBe(false);
  });
});

describe('flushes and swaps', () => {
  it('flush one database among others, at once or lazily', () => {
    for (const lazy of [false, true]) {
      const keyspace = newKeyspace();
      for (let i = 0; i < 5000; i++) set(keyspace.dbs[i % 2]!, `key:${i}`, 'v'.repeat(i % 300), START_MS + 1000);
      expect(keyspace.flushDb(keyspace.dbs[1]!, lazy)).toBe(2500);
      expect(keyspace.dbs[1]!.size).toBe(0);
      expect(keyspace.dbs[1]!.volatileSize).toBe(0);
      expect(keyspace.lazyFree.pendingObjects).toBe(lazy ? 2500 : 0);
      set(keyspace.dbs[1]!, 'key:1', 'again');
      for (let i = 0; i < 1000 && keyspace.lazyFree.pendingObjects > 0; i++) keyspace.cron(1);
      expect(keyspace.lazyFree.pendingObjects).toBe(0);
      expect(read(keyspace, keyspace.dbs[1]!, 'key:1')).not.toBe(0);
      expect(read(keyspace, keyspace.dbs[0]!, 'key:2')).not.toBe(0);
      expect(keyspace.arena.stats().blocks).toBe(2501);
      keyspace.validateIntegrity();
    }
  });

  it('flush everything, freeing values of modules', () => {
    const keyspace = newKeyspace();
    let freed = 0;
    keyspace.types.register(TYPE_MODULE, {
      ...inlineOps(TYPE_MODULE),
      freeSome: (_db, _e, budget) => {
        freed++;
        return budget;
      },
    });
    for (let i = 0; i < 3000; i++) {
      const k = text(`list:${i}`);
      keyspace.dbs[i % 16]!.add(k, 0, k.length, TYPE_MODULE, ENC_RAW, 20);
      set(keyspace.dbs[i % 16]!, `string:${i}`);
    }
    keyspace.flushDb(keyspace.dbs[5]!, true);
    expect(keyspace.flushAll(false)).toBe(6000 - 2 * 188);
    expect(freed).toBe(3000);
    expect(keyspace.size).toBe(0);
    expect(keyspace.arena.usedBytes).toBe(0);
    expect(keyspace.lazyFree.pendingObjects).toBe(0);
    keyspace.validateIntegrity();
    set(keyspace.dbs[0]!, 'k');
    keyspace.validateIntegrity();
  });

  it('swap databases', () => {
    const keyspace = newKeyspace();
    set(keyspace.dbs[0]!, 'in0');
    set(keyspace.dbs[7]!, 'in7');
    keyspace.swapDb(0, 7);
    expect(read(keyspace, keyspace.dbs[7]!, 'in0')).not.toBe(0);
    expect(read(keyspace, keyspace.dbs[0]!, 'in7')).not.toBe(0);
    expect(keyspace.dbs.map((db) => db.id)).toEqual([...Array(16).keys()]);
  });

  it('shrink tables and give memory back in cron', () => {
    const keyspace = newKeyspace();
    const db = keyspace.dbs[0]!;
    for (let i = 0; i < 200_000; i++) set(db, `key:${i}`, 'v'.repeat(300));
    const buckets = db.dict.buckets;
    for (let i = 100; i < 200_000; i++) {
      const k = text(`key:${i}`);
      db.delete(k, 0, k.length);
    }
    for (let i = 0; i < 200; i++) keyspace.cron(5);
    expect(db.dict.buckets).toBeLessThan(buckets / 100);
    expect(db.dict.isRehashing).toBe(false);
    expect(keyspace.arena.dirtyBytes).toBeLessThan(32 * 1024 * 1024);
    keyspace.validateIntegrity();
  });
});
