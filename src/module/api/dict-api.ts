// Dictionaries of modules.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { autoMemoryAdd, autoMemoryFreed, contextOrNull, registerAutoFree } from '../abi/contexts.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import {
  free,
  malloc,
  readBytes,
  readLatin1,
  toSize,
  writeBytes,
  writeI32,
  writeI64,
  writePtr,
  writeU8,
} from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { DictIterator, type DictValue, OrderedDict } from '../ordered-dict.ts';
import { currentModuleId } from '../runtime.ts';

const NO_KEY = new Uint8Array(0);
/** Rooms for keys grow by powers of two from here. */
const MIN_KEY_ROOM = 64;

/** An iterator as a module holds it; `room` is native memory for the key of the last step. */
interface NativeIterator {
  readonly iterator: DictIterator;
  room: number;
  roomBytes: number;
}

const dicts = new HandleTable<OrderedDict>(HandleKind.Dict);
const iterators = new HandleTable<NativeIterator>(HandleKind.DictIter);

registerAutoFree(HandleKind.Dict, (_context, handle) => dicts.delete(handle));

/** The bytes at an address; NULL is no bytes. */
function bytesAt(key: number, keylen: number | bigint): Uint8Array {
  return key === 0 ? NO_KEY : readBytes(key, toSize(keylen));
}

/** The bytes of a string, borrowed; NULL, where an operation needs no key, is no bytes. */
function bytesOf(key: number): Uint8Array {
  return key === 0 ? NO_KEY : moduleStrings.view(key);
}

function set(handle: number, key: Uint8Array, value: DictValue, replace: boolean): number {
  return dicts.get(handle).set(key, value, replace) ? 0 : 1;
}

function get(handle: number, key: Uint8Array, nokey: number): DictValue {
  const node = dicts.get(handle).find(key);
  if (nokey !== 0) writeI32(nokey, node === null ? 1 : 0);
  return node?.value ?? 0;
}

function remove(handle: number, key: Uint8Array, oldval: number): number {
  const value = dicts.get(handle).remove(key);
  if (value === null) return 1;
  if (oldval !== 0) writeI64(oldval, value);
  return 0;
}

function start(handle: number, op: number, key: Uint8Array): number {
  const iterator = new DictIterator(dicts.get(handle));
  iterator.seek(readLatin1(op), key);
  return iterators.create({ iterator, room: 0, roomBytes: 0 });
}

function reseek(handle: number, op: number, key: Uint8Array): number {
  return iterators.get(handle).iterator.seek(readLatin1(op), key) ? 1 : 0;
}

/** One step; the address of the key, which is good until the next one, 0 at the end. */
function step(handle: number, forward: boolean, keylen: number, dataptr: number): number {
  const it = iterators.get(handle);
  const node = forward ? it.iterator.next() : it.iterator.previous();
  if (node === null) return 0;
  const { key } = node;
  if (key.length >= it.roomBytes) {
    free(it.room);
    it.roomBytes = MIN_KEY_ROOM;
    while (it.roomBytes <= key.length) it.roomBytes *= 2;
    it.room = malloc(it.roomBytes);
  }
  writeBytes(it.room, key, 0, key.length);
  writeU8(it.room + key.length, 0);
  if (keylen !== 0) writePtr(keylen, key.length);
  if (dataptr !== 0) writeI64(dataptr, node.value);
  return it.room;
}

/** One step; a new string with the key, 0 at the end. */
function stepString(ctx: number, handle: number, forward: boolean, dataptr: number): number {
  const context = contextOrNull(ctx);
  const { iterator } = iterators.get(handle);
  const node = forward ? iterator.next() : iterator.previous();
  if (node === null) return 0;
  if (dataptr !== 0) writeI64(dataptr, node.value);
  const name = moduleStrings.fromBytes(node.key, 0, node.key.length, currentModuleId());
  autoMemoryAdd(context, HandleKind.String, name);
  return name;
}

function compare(handle: number, op: number, key: Uint8Array): number {
  return iterators.get(handle).iterator.compare(readLatin1(op), key) ? 0 : 1;
}

type Size = number | bigint;

