/** What modules learn of the server and its clients: a C module here and in redis-server. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group, matching, since74 } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'context.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('context of modules', () => {
  differential(
    'like redis-server',
    [
      group(
        'flags',
        `ctx.flags
         CONFIG SET maxmemory 100gb
         ctx.flags
         CONFIG SET maxmemory-policy allkeys-lru
         ctx.flags
         CONFIG SET maxmemory 1
         ctx.flags
         CONFIG SET maxmemory 0 maxmemory-policy noeviction
         ctx.flags
         ctx.memory`,
      ),
      group(
        'clients',
        `ctx.client
         SELECT 7
         ctx.client
         ctx.absent
         client B: ctx.client`,
      ),
      group(
        'names',
        `ctx.name
         ctx.name mine
         CLIENT GETNAME
         CLIENT SETNAME other
         ctx.name
         ctx.name "two words"
         ctx.name "line\\nfeed"
         ctx.name ""
         CLIENT GETNAME`,
      ),
      group(
        'secrets',
        `CONFIG SET slowlog-log-slower-than 0
         SLOWLOG RESET
         ctx.redact 0 -1 1 2 7 8
         CONFIG SET slowlog-log-slower-than -1`,
        matching('SLOWLOG GET', /\r\nctx\.redact\r\n(\$10\r\n\(redacted\)\r\n){2}\$1\r\n1\r\n\$1\r\n2\r\n\$1\r\n7/),
      ),
      group(
        'clocks and random bytes',
        `ctx.clocks
         ctx.random 0
         ctx.random 1
         ctx.random 16
         ctx.random 1000
         ctx.random 200000`,
      ),
      group(
        'latency',
        `LATENCY RESET
         CONFIG SET latency-monitor-threshold 100
         ctx.latency mine 99
         LATENCY LATEST
         ctx.latency mine 100
         shape: LATENCY LATEST
         CONFIG SET latency-monitor-threshold 0
         LATENCY RESET`,
      ),
      group('replication', 'ctx.replicate\nEXISTS key'),
      group(
        'versions',
        since74(
          'ctx.versions',
          `*5\r\n:${0x00070400}\r\n:5\r\n:15\r\n:${2 ** 25 - 1}\r\n:0\r\n`,
          'it is the release that says so',
        ),
      ),
    ],
    { directives: { loadmodule: module, save: '' } },
  );

  describe('here alone', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
    });
    afterAll(() => server.stop());

    test('CLIENT PAUSE shows', async () => {
      const client = await server.connect();
      await client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
      expect(((await client.call('ctx.versions')) as number[])[4]).toBe(1);
      await client.call('CLIENT', 'UNPAUSE');
      expect(((await client.call('ctx.versions')) as number[])[4]).toBe(0);
      client.destroy();
    });

    test('memory used and allowed', async () => {
      await server.call('CONFIG', 'SET', 'maxmemory', '1');
      expect(await server.call('ctx.memory')).toBeGreaterThan(1000);
      await server.call('CONFIG', 'SET', 'maxmemory', '0');
    });

    test('the start shows while the configured modules load, and not later', async () => {
      await server.logged('<ctx> startup flag: 1');
      await server.call('MODULE', 'UNLOAD', 'ctx');
      await server.call('MODULE', 'LOAD', module);
      await server.logged('<ctx> startup flag: 0');
    });

    test('a failed assertion of the module ends the server, after words in the log', async () => {
      const client = await server.connect();
      client.send('ctx.assert');
      await server.exited;
      client.destroy();
      expect(server.log).toContain("==> context.c:42 '1 == 2' is not true");
    });
  });
});
