/**
 * DUMP here and RESTORE in redis-server, and the other way round: values of all types and encodings, under random
 * thresholds on either side; and payloads in the encodings of older releases, restored by both.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDoubleText } from '../src/protocol/numbers.ts';
import { oracleAvailable } from './support/availability.ts';
import { fuzz, type Random } from './support/fuzz.ts';
import { intset, le, rdbString, sealed, ziplist, zipmap } from './support/payload.ts';
import type { RespClient } from './support/resp.ts';
import { startGraftis, startRedis, type TestServer } from './support/server.ts';

const ROUNDS = 40;

let servers: TestServer[] = [];
let ours: RespClient;
let theirs: RespClient;

type Line = (string | Buffer)[];

/** A command that makes the value of a key. */
function randomValue(random: Random, key: string): Line {
  const member = (): Buffer => {
    if (!random.oneIn(8)) return random.value(30);
    return Buffer.alloc(random.below(random.oneIn(8) ? 40_000 : 300), 97 + random.below(3));
  };
  const integer = (): string =>
    String(BigInt(random.pick([1, 200, 70_000, 5e9, 4e15])) * BigInt(random.below(2000) - 1000));
  const score = (): string =>
    random.pick(['inf', '-inf', '0', String(random.below(100)), String(random.below(1e9) / 7 - 5e7), '1e300', '5e18']);
  const count = random.pick([1, 2, 5, 20, random.between(1, 700)]);
  const many = (make: () => Line): Line => Array.from({ length: count }, make).flat();
  switch (random.below(6)) {
    case 0:
      return ['SET', key, random.oneIn(3) ? integer() : member()];
    case 1:
      return ['RPUSH', key, ...many(() => [member()])];
    case 2:
      return ['SADD', key, ...many(() => [member()])];
    case 3:
      return ['SADD', key, ...many(() => [integer()])];
    case 4:
      return ['ZADD', key, ...many(() => [score(), member()])];
    default:
      return ['HSET', key, ...many(() => [member(), member()])];
  }
}

async function binary(client: RespClient, ...line: Line): Promise<unknown> {
  client.send(...line);
  return client.read(true);
}

/** Everything a key holds, in an order that does not depend on the server. */
async function content(client: RespClient, key: string): Promise<unknown> {
  const hex = async (...line: Line): Promise<string[]> =>
    [(await binary(client, ...line)) as Buffer | Buffer[]].flat().map((each) => each.toString('hex'));
  const pairs = (flat: string[]): string[] =>
    flat.flatMap((field, i) => (i % 2 === 0 ? [`${field}=${flat[i + 1]}`] : []));
  const type = String(await client.call('TYPE', key));
  switch (type) {
    case 'string':
      return [type, await hex('GET', key)];
    case 'list':
      return [type, await hex('LRANGE', key, '0', '-1')];
    case 'set':
      return [type, (await hex('SMEMBERS', key)).sort()];
    case 'zset': {
      // Scores as numbers: 7.0 prints more digits than are needed.
      const flat = await hex('ZRANGE', key, '0', '-1', 'WITHSCORES');
      const value = (score: string): string => String(parseDoubleText(Buffer.from(score, 'hex').toString()));
      return [type, pairs(flat.map((each, i) => (i % 2 === 0 ? each : value(each))))];
    }
    case 'hash':
      return [type, pairs(await hex('HGETALL', key)).sort()];
    default:
      return [type];
  }
}

/** Thresholds of encodings, any of them. */
async function randomThresholds(random: Random, client: RespClient): Promise<void> {
  const settings: [string, number[]][] = [
    ['list-max-listpack-size', [-5, -2, -1, 1, 7, 128]],
    ['list-compress-depth', [0, 0, 1, 2]],
    ['set-max-intset-entries', [0, 16, 512]],
    ['hash-max-listpack-entries', [0, 10, 512]],
    ['hash-max-listpack-value', [0, 20, 64, 1000]],
    ['zset-max-listpack-entries', [0, 10, 128]],
    ['zset-max-listpack-value', [0, 20, 64, 1000]],
  ];
  for (const [name, values] of settings) {
    expect(await client.call('CONFIG', 'SET', name, String(random.pick(values)))).toBe('OK');
  }
  await client.call('CONFIG', 'SET', 'rdbcompression', random.pick(['yes', 'no']));
}

/** Makes a stream with groups, some of whose entries were delivered, acknowledged and deleted. */
async function makeStream(random: Random, client: RespClient, key: string): Promise<void> {
  const ids: string[] = [];
  const groups = ['g', 'another group', '7'].slice(0, random.below(4));
  const consumer = (): string => random.pick(['c', 'second', '12']);
  await client.call('XADD', key, '1-1', 'f', 'v');
  for (const name of groups) await client.call('XGROUP', 'CREATE', key, name, random.pick(['0', '$', '5-0']));
  for (let i = random.pick([0, 3, 30, 300]); i > 0; i--) {
    const pairs = Array.from({ length: random.pick([1, 1, 2, 5]) }, (_, k) => [`field ${k}`, random.value(40)]).flat();
    const id = random.oneIn(20) ? `${2 ** 53 + ids.length * 5}-${random.below(9)}` : '*';
    const added = await client.call('XADD', key, id, ...pairs);
    if (typeof added === 'string') ids.push(added);
    if (ids.length === 0) continue;
    const line = random.pick<Line>([
      ['XDEL', key, random.pick(ids)],
      ['XTRIM', key, 'MAXLEN', String(random.below(200))],
      ['XLEN', key],
    ]);
    if (random.oneIn(10)) await client.call(...line);
    if (groups.length === 0 || !random.oneIn(3)) continue;
    const name = random.pick(groups);
    await client.call('XREADGROUP', 'GROUP', name, consumer(), 'COUNT', String(random.below(4)), 'STREAMS', key, '>');
    await client.call('XACK', key, name, random.pick(ids));
    if (random.oneIn(4)) await client.call('XCLAIM', key, name, consumer(), '0', random.pick(ids), 'FORCE');
  }
  if (random.oneIn(10)) await client.call('XTRIM', key, 'MAXLEN', '0');
}

