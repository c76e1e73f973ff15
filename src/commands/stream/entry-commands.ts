/** XLEN, XRANGE, XREVRANGE, XDEL, XSETID: entries by their ids, and the stream's own. */
import { NOTIFY_STREAM } from '../../config/notify.ts';
import { wordOf } from '../../store/id-tree-node.ts';
import {
  S_ENTRIES_ADDED,
  S_FIRST_ID,
  S_LAST_ID,
  S_MAX_DELETED_ID,
  setStreamId,
  streamId,
  streamLength,
  wordsAt,
} from '../../store/stream.ts';
import { compareIds, isZeroId, newId, setCounter64 } from '../../store/stream-id.ts';
import { noteDeleted, refreshFirstId, streamDelete } from '../../store/stream-trim.ts';
import type { CommandClient } from '../command-client.ts';
import { NO_SUCH_KEY, SYNTAX_ERROR } from '../errors.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { countChanges } from './group-value.ts';
import {
  endOrReply,
  idOrReply,
  iterator,
  readStream,
  replyEntries,
  startOrReply,
  writeStream,
} from './stream-value.ts';

const BELOW_GIVEN_DELETED = 'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id';
const BELOW_DELETED = 'ERR The ID specified in XSETID is smaller than current max_deleted_entry_id';
const BELOW_LAST = 'ERR The ID specified in XSETID is smaller than the target stream top item';
const TOO_FEW_ADDED = 'ERR The entries_added specified in XSETID is smaller than the target stream length';

const startId = newId();
const endId = newId();
const current = newId();

function xlen(c: CommandClient): void {
  const e = readStream(c, 1);
  if (e >= 0) c.out.integer(e === 0 ? 0 : streamLength(c.db.arena, c.db.root(e)));
}

function range(c: CommandClient, reverse: boolean): void {
  const { args, db, out } = c;
  if (!startOrReply(c, reverse ? 3 : 2, startId) || !endOrReply(c, reverse ? 2 : 3, endId)) return;
  let count = -1;
  for (let i = 4; i < args.argc; i += 2) {
    if (!args.is(i, 'count') || i + 1 >= args.argc) return out.error(SYNTAX_ERROR);
    count = integerOrReply(c, i + 1);
    if (Number.isNaN(count)) return;
    if (count < 0) count = 0;
  }
  const e = readStream(c, 1);
  if (e <= 0) return e === 0 ? out.array(0) : undefined;
  if (count === 0) return out.nullArray();
  iterator.range(db.arena, db.root(e), startId, 0, endId, 0, reverse);
  replyEntries(c, count < 0 ? 0 : count);
}

function xdel(c: CommandClient): void {
  const { args, db, out } = c;
  const e = writeStream(c, 1);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  for (let i = 2; i < args.argc; i++) if (!idOrReply(c, i, startId)) return;
  const root = db.root(e);
  let deleted = 0;
  let first = false;
  for (let i = 2; i < args.argc; i++) {
    idOrReply(c, i, startId);
    if (!streamDelete(db.arena, root, startId, 0)) continue;
    streamId(db.arena, root, S_FIRST_ID, current);
    if (compareIds(current, 0, startId, 0) === 0) first = true;
    noteDeleted(db.arena, root, startId, 0);
    deleted++;
  }
  if (first || (deleted > 0 && streamLength(db.arena, root) === 0)) refreshFirstId(db.arena, root);
  out.integer(deleted);
  if (deleted === 0) return;
  c.modified(1, deleted);
  c.notify(NOTIFY_STREAM, 'xdel', 1);
}

/** Reads the options of XSETID: how many entries were added, -1 without; null after an error reply. */
function setIdOptionsOrReply(c: CommandClient): bigint | null {
  const { args, out } = c;
  let added = -1n;
  endId.fill(0);
  for (let i = 3; i < args.argc; i += 2) {
    const more = i + 1 < args.argc;
    if (more && args.is(i, 'entriesadded')) {
      if (Number.isNaN(integerOrReply(c, i + 1))) return null;
      added = int64Arg(c, i + 1)!;
      if (added < 0n) {
        out.error('ERR entries_added must be positive');
        return null;
      }
    } else if (more && args.is(i, 'maxdeletedid')) {
      if (!idOrReply(c, i + 1, endId)) return null;
      if (compareIds(startId, 0, endId, 0) < 0) {
        out.error(BELOW_GIVEN_DELETED);
        return null;
      }
    } else {
      out.error(SYNTAX_ERROR);
      return null;
    }
  }
  return added;
}

function xsetid(c: CommandClient): void {
  const { db, out } = c;
  if (!idOrReply(c, 2, startId)) return;
  const added = setIdOptionsOrReply(c);
  if (added === null) return;
  const e = writeStream(c, 1);
  if (e <= 0) return e === 0 ? out.error(NO_SUCH_KEY) : undefined;
  const { arena } = db;
  const root = db.root(e);
  streamId(arena, root, S_MAX_DELETED_ID, current);
  if (compareIds(startId, 0, current, 0) < 0) return out.error(BELOW_DELETED);
  const length = streamLength(arena, root);
  if (length > 0) {
    iterator.all(arena, root, true);
    iterator.next(arena);
    if (compareIds(startId, 0, iterator.id, 0) < 0) return out.error(BELOW_LAST);
    if (added !== -1n && BigInt(length) > added) return out.error(TOO_FEW_ADDED);
  }
  setStreamId(arena, root, S_LAST_ID, startId, 0);
  if (added !== -1n) setCounter64(wordsAt(arena, root), wordOf(root) + S_ENTRIES_ADDED, added);
  if (!isZeroId(endId, 0)) setStreamId(arena, root, S_MAX_DELETED_ID, endId, 0);
  out.ok();
  countChanges(c, 1);
  c.notify(NOTIFY_STREAM, 'xsetid', 1);
}

function ranging(name: string, reverse: boolean): CommandSpec {
  return {
    name,
    arity: -4,
    flags: ['readonly'],
    categories: ['stream'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: (c) => range(c, reverse),
  };
}

export const entryCommands: readonly CommandSpec[] = [
  {
    name: 'xlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RO'])],
    proc: xlen,
  },
  ranging('xrange', false),
  ranging('xrevrange', true),
  {
    name: 'xdel',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'delete'])],
    proc: xdel,
  },
  {
    name: 'xsetid',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: xsetid,
  },
];
