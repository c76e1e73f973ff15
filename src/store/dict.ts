/**
 * The dict: a chained hash table of entry refs, with incremental rehash.
 *
 * Buckets are Uint32Arrays of refs (0 = empty), sizes are powers of two from 4 to 2^30; the chain link and the hash
 * are words of the entry (entry-layout.ts). While `rehashIndex >= 0` there are two tables: buckets of table 0 below
 * rehashIndex are empty, new entries go to table 1, and every find/insert/unlink moves one more bucket.
 * Grows at load factor 1 (later where the memory limit would be passed), shrinks when at most an eighth full. O(1) per operation, 4 to 8 bytes per key.
 * Hashes are passed as signed 32-bit numbers.
 */
import type { Arena } from '../memory/arena.ts';
import { equalBytes } from '../memory/copy.ts';
import { wordView } from '../memory/word-view.ts';
import { EXT_BYTES, EXT_SHIFT, HEADER_BYTES, headerBytes, KEYLEN_MASK } from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { nextCursor } from './scan-order.ts';

const MIN_SIZE = 4;
const MAX_SIZE = 2 ** 30;
/** From this load factor on a table grows though that passes the memory limit. */
const MUST_GROW_LOAD = 1.618;
/** A table is shrunk when it has this many buckets per entry. */
const SHRINK_RATIO = 8;
/** Empty buckets one rehash step may pass. */
const EMPTY_VISITS = 10;
/** Chains longer than this are sampled a little too rarely by randomEntry(). */
const FAIR_CHAIN = 8;

const HEADER_WORDS = HEADER_BYTES / 4;
const EXT_WORDS = EXT_BYTES / 4;
/** Longer keys are compared by memcmp. */
const MAX_LOOPED_KEY = 512;

/** Old tables from this size on are given back to the system without waiting for V8 to collect them. */
const DISCARD_FROM_BYTES = 1024 * 1024;

const NO_TABLE = new Uint32Array(0);

function randomBelow(n: number): number {
  return Math.floor(Math.random() * n);
}

export class Dict {
  readonly arena: Arena;
  size = 0;
  private readonly u32: Uint32Array[];
  private readonly u8: Uint8Array[];
  private table0: Uint32Array = new Uint32Array(MIN_SIZE);
  private table1: Uint32Array = NO_TABLE;
  /** Entries still in table 0. */
  private used0 = 0;
  /** Next bucket of table 0 to move, -1 = not rehashing. */
  private rehashIndex = -1;
  private paused = 0;
  /** Where takeSome() goes on. */
  private takeIndex = 0;
  private takingSecond = false;

  constructor(arena: Arena) {
    this.arena = arena;
    this.u32 = arena.u32;
    this.u8 = arena.u8;
    arena.tableChanges++;
  }

  /**
   * Loads the buckets of `count` hashes and the entries that head their chains, each kind in a loop whose loads do not
   * wait for each other. Returns a number that depends on what was loaded.
   */
  warm(hashes: Int32Array, count: number): number {
    const table = this.table0;
    const mask = table.length - 1;
    for (let i = 0; i < count; i++) hashes[i] = table[hashes[i]! & mask]! | 0;
    const words = this.u32;
    let sink = 0;
    for (let i = 0; i < count; i++) {
      const ref = hashes[i]!;
      if (ref === 0) continue;
      const chunk = words[ref >>> 22]!;
      const at = (ref & 0x3fffff) << 2;
      sink ^= chunk[at]! ^ (at + 16 < chunk.length ? chunk[at + 16]! : 0);
    }
    return sink;
  }

  /** The one bucket table, for who reads it from native memory; null while there are two. */
  get onlyTable(): Uint32Array | null {
    return this.rehashIndex >= 0 ? null : this.table0;
  }

  /** The entry with this key and hash, or 0. */
  find(buf: Uint8Array, off: number, len: number, hash: number): number {
    if (this.rehashIndex >= 0) this.rehashStep();
    const e = this.findIn(this.table0, buf, off, len, hash);
    if (e !== 0 || this.rehashIndex < 0) return e;
    return this.findIn(this.table1, buf, off, len, hash);
  }

