// Commands of modules: from a client's command line to the module's C function.
//
// The hot path of the module host. Arguments become strings (string-handles.ts), their handles an array in native memory; one
// native call runs the command. Strings that the module did not retain go back when it returns.

import type { CommandFlag, CommandSpec, KeySpec } from '../commands/spec.ts';
import type { Args } from '../protocol/args.ts';
import { grown } from './abi/block-pool.ts';
import { callBlock } from './abi/call-block.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext, type PositionRequest } from './abi/contexts.ts';
import { guardedMemory } from './abi/guarded-memory.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { ACTIVITY_COMMAND } from './activity.ts';
import type { ModuleClient } from './env.ts';
import type { ModuleHost } from './host.ts';
import { reportMisuse } from './misuse.ts';
import type { Module } from './module.ts';
import { endOfReply } from './reply-end.ts';

const CMD_FUNC = 'int RedisModuleCmdFunc(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)';

/** All commands that modules have asked for by name. */
export const moduleCommands = new HandleTable<ModuleCommand>(HandleKind.Command);

/** A command specification that may still change. */
export type MutableSpec = { -readonly [K in keyof CommandSpec]: CommandSpec[K] } & {
  flags: CommandFlag[];
  keySpecs: KeySpec[];
  categories: string[];
  subcommands?: MutableSpec[];
};

/** A command or subcommand of a module. */
export class ModuleCommand {
  readonly module: Module;
  /** As the module spells it, with the container's name for subcommands: `parent|sub`. */
  readonly fullName: string;
  readonly spec: MutableSpec;
  readonly parent: ModuleCommand | null;
  /** What stands for the command in `Activity`. */
  readonly activityNumber: number;
  /** Address of the module's function; 0 for containers. */
  readonly func: number;
  /** The function. Null for containers. */
  readonly run: NativeFunction | null;
  /** The module finds its keys (or channels) itself: flags `getkeys-api` and `getchannels-api`. */
  readonly getKeysApi: boolean;
  readonly getChannelsApi: boolean;
  /** Handle that the module knows it by, 0 until it asked. */
  handle = 0;
  /** It has opened keys: the shim is shown the database. */
  opensKeys = false;
  /** It has called GET: the shim may read for it. */
  reads = false;
  /** RM_SetCommandInfo told something that must not be told twice. */
  infoSet = false;

  constructor(
    module: Module,
    fullName: string,
    spec: MutableSpec,
    parent: ModuleCommand | null,
    func: number,
    apis: { getKeys: boolean; getChannels: boolean },
  ) {
    this.module = module;
    this.fullName = fullName;
    this.spec = spec;
    this.parent = parent;
    this.activityNumber = module.host.contexts.activity.number(fullName);
    this.func = func;
    this.run = func === 0 ? null : bindCallback(CMD_FUNC, func);
    this.getKeysApi = apis.getKeys;
    this.getChannelsApi = apis.getChannels;
  }
}

/** Native array of handles, used as a stack: calls nest. Grows only between calls' uses of it. */
class ArgvStack {
  private words = new Int32Array(0);
  private addr = 0;
  /** Entries of the strings in the table, and which of the entries' lives they are. */
  private indexes = new Int32Array(0);
  private serials = new Int32Array(0);
  private top = 0;
  /** Address of the array pushed last. */
  argv = 0;

  /**
   * Makes strings of a command line and an array of their handles; `argv` is its address. Returns the mark to pop.
   * `inSlots`: in places that only a module with the shim's RM_Free may have.
   */
  push(args: Args, inSlots: boolean): number {
    const from = this.top;
    const { argc, buf, off, len } = args;
    if (from + argc + 1 > this.indexes.length) this.grow(from + argc + 1);
    const { words, indexes, serials } = this;
    for (let i = 0; i < argc; i++) {
      const length = len[i]!;
      const index = inSlots ? moduleStrings.lend(buf, off[i]!, length) : moduleStrings.copyOf(buf, off[i]!, length);
      const slot = from + i;
      indexes[slot] = index;
      serials[slot] = moduleStrings.serial[index]!;
      moduleStrings.writeHandle(index, words, 2 * slot);
    }
    this.top = from + argc;
    this.argv = this.addr + from * 8;
    return from;
  }

