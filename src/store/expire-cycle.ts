/**
 * The active expire cycle: deletes keys nobody asks for any more.
 *
 * Redis samples its expires dict; here every other key comes from a random place of the volatile vector, so that the
 * share of stale keys is estimated fairly, and the others from a cursor that walks the vector backwards. Removal moves
 * the last ref into the gap, which the walk has passed already, so one round meets every volatile key that stays. As in
 * Redis a database is left as soon as few of the keys looked at were stale, and `effort` (1 … 10) raises the keys per
 * loop and lowers the share of stale keys put up with.
 */
import type { Db } from './db.ts';
import type { Keyspace } from './keyspace.ts';

const KEYS_PER_LOOP = 20;
const ACCEPTABLE_STALE_PERC = 10;

export class ExpireCycle {
  /** The last run ended because its time was up. */
  timedOut = false;
  private readonly keyspace: Keyspace;
  private nextDb = 0;
  private sampled = 0;
  private expired = 0;
  private ttlSumMs = 0;
  private ttlSamples = 0;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /** Runs for about `timeBudgetUs`; returns how many keys expired. */
  run(timeBudgetUs: number, effort: number): number {
    this.timedOut = false;
    const startMs = performance.now();
    const untilMs = startMs + timeBudgetUs / 1000;
    const dbs = this.keyspace.dbs;
    this.sampled = 0;
    this.expired = 0;
    for (let visited = 0; visited < dbs.length && !this.timedOut; visited++) {
      if (this.nextDb >= dbs.length) this.nextDb = 0;
      const db = dbs[this.nextDb]!;
      // Moved on before the work: a database that eats all the time must not starve the others.
      this.nextDb++;
      if (db.volatileSize > 0) this.runDb(db, effort - 1, untilMs);
      else db.avgTtlMs = 0;
    }
    const stats = this.keyspace.stats;
    if (this.timedOut) stats.expiredTimeCapReachedCount++;
    const stale = this.sampled === 0 ? 0 : (this.expired * 100) / this.sampled;
    stats.expiredStalePerc = stale * 0.05 + stats.expiredStalePerc * 0.95;
    stats.expireCycleCpuMs += performance.now() - startMs;
    return this.expired;
  }

  private runDb(db: Db, effort: number, untilMs: number): void {
    const keysPerLoop = KEYS_PER_LOOP + (KEYS_PER_LOOP / 4) * effort;
    const acceptableStale = ACCEPTABLE_STALE_PERC - effort;
    let left = db.volatileSize;
    this.ttlSumMs = 0;
    this.ttlSamples = 0;
    while (left > 0 && db.volatileSize > 0) {
      const count = Math.min(left, keysPerLoop);
      const expired = this.walk(db, count);
      left -= count;
      this.sampled += count;
      this.expired += expired;
      if (expired * 100 <= acceptableStale * count) break;
      if (performance.now() >= untilMs) {
        this.timedOut = true;
        break;
      }
    }
    if (this.ttlSamples > 0) {
      const average = this.ttlSumMs / this.ttlSamples;
      db.avgTtlMs = db.avgTtlMs === 0 ? average : (db.avgTtlMs / 50) * 49 + average / 50;
    }
  }

  /** Looks at `count` keys; returns how many were stale. */
  private walk(db: Db, count: number): number {
    const keyspace = this.keyspace;
    let expired = 0;
    for (; count > 0 && db.volatileSize > 0; count--) {
      const e = db.volatile.at((count & 1) === 0 ? Math.floor(Math.random() * db.volatileSize) : this.nextIndex(db));
      if (keyspace.isExpired(e)) {
        keyspace.expireEntry(db, e);
        expired++;
      } else {
        this.ttlSumMs += db.getExpire(e) - keyspace.nowMs;
        this.ttlSamples++;
      }
    }
    return expired;
  }

  private nextIndex(db: Db): number {
    if (db.expireCursor <= 0 || db.expireCursor > db.volatileSize) db.expireCursor = db.volatileSize;
    return --db.expireCursor;
  }
}