  /** Whether the entry at this place is one of the dict's, with this hash; any ref may be asked for. */
  holds(ref: number, hash: number): boolean {
    return (
      this.chainHolds(this.table0, ref, hash) || (this.rehashIndex >= 0 && this.chainHolds(this.table1, ref, hash))
    );
  }

  /** Adds an entry whose key and hash are set and which is not in the dict. */
  insert(e: number, hash: number): void {
    if (this.rehashIndex >= 0) this.rehashStep();
    else if (this.size >= this.table0.length) this.grow();
    let table = this.table0;
    if (this.rehashIndex >= 0) table = this.table1;
    else this.used0++;
    const bucket = hash & (table.length - 1);
    this.u32[e >>> 22]![(e & 0x3fffff) << 2] = table[bucket]!;
    table[bucket] = e;
    this.size++;
  }

  /** Takes an entry out; its block is the caller's. */
  unlink(e: number): void {
    if (this.rehashIndex >= 0) this.rehashStep();
    const i = (e & 0x3fffff) << 2;
    const words = this.u32[e >>> 22]!;
    if (this.replaceLink(this.table0, words[i + 1]!, e, words[i]!)) this.used0--;
    else if (!this.replaceLink(this.table1, words[i + 1]!, e, words[i]!)) {
      throw new Error(`dict: entry ${e} is not in its bucket`);
    }
    this.size--;
    if (this.size * SHRINK_RATIO <= this.table0.length && this.rehashIndex < 0) this.shrink();
  }

  /** Puts `moved`, a copy of entry `e` with its hash and next ref, in the place of `e`, which is not read. */
  replace(e: number, moved: number): void {
    const hash = this.u32[moved >>> 22]![((moved & 0x3fffff) << 2) + 1]!;
    if (this.replaceLink(this.table0, hash, e, moved)) return;
    if (!this.replaceLink(this.table1, hash, e, moved)) throw new Error(`dict: entry ${e} is not in its bucket`);
  }

  /** The bucket tables: what a reader of raw memory needs to find all entries. */
  get tables(): readonly Uint32Array[] {
    return this.rehashIndex < 0 ? [this.table0] : [this.table0, this.table1];
  }

  /** Bytes of the bucket tables. */
  get tableBytes(): number {
    return this.table0.byteLength + this.table1.byteLength;
  }

  /** Buckets of both tables. */
  get buckets(): number {
    return this.table0.length + this.table1.length;
  }

  /** Sizes of the tables in use; `lengths[n]` counts buckets with n entries, empty unless `full`, which takes O(n). */
  tableStats(full: boolean): { buckets: number; entries: number; lengths: number[] }[] {
    const stats = [{ buckets: this.table0.length, entries: this.used0, lengths: full ? this.chains(this.table0) : [] }];
    if (this.rehashIndex >= 0) {
      const lengths = full ? this.chains(this.table1) : [];
      stats.push({ buckets: this.table1.length, entries: this.size - this.used0, lengths });
    }
    return stats;
  }

  private chains(table: Uint32Array): number[] {
    const lengths: number[] = [];
    for (let bucket = 0; bucket < table.length; bucket++) {
      let n = 0;
      for (let e = table[bucket]!; e !== 0; e = this.u32[e >>> 22]![(e & 0x3fffff) << 2]!) n++;
      while (lengths.length <= n) lengths.push(0);
      lengths[n] = lengths[n]! + 1;
    }
    return lengths;
  }

  get isRehashing(): boolean {
    return this.rehashIndex >= 0;
  }

  /** No resize is started and no bucket moved until resumeRehash(); nests. */
  pauseRehash(): void {
    this.paused++;
  }

  resumeRehash(): void {
    this.paused--;
  }

  /** Makes room for `count` entries in all without further resizes, as DEBUG POPULATE and loading do. */
  reserve(count: number): void {
    if (this.rehashIndex < 0 && count > this.table0.length) this.resize(count);
  }

