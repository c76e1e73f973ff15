/**
 * The arena: off-heap memory of the keyspace.
 *
 * A ref is an unsigned 32-bit number: `ref >>> 22` = chunk, `(ref & 0x3fffff) << 4` = byte offset in it (16-byte
 * granules), so `(ref & 0x3fffff) << 2` = index of its first 32-bit word. ref 0 is null. Content is uninitialised.
 * Refs from 2^31 on (blocks beyond 32 GiB) work but are no small integers for V8.
 *
 * Blocks up to 32 KiB share 64 KiB pages of one size class each (see size-classes.ts): a free block holds, in its first
 * word, the next free block of its page + 1 in granules; blocks never handed out yet are not linked but counted by
 * BUMP, so that fresh pages are not touched. Pages with room are in a doubly linked list per class; a page whose
 * blocks are all free goes back to the page pool unless it is its class's only page with room.
 * Blocks up to 64 MiB less a page are runs of pages; larger ones have an ArrayBuffer of their own, so that there can be
 * 64 GiB of smaller blocks and more of larger ones (at most 1023).
 * alloc, free: O(1) for small blocks.
 */
import { EVACUATE, Evacuation } from './evacuation.ts';
import { isOutOfMemory } from './out-of-memory.ts';
import {
  BUMP,
  COUNT,
  FREE,
  KIND,
  KIND_HUGE,
  KIND_RUN,
  KIND_SMALL,
  MAX_RUN_PAGES,
  NEXT,
  PageRuns,
  PREV,
} from './page-runs.ts';
import {
  CLASS_BLOCKS,
  CLASS_BYTES,
  CLASS_COUNT,
  CLASS_GRANULES,
  CLASS_OF_GRANULES,
  MAX_SMALL_BYTES,
  PAGE_BYTES,
} from './size-classes.ts';

/** Huge blocks are multiples of this. */
const HUGE_STEP_BYTES = 4096;

/** What stats() returns; all in bytes but the counts. */
export interface ArenaStats {
  /** Sum of block capacities. */
  usedBytes: number;
  /** Buffers in use as chunks (address space, not resident memory). */
  chunkBytes: number;
  /** Pages of no block. */
  freePageBytes: number;
  /** What purge() could give back. */
  dirtyBytes: number;
  chunks: number;
  retiredChunks: number;
  blocks: number;
}

export class Arena {
  /** Chunk -> views of it. The arrays are never replaced, their elements are, when chunks come and go. */
  readonly u8: Uint8Array[];
  readonly u32: Uint32Array[];
  readonly f64: Float64Array[];
  readonly dv: DataView[];
  /** How many blocks somebody holds over calls of others: while there are any, the arena may not be reset. */
  held = 0;
  /** Raised whenever a table beside the arena (bucket tables, vectors) comes, grows or goes: sums of them are old then. */
  tableChanges = 0;
  /** Asked before a table grows early: whether there may be so many bytes more. */
  mayAddTable: (sizeBytes: number) => boolean = () => true;
  private readonly runs: PageRuns;
  /** Class -> first page with room, 0 = none. */
  private readonly partial = new Uint32Array(CLASS_COUNT);
  private readonly evacuation: Evacuation;
  /** [0] = used bytes, [1] = blocks, [2] = bytes of pages of small blocks, [3] = bytes of large blocks. */
  private readonly counters = new Float64Array(4);

  constructor() {
    this.runs = new PageRuns();
    this.u8 = this.runs.u8;
    this.u32 = this.runs.u32;
    this.f64 = this.runs.f64;
    this.dv = this.runs.dv;
    this.evacuation = new Evacuation(this.runs, this.partial);
  }

  /** Bytes of pages of small blocks that no block uses: what compaction could gain at most. */
  get sparseBytes(): number {
    const counters = this.counters;
    return counters[2]! - (counters[0]! - counters[3]!);
  }

  /** Bytes of pages and blocks in use, their gaps included. */
  get pageBytes(): number {
    return this.counters[2]! + this.counters[3]!;
  }

  /** Sum of the capacities of all blocks. */
  get usedBytes(): number {
    return this.counters[0]!;
  }

  /** Bytes of address space in use for chunks. */
  get chunkBytes(): number {
    return this.runs.chunkBytes;
  }

  /** Bytes that purge() could give back to the system now. */
  get dirtyBytes(): number {
    return this.runs.dirtyBytes;
  }

