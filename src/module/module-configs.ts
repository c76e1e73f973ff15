// Directives that modules add to the configuration: `<module>.<name>`.
//
// The values live in the module: its get function is asked for them, its set function is given new ones and may refuse
// them. After a CONFIG SET the apply function runs, once for all directives that share function and private data.

import type { ApplyHook } from '../config/config.ts';
import {
  bool,
  DENY_LOADING,
  type Directive,
  enumeration,
  HIDDEN,
  IMMUTABLE,
  MODULE,
  MULTI_ARG,
  numeric,
  PROTECTED,
  SENSITIVE,
  type Storage,
  string,
} from '../config/directive.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind } from './abi/contexts.ts';
import { free, internCString, malloc, readPtr, writePtr } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import type { Module } from './module.ts';

// REDISMODULE_CONFIG_ flags
const CONFIG_MEMORY = 128;
const CONFIG_BITFLAGS = 256;
/** The directive's name does not begin with the module's. */
const CONFIG_UNPREFIXED = 512;
const FLAGS: readonly (readonly [theirs: number, ours: number])[] = [
  [1, IMMUTABLE],
  [2, SENSITIVE],
  [16, HIDDEN],
  [32, PROTECTED],
  [64, DENY_LOADING],
  [CONFIG_MEMORY, 0],
  [CONFIG_BITFLAGS, MULTI_ARG],
  [CONFIG_UNPREFIXED, 0],
];
const KNOWN_FLAGS = FLAGS.reduce((all, [theirs]) => all | theirs, 0);
/** Room for the text of a refusal, in bytes. */
const ERROR_BYTES = 255;

const APPLY_FUNC = 'int RedisModuleConfigApplyFunc(RedisModuleCtx *ctx, void *privdata, RedisModuleString **err)';
const SET_TYPES = { string: 'RedisModuleString *', numeric: 'long long ', bool: 'int ', enum: 'int ' } as const;

type ConfigKind = keyof typeof SET_TYPES;

/** Addresses of the functions that keep a directive's value, and what they are called with. */
export interface ConfigFunctions {
  readonly get: number;
  readonly set: number;
  /** 0: none. */
  readonly apply: number;
  readonly privdata: number;
}

/** The flags' complaint, null when they suit the kind of directive. Texts are Redis's. */
export function configFlagsProblem(flags: number, kind: ConfigKind): string | null {
  if ((flags & ~KNOWN_FLAGS) !== 0) return 'Invalid flag(s) for configuration';
  // Redis, too, takes memory units for strings and does nothing with them.
  if (kind !== 'numeric' && kind !== 'string' && flags & CONFIG_MEMORY) {
    return 'Numeric flag provided for non-numeric configuration.';
  }
  if (kind !== 'enum' && flags & CONFIG_BITFLAGS) return 'Enum flag provided for non-enum configuration.';
  return null;
}

/** Calls `fn` with the address of an error pointer; the text of the refusal ('' without words), null when there is none. */
function refusalOf(fn: (errAddr: number) => number | bigint): string | null {
  const errAddr = malloc(8);
  writePtr(errAddr, 0);
  try {
    const refused = Number(fn(errAddr)) !== 0;
    const handle = readPtr(errAddr);
    let text = '';
    if (handle !== 0) {
      text = Buffer.from(moduleStrings.view(handle)).subarray(0, ERROR_BYTES).toString('latin1');
      moduleStrings.release(moduleStrings.index(handle));
    }
    return refused ? text : null;
  } finally {
    free(errAddr);
  }
}

/** A directive of one module, connected to the module's functions. */
class Connected {
  readonly module: Module;
  readonly nameAddr: number;
  readonly privdata: number;
  readonly get: NativeFunction;
  readonly set: NativeFunction;

  constructor(module: Module, name: string, kind: ConfigKind, functions: ConfigFunctions) {
    this.module = module;
    this.nameAddr = internCString(name);
    this.privdata = functions.privdata;
    const type = SET_TYPES[kind];
    this.get = bindCallback(`${type}get(const char *name, void *privdata)`, functions.get);
    this.set = bindCallback(
      `int set(const char *name, ${type}val, void *privdata, RedisModuleString **err)`,
      functions.set,
    );
  }

  /** Runs `fn` as a call into the module. */
  call<T>(fn: () => T): T {
    return this.module.host.callModule(this.module, ContextKind.Call, null, null, fn);
  }

  /** A value that crosses as a number. */
  numberStorage<V>(fromNative: (value: number | bigint) => V, toNative: (value: V) => number | bigint): Storage<V> {
    return {
      get: () => fromNative(this.call(() => this.get(this.nameAddr, this.privdata))),
      set: (value) => this.call(() => refusalOf((err) => this.set(this.nameAddr, toNative(value), this.privdata, err))),
    };
  }

