/**
 * The keyspace: all databases, their arena and clock, and what happens on lookups (lazy expiry, access clock, hit
 * statistics). Time is `nowMs`, set once per tick, so that all commands of a tick see the same instant.
 */
import { Arena } from '../memory/arena.ts';
import { AccessClock } from './access-clock.ts';
import { Compaction } from './compaction.ts';
import { Db, FREE_LATER, FREE_LAZILY, FREE_NOW } from './db.ts';
import type { DetachedDict } from './detached-dict.ts';
import { EncodingLimits } from './encoding-limits.ts';
import { ENTRY_EXPIRES, W_EXPIRE_HI, W_EXPIRE_LO, W_KEYLEN, W_META } from './entry-layout.ts';
import { EXPIRE_DELETE, EXPIRE_HIDE, EXPIRE_IGNORE, ExpireCauses } from './expire-causes.ts';
import { ExpireCycle } from './expire-cycle.ts';
import { FieldExpiry } from './field-expiry.ts';
import { LAZYFREE_THRESHOLD, LazyFree } from './lazy-free.ts';
import { UNLINK_DELETED, UNLINK_EXPIRED, ValueOpsTable } from './value-ops.ts';
import { registerValueTypes } from './value-types.ts';

/** Lookup flag: leave the access clock alone. */
export const LOOKUP_NOTOUCH = 1;
/** Lookup flag: do not count hits and misses. */
export const LOOKUP_NOSTATS = 2;
/** Lookup flag: no onKeyMiss. */
export const LOOKUP_NONOTIFY = 4;
/** Lookup flag: find expired keys too. */
export const LOOKUP_NOEXPIRE = 8;
/** Lookup flag of lookupWrite(): where expired keys are kept, keep this one; the caller adds no second key. */
export const LOOKUP_KEEP_HIDDEN = 16;

/** How often RANDOMKEY tries to find a key that has not expired. */
const RANDOM_TRIES = 100;
const FREE_SLICE_OBJECTS = 1000;
/** Releasing this much takes about a millisecond. */
const PURGE_SLICE_BYTES = 8 * 1024 * 1024;
const PURGE_RESERVE_BYTES = 16 * 1024 * 1024;

const TWO_32 = 4294967296;

/** Counters of INFO stats. */
export interface KeyspaceStats {
  hits: number;
  misses: number;
  expiredKeys: number;
  /** Per cent of stale keys among the volatile ones, estimated by the active expire cycle. */
  expiredStalePerc: number;
  /** Cycles that ended because their time was up. */
  expiredTimeCapReachedCount: number;
  /** Milliseconds spent in the active expire cycle. */
  expireCycleCpuMs: number;
}

export class Keyspace {
  readonly arena: Arena = new Arena();
  readonly clock: AccessClock = new AccessClock();
  readonly limits: EncodingLimits = new EncodingLimits();
  readonly dbs: Db[] = [];
  /** Where commands make values that are on their way to a key. Empty between commands; nobody sees it. */
  readonly scratch: Db;
  /** What is known of the types of values; types register here. */
  readonly types: ValueOpsTable = new ValueOpsTable();
  /** Unix time in ms for all expiry decisions; set by tick(). */
  nowMs = 0;
  /** Values other than strings that were freed since start: freeing them can take long. */
  releasedValues = 0;
  /** Who wants expired keys kept. */
  readonly expireCauses: ExpireCauses = new ExpireCauses();
  /** Payloads of RESTORE are not asked for their checksum: DEBUG SET-SKIP-CHECKSUM-VALIDATION. */
  skipsPayloadChecksum = false;
  /** Lookups leave the access clock alone, whatever their flags: CLIENT NO-TOUCH. */
  noTouch = false;
  /** Large values of expired keys are freed later: lazyfree-lazy-expire. */
  lazyExpire = false;
  readonly stats: KeyspaceStats = {
    hits: 0,
    misses: 0,
    expiredKeys: 0,
    expiredStalePerc: 0,
    expiredTimeCapReachedCount: 0,
    expireCycleCpuMs: 0,
  };
  /** Called before an expired entry is deleted, to copy or propagate its key. The hook may not change the database. */
  onExpire: (db: Db, e: number) => void = () => {};
  /** Called after that deletion: notifications, whose receivers may run any command. Pairs of both nest. */
  onExpired: (db: Db) => void = () => {};
  /** Called when a read finds no key. */
  onKeyMiss: (db: Db, buf: Uint8Array, off: number, len: number) => void = () => {};
  private readonly cycle: ExpireCycle;
  /** Bytes of all tables, as of `arena.tableChanges` = `tablesSummed`. */
  private tableBytes = 0;
  private tablesSummed = -1;
  readonly lazyFree: LazyFree;
  /** Expired fields of hashes. */
  readonly fieldExpiry: FieldExpiry;
  readonly compaction: Compaction = new Compaction(this);

