/** What modules ask the server itself: directives, slots, jobs after notifications, and an end of subscriptions. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'server-side.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('the server, for modules', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGraftis({ loadmodule: module });
  });
  afterAll(() => server.stop());

  const get = (name: string): Promise<unknown> => server.call('s.get', name);

  test('directives are listed and read', async () => {
    expect(await server.call('s.configs', 'hash-max-listpack-*')).toEqual([
      'hash-max-listpack-entries',
      'hash-max-listpack-value',
    ]);
    const all = (await server.call('s.configs', '*')) as unknown[];
    expect(all.length).toBe(((await server.call('CONFIG', 'GET', '*')) as unknown[]).length / 2);
    expect(await get('hash-max-listpack-entries')).toEqual([1, '512', -1, 512, null]);
    expect(await get('appendonly')).toEqual([0, 'no', 0, -1, null]);
    expect(await get('maxmemory-policy')).toEqual([3, 'noeviction', -1, -1, 'noeviction']);
    expect(await get('logfile')).toMatchObject([2, expect.any(String), -1, -1, null]);
    expect(await get('nothing')).toEqual([-1, null, -1, -1, null]);
  });

  test('directives are set', async () => {
    const set = (name: string, value: string, how: string): Promise<unknown> => server.call('s.set', name, value, how);
    expect(await set('hash-max-listpack-entries', '64', 'numeric')).toEqual([0, null]);
    expect(await set('activedefrag', '1', 'bool')).toEqual([0, null]);
    expect(await set('maxmemory-policy', 'allkeys-lru', 'enum')).toEqual([0, null]);
    expect(await set('hash-max-listpack-value', '32', 'any')).toEqual([0, null]);
    const values = await server.call('CONFIG', 'GET', 'hash-max-listpack-*', 'activedefrag', 'maxmemory-policy');
    expect(values).toEqual([
      ...['hash-max-listpack-entries', '64', 'hash-max-listpack-value', '32'],
      ...['activedefrag', 'yes', 'maxmemory-policy', 'allkeys-lru'],
    ]);
    for (const [name, value, how] of [
      ['maxmemory-policy', 'wrong', 'enum'],
      ['hash-max-listpack-entries', '-5', 'numeric'],
      ['hash-max-listpack-entries', '1', 'bool'],
      ['databases', '1', 'numeric'],
      ['nothing', '1', 'any'],
    ] as const) {
      expect(await set(name, value, how)).toEqual([1, expect.stringMatching(/./)]);
    }
    expect(await get('hash-max-listpack-entries')).toEqual([1, '64', -1, 64, null]);
  });

  test('slots, and what there is without a cluster', async () => {
    for (const [key, slot] of [
      ['foo', 12182],
      ['{foo}bar', 12182],
      ['a{foo}b{c}', 12182],
      ['{}foo', 9500],
      ['', 0],
      ['123456789', 12739],
    ] as const) {
      expect(await server.call('s.slot', key)).toEqual([slot, 1, 1, 1]);
    }
    expect(await server.call('s.cluster')).toEqual([1, 0, 1, 0, 1, 1, 116383, 1]);
    expect(await server.call('s.publish', 'channel', 'message')).toBe(0);
  });

  test('jobs run when the unit has ended, in it', async () => {
    await server.call('s.jobs', 'on');
    await server.call('SET', 'a', '1');
    expect(await server.call('GET', 'jobs')).toBe('1');
    const client = await server.connect();
    for (const line of [['MULTI'], ['SET', 'b', '1'], ['GET', 'jobs'], ['SET', 'c', '1']]) await client.call(...line);
    expect(await client.call('EXEC')).toEqual(['OK', '1', 'OK']);
    expect(await client.call('GET', 'jobs')).toBe('3');
    expect(await client.call('s.job')).toBe('OK');
    expect(await client.call('GET', 'jobs')).toBe('4');
    expect(await client.call('s.freed')).toBe(4);
    client.destroy();
    expect(await server.call('s.silent')).toBe(0);
    expect(await server.call('s.silent')).toBe(1);
    await server.call('SET', 'a', '2');
    expect(await server.call('GET', 'jobs')).toBe('4');
  });
});
