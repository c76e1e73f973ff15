// The server's own directives, as modules list, read and set them.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { autoMemoryAdd, contextOrNull, type ModuleContext } from '../abi/contexts.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { free, mallocBytes, readLatin1, writeI32, writeI64, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { ModuleEnv } from '../env.ts';
import { currentHost, currentModuleId, fail } from '../runtime.ts';

/** REDISMODULE_CONFIG_TYPE_ by the kind of a directive; all others are strings. */
const TYPES: Readonly<Record<string, number>> = { bool: 0, numeric: 1, string: 2, enum: 3 };
const TYPE_STRING = 2;
const NO_DIRECTIVE = 'there is no such directive';
const OTHER_TYPE = 'the directive is of another type';

interface ConfigIterator {
  readonly names: readonly string[];
  next: number;
  /** C string of the name given last. */
  room: number;
}

const iterators = new HandleTable<ConfigIterator>(HandleKind.ConfigIterator);

function envOf(context: ModuleContext | null): ModuleEnv {
  return (context?.host ?? currentHost()).env;
}

/** The kind of a directive, null when there is none. */
function kindOf(env: ModuleEnv, name: string): string | null {
  return env.directives.find(name)?.directive.kind ?? null;
}

function newString(context: ModuleContext | null, bytes: Uint8Array): number {
  const handle = moduleStrings.fromBytes(bytes, 0, bytes.length, currentModuleId());
  autoMemoryAdd(context, HandleKind.String, handle);
  return handle;
}

/** Stores the value of a directive as a string. */
function getText(ctx: number, nameAddress: number, target: number, kind: string | null): number {
  const context = contextOrNull(ctx);
  const env = envOf(context);
  const name = readLatin1(nameAddress);
  const found = kindOf(env, name);
  const value = found === null ? null : env.configGet(name);
  if (value === null) return fail(NO_DIRECTIVE);
  if (kind !== null && found !== kind) return fail(OTHER_TYPE);
  writePtr(target, newString(context, Buffer.from(value, 'latin1')));
  return 0;
}

/** The value of a directive as a number; null when it is none of the kind. */
function getNumber(ctx: number, nameAddress: number, kind: string): number | bigint | null {
  const env = envOf(contextOrNull(ctx));
  const name = readLatin1(nameAddress);
  if (kindOf(env, name) !== kind) return null;
  const entry = env.directives.find(name)!;
  return kind === 'bool' ? entry.num : BigInt(entry.value as bigint | number);
}

/** Sets a directive as CONFIG SET does; the reason of a refusal goes to `errorTarget`. */
function set(ctx: number, nameAddress: number, value: string, errorTarget: number, kind: string | null): number {
  const context = contextOrNull(ctx);
  const env = envOf(context);
  const name = readLatin1(nameAddress);
  const found = kindOf(env, name);
  let problem: string | null = null;
  if (found === null) problem = `Unknown config name`;
  else if (kind !== null && found !== kind) problem = 'Config type mismatch';
  else problem = env.configSet(name, value);
  if (errorTarget !== 0)
    writePtr(errorTarget, problem === null ? 0 : newString(context, Buffer.from(problem, 'latin1')));
  return problem === null ? 0 : fail(problem);
}

export const serverConfigs: ApiFunction[] = [
  api(
    '8.2',
    'RedisModuleConfigIterator *RedisModule_ConfigIteratorCreate(RedisModuleCtx *ctx, const char *pattern)',
    0,
    (ctx: number, pattern: number) => {
      const { directives } = envOf(contextOrNull(ctx));
      const names = directives.get([pattern === 0 ? '*' : readLatin1(pattern)]).map(([name]) => name);
      return iterators.create({ names, next: 0, room: 0 });
    },
  ),
  api('8.2', 'const char *RedisModule_ConfigIteratorNext(RedisModuleConfigIterator *iter)', 0, (handle: number) => {
    const iterator = iterators.get(handle);
    const name = iterator.names[iterator.next];
    if (name === undefined) return 0;
    iterator.next++;
    free(iterator.room);
    iterator.room = mallocBytes(Buffer.from(name, 'latin1'));
    return iterator.room;
  }),
  api(
    '8.2',
    'void RedisModule_ConfigIteratorRelease(RedisModuleCtx *ctx, RedisModuleConfigIterator *iter)',
    undefined,
    (_ctx: number, handle: number) => {
      free(iterators.delete(handle).room);
    },
  ),
  api(
    '8.2',
    'int RedisModule_ConfigGetType(const char *name, RedisModuleConfigType *res)',
    1,
    (name: number, target: number) => {
      const kind = kindOf(envOf(null), readLatin1(name));
      if (kind === null) return fail(NO_DIRECTIVE);
      writeI32(target, TYPES[kind] ?? TYPE_STRING);
      return 0;
    },
  ),
  api(
    '8.2',
    'int RedisModule_ConfigGet(RedisModuleCtx *ctx, const char *name, RedisModuleString **res)',
    1,
    (ctx: number, name: number, target: number) => getText(ctx, name, target, null),
  ),
  api(
    '8.2',
    'int RedisModule_ConfigGetEnum(RedisModuleCtx *ctx, const char *name, RedisModuleString **res)',
    1,
    (ctx: number, name: number, target: number) => getText(ctx, name, target, 'enum'),
  ),
  api(
    '8.2',
    'int RedisModule_ConfigGetBool(RedisModuleCtx *ctx, const char *name, int *res)',
    1,
    (ctx: number, name: number, target: number) => {
      const value = getNumber(ctx, name, 'bool');
      if (value === null) return fail(OTHER_TYPE);
      writeI32(target, Number(value));
      return 0;
    },
  ),
  api(
    '8.2',
    'int RedisModule_ConfigGetNumeric(RedisModuleCtx *ctx, const char *name, long long *res)',
    1,
    (ctx: number, name: number, target: number) => {
      const value = getNumber(ctx, name, 'numeric');
      if (value === null) return fail(OTHER_TYPE);
      writeI64(target, value);
      return 0;
    },
  ),
  api(
    '8.2',
    'int RedisModule_ConfigSet(RedisModuleCtx *ctx, const char *name, RedisModuleString *value, RedisModuleString **err)',
    1,
    (ctx: number, name: number, value: number, error: number) => set(ctx, name, latin1(value), error, null),
  ),
  api(
    '8.2',
    'int RedisModule_ConfigSetEnum(RedisModuleCtx *ctx, const char *name, RedisModuleString *value, RedisModuleString **err)',
    1,
    (ctx: number, name: number, value: number, error: number) => set(ctx, name, latin1(value), error, 'enum'),
  ),
  api(
    '8.2',
    'int RedisModule_ConfigSetBool(RedisModuleCtx *ctx, const char *name, int value, RedisModuleString **err)',
    1,
    (ctx: number, name: number, value: number, error: number) =>
      set(ctx, name, value === 0 ? 'no' : 'yes', error, 'bool'),
  ),
  api(
    '8.2',
    'int RedisModule_ConfigSetNumeric(RedisModuleCtx *ctx, const char *name, long long value, RedisModuleString **err)',
    1,
    (ctx: number, name: number, value: number | bigint, error: number) =>
      set(ctx, name, String(value), error, 'numeric'),
  ),
];

function latin1(handle: number): string {
  return Buffer.from(moduleStrings.view(handle)).toString('latin1');
}
