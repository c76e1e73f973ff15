/** GEOADD, GEODIST, GEOHASH, GEOPOS. */
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { ADD_NX, ADD_XX, zsetScore } from '../../store/zset.ts';
import type { CommandClient, CommandPart } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { addScored, scoredCounts } from '../zset/zadd.ts';
import { toldAdded } from '../zset/zset-value.ts';
import { coordinates, coordinatesOrReply, unitOrReply } from './geo-arguments.ts';
import { distanceText, exactDistance } from './geo-distance.ts';
import { replyPlace } from './geo-search.ts';
import { decode, encode, geohashText, place } from './geohash.ts';

/** Repeated as the ZADD that it amounts to. */
function geoadd(c: CommandClient): void {
  const { args, out } = c;
  let flags = 0;
  let changes = false;
  let first = 2;
  for (; first < args.argc; first++) {
    if (args.is(first, 'nx')) flags |= ADD_NX;
    else if (args.is(first, 'xx')) flags |= ADD_XX;
    else if (args.is(first, 'ch')) changes = true;
    else break;
  }
  const count = (args.argc - first) / 3;
  const both = ADD_NX | ADD_XX;
  if (count === 0 || !Number.isInteger(count) || (flags & both) === both) return out.error(SYNTAX_ERROR);
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    if (!coordinatesOrReply(c, first + i * 3)) return;
    scores[i] = encode(coordinates.longitude, coordinates.latitude);
  }
  const found = writeKeyOfType(c, 1, TYPE_ZSET);
  if (found < 0) return;
  if (found === 0 && (flags & ADD_XX) !== 0) return out.integer(0);
  addScored(c, found, flags, scores, count, first + 2, 3);
  const { isNew } = scoredCounts;
  const changed = isNew + scoredCounts.updated;
  if (c.propagates) propagateZadd(c, first, scores);
  toldAdded(c, 1, 'zadd', changed, found === 0);
  out.integer(changes ? changed : isNew);
}

function propagateZadd(c: CommandClient, first: number, scores: Float64Array): void {
  const { args } = c;
  const parts: CommandPart[] = ['zadd'];
  for (let i = 1; i < first; i++) parts.push(args.borrowed(i));
  for (let i = 0; i < scores.length; i++) parts.push(BigInt(scores[i]!), args.borrowed(first + i * 3 + 2));
  c.propagateAs(...parts);
}

/** Score of the member in argument i of a set (0: there is none); NaN when it is not there. */
function scoreOf(c: CommandClient, e: number, i: number): number {
  const { args } = c;
  return e === 0 ? Number.NaN : zsetScore(c.db, e, args.buf, args.off[i]!, args.len[i]!);
}

function geodist(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc > 5) return out.error(SYNTAX_ERROR);
  const unit = args.argc === 5 ? unitOrReply(c, 4) : 1;
  if (Number.isNaN(unit)) return;
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  const from = scoreOf(c, e, 2);
  const to = scoreOf(c, e, 3);
  if (Number.isNaN(from) || Number.isNaN(to)) return out.nullBulk();
  decode(from);
  const { longitude, latitude } = place;
  decode(to);
  out.bulkText(distanceText(exactDistance(longitude, latitude, place.longitude, place.latitude) / unit));
}

function geohash(c: CommandClient): void {
  const { args, out } = c;
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    const score = scoreOf(c, e, i);
    if (Number.isNaN(score)) out.nullBulk();
    else {
      decode(score);
      out.bulkText(geohashText());
    }
  }
}

function geopos(c: CommandClient): void {
  const { args, out } = c;
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e < 0) return;
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    const score = scoreOf(c, e, i);
    if (Number.isNaN(score)) out.nullArray();
    else {
      decode(score);
      replyPlace(c);
    }
  }
}

function reading(name: string, arity: number, proc: (c: CommandClient) => void): CommandSpec {
  return { name, arity, flags: ['readonly'], categories: ['geo'], keySpecs: [keyRange(['RO', 'access'])], proc };
}

export const geoPlaceCommands: readonly CommandSpec[] = [
  {
    name: 'geoadd',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [keyRange(['RW', 'update'])],
    proc: geoadd,
  },
  reading('geodist', -4, geodist),
  reading('geohash', -2, geohash),
  reading('geopos', -2, geopos),
];
