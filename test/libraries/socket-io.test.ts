/** Two Socket.IO servers that reach each other's clients through @socket.io/redis-adapter, by each client library. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io as connectTo, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraftis, type TestServer, until } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

type Adapter = ReturnType<typeof createAdapter> | ReturnType<typeof createShardedAdapter>;

/** One of several servers of an application, with a client of its own. */
async function startNode(adapter: Adapter): Promise<{ io: Server; client: Socket; close: () => Promise<void> }> {
  const http = createServer();
  const io = new Server(http, { adapter, transports: ['websocket'] });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const client = connectTo(url, { transports: ['websocket'] });
  await new Promise<void>((resolve) => client.on('connect', () => resolve()));
  return {
    io,
    client,
    close: async () => {
      client.close();
      await io.close();
    },
  };
}

/** What an application does with two such servers. */
async function tour(makeAdapter: () => Promise<Adapter>): Promise<void> {
  const [a, b] = await Promise.all([startNode(await makeAdapter()), startNode(await makeAdapter())]);
  const received: string[] = [];
  a.client.on('news', (text) => received.push(`a ${text}`));
  b.client.on('news', (text) => received.push(`b ${text}`));
  const seenByAll = async (count: number) => until(() => received.length === count);

  // Subscriptions of the adapters are there once they know of each other.
  await until(async () => (await a.io.fetchSockets()).length === 2);
  a.io.emit('news', 'to all');
  await seenByAll(2);
  b.io.in(a.client.id!).socketsJoin('room');
  await until(async () => (await b.io.in('room').fetchSockets()).length === 1);
  b.io.to('room').emit('news', 'to the room');
  await seenByAll(3);
  a.io.except('room').emit('news', 'to the others');
  await seenByAll(4);
  expect(received.sort()).toEqual(['a to all', 'a to the room', 'b to all', 'b to the others']);

  b.client.on('question', (_text, answer: (text: string) => void) => answer('yes'));
  a.client.on('question', (_text, answer: (text: string) => void) => answer('no'));
  expect((await a.io.timeout(5000).emitWithAck('question', '?')).sort()).toEqual(['no', 'yes']);
  b.io.in('room').disconnectSockets();
  await until(() => !a.client.connected);
  await Promise.all([a.close(), b.close()]);
}

/** Runs `use` with a function that opens clients of node-redis; closes them when it is done. */
async function withNodeRedis(RESP: 2 | 3, use: (open: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const clients: { close(): Promise<unknown> }[] = [];
  await use(async () => {
    const client = createClient({ RESP, socket: { port: server.port, host: '127.0.0.1' } });
    await client.connect();
    clients.push(client);
    return client;
  });
  // What the adapters have sent is answered first.
  await Promise.all(clients.map((client) => client.close()));
}

test.for([2, 3] as const)('over node-redis with RESP%i', (RESP) =>
  withNodeRedis(RESP, (open) => tour(async () => createAdapter(await open(), await open(), { key: `app${RESP}` }))),
);

test.for([2, 3] as const)('over ioredis with RESP%i', async (protocol) => {
  const clients: Redis[] = [];
  const open = () => {
    const client = new Redis({ port: server.port, host: '127.0.0.1', protocol });
    clients.push(client);
    return client;
  };
  await tour(async () => createAdapter(open(), open(), { key: `io${protocol}` }));
  await Promise.all(clients.map((client) => client.quit()));
});

test('over shard channels', () =>
  withNodeRedis(3, (open) => tour(async () => createShardedAdapter(await open(), await open()))));
