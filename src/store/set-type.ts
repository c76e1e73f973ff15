/**
 * Sets: members in one of three encodings, which only ever change from left to right (but for results of SINTERSTORE).
 *
 *   intset      integers only, up to set-max-intset-entries            the entry's value bytes (intset.ts)
 *   listpack    up to set-max-listpack-entries of short members        the entry's value bytes (listpack.ts)
 *   hashtable   the rest                                               root block: a table (hash-table.ts), nothing else
 *
 * Functions take the Db and the entry, a member as a range of bytes. Whatever may move the entry returns its ref to go on
 * with. A set without members is none: the caller deletes its key.
 * add, remove, has: O(log n), O(n) and O(1) in the three encodings.
 */
import type { Arena } from '../memory/arena.ts';
import { digitCount } from '../protocol/numbers.ts';
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_HT, ENC_INTSET, ENC_LISTPACK, TYPE_SET } from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { htFind, htFindView, htFreeSome, htInit, htInsert, htRemove, htSize } from './hash-table.ts';
import { TABLE_WORDS } from './hash-table-buckets.ts';
import { newElement } from './hash-table-element.ts';
import { inlineAppend, inlineDelete } from './inline-listpack.ts';
import {
  INTSET_HEADER_BYTES,
  intsetBytes,
  intsetFind,
  intsetGet,
  intsetGetInt64,
  intsetGrowth,
  intsetInit,
  intsetInsert,
  intsetLength,
  intsetRemove,
  intsetStage,
} from './intset.ts';
import { LP_EMPTY_BYTES, lpBytes, lpFind, lpFirst, lpLength } from './listpack.ts';
import { lpAppendStaged, lpInit, lpSafeToAdd, lpStageInt64, lpStageInteger } from './listpack-edit.ts';
import { SetIterator } from './set-iterator.ts';

/** Intsets never have more members, whatever the limit says. */
const INTSET_ENTRIES_MAX = 2 ** 30;

const iterator = new SetIterator();

/**
 * Adds a key that is not in the database, with an empty set for about `expected` members of which one is given.
 * Returns the entry.
 */
export function setCreate(
  db: Db,
  limits: EncodingLimits,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  buf: Uint8Array,
  off: number,
  len: number,
  expected: number,
): number {
  if (expected <= limits.setMaxIntsetEntries && intsetStage(buf, off, len)) {
    const e = db.add(kbuf, koff, klen, TYPE_SET, ENC_INTSET, INTSET_HEADER_BYTES);
    intsetInit(db.u8(e), db.valOff(e));
    return e;
  }
  if (expected <= limits.setMaxListpackEntries) {
    const e = db.add(kbuf, koff, klen, TYPE_SET, ENC_LISTPACK, LP_EMPTY_BYTES);
    lpInit(db.u8(e), db.valOff(e));
    return e;
  }
  const root = newSetTable(db.arena, expected);
  try {
    return db.addRoot(kbuf, koff, klen, TYPE_SET, ENC_HT, root);
  } catch (error) {
    freeSetTable(db.arena, root);
    throw error;
  }
}

/** A root block with an empty table. */
export function newSetTable(arena: Arena, expected: number): number {
  const root = arena.alloc(TABLE_WORDS * 4);
  try {
    htInit(arena, root, 0, expected);
  } catch (error) {
    arena.free(root);
    throw error;
  }
  return root;
}

/** Frees a root block with all that is below it. */
export function freeSetTable(arena: Arena, root: number): void {
  htFreeSome(arena, root, Number.POSITIVE_INFINITY, (member) => arena.free(member));
  arena.free(root);
}

/** Members of a set. */
export function setSize(db: Db, e: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_HT) return htSize(db.arena, db.root(e));
  if (encoding === ENC_INTSET) return intsetLength(db.u8(e), db.valOff(e));
  return lpLength(db.u8(e), db.valOff(e));
}

/** Whether a set has a member. */
export function setHas(db: Db, e: number, buf: Uint8Array, off: number, len: number): boolean {
  if (db.encoding(e) !== ENC_HT) return smallSetHas(db, e, buf, off, len);
  return htFind(db.arena, db.root(e), buf, off, len, db.elementHint.hashOf(buf, off, len)) !== 0;
}

/** Where an iterator is: a member, with a view of the same bytes or null. */
export type MemberPlace = Pick<SetIterator, 'buf' | 'view' | 'off' | 'len'>;

