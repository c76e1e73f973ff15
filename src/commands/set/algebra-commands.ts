/** SINTER, SUNION, SDIFF, what stores their results, and SINTERCARD. */
import { parseInteger } from '../../protocol/numbers.ts';
import { ENC_HT, ENC_INTSET, ENC_LISTPACK, TYPE_SET } from '../../store/entry-layout.ts';
import { htBuckets } from '../../store/hash-table.ts';
import { bucketBits } from '../../store/hash-table-buckets.ts';
import { HashTableJoin } from '../../store/hash-table-join.ts';
import { SetIterator } from '../../store/set-iterator.ts';
import { setAdd, setHasIn, setRemove, setSize, setToIntset } from '../../store/set-type.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { positiveOrReply, rangeOrReply } from '../parse.ts';
import { type CommandSpec, type KeySpec, keyRange } from '../spec.ts';
import { deleteTarget, dropResult, newResult, storeResult } from './set-store.ts';
import { iterator, setAgain } from './set-value.ts';

/** Entries of the sets a command works on, 0 for keys that are not there. */
let sets = new Uint32Array(16);
/** Root blocks of those that are hash tables, 0 for the others. */
let roots = new Uint32Array(16);
/** The bits of members' hashes that these tables need; -1 when there is no table. */
let hashBits = -1;
/** Whether all sets whose intersection is asked for are tables, and the walk over what these have in common. */
let onlyTables = false;
const join = new HashTableJoin();
const resultIterator = new SetIterator();

/** Looks up `count` sets from argument `first` on; how many keys there are, -1 after WRONGTYPE. */
function readSets(c: CommandClient, first: number, count: number): number {
  // Whoever is told that a key expired, or was missed, may run such a command, too.
  const entries = c.notifies || sets.length < count ? new Uint32Array(count) : sets;
  let found = 0;
  for (let i = 0; i < count; i++) {
    const e = readKeyOfType(c, first + i, TYPE_SET);
    if (e < 0) return -1;
    entries[i] = e;
    if (e !== 0) found++;
  }
  // And may have changed the keys looked up before.
  for (let i = 0; i < count && c.notifies; i++) {
    if (entries[i] === 0) continue;
    entries[i] = setAgain(c, first + i);
    if (entries[i] === 0) found--;
  }
  sets = entries;
  return found;
}

/** Sorts sets[from .. to) by size; the insertion sort keeps the order of equals. */
function sortBySize(c: CommandClient, from: number, to: number, descending: boolean): void {
  for (let i = from + 1; i < to; i++) {
    const e = sets[i]!;
    const size = sizeOf(c, e);
    let k = i;
    for (; k > from; k--) {
      const other = sizeOf(c, sets[k - 1]!);
      if (descending ? other >= size : other <= size) break;
      sets[k] = sets[k - 1]!;
    }
    sets[k] = e;
  }
}

function sizeOf(c: CommandClient, e: number): number {
  return e === 0 ? 0 : setSize(c.db, e);
}

/** Notes which of sets[0 .. count) are hash tables; they must not change from then on. */
function noteTables(c: CommandClient, count: number): void {
  const { db } = c;
  if (roots.length < count) roots = new Uint32Array(count);
  hashBits = -1;
  for (let i = 0; i < count; i++) {
    const e = sets[i]!;
    roots[i] = e !== 0 && db.encoding(e) === ENC_HT ? db.root(e) : 0;
    if (i > 0 && roots[i] !== 0) hashBits = Math.max(hashBits, bucketBits(htBuckets(db.arena, roots[i]!)));
  }
}

/** Whether the member the iterator is at is in all of sets[0 .. count); the first is the iterator's own. */
function inAll(c: CommandClient, count: number): boolean {
  const hash = hashBits < 0 ? 0 : iterator.hashFor(hashBits);
  for (let i = 1; i < count; i++) {
    if (sets[i] !== sets[0] && !setHasIn(c.db, sets[i]!, roots[i]!, iterator, hash)) return false;
  }
  return true;
}

/** Whether the member is in none of the others. */
function inNone(c: CommandClient, count: number): boolean {
  const hash = hashBits < 0 ? 0 : iterator.hashFor(hashBits);
  for (let i = 1; i < count; i++) {
    if (sets[i] !== 0 && setHasIn(c.db, sets[i]!, roots[i]!, iterator, hash)) return false;
  }
  return true;
}

