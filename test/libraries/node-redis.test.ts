/** node-redis drives the server, over both protocols. */
import { createClient, createClientPool, RESP_TYPES } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGraftis, type TestServer, until } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

describe.each([2, 3] as const)('node-redis over RESP%i', (RESP) => {
  const open = () => createClient({ RESP, socket: { port: server.port, host: '127.0.0.1' } }).on('error', () => {});
  let client: ReturnType<typeof open>;
  beforeAll(async () => {
    client = open();
    await client.connect();
    await client.flushAll();
  });
  afterAll(() => client.destroy());

  test('data types', async () => {
    expect((await client.clientInfo()).resp).toBe(RESP);
    expect(await client.set('s', 'value', { expiration: { type: 'EX', value: 100 } })).toBe('OK');
    expect(await client.get('s')).toBe('value');
    expect(await client.incrByFloat('float', 1.5)).toBe('1.5');
    expect(await client.hSet('h', { a: '1', b: '2' })).toBe(2);
    expect({ ...(await client.hGetAll('h')) }).toEqual({ a: '1', b: '2' });
    expect(await client.hExpire('h', 'a', 100)).toEqual([1]);
    expect(await client.rPush('l', ['1', '2', '3'])).toBe(3);
    expect(await client.lRange('l', 0, -1)).toEqual(['1', '2', '3']);
    expect(await client.sAdd('set', ['x', 'y'])).toBe(2);
    expect([...(await client.sMembers('set'))].sort()).toEqual(['x', 'y']);
    expect(await client.sIsMember('set', 'x')).toBe(1);
    const members = [
      { value: 'one', score: 1 },
      { value: 'two', score: 2.5 },
      { value: 'end', score: Number.POSITIVE_INFINITY },
    ];
    expect(await client.zAdd('z', members)).toBe(3);
    expect(await client.zRangeWithScores('z', 0, -1)).toEqual(members);
    expect(await client.zScore('z', 'end')).toBe(Number.POSITIVE_INFINITY);
    expect(await client.geoAdd('geo', { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' })).toBe(1);
    const [place] = await client.geoPos('geo', ['Palermo']);
    expect(Number(place!.longitude)).toBeCloseTo(13.361389, 4);
    const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await client.set('binary', Buffer.from([0, 255, 13, 10]));
    expect(await buffers.get('binary')).toEqual(Buffer.from([0, 255, 13, 10]));
  });

  test('pipelines, transactions and pools', async () => {
    expect(await client.multi().set('t', '1').incr('t').get('t').exec()).toEqual(['OK', 2, '2']);
    await expect(client.multi().set('t', 'x').incr('t').exec()).rejects.toThrow('1 commands failed');
    const other = open();
    await other.connect();
    await client.watch('t');
    await other.set('t', 'changed');
    await expect(client.multi().set('t', 'mine').exec()).rejects.toThrow('watched keys');
    expect(await client.get('t')).toBe('changed');
    other.destroy();
    const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => client.set(`many:${i}`, String(i))));
    expect(new Set(replies)).toEqual(new Set(['OK']));

    const pool = createClientPool({ RESP, socket: { port: server.port, host: '127.0.0.1' } });
    await pool.connect();
    expect(await Promise.all([pool.get('many:1'), pool.get('many:2'), pool.blPop('never', 0.05)])).toEqual([
      '1',
      '2',
      null,
    ]);
    pool.destroy();
  });

  test('blocking commands and streams', async () => {
    const waiting = open();
    await waiting.connect();
    const popped = waiting.blPop('queue', 10);
    await until(async () => /blocked_clients:1/.test(await client.info('clients')));
    await client.rPush('queue', 'job');
    expect(await popped).toEqual({ key: 'queue', element: 'job' });
    waiting.destroy();

    const id = await client.xAdd('stream', '*', { field: 'value' });
    const message = expect.objectContaining({ id, message: expect.objectContaining({ field: 'value' }) });
    expect(await client.xRead({ key: 'stream', id: '0' })).toEqual([{ name: 'stream', messages: [message] }]);
    await client.xGroupCreate('stream', 'group', '0');
    expect(await client.xReadGroup('group', 'me', { key: 'stream', id: '>' })).toEqual([
      { name: 'stream', messages: [message] },
    ]);
    expect(await client.xAck('stream', 'group', id)).toBe(1);
    expect((await client.xInfoStream('stream')).length).toBe(1);
  });

  test('iterators', async () => {
    const seen = new Set<string>();
    for await (const keys of client.scanIterator({ MATCH: 'many:*', COUNT: 50 })) for (const key of keys) seen.add(key);
    expect(seen.size).toBe(500);
    const fields: string[] = [];
    for await (const entries of client.hScanIterator('h')) for (const { field } of entries) fields.push(field);
    expect(fields.sort()).toEqual(['a', 'b']);
  });

  test('messages', async () => {
    const subscriber = open();
    await subscriber.connect();
    const received: string[] = [];
    const note = (message: string, channel: string) => received.push(`${channel} ${message}`);
    await subscriber.subscribe(['news', 'sport'], note);
    await subscriber.pSubscribe('n*', note);
    await subscriber.sSubscribe('shard', note);
    expect(await client.publish('news', 'hello')).toBe(2);
    expect(await client.sPublish('shard', 'there')).toBe(1);
    await until(() => received.length === 3);
    expect(received).toEqual(['news hello', 'news hello', 'shard there']);
    expect({ ...(await client.pubSubNumSub(['news', 'none'])) }).toEqual({ news: 1, none: 0 });
    // Over RESP3 a subscriber may use all commands, over RESP2 when it is none any more.
    if (RESP === 3) expect(await subscriber.get('s')).toBe('value');
    await subscriber.unsubscribe();
    await subscriber.pUnsubscribe();
    await subscriber.sUnsubscribe();
    expect(String(await subscriber.get('s'))).toBe('value');
    subscriber.destroy();
  });

  test('errors, and connecting again', async () => {
    await expect(client.lPush('s', 'x')).rejects.toThrow('WRONGTYPE');
    await expect(client.sendCommand(['NOSUCH', 'x'])).rejects.toThrow('unknown command');
    const other = open();
    await other.connect();
    await other.select(3);
    await other.set('three', '3');
    const id = await other.clientId();
    await client.clientKill({ filter: 'ID', id });
    await until(async () => (await other.get('three').catch(() => null)) === '3');
    expect(await other.clientId()).not.toBe(id);
    other.destroy();
  });

  test('tools of the server', async () => {
    expect(await client.configGet('maxmemory')).toEqual(expect.objectContaining({ maxmemory: '0' }));
    expect((await client.commandInfo(['get']))[0]!.name).toBe('get');
    expect(await client.commandCount()).toBeGreaterThan(200);
    expect(await client.memoryUsage('s')).toBeGreaterThan(10);
    expect(await client.role()).toEqual({ role: 'master', replicationOffest: 0, replicas: [] });
    expect((await client.clientList()).length).toBeGreaterThan(0);
    expect(await client.dbSize()).toBeGreaterThan(500);
  });
});

test('a cache on the client’s side', async () => {
  const socket = { port: server.port, host: '127.0.0.1' };
  const caching = createClient({ RESP: 3, socket, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' } });
  await caching.connect();
  await server.call('SET', 'cached', '1');
  expect(await caching.get('cached')).toBe('1');
  await server.call('CONFIG', 'RESETSTAT');
  expect(await caching.get('cached')).toBe('1');
  expect(String(await server.call('INFO', 'commandstats'))).not.toContain('cmdstat_get:');
  await server.call('SET', 'cached', '2');
  await until(async () => (await caching.get('cached')) === '2');
  caching.destroy();
});
