/**
 * Chunks and runs of pages: the lower half of the arena.
 *
 * A chunk is an ArrayBuffer of 64 MiB = 1024 pages of 64 KiB; page number = chunk * 1024 + page in chunk. A huge block
 * has an ArrayBuffer of its own in one chunk slot. Page 0 of chunk 0 is never used, so that page 0 and ref 0 mean none.
 *
 * Page table: 8 words a page (`page << 3`), kept in one Uint32Array:
 *
 *   word     small page (KIND_SMALL + class)   run in use   free run              huge
 *   KIND     KIND_SMALL + class                KIND_RUN     KIND_FREE             KIND_HUGE      first page only
 *   COUNT    blocks in use                     pages        pages                 –
 *   FREE     first free block + 1, in granules –            –                     –
 *   BUMP     granules handed out once          –            –                     –
 *   NEXT     next page of its list             –            next run of its bin   –
 *   PREV     previous page of its list         –            previous run          –
 *   TAIL     –                                 –            pages, in its *last* page; else 0
 *   DIRTY    1 when the page may occupy memory although it is free (only in free pages; cleared by purge)
 *
 * Invariants: free runs never touch each other; a free run is in the bin of its length; inner pages have KIND_NONE;
 * a chunk that is one free run of 1024 pages is empty, at most one of these exists.
 * Allocation is best fit up to 64 pages, first fit in four wider bins above; freeing coalesces in O(1).
 */
import { DiscardedBuffers } from './discarded-buffers.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { bufferAddress, preferLargePages, releasePages } from './pages.ts';
import { PAGE_BYTES } from './size-classes.ts';

export const CHUNK_BYTES = 64 * 1024 * 1024;
export const CHUNK_PAGES = CHUNK_BYTES / PAGE_BYTES;
/** Refs have 32 bits: 10 for the chunk. */
export const MAX_CHUNKS = 1024;
/** Longest run: what chunk 0 has. Larger blocks get an ArrayBuffer of their own. */
export const MAX_RUN_PAGES = CHUNK_PAGES - 1;

export const KIND_NONE = 0;
export const KIND_FREE = 1;
export const KIND_RUN = 2;
export const KIND_HUGE = 3;
export const KIND_SMALL = 8;

export const KIND = 0;
export const COUNT = 1;
export const FREE = 2;
export const BUMP = 3;
export const NEXT = 4;
export const PREV = 5;
const TAIL = 6;
const DIRTY = 7;

const EXACT_BINS = 64;
const BIN_COUNT = EXACT_BINS + 4;
const INITIAL_CHUNKS = 8;
/** More than this is not left for later when another huge block is made. */
const MAX_DISCARDED_BYTES = 128 * 1024 * 1024;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_DOUBLES = new Float64Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

function binOf(length: number): number {
  if (length <= EXACT_BINS) return length - 1;
  return length <= 128 ? 64 : length <= 256 ? 65 : length <= 512 ? 66 : 67;
}

export class PageRuns {
  /** Views of each chunk; slots without a chunk hold views of length 0. */
  readonly u8: Uint8Array[] = [];
  readonly u32: Uint32Array[] = [];
  readonly f64: Float64Array[] = [];
  readonly dv: DataView[] = [];
  /** The page table; replaced when it grows. */
  table: Uint32Array = new Uint32Array(INITIAL_CHUNKS * CHUNK_PAGES * 8);
  /** Bytes of all ArrayBuffers in use as chunks, huge blocks included, retired chunks not. */
  chunkBytes = 0;
  /** Chunk -> native address, 0 until somebody asks. */
  readonly addresses: Float64Array = new Float64Array(MAX_CHUNKS);
  private readonly bins = new Uint32Array(BIN_COUNT);
  private readonly freeSlots: number[] = [];
  /** Bytes of free pages and retired chunks that may occupy memory: what purge() could release. */
  dirtyBytes = 0;
  /** Buffers of dropped chunks: reused first, given back by purge(); their bytes from `dirtyFrom` on may be dirty. */
  private readonly retired: { buffer: ArrayBuffer; dirtyFrom: number }[] = [];
  /** Buffers of huge blocks and others whose memory is to be given back. */
  readonly discarded: DiscardedBuffers = new DiscardedBuffers();
  private emptyChunks = 0;

