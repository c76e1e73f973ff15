// One loaded module and everything it registered.

import type { ApplyHook } from '../config/config.ts';
import type { Directive } from '../config/directive.ts';
import type { Family } from './abi/api-table.ts';
import type { NativeFunction } from './abi/callbacks.ts';
import type { ModuleHost } from './host.ts';
import type { Subscription } from './keyspace-subscriptions.ts';
import { MisuseLog } from './misuse.ts';
import type { ModuleCommand } from './module-command.ts';

let lastId = 0;

export class Module {
  /** Unique in the process; owner of strings. 0 is nobody. */
  readonly id = ++lastId;
  readonly host: ModuleHost;
  readonly path: string;
  readonly args: readonly Uint8Array[];
  readonly family: Family;
  /** Set by RedisModule_Init; empty before. */
  name = '';
  version = 0;
  apiVersion = 0;
  /** What stands for the module in `Activity`; 0 before it has a name. */
  activityNumber = 0;
  /** RM_SetModuleOptions. */
  options = 0;
  /** OnLoad is running: commands, types and other things may be registered. */
  loading = true;
  /** Commands and subcommands by full name in lower case. */
  readonly commands = new Map<string, ModuleCommand>();
  /** Names of modules that use functions this one exports, and the other way round. */
  readonly usedBy = new Set<string>();
  readonly using = new Set<string>();
  /** What stands in the way of unloading. */
  typeCount = 0;
  blockedClients = 0;
  timerCount = 0;
  filterCount = 0;
  /** RM_Register*Config was called; RM_LoadConfigs must follow. */
  configCount = 0;
  configsLoaded = false;
  /** Directives in order of registration. */
  readonly configs: Directive[] = [];
  /** Apply functions by `function:privdata`. */
  readonly applyHooks = new Map<string, ApplyHook>();
  readonly misuses = new MisuseLog();
  /** Adds the module's sections to INFO. */
  infoFunction: NativeFunction | null = null;
  readonly keyspaceSubscriptions: Subscription[] = [];
  /** The module is unloaded, or could not be loaded: its code is gone. */
  takenBack = false;
  private readonly undo: (() => void)[] = [];

  constructor(host: ModuleHost, path: string, args: readonly Uint8Array[], family: Family) {
    this.host = host;
    this.path = path;
    this.args = args;
    this.family = family;
  }

  /** Registers how something that was just set up for the module is taken back, at unload or after a failed load. */
  onUnload(action: () => void): void {
    this.undo.push(action);
  }

  /** Takes everything back, latest first. One action's failure does not stop the others. */
  takeBack(): void {
    this.takenBack = true;
    for (let action = this.undo.pop(); action !== undefined; action = this.undo.pop()) {
      try {
        action();
      } catch (error) {
        this.host.env.log('warning', `Taking back a registration of module ${this.name} failed: ${String(error)}`);
      }
    }
  }

  /** Why the module cannot be unloaded now, in Redis's words; null when it can. */
  unloadRefusal(): string | null {
    if (this.typeCount > 0) return "the module exports one or more module-side data types, can't unload";
    if (this.usedBy.size > 0) {
      return 'the module exports APIs used by other modules. Please unload them first and try again';
    }
    if (this.blockedClients > 0) {
      return 'the module has blocked clients. Please wait for them to be unblocked and try again';
    }
    if (this.timerCount > 0) {
      return 'the module holds timer that is not fired. Please stop the timer or wait until it fires.';
    }
    return null;
  }
}
