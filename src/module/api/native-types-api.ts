// Native data types and their values.

import { Digest } from '../../store/digest.ts';
import { TYPE_MODULE } from '../../store/entry-layout.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { readBytes, readCString, toSize, writeI64 } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { createType, pointerOf, putValue, setPointer, typeHandles, typeOf } from '../native-types.ts';
import { type OpenKey, openKeys } from '../open-keys.ts';
import { fail, runtime } from '../runtime.ts';
import { digests, keyOptCtxs } from '../value-contexts.ts';
import { notifyNew } from './keys-api.ts';

/** Entry of an open key that holds a module's value, 0 otherwise. */
function moduleEntry(key: OpenKey): number {
  const e = key.entry();
  return e !== 0 && key.db.type(e) === TYPE_MODULE ? e : 0;
}

export const types: ApiFunction[] = [
  api(
    '4.0',
    'RedisModuleType *RedisModule_CreateDataType(RedisModuleCtx *ctx, const char *name, int encver, RedisModuleTypeMethods *typemethods)',
    0,
    (ctx: number, name: number, encver: number, methods: number) => {
      const { module } = contextAt(ctx);
      const made =
        module?.loading === true
          ? createType(module, readCString(name), encver, methods)
          : 'types can be created in RedisModule_OnLoad only';
      if (typeof made === 'number') return made;
      runtime.reason = made;
      return 0;
    },
  ),
  api(
    '4.0',
    'int RedisModule_ModuleTypeSetValue(RedisModuleKey *key, RedisModuleType *mt, void *value)',
    1,
    (handle: number, mt: number, value: number | bigint) => {
      const key = openKeys.get(handle);
      const type = typeHandles.get(mt);
      if (!key.writable) return fail('the key was not opened for writing');
      const i = key.name;
      putValue(key.db, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!, type, value);
      key.hidesExpired = false;
      notifyNew(key);
      return 0;
    },
  ),
  api('4.0', 'RedisModuleType *RedisModule_ModuleTypeGetType(RedisModuleKey *key)', 0, (handle: number) => {
    if (handle === 0) return 0;
    const key = openKeys.get(handle);
    const e = moduleEntry(key);
    return e === 0 ? 0 : typeOf(key.db, e).handle;
  }),
  api('4.0', 'void *RedisModule_ModuleTypeGetValue(RedisModuleKey *key)', 0, (handle: number) => {
    if (handle === 0) return 0;
    const key = openKeys.get(handle);
    const e = moduleEntry(key);
    return e === 0 ? 0 : pointerOf(key.db, e);
  }),
  api(
    '6.0',
    'int RedisModule_ModuleTypeReplaceValue(RedisModuleKey *key, RedisModuleType *mt, void *new_value, void **old_value)',
    1,
    (handle: number, mt: number, value: number | bigint, oldTarget: number) => {
      const key = openKeys.get(handle);
      const type = typeHandles.get(mt);
      if (!key.writable) return fail('the key was not opened for writing');
      const e = moduleEntry(key);
      if (e === 0 || typeOf(key.db, e) !== type) return fail('the key holds no value of this type');
      if (oldTarget !== 0) writeI64(oldTarget, pointerOf(key.db, e));
      setPointer(key.db, e, value);
      return 0;
    },
  ),
  api(
    '7.0',
    'const RedisModuleString *RedisModule_GetKeyNameFromOptCtx(RedisModuleKeyOptCtx *ctx)',
    0,
    (ctx: number) => keyOptCtxs.get(ctx).fromKey,
  ),
  api(
    '7.0',
    'const RedisModuleString *RedisModule_GetToKeyNameFromOptCtx(RedisModuleKeyOptCtx *ctx)',
    0,
    (ctx: number) => keyOptCtxs.get(ctx).toKey,
  ),
  api(
    '7.0',
    'int RedisModule_GetDbIdFromOptCtx(RedisModuleKeyOptCtx *ctx)',
    -1,
    (ctx: number) => keyOptCtxs.get(ctx).fromDb,
  ),
  api(
    '7.0',
    'int RedisModule_GetToDbIdFromOptCtx(RedisModuleKeyOptCtx *ctx)',
    -1,
    (ctx: number) => keyOptCtxs.get(ctx).toDb,
  ),

  api(
    '4.0',
    'void RedisModule_DigestAddStringBuffer(RedisModuleDigest *md, const char *ele, size_t len)',
    undefined,
    (md: number, ele: number, len: number | bigint) => {
      digests.get(md).sequence.mix(readBytes(ele, toSize(len)));
    },
  ),
  api(
    '4.0',
    'void RedisModule_DigestAddLongLong(RedisModuleDigest *md, long long ele)',
    undefined,
    (md: number, ele: number | bigint) => {
      digests.get(md).sequence.mix(Buffer.from(ele.toString()));
    },
  ),
  api('4.0', 'void RedisModule_DigestEndSequence(RedisModuleDigest *md)', undefined, (md: number) => {
    const digest = digests.get(md);
    digest.sum.xor(digest.sequence.bytes);
    digest.sequence = new Digest();
  }),
  api(
    '7.0',
    'const RedisModuleString *RedisModule_GetKeyNameFromDigest(RedisModuleDigest *dig)',
    0,
    (md: number) => digests.get(md).keyName,
  ),
  api('7.0', 'int RedisModule_GetDbIdFromDigest(RedisModuleDigest *dig)', -1, (md: number) => digests.get(md).dbIndex),
];
