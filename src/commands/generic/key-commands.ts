/** DEL, UNLINK, EXISTS, TOUCH, TYPE. */
import { NOTIFY_GENERIC } from '../../config/notify.ts';
import { EXPIRE_DELETE } from '../../store/expire-causes.ts';
import { LOOKUP_NOTOUCH } from '../../store/keyspace.ts';
import type { CommandClient } from '../command-client.ts';
import { readKey } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

function deleteKeys(c: CommandClient, lazy: boolean): void {
  const { args, db } = c;
  const { keyspace } = c.server;
  let deleted = 0;
  for (let i = 1; i < args.argc; i++) {
    const e = db.find(args.buf, args.off[i]!, args.len[i]!);
    if (e === 0) continue;
    // A key that expired just now is not there to be deleted; one that may not expire yet still is.
    if (keyspace.expireMode === EXPIRE_DELETE && keyspace.expireIfNeeded(db, e)) continue;
    keyspace.deleteEntry(db, e, lazy);
    c.modified(i);
    c.notify(NOTIFY_GENERIC, 'del', i);
    deleted++;
  }
  c.out.integer(deleted);
}

function del(c: CommandClient): void {
  // Strings are freed at once in any case.
  deleteKeys(c, c.db.complexSize > 0 && c.server.config.bool('lazyfree-lazy-user-del'));
}

function unlink(c: CommandClient): void {
  deleteKeys(c, true);
}

function countExisting(c: CommandClient, flags: number): void {
  let found = 0;
  for (let i = 1; i < c.args.argc; i++) if (readKey(c, i, flags) !== 0) found++;
  c.out.integer(found);
}

function exists(c: CommandClient): void {
  countExisting(c, LOOKUP_NOTOUCH);
}

function touch(c: CommandClient): void {
  countExisting(c, 0);
}

function type(c: CommandClient): void {
  const e = readKey(c, 1, LOOKUP_NOTOUCH);
  if (e === 0) c.out.simple('none');
  else c.out.simple(c.server.keyspace.types.of(c.db.type(e)).typeName(c.db, e));
}

const SHARD_TIPS = ['request_policy:multi_shard', 'response_policy:agg_sum'];

export const keyCommands: readonly CommandSpec[] = [
  {
    name: 'del',
    arity: -2,
    flags: ['write'],
    categories: ['keyspace'],
    tips: SHARD_TIPS,
    keySpecs: [keyRange(['RM', 'delete'], 1, -1)],
    proc: del,
  },
  {
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    tips: SHARD_TIPS,
    keySpecs: [keyRange(['RM', 'delete'], 1, -1)],
    proc: unlink,
  },
  {
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    tips: SHARD_TIPS,
    keySpecs: [keyRange(['RO'], 1, -1)],
    proc: exists,
  },
  {
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    tips: SHARD_TIPS,
    keySpecs: [keyRange(['RO'], 1, -1)],
    proc: touch,
  },
  {
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RO'])],
    proc: type,
  },
];
