/** SLOWLOG. */
import type { CommandClient } from '../command-client.ts';
import { replyHelp, replySubcommandSyntax } from '../help.ts';
import { rangeOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

const DEFAULT_COUNT = 10;

function get(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc > 3) return replySubcommandSyntax(c);
  const { entries } = c.server.slowlog;
  let count = DEFAULT_COUNT;
  if (args.argc === 3) {
    const error = 'ERR count should be greater than or equal to -1';
    count = rangeOrReply(c, 2, -1, Number.POSITIVE_INFINITY, error);
    if (Number.isNaN(count)) return;
    if (count === -1) count = entries.length;
  }
  const shown = entries.slice(0, count);
  out.array(shown.length);
  for (const entry of shown) {
    out.array(6);
    out.integer(entry.id);
    out.integer(entry.timeSeconds);
    out.integer(entry.durationUs);
    out.array(entry.args.length);
    for (const arg of entry.args) out.bulkBytes(arg);
    out.bulkText(entry.address);
    out.bulkText(entry.clientName);
  }
}

function len(c: CommandClient): void {
  c.out.integer(c.server.slowlog.entries.length);
}

function reset(c: CommandClient): void {
  c.server.slowlog.reset();
  c.out.ok();
}

const HELP = [
  'GET [<count>]',
  '    The newest <count> entries (default: 10, -1 is all). Each entry has:',
  '    id, time stamp, duration in microseconds, arguments, address of the client,',
  '    name of the client',
  'LEN',
  '    How many entries there are.',
  'RESET',
  '    Forget all entries.',
];

export const slowlogCommands: readonly CommandSpec[] = [
  {
    name: 'slowlog',
    arity: -2,
    flags: [],
    subcommands: [
      {
        name: 'get',
        arity: -2,
        flags: ['admin', 'loading', 'stale'],
        tips: ['request_policy:all_nodes', 'nondeterministic_output'],
        proc: get,
      },
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: (c) => replyHelp(c, 'SLOWLOG', HELP) },
      {
        name: 'len',
        arity: 2,
        flags: ['admin', 'loading', 'stale'],
        tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
        proc: len,
      },
      {
        name: 'reset',
        arity: 2,
        flags: ['admin', 'loading', 'stale'],
        tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
        proc: reset,
      },
    ],
  },
];
