/**
 * Hashes: fields with values in one of three encodings, which only ever change from left to right.
 *
 *   listpack     up to hash-max-listpack-entries short pairs     the entry's value bytes: field, value, field, value …
 *   listpackex   the same, some fields expire                    the same with triplets: field, value, expiry
 *                                                                (unix ms, 0 = never), in order of expiry, never last
 *   hashtable    the rest                                        root block: a table (hash-table.ts) of fields
 *                                                                (hash-field.ts), and a heap of those that expire
 *                                                                (field-heap.ts)
 *
 * Functions take the Db and the entry; fields and values are ranges of bytes. A field is known by its *place*: in the
 * small encodings its offset in the listpack, in tables the ref of its element; 0 is none. Whatever may move the entry
 * returns its ref to go on with; places are valid until the next change. A hash without fields is none: the caller
 * deletes its key. Nothing here knows of time: what has expired is a field until it
 * is removed.
 * find, set, remove: O(n) in small encodings, O(1) in tables.
 */
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX, TYPE_HASH } from './entry-layout.ts';
import { fieldExpiry, heapFirst } from './field-heap.ts';
import { hashBytes } from './hash.ts';
import { fieldExpires, overwriteFieldValue } from './hash-field.ts';
import { htFind, htSize } from './hash-table.ts';
import {
  clearFieldExpiry,
  freeHashTable,
  insertField,
  newHashTable,
  removeTableField,
  setFieldExpiry,
  setTableField,
} from './hash-table-fields.ts';
import { inlineDelete, inlineReplace } from './inline-listpack.ts';
import {
  ElementText,
  LP_EMPTY_BYTES,
  LP_END,
  LP_HEADER_BYTES,
  lpBytes,
  lpFind,
  lpFirst,
  lpInteger,
  lpLength,
  lpSkip,
} from './listpack.ts';
import { lpAppendStaged, lpInit, lpSafeToAdd, lpStage, lpStageInteger } from './listpack-edit.ts';
import { firstExpiryOf, pairsToTriplets, setTripletExpiry, tripletExpiry } from './listpack-ex.ts';

/** Whether the last hashSet() made a new field. */
export let fieldAdded = false;

const fieldText = new ElementText();
const valueText = new ElementText();

/** Adds a key that is not in the database, with an empty hash for about `expected` fields. Returns the entry. */
export function hashCreate(
  db: Db,
  limits: EncodingLimits,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  expected: number,
): number {
  if (expected <= limits.hashMaxListpackEntries) {
    const e = db.add(kbuf, koff, klen, TYPE_HASH, ENC_LISTPACK, LP_EMPTY_BYTES);
    lpInit(db.u8(e), db.valOff(e));
    return e;
  }
  const root = newHashTable(db.arena, expected);
  try {
    return db.addRoot(kbuf, koff, klen, TYPE_HASH, ENC_HT, root);
  } catch (error) {
    freeHashTable(db.arena, root);
    throw error;
  }
}

/** Fields of a hash. */
export function hashSize(db: Db, e: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_HT) return htSize(db.arena, db.root(e));
  return lpLength(db.u8(e), db.valOff(e)) / (encoding === ENC_LISTPACK ? 2 : 3);
}

/** The place of a field, 0 when there is none. */
export function hashFind(db: Db, e: number, buf: Uint8Array, off: number, len: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_HT) return htFind(db.arena, db.root(e), buf, off, len, db.elementHint.hashOf(buf, off, len));
  const u8 = db.u8(e);
  const lp = db.valOff(e);
  const p = lpFind(u8, lpFirst(u8, lp), buf, off, len, encoding === ENC_LISTPACK ? 1 : 2);
  return p === 0 ? 0 : p - lp;
}

/**
 * Sets a field, whether it exists or not, and says by `fieldAdded` which; converts the hash when it gets too large for
 * its encoding. A field that exists loses its expiry, unless `keepTtl`. Returns the entry's new ref. Field and value
 * must not lie in the entry.
 */
export function hashSet(
  db: Db,
  e: number,
  limits: EncodingLimits,
  fbuf: Uint8Array,
  foff: number,
  flen: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
  keepTtl = false,
): number {
  let at = e;
  if (db.encoding(at) !== ENC_HT) {
    const fits = flen <= limits.hashMaxListpackValue && vlen <= limits.hashMaxListpackValue;
    if (fits && lpSafeToAdd(lpBytes(db.u8(at), db.valOff(at)), flen + vlen)) {
      const place = hashFind(db, at, fbuf, foff, flen);
      fieldAdded = place === 0;
      if (place !== 0) return replaceInListpack(db, at, place, vbuf, voff, vlen, keepTtl);
      at = appendToListpack(db, at, fbuf, foff, flen, vbuf, voff, vlen);
      const size = hashSize(db, at);
      return size > limits.hashMaxListpackEntries ? hashToTable(db, at, size) : at;
    }
    at = hashToTable(db, at, hashSize(db, at) + 1);
  }
  const hash = db.elementHint.hashOf(fbuf, foff, flen);
  fieldAdded = setTableField(db.arena, db.root(at), fbuf, foff, flen, vbuf, voff, vlen, hash, keepTtl);
  return at;
}

/**
 * Gives the field at a place of a table another value in the block that it has; false, and nothing done, where that
 * takes more than that.
 */
export function overwriteAt(db: Db, e: number, place: number, vbuf: Uint8Array, voff: number, vlen: number): boolean {
  return db.encoding(e) === ENC_HT && overwriteFieldValue(db.arena, place, vbuf, voff, vlen);
}

