/**
 * What the server's memory is used for: the figures of INFO memory and MEMORY STATS.
 *
 * `used` is the data (arena blocks, bucket tables), the buffers of clients and rounds, and what others report through
 * `sources`. V8's heap is not part of it: it holds code and bookkeeping, and its size depends on the collector.
 */
import { getHeapStatistics } from 'node:v8';
import { residentBytes } from '../../memory/process.ts';
import { HEADER_BYTES } from '../../store/entry-layout.ts';
import { CLIENT_CLOSE_ASAP, CLIENT_CLOSED, CLIENT_NO_EVICT, type Client } from '../clients/client.ts';
import { clientBufferBytes } from '../clients/client-info.ts';
import { querybufBytes } from '../clients/querybuf.ts';
import type { ModuleMemory } from '../modules/module-memory.ts';
import type { Server } from '../server.ts';

/** Seconds for which the largest buffers are remembered. */
const RECENT_SECONDS = 8;

export interface DbOverhead {
  readonly id: number;
  readonly keys: number;
  /** Bucket tables and the headers of entries. */
  readonly mainBytes: number;
  /** Index of the keys that expire. */
  readonly expiresBytes: number;
}

/** All in bytes but the counts. */
export interface MemoryReport {
  readonly used: number;
  readonly peak: number;
  readonly startup: number;
  readonly overhead: number;
  readonly dataset: number;
  readonly clients: number;
  readonly keys: number;
  readonly dbs: readonly DbOverhead[];
  readonly tables: number;
  readonly rehashingTables: number;
  readonly rehashingDicts: number;
  readonly resident: number;
  readonly v8HeapUsed: number;
  /** What native modules have allocated. */
  readonly modules: number;
  /** The allocator's view: handed out, in pages in use, resident. */
  readonly allocated: number;
  readonly active: number;
  readonly allocatorResident: number;
}

export class MemoryUse {
  private readonly server: Server;
  /** What native modules have allocated; null without a module host. */
  modules: ModuleMemory | null = null;
  /** Bytes that other parts hold and that count as used: caches, buffers of replicas. */
  readonly sources: (() => number)[] = [];
  /** Those of `sources` that no eviction makes smaller, on the contrary: what waits to be sent to replicas, or written. */
  readonly transient: (() => number)[] = [];
  startupBytes = 0;
  private readonly recentInput = new Float64Array(RECENT_SECONDS);
  private readonly recentOutput = new Float64Array(RECENT_SECONDS);
  private recentSecond = 0;

  constructor(server: Server) {
    this.server = server;
  }

  /** What connected clients hold: kept by `update`, so that asking for it costs nothing. */
  clientBytes = 0;
  /** The same of those clients that may be closed for it. */
  evictableClientBytes = 0;

  /** Used memory now. O(1) but for tables that have changed since. */
  get used(): number {
    return this.server.keyspace.usedMemory + this.clientBytes + this.buffersAndSources();
  }

  /** A connected client's buffers are others now, or it came or went: to be called after each such change. */
  update(c: Client): void {
    // A client that is about to be closed counts no more: no other, and no key, is to go for what is on its way out.
    const gone = (c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) !== 0 || c.conn === null;
    const bytes = gone ? 0 : clientBufferBytes(c);
    this.clientBytes += bytes - c.countedBytes;
    c.countedBytes = bytes;
    const evictable = c.flags & CLIENT_NO_EVICT ? 0 : bytes;
    this.evictableClientBytes += evictable - c.countedEvictable;
    c.countedEvictable = evictable;
    if (this.server.clientEviction.limited) this.server.clientEviction.check();
  }

  /** The same for a connected client of which all that has changed is known. */
  grew(c: Client, bytes: number): void {
    this.clientBytes += bytes;
    c.countedBytes += bytes;
    if (c.countedEvictable === 0) return;
    this.evictableClientBytes += bytes;
    c.countedEvictable += bytes;
    if (this.server.clientEviction.limited) this.server.clientEviction.check();
  }

