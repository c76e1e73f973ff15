// The modules of one server.

import { asciiLower } from '../config/text.ts';
import { nativeShim } from '../memory/shim.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import { TYPE_MODULE } from '../store/entry-layout.ts';
import { type ContextKind, ContextPool, type ModuleContext } from './abi/contexts.ts';
import { ShimLock } from './abi/shim-lock.ts';
import { type ThreadCalls, threadCalls } from './abi/thread-calls.ts';
import { type ModuleLock, SemaphoreLock } from './abi/thread-contexts.ts';
import { lingerAtThreadEnd } from './abi/thread-end.ts';
import { apiTable, releaseApiTable } from './api/index.ts';
import { forgetBlockedClients } from './blocked-handles.ts';
import { closedEnv } from './closed-env.ts';
import { CommandFilters } from './command-filters.ts';
import type { ModuleClient, ModuleEnv } from './env.ts';
import { ModuleEventLoop } from './event-loop.ts';
import { endForkChildOf } from './fork-child.ts';
import { leaveModule, loadModule, removeCode, unloadModule } from './loader.ts';
import { MisuseLog } from './misuse.ts';
import type { Module } from './module.ts';
import { loadModuleValue, saveModuleValue } from './module-values.ts';
import { moduleValueOps } from './native-types.ts';
import { openEntries } from './open-keys.ts';
import { runtime } from './runtime.ts';
import { ServerEvents } from './server-events.ts';
import type { ModuleLibrary } from './shared-object.ts';

/** A string of the host's that a module may use, and free too often. */
export interface LentString {
  readonly handle: number;
  /** Its entry in the table, and which of the entry's lives it is. */
  readonly index: number;
  readonly serial: number;
}

/** A module with its library and the strings that hold its arguments, which it may keep. */
export interface LoadedModule {
  module: Module;
  library: ModuleLibrary;
  args: LentString[];
  /** OnUnload said no when the server ended. */
  refusesToGo: boolean;
}

/** What MODULE LOAD and MODULE LOADEX ask for. */
export interface LoadOptions {
  /** CONFIG pairs of LOADEX; null for LOAD. Values are consumed by RM_LoadConfigs. */
  configs?: Map<string, string> | null;
}

export class ModuleHost {
  /** Modules can be loaded; see `NoModules`. */
  readonly refusal: null = null;
  env: ModuleEnv;
  /** The server has ended. */
  closed = false;
  /** Modules whose code is in memory after the end of the server. */
  private staying: LoadedModule[] = [];
  readonly lock: ModuleLock;
  /** Calls of threads, where they are handed over. */
  private calls: ThreadCalls | null = null;
  readonly contexts: ContextPool;
  /** By name in lower case: names of modules are compared without case. */
  readonly modules = new Map<string, LoadedModule>();
  /** CONFIG pairs of the LOADEX that is going on and that no module has taken yet. */
  pendingConfigs: Map<string, string> = new Map();
  /** Called with each change of the list of modules. */
  readonly listeners: ((module: Module, event: 'loaded' | 'unloaded') => void)[] = [];

  /** Categories of commands that modules added, in lower case. */
  readonly aclCategories: Set<string>;
  /** Functions that modules offer to others. */
  readonly sharedApis = new Map<string, { readonly module: Module; readonly address: number }>();
  readonly serverEvents: ServerEvents;
  readonly filters: CommandFilters = new CommandFilters(this);
  readonly eventLoop: ModuleEventLoop;
  /** Of modules that cannot be told. */
  readonly misuses = new MisuseLog();
  /** Modules get the functions of the native shim, where it has them. */
  readonly usesShim: boolean;

