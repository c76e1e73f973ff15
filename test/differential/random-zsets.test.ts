/**
 * Random sequences of commands for sorted sets and places on few keys: graftis and redis-server must give the same
 * replies, but for the form of doubles, which 7.2 changed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { fuzz, type Random } from '../support/fuzz.ts';
import type { Argument } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

type Generator = (random: Random) => Argument[];

const KEYS = ['a', 'b', 'c', 'd'];
const key = (random: Random): string => random.pick(KEYS);
const member = (random: Random): string => {
  const n = random.below(60);
  return random.pick([`m${n}`, `m${n}`, String(n), String(-n), `${'long'.repeat(n % 30)}${n}`, '']);
};
const score = (random: Random): string =>
  random.pick([
    String(random.between(-5, 5)),
    String(random.between(-1e6, 1e6)),
    String(random.between(-1e6, 1e6) / 8),
    String(random.between(-1e9, 1e9) / 997),
    random.pick(['inf', '-inf', '0', '-0', '1e15', '-1e15', '2.5']),
  ]);
const bad = (random: Random, good: string): string =>
  random.oneIn(40) ? random.pick(['x', '', 'nan', '1.5.2']) : good;
const bound = (random: Random): string => bad(random, `${random.oneIn(3) ? '(' : ''}${score(random)}`);
const lexBound = (random: Random): string =>
  bad(random, random.oneIn(5) ? random.pick(['-', '+']) : `${random.pick(['[', '('])}${member(random)}`);
const rank = (random: Random): string => bad(random, String(random.between(-40, 40)));
const limit = (random: Random): string[] =>
  random.oneIn(2) ? [] : ['LIMIT', String(random.between(-1, 8)), String(random.between(-1, 8))];
const maybe = (random: Random, ...options: string[]): string[] => (random.oneIn(3) ? [random.pick(options)] : []);
const times = <T>(random: Random, most: number, item: () => T): T[] =>
  Array.from({ length: random.between(1, most) }, item);
const keys = (random: Random): string[] => {
  const names = times(random, 3, () => random.pick([...KEYS, 'set', 'none']));
  return [String(names.length), ...names];
};
const weights = (random: Random, numkeys: string): string[] =>
  random.oneIn(2) ? [] : ['WEIGHTS', ...Array.from({ length: Number(numkeys) }, () => String(random.between(-4, 4)))];

/** Sums of more than two scores may differ in their last digit with the order of sets of the same size. */
const algebra = (random: Random): string[] => {
  const list = keys(random);
  const aggregate = list[0] === '3' ? [random.pick(['MIN', 'MAX'])] : maybe(random, 'SUM', 'MIN', 'MAX');
  return [...list, ...weights(random, list[0]!), ...(aggregate.length > 0 ? ['AGGREGATE', ...aggregate] : [])];
};

