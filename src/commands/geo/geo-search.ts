/** GEOSEARCH, GEOSEARCHSTORE, and what they replace: GEORADIUS, GEORADIUSBYMEMBER and their _RO forms. */
import type { Args } from '../../protocol/args.ts';
import { TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetScore } from '../../store/zset.ts';
import { ZsetBuilder } from '../../store/zset-build.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, type KeyReference, type KeySpec, keyRange } from '../spec.ts';
import { storeResult } from '../zset/zset-store.ts';
import { boxOrReply, circleOrReply, coordinates, coordinatesOrReply } from './geo-arguments.ts';
import { distanceText, exactDistance } from './geo-distance.ts';
import { GeoPoints } from './geo-points.ts';
import type { GeoShape } from './geo-shape.ts';
import { decode, place } from './geohash.ts';

const UNDECODABLE = 'ERR could not decode requested zset member';
const NOT_WITH_STORE = 'is not compatible with WITHDIST, WITHHASH and WITHCOORD options';

/** How a command's arguments begin. */
type Origin = 'coordinates' | 'member' | 'search';

interface Form {
  readonly origin: Origin;
  /** GEORADIUS takes STORE, GEOSEARCHSTORE stores in any case. */
  readonly stores: 'never' | 'optionally' | 'always';
}

/** A parsed command line. */
interface Query {
  shape: GeoShape;
  withDist: boolean;
  withHash: boolean;
  withCoord: boolean;
  /** 1: nearest first, -1: farthest first, 0: as they are found. */
  sort: number;
  any: boolean;
  /** 0: all. */
  count: number;
  /** Argument of the key to store in, 0: none. */
  storeKey: number;
  storeDist: boolean;
  hasOrigin: '' | 'member' | 'coordinates';
  hasShape: '' | 'circle' | 'box';
}

const points = new GeoPoints();

function newQuery(): Query {
  return {
    shape: { longitude: 0, latitude: 0, isBox: false, radius: 0, width: 0, height: 0, conversion: 1 },
    withDist: false,
    withHash: false,
    withCoord: false,
    sort: 0,
    any: false,
    count: 0,
    storeKey: 0,
    storeDist: false,
    hasOrigin: '',
    hasShape: '',
  };
}

/** Sets the middle of a search to arguments i and i + 1; false after an error reply. */
function centreOrReply(c: CommandClient, i: number, shape: GeoShape): boolean {
  if (!coordinatesOrReply(c, i)) return false;
  shape.longitude = coordinates.longitude;
  shape.latitude = coordinates.latitude;
  return true;
}

/** Sets the middle of a search to the place of the member in argument i; false after an error reply. */
function memberOrReply(c: CommandClient, e: number, i: number, shape: GeoShape): boolean {
  const { args } = c;
  const score = zsetScore(c.db, e, args.buf, args.off[i]!, args.len[i]!);
  if (Number.isNaN(score)) {
    c.out.error(UNDECODABLE);
    return false;
  }
  decode(score);
  shape.longitude = place.longitude;
  shape.latitude = place.latitude;
  return true;
}

/** What comes before the options: the argument they begin at, 0 after an error reply. */
function originOrReply(c: CommandClient, e: number, form: Form, query: Query): number {
  const { shape } = query;
  if (form.origin === 'search') {
    if (form.stores === 'always') query.storeKey = 1;
    return form.stores === 'always' ? 3 : 2;
  }
  if (form.origin === 'coordinates') return centreOrReply(c, 2, shape) && circleOrReply(c, 4, shape) ? 6 : 0;
  // Without a key the options still decide which reply it gets.
  if (e === 0) return 5;
  return memberOrReply(c, e, 2, shape) && circleOrReply(c, 3, shape) ? 5 : 0;
}

