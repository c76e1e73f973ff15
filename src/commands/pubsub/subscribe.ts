/** SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their inverses. */

import type { Args } from '../../protocol/args.ts';
import { CLIENT_DENY_BLOCKING, CLIENT_INTERNAL, CLIENT_MULTI, type CommandClient } from '../command-client.ts';
import { type ChannelReference, type CommandFlag, type CommandSpec, keyRange } from '../spec.ts';

type Kind = 'channels' | 'patterns' | 'shardChannels';

/** Whoever cannot be blocked cannot wait for messages either; but a transaction ends, and its client goes on listening. */
function refused(c: CommandClient): boolean {
  const denied = (c.flags & CLIENT_DENY_BLOCKING) !== 0 && (c.flags & CLIENT_MULTI) === 0;
  if (!denied && !(c.flags & CLIENT_INTERNAL)) return false;
  c.out.error(`ERR ${c.command!.fullName.toUpperCase()} isn't allowed for a DENY BLOCKING client`);
  return true;
}

function subscribe(kind: Kind): (c: CommandClient) => void {
  return (c) => {
    if (!refused(c)) for (let i = 1; i < c.args.argc; i++) c.subscribe(kind, c.args.latin1(i));
  };
}

function unsubscribe(kind: Kind): (c: CommandClient) => void {
  return (c) => {
    const { args } = c;
    if (args.argc === 1) return c.unsubscribe(kind, null);
    for (let i = 1; i < args.argc; i++) c.unsubscribe(kind, args.latin1(i));
  };
}

/** All arguments are channels, with which the command does this. */
function channels(...flags: ChannelReference['flags']): (args: Args) => ChannelReference[] {
  return ({ argc }) => Array.from({ length: argc - 1 }, (_, i) => ({ index: i + 1, flags }));
}

const SHARD_FLAGS: readonly CommandFlag[] = ['pubsub', 'noscript', 'loading', 'stale'];
const FLAGS: readonly CommandFlag[] = [...SHARD_FLAGS, 'sentinel'];
const SHARD_KEYS = [keyRange(['not_key'], 1, -1)];

export const subscribeCommands: readonly CommandSpec[] = [
  {
    name: 'subscribe',
    arity: -2,
    flags: FLAGS,
    getChannels: channels('subscribe'),
    proc: subscribe('channels'),
  },
  {
    name: 'unsubscribe',
    arity: -1,
    flags: FLAGS,
    getChannels: channels('unsubscribe'),
    proc: unsubscribe('channels'),
  },
  {
    name: 'psubscribe',
    arity: -2,
    flags: FLAGS,
    getChannels: channels('pattern', 'subscribe'),
    proc: subscribe('patterns'),
  },
  {
    name: 'punsubscribe',
    arity: -1,
    flags: FLAGS,
    getChannels: channels('pattern', 'unsubscribe'),
    proc: unsubscribe('patterns'),
  },
  {
    name: 'ssubscribe',
    arity: -2,
    flags: SHARD_FLAGS,
    keySpecs: SHARD_KEYS,
    getChannels: channels('subscribe'),
    proc: subscribe('shardChannels'),
  },
  {
    name: 'sunsubscribe',
    arity: -1,
    flags: SHARD_FLAGS,
    keySpecs: SHARD_KEYS,
    getChannels: channels('unsubscribe'),
    proc: unsubscribe('shardChannels'),
  },
];
