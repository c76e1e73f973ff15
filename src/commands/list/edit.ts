/** LSET, LTRIM, LREM. */
import { NOTIFY_LIST } from '../../config/notify.ts';
import { listDeleteRange, listGrow, listRemove, listReplace, listShrink, removal } from '../../store/list.ts';
import { listLength } from '../../store/list-cursor.ts';
import type { CommandClient } from '../command-client.ts';
import { NO_SUCH_KEY, OUT_OF_RANGE_INDEX } from '../errors.ts';
import { int64RangeOrReply, integerOrReply } from '../parse.ts';
import { type CommandSpec, type KeySpecFlag, keyRange } from '../spec.ts';
import { cursor, elementsRemoved, writeList } from './list-value.ts';

function lset(c: CommandClient): void {
  const { args, db, out } = c;
  const { limits } = c.keyspace;
  let e = writeList(c, 1);
  if (e <= 0) return e === 0 ? out.error(NO_SUCH_KEY) : undefined;
  let index = integerOrReply(c, 2);
  if (Number.isNaN(index)) return;
  const length = listLength(db, e);
  if (index < 0) index += length;
  if (index < 0 || index >= length) return out.error(OUT_OF_RANGE_INDEX);
  e = listGrow(db, e, limits, args.len[3]!, 1);
  cursor.seek(db, e, index);
  e = listReplace(db, e, cursor, limits, args.buf, args.off[3]!, args.len[3]!);
  listShrink(db, e, limits);
  out.ok();
  c.modified(1);
  c.notify(NOTIFY_LIST, 'lset', 1);
}

/** A trim that removes nothing is an event, too, but no change that is propagated. */
function ltrim(c: CommandClient): void {
  const { db, out } = c;
  let start = integerOrReply(c, 2);
  if (Number.isNaN(start)) return;
  let stop = integerOrReply(c, 3);
  if (Number.isNaN(stop)) return;
  let e = writeList(c, 1);
  if (e <= 0) return e === 0 ? out.ok() : undefined;
  const length = listLength(db, e);
  if (start < 0) start = Math.max(start + length, 0);
  if (stop < 0) stop += length;
  if (stop >= length) stop = length - 1;
  let fromRight = 0;
  let fromLeft = length;
  if (start <= stop && start < length) {
    fromLeft = start;
    fromRight = length - 1 - stop;
  }
  e = listDeleteRange(db, e, length - fromRight, fromRight);
  e = listDeleteRange(db, e, 0, fromLeft);
  elementsRemoved(c, e, 1, 'ltrim', fromLeft + fromRight);
  out.ok();
}

function lrem(c: CommandClient): void {
  const { args, db, out } = c;
  const count = int64RangeOrReply(c, 2);
  if (Number.isNaN(count)) return;
  let e = writeList(c, 1);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  const max = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  e = listRemove(db, e, max, count < 0, args.buf, args.off[3]!, args.len[3]!);
  const { removed } = removal;
  if (removed > 0) elementsRemoved(c, e, 1, 'lrem', removed);
  out.integer(removed);
}

function editing(
  name: string,
  flags: CommandSpec['flags'],
  keyFlag: KeySpecFlag,
  proc: (c: CommandClient) => void,
): CommandSpec {
  return { name, arity: 4, flags, categories: ['list'], keySpecs: [keyRange(['RW', keyFlag])], proc };
}

export const editCommands: readonly CommandSpec[] = [
  editing('lset', ['write', 'denyoom'], 'update', lset),
  editing('ltrim', ['write'], 'delete', ltrim),
  editing('lrem', ['write'], 'delete', lrem),
];