/** Reads the option in argument i; the argument behind it, 0 after an error reply. */
function optionOrReply(c: CommandClient, e: number, form: Form, query: Query, i: number): number {
  const { args, out } = c;
  const behind = args.argc - i - 1;
  if (args.is(i, 'withdist')) query.withDist = true;
  else if (args.is(i, 'withhash')) query.withHash = true;
  else if (args.is(i, 'withcoord')) query.withCoord = true;
  else if (args.is(i, 'any')) query.any = true;
  else if (args.is(i, 'asc')) query.sort = 1;
  else if (args.is(i, 'desc')) query.sort = -1;
  else if (behind >= 1 && args.is(i, 'count')) {
    query.count = integerOrReply(c, i + 1);
    if (Number.isNaN(query.count)) return 0;
    if (query.count <= 0) {
      out.error('ERR COUNT must be > 0');
      return 0;
    }
    return i + 2;
  } else if (form.origin === 'search') return searchOptionOrReply(c, e, form, query, i);
  else return storeOptionOrReply(c, form, query, i);
  return i + 1;
}

function storeOptionOrReply(c: CommandClient, form: Form, query: Query, i: number): number {
  const { args } = c;
  const distances = args.is(i, 'storedist');
  if (form.stores === 'never' || i + 1 === args.argc || (!distances && !args.is(i, 'store'))) return syntaxError(c);
  query.storeKey = i + 1;
  query.storeDist = distances;
  return i + 2;
}

function searchOptionOrReply(c: CommandClient, e: number, form: Form, query: Query, i: number): number {
  const { args } = c;
  const { shape } = query;
  const behind = args.argc - i - 1;
  if (form.stores === 'always' && args.is(i, 'storedist')) {
    query.storeDist = true;
    return i + 1;
  }
  if (behind >= 1 && query.hasOrigin !== 'coordinates' && args.is(i, 'frommember')) {
    query.hasOrigin = 'member';
    return e === 0 || memberOrReply(c, e, i + 1, shape) ? i + 2 : 0;
  }
  if (behind >= 2 && query.hasOrigin !== 'member' && args.is(i, 'fromlonlat')) {
    query.hasOrigin = 'coordinates';
    return centreOrReply(c, i + 1, shape) ? i + 3 : 0;
  }
  if (behind >= 2 && query.hasShape !== 'box' && args.is(i, 'byradius')) {
    query.hasShape = 'circle';
    return circleOrReply(c, i + 1, shape) ? i + 3 : 0;
  }
  if (behind >= 3 && query.hasShape !== 'circle' && args.is(i, 'bybox')) {
    query.hasShape = 'box';
    return boxOrReply(c, i + 1, shape) ? i + 4 : 0;
  }
  return syntaxError(c);
}

function syntaxError(c: CommandClient): 0 {
  c.out.error(SYNTAX_ERROR);
  return 0;
}

/** What is wrong with options that are right one by one; null when nothing is. */
function combinationFault(c: CommandClient, form: Form, query: Query): string | null {
  const name = c.args.latin1(0);
  if (query.storeKey !== 0 && (query.withDist || query.withHash || query.withCoord)) {
    return `ERR ${form.origin === 'search' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS'} ${NOT_WITH_STORE}`;
  }
  if (form.origin === 'search' && query.hasOrigin === '') {
    return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`;
  }
  if (form.origin === 'search' && query.hasShape === '') {
    return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`;
  }
  return query.any && query.count === 0 ? 'ERR the ANY argument requires COUNT argument' : null;
}

function search(c: CommandClient, form: Form): void {
  const { args, out } = c;
  const e = readKeyOfType(c, form.stores === 'always' ? 2 : 1, TYPE_ZSET);
  if (e < 0) return;
  const query = newQuery();
  for (let i = originOrReply(c, e, form, query); i !== args.argc; i = optionOrReply(c, e, form, query, i)) {
    if (i === 0) return;
  }
  const fault = combinationFault(c, form, query);
  if (fault !== null) return out.error(fault);
  const { count, any } = query;
  points.count = 0;
  if (e !== 0) points.search(c.db, e, query.shape, any ? count : Number.POSITIVE_INFINITY);
  const wanted = count === 0 ? points.count : Math.min(count, points.count);
  // The first few in no order at all would be of little use.
  const sort = count !== 0 && !any && query.sort === 0 ? 1 : query.sort;
  if (sort !== 0) points.sort(sort < 0, wanted);
  if (query.storeKey === 0) replyPoints(c, query, wanted);
  else storePoints(c, form, query, wanted);
  points.release();
}

