/** COMMAND: what the command table holds. */
import { globMatchString } from '../../protocol/glob.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { replyHelp } from '../help.ts';
import { commandKeys, hasKeys } from '../key-references.ts';
import type { CommandEntry } from '../registry.ts';
import type { CommandSpec } from '../spec.ts';
import { replyCommandDocs } from './command-docs.ts';
import { replyCommandInfo, replyKeyFlags } from './command-info.ts';

function command(c: CommandClient): void {
  const { out } = c;
  const { commands } = c.server;
  out.array(commands.size);
  for (const [, entry] of commands.entries()) replyCommandInfo(out, entry);
}

function commandCount(c: CommandClient): void {
  c.out.integer(c.server.commands.size);
}

function commandInfo(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc === 2) return command(c);
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    const entry = c.server.commands.get(args.latin1(i));
    if (entry === undefined) out.nullBulk();
    else replyCommandInfo(out, entry);
  }
}

function commandDocs(c: CommandClient): void {
  const { args, out } = c;
  const { commands } = c.server;
  const entries: CommandEntry[] = [];
  if (args.argc === 2) for (const [, entry] of commands.entries()) entries.push(entry);
  for (let i = 2; i < args.argc; i++) {
    const entry = commands.get(args.latin1(i));
    if (entry !== undefined) entries.push(entry);
  }
  out.map(entries.length);
  for (const entry of entries) {
    out.bulkText(entry.fullName);
    replyCommandDocs(out, entry);
  }
}

function commandList(c: CommandClient): void {
  const { args, out } = c;
  let accepts: (entry: CommandEntry) => boolean = () => true;
  if (args.argc > 2) {
    if (args.argc !== 5 || !args.is(2, 'filterby')) return out.error(SYNTAX_ERROR);
    const value = args.latin1(4);
    if (args.is(3, 'module')) accepts = (entry) => entry.module?.toLowerCase() === value.toLowerCase();
    else if (args.is(3, 'aclcat')) accepts = (entry) => entry.categories.includes(value.toLowerCase());
    else if (args.is(3, 'pattern')) accepts = (entry) => globMatchString(value, entry.fullName, true);
    else return out.error(SYNTAX_ERROR);
  }
  const mark = out.defer();
  let count = 0;
  const visit = (entry: CommandEntry): void => {
    if (accepts(entry)) {
      out.bulkText(entry.fullName);
      count++;
    }
    for (const sub of entry.subcommands?.values() ?? []) visit(sub);
  };
  for (const [, entry] of c.server.commands.entries()) visit(entry);
  out.endArray(mark, count);
}

function commandGetKeys(c: CommandClient, withFlags: boolean): void {
  const { args, out } = c;
  const line = args.startingAt(2);
  const entry = c.server.commands.resolve(line);
  // A container with an unknown subcommand resolves to the container.
  if (entry === null || (entry.subcommands !== null && line.argc > 1)) {
    return out.error('ERR Invalid command specified');
  }
  if (!hasKeys(entry)) return out.error('ERR The command has no key arguments');
  if (entry.arity > 0 ? line.argc !== entry.arity : line.argc < -entry.arity) {
    return out.error('ERR Invalid number of arguments specified for command');
  }
  const keys = commandKeys(entry, line);
  if (keys.length === 0 && !entry.spec.flags.includes('no_mandatory_keys')) {
    return out.error('ERR Invalid arguments specified for command');
  }
  out.array(keys.length);
  for (const { index, flags } of keys) {
    if (withFlags) out.array(2);
    out.bulk(line.buf, line.off[index]!, line.len[index]!);
    if (withFlags) replyKeyFlags(out, flags);
  }
}

function commandHelp(c: CommandClient): void {
  replyHelp(c, 'COMMAND', [
    '(no subcommand)',
    '    Return details about all Redis commands.',
    'COUNT',
    '    Return the total number of commands in this Redis server.',
    'LIST',
    '    Return a list of all commands in this Redis server.',
    'INFO [<command-name> ...]',
    '    Return details about multiple Redis commands.',
    '    If no command names are given, documentation details for all',
    '    commands are returned.',
    'DOCS [<command-name> ...]',
    '    Return documentation details about multiple Redis commands.',
    '    If no command names are given, documentation details for all',
    '    commands are returned.',
    'GETKEYS <full-command>',
    '    Return the keys from a full Redis command.',
    'GETKEYSANDFLAGS <full-command>',
    '    Return the keys and the access flags from a full Redis command.',
  ]);
}

const ORDER_TIP = ['nondeterministic_output_order'];

export const commandCommands: readonly CommandSpec[] = [
  {
    name: 'command',
    arity: -1,
    flags: ['loading', 'stale', 'sentinel'],
    categories: ['connection'],
    tips: ORDER_TIP,
    proc: command,
    subcommands: [
      subcommand('count', 2, commandCount),
      subcommand('docs', -2, commandDocs, ORDER_TIP),
      subcommand('getkeys', -3, (c) => commandGetKeys(c, false)),
      subcommand('getkeysandflags', -3, (c) => commandGetKeys(c, true)),
      subcommand('help', 2, commandHelp),
      subcommand('info', -2, commandInfo, ORDER_TIP),
      subcommand('list', -2, commandList, ORDER_TIP),
    ],
  },
];

function subcommand(
  name: string,
  arity: number,
  proc: (c: CommandClient) => void,
  tips?: readonly string[],
): CommandSpec {
  const row: CommandSpec = { name, arity, flags: ['loading', 'stale', 'sentinel'], categories: ['connection'], proc };
  return tips === undefined ? row : { ...row, tips };
}
