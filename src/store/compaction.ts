/**
 * Compaction: after many deletions pages of the arena hold little. A cycle has the emptiest ones marked
 * (Arena.beginEvacuation), walks all databases with SCAN's cursor, moves entries and blocks of values out of marked pages,
 * and ends; emptied pages go back to the system by the usual way (Arena.purge).
 *
 * It runs in slices between commands. Entries whose address somebody has (keys that modules hold open) stay. Values of
 * many blocks are moved in parts: they are remembered by name, because anything may happen to them between two slices.
 */
import type { Db } from './db.ts';
import { TYPE_STRING } from './entry-layout.ts';
import type { Keyspace } from './keyspace.ts';

/** Buckets visited before the clock is looked at. */
const BUCKETS = 16;
/** After a cycle the next one waits until this much more is to be gained, or for so long. */
const WORTH_AGAIN = 1.25;
const PAUSE_MS = 60_000;

/** When a cycle begins. */
export interface CompactionThresholds {
  /** Least bytes of gaps in pages. */
  readonly sparseBytes: number;
  /** Least bytes of gaps in relation to those in use, per cent. */
  readonly sparsePercent: number;
  /** Blocks of a value looked at before the clock is. */
  readonly scanFields: number;
}

/** Part of a value whose other part is moved already. */
interface LargeValue {
  readonly db: Db;
  readonly key: Uint8Array;
  readonly type: number;
  cursor: number;
}

export class Compaction {
  /** Entries whose address somebody has; asked at the start of each slice. */
  pinned: () => Iterable<number> = () => [];
  /** Entries moved and looked at, blocks of values aside. */
  hits = 0;
  misses = 0;
  /** Milliseconds spent. */
  timeMs = 0;
  private readonly keyspace: Keyspace;
  private dbIndex = 0;
  private cursor = 0;
  private running = false;
  private readonly found: number[] = [];
  private readonly large: LargeValue[] = [];
  private sparseAtEnd = 0;
  private endedMs = 0;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  get isRunning(): boolean {
    return this.running;
  }

  /** Gaps in pages in relation to what is in use, per cent. */
  get sparsePercent(): number {
    const { arena } = this.keyspace;
    return (arena.sparseBytes / Math.max(1, arena.pageBytes - arena.sparseBytes)) * 100;
  }

  /** Goes on for about `budgetMs`, or begins a cycle when that is worth it. True while there is more to do. */
  run(budgetMs: number, thresholds: CompactionThresholds): boolean {
    if (!this.running && !this.begin(thresholds)) return false;
    const start = performance.now();
    const until = start + budgetMs;
    const pinned = new Set(this.pinned());
    do {
      if (this.large.length > 0) this.moveLarge(thresholds.scanFields);
      else if (!this.walk(pinned, thresholds.scanFields)) {
        this.sparseAtEnd = this.keyspace.arena.sparseBytes;
        this.endedMs = performance.now();
        this.end();
        break;
      }
    } while (performance.now() < until);
    this.timeMs += performance.now() - start;
    return this.running;
  }

  /** Ends a running cycle where it is; everything stays usable. */
  end(): void {
    if (!this.running) return;
    const { arena } = this.keyspace;
    arena.endEvacuation();
    this.running = false;
    this.large.length = 0;
  }

  private begin(thresholds: CompactionThresholds): boolean {
    const { arena } = this.keyspace;
    const sparse = arena.sparseBytes;
    if (sparse < thresholds.sparseBytes || this.sparsePercent < thresholds.sparsePercent) return false;
    // What the last cycle could not move, this one cannot either.
    if (sparse < this.sparseAtEnd * WORTH_AGAIN && performance.now() - this.endedMs < PAUSE_MS) return false;
    arena.beginEvacuation();
    this.running = true;
    this.dbIndex = 0;
    this.cursor = 0;
    return true;
  }

  /** Visits some buckets; false when all databases are done, or no page is left to be emptied. */
  private walk(pinned: Set<number>, scanFields: number): boolean {
    const { arena, dbs } = this.keyspace;
    if (arena.evacuatedPages === 0) return false;
    const db = dbs[this.dbIndex];
    if (db === undefined) return false;
    const { found } = this;
    found.length = 0;
    for (let buckets = BUCKETS; buckets > 0; buckets--) {
      this.cursor = db.scan(this.cursor, this.collect);
      if (this.cursor === 0) break;
    }
    if (this.cursor === 0) this.dbIndex++;
    for (const e of found) if (!pinned.has(e)) this.move(db, e, scanFields);
    return true;
  }

  private readonly collect = (e: number): void => {
    this.found.push(e);
  };

  private move(db: Db, e: number, scanFields: number): void {
    let at = e;
    if (db.arena.shouldMove(e)) {
      at = db.relocate(e) || e;
      this.hits++;
    } else this.misses++;
    const meta = db.keyMeta(at);
    if (meta !== 0 && db.arena.shouldMove(meta)) db.setKeyMeta(at, db.arena.move(meta));
    const type = db.type(at);
    if (type === TYPE_STRING) return;
    const ops = this.keyspace.types.of(type);
    if (ops.relocate === undefined) return;
    const cursor = ops.relocate(db, at, 0, scanFields);
    if (cursor === 0) return;
    const off = db.keyOff(at);
    this.large.push({ db, key: db.u8(at).slice(off, off + db.keyLen(at)), type, cursor });
  }

  private moveLarge(scanFields: number): void {
    const value = this.large[this.large.length - 1]!;
    const { db, key } = value;
    const e = db.find(key, 0, key.length);
    const gone = e === 0 || db.type(e) !== value.type;
    value.cursor = gone ? 0 : this.keyspace.types.of(value.type).relocate!(db, e, value.cursor, scanFields);
    if (value.cursor === 0) this.large.pop();
  }
}
