// RedisModuleString.

import { formatDouble } from '../../protocol/format-double.ts';
import { parseLongDouble } from '../../protocol/long-double.ts';
import { parseDouble } from '../../protocol/numbers.ts';
import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { formatLongDouble, formatStreamId, parseLongLong, parseStreamId, parseULongLong } from '../abi/c-numbers.ts';
import { Deferred, registerDeferred } from '../abi/call-block.ts';
import {
  autoMemoryAdd,
  autoMemoryFreed,
  contextAt,
  contextOrNull,
  type ModuleContext,
  registerAutoFree,
} from '../abi/contexts.ts';
import { HandleKind, MisuseError } from '../abi/handles.ts';
import {
  checkMemory,
  internCString,
  loadStruct,
  memcpy,
  readCBytes,
  scanLongDouble,
  scratchView,
  storeStruct,
  toSize,
  toU64,
  writeF64,
  writeI64,
  writePtr,
} from '../abi/native-memory.ts';
import { formatPrintf } from '../abi/printf.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { LongDouble, VarArgs } from '../abi/varargs.ts';
import { reportLine } from '../misuse.ts';
import { currentHost, currentModuleId, fail, runtime } from '../runtime.ts';

const NULL_STRING = '(NULL string reply referenced in module)';
/** Longest string Redis has (512 MB is its default limit for bulk strings; modules may go to what an int32 holds). */
const MAX_STRING_BYTES = 0x7fffffff - 64;

registerDeferred(Deferred.StringEnd, (index) => moduleStrings.endReleased(index));
registerAutoFree(HandleKind.String, (_context, handle) => moduleStrings.release(moduleStrings.index(handle)));

/** Makes a new string known to the context's automatic memory, and returns it. */
export function givenString(context: ModuleContext | null, handle: number): number {
  autoMemoryAdd(context, HandleKind.String, handle);
  return handle;
}

function given(ctx: number, handle: number): number {
  return ctx === 0 ? handle : givenString(contextAt(ctx), handle);
}

function fromText(ctx: number, text: string): number {
  return given(ctx, moduleStrings.fromText(text, currentModuleId()));
}

