/** ioredis drives the server, over both protocols. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraftis, type TestServer } from '../support/server.ts';
import { tourOfIoredis } from './ioredis-tour.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

test.for([2, 3] as const)('ioredis over RESP%i', async (protocol) => {
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const client = new Redis({ port: server.port, host: '127.0.0.1', protocol });
    clients.push(client);
    return client;
  };
  const redis = connect();
  expect(String(await redis.client('INFO'))).toContain(`resp=${protocol}`);
  await tourOfIoredis(redis, connect);
  for (const client of clients) client.disconnect();
});

test('automatic pipelines and a prefix of keys', async () => {
  const redis = new Redis({ port: server.port, host: '127.0.0.1', enableAutoPipelining: true, keyPrefix: 'app:' });
  await Promise.all([redis.set('a', 1), redis.set('b', 2), redis.incr('a')]);
  expect(await redis.mget('a', 'b')).toEqual(['2', '2']);
  expect(await server.call('EXISTS', 'app:a', 'app:b')).toBe(2);
  expect(await redis.quit()).toBe('OK');
});