  /** Native address of a chunk's first byte. */
  chunkAddress(chunk: number): number {
    let address = this.addresses[chunk]!;
    if (address === 0) {
      address = bufferAddress(this.u8[chunk]!.buffer as ArrayBuffer);
      this.addresses[chunk] = address;
    }
    return address;
  }

  /** First page of a run of `length` (1 … MAX_RUN_PAGES) pages; the caller sets its KIND and COUNT. */
  allocRun(length: number): number {
    const page = this.findRun(length) || this.addChunk();
    const t = this.table;
    const have = t[(page << 3) + COUNT]!;
    this.unlinkFree(page, have);
    if (have > length) this.linkFree(page + length, have - length);
    this.clean(page, length);
    return page;
  }

  /** Gives a run back; its pages count as dirty. */
  freeRun(page: number, length: number): void {
    const t = this.table;
    for (let i = page; i < page + length; i++) t[(i << 3) + DIRTY] = 1;
    this.dirtyBytes += length * PAGE_BYTES;
    t[(page << 3) + KIND] = KIND_NONE;
    let first = page;
    let total = length;
    const next = page + length;
    if ((next & (CHUNK_PAGES - 1)) !== 0 && t[(next << 3) + KIND] === KIND_FREE) {
      const more = t[(next << 3) + COUNT]!;
      this.unlinkFree(next, more);
      total += more;
    }
    if ((page & (CHUNK_PAGES - 1)) !== 0) {
      const before = t[((page - 1) << 3) + TAIL]!;
      if (before !== 0) {
        first = page - before;
        this.unlinkFree(first, before);
        total += before;
      }
    }
    this.linkFree(first, total);
    if (this.emptyChunks > 1) this.dropChunk(first >>> 10);
  }

  /** Resizes a run in use in place; false when the pages after it are not free. */
  resizeRun(page: number, length: number, newLength: number): boolean {
    const t = this.table;
    if (newLength === length) return true;
    if (newLength < length) {
      t[(page << 3) + COUNT] = newLength;
      this.freeRun(page + newLength, length - newLength);
      return true;
    }
    const next = page + length;
    if ((next & (CHUNK_PAGES - 1)) === 0 || t[(next << 3) + KIND] !== KIND_FREE) return false;
    const have = t[(next << 3) + COUNT]!;
    const want = newLength - length;
    if (have < want) return false;
    this.unlinkFree(next, have);
    if (have > want) this.linkFree(next + want, have - want);
    this.clean(next, want);
    t[(page << 3) + COUNT] = newLength;
    return true;
  }

  /** A chunk slot with an ArrayBuffer of its own, `sizeBytes` a multiple of 16. Returns the slot's first page. */
  allocHuge(sizeBytes: number): number {
    // Else values that are overwritten again and again would pile up until cron comes by.
    if (this.discarded.pendingBytes > MAX_DISCARDED_BYTES) this.discarded.release(2 * sizeBytes);
    const slot = this.takeSlot(1);
    const buffer = this.newBuffer(slot, sizeBytes);
    this.install(slot, buffer);
    const page = slot * CHUNK_PAGES;
    this.table[(page << 3) + KIND] = KIND_HUGE;
    return page;
  }

  /** Drops a huge block. Its memory is given back in slices, its address range when V8 collects it. */
  freeHuge(page: number): void {
    const slot = page >>> 10;
    this.discarded.add(this.u8[slot]!.buffer as ArrayBuffer);
    this.table[(page << 3) + KIND] = KIND_NONE;
    this.uninstall(slot);
  }

  /** Forgets every block: O(chunks). One chunk stays in place. */
  reset(): void {
    this.bins.fill(0);
    this.emptyChunks = 0;
    for (let slot = 0; slot < this.u8.length; slot++) {
      const size = this.u8[slot]!.length;
      if (size === 0) continue;
      const from = slot * CHUNK_PAGES * 8;
      const huge = slot !== 0 && this.table[from + KIND] === KIND_HUGE;
      if (huge) {
        this.freeHuge(slot * CHUNK_PAGES);
        continue;
      }
      this.table.fill(0, from, from + CHUNK_PAGES * 8);
      if (slot === 0) {
        for (let page = 1; page < CHUNK_PAGES; page++) this.table[(page << 3) + DIRTY] = 1;
        this.linkFree(1, CHUNK_PAGES - 1);
      } else {
        this.retired.push({ buffer: this.u8[slot]!.buffer as ArrayBuffer, dirtyFrom: 0 });
        this.uninstall(slot);
      }
    }
    this.dirtyBytes = this.countDirty();
  }