function replaceInListpack(
  db: Db,
  e: number,
  place: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
  keepTtl: boolean,
): number {
  const value = lpSkip(db.u8(e), db.valOff(e) + place) - db.valOff(e);
  const at = inlineReplace(db, e, value, vbuf, voff, vlen);
  if (keepTtl || db.encoding(at) === ENC_LISTPACK) return at;
  return setTripletExpiry(db, at, place, 0);
}

/** Room for both is made at once: between them there may be no want of memory. */
function appendToListpack(
  db: Db,
  e: number,
  fbuf: Uint8Array,
  foff: number,
  flen: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
): number {
  const triplets = db.encoding(e) === ENC_LISTPACK_EX;
  const bytes = lpStage(vbuf, voff, vlen) + (triplets ? lpStageInteger(0) : 0) + lpStage(fbuf, foff, flen);
  const at = db.resizeValue(e, db.valLen(e) + bytes, false, false);
  const u8 = db.u8(at);
  const lp = db.valOff(at);
  lpAppendStaged(u8, lp);
  lpStage(vbuf, voff, vlen);
  lpAppendStaged(u8, lp);
  if (triplets) {
    lpStageInteger(0);
    lpAppendStaged(u8, lp);
  }
  return at;
}

/** Removes the field at a place. Returns the entry's new ref. */
export function hashRemoveAt(db: Db, e: number, place: number): number {
  const encoding = db.encoding(e);
  if (encoding !== ENC_HT) return inlineDelete(db, e, place, encoding === ENC_LISTPACK ? 2 : 3);
  removeTableField(db.arena, db.root(e), place);
  return e;
}

/** Makes a hash that is to get `added` fields at once a table when it would become one. Returns the entry's new ref. */
export function hashExpect(db: Db, e: number, limits: EncodingLimits, added: number): number {
  if (db.encoding(e) === ENC_HT || added <= limits.hashMaxListpackEntries) return e;
  return hashToTable(db, e, added);
}

/** Converts a hash in a small encoding to a table with room for `expected` fields. Returns the entry's new ref. */
export function hashToTable(db: Db, e: number, expected: number): number {
  const { arena } = db;
  const root = newHashTable(arena, Math.max(expected, hashSize(db, e)));
  try {
    fillTable(db, e, root);
    return db.convertToRoot(e, ENC_HT, root);
  } catch (error) {
    freeHashTable(arena, root);
    throw error;
  }
}

function fillTable(db: Db, e: number, root: number): void {
  const { arena } = db;
  const u8 = db.u8(e);
  const triplets = db.encoding(e) === ENC_LISTPACK_EX;
  for (let p = db.valOff(e) + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    fieldText.read(u8, p);
    p = lpSkip(u8, p);
    valueText.read(u8, p);
    p = lpSkip(u8, p);
    const f = fieldText;
    const v = valueText;
    const hash = hashBytes(f.buf, f.off, f.len);
    const made = insertField(arena, root, f.buf, f.off, f.len, v.buf, v.off, v.len, hash);
    if (!triplets) continue;
    const expireMs = lpInteger(u8, p);
    p = lpSkip(u8, p);
    if (expireMs !== 0) setFieldExpiry(arena, root, made, expireMs);
  }
}

// --- expiries -----------------------------------------------------------------------------------------------------

/** When the field at a place expires, in unix ms; 0 for never. */
export function expiryAt(db: Db, e: number, place: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_LISTPACK) return 0;
  if (encoding === ENC_LISTPACK_EX) return tripletExpiry(db, e, place);
  return fieldExpires(db.arena, place) ? fieldExpiry(db.arena, place) : 0;
}

/** When the field expires that does so first, in unix ms; 0 when none does. */
export function firstExpiry(db: Db, e: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_LISTPACK) return 0;
  if (encoding === ENC_LISTPACK_EX) return firstExpiryOf(db.u8(e), db.valOff(e));
  const field = heapFirst(db.arena, db.root(e));
  return field === 0 ? 0 : fieldExpiry(db.arena, field);
}

/** The place of the field that expires first, 0 when none does. */
export function firstToExpire(db: Db, e: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_LISTPACK) return 0;
  if (encoding === ENC_LISTPACK_EX) return firstExpiryOf(db.u8(e), db.valOff(e)) === 0 ? 0 : LP_HEADER_BYTES;
  return heapFirst(db.arena, db.root(e));
}

/**
 * Gives the field at a place an expiry in unix ms, 0 for never. Returns the entry's new ref; places are no longer valid.
 * When all changes are done, hashMarkVolatile() is due.
 */
export function setExpiryAt(db: Db, e: number, place: number, expireMs: number): number {
  const encoding = db.encoding(e);
  if (encoding === ENC_HT) {
    if (expireMs !== 0) setFieldExpiry(db.arena, db.root(e), place, expireMs);
    else if (fieldExpires(db.arena, place)) clearFieldExpiry(db.arena, db.root(e), place);
    return e;
  }
  if (encoding === ENC_LISTPACK_EX) return setTripletExpiry(db, e, place, expireMs);
  if (expireMs === 0) return e;
  const at = pairsToTriplets(db, e);
  // Each triplet before has become two bytes longer.
  return setTripletExpiry(db, at, place + 2 * pairsBefore(db, at, place), expireMs);
}

/** How many triplets that never expire stand before the one whose pair was at a place. */
function pairsBefore(db: Db, e: number, place: number): number {
  const u8 = db.u8(e);
  const lp = db.valOff(e);
  let pairs = 0;
  for (let p = lp + LP_HEADER_BYTES; p - lp < place + 2 * pairs; pairs++) p = lpSkip(u8, lpSkip(u8, lpSkip(u8, p)));
  return pairs;
}

/** Brings the mark that fields of the value expire up to date. Returns the entry's new ref. */
export function hashMarkVolatile(db: Db, e: number): number {
  return db.setVolatileFields(e, firstExpiry(db, e) !== 0);
}