  /** Starts to shrink a table that is far too large; for cron. */
  shrinkIfNeeded(): void {
    if (this.rehashIndex < 0 && this.size * SHRINK_RATIO <= this.table0.length) this.shrink();
  }

  /** Moves up to `steps` buckets; true while there is more to move. */
  rehashSteps(steps: number): boolean {
    while (steps-- > 0 && this.rehashIndex >= 0 && this.paused === 0) this.rehashStep();
    return this.rehashIndex >= 0;
  }

  /** Moves buckets for about `ms` milliseconds; true while there is more to move. */
  rehashMilliseconds(ms: number): boolean {
    const until = performance.now() + ms;
    while (this.rehashIndex >= 0 && this.paused === 0) {
      this.rehashSteps(100);
      if (performance.now() >= until) break;
    }
    return this.rehashIndex >= 0;
  }

  /**
   * One step of a scan: calls back for every entry of one bucket (and of those it splits into while rehashing) and
   * returns the next cursor, 0 at the end. Entries present during a whole scan are visited at least once, whatever
   * resizes happen between the steps. The callback may not change the dict.
   */
  scan(cursor: number, visit: (e: number) => void): number {
    let v = cursor | 0;
    if (this.rehashIndex < 0) {
      const mask = this.table0.length - 1;
      this.visitBucket(this.table0[v & mask]!, visit);
      return nextCursor(v, mask) >>> 0;
    }
    const firstIsSmall = this.table0.length <= this.table1.length;
    const small = firstIsSmall ? this.table0 : this.table1;
    const large = firstIsSmall ? this.table1 : this.table0;
    const smallMask = small.length - 1;
    const largeMask = large.length - 1;
    this.visitBucket(small[v & smallMask]!, visit);
    // All buckets of the larger table that the small one's bucket expands to.
    do {
      this.visitBucket(large[v & largeMask]!, visit);
      v = nextCursor(v, largeMask);
    } while ((v & (smallMask ^ largeMask)) !== 0);
    return v >>> 0;
  }

  /** Calls back for every entry; the callback may not change the dict. */
  forEach(visit: (e: number) => void): void {
    for (let i = 0; i < this.table0.length; i++) if (this.table0[i] !== 0) this.visitBucket(this.table0[i]!, visit);
    for (let i = 0; i < this.table1.length; i++) if (this.table1[i] !== 0) this.visitBucket(this.table1[i]!, visit);
  }

  /**
   * Takes out about `count` entries, bucket by bucket from the start, and hands each to `take`, which may free it;
   * returns how many. For dicts nobody uses any more.
   */
  takeSome(count: number, take: (e: number) => void): number {
    let taken = 0;
    while (taken < count && this.size > 0) {
      const table = this.used0 > 0 ? this.table0 : this.table1;
      if (this.takeIndex >= table.length || (table === this.table1 && !this.takingSecond)) {
        this.takingSecond = table === this.table1;
        this.takeIndex = 0;
      }
      let e = table[this.takeIndex]!;
      table[this.takeIndex++] = 0;
      while (e !== 0) {
        const next = this.nextOf(e);
        take(e);
        taken++;
        this.size--;
        if (table === this.table0) this.used0--;
        e = next;
      }
    }
    return taken;
  }

  /**
   * A random entry, 0 when empty; every entry is equally likely (chains of more than 8 aside). A bucket is accepted
   * in proportion to the length of its chain, or entries of short chains would come up too often. Expected O(1).
   */
  randomEntry(): number {
    if (this.size === 0) return 0;
    if (this.rehashIndex >= 0) this.rehashStep();
    for (;;) {
      const head = this.randomBucket();
      if (head === 0) continue;
      let length = 0;
      for (let e = head; e !== 0; e = this.nextOf(e)) length++;
      if (length < FAIR_CHAIN && randomBelow(FAIR_CHAIN) >= length) continue;
      let e = head;
      for (let skip = randomBelow(length); skip > 0; skip--) e = this.nextOf(e);
      return e;
    }
  }

