/** Clients that modules let wait for keys. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'on-keys.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('clients that wait for keys', () => {
  differential(
    'like redis-server',
    [
      group(
        'served when a key has what is wanted',
        `client B: blocks: w.wait 2 0 - l m
         RPUSH l 1
         RPUSH m 1 2
         client B: PING
         client B: blocks: w.wait 1 0 - z
         ZADD z 1 a
         client B: blocks: w.wait 1 0 - x
         SET x string
         DEL x
         XADD x 1-1 f v
         client B: blocks: w.wait 1 0 - moved
         RENAME m moved
         client B: blocks: w.wait 1 0 - swapped
         SELECT 1
         RPUSH swapped 1
         SWAPDB 0 1
         client C: blocks: w.wait 3 0 - three
         client B: blocks: w.wait 2 0 - three
         SELECT 0
         RPUSH three 1 2
         RPUSH three 3
         DEL three
         RPUSH three 1 2 3`,
      ),
      group(
        'signals',
        `RPUSH l 1
         client B: blocks: w.wait 2 0 - l
         w.ready l
         RPUSH l 2
         w.ready l
         client B: blocks: w.wait 0 0 - s
         SET s 1
         w.ready s
         client B: blocks: w.wait 0 0 - nokey
         w.ready nokey
         RPUSH nokey 1`,
      ),
      group(
        'timeouts and ends',
        `client B: blocks: w.wait 5 20 - l
         client B: PING
         client B: blocks: w.wait 5 0 - l
         w.unblock
         client B: PING
         w.wait 5 20 - k
         MULTI
         w.wait 1 0 - k
         EXEC
         PING`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module } },
  );

  describe('here', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
    });
    afterAll(() => server.stop());

    const stats = (): Promise<unknown> => server.call('w.stats');

    test('clients that go away, and CLIENT UNBLOCK', async () => {
      const before = (await stats()) as number[];
      const gone = await server.connect();
      gone.send('w.wait', '1', '0', '-', 'k');
      await until(async () => /blocked_clients:1/.test(String(await server.call('INFO', 'clients'))));
      gone.destroy();
      await until(async () => ((await stats()) as number[])[3] === before[3]! + 1);
      const after = (await stats()) as number[];
      expect(after.slice(0, 2)).toEqual([before[0]! + 1, before[1]! + 1]);

      const client = await server.connect();
      const id = String(await client.call('CLIENT', 'ID'));
      for (const [flags, how, expected, unblocked] of [
        ['-', 'TIMEOUT', 'timeout', 1],
        ['-', 'ERROR', { message: expect.stringContaining('UNBLOCKED') }, 1],
      ] as const) {
        const reply = client.call('w.wait', '1', '0', flags, 'k');
        await until(async () => (await server.call('CLIENT', 'UNBLOCK', id, how)) === unblocked);
        if (typeof expected === 'string') expect(await reply).toBe(expected);
        else expect(await reply).toMatchObject(expected);
      }
      const reply = client.call('w.wait', '1', '0', 't', 'k');
      await until(async () => /blocked_clients:1/.test(String(await server.call('INFO', 'clients'))));
      expect(await server.call('CLIENT', 'UNBLOCK', id)).toBe(0);
      expect(await server.call('w.unblock')).toBe(1);
      await server.call('RPUSH', 'k', '1');
      expect(((await reply) as unknown[]).slice(0, 3)).toEqual(['k', 2, 1]);
      expect(((await stats()) as number[])[0]).toBe(after[0]! + 3);
      client.destroy();
    });

    test('deletions, for who wants to know', async () => {
      const client = await server.connect();
      await server.call('RPUSH', 'd', '1');
      for (const remove of [['DEL', 'd'], ['FLUSHALL'], ['SET', 'd', 'x']]) {
        const reply = client.call('w.wait', '5', '0', 'da', 'd');
        await until(async () => /blocked_clients:1/.test(String(await server.call('INFO', 'clients'))));
        await server.call(...(remove as [string]));
        expect(((await reply) as unknown[]).slice(0, 2)).toEqual(['d', remove[0] === 'SET' ? 1 : 0]);
        await server.call('DEL', 'd');
        await server.call('RPUSH', 'd', '1');
      }
      client.destroy();
    });

    test('a module whose client waits for a key is not unloaded, afterwards it is', async () => {
      const client = await server.connect();
      const reply = client.call('w.wait', '1', '0', '-', 'unload');
      await until(async () => /blocked_clients:1/.test(String(await server.call('INFO', 'clients'))));
      expect(await server.call('MODULE', 'UNLOAD', 'onkeys')).toMatchObject({
        message: expect.stringContaining('blocked clients'),
      });
      await server.call('RPUSH', 'unload', '1');
      await reply;
      expect(await server.call('MODULE', 'UNLOAD', 'onkeys')).toBe('OK');
      client.destroy();
    });
  });
});
