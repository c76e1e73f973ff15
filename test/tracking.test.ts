/** Client-side caching: the limits of the table, clients that come and go, messages between replies. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeCommand, type RespClient } from './support/resp.ts';
import { startGraftis, type TestServer, until } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  await server.call('FLUSHALL');
  await server.call('CONFIG', 'SET', 'tracking-table-max-keys', '1000000');
});

async function info(field: string): Promise<number> {
  return Number(new RegExp(`${field}:(\\d+)`).exec(String(await server.call('INFO')))![1]);
}

async function tracker(...options: string[]): Promise<RespClient> {
  const client = await server.connect(3);
  await client.call('CLIENT', 'TRACKING', 'on', ...options);
  return client;
}

function lines(...texts: string[]): Buffer {
  return Buffer.concat(texts.map((text) => encodeCommand(text.split(' '))));
}

async function frames(client: RespClient, count: number): Promise<string[]> {
  const all: string[] = [];
  for (let i = 0; i < count; i++) all.push((await client.readRaw()).toString('latin1'));
  return all;
}

const invalidation = (key: string) => `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;

test('keys beyond the limit are forgotten, and their clients told, before the next command', async () => {
  const client = await tracker();
  await client.call('MGET', ...Array.from({ length: 250 }, (_, i) => `k${i}`));
  expect(await info('tracking_total_keys')).toBe(250);
  await server.call('DEBUG', 'PAUSE-CRON', '1');
  await server.call('CONFIG', 'SET', 'tracking-table-max-keys', '1');
  // Each command forgets 100 more than the one before it.
  await client.call('PING');
  await client.call('PING');
  expect(await info('tracking_total_keys')).toBe(1);
  expect(client.pushes.length).toBe(249);
  expect(new Set(client.pushes.map(([, keys]) => (keys as string[])[0])).size).toBe(249);
  await server.call('DEBUG', 'PAUSE-CRON', '0');
  client.destroy();
});

test('what is forgotten in a pipeline is told of between the replies', async () => {
  const client = await tracker();
  await server.call('CONFIG', 'SET', 'tracking-table-max-keys', '1');
  await client.write(lines('GET a', 'GET b', 'PING'));
  const all = await frames(client, 4);
  const first = all.findIndex((frame) => frame.startsWith('>'));
  expect(first).toBe(2);
  expect([invalidation('a'), invalidation('b')]).toContain(all[2]);
  expect(all[3]).toBe('+PONG\r\n');
  client.destroy();
});

test('clients that are gone leave nothing behind', async () => {
  const stays = await tracker();
  await stays.call('MGET', ...Array.from({ length: 1500 }, (_, i) => `s${i}`));
  const goes = await tracker();
  await goes.call('MGET', ...Array.from({ length: 3000 }, (_, i) => `s${i}`));
  expect(await info('tracking_total_items')).toBe(4500);
  goes.destroy();
  await until(async () => (await info('tracking_total_items')) === 1500);
  expect(await info('tracking_total_keys')).toBe(1500);
  await server.call('SET', 's1', 'x');
  await stays.call('PING');
  expect(stays.pushes).toEqual([['invalidate', ['s1']]]);
  stays.destroy();
  await until(async () => (await info('tracking_total_keys')) === 0);
  expect(await info('tracking_clients')).toBe(0);
});

test.for(['OFF', 'SKIP'])('CLIENT REPLY %s takes no messages away', async (mode) => {
  const client = await tracker();
  const other = await server.connect();
  await client.call('GET', 'a');
  await client.write(lines(`CLIENT REPLY ${mode}`, 'SET a 1', 'CLIENT REPLY ON', 'PING'));
  const expected = mode === 'OFF' ? ['+OK\r\n', '+PONG\r\n'] : ['+OK\r\n', '+PONG\r\n'];
  expect(await frames(client, 3)).toEqual([invalidation('a'), ...expected]);
  client.destroy();
  other.destroy();
});

test('a client that waits is told of what serving it has changed, and tracks what it got', async () => {
  const client = await tracker();
  await client.call('LRANGE', 'to', '0', '-1');
  client.send('BLMOVE', 'from', 'to', 'LEFT', 'LEFT', '0');
  await until(async () => (await info('blocked_clients')) === 1);
  await server.call('RPUSH', 'from', 'x');
  expect(await frames(client, 2)).toEqual(['$1\r\nx\r\n', invalidation('to')]);
  client.send('XREAD', 'BLOCK', '0', 'STREAMS', 'stream', '0');
  await until(async () => (await info('blocked_clients')) === 1);
  await server.call('XADD', 'stream', '1-1', 'f', 'v');
  await frames(client, 2);
  await server.call('XADD', 'stream', '1-2', 'f', 'v');
  expect(await frames(client, 1)).toEqual([invalidation('stream')]);
  client.destroy();
});

test('many clients that have the same key are all told', async () => {
  const clients = await Promise.all(Array.from({ length: 200 }, () => tracker()));
  await Promise.all(clients.map((client) => client.call('GET', 'shared')));
  expect(await info('tracking_total_items')).toBe(200);
  await server.call('SET', 'shared', '1');
  for (const client of clients) expect(await frames(client, 1)).toEqual([invalidation('shared')]);
  expect(await info('tracking_total_items')).toBe(0);
  for (const client of clients) client.destroy();
});

test('BCAST tells of keys that expire by themselves', async () => {
  const client = await tracker('BCAST');
  await server.call('SET', 'e', '1', 'PX', '1');
  expect(await frames(client, 2)).toEqual([invalidation('e'), invalidation('e')]);
  client.destroy();
});

test('CLIENT LIST shows who tracks, and how', async () => {
  const client = await tracker('BCAST');
  const id = String(await client.call('CLIENT', 'ID'));
  expect(await server.call('CLIENT', 'LIST', 'ID', id)).toMatch(/ flags=tB .* redir=0 /);
  await client.call('CLIENT', 'TRACKING', 'off');
  expect(await server.call('CLIENT', 'LIST', 'ID', id)).toMatch(/ flags=N .* redir=-1 /);
  const target = await server.connect(3);
  const targetId = String(await target.call('CLIENT', 'ID'));
  await client.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', targetId);
  await client.call('GET', 'a');
  target.destroy();
  await until(async () => !String(await server.call('CLIENT', 'LIST')).includes(`id=${targetId} `));
  await server.call('SET', 'a', '1');
  expect(await server.call('CLIENT', 'LIST', 'ID', id)).toMatch(new RegExp(` flags=tR .* redir=${targetId} `));
  client.destroy();
});
