/**
 * What programs do with ioredis and its fork iovalkey, as one test: the same calls against graftis, whose replies are
 * known.
 */

import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { until } from '../support/server.ts';

/** `connect` opens a further client with the same options. */
export async function tourOfIoredis(redis: Redis, connect: () => Redis): Promise<void> {
  await redis.flushall();
  await dataTypes(redis);
  await pipelinesAndTransactions(redis, connect);
  await blockingAndStreams(redis, connect);
  await iterators(redis);
  await messages(redis, connect);
  await failures(redis, connect);
}

async function dataTypes(redis: Redis): Promise<void> {
  expect(await redis.set('s', 'value', 'EX', 100, 'NX')).toBe('OK');
  expect(await redis.set('s', 'other', 'NX')).toBeNull();
  expect(await redis.get('s')).toBe('value');
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  await redis.set('binary', bytes);
  expect(await redis.getBuffer('binary')).toEqual(bytes);
  expect(await redis.incrbyfloat('float', 1.5)).toBe('1.5');
  expect(await redis.mget('s', 'none')).toEqual(['value', null]);
  expect(await redis.hset('h', { a: '1', b: '2' })).toBe(2);
  expect(await redis.hgetall('h')).toEqual({ a: '1', b: '2' });
  expect(await redis.rpush('l', '1', '2', '3')).toBe(3);
  expect(await redis.lrange('l', 0, -1)).toEqual(['1', '2', '3']);
  expect(await redis.sadd('set', 'x', 'y')).toBe(2);
  expect((await redis.smembers('set')).sort()).toEqual(['x', 'y']);
  expect(await redis.zadd('z', 1, 'one', 2.5, 'two')).toBe(2);
  expect(await redis.zrange('z', '0', '-1', 'WITHSCORES')).toEqual(['one', '1', 'two', '2.5']);
  expect(await redis.zscore('z', 'two')).toBe('2.5');
  expect(await redis.geoadd('geo', 13.361389, 38.115556, 'Palermo')).toBe(1);
  expect(await redis.geodist('geo', 'Palermo', 'Palermo')).toBe('0.0000');
  expect(await redis.pfadd('hll', 'a', 'b')).toBe(1);
  expect(await redis.pfcount('hll')).toBe(2);
  expect(await redis.setbit('bits', 7, '1')).toBe(0);
  expect(await redis.bitcount('bits')).toBe(1);
  expect(await redis.ttl('s')).toBeGreaterThan(90);
}

async function pipelinesAndTransactions(redis: Redis, connect: () => Redis): Promise<void> {
  expect(await redis.pipeline().set('p', 1).incr('p').lpush('p', 'x').get('p').exec()).toEqual([
    [null, 'OK'],
    [null, 2],
    [expect.objectContaining({ message: expect.stringContaining('WRONGTYPE') })],
    [null, '2'],
  ]);
  expect(await redis.multi().set('t', 1).incr('t').exec()).toEqual([
    [null, 'OK'],
    [null, 2],
  ]);
  await redis.watch('t');
  await connect().set('t', 'changed');
  expect(await redis.multi().set('t', 'mine').exec()).toBeNull();
  expect(await redis.get('t')).toBe('changed');
  const many = await Promise.all(Array.from({ length: 500 }, (_, i) => redis.set(`many:${i}`, i)));
  expect(many.every((reply) => reply === 'OK')).toBe(true);
}

async function blockingAndStreams(redis: Redis, connect: () => Redis): Promise<void> {
  const waiting = connect();
  const popped = waiting.blpop('queue', 10);
  await until(async () => /blocked_clients:1/.test(await redis.info('clients')));
  await redis.rpush('queue', 'job');
  expect(await popped).toEqual(['queue', 'job']);

  const id = await redis.xadd('stream', '*', 'field', 'value');
  expect(await redis.xread('STREAMS', 'stream', '0')).toEqual([['stream', [[id, ['field', 'value']]]]]);
  await redis.xgroup('CREATE', 'stream', 'group', '0');
  expect(await redis.xreadgroup('GROUP', 'group', 'me', 'STREAMS', 'stream', '>')).toEqual([
    ['stream', [[id, ['field', 'value']]]],
  ]);
  expect(await redis.xack('stream', 'group', id!)).toBe(1);
  waiting.disconnect();
}

async function iterators(redis: Redis): Promise<void> {
  const seen = new Set<string>();
  for await (const keys of redis.scanStream({ match: 'many:*', count: 50 })) for (const key of keys) seen.add(key);
  expect(seen.size).toBe(500);
  const fields: string[] = [];
  for await (const part of redis.hscanStream('h')) fields.push(...part);
  expect(fields).toEqual(['a', '1', 'b', '2']);
}

async function messages(redis: Redis, connect: () => Redis): Promise<void> {
  const subscriber = connect();
  const received: string[] = [];
  subscriber.on('message', (channel, message) => received.push(`${channel} ${message}`));
  subscriber.on('pmessage', (pattern, channel, message) => received.push(`${pattern} ${channel} ${message}`));
  expect(await subscriber.subscribe('news', 'sport')).toBe(2);
  expect(await subscriber.psubscribe('n*')).toBe(3);
  expect(await redis.publish('news', 'hello')).toBe(2);
  await until(() => received.length === 2);
  expect(received).toEqual(['news hello', 'n* news hello']);
  await subscriber.unsubscribe('news', 'sport');
  await subscriber.punsubscribe('n*');
  expect(await subscriber.get('s')).toBe('value');
  subscriber.disconnect();
}

async function failures(redis: Redis, connect: () => Redis): Promise<void> {
  await expect(redis.lpush('s', 'x')).rejects.toThrow('WRONGTYPE');
  await expect(redis.call('NOSUCH', 'x')).rejects.toThrow('unknown command');
  await expect(redis.exec()).rejects.toThrow('EXEC without MULTI');

  const other = connect();
  await other.select(3);
  await other.set('three', '3');
  const id = await other.client('ID');
  await redis.client('KILL', 'ID', String(id));
  // It connects again by itself, and to the database it had chosen.
  await until(async () => (await other.get('three')) === '3');
  expect(await other.client('ID')).not.toBe(id);
  other.disconnect();

  const monitor = await connect().monitor();
  const lines: string[][] = [];
  monitor.on('monitor', (_time, args: string[]) => lines.push(args));
  await redis.get('watched');
  await until(() => lines.some((line) => line.join(' ').toLowerCase() === 'get watched'));
  monitor.disconnect();
}