  /** What counts against `maxmemory`. */
  get evictable(): number {
    return this.used - this.notCountedForEviction;
  }

  /** `mem_not_counted_for_evict`. */
  get notCountedForEviction(): number {
    let bytes = 0;
    for (const source of this.transient) bytes += source();
    return bytes;
  }

  /** Whether more is used than `maxmemory` allows. */
  get overLimit(): boolean {
    const { maxmemoryBytes } = this.server.settings;
    return maxmemoryBytes > 0 && this.evictable > maxmemoryBytes;
  }

  private buffersAndSources(): number {
    let bytes = this.server.out.buf.length + (this.modules === null ? 0 : this.modules.bytes);
    for (const source of this.sources) bytes += source();
    return bytes;
  }

  /** Raises the peak to what is used now. */
  samplePeak(): number {
    const { stats } = this.server;
    const { used } = this;
    if (used > stats.peakMemoryBytes) stats.peakMemoryBytes = used;
    return used;
  }

  /** Notes the sizes of a client's buffers, for `client_recent_max_*`. */
  sampleClient(c: Client): void {
    const slot = this.slot();
    this.recentInput[slot] = Math.max(this.recentInput[slot]!, querybufBytes(c));
    this.recentOutput[slot] = Math.max(this.recentOutput[slot]!, c.pending?.allocatedBytes ?? 0);
  }

  /** The largest query and output buffers that clients had in the last seconds. */
  recentMaxBuffers(): { input: number; output: number } {
    this.slot();
    return { input: Math.max(...this.recentInput), output: Math.max(...this.recentOutput) };
  }

  /** Slot of this second; clears those that have become too old. */
  private slot(): number {
    const second = Math.floor(this.server.nowMs / 1000);
    const passed = Math.min(second - this.recentSecond, RECENT_SECONDS);
    for (let i = 0; i < passed; i++) {
      this.recentInput[(second - i) % RECENT_SECONDS] = 0;
      this.recentOutput[(second - i) % RECENT_SECONDS] = 0;
    }
    this.recentSecond = second;
    return second % RECENT_SECONDS;
  }

  /** Everything, measured now. */
  report(): MemoryReport {
    const { keyspace, stats } = this.server;
    this.modules?.measure();
    const used = this.samplePeak();
    const clients = this.clientBytes;
    const dbs: DbOverhead[] = [];
    let overhead = this.startupBytes + clients;
    let tables = 0;
    let rehashingTables = 0;
    let rehashingDicts = 0;
    for (const db of keyspace.dbs) {
      const expiresBytes = db.volatile.tableBytes;
      if (db.dict.isRehashing) {
        rehashingDicts++;
        rehashingTables += db.dict.tableBytes;
      }
      // The tables of an empty database are there from the start.
      if (db.size === 0) continue;
      tables += db.overheadBytes;
      const mainBytes = db.dict.tableBytes + db.size * HEADER_BYTES;
      overhead += mainBytes + expiresBytes;
      dbs.push({ id: db.id, keys: db.size, mainBytes, expiresBytes });
    }
    const heap = getHeapStatistics();
    const resident = residentBytes();
    const arena = keyspace.arena.stats();
    const beside = used - arena.usedBytes;
    return {
      used,
      peak: stats.peakMemoryBytes,
      startup: this.startupBytes,
      overhead,
      dataset: Math.max(0, used - overhead),
      clients,
      keys: keyspace.size,
      dbs,
      tables,
      rehashingTables,
      rehashingDicts,
      resident,
      v8HeapUsed: heap.used_heap_size,
      modules: this.modules?.bytes ?? 0,
      allocated: used,
      active: Math.max(used, arena.chunkBytes - arena.freePageBytes + beside),
      allocatorResident: Math.max(0, resident - heap.total_physical_size),
    };
  }
}
