// Keys that hold sorted sets: members and scores, and the range that a key iterates over.

import { membersWithin, resolved } from '../../commands/zset/range-bounds.ts';
import { Args } from '../../protocol/args.ts';
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
  OUTCOME_SAME,
  OUTCOME_UPDATED,
  zsetAdd,
  zsetCountBelowScore,
  zsetCreate,
  zsetLength,
  zsetRemove,
  zsetScore,
} from '../../store/zset.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { readI32, writeF64, writeI32 } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { openKeys } from '../open-keys.ts';
import { fail } from '../runtime.ts';
import { addEntry, entryOfType, newString } from '../typed-keys.ts';
import { ZsetRange } from '../zset-range.ts';
import { notifyNew } from './keys-api.ts';

// REDISMODULE_ZADD_*
const ZADD_XX = 1;
const ZADD_NX = 2;
const ZADD_ADDED = 4;
const ZADD_UPDATED = 8;
const ZADD_NOP = 16;
const ZADD_GT = 32;
const ZADD_LT = 64;

const NOT_WRITABLE = 'the key was not opened for writing';
const NO_ZSET = 'the key holds no sorted set';

function addFlags(flags: number): number {
  let bits = 0;
  if (flags & ZADD_XX) bits |= ADD_XX;
  if (flags & ZADD_NX) bits |= ADD_NX;
  if (flags & ZADD_GT) bits |= ADD_GT;
  if (flags & ZADD_LT) bits |= ADD_LT;
  return bits;
}

/** REDISMODULE_ZADD_* for an outcome; a score that stays the same is nothing at all. */
function outcomeFlags(outcome: number): number {
  if (outcome === OUTCOME_ADDED) return ZADD_ADDED;
  if (outcome === OUTCOME_UPDATED) return ZADD_UPDATED;
  return outcome === OUTCOME_NONE ? ZADD_NOP : 0;
}

/** ZsetAdd and ZsetIncrby; `incr`: ADD_INCR or 0. Unlike in Redis an XX does not leave an empty set behind. */
function add(handle: number, score: number, ele: number, flagsptr: number, incr: number, newscore: number): number {
  const key = openKeys.get(handle);
  const { db } = key;
  const { limits } = key.data.keyspace;
  const i = moduleStrings.index(ele);
  const buf = moduleStrings.bytes[i]!;
  const off = moduleStrings.offset[i]!;
  const len = moduleStrings.length[i]!;
  if (!key.writable) return fail(NOT_WRITABLE);
  const e = entryOfType(key, TYPE_ZSET);
  if (e < 0) return fail(NO_ZSET);
  const flags = (flagsptr === 0 ? 0 : addFlags(readI32(flagsptr))) | incr;
  let outcome = OUTCOME_NAN;
  if (!Number.isNaN(score)) {
    if (e === 0 && (flags & ADD_XX) !== 0) outcome = OUTCOME_NONE;
    else {
      const at = e === 0 ? addEntry(key, (_db, k, koff, klen) => zsetCreate(db, limits, k, koff, klen, len)) : e;
      try {
        zsetAdd(db, limits, at, score, buf, off, len, flags);
      } catch (error) {
        if (e === 0) db.deleteEntry(at);
        throw error;
      }
      outcome = added.outcome;
    }
  }
  if (outcome === OUTCOME_NAN) {
    if (flagsptr !== 0) writeI32(flagsptr, 0);
    return fail('the score is not a number');
  }
  const result = added.score;
  if (e === 0 && outcome === OUTCOME_ADDED) notifyNew(key);
  if (flagsptr !== 0) writeI32(flagsptr, outcomeFlags(outcome));
  const hasScore = outcome === OUTCOME_ADDED || outcome === OUTCOME_UPDATED || outcome === OUTCOME_SAME;
  if (newscore !== 0 && hasScore) writeF64(newscore, result);
  return 0;
}

function remove(handle: number, ele: number, deleted: number): number {
  const key = openKeys.get(handle);
  const { db } = key;
  const i = moduleStrings.index(ele);
  if (!key.writable) return fail(NOT_WRITABLE);
  const e = entryOfType(key, TYPE_ZSET);
  if (e < 0) return fail(NO_ZSET);
  const { bytes, offset, length } = moduleStrings;
  const at = e === 0 ? 0 : zsetRemove(db, e, bytes[i]!, offset[i]!, length[i]!);
  if (at !== 0 && zsetLength(db, at) === 0) db.deleteEntry(at);
  if (deleted !== 0) writeI32(deleted, at === 0 ? 0 : 1);
  return 0;
}

function score(handle: number, ele: number, target: number): number {
  const key = openKeys.get(handle);
  const i = moduleStrings.index(ele);
  const e = entryOfType(key, TYPE_ZSET);
  if (e <= 0) return fail(NO_ZSET);
  const { bytes, offset, length } = moduleStrings;
  const found = zsetScore(key.db, e, bytes[i]!, offset[i]!, length[i]!);
  if (Number.isNaN(found)) return fail('there is no such member');
  writeF64(target, found);
  return 0;
}

