/**
 * A listpack that is the whole value of an entry. Positions are given relative to the listpack's start (`at`), because
 * the entry may move; every function that changes it returns the entry's possibly new ref.
 */
import type { Db } from './db.ts';
import { LP_EMPTY_BYTES, LP_HEADER_BYTES, lpBytes } from './listpack.ts';
import { lpDelete, lpInit, lpInsertStaged, lpReplaceGrowth, lpReplaceStaged, lpStage } from './listpack-edit.ts';

/** `at` of the first element. */
export const AT_FIRST: number = LP_HEADER_BYTES;

/** Adds a key that is not in the database, with an empty listpack. */
export function addInlineListpack(
  db: Db,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  type: number,
  encoding: number,
): number {
  const e = db.add(kbuf, koff, klen, type, encoding, LP_EMPTY_BYTES);
  lpInit(db.u8(e), db.valOff(e));
  return e;
}

/** Inserts a text before the element at `at`. The text must not lie in this listpack. */
export function inlineInsert(db: Db, e: number, at: number, buf: Uint8Array, off: number, len: number): number {
  const bytes = lpStage(buf, off, len);
  return inlineInsertStaged(db, e, at, bytes);
}

/** Adds a text as the last element. */
export function inlineAppend(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  const bytes = lpStage(buf, off, len);
  return inlineInsertStaged(db, e, db.valLen(e) - 1, bytes);
}

/** Inserts what was staged last, `bytes` large. */
export function inlineInsertStaged(db: Db, e: number, at: number, bytes: number): number {
  const moved = db.resizeValue(e, db.valLen(e) + bytes, false, false);
  const lp = db.valOff(moved);
  lpInsertStaged(db.u8(moved), lp, lp + at);
  return moved;
}

/** Puts a text in the place of the element at `at`. */
export function inlineReplace(db: Db, e: number, at: number, buf: Uint8Array, off: number, len: number): number {
  lpStage(buf, off, len);
  return inlineReplaceStaged(db, e, at);
}

/** Puts what was staged last in the place of the element at `at`. */
export function inlineReplaceStaged(db: Db, e: number, at: number): number {
  const growth = lpReplaceGrowth(db.u8(e), db.valOff(e) + at);
  const moved = growth > 0 ? db.resizeValue(e, db.valLen(e) + growth, false, false) : e;
  const lp = db.valOff(moved);
  lpReplaceStaged(db.u8(moved), lp, lp + at);
  return growth < 0 ? db.resizeValue(moved, lpBytes(db.u8(moved), lp), false, false) : moved;
}

/** Deletes up to `count` elements from `at` on. */
export function inlineDelete(db: Db, e: number, at: number, count = 1): number {
  const lp = db.valOff(e);
  lpDelete(db.u8(e), lp, lp + at, count);
  return db.resizeValue(e, lpBytes(db.u8(e), lp), false, false);
}
