/**
 * The two ends of a range, by rank, by score (`5`, `(5`, `-inf`) or by member (`[a`, `(a`, `-`, `+`), and the ranks that
 * lie between them.
 */

import type { Args } from '../../protocol/args.ts';
import { parseDouble, parseDoubleText } from '../../protocol/numbers.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetCountBelowMember, zsetCountBelowScore, zsetLength } from '../../store/zset.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';

export const NOT_SCORES = 'ERR min or max is not a float';
export const NOT_MEMBERS = 'ERR min or max not valid string range item';

export type RangeKind = 'rank' | 'score' | 'lex';

/** Ranks that the last resolveRange() found, in ascending order: `start` up to but not `end`; never start > end. */
export const resolved = { start: 0, end: 0 };

const PARENTHESIS = 40;
const BRACKET = 91;
const MINUS = 45;
const PLUS = 43;

/** Whether the last score bound parsed excludes its score. */
let exclusive = false;

/** Argument i as the bound of a range of scores, NaN when it is none; sets `exclusive`. */
function scoreBound(args: Args, i: number): number {
  const { buf } = args;
  let off = args.off[i]!;
  let len = args.len[i]!;
  exclusive = len > 0 && buf[off] === PARENTHESIS;
  if (exclusive) {
    off++;
    len--;
  }
  const value = parseDouble(buf, off, len);
  return Number.isNaN(value) ? laxDouble(args.latin1(i).slice(exclusive ? 1 : 0)) : value;
}

/** What C's strtod() makes of a text whose end it reaches: blanks before it, nothing at all, too large, too small. */
function laxDouble(whole: string): number {
  const text = whole.split('\0', 1)[0]!;
  if (text === '') return 0;
  const trimmed = text.replace(/^[\t-\r ]+/, '');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  return parseDoubleText(trimmed);
}

/** What kind of bound of a range of members argument i is: the byte it begins with; 0 when it is none. */
function memberBound(args: Args, i: number): number {
  const first = args.len[i] === 0 ? 0 : args.buf[args.off[i]!]!;
  if (first === PARENTHESIS || first === BRACKET) return first;
  const alone = args.len[i] === 1 || args.buf[args.off[i]! + 1] === 0;
  return alone && (first === MINUS || first === PLUS) ? first : 0;
}

/**
 * Parses the bounds in arguments `min` and `max`, looks the set in argument `key` up, and sets `resolved`. By rank, with
 * `reverse`, they are counted from the last member on; by score or member `min` is the lower bound in any case.
 * Returns the entry, 0 when there is no such key, -1 after an error reply.
 */
export function resolveRange(
  c: CommandClient,
  kind: RangeKind,
  key: number,
  min: number,
  max: number,
  reverse = false,
  forWriting = false,
): number {
  if (kind === 'score') return resolveScores(c, key, min, max, forWriting);
  if (kind === 'lex') return resolveMembers(c, key, min, max, forWriting);
  const start = integerOrReply(c, min);
  if (Number.isNaN(start)) return -1;
  const end = integerOrReply(c, max);
  if (Number.isNaN(end)) return -1;
  const e = lookUp(c, key, forWriting);
  if (e > 0) resolveRanks(zsetLength(c.db, e), start, end, reverse);
  return e;
}

function lookUp(c: CommandClient, key: number, forWriting: boolean): number {
  return forWriting ? writeKeyOfType(c, key, TYPE_ZSET) : readKeyOfType(c, key, TYPE_ZSET);
}

/** Ranks `first` to `last`, both included; negative ones count from the end. */
function resolveRanks(length: number, first: number, last: number, reverse: boolean): void {
  const from = Math.max(0, first < 0 ? first + length : first);
  const to = Math.min(length - 1, last < 0 ? last + length : last);
  if (from > to || from >= length) setResolved(0, 0);
  else if (reverse) setResolved(length - 1 - to, length - from);
  else setResolved(from, to + 1);
}

function setResolved(start: number, end: number): void {
  resolved.start = start;
  resolved.end = Math.max(start, end);
}

function resolveScores(c: CommandClient, key: number, minIndex: number, maxIndex: number, forWriting: boolean): number {
  const min = scoreBound(c.args, minIndex);
  const minExclusive = exclusive;
  const max = scoreBound(c.args, maxIndex);
  const maxExclusive = exclusive;
  if (Number.isNaN(min) || Number.isNaN(max)) {
    c.out.error(NOT_SCORES);
    return -1;
  }
  const e = lookUp(c, key, forWriting);
  if (e <= 0) return e;
  const start = zsetCountBelowScore(c.db, e, min, minExclusive);
  setResolved(start, min > max ? start : zsetCountBelowScore(c.db, e, max, !maxExclusive));
  return e;
}

function resolveMembers(c: CommandClient, key: number, min: number, max: number, forWriting: boolean): number {
  const { args } = c;
  if (memberBound(args, min) === 0 || memberBound(args, max) === 0) {
    c.out.error(NOT_MEMBERS);
    return -1;
  }
  const e = lookUp(c, key, forWriting);
  if (e > 0) membersWithin(c.db, e, args, min, max);
  return e;
}

/** Sets `resolved` to the members of a set between the bounds in arguments `min` and `max`; false when these are none. */
export function membersWithin(db: Db, e: number, args: Args, min: number, max: number): boolean {
  if (memberBound(args, min) === 0 || memberBound(args, max) === 0) return false;
  setResolved(membersBefore(db, e, args, min, PARENTHESIS), membersBefore(db, e, args, max, BRACKET));
  return true;
}

/** How many members come before a bound; the one it names counts when the bound is of the kind `withEqual`. */
function membersBefore(db: Db, e: number, args: Args, i: number, withEqual: number): number {
  const kind = memberBound(args, i);
  if (kind === MINUS) return 0;
  if (kind === PLUS) return zsetLength(db, e);
  return zsetCountBelowMember(db, e, args.buf, args.off[i]! + 1, args.len[i]! - 1, kind === withEqual);
}