/** Whether a set has the member that an iterator of another set is at, whose hash is given. */
export function setHasOf(db: Db, e: number, it: MemberPlace, hash: number): boolean {
  return setHasIn(db, e, db.encoding(e) === ENC_HT ? db.root(e) : 0, it, hash);
}

/** The same for a set of which it is known whether it is a table: then `root` is its root block, else 0. */
export function setHasIn(db: Db, e: number, root: number, it: MemberPlace, hash: number): boolean {
  if (root === 0) return smallSetHas(db, e, it.buf, it.off, it.len);
  return htFindView(db.arena, root, it.buf, it.view, it.off, it.len, hash) !== 0;
}

function smallSetHas(db: Db, e: number, buf: Uint8Array, off: number, len: number): boolean {
  const u8 = db.u8(e);
  const at = db.valOff(e);
  if (db.encoding(e) === ENC_INTSET) return intsetStage(buf, off, len) && intsetFind(u8, at) >= 0;
  return lpFind(u8, lpFirst(u8, at), buf, off, len, 0) !== 0;
}

/**
 * Adds a member; converts the set when it gets too large for its encoding. Returns the entry's new ref, 0 when the member
 * was there. The member must not lie in the entry.
 */
export function setAdd(db: Db, e: number, limits: EncodingLimits, buf: Uint8Array, off: number, len: number): number {
  switch (db.encoding(e)) {
    case ENC_INTSET:
      return intsetStage(buf, off, len) ? addToIntset(db, e, limits) : addToConverted(db, e, limits, buf, off, len);
    case ENC_LISTPACK: {
      const u8 = db.u8(e);
      const lp = db.valOff(e);
      if (lpFind(u8, lpFirst(u8, lp), buf, off, len, 0) !== 0) return 0;
      if (
        len <= limits.setMaxListpackValue &&
        lpLength(u8, lp) < limits.setMaxListpackEntries &&
        lpSafeToAdd(lpBytes(u8, lp), len)
      ) {
        return inlineAppend(db, e, buf, off, len);
      }
      const at = setToTable(db, e, lpLength(u8, lp) + 1);
      addToTable(db.arena, db.root(at), buf, off, len);
      return at;
    }
    default:
      return addHashed(db.arena, db.root(e), buf, off, len, db.elementHint.hashOf(buf, off, len)) ? e : 0;
  }
}

/** Adds the staged integer. */
function addToIntset(db: Db, e: number, limits: EncodingLimits): number {
  const u8 = db.u8(e);
  const is = db.valOff(e);
  const index = intsetFind(u8, is);
  if (index >= 0) return 0;
  const at = db.resizeValue(e, db.valLen(e) + intsetGrowth(u8, is), false, false);
  intsetInsert(db.u8(at), db.valOff(at), ~index);
  const count = intsetLength(db.u8(at), db.valOff(at));
  if (count <= Math.min(limits.setMaxIntsetEntries, INTSET_ENTRIES_MAX)) return at;
  return setToTable(db, at, count);
}

/** Adds a member that is no integer to an intset, which therefore becomes something else. */
function addToConverted(db: Db, e: number, limits: EncodingLimits, buf: Uint8Array, off: number, len: number): number {
  const u8 = db.u8(e);
  const is = db.valOff(e);
  const count = intsetLength(u8, is);
  const longest = longestText(u8, is);
  if (
    count < limits.setMaxListpackEntries &&
    len <= limits.setMaxListpackValue &&
    longest <= limits.setMaxListpackValue &&
    lpSafeToAdd(LP_EMPTY_BYTES, count * (longest + 2) + len)
  ) {
    return inlineAppend(db, intsetToListpack(db, e), buf, off, len);
  }
  const at = setToTable(db, e, count + 1);
  addToTable(db.arena, db.root(at), buf, off, len);
  return at;
}

/** Length of the longest text of an intset's members, which is that of its first or last. */
function longestText(u8: Uint8Array, is: number): number {
  const count = intsetLength(u8, is);
  if (count === 0) return 0;
  const first = intsetGet(u8, is, 0);
  const last = intsetGet(u8, is, count - 1);
  return Math.max(first < 0 ? 1 + digitCount(-first) : digitCount(first), last < 0 ? 1 : digitCount(last));
}

function addToTable(arena: Arena, root: number, buf: Uint8Array, off: number, len: number): void {
  addHashed(arena, root, buf, off, len, hashBytes(buf, off, len));
}

function addHashed(arena: Arena, root: number, buf: Uint8Array, off: number, len: number, hash: number): boolean {
  if (htFind(arena, root, buf, off, len, hash) !== 0) return false;
  insertNew(arena, root, buf, off, len, hash);
  return true;
}

