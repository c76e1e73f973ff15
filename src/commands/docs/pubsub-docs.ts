/** Documentation of the commands for publish and subscribe. */
import type { CommandArgument, CommandDocs, DocsTable } from './doc.ts';

const channel: CommandArgument = { name: 'channel', type: 'string' };
const shardChannel: CommandArgument = { name: 'shardchannel', type: 'string' };
const pattern: CommandArgument = { name: 'pattern', type: 'pattern' };

function row(since: string, summary: string, complexity: string, args?: readonly CommandArgument[]): CommandDocs {
  return { summary, since, group: 'pubsub', complexity, ...(args === undefined ? {} : { args }) };
}

function several(argument: CommandArgument): CommandArgument[] {
  return [{ ...argument, flags: ['multiple'] }];
}

function anyNumber(argument: CommandArgument): CommandArgument[] {
  return [{ ...argument, flags: ['optional', 'multiple'] }];
}

function maybe(argument: CommandArgument): CommandArgument[] {
  return [{ ...argument, flags: ['optional'] }];
}

const EACH_CHANNEL = 'O(N) where N is the number of channels.';
const EACH_PATTERN = 'O(N) where N is the number of patterns.';
const ACTIVE = 'O(N) where N is the number of channels that have subscribers.';

export const pubsubDocs: DocsTable = {
  subscribe: row('2.0.0', 'Listens to messages on channels.', EACH_CHANNEL, several(channel)),
  unsubscribe: row('2.0.0', 'Stops listening to channels, or to all.', EACH_CHANNEL, anyNumber(channel)),
  psubscribe: row('2.0.0', 'Listens to channels whose names match patterns.', EACH_PATTERN, several(pattern)),
  punsubscribe: row('2.0.0', 'Stops listening by patterns, or by any.', EACH_PATTERN, anyNumber(pattern)),
  ssubscribe: row('7.0.0', 'Listens to messages on shard channels.', EACH_CHANNEL, several(shardChannel)),
  sunsubscribe: row('7.0.0', 'Stops listening to shard channels, or to all.', EACH_CHANNEL, anyNumber(shardChannel)),
  publish: row(
    '2.0.0',
    'Sends a message to whoever listens to a channel.',
    'O(N+M) where N is the number of subscribers and M that of patterns.',
    [channel, { name: 'message', type: 'string' }],
  ),
  spublish: row(
    '7.0.0',
    'Sends a message to whoever listens to a shard channel.',
    'O(N) where N is the number of subscribers.',
    [shardChannel, { name: 'message', type: 'string' }],
  ),
  pubsub: row('2.8.0', 'Commands that tell who listens to what.', 'That of the subcommand.'),
  'pubsub|channels': row('2.8.0', 'Lists channels that have subscribers.', ACTIVE, maybe(pattern)),
  'pubsub|numpat': row('2.8.0', 'Counts the patterns that have subscribers.', 'O(1)'),
  'pubsub|numsub': row('2.8.0', 'Counts the subscribers of channels.', EACH_CHANNEL, anyNumber(channel)),
  'pubsub|shardchannels': row('7.0.0', 'Lists shard channels that have subscribers.', ACTIVE, maybe(pattern)),
  'pubsub|shardnumsub': row(
    '7.0.0',
    'Counts the subscribers of shard channels.',
    EACH_CHANNEL,
    anyNumber(shardChannel),
  ),
  'pubsub|help': row('6.2.0', 'Explains the subcommands.', 'O(1)'),
};
