// Keys that hold hashes: fields by name, several in one call.

import { TYPE_HASH } from '../../store/entry-layout.ts';
import { FieldText, readValueAt } from '../../store/hash-read.ts';
import {
  expiryAt,
  fieldAdded,
  firstExpiry,
  hashCreate,
  hashFind,
  hashMarkVolatile,
  hashRemoveAt,
  hashSet,
  hashSize,
} from '../../store/hash-type.ts';
import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { MisuseError } from '../abi/handles.ts';
import { readCBytes, setErrno, writeI32, writeI64, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { VarArgs } from '../abi/varargs.ts';
import { type OpenKey, openKeys } from '../open-keys.ts';
import { fail } from '../runtime.ts';
import { addEntry, EBADF, EINVAL, ENOENT, ENOTSUP, entryOfType, newString } from '../typed-keys.ts';
import { notifyNew } from './keys-api.ts';

const HASH_NX = 1;
const HASH_XX = 2;
const HASH_CFIELDS = 4;
const HASH_EXISTS = 8;
const HASH_COUNT_ALL = 16;
const HASH_EXPIRE_TIME = 32;
const SET_FLAGS = HASH_NX | HASH_XX | HASH_CFIELDS | HASH_COUNT_ALL;
/** REDISMODULE_HASH_DELETE in the place of a value. */
const DELETE = 1;
const NO_EXPIRE = -1;

const text = new FieldText();

/** A field's name or a value: a range of bytes, borrowed from the string that the module passed. */
interface Range {
  readonly buf: Uint8Array;
  readonly off: number;
  readonly len: number;
}

function rangeOf(handle: number): Range {
  const i = moduleStrings.index(handle);
  return { buf: moduleStrings.bytes[i]!, off: moduleStrings.offset[i]!, len: moduleStrings.length[i]! };
}

/** The next field of a variadic call; null at its end. */
function nextField(flags: number, args: VarArgs): Range | null {
  const pointer = args.pointer();
  if (pointer === 0) return null;
  if ((flags & HASH_CFIELDS) === 0) return rangeOf(pointer);
  const buf = readCBytes(pointer);
  return { buf, off: 0, len: buf.length };
}

/** The place of a field of the hash in entry `e`, 0 when it is not there or has expired. */
function placeOf(key: OpenKey, e: number, field: Range): number {
  const place = hashFind(key.db, e, field.buf, field.off, field.len);
  return place !== 0 && key.data.keyspace.fieldExpiry.isHidden(key.db, e, place) ? 0 : place;
}

/** HashSet on its way through the fields of one call. */
class HashWriter {
  /** 0 while there is no hash. */
  entry: number;
  count = 0;
  made = false;
  private readonly key: OpenKey;
  private readonly flags: number;

  constructor(key: OpenKey, entry: number, flags: number) {
    this.key = key;
    this.entry = entry;
    this.flags = flags;
  }

  /** Sets a field, or (`value` null) deletes it, as the flags allow. */
  write(field: Range, value: Range | null): void {
    const { flags, key } = this;
    const place = this.entry === 0 ? 0 : placeOf(key, this.entry, field);
    if (flags & HASH_XX && place === 0) return;
    if (flags & HASH_NX && place !== 0) return;
    if (value !== null) return this.set(field, value, place !== 0);
    if (place === 0) return;
    this.entry = hashRemoveAt(key.db, this.entry, place);
    this.count++;
  }

  private set(field: Range, value: Range, existed: boolean): void {
    const { key } = this;
    const { db } = key;
    const { limits } = key.data.keyspace;
    if (this.entry === 0) {
      this.entry = addEntry(key, (_db, buf, off, len) => hashCreate(db, limits, buf, off, len, 1));
      this.made = true;
    }
    const { buf, off, len } = field;
    this.entry = hashSet(db, this.entry, limits, buf, off, len, value.buf, value.off, value.len);
    if (this.flags & HASH_COUNT_ALL || (existed && !fieldAdded)) this.count++;
  }

  /** After the last field, and after an error: a hash without fields is none. */
  finish(): void {
    const { db } = this.key;
    if (this.entry === 0) return;
    if (hashSize(db, this.entry) === 0) {
      db.deleteEntry(this.entry);
      this.made = false;
    } else if (db.hasVolatileFields(this.entry)) hashMarkVolatile(db, this.entry);
  }
}

/** 0 with errno. */
function nothing(errno: number, why: string): 0 {
  setErrno(errno);
  fail(why);
  return 0;
}

function hashSetFields(handle: number, flags: number, args: VarArgs): number {
  if (handle === 0) return nothing(EINVAL, 'the key is NULL');
  if ((flags & ~SET_FLAGS) !== 0) return nothing(EINVAL, 'there is no such flag');
  const key = openKeys.get(handle);
  const e = entryOfType(key, TYPE_HASH);
  if (e < 0) return nothing(ENOTSUP, 'the key holds no hash');
  if (!key.writable) return nothing(EBADF, 'the key was not opened for writing');
  // All arguments are looked at before anything changes.
  const pairs: [Range, Range | null][] = [];
  for (let field = nextField(flags, args); field !== null; field = nextField(flags, args)) {
    const value = args.pointer();
    pairs.push([field, value === DELETE ? null : rangeOf(value)]);
  }
  const writer = new HashWriter(key, e, flags);
  try {
    for (const [field, value] of pairs) writer.write(field, value);
  } finally {
    writer.finish();
  }
  const { count } = writer;
  if (writer.made) notifyNew(key);
  if (count === 0) setErrno(ENOENT);
  return count;
}

/** Stores what a call of HashGet asks for of one field at an address. */
function answer(key: OpenKey | null, e: number, flags: number, field: Range, target: number): void {
  const place = key === null || e <= 0 ? 0 : placeOf(key, e, field);
  if (flags & HASH_EXISTS) return writeI32(target, place === 0 ? 0 : 1);
  if (flags & HASH_EXPIRE_TIME) {
    const expireMs = place === 0 ? 0 : expiryAt(key!.db, e, place);
    return writeI64(target, expireMs === 0 ? NO_EXPIRE : expireMs);
  }
  if (place === 0) return writePtr(target, 0);
  readValueAt(key!.db, e, place, text);
  writePtr(target, newString(key!, text.buf, text.off, text.len));
}

function hashGetFields(handle: number, flags: number, args: VarArgs): number {
  const key = handle === 0 ? null : openKeys.get(handle);
  const e = key === null ? 0 : entryOfType(key, TYPE_HASH);
  if (e < 0) return fail('the key holds no hash');
  for (let field = nextField(flags, args); field !== null; field = nextField(flags, args)) {
    answer(key, e, flags, field, args.pointer());
  }
  // Redis faults. Here the module finds that there is nothing, and its author reads why.
  if (key === null) throw new MisuseError('NULL, which is no RedisModuleKey');
  return 0;
}

export const hashKeys: ApiFunction[] = [
  variadicApi('4.0', 'int RedisModule_HashSet(RedisModuleKey *key, int flags, ...)', 0, hashSetFields, { shim: true }),
  variadicApi('4.0', 'int RedisModule_HashGet(RedisModuleKey *key, int flags, ...)', 1, hashGetFields, { shim: true }),
  api('8.0', 'mstime_t RedisModule_HashFieldMinExpire(RedisModuleKey *key)', NO_EXPIRE, (handle: number) => {
    const key = openKeys.get(handle);
    const e = entryOfType(key, TYPE_HASH);
    const expireMs = e > 0 && key.db.hasVolatileFields(e) ? firstExpiry(key.db, e) : 0;
    return expireMs === 0 ? NO_EXPIRE : expireMs;
  }),
];