  constructor(databases: number) {
    registerValueTypes(this.types);
    for (let id = 0; id < databases; id++) this.dbs.push(this.newDb(id));
    this.scratch = this.newDb(-1);
    // Where values wait to be freed, they are known by the number of a database.
    this.scratch.onRelease = (_from, type, e, when) => this.release(this.dbs[0]!, type, e, when);
    this.lazyFree = new LazyFree(this.arena, this.dbs, this.types);
    this.cycle = new ExpireCycle(this);
    this.fieldExpiry = new FieldExpiry(this, databases);
    this.tick(Date.now());
  }

  private newDb(id: number): Db {
    const db = new Db(id, this.arena, this.clock);
    db.onRelease = (from, type, e, when) => this.release(from, type, e, when);
    db.onUnlink = (from, type, e, why) => this.types.of(type).unlinked?.(from, e, why);
    return db;
  }

  /** What happens to expired keys now, an EXPIRE_ number. */
  get expireMode(): number {
    return this.expireCauses.mode;
  }

  /** Sets the time; once per tick of the event loop. */
  tick(nowMs: number): void {
    this.nowMs = nowMs;
    this.clock.tick(nowMs);
  }

  /** The entry of a key for reading, or 0: expires it, counts, touches it. `flags`: LOOKUP_ bits. */
  lookupRead(db: Db, buf: Uint8Array, off: number, len: number, flags = 0): number {
    const e = this.lookupWrite(db, buf, off, len, flags | LOOKUP_KEEP_HIDDEN);
    if (e !== 0) {
      if ((flags & LOOKUP_NOSTATS) === 0) this.stats.hits++;
      return e;
    }
    if ((flags & LOOKUP_NOSTATS) === 0) this.stats.misses++;
    if ((flags & LOOKUP_NONOTIFY) === 0) this.onKeyMiss(db, buf, off, len);
    return 0;
  }

  /**
   * The entry of a key for writing, or 0: like lookupRead() without statistics. After 0 the key is not in the database,
   * unless LOOKUP_KEEP_HIDDEN is given.
   */
  lookupWrite(db: Db, buf: Uint8Array, off: number, len: number, flags = 0): number {
    const e = db.find(buf, off, len);
    if (e === 0) return 0;
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    if ((words[i + W_KEYLEN]! & ENTRY_EXPIRES) !== 0 && this.expireIfNeeded(db, e, flags)) {
      return this.afterExpiry(db, e, buf, off, len, flags);
    }
    if ((flags & LOOKUP_NOTOUCH) === 0 && !this.noTouch) {
      const meta = words[i + W_META]!;
      const clock = this.clock.touched(meta >>> 8);
      // Writing only on a change spares reads from dirtying the cache line.
      if (clock !== meta >>> 8) words[i + W_META] = (meta & 0xff) | (clock << 8);
    }
    return e;
  }

