/** MODULE: loading, unloading and listing native modules. */
import type { CommandClient } from '../command-client.ts';
import { replyModules } from '../connection/auth-commands.ts';
import { replyHelp } from '../help.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';

/** Replies to a load that failed. Where no module can be loaded at all, the log need not be asked for the reason. */
function loadFailed(c: CommandClient): void {
  const { refusal } = c.server.modules;
  c.out.error(
    `ERR Error loading the extension${refusal === null ? '. Please check the server logs.' : `: ${refusal}`}`,
  );
}

/** Argument i as a C string: up to the first NUL. */
function cString(c: CommandClient, i: number): string {
  const text = c.args.text(i);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

function argumentsFrom(c: CommandClient, from: number): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let i = from; i < c.args.argc; i++) list.push(c.args.bytes(i));
  return list;
}

function load(c: CommandClient): void {
  if (c.server.modules.load(cString(c, 2), argumentsFrom(c, 3))) c.out.ok();
  else loadFailed(c);
}

/** Reads `[CONFIG name value]... [ARGS arg...]`; null after a line in the log. */
function parseLoadEx(c: CommandClient): { configs: Map<string, string>; args: Uint8Array[] } | null {
  const { args, server } = c;
  const configs = new Map<string, string>();
  for (let i = 3; i < args.argc; i++) {
    if (args.is(i, 'args')) return { configs, args: argumentsFrom(c, i + 1) };
    if (!args.is(i, 'config')) {
      server.log.notice(`Syntax Error from arguments to loadex around ${args.text(i)}.`);
      return null;
    }
    if (i + 2 >= args.argc) {
      server.log.notice('CONFIG specified without name value pair');
      return null;
    }
    configs.set(args.latin1(i + 1), args.latin1(i + 2));
    i += 2;
  }
  return { configs, args: [] };
}

function loadEx(c: CommandClient): void {
  const parsed = parseLoadEx(c);
  if (parsed !== null && c.server.modules.load(cString(c, 2), parsed.args, { configs: parsed.configs })) c.out.ok();
  else loadFailed(c);
}

function unload(c: CommandClient): void {
  const name = cString(c, 2);
  const reason = c.server.modules.unload(name);
  if (reason === null) return c.out.ok();
  c.server.log.warning(`Error unloading module ${name}: ${reason}`);
  c.out.error(`ERR Error unloading module: ${reason}`);
}

function help(c: CommandClient): void {
  replyHelp(c, 'MODULE', [
    'LIST',
    '    Return a list of loaded modules.',
    'LOAD <path> [<arg> ...]',
    '    Load a module library from <path>, passing to it any optional arguments.',
    'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
    '    Load a module library from <path>, while passing it module configurations and optional arguments.',
    'UNLOAD <name>',
    '    Unload a module.',
  ]);
}

const ADMIN: readonly CommandFlag[] = ['admin', 'noscript'];
const LOADING: readonly CommandFlag[] = [...ADMIN, 'no_async_loading', 'protected'];

export const moduleCommands: readonly CommandSpec[] = [
  {
    name: 'module',
    arity: -2,
    flags: [],
    subcommands: [
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: help },
      { name: 'list', arity: 2, flags: ADMIN, tips: ['nondeterministic_output_order'], proc: replyModules },
      { name: 'load', arity: -3, flags: LOADING, proc: load },
      { name: 'loadex', arity: -3, flags: LOADING, proc: loadEx },
      { name: 'unload', arity: 3, flags: LOADING, proc: unload },
    ],
  },
];
