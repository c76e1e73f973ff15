/**
 * Sorted sets: members with a score each, in the order of (score, member bytes).
 *
 * Small ones are a listpack in the entry (zset-listpack.ts), up to `zset-max-listpack-entries` members of at most
 * `zset-max-listpack-value` bytes; others have a root block of their own (zset-large.ts). Functions take the entry; those
 * that change the set return its possibly new ref. A set never stays empty: whoever removes the last member deletes the
 * key. Ranks count from 0 in ascending order, and every range of a sorted set is a range of ranks.
 */
import { countBelowMember, countBelowScore, rankOf } from './btree-search.ts';
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_LISTPACK, ENC_SKIPLIST, TYPE_ZSET } from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { htFind } from './hash-table.ts';
import { ElementText, LP_EMPTY_BYTES, LP_END, LP_HEADER_BYTES, lpSkip } from './listpack.ts';
import { lpInit, lpSafeToAdd } from './listpack-edit.ts';
import { elementScore } from './zset-element.ts';
import {
  zlargeCreate,
  zlargeFind,
  zlargeFree,
  zlargeInsert,
  zlargeLength,
  zlargeRemove,
  zlargeRemoveRange,
  zlargeSetScore,
} from './zset-large.ts';
import {
  zlCountBelowMember,
  zlCountBelowScore,
  zlFind,
  zlInsert,
  zlLength,
  zlRank,
  zlRemove,
  zlScore,
  zlSeek,
  zlSetScore,
} from './zset-listpack.ts';

// What zsetAdd() is told.
/** The score is added to the one there. */
export const ADD_INCR = 1;
/** Only new members. */
export const ADD_NX = 2;
/** Only members that are there. */
export const ADD_XX = 4;
/** Members that are there get greater scores only. */
export const ADD_GT = 8;
/** Members that are there get lower scores only. */
export const ADD_LT = 16;

// What it tells.
/** Nothing was done, because of the flags. */
export const OUTCOME_NONE = 0;
export const OUTCOME_ADDED = 1;
export const OUTCOME_UPDATED = 2;
/** The member has this score already. */
export const OUTCOME_SAME = 3;
/** The sum would be no number; nothing was done. */
export const OUTCOME_NAN = 4;

/** What the last zsetAdd() did, an OUTCOME_ number, and the member's score after it. */
export const added: { outcome: number; score: number } = { outcome: OUTCOME_NONE, score: 0.5 };

const text = new ElementText();

export function zsetLength(db: Db, e: number): number {
  if (db.encoding(e) === ENC_SKIPLIST) return zlargeLength(db.arena, db.root(e));
  return zlLength(db.u8(e), db.valOff(e));
}

/** The score of a member, NaN when it is not there. */
export function zsetScore(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  if (db.encoding(e) === ENC_SKIPLIST) {
    const element = zlargeFind(db.arena, db.root(e), buf, off, len);
    return element === 0 ? Number.NaN : elementScore(db.arena, element);
  }
  const u8 = db.u8(e);
  const p = zlFind(u8, db.valOff(e), buf, off, len);
  return p === 0 ? Number.NaN : zlScore(u8, lpSkip(u8, p));
}

/** How many members come before this one, -1 when it is not there. */
export function zsetRank(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  if (db.encoding(e) === ENC_SKIPLIST) {
    const root = db.root(e);
    const element = zlargeFind(db.arena, root, buf, off, len);
    return element === 0 ? -1 : rankOf(db.arena, root, elementScore(db.arena, element), element);
  }
  const p = zlFind(db.u8(e), db.valOff(e), buf, off, len);
  return p === 0 ? -1 : zlRank(db.u8(e), db.valOff(e), p);
}

/** How many members have a score below `score`, or up to it when `orEqual`. */
export function zsetCountBelowScore(db: Db, e: number, score: number, orEqual: boolean): number {
  if (db.encoding(e) === ENC_SKIPLIST) return countBelowScore(db.arena, db.root(e), score, orEqual);
  return zlCountBelowScore(db.u8(e), db.valOff(e), score, orEqual);
}

/** How many members are below the given bytes, or up to them when `orEqual`; where all scores are the same. */
export function zsetCountBelowMember(
  db: Db,
  e: number,
  buf: Uint8Array,
  off: number,
  len: number,
  orEqual: boolean,
): number {
  if (db.encoding(e) === ENC_SKIPLIST) return countBelowMember(db.arena, db.root(e), buf, off, len, orEqual);
  return zlCountBelowMember(db.u8(e), db.valOff(e), buf, off, len, orEqual);
}

/**
 * Adds a member or changes its score, as the ADD_ flags say; `added` tells what was done. `score` is no NaN. The member's
 * bytes must not lie in the entry.
 */
