/** A server without free file descriptors keeps serving the clients it has, and takes new ones when it can. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { RespClient } from './support/resp.ts';
import { sleep, startGraftis, type TestServer, until } from './support/server.ts';

let server: TestServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

/** Processor time that the process has used, in clock ticks. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

test.skipIf(!hasPrlimit)('no descriptor left for a new connection', async () => {
  server = await startGraftis();
  const { pid } = server;
  const first = await server.connect();
  expect(await first.call('PING')).toBe('PONG');
  const used = readdirSync(`/proc/${pid}/fd`).length;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${used + 5}:${used + 5}`]);
  const clients: RespClient[] = [];
  for (let i = 0; i < 20; i++) clients.push(await server.connectPlain());
  const before = cpuTicks(pid);
  await sleep(1000);
  expect(await first.call('PING')).toBe('PONG');
  // A server that asks again without a pause uses a second of processor time in a second: 100 ticks.
  expect(cpuTicks(pid) - before).toBeLessThan(60);
  if ((process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll') {
    expect(server.log.match(/Accepting client connection: EMFILE/g)).toHaveLength(1);
  }
  for (const client of clients) client.destroy();
  const running = server;
  await until(async () => {
    const last = await running.connectPlain();
    const reply = await last.call('PING').catch(() => null);
    last.destroy();
    return reply === 'PONG';
  });
  first.destroy();
});

test('QUIT after CLIENT REPLY OFF closes without a reply', async () => {
  server = await startGraftis();
  const client = await server.connect();
  client.send('CLIENT', 'REPLY', 'OFF');
  client.send('SET', 'k', 'v');
  client.send('QUIT');
  expect((await client.readToEnd()).toString()).toBe('');
  expect(await server.call('GET', 'k')).toBe('v');
  client.destroy();
});

test('clients that leave while a pause holds them up, half of them with more requests queued', async () => {
  server = await startGraftis();
  const control = await server.connect();
  await control.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  const blocked: RespClient[] = [];
  for (let i = 0; i < 40; i++) {
    const client = await server.connect();
    client.send('INCR', 'counter');
    if (i % 2 === 1) for (let j = 0; j < 100; j++) client.send('INCR', 'counter');
    blocked.push(client);
  }
  const waiting = async () => Number(/blocked_clients:(\d+)/.exec(String(await control.call('INFO', 'clients')))![1]);
  await until(async () => (await waiting()) === 40);
  for (const client of blocked.slice(0, 20)) client.destroy();
  await until(async () => (await waiting()) === 20);
  expect(await control.call('CLIENT', 'UNPAUSE')).toBe('OK');
  for (const client of blocked.slice(20)) await client.read();
  for (const client of blocked.slice(20).filter((_, i) => i % 2 === 1)) {
    for (let j = 0; j < 100; j++) await client.read();
  }
  // 10 clients with one request, 10 with 101.
  expect(await control.call('GET', 'counter')).toBe(String(10 + 10 * 101));
  for (const client of [control, ...blocked]) client.destroy();
});
