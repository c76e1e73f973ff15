/** PUBLISH, SPUBLISH and PUBSUB. */
import { type CommandClient, PROPAGATE_REPLICAS } from '../command-client.ts';
import { replyHelp, replySubcommandSyntax } from '../help.ts';
import { type ChannelReference, type CommandFlag, type CommandSpec, keyRange } from '../spec.ts';

function publishTo(c: CommandClient, shard: boolean): void {
  const { args, server } = c;
  const receivers = server.pubsub.publish(args.latin1(1), args.borrowed(2), shard);
  c.forcePropagation(PROPAGATE_REPLICAS);
  c.out.integer(receivers);
}

function activeChannels(c: CommandClient, shard: boolean): void {
  const { args, out, server } = c;
  if (args.argc > 3) return replySubcommandSyntax(c);
  const names = server.pubsub.activeChannels(shard, args.argc === 3 ? args.borrowed(2) : null);
  out.array(names.length);
  for (const name of names) out.bulkText(name);
}

function subscriberCounts(c: CommandClient, shard: boolean): void {
  const { args, out, server } = c;
  out.array((args.argc - 2) * 2);
  for (let i = 2; i < args.argc; i++) {
    out.bulk(args.buf, args.off[i]!, args.len[i]!);
    out.integer(server.pubsub.subscriberCount(shard, args.latin1(i)));
  }
}

const HELP = [
  'CHANNELS [<pattern>]',
  '    Channels that have subscribers, all or those that match the pattern.',
  'NUMPAT',
  '    How many patterns have subscribers.',
  'NUMSUB [<channel> ...]',
  '    How many subscribers these channels have, those by patterns not counted.',
  'SHARDCHANNELS [<pattern>]',
  '    Shard channels that have subscribers, all or those that match the pattern.',
  'SHARDNUMSUB [<shardchannel> ...]',
  '    How many subscribers these shard channels have.',
];

const FLAGS: readonly CommandFlag[] = ['pubsub', 'loading', 'stale'];
const CHANNEL: readonly ChannelReference[] = [{ index: 1, flags: ['publish'] }];
const PUBLISH_FLAGS: readonly CommandFlag[] = [...FLAGS, 'fast', 'may_replicate'];

export const publishCommands: readonly CommandSpec[] = [
  {
    name: 'publish',
    arity: 3,
    flags: [...PUBLISH_FLAGS, 'sentinel'],
    getChannels: () => CHANNEL,
    proc: (c) => publishTo(c, false),
  },
  {
    name: 'spublish',
    arity: 3,
    flags: PUBLISH_FLAGS,
    keySpecs: [keyRange(['not_key'])],
    getChannels: () => CHANNEL,
    proc: (c) => publishTo(c, true),
  },
  {
    name: 'pubsub',
    arity: -2,
    flags: [],
    subcommands: [
      { name: 'channels', arity: -2, flags: FLAGS, proc: (c) => activeChannels(c, false) },
      {
        name: 'numpat',
        arity: 2,
        flags: FLAGS,
        proc: (c) => c.out.integer(c.server.pubsub.patternCount),
      },
      { name: 'numsub', arity: -2, flags: FLAGS, proc: (c) => subscriberCounts(c, false) },
      { name: 'shardchannels', arity: -2, flags: FLAGS, proc: (c) => activeChannels(c, true) },
      { name: 'shardnumsub', arity: -2, flags: FLAGS, proc: (c) => subscriberCounts(c, true) },
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: (c) => replyHelp(c, 'PUBSUB', HELP) },
    ],
  },
];
