// The range of a sorted set that an open key iterates over: RM_ZsetFirstInScoreRange and so on.
//
// A range is ranks [start, end) of the set as it was found, and the rank of the current member. Members are read in
// batches, copies of their bytes and scores, because a look-up by rank costs more than a step does:
//
//    batch   rank `first` … first + size - 1, in `bytes` from ends[i - 1] to ends[i], with scores[i]
//
// The first batch is one member (many modules want just that), the next ones grow. A set that changes meanwhile is not
// followed, as in Redis; nothing here depends on its addresses, so that this is harmless.

import { copyBytes } from '../memory/copy.ts';
import { TYPE_ZSET } from '../store/entry-layout.ts';
import { zsetLength } from '../store/zset.ts';
import { ZsetWalk } from '../store/zset-walk.ts';
import type { OpenKey } from './open-keys.ts';
import { entryOfType } from './typed-keys.ts';

const MAX_BATCH = 64;
const NONE = -1;

const walk = new ZsetWalk();

export class ZsetRange {
  /** The end of the range was met. */
  ended: boolean;
  /** Bytes and score of the current member, once current() found it; borrowed until the next call. */
  bytes = new Uint8Array(256);
  off = 0;
  len = 0;
  score = 0.5;
  private readonly start: number;
  private readonly end: number;
  private rank: number;
  private readonly ends = new Uint32Array(MAX_BATCH);
  private readonly scores = new Float64Array(MAX_BATCH);
  private first = 0;
  private size = 0;

  /** Ranks `start` up to but not `end`, beginning with the first or the last of them; no rank at all: an empty range. */
  constructor(start: number, end: number, atLast: boolean) {
    this.start = start;
    this.end = end;
    this.ended = start >= end;
    this.rank = this.ended ? NONE : atLast ? end - 1 : start;
  }

  /** Reads the current member; false when there is none. */
  current(key: OpenKey): boolean {
    const { rank } = this;
    if (rank === NONE) return false;
    if ((rank < this.first || rank >= this.first + this.size) && !this.fill(key, rank)) return false;
    const i = rank - this.first;
    this.off = i === 0 ? 0 : this.ends[i - 1]!;
    this.len = this.ends[i]! - this.off;
    this.score = this.scores[i]!;
    return true;
  }

  /** Goes on to the next (`by` 1) or previous (-1) member; false, and the range has ended, when there is none. */
  step(by: number): boolean {
    if (this.rank === NONE) return false;
    const to = this.rank + by;
    if (to < this.start || to >= this.end) {
      this.ended = true;
      return false;
    }
    this.rank = to;
    return true;
  }

  /** Reads a batch that has the member of a rank; false when the set is gone or has become too short. */
  private fill(key: OpenKey, rank: number): boolean {
    const { db } = key;
    const e = entryOfType(key, TYPE_ZSET);
    const length = e > 0 ? zsetLength(db, e) : 0;
    if (rank >= length) return false;
    const wanted = this.size === 0 ? 1 : Math.min(MAX_BATCH, this.size * 8);
    const backward = this.size > 0 && rank < this.first;
    const from = backward ? Math.max(this.start, rank - wanted + 1) : rank;
    const count = Math.min(backward ? rank - from + 1 : wanted, Math.min(this.end, length) - from);
    this.first = from;
    this.size = count;
    walk.start(db, e, from, count, false);
    let at = 0;
    for (let i = 0; walk.next(); i++) {
      if (at + walk.len > this.bytes.length) this.grow(at + walk.len);
      copyBytes(walk.buf, walk.off, this.bytes, at, walk.len);
      at += walk.len;
      this.ends[i] = at;
      this.scores[i] = walk.score;
    }
    return true;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
