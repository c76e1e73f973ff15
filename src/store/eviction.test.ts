import { describe, expect, it } from 'vitest';
import type { Db } from './db.ts';
import { ENC_RAW } from './entry-layout.ts';
import { Eviction } from './eviction.ts';
import { Keyspace } from './keyspace.ts';

const START_MS = 1_700_000_000_000;
const KEYS = 2000;

function set(db: Db, n: number): number {
  const key = Buffer.from(`key:${n}`);
  return db.setString(key, 0, key.length, key, 0, 1, ENC_RAW, false);
}

function numberOf(db: Db, e: number): number {
  const off = db.keyOff(e);
  return Number(Buffer.from(db.u8(e).subarray(off + 4, off + db.keyLen(e))).toString());
}

/** Evicts half of the keys by a policy; returns the mean of their numbers, over that of the best half. */
function qualityOf(keyspace: Keyspace, policy: string, samples: number): number {
  const eviction = new Eviction(keyspace);
  eviction.setPolicy(policy);
  eviction.samples = samples;
  let sum = 0;
  for (let i = 0; i < KEYS / 2; i++) {
    const e = eviction.next();
    sum += numberOf(eviction.victimDb, e);
    eviction.victimDb.deleteEntry(e);
    eviction.pool.validateIntegrity();
  }
  keyspace.validateIntegrity();
  return sum / (KEYS / 2) / (KEYS / 4);
}

/** Keys whose numbers are the order in which they should go. */
function filled(prepare: (keyspace: Keyspace, db: Db, e: number, n: number) => void, dbs = 1): Keyspace {
  const keyspace = new Keyspace(16);
  keyspace.tick(START_MS);
  for (let n = 0; n < KEYS; n++) {
    // Not in the order in which they are to go.
    const number = (n * 1237) % KEYS;
    const db = keyspace.dbs[number % dbs]!;
    prepare(keyspace, db, set(db, number), number);
  }
  return keyspace;
}

const byIdleTime = (keyspace: Keyspace, db: Db, e: number, n: number) => db.setLru(e, keyspace.clock.lruOf(KEYS - n));

describe('a policy evicts nearly the right keys', () => {
  // 1 is perfect, 2 is at random.
  it.each([
    ['allkeys-lru', 5, 1.25],
    ['allkeys-lru', 10, 1.12],
    ['allkeys-lru', 64, 1.02],
  ])('%s, %i samples', (policy, samples, worst) => {
    const quality = qualityOf(filled(byIdleTime), policy, samples);
    expect(quality).toBeGreaterThanOrEqual(1 - 1e-2);
    expect(quality).toBeLessThan(worst);
  });

  it('in all databases', () => {
    expect(qualityOf(filled(byIdleTime, 4), 'allkeys-lru', 5)).toBeLessThan(1.15);
  });

  it('volatile-ttl', () => {
    const keyspace = filled((_, db, e, n) => void db.setExpire(e, START_MS + 1000 * n));
    expect(qualityOf(keyspace, 'volatile-ttl', 5)).toBeLessThan(1.25);
  });

  it('allkeys-lfu', () => {
    const keyspace = filled((space, db, e, n) => db.setLru(e, space.clock.lfuOf(Math.floor((n * 200) / KEYS))));
    keyspace.clock.lfu = true;
    keyspace.tick(START_MS);
    expect(qualityOf(keyspace, 'allkeys-lfu', 5)).toBeLessThan(1.25);
  });

  it('allkeys-random', () => {
    const quality = qualityOf(
      filled(() => {}),
      'allkeys-random',
      5,
    );
    expect(quality).toBeGreaterThan(1.8);
    expect(quality).toBeLessThan(2.2);
  });
});

it.each(['volatile-lru', 'volatile-lfu', 'volatile-ttl', 'volatile-random'])('%s leaves other keys alone', (policy) => {
  const keyspace = filled((_, db, e, n) => {
    if (n % 2 === 1) db.setExpire(e, START_MS + 1000);
  }, 3);
  const eviction = new Eviction(keyspace);
  eviction.setPolicy(policy);
  for (let e = eviction.next(); e !== 0; e = eviction.next()) {
    const db = eviction.victimDb;
    expect(numberOf(db, e) % 2).toBe(1);
    // A key that waits in the pool may lose its expiry.
    if (numberOf(db, e) % 3 === 0) db.removeExpire(e);
    else db.deleteEntry(e);
  }
  expect(keyspace.dbs.some((db) => db.volatileSize > 0)).toBe(false);
  expect(keyspace.size).toBe(KEYS / 2 + Math.floor(KEYS / 2 / 3));
});

it('finds the last keys of a table that was much larger', () => {
  for (let round = 0; round < 20; round++) {
    const keyspace = filled(() => {});
    const db = keyspace.dbs[0]!;
    db.dict.pauseRehash();
    for (let n = 3; n < KEYS; n++) {
      const key = Buffer.from(`key:${n}`);
      db.delete(key, 0, key.length);
    }
    const eviction = new Eviction(keyspace);
    eviction.setPolicy('allkeys-lru');
    for (let left = 3; left > 0; left--) eviction.victimDb.deleteEntry(eviction.next());
    expect(eviction.next()).toBe(0);
  }
});

it('finds nothing in an empty keyspace, nor with noeviction', () => {
  const eviction = new Eviction(new Keyspace(2));
  for (const policy of ['allkeys-lru', 'volatile-ttl', 'allkeys-random', 'volatile-random', 'noeviction']) {
    eviction.setPolicy(policy);
    expect(eviction.next()).toBe(0);
  }
});