  stringStorage(): Storage<string | null> {
    return {
      get: () =>
        this.call(() => {
          const handle = Number(this.get(this.nameAddr, this.privdata));
          return handle === 0 ? null : Buffer.from(moduleStrings.view(handle)).toString('latin1');
        }),
      set: (value) =>
        this.call(() => {
          const bytes = Buffer.from(value ?? '', 'latin1');
          const handle = moduleStrings.fromBytes(bytes, 0, bytes.length, this.module.id);
          try {
            return refusalOf((err) => this.set(this.nameAddr, handle, this.privdata, err));
          } finally {
            moduleStrings.release(moduleStrings.index(handle));
          }
        }),
    };
  }
}

/** What RM_Register*Config is given beyond the functions. */
export type ConfigValues =
  | { readonly kind: 'string'; readonly initial: string }
  | { readonly kind: 'bool'; readonly initial: boolean }
  | { readonly kind: 'numeric'; readonly initial: bigint; readonly min: bigint; readonly max: bigint }
  | { readonly kind: 'enum'; readonly initial: number; readonly values: readonly (readonly [string, number])[] };

function makeDirective(connected: Connected, name: string, values: ConfigValues, theirFlags: number): Directive {
  let flags = MODULE;
  for (const [theirs, ours] of FLAGS) if (theirFlags & theirs) flags |= ours;
  switch (values.kind) {
    case 'string':
      return string(name, values.initial, { flags, allowEmpty: true, storage: connected.stringStorage() }) as Directive;
    case 'bool': {
      const storage = connected.numberStorage<boolean>(
        (value) => Number(value) !== 0,
        (value) => (value ? 1 : 0),
      );
      return bool(name, values.initial, { flags, storage }) as Directive;
    }
    case 'numeric': {
      const { initial, min, max } = values;
      const unit = theirFlags & CONFIG_MEMORY ? 'memory' : 'integer';
      const storage = connected.numberStorage<bigint>(BigInt, (value) => value);
      return numeric(name, { flags, initial, min, max, unit, storage }) as Directive;
    }
    case 'enum': {
      const storage = connected.numberStorage<number>(Number, (value) => value);
      return enumeration(name, values.values, values.initial, { flags, storage }) as Directive;
    }
  }
}

/** Adds a directive; false when the name is taken. `name` is without the module's. */
export function registerConfig(
  module: Module,
  name: string,
  values: ConfigValues,
  flags: number,
  functions: ConfigFunctions,
): boolean {
  const { directives } = module.host.env;
  const fullName = flags & CONFIG_UNPREFIXED ? name : `${module.name}.${name}`;
  const directive = makeDirective(new Connected(module, name, values.kind, functions), fullName, values, flags);
  if (!directives.register(directive)) return false;
  module.configs.push(directive);
  module.onUnload(() => directives.unregister(fullName));
  if (functions.apply !== 0) module.onUnload(directives.onApply(fullName, applyHook(module, functions)));
  return true;
}

/** The hook that calls an apply function: the same one for the same function and private data. */
function applyHook(module: Module, { apply, privdata }: ConfigFunctions): ApplyHook {
  const key = `${apply}:${privdata}`;
  let hook = module.applyHooks.get(key);
  if (hook === undefined) {
    const call = bindCallback(APPLY_FUNC, apply);
    hook = () =>
      module.host.callModule(module, ContextKind.Call, null, null, (context) =>
        refusalOf((err) => call(context.addr, privdata, err)),
      );
    module.applyHooks.set(key, hook);
  }
  return hook;
}

/** Takes the value of a directive, named in any letter case, out of a map; undefined when it is not there. */
function take<V>(values: Map<string, V>, name: string): V | undefined {
  const lower = name.toLowerCase();
  for (const [key, value] of values) {
    if (key.toLowerCase() !== lower) continue;
    values.delete(key);
    return value;
  }
  return undefined;
}

/**
 * RM_LoadConfigs: gives every directive of the module the value that LOADEX or the configuration file has for it, or its
 * default. False after a line in the log.
 */
export function loadConfigs(module: Module): boolean {
  const { host } = module;
  const { env, pendingConfigs } = host;
  for (const { name, initial, storage } of module.configs) {
    const given = take(pendingConfigs, name) ?? take(env.directives.moduleValues, name)?.args.join(' ');
    let error: string | null;
    if (given !== undefined) {
      const entry = env.directives.find(name)!;
      error = entry.set(entry.splitValue(given), { phase: 'set', first: false }).error;
      if (error !== null) env.log('warning', `Issue during loading of configuration ${name} : ${error || '(null)'}`);
    } else {
      error = storage!.set(initial());
      if (error !== null) {
        const prefix = `${module.name}.`;
        const shortName = name.startsWith(prefix) ? name.slice(prefix.length) : name;
        env.log(
          'warning',
          `Issue attempting to set default value of configuration ${shortName} : ${error || '(null)'}`,
        );
      }
    }
    if (error !== null) {
      pendingConfigs.clear();
      return false;
    }
  }
  module.configsLoaded = true;
  return true;
}
