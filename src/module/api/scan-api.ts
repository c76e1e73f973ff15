// Scanning: the keys of a database, and the elements of a set, hash or sorted set.
//
// What one step finds is copied before the module is told of any of it, because its function may change everything.

import { formatDouble17 } from '../../protocol/format-double.ts';
import type { Db } from '../../store/db.ts';
import { ENC_HT, ENC_SKIPLIST, TYPE_HASH, TYPE_SET, TYPE_ZSET } from '../../store/entry-layout.ts';
import { FieldText, HashIterator, readFieldAt, readValueAt } from '../../store/hash-read.ts';
import { htScan } from '../../store/hash-table.ts';
import { elementKeyLen, elementKeyOff } from '../../store/hash-table-element.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpSkip } from '../../store/listpack.ts';
import { SetIterator } from '../../store/set-iterator.ts';
import { elementScore, memberLength, memberOffset } from '../../store/zset-element.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { bindCallback, type NativeFunction } from '../abi/callbacks.ts';
import { contextAt, type ModuleContext } from '../abi/contexts.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { setErrno } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { closeKey, databaseOf, newOpenKey, type OpenKey, openKeys, REDISMODULE_READ } from '../open-keys.ts';
import { currentModuleId } from '../runtime.ts';
import { EINVAL, ENOENT } from '../typed-keys.ts';

const SCAN_FUNCTION = 'void scan(RedisModuleCtx *ctx, RedisModuleString *keyname, RedisModuleKey *key, void *privdata)';
const SCAN_KEY_FUNCTION =
  'void scan(RedisModuleKey *key, RedisModuleString *field, RedisModuleString *value, void *privdata)';

interface ScanCursor {
  cursor: number;
  done: boolean;
}

const cursors = new HandleTable<ScanCursor>(HandleKind.ScanCursor);

/** An element and, in hashes and sorted sets, what belongs to it. */
type Element = readonly [field: Uint8Array, value: Uint8Array | null];

const text = new FieldText();
const elementText = new ElementText();
const hashIterator = new HashIterator();
const setIterator = new SetIterator();

/** 0 with errno. */
function nothing(errno: number): 0 {
  setErrno(errno);
  return 0;
}

/** Moves a cursor on; 1 while there is more to come. */
function advance(cursor: ScanCursor, next: number): number {
  cursor.cursor = next;
  cursor.done = next === 0;
  setErrno(0);
  return cursor.done ? 0 : 1;
}

/** Calls the module's function with a key; the handles end with the call, unless the module has closed or freed them. */
function visitKey(context: ModuleContext, db: Db, name: Uint8Array, fn: NativeFunction, privdata: number): void {
  if (db.find(name, 0, name.length) === 0) return;
  const nameHandle = moduleStrings.fromBytes(name, 0, name.length, currentModuleId());
  const index = moduleStrings.index(nameHandle);
  const serial = moduleStrings.serial[index]!;
  const key = openKeys.create(newOpenKey(context, db, nameHandle, REDISMODULE_READ, false));
  context.openKeys.push(key);
  fn(context.addr, nameHandle, key, privdata);
  if (openKeys.find(key) !== undefined) closeKey(key);
  moduleStrings.takeBack(index, serial);
}

function scanKeys(ctx: number, handle: number, function_: number, privdata: number): number {
  const context = contextAt(ctx);
  const cursor = cursors.get(handle);
  if (cursor.done) return nothing(ENOENT);
  const fn = bindCallback(SCAN_FUNCTION, function_);
  const db = databaseOf(context);
  const names: Uint8Array[] = [];
  const next = db.scan(cursor.cursor, (e) => {
    const off = db.keyOff(e);
    names.push(db.u8(e).slice(off, off + db.keyLen(e)));
  });
  for (const name of names) visitKey(context, db, name, fn, privdata);
  return advance(cursor, next);
}

function bytesOf(from: { buf: Uint8Array; off: number; len: number }): Uint8Array {
  return from.buf.slice(from.off, from.off + from.len);
}

/** Elements of one bucket of a value in a large encoding; returns the next cursor. */
function scanTable(key: OpenKey, e: number, cursor: number, found: Element[]): number {
  const { db } = key;
  const { arena } = db;
  const type = db.type(e);
  return htScan(arena, db.root(e), cursor, (element) => {
    const u8 = arena.u8[element >>> 22]!;
    if (type === TYPE_SET) {
      const off = elementKeyOff(arena, element, 0);
      found.push([u8.slice(off, off + elementKeyLen(arena, element, 0)), null]);
    } else if (type === TYPE_ZSET) {
      const off = memberOffset(arena, element);
      const score = Buffer.from(formatDouble17(elementScore(arena, element)));
      found.push([u8.slice(off, off + memberLength(arena, element)), score]);
    } else if (!key.data.keyspace.fieldExpiry.isHidden(db, e, element)) addField(db, e, element, found);
  });
}

