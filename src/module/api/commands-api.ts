// Registering commands.

import { ACL_CATEGORIES } from '../../acl/categories.ts';
import type { ChannelReference, CommandFlag, KeyReference, KeySpec, KeySpecFlag } from '../../commands/spec.ts';
import type { Args } from '../../protocol/args.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { EINVAL, readLatin1, setErrno } from '../abi/native-memory.ts';
import type { Module } from '../module.ts';
import { askPositions, ModuleCommand, type MutableSpec, moduleCommands, runModuleCommand } from '../module-command.ts';
import { fail } from '../runtime.ts';
import { type CommandInfo, CommandInfoError, keyFlagsOf, readCommandInfo } from './command-info-api.ts';

const ENOMEM = 12;
const EBUSY = 16;
const EEXIST = 17;
/** Redis has 64 bits for them. */
const MAX_CATEGORIES = 64;

/** The words of a flags string, and what COMMAND INFO calls them; null for those that only the host looks at. */
const FLAG_WORDS = new Map<string, CommandFlag | null>([
  ['write', 'write'],
  ['readonly', 'readonly'],
  ['admin', 'admin'],
  ['deny-oom', 'denyoom'],
  ['deny-script', 'noscript'],
  ['allow-loading', 'loading'],
  ['pubsub', 'pubsub'],
  ['random', null],
  ['blocking', 'blocking'],
  ['allow-stale', 'stale'],
  ['no-monitor', 'skip_monitor'],
  ['no-slowlog', 'skip_slowlog'],
  ['fast', 'fast'],
  ['no-auth', 'no_auth'],
  ['may-replicate', 'may_replicate'],
  ['getkeys-api', 'movablekeys'],
  ['getchannels-api', null],
  ['no-cluster', null],
  ['no-mandatory-keys', 'no_mandatory_keys'],
  ['allow-busy', 'allow_busy'],
]);

/** A parsed flags string. */
export interface CommandFlags {
  flags: CommandFlag[];
  getKeysApi: boolean;
  getChannelsApi: boolean;
  noCluster: boolean;
}

/** Parses a flags string; a string is the word that is not known. Empty words count as unknown, as in Redis. */
export function parseCommandFlags(text: string): CommandFlags | string {
  const flags: CommandFlag[] = ['module'];
  const words = text === '' ? [] : text.split(' ').map((word) => word.toLowerCase());
  for (const word of words) {
    const flag = FLAG_WORDS.get(word);
    if (flag === undefined) return word;
    if (flag !== null && !flags.includes(flag)) flags.push(flag);
  }
  return {
    flags,
    getKeysApi: words.includes('getkeys-api'),
    getChannelsApi: words.includes('getchannels-api'),
    noCluster: words.includes('no-cluster'),
  };
}

/** The key specification that first, last and step of RM_CreateCommand stand for: full access, whatever the flags say. */
function legacyKeySpec(parsed: CommandFlags, first: number, last: number, step: number): KeySpec[] {
  if (first === 0) return [];
  const flags: KeySpecFlag[] = ['RW', 'access', 'update'];
  if (parsed.getKeysApi) flags.push('variable_flags');
  const lastKey = last >= 0 ? last - first : last;
  return [{ flags, begin: { index: first }, find: { lastKey, step, limit: 0 } }];
}

function isValidName(name: string): boolean {
  return !/[ \r\n|@=,]/.test(name);
}

/** Builds a command or subcommand; the caller registers it. */
function buildCommand(
  module: Module,
  name: string,
  parent: ModuleCommand | null,
  func: number,
  parsed: CommandFlags,
  keys: readonly [first: number, last: number, step: number],
): ModuleCommand {
  const spec: MutableSpec = {
    name,
    arity: func === 0 || parent !== null ? -2 : -1,
    flags: parsed.flags,
    categories: [],
    keySpecs: legacyKeySpec(parsed, ...keys),
  };
  const command = new ModuleCommand(module, parent === null ? name : `${parent.fullName}|${name}`, spec, parent, func, {
    getKeys: parsed.getKeysApi,
    getChannels: parsed.getChannelsApi,
  });
  if (command.run !== null) {
    spec.proc = (client) => runModuleCommand(command, client);
    if (parsed.getKeysApi) spec.getKeys = (args) => keysOf(command, args);
    if (parsed.getChannelsApi) spec.getChannels = (args) => channelsOf(command, args);
  }
  return command;
}

