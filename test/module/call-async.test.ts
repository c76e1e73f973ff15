// Commands that a module runs and that block: the module gets a promise, and the reply later.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

describe.skipIf(!compilerAvailable())('RedisModule_Call of commands that block', () => {
  const folder = temporaryFolder();
  let server: TestServer;
  let control: RespClient;

  beforeAll(async () => {
    const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'async.c'), folder);
    server = await startGraftis({ loadmodule });
    control = await server.connect();
  });
  afterAll(async () => {
    control?.destroy();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const counts = async () => (await control.call('async.counts')) as [number, number, number];

  it('the reply comes when the command is done', async () => {
    const client = await server.connect();
    client.send('async.call', 'K', 'async.wait', '0');
    await until(async () => (await counts())[0] === 1);
    expect(await control.call('async.wake')).toBe(1);
    expect(await client.read()).toEqual(['woken', 1]);
    expect((await counts()).slice(1)).toEqual([1, 0]);
    // The handler ran a command of its own.
    expect(await control.call('GET', 'handled')).toBe('1');
    // The client goes on as before.
    expect(await client.call('PING')).toBe('PONG');
    client.destroy();
  });

  it('requests behind it wait; the time-out of the inner command counts', async () => {
    const client = await server.connect();
    client.send('async.call', 'K', 'async.wait', '20');
    client.send('PING');
    expect(await client.read()).toBe('timed out');
    expect(await client.read()).toBe('PONG');
    client.destroy();
    await control.call('async.wake');
  });

  it('promises within promises', async () => {
    const client = await server.connect();
    client.send('async.call', 'K', 'async.call', 'K', 'async.call', 'K', 'async.wait', '0');
    await until(async () => (await counts())[0] === 1);
    await control.call('async.wake');
    expect(await client.read()).toEqual(['woken', 1]);
    client.destroy();
  });

  it('without the flag the command must not block', async () => {
    expect(String(await control.call('async.call', 'E', 'async.wait', '0'))).toContain(
      'Blocking module command called',
    );
    expect(await control.call('async.call', 'K', 'PING')).toBe('PONG');
    expect(await control.call('async.call', 'KD', 'async.wait', '0')).toBe('NULL');
  });

  it('a reply that nobody waits for', async () => {
    const [, handled] = await counts();
    expect(await control.call('async.forget', 'async.wait', '0')).toBe(12);
    expect((await counts())[0]).toBeGreaterThan(0);
    await control.call('async.wake');
    expect((await counts())[1]).toBe(handled);
    expect(await control.call('PING')).toBe('PONG');
  });

  it('ended by force', async () => {
    const [, handled, gone] = await counts();
    expect(await control.call('async.keep', 'async.wait', '0')).toBe(12);
    expect(await control.call('async.abort')).toEqual([0, 1, 4711]);
    await until(async () => (await counts())[2] === gone + 1);
    expect((await counts()).slice(0, 2)).toEqual([0, handled]);
    expect(await control.call('async.wake')).toBe(0);
  });

  it('the client goes away before the reply', async () => {
    const client = await server.connect();
    const [, handled] = await counts();
    client.send('async.call', 'K', 'async.wait', '0');
    await until(async () => (await counts())[0] === 1);
    client.destroy();
    await control.call('async.wake');
    await until(async () => (await counts())[1] === handled + 1);
    expect(await control.call('PING')).toBe('PONG');
  });
});