function addField(db: Db, e: number, place: number, found: Element[]): void {
  readFieldAt(db, e, place, text);
  const field = bytesOf(text);
  readValueAt(db, e, place, text);
  found.push([field, bytesOf(text)]);
}

/** All elements of a value in a small encoding. */
function collectSmall(key: OpenKey, e: number, found: Element[]): void {
  const { db } = key;
  if (db.type(e) === TYPE_SET) {
    setIterator.start(db, e);
    while (setIterator.next()) found.push([bytesOf(setIterator), null]);
  } else if (db.type(e) === TYPE_HASH) {
    hashIterator.start(db, e);
    while (hashIterator.next()) {
      if (!key.data.keyspace.fieldExpiry.isHidden(db, e, hashIterator.place))
        addField(db, e, hashIterator.place, found);
    }
  } else {
    // Scores are given as they are stored.
    const u8 = db.u8(e);
    for (let p = db.valOff(e) + LP_HEADER_BYTES; u8[p] !== LP_END; p = lpSkip(u8, p)) {
      elementText.read(u8, p);
      const member = bytesOf(elementText);
      p = lpSkip(u8, p);
      elementText.read(u8, p);
      found.push([member, bytesOf(elementText)]);
    }
  }
}

/** Calls the module's function with an element; its strings end with the call. */
function visitElement(handle: number, [field, value]: Element, fn: NativeFunction, privdata: number): void {
  const owner = currentModuleId();
  const fieldHandle = moduleStrings.fromBytes(field, 0, field.length, owner);
  const valueHandle = value === null ? 0 : moduleStrings.fromBytes(value, 0, value.length, owner);
  const fieldIndex = moduleStrings.index(fieldHandle);
  const fieldSerial = moduleStrings.serial[fieldIndex]!;
  const valueIndex = value === null ? 0 : moduleStrings.index(valueHandle);
  const valueSerial = value === null ? 0 : moduleStrings.serial[valueIndex]!;
  fn(handle, fieldHandle, valueHandle, privdata);
  moduleStrings.takeBack(fieldIndex, fieldSerial);
  if (value !== null) moduleStrings.takeBack(valueIndex, valueSerial);
}

function scanKey(handle: number, cursorHandle: number, function_: number, privdata: number): number {
  if (handle === 0) return nothing(EINVAL);
  const key = openKeys.get(handle);
  const cursor = cursors.get(cursorHandle);
  const e = key.entry();
  const type = e === 0 ? -1 : key.db.type(e);
  if (type !== TYPE_SET && type !== TYPE_HASH && type !== TYPE_ZSET) return nothing(EINVAL);
  if (cursor.done) return nothing(ENOENT);
  const fn = bindCallback(SCAN_KEY_FUNCTION, function_);
  const found: Element[] = [];
  let next = 0;
  const encoding = key.db.encoding(e);
  if (encoding === ENC_HT || encoding === ENC_SKIPLIST) next = scanTable(key, e, cursor.cursor, found);
  else collectSmall(key, e, found);
  for (const element of found) visitElement(handle, element, fn, privdata);
  return advance(cursor, next);
}

export const scanning: ApiFunction[] = [
  api('6.0', 'RedisModuleScanCursor *RedisModule_ScanCursorCreate(void)', 0, () =>
    cursors.create({ cursor: 0, done: false }),
  ),
  api('6.0', 'void RedisModule_ScanCursorRestart(RedisModuleScanCursor *cursor)', undefined, (handle: number) => {
    const cursor = cursors.get(handle);
    cursor.cursor = 0;
    cursor.done = false;
  }),
  api('6.0', 'void RedisModule_ScanCursorDestroy(RedisModuleScanCursor *cursor)', undefined, (handle: number) => {
    if (handle !== 0) cursors.delete(handle);
  }),
  api(
    '6.0',
    'int RedisModule_Scan(RedisModuleCtx *ctx, RedisModuleScanCursor *cursor, RedisModuleScanCB fn, void *privdata)',
    0,
    scanKeys,
  ),
  api(
    '6.0',
    'int RedisModule_ScanKey(RedisModuleKey *key, RedisModuleScanCursor *cursor, RedisModuleScanKeyCB fn, void *privdata)',
    0,
    scanKey,
  ),
];
