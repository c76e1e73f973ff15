/** Lists, hashes, sorted sets and streams through the module API: one module in redis-server and in graftis. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'typed-keys.c'), temporaryFolder())
  : '';

const long = 'x'.repeat(9000);

describe.skipIf(module === '')('keys of every type', () => {
  differential(
    'like redis-server',
    [
      group(
        'lists',
        `t.do l rw lpop rpop lget 0 ldel 0 lset 0 a type len
         t.do l w rpush a rpush b lpush c len type lget 0
         t.do l rw lall lget 3 lget -4 lget -3
         LRANGE l 0 -1
         t.do l rw lset 1 A lset -1 B lset 3 x lset -4 x lall
         t.do l rw lins 0 first lins -1 last lins 2 middle lins -3 near lins 99 x lins -99 x lall
         t.do l rw ldel 0 ldel -1 ldel 9 ldel -9 lall
         t.do l rw lpop rpop len lall
         t.do l r lpush x rpush x lpop rpop lset 0 x lins 0 x lins 1 x ldel 0 lget 0
         t.do l rw ldel 0 ldel 0 type ldel 0 len
         EXISTS l
         t.do l w lins 1 x lins -1 first lins 0 zeroth lins 2 end
         LRANGE l 0 -1
         t.do m rw lins -2 x type lins 0 x lall
         SET s 1
         t.do s rw lpush x lpop lget 0 lset 0 x lins 0 x ldel 0`,
      ),
      group(
        'long lists and elements',
        `t.do l rw rpushes 700 len lget 0 lget 699 lget -1 lget 350 lget 700
         OBJECT ENCODING l
         t.do l rw ldel 350 lset 350 changed lins 350 inserted lget 349 lget 350 lget 351 lget 352
         LLEN l
         t.do big rw rpush ${long} rpush 12345 lpush -7 lpush 18446744073709551616 lall
         OBJECT ENCODING big
         t.do big rw ldel 2 len lall
         OBJECT ENCODING big
         CONFIG SET list-max-listpack-size 4
         t.do small rw rpushes 4 len
         t.do small rw rpush five lset 0 ${long.slice(0, 100)}
         OBJECT ENCODING small
         t.do small rw lpop rpop rpop lall
         CONFIG SET list-max-listpack-size -2`,
      ),
      group(
        'hashes',
        `t.do h rw hget f hexists f hcget type len
         t.do h w hset - f v hset - f w hset a g 1 hset a g 2 len type
         HGETALL h
         t.do h rw hget f hget g hget none hexists f hexists none
         t.do h rw hset n f x hset x f y hset n new 1 hset x other 1 hset nx f z len
         t.do h rw hset2 - a 1 b 2 hset2 a a 3 c 4 hset2 - f 5 g 6 hset2 a c 7 c 8 len
         t.do h rw hcset - same hcget hcset a again hcget
         t.do h rw hdel - a hdel - a hdel x none hdel n f hdel n none hget f len
         t.do h r hset - f v hdel - f hget f
         t.do h rw hset ? f v
         t.do h rw hdel - b hdel - c hdel - f hdel - g hdel - new hdel - first hdel - second hdel - third hdel - fourth hdel - fifth type len
         EXISTS h
         t.do h rw hset x f v hdel - f type
         EXISTS h
         SET s 1
         t.do s rw hset - f v hget f hexists f hdel - f`,
      ),
      group(
        'hashes that grow',
        `t.do h rw hset - number 12345 hset - ${'k'.repeat(65)} long hget number
         OBJECT ENCODING h
         t.do h rw hset - f ${'v'.repeat(200)} hget f hget number hset - f short hget f hcset a 1 len
         t.elements h
         HLEN h`,
      ),
      group(
        'sorted sets',
        `t.do z rw zscore m zrem m zscores 1 2 0 0 zlex - + type len
         t.do z w zadd - 1 one zadd - 2 two zadd - 1 one zadd - 5 one len type zscore one zscore none
         ZRANGE z 0 -1 WITHSCORES
         t.do z rw zadd n 9 one zadd x 9 one zadd x 9 none zadd n 3 three zadd g 1 one zadd g 10 one zadd l 20 one zadd l 1 one zadd nx 1 one
         t.do z rw zincr - 1.5 one zincr - 1.5 new zincr n 1 new zincr x 1 none2 zincr g -1 new zincr l -1 new zincr - 0 new
         t.do z rw zadd - nan one zincr - nan one zadd - inf inf zincr - -inf inf zscore inf
         t.do z rw zrem inf zrem inf zrem one zrem two zrem three zrem new type
         EXISTS z
         t.do z r zadd - 1 one zincr - 1 one zrem one
         SET s 1
         t.do s rw zadd - 1 a zincr - 1 a zrem a zscore a zscores 0 1 0 0 zlex - +`,
      ),
      group(
        'ranges of sorted sets',
        `ZADD z 0 a 1 b 1 c 2 d 3 e 3.5 f -1 g 17179869184 h
         t.do z rw zscores 1 3 0 0 zscores 1 3 1 0 zscores 1 3 0 1 zscores 1 3 1 1 zscores 3 1 0 0 zscores 10 20 0 0
         t.do z rw zscoresback 1 3 0 0 zscoresback 1 3 1 0 zscoresback 1 3 0 1 zscoresback -inf inf 0 0 zscoresback 7 8 0 0
         t.do z rw zscores -inf inf 0 0 zscores nan 3 0 0 zscores 1 nan 0 0
         t.do z rw zsteps nnnnpppppnn zsteps pnpn zsteps nnnnnnppp
         ZADD x 0 a 0 b 0 bb 0 c 0 cc 0 d 0 "" 0 7
         t.do x rw zlex - + zlexback - + zlex [b [c zlex (b (c zlexback [b (cc zlex [z + zlex - (a zlex [c [b
         t.do x rw zlex b c zlex [b c zlex "" + zlexback b [c
         ZRANGE x 0 -1`,
      ),
      group(
        'large sorted sets',
        `t.do z rw zadds 300 len zscore member-299 zscores 10 20 0 0 zscoresback 140 149.5 0 0 zlex [member-298 +
         OBJECT ENCODING z
         t.do z rw zrem member-150 zadd g 1000 member-000 zscores 74 76 0 0 zscoresback 100 inf 0 0
         ZCARD z`,
      ),
      group(
        'streams',
        `t.do x rw xdel 1-1 xlen 5 xmin 1-1 xwalk - 0-0 9-9 type len
         t.do x w xadd 1-1 f v xadd 1-1 f v xadd 0-1 f v xadd 2-0 f w xadd2 3-0 a 1 b 2 len type
         t.do x rw xauto f v xbad xadd 0-0 f v len
         XLEN x
         t.do x w xadd 18446744073709551615-18446744073709551615 last one xadd 18446744073709551615-18446744073709551615 f v xauto f v
         XRANGE x 18446744073709551615 +
         DEL x
         t.do x w xadd 0-0 f v type
         EXISTS x
         XADD x 1-1 a 1
         XADD x 1-2 a 2 b 3
         XADD x 5-0 c 4 d 5
         XADD x 7-9223372036854775808 e 6
         t.do x rw xwalk - 1-1 5-0 xwalk e 1-1 5-0 xwalk r 1-2 9-0 xwalk re 1-2 7-0 xwalk a 0-0 0-0 xwalk ra 0-0 0-0
         t.do x rw xwalk e 18446744073709551615-18446744073709551615 9-9 xwalk e 1-1 0-0 xwalk - 9-9 1-1
         t.do x r xdel 1-1 xlen 1 xmin 2-0 xadd 9-0 f v xwalk rd 1-1 1-1
         t.do x rw xdel 1-2 xdel 1-2 len xwalk a 0-0 0-0
         t.do x rw xwalk rd 5-0 6-0 len
         XRANGE x - +
         t.do x rw xlen 1 xlen -1 xmin 8-0 len type
         EXISTS x
         SET s 1
         t.do s rw xadd 1-1 f v xdel 1-1 xlen 1 xmin 1-1 xwalk - 1-1 2-2`,
      ),
      group(
        'trimming and deleting in long streams',
        `CONFIG SET stream-node-max-entries 10
         ${Array.from({ length: 45 }, (_, i) => `XADD x ${i + 1}-0 field ${i} other${i % 3} ${i * 2}`).join('\n         ')}
         t.do x rw xapprox 17 len xlen 25 len xmin 30-0 len
         t.do x rw xwalk ds 33-0 36-0 len xwalk a 0-0 0-0
         t.do x rw xwalk rd 40-0 44-0 len xwalk ra 0-0 0-0
         CONFIG SET stream-node-max-entries 100`,
      ),
      group(
        'scans',
        `t.keys
         SET s 1
         RPUSH l a b
         SADD set a b c
         SADD ints 1 2 3
         SADD large ${Array.from({ length: 200 }, (_, i) => `member${i}`).join(' ')}
         HSET h f v n 12
         HSET hl f ${'v'.repeat(100)} g 1
         ZADD z 1 a 2.5 b 1e30 c inf d
         ZADD zl 1 ${'m'.repeat(100)} 0.1 b 1e30 c -inf d
         XADD x 1-1 f v
         t.keys
         t.elements set
         t.elements ints
         t.elements large
         t.elements h
         t.elements hl
         t.elements z
         t.elements zl
         t.elements l
         t.elements x
         t.elements s
         t.elements none
         t.drop
         DBSIZE`,
      ),
      group(
        'clients that wait for a list or stream',
        `client B: blocks: BLPOP l 0
         t.do l w rpush served
         client B: blocks: XREAD BLOCK 0 STREAMS x 0
         t.do x w xadd 1-1 f v
         client B: blocks: XREAD BLOCK 0 STREAMS x 1-1
         t.do x w xadd 1-2 f v
         client B: blocks: BZPOPMIN z 0
         t.do z w zadd - 1 m
         DBSIZE`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module, 'enable-debug-command': 'yes' } },
  );

  describe('what redis-server does not survive', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
    });
    afterAll(() => server.stop());

    test('a sorted set that changes under its range', async () => {
      for (let i = 0; i < 300; i++) await server.call('ZADD', 'z', String(i), `m${i}`);
      expect(Number(await server.call('t.shake', 'z'))).toBeGreaterThan(0);
      await server.call('ZADD', 'small', '1', 'a', '2', 'b', '3', 'c');
      expect(Number(await server.call('t.shake', 'small'))).toBeGreaterThan(0);
      expect(await server.call('PING')).toBe('PONG');
    });

    test('walks through a stream that leave fields unread, or delete after reading some', async () => {
      for (const id of ['1-1', '1-2', '5-0', '7-9']) await server.call('XADD', 'x', id, 'f', '1', 'g', '2');
      const end = [1, 2, 1, 9, 0, 0, 1, 9];
      const ids = (names: string[]): unknown[] => names.flatMap((name) => [name, 2]);
      const walk = (flags: string, from: string, to: string): Promise<unknown> =>
        server.call('t.do', 'x', 'rw', 'xwalk', flags, from, to);
      expect(await walk('as!', '-', '-')).toEqual([0, 0, ...ids(['1-1', '1-2', '5-0', '7-9']), ...end]);
      expect(await walk('ras!', '-', '-')).toEqual([0, 0, ...ids(['7-9', '5-0', '1-2', '1-1']), ...end]);
      const gone = [0, 2, 1, 2, 1, 2];
      const deleted = (id: string): unknown[] => [id, 2, 'f', '1', 'g', '2', ...gone];
      expect(await walk('d!', '1-2', '6-0')).toEqual([0, 0, ...deleted('1-2'), ...deleted('5-0'), ...end]);
      expect(await walk('as!', '-', '-')).toEqual([0, 0, ...ids(['1-1', '7-9']), ...end]);
    });

    test('NULL and freed handles', async () => {
      expect(await server.call('t.misuse', 'hashget')).toBe(1);
      await server.logged('RedisModule_HashGet was given NULL');
      expect(await server.call('t.misuse', 'hashexists')).toBe(1);
      expect(await server.call('t.misuse', 'zadd')).toBe(1);
      await server.logged('RedisModule_ZsetAdd was given NULL');
      expect(await server.call('t.misuse', 'zelement')).toBe(1);
      await server.logged(/RedisModule_ZsetAdd was given the RedisModuleKey/);
      expect(await server.call('EXISTS', 'zelement')).toBe(0);
      expect(await server.call('t.misuse', 'cursor')).toBe(0);
      await server.logged(/RedisModule_Scan was given the RedisModuleScanCursor .* after it was freed/);
    });

    test('fields that have expired are not there', async () => {
      await server.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
      await server.call('HSET', 'h', 'f', 'v', 'g', 'w');
      await server.call('HPEXPIRE', 'h', '1', 'FIELDS', '1', 'f');
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await server.call('t.do', 'h', 'r', 'hexists', 'f', 'hexists', 'g')).toEqual([0, 0, 0, 1]);
      expect(await server.call('t.elements', 'h')).toEqual([0, 2, ['g=w']]);
      expect(await server.call('t.do', 'h', 'w', 'hset', 'n', 'f', 'new')).toEqual([0, 2]);
      expect(await server.call('HTTL', 'h', 'FIELDS', '1', 'f')).toEqual([-1]);
    });
  });
});
