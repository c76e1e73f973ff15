/** SORT, SORT_RO. */
import { NOTIFY_GENERIC, NOTIFY_LIST, NOTIFY_NEW } from '../../config/notify.ts';
import type { Args } from '../../protocol/args.ts';
import { TYPE_LIST, TYPE_SET, TYPE_ZSET } from '../../store/entry-layout.ts';
import { listCreate, listGrow, listPush } from '../../store/list.ts';
import { ListCursor, listLength } from '../../store/list-cursor.ts';
import { ElementText, lpInteger } from '../../store/listpack.ts';
import { SetIterator } from '../../store/set-iterator.ts';
import { setSize } from '../../store/set-type.ts';
import { zsetLength } from '../../store/zset.ts';
import { ZsetWalk } from '../../store/zset-walk.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR, WRONG_TYPE } from '../errors.ts';
import { readKey, writeKey } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';
import { moveScratchValue } from '../scratch-result.ts';
import { type CommandSpec, type KeyReference, type KeySpec, keyRange } from '../spec.ts';
import { SortPattern, starOf } from './sort-pattern.ts';
import { BY_SCORE, BY_TEXT, BY_WEIGHT, SortVector, sortingScore } from './sort-vector.ts';

const NOT_NUMBERS = "ERR One or more scores can't be converted into double";
/** Patterns may make any key's name. */
const DENIED = 'option of SORT denied due to insufficient ACL permissions.';
const NO_KEY = new Uint8Array(0);

interface SortOptions {
  descending: boolean;
  alpha: boolean;
  start: number;
  count: number;
  /** BY names no keys: elements stay in their order. */
  dontSort: boolean;
  by: SortPattern | null;
  readonly get: SortPattern[];
  /** Argument of the key that gets the result; 0 for none. */
  storeIndex: number;
}

const cursor = new ListCursor();
const members = new SetIterator();
const walk = new ZsetWalk();
const text = new ElementText();

/** Vectors that no command is using. */
const spare: SortVector[] = [];

/** The options from argument 2 on; null after an error reply. */
function optionsOrReply(c: CommandClient, readOnly: boolean): SortOptions | null {
  const { args, out } = c;
  const options: SortOptions = {
    descending: false,
    alpha: false,
    start: 0,
    count: -1,
    dontSort: false,
    by: null,
    get: [],
    storeIndex: 0,
  };
  for (let i = 2; i < args.argc; i++) {
    const behind = args.argc - i - 1;
    if (args.is(i, 'asc')) options.descending = false;
    else if (args.is(i, 'desc')) options.descending = true;
    else if (args.is(i, 'alpha')) options.alpha = true;
    else if (behind >= 2 && args.is(i, 'limit')) {
      options.start = integerOrReply(c, i + 1);
      if (Number.isNaN(options.start)) return null;
      options.count = integerOrReply(c, i + 2);
      if (Number.isNaN(options.count)) return null;
      i += 2;
    } else if (behind >= 1 && !readOnly && args.is(i, 'store')) options.storeIndex = ++i;
    else if (behind >= 1 && args.is(i, 'by')) {
      // The last BY counts, but one that keeps the order does so for good.
      if (starOf(args, ++i) < 0) options.dontSort = true;
      else if (!c.mayReadAnyKey) {
        out.error(`ERR BY ${DENIED}`);
        return null;
      }
      options.by = new SortPattern(args, i);
    } else if (behind >= 1 && args.is(i, 'get')) {
      if (!c.mayReadAnyKey) {
        out.error(`ERR GET ${DENIED}`);
        return null;
      }
      options.get.push(new SortPattern(args, ++i));
    } else {
      out.error(SYNTAX_ERROR);
      return null;
    }
  }
  return options;
}

/** Elements of a value that can be sorted. */
function sizeOf(c: CommandClient, e: number, type: number): number {
  if (e === 0) return 0;
  if (type === TYPE_LIST) return listLength(c.db, e);
  return type === TYPE_SET ? setSize(c.db, e) : zsetLength(c.db, e);
}

/**
 * Copies elements, with their scores where these are at hand (else NaN): `count` from index `start` on, counted from the
 * end when `reverse`; of a set always all. `asNumbers`: integers as such, where nothing but they themselves will be asked
 * for.
 */
