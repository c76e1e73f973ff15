/** CLUSTER, ASKING, READONLY and READWRITE of a server whose cluster mode is off: it knows them, and refuses them. */
import type { CommandClient } from '../command-client.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';

function clusterDisabled(c: CommandClient): void {
  c.out.error('ERR This instance has cluster support disabled');
}

const READS: readonly CommandFlag[] = ['stale'];
const READS_LOADING: readonly CommandFlag[] = ['loading', 'stale'];
const ADMIN: readonly CommandFlag[] = ['admin', 'stale'];
const CHANGES: readonly CommandFlag[] = ['no_async_loading', 'admin', 'stale'];
const NONDETERMINISTIC = ['nondeterministic_output'];

function subcommand(
  name: string,
  arity: number,
  flags: readonly CommandFlag[],
  tips: readonly string[] = [],
): CommandSpec {
  return { name, arity, flags, tips, proc: clusterDisabled };
}

const CLUSTER: CommandSpec = {
  name: 'cluster',
  arity: -2,
  flags: [],
  subcommands: [
    subcommand('addslots', -3, CHANGES),
    subcommand('addslotsrange', -4, CHANGES),
    subcommand('bumpepoch', 2, CHANGES, NONDETERMINISTIC),
    subcommand('count-failure-reports', 3, ADMIN, NONDETERMINISTIC),
    subcommand('countkeysinslot', 3, READS),
    subcommand('delslots', -3, CHANGES),
    subcommand('delslotsrange', -4, CHANGES),
    subcommand('failover', -2, CHANGES),
    subcommand('flushslots', 2, CHANGES),
    subcommand('forget', 3, CHANGES),
    subcommand('getkeysinslot', 4, READS, NONDETERMINISTIC),
    subcommand('help', 2, READS_LOADING),
    subcommand('info', 2, READS, NONDETERMINISTIC),
    subcommand('keyslot', 3, READS),
    subcommand('links', 2, READS, NONDETERMINISTIC),
    subcommand('meet', -4, CHANGES),
    subcommand('myid', 2, READS),
    subcommand('myshardid', 2, READS, NONDETERMINISTIC),
    subcommand('nodes', 2, READS, NONDETERMINISTIC),
    subcommand('replicas', 3, ADMIN, NONDETERMINISTIC),
    subcommand('replicate', 3, CHANGES),
    subcommand('reset', -2, ['admin', 'stale', 'noscript']),
    subcommand('saveconfig', 2, CHANGES),
    subcommand('set-config-epoch', 3, CHANGES),
    subcommand('setslot', -4, CHANGES),
    subcommand('shards', 2, READS_LOADING, NONDETERMINISTIC),
    subcommand('slaves', 3, ADMIN, NONDETERMINISTIC),
    subcommand('slots', 2, READS_LOADING, NONDETERMINISTIC),
  ],
};

/** What a client of a cluster says about its connection. */
function connectionMode(name: string, flags: readonly CommandFlag[]): CommandSpec {
  return { name, arity: 1, flags, categories: ['connection'], proc: clusterDisabled };
}

export const clusterCommands: readonly CommandSpec[] = [
  CLUSTER,
  connectionMode('asking', ['fast']),
  connectionMode('readonly', ['loading', 'stale', 'fast']),
  connectionMode('readwrite', ['loading', 'stale', 'fast']),
];
