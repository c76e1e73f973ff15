/**
 * The elements that SORT puts in order: copies, because whoever is told of look-ups may change what is sorted.
 *
 * All bytes are in one pool; elements and weights are ranges of it, and the order is an array of their numbers. Sorting
 * is a merge sort: stable, as Redis's is where it matters.
 */
import { copyBytes } from '../../memory/copy.ts';
import { integerWidth, parseDouble, writeInteger } from '../../protocol/numbers.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import { orderByIntegers } from './sort-integers.ts';

/** Pools up to this size are kept for the next command. */
const KEPT_BYTES = 1024 * 1024;
const KEPT_ELEMENTS = 64 * 1024;
/** `weightLen` of an element without a weight. */
const NONE = 0xffffffff;
/** `len` of an integer whose text is not in the pool yet. */
const UNWRITTEN = 0xffffffff;
/** Where fewer than this part of the elements are wanted, only those are put in order. */
const FEW = 1 / 8;
/** Runs up to this length are sorted by insertion. */
const RUN = 8;

/** How elements are compared. */
export const BY_SCORE = 0;
export const BY_TEXT = 1;
export const BY_WEIGHT = 2;

export class SortVector {
  count = 0;
  /** Numbers of elements in the order they have. */
  order = new Uint32Array(64);
  scores = new Float64Array(64);
  pool = new Uint8Array(1024);
  private off = new Uint32Array(64);
  private len = new Uint32Array(64);
  private weightOff = new Uint32Array(64);
  private weightLen = new Uint32Array(64);
  private merged = new Uint32Array(64);
  private used = 0;
  private how = BY_SCORE;
  private descending = false;
  private asCStrings = false;

  /** Adds an element without a weight; its score is to be set. */
  add(buf: Uint8Array, off: number, len: number): void {
    const i = this.count;
    if (i === this.order.length) this.grow();
    this.off[i] = this.copy(buf, off, len);
    this.len[i] = len;
    this.weightLen[i] = NONE;
    this.order[i] = i;
    this.count = i + 1;
  }

  /**
   * Adds an integer, of which it is both the element and the score; its text is written when somebody asks for it, which
   * most of a long list never comes to.
   */
  addInteger(n: number): void {
    const i = this.count;
    if (i === this.order.length) this.grow();
    this.len[i] = UNWRITTEN;
    this.scores[i] = n;
    this.weightLen[i] = NONE;
    this.order[i] = i;
    this.count = i + 1;
  }

  /** Writes the text of an integer. */
  private write(i: number): void {
    const n = this.scores[i]!;
    const width = integerWidth(n);
    const at = this.room(width);
    writeInteger(this.pool, at, n, width);
    this.off[i] = at;
    this.len[i] = width;
  }

  setWeight(i: number, buf: Uint8Array, off: number, len: number): void {
    this.weightOff[i] = this.copy(buf, off, len);
    this.weightLen[i] = len;
  }

  /** Start of element i in `pool`. */
  offset(i: number): number {
    if (this.len[i] === UNWRITTEN) this.write(i);
    return this.off[i]!;
  }

  length(i: number): number {
    if (this.len[i] === UNWRITTEN) this.write(i);
    return this.len[i]!;
  }

  reply(out: ReplyWriter, i: number): void {
    if (this.len[i] === UNWRITTEN) out.bulkInteger(this.scores[i]!);
    else out.bulk(this.pool, this.off[i]!, this.len[i]!);
  }

  /**
   * Sorts `order`, of which the first `wanted` places count. `how`: scores (equal ones by their elements), elements, or
   * weights (missing ones first). `asCStrings`: texts end at their first NUL, as where Redis collates them.
   */
  sort(how: number, descending: boolean, asCStrings: boolean, wanted: number): void {
    this.how = how;
    this.descending = descending;
    this.asCStrings = asCStrings;
    const { count } = this;
    if (wanted < count * FEW) return this.select(wanted);
    if (this.merged.length < this.order.length) this.merged = new Uint32Array(this.order.length);
    if (how === BY_SCORE && this.sortIntegers()) return;
    this.mergeSort(0, count);
  }