function keysOf(command: ModuleCommand, args: Args): KeyReference[] {
  return askPositions(command, args, 'keys').map(({ index, flags }) => ({ index, flags: keyFlagsOf(flags) }));
}

/** Bits of REDISMODULE_CMD_CHANNEL_*, from 1 up. */
const CHANNEL_FLAGS = ['pattern', 'publish', 'subscribe', 'unsubscribe'] as const;

function channelsOf(command: ModuleCommand, args: Args): ChannelReference[] {
  return askPositions(command, args, 'channels').map(({ index, flags }) => ({
    index,
    flags: CHANNEL_FLAGS.filter((_, i) => flags & (1 << i)),
  }));
}

/** Checks what RM_CreateCommand and RM_CreateSubcommand have in common; a text is the reason of a failure. */
function checkNew(module: Module, nameAddr: number, flagsAddr: number): { name: string; flags: CommandFlags } | string {
  if (!module.loading) return 'commands can only be created in RedisModule_OnLoad';
  const flags = parseCommandFlags(flagsAddr === 0 ? '' : readLatin1(flagsAddr));
  if (typeof flags === 'string') return `the flags string has the unknown word "${flags}"`;
  if (flags.noCluster && module.host.env.clusterEnabled) return 'the command is not for clusters';
  const name = readLatin1(nameAddr);
  return isValidName(name) ? { name, flags } : 'the name holds a character that command names must not have';
}

/** The handle of a command, which the module gets. */
function exposed(command: ModuleCommand): number {
  if (command.handle === 0) {
    command.handle = moduleCommands.create(command);
    command.module.onUnload(() => moduleCommands.delete(command.handle));
  }
  return command.handle;
}

