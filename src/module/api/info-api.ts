// INFO, in both directions: sections that modules add, and fields that they read.

import { parseDouble } from '../../protocol/numbers.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { parseLongLong, parseULongLong } from '../abi/c-numbers.ts';
import { bindCallback } from '../abi/callbacks.ts';
import { autoMemoryAdd, autoMemoryFreed, contextAt, contextOrNull, registerAutoFree } from '../abi/contexts.ts';
import { formatGeneral } from '../abi/decimal.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { free, mallocBytes, readCBytes, toU64, writeI32 } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { longDoubleOf } from '../abi/varargs.ts';
import { infoContexts } from '../info-sections.ts';
import { currentHost, fail } from '../runtime.ts';
import { newString } from './context-api.ts';

const INFO_FUNC = 'void RedisModuleInfoFunc(RedisModuleInfoCtx *ctx, int for_crash_report)';

/** A C string as a byte string, '' for NULL. */
function byteString(addr: number): string {
  return addr === 0 ? '' : Buffer.from(readCBytes(addr)).toString('latin1');
}

function status(done: boolean): 0 | 1 {
  return done ? 0 : 1;
}

/** C's %.17g. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatGeneral(longDoubleOf(Math.abs(value)), 17, false);
}

function addField(ctx: number, field: number, value: string): 0 | 1 {
  return status(infoContexts.get(ctx).addField(byteString(field), value));
}

/** Fields of INFO as a module fetched them. */
class ServerInfo {
  readonly fields = new Map<string, string>();
  /** Addresses of values that were handed out as C strings. */
  readonly texts = new Map<string, number>();

  constructor(info: string) {
    for (const line of info.split('\r\n')) {
      const colon = line.indexOf(':');
      if (line.startsWith('#') || colon < 0) continue;
      const name = line.slice(0, colon);
      if (!this.fields.has(name)) this.fields.set(name, line.slice(colon + 1));
    }
  }

  text(name: string): number {
    let addr = this.texts.get(name);
    if (addr === undefined) {
      const value = this.fields.get(name);
      if (value === undefined) return 0;
      this.texts.set(name, (addr = mallocBytes(Buffer.from(value, 'latin1'))));
    }
    return addr;
  }

  end(): void {
    for (const addr of this.texts.values()) free(addr);
  }
}

const serverInfos = new HandleTable<ServerInfo>(HandleKind.ServerInfo);
registerAutoFree(HandleKind.ServerInfo, (_context, handle) => serverInfos.delete(handle).end());

/** A field as a number, `parse`d from its bytes; tells through `outErr` (where not NULL) whether it was one. */
function numberField<T>(
  data: number,
  field: number,
  outErr: number,
  parse: (bytes: Uint8Array, offset: number, length: number) => T | null,
): T | 0 {
  const value = serverInfos.get(data).fields.get(byteString(field));
  const bytes = value === undefined ? null : Buffer.from(value, 'latin1');
  const parsed = bytes === null ? null : parse(bytes, 0, bytes.length);
  if (outErr !== 0) writeI32(outErr, status(parsed !== null));
  return parsed ?? 0;
}

