/** HSCAN, HRANDFIELD. */
import type { Db } from '../../store/db.ts';
import { ENC_HT, ENC_LISTPACK, TYPE_HASH } from '../../store/entry-layout.ts';
import { readFieldAt, replyFieldAt, replyValueAt } from '../../store/hash-read.ts';
import { htRandom } from '../../store/hash-table.ts';
import { hashSize } from '../../store/hash-type.ts';
import { lpSeek } from '../../store/listpack.ts';
import { randomBelow } from '../../store/set-random.ts';
import {
  type CollectionScanOptions,
  foundElements,
  matchesScan,
  replyEmptyScan,
  scanOptionsOrReply,
} from '../collection-scan.ts';
import { type CommandClient, isHeard } from '../command-client.ts';
import { checkElementCount } from '../endless-reply.ts';
import { OUT_OF_RANGE, SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { cursorOrReply } from '../scan-cursor.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { iterator, text } from './hash-value.ts';

const INT64_MIN = -(2n ** 63n);
/** Fields are chosen in one walk when the hash has fewer than this many for each one wanted. */
const WALK_RATIO = 3;

function hscan(c: CommandClient): void {
  const { db, out, keyspace } = c;
  const cursor = cursorOrReply(c, 2);
  if (Number.isNaN(cursor)) return;
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e <= 0) return e === 0 ? replyEmptyScan(c) : undefined;
  const options = scanOptionsOrReply(c, 'novalues');
  if (options === null) return;
  if (db.encoding(e) !== ENC_HT) return scanSmall(c, e, options);
  const stale = keyspace.fieldExpiry.hasStale(db, e);
  const isLive = stale ? (place: number) => !keyspace.fieldExpiry.isHidden(db, e, place) : null;
  foundElements.scan(c, db.root(e), 0, cursor, options, isLive);
  out.array(2);
  out.bulkInteger(foundElements.cursor);
  out.array(options.keysOnly ? foundElements.size : foundElements.size * 2);
  for (let i = 0; i < foundElements.size; i++) replyField(c, e, foundElements.refs[i]!, !options.keysOnly);
  foundElements.release();
}

/** Small encodings are given whole. */
function scanSmall(c: CommandClient, e: number, options: CollectionScanOptions): void {
  const { db, out, keyspace } = c;
  const stale = keyspace.fieldExpiry.hasStale(db, e);
  out.array(2);
  out.bulkInteger(0);
  const mark = out.defer();
  let elements = 0;
  iterator.start(db, e);
  while (iterator.next()) {
    if (stale && iterator.expireMs !== 0 && iterator.expireMs < keyspace.nowMs) continue;
    if (options.match !== 0) {
      readFieldAt(db, e, iterator.place, text);
      if (!matchesScan(c, options, text.buf, text.off, text.len)) continue;
    }
    replyField(c, e, iterator.place, !options.keysOnly);
    elements += options.keysOnly ? 1 : 2;
  }
  out.endArray(mark, elements);
}

function replyField(c: CommandClient, e: number, place: number, withValue: boolean): void {
  replyFieldAt(c.out, c.db, e, place);
  if (withValue) replyValueAt(c.out, c.db, e, place);
}

function hrandfield(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc >= 3) return hrandfieldCount(c);
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e < 0) return;
  const place = e === 0 ? 0 : randomField(c, e, livePlaces(c, e));
  if (place === 0) out.nullBulk();
  else replyFieldAt(out, c.db, e, place);
}

/** Whether twice the count, as pairs are counted, fits into 64 bits. */
function fitsTwice(c: CommandClient): boolean {
  const count = int64Arg(c, 2)!;
  return count < 2n ** 62n && count > -(2n ** 62n);
}

/** The count, NaN after an error reply. */
function countOrReply(c: CommandClient): number {
  const { args, out } = c;
  const count = integerOrReply(c, 2);
  if (Number.isNaN(count)) return count;
  if (count <= Number(INT64_MIN) && int64Arg(c, 2) === INT64_MIN) {
    out.error('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807');
    return Number.NaN;
  }
  if (args.argc > 4 || (args.argc === 4 && !args.is(3, 'withvalues'))) out.error(SYNTAX_ERROR);
  else if (args.argc === 4 && Math.abs(count) >= 2 ** 62 && !fitsTwice(c)) out.error(OUT_OF_RANGE);
  else return count;
  return Number.NaN;
}

