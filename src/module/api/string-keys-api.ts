// Keys that hold strings: set, truncate, and direct access to the bytes.

import type { Db } from '../../store/db.ts';
import { ENC_RAW, TYPE_STRING } from '../../store/entry-layout.ts';
import { textEncoding } from '../../store/string-encoding.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { internCString, toSize, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { noteKey } from '../key-answers.ts';
import { type OpenKey, openKeys, REDISMODULE_WRITE } from '../open-keys.ts';
import { fail } from '../runtime.ts';
import { notifyNew } from './keys-api.ts';

const NOT_WRITABLE = 'the key was not opened for writing';
const MAX_STRING_BYTES = 512 * 1024 * 1024;
const EMPTY = new Uint8Array(0);
/** What RM_StringDMA points to for an empty key, as in Redis; its length is told as 0. */
const EMPTY_DMA = '<dma-empty-string>';

/**
 * Gives the key a string, whatever it held; an expiry goes. To the rest of the world this is a new key.
 * Numbers stay text: only commands encode them as integers.
 */
function setString(key: OpenKey, buf: Uint8Array, off: number, len: number, encoding: number): void {
  const { db } = key;
  const i = key.name;
  db.setString(
    moduleStrings.bytes[i]!,
    moduleStrings.offset[i]!,
    moduleStrings.length[i]!,
    buf,
    off,
    len,
    encoding,
    false,
  );
  key.hidesExpired = false;
  notifyNew(key);
}

/**
 * Makes the entry's value fit for direct access: room for an expiry, so that getting one does not move it, and a NUL
 * behind the bytes, which C code may count on. Returns the possibly new entry.
 */
function pinned(db: Db, e: number): number {
  let at = db.extend(e, 1);
  const length = db.valLen(at);
  if (db.valCapacity(at) === length) {
    at = db.resizeValue(at, length + 1);
    at = db.resizeValue(at, length, true);
  }
  db.u8(at)[db.valOff(at) + length] = 0;
  return at;
}

export const stringKeys: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_StringSet(RedisModuleKey *key, RedisModuleString *str)',
    1,
    (handle: number, str: number) => {
      const key = openKeys.get(handle);
      if (!key.writable) return fail(NOT_WRITABLE);
      const i = moduleStrings.index(str);
      const len = moduleStrings.length[i]!;
      setString(key, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, len, textEncoding(len));
      return 0;
    },
  ),
  api(
    '4.0',
    'char *RedisModule_StringDMA(RedisModuleKey *key, size_t *len, int mode)',
    0,
    (handle: number, lengthTarget: number, mode: number) => {
      const key = openKeys.get(handle);
      const { db } = key;
      let e = key.entry();
      if (e === 0) {
        writePtr(lengthTarget, 0);
        return internCString(EMPTY_DMA);
      }
      if (db.type(e) !== TYPE_STRING) return 0;
      if (mode & REDISMODULE_WRITE || db.encoding(e) !== ENC_RAW) db.setEncoding(e, ENC_RAW);
      e = pinned(db, e);
      writePtr(lengthTarget, db.valLen(e));
      noteKey(handle, key);
      return db.valAddress(e);
    },
    { shim: true },
  ),
  api(
    '4.0',
    'int RedisModule_StringTruncate(RedisModuleKey *key, size_t newlen)',
    1,
    (handle: number, newLength: number | bigint) => {
      const key = openKeys.get(handle);
      const { db } = key;
      if (!key.writable) return fail(NOT_WRITABLE);
      const e = key.entry();
      if (e !== 0 && db.type(e) !== TYPE_STRING) return fail('the key holds no string');
      const length = toSize(newLength);
      if (length > MAX_STRING_BYTES) return fail('strings have at most 512 MiB');
      if (e === 0 && length === 0) return 0;
      if (e !== 0) {
        db.setEncoding(db.resizeValue(e, length, length > db.valLen(e)), ENC_RAW);
        return 0;
      }
      setString(key, EMPTY, 0, 0, ENC_RAW);
      // Whoever was told of the new key may have changed it.
      const made = key.find();
      if (made !== 0 && db.type(made) === TYPE_STRING) db.resizeValue(made, length);
      return 0;
    },
  ),
];
