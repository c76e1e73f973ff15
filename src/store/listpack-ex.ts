/**
 * The encoding listpackex of hashes: a listpack of triplets field, value, expiry, that is an entry's whole value.
 *
 * The expiry is an integer element, unix ms, 0 for never. Triplets are in order of expiry, those that never expire come
 * last. A triplet is named by its place, the offset of its field in the listpack; whatever changes the value returns
 * the entry's possibly new ref.
 */
import type { Db } from './db.ts';
import { ENC_LISTPACK_EX } from './entry-layout.ts';
import { LP_EMPTY_BYTES, LP_END, LP_HEADER_BYTES, lpBytes, lpInteger, lpLength, lpSkip } from './listpack.ts';
import {
  lpAppendStaged,
  lpDeleteBytes,
  lpInit,
  lpInsertEncoded,
  lpInsertStaged,
  lpStageInteger,
} from './listpack-edit.ts';

/** Bytes of an element that holds the integer 0. */
const ZERO_BYTES = 2;

/** Position of the expiry of the triplet at p. */
function expiryPos(u8: Uint8Array, p: number): number {
  return lpSkip(u8, lpSkip(u8, p));
}

/** The expiry of the triplet at a place, 0 for never. */
export function tripletExpiry(db: Db, e: number, place: number): number {
  const u8 = db.u8(e);
  return lpInteger(u8, expiryPos(u8, db.valOff(e) + place));
}

/** The expiry of the first triplet: the earliest, 0 when none expires. */
export function firstExpiryOf(u8: Uint8Array, lp: number): number {
  return u8[lp + LP_HEADER_BYTES] === LP_END ? 0 : lpInteger(u8, expiryPos(u8, lp + LP_HEADER_BYTES));
}

/** Gives the triplet at a place another expiry, with which it moves to another place. */
export function setTripletExpiry(db: Db, e: number, place: number, expireMs: number): number {
  const lp = db.valOff(e);
  const u8 = db.u8(e);
  const p = lp + place;
  const expiry = expiryPos(u8, p);
  const end = lpSkip(u8, expiry);
  if (lpInteger(u8, expiry) === expireMs) return e;
  // Field and value are kept aside while their triplet is nowhere.
  const pair = u8.slice(p, expiry);
  const staged = lpStageInteger(expireMs);
  const growth = staged - (end - expiry);
  const at = growth > 0 ? db.resizeValue(e, db.valLen(e) + growth, false, false) : e;
  const bytes = db.u8(at);
  const start = db.valOff(at);
  lpDeleteBytes(bytes, start, start + place, end - p, 3);
  const target = placeFor(bytes, start, expireMs);
  lpInsertEncoded(bytes, start, target, pair, 0, pair.length, 2);
  lpInsertStaged(bytes, start, target + pair.length);
  return growth < 0 ? db.resizeValue(at, lpBytes(bytes, start), false, false) : at;
}

/** Position of the first triplet that expires later, or never; the end where none does. */
function placeFor(u8: Uint8Array, lp: number, expireMs: number): number {
  let p = lp + LP_HEADER_BYTES;
  while (u8[p] !== LP_END) {
    const expiry = expiryPos(u8, p);
    const other = lpInteger(u8, expiry);
    if (expireMs !== 0 && (other === 0 || other > expireMs)) break;
    p = lpSkip(u8, expiry);
  }
  return p;
}

/** Makes triplets that never expire of the pairs of a listpack. */
export function pairsToTriplets(db: Db, e: number): number {
  const lp = db.valOff(e);
  const pairs = db.u8(e).slice(lp, lp + db.valLen(e));
  const at = db.convertValue(e, ENC_LISTPACK_EX, pairs.length + (lpLength(pairs, 0) / 2) * ZERO_BYTES);
  const u8 = db.u8(at);
  const start = db.valOff(at);
  lpInit(u8, start);
  let target = start + LP_EMPTY_BYTES - 1;
  for (let p = LP_HEADER_BYTES; pairs[p] !== LP_END; ) {
    const next = lpSkip(pairs, lpSkip(pairs, p));
    lpInsertEncoded(u8, start, target, pairs, p, next - p, 2);
    lpStageInteger(0);
    lpAppendStaged(u8, start);
    target += next - p + ZERO_BYTES;
    p = next;
  }
  return at;
}

/** Whether the order of the triplets is right: of a listpack that is sound and has triplets. */
export function tripletsAreOrdered(u8: Uint8Array, lp: number): boolean {
  let before = 0;
  let never = false;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    const expiry = expiryPos(u8, p);
    const expireMs = lpInteger(u8, expiry);
    if (expireMs !== 0 && (never || expireMs < before)) return false;
    if (expireMs === 0) never = true;
    else before = expireMs;
    p = lpSkip(u8, expiry);
  }
  return true;
}
