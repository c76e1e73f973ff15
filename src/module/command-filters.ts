// Command filters: functions of modules that see each command line before the command is looked up, and may change it.
//
// A filter is given a RedisModuleCommandFilterCtx, the handle of a FilteredCommand: the line as strings, each made when
// a filter asks for it. Where nothing changed the client keeps its arguments as they are.

import { Args } from '../protocol/args.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { moduleStrings } from './abi/string-handles.ts';
import type { ModuleClient } from './env.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';
import { runtime } from './runtime.ts';

/** REDISMODULE_CMDFILTER_NOSELF: not for what the module itself calls. */
const NOSELF = 1;

export interface CommandFilter {
  readonly module: Module;
  readonly callback: NativeFunction;
  readonly flags: number;
}

export const commandFilters = new HandleTable<CommandFilter>(HandleKind.CommandFilter);
export const filteredCommands = new HandleTable<FilteredCommand>(HandleKind.CommandFilterCtx);

/** A command line on its way through the filters. */
export class FilteredCommand {
  readonly client: ModuleClient;
  private readonly args: Args;
  /** Handles of strings; 0 for arguments that nobody has asked for, whose place in `args` is in `origins`. */
  private readonly handles: number[];
  private readonly origins: number[];
  private changed = false;

  constructor(client: ModuleClient) {
    const { args } = client;
    this.client = client;
    this.args = args;
    this.handles = new Array<number>(args.argc).fill(0);
    this.origins = Array.from(this.handles, (_, i) => i);
  }

  get argc(): number {
    return this.handles.length;
  }

  /** The handle of an argument; 0 when there is none. It lives as long as the line, unless it is retained. */
  get(position: number): number {
    if (position < 0 || position >= this.argc) return 0;
    const made = this.handles[position]!;
    if (made !== 0) return made;
    const { args } = this;
    const i = this.origins[position]!;
    const handle = moduleStrings.fromBytes(args.buf, args.off[i]!, args.len[i]!, 0);
    this.handles[position] = handle;
    return handle;
  }

  /** Takes over a string as a new argument; false when there is no such position. */
  insert(position: number, handle: number): boolean {
    if (position < 0 || position > this.argc) return false;
    this.handles.splice(position, 0, handle);
    this.origins.splice(position, 0, -1);
    this.changed = true;
    return true;
  }

  /** Takes over a string in the place of an argument. */
  replace(position: number, handle: number): boolean {
    if (position < 0 || position >= this.argc) return false;
    this.drop(position);
    this.handles[position] = handle;
    this.origins[position] = -1;
    this.changed = true;
    return true;
  }

  /** Deletes an argument; one that is the last of all stays. */
  delete(position: number): boolean {
    if (position < 0 || position >= this.argc || this.argc === 1) return false;
    this.drop(position);
    this.handles.splice(position, 1);
    this.origins.splice(position, 1);
    this.changed = true;
    return true;
  }

  private drop(position: number): void {
    const handle = this.handles[position]!;
    const index = handle === 0 ? -1 : moduleStrings.find(handle);
    if (index >= 0) moduleStrings.release(index);
  }

  /** Gives the client what the line has become, and frees the strings. */
  finish(): void {
    if (this.changed) {
      const { args } = this;
      this.client.args = Args.from(
        this.handles.map((handle, position) => {
          if (handle !== 0 && moduleStrings.find(handle) >= 0) return moduleStrings.copy(handle);
          const i = this.origins[position]!;
          return i < 0 ? '' : args.bytes(i);
        }),
      );
    }
    for (let position = 0; position < this.argc; position++) this.drop(position);
  }
}

/** Whether one of the calls that are going on is the module's. */
function isCalling(module: Module): boolean {
  for (let context: ModuleContext | null = runtime.current; context !== null; context = context.outer) {
    if (context.module === module) return true;
  }
  return false;
}

/** The filters of a server, in the order in which they were registered. */
export class CommandFilters {
  private readonly host: ModuleHost;
  private readonly filters: CommandFilter[] = [];

  constructor(host: ModuleHost) {
    this.host = host;
  }

  /** Registers a filter of a module; returns its handle. */
  add(module: Module, callback: number, flags: number): number {
    const bound = bindCallback('void filter(RedisModuleCommandFilterCtx *filter)', callback);
    const filter: CommandFilter = { module, callback: bound, flags };
    const handle = commandFilters.create(filter);
    this.filters.push(filter);
    module.filterCount++;
    module.onUnload(() => {
      if (commandFilters.find(handle) === filter) this.remove(handle);
    });
    this.host.env.setCommandFilter(this.run);
    return handle;
  }

  remove(handle: number): void {
    const filter = commandFilters.delete(handle);
    this.filters.splice(this.filters.indexOf(filter), 1);
    filter.module.filterCount--;
    if (this.filters.length === 0) this.host.env.setCommandFilter(null);
  }

  /** Lets all filters see a client's command line. `internal`: it is what a module calls. */
  private readonly run = (client: ModuleClient, internal: boolean): void => {
    const command = new FilteredCommand(client);
    const handle = filteredCommands.create(command);
    try {
      for (const { module, callback, flags } of [...this.filters]) {
        if (flags & NOSELF && internal && isCalling(module)) continue;
        this.host.callModule(module, ContextKind.Call, null, null, () => callback(handle));
      }
    } finally {
      filteredCommands.delete(handle);
      command.finish();
    }
  };
}
