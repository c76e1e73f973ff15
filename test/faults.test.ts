/**
 * What the server does when something is thrown that nobody expected: never hang, never lose the reason. A defect ends
 * the process with a report and a status; a want of memory hits one client at most. Faults are injected into a server
 * process (support/preload.mjs), which is watched from outside.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { RespClient } from './support/resp.ts';
import {
  repositoryRoot,
  startGraftis,
  subjectIsOracle,
  type TestServer,
  temporaryFolder,
  until,
} from './support/server.ts';

/** Connections are read together, by the native shim. */
const together =
  (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll' &&
  process.env['GRAFTIS_PORTABLE'] === undefined &&
  process.env['GRAFTIS_NATIVE_SHIM'] !== 'no';

const STAGES = [
  'accept',
  'read',
  ...(together ? ['receive'] : []),
  'parse',
  'parse ahead',
  'look ahead',
  'look-up',
  'statistics',
  'commit',
  'end of round',
  'before sleep',
  'send',
  'queue output',
  'send queued output',
  'close',
  'cron',
  'block',
  'time out',
  'unblock',
  'reply to unblocked',
  'resume',
];

const preload = pathToFileURL(join(repositoryRoot, 'test', 'support', 'preload.mjs')).href;
const folders: string[] = [];
const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A server whose fault at `stage` is armed by the function that comes with it. */
async function start(stage: string | null, thrown: string): Promise<[TestServer, () => void]> {
  const folder = temporaryFolder();
  folders.push(folder);
  const arm = join(folder, 'armed');
  const env: NodeJS.ProcessEnv = {
    NODE_OPTIONS: `--import=${preload}`,
    GRAFTIS_TEST_ARM: arm,
    GRAFTIS_TEST_THROW: thrown,
    ...(stage === null ? {} : { GRAFTIS_TEST_STAGE: stage }),
    // Each connection is read by itself.
    ...(stage === 'read' ? { GRAFTIS_NATIVE_SHIM: 'no' } : {}),
  };
  const server = await startGraftis({ hz: 100 }, { env });
  servers.push(server);
  return [server, () => writeFileSync(arm, '')];
}

/** Makes every stage happen, with clients that expect nothing. */
async function exercise(server: TestServer, arm: () => void): Promise<RespClient[]> {
  const clients = await Promise.all(Array.from({ length: 6 }, () => server.connectPlain()));
  const [slow, pauser, paused, blocked, plain, gone] = clients as [
    RespClient,
    RespClient,
    RespClient,
    RespClient,
    RespClient,
    RespClient,
  ];
  await plain.call('SET', 'big', 'v'.repeat(1 << 20));
  await pauser.call('CLIENT', 'PAUSE', '100', 'WRITE');
  paused.send('SET', 'k', 'v');
  await plain.call('PING');
  slow.stopReading();
  arm();
  for (let i = 0; i < 40; i++) slow.send('GET', 'big');
  paused.send('PING');
  blocked.send('t.block', '20');
  blocked.send('PING');
  for (let i = 0; i < 10; i++) plain.send('PING');
  plain.socket.write('*2\r\n$4\r\nECHO\r\n$100000\r\nxy');
  server.connectPlain().then(
    (client) => client.destroy(),
    () => {},
  );
  gone.destroy();
  setTimeout(() => slow.socket.resume(), 200);
  for (const client of clients) client.socket.on('error', () => {});
  return clients;
}

describe.skipIf(subjectIsOracle)('a defect', () => {
  test.for(STAGES)('at the stage "%s" ends the process with a report', async (stage) => {
    const [server, arm] = await start(stage, 'defect');
    const clients = await exercise(server, arm);
    await server.exited;
    expect([server.process.exitCode, server.process.signalCode]).toEqual([1, null]);
    expect(server.log).toContain('=== REDIS BUG REPORT START');
    expect(server.log).toMatch(/Error: injected fault\n +at .*preload\.mjs/);
    for (const client of clients) client.destroy();
  });

  test('in a command ends the process with a report', async () => {
    const [server] = await start(null, 'defect');
    const client = await server.connectPlain();
    const reply = client.call('t.throw');
    await expect(reply).rejects.toThrow();
    await server.exited;
    expect([server.process.exitCode, server.process.signalCode]).toEqual([1, null]);
    expect(server.log).toMatch(/Error: injected fault\n +at .*preload\.mjs/);
    client.destroy();
  });

  test('in a command inside of a nested round ends the process with a report', async () => {
    const [server] = await start(null, 'defect');
    const [a, b] = await Promise.all([server.connectPlain(), server.connectPlain()]);
    a.send('t.poll', '1000000', 'x');
    b.send('t.throw');
    for (const client of [a, b]) client.socket.on('error', () => {});
    await server.exited;
    expect([server.process.exitCode, server.process.signalCode]).toEqual([1, null]);
    expect(server.log).toContain('injected fault');
    for (const client of [a, b]) client.destroy();
  });
});

describe.skipIf(subjectIsOracle)('a want of memory', () => {
  test.for(STAGES)('at the stage "%s" does not end the server', async (stage) => {
    const [server, arm] = await start(stage, 'memory');
    const clients = await exercise(server, arm);
    await server.logged(/[Mm]emory/);
    rmSync(join(folders[0]!, 'armed'));
    for (const client of clients) client.destroy();
    const after = await server.connectPlain();
    expect(await after.call('SET', 'after', '1')).toBe('OK');
    expect(await after.call('STRLEN', 'big')).toBe(1 << 20);
    await until(async () => /connected_clients:1\r/.test(String(await after.call('INFO', 'clients'))));
    expect(await after.call('PING')).toBe('PONG');
    expect(server.alive).toBe(true);
    after.destroy();
  });

  test('when requests are read loses nothing: what came, and who went, is seen later', async () => {
    const [server, arm] = await start('read', 'memory');
    const clients = await Promise.all(Array.from({ length: 3 }, () => server.connectPlain()));
    arm();
    const replies = clients.slice(1).map((client) => client.call('PING'));
    clients[0]!.destroy();
    await server.logged(/[Mm]emory/);
    rmSync(join(folders[0]!, 'armed'));
    expect(await Promise.all(replies)).toEqual(['PONG', 'PONG']);
    await until(async () => /connected_clients:2\r/.test(String(await clients[1]!.call('INFO', 'clients'))));
    for (const client of clients) client.destroy();
  });

  test.runIf(together)('when requests are dealt with that were read together hits whom it befalls', async () => {
    const [server, arm] = await start('receive', 'memory');
    const [unlucky, other] = await Promise.all([server.connectPlain(), server.connectPlain()]);
    unlucky.socket.on('error', () => {});
    arm();
    const reply = unlucky.call('PING');
    await expect(reply).rejects.toThrow();
    await server.logged(/[Mm]emory/);
    rmSync(join(folders[0]!, 'armed'));
    expect(await other.call('PING')).toBe('PONG');
    await until(async () => /connected_clients:1\r/.test(String(await other.call('INFO', 'clients'))));
    for (const client of [unlucky, other]) client.destroy();
  });

  test('in a command is answered with an error; what it wrote is taken back', async () => {
    const [server] = await start(null, 'memory');
    const client = await server.connectPlain();
    const replies = await client.pipeline([['ECHO', 'a'], ['t.memory'], ['ECHO', 'b'], ['t.throw'], ['PING']]);
    const error = { message: expect.stringMatching(/^OOM /) };
    expect(replies).toMatchObject(['a', error, 'b', error, 'PONG']);
    client.destroy();
  });

  // As under `ulimit -v`, without counting what Node takes for itself. What takes time are V8's collections in search of
  // memory, at each refusal.
  test('in the process: values that grow get an error and stay as they were, the server goes on', async () => {
    const server = await startLimited(320 << 10);
    const client = await server.connectPlain();
    const piece = 'x'.repeat(4 << 20);
    let length = 0;
    let refused = '';
    for (let i = 0; refused === '' && i < 1000; i++) {
      const reply = await client.call('APPEND', 'value', piece);
      if (typeof reply === 'number') length = reply;
      else refused = String((reply as Error).message);
    }
    expect(refused).toMatch(/^OOM /);
    expect(await client.call('STRLEN', 'value')).toBe(length);
    expect(await client.call('SETRANGE', 'value', String(length + (256 << 20)), 'y')).toMatchObject({
      message: expect.stringMatching(/^OOM |exceeds maximum/),
    });
    expect(await client.call('STRLEN', 'value')).toBe(length);
    expect(await client.call('SET', 'small', '1')).toBe('OK');
    for (let i = 0; ; i++) {
      const reply = await client.call('SET', `other${i}`, piece).catch((error: Error) => error);
      if (reply === 'OK') continue;
      expect((reply as Error).message).toMatch(/^OOM |connection closed/);
      break;
    }
    expect(await server.call('GET', 'small')).toBe('1');
    expect(await server.call('FLUSHALL')).toBe('OK');
    // V8 gives buffers back when it collects them.
    await until(async () => (await server.call('SET', 'again', 'x'.repeat(1 << 20))) === 'OK');
    expect(server.alive).toBe(true);
    client.destroy();
  });
});

/** A server that may have so many KiB more of address space than it has when it is ready. */
async function startLimited(kibibytes: number): Promise<TestServer> {
  const server = await startGraftis();
  servers.push(server);
  const { pid } = server.process;
  const sizeKib = Number(/^VmSize:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]);
  execFileSync('prlimit', ['--pid', String(pid), `--as=${(sizeKib + kibibytes) * 1024}`]);
  return server;
}
