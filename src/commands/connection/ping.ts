/** PING and ECHO. */
import { CLIENT_PUBSUB, type CommandClient } from '../command-client.ts';
import type { CommandSpec } from '../spec.ts';

function ping(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc > 2) return out.error("ERR wrong number of arguments for 'ping' command");
  if (c.flags & CLIENT_PUBSUB && c.resp === 2) {
    // Among messages a plain PONG would not be told from them.
    out.array(2);
    out.bulkText('pong');
    if (args.argc === 1) out.emptyBulk();
    else out.bulk(args.buf, args.off[1]!, args.len[1]!);
  } else if (args.argc === 1) out.pong();
  else out.bulk(args.buf, args.off[1]!, args.len[1]!);
}

function echo(c: CommandClient): void {
  const { args, out } = c;
  out.bulk(args.buf, args.off[1]!, args.len[1]!);
}

export const pingCommands: readonly CommandSpec[] = [
  {
    name: 'ping',
    arity: -1,
    flags: ['fast', 'sentinel'],
    categories: ['connection'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    proc: ping,
  },
  {
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    categories: ['connection'],
    proc: echo,
  },
];