export const strings: ApiFunction[] = [
  api(
    '4.0',
    'RedisModuleString *RedisModule_CreateString(RedisModuleCtx *ctx, const char *ptr, size_t len)',
    0,
    (ctx: number, ptr: number, len: number | bigint) => {
      const length = toSize(len);
      if (length > MAX_STRING_BYTES) throw new MisuseError(`a length of ${len} bytes`);
      return given(ctx, moduleStrings.fromNative(ptr, ptr === 0 ? 0 : length, currentModuleId()));
    },
    {
      shim: true,
      // Of threads, which have made it.
      filled: api(
        '4.0',
        'void RedisModule_StringMade(RedisModuleCtx *ctx, RedisModuleString *str, size_t len)',
        undefined,
        (ctx: number, str: number, len: number) => {
          moduleStrings.receive(str, len, currentModuleId());
          given(ctx, str);
        },
      ),
    },
  ),
  variadicApi(
    '4.0',
    'RedisModuleString *RedisModule_CreateStringPrintf(RedisModuleCtx *ctx, const char *fmt, ...)',
    0,
    (ctx: number, fmt: number, args: VarArgs) => {
      const bytes = formatPrintf(readCBytes(fmt), args);
      return given(ctx, moduleStrings.fromBytes(bytes, 0, bytes.length, currentModuleId()));
    },
    { shim: true },
  ),
  api(
    '4.0',
    'RedisModuleString *RedisModule_CreateStringFromLongLong(RedisModuleCtx *ctx, long long ll)',
    0,
    (ctx: number, ll: number | bigint) => fromText(ctx, ll.toString()),
    { shim: true },
  ),
  api(
    '7.0',
    'RedisModuleString *RedisModule_CreateStringFromULongLong(RedisModuleCtx *ctx, unsigned long long ull)',
    0,
    (ctx: number, ull: number | bigint) => fromText(ctx, toU64(ull).toString()),
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_CreateStringFromDouble(RedisModuleCtx *ctx, double d)',
    0,
    (ctx: number, d: number) => fromText(ctx, formatDouble(d)),
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_CreateStringFromLongDouble(RedisModuleCtx *ctx, long double ld, int humanfriendly)',
    0,
    (ctx: number, ld: LongDouble, human: number) => fromText(ctx, formatLongDouble(ld, human !== 0)),
  ),
  api(
    '4.0',
    'RedisModuleString *RedisModule_CreateStringFromString(RedisModuleCtx *ctx, const RedisModuleString *str)',
    0,
    (ctx: number, str: number) => {
      const i = moduleStrings.index(str);
      const copy = moduleStrings.fromBytes(
        moduleStrings.bytes[i]!,
        moduleStrings.offset[i]!,
        moduleStrings.length[i]!,
        currentModuleId(),
      );
      return given(ctx, copy);
    },
    { shim: true },
  ),
  api(
    '6.2',
    'RedisModuleString *RedisModule_CreateStringFromStreamID(RedisModuleCtx *ctx, const RedisModuleStreamID *id)',
    0,
    (ctx: number, id: number) => {
      loadStruct(id, 16);
      return fromText(ctx, formatStreamId(scratchView.getBigUint64(0, true), scratchView.getBigUint64(8, true)));
    },
  ),

  api(
    '4.0',
    'void RedisModule_FreeString(RedisModuleCtx *ctx, RedisModuleString *str)',
    undefined,
    (ctx: number, str: number) => {
      moduleStrings.release(moduleStrings.index(str));
      autoMemoryFreed(contextOrNull(ctx), str);
    },
    { shim: true },
  ),
  api(
    '4.0',
    'void RedisModule_RetainString(RedisModuleCtx *ctx, RedisModuleString *str)',
    undefined,
    (ctx: number, str: number) => {
      const i = moduleStrings.index(str);
      // Taking it off the list keeps the count at 1, so that the string can still be appended to.
      if (!autoMemoryFreed(contextOrNull(ctx), str)) moduleStrings.retain(i);
      moduleStrings.owner[i] = currentModuleId();
    },
    { shim: true },
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_HoldString(RedisModuleCtx *ctx, RedisModuleString *str)',
    0,
    (ctx: number, str: number) => {
      const i = moduleStrings.index(str);
      moduleStrings.retain(i);
      moduleStrings.owner[i] = currentModuleId();
      return given(ctx, str);
    },
    { shim: true },
  ),
  api('7.0', 'void RedisModule_TrimStringAllocation(RedisModuleString *str)', undefined, (str: number) => {
    if (str !== 0) moduleStrings.trim(moduleStrings.index(str));
  }),

  api(
    '4.0',
    'const char *RedisModule_StringPtrLen(const RedisModuleString *str, size_t *len)',
    0,
    (str: number, len: number) => {
      if (str === 0) {
        if (len !== 0) writePtr(len, NULL_STRING.length);
        return internCString(NULL_STRING);
      }
      const i = moduleStrings.index(str);
      if (len !== 0) writePtr(len, moduleStrings.length[i]!);
      return moduleStrings.address[i]!;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'int RedisModule_StringToLongLong(const RedisModuleString *str, long long *ll)',
    1,
    (str: number, ll: number) => {
      const i = moduleStrings.index(str);
      const value = parseLongLong(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      if (value === null) return 1;
      if (ll !== 0) writeI64(ll, value);
      return 0;
    },
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_StringToULongLong(const RedisModuleString *str, unsigned long long *ull)',
    1,
    (str: number, ull: number) => {
      const i = moduleStrings.index(str);
      const value = parseULongLong(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      if (value === null) return 1;
      writeI64(ull, value);
      return 0;
    },
  ),
  api('4.0', 'int RedisModule_StringToDouble(const RedisModuleString *str, double *d)', 1, (str: number, d: number) => {
    const i = moduleStrings.index(str);
    const value = parseDouble(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
    if (Number.isNaN(value)) return 1;
    writeF64(d, value);
    return 0;
  }),
  api(
    '6.0',
    'int RedisModule_StringToLongDouble(const RedisModuleString *str, long double *d)',
    1,
    (str: number, d: number) => {
      const i = moduleStrings.index(str);
      const value = parseLongDouble(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      if (value === null) return 1;
      scanLongDouble(moduleStrings.address[i]!, d);
      return 0;
    },
  ),
  api(
    '6.2',
    'int RedisModule_StringToStreamID(const RedisModuleString *str, RedisModuleStreamID *id)',
    1,
    (str: number, id: number) => {
      const i = moduleStrings.index(str);
      const parsed = parseStreamId(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      if (parsed === null) return 1;
      scratchView.setBigUint64(0, parsed[0], true);
      scratchView.setBigUint64(8, parsed[1], true);
      storeStruct(id, 16);
      return 0;
    },
  ),
  api(
    '4.0',
    'int RedisModule_StringCompare(const RedisModuleString *a, const RedisModuleString *b)',
    0,
    (a: number, b: number) => Buffer.compare(moduleStrings.view(a), moduleStrings.view(b)),
  ),
  api(
    '4.0',
    'int RedisModule_StringAppendBuffer(RedisModuleCtx *ctx, RedisModuleString *str, const char *buf, size_t len)',
    1,
    (_ctx: number, str: number, buf: number, len: number | bigint) => {
      const i = moduleStrings.index(str);
      if (moduleStrings.refs[i] !== 1) {
        reportLine(
          currentHost(),
          runtime.current?.module ?? null,
          'Module attempted to use an in-place string modify operation with a string referenced multiple times. ' +
            'Please check the code for API usage correctness.',
        );
        return fail('the string is referenced more than once');
      }
      const added = toSize(len);
      const old = moduleStrings.length[i]!;
      if (old + added > MAX_STRING_BYTES) return fail('the string would become too long');
      checkMemory(buf, added);
      moduleStrings.resize(i, old + added);
      if (added > 0) memcpy(moduleStrings.address[i]! + old, buf, added);
      return 0;
    },
  ),
];