export const info: ApiFunction[] = [
  api(
    '6.0',
    'int RedisModule_RegisterInfoFunc(RedisModuleCtx *ctx, RedisModuleInfoFunc cb)',
    1,
    (ctx: number, func: number) => {
      const { module } = contextAt(ctx);
      if (module === null) return fail('there is no module yet');
      module.infoFunction = func === 0 ? null : bindCallback(INFO_FUNC, func);
      return 0;
    },
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddSection(RedisModuleInfoCtx *ctx, const char *name)',
    1,
    (ctx: number, name: number) => status(infoContexts.get(ctx).addSection(byteString(name))),
  ),
  api(
    '6.0',
    'int RedisModule_InfoBeginDictField(RedisModuleInfoCtx *ctx, const char *name)',
    1,
    (ctx: number, name: number) => status(infoContexts.get(ctx).beginDict(byteString(name))),
  ),
  api('6.0', 'int RedisModule_InfoEndDictField(RedisModuleInfoCtx *ctx)', 1, (ctx: number) =>
    status(infoContexts.get(ctx).endDict()),
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddFieldString(RedisModuleInfoCtx *ctx, const char *field, RedisModuleString *value)',
    1,
    (ctx: number, field: number, value: number) =>
      addField(ctx, field, Buffer.from(moduleStrings.view(value)).toString('latin1')),
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddFieldCString(RedisModuleInfoCtx *ctx, const char *field, const char *value)',
    1,
    (ctx: number, field: number, value: number) => addField(ctx, field, byteString(value)),
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddFieldDouble(RedisModuleInfoCtx *ctx, const char *field, double value)',
    1,
    (ctx: number, field: number, value: number) => addField(ctx, field, formatDouble(value)),
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddFieldLongLong(RedisModuleInfoCtx *ctx, const char *field, long long value)',
    1,
    (ctx: number, field: number, value: number | bigint) => addField(ctx, field, String(value)),
  ),
  api(
    '6.0',
    'int RedisModule_InfoAddFieldULongLong(RedisModuleInfoCtx *ctx, const char *field, unsigned long long value)',
    1,
    (ctx: number, field: number, value: number | bigint) => addField(ctx, field, String(toU64(value))),
  ),

  api(
    '6.0',
    'RedisModuleServerInfoData *RedisModule_GetServerInfo(RedisModuleCtx *ctx, const char *section)',
    0,
    (ctx: number, section: number) => {
      const context = contextOrNull(ctx);
      const { env } = context?.host ?? currentHost();
      const handle = serverInfos.create(new ServerInfo(env.facts.info(section === 0 ? [] : [byteString(section)])));
      autoMemoryAdd(context, HandleKind.ServerInfo, handle);
      return handle;
    },
  ),
  api(
    '6.0',
    'void RedisModule_FreeServerInfo(RedisModuleCtx *ctx, RedisModuleServerInfoData *data)',
    undefined,
    (ctx: number, data: number) => {
      autoMemoryFreed(contextOrNull(ctx), data);
      serverInfos.delete(data).end();
    },
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_ServerInfoGetField(RedisModuleCtx *ctx, RedisModuleServerInfoData *data, const char *field)',
    0,
    (ctx: number, data: number, field: number) => {
      const value = serverInfos.get(data).fields.get(byteString(field));
      return value === undefined ? 0 : newString(ctx, value);
    },
  ),
  api(
    '6.0',
    'const char *RedisModule_ServerInfoGetFieldC(RedisModuleServerInfoData *data, const char *field)',
    0,
    (data: number, field: number) => serverInfos.get(data).text(byteString(field)),
  ),
  api(
    '6.0',
    'long long RedisModule_ServerInfoGetFieldSigned(RedisModuleServerInfoData *data, const char *field, int *out_err)',
    0,
    (data: number, field: number, outErr: number) => numberField(data, field, outErr, parseLongLong),
  ),
  api(
    '6.0',
    'unsigned long long RedisModule_ServerInfoGetFieldUnsigned(RedisModuleServerInfoData *data, const char *field, int *out_err)',
    0,
    (data: number, field: number, outErr: number) => numberField(data, field, outErr, parseULongLong),
  ),
  api(
    '6.0',
    'double RedisModule_ServerInfoGetFieldDouble(RedisModuleServerInfoData *data, const char *field, int *out_err)',
    0,
    (data: number, field: number, outErr: number) => numberField(data, field, outErr, doubleOrNull),
  ),
];

function doubleOrNull(bytes: Uint8Array, offset: number, length: number): number | null {
  const value = parseDouble(bytes, offset, length);
  return Number.isNaN(value) ? null : value;
}
