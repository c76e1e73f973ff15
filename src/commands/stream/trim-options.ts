/** The options of XADD and XTRIM: what to trim, and for XADD the id. */

import { streamLength } from '../../store/stream.ts';
import { ID_AUTO, ID_GIVEN, ID_SEQUENCE } from '../../store/stream-append.ts';
import { ID_AUTO_SEQUENCE, ID_INVALID, idText, MAX_ID, newId } from '../../store/stream-id.ts';
import { streamTrim, type TrimGoal } from '../../store/stream-trim.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import { idOrReply, iterator, parseIdOrReply } from './stream-value.ts';

const BOTH_STRATEGIES = 'ERR syntax error, MAXLEN and MINID options at the same time are not compatible';
const LIMIT_WITHOUT_STRATEGY = 'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy';
const LIMIT_WITHOUT_TILDE = 'ERR syntax error, LIMIT cannot be used without the special ~ option';
const NO_STRATEGY = 'ERR syntax error, XTRIM must be called with a trimming strategy';

/** Nodes that a trim with `~` removes at most, and what that is in entries where nodes have no limit. */
const DEFAULT_NODES = 100;
const DEFAULT_LIMIT = 10000;
const MAX_DEFAULT_LIMIT = 1000000;

export const TRIM_NOTHING = 0;
export const TRIM_MAXLEN = 1;
export const TRIM_MINID = 2;

interface TrimOptions {
  readonly goal: TrimGoal;
  /** TRIM_… */
  strategy: number;
  /** Argument that holds the length or id. */
  thresholdIndex: number;
  /** XADD: the argument that is the id, how it is to be chosen (ID_…), and what is given of it. */
  idIndex: number;
  how: number;
  readonly id: Uint32Array;
  noMkstream: boolean;
  limitGiven: boolean;
}

/** What parseOptions() read last. */
export const options: TrimOptions = {
  goal: { maxLength: -1, minId: newId(), approximate: false, limit: 0 },
  strategy: TRIM_NOTHING,
  thresholdIndex: 0,
  idIndex: 0,
  how: ID_GIVEN,
  id: newId(),
  noMkstream: false,
  limitGiven: false,
};

/** Reads options from argument 2 on to `options`; for XADD up to the id. False after an error reply. */
export function parseOptions(c: CommandClient, xadd: boolean): boolean {
  const { args } = c;
  const { goal } = options;
  options.strategy = TRIM_NOTHING;
  options.noMkstream = false;
  options.limitGiven = false;
  options.how = ID_AUTO;
  goal.maxLength = -1;
  goal.approximate = false;
  goal.limit = 0;
  let i = 2;
  for (; i < args.argc; i++) {
    const more = i + 1 < args.argc;
    if (xadd && args.is(i, '*')) break;
    if (more && (args.is(i, 'maxlen') || args.is(i, 'minid'))) {
      i = parseThreshold(c, i);
      if (i < 0) return false;
    } else if (more && args.is(i, 'limit')) {
      goal.limit = limitOrReply(c, ++i);
      if (Number.isNaN(goal.limit)) return false;
    } else if (xadd && args.is(i, 'nomkstream')) options.noMkstream = true;
    else if (xadd) {
      const parsed = parseIdOrReply(c, i, options.id, true, true);
      if (parsed === ID_INVALID) return false;
      options.how = parsed === ID_AUTO_SEQUENCE ? ID_SEQUENCE : ID_GIVEN;
      break;
    } else return fail(c, SYNTAX_ERROR);
  }
  options.idIndex = i;
  return checkOptions(c, xadd);
}

function fail(c: CommandClient, error: string): false {
  c.out.error(error);
  return false;
}

/** Reads MAXLEN or MINID at argument i; returns the index of the threshold, -1 after an error reply. */
function parseThreshold(c: CommandClient, i: number): number {
  const { args } = c;
  const { goal } = options;
  const byLength = args.is(i, 'maxlen');
  if (options.strategy !== TRIM_NOTHING) {
    c.out.error(BOTH_STRATEGIES);
    return -1;
  }
  goal.approximate = false;
  i++;
  if (i + 1 < args.argc && (args.is(i, '~') || args.is(i, '='))) {
    goal.approximate = args.is(i, '~');
    i++;
  }
  if (byLength) {
    goal.maxLength = integerOrReply(c, i);
    if (Number.isNaN(goal.maxLength)) return -1;
    if (goal.maxLength < 0) {
      c.out.error('ERR The MAXLEN argument must be >= 0.');
      return -1;
    }
  } else if (!idOrReply(c, i, goal.minId)) return -1;
  options.strategy = byLength ? TRIM_MAXLEN : TRIM_MINID;
  options.thresholdIndex = i;
  return i;
}

function limitOrReply(c: CommandClient, i: number): number {
  const limit = integerOrReply(c, i);
  if (limit < 0) {
    c.out.error('ERR The LIMIT argument must be >= 0.');
    return Number.NaN;
  }
  options.limitGiven = true;
  return limit;
}

/** What options mean together. */
function checkOptions(c: CommandClient, xadd: boolean): boolean {
  const { goal, strategy } = options;
  if (goal.limit !== 0 && strategy === TRIM_NOTHING) return fail(c, LIMIT_WITHOUT_STRATEGY);
  if (!xadd && strategy === TRIM_NOTHING) return fail(c, NO_STRATEGY);
  if (options.limitGiven) return goal.approximate || fail(c, LIMIT_WITHOUT_TILDE);
  if (!goal.approximate) return true;
  // A trim that may stop early must not take long.
  goal.limit = DEFAULT_NODES * c.keyspace.limits.streamNodeMaxEntries;
  if (goal.limit <= 0) goal.limit = DEFAULT_LIMIT;
  if (goal.limit > MAX_DEFAULT_LIMIT) goal.limit = MAX_DEFAULT_LIMIT;
  return true;
}

/** Trims as `options` say; returns how many entries went. */
export function trimStream(c: CommandClient, root: number): number {
  return options.strategy === TRIM_NOTHING ? 0 : streamTrim(c.db.arena, root, options.goal);
}

/**
 * The command line with the trim that was made in place of the one that was asked for: whoever repeats it may have other
 * nodes. Only after an approximate trim.
 */
export function exactTrimLine(c: CommandClient, root: number): CommandPart[] {
  const { args } = c;
  const { thresholdIndex, strategy } = options;
  const parts: CommandPart[] = Array.from({ length: args.argc }, (_, i) => args.borrowed(i));
  parts[thresholdIndex - 1] = '=';
  parts[thresholdIndex] = strategy === TRIM_MAXLEN ? streamLength(c.db.arena, root) : firstIdText(c, root);
  return parts;
}

/** The first id that is not trimmed, deleted entries included. */
function firstIdText(c: CommandClient, root: number): string {
  iterator.all(c.db.arena, root, false);
  iterator.skipsDeleted = false;
  return idText(iterator.next(c.db.arena) ? iterator.id : MAX_ID, 0);
}
