/** Replies that a barrier holds back, and the counters of the memory that clients hold. */
import { afterEach, expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { loadRecord } from '../src/config/load.ts';
import { clientBufferBytes } from '../src/server/clients/client-info.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { fuzz } from './support/fuzz.ts';
import { encodeCommand, RespClient } from './support/resp.ts';
import { sleep } from './support/server.ts';

let server: Server;
const clients: RespClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
});

async function start(directives: Record<string, string> = {}): Promise<void> {
  const config = new Config();
  const io = process.env['GRAFTIS_TEST_IO'] ?? 'epoll';
  loadRecord(config, { port: '0', bind: '127.0.0.1', 'io-backend': io, ...directives });
  server = await Server.start(config, createEmbeddedLogger(config), { embedded: true });
}

async function connect(): Promise<RespClient> {
  const client = await RespClient.connect({ port: server.port, host: '127.0.0.1' });
  clients.push(client);
  return client;
}

/** A barrier that holds while `holds`; each call of `release` frees the oldest of what it holds. */
function fakeBarrier() {
  const waiting: (() => void)[] = [];
  const barrier = { holds: true, asked: 0, end: () => {}, release: () => waiting.shift()!(), waiting };
  barrier.end = server.output.barriers.add(() => {
    barrier.asked++;
    return barrier.holds ? new Promise<void>((resolve) => waiting.push(resolve)) : null;
  });
  return barrier;
}

/** What came on a connection so far, decoded replies in order. */
function collect(client: RespClient): string[] {
  const seen: string[] = [];
  client.socket.on('data', (chunk: Buffer) => seen.push(...chunk.toString('latin1').split('\r\n').filter(Boolean)));
  return seen;
}

const value = async (key: string): Promise<string | null> => {
  const c = server.createInternalClient();
  const db = c.db;
  const e = db.find(Buffer.from(key), 0, key.length);
  return e === 0 ? null : Buffer.from(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e))).toString();
};

test('replies wait for the barrier, commands do not', async () => {
  await start();
  const [a, b] = [await connect(), await connect()];
  const [fromA, fromB] = [collect(a), collect(b)];
  const barrier = fakeBarrier();
  a.send('SET', 'a', '1');
  await expect.poll(() => value('a')).toBe('1');
  b.send('INCR', 'a');
  await expect.poll(() => value('a')).toBe('2');
  a.socket.write(Buffer.concat([encodeCommand(['APPEND', 'a', 'x']), encodeCommand(['GET', 'a'])]));
  await expect.poll(() => value('a')).toBe('2x');
  await sleep(30);
  expect([fromA, fromB]).toEqual([[], []]);
  barrier.release();
  await expect.poll(() => fromA).toEqual(['+OK']);
  expect(fromB).toEqual([]);
  // The third is safe before the second: it still comes after it.
  const [second, third] = barrier.waiting.splice(0);
  third!();
  await sleep(30);
  expect(fromA).toEqual(['+OK']);
  second!();
  await expect.poll(() => [fromA, fromB]).toEqual([['+OK', ':2', '$2', '2x'], [':2']]);
  barrier.holds = false;
  expect(await (await connect()).call('GET', 'a')).toBe('2x');
  barrier.end();
  expect(server.output.barriers.active).toBe(false);
});

test('so do large replies, messages, the replies of clients that waited, and the end of a connection', async () => {
  await start();
  const [a, b, monitor] = [await connect(), await connect(), await connect()];
  await monitor.call('MONITOR');
  await a.call('SET', 'long', 'x'.repeat(1_000_000));
  const [fromA, fromB, fromMonitor] = [collect(a), collect(b), collect(monitor)];
  b.send('WAIT', '1', '300');
  await expect.poll(() => fromMonitor.join('')).toContain('WAIT');
  fromMonitor.length = 0;
  const barrier = fakeBarrier();
  a.socket.write(Buffer.concat([encodeCommand(['GET', 'long']), encodeCommand(['QUIT'])]));
  await expect.poll(() => server.blocked.count).toBe(0);
  await sleep(30);
  expect([fromA.length, fromB.length, fromMonitor.length]).toEqual([0, 0, 0]);
  barrier.holds = false;
  while (barrier.waiting.length > 0) barrier.release();
  await expect.poll(() => fromB).toEqual([':0']);
  await a.closed();
  expect([fromA.join('').length, fromA.at(-1)]).toEqual(['$1000000'.length + 1_000_000 + '+OK'.length, '+OK']);
  expect(fromMonitor.join('\n')).toContain('"GET" "long"');
});

test('a client that goes away leaves nothing behind', async () => {
  await start();
  const a = await connect();
  const barrier = fakeBarrier();
  a.send('SET', 'a', '1');
  await expect.poll(() => value('a')).toBe('1');
  a.destroy();
  await sleep(30);
  barrier.end();
  barrier.release();
  await expect.poll(() => server.output.barriers.active).toBe(false);
  await expect.poll(() => server.connections.clients.size).toBe(0);
  expect(server.memory.clientBytes).toBe(0);
});

test('memory counters equal what a walk over the clients finds', async () => {
  await start({ 'client-query-buffer-limit': '1gb' });
  const writer = await connect();
  await writer.call('SET', 'long', 'x'.repeat(300_000));
  const walk = (): number => [...server.connections.clients.values()].reduce((n, c) => n + clientBufferBytes(c), 0);
  let most = 0;
  await fuzz(12, async (random) => {
    const some = await Promise.all(Array.from({ length: 6 }, connect));
    for (let step = 0; step < 40; step++) {
      const client = random.pick(some);
      switch (random.below(6)) {
        case 0:
          client.socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${random.below(200_000) + 100_000}\r\npart`);
          break;
        case 1:
          client.socket.pause();
          for (let i = 0; i < 20; i++) client.send('GET', 'long');
          break;
        case 2:
          client.socket.resume();
          break;
        case 3:
          client.socket.write(encodeCommand(['SET', 'k', 'y'.repeat(random.below(100_000))]));
          break;
        case 4:
          client.destroy();
          break;
        default:
          client.send('PING');
      }
      if (step % 8 === 0) await sleep(2);
      expect(server.memory.clientBytes).toBe(walk());
      most = Math.max(most, walk());
    }
    for (const client of some) client.destroy();
  });
  expect(most).toBeGreaterThan(1_000_000);
  await expect.poll(() => server.connections.clients.size).toBe(1);
  expect(server.memory.clientBytes).toBe(walk());
});