function replyPoints(c: CommandClient, query: Query, wanted: number): void {
  const { out } = c;
  const { walk, order, scores } = points;
  const options = Number(query.withDist) + Number(query.withHash) + Number(query.withCoord);
  out.array(wanted);
  for (let k = 0; k < wanted; k++) {
    const i = order[k]!;
    points.at(i);
    if (options > 0) out.array(options + 1);
    out.bulkWords(walk.buf, walk.words, walk.off, walk.len);
    if (query.withDist) out.bulkText(distanceText(shownDistance(query.shape, scores[i]!)));
    if (query.withHash) out.integer(Math.trunc(scores[i]!));
    if (query.withCoord) {
      decode(scores[i]!);
      replyPlace(c);
    }
  }
}

/** Distance of the place of a score from the middle of a search, in its unit. */
function shownDistance(shape: GeoShape, score: number): number {
  decode(score);
  return exactDistance(shape.longitude, shape.latitude, place.longitude, place.latitude) / shape.conversion;
}

/** Replies with `place`, 17 digits behind the point but for zeros at the end. */
export function replyPlace(c: CommandClient): void {
  c.out.array(2);
  c.out.doubleText(coordinateText(place.longitude));
  c.out.doubleText(coordinateText(place.latitude));
}

function coordinateText(value: number): string {
  return value.toFixed(17).replace(/\.?0+$/, '');
}

function storePoints(c: CommandClient, form: Form, query: Query, wanted: number): void {
  const { walk, order, scores } = points;
  const builder = new ZsetBuilder(c.db.arena);
  try {
    for (let k = 0; k < wanted; k++) {
      const i = order[k]!;
      points.at(i);
      const score = query.storeDist ? shownDistance(query.shape, scores[i]!) : scores[i]!;
      builder.collect(score, walk.buf, walk.off, walk.len, walk.hash());
    }
    builder.finish();
    const event = form.origin === 'search' ? 'geosearchstore' : 'georadiusstore';
    storeResult(c, builder, query.storeKey, event, Math.max(1, wanted));
  } finally {
    builder.free();
  }
}

/** The key that is searched, and the one to store in, wherever the option is. */
function radiusKeys(args: Args, optionsAt: number): KeyReference[] {
  const keys: KeyReference[] = [{ index: 1, flags: ['RO', 'access'] }];
  let target = 0;
  for (let i = optionsAt; i + 1 < args.argc; i++) {
    if (args.is(i, 'store') || args.is(i, 'storedist')) target = ++i;
  }
  if (target !== 0) keys.push({ index: target, flags: ['OW', 'update'] });
  return keys;
}

/** The key behind a word somewhere in the options. */
function behindWord(keyword: string, startFrom: number): KeySpec {
  return { flags: ['OW', 'update'], begin: { keyword, startFrom }, find: { lastKey: 0, step: 1, limit: 0 } };
}

function radius(name: string, origin: Origin, arity: number, readOnly: boolean): CommandSpec {
  const form: Form = { origin, stores: readOnly ? 'never' : 'optionally' };
  const row: CommandSpec = {
    name,
    arity,
    flags: readOnly ? ['readonly'] : ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: (c) => search(c, form),
  };
  if (readOnly) return row;
  const stores = [behindWord('STORE', -arity), behindWord('STOREDIST', -arity)];
  return {
    ...row,
    keySpecs: [keyRange(['RO', 'access']), ...stores],
    getKeys: (args) => radiusKeys(args, 1 - arity - 1),
  };
}

export const geoSearchCommands: readonly CommandSpec[] = [
  {
    name: 'geosearch',
    arity: -7,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: (c) => search(c, { origin: 'search', stores: 'never' }),
  },
  {
    name: 'geosearchstore',
    arity: -8,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2)],
    proc: (c) => search(c, { origin: 'search', stores: 'always' }),
  },
  radius('georadius', 'coordinates', -6, false),
  radius('georadius_ro', 'coordinates', -6, true),
  radius('georadiusbymember', 'member', -5, false),
  radius('georadiusbymember_ro', 'member', -5, true),
];
