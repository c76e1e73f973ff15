// Keys that hold lists: the ends, and elements by index.

import { TYPE_LIST } from '../../store/entry-layout.ts';
import {
  listCreate,
  listDeleteRange,
  listGrow,
  listInsert,
  listPush,
  listReplace,
  listShrink,
} from '../../store/list.ts';
import { ListCursor, listLength } from '../../store/list-cursor.ts';
import { ElementText } from '../../store/listpack.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { OpenKey } from '../open-keys.ts';
import {
  addEntry,
  EBADF,
  EDOM,
  EINVAL,
  ENOTSUP,
  entryOfType,
  keyOrNull,
  newString,
  refuse,
  valueForUse,
} from '../typed-keys.ts';
import { notifyNew } from './keys-api.ts';

const LIST_HEAD = 0;
const LIST_TAIL = 1;
const NO_VALUE = 'the value is NULL';

const cursor = new ListCursor();
const text = new ElementText();

/** The number of a C `long`; those beyond 2^53 are out of any list's range all the same. */
function indexOf(index: number | bigint): number {
  return Number(index);
}

/** Adds a string at one end, to a key that is empty or a list and writable. */
function pushTo(key: OpenKey, where: number, ele: number): number {
  const { db } = key;
  const { limits } = key.data.keyspace;
  const i = moduleStrings.index(ele);
  const len = moduleStrings.length[i]!;
  let e = entryOfType(key, TYPE_LIST);
  if (e < 0) return refuse(ENOTSUP, 'the key holds no list');
  if (!key.writable) return refuse(EBADF, 'the key was not opened for writing');
  const isNew = e === 0;
  if (isNew) e = addEntry(key, listCreate);
  try {
    e = listGrow(db, e, limits, len, 1);
    listPush(db, e, where === LIST_HEAD, limits, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, len);
  } catch (error) {
    if (isNew) db.deleteEntry(e);
    throw error;
  }
  if (isNew) notifyNew(key);
  return 0;
}

/** After an element is gone: the key goes with the last one. */
function settle(key: OpenKey, e: number): void {
  if (listLength(key.db, e) === 0) key.db.deleteEntry(e);
  else listShrink(key.db, e, key.data.keyspace.limits);
}

/** Puts the element at an end or index of a list into a new string. */
function elementAt(key: OpenKey, e: number, index: number): number {
  cursor.seek(key.db, e, index);
  cursor.read(text);
  return newString(key, text.buf, text.off, text.len);
}

/** The index from the front of an index from either end; -1, with errno, when the list has no such element. */
function resolveIndex(key: OpenKey, e: number, index: number): number {
  const length = listLength(key.db, e);
  if (index >= -length && index < length) return index < 0 ? index + length : index;
  refuse(EDOM, 'the list has no such index');
  return -1;
}

function pop(handle: number, where: number): number {
  const key = keyOrNull(handle);
  const e = key === null ? 0 : valueForUse(key, TYPE_LIST, true);
  if (key === null || e === 0) return 0;
  const at = where === LIST_HEAD ? 0 : listLength(key.db, e) - 1;
  const element = elementAt(key, e, at);
  settle(key, listDeleteRange(key.db, e, at, 1));
  return element;
}

function get(handle: number, index: number): number {
  const key = keyOrNull(handle);
  const e = key === null ? 0 : valueForUse(key, TYPE_LIST, false);
  if (key === null || e === 0) return 0;
  const at = resolveIndex(key, e, index);
  return at < 0 ? 0 : elementAt(key, e, at);
}

/** Replaces the element at an index, or (`insert`) makes the value the element of that index. */
function put(handle: number, index: number, value: number, insert: boolean): number {
  if (value === 0) return refuse(EINVAL, NO_VALUE);
  const key = keyOrNull(handle);
  if (key === null) return 1;
  const { db } = key;
  if (insert) {
    const at = entryOfType(key, TYPE_LIST);
    const length = at > 0 ? listLength(db, at) : 0;
    // At an end it is a push, as it is into an empty key.
    if (at >= 0 && (index === length || index === -1)) return pushTo(key, LIST_TAIL, value);
    if (at >= 0 && (index === 0 || index === -length - 1)) return pushTo(key, LIST_HEAD, value);
  }
  let e = valueForUse(key, TYPE_LIST, true);
  if (e === 0) return 1;
  const at = resolveIndex(key, e, index);
  if (at < 0) return 1;
  const { limits } = key.data.keyspace;
  const i = moduleStrings.index(value);
  const buf = moduleStrings.bytes[i]!;
  const off = moduleStrings.offset[i]!;
  const len = moduleStrings.length[i]!;
  e = listGrow(db, e, limits, len, 1);
  cursor.seek(db, e, at);
  if (insert) listInsert(db, e, cursor, index < 0, limits, buf, off, len);
  else listReplace(db, e, cursor, limits, buf, off, len);
  return 0;
}

function remove(handle: number, index: number): number {
  const key = keyOrNull(handle);
  const e = key === null ? 0 : valueForUse(key, TYPE_LIST, true);
  if (key === null || e === 0) return 1;
  const at = resolveIndex(key, e, index);
  if (at < 0) return 1;
  settle(key, listDeleteRange(key.db, e, at, 1));
  return 0;
}

export const listKeys: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_ListPush(RedisModuleKey *key, int where, RedisModuleString *ele)',
    1,
    (handle: number, where: number, ele: number) => {
      if (ele === 0) return refuse(EINVAL, NO_VALUE);
      const key = keyOrNull(handle);
      return key === null ? 1 : pushTo(key, where, ele);
    },
  ),
  api(
    '4.0',
    'RedisModuleString *RedisModule_ListPop(RedisModuleKey *key, int where)',
    0,
    (handle: number, where: number) => pop(handle, where),
  ),
  api(
    '7.0',
    'RedisModuleString *RedisModule_ListGet(RedisModuleKey *key, long index)',
    0,
    (handle: number, index: number | bigint) => get(handle, indexOf(index)),
  ),
  api(
    '7.0',
    'int RedisModule_ListSet(RedisModuleKey *key, long index, RedisModuleString *value)',
    1,
    (handle: number, index: number | bigint, value: number) => put(handle, indexOf(index), value, false),
  ),
  api(
    '7.0',
    'int RedisModule_ListInsert(RedisModuleKey *key, long index, RedisModuleString *value)',
    1,
    (handle: number, index: number | bigint, value: number) => put(handle, indexOf(index), value, true),
  ),
  api(
    '7.0',
    'int RedisModule_ListDelete(RedisModuleKey *key, long index)',
    1,
    (handle: number, index: number | bigint) => remove(handle, indexOf(index)),
  ),
];