/** Begins a range by score at its first or last member. */
function scoreRange(handle: number, min: number, max: number, minex: number, maxex: number, atLast: boolean): number {
  const key = openKeys.get(handle);
  const { db } = key;
  const e = entryOfType(key, TYPE_ZSET);
  if (e <= 0) return fail(NO_ZSET);
  const empty = Number.isNaN(min) || Number.isNaN(max) || min > max;
  const start = empty ? 0 : zsetCountBelowScore(db, e, min, minex !== 0);
  const end = empty ? 0 : zsetCountBelowScore(db, e, max, maxex === 0);
  key.range = new ZsetRange(start, end, atLast);
  return 0;
}

/** Begins a range by member at its first or last member; the bounds are those of ZRANGEBYLEX. */
function lexRange(handle: number, min: number, max: number, atLast: boolean): number {
  const key = openKeys.get(handle);
  const bounds = Args.from([moduleStrings.view(min), moduleStrings.view(max)]);
  const e = entryOfType(key, TYPE_ZSET);
  if (e <= 0) return fail(NO_ZSET);
  key.range = null;
  if (!membersWithin(key.db, e, bounds, 0, 1)) return fail('the bounds are no range of members');
  key.range = new ZsetRange(resolved.start, resolved.end, atLast);
  return 0;
}

/** The range of a key that holds a sorted set. */
function rangeOf(handle: number): ZsetRange | null {
  const key = openKeys.get(handle);
  return entryOfType(key, TYPE_ZSET) > 0 ? key.range : null;
}

function currentElement(handle: number, target: number): number {
  const key = openKeys.get(handle);
  const { range } = key;
  if (range === null || entryOfType(key, TYPE_ZSET) <= 0 || !range.current(key)) return 0;
  if (target !== 0) writeF64(target, range.score);
  return newString(key, range.bytes, range.off, range.len);
}

export const zsetKeys: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_ZsetAdd(RedisModuleKey *key, double score, RedisModuleString *ele, int *flagsptr)',
    1,
    (handle: number, value: number, ele: number, flagsptr: number) => add(handle, value, ele, flagsptr, 0, 0),
  ),
  api(
    '4.0',
    'int RedisModule_ZsetIncrby(RedisModuleKey *key, double score, RedisModuleString *ele, int *flagsptr, double *newscore)',
    1,
    (handle: number, value: number, ele: number, flagsptr: number, newscore: number) =>
      add(handle, value, ele, flagsptr, ADD_INCR, newscore),
  ),
  api('4.0', 'int RedisModule_ZsetRem(RedisModuleKey *key, RedisModuleString *ele, int *deleted)', 1, remove),
  api('4.0', 'int RedisModule_ZsetScore(RedisModuleKey *key, RedisModuleString *ele, double *score)', 1, score),

  api(
    '4.0',
    'int RedisModule_ZsetFirstInScoreRange(RedisModuleKey *key, double min, double max, int minex, int maxex)',
    1,
    (handle: number, min: number, max: number, minex: number, maxex: number) =>
      scoreRange(handle, min, max, minex, maxex, false),
  ),
  api(
    '4.0',
    'int RedisModule_ZsetLastInScoreRange(RedisModuleKey *key, double min, double max, int minex, int maxex)',
    1,
    (handle: number, min: number, max: number, minex: number, maxex: number) =>
      scoreRange(handle, min, max, minex, maxex, true),
  ),
  api(
    '4.0',
    'int RedisModule_ZsetFirstInLexRange(RedisModuleKey *key, RedisModuleString *min, RedisModuleString *max)',
    1,
    (handle: number, min: number, max: number) => lexRange(handle, min, max, false),
  ),
  api(
    '4.0',
    'int RedisModule_ZsetLastInLexRange(RedisModuleKey *key, RedisModuleString *min, RedisModuleString *max)',
    1,
    (handle: number, min: number, max: number) => lexRange(handle, min, max, true),
  ),
  api(
    '4.0',
    'RedisModuleString *RedisModule_ZsetRangeCurrentElement(RedisModuleKey *key, double *score)',
    0,
    currentElement,
  ),
  api('4.0', 'int RedisModule_ZsetRangeNext(RedisModuleKey *key)', 0, (handle: number) =>
    rangeOf(handle)?.step(1) === true ? 1 : 0,
  ),
  api('4.0', 'int RedisModule_ZsetRangePrev(RedisModuleKey *key)', 0, (handle: number) =>
    rangeOf(handle)?.step(-1) === true ? 1 : 0,
  ),
  api('4.0', 'int RedisModule_ZsetRangeEndReached(RedisModuleKey *key)', 1, (handle: number) =>
    rangeOf(handle)?.ended === false ? 0 : 1,
  ),
  api('4.0', 'void RedisModule_ZsetRangeStop(RedisModuleKey *key)', undefined, (handle: number) => {
    openKeys.get(handle).range = null;
  }),
];