  /** Makes it empty, and small if it was large. */
  clear(): void {
    this.count = 0;
    this.used = 0;
    if (this.pool.length > KEPT_BYTES) this.pool = new Uint8Array(1024);
    if (this.order.length > KEPT_ELEMENTS) this.resize(64);
  }

  /** Sorts scores that are integers; false when they are not, or too far apart. */
  private sortIntegers(): boolean {
    const { count, scores } = this;
    const sorted = orderByIntegers(scores, this.order, this.merged, count, this.descending);
    if (sorted === null) return false;
    if (sorted !== this.order) {
      this.merged = this.order;
      this.order = sorted;
    }
    // Equal scores are in order by their elements.
    for (let from = 0; from < count; ) {
      const score = scores[sorted[from]!]!;
      let to = from + 1;
      while (to < count && scores[sorted[to]!] === score) to++;
      if (to - from > 1) this.mergeSort(from, to);
      from = to;
    }
    return true;
  }

  /**
   * Puts the first `wanted` into their places, and the others anywhere behind: a heap of the wanted, whose top is the last
   * of them, gives way to each that comes before it, and is taken apart from the top.
   */
  private select(wanted: number): void {
    if (wanted === 0) return;
    const { order, count } = this;
    for (let i = (wanted >>> 1) - 1; i >= 0; i--) this.sink(i, wanted);
    for (let i = wanted; i < count; i++) {
      const candidate = order[i]!;
      const top = order[0]!;
      if (!this.comesBefore(candidate, top)) continue;
      order[i] = top;
      order[0] = candidate;
      this.sink(0, wanted);
    }
    for (let end = wanted - 1; end > 0; end--) {
      const last = order[0]!;
      order[0] = order[end]!;
      order[end] = last;
      this.sink(0, end);
    }
  }

  /** Of equals the one that was added first. */
  private comesBefore(a: number, b: number): boolean {
    if (this.how === BY_SCORE) {
      const difference = this.scores[a]! - this.scores[b]!;
      if (difference !== 0) return this.descending ? difference > 0 : difference < 0;
    }
    return (this.compare(a, b) || a - b) < 0;
  }

