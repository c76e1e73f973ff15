/**
 * Keeping used memory below `maxmemory`: before a client's command, keys are evicted by the policy until it is, for no
 * longer than `maxmemory-eviction-tenacity` allows; what is left goes on in turns of the event loop of its own.
 *
 * Each evicted key is an execution unit: observers, listeners and whoever repeats commands learn of it one key at a time.
 * What they do with that (messages to clients take memory) does not count for how much is to be freed, or eviction would
 * feed itself.
 */
import { NOTIFY_EVICTED } from '../../config/notify.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_MODULE } from '../../store/entry-layout.ts';
import { Eviction } from '../../store/eviction.ts';
import { UNLINK_EVICTED } from '../../store/value-ops.ts';
import type { Server } from '../server.ts';
import { lineOf } from './propagation.ts';

/** Memory is below the limit, or nothing may be evicted now. */
export const EVICT_OK = 0;
/** The time was up; eviction goes on. */
export const EVICT_RUNNING = 1;
/** Nothing is left that the policy allows to be evicted. */
export const EVICT_FAIL = 2;

/** Keys between two looks at the clock. */
const KEYS_PER_LOOK = 16;
/** The budget at tenacity 10, in ms; below it is in proportion, above it grows by a factor with each step. */
const MODERATE_MS = 0.5;
const MODERATE_TENACITY = 10;
const TENACITY_GROWTH = 1.15;
const MAX_TENACITY = 100;
/** Objects of lazily deleted values freed between two looks at the clock. */
const FREE_SLICE_OBJECTS = 100;

/** Time for eviction before a command, in ms. */
function budgetMs(tenacity: number): number {
  if (tenacity >= MAX_TENACITY) return Number.POSITIVE_INFINITY;
  if (tenacity <= MODERATE_TENACITY) return (MODERATE_MS * tenacity) / MODERATE_TENACITY;
  return MODERATE_MS * TENACITY_GROWTH ** (tenacity - MODERATE_TENACITY);
}

export class KeyEviction {
  private readonly server: Server;
  private readonly victims: Eviction;
  private budgetMs = 0;
  private lazy = false;
  private scheduled = false;
  /** When used memory was found above the limit and stayed there, in ms of performance.now(); 0: it is below. */
  private exceededSinceMs = 0;
  /** Milliseconds above the limit, but for the time since `exceededSinceMs`. */
  private exceededMs = 0;
  evictedKeys = 0;
  /** Nothing could be evicted when the command in execution began: what it calls must not need memory either. */
  outOfMemory = false;

  constructor(server: Server) {
    this.server = server;
    this.victims = new Eviction(server.keyspace);
    server.keyspace.arena.mayAddTable = (sizeBytes) => {
      const limit = server.settings.maxmemoryBytes;
      return limit === 0 || server.memory.evictable + sizeBytes <= limit;
    };
  }

  /** Reads the directives. */
  configure(): void {
    const { config } = this.server;
    this.victims.setPolicy(config.enumValue('maxmemory-policy'));
    this.victims.samples = config.num('maxmemory-samples');
    this.budgetMs = budgetMs(config.num('maxmemory-eviction-tenacity'));
    this.lazy = config.bool('lazyfree-lazy-eviction');
  }

  /** `total_eviction_exceeded_time`, ms. */
  get totalExceededMs(): number {
    return this.exceededMs + this.currentExceededMs;
  }

  /** `current_eviction_exceeded_time`, ms. */
  get currentExceededMs(): number {
    return this.exceededSinceMs === 0 ? 0 : performance.now() - this.exceededSinceMs;
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.evictedKeys = 0;
    this.exceededMs = 0;
    this.exceededSinceMs = 0;
  }