export function zsetAdd(
  db: Db,
  limits: EncodingLimits,
  e: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
  flags: number,
): number {
  if (db.encoding(e) === ENC_SKIPLIST) {
    addToLarge(db, db.root(e), score, buf, off, len, flags);
    return e;
  }
  const lp = db.valOff(e);
  const u8 = db.u8(e);
  const p = zlFind(u8, lp, buf, off, len);
  if (p !== 0) {
    const old = zlScore(u8, lpSkip(u8, p));
    const wanted = wantedScore(old, score, flags);
    return added.outcome === OUTCOME_UPDATED ? zlSetScore(db, e, p - lp, wanted, buf, off, len) : e;
  }
  if ((flags & ADD_XX) !== 0) {
    added.outcome = OUTCOME_NONE;
    return e;
  }
  // A score takes 33 bytes at most, and each of the two 6 for length and backlen.
  const fits = zlLength(u8, lp) < limits.zsetMaxListpackEntries && len <= limits.zsetMaxListpackValue;
  if (!fits || !lpSafeToAdd(db.valLen(e), len + 64)) {
    const converted = zsetConvert(db, e);
    addToLarge(db, db.root(converted), score, buf, off, len, flags);
    return converted;
  }
  const made = zlInsert(db, e, score, buf, off, len);
  added.outcome = OUTCOME_ADDED;
  added.score = score;
  return made;
}

/** The score that a member with the score `old` shall have; sets `added`. */
function wantedScore(old: number, score: number, flags: number): number {
  added.outcome = OUTCOME_NONE;
  if (flags !== 0) {
    if ((flags & ADD_NX) !== 0) return old;
    if ((flags & ADD_INCR) !== 0) {
      score += old;
      if (Number.isNaN(score)) {
        added.outcome = OUTCOME_NAN;
        return old;
      }
    }
    if (((flags & ADD_LT) !== 0 && score >= old) || ((flags & ADD_GT) !== 0 && score <= old)) return old;
  }
  added.outcome = score === old ? OUTCOME_SAME : OUTCOME_UPDATED;
  added.score = score;
  return score;
}

function addToLarge(
  db: Db,
  root: number,
  score: number,
  buf: Uint8Array,
  off: number,
  len: number,
  flags: number,
): void {
  const { arena } = db;
  const hash = hashBytes(buf, off, len);
  const element = htFind(arena, root, buf, off, len, hash);
  if (element !== 0) {
    const wanted = wantedScore(elementScore(arena, element), score, flags);
    if (added.outcome === OUTCOME_UPDATED) zlargeSetScore(arena, root, element, wanted);
    return;
  }
  added.outcome = OUTCOME_NONE;
  if ((flags & ADD_XX) !== 0) return;
  zlargeInsert(arena, root, score, buf, off, len, hash);
  added.outcome = OUTCOME_ADDED;
  added.score = score;
}

/** Makes a small set a large one. */
export function zsetConvert(db: Db, e: number): number {
  const root = zlargeCreate(db.arena, zsetLength(db, e) + 1);
  const u8 = db.u8(e);
  try {
    for (let p = db.valOff(e) + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
      const at = lpSkip(u8, p);
      text.read(u8, p);
      const hash = hashBytes(text.buf, text.off, text.len);
      zlargeInsert(db.arena, root, zlScore(u8, at), text.buf, text.off, text.len, hash);
      p = lpSkip(u8, at);
    }
    return db.convertToRoot(e, ENC_SKIPLIST, root);
  } catch (error) {
    zlargeFree(db.arena, root);
    throw error;
  }
}

/**
 * Adds a key that is not in the database, with an empty set that a member of `len` bytes is to come to: the caller adds
 * one, or deletes the key.
 */
export function zsetCreate(
  db: Db,
  limits: EncodingLimits,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  len: number,
): number {
  if (limits.zsetMaxListpackEntries > 0 && len <= limits.zsetMaxListpackValue) {
    const e = db.add(kbuf, koff, klen, TYPE_ZSET, ENC_LISTPACK, LP_EMPTY_BYTES);
    lpInit(db.u8(e), db.valOff(e));
    return e;
  }
  const root = zlargeCreate(db.arena, 1);
  try {
    return db.addRoot(kbuf, koff, klen, TYPE_ZSET, ENC_SKIPLIST, root);
  } catch (error) {
    zlargeFree(db.arena, root);
    throw error;
  }
}

/** Removes a member; 0 when it is not there. */
export function zsetRemove(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  if (db.encoding(e) === ENC_SKIPLIST) {
    const root = db.root(e);
    const element = zlargeFind(db.arena, root, buf, off, len);
    if (element === 0) return 0;
    zlargeRemove(db.arena, root, element);
    return e;
  }
  const p = zlFind(db.u8(e), db.valOff(e), buf, off, len);
  return p === 0 ? 0 : zlRemove(db, e, p - db.valOff(e), 1);
}

/** Removes `count` members from rank `start` on; both must be within the set. */
export function zsetRemoveRange(db: Db, e: number, start: number, count: number): number {
  if (db.encoding(e) === ENC_SKIPLIST) {
    zlargeRemoveRange(db.arena, db.root(e), start, count);
    return e;
  }
  const lp = db.valOff(e);
  return zlRemove(db, e, zlSeek(db.u8(e), lp, start) - lp, count);
}
