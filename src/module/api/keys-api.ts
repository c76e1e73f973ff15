// Keys of any type: opening, closing, deleting, expiry, access clock, databases.

import { NOTIFY_NEW } from '../../config/notify.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from '../../store/entry-layout.ts';
import { hashSize } from '../../store/hash-type.ts';
import { LOOKUP_NOTOUCH } from '../../store/keyspace.ts';
import { listLength } from '../../store/list-cursor.ts';
import { setSize } from '../../store/set-type.ts';
import { streamLength } from '../../store/stream.ts';
import { zsetLength } from '../../store/zset.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { autoMemoryAdd, ContextKind, contextAt } from '../abi/contexts.ts';
import { HandleKind, MisuseError } from '../abi/handles.ts';
import { writeI64 } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { keyTypeOf, noteKey } from '../key-answers.ts';
import { closeKey, databaseOf, OPEN_KEY_ALL, type OpenKey, openKey, openKeys } from '../open-keys.ts';
import { currentHost, currentModuleId, fail } from '../runtime.ts';

const NO_EXPIRE = -1;
const NOT_WRITABLE = 'the key was not opened for writing';
const LFU_MAX = 255;

/** Deletes the value of a key that is open for writing, if there is one. */
export function deleteValue(key: OpenKey, lazy: boolean): void {
  const e = key.entry();
  if (e !== 0) key.data.keyspace.deleteEntry(key.db, e, lazy);
}

/** Length of a string in bytes, of other values in elements; 0 for those of modules. */
function lengthOf(db: Db, e: number): number {
  switch (db.type(e)) {
    case TYPE_STRING:
      return db.valLen(e);
    case TYPE_LIST:
      return listLength(db, e);
    case TYPE_SET:
      return setSize(db, e);
    case TYPE_ZSET:
      return zsetLength(db, e);
    case TYPE_HASH:
      return hashSize(db, e);
    case TYPE_STREAM:
      return streamLength(db.arena, db.root(e));
    default:
      return 0;
  }
}

/** Announces that a key of this name came into being. */
export function notifyNew(key: OpenKey): void {
  key.notify(NOTIFY_NEW, 'new');
}

function deleteKey(handle: number, lazy: boolean): number {
  const key = openKeys.get(handle);
  if (!key.writable) return fail(NOT_WRITABLE);
  deleteValue(key, lazy);
  return 0;
}

/** Sets the expiry of a key to a Unix time in ms, or removes it. `base` is added to the time. */
function setExpire(handle: number, timeMs: number | bigint, relative: boolean): number {
  const key = openKeys.get(handle);
  const { db } = key;
  if (!key.writable) return fail(NOT_WRITABLE);
  const e = key.entry();
  if (e === 0) return fail('the key is empty');
  if (timeMs === NO_EXPIRE) {
    db.removeExpire(e);
    return 0;
  }
  if (timeMs < 0) return fail('the time is negative');
  const unixMs = BigInt.asIntN(64, BigInt(timeMs) + (relative ? BigInt(key.data.keyspace.nowMs) : 0n));
  db.setExpireWords(e, Number(unixMs & 0xffffffffn), Number(BigInt.asIntN(32, unixMs >> 32n)));
  return 0;
}

