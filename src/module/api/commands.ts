// Registering commands.

import type { CommandFlag, KeySpec, KeySpecFlag } from '../../commands/types.ts';
import { contextAt } from '../abi/contexts.ts';
import { readLatin1 } from '../abi/native.ts';
import { type ApiFunction, api } from '../abi/table.ts';
import { ModuleCommand, type MutableSpec, runModuleCommand } from '../command.ts';
import type { Module } from '../module.ts';
import { fail } from '../runtime.ts';

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

/** The key specification that first, last and step of RM_CreateCommand stand for. */
function legacyKeySpec(flags: readonly CommandFlag[], first: number, last: number, step: number): KeySpec[] {
  if (first === 0) return [];
  const access: KeySpecFlag[] = flags.includes('write') ? ['RW', 'access', 'update'] : ['RO', 'access'];
  const lastKey = last >= 0 ? last - first : last;
  return [{ flags: access, begin: { index: first }, find: { lastKey, step, limit: 0 } }];
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
  const lower = name.toLowerCase();
  const spec: MutableSpec = {
    name: lower,
    arity: func === 0 ? -2 : -1,
    flags: parsed.flags,
    categories: [],
    keySpecs: legacyKeySpec(parsed.flags, ...keys),
  };
  const command = new ModuleCommand(
    module,
    parent === null ? lower : `${parent.fullName}|${lower}`,
    spec,
    parent,
    func,
    {
      getKeys: parsed.getKeysApi,
      getChannels: parsed.getChannelsApi,
    },
  );
  if (command.run !== null) spec.proc = (client) => runModuleCommand(command, client);
  return command;
}

export const commands: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_CreateCommand(RedisModuleCtx *ctx, const char *name, RedisModuleCmdFunc cmdfunc, const char *strflags, int firstkey, int lastkey, int keystep)',
    1,
    (ctx: number, nameAddr: number, func: number, flagsAddr: number, first: number, last: number, step: number) => {
      const { module, host } = contextAt(ctx);
      if (module === null || !module.loading) return fail('commands can only be created in RedisModule_OnLoad');
      const parsed = parseCommandFlags(flagsAddr === 0 ? '' : readLatin1(flagsAddr));
      if (typeof parsed === 'string') return fail(`the flags string has the unknown word "${parsed}"`);
      if (parsed.noCluster && host.env.clusterEnabled) return fail('the command is not for clusters');
      const name = readLatin1(nameAddr);
      if (!isValidName(name)) return fail('the name holds a character that command names must not have');
      if (host.env.hasCommand(name.toLowerCase())) return fail('a command of this name exists');
      const command = buildCommand(module, name, null, func, parsed, [first, last, step]);
      module.commands.set(command.fullName, command);
      host.env.addCommand(command.spec, module.name);
      module.onUnload(() => {
        module.commands.delete(command.fullName);
        host.env.removeCommand(command.fullName);
      });
      return 0;
    },
  ),
];