  /** Has keys evicted in the next turns of the loop, as long as there is need. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const { server } = this;
      if (!server.lifetime.ending) server.runLocked(() => void this.run());
    });
  }

  /** Evicts keys when more memory is used than allowed. One of the EVICT_ numbers. */
  run(): number {
    const { server } = this;
    const excess = server.memory.evictable - server.settings.maxmemoryBytes;
    const over = excess > 0 && server.settings.maxmemoryBytes > 0 && server.keyspace.deletesExpired;
    const result = over ? this.evict(excess) : EVICT_OK;
    this.outOfMemory = result === EVICT_FAIL;
    if (result === EVICT_OK) {
      if (this.exceededSinceMs !== 0) {
        this.exceededMs += performance.now() - this.exceededSinceMs;
        this.exceededSinceMs = 0;
      }
    } else if (this.exceededSinceMs === 0) this.exceededSinceMs = performance.now();
    return result;
  }

  private evict(excessBytes: number): number {
    const { keyspace, latency } = this.server;
    // A few keys take less time than two looks at the clock: it is read when there are more.
    let startMs = latency.thresholdMs > 0 ? performance.now() : 0;
    let freed = 0;
    let keys = 0;
    let native = false;
    let result = EVICT_OK;
    while (freed < excessBytes) {
      const before = keyspace.usedMemory;
      // What was deleted lazily is freed before more goes: eviction must not go further than it has to.
      if (keyspace.lazyFree.isPending) {
        keyspace.lazyFree.freeSome(FREE_SLICE_OBJECTS);
        freed += before - keyspace.usedMemory;
      } else {
        const e = this.victims.next();
        if (e === 0) {
          result = EVICT_FAIL;
          break;
        }
        if (this.victims.victimDb.type(e) === TYPE_MODULE) native = true;
        const key = this.deleteVictim(this.victims.victimDb, e);
        freed += before - keyspace.usedMemory;
        if (key !== null) this.tell(this.victims.victimDb, key);
        if (++keys % KEYS_PER_LOOK !== 0) continue;
        if (native) freed += this.freedByModules();
      }
      if (startMs === 0) startMs = performance.now();
      else if (performance.now() - startMs > this.budgetMs) {
        this.schedule();
        result = EVICT_RUNNING;
        break;
      }
    }
    if (native) this.freedByModules();
    if (latency.thresholdMs > 0) latency.addIfNeeded('eviction-cycle', performance.now() - startMs);
    return result;
  }

  /** Bytes that modules have freed since this was last known. */
  private freedByModules(): number {
    const { modules } = this.server.memory;
    if (modules === null) return 0;
    const before = modules.bytes;
    modules.measure();
    return before - modules.bytes;
  }

  /** Deletes the entry; returns its key if somebody wants to know. */
  private deleteVictim(db: Db, e: number): Uint8Array | null {
    const { changes, keyspace, keyspaceEvents, latency, propagation } = this.server;
    const wanted = (keyspaceEvents.mask & NOTIFY_EVICTED) !== 0 || changes.observed || propagation.wanted;
    const off = db.keyOff(e);
    const key = wanted ? db.u8(e).slice(off, off + db.keyLen(e)) : null;
    const startMs = latency.thresholdMs > 0 ? performance.now() : 0;
    this.evictedKeys++;
    keyspace.deleteEntry(db, e, this.lazy, UNLINK_EVICTED);
    if (latency.thresholdMs > 0) latency.addIfNeeded('eviction-del', performance.now() - startMs);
    return key;
  }

  private tell(db: Db, key: Uint8Array): void {
    const { changes, keyspaceEvents, propagation, units } = this.server;
    units.enter();
    try {
      changes.modified(db, key, 0, key.length, null, 0);
      if (keyspaceEvents.mask & NOTIFY_EVICTED) {
        keyspaceEvents.emit(NOTIFY_EVICTED, 'evicted', db.id, key, 0, key.length);
      }
      if (propagation.wanted) propagation.collect(db.id, lineOf([this.lazy ? 'UNLINK' : 'DEL', key]));
    } finally {
      units.leave();
    }
  }
}