  private sink(i: number, size: number): void {
    const { order } = this;
    const moved = order[i]!;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && this.comesBefore(order[child]!, order[child + 1]!)) child++;
      if (!this.comesBefore(moved, order[child]!)) break;
      order[i] = order[child]!;
      i = child;
    }
    order[i] = moved;
  }

  private mergeSort(start: number, end: number): void {
    const { merged, order } = this;
    for (let from = start; from < end; from += RUN) this.insertionSort(from, Math.min(from + RUN, end));
    for (let width = RUN; width < end - start; width *= 2) {
      for (let from = start; from < end; from += 2 * width) {
        this.merge(from, Math.min(from + width, end), Math.min(from + 2 * width, end));
      }
      order.set(merged.subarray(start, end), start);
    }
  }

  private insertionSort(from: number, to: number): void {
    const { order } = this;
    for (let i = from + 1; i < to; i++) {
      const moving = order[i]!;
      let k = i - 1;
      while (k >= from && this.compare(order[k]!, moving) > 0) {
        order[k + 1] = order[k]!;
        k--;
      }
      order[k + 1] = moving;
    }
  }

  private merge(from: number, middle: number, to: number): void {
    const { order, merged } = this;
    let a = from;
    let b = middle;
    for (let i = from; i < to; i++) {
      merged[i] = b >= to || (a < middle && this.compare(order[a]!, order[b]!) <= 0) ? order[a++]! : order[b++]!;
    }
  }

  private compare(a: number, b: number): number {
    let result: number;
    if (this.how === BY_SCORE) {
      const scoreA = this.scores[a]!;
      const scoreB = this.scores[b]!;
      if (scoreA > scoreB) result = 1;
      else if (scoreA < scoreB) result = -1;
      else result = this.compareElements(a, b);
    } else if (this.how === BY_TEXT) {
      result = this.compareTexts(this.off[a]!, this.len[a]!, this.off[b]!, this.len[b]!, this.asCStrings);
    } else result = this.compareWeights(a, b);
    return this.descending ? -result : result;
  }

  /** Two elements of equal scores by their texts. */
  private compareElements(a: number, b: number): number {
    // The same integer.
    if (this.len[a] === UNWRITTEN && this.len[b] === UNWRITTEN) return 0;
    return this.compareTexts(this.offset(a), this.length(a), this.offset(b), this.length(b), false);
  }

  private compareWeights(a: number, b: number): number {
    const lenA = this.weightLen[a]!;
    const lenB = this.weightLen[b]!;
    if (lenA === NONE || lenB === NONE) return lenA === lenB ? 0 : lenA === NONE ? -1 : 1;
    return this.compareTexts(this.weightOff[a]!, lenA, this.weightOff[b]!, lenB, this.asCStrings);
  }

  private compareTexts(offA: number, lenA: number, offB: number, lenB: number, asCStrings: boolean): number {
    const { pool } = this;
    const common = Math.min(lenA, lenB);
    for (let i = 0; i < common; i++) {
      const byte = pool[offA + i]!;
      const difference = byte - pool[offB + i]!;
      if (difference !== 0) return difference;
      if (byte === 0 && asCStrings) return 0;
    }
    if (lenA === lenB) return 0;
    const next = lenA < lenB ? pool[offB + common]! : pool[offA + common]!;
    return asCStrings && next === 0 ? 0 : lenA - lenB;
  }

  private copy(buf: Uint8Array, off: number, len: number): number {
    const at = this.room(len);
    copyBytes(buf, off, this.pool, at, len);
    return at;
  }

  /** Makes room for so many bytes in the pool; returns where. */
  private room(len: number): number {
    const at = this.used;
    if (at + len > this.pool.length) {
      const larger = new Uint8Array(Math.max(this.pool.length * 2, at + len));
      larger.set(this.pool.subarray(0, at));
      this.pool = larger;
    }
    this.used = at + len;
    return at;
  }

  private grow(): void {
    this.resize(this.order.length * 2);
  }

  private resize(capacity: number): void {
    this.order = resized(this.order, new Uint32Array(capacity));
    this.off = resized(this.off, new Uint32Array(capacity));
    this.len = resized(this.len, new Uint32Array(capacity));
    this.weightOff = resized(this.weightOff, new Uint32Array(capacity));
    this.weightLen = resized(this.weightLen, new Uint32Array(capacity));
    this.merged = new Uint32Array(0);
    const scores = new Float64Array(capacity);
    if (capacity > this.scores.length) scores.set(this.scores);
    this.scores = scores;
  }
}

/** `to` with what `from` holds, if that is less. */
function resized(from: Uint32Array, to: Uint32Array): Uint32Array<ArrayBuffer> {
  if (to.length > from.length) to.set(from);
  return to as Uint32Array<ArrayBuffer>;
}

/** Blanks that C's strtod() skips at the beginning. */
function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** A text as the double that it sorts by: as C reads it, up to the first NUL; nothing is 0. NaN when it is none. */
export function sortingScore(buf: Uint8Array, off: number, len: number): number {
  const quick = parseDouble(buf, off, len);
  if (!Number.isNaN(quick)) return quick;
  let end = off;
  while (end < off + len && buf[end] !== 0) end++;
  if (end === off) return 0;
  let from = off;
  while (from < end && isBlank(buf[from]!)) from++;
  return parseDouble(buf, from, end - from);
}
