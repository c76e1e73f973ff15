/** Memory that modules allocate: it counts as used, and against `maxmemory`. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'heavy.c'), temporaryFolder())
  : '';
const MB = 1_000_000;
/** What Node itself allocates and frees meanwhile. */
const NOISE = 2 * MB;
/** Blocks of malloc are a little larger than what was asked for. */
const MALLOC_SLACK = 1.05;

describe.skipIf(module === '')('memory of modules', () => {
  let server: TestServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startGraftis({ loadmodule: module });
    client = await server.connect();
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  async function info(field: string): Promise<number> {
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(String(await client.call('INFO', 'everything')))?.[1]);
  }

  test('is used memory, until it is freed', async () => {
    const before = await info('used_memory');
    for (let i = 0; i < 10; i++) expect(await client.call('heavy.set', `k${i}`, '4000')).toBe('OK');
    const grown = (await info('used_memory')) - before;
    expect(grown).toBeGreaterThan(40 * MB - NOISE);
    expect(grown).toBeLessThan(40 * MB * MALLOC_SLACK + NOISE);
    expect(await info('used_memory_modules')).toBeGreaterThan(40 * MB - NOISE);
    await client.call('DEL', ...Array.from({ length: 10 }, (_, i) => `k${i}`));
    expect((await info('used_memory')) - before).toBeLessThan(NOISE);
  });

  test('is freed by eviction, no further than the limit asks for', async () => {
    const limit = Math.floor((await info('used_memory')) + 40 * MB);
    await client.call('CONFIG', 'SET', 'maxmemory', String(limit), 'maxmemory-policy', 'allkeys-lru');
    for (let i = 0; i < 200; i++) {
      expect(await client.call('heavy.set', `k${i}`, '1000')).toBe('OK');
      // What modules have is measured a few times a second, or when somebody asks.
      await client.call('INFO', 'memory');
    }
    expect(await info('used_memory')).toBeLessThan(limit + NOISE);
    const left = Number(await client.call('DBSIZE'));
    expect(left).toBeGreaterThan(20);
    expect(left).toBeLessThan(45);
    expect(await info('evicted_keys')).toBe(200 - left);
    await client.call('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
  });

  test('is refused where there is no more', async () => {
    await client.call('FLUSHALL');
    await client.call('heavy.set', 'k', '10000');
    await client.call('CONFIG', 'SET', 'maxmemory', String((await info('used_memory')) - 2 * NOISE));
    const reply = String(await client.call('heavy.set', 'k', '1'));
    expect(reply).toMatch("OOM command not allowed when used memory > 'maxmemory'.");
    await client.call('CONFIG', 'SET', 'maxmemory', '0');
  });
});
