/** ROLE and REPLICAOF of a server that is a master without replicas. */
import type { CommandClient } from '../command-client.ts';
import { rangeOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

function role(c: CommandClient): void {
  const { out } = c;
  out.array(3);
  out.bulkText('master');
  out.integer(0);
  out.array(0);
}

function replicaof(c: CommandClient): void {
  const { args, out } = c;
  if (args.is(1, 'no') && args.is(2, 'one')) return out.ok();
  if (Number.isNaN(rangeOrReply(c, 2, 0, 65535, 'ERR Invalid master port'))) return;
  out.error('ERR this server cannot be a replica: replication is not supported');
}

const REPLICAOF: CommandSpec = {
  name: 'replicaof',
  arity: 3,
  flags: ['no_async_loading', 'admin', 'noscript', 'stale'],
  proc: replicaof,
};

export const roleCommands: readonly CommandSpec[] = [
  {
    name: 'role',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'sentinel'],
    categories: ['admin', 'dangerous'],
    proc: role,
  },
  REPLICAOF,
  { ...REPLICAOF, name: 'slaveof' },
];