export const commands: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_CreateCommand(RedisModuleCtx *ctx, const char *name, RedisModuleCmdFunc cmdfunc, const char *strflags, int firstkey, int lastkey, int keystep)',
    1,
    (ctx: number, nameAddr: number, func: number, flagsAddr: number, first: number, last: number, step: number) => {
      const { module, host } = contextAt(ctx);
      if (module === null) return fail('RedisModule_Init was not called');
      const checked = checkNew(module, nameAddr, flagsAddr);
      if (typeof checked === 'string') return fail(checked);
      const { name, flags } = checked;
      if (host.env.hasCommand(name.toLowerCase())) return fail('a command of this name exists');
      const command = buildCommand(module, name, null, func, flags, [first, last, step]);
      module.commands.set(name.toLowerCase(), command);
      host.env.addCommand(command.spec, module.name);
      module.onUnload(() => {
        module.commands.delete(name.toLowerCase());
        host.env.removeCommand(command.fullName);
      });
      return 0;
    },
  ),

  api(
    '7.0',
    'RedisModuleCommand *RedisModule_GetCommand(RedisModuleCtx *ctx, const char *name)',
    0,
    (ctx: number, nameAddr: number) => {
      const command = contextAt(ctx).module?.commands.get(readLatin1(nameAddr).toLowerCase());
      return command === undefined ? 0 : exposed(command);
    },
  ),
  api(
    '7.0',
    'int RedisModule_CreateSubcommand(RedisModuleCommand *parent, const char *name, RedisModuleCmdFunc cmdfunc, const char *strflags, int firstkey, int lastkey, int keystep)',
    1,
    (handle: number, nameAddr: number, func: number, flagsAddr: number, first: number, last: number, step: number) => {
      const parent = moduleCommands.get(handle);
      const { module } = parent;
      const checked = checkNew(module, nameAddr, flagsAddr);
      if (typeof checked === 'string') return fail(checked);
      if (parent.parent !== null) return fail('a subcommand cannot have subcommands');
      if (parent.run !== null) return fail('the parent has a function of its own');
      const command = buildCommand(module, checked.name, parent, func, checked.flags, [first, last, step]);
      const key = command.fullName.toLowerCase();
      if (module.commands.has(key)) return fail('the parent has a subcommand of this name');
      module.commands.set(key, command);
      parent.spec.subcommands ??= [];
      parent.spec.subcommands.push(command.spec);
      module.host.env.commandChanged(parent.fullName);
      return 0;
    },
  ),
  api(
    '7.0',
    'int RedisModule_SetCommandInfo(RedisModuleCommand *command, const RedisModuleCommandInfo *info)',
    1,
    (handle: number, infoAddr: number) => setCommandInfo(moduleCommands.get(handle), infoAddr),
  ),
  api(
    '7.2',
    'int RedisModule_SetCommandACLCategories(RedisModuleCommand *command, const char *ctgrsflags)',
    1,
    (handle: number, textAddr: number) => {
      const command = moduleCommands.get(handle);
      const { module } = command;
      if (!module.loading) return fail('categories can only be set in RedisModule_OnLoad');
      const names = textAddr === 0 ? [] : readLatin1(textAddr).toLowerCase().split(' ');
      const { aclCategories } = module.host;
      const unknown = names.find((name) => !ACL_CATEGORIES.includes(name) && !aclCategories.has(name));
      if (unknown !== undefined) {
        module.host.env.log('warning', `Unrecognized categories flag ${unknown} on module load`);
        return fail(`there is no category "${unknown}"`);
      }
      command.spec.categories = names;
      changed(command);
      return 0;
    },
  ),

  api(
    '7.4',
    'int RedisModule_AddACLCategory(RedisModuleCtx *ctx, const char *name)',
    1,
    (ctx: number, nameAddr: number) => {
      const { module, host } = contextAt(ctx);
      const name = nameAddr === 0 ? '' : readLatin1(nameAddr).toLowerCase();
      const refuse = (errno: number, why: string): 1 => {
        setErrno(errno);
        return fail(why);
      };
      if (module === null || !module.loading)
        return refuse(EINVAL, 'categories can only be added in RedisModule_OnLoad');
      if (!/^[a-z0-9_-]+$/.test(name)) return refuse(EINVAL, 'a category name has characters out of A-Z a-z 0-9 - _');
      const known = ACL_CATEGORIES.length + host.aclCategories.size;
      if (ACL_CATEGORIES.includes(name) || host.aclCategories.has(name)) return refuse(EBUSY, 'the category exists');
      if (known >= MAX_CATEGORIES) return refuse(ENOMEM, `there are ${known} categories`);
      host.aclCategories.add(name);
      module.onUnload(() => host.aclCategories.delete(name));
      return 0;
    },
  ),
];

/** Tells the server that a command's specification is another. */
function changed(command: ModuleCommand): void {
  command.module.host.env.commandChanged((command.parent ?? command).fullName);
}

function setCommandInfo(command: ModuleCommand, infoAddr: number): number {
  const { env } = command.module.host;
  let info: CommandInfo;
  try {
    info = readCommandInfo(infoAddr);
  } catch (error) {
    if (!(error instanceof CommandInfoError)) throw error;
    env.log('warning', `Invalid command info: ${error.message}`);
    fail(error.message);
    setErrno(EINVAL);
    return 1;
  }
  if (command.infoSet) {
    fail('the information was set before');
    setErrno(EEXIST);
    return 1;
  }
  const { docs, tips, arity, keySpecs } = info;
  command.infoSet = Object.keys(docs).length > 1 || tips !== null || !isSimpleRange(keySpecs);
  const { spec } = command;
  if (tips !== null) spec.tips = tips;
  if (arity !== 0) spec.arity = arity;
  if (keySpecs !== null) spec.keySpecs = keySpecs;
  changed(command);
  env.setCommandDocs(command.fullName, docs);
  return 0;
}

/** Whether the specifications are what RM_CreateCommand could have said, and may therefore be replaced. */
function isSimpleRange(specs: readonly KeySpec[] | null): boolean {
  if (specs === null || specs.length === 0) return true;
  const { begin, find } = specs[0]!;
  return specs.length === 1 && begin !== 'unknown' && 'index' in begin && find !== 'unknown' && 'lastKey' in find;
}
