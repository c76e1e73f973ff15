/**
 * Small sorted sets: a listpack of pairs, member and score, in the order of (score, member), as the RDB format has it.
 *
 * A score is stored as an integer when it is one below half of 2^63 (so that -0 becomes 0), else as its text. Functions
 * that read work on (u8, lp), those that change on an entry whose value the listpack is: they return its possibly new
 * ref, and throw OutOfMemory before anything is changed. All are O(pairs).
 */
import { compareBytes } from '../memory/copy.ts';
import { DOUBLE_TEXT_MAX, writeDouble } from '../protocol/format-double.ts';
import { parseDouble } from '../protocol/numbers.ts';
import type { Db } from './db.ts';
import {
  ElementText,
  LP_END,
  LP_HEADER_BYTES,
  lpBytes,
  lpElementBytes,
  lpFind,
  lpFirst,
  lpInteger,
  lpIsInteger,
  lpLength,
  lpSkip,
  lpStringLen,
  lpStringOff,
} from './listpack.ts';
import { lpDelete, lpInsertStaged, lpStage, lpStageInt64, lpStageInteger } from './listpack-edit.ts';

/** Scores up to here, either way, are stored as integers when they are such. */
const INTEGER_SCORE_MAX = 2 ** 62;

const scoreText = new Uint8Array(DOUBLE_TEXT_MAX);
const member = new ElementText();

/** How many members there are. */
export function zlLength(u8: Uint8Array, lp: number): number {
  return lpLength(u8, lp) >>> 1;
}

/** The score in the element at p. */
export function zlScore(u8: Uint8Array, p: number): number {
  if (lpIsInteger(u8, p)) return lpInteger(u8, p);
  return parseDouble(u8, lpStringOff(u8, p), lpStringLen(u8, p));
}

/** The position of a member, or 0. */
export function zlFind(u8: Uint8Array, lp: number, buf: Uint8Array, off: number, len: number): number {
  return lpFind(u8, lpFirst(u8, lp), buf, off, len, 1);
}

/** How many members are before the one at p. */
export function zlRank(u8: Uint8Array, lp: number, p: number): number {
  let rank = 0;
  for (let at = lp + LP_HEADER_BYTES; at !== p; at = lpSkip(u8, lpSkip(u8, at))) rank++;
  return rank;
}

/** The position of the member of a rank below the length. */
export function zlSeek(u8: Uint8Array, lp: number, rank: number): number {
  let p = lp + LP_HEADER_BYTES;
  while (rank-- > 0) p = lpSkip(u8, lpSkip(u8, p));
  return p;
}

/** How many members have a score below `score`, or up to it when `orEqual`. */
export function zlCountBelowScore(u8: Uint8Array, lp: number, score: number, orEqual: boolean): number {
  let count = 0;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; count++) {
    const at = lpSkip(u8, p);
    const other = zlScore(u8, at);
    if (orEqual ? other > score : other >= score) break;
    p = lpSkip(u8, at);
  }
  return count;
}

/** How many members are below the given bytes, or up to them when `orEqual`; where all scores are the same. */
export function zlCountBelowMember(
  u8: Uint8Array,
  lp: number,
  buf: Uint8Array,
  off: number,
  len: number,
  orEqual: boolean,
): number {
  let count = 0;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; count++) {
    member.read(u8, p);
    if (compareBytes(member.buf, member.off, member.len, buf, off, len) >= (orEqual ? 1 : 0)) break;
    p = lpSkip(u8, lpSkip(u8, p));
  }
  return count;
}

/** Where (score, member) belongs: the position of the first pair behind it, or of the end byte. */
function placeOf(u8: Uint8Array, lp: number, score: number, buf: Uint8Array, off: number, len: number): number {
  let p = lp + LP_HEADER_BYTES;
  while (u8[p] !== LP_END) {
    const at = lpSkip(u8, p);
    const other = zlScore(u8, at);
    if (other > score) break;
    if (other === score) {
      member.read(u8, p);
      if (compareBytes(member.buf, member.off, member.len, buf, off, len) > 0) break;
    }
    p = lpSkip(u8, at);
  }
  return p;
}

/** Stages a score for insertion (listpack-edit.ts); returns the bytes it takes. */
export function zlStageScore(score: number): number {
  if (Number.isInteger(score) && score > -INTEGER_SCORE_MAX && score < INTEGER_SCORE_MAX) {
    return Number.isSafeInteger(score) ? lpStageInteger(score) : lpStageInt64(BigInt(score));
  }
  return lpStage(scoreText, 0, writeDouble(scoreText, 0, score));
}

/** Adds a member that is not there. The bytes must not lie in the entry. */
export function zlInsert(db: Db, e: number, score: number, buf: Uint8Array, off: number, len: number): number {
  const bytes = zlStageScore(score) + lpStage(buf, off, len);
  const made = db.resizeValue(e, db.valLen(e) + bytes, false, false);
  insertPair(db, made, score, buf, off, len);
  return made;
}

/** Gives the member at `at`, an offset within the listpack, another score; `buf[off .. off + len)` is the member. */
export function zlSetScore(
  db: Db,
  e: number,
  at: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  const p = db.valOff(e) + at;
  const bytes = lpElementBytes(db.u8(e), p) + lpElementBytes(db.u8(e), lpSkip(db.u8(e), p));
  const growth = zlStageScore(score) + lpStage(buf, off, len) - bytes;
  const made = growth > 0 ? db.resizeValue(e, db.valLen(e) + growth, false, false) : e;
  const lp = db.valOff(made);
  lpDelete(db.u8(made), lp, lp + at, 2);
  insertPair(db, made, score, buf, off, len);
  return growth < 0 ? db.resizeValue(made, db.valLen(made) + growth, false, false) : made;
}

/** Removes `count` pairs from the one at offset `at` of the listpack on. */
export function zlRemove(db: Db, e: number, at: number, count: number): number {
  const lp = db.valOff(e);
  lpDelete(db.u8(e), lp, lp + at, count * 2);
  return db.resizeValue(e, lpBytes(db.u8(e), lp), false, false);
}

/** Inserts a pair for which there is room. */
function insertPair(db: Db, e: number, score: number, buf: Uint8Array, off: number, len: number): void {
  const u8 = db.u8(e);
  const lp = db.valOff(e);
  const p = placeOf(u8, lp, score, buf, off, len);
  lpStage(buf, off, len);
  lpInsertStaged(u8, lp, p);
  zlStageScore(score);
  lpInsertStaged(u8, lp, lpSkip(u8, p));
}
