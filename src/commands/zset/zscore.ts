/** ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCOUNT, ZLEXCOUNT. */
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetLength, zsetRank, zsetScore } from '../../store/zset.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR, wrongArity } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { type RangeKind, resolved, resolveRange } from './range-bounds.ts';

function zcard(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e >= 0) c.out.integer(e === 0 ? 0 : zsetLength(c.db, e));
}

function zscore(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e >= 0) replyScore(c, e, 2);
}

/** Replies with the score of the member in argument i of a set (0: there is none), or null. */
function replyScore(c: CommandClient, e: number, i: number): void {
  const { args, out } = c;
  const score = e === 0 ? Number.NaN : zsetScore(c.db, e, args.buf, args.off[i]!, args.len[i]!);
  if (Number.isNaN(score)) out.nullBulk();
  else out.double(score);
}

function zmscore(c: CommandClient): void {
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  c.out.array(c.args.argc - 2);
  for (let i = 2; i < c.args.argc; i++) replyScore(c, e, i);
}

function zrank(c: CommandClient): void {
  rank(c, false);
}

function zrevrank(c: CommandClient): void {
  rank(c, true);
}

function rank(c: CommandClient, reverse: boolean): void {
  const { args, db, out } = c;
  if (args.argc > 4) return out.error(wrongArity(c));
  const withScore = args.argc === 4;
  if (withScore && !args.is(3, 'withscore')) return out.error(SYNTAX_ERROR);
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  const off = args.off[2]!;
  const len = args.len[2]!;
  let at = e === 0 ? -1 : zsetRank(db, e, args.buf, off, len);
  if (at < 0) return withScore ? out.nullArray() : out.nullBulk();
  if (reverse) at = zsetLength(db, e) - 1 - at;
  if (!withScore) return out.integer(at);
  out.array(2);
  out.integer(at);
  out.double(zsetScore(db, e, args.buf, off, len));
}

function zcount(c: CommandClient): void {
  count(c, 'score');
}

function zlexcount(c: CommandClient): void {
  count(c, 'lex');
}

function count(c: CommandClient, kind: RangeKind): void {
  const e = resolveRange(c, kind, 1, 2, 3);
  if (e >= 0) c.out.integer(e === 0 ? 0 : resolved.end - resolved.start);
}

function reading(name: string, arity: number, fast: boolean, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity,
    flags: fast ? ['readonly', 'fast'] : ['readonly'],
    categories: ['sortedset'],
    keySpecs: [keyRange(name === 'zcard' ? ['RO'] : ['RO', 'access'])],
    proc,
  };
}

export const zscoreCommands: readonly CommandSpec[] = [
  reading('zcard', 2, true, zcard),
  reading('zscore', 3, true, zscore),
  reading('zmscore', -3, true, zmscore),
  reading('zrank', -3, true, zrank),
  reading('zrevrank', -3, true, zrevrank),
  reading('zcount', 4, true, zcount),
  reading('zlexcount', 4, true, zlexcount),
];