function hrandfieldCount(c: CommandClient): void {
  const { db, out } = c;
  const count = countOrReply(c);
  if (Number.isNaN(count)) return;
  const withValues = c.args.argc === 4;
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e < 0) return;
  if (e === 0 || count === 0) return out.array(0);
  const live = livePlaces(c, e);
  const size = live === null ? hashSize(db, e) : live.length;
  if (size === 0) return out.array(0);
  if (count < 0) {
    checkElementCount(-count * (withValues ? 2 : 1));
    replyHead(c, -count, withValues);
    for (let i = 0; i < -count && isHeard(c); i++) replyPair(c, e, randomField(c, e, live), withValues);
    return;
  }
  replyHead(c, Math.min(count, size), withValues);
  if (live !== null) replyLive(c, e, live, count, withValues);
  else if (count * WALK_RATIO > size || db.encoding(e) !== ENC_HT) replyByWalk(c, e, size, count, withValues);
  else replyByDraw(c, e, count, withValues);
}

function replyHead(c: CommandClient, count: number, withValues: boolean): void {
  c.out.array(withValues && c.out.resp === 2 ? count * 2 : count);
}

function replyPair(c: CommandClient, e: number, place: number, withValues: boolean): void {
  if (withValues && c.out.resp === 3) c.out.array(2);
  replyField(c, e, place, withValues);
}

/** Where some fields have expired and are still there: the places of the others; else null. */
function livePlaces(c: CommandClient, e: number): number[] | null {
  const { db, keyspace } = c;
  if (!keyspace.fieldExpiry.hasStale(db, e)) return null;
  const places: number[] = [];
  iterator.start(db, e);
  while (iterator.next()) {
    if (iterator.expireMs === 0 || iterator.expireMs >= keyspace.nowMs) places.push(iterator.place);
  }
  return places;
}

/** The place of a random field, of those that are live; 0 when there is none. */
function randomField(c: CommandClient, e: number, live: number[] | null): number {
  if (live !== null) return live.length === 0 ? 0 : live[randomBelow(live.length)]!;
  const { db } = c;
  if (db.encoding(e) === ENC_HT) return htRandom(db.arena, db.root(e));
  return smallPlace(db, e, randomBelow(hashSize(db, e)));
}

/** The place of a field of a small hash by number. */
function smallPlace(db: Db, e: number, index: number): number {
  const lp = db.valOff(e);
  return lpSeek(db.u8(e), lp, index * (db.encoding(e) === ENC_LISTPACK ? 2 : 3)) - lp;
}

function replyLive(c: CommandClient, e: number, live: number[], count: number, withValues: boolean): void {
  let wanted = Math.min(count, live.length);
  for (let i = 0; wanted > 0; i++) {
    if (randomBelow(live.length - i) >= wanted) continue;
    replyPair(c, e, live[i]!, withValues);
    wanted--;
  }
}

/** `count` different fields in one walk: each is taken with the probability that the number still wanted needs. */
function replyByWalk(c: CommandClient, e: number, size: number, count: number, withValues: boolean): void {
  let wanted = Math.min(count, size);
  iterator.start(c.db, e);
  for (let left = size; wanted > 0 && iterator.next(); left--) {
    if (randomBelow(left) >= wanted) continue;
    replyPair(c, e, iterator.place, withValues);
    wanted--;
  }
}

/** `count` different fields of a table, drawn until there are enough. */
function replyByDraw(c: CommandClient, e: number, count: number, withValues: boolean): void {
  const { db } = c;
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const place = htRandom(db.arena, db.root(e));
    if (drawn.has(place)) continue;
    drawn.add(place);
    replyPair(c, e, place, withValues);
  }
}

export const hashScanCommands: readonly CommandSpec[] = [
  {
    name: 'hscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['hash'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: hscan,
  },
  {
    name: 'hrandfield',
    arity: -2,
    flags: ['readonly'],
    categories: ['hash'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: hrandfield,
  },
];
