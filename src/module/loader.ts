// Loading and unloading modules.
//
// Every failure is told twice: in Redis's words, and in a line of ours that says why. A failed load leaves nothing behind:
// what the module registered until then is taken back.

import { statSync } from 'node:fs';
import { asciiLower } from '../config/text.ts';
import { bindCallback } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext } from './abi/contexts.ts';
import { free, malloc, setScratchPtr, storeStruct } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { apiTable } from './api/index.ts';
import type { LentString, LoadedModule, LoadOptions, ModuleHost } from './host.ts';
import { Module } from './module.ts';
import { LoadReport } from './report.ts';
import { runtime } from './runtime.ts';
import { ModuleLibrary } from './shared-object.ts';

const ON_LOAD = 'int OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)';
const ON_UNLOAD = 'int OnUnload(RedisModuleCtx *ctx)';
const REDISMODULE_ERR = 1;

/** Loads a module into a server; true on success. */
export function loadModule(host: ModuleHost, path: string, args: readonly Uint8Array[], options: LoadOptions): boolean {
  if (!isExecutable(path)) {
    host.env.log('warning', `Module ${path} failed to load: It does not have execute permissions.`);
    return false;
  }
  for (const ended of runtime.endedHosts) ended.removeCode();
  const library = ModuleLibrary.open(path, host);
  if (typeof library === 'string') {
    host.env.log('warning', `Module ${path} failed to load: ${library}`);
    return false;
  }
  const onLoad = library.entry('OnLoad');
  if (onLoad === null) {
    library.close();
    host.env.log('warning', `Module ${path} does not export RedisModule_OnLoad() symbol. Module not loaded.`);
    return false;
  }
  const module = new Module(host, path, args, onLoad.family);
  const loaded: LoadedModule = {
    module,
    library,
    args: args.map((arg) => lentString(arg, module)),
    refusesToGo: false,
  };
  host.pendingConfigs = options.configs ?? new Map();
  const report = new LoadReport();
  if (!runOnLoad(host, loaded, onLoad.address, report)) {
    abandon(host, loaded);
    const why = report.busyName === null || module.name !== '' ? 'Module not loaded.' : 'Module name is busy.';
    host.env.log('warning', `Module ${path} initialization failed. ${why}`);
    host.env.log('warning', `Module ${path}: ${report.summary('RedisModule_OnLoad returned an error of its own')}`);
    return false;
  }
  return finishLoad(host, loaded, options);
}

function lentString(bytes: Uint8Array, module: Module): LentString {
  const handle = moduleStrings.fromBytes(bytes, 0, bytes.length, module.id);
  const index = moduleStrings.index(handle);
  return { handle, index, serial: moduleStrings.serial[index]! };
}

/** Redis's check: only files that exist and have no execute bit at all are refused here; dlopen judges the rest. */
function isExecutable(path: string): boolean {
  try {
    return (statSync(path).mode & 0o111) !== 0;
  } catch {
    return true;
  }
}

/** Calls OnLoad. True when it succeeded and the module introduced itself. */
function runOnLoad(host: ModuleHost, loaded: LoadedModule, address: number, report: LoadReport): boolean {
  const { args } = loaded;
  const context = host.contexts.createOnLoad(apiTable().getApiOf(host.usesShim));
  const outer = { current: runtime.current, report: runtime.report };
  const argv = malloc(8 * args.length + 8);
  for (const [i, { handle }] of args.entries()) {
    setScratchPtr(0, handle);
    storeStruct(argv + 8 * i, 8);
  }
  context.module = loaded.module;
  runtime.current = context;
  runtime.report = report;
  try {
    const status = bindCallback(ON_LOAD, address)(context.addr, argv, args.length);
    return Number(status) !== REDISMODULE_ERR && isIntroduced(context, report);
  } finally {
    runtime.current = outer.current;
    runtime.report = outer.report;
    free(argv);
    host.contexts.release(context);
  }
}

/** A module that returns OK without having called RedisModule_Init has no name and cannot be kept. */
function isIntroduced(context: ModuleContext, report: LoadReport): boolean {
  if (context.module !== null && context.module.name !== '') return true;
  report.failedCalls.push('RedisModule_OnLoad returned without having called RedisModule_Init');
  return false;
}

