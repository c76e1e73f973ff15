/** Sorted sets that are put together first and become the value of a key in one step: results, copies, loaded values. */
import type { Arena } from '../memory/arena.ts';
import { treeInsert } from './btree.ts';
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_LISTPACK, ENC_SKIPLIST, TYPE_ZSET } from './entry-layout.ts';
import { htFindView, htForEach, htInsert, htSize } from './hash-table.ts';
import { LP_EMPTY_BYTES } from './listpack.ts';
import { lpAppendStaged, lpInit, lpStage } from './listpack-edit.ts';
import { elementScore, newZsetElement } from './zset-element.ts';
import { zlargeCreate, zlargeFree, zlargeInsert } from './zset-large.ts';
import { zlStageScore } from './zset-listpack.ts';
import { ZsetWalk } from './zset-walk.ts';

const walk = new ZsetWalk();

/**
 * A set in the making: members come in order by `insert`, or in any order by `collect`, not both. Then `finish`, and after
 * that `store` and reading. Must end with `store` or `free`; of one that got no member nothing is left.
 */
export class ZsetBuilder {
  /** The set so far, in the large form; 0 before the first member. */
  root = 0;
  private readonly arena: Arena;
  /** Length of the longest member. */
  private longest = 0;
  /** Elements are in the table, but not in the tree yet. */
  private unordered = false;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  get length(): number {
    return this.root === 0 ? 0 : htSize(this.arena, this.root);
  }

  /** The element of a member, or 0. `view`: of the same bytes, or null; `hash`: of them. */
  find(buf: Uint8Array, view: DataView | null, off: number, len: number, hash: number): number {
    return this.root === 0 ? 0 : htFindView(this.arena, this.root, buf, view, off, len, hash);
  }

  /** Adds a member that is not there. Fastest in ascending or descending order. */
  insert(score: number, buf: Uint8Array, off: number, len: number, hash: number): void {
    this.begin(len);
    zlargeInsert(this.arena, this.root, score, buf, off, len, hash);
  }

  /** Adds a member that is not there; its score may be changed by setElementScore() until `finish`. */
  collect(score: number, buf: Uint8Array, off: number, len: number, hash: number): void {
    this.begin(len);
    this.unordered = true;
    const element = newZsetElement(this.arena, score, buf, off, len);
    try {
      htInsert(this.arena, this.root, element, hash);
    } catch (error) {
      this.arena.free(element);
      throw error;
    }
  }

  private begin(len: number): void {
    if (this.root === 0) this.root = zlargeCreate(this.arena, 1);
    if (len > this.longest) this.longest = len;
  }

  /** Brings collected members into their order. */
  finish(): void {
    if (!this.unordered) return;
    const { arena, root } = this;
    htForEach(arena, root, (element) => treeInsert(arena, root, elementScore(arena, element), element));
    this.unordered = false;
  }

  /** Makes the set, which has members, the value of a key of any kind or none; returns the entry. */
  store(db: Db, limits: EncodingLimits, kbuf: Uint8Array, koff: number, klen: number): number {
    const { root, length } = this;
    if (length > limits.zsetMaxListpackEntries || this.longest > limits.zsetMaxListpackValue) {
      const e = db.putRoot(kbuf, koff, klen, TYPE_ZSET, ENC_SKIPLIST, root);
      this.root = 0;
      return e;
    }
    let bytes = LP_EMPTY_BYTES;
    walk.startLarge(this.arena, root, 0, length, false);
    while (walk.next()) bytes += lpStage(walk.buf, walk.off, walk.len) + zlStageScore(walk.score);
    const e = db.put(kbuf, koff, klen, TYPE_ZSET, ENC_LISTPACK, bytes);
    const lp = db.valOff(e);
    const u8 = db.u8(e);
    lpInit(u8, lp);
    walk.startLarge(this.arena, root, 0, length, false);
    while (walk.next()) {
      lpStage(walk.buf, walk.off, walk.len);
      lpAppendStaged(u8, lp);
      zlStageScore(walk.score);
      lpAppendStaged(u8, lp);
    }
    this.free();
    return e;
  }

  /** Drops what was built. */
  free(): void {
    if (this.root !== 0) zlargeFree(this.arena, this.root);
    this.root = 0;
  }
}
