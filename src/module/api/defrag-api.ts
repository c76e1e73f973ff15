// Defragmentation. Modules allocate with libc's malloc, which cannot say what would be better elsewhere: as in a
// redis-server that is built without jemalloc nothing is ever moved, and the functions of modules are not called.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { free, malloc, toSize } from '../abi/native-memory.ts';

/** The allocation, string or dictionary stays where it is. */
const stays = (): number => 0;
const registered = (): number => 0;
/** There is no cursor, and no name or database of a key, outside of a call that moves things. */
const none = (): number => 0;

export const defrag: ApiFunction[] = [
  api('6.2', 'int RedisModule_RegisterDefragFunc(RedisModuleCtx *ctx, RedisModuleDefragFunc func)', 1, registered),
  api('8.0', 'int RedisModule_RegisterDefragFunc2(RedisModuleCtx *ctx, RedisModuleDefragFunc2 func)', 1, registered),
  api(
    '7.4',
    'int RedisModule_RegisterDefragCallbacks(RedisModuleCtx *ctx, RedisModuleDefragFunc start, RedisModuleDefragFunc end)',
    1,
    registered,
  ),
  api('6.2', 'void *RedisModule_DefragAlloc(RedisModuleDefragCtx *ctx, void *ptr)', 0, stays),
  api(
    '7.4',
    'void *RedisModule_DefragAllocRaw(RedisModuleDefragCtx *ctx, size_t size)',
    0,
    (_ctx: number, size: number | bigint) => malloc(toSize(size)),
  ),
  api(
    '7.4',
    'void RedisModule_DefragFreeRaw(RedisModuleDefragCtx *ctx, void *ptr)',
    undefined,
    (_ctx: number, address: number) => free(address),
  ),
  api(
    '6.2',
    'RedisModuleString *RedisModule_DefragRedisModuleString(RedisModuleDefragCtx *ctx, RedisModuleString *str)',
    0,
    stays,
  ),
  api(
    '8.0',
    'RedisModuleDict *RedisModule_DefragRedisModuleDict(RedisModuleDefragCtx *ctx, RedisModuleDict *dict, RedisModuleDefragDictValueCallback valueCB, RedisModuleString **seekTo)',
    0,
    stays,
  ),
  api('6.2', 'int RedisModule_DefragShouldStop(RedisModuleDefragCtx *ctx)', 0, none),
  api('6.2', 'int RedisModule_DefragCursorSet(RedisModuleDefragCtx *ctx, unsigned long cursor)', 1, () => 1),
  api('6.2', 'int RedisModule_DefragCursorGet(RedisModuleDefragCtx *ctx, unsigned long *cursor)', 1, () => 1),
  api('7.0', 'const RedisModuleString *RedisModule_GetKeyNameFromDefragCtx(RedisModuleDefragCtx *ctx)', 0, none),
  api('7.0', 'int RedisModule_GetDbIdFromDefragCtx(RedisModuleDefragCtx *ctx)', -1, () => -1),
];