  /**
   * Fills `out` with up to `count` entries of neighbouring buckets from a random place on: quick, not fair, may repeat
   * none but leave some out. Returns how many; for eviction's samples.
   */
  sampleEntries(out: Uint32Array, count: number): number {
    if (count > this.size) count = this.size;
    if (this.rehashIndex >= 0) this.rehashSteps(count);
    const { buckets } = this;
    // Buckets that were moved are empty.
    let at = Math.max(randomBelow(buckets), this.rehashIndex);
    let found = 0;
    for (let visited = 0; visited < buckets && visited < count * 10 && found < count; visited++) {
      for (let e = this.bucketAt(at); e !== 0 && found < count; e = this.nextOf(e)) out[found++] = e;
      at = at + 1 === buckets ? 0 : at + 1;
    }
    return found;
  }

  /** Checks tables, chains, hashes and counts; throws an Error that says what is wrong. */
  validateIntegrity(): void {
    if (this.rehashIndex < 0 && this.table1.length !== 0) throw new Error('dict: a second table, but no rehash');
    const in0 = this.validateTable(this.table0);
    const in1 = this.validateTable(this.table1);
    if (in0 !== this.used0) throw new Error(`dict: used0 is ${this.used0}, not ${in0}`);
    if (in0 + in1 !== this.size) throw new Error(`dict: size is ${this.size}, not ${in0 + in1}`);
    for (let i = 0; i < this.rehashIndex; i++) {
      if (this.table0[i] !== 0) throw new Error(`dict: bucket ${i} was moved but is not empty`);
    }
  }

  private validateTable(table: Uint32Array): number {
    let count = 0;
    for (let bucket = 0; bucket < table.length; bucket++) {
      for (let e = table[bucket]!; e !== 0; e = this.nextOf(e)) {
        const words = this.u32[e >>> 22]!;
        const i = (e & 0x3fffff) << 2;
        const hash = words[i + 1]! | 0;
        if ((hash & (table.length - 1)) !== bucket) throw new Error(`dict: entry ${e} is in a wrong bucket`);
        const keyLen = words[i + 2]! & KEYLEN_MASK;
        const header = headerBytes(words[i + 2]!);
        if (header + keyLen + words[i + 4]! > this.arena.capacity(e)) throw new Error(`dict: entry ${e} overflows`);
        if (hashBytes(this.u8[e >>> 22]!, (i << 2) + header, keyLen) !== hash) {
          throw new Error(`dict: entry ${e} has a wrong hash`);
        }
        if (++count > this.size) throw new Error('dict: a chain has a cycle, or size is too small');
      }
    }
    return count;
  }

  private findIn(table: Uint32Array, buf: Uint8Array, off: number, len: number, hash: number): number {
    let e = table[hash & (table.length - 1)]!;
    while (e !== 0) {
      const words = this.u32[e >>> 22]!;
      const i = (e & 0x3fffff) << 2;
      if ((words[i + 1]! | 0) === hash) {
        const w2 = words[i + 2]!;
        if ((w2 & KEYLEN_MASK) === len) {
          const key = i + HEADER_WORDS + ((w2 >>> EXT_SHIFT) & 3) * EXT_WORDS;
          if (this.keyEquals(e, key, buf, off, len)) return e;
        }
      }
      e = words[i]!;
    }
    return 0;
  }

  /** Whether the key of entry `e`, which starts at word `key` of its chunk, has the `len` bytes given. */
  private keyEquals(e: number, key: number, buf: Uint8Array, off: number, len: number): boolean {
    const bytes = this.u8[e >>> 22]!;
    const view = wordView(buf);
    if (view === null || len > MAX_LOOPED_KEY) return equalBytes(bytes, key << 2, buf, off, len);
    const words = this.u32[e >>> 22]!;
    let i = 0;
    for (const whole = len & ~3; i < whole; i += 4) {
      if ((words[key++]! | 0) !== view.getInt32(off + i, true)) return false;
    }
    for (let at = key << 2; i < len; i++) if (bytes[at++] !== buf[off + i]) return false;
    return true;
  }