const ZSET: Generator[] = [
  (r) => ['ZADD', key(r), ...times(r, 6, () => [bad(r, score(r)), member(r)]).flat()],
  (r) => ['ZADD', key(r), ...times(r, 40, () => [score(r), member(r)]).flat()],
  (r) => ['ZADD', key(r), ...maybe(r, 'NX', 'XX'), ...maybe(r, 'GT', 'LT'), ...maybe(r, 'CH'), score(r), member(r)],
  (r) => ['ZADD', key(r), ...maybe(r, 'NX', 'XX', 'GT', 'LT'), 'INCR', score(r), member(r)],
  (r) => ['ZADD', 'lex', ...times(r, 8, () => ['0', member(r)]).flat()],
  (r) => ['ZINCRBY', key(r), score(r), member(r)],
  (r) => ['ZREM', key(r), ...times(r, 5, () => member(r))],
  (r) => ['SADD', 'set', member(r), member(r)],
  (r) => [r.pick(['ZCARD', 'ZPOPMIN', 'ZPOPMAX']), key(r)],
  (r) => [r.pick(['ZSCORE', 'ZRANK', 'ZREVRANK']), key(r), member(r)],
  (r) => ['ZMSCORE', key(r), member(r), member(r)],
  (r) => ['ZCOUNT', key(r), bound(r), bound(r)],
  (r) => ['ZLEXCOUNT', 'lex', lexBound(r), lexBound(r)],
  (r) => ['ZRANGE', key(r), rank(r), rank(r), ...maybe(r, 'REV'), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZREVRANGE', key(r), rank(r), rank(r), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZRANGE', key(r), bound(r), bound(r), 'BYSCORE', ...maybe(r, 'REV'), ...limit(r), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZRANGEBYSCORE', key(r), bound(r), bound(r), ...limit(r), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZREVRANGEBYSCORE', key(r), bound(r), bound(r), ...limit(r)],
  (r) => ['ZRANGE', 'lex', lexBound(r), lexBound(r), 'BYLEX', ...maybe(r, 'REV'), ...limit(r)],
  (r) => [r.pick(['ZRANGEBYLEX', 'ZREVRANGEBYLEX']), 'lex', lexBound(r), lexBound(r), ...limit(r)],
  (r) => ['ZRANGESTORE', key(r), key(r), rank(r), rank(r)],
  (r) => ['ZRANGESTORE', key(r), key(r), bound(r), bound(r), 'BYSCORE', ...limit(r)],
  (r) => ['ZREMRANGEBYRANK', key(r), String(r.between(-3, 30)), String(r.between(-40, 5))],
  (r) => (r.oneIn(4) ? ['ZREMRANGEBYSCORE', key(r), bound(r), bound(r)] : ['ZCARD', key(r)]),
  (r) => (r.oneIn(4) ? ['ZREMRANGEBYLEX', 'lex', lexBound(r), lexBound(r)] : ['ZCARD', 'lex']),
  (r) => [r.pick(['ZPOPMIN', 'ZPOPMAX']), key(r), String(r.between(0, 6))],
  (r) => ['ZMPOP', ...keys(r).filter((name) => name !== 'set'), r.pick(['MIN', 'MAX']), ...maybe(r, 'COUNT')],
  (r) => ['ZUNION', ...algebra(r), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZINTER', ...algebra(r), ...maybe(r, 'WITHSCORES')],
  (r) => [r.pick(['ZUNIONSTORE', 'ZINTERSTORE']), key(r), ...algebra(r)],
  (r) => ['ZDIFF', ...keys(r), ...maybe(r, 'WITHSCORES')],
  (r) => ['ZDIFFSTORE', key(r), ...keys(r)],
  (r) => ['ZINTERCARD', ...keys(r), ...(r.oneIn(2) ? ['LIMIT', String(r.below(5))] : [])],
  (r) => ['OBJECT', 'ENCODING', key(r)],
  (r) => (r.oneIn(10) ? ['DEL', key(r)] : ['COPY', key(r), key(r), 'REPLACE']),
];

const degrees = (random: Random, range: number): string =>
  String(random.pick([random.between(-range * 1e6, range * 1e6) / 1e6, random.between(0, 1000) / 1000]));
const place = (random: Random): string[] => [degrees(random, 180), degrees(random, 85)];
const unit = (random: Random): string => random.pick(['m', 'km', 'ft', 'mi']);
const length = (random: Random): string => String(random.between(0, 4000) * random.pick([1, 1, 0.25, 100, 10_000]));
const origin = (r: Random): string[] => (r.oneIn(2) ? ['FROMLONLAT', ...place(r)] : ['FROMMEMBER', `p${r.below(200)}`]);
const shape = (r: Random): string[] =>
  r.oneIn(2) ? ['BYRADIUS', length(r), unit(r)] : ['BYBOX', length(r), length(r), unit(r)];
/** Without ANY the order of what is as far is chance. */
const shown = (r: Random): string[] => [...maybe(r, 'WITHDIST'), ...maybe(r, 'WITHCOORD'), ...maybe(r, 'WITHHASH')];

const GEO: Generator[] = [
  (r) => ['GEOADD', 'g', ...times(r, 30, () => [...place(r), `p${r.below(200)}`]).flat()],
  (r) => ['GEOADD', 'g', ...maybe(r, 'NX', 'XX'), ...maybe(r, 'CH'), ...place(r), `p${r.below(200)}`],
  (r) => ['GEODIST', 'g', `p${r.below(200)}`, `p${r.below(200)}`, ...maybe(r, 'km', 'mi', 'ft')],
  (r) => [r.pick(['GEOPOS', 'GEOHASH']), 'g', `p${r.below(200)}`, `p${r.below(200)}`],
  (r) => ['GEOSEARCH', 'g', ...origin(r), ...shape(r), ...shown(r)],
  (r) => ['GEOSEARCH', 'g', ...origin(r), ...shape(r), r.pick(['ASC', 'DESC']), ...shown(r)],
  (r) => [
    'GEOSEARCH',
    'g',
    ...origin(r),
    ...shape(r),
    'COUNT',
    String(r.between(1, 50)),
    ...maybe(r, 'ANY'),
    ...shown(r),
  ],
  (r) => ['GEORADIUS', 'g', ...place(r), length(r), unit(r), ...maybe(r, 'ASC', 'DESC'), ...shown(r)],
  (r) => ['GEOSEARCHSTORE', 't', 'g', ...origin(r), ...shape(r), ...maybe(r, 'STOREDIST')],
  () => ['ZRANGE', 't', '0', '-1', 'WITHSCORES'],
];

/**
 * Replies with doubles as numbers, of so many significant digits: the sines of the C library that distances come from are
 * not the nearest ones once in 800 times, and near the antipode that shows.
 */
function plain(value: unknown, digits: number): unknown {
  if (value instanceof Map) return [...value].map((each) => plain(each, digits));
  if (Array.isArray(value)) return value.map((each) => plain(each, digits));
  const text = value instanceof Error ? value.message : String(value);
  return /^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text) ? Number(text).toPrecision(digits) : text;
}