  /** Registers the API with the process when this is its first server. Must not run inside a module's call. */
  constructor(env: ModuleEnv, usesShim: boolean = typeof nativeShim() !== 'string') {
    if (runtime.current !== null) throw new Error('A server cannot be started from inside a module');
    apiTable();
    lingerAtThreadEnd();
    this.env = env;
    this.usesShim = usesShim;
    this.aclCategories = env.access.categories;
    this.lock = usesShim ? this.newShimLock() : new SemaphoreLock();
    this.contexts = new ContextPool(this, this.lock);
    const { keyspace } = env.data;
    keyspace.types.register(TYPE_MODULE, { ...moduleValueOps, save: saveModuleValue, load: loadModuleValue });
    keyspace.compaction.pinned = () => openEntries(keyspace);
    this.serverEvents = new ServerEvents(this);
    this.eventLoop = new ModuleEventLoop(this);
    for (const host of runtime.hosts) host.withdrawContexts();
    runtime.hosts.push(this);
  }

  /**
   * Has contexts ready for threads that ask for one, so that these do not wait. Whose thread asks is not known then: only
   * while there is one server.
   */
  offerContexts(): void {
    if (this.calls !== null && runtime.hosts.length === 1 && !this.closed) this.contexts.fillSpares(this.calls);
  }

  private withdrawContexts(): void {
    this.calls?.takeSpares((addr) => this.contexts.takeSpare(addr));
  }

  /** A client waits for a module, whose thread may call soon. */
  expectThread(): void {
    if (this.calls === null) return;
    this.offerContexts();
    this.calls.expect();
  }

  private newShimLock(): ModuleLock {
    const shim = nativeShim();
    if (typeof shim === 'string') throw new Error(`There is no native shim: ${shim}`);
    this.calls = threadCalls(shim);
    return new ShimLock(shim, this.calls, (error) => this.env.fault(error));
  }

  /** Loads a module; true on success. The reasons of a failure go to the log. */
  load(path: string, args: readonly Uint8Array[] = [], options: LoadOptions = {}): boolean {
    return loadModule(this, path, args, options);
  }

  /** Unloads a module; null on success, otherwise the end of `Error unloading module: `. */
  unload(name: string): string | null {
    return unloadModule(this, name);
  }

  /** A module by its name in any case. */
  find(name: string): LoadedModule | undefined {
    return this.modules.get(asciiLower(name));
  }

  /** The modules, in order of loading. */
  list(): Module[] {
    return [...this.modules.values()].map((loaded) => loaded.module);
  }

  /**
   * Calls into a module with a context of its own, and ends the context whatever happens. `body` gets the context and
   * calls a function made by `bindCallback` with `context.addr`.
   */
  callModule<T>(
    module: Module,
    kind: ContextKind,
    client: ModuleClient | null,
    out: ReplyWriter | null,
    body: (context: ModuleContext) => T,
  ): T {
    const context = this.contexts.enter(kind, module, client, out);
    try {
      return body(context);
    } finally {
      this.contexts.leave(context);
    }
  }

  /** Whether a client waits for a module. */
  get hasBlockedClients(): boolean {
    return this.list().some((module) => module.blockedClients > 0);
  }

  /**
   * Ends all modules without asking whether they can be unloaded; the server is going away. Modules with threads that
   * still run stay loaded, and what their threads hold stays valid: the lock is free from then on, what needs the server
   * fails.
   */
  close(): void {
    this.staying = [...this.modules.values()].reverse();
    for (const loaded of this.staying) leaveModule(this, loaded);
    this.modules.clear();
    endForkChildOf(this);
    this.lock.runPending = null;
    this.withdrawContexts();
    runtime.hosts.splice(runtime.hosts.indexOf(this), 1);
    runtime.endedHosts.add(this);
    this.closed = true;
    this.removeCode();
    this.env = closedEnv;
  }

  /** Whether threads are inside of modules, as far as can be seen. */
  get hasThreads(): boolean {
    return [...this.modules.values()].some(({ library }) => library.hasThreads);
  }

  /** Takes the code of modules that no thread is inside of any more out of memory; only after `close`. */
  removeCode(): void {
    this.staying = this.staying.filter((loaded) => !removeCode(this, loaded));
    const staying = new Set(this.staying.map(({ module }) => module));
    forgetBlockedClients(this, staying);
    this.contexts.close(staying);
    if (staying.size > 0) return;
    this.lock.close();
    runtime.endedHosts.delete(this);
    if (runtime.hosts.length === 0 && runtime.endedHosts.size === 0) releaseApiTable();
  }
}
