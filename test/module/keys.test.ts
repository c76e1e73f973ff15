/** Keys of modules: a C module against redis-server with the same module, and what only we diagnose. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'keys.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('keys of modules', () => {
  differential(
    'like redis-server',
    [
      group(
        'empty and missing keys',
        `k.do nokey r type
         k.do nokey w type len get getw ttl abs name dbid del unlink
         k.do nokey w expire 100 setabs 100 expire -1 trunc 0 type
         k.do nokey rw lru lfu setlru 1000
         DBSIZE`,
      ),
      group(
        'strings',
        `k.do s w set hello type len get getw set "" len get set other get
         OBJECT ENCODING s
         GET s
         k.do s r get type len set x del unlink trunc 3 expire 10
         k.do s w setnum 12345
         OBJECT ENCODING s
         GET s
         SET s 12345
         OBJECT ENCODING s
         k.do s r get
         OBJECT ENCODING s
         INCR s
         k.do s w getw get
         k.do s w set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
         OBJECT ENCODING s`,
      ),
      group(
        'truncate',
        `k.do t w trunc 5 get len trunc 2 get trunc 8 get trunc 0 get type
         k.do t w trunc 536870913
         STRLEN t
         SET t abcdefghij
         EXPIRE t 100
         k.do t w trunc 3 get trunc 6 get ttl
         OBJECT ENCODING t`,
      ),
      group(
        'writing through the address',
        `k.do d w set abcdefghijklmnop fill X get ttl
         GET d
         k.do d w trunc 100000 fill z len
         GETRANGE d 0 3
         GETRANGE d 99990 -1
         STRLEN d
         SET n 100
         k.do n w fill 7
         INCR n`,
      ),
      group(
        'expiry',
        `SET e v
         k.do e w ttl abs expire 100000 ttl expire -1 ttl expire -5 setabs -2 ttl
         k.do e w setabs 4102444800000 abs ttl set w ttl abs
         k.do e w setabs 9223372036854775000 abs
         k.do e w expire -1
         k.do e w expire 0
         SET e v
         k.do e w setabs 1 ttl get del type
         DBSIZE
         SET e v
         k.do e r expire 100 setabs 100`,
      ),
      group(
        'delete and unlink',
        `SET a 1
         k.do a w del type len get set 2 type
         GET a
         k.do a w unlink unlink del trunc 3 get
         EXISTS a`,
      ),
      group(
        'access clock and lookups',
        `SET a 1
         k.do a w setlru 100000 lru lfu setlru -1 setlfu 10
         k.do a t lru
         k.do a r lru
         OBJECT IDLETIME a
         k.do a rw setlru 5000 lru`,
      ),
      group(
        'databases',
        `k.db selected
         k.db size
         k.db random
         SET x 1
         k.db size
         k.db random
         k.db exists x
         k.db exists y
         k.db signal x
         k.db select 3
         k.db selected
         k.db size
         k.do x w set three dbid name
         k.db select 16
         k.db select -1
         k.db selected
         GET x
         SELECT 0
         GET x
         k.db reset sync
         DBSIZE
         SET x 1
         k.db reset async
         DBSIZE
         SELECT 3
         DBSIZE`,
      ),
      group(
        'automatic memory',
        `k.auto a b c d
         DBSIZE
         client B: k.auto a`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module } },
  );

  describe('misuse', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
    });
    afterAll(() => server.stop());

    const misuse = async (command: string[], log: string | RegExp): Promise<unknown> => {
      const reply = await server.call(...command);
      await server.logged(log);
      return reply;
    };

    test('keys left open are closed, with a warning', async () => {
      const warning = 'RedisModule_CloseKey() was not called for 2 of the keys';
      expect(await misuse(['k.leak', 'a', '2'], warning)).toBe('OK');
      expect(await server.call('k.auto', 'a', 'b')).toBe(1);
      expect(server.log.split('CloseKey() was not called').length).toBe(2);
    });

    test('handles that are not open keys', async () => {
      await server.call('SET', 'a', '1');
      expect(await misuse(['k.misuse', 'twice', 'a'], /RedisModule_CloseKey was given .* after it was freed/)).toBe(
        'OK',
      );
      expect(await misuse(['k.misuse', 'null', 'a'], 'RedisModule_DeleteKey was given NULL')).toBe(1);
      expect(
        await misuse(['k.misuse', 'string', 'a'], /RedisModule_StringTruncate was given the RedisModuleString/),
      ).toBe(1);
      await misuse(['k.misuse', 'keep', 'a'], 'was not called for 1 of the keys');
      expect(await misuse(['k.misuse', 'stale', 'b'], /RedisModule_StringSet was given .* after it was freed/)).toBe(1);
      expect(await server.call('GET', 'a')).toEqual('1');
    });

    test('modes of 7.2: lookups without effects', async () => {
      const client = await server.connect();
      await client.call('SET', 'x', '1', 'PX', '1');
      await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
      await new Promise((resolve) => setTimeout(resolve, 5));
      const before = await client.call('DBSIZE');
      expect(await client.call('k.do', 'x', 'rx', 'get')).toBe(null);
      expect(await client.call('k.do', 'x', 'we', 'type', 'get')).toEqual([0, '']);
      expect(await client.call('k.do', 'x', 'ra', 'get')).toEqual(['1']);
      expect(await client.call('DBSIZE')).toBe(before);
      expect(await client.call('k.do', 'x', 'wx', 'set', 'new', 'get', 'ttl')).toEqual([0, 'new', -1]);
      const hits = async (): Promise<string> =>
        /keyspace_hits:\d+\r\nkeyspace_misses:\d+/.exec(String(await client.call('INFO', 'stats')))![0];
      const counted = await hits();
      await client.call('k.do', 'x', 'rs', 'type');
      await client.call('k.do', 'nokey', 're', 'type');
      expect(await hits()).toBe(counted);
      await client.call('k.do', 'nokey', 'r', 'type');
      expect(await hits()).not.toBe(counted);
      client.destroy();
    });
  });
});