export const dictionaries: ApiFunction[] = [
  api('5.0', 'RedisModuleDict *RedisModule_CreateDict(RedisModuleCtx *ctx)', 0, (ctx: number) => {
    const handle = dicts.create(new OrderedDict());
    autoMemoryAdd(contextOrNull(ctx), HandleKind.Dict, handle);
    return handle;
  }),
  api(
    '5.0',
    'void RedisModule_FreeDict(RedisModuleCtx *ctx, RedisModuleDict *d)',
    undefined,
    (ctx: number, handle: number) => {
      dicts.delete(handle);
      autoMemoryFreed(contextOrNull(ctx), handle);
    },
  ),
  api(
    '7.0',
    'size_t RedisModule_MallocSizeDict(RedisModuleDict *dict)',
    0,
    (handle: number) => dicts.get(handle).memoryBytes,
  ),
  api('5.0', 'uint64_t RedisModule_DictSize(RedisModuleDict *d)', 0, (handle: number) => dicts.get(handle).size),
  api(
    '5.0',
    'int RedisModule_DictSetC(RedisModuleDict *d, void *key, size_t keylen, void *ptr)',
    1,
    (d: number, key: number, len: Size, ptr: DictValue) => set(d, bytesAt(key, len), ptr, false),
  ),
  api(
    '5.0',
    'int RedisModule_DictReplaceC(RedisModuleDict *d, void *key, size_t keylen, void *ptr)',
    1,
    (d: number, key: number, len: Size, ptr: DictValue) => set(d, bytesAt(key, len), ptr, true),
  ),
  api(
    '5.0',
    'int RedisModule_DictSet(RedisModuleDict *d, RedisModuleString *key, void *ptr)',
    1,
    (d: number, key: number, ptr: DictValue) => set(d, moduleStrings.view(key), ptr, false),
  ),
  api(
    '5.0',
    'int RedisModule_DictReplace(RedisModuleDict *d, RedisModuleString *key, void *ptr)',
    1,
    (d: number, key: number, ptr: DictValue) => set(d, moduleStrings.view(key), ptr, true),
  ),
  api(
    '5.0',
    'void *RedisModule_DictGetC(RedisModuleDict *d, void *key, size_t keylen, int *nokey)',
    0,
    (d: number, key: number, len: Size, nokey: number) => get(d, bytesAt(key, len), nokey),
  ),
  api(
    '5.0',
    'void *RedisModule_DictGet(RedisModuleDict *d, RedisModuleString *key, int *nokey)',
    0,
    (d: number, key: number, nokey: number) => get(d, moduleStrings.view(key), nokey),
  ),
  api(
    '5.0',
    'int RedisModule_DictDelC(RedisModuleDict *d, void *key, size_t keylen, void *oldval)',
    1,
    (d: number, key: number, len: Size, oldval: number) => remove(d, bytesAt(key, len), oldval),
  ),
  api(
    '5.0',
    'int RedisModule_DictDel(RedisModuleDict *d, RedisModuleString *key, void *oldval)',
    1,
    (d: number, key: number, oldval: number) => remove(d, moduleStrings.view(key), oldval),
  ),

  api(
    '5.0',
    'RedisModuleDictIter *RedisModule_DictIteratorStartC(RedisModuleDict *d, const char *op, void *key, size_t keylen)',
    0,
    (d: number, op: number, key: number, len: Size) => start(d, op, bytesAt(key, len)),
  ),
  api(
    '5.0',
    'RedisModuleDictIter *RedisModule_DictIteratorStart(RedisModuleDict *d, const char *op, RedisModuleString *key)',
    0,
    (d: number, op: number, key: number) => start(d, op, bytesOf(key)),
  ),
  api('5.0', 'void RedisModule_DictIteratorStop(RedisModuleDictIter *di)', undefined, (di: number) => {
    free(iterators.delete(di).room);
  }),
  // These two answer 1 for success.
  api(
    '5.0',
    'int RedisModule_DictIteratorReseekC(RedisModuleDictIter *di, const char *op, void *key, size_t keylen)',
    0,
    (di: number, op: number, key: number, len: Size) => reseek(di, op, bytesAt(key, len)),
  ),
  api(
    '5.0',
    'int RedisModule_DictIteratorReseek(RedisModuleDictIter *di, const char *op, RedisModuleString *key)',
    0,
    (di: number, op: number, key: number) => reseek(di, op, bytesOf(key)),
  ),
  api(
    '5.0',
    'void *RedisModule_DictNextC(RedisModuleDictIter *di, size_t *keylen, void **dataptr)',
    0,
    (di: number, keylen: number, dataptr: number) => step(di, true, keylen, dataptr),
  ),
  api(
    '5.0',
    'void *RedisModule_DictPrevC(RedisModuleDictIter *di, size_t *keylen, void **dataptr)',
    0,
    (di: number, keylen: number, dataptr: number) => step(di, false, keylen, dataptr),
  ),
  api(
    '5.0',
    'RedisModuleString *RedisModule_DictNext(RedisModuleCtx *ctx, RedisModuleDictIter *di, void **dataptr)',
    0,
    (ctx: number, di: number, dataptr: number) => stepString(ctx, di, true, dataptr),
  ),
  api(
    '5.0',
    'RedisModuleString *RedisModule_DictPrev(RedisModuleCtx *ctx, RedisModuleDictIter *di, void **dataptr)',
    0,
    (ctx: number, di: number, dataptr: number) => stepString(ctx, di, false, dataptr),
  ),
  api(
    '5.0',
    'int RedisModule_DictCompareC(RedisModuleDictIter *di, const char *op, void *key, size_t keylen)',
    1,
    (di: number, op: number, key: number, len: Size) => compare(di, op, bytesAt(key, len)),
  ),
  api(
    '5.0',
    'int RedisModule_DictCompare(RedisModuleDictIter *di, const char *op, RedisModuleString *key)',
    1,
    (di: number, op: number, key: number) => compare(di, op, bytesOf(key)),
  ),
];
