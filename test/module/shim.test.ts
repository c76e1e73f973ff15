// What the native shim answers in a whole server: reads through RM_Call. The same module in graftis and redis-server.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!compilerAvailable())('GET through RM_Call', () => {
  if (!compilerAvailable()) return;
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'steps.c'), folder);
  const long = 'x'.repeat(5000);
  // The first call of a command goes the long way, and shows that it reads.
  const reads = (key: string) =>
    `st.get ${key} csb\nst.get ${key} csbtprnw\nSET short 12\nst.get ${key} kcl\nst.get ${key} lt`;

  differential(
    'replies',
    [
      group(
        'a string',
        `SET short value\n${reads('short')}\nSET short 12345\n${reads('short')}\nSET short ""\n${reads('short')}`,
      ),
      group('longer than the shim keeps', `SET long ${long}\nst.get long csbtn\nst.get long csbtn`),
      group('none', reads('nokey')),
      group('another type', 'RPUSH list a\nst.get list csbt\nst.get list csbtnp'),
      group('one that expires', `SET short value PX 100000\n${reads('short')}\nPERSIST short\n${reads('short')}`),
      group('in another database', `SELECT 3\nSET short three\n${reads('short')}\nSELECT 0`),
      group('in a transaction', 'SET short value\nMULTI\nst.get short csbt\nst.get short kl\nEXEC'),
    ],
    { directives: { loadmodule } },
  );

  describe('in statistics and the log', () => {
    let server: TestServer;
    let client: RespClient;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule, loglevel: 'warning' });
      client = await server.connect();
    });
    afterAll(async () => {
      client.destroy();
      await server.stop();
    });

    const number = async (section: string, pattern: RegExp): Promise<number> =>
      Number(pattern.exec(String(await client.call('INFO', section)))?.[1]);

    it('counts as the command does', async () => {
      await client.call('SET', 'key', 'value');
      await client.call('st.get', 'key', 'c');
      const calls = () => number('commandstats', /cmdstat_get:calls=(\d+)/);
      const hits = () => number('stats', /keyspace_hits:(\d+)/);
      const processed = () => number('stats', /total_commands_processed:(\d+)/);
      const before = [await calls(), await hits(), await processed()] as const;
      for (let i = 0; i < 10; i++) await client.call('st.get', 'key', 'sssss');
      const after = [await calls(), await hits(), await processed()] as const;
      expect([after[0] - before[0], after[1] - before[1]]).toEqual([50, 50]);
      // 10 commands of the module, 50 that they call, and three of INFO.
      expect(after[2] - before[2]).toBe(63);
    });

    it('is seen by MONITOR, and in a slow log of everything', async () => {
      await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await client.call('SLOWLOG', 'RESET');
      await client.call('st.get', 'key', 'ss');
      expect(JSON.stringify(await client.call('SLOWLOG', 'GET'))).toContain('GET');
      await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '10000');
    });

    it('names a reply that is freed twice', async () => {
      expect(await client.call('st.free-twice', 'key')).toBe(null);
      expect(await client.call('st.free-twice', 'key')).toBe(null);
      await server.logged(/FreeCallReply was given the RedisModuleCallReply 0x\w+ after it was freed/);
      await server.logged(/CallReplyLength was given the RedisModuleCallReply 0x\w+ after it was freed/);
    });
  });
});