/** Begins a walk over what sets[0 .. count) have in common; brings them into order. */
function startCommon(c: CommandClient, count: number): void {
  const { db } = c;
  sortBySize(c, 0, count, false);
  noteTables(c, count);
  iterator.start(db, sets[0]!);
  onlyTables = true;
  for (let i = 0; i < count; i++) if (roots[i] === 0) onlyTables = false;
  if (onlyTables) join.start(db.arena, roots, count);
}

/** Goes to the next member that all sets have; false when there is none. */
function nextCommon(c: CommandClient, count: number): boolean {
  if (onlyTables) {
    const element = join.next();
    if (element !== 0) iterator.read(element);
    return element !== 0;
  }
  while (iterator.next()) if (inAll(c, count)) return true;
  return false;
}

function sinter(c: CommandClient): void {
  const { out } = c;
  const count = c.args.argc - 1;
  const found = readSets(c, 1, count);
  if (found < 0) return;
  if (found < count) return out.set(0);
  const mark = out.defer();
  let members = 0;
  startCommon(c, count);
  for (; nextCommon(c, count); members++) iterator.reply(out);
  out.endSet(mark, members);
}

function sintercard(c: CommandClient): void {
  const { args, out } = c;
  const count = rangeOrReply(c, 1, 1, Number.POSITIVE_INFINITY, 'ERR numkeys should be greater than 0');
  if (Number.isNaN(count)) return;
  if (count > args.argc - 2) return out.error("ERR Number of keys can't be greater than number of args");
  let limit = 0;
  for (let i = 2 + count; i < args.argc; i += 2) {
    if (!args.is(i, 'limit') || i + 1 === args.argc) return out.error(SYNTAX_ERROR);
    limit = positiveOrReply(c, i + 1, "ERR LIMIT can't be negative");
    if (Number.isNaN(limit)) return;
  }
  const found = readSets(c, 2, count);
  if (found < 0) return;
  out.integer(found < count ? 0 : countCommon(c, count, limit === 0 ? Number.POSITIVE_INFINITY : limit));
}

/** How many members sets[0 .. count) have in common, counted up to `limit`. */
function countCommon(c: CommandClient, count: number, limit: number): number {
  let common = 0;
  startCommon(c, count);
  while (common < limit && nextCommon(c, count)) common++;
  return common;
}

/** Runs `compute` with an empty scratch database and leaves it empty, whatever happens. */
function withResult(c: CommandClient, compute: (c: CommandClient) => void): void {
  try {
    compute(c);
  } finally {
    dropResult(c.keyspace.scratch);
  }
}

function sinterstore(c: CommandClient): void {
  const count = c.args.argc - 2;
  const found = readSets(c, 2, count);
  if (found < 0) return;
  if (found === count) return withResult(c, storeIntersection);
  deleteTarget(c);
  c.out.integer(0);
}

function storeIntersection(c: CommandClient): void {
  const { db, keyspace } = c;
  const { scratch } = keyspace;
  const count = c.args.argc - 2;
  startCommon(c, count);
  let onlyIntegers = true;
  let result = newResult(scratch, db.encoding(sets[0]!) === ENC_INTSET ? ENC_INTSET : ENC_LISTPACK);
  while (nextCommon(c, count)) {
    if (onlyIntegers) onlyIntegers = !Number.isNaN(parseInteger(iterator.buf, iterator.off, iterator.len));
    result = setAdd(scratch, result, keyspace.limits, iterator.buf, iterator.off, iterator.len) || result;
  }
  if (onlyIntegers) result = setToIntset(scratch, result, keyspace.limits);
  storeResult(c, scratch, result, 'sinterstore');
}

/**
 * Adds an empty set for what comes of sets[0 .. count) to the scratch database: one that may grow through all encodings
 * when it is `stored`, else the one that is added to fastest.
 */
function emptyResult(c: CommandClient, count: number, stored: boolean): number {
  const { db, keyspace } = c;
  if (!stored) {
    for (let i = 0; i < count; i++) {
      if (sets[i] !== 0 && db.encoding(sets[i]!) !== ENC_INTSET) return newResult(keyspace.scratch, ENC_HT);
    }
  }
  return newResult(keyspace.scratch, ENC_INTSET);
}

/** Adds the union of sets[0 .. count) to the scratch database. */
function makeUnion(c: CommandClient, count: number, stored: boolean): number {
  const { db, keyspace } = c;
  const { scratch } = keyspace;
  let result = emptyResult(c, count, stored);
  for (let i = 0; i < count; i++) {
    if (sets[i] === 0) continue;
    iterator.start(db, sets[i]!);
    while (iterator.next()) {
      result = setAdd(scratch, result, keyspace.limits, iterator.buf, iterator.off, iterator.len) || result;
    }
  }
  return result;
}

