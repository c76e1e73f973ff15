/** LPOP, RPOP, LMPOP, and what they share with the commands that block (blocking-pop.ts). */
import { listDeleteRange } from '../../store/list.ts';
import { listLength } from '../../store/list-cursor.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { positiveOrReply, rangeOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { cursor, elementsRemoved, endOrReply, LEFT, NO_END, RIGHT, writeList } from './list-value.ts';

/** Replies with the element at one end of `e`, in argument i, and removes it. */
export function popOne(c: CommandClient, e: number, i: number, end: number): void {
  const { db } = c;
  const left = end === LEFT;
  if (left) cursor.first(db, e);
  else cursor.last(db, e);
  cursor.reply(c.out);
  const at = listDeleteRange(db, e, left ? 0 : listLength(db, e) - 1, 1);
  elementsRemoved(c, at, i, left ? 'lpop' : 'rpop', 1);
}

/** Replies with up to `count` elements (at least 1) from one end of `e`, in argument i, and removes them. */
function popSome(c: CommandClient, e: number, i: number, end: number, count: number): void {
  const { db, out } = c;
  const left = end === LEFT;
  const length = listLength(db, e);
  const popped = Math.min(count, length);
  out.array(popped);
  cursor.seek(db, e, left ? 0 : length - 1);
  cursor.replyRange(out, popped, !left);
  const at = listDeleteRange(db, e, left ? 0 : length - popped, popped);
  elementsRemoved(c, at, i, left ? 'lpop' : 'rpop', popped);
}

/** The same with the name of the key, as LMPOP replies; propagated as a pop of one key. */
export function popNamed(c: CommandClient, e: number, i: number, end: number, count: number): void {
  const { args, out } = c;
  const popped = Math.min(count, listLength(c.db, e));
  out.array(2);
  out.bulk(args.buf, args.off[i]!, args.len[i]!);
  popSome(c, e, i, end, count);
  if (c.propagates) c.propagateAs(end === LEFT ? 'LPOP' : 'RPOP', args.borrowed(i), popped);
}

function pop(c: CommandClient, end: number): void {
  const { argc } = c.args;
  if (argc > 3) return c.out.error(`ERR wrong number of arguments for '${c.command!.fullName}' command`);
  const counted = argc === 3;
  const count = counted ? positiveOrReply(c, 2) : 1;
  if (Number.isNaN(count)) return;
  const e = writeList(c, 1);
  if (e < 0) return;
  if (e === 0) return counted ? c.out.nullArray() : c.out.nullBulk();
  if (!counted) popOne(c, e, 1, end);
  else if (count === 0) c.out.array(0);
  else popSome(c, e, 1, end, count);
}

/** What LMPOP and BLMPOP are told from their argument `numkeys` on. */
export interface MpopOptions {
  first: number;
  last: number;
  end: number;
  count: number;
}

/** What parseMpop() read last. */
export const mpopOptions: MpopOptions = { first: 0, last: 0, end: LEFT, count: 1 };

/** Reads `numkeys key … LEFT|RIGHT [COUNT count]` from argument i on to `mpopOptions`; false after an error reply. */
export function parseMpop(c: CommandClient, i: number): boolean {
  const { args, out } = c;
  const options = mpopOptions;
  const keys = rangeOrReply(c, i, 1, Number.POSITIVE_INFINITY, 'ERR numkeys should be greater than 0');
  if (Number.isNaN(keys)) return false;
  options.first = i + 1;
  options.last = i + keys;
  options.count = -1;
  if (options.last + 1 >= args.argc) return fail(c);
  options.end = endOrReply(c, options.last + 1);
  if (options.end === NO_END) return false;
  for (let k = options.last + 2; k < args.argc; k++) {
    if (options.count !== -1 || !args.is(k, 'count') || k + 1 >= args.argc) {
      out.error(SYNTAX_ERROR);
      return false;
    }
    options.count = rangeOrReply(c, ++k, 1, Number.POSITIVE_INFINITY, 'ERR count should be greater than 0');
    if (Number.isNaN(options.count)) return false;
  }
  if (options.count === -1) options.count = 1;
  return true;
}

function fail(c: CommandClient): false {
  c.out.error(SYNTAX_ERROR);
  return false;
}

function lmpop(c: CommandClient): void {
  if (!parseMpop(c, 1)) return;
  const { first, last, end, count } = mpopOptions;
  for (let i = first; i <= last; i++) {
    const e = writeList(c, i);
    if (e !== 0) return e < 0 ? undefined : popNamed(c, e, i, end, count);
  }
  c.out.nullArray();
}

function popping(name: string, end: number): CommandSpec {
  return {
    name,
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['list'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: (c) => pop(c, end),
  };
}

export const popCommands: readonly CommandSpec[] = [
  popping('lpop', LEFT),
  popping('rpop', RIGHT),
  {
    name: 'lmpop',
    arity: -4,
    flags: ['write', 'movablekeys'],
    categories: ['list'],
    keySpecs: [
      {
        flags: ['RW', 'access', 'delete'],
        begin: { index: 1 },
        find: { keyNumIndex: 0, firstKey: 1, step: 1 },
      },
    ],
    proc: lmpop,
  },
];