  /** A block of at least `sizeBytes`, uninitialised. Throws OutOfMemory. */
  alloc(sizeBytes: number): number {
    if (sizeBytes > MAX_SMALL_BYTES) return this.allocLarge(sizeBytes);
    const cls = CLASS_OF_GRANULES[(sizeBytes + 15) >>> 4]!;
    let page = this.partial[cls]!;
    if (page === 0) page = this.addPage(cls);
    const t = this.runs.table;
    const p = page << 3;
    const used = t[p + COUNT]! + 1;
    t[p + COUNT] = used;
    let ref = page << 12;
    const head = t[p + FREE]!;
    if (head !== 0) {
      ref += head - 1;
      t[p + FREE] = this.u32[page >>> 10]![(ref & 0x3fffff) << 2]!;
    } else {
      const bump = t[p + BUMP]!;
      ref += bump;
      t[p + BUMP] = bump + CLASS_GRANULES[cls]!;
    }
    if (used === CLASS_BLOCKS[cls]!) this.unlinkPartial(cls, page);
    const counters = this.counters;
    counters[0] = counters[0]! + CLASS_BYTES[cls]!;
    counters[1] = counters[1]! + 1;
    return ref >>> 0;
  }

  /** Like alloc(); 0 when there is no memory. */
  tryAlloc(sizeBytes: number): number {
    try {
      return this.alloc(sizeBytes);
    } catch (error) {
      if (isOutOfMemory(error)) return 0;
      throw error;
    }
  }

  /** Gives a block back. A ref that is no block throws or corrupts: validateIntegrity() tells. */
  free(ref: number): void {
    const page = ref >>> 12;
    const t = this.runs.table;
    const p = page << 3;
    const kind = t[p]!;
    if (kind < KIND_SMALL) {
      this.freeLarge(ref, page, kind);
      return;
    }
    const cls = kind - KIND_SMALL;
    this.u32[ref >>> 22]![(ref & 0x3fffff) << 2] = t[p + FREE]!;
    t[p + FREE] = (ref & 0xfff) + 1;
    const used = t[p + COUNT]!;
    t[p + COUNT] = used - 1;
    const counters = this.counters;
    counters[0] = counters[0]! - CLASS_BYTES[cls]!;
    counters[1] = counters[1]! - 1;
    if (used === CLASS_BLOCKS[cls]!) this.linkPartial(cls, page);
    else if (used === 1) this.pageEmptied(cls, page);
  }

  /** Usable bytes of a block. */
  capacity(ref: number): number {
    const page = ref >>> 12;
    const t = this.runs.table;
    const kind = t[page << 3]!;
    if (kind >= KIND_SMALL) return CLASS_BYTES[kind - KIND_SMALL]!;
    if (kind === KIND_RUN) return t[(page << 3) + COUNT]! * PAGE_BYTES;
    return this.u8[ref >>> 22]!.length;
  }

  /**
   * Resizes a block and keeps its content up to the smaller size: in place when it fits and at least half of the
   * block stays in use, or when the pages after a run are free; else a new block, and the old ref is dead.
   */
  realloc(ref: number, newSizeBytes: number): number {
    const capacity = this.capacity(ref);
    if (newSizeBytes <= capacity && (newSizeBytes * 2 >= capacity || capacity <= 64)) return ref;
    if (capacity > MAX_SMALL_BYTES && newSizeBytes > MAX_SMALL_BYTES && this.resizeInPlace(ref, newSizeBytes)) {
      return ref;
    }
    const moved = this.alloc(newSizeBytes);
    const keep = Math.min(newSizeBytes, capacity);
    this.copyBlock(ref, moved, keep);
    this.free(ref);
    return moved;
  }

  /** Copies the first `sizeBytes` of one block to another. */
  copyBlock(from: number, to: number, sizeBytes: number): void {
    if (sizeBytes <= 128) {
      const source = this.u32[from >>> 22]!;
      const target = this.u32[to >>> 22]!;
      const s = (from & 0x3fffff) << 2;
      const d = (to & 0x3fffff) << 2;
      // Blocks are whole granules, so a rest of up to 3 bytes may be copied with its word.
      const words = (sizeBytes + 3) >>> 2;
      for (let i = 0; i < words; i++) target[d + i] = source[s + i]!;
      return;
    }
    const offset = (from & 0x3fffff) << 4;
    this.u8[to >>> 22]!.set(this.u8[from >>> 22]!.subarray(offset, offset + sizeBytes), (to & 0x3fffff) << 4);
  }

  /** Begins a compaction: some pages are to be emptied. Until endEvacuation() shouldMove() tells which blocks move. */
  beginEvacuation(): void {
    this.evacuation.begin();
  }

  /** Ends a compaction; pages that are not empty are used again. */
  endEvacuation(): void {
    this.evacuation.end();
  }

  /** Pages that wait for their blocks to be moved. */
  get evacuatedPages(): number {
    return this.evacuation.pages;
  }

  /** Whether compaction wants this block out of its page. */
  shouldMove(ref: number): boolean {
    const p = (ref >>> 12) << 3;
    const t = this.runs.table;
    return t[p]! >= KIND_SMALL && (t[p + BUMP]! & EVACUATE) !== 0;
  }