  /** What a lookup finds after expireIfNeeded() has said that `e` must not be found. */
  private afterExpiry(db: Db, e: number, buf: Uint8Array, off: number, len: number, flags: number): number {
    if (this.expireMode === EXPIRE_HIDE) {
      if ((flags & LOOKUP_KEEP_HIDDEN) !== 0) return 0;
      // A write during a pause (of a module, of the host program) would put a second key beside the hidden one.
      this.expireEntry(db, e);
    }
    // Whoever was told of the deletion may have looked other keys up, or set this one again.
    return db.find(buf, off, len);
  }

  /** Whether what has expired is ours to delete. */
  get deletesExpired(): boolean {
    return this.expireMode === EXPIRE_DELETE;
  }

  /** Whether what has expired is not to be found. */
  get hidesExpired(): boolean {
    return this.expireMode !== EXPIRE_IGNORE;
  }

  /** Whether the entry's expiry has passed. */
  isExpired(e: number): boolean {
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    if ((words[i + W_KEYLEN]! & ENTRY_EXPIRES) === 0) return false;
    return (words[i + W_EXPIRE_HI]! | 0) * TWO_32 + words[i + W_EXPIRE_LO]! < this.nowMs;
  }

  /** Whether a lookup must not find the entry; deletes it when it expired and that is ours to do. */
  expireIfNeeded(db: Db, e: number, flags = 0): boolean {
    if ((flags & LOOKUP_NOEXPIRE) !== 0 || this.expireMode === EXPIRE_IGNORE || !this.isExpired(e)) return false;
    if (this.expireMode === EXPIRE_DELETE) this.expireEntry(db, e);
    return true;
  }

  /** Deletes an expired entry: count, onExpire, delete, onExpired. */
  expireEntry(db: Db, e: number): void {
    this.stats.expiredKeys++;
    this.onExpire(db, e);
    try {
      this.deleteEntry(db, e, this.lazyExpire, UNLINK_EXPIRED);
    } finally {
      this.onExpired(db);
    }
  }

  /** Deletes an entry; `lazy`: a value that is much work to free is freed later by cron. `why`: an UNLINK_ reason. */
  deleteEntry(db: Db, e: number, lazy: boolean, why: number = UNLINK_DELETED): void {
    db.deleteEntry(e, why, lazy ? FREE_LAZILY : FREE_NOW);
  }

  /** Frees value and block of an entry that is in no table, now or later. */
  private release(db: Db, type: number, e: number, when: number): void {
    this.releasedValues++;
    const ops = this.types.of(type);
    if (when === FREE_LATER || (when === FREE_LAZILY && ops.freeEffort(db, e) > LAZYFREE_THRESHOLD)) {
      this.lazyFree.addValue(db, e);
      return;
    }
    while (ops.freeSome(db, e, Number.POSITIVE_INFINITY) <= 0);
    db.freeBlock(e);
  }

  /** A random entry that has not expired (expired ones are deleted on the way), 0 when there is none. */
  randomEntry(db: Db): number {
    for (let tries = 1; ; tries++) {
      const e = db.randomEntry();
      // Where expired keys are kept there may be no others: then one of them is as good as any.
      const lastTry = this.expireMode !== EXPIRE_DELETE && tries === RANDOM_TRIES;
      if (e === 0 || lastTry || !this.expireIfNeeded(db, e)) return e;
    }
  }

