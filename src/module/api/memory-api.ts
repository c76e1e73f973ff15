// Memory: libc's own functions, without a crossing into JavaScript, and pool allocation of a context.

import { type ApiFunction, api, libcApi } from '../abi/api-table.ts';
import { contextAt, poolAlloc } from '../abi/contexts.ts';
import { free, toSize } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';

export const memory: ApiFunction[] = [
  libcApi('4.0', 'void *RedisModule_Alloc(size_t bytes)', 'malloc'),
  libcApi('7.4', 'void *RedisModule_TryAlloc(size_t bytes)', 'malloc'),
  libcApi('4.0', 'void *RedisModule_Calloc(size_t nmemb, size_t size)', 'calloc'),
  libcApi('7.4', 'void *RedisModule_TryCalloc(size_t nmemb, size_t size)', 'calloc'),
  libcApi('4.0', 'void *RedisModule_Realloc(void *ptr, size_t bytes)', 'realloc'),
  libcApi('7.4', 'void *RedisModule_TryRealloc(void *ptr, size_t bytes)', 'realloc'),
  // The shim's function passes on what is a string. In Redis a string is an allocation like any other.
  libcApi('4.0', 'void RedisModule_Free(void *ptr)', 'free', (ptr: number) => moduleStrings.destroy(ptr), {
    shim: true,
    // Of threads, for what may be a string.
    filled: api('4.0', 'void RedisModule_FreeOfThread(void *ptr)', undefined, (ptr: number) => {
      if (moduleStrings.find(ptr) >= 0) moduleStrings.destroy(ptr);
      else free(ptr);
    }),
  }),
  libcApi('4.0', 'char *RedisModule_Strdup(const char *str)', 'strdup'),
  libcApi('6.0', 'size_t RedisModule_MallocSize(void *ptr)', 'malloc_usable_size'),
  libcApi('7.0', 'size_t RedisModule_MallocUsableSize(void *ptr)', 'malloc_usable_size'),

  api('7.0', 'size_t RedisModule_MallocSizeString(RedisModuleString *str)', 0, (str: number) =>
    moduleStrings.allocatedBytes(moduleStrings.index(str)),
  ),

  api(
    '4.0',
    'void *RedisModule_PoolAlloc(RedisModuleCtx *ctx, size_t bytes)',
    0,
    (ctx: number, bytes: number | bigint) => poolAlloc(contextAt(ctx), toSize(bytes)),
    { shim: true },
  ),
  api(
    '4.0',
    'void RedisModule_AutoMemory(RedisModuleCtx *ctx)',
    undefined,
    (ctx: number) => {
      contextAt(ctx).autoMemory = true;
    },
    { shim: true },
  ),
];