  /** Drops the strings pushed since `mark`; the number of those that the module has freed, which were not its own. */
  pop(mark: number): number {
    const { indexes, serials, top } = this;
    let freed = 0;
    for (let i = mark; i < top; i++) if (!moduleStrings.takeBack(indexes[i]!, serials[i]!)) freed++;
    this.top = mark;
    return freed;
  }

  /** A new, larger block; arrays of calls that are still running stay where they are, in the old one. */
  private grow(needed: number): void {
    const capacity = Math.max(1024, needed * 2);
    const { buffer, address } = guardedMemory(capacity * 8);
    this.words = new Int32Array(buffer);
    this.addr = address;
    this.indexes = grown(this.indexes, new Int32Array(capacity));
    this.serials = grown(this.serials, new Int32Array(capacity));
  }
}

const argvStack = new ArgvStack();

/** Runs a module's command for a client whose `args` are the command line. */
export function runModuleCommand(command: ModuleCommand, client: ModuleClient): void {
  const { module } = command;
  const { contexts, usesShim } = module.host;
  const context = contexts.enter(ContextKind.Command, module, client, client.out);
  context.command = command;
  if (contexts.nesting === 1) contexts.activity.words[ACTIVITY_COMMAND] = command.activityNumber;
  const { out } = client;
  const from = out.pos;
  let freed = 0;
  if (usesShim) callBlock.begin(context);
  try {
    if (usesShim && callBlock.run(command.func, client.args)) {
      callBlock.settle();
      freed = callBlock.takeBackArguments();
    } else {
      freed = runWithArgv(command, context, client.args);
    }
  } finally {
    callBlock.settle();
    const isWhole = usesShim && callBlock.wroteOneReply(context);
    contexts.leave(context);
    if (freed > 0) reportFreedArguments(command, freed);
    if (!isWhole && (out.pos === from || endOfReply(out.buf, from, out.pos) !== out.pos)) {
      checkReply(command, client, from);
    }
  }
}

/** The same with strings that JavaScript makes; the number of those that the module has freed. */
function runWithArgv(command: ModuleCommand, context: ModuleContext, args: Args): number {
  const { argc } = args;
  const mark = argvStack.push(args, command.module.host.usesShim);
  try {
    command.run!(context.addr, argvStack.argv, argc);
  } finally {
    callBlock.settle();
  }
  return argvStack.pop(mark);
}

function reportFreedArguments({ module, fullName }: ModuleCommand, count: number): void {
  reportMisuse(
    module.host,
    module,
    `command ${fullName} freed an argument that it had not retained (${count} in this call).`,
  );
}

/**
 * The command wrote something other than one reply. The client gets that, as with Redis, and from then on may take one
 * command's reply for another's; hence a line in the log.
 */
function checkReply(command: ModuleCommand, client: ModuleClient, from: number): void {
  const { buf, pos } = client.out;
  const { module } = command;
  if (pos === from && module.host.env.blocking.isBlocked(client)) return;
  let what = 'more than one reply';
  if (pos === from) what = 'no reply';
  else if (endOfReply(buf, from, pos) < 0) what = 'an incomplete reply';
  reportMisuse(module.host, module, `command ${command.fullName} wrote ${what}.`);
}

/** Calls a command with `getkeys-api` or `getchannels-api` only to learn which of its arguments are keys or channels. */
export function askPositions(
  command: ModuleCommand,
  args: Args,
  kind: PositionRequest['kind'],
): PositionRequest['found'] {
  const { contexts } = command.module.host;
  const request: PositionRequest = { kind, found: [] };
  const context = contexts.enter(ContextKind.Call, command.module, null, null);
  context.positions = request;
  const mark = argvStack.push(args, command.module.host.usesShim);
  try {
    command.run!(context.addr, argvStack.argv, args.argc);
  } finally {
    const freed = argvStack.pop(mark);
    contexts.leave(context);
    if (freed > 0) reportFreedArguments(command, freed);
  }
  return request.found.filter(({ index }) => index < args.argc);
}

/** Runs any callback of type RedisModuleCmdFunc (replies and timeouts of blocked clients) with a client's arguments. */
export function withArgv<T>(host: ModuleHost, args: Args, body: (argv: number, argc: number) => T): T {
  const mark = argvStack.push(args, host.usesShim);
  try {
    return body(argvStack.argv, args.argc);
  } finally {
    argvStack.pop(mark);
  }
}
