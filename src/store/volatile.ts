/**
 * The volatile vector: refs of the entries that have an expiry, in no order, dense. A second one of the same kind holds
 * those whose value has fields that expire.
 *
 * Segments of 64 Ki refs (so that growing copies nothing); each entry knows its index (in the word that the vector was
 * made for), and removal moves the last ref into the gap. O(1) for everything; 4 bytes per entry.
 */
import type { Arena } from '../memory/arena.ts';
import { W_VOLATILE_INDEX } from './entry-layout.ts';

const SEGMENT_SHIFT = 16;
const SEGMENT_REFS = 1 << SEGMENT_SHIFT;
/** A vector that was never larger lives in one short segment: most databases have few volatile keys. */
const FIRST_REFS = 64;

export class VolatileVector {
  size = 0;
  private readonly arena: Arena;
  private readonly u32: Uint32Array[];
  /** Word of an entry that holds its index. */
  private readonly indexWord: number;
  readonly segments: Uint32Array[] = [];

  constructor(arena: Arena, indexWord: number = W_VOLATILE_INDEX) {
    this.arena = arena;
    this.u32 = arena.u32;
    this.indexWord = indexWord;
  }

  /** Bytes of the vector. O(1). */
  get tableBytes(): number {
    const { segments } = this;
    return segments.length === 0 ? 0 : segments[0]!.byteLength + (segments.length - 1) * SEGMENT_REFS * 4;
  }

  /** The ref at an index below `size`. */
  at(index: number): number {
    return this.segments[index >>> SEGMENT_SHIFT]![index & (SEGMENT_REFS - 1)]!;
  }

  /** Appends an entry that has the index word and is not in the vector. */
  add(e: number): void {
    const index = this.size++;
    const segment = index >>> SEGMENT_SHIFT;
    if (segment === this.segments.length) {
      this.segments.push(new Uint32Array(segment === 0 ? FIRST_REFS : SEGMENT_REFS));
      this.arena.tableChanges++;
    } else if (segment === 0 && index === this.segments[0]!.length) this.growFirst();
    this.set(index, e);
  }

  /** Takes an entry out by its index. */
  remove(e: number): void {
    const index = this.u32[e >>> 22]![((e & 0x3fffff) << 2) + this.indexWord]!;
    if (index >= this.size || this.at(index) !== e) throw new Error(`volatile vector: entry ${e} is not at ${index}`);
    const last = --this.size;
    if (index !== last) this.set(index, this.at(last));
    // One empty segment stays, so that a key coming and going at the border allocates nothing.
    if ((last & (SEGMENT_REFS - 1)) === 0 && this.segments.length > (last >>> SEGMENT_SHIFT) + 1) {
      this.segments.pop();
      this.arena.tableChanges++;
    }
  }

  /** The entry whose copy, index word included, is now `moved`. */
  relocate(moved: number): void {
    const index = this.u32[moved >>> 22]![((moved & 0x3fffff) << 2) + this.indexWord]!;
    this.segments[index >>> SEGMENT_SHIFT]![index & (SEGMENT_REFS - 1)] = moved;
  }

  private set(index: number, e: number): void {
    this.segments[index >>> SEGMENT_SHIFT]![index & (SEGMENT_REFS - 1)] = e;
    this.u32[e >>> 22]![((e & 0x3fffff) << 2) + this.indexWord] = index;
  }

  private growFirst(): void {
    const grown = new Uint32Array(Math.min(this.segments[0]!.length * 4, SEGMENT_REFS));
    grown.set(this.segments[0]!);
    this.segments[0] = grown;
    this.arena.tableChanges++;
  }
}
