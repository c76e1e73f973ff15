/** The room that clients' query buffers take: what CLIENT LIST says of it, and when it is given back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RespClient } from './support/resp.ts';
import { startGraftis, type TestServer, until } from './support/server.ts';

let server: TestServer;
let watcher: RespClient;
beforeAll(async () => {
  server = await startGraftis({ hz: '100' });
  watcher = await server.connect();
});
afterAll(async () => {
  watcher.destroy();
  await server.stop();
});

async function named(name: string): Promise<RespClient> {
  const client = await server.connect();
  expect(await client.call('CLIENT', 'SETNAME', name)).toBe('OK');
  return client;
}

/** Unread bytes and free room of the client's query buffer. */
async function figures(name: string): Promise<{ unread: number; free: number }> {
  const list = String(await watcher.call('CLIENT', 'LIST'));
  const [, unread, free] = new RegExp(`name=${name} .* qbuf=(\\d+) qbuf-free=(\\d+) `).exec(list)!;
  return { unread: Number(unread), free: Number(free) };
}

test('complete requests need no buffer of their own', async () => {
  const client = await named('whole');
  for (let i = 0; i < 10; i++) await client.call('SET', 'k', 'x'.repeat(100));
  expect(await figures('whole')).toEqual({ unread: 0, free: 0 });
  client.destroy();
});

test('a buffer outlives its request, and goes after two seconds of silence', async () => {
  const client = await named('halves');
  client.socket.write('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe');
  await until(async () => (await figures('halves')).unread === 2);
  client.socket.write('llo\r\n');
  expect(await client.read()).toBe('OK');
  expect(await figures('halves')).toEqual({ unread: 0, free: 16384 });
  await until(async () => (await figures('halves')).free === 0);
  expect(await watcher.call('GET', 'k')).toBe('hello');
  client.destroy();
});

test('a long buffer shrinks while short requests come', async () => {
  const client = await named('long');
  await watcher.call('DEBUG', 'PAUSE-CRON', '1');
  await client.call('SET', 'k', 'x'.repeat(400_000));
  expect((await figures('long')).free).toBeGreaterThan(400_000);
  await watcher.call('DEBUG', 'PAUSE-CRON', '0');
  await until(async () => {
    await client.call('SET', 'k', 'short');
    return (await figures('long')).free < 400_000;
  });
  expect((await figures('long')).free).toBe(16384);
  client.destroy();
});

test('the first byte of a long bulk gets it room, which silence takes away without harm', async () => {
  const client = await named('bulk');
  const length = 1_000_000;
  client.socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`);
  await until(async () => (await figures('bulk')).free > 0);
  expect((await figures('bulk')).free).toBeLessThanOrEqual(16384);
  client.socket.write('a');
  await until(async () => (await figures('bulk')).unread === 1);
  expect((await figures('bulk')).free).toBeGreaterThan(length);
  await until(async () => (await figures('bulk')).free === 0);
  client.socket.write(`${'b'.repeat(length - 1)}\r\n`);
  expect(await client.read()).toBe('OK');
  expect(await watcher.call('GET', 'k')).toBe(`a${'b'.repeat(length - 1)}`);
  client.destroy();
});