function collect(
  c: CommandClient,
  e: number,
  type: number,
  v: SortVector,
  start: number,
  count: number,
  reverse: boolean,
  asNumbers: boolean,
): void {
  const { db } = c;
  if (count === 0) return;
  if (type === TYPE_LIST) {
    cursor.seek(db, e, reverse ? listLength(db, e) - 1 - start : start);
    for (let left = count; ; ) {
      const n = cursor.isInteger ? lpInteger(cursor.u8, cursor.p) : Number.NaN;
      if (asNumbers && Number.isSafeInteger(n)) v.addInteger(n);
      else {
        cursor.read(text);
        v.add(text.buf, text.off, text.len);
        v.scores[v.count - 1] = n;
      }
      if (--left === 0) return;
      if (reverse) cursor.prev();
      else cursor.next();
    }
  }
  if (type === TYPE_SET) {
    members.start(db, e);
    while (members.next()) v.add(members.buf, members.off, members.len);
    v.scores.fill(Number.NaN, 0, v.count);
    return;
  }
  walk.start(db, e, reverse ? zsetLength(db, e) - 1 - start : start, count, reverse);
  while (walk.next()) v.add(walk.buf, walk.off, walk.len);
  v.scores.fill(Number.NaN, 0, v.count);
}

/** Gives all elements what they are sorted by; false when something is no number. Keys are looked up. */
function weigh(c: CommandClient, v: SortVector, by: SortPattern | null, alpha: boolean): boolean {
  let numbers = true;
  if (by === null) {
    if (alpha) return true;
    for (let i = 0; i < v.count; i++) {
      if (!Number.isNaN(v.scores[i]!)) continue;
      const off = v.offset(i);
      const score = sortingScore(v.pool, off, v.length(i));
      if (Number.isNaN(score)) numbers = false;
      v.scores[i] = score;
    }
    return numbers;
  }
  // What has no weight sorts as 0.
  v.scores.fill(0, 0, v.count);
  for (let i = 0; i < v.count; i++) {
    const off = v.offset(i);
    if (!by.find(c, v.pool, off, v.length(i))) continue;
    if (alpha) v.setWeight(i, by.buf, by.off, by.len);
    else {
      const score = sortingScore(by.buf, by.off, by.len);
      if (Number.isNaN(score)) numbers = false;
      v.scores[i] = score;
    }
  }
  return numbers;
}

/** The range of elements that LIMIT leaves, as start and count. */
function limited(options: SortOptions, size: number): { start: number; count: number } {
  const start = Math.min(Math.max(options.start, 0), size);
  const most = size - start;
  return { start, count: options.count < 0 ? most : Math.min(options.count, most) };
}

function sortGeneric(c: CommandClient, readOnly: boolean): void {
  const options = optionsOrReply(c, readOnly);
  if (options === null) return;
  const e = readKey(c, 1);
  const type = e === 0 ? TYPE_LIST : c.db.type(e);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_ZSET) return c.out.error(WRONG_TYPE);
  if (options.dontSort && type === TYPE_SET && options.storeIndex > 0) {
    // The order of a set means nothing: what is stored must not depend on it.
    options.dontSort = false;
    options.alpha = true;
    options.by = null;
  }
  const vector = spare.pop() ?? new SortVector();
  const results = spare.pop() ?? new SortVector();
  try {
    run(c, options, e, type, vector, results);
  } finally {
    vector.clear();
    results.clear();
    spare.push(vector, results);
  }
}

/** Sorts and replies. `results`: for what is to be stored. */
function run(
  c: CommandClient,
  options: SortOptions,
  e: number,
  type: number,
  vector: SortVector,
  results: SortVector,
): void {
  const size = sizeOf(c, e, type);
  let { start, count } = limited(options, size);
  if (options.dontSort && type !== TYPE_SET) {
    collect(c, e, type, vector, start, count, options.descending, true);
    start = 0;
  } else collect(c, e, type, vector, 0, size, false, !options.alpha && options.by === null);
  if (!options.dontSort) {
    if (!weigh(c, vector, options.by, options.alpha)) return c.out.error(NOT_NUMBERS);
    const how = !options.alpha ? BY_SCORE : options.by === null ? BY_TEXT : BY_WEIGHT;
    vector.sort(how, options.descending, options.storeIndex === 0, start + count);
  }
  if (options.storeIndex > 0) {
    emit(c, options.get, vector, start, count, results);
    storeList(c, results, options.storeIndex);
    return;
  }
  c.out.array(count * Math.max(1, options.get.length));
  emit(c, options.get, vector, start, count, null);
}