/** Adds what is in sets[0] and none of the others to the scratch database. */
function makeDifference(c: CommandClient, count: number, stored: boolean): number {
  const { db, keyspace } = c;
  const { scratch } = keyspace;
  let result = emptyResult(c, count, stored);
  if (sets[0] === 0 || firstAgain(count)) return result;
  const bySubtraction = subtractionIsCheaper(c, count);
  if (!bySubtraction) sortBySize(c, 1, count, true);
  noteTables(c, count);
  iterator.start(db, sets[0]!);
  while (iterator.next()) {
    if (!bySubtraction && !inNone(c, count)) continue;
    result = setAdd(scratch, result, keyspace.limits, iterator.buf, iterator.off, iterator.len) || result;
  }
  for (let i = 1; i < count && bySubtraction && setSize(scratch, result) > 0; i++) {
    if (sets[i] === 0) continue;
    iterator.start(db, sets[i]!);
    while (iterator.next()) result = setRemove(scratch, result, iterator.buf, iterator.off, iterator.len) || result;
  }
  return result;
}

/** Whether the first set is among those that are taken from it. */
function firstAgain(count: number): boolean {
  for (let i = 1; i < count; i++) if (sets[i] === sets[0]) return true;
  return false;
}

/**
 * Whether it is less work to take all members of the others out of a copy of the first set than to look each of its
 * members up in all others; looking up stops early when members are common, so it gets some advantage.
 */
function subtractionIsCheaper(c: CommandClient, count: number): boolean {
  let lookUps = 0;
  let removals = 0;
  for (let i = 0; i < count; i++) {
    if (sets[i] === 0) continue;
    lookUps += sizeOf(c, sets[0]!);
    removals += sizeOf(c, sets[i]!);
  }
  return lookUps / 2 > removals;
}

function replyResult(c: CommandClient, result: number): void {
  const { scratch } = c.keyspace;
  c.out.set(setSize(scratch, result));
  resultIterator.start(scratch, result);
  while (resultIterator.next()) resultIterator.reply(c.out);
}

function sunion(c: CommandClient): void {
  if (readSets(c, 1, c.args.argc - 1) < 0) return;
  withResult(c, replyUnion);
}

function replyUnion(c: CommandClient): void {
  replyResult(c, makeUnion(c, c.args.argc - 1, false));
}

function sunionstore(c: CommandClient): void {
  if (readSets(c, 2, c.args.argc - 2) < 0) return;
  withResult(c, storeUnion);
}

function storeUnion(c: CommandClient): void {
  storeResult(c, c.keyspace.scratch, makeUnion(c, c.args.argc - 2, true), 'sunionstore');
}

function sdiff(c: CommandClient): void {
  if (readSets(c, 1, c.args.argc - 1) < 0) return;
  withResult(c, replyDifference);
}

function replyDifference(c: CommandClient): void {
  replyResult(c, makeDifference(c, c.args.argc - 1, false));
}

function sdiffstore(c: CommandClient): void {
  if (readSets(c, 2, c.args.argc - 2) < 0) return;
  withResult(c, storeDifference);
}

function storeDifference(c: CommandClient): void {
  storeResult(c, c.keyspace.scratch, makeDifference(c, c.args.argc - 2, true), 'sdiffstore');
}

function reading(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: -2,
    flags: ['readonly'],
    categories: ['set'],
    tips: ['nondeterministic_output_order'],
    keySpecs: [keyRange(['RO', 'access'], 1, -1)],
    proc,
  };
}

function storing(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['set'],
    keySpecs: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2, -1)],
    proc,
  };
}

const COUNTED_KEYS: KeySpec = {
  flags: ['RO', 'access'],
  begin: { index: 1 },
  find: { keyNumIndex: 0, firstKey: 1, step: 1 },
};

export const algebraCommands: readonly CommandSpec[] = [
  reading('sinter', sinter),
  {
    name: 'sintercard',
    arity: -3,
    flags: ['readonly', 'movablekeys'],
    categories: ['set'],
    keySpecs: [COUNTED_KEYS],
    proc: sintercard,
  },
  storing('sinterstore', sinterstore),
  reading('sunion', sunion),
  storing('sunionstore', sunionstore),
  reading('sdiff', sdiff),
  storing('sdiffstore', sdiffstore),
];
