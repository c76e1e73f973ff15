/** iovalkey, a fork of ioredis, drives the server; it speaks RESP2 only. */
import type { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { afterAll, beforeAll, test } from 'vitest';
import { startGraftis, type TestServer } from '../support/server.ts';
import { tourOfIoredis } from './ioredis-tour.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

test('iovalkey', async () => {
  const clients: Valkey[] = [];
  const connect = (): Redis => {
    const client = new Valkey({ port: server.port, host: '127.0.0.1' });
    clients.push(client);
    return client as unknown as Redis;
  };
  await tourOfIoredis(connect(), connect);
  for (const client of clients) client.disconnect();
});
