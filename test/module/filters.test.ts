/** Command filters. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'filters.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('command filters', () => {
  differential(
    'like redis-server',
    [
      group(
        'lines that are changed',
        `f.on
         RPUSH l a @delete b @delete
         LRANGE l 0 -1
         RPUSH m @insert x @replace
         LRANGE m 0 -1
         SET k v @edges
         f.log
         RPUSH n one @keep
         LRANGE n 0 -1
         f.log
         @delete PING
         @delete GET k
         SET @delete
         f.call RPUSH called @insert
         f.call LRANGE called 0 -1
         MULTI
         RPUSH q @delete 1 @replace
         @delete GET q
         EXEC
         LRANGE q 0 -1
         @replace x
         f.off
         RPUSH l @delete
         LRANGE l 0 -1
         f.off`,
      ),
      group(
        'not for the module itself',
        `f.on 1
         f.call RPUSH self @insert
         f.call LRANGE self 0 -1
         RPUSH other @insert
         LRANGE other 0 -1
         f.off`,
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

    test('a filter knows the client; unloading ends it', async () => {
      const client = await server.connect();
      await client.call('f.on');
      expect(await client.call('f.client')).toBe(1);
      expect(String(await client.call('INFO', 'modules'))).toContain('filters=1');
      // All requests of a pipeline are parsed before the first one runs.
      client.send('RPUSH', 'p', '@delete', 'a');
      client.send('MODULE', 'UNLOAD', 'filters');
      client.send('RPUSH', 'p', '@delete', 'b');
      client.send('LRANGE', 'p', '0', '-1');
      for (const expected of [':1\r\n', '+OK\r\n', ':3\r\n', '*3\r\n$1\r\na\r\n$7\r\n@delete\r\n$1\r\nb\r\n']) {
        expect((await client.readRaw()).toString()).toBe(expected);
      }
      client.destroy();
    });
  });
});