describe.skipIf(!oracleAvailable())('random commands for sorted sets', () => {
  let servers: TestServer[];
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all((servers ?? []).map((server) => server.stop()));
  });

  async function compare(
    random: Random,
    generators: readonly Generator[],
    count: number,
    protocol: 2 | 3,
    digits: number,
  ) {
    const commands = Array.from({ length: count }, () => random.pick(generators)(random));
    const entries = random.pick(['0', '20', '128']);
    const replies = servers.map(async (server) => {
      const client = await server.connect(protocol);
      await client.call('FLUSHALL');
      await client.call('CONFIG', 'SET', 'zset-max-listpack-entries', entries);
      const all: unknown[] = [];
      for (const command of commands) all.push(await client.call(...command).catch((error: Error) => error));
      client.destroy();
      return all.map((reply) => JSON.stringify(plain(reply, digits)));
    });
    const [ours, theirs] = (await Promise.all(replies)) as [string[], string[]];
    const first = ours.findIndex((reply, i) => reply !== theirs[i]);
    if (first < 0) return;
    const show = (i: number): string => `${commands[i]!.join(' ')}\n  ${theirs[i]}`;
    const from = Math.max(0, first - 6);
    const before = Array.from({ length: first - from }, (_, i) => show(from + i));
    expect.fail(`${before.join('\n')}\n${show(first)}\n  graftis: ${ours[first]}`);
  }

  test.for([2, 3] as const)('RESP%i members and scores', async (protocol) => {
    await fuzz(10, (random) => compare(random, ZSET, 500, protocol, 17));
  });

  test('places', async () => {
    await fuzz(10, (random) => compare(random, GEO, 200, 2, 12));
  });
});
