/** ZRANGE, ZRANGESTORE, and the commands that ZRANGE replaces. */
import { ZsetBuilder } from '../../store/zset-build.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { type RangeKind, resolved, resolveRange } from './range-bounds.ts';
import { storeResult } from './zset-store.ts';
import { replyRange, walk } from './zset-value.ts';

const LIMIT_NEEDS_KIND = 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
const NO_SCORES_BY_LEX = 'ERR syntax error, WITHSCORES not supported in combination with BYLEX';

/** A parsed command line. */
interface Query {
  kind: RangeKind;
  reverse: boolean;
  withScores: boolean;
  offset: number;
  /** -1: all. */
  limit: number;
}

/** One at a time: copied from by runQuery() before anything is looked up. */
const query: Query = { kind: 'rank', reverse: false, withScores: false, offset: 0, limit: -1 };

/**
 * Parses the options from argument `i` on. `kind` and `reverse` null: options say so (ZRANGE); `store`: there are no
 * scores to ask for. False after an error reply.
 */
function queryOrReply(
  c: CommandClient,
  i: number,
  kind: RangeKind | null,
  reverse: boolean | null,
  store: boolean,
): boolean {
  const { args, out } = c;
  query.kind = kind ?? 'rank';
  query.reverse = reverse ?? false;
  query.withScores = false;
  query.offset = 0;
  query.limit = -1;
  let kindOpen = kind === null;
  for (; i < args.argc; i++) {
    if (!store && args.is(i, 'withscores')) query.withScores = true;
    else if (args.is(i, 'limit') && i + 2 < args.argc) {
      query.offset = integerOrReply(c, i + 1);
      if (Number.isNaN(query.offset)) return false;
      query.limit = integerOrReply(c, i + 2);
      if (Number.isNaN(query.limit)) return false;
      i += 2;
    } else if (reverse === null && !query.reverse && args.is(i, 'rev')) query.reverse = true;
    else if (kindOpen && (args.is(i, 'byscore') || args.is(i, 'bylex'))) {
      query.kind = args.is(i, 'bylex') ? 'lex' : 'score';
      kindOpen = false;
    } else {
      out.error(SYNTAX_ERROR);
      return false;
    }
  }
  if (query.limit !== -1 && query.kind === 'rank') {
    out.error(LIMIT_NEEDS_KIND);
    return false;
  }
  if (query.withScores && query.kind === 'lex') {
    out.error(NO_SCORES_BY_LEX);
    return false;
  }
  return true;
}

/**
 * Finds the range of the key in argument `key`, whose bounds follow it. Afterwards `resolved` has its ranks with the
 * limit applied. Returns the entry, 0 when there is none, -1 after an error reply.
 */
function findRange(c: CommandClient, key: number): number {
  const { kind, reverse, offset, limit } = query;
  const swapped = reverse && kind !== 'rank';
  const e = resolveRange(c, kind, key, swapped ? key + 2 : key + 1, swapped ? key + 1 : key + 2, reverse);
  if (e <= 0 || kind === 'rank' || (offset === 0 && limit < 0)) return e;
  const { start, end } = resolved;
  const skipped = offset < 0 ? end - start : Math.min(offset, end - start);
  const count = limit < 0 ? end - start - skipped : Math.min(limit, end - start - skipped);
  resolved.start = reverse ? end - skipped - count : start + skipped;
  resolved.end = resolved.start + count;
  return e;
}

function rangeReply(c: CommandClient, kind: RangeKind | null, reverse: boolean | null): void {
  if (!queryOrReply(c, 4, kind, reverse, false)) return;
  const { reverse: down, withScores } = query;
  const e = findRange(c, 1);
  if (e <= 0) return e === 0 ? c.out.array(0) : undefined;
  const { start, end } = resolved;
  replyRange(c, e, down ? end - 1 : start, end - start, down, withScores);
}

function zrange(c: CommandClient): void {
  rangeReply(c, null, null);
}

function zrevrange(c: CommandClient): void {
  rangeReply(c, 'rank', true);
}

function zrangebyscore(c: CommandClient): void {
  rangeReply(c, 'score', false);
}

function zrevrangebyscore(c: CommandClient): void {
  rangeReply(c, 'score', true);
}

function zrangebylex(c: CommandClient): void {
  rangeReply(c, 'lex', false);
}

function zrevrangebylex(c: CommandClient): void {
  rangeReply(c, 'lex', true);
}

function zrangestore(c: CommandClient): void {
  const { db } = c;
  if (!queryOrReply(c, 5, null, null, true)) return;
  const e = findRange(c, 2);
  if (e < 0) return;
  const builder = new ZsetBuilder(db.arena);
  try {
    if (e > 0) {
      const { start, end } = resolved;
      walk.start(db, e, start, end - start, false);
      while (walk.next()) builder.insert(walk.score, walk.buf, walk.off, walk.len, walk.hash());
    }
    storeResult(c, builder, 1, 'zrangestore');
  } finally {
    builder.free();
  }
}

function ranging(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: -4,
    flags: ['readonly'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc,
  };
}

export const zrangeCommands: readonly CommandSpec[] = [
  ranging('zrange', zrange),
  ranging('zrevrange', zrevrange),
  ranging('zrangebyscore', zrangebyscore),
  ranging('zrevrangebyscore', zrevrangebyscore),
  ranging('zrangebylex', zrangebylex),
  ranging('zrevrangebylex', zrevrangebylex),
  {
    name: 'zrangestore',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2)],
    proc: zrangestore,
  },
];
