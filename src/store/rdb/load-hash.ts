/** Loads hashes: see load-value.ts. */
import { ENC_LISTPACK, ENC_LISTPACK_EX, TYPE_HASH } from '../entry-layout.ts';
import {
  fieldAdded,
  hashCreate,
  hashFind,
  hashMarkVolatile,
  hashSet,
  hashSize,
  hashToTable,
  setExpiryAt,
} from '../hash-type.ts';
import { LP_END, LP_HEADER_BYTES, lpInteger, lpIsInteger, lpLength, lpSkip } from '../listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from '../listpack-check.ts';
import { tripletsAreOrdered } from '../listpack-ex.ts';
import { ListpackBuilder } from './listpack-builder.ts';
import { EXPECTED_MAX, type LoadTarget } from './load-target.ts';
import { CorruptRdb, type RdbReader, RdbString } from './rdb-reader.ts';
import { readZiplist } from './ziplist.ts';
import { ZipmapReader } from './zipmap.ts';

/** The latest expiry of a field, Unix ms: it has 48 bits in Redis. */
const FIELD_EXPIRY_MAX = 2 ** 48 - 2;

const field = new RdbString();
const value = new RdbString();

/** Adds an empty hash for `count` fields. */
function addHash(target: LoadTarget, count: number): number {
  if (count === 0) throw new CorruptRdb('Empty hash');
  const { db, limits, kbuf, koff, klen } = target;
  return hashCreate(db, limits, kbuf, koff, klen, Math.min(count, EXPECTED_MAX));
}

/** Adds the field and the value that were read. */
function addPair(target: LoadTarget, e: number): number {
  const f = field;
  const v = value;
  const at = hashSet(target.db, e, target.limits, f.buf, f.off, f.len, v.buf, v.off, v.len);
  if (!fieldAdded) throw new CorruptRdb('Duplicate hash fields detected');
  return at;
}

export function loadHash(reader: RdbReader, target: LoadTarget): number {
  const count = reader.length();
  let e = addHash(target, count);
  for (let i = 0; i < count; i++) {
    reader.string(field);
    reader.string(value);
    e = addPair(target, e);
  }
  return e;
}

/** `relative`: expiries are given relative to the first one, which precedes the count. */
export function loadHashMetadata(reader: RdbReader, target: LoadTarget, relative: boolean): number {
  const { db } = target;
  const baseMs = relative ? reader.time() - 1 : 0;
  const count = reader.length();
  let e = addHash(target, count);
  for (let i = 0; i < count; i++) {
    const expiry = reader.length();
    reader.string(field);
    reader.string(value);
    e = addPair(target, e);
    if (expiry === 0) continue;
    const expireMs = baseMs + expiry;
    if (!isFieldExpiry(expireMs)) throw new CorruptRdb('Invalid expiry of a hash field');
    e = setExpiryAt(db, e, hashFind(db, e, field.buf, field.off, field.len), expireMs);
  }
  return hashMarkVolatile(db, e);
}

function isFieldExpiry(ms: number): boolean {
  return ms > 0 && ms <= FIELD_EXPIRY_MAX;
}

export function loadHashListpack(reader: RdbReader, target: LoadTarget): number {
  reader.string(value);
  return addPairs(target, value.buf, value.off, value.len);
}

export function loadHashZiplist(reader: RdbReader, target: LoadTarget): number {
  reader.string(value);
  const builder = new ListpackBuilder();
  if (!readZiplist(value.buf, value.off, value.len, builder))
    throw new CorruptRdb('Hash ziplist integrity check failed.');
  return addPairs(target, builder.u8, 0, builder.bytes);
}

/** Adds a hash that is a listpack. */
function addPairs(target: LoadTarget, buf: Uint8Array, off: number, len: number): number {
  if (!lpValidateIntegrity(buf, off, len, true) || lpLength(buf, off) === 0 || !lpValidateGroups(buf, off, 2)) {
    throw new CorruptRdb('Hash listpack integrity check failed.');
  }
  return settle(target, target.addBytes(TYPE_HASH, ENC_LISTPACK, buf, off, len));
}

function settle(target: LoadTarget, e: number): number {
  const size = hashSize(target.db, e);
  return size > target.limits.hashMaxListpackEntries ? hashToTable(target.db, e, size) : e;
}

/** `withFirst`: the first expiry precedes the listpack, which has it too. */
export function loadHashTriplets(reader: RdbReader, target: LoadTarget, withFirst: boolean): number {
  if (withFirst) reader.time();
  reader.string(value);
  const { buf, off, len } = value;
  if (!lpValidateIntegrity(buf, off, len, true) || !tripletsAreSound(buf, off)) {
    throw new CorruptRdb('Hash listpackex integrity check failed.');
  }
  const e = settle(target, target.addBytes(TYPE_HASH, ENC_LISTPACK_EX, buf, off, len));
  return hashMarkVolatile(target.db, e);
}

/** Whether a sound listpack has triplets with different fields and expiries, in their order. */
function tripletsAreSound(u8: Uint8Array, lp: number): boolean {
  if (lpLength(u8, lp) === 0 || !lpValidateGroups(u8, lp, 3)) return false;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    p = lpSkip(u8, lpSkip(u8, p));
    if (!lpIsInteger(u8, p)) return false;
    const expireMs = lpInteger(u8, p);
    if (expireMs !== 0 && !isFieldExpiry(expireMs)) return false;
    p = lpSkip(u8, p);
  }
  return tripletsAreOrdered(u8, lp);
}

export function loadZipmap(reader: RdbReader, target: LoadTarget): number {
  const zipmap = new RdbString();
  reader.string(zipmap);
  const { db, limits, kbuf, koff, klen } = target;
  const pairs = new ZipmapReader(zipmap.buf, zipmap.off, zipmap.len);
  let e = hashCreate(db, limits, kbuf, koff, klen, 1);
  while (pairs.next()) {
    field.set(zipmap.buf, pairs.fieldOff, pairs.fieldLen);
    value.set(zipmap.buf, pairs.valueOff, pairs.valueLen);
    e = addPair(target, e);
  }
  if (pairs.corrupt || hashSize(db, e) === 0) throw new CorruptRdb('Zipmap integrity check failed.');
  return e;
}
