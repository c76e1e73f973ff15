/**
 * Walks over a range of a sorted set, in either direction. One walker serves any number of sets; the set may not change
 * while it is on its way.
 */
import type { Arena } from '../memory/arena.ts';
import { INT64_TEXT_MAX } from '../protocol/numbers.ts';
import { LEAF_ELEMENTS, pathAt, pathNode } from './btree-node.ts';
import { entryOf, entryScore, leafLength, nextLeaf, previousLeaf, seek, seekScore } from './btree-search.ts';
import type { Db } from './db.ts';
import { ENC_SKIPLIST } from './entry-layout.ts';
import { hashByWords } from './hash.ts';
import { readLength, skipLength } from './hash-table-element.ts';
import { lpIsInteger, lpPrev, lpSkip, lpStringLen, lpStringOff, lpWriteInteger } from './listpack.ts';
import { SCORE_BYTES } from './zset-element.ts';
import { zlCountBelowScore, zlLength, zlScore, zlSeek } from './zset-listpack.ts';

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new DataView(new ArrayBuffer(0));

export class ZsetWalk {
  /** Score of the current member. */
  score = 0.5;
  /** The current member: `buf[off .. off + len)`, borrowed until the next step; `words` has the same bytes. */
  buf: Uint8Array = NO_BYTES;
  words: DataView = NO_WORDS;
  off = 0;
  len = 0;
  /** Names the current member for `at`. */
  place = 0;
  /** Members still to come. */
  left = 0;
  private arena: Arena | null = null;
  private reverse = false;
  /** In a large set: the leaf, the entry to come, and where the leaf ends. */
  private leaf = 0;
  private i = 0;
  private end = 0;
  /** In a small set: where the listpack starts, and the member to come. */
  private u8: Uint8Array = NO_BYTES;
  private dv: DataView = NO_WORDS;
  private lp = 0;
  private p = 0;
  private readonly digits = new Uint8Array(INT64_TEXT_MAX + 4);
  private readonly digitWords = new DataView(this.digits.buffer);

  /** Begins with the member of rank `rank`; there must be `count` members from there on in this direction. */
  start(db: Db, e: number, rank: number, count: number, reverse: boolean): void {
    if (db.encoding(e) === ENC_SKIPLIST) return this.startLarge(db.arena, db.root(e), rank, count, reverse);
    this.left = count;
    this.reverse = reverse;
    this.leaf = 0;
    this.u8 = db.u8(e);
    this.dv = db.dv(e);
    this.lp = db.valOff(e);
    this.p = count === 0 ? 0 : zlSeek(this.u8, this.lp, rank);
  }

  /** The same for a large set given by its root. */
  startLarge(arena: Arena, root: number, rank: number, count: number, reverse: boolean): void {
    this.left = count;
    if (count === 0) return;
    this.arena = arena;
    this.reverse = reverse;
    seek(arena, root, rank);
    this.enter(pathNode[0]!, pathAt[0]!);
  }

  /** Begins a walk up from the first member whose score is not below `min`, with nextScore(). */
  startScores(db: Db, e: number, min: number): void {
    if (db.encoding(e) !== ENC_SKIPLIST) {
      const u8 = db.u8(e);
      const rank = zlCountBelowScore(u8, db.valOff(e), min, false);
      return this.start(db, e, rank, zlLength(u8, db.valOff(e)) - rank, false);
    }
    this.arena = db.arena;
    this.reverse = false;
    seekScore(db.arena, db.root(e), min);
    this.leaf = pathNode[0]!;
    this.i = pathAt[0]!;
    this.end = leafLength(db.arena, this.leaf);
  }

  /** Takes a step to a score, false at the end of the set. The member is read by at() only, of the places that are wanted. */
  nextScore(): boolean {
    if (this.leaf === 0) return this.next();
    const arena = this.arena!;
    if (this.i === this.end) {
      const leaf = nextLeaf(arena, this.leaf);
      if (leaf === 0) return false;
      this.leaf = leaf;
      this.i = 0;
      this.end = leafLength(arena, leaf);
    }
    const { leaf } = this;
    const i = this.i++;
    this.place = entryOf(arena, leaf, i);
    this.score = entryScore(arena, leaf, i);
    return true;
  }

  /** Takes a step; false at the end of the range. */
  next(): boolean {
    if (this.left === 0) return false;
    this.left--;
    if (this.leaf === 0) this.stepSmall();
    else this.stepLarge();
    return true;
  }

  /** Goes to the member of a place where this walk over the set has been; the score is not set. */
  at(place: number): void {
    if (this.leaf === 0) this.readPair(place);
    else this.readElement(place);
  }

  /** hashBytes() of the current member. */
  hash(): number {
    return hashByWords(this.words, this.off, this.len);
  }

  private stepLarge(): void {
    const arena = this.arena!;
    if (this.i === this.end) {
      const leaf = this.reverse ? previousLeaf(arena, this.leaf) : nextLeaf(arena, this.leaf);
      this.enter(leaf, this.reverse ? leafLength(arena, leaf) - 1 : 0);
    }
    const { leaf, i } = this;
    this.i = this.reverse ? i - 1 : i + 1;
    const element = entryOf(arena, leaf, i);
    this.score = entryScore(arena, leaf, i);
    this.readElement(element);
  }

  private readElement(element: number): void {
    const arena = this.arena!;
    const u8 = arena.u8[element >>> 22]!;
    const at = ((element & 0x3fffff) << 4) + SCORE_BYTES;
    this.place = element;
    this.buf = u8;
    this.words = arena.dv[element >>> 22]!;
    this.off = skipLength(u8, at);
    this.len = readLength(u8, at);
  }

  /**
   * Goes to an entry of a leaf. The elements to come are touched in a loop of its own, so that the processor loads them
   * side by side: each would else be a cache miss to wait for.
   */
  private enter(leaf: number, i: number): void {
    const arena = this.arena!;
    this.leaf = leaf;
    this.i = i;
    this.end = this.reverse ? -1 : leafLength(arena, leaf);
    const from = this.reverse ? Math.max(0, i - this.left) : i;
    const to = this.reverse ? i + 1 : Math.min(this.end, i + this.left + 1);
    const words = arena.u32[leaf >>> 22]!;
    const w = ((leaf & 0x3fffff) << 2) + LEAF_ELEMENTS;
    let touched = 0;
    for (let k = from; k < to; k++) {
      const element = words[w + k]!;
      touched |= arena.u32[element >>> 22]![((element & 0x3fffff) << 2) + 2]!;
    }
    this.place = touched;
  }

  private stepSmall(): void {
    const { u8, p } = this;
    const at = lpSkip(u8, p);
    this.score = zlScore(u8, at);
    this.readPair(p);
    if (this.left === 0) return;
    if (!this.reverse) this.p = lpSkip(u8, at);
    else this.p = lpPrev(u8, this.lp, lpPrev(u8, this.lp, p));
  }

  private readPair(p: number): void {
    const { u8 } = this;
    this.place = p;
    if (lpIsInteger(u8, p)) {
      this.buf = this.digits;
      this.words = this.digitWords;
      this.off = 0;
      this.len = lpWriteInteger(u8, p, this.digits, 0);
    } else {
      this.buf = u8;
      this.words = this.dv;
      this.off = lpStringOff(u8, p);
      this.len = lpStringLen(u8, p);
    }
  }
}
