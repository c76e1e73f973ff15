// Directives of modules.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt, contextOrNull } from '../abi/contexts.ts';
import { readCString, readI32, readLatin1, readPtrArray, setErrno } from '../abi/native-memory.ts';
import {
  type ConfigFunctions,
  type ConfigValues,
  configFlagsProblem,
  loadConfigs,
  registerConfig,
} from '../module-configs.ts';
import { fail } from '../runtime.ts';

const EBUSY = 16;
const EINVAL = 22;
const EALREADY = 114;

/** The common part of all registrations. */
function register(
  ctx: number,
  nameAddr: number,
  flags: number,
  functions: ConfigFunctions,
  values: ConfigValues,
): 0 | 1 {
  const { module, host } = contextAt(ctx);
  if (module === null || !module.loading) {
    setErrno(EBUSY);
    return fail('configurations can only be registered in RedisModule_OnLoad');
  }
  const name = readCString(nameAddr);
  const refuse = (errno: number, problem: string): 1 => {
    host.env.log('warning', problem);
    setErrno(errno);
    return fail(problem);
  };
  const problem = configFlagsProblem(flags >>> 0, values.kind);
  if (problem !== null) return refuse(EINVAL, problem);
  if (name === '') {
    setErrno(EINVAL);
    return fail('the name is empty');
  }
  const bad = /[^A-Za-z0-9_-]/.exec(name);
  if (bad !== null) return refuse(EINVAL, `Invalid character ${bad[0]} in Module resource name ${name}.`);
  module.configCount++;
  if (registerConfig(module, name, values, flags, functions)) return 0;
  module.configCount--;
  return refuse(EALREADY, `Configuration by the name: ${name} already registered`);
}

export const configs: ApiFunction[] = [
  api(
    '7.0',
    'int RedisModule_RegisterStringConfig(RedisModuleCtx *ctx, const char *name, const char *default_val, unsigned int flags, RedisModuleConfigGetStringFunc getfn, RedisModuleConfigSetStringFunc setfn, RedisModuleConfigApplyFunc applyfn, void *privdata)',
    1,
    (
      ctx: number,
      name: number,
      initial: number,
      flags: number,
      get: number,
      set: number,
      apply: number,
      data: number,
    ) =>
      register(
        ctx,
        name,
        flags,
        { get, set, apply, privdata: data },
        { kind: 'string', initial: initial === 0 ? '' : readLatin1(initial) },
      ),
  ),
  api(
    '7.0',
    'int RedisModule_RegisterBoolConfig(RedisModuleCtx *ctx, const char *name, int default_val, unsigned int flags, RedisModuleConfigGetBoolFunc getfn, RedisModuleConfigSetBoolFunc setfn, RedisModuleConfigApplyFunc applyfn, void *privdata)',
    1,
    (
      ctx: number,
      name: number,
      initial: number,
      flags: number,
      get: number,
      set: number,
      apply: number,
      data: number,
    ) => register(ctx, name, flags, { get, set, apply, privdata: data }, { kind: 'bool', initial: initial !== 0 }),
  ),
  api(
    '7.0',
    'int RedisModule_RegisterEnumConfig(RedisModuleCtx *ctx, const char *name, int default_val, unsigned int flags, const char **enum_values, const int *int_values, int num_enum_vals, RedisModuleConfigGetEnumFunc getfn, RedisModuleConfigSetEnumFunc setfn, RedisModuleConfigApplyFunc applyfn, void *privdata)',
    1,
    (
      ctx: number,
      name: number,
      initial: number,
      flags: number,
      names: number,
      numbers: number,
      count: number,
      get: number,
      set: number,
      apply: number,
      data: number,
    ) => {
      const values = readPtrArray(names, count).map((addr, i) => [readLatin1(addr), readI32(numbers + 4 * i)] as const);
      return register(ctx, name, flags, { get, set, apply, privdata: data }, { kind: 'enum', initial, values });
    },
  ),
  api(
    '7.0',
    'int RedisModule_RegisterNumericConfig(RedisModuleCtx *ctx, const char *name, long long default_val, unsigned int flags, long long min, long long max, RedisModuleConfigGetNumericFunc getfn, RedisModuleConfigSetNumericFunc setfn, RedisModuleConfigApplyFunc applyfn, void *privdata)',
    1,
    (
      ctx: number,
      name: number,
      initial: number | bigint,
      flags: number,
      min: number | bigint,
      max: number | bigint,
      get: number,
      set: number,
      apply: number,
      data: number,
    ) =>
      register(
        ctx,
        name,
        flags,
        { get, set, apply, privdata: data },
        { kind: 'numeric', initial: BigInt(initial), min: BigInt(min), max: BigInt(max) },
      ),
  ),
  api('7.0', 'int RedisModule_LoadConfigs(RedisModuleCtx *ctx)', 1, (ctx: number) => {
    const module = contextOrNull(ctx)?.module ?? null;
    if (module === null || !module.loading) return fail('configurations can only be loaded in RedisModule_OnLoad');
    return loadConfigs(module) ? 0 : fail('a value was refused');
  }),
];