  /** Moves a block and returns its new ref; without memory it stays, and the old ref is returned. */
  move(ref: number): number {
    const capacity = this.capacity(ref);
    const moved = this.tryAlloc(capacity);
    if (moved === 0) return ref;
    this.copyBlock(ref, moved, capacity);
    this.free(ref);
    return moved;
  }

  /** Native address of a block; valid until it is freed or reallocated. */
  address(ref: number): number {
    return this.runs.chunkAddress(ref >>> 22) + ((ref & 0x3fffff) << 4);
  }

  /** The page table (page-runs.ts), replaced when it grows. */
  get pageTable(): Uint32Array {
    return this.runs.table;
  }

  /** Native address of a chunk's first byte. */
  chunkAddress(chunk: number): number {
    return this.runs.chunkAddress(chunk);
  }

  /** Chunk -> address of its first byte, 0 where nobody has asked for it. The array is never replaced. */
  get chunkAddresses(): Float64Array {
    return this.runs.addresses;
  }

  /** Gives memory of free pages back to the system, about `maxBytes` at most; returns the bytes released. */
  purge(maxBytes = Number.POSITIVE_INFINITY): number {
    const released = this.runs.discarded.release(maxBytes);
    return released + this.runs.purge(maxBytes - released);
  }

  /**
   * Takes a large buffer from outside the arena (an old bucket table) that nobody will read again, so that its memory
   * need not wait for V8 to collect it.
   */
  discard(buffer: ArrayBuffer): void {
    this.runs.discarded.add(buffer);
  }

  /** Gives about `maxBytes` of discarded buffers back to the system; returns the bytes released. */
  releaseDiscarded(maxBytes: number): number {
    return this.runs.discarded.release(maxBytes);
  }

  /** Forgets every block at once, in O(chunks). All refs are dead. */
  reset(): void {
    if (this.held !== 0) throw new Error('arena: reset while blocks are held');
    this.runs.reset();
    this.partial.fill(0);
    this.evacuation.reset();
    this.counters.fill(0);
  }

  stats(): ArenaStats {
    return {
      usedBytes: this.counters[0]!,
      chunkBytes: this.runs.chunkBytes,
      freePageBytes: this.runs.freeBytes(),
      dirtyBytes: this.runs.dirtyBytes,
      chunks: this.u8.reduce((count, chunk) => count + (chunk.length > 0 ? 1 : 0), 0),
      retiredChunks: this.runs.retiredChunks,
      blocks: this.counters[1]!,
    };
  }