/** Replies with the result, or collects it in `results`. */
function emit(
  c: CommandClient,
  get: readonly SortPattern[],
  vector: SortVector,
  start: number,
  count: number,
  results: SortVector | null,
): void {
  const { out } = c;
  for (let k = start; k < start + count; k++) {
    const i = vector.order[k]!;
    if (get.length === 0 && results === null) {
      vector.reply(out, i);
      continue;
    }
    // The pool may be another one when the text has been asked for.
    const off = vector.offset(i);
    if (get.length === 0) results!.add(vector.pool, off, vector.length(i));
    for (const pattern of get) {
      const found = pattern.find(c, vector.pool, off, vector.length(i));
      if (results !== null) {
        if (found) results.add(pattern.buf, pattern.off, pattern.len);
        else results.add(NO_KEY, 0, 0);
      } else if (found) out.bulk(pattern.buf, pattern.off, pattern.len);
      else out.nullBulk();
    }
  }
}

/** Makes the results the list of the key in argument `keyIndex`, or deletes it when there are none. */
function storeList(c: CommandClient, results: SortVector, keyIndex: number): void {
  const { count } = results;
  if (count > 0) {
    const isNew = moveScratchValue(c, buildList(c, results), keyIndex);
    if (isNew) c.notify(NOTIFY_NEW, 'new', keyIndex);
    c.modified(keyIndex, count);
    c.notify(NOTIFY_LIST, 'sortstore', keyIndex);
  } else {
    const existing = writeKey(c, keyIndex);
    if (existing !== 0) {
      c.keyspace.deleteEntry(c.db, existing, c.server.config.bool('lazyfree-lazy-server-del'));
      c.modified(keyIndex);
      c.notify(NOTIFY_GENERIC, 'del', keyIndex);
    }
  }
  c.out.integer(count);
}

/** A list of the results in the scratch database. */
function buildList(c: CommandClient, results: SortVector): number {
  const { limits, scratch } = c.keyspace;
  let e = listCreate(scratch, NO_KEY, 0, 0);
  try {
    for (let i = 0; i < results.count; i++) {
      const len = results.length(i);
      e = listGrow(scratch, e, limits, len, 1);
      e = listPush(scratch, e, false, limits, results.pool, results.offset(i), len);
    }
  } catch (error) {
    scratch.delete(NO_KEY, 0, 0);
    throw error;
  }
  return e;
}

/** The key that is sorted, and the one that STORE names last. Words behind BY, GET and LIMIT are no options. */
function sortKeys(args: Args): KeyReference[] {
  const keys: KeyReference[] = [{ index: 1, flags: ['RO', 'access'] }];
  for (let i = 2; i < args.argc; i++) {
    if (args.is(i, 'limit')) i += 2;
    else if (args.is(i, 'get') || args.is(i, 'by')) i++;
    else if (args.is(i, 'store') && i + 1 < args.argc) keys[1] = { index: i + 1, flags: ['OW', 'update'] };
  }
  return keys;
}

const PATTERN_KEYS: KeySpec = {
  flags: ['RO', 'access'],
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
  begin: 'unknown',
  find: 'unknown',
};
const STORE_KEY: KeySpec = {
  flags: ['OW', 'update'],
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
  begin: 'unknown',
  find: 'unknown',
};

export const sortCommands: readonly CommandSpec[] = [
  {
    name: 'sort',
    arity: -2,
    flags: ['write', 'denyoom', 'movablekeys'],
    categories: ['set', 'sortedset', 'list', 'dangerous'],
    keySpecs: [keyRange(['RO', 'access']), PATTERN_KEYS, STORE_KEY],
    getKeys: sortKeys,
    proc: (c) => sortGeneric(c, false),
  },
  {
    name: 'sort_ro',
    arity: -2,
    flags: ['readonly', 'movablekeys'],
    categories: ['set', 'sortedset', 'list', 'dangerous'],
    keySpecs: [keyRange(['RO', 'access']), PATTERN_KEYS],
    getKeys: () => [{ index: 1, flags: ['RO', 'access'] }],
    proc: (c) => sortGeneric(c, true),
  },
];
