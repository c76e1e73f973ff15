/** LPUSH, RPUSH, LPUSHX, RPUSHX, LINSERT. */
import { NOTIFY_LIST } from '../../config/notify.ts';
import { listDeleteRange, listGrow, listInsert, listPush } from '../../store/list.ts';
import { listLength } from '../../store/list-cursor.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { createList, cursor, tellPushed, writeList } from './list-value.ts';

function push(c: CommandClient, left: boolean, onlyExisting: boolean): void {
  const { args, db } = c;
  const { limits } = c.keyspace;
  const { argc, buf, len } = args;
  let e = writeList(c, 1);
  if (e < 0) return;
  const isNew = e === 0;
  if (isNew && onlyExisting) return c.out.integer(0);
  let bytes = 0;
  for (let i = 2; i < argc; i++) bytes += len[i]!;
  let pushed = 0;
  try {
    if (isNew) e = createList(c, 1);
    e = listGrow(db, e, limits, bytes, argc - 2);
    for (; pushed < argc - 2; pushed++) {
      e = listPush(db, e, left, limits, buf, args.off[pushed + 2]!, len[pushed + 2]!);
    }
  } catch (error) {
    if (!isNew) listDeleteRange(db, e, left ? 0 : listLength(db, e) - pushed, pushed);
    else if (e !== 0) db.deleteEntry(e);
    throw error;
  }
  c.out.integer(listLength(db, e));
  tellPushed(c, 1, left, isNew, argc - 2);
}

function linsert(c: CommandClient): void {
  const { args, db, out } = c;
  const { buf } = args;
  const { limits } = c.keyspace;
  const after = args.is(2, 'after');
  if (!after && !args.is(2, 'before')) return out.error(SYNTAX_ERROR);
  let e = writeList(c, 1);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  // As Redis does: the encoding changes for the element even if there is no pivot.
  e = listGrow(db, e, limits, args.len[4]!, 1);
  if (!cursor.first(db, e) || !cursor.find(buf, args.off[3]!, args.len[3]!)) return out.integer(-1);
  e = listInsert(db, e, cursor, after, limits, buf, args.off[4]!, args.len[4]!);
  out.integer(listLength(db, e));
  c.modified(1);
  c.notify(NOTIFY_LIST, 'linsert', 1);
}

function pushing(name: string, left: boolean, onlyExisting: boolean): CommandSpec {
  return {
    name,
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['list'],
    keySpecs: [keyRange(['RW', 'insert'])],
    proc: (c) => push(c, left, onlyExisting),
  };
}

export const pushCommands: readonly CommandSpec[] = [
  pushing('lpush', true, false),
  pushing('rpush', false, false),
  pushing('lpushx', true, true),
  pushing('rpushx', false, true),
  {
    name: 'linsert',
    arity: 5,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keySpecs: [keyRange(['RW', 'insert'])],
    proc: linsert,
  },
];
