/** Debian's RediSearch, a binary nobody here has built: here and in redis-server. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REDISEARCH_PATH, redisearchAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { startGraftis } from '../support/server.ts';

if (redisearchAvailable()) {
  differential(
    'RediSearch',
    [
      // What KEYS says depends on the module's collector of garbage, which deletes keys of empty indexes at its own times.
      group(
        'indexes without documents',
        `MODULE LIST
         FT.CREATE idx SCHEMA t TEXT WEIGHT 5.0 n NUMERIC SORTABLE g GEO tag TAG
         FT.CREATE idx SCHEMA t TEXT
         FT.CREATE
         FT.CREATE bad SCHEMA t NOTHING
         shape: FT.INFO idx
         FT.INFO nothing
         FT.SEARCH idx *
         FT.SEARCH idx "hello world" NOCONTENT LIMIT 0 5
         FT.SEARCH idx "@n:[1 10]"
         FT.SEARCH idx "(("
         FT.SEARCH nothing *
         FT.EXPLAIN idx "hello (world | there) -@t:not @n:[1 (2]"
         FT.AGGREGATE idx * GROUPBY 1 @t REDUCE COUNT 0
         FT.TAGVALS idx tag
         FT.ALTER idx SCHEMA ADD more TEXT
         FT.SYNADD idx one two
         FT.SYNDUMP idx
         TYPE ft:idx
         TYPE idx:idx
         FT.DROP idx
         FT.DROP idx
         KEYS *`,
      ),
      group(
        'suggestions, a native type',
        `FT.SUGADD s hello 1
         FT.SUGADD s help 2
         FT.SUGADD s helpless 3 PAYLOAD p
         FT.SUGLEN s
         FT.SUGGET s hel
         FT.SUGGET s hel FUZZY MAX 2 WITHPAYLOADS
         FT.SUGDEL s help
         FT.SUGLEN s
         TYPE s
         COPY s t
         GET s
         DEL s
         FT.SUGLEN s`,
      ),
      group(
        'configuration and unloading',
        `FT.CONFIG GET MINPREFIX
         FT.CONFIG SET MINPREFIX 3
         FT.CONFIG GET MINPREFIX
         FT.CONFIG SET MINPREFIX 2
         COMMAND INFO FT.SEARCH FT.CREATE
         MODULE UNLOAD ft
         PING`,
      ),
    ],
    { directives: { loadmodule: REDISEARCH_PATH }, protocols: [2] },
  );

  const jemalloc = ['/usr/lib/x86_64-linux-gnu/libjemalloc.so.2', '/usr/lib/aarch64-linux-gnu/libjemalloc.so.2'].find(
    existsSync,
  );
  test.skipIf(jemalloc === undefined)('a process with another allocator than libc’s', async () => {
    const env = { ...process.env, LD_PRELOAD: jemalloc };
    const server = await startGraftis({ loadmodule: REDISEARCH_PATH }, { env });
    const client = await server.connect();
    for (let i = 0; i < 20; i++) {
      expect(await client.call('FT.CREATE', 'idx', 'SCHEMA', 't', 'TEXT')).toBe('OK');
      expect(await client.call('FT.SUGADD', 's', `hello ${i}`, '1')).toBe(i + 1);
      expect(await client.call('FT.SUGGET', 's', 'hel')).toHaveLength(Math.min(i + 1, 5));
      expect(await client.call('FT.SEARCH', 'idx', 'hello', 'NOCONTENT')).toEqual([0]);
      expect(await client.call('FT.DROP', 'idx')).toBe('OK');
    }
    client.destroy();
    await server.stop();
    expect(server.process.exitCode).toBe(0);
  });

  test('the server ends cleanly with indexes in it', async () => {
    const server = await startGraftis({ loadmodule: REDISEARCH_PATH });
    const client = await server.connect();
    expect(await client.call('FT.CREATE', 'idx', 'SCHEMA', 't', 'TEXT')).toBe('OK');
    client.send('SHUTDOWN', 'NOSAVE');
    await server.exited;
    client.destroy();
    expect(server.process.exitCode).toBe(0);
    expect(server.log).toContain('ready to exit');
    await server.stop();
  });
} else {
  test.skip('RediSearch is not installed', () => {});
}
