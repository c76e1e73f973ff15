/** Inputs of ZUNION, ZINTER and ZDIFF: sorted sets, and sets whose members all have the score 1. */
import type { Db } from '../../store/db.ts';
import { ENC_SKIPLIST, TYPE_SET, TYPE_ZSET } from '../../store/entry-layout.ts';
import { htFindView } from '../../store/hash-table.ts';
import { SetIterator } from '../../store/set-iterator.ts';
import { setHasOf, setSize } from '../../store/set-type.ts';
import { zsetLength, zsetScore } from '../../store/zset.ts';
import { elementScore } from '../../store/zset-element.ts';
import { ZsetWalk } from '../../store/zset-walk.ts';

const NO_BYTES = new Uint8Array(0);

/** One input; the member it is at, with its score, is valid until the next step. */
export class ZsetInput {
  weight = 1;
  /** The entry; 0: an empty set. */
  e = 0;
  size = 0;
  /** The current member and its score, weighted. */
  score = 0.5;
  buf: Uint8Array = NO_BYTES;
  view: DataView | null = null;
  off = 0;
  len = 0;
  /** What has() found: no number where the weight is zero and the score infinite. */
  found = 0.5;
  private db: Db | null = null;
  private isSet = false;
  private readonly walk = new ZsetWalk();
  private readonly iterator = new SetIterator();

  /** An entry of a set or sorted set, or 0. */
  open(db: Db, e: number): void {
    this.db = db;
    this.e = e;
    this.weight = 1;
    this.isSet = e !== 0 && db.type(e) === TYPE_SET;
    this.size = e === 0 ? 0 : this.isSet ? setSize(db, e) : zsetLength(db, e);
  }

  /** Whether members come in the order of a sorted set with these scores. */
  get isOrdered(): boolean {
    return this.e === 0 || (!this.isSet && this.weight === 1);
  }

  start(): void {
    if (this.e === 0) return;
    if (this.isSet) this.iterator.start(this.db!, this.e);
    else this.walk.start(this.db!, this.e, 0, this.size, false);
  }

  next(): boolean {
    if (this.e === 0) return false;
    const at = this.isSet ? this.iterator : this.walk;
    if (!at.next()) return false;
    this.buf = at.buf;
    this.off = at.off;
    this.len = at.len;
    this.view = this.isSet ? this.iterator.view : this.walk.words;
    this.score = weighted(this.isSet ? 1 : this.walk.score, this.weight);
    return true;
  }

  /** Hash of the current member. */
  hash(): number {
    return this.isSet ? this.iterator.hash() : this.walk.hash();
  }

  /** Whether another input's current member, whose hash is given, is here too; then `found` is its weighted score. */
  has(other: ZsetInput, hash: number): boolean {
    const { db, e } = this;
    if (e === 0) return false;
    let score = 1;
    if (e === other.e) score = other.rawScore();
    else if (this.isSet) {
      if (!setHasOf(db!, e, other, hash)) return false;
    } else if (db!.encoding(e) === ENC_SKIPLIST) {
      const element = htFindView(db!.arena, db!.root(e), other.buf, other.view, other.off, other.len, hash);
      if (element === 0) return false;
      score = elementScore(db!.arena, element);
    } else {
      score = zsetScore(db!, e, other.buf, other.off, other.len);
      if (Number.isNaN(score)) return false;
    }
    this.found = score * this.weight;
    return true;
  }

  private rawScore(): number {
    return this.isSet ? 1 : this.walk.score;
  }
}

/** Zero times infinity is zero. */
function weighted(score: number, weight: number): number {
  const product = score * weight;
  return Number.isNaN(product) ? 0 : product;
}

/** Whether a value of this type can be an input. */
export function isInputType(type: number): boolean {
  return type === TYPE_ZSET || type === TYPE_SET;
}
