/** XADD, XTRIM. */
import { NOTIFY_STREAM } from '../../config/notify.ts';
import { S_LAST_ID, streamId } from '../../store/stream.ts';
import { APPENDED, ID_AUTO, ID_GIVEN, ID_TOO_SMALL, streamAppend } from '../../store/stream-append.ts';
import { compareIds, idText, isZeroId, MAX_ID, newId, replyId, setCounter } from '../../store/stream-id.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { wrongArity } from '../errors.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { addStream, tellNew, writeStream } from './stream-value.ts';
import { exactTrimLine, options, parseOptions, trimStream } from './trim-options.ts';

const ID_ZERO = 'ERR The ID specified in XADD must be greater than 0-0';
const ID_EXHAUSTED = 'ERR The stream has exhausted the last possible ID, unable to add more items';
const ID_NOT_ABOVE = 'ERR The ID specified in XADD is equal or smaller than the target stream top item';
const TOO_LARGE = 'ERR Elements are too large to be stored';

const lastId = newId();

/** Adds the entry to a stream; false after an error reply. */
function append(c: CommandClient, root: number): boolean {
  const { id, how, idIndex } = options;
  const { arena } = c.db;
  streamId(arena, root, S_LAST_ID, lastId);
  if (compareIds(lastId, 0, MAX_ID, 0) === 0) {
    c.out.error(ID_EXHAUSTED);
    return false;
  }
  if (how === ID_AUTO) {
    setCounter(id, 0, c.server.nowMs);
    id[2] = id[3] = 0;
  }
  const done = streamAppend(arena, root, id, how, c.args, idIndex + 1, c.keyspace.limits);
  if (done === APPENDED) return true;
  c.out.error(done === ID_TOO_SMALL ? ID_NOT_ABOVE : TOO_LARGE);
  return false;
}

function xadd(c: CommandClient): void {
  const { args, db, out } = c;
  if (!parseOptions(c, true)) return;
  const { goal, how, id, idIndex } = options;
  const elements = args.argc - idIndex - 1;
  if (elements < 2 || elements % 2 === 1) return out.error(wrongArity(c));
  if (how === ID_GIVEN && isZeroId(id, 0)) return out.error(ID_ZERO);
  let e = writeStream(c, 1);
  if (e < 0) return;
  const isNew = e === 0;
  if (isNew) {
    if (options.noMkstream) return out.nullBulk();
    e = addStream(c, 1, append);
    if (e === 0) return;
  } else if (!append(c, db.root(e))) return;
  const root = db.root(e);
  replyId(out, id, 0);
  const trimmed = trimStream(c, root) > 0;
  if (c.propagates && (goal.approximate || how !== ID_GIVEN)) propagateXadd(c, root);
  if (isNew) tellNew(c, 1);
  c.modified(1);
  c.signalReady(1);
  c.notify(NOTIFY_STREAM, 'xadd', 1);
  if (trimmed) c.notify(NOTIFY_STREAM, 'xtrim', 1);
}

function propagateXadd(c: CommandClient, root: number): void {
  const { args } = c;
  const parts: CommandPart[] = options.goal.approximate
    ? exactTrimLine(c, root)
    : Array.from({ length: args.argc }, (_, i) => args.borrowed(i));
  if (options.how !== ID_GIVEN) parts[options.idIndex] = idText(options.id, 0);
  c.propagateAs(...parts);
}

function xtrim(c: CommandClient): void {
  const { db, out } = c;
  if (!parseOptions(c, false)) return;
  const e = writeStream(c, 1);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  const deleted = trimStream(c, db.root(e));
  out.integer(deleted);
  if (deleted === 0) return;
  if (options.goal.approximate && c.propagates) c.propagateAs(...exactTrimLine(c, db.root(e)));
  c.modified(1, deleted);
  c.notify(NOTIFY_STREAM, 'xtrim', 1);
}

export const addCommands: readonly CommandSpec[] = [
  {
    name: 'xadd',
    arity: -5,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['stream'],
    keySpecs: [
      { ...keyRange(['RW', 'update']), notes: 'UPDATE instead of INSERT because of the optional trimming feature' },
    ],
    tips: ['nondeterministic_output'],
    proc: xadd,
  },
  {
    name: 'xtrim',
    arity: -4,
    flags: ['write'],
    categories: ['stream'],
    keySpecs: [keyRange(['RW', 'delete'])],
    tips: ['nondeterministic_output'],
    proc: xtrim,
  },
];