describe.skipIf(!oracleAvailable())('payloads are interchangeable with redis-server', () => {
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
    [ours, theirs] = (await Promise.all(servers.map((server) => server.connect()))) as [RespClient, RespClient];
  });
  afterAll(async () => {
    for (const client of [ours, theirs]) client?.destroy();
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('values of all types and encodings, there and back again', { timeout: 300_000 }, () =>
    fuzz(ROUNDS, async (random) => {
      for (const client of [ours, theirs]) {
        await client.call('FLUSHALL');
        await randomThresholds(random, client);
      }
      await ours.call('CONFIG', 'SET', 'set-max-listpack-entries', random.pick(['0', '10', '128']));
      const keys = Array.from({ length: 12 }, (_, i) => `key:${i}`);
      for (const key of keys) {
        const [from, to] = random.oneIn(2) ? [ours, theirs] : [theirs, ours];
        const line = randomValue(random, key);
        expect(typeof (await from.call(...line))).not.toBe('object');
        const before = await content(from, key);
        const payload = (await binary(from, 'DUMP', key)) as Buffer;
        expect(await to.call('RESTORE', key, '0', payload)).toBe('OK');
        expect(await content(to, key)).toEqual(before);
        const back = (await binary(to, 'DUMP', key)) as Buffer;
        expect(await from.call('RESTORE', key, '0', back, 'REPLACE')).toBe('OK');
        expect(await content(from, key)).toEqual(before);
      }
    }),
  );

  test('streams of redis-server come back as they were', { timeout: 300_000 }, () =>
    fuzz(ROUNDS, async (random) => {
      await Promise.all([ours.call('FLUSHALL'), theirs.call('FLUSHALL')]);
      await theirs.call('CONFIG', 'SET', 'stream-node-max-entries', String(random.pick([2, 5, 100])));
      await makeStream(random, theirs, 'stream');
      const known = (): Promise<unknown> => binary(theirs, 'XINFO', 'STREAM', 'stream', 'FULL', 'COUNT', '0');
      const before = await known();
      const payload = (await binary(theirs, 'DUMP', 'stream')) as Buffer;
      expect(await ours.call('RESTORE', 'stream', '0', payload)).toBe('OK');
      const back = (await binary(ours, 'DUMP', 'stream')) as Buffer;
      expect(await theirs.call('RESTORE', 'stream', '0', back, 'REPLACE')).toBe('OK');
      expect(await known()).toEqual(before);
      const digest = async (client: RespClient): Promise<unknown> => client.call('DEBUG', 'DIGEST-VALUE', 'stream');
      expect(await digest(ours)).toEqual(await digest(theirs));
    }),
  );

  test('values of the encodings of older releases', async () => {
    const texts = [
      'a',
      '7',
      '-5',
      '300',
      '70000',
      '-9000000',
      '5000000000',
      'x'.repeat(60),
      'y'.repeat(300),
      '13',
      '-129',
    ];
    const even = [...texts, 'z'.repeat(20_000)];
    const scored = ['low', '-1.5', 'mid', '7', 'top', '1e20'];
    const count = (n: number): Buffer => Buffer.from([n]);
    const payloads: Record<string, Buffer[]> = {
      'list of strings': [count(1), count(even.length), ...even.map(rdbString)],
      'list in a ziplist': [count(10), rdbString(ziplist(even))],
      'list in a quicklist of ziplists': [
        ...[count(14), count(3), rdbString(ziplist(texts)), rdbString(ziplist([])), rdbString(ziplist(even))],
      ],
      'hash in a ziplist': [count(13), rdbString(ziplist(even))],
      'hash in a zipmap': [count(9), rdbString(zipmap(even))],
      'sorted set with scores as text': [
        ...[count(3), count(4)],
        ...[rdbString('a'), rdbString('1.5'), rdbString('b'), rdbString('-7'), rdbString('c'), count(254)],
        ...[rdbString('d'), count(255)],
      ],
      'sorted set in a ziplist': [count(12), rdbString(ziplist(scored))],
      'set of strings': [count(2), count(even.length), ...even.map(rdbString)],
      'intset of 16 bits': [count(11), rdbString(intset([-300, 0, 5, 299], 2))],
      'intset of 32 bits': [count(11), rdbString(intset([-70_000, 5], 4))],
      'intset of 64 bits': [count(11), rdbString(intset([-5e9, 5, 4e15], 8))],
      'integer of 32 bits': [count(0), Buffer.from([0xc2, ...le(-123456789, 4)])],
    };
    for (const [name, parts] of Object.entries(payloads)) {
      const payload = sealed(Buffer.concat(parts), 5);
      for (const client of [ours, theirs]) {
        expect([name, await client.call('RESTORE', name, '0', payload, 'REPLACE')]).toEqual([name, 'OK']);
      }
      const here = await content(ours, name);
      expect([name, here]).toEqual([name, await content(theirs, name)]);
      expect((here as unknown[]).length).toBe(2);
    }
  });

  test('the log says why a payload is refused', async () => {
    const payload = sealed(Buffer.from([4, 2, 1, 97, 1, 98, 1, 97, 1, 99]));
    expect(String(await ours.call('RESTORE', 'bad', '0', payload))).toContain('Bad data format');
    await servers[0]!.logged('Bad payload for RESTORE: Duplicate hash fields detected');
  });
});