  /** Checks pages, runs, free lists and sums; throws an Error that says what is wrong. O(memory). */
  validateIntegrity(): void {
    let usedBytes = 0;
    let pageBytes = 0;
    let blocks = 0;
    const withRoom = new Set<number>();
    this.runs.validate((page, kind) => {
      const count = kind >= KIND_SMALL ? this.validatePage(page, kind - KIND_SMALL) : 1;
      if (kind >= KIND_SMALL && count < CLASS_BLOCKS[kind - KIND_SMALL]!) withRoom.add(page);
      blocks += count;
      pageBytes += kind >= KIND_SMALL ? PAGE_BYTES : this.capacity((page << 12) >>> 0);
      usedBytes += count * this.capacity((page << 12) >>> 0);
    });
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      let prev = 0;
      for (let page = this.partial[cls]!; page !== 0; page = this.runs.table[(page << 3) + NEXT]!) {
        if (!withRoom.delete(page)) throw new Error(`arena: page ${page} is wrongly listed as having room`);
        if (this.runs.table[(page << 3) + KIND] !== KIND_SMALL + cls) {
          throw new Error(`arena: page ${page} is in another class's list`);
        }
        if (this.runs.table[(page << 3) + PREV] !== prev) throw new Error(`arena: page ${page} has a wrong back link`);
        prev = page;
      }
    }
    this.evacuation.forEach((page, cls) => {
      if (!withRoom.delete(page) || this.runs.table[(page << 3) + KIND] !== KIND_SMALL + cls) {
        throw new Error(`arena: page ${page} is wrongly listed as being evacuated`);
      }
      if ((this.runs.table[(page << 3) + BUMP]! & EVACUATE) === 0) throw new Error(`arena: page ${page} has no mark`);
    });
    if (withRoom.size !== 0) throw new Error('arena: a page with room is not listed');
    if (pageBytes !== this.pageBytes) throw new Error(`arena: pageBytes is ${this.pageBytes}, not ${pageBytes}`);
    if (usedBytes !== this.counters[0]) throw new Error(`arena: usedBytes is ${this.counters[0]}, not ${usedBytes}`);
    if (blocks !== this.counters[1]) throw new Error(`arena: blocks is ${this.counters[1]}, not ${blocks}`);
  }

  /** Checks one page's free list; returns its blocks in use. */
  private validatePage(page: number, cls: number): number {
    const p = page << 3;
    const t = this.runs.table;
    const granules = CLASS_GRANULES[cls]!;
    const bump = (t[p + BUMP]! & ~EVACUATE) >>> 0;
    if (bump % granules !== 0 || bump / granules > CLASS_BLOCKS[cls]!)
      throw new Error(`arena: bad bump of page ${page}`);
    const seen = new Set<number>();
    const u32 = this.u32[page >>> 10]!;
    const base = (page & 1023) << 12;
    for (let link = t[p + FREE]!; link !== 0; link = u32[(base + link - 1) << 2]!) {
      if ((link - 1) % granules !== 0 || link - 1 >= bump) throw new Error(`arena: bad free link in page ${page}`);
      if (seen.has(link)) throw new Error(`arena: free list of page ${page} has a cycle`);
      seen.add(link);
    }
    const used = bump / granules - seen.size;
    if (used !== t[p + COUNT]) throw new Error(`arena: page ${page} counts ${t[p + COUNT]} blocks, not ${used}`);
    return used;
  }

  private addPage(cls: number): number {
    const page = this.runs.allocRun(1);
    const t = this.runs.table;
    const p = page << 3;
    t[p + KIND] = KIND_SMALL + cls;
    t[p + COUNT] = 0;
    t[p + FREE] = 0;
    t[p + BUMP] = 0;
    this.counters[2]! += PAGE_BYTES;
    this.linkPartial(cls, page);
    return page;
  }

  private linkPartial(cls: number, page: number): void {
    const t = this.runs.table;
    const head = this.partial[cls]!;
    t[(page << 3) + NEXT] = head;
    t[(page << 3) + PREV] = 0;
    if (head !== 0) t[(head << 3) + PREV] = page;
    this.partial[cls] = page;
  }

  private unlinkPartial(cls: number, page: number): void {
    const t = this.runs.table;
    const next = t[(page << 3) + NEXT]!;
    const prev = t[(page << 3) + PREV]!;
    if (prev === 0) this.partial[cls] = next;
    else t[(prev << 3) + NEXT] = next;
    if (next !== 0) t[(next << 3) + PREV] = prev;
  }

  private pageEmptied(cls: number, page: number): void {
    const t = this.runs.table;
    const p = page << 3;
    if ((t[p + BUMP]! & EVACUATE) !== 0) {
      this.evacuation.remove(cls, page);
      this.counters[2]! -= PAGE_BYTES;
      this.runs.freeRun(page, 1);
      return;
    }
    if (this.partial[cls] === page && t[p + NEXT] === 0) {
      // The class's last page stays, so that one block coming and going does not move a page each time.
      t[p + FREE] = 0;
      t[p + BUMP] = 0;
      return;
    }
    this.unlinkPartial(cls, page);
    this.counters[2]! -= PAGE_BYTES;
    this.runs.freeRun(page, 1);
  }

  private allocLarge(sizeBytes: number): number {
    const pages = Math.ceil(sizeBytes / PAGE_BYTES);
    let page: number;
    if (pages <= MAX_RUN_PAGES) {
      page = this.runs.allocRun(pages);
      this.runs.table[(page << 3) + KIND] = KIND_RUN;
      this.runs.table[(page << 3) + COUNT] = pages;
    } else {
      page = this.runs.allocHuge(Math.ceil(sizeBytes / HUGE_STEP_BYTES) * HUGE_STEP_BYTES);
    }
    const ref = (page << 12) >>> 0;
    const capacity = this.capacity(ref);
    this.counters[0]! += capacity;
    this.counters[1]! += 1;
    this.counters[3]! += capacity;
    return ref;
  }

  private freeLarge(ref: number, page: number, kind: number): void {
    if ((kind !== KIND_RUN && kind !== KIND_HUGE) || (ref & 0xfff) !== 0 || ref === 0) {
      throw new Error(`arena: free of ref ${ref}, which is no block`);
    }
    const capacity = this.capacity(ref);
    this.counters[0]! -= capacity;
    this.counters[1]! -= 1;
    this.counters[3]! -= capacity;
    if (kind === KIND_RUN) this.runs.freeRun(page, this.runs.table[(page << 3) + COUNT]!);
    else this.runs.freeHuge(page);
  }

  private resizeInPlace(ref: number, newSizeBytes: number): boolean {
    const page = ref >>> 12;
    const t = this.runs.table;
    const pages = Math.ceil(newSizeBytes / PAGE_BYTES);
    if (t[page << 3] !== KIND_RUN || pages > MAX_RUN_PAGES) return false;
    const before = t[(page << 3) + COUNT]!;
    if (!this.runs.resizeRun(page, before, pages)) return false;
    this.counters[0]! += (pages - before) * PAGE_BYTES;
    this.counters[3]! += (pages - before) * PAGE_BYTES;
    return true;
  }
}