  /** Seconds since the last access, for OBJECT IDLETIME; LRU policies only. */
  objectIdleSeconds(e: number): number {
    return this.clock.idleSeconds(this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_META]! >>> 8);
  }

  /** Access frequency, for OBJECT FREQ; LFU policies only. */
  objectFreq(e: number): number {
    return this.clock.decayed(this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_META]! >>> 8);
  }

  /**
   * Deletes expired keys for at most about `timeBudgetUs` microseconds and goes on next time where it stopped.
   * `effort` 1 … 10 is active-expire-effort. Returns how many keys expired.
   */
  activeExpireCycle(timeBudgetUs: number, effort: number): number {
    if (this.expireMode !== EXPIRE_DELETE) return 0;
    this.fieldExpiry.cycle(timeBudgetUs / 2000, effort);
    return this.cycle.run(timeBudgetUs, effort);
  }

  /** Whether the last cycle ran out of time, so that a fast one before the next sleep is worth it. */
  get expireCycleTimedOut(): boolean {
    return this.cycle.timedOut;
  }

  /** Keys of all databases. */
  get size(): number {
    let keys = 0;
    for (const db of this.dbs) keys += db.size;
    return keys;
  }

  /** Bytes of the data: blocks, bucket tables, volatile vectors, what waits to be freed. O(1) while no table changes. */
  get usedMemory(): number {
    const { arena } = this;
    if (this.tablesSummed !== arena.tableChanges) {
      this.tablesSummed = arena.tableChanges;
      this.tableBytes = this.lazyFree.tableBytes;
      for (const db of this.dbs) this.tableBytes += db.overheadBytes;
    }
    return arena.usedBytes + this.tableBytes;
  }

  /** Exchanges the contents of two databases. */
  swapDb(a: number, b: number): void {
    if (a !== b) this.dbs[a]!.swapContents(this.dbs[b]!);
  }

  /**
   * Empties one database and returns how many keys it had. `lazy`: memory is freed later by cron().
   * When nothing else is in the arena and no value is a module's this takes O(chunks) in any case.
   */
  flushDb(db: Db, lazy: boolean): number {
    const keys = db.size;
    if (keys > 0) this.discard([db.detach()], lazy);
    return keys;
  }

  /** Empties all databases and returns how many keys they had; `lazy` as in flushDb(). */
  flushAll(lazy: boolean): number {
    const keys = this.size;
    const filled = this.dbs.filter((db) => db.size > 0);
    if (keys > 0)
      this.discard(
        filled.map((db) => db.detach()),
        lazy,
      );
    return keys;
  }

  /**
   * Background work of one cron tick, about `budgetMs` in all: goes on with rehashes (`activeRehashing`), shrinks sparse
   * tables, frees what was deleted lazily, gives memory back to the system.
   */
  cron(budgetMs: number, activeRehashing = true): void {
    const until = performance.now() + budgetMs;
    for (const db of this.dbs) {
      db.dict.shrinkIfNeeded();
      if (activeRehashing && db.dict.isRehashing) db.dict.rehashMilliseconds(Math.max(0, until - performance.now()));
    }
    while (performance.now() < until && this.lazyFree.freeSome(FREE_SLICE_OBJECTS));
    while (this.arena.releaseDiscarded(PURGE_SLICE_BYTES) > 0 && performance.now() < until);
    // A reserve stays: pages given back while keys come and go would only be faulted in again.
    const reserve = PURGE_RESERVE_BYTES + this.arena.usedBytes / 8;
    while (this.arena.dirtyBytes > reserve && this.arena.purge(PURGE_SLICE_BYTES) > 0) {
      if (performance.now() >= until) break;
    }
  }

  /** Checks every database, value and the arena. O(memory). */
  validateIntegrity(): void {
    for (const db of this.dbs) {
      db.validateIntegrity();
      if (db.complexSize === 0) continue;
      db.forEach((e) => {
        this.types.of(db.type(e)).validateIntegrity?.(db, e);
      });
    }
    this.arena.validateIntegrity();
  }

  private discard(dicts: readonly DetachedDict[], lazy: boolean): void {
    for (const dict of dicts) this.lazyFree.addDict(dict);
    const mayReset = () => this.size === 0 && this.arena.held === 0;
    if (mayReset() && !(lazy && this.lazyFree.pendingNative)) {
      // Modules are called for what is theirs, and may have set or deleted keys by the end.
      this.lazyFree.freeNative();
      if (mayReset() && !this.lazyFree.pendingNative) {
        // No key is left: what still uses the arena is what waits to be freed.
        this.lazyFree.forget();
        this.compaction.end();
        this.arena.reset();
        return;
      }
    }
    if (!lazy) this.lazyFree.freeSome(Number.POSITIVE_INFINITY);
  }
}
