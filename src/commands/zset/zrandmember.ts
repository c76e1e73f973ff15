/** ZRANDMEMBER. */
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetLength } from '../../store/zset.ts';
import { type CommandClient, isHeard } from '../command-client.ts';
import { checkElementCount } from '../endless-reply.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { replyRange, walk } from './zset-value.ts';

/** Members are chosen in one walk when the set has fewer than this many for each one wanted. */
const WALK_RATIO = 3;
const INT64_MIN = -(2n ** 63n);
/** Largest count of which the double still is an integer that C's long holds. */
const LONG_MAX_HALF = 2 ** 62;
const NOT_A_COUNT = 'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';

function randomBelow(n: number): number {
  return Math.floor(Math.random() * n);
}

function zrandmember(c: CommandClient): void {
  const { args, db, out } = c;
  if (args.argc > 2) return withCount(c);
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e <= 0) return e === 0 ? out.nullBulk() : undefined;
  walk.start(db, e, randomBelow(zsetLength(db, e)), 1, false);
  walk.next();
  out.bulkWords(walk.buf, walk.words, walk.off, walk.len);
}

function withCount(c: CommandClient): void {
  const { args, db, out } = c;
  const count = integerOrReply(c, 2);
  if (Number.isNaN(count)) return;
  if (count <= Number(INT64_MIN) && int64Arg(c, 2) === INT64_MIN) return out.error(NOT_A_COUNT);
  const withScores = args.argc === 4 && args.is(3, 'withscores');
  if (args.argc > 3 && !withScores) return out.error(SYNTAX_ERROR);
  if (withScores && Math.abs(count) >= LONG_MAX_HALF) return out.error('ERR value is out of range');
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  if (e === 0 || count === 0) return out.array(0);
  const length = zsetLength(db, e);
  if (count < 0) replyDrawn(c, e, length, -count, withScores);
  else if (count >= length) replyRange(c, e, 0, length, false, withScores);
  else replyDifferent(c, e, length, count, withScores);
}

/** The header of `count` members with or without scores; whether they are pairs. */
function replyHeader(c: CommandClient, count: number, withScores: boolean): boolean {
  const pairs = withScores && c.out.resp === 3;
  c.out.array(withScores && !pairs ? count * 2 : count);
  return pairs;
}

/** Replies with the member that the walker is at. */
function replyMember(c: CommandClient, pairs: boolean, withScores: boolean): void {
  const { out } = c;
  if (pairs) out.array(2);
  out.bulkWords(walk.buf, walk.words, walk.off, walk.len);
  if (withScores) out.double(walk.score);
}

/** `count` members, each drawn from all. */
function replyDrawn(c: CommandClient, e: number, length: number, count: number, withScores: boolean): void {
  checkElementCount(count);
  const pairs = replyHeader(c, count, withScores);
  for (let i = 0; i < count && isHeard(c); i++) {
    walk.start(c.db, e, randomBelow(length), 1, false);
    walk.next();
    replyMember(c, pairs, withScores);
  }
}

/** `count` different members, fewer than there are. */
function replyDifferent(c: CommandClient, e: number, length: number, count: number, withScores: boolean): void {
  const pairs = replyHeader(c, count, withScores);
  if (count * WALK_RATIO > length) {
    // Each is taken with the probability that the number still wanted needs.
    let wanted = count;
    walk.start(c.db, e, 0, length, false);
    for (let left = length; wanted > 0 && walk.next(); left--) {
      if (randomBelow(left) >= wanted) continue;
      replyMember(c, pairs, withScores);
      wanted--;
    }
    return;
  }
  const ranks = new Set<number>();
  while (ranks.size < count) ranks.add(randomBelow(length));
  for (const rank of ranks) {
    walk.start(c.db, e, rank, 1, false);
    walk.next();
    replyMember(c, pairs, withScores);
  }
}

export const zrandmemberCommands: readonly CommandSpec[] = [
  {
    name: 'zrandmember',
    arity: -2,
    flags: ['readonly'],
    categories: ['sortedset'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: zrandmember,
  },
];
