/** DBSIZE, FLUSHDB, FLUSHALL, SWAPDB. */
import { type CommandClient, PROPAGATE_ALL } from '../command-client.ts';
import { DB_INDEX_OUT_OF_RANGE, SYNTAX_ERROR } from '../errors.ts';
import { int32OrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

function dbsize(c: CommandClient): void {
  c.out.integer(c.db.size);
}

/** Whether memory is to be freed later (ASYNC); null after an error reply. */
function asyncOrReply(c: CommandClient): boolean | null {
  const { args } = c;
  if (args.argc === 1) return c.server.config.bool('lazyfree-lazy-user-flush');
  if (args.argc === 2 && args.is(1, 'sync')) return false;
  if (args.argc === 2 && args.is(1, 'async')) return true;
  c.out.error(SYNTAX_ERROR);
  return null;
}

function flushdb(c: CommandClient): void {
  const { server } = c;
  const lazy = asyncOrReply(c);
  if (lazy === null) return;
  server.databases.flush(c.dbIndex, lazy);
  // An empty database counts no changes; whoever repeats this may have another view of it.
  c.forcePropagation(PROPAGATE_ALL);
  c.out.ok();
}

function flushall(c: CommandClient): void {
  const { server } = c;
  const lazy = asyncOrReply(c);
  if (lazy === null) return;
  server.databases.flush(-1, lazy);
  c.forcePropagation(PROPAGATE_ALL);
  c.out.ok();
}

function swapdb(c: CommandClient): void {
  const { server } = c;
  const { dbs } = server.keyspace;
  const first = int32OrReply(c, 1, 'ERR invalid first DB index');
  if (Number.isNaN(first)) return;
  const second = int32OrReply(c, 2, 'ERR invalid second DB index');
  if (Number.isNaN(second)) return;
  if (dbs[first] === undefined || dbs[second] === undefined) return c.out.error(DB_INDEX_OUT_OF_RANGE);
  server.databases.swap(first, second);
  c.out.ok();
}

const FLUSH_TIPS = ['request_policy:all_shards', 'response_policy:all_succeeded'];

export const databaseCommands: readonly CommandSpec[] = [
  {
    name: 'dbsize',
    arity: 1,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
    proc: dbsize,
  },
  {
    name: 'flushdb',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    tips: FLUSH_TIPS,
    proc: flushdb,
  },
  {
    name: 'flushall',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    tips: FLUSH_TIPS,
    proc: flushall,
  },
  {
    name: 'swapdb',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace', 'dangerous'],
    proc: swapdb,
  },
];
