/** Native data types: like redis-server's with the same module, and every value freed exactly once. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'types.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('native data types', () => {
  const each = (lines: string): string =>
    [1, 3, 4]
      .flatMap((version) => lines.split('\n').map((line) => line.replaceAll('VERSION', String(version))))
      .join('\n');

  differential(
    'like redis-server',
    [
      group(
        'values',
        each(`t.set k VERSION 5
        t.get k
        TYPE k
        OBJECT ENCODING k
        OBJECT REFCOUNT k
        GET k
        APPEND k x
        INCR k
        t.replace k VERSION 6
        t.replace k 2 7
        t.get k
        t.replace nokey VERSION 1
        EXPIRE k 100
        t.set k VERSION 9
        TTL k
        t.get k
        EXISTS k
        DEL k
        t.get k
        t.stats`),
        `SET s 1
         t.get s
         t.replace s 1 5
         t.get nokey`,
      ),
      group(
        'copies',
        each(`t.set from VERSION 5
        COPY from to
        t.last
        COPY from to
        COPY from to REPLACE
        COPY from to DB 3
        t.last
        t.get to
        t.stats
        t.copyable 0
        COPY from to REPLACE
        COPY from other
        t.copyable 1
        EXISTS to other
        t.stats
        FLUSHALL SYNC
        t.stats`),
      ),
      group(
        'unlinking',
        each(`t.set a VERSION 5
        DEL a
        t.last
        t.set a VERSION 5
        UNLINK a
        t.last
        t.set a VERSION 5
        RENAME a b
        t.get b
        t.set a VERSION 6
        RENAME a b
        t.get b
        MOVE b 2
        t.last
        SELECT 2
        t.get b
        SWAPDB 2 4
        DEL b
        SELECT 4
        t.get b
        DEL b
        t.last
        SELECT 0
        t.stats`),
      ),
      group(
        'overwriting',
        each(`t.set a VERSION 1
        SET a string
        t.stats
        t.set a VERSION 2
        GETSET a x
        SET a x GET
        SETEX a 100 x
        t.set a VERSION 3
        MSET a 1 b 2
        t.set a VERSION 4
        t.module a set
        GET a
        t.set a VERSION 5
        t.module a trunc
        t.module a dma
        t.module a again
        t.get a
        t.module a del
        t.set a VERSION 6
        t.module a unlink
        EXISTS a
        t.stats`),
      ),
      group(
        'digests',
        each(`t.set a VERSION 42
        DEBUG DIGEST-VALUE a nokey
        t.last
        EXPIRE a 1000
        DEBUG DIGEST-VALUE a
        DEBUG DIGEST`),
        `FLUSHALL SYNC
        t.stats`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module } },
  );

  describe('every value is freed exactly once', () => {
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

    const live = async (): Promise<number> => {
      const [count, , bad] = (await client.call('t.stats')) as number[];
      expect(bad).toBe(0);
      return count!;
    };

    const ways: Record<string, string[][]> = {
      DEL: [['DEL', 'a', 'b', 'c']],
      UNLINK: [['UNLINK', 'a', 'b', 'c']],
      'SET over it': [['MSET', 'a', '1', 'b', '2', 'c', '3']],
      FLUSHDB: [['FLUSHDB', 'SYNC']],
      'FLUSHDB ASYNC': [['FLUSHDB', 'ASYNC']],
      'FLUSHALL ASYNC with other keys behind it': [
        ['FLUSHALL', 'ASYNC'],
        ['SET', 'x', '1'],
      ],
      expiry: [
        ['PEXPIRE', 'a', '1'],
        ['PEXPIRE', 'b', '1'],
        ['PEXPIRE', 'c', '1'],
      ],
      'expiry in the past': [
        ['EXPIREAT', 'a', '1'],
        ['EXPIREAT', 'b', '1'],
        ['EXPIREAT', 'c', '1'],
      ],
      'RENAME over it': [
        ['SET', 'x', '1'],
        ['RENAME', 'x', 'a'],
        ['RENAME', 'a', 'b'],
        ['RENAME', 'b', 'c'],
      ],
      'COPY over it': [
        ['SET', 'x', '1'],
        ['COPY', 'x', 'a', 'REPLACE'],
        ['COPY', 'x', 'b', 'REPLACE'],
        ['COPY', 'x', 'c', 'REPLACE'],
      ],
      'SWAPDB and FLUSHDB of the other': [
        ['SWAPDB', '0', '1'],
        ['SELECT', '1'],
        ['FLUSHDB', 'SYNC'],
        ['SELECT', '0'],
      ],
    };
    for (const effort of ['1', '1000', '0']) {
      for (const [way, commands] of Object.entries(ways)) {
        test(`${way}, effort ${effort}`, async () => {
          await client.call('FLUSHALL', 'SYNC');
          await until(async () => (await live()) === 0);
          await client.call('t.effort', effort);
          for (const [i, key] of ['a', 'b', 'c'].entries()) await client.call('t.set', key, ['1', '3', '4'][i]!, '5');
          expect(await live()).toBe(3);
          for (const command of commands) await client.call(...command);
          await until(async () => (await live()) === 0);
        });
      }
    }

    test('flushed values are freed before a thread can find their keys gone', async () => {
      await client.call('SELECT', '1');
      await client.call('SET', 'stays', '1');
      await client.call('SELECT', '0');
      for (const [threads, left] of [
        ['0', 300],
        ['1', 0],
      ] as const) {
        await client.call('t.threads', threads);
        for (let i = 0; i < 300; i++) await client.call('t.set', `key ${i}`, '4', '1');
        client.send('FLUSHDB', 'ASYNC');
        client.send('t.stats');
        expect((await client.readRaw()).toString()).toBe('+OK\r\n');
        expect(Number(/:(\d+)/.exec((await client.readRaw()).toString())![1])).toBe(left);
        await until(async () => (await live()) === 0);
      }
      await client.call('t.threads', '0');
    });

    test('MEMORY USAGE asks the type', async () => {
      const usage = async (...args: string[]): Promise<number> =>
        (await client.call('MEMORY', 'USAGE', ...args)) as number;
      await client.call('t.set', 'm', '1', '0');
      const base = await usage('m');
      await client.call('t.set', 'm', '1', '5000');
      expect(await usage('m')).toBe(base + 5000);
      await client.call('t.set', 'm', '4', '5000');
      expect(await usage('m')).toBe(base + 5005);
      expect(await client.call('t.last')).toBe('mem_usage2 m - 0 -1');
      expect(await usage('m', 'SAMPLES', '100')).toBe(base + 5100);
      await client.call('DEL', 'm');
    });

    test('types come into being in OnLoad only', async () => {
      expect(await client.call('t.module', 'nokey', 'late')).toBe(1);
    });

    test('the module stays loaded while its types exist', async () => {
      await expect(client.call('MODULE', 'UNLOAD', 'types')).resolves.toMatchObject({
        message: "ERR Error unloading module: the module exports one or more module-side data types, can't unload",
      });
    });
  });

  test('a failed load takes its values with it', async () => {
    const server = await startGraftis();
    await server.call('SET', 'other', '1');
    expect(await server.call('MODULE', 'LOAD', module, 'fail')).toBeInstanceOf(Error);
    expect(await server.call('KEYS', '*')).toEqual(['other']);
    expect(await server.call('MODULE', 'LOAD', module)).toBe('OK');
    expect(await server.call('t.stats')).toEqual([0, 0, 0, 0, 0]);
    await server.stop();
  });
});
