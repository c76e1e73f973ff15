/** LLEN, LINDEX, LRANGE, LPOS. */
import { listLength } from '../../store/list-cursor.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { int64RangeOrReply, integerOrReply, positiveOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { cursor, readList } from './list-value.ts';

function llen(c: CommandClient): void {
  const e = readList(c, 1);
  if (e >= 0) c.out.integer(e === 0 ? 0 : listLength(c.db, e));
}

/** The index is looked at only when there is a list. */
function lindex(c: CommandClient): void {
  const { db, out } = c;
  const e = readList(c, 1);
  if (e <= 0) return e === 0 ? out.nullBulk() : undefined;
  let index = integerOrReply(c, 2);
  if (Number.isNaN(index)) return;
  const length = listLength(db, e);
  if (index < 0) index += length;
  if (index < 0 || index >= length) return out.nullBulk();
  cursor.seek(db, e, index);
  cursor.reply(out);
}

function lrange(c: CommandClient): void {
  const { db, out } = c;
  let start = integerOrReply(c, 2);
  if (Number.isNaN(start)) return;
  let stop = integerOrReply(c, 3);
  if (Number.isNaN(stop)) return;
  const e = readList(c, 1);
  if (e <= 0) return e === 0 ? out.array(0) : undefined;
  const length = listLength(db, e);
  if (start < 0) start = Math.max(start + length, 0);
  if (stop < 0) stop += length;
  if (stop >= length) stop = length - 1;
  if (start > stop) return out.array(0);
  out.array(stop - start + 1);
  cursor.seek(db, e, start);
  cursor.replyRange(out, stop - start + 1, false);
}

interface LposOptions {
  /** Negative: from the end. */
  rank: number;
  /** -1: not given. */
  count: number;
  maxLen: number;
}

const lposOptions: LposOptions = { rank: 1, count: -1, maxLen: 0 };

const ZERO_RANK =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
  'or use negative to start from the end of the list';

/** Reads the options to `lposOptions`; false after an error reply. */
function parseLpos(c: CommandClient): boolean {
  const { args, out } = c;
  const options = lposOptions;
  options.rank = 1;
  options.count = -1;
  options.maxLen = 0;
  for (let i = 3; i < args.argc; i++) {
    const more = i + 1 < args.argc;
    let value: number;
    if (args.is(i, 'rank') && more) {
      value = options.rank = int64RangeOrReply(c, ++i);
      if (value === 0) {
        out.error(ZERO_RANK);
        return false;
      }
    } else if (args.is(i, 'count') && more) {
      value = options.count = positiveOrReply(c, ++i, "ERR COUNT can't be negative");
    } else if (args.is(i, 'maxlen') && more) {
      value = options.maxLen = positiveOrReply(c, ++i, "ERR MAXLEN can't be negative");
    } else {
      out.error(SYNTAX_ERROR);
      return false;
    }
    if (Number.isNaN(value)) return false;
  }
  return true;
}

function lpos(c: CommandClient): void {
  const { db, out } = c;
  if (!parseLpos(c)) return;
  const { count } = lposOptions;
  const e = readList(c, 1);
  if (e < 0) return;
  if (e === 0) return count >= 0 ? out.array(0) : out.nullBulk();
  const mark = out.defer();
  const matches = replyPositions(c, e, listLength(db, e));
  if (count >= 0) out.endArray(mark, matches);
  else if (matches === 0) out.nullBulk();
}

/** Replies with the indexes of matches as `lposOptions` says; returns how many there are. */
function replyPositions(c: CommandClient, e: number, length: number): number {
  const { args, db, out } = c;
  const { buf } = args;
  const off = args.off[2]!;
  const len = args.len[2]!;
  const { rank, count, maxLen } = lposOptions;
  const backward = rank < 0;
  let before = Math.abs(rank) - 1;
  const wanted = count < 0 ? 1 : count === 0 ? length : count;
  const looked = maxLen === 0 ? length : Math.min(maxLen, length);
  let replied = 0;
  if (backward) cursor.last(db, e);
  else cursor.first(db, e);
  for (let i = 0; i < looked; i++) {
    if (cursor.equals(buf, off, len)) {
      if (before > 0) before--;
      else {
        out.integer(backward ? length - 1 - i : i);
        if (++replied === wanted) break;
      }
    }
    if (backward) cursor.prev();
    else cursor.next();
  }
  return replied;
}

function reading(name: string, arity: number, fast: boolean, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity,
    flags: fast ? ['readonly', 'fast'] : ['readonly'],
    categories: ['list'],
    keySpecs: [keyRange(fast ? ['RO'] : ['RO', 'access'])],
    proc,
  };
}

export const readCommands: readonly CommandSpec[] = [
  reading('llen', 2, true, llen),
  reading('lindex', 3, false, lindex),
  reading('lrange', 4, false, lrange),
  reading('lpos', -3, false, lpos),
];