function insertNew(arena: Arena, root: number, buf: Uint8Array, off: number, len: number, hash: number): void {
  const member = newElement(arena, 0, buf, off, len, 0);
  try {
    htInsert(arena, root, member, hash);
  } catch (error) {
    arena.free(member);
    throw error;
  }
}

/** Removes a member. Returns the entry's new ref, 0 when there is no such member. */
export function setRemove(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  const u8 = db.u8(e);
  const at = db.valOff(e);
  switch (db.encoding(e)) {
    case ENC_INTSET: {
      const index = intsetStage(buf, off, len) ? intsetFind(u8, at) : -1;
      return index < 0 ? 0 : removeFromIntset(db, e, index);
    }
    case ENC_LISTPACK: {
      const p = lpFind(u8, lpFirst(u8, at), buf, off, len, 0);
      return p === 0 ? 0 : inlineDelete(db, e, p - at);
    }
    default: {
      const { arena } = db;
      const hash = db.elementHint.hashOf(buf, off, len);
      const root = db.root(e);
      const member = htFind(arena, root, buf, off, len, hash);
      if (member === 0) return 0;
      htRemove(arena, root, member, hash);
      arena.free(member);
      return e;
    }
  }
}

/** Removes the member of an intset at an index; returns the entry's new ref. */
export function removeFromIntset(db: Db, e: number, index: number): number {
  intsetRemove(db.u8(e), db.valOff(e), index);
  return db.resizeValue(e, intsetBytes(db.u8(e), db.valOff(e)), false, false);
}

/** Makes a set that is to get about `expected` members a table at once when it would become one. */
export function setExpect(db: Db, e: number, limits: EncodingLimits, expected: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_INTSET && expected > limits.setMaxIntsetEntries) return setToTable(db, e, expected);
  if (encoding === ENC_LISTPACK && expected > limits.setMaxListpackEntries) return setToTable(db, e, expected);
  return e;
}

/** Converts a set in a small encoding to a hash table with room for `expected` members. */
export function setToTable(db: Db, e: number, expected: number): number {
  const { arena } = db;
  const root = newSetTable(arena, Math.max(expected, setSize(db, e)));
  try {
    iterator.start(db, e);
    while (iterator.next()) insertNew(arena, root, iterator.buf, iterator.off, iterator.len, iterator.hash());
    return db.convertToRoot(e, ENC_HT, root);
  } catch (error) {
    freeSetTable(arena, root);
    throw error;
  }
}

/** Converts an intset to a listpack. */
function intsetToListpack(db: Db, e: number): number {
  const is = db.valOff(e);
  // The new bytes take the place of the old ones, which are read from a copy.
  const copy = db.u8(e).slice(is, is + db.valLen(e));
  const members = intsetLength(copy, 0);
  let bytes = LP_EMPTY_BYTES;
  for (let i = 0; i < members; i++) bytes += stageMember(copy, i);
  const at = db.convertValue(e, ENC_LISTPACK, bytes);
  const u8 = db.u8(at);
  const lp = db.valOff(at);
  lpInit(u8, lp);
  for (let i = 0; i < members; i++) {
    stageMember(copy, i);
    lpAppendStaged(u8, lp);
  }
  return at;
}

function stageMember(intset: Uint8Array, index: number): number {
  const n = intsetGet(intset, 0, index);
  return Number.isSafeInteger(n) ? lpStageInteger(n) : lpStageInt64(intsetGetInt64(intset, 0, index));
}

/** Makes a set of integers only an intset again when it is small enough, as SINTERSTORE does with its result. */
export function setToIntset(db: Db, e: number, limits: EncodingLimits): number {
  const count = setSize(db, e);
  if (db.encoding(e) === ENC_INTSET || count > Math.min(limits.setMaxIntsetEntries, INTSET_ENTRIES_MAX)) return e;
  const is = new Uint8Array(INTSET_HEADER_BYTES + count * 8);
  intsetInit(is, 0);
  iterator.start(db, e);
  while (iterator.next()) {
    intsetStage(iterator.buf, iterator.off, iterator.len);
    intsetInsert(is, 0, ~intsetFind(is, 0));
  }
  const root = db.encoding(e) === ENC_HT ? db.root(e) : 0;
  const at = db.convertValue(e, ENC_INTSET, intsetBytes(is, 0));
  db.u8(at).set(is.subarray(0, intsetBytes(is, 0)), db.valOff(at));
  if (root !== 0) freeSetTable(db.arena, root);
  return at;
}
