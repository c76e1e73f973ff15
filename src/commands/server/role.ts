/** ROLE, REPLICAOF and FAILOVER of a server that is a master without replicas. */
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply, rangeOrReply } from '../parse.ts';
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

/** The arguments are judged first, as if there were a replica that could take over. */
function failover(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc === 2 && args.is(1, 'abort')) return out.error('ERR No failover in progress.');
  let timeoutMs = 0;
  let hasTarget = false;
  let force = false;
  for (let i = 1; i < args.argc; i++) {
    if (args.is(i, 'timeout') && i + 1 < args.argc && timeoutMs === 0) {
      timeoutMs = integerOrReply(c, ++i);
      if (Number.isNaN(timeoutMs)) return;
      if (timeoutMs <= 0) return out.error('ERR FAILOVER timeout must be greater than 0');
    } else if (args.is(i, 'to') && i + 2 < args.argc && !hasTarget) {
      i += 2;
      if (Number.isNaN(integerOrReply(c, i))) return;
      hasTarget = true;
    } else if (args.is(i, 'force') && !force) force = true;
    else return out.error(SYNTAX_ERROR);
  }
  out.error('ERR FAILOVER requires connected replicas.');
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
  { name: 'failover', arity: -1, flags: ['admin', 'noscript', 'stale'], proc: failover },
];