  /**
   * Gives memory of free pages back to the system until `maxBytes` are released; returns the bytes released.
   * Retired buffers but one are dropped.
   */
  purge(maxBytes: number): number {
    if (this.dirtyBytes === 0) return 0;
    let released = this.purgeRetired(maxBytes);
    for (let bin = BIN_COUNT - 1; bin >= 0 && released < maxBytes; bin--) {
      for (let page = this.bins[bin]!; page !== 0 && released < maxBytes; page = this.table[(page << 3) + NEXT]!) {
        released += this.purgeRun(page, maxBytes - released);
      }
    }
    return released;
  }

  /** Bytes in free pages of chunks in use. */
  freeBytes(): number {
    let pages = 0;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      for (let page = this.bins[bin]!; page !== 0; page = this.table[(page << 3) + NEXT]!) {
        pages += this.table[(page << 3) + COUNT]!;
      }
    }
    return pages * PAGE_BYTES;
  }

  get retiredChunks(): number {
    return this.retired.length;
  }

  /** Throws unless every chunk is exactly covered by runs and every free run is in its bin; calls back for runs in use. */
  validate(visit: (page: number, kind: number) => void): void {
    const binned = new Set<number>();
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      let prev = 0;
      for (let page = this.bins[bin]!; page !== 0; page = this.table[(page << 3) + NEXT]!) {
        const p = page << 3;
        if (binned.has(page)) throw new Error(`arena: page ${page} is twice in the bins`);
        if (this.table[p + KIND] !== KIND_FREE) throw new Error(`arena: binned page ${page} is not free`);
        if (binOf(this.table[p + COUNT]!) !== bin) throw new Error(`arena: free run ${page} is in the wrong bin`);
        if (this.table[p + PREV] !== prev) throw new Error(`arena: free run ${page} has a wrong back link`);
        binned.add(page);
        prev = page;
      }
    }
    let chunkBytes = 0;
    let empty = 0;
    for (let slot = 0; slot < this.u8.length; slot++) {
      const size = this.u8[slot]!.length;
      chunkBytes += size;
      if (size === 0) continue;
      const first = slot * CHUNK_PAGES;
      if (slot !== 0 && this.table[(first << 3) + KIND] === KIND_HUGE) {
        visit(first, KIND_HUGE);
        continue;
      }
      empty += this.validateChunk(slot === 0 ? 1 : first, first + CHUNK_PAGES, binned, visit);
    }
    if (binned.size !== 0) throw new Error('arena: a binned run lies outside the chunks');
    if (chunkBytes !== this.chunkBytes) throw new Error(`arena: chunkBytes is ${this.chunkBytes}, not ${chunkBytes}`);
    const dirtyBytes = this.countDirty();
    if (dirtyBytes !== this.dirtyBytes) throw new Error(`arena: dirtyBytes is ${this.dirtyBytes}, not ${dirtyBytes}`);
    if (empty !== this.emptyChunks || empty > 1) throw new Error(`arena: ${empty} chunks are empty`);
  }

  private validateChunk(
    from: number,
    to: number,
    binned: Set<number>,
    visit: (page: number, kind: number) => void,
  ): number {
    const t = this.table;
    let afterFree = false;
    let page = from;
    let empty = 0;
    while (page < to) {
      const p = page << 3;
      const kind = t[p + KIND]!;
      if (kind === KIND_NONE || kind === KIND_HUGE) throw new Error(`arena: page ${page} belongs to no run`);
      const length = kind >= KIND_SMALL ? 1 : t[p + COUNT]!;
      if (length < 1 || page + length > to) throw new Error(`arena: run ${page} has a bad length ${length}`);
      for (let i = page; i < page + length; i++) {
        if (i > page && t[(i << 3) + KIND] !== KIND_NONE) throw new Error(`arena: runs overlap at page ${i}`);
        const tail = kind === KIND_FREE && i === page + length - 1 ? length : 0;
        if (t[(i << 3) + TAIL] !== tail) throw new Error(`arena: page ${i} has a wrong tail`);
      }
      if (kind === KIND_FREE) {
        if (!binned.delete(page)) throw new Error(`arena: free run ${page} is in no bin`);
        if (afterFree) throw new Error(`arena: free run ${page} was not coalesced`);
        if (length === CHUNK_PAGES) empty++;
      } else visit(page, kind);
      afterFree = kind === KIND_FREE;
      page += length;
    }
    return empty;
  }

  private findRun(length: number): number {
    const t = this.table;
    for (let bin = binOf(length); bin < BIN_COUNT; bin++) {
      for (let page = this.bins[bin]!; page !== 0; page = t[(page << 3) + NEXT]!) {
        if (t[(page << 3) + COUNT]! >= length) return page;
      }
    }
    return 0;
  }

  private linkFree(page: number, length: number): void {
    const t = this.table;
    const p = page << 3;
    const bin = binOf(length);
    const head = this.bins[bin]!;
    t[p + KIND] = KIND_FREE;
    t[p + COUNT] = length;
    t[p + NEXT] = head;
    t[p + PREV] = 0;
    t[((page + length - 1) << 3) + TAIL] = length;
    if (head !== 0) t[(head << 3) + PREV] = page;
    this.bins[bin] = page;
    if (length === CHUNK_PAGES) this.emptyChunks++;
  }

  private unlinkFree(page: number, length: number): void {
    const t = this.table;
    const p = page << 3;
    const next = t[p + NEXT]!;
    const prev = t[p + PREV]!;
    if (prev === 0) this.bins[binOf(length)] = next;
    else t[(prev << 3) + NEXT] = next;
    if (next !== 0) t[(next << 3) + PREV] = prev;
    t[p + KIND] = KIND_NONE;
    t[((page + length - 1) << 3) + TAIL] = 0;
    if (length === CHUNK_PAGES) this.emptyChunks--;
  }

  /** Pages taken into use no longer count as dirty: what they occupy is used. */
  private clean(page: number, length: number): void {
    const t = this.table;
    for (let i = page; i < page + length; i++) {
      if (t[(i << 3) + DIRTY] === 0) continue;
      t[(i << 3) + DIRTY] = 0;
      this.dirtyBytes -= PAGE_BYTES;
    }
  }

  private countDirty(): number {
    let bytes = 0;
    for (const chunk of this.retired) bytes += CHUNK_BYTES - chunk.dirtyFrom;
    const end = this.u8.length * CHUNK_PAGES;
    for (let page = 0; page < end; page++) if (this.table[(page << 3) + DIRTY] !== 0) bytes += PAGE_BYTES;
    return bytes;
  }

  /** Releases retired chunks piece by piece, then drops all but one. */
  private purgeRetired(maxBytes: number): number {
    let released = 0;
    for (let i = this.retired.length - 1; i >= 0 && released < maxBytes; i--) {
      const chunk = this.retired[i]!;
      const bytes = Math.min(CHUNK_BYTES - chunk.dirtyFrom, Math.ceil((maxBytes - released) / PAGE_BYTES) * PAGE_BYTES);
      if (bytes > 0) {
        released += releasePages(bufferAddress(chunk.buffer) + chunk.dirtyFrom, bytes);
        chunk.dirtyFrom += bytes;
        this.dirtyBytes -= bytes;
      }
      if (chunk.dirtyFrom === CHUNK_BYTES && i > 0) this.retired.splice(i, 1);
    }
    return released;
  }

  private purgeRun(page: number, maxBytes: number): number {
    const t = this.table;
    const end = page + t[(page << 3) + COUNT]!;
    let released = 0;
    for (let from = page; from < end && released < maxBytes; from++) {
      if (t[(from << 3) + DIRTY] === 0) continue;
      let to = from;
      while (to < end && (to - from) * PAGE_BYTES < maxBytes && t[(to << 3) + DIRTY] !== 0) to++;
      this.clean(from, to - from);
      const address = this.chunkAddress(from >>> 10) + (from & (CHUNK_PAGES - 1)) * PAGE_BYTES;
      released += releasePages(address, (to - from) * PAGE_BYTES);
      from = to - 1;
    }
    return released;
  }

  /** Adds an empty chunk; returns the first page of its free run. */
  private addChunk(): number {
    const slot = this.takeSlot(0);
    const reused = this.retired.pop();
    const buffer = reused === undefined ? this.newChunk(slot) : reused.buffer;
    this.install(slot, buffer);
    const from = slot * CHUNK_PAGES;
    const first = slot === 0 ? 1 : from;
    if (reused !== undefined) {
      // dirtyFrom is a multiple of the page size.
      const dirtyPage = from + reused.dirtyFrom / PAGE_BYTES;
      for (let page = dirtyPage; page < from + CHUNK_PAGES; page++) this.table[(page << 3) + DIRTY] = 1;
    }
    this.linkFree(first, from + CHUNK_PAGES - first);
    return first;
  }

  /** Retires an empty chunk. */
  private dropChunk(slot: number): void {
    const page = slot * CHUNK_PAGES;
    this.unlinkFree(page, CHUNK_PAGES);
    // Clean pages among dirty ones do not matter: releasing them again costs little.
    let dirtyFrom = CHUNK_BYTES;
    for (let i = page + CHUNK_PAGES - 1; i >= page; i--) {
      if (this.table[(i << 3) + DIRTY] === 0) continue;
      dirtyFrom = (i - page) * PAGE_BYTES;
      this.dirtyBytes -= PAGE_BYTES;
      this.table[(i << 3) + DIRTY] = 0;
    }
    this.dirtyBytes += CHUNK_BYTES - dirtyFrom;
    this.retired.push({ buffer: this.u8[slot]!.buffer as ArrayBuffer, dirtyFrom });
    this.uninstall(slot);
  }

  /** A free chunk slot, not below `from` (huge blocks may not have slot 0). */
  private takeSlot(from: number): number {
    const reused = this.freeSlots.pop();
    if (reused !== undefined && reused >= from) return reused;
    if (reused === 0) this.addChunkAt0();
    while (this.u8.length < from) {
      this.pushSlot();
      this.addChunkAt0();
    }
    const slot = this.u8.length;
    if (slot === MAX_CHUNKS) throw new OutOfMemory('arena: all 64 GiB of addresses are in use');
    if ((slot + 1) * CHUNK_PAGES * 8 > this.table.length) this.growTable();
    this.pushSlot();
    return slot;
  }

  private growTable(): void {
    try {
      const grown = new Uint32Array(this.table.length * 2);
      grown.set(this.table);
      this.table = grown;
    } catch (error) {
      throw new OutOfMemory('arena: no memory for the page table', { cause: error });
    }
  }

  private addChunkAt0(): void {
    this.install(0, this.newChunk(0));
    this.linkFree(1, CHUNK_PAGES - 1);
  }

  private pushSlot(): void {
    this.u8.push(NO_BYTES);
    this.u32.push(NO_WORDS);
    this.f64.push(NO_DOUBLES);
    this.dv.push(NO_VIEW);
  }

  private install(slot: number, buffer: ArrayBuffer): void {
    this.u8[slot] = new Uint8Array(buffer);
    this.u32[slot] = new Uint32Array(buffer);
    this.f64[slot] = new Float64Array(buffer);
    this.dv[slot] = new DataView(buffer);
    this.chunkBytes += buffer.byteLength;
  }

  private uninstall(slot: number): void {
    this.chunkBytes -= this.u8[slot]!.length;
    this.u8[slot] = NO_BYTES;
    this.u32[slot] = NO_WORDS;
    this.f64[slot] = NO_DOUBLES;
    this.dv[slot] = NO_VIEW;
    this.addresses[slot] = 0;
    this.freeSlots.push(slot);
  }

  private newChunk(slot: number): ArrayBuffer {
    const buffer = this.newBuffer(slot, CHUNK_BYTES);
    preferLargePages(bufferAddress(buffer), CHUNK_BYTES);
    return buffer;
  }

  /** Memory for a slot, which goes back when there is none. */
  private newBuffer(slot: number, sizeBytes: number): ArrayBuffer {
    try {
      return new ArrayBuffer(sizeBytes);
    } catch (error) {
      this.freeSlots.push(slot);
      throw new OutOfMemory(`arena: no memory for ${sizeBytes} bytes`, { cause: error });
    }
  }
}
