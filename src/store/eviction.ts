/**
 * Which key is evicted next, by the policies of `maxmemory-policy`.
 *
 * LRU, LFU and ttl: some keys of every database are sampled, the best of all samples so far wait in a pool
 * (eviction-pool.ts), and the best of these goes. Random: any key, the databases taking turns. `allkeys-*` samples
 * neighbouring buckets of the dict, `volatile-*` independent places of the volatile vector, whose neighbours were often
 * set together.
 */
import type { Db } from './db.ts';
import { W_META } from './entry-layout.ts';
import { EvictionPool } from './eviction-pool.ts';
import type { Keyspace } from './keyspace.ts';

/** Most keys sampled at a time: the limit of `maxmemory-samples`. */
const MAX_SAMPLES = 64;
const LFU_MAX = 255;

/** What decides among the keys. */
export type EvictionOrder = 'none' | 'lru' | 'lfu' | 'ttl' | 'random';

export class Eviction {
  order: EvictionOrder = 'none';
  /** Only keys with an expiry. */
  volatileOnly = false;
  /** Keys looked at in each database each time. */
  samples = 5;
  /** Database of the entry that next() answered. */
  victimDb: Db;
  readonly pool: EvictionPool = new EvictionPool();
  private readonly keyspace: Keyspace;
  private readonly sampled = new Uint32Array(MAX_SAMPLES);
  private turn = 0;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.victimDb = keyspace.dbs[0]!;
  }

  /** Takes a policy by the name that `maxmemory-policy` gives it. */
  setPolicy(name: string): void {
    const [, scope, order] = /^(allkeys|volatile)-(lru|lfu|ttl|random)$/.exec(name) ?? [];
    this.volatileOnly = scope === 'volatile';
    this.order = (order as EvictionOrder | undefined) ?? 'none';
    this.pool.clear();
  }

  /** The entry to be evicted next, in `victimDb`; 0 when there is none. */
  next(): number {
    if (this.order === 'none') return 0;
    return this.order === 'random' ? this.nextRandom() : this.nextBest();
  }

  private nextRandom(): number {
    const { dbs } = this.keyspace;
    for (let tries = 0; tries < dbs.length; tries++) {
      this.turn = this.turn + 1 < dbs.length ? this.turn + 1 : 0;
      const db = dbs[this.turn]!;
      if (this.volatileOnly && db.volatileSize > 0) return this.found(db, this.randomVolatile(db));
      if (!this.volatileOnly && db.size > 0) return this.found(db, db.randomEntry());
    }
    return 0;
  }

  private nextBest(): number {
    const { pool } = this;
    const { dbs } = this.keyspace;
    for (;;) {
      let candidates = 0;
      for (let i = 0; i < dbs.length; i++) {
        const keys = this.volatileOnly ? dbs[i]!.volatileSize : dbs[i]!.size;
        if (keys === 0) continue;
        candidates += keys;
        this.sample(dbs[i]!);
      }
      if (candidates === 0) return 0;
      while (pool.takeBest()) {
        const db = dbs[pool.takenDb]!;
        const e = pool.find(db);
        // It may be gone, not expire any more, or have been used since.
        if (e === 0 || (this.volatileOnly && !db.hasExpire(e))) continue;
        if (this.score(db, e) >= pool.takenScore) return this.found(db, e);
      }
    }
  }

  private found(db: Db, e: number): number {
    this.victimDb = db;
    return e;
  }

  /** Offers some keys of a database to the pool; none, it may be, where the table is nearly empty. */
  private sample(db: Db): void {
    const { sampled } = this;
    let count: number;
    if (this.volatileOnly) {
      count = Math.min(this.samples, db.volatileSize);
      for (let i = 0; i < count; i++) sampled[i] = this.randomVolatile(db);
    } else count = db.dict.sampleEntries(sampled, this.samples);
    for (let i = 0; i < count; i++) this.pool.add(this.score(db, sampled[i]!), db, sampled[i]!);
  }

  private randomVolatile(db: Db): number {
    return db.volatile.at(Math.floor(Math.random() * db.volatileSize));
  }

  private score(db: Db, e: number): number {
    if (this.order === 'ttl') return -db.getExpire(e);
    const { clock } = this.keyspace;
    const accessed = db.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_META]! >>> 8;
    return this.order === 'lru' ? clock.idleSeconds(accessed) : LFU_MAX - clock.decayed(accessed);
  }
}