/** OnLoad succeeded: puts the module on the list, unless its configuration did not work out. */
function finishLoad(host: ModuleHost, loaded: LoadedModule, options: LoadOptions): boolean {
  const { module } = loaded;
  module.loading = false;
  host.modules.set(asciiLower(module.name), loaded);
  host.env.log('notice', `Module '${module.name}' loaded from ${module.path}`);
  const problems: string[] = [];
  if (module.configCount > 0 && !module.configsLoaded) {
    problems.push('Module Configurations were not set, likely a missing LoadConfigs call. Unloading the module.');
  }
  if (options.configs != null && host.pendingConfigs.size > 0) {
    problems.push('Loadex configurations were not applied, likely due to invalid arguments. Unloading the module.');
  }
  if (problems.length > 0) {
    for (const problem of problems) host.env.log('warning', problem);
    const names = [...host.pendingConfigs.keys()].join(', ');
    if (names !== '') host.env.log('warning', `Module ${module.path}: it has no configuration named ${names}`);
    host.pendingConfigs = new Map();
    // What stands in the way of unloading a module that works (a data type) does not keep this one.
    remove(host, loaded);
    return false;
  }
  for (const listener of host.listeners) listener(module, 'loaded');
  return true;
}

/** Takes back what a module registered, and closes its library unless a thread is inside. */
function abandon(host: ModuleHost, loaded: LoadedModule): boolean {
  const { module, library, args } = loaded;
  module.takeBack();
  if (library.hasThreads) {
    host.env.log('warning', `Module ${module.path}: threads of it still run, so its code stays in memory.`);
    return true;
  }
  host.contexts.releaseAllOf(module);
  for (const { index, serial } of args) moduleStrings.takeBack(index, serial);
  return library.close();
}

/** Ends a module of a server that is going away. Its code stays in memory: see `removeCode`. */
export function leaveModule(host: ModuleHost, loaded: LoadedModule): void {
  const { module } = loaded;
  if (module.unloadRefusal() === null && !runOnUnload(host, loaded)) loaded.refusesToGo = true;
  module.takeBack();
}

/** Closes the library of a module that was ended, unless a thread is inside or the module does not want to go. */
export function removeCode(host: ModuleHost, { module, library, args, refusesToGo }: LoadedModule): boolean {
  if (refusesToGo || library.hasThreads) return false;
  host.contexts.releaseAllOf(module);
  for (const { index, serial } of args) moduleStrings.takeBack(index, serial);
  library.close();
  return true;
}

/** Whether a function of the module waits for what is going on now: its code must not go away. */
function isRunning(module: Module): boolean {
  for (let context = runtime.current; context !== null; context = context.outer) {
    if (context.module === module) return true;
  }
  return false;
}

/** Calls OnUnload; false when the module does not want to go. */
function runOnUnload(host: ModuleHost, { module, library }: LoadedModule): boolean {
  const onUnload = library.entry('OnUnload');
  if (onUnload === null) return true;
  const status = host.callModule(module, ContextKind.Call, null, null, (context) =>
    bindCallback(ON_UNLOAD, onUnload.address)(context.addr),
  );
  return Number(status) !== REDISMODULE_ERR;
}

/** Unloads a module (its name in any case); null on success, otherwise the reason. */
export function unloadModule(host: ModuleHost, name: string): string | null {
  const loaded = host.find(name);
  if (loaded === undefined) return 'no such module with that name';
  const { module } = loaded;
  const refusal = module.unloadRefusal() ?? (isRunning(module) ? 'operation not possible.' : null);
  if (refusal !== null) return refusal;
  if (!runOnUnload(host, loaded)) {
    host.env.log('warning', `Module ${module.name} OnUnload failed. Unload canceled.`);
    return 'operation not possible.';
  }
  end(host, loaded);
  return null;
}

/** Unloads a module whether it can be unloaded or not; only for one that came to the list just now. */
function remove(host: ModuleHost, loaded: LoadedModule): void {
  runOnUnload(host, loaded);
  end(host, loaded);
}

function end(host: ModuleHost, loaded: LoadedModule): void {
  const { module } = loaded;
  const { name } = module;
  if (!abandon(host, loaded)) {
    host.env.log('warning', `Error when trying to close the ${name} module: dlclose failed`);
  }
  host.modules.delete(asciiLower(name));
  host.env.log('notice', `Module ${name} unloaded`);
  for (const listener of host.listeners) listener(module, 'unloaded');
}