export const keys: ApiFunction[] = [
  api(
    '4.0',
    'RedisModuleKey *RedisModule_OpenKey(RedisModuleCtx *ctx, RedisModuleString *keyname, int mode)',
    0,
    (ctx: number, keyname: number, mode: number) => {
      const context = contextAt(ctx);
      const handle = openKey(context, keyname, mode);
      if (handle !== 0) {
        autoMemoryAdd(context, HandleKind.Key, handle);
      }
      return handle;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'void RedisModule_CloseKey(RedisModuleKey *key)',
    undefined,
    (handle: number) => {
      if (handle !== 0) closeKey(handle);
    },
    { shim: true },
  ),
  api('7.2', 'int RedisModule_GetOpenKeyModesAll(void)', 0, () => OPEN_KEY_ALL),
  api(
    '4.0',
    'int RedisModule_KeyType(RedisModuleKey *key)',
    0,
    (handle: number) => {
      if (handle === 0) return 0;
      const key = openKeys.get(handle);
      noteKey(handle, key);
      return keyTypeOf(key);
    },
    { shim: true },
  ),
  api(
    '4.0',
    'size_t RedisModule_ValueLength(RedisModuleKey *key)',
    0,
    (handle: number) => {
      if (handle === 0) return 0;
      const key = openKeys.get(handle);
      const e = key.entry();
      return e === 0 ? 0 : lengthOf(key.db, e);
    },
    { shim: true },
  ),
  api('4.0', 'int RedisModule_DeleteKey(RedisModuleKey *key)', 1, (handle: number) => deleteKey(handle, false)),
  api('4.0', 'int RedisModule_UnlinkKey(RedisModuleKey *key)', 1, (handle: number) => deleteKey(handle, true)),
  api(
    '7.0',
    'int RedisModule_KeyExists(RedisModuleCtx *ctx, RedisModuleString *keyname)',
    0,
    (ctx: number, keyname: number) => {
      const context = contextAt(ctx);
      const i = moduleStrings.index(keyname);
      const { keyspace } = context.host.env.data;
      const bytes = moduleStrings.bytes[i]!;
      const e = keyspace.lookupRead(
        databaseOf(context),
        bytes,
        moduleStrings.offset[i]!,
        moduleStrings.length[i]!,
        LOOKUP_NOTOUCH,
      );
      return e === 0 ? 0 : 1;
    },
  ),

  api('4.0', 'mstime_t RedisModule_GetExpire(RedisModuleKey *key)', NO_EXPIRE, (handle: number) => {
    const key = openKeys.get(handle);
    const e = key.entry();
    if (e === 0 || !key.db.hasExpire(e)) return NO_EXPIRE;
    return Math.max(0, key.db.getExpire(e) - key.data.keyspace.nowMs);
  }),
  api(
    '4.0',
    'int RedisModule_SetExpire(RedisModuleKey *key, mstime_t expire)',
    1,
    (handle: number, expire: number | bigint) => setExpire(handle, expire, true),
  ),
  api('6.2', 'mstime_t RedisModule_GetAbsExpire(RedisModuleKey *key)', NO_EXPIRE, (handle: number) => {
    const key = openKeys.get(handle);
    const e = key.entry();
    return e === 0 || !key.db.hasExpire(e) ? NO_EXPIRE : key.db.getExpireExact(e);
  }),
  api(
    '6.2',
    'int RedisModule_SetAbsExpire(RedisModuleKey *key, mstime_t expire)',
    1,
    (handle: number, expire: number | bigint) => setExpire(handle, expire, false),
  ),

  api(
    '6.0',
    'const RedisModuleString *RedisModule_GetKeyNameFromModuleKey(RedisModuleKey *key)',
    0,
    (handle: number) => (handle === 0 ? 0 : openKeys.get(handle).nameHandle),
  ),
  api('7.0', 'int RedisModule_GetDbIdFromModuleKey(RedisModuleKey *key)', -1, (handle: number) =>
    handle === 0 ? -1 : openKeys.get(handle).db.id,
  ),
  api(
    '6.0',
    'int RedisModule_SignalModifiedKey(RedisModuleCtx *ctx, RedisModuleString *keyname)',
    1,
    (ctx: number, keyname: number) => {
      const context = contextAt(ctx);
      const i = moduleStrings.index(keyname);
      const bytes = moduleStrings.bytes[i]!;
      const { data } = context.host.env;
      data.signalModified(databaseOf(context), bytes, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      return 0;
    },
  ),

  api('4.0', 'int RedisModule_GetSelectedDb(RedisModuleCtx *ctx)', 0, (ctx: number) => contextAt(ctx).dbIndex, {
    shim: true,
  }),
  api('4.0', 'int RedisModule_SelectDb(RedisModuleCtx *ctx, int newid)', 1, (ctx: number, newid: number) => {
    const context = contextAt(ctx);
    const { data } = context.host.env;
    if (data.keyspace.dbs[newid] === undefined) return fail(`there is no database ${newid}`);
    context.dbIndex = newid;
    // A command's context stands for its client, as SELECT would; other contexts have a database of their own.
    if (context.client !== null && context.kind !== ContextKind.ThreadSafe) data.selectDb(context.client, newid);
    return 0;
  }),
  api(
    '6.0',
    'unsigned long long RedisModule_DbSize(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => databaseOf(contextAt(ctx)).size,
  ),
  api('6.0', 'RedisModuleString *RedisModule_RandomKey(RedisModuleCtx *ctx)', 0, (ctx: number) => {
    const context = contextAt(ctx);
    const db = databaseOf(context);
    const e = context.host.env.data.keyspace.randomEntry(db);
    if (e === 0) return 0;
    const handle = moduleStrings.fromBytes(db.u8(e), db.keyOff(e), db.keyLen(e), currentModuleId());
    autoMemoryAdd(context, HandleKind.String, handle);
    return handle;
  }),
  api(
    '6.0',
    'void RedisModule_ResetDataset(int restart_aof, int async)',
    undefined,
    (_restartAof: number, async: number) => currentHost().env.data.flushAll(async !== 0),
  ),

  api(
    '6.0',
    'int RedisModule_SetLRU(RedisModuleKey *key, mstime_t lru_idle)',
    1,
    (handle: number, idleMs: number | bigint) => {
      const key = openKeys.get(handle);
      const { clock } = key.data.keyspace;
      const e = key.entry();
      if (e === 0 || clock.lfu || idleMs < 0) return fail('the key is empty, or its policy keeps no idle time');
      key.db.setLru(e, clock.lruOf(Math.floor(Number(idleMs) / 1000)));
      return 0;
    },
  ),
  api('6.0', 'int RedisModule_GetLRU(RedisModuleKey *key, mstime_t *lru_idle)', 1, (handle: number, target: number) => {
    const key = openKeys.get(handle);
    const { keyspace } = key.data;
    const e = key.entry();
    writeI64(target, e === 0 || keyspace.clock.lfu ? -1 : keyspace.objectIdleSeconds(e) * 1000);
    return e === 0 ? fail('the key is empty') : 0;
  }),
  api(
    '6.0',
    'int RedisModule_SetLFU(RedisModuleKey *key, long long lfu_freq)',
    1,
    (handle: number, freq: number | bigint) => {
      const key = openKeys.get(handle);
      const { clock } = key.data.keyspace;
      if (freq > LFU_MAX) throw new MisuseError(`the frequency ${freq}, which is above ${LFU_MAX}`);
      const e = key.entry();
      if (e === 0 || !clock.lfu || freq < 0) return fail('the key is empty, or its policy keeps no frequency');
      key.db.setLru(e, clock.lfuOf(Number(freq)));
      return 0;
    },
  ),
  api(
    '6.0',
    'int RedisModule_GetLFU(RedisModuleKey *key, long long *lfu_freq)',
    1,
    (handle: number, target: number) => {
      const key = openKeys.get(handle);
      const { keyspace } = key.data;
      const e = key.entry();
      writeI64(target, e === 0 || !keyspace.clock.lfu ? -1 : keyspace.objectFreq(e));
      return e === 0 ? fail('the key is empty') : 0;
    },
  ),
];
