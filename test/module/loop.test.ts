/** Descriptors of modules in the server's loop: here and in redis-server with the same module. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable, oracleAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import {
  repositoryRoot,
  startGraftis,
  startRedis,
  type TestServer,
  temporaryFolder,
  until,
} from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'loop.c'), temporaryFolder())
  : '';

describe.skipIf(module === '').each([
  ['graftis', startGraftis],
  ['redis-server', startRedis],
] as const)('the event loop of %s', (name, start) => {
  if (name === 'redis-server' && !oracleAvailable()) return;
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ loadmodule: module });
  });
  afterAll(() => server.stop());

  const holds = (key: string, text: string): Promise<void> =>
    until(async () => (await server.call('GET', key)) === text);

  test('a descriptor that is readable, written to, closed', async () => {
    expect(await server.call('l.pipe')).toBe(0);
    expect(await server.call('l.write', 'hello, ')).toBe(7);
    await holds('read', 'hello, ');
    expect(await server.call('l.write', 'world')).toBe(5);
    await holds('read', 'hello, world');
    expect(await server.call('l.watch', '2')).toBe(0);
    await until(async () => (await server.call('l.writable')) === 5);
    expect(await server.call('l.unwatch', '3')).toBe(0);
    expect(await server.call('l.watch', '2')).toBe(0);
    await until(async () => (await server.call('l.writable')) === 6);
    expect(await server.call('l.close')).toBe('OK');
    // The same numbers again, which redis-server takes for those of before.
    if (name === 'redis-server') return;
    expect(await server.call('l.pipe')).toBe(0);
    expect(await server.call('l.write', '!')).toBe(1);
    await holds('read', 'hello, world!');
  });

  test('functions for the next turn, from commands and threads', async () => {
    expect(await server.call('l.once', 'a')).toBe(0);
    await holds('once', 'a');
    expect(await server.call('l.thread', '500')).toBe('OK');
    await holds('once', `a${'t'.repeat(500)}`);
  });

  test('bad arguments', async () => {
    expect(await server.call('l.bad')).toEqual([1, 34, 1, 22, 1, 22, 1, 34, 1, 22]);
    expect(await server.call('PING')).toBe('PONG');
  });
});