  /** Makes the link to `e` in its bucket point to `to`; false when `e` is not there. */
  private replaceLink(table: Uint32Array, hash: number, e: number, to: number): boolean {
    if (table.length === 0) return false;
    const bucket = hash & (table.length - 1);
    let at = table[bucket]!;
    if (at === e) {
      table[bucket] = to;
      return true;
    }
    while (at !== 0) {
      const words = this.u32[at >>> 22]!;
      const i = (at & 0x3fffff) << 2;
      const next = words[i]!;
      if (next === e) {
        words[i] = to;
        return true;
      }
      at = next;
    }
    return false;
  }

  private chainHolds(table: Uint32Array, ref: number, hash: number): boolean {
    let e = table[hash & (table.length - 1)]!;
    while (e !== 0 && e !== ref) e = this.nextOf(e);
    return e !== 0 && (this.u32[e >>> 22]![((e & 0x3fffff) << 2) + 1]! | 0) === hash;
  }

  private nextOf(e: number): number {
    return this.u32[e >>> 22]![(e & 0x3fffff) << 2]!;
  }

  private visitBucket(e: number, visit: (e: number) => void): void {
    while (e !== 0) {
      const next = this.nextOf(e);
      visit(e);
      e = next;
    }
  }

  private bucketAt(index: number): number {
    const size0 = this.table0.length;
    return index < size0 ? this.table0[index]! : this.table1[index - size0]!;
  }

  private randomBucket(): number {
    const from = Math.max(this.rehashIndex, 0);
    return this.bucketAt(from + randomBelow(this.table0.length + this.table1.length - from));
  }

  private grow(): void {
    const { length } = this.table0;
    if (this.size < length * MUST_GROW_LOAD && !this.arena.mayAddTable(length * 2 * Uint32Array.BYTES_PER_ELEMENT))
      return;
    this.resize(this.size + 1);
  }

  private shrink(): void {
    if (this.table0.length > MIN_SIZE) this.resize(this.size);
  }

  /** Starts a rehash to the smallest table for `count` entries; none when memory is short or the dict is paused. */
  private resize(count: number): void {
    if (this.paused !== 0) return;
    let size = MIN_SIZE;
    while (size < count && size < MAX_SIZE) size *= 2;
    if (size === this.table0.length) return;
    try {
      this.table1 = new Uint32Array(size);
    } catch {
      // Without memory for a larger table chains get longer; that beats losing a write.
      return;
    }
    this.arena.tableChanges++;
    this.rehashIndex = 0;
    if (this.used0 === 0) this.finishRehash();
  }

  private rehashStep(): void {
    if (this.paused !== 0) return;
    const table0 = this.table0;
    const table1 = this.table1;
    const mask = table1.length - 1;
    let index = this.rehashIndex;
    if (this.used0 !== 0) {
      let visits = EMPTY_VISITS;
      while (table0[index] === 0) {
        index++;
        if (--visits === 0) {
          this.rehashIndex = index;
          return;
        }
      }
      let e = table0[index]!;
      table0[index] = 0;
      while (e !== 0) {
        const words = this.u32[e >>> 22]!;
        const i = (e & 0x3fffff) << 2;
        const next = words[i]!;
        const bucket = words[i + 1]! & mask;
        words[i] = table1[bucket]!;
        table1[bucket] = e;
        this.used0--;
        e = next;
      }
      this.rehashIndex = index + 1;
    }
    if (this.used0 === 0) this.finishRehash();
  }

  private finishRehash(): void {
    if (this.table0.byteLength >= DISCARD_FROM_BYTES) this.arena.discard(this.table0.buffer as ArrayBuffer);
    this.table0 = this.table1;
    this.table1 = NO_TABLE;
    this.used0 = this.size;
    this.rehashIndex = -1;
    this.arena.tableChanges++;
  }
}
