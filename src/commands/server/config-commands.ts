/** CONFIG: reading, changing and saving the configuration. */
import { errnoText } from '../../config/errno.ts';
import type { CommandClient } from '../command-client.ts';
import { replyHelp } from '../help.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';

function get(c: CommandClient): void {
  const { args, out } = c;
  const patterns: string[] = [];
  for (let i = 2; i < args.argc; i++) patterns.push(args.latin1(i));
  const found = c.server.config.get(patterns);
  out.map(found.length);
  for (const [name, value] of found) {
    out.bulkText(name);
    out.bulkText(value);
  }
}

/** May this client set directives that `enable-protected-configs` guards? */
function mayChangeProtected(c: CommandClient): boolean {
  const allowed = c.server.config.enumValue('enable-protected-configs');
  return allowed === 'yes' || (allowed === 'local' && (c.conn === null || c.conn.isLoopback));
}

function set(c: CommandClient): void {
  const { args, out, server } = c;
  // Even where pairs have got out of step, a secret follows its name.
  for (let i = 3; i < args.argc; i++) if (server.config.isSensitive(args.latin1(i - 1))) c.redact(i);
  if (args.argc % 2 !== 0) return out.error('ERR syntax error');
  const pairs: [string, string][] = [];
  for (let i = 2; i < args.argc; i += 2) pairs.push([args.latin1(i), args.latin1(i + 1)]);
  const outcome = server.config.set(pairs, {
    allowProtected: mayChangeProtected(c),
    warn: (message) => server.log.warning(message),
  });
  const names = pairs.map(([name]) => server.config.find(name)?.directive.name ?? name);
  if (outcome instanceof Promise) replyLater(c, outcome, names);
  else {
    if (outcome === null) changed(c, names);
    reply(c, outcome);
  }
}

function reply(c: CommandClient, error: string | null): void {
  if (error === null) c.out.ok();
  else c.out.error(error);
}

function changed(c: CommandClient, names: readonly string[]): void {
  for (const fn of c.server.hooks.configSet) fn(names);
}

/** Lets the client wait until listeners and the like have changed. */
function replyLater(c: CommandClient, outcome: Promise<string | null>, names: readonly string[]): void {
  const { server } = c;
  void outcome.then((error) => {
    if (error === null) server.runLocked(() => changed(c, names));
  });
  if (!c.mayBlock) {
    // This caller cannot wait. If the values are refused in the end, the log says so and they are put back.
    return c.out.ok();
  }
  c.block({ kind: 'config', timeoutAtMs: 0, sinceUs: server.clock.now() });
  void outcome.then((error) => server.runLocked(() => c.unblock(() => reply(c, error))));
}

function resetStat(c: CommandClient): void {
  const { server } = c;
  server.stats.reset();
  server.commands.resetStats();
  const { stats } = server.keyspace;
  for (const name of Object.keys(stats) as (keyof typeof stats)[]) stats[name] = 0;
  server.keyspace.lazyFree.freedObjects = 0;
  server.eviction.resetStats();
  c.out.ok();
}

function rewrite(c: CommandClient): void {
  const { out, server } = c;
  if (server.config.configFile === null) return out.error('ERR The server is running without a config file');
  try {
    server.config.rewrite();
  } catch (error) {
    const reason = errnoText(error);
    server.log.warning(`CONFIG REWRITE failed: ${reason}`);
    return out.error(`ERR Rewriting config file: ${reason}`);
  }
  server.log.notice('CONFIG REWRITE executed with success.');
  out.ok();
}

function help(c: CommandClient): void {
  replyHelp(c, 'CONFIG', [
    'GET <pattern>',
    '    Return parameters matching the glob-like <pattern> and their values.',
    'SET <directive> <value>',
    '    Set the configuration <directive> to <value>.',
    'RESETSTAT',
    '    Reset statistics reported by the INFO command.',
    'REWRITE',
    '    Rewrite the configuration file.',
  ]);
}

const ADMIN: readonly CommandFlag[] = ['admin', 'noscript', 'loading', 'stale'];
const ALL_NODES = ['request_policy:all_nodes', 'response_policy:all_succeeded'];

export const configCommands: readonly CommandSpec[] = [
  {
    name: 'config',
    arity: -2,
    flags: [],
    subcommands: [
      { name: 'get', arity: -3, flags: ADMIN, proc: get },
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: help },
      { name: 'resetstat', arity: 2, flags: ADMIN, tips: ALL_NODES, proc: resetStat },
      { name: 'rewrite', arity: 2, flags: ADMIN, tips: ALL_NODES, proc: rewrite },
      { name: 'set', arity: -4, flags: ADMIN, tips: ALL_NODES, proc: set },
    ],
  },
];
