/** ZADD, ZINCRBY, ZREM. */
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import {
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  added,
  OUTCOME_ADDED,
  OUTCOME_NAN,
  OUTCOME_NONE,
  OUTCOME_UPDATED,
  zsetAdd,
  zsetCreate,
  zsetLength,
  zsetRemove,
} from '../../store/zset.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { writeKeyOfType } from '../lookup.ts';
import { doubleOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { deleteIfEmpty, RESULT_IS_NAN, toldAdded, toldRemoved } from './zset-value.ts';

const NX_AND_XX = 'ERR XX and NX options at the same time are not compatible';
const GT_LT_NX = 'ERR GT, LT, and/or NX options at the same time are not compatible';
const ONE_INCREMENT = 'ERR INCR option supports a single increment-element pair';

/** Beside the ADD_ bits: the reply counts members with changed scores, too. */
const OPT_CH = 1 << 8;
/** Scores that are kept room for between calls. */
const SCORES_KEPT = 1024;

/** The scores of the running command. */
let scores = new Float64Array(64);
/** Where the scores begin among the arguments, after the options. */
let firstScore = 0;

/** The options from argument 2 on, as ADD_ bits and OPT_CH; sets `firstScore`. */
function parseOptions(c: CommandClient): number {
  const { args } = c;
  let options = 0;
  let i = 2;
  for (; i < args.argc; i++) {
    // No option begins with a digit, as most scores do.
    if (args.buf[args.off[i]!]! < 65) break;
    if (args.is(i, 'nx')) options |= ADD_NX;
    else if (args.is(i, 'xx')) options |= ADD_XX;
    else if (args.is(i, 'ch')) options |= OPT_CH;
    else if (args.is(i, 'incr')) options |= ADD_INCR;
    else if (args.is(i, 'gt')) options |= ADD_GT;
    else if (args.is(i, 'lt')) options |= ADD_LT;
    else break;
  }
  firstScore = i;
  return options;
}

/** What is wrong with options and the number of arguments behind them; null when nothing is. */
function optionFault(options: number, values: number): string | null {
  if (values === 0 || values % 2 !== 0) return SYNTAX_ERROR;
  if ((options & ADD_NX) !== 0 && (options & ADD_XX) !== 0) return NX_AND_XX;
  const direction = options & (ADD_GT | ADD_LT);
  if (direction !== 0 && ((options & ADD_NX) !== 0 || direction === (ADD_GT | ADD_LT))) return GT_LT_NX;
  if ((options & ADD_INCR) !== 0 && values > 2) return ONE_INCREMENT;
  return null;
}

/** Parses all scores before anything is changed; false after an error reply. */
function scoresOrReply(c: CommandClient, count: number): boolean {
  if (count > scores.length) scores = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    const score = doubleOrReply(c, firstScore + i * 2);
    if (Number.isNaN(score)) return false;
    scores[i] = score;
  }
  return true;
}

function zadd(c: CommandClient): void {
  addPairs(c, parseOptions(c));
}

function zincrby(c: CommandClient): void {
  addPairs(c, parseOptions(c) | ADD_INCR);
}

/** Redis reads the arguments of ZINCRBY as those of ZADD with INCR. */
function addPairs(c: CommandClient, options: number): void {
  const { args, out } = c;
  const count = (args.argc - firstScore) / 2;
  const fault = optionFault(options, args.argc - firstScore);
  if (fault !== null) return out.error(fault);
  if (!scoresOrReply(c, count)) return;
  const incr = (options & ADD_INCR) !== 0;
  const found = writeKeyOfType(c, 1, TYPE_ZSET);
  if (found < 0) return;
  if (c.notifies) {
    // Whoever was told that the key expired may have run such a command, too.
    parseOptions(c);
    scoresOrReply(c, count);
  }
  if (found === 0 && (options & ADD_XX) !== 0) return incr ? out.nullBulk() : out.integer(0);

  if (!addScored(c, found, options & ~OPT_CH, scores, count, firstScore + 1, 2)) return out.error(RESULT_IS_NAN);
  const { outcome, score } = added;
  const { isNew, updated } = scoredCounts;
  const changed = isNew + updated;
  if (count > SCORES_KEPT) scores = new Float64Array(64);
  toldAdded(c, 1, incr ? 'zincr' : 'zadd', changed, found === 0);
  if (!incr) out.integer((options & OPT_CH) !== 0 ? changed : isNew);
  else if (outcome === OUTCOME_NONE) out.nullBulk();
  else out.double(score);
}

/** Members that the last addScored() added, and those whose scores it changed. */
export const scoredCounts: { isNew: number; updated: number } = { isNew: 0, updated: 0 };

/**
 * Adds `count` members to the entry of the key in argument 1 (0: to a new one), whose arguments are `step` apart from
 * `firstMember` on; `flags`: ADD_ bits. Nothing is told. False when a sum is no number; then nothing was added.
 */
export function addScored(
  c: CommandClient,
  found: number,
  flags: number,
  memberScores: Float64Array,
  count: number,
  firstMember: number,
  step: number,
): boolean {
  const { args, db } = c;
  const { limits } = c.keyspace;
  const { buf } = args;
  const counts = scoredCounts;
  let e = found;
  if (e === 0) e = zsetCreate(db, limits, buf, args.off[1]!, args.len[1]!, args.len[firstMember]!);
  counts.isNew = 0;
  counts.updated = 0;
  try {
    for (let i = 0; i < count; i++) {
      const at = firstMember + i * step;
      e = zsetAdd(db, limits, e, memberScores[i]!, buf, args.off[at]!, args.len[at]!, flags);
      if (added.outcome === OUTCOME_ADDED) counts.isNew++;
      else if (added.outcome === OUTCOME_UPDATED) counts.updated++;
      else if (added.outcome === OUTCOME_NAN) return false;
    }
  } catch (error) {
    dropEmpty(c);
    throw error;
  }
  return true;
}

/** Deletes a set that was just made and got no member for want of memory. */
function dropEmpty({ args, db }: CommandClient): void {
  const e = db.find(args.buf, args.off[1]!, args.len[1]!);
  if (e !== 0 && zsetLength(db, e) === 0) db.deleteEntry(e);
}

function zrem(c: CommandClient): void {
  const { args, db, out } = c;
  let e = writeKeyOfType(c, 1, TYPE_ZSET);
  if (e <= 0) return e === 0 ? out.integer(0) : undefined;
  let removed = 0;
  let deleted = false;
  for (let i = 2; i < args.argc && !deleted; i++) {
    const at = zsetRemove(db, e, args.buf, args.off[i]!, args.len[i]!);
    if (at === 0) continue;
    e = at;
    removed++;
    deleted = deleteIfEmpty(c, e);
  }
  if (removed > 0) toldRemoved(c, 1, 'zrem', removed, deleted);
  out.integer(removed);
}

export const zaddCommands: readonly CommandSpec[] = [
  {
    name: 'zadd',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: zadd,
  },
  {
    name: 'zincrby',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    proc: zincrby,
  },
  {
    name: 'zrem',
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'delete'])],
    proc: zrem,
  },
];
