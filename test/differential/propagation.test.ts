/**
 * What commands pass on to the append-only file and replicas, compared with what redis-server writes to its append-only
 * file for the same command lines.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROPAGATE_AOF } from '../../src/commands/command-client.ts';
import { Config } from '../../src/config/config.ts';
import { Args } from '../../src/protocol/args.ts';
import { createEmbeddedLogger } from '../../src/server/process/logger.ts';
import { Server } from '../../src/server/server.ts';
import { compilerAvailable, oracleAvailable } from '../support/availability.ts';
import { splitCommandLine } from '../support/command-line.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { decodeFrame, parseFrame } from '../support/resp-parser.ts';
import { repositoryRoot, sleep, startRedis, type TestServer, temporaryFolder } from '../support/server.ts';

let redis: TestServer;
let oracle: RespClient;
let aofBytes = 0;
let server: Server;
let recorded: string[] = [];

/** A line as text; times of a time-out not too long ago as what they are from now, in thousands of seconds. */
function show(parts: readonly string[]): string {
  return parts
    .map((part) => {
      const ms = Number(part);
      return /^\d{13}$/.test(part) && ms > 1.6e12 ? `<now+${Math.round((ms - Date.now()) / 1e6)}ks>` : part;
    })
    .join(' ');
}

/** What redis-server has written since the last call. */
function written(): string[] {
  const bytes = readFileSync(join(redis.dir, 'appendonlydir', 'appendonly.aof.1.incr.aof'));
  const lines: string[] = [];
  while (aofBytes < bytes.length) {
    const frame = parseFrame(bytes, aofBytes);
    aofBytes = frame.end;
    lines.push(show((decodeFrame(frame, true) as Buffer[]).map((part) => part.toString('latin1'))));
  }
  return lines;
}

/** Since 7.2 how much a group has read is passed on with the entries that become pending. */
function isSince74(line: string, propagated: string): boolean {
  if (!line.startsWith('XREADGROUP') || line.includes('NOACK')) return false;
  return propagated.startsWith('XGROUP SETID') || propagated === 'MULTI' || propagated === 'EXEC';
}

/** Runs the lines in both servers; pairs of what each has to repeat. */
async function compare(lines: string, settleMs = 0): Promise<void> {
  const client = server.createInternalClient();
  await oracle.call('SELECT', '0');
  for (const line of lines.split('\n').map((text) => text.trim())) {
    if (line === '') continue;
    recorded = [];
    await oracle.call(...splitCommandLine(line));
    const reply = server.callInternal(client, Args.from(splitCommandLine(line))).toString('latin1');
    if (settleMs > 0) await sleep(settleMs);
    const [ours, theirs] = [recorded, written()].map((each) => each.filter((text) => !isSince74(line, text)));
    expect([line, reply, ...ours!]).toEqual([line, reply, ...theirs!]);
  }
}

describe.skipIf(!oracleAvailable() || !compilerAvailable())('propagation', () => {
  beforeAll(async () => {
    const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'propagate.c'), temporaryFolder());
    redis = await startRedis({
      appendonly: 'yes',
      appendfsync: 'always',
      loadmodule,
      'auto-aof-rewrite-percentage': 0,
    });
    oracle = await redis.connect();
    const config = new Config();
    server = new Server(config, createEmbeddedLogger(config), { embedded: true });
    server.runLocked(() => server.modules.load(loadmodule));
    // What precedes a line that runs in another database is the consumer's affair: here as redis-server does it.
    let selected = -1;
    server.propagation.add((dbIndex, args, targets) => {
      if ((targets & PROPAGATE_AOF) === 0) return;
      if (dbIndex >= 0 && dbIndex !== selected) recorded.push(`SELECT ${dbIndex}`);
      if (dbIndex >= 0) selected = dbIndex;
      recorded.push(show(Array.from({ length: args.argc }, (_, i) => args.latin1(i))));
    });
  });

  afterAll(async () => {
    oracle.destroy();
    await redis.stop();
    await server.close();
  });

  test('strings', () =>
    compare(`
      SET k v
      set k v EX 100000
      SET k v PX 100000000 NX
      SET k v XX KEEPTTL
      SET k v PXAT 33177117420000
      SET k v EXAT 33177117420
      SET k v GET
      SET k v GET EX 100000
      SET k v NX
      SETNX n 1
      SETNX n 1
      SETEX k 100000 v
      PSETEX k 100000000 v
      GETSET k v2
      GET k
      GETEX k
      GETEX k EX 100000
      GETEX k PXAT 33177117420000
      GETEX k PERSIST
      GETEX k PERSIST
      GETEX k EXAT 1
      GETDEL k
      GETDEL k
      MSET a 1 b 2
      MSETNX a 1 c 2
      MSETNX d 1 e 2
      INCR a
      DECRBY a 5
      INCRBYFLOAT a 1.5
      INCRBYFLOAT new 3
      APPEND a xyz
      APPEND a ""
      SETRANGE a 2 q
      SETRANGE a 2 ""
      INCR a
      INCRBYFLOAT a x
      STRLEN a`));

  test('transactions', () =>
    compare(`
      MULTI
      SET k v
      EXEC
      MULTI
      SET k v
      INCR n
      SPOP none
      EXEC
      MULTI
      GET k
      EXEC
      MULTI
      DEL k
      SELECT 1
      SET k v
      SELECT 0
      DEL n
      EXEC
      MULTI
      LPUSH n x
      SET k v EX 100000
      EXEC
      MULTI
      EXEC
      MULTI
      SET k v
      DISCARD
      WATCH k
      UNWATCH
      MULTI
      NOSUCH
      EXEC
      FLUSHALL`));

  test('sets', () =>
    compare(`
      SADD s 1 2 3
      SADD s 1
      SADD s 3 4 5 6
      SREM s 9
      SREM s 1 9
      SMOVE s t 2
      SMOVE s t 2
      SMOVE s s 3
      SPOP t
      SPOP none
      SPOP none 2
      SADD u 5
      SPOP u 1
      SADD u 5
      SPOP u 7
      SPOP u 0
      SINTERSTORE d s s
      SINTERSTORE d s none
      SINTERSTORE d s none
      SUNIONSTORE d s t
      SDIFFSTORE d s s
      SDIFFSTORE d s s
      SREM s 3 4 5 6`));

  test('hashes', () =>
    compare(`
      HSET h a 1 b 2
      HSET h a 1
      HMSET h c 3
      HSETNX h c 4
      HSETNX h d 4
      HINCRBY h a 5
      HINCRBYFLOAT h a 1.25
      HINCRBYFLOAT new f 3
      HDEL h nope
      HDEL h a nope
      HINCRBY h x y
      HINCRBYFLOAT h x y
      HDEL h b c d
      HGETALL new`));

  test('streams', () =>
    compare(`
      XADD k 1-1 f v
      XADD k 2 f v
      XADD k 2-* f v
      XADD k MAXLEN 2 3-1 f v
      XADD k MAXLEN ~ 2 4-1 f v
      XADD k MAXLEN ~ 2 LIMIT 5 4-* f v
      XADD k MINID ~ 3 LIMIT 5 5-* f v
      XADD k MINID 3 6-1 f v
      XADD k NOMKSTREAM 7-1 f v
      XADD none NOMKSTREAM 7-1 f v
      XADD k 1-1 f v
      XTRIM k MAXLEN 4
      XTRIM k MAXLEN 4
      XTRIM k MAXLEN ~ 1
      XTRIM k MINID 5
      XDEL k 5-0
      XDEL k 5-0 6-1
      XADD n MAXLEN ~ 0 1-1 f v
      XADD n MINID ~ 9 1-2 f v
      XSETID k 8-1
      XSETID k 9-1 ENTRIESADDED 100 MAXDELETEDID 1-1
      XADD e 1-1 f v
      XTRIM e MAXLEN 0
      XADD e MINID ~ 1-5 1-9 f v
      DEL k n e`));

  test('node by node trims of streams', async () => {
    await oracle.call('CONFIG', 'SET', 'stream-node-max-entries', '3');
    server.callInternal(server.createInternalClient(), Args.from(['CONFIG', 'SET', 'stream-node-max-entries', '3']));
    const lines = Array.from({ length: 12 }, (_, i) => `XADD k ${i + 1}-1 f v`);
    await compare(`${lines.join('\n')}
      XTRIM k MAXLEN ~ 8
      XTRIM k MINID ~ 8-1
      XADD k MAXLEN ~ 4 20-1 f v
      XDEL k 7-1
      XADD k MINID ~ 8-1 21-1 f v
      XTRIM k MAXLEN ~ 1 LIMIT 2
      DEL k`);
  });

  test('consumer groups', () =>
    compare(`
      XGROUP CREATE k g $ MKSTREAM
      XGROUP CREATE k g $ MKSTREAM
      XGROUP CREATE k h 0 ENTRIESREAD 5
      XADD k 1-1 f v
      XADD k 2-1 f v
      XADD k 3-1 f v
      XGROUP CREATECONSUMER k g a
      XGROUP CREATECONSUMER k g a
      XREADGROUP GROUP g a COUNT 2 STREAMS k >
      XREADGROUP GROUP g b COUNT 1 NOACK STREAMS k >
      XREADGROUP GROUP g b STREAMS k >
      XREADGROUP GROUP g a NOACK STREAMS k >
      XREADGROUP GROUP g a NOACK STREAMS k >
      XREADGROUP GROUP g a STREAMS k 0
      XREADGROUP GROUP h a COUNT 2 STREAMS k >
      XACK k g 1-1 9-9
      XACK k g 9-9
      XCLAIM k g b 0 2-1
      XCLAIM k g b 0 2-1 JUSTID RETRYCOUNT 7
      XCLAIM k g b 100000 2-1
      XCLAIM k g b 0 9-9
      XCLAIM k g b 0 9-9 LASTID 5-5
      XCLAIM k g b 0 3-1 FORCE LASTID 6-6
      XAUTOCLAIM k h b 0 0 COUNT 1
      XDEL k 2-1
      XCLAIM k g b 0 2-1
      XAUTOCLAIM k h a 0 0
      XGROUP SETID k g 1-1
      XGROUP SETID k g $ ENTRIESREAD 5
      XGROUP DELCONSUMER k g b
      XGROUP DELCONSUMER k g b
      XGROUP DESTROY k g
      XGROUP DESTROY k g
      XPENDING k h
      XINFO GROUPS k
      DEL k`));

  test('lists', () =>
    compare(`
      RPUSH k 1 2 3 4 5 6 7 8 9
      LPUSH k 0
      LPUSHX none 0
      LPOP k
      rpop k 2
      LPOP k 0
      LPOP none
      LSET k 0 x
      LINSERT k BEFORE x w
      LINSERT k BEFORE none w
      LREM k 0 w
      LREM k 0 w
      LTRIM k 0 -1
      LTRIM k 0 4
      LMOVE k other LEFT RIGHT
      LMOVE none other LEFT RIGHT
      RPOPLPUSH k other
      RPOPLPUSH other other
      LMPOP 2 none k LEFT COUNT 2
      LMPOP 1 none LEFT
      BLPOP k 0
      BRPOP none other 0
      BLPOP none 0.01
      RPUSH k 1 2 3
      BLMOVE k other left RIGHT 0
      BRPOPLPUSH k other 0
      blmpop 0 2 none other RIGHT COUNT 100
      BLMPOP 0.01 1 none LEFT
      RPUSH k last
      LPOP k 5`));

  test('sorted sets', () =>
    compare(`
      ZADD z 1 a 2 b 3 c 4 d 5 e
      ZADD z 1 a
      zadd z XX CH 7 a 1 none
      ZADD z NX 1 a
      ZADD z INCR 1 a
      ZADD z GT INCR -1 a
      ZINCRBY z 2 a
      ZINCRBY z 0 a
      ZREM z none
      ZREM z a none
      ZPOPMIN z
      zpopmax z 1
      ZPOPMIN z 0
      ZPOPMIN none
      ZADD z 1 a 2 b 3 c 4 d 5 e
      ZMPOP 2 none z MIN
      ZMPOP 1 z MAX COUNT 2
      ZMPOP 1 none MAX COUNT 2
      BZPOPMIN z 0
      BZPOPMAX none z 0
      BZPOPMIN none 0.01
      ZADD z 1 a 2 b 3 c
      BZMPOP 0 2 none z MAX COUNT 2
      BZMPOP 0.01 1 none MAX
      ZADD z 1 a 2 b 3 c
      ZREMRANGEBYSCORE z 5 6
      ZREMRANGEBYSCORE z 1 1
      ZREMRANGEBYRANK z 0 0
      ZREMRANGEBYLEX z - +
      ZREMRANGEBYLEX z - +
      ZADD z 1 a 2 b
      ZUNIONSTORE d 2 z none
      ZINTERSTORE d 2 z none
      ZINTERSTORE d 2 z none
      ZDIFFSTORE d 1 z
      ZRANGESTORE d z 0 0
      ZRANGESTORE d z 5 0
      ZRANGE z 0 -1`));

  test('places', () =>
    compare(`
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
      GEOADD g 13.361389 38.115556 Palermo
      GEOADD g XX CH 13 38 Palermo
      GEOADD g NX 1 1 Palermo 2 2 fresh
      GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 200 km ASC
      GEOSEARCHSTORE t g FROMLONLAT 150 37 BYRADIUS 200 km ASC
      GEOSEARCHSTORE t g FROMLONLAT 150 37 BYRADIUS 200 km ASC
      GEORADIUS g 15 37 200 km STORE t
      GEORADIUS g 15 37 200 km
      GEOPOS g Palermo`));

  test('bits and HyperLogLogs', () =>
    compare(`
      SETBIT b 9 1
      SETBIT b 9 1
      SETBIT b 9 0
      SETBIT b 20 0
      SETBIT b 20 0
      SETBIT fresh 5 0
      BITFIELD b SET u8 0 5 INCRBY u8 0 1
      BITFIELD b SET u8 0 6
      BITFIELD b OVERFLOW FAIL INCRBY u8 0 1000
      BITFIELD b GET u8 0
      BITFIELD other OVERFLOW FAIL SET u8 0 256
      BITOP NOT c b
      BITOP AND c b none
      BITOP OR c none
      BITOP OR c none
      BITCOUNT b
      PFADD h a b c
      PFADD h a
      PFADD h
      PFADD empty
      PFCOUNT h
      PFCOUNT h
      PFCOUNT h empty
      PFMERGE m h
      PFMERGE m h
      PFDEBUG TODENSE m
      PFDEBUG TODENSE m
      PFDEBUG ENCODING m`));

  test('SORT', () =>
    compare(`
      RPUSH l 3 1 2
      SORT l
      SORT l STORE d
      SORT l BY nosort LIMIT 0 2 STORE d
      SORT none STORE d
      SORT none STORE d`));

  test('keys of any type', () =>
    compare(`
      MSET a 1 b 2 c 3
      EXPIRE a 100000
      EXPIRE a 200000 NX
      EXPIRE a 200000 GT
      PEXPIRE a 100000000
      EXPIREAT a 33177117420
      PEXPIREAT a 33177117420000
      pexpireat a 33177117420000 XX
      EXPIREAT a 33177117421 GT
      PERSIST a
      PERSIST a
      EXPIRE a 0
      EXPIREAT b 1
      EXPIRE missing 10
      DEL c missing
      DEL missing
      MSET a 1 b 2 c 3
      UNLINK a b missing
      RENAME c d
      RENAME d d
      RENAMENX d e
      COPY e f
      COPY e f
      COPY e f DB 3 REPLACE
      MOVE e 2
      MOVE e 2
      SELECT 2
      EXISTS e
      TOUCH e
      DEL e
      SELECT 0
      SWAPDB 0 3
      SWAPDB 1 1
      FLUSHDB
      FLUSHDB
      FLUSHALL ASYNC
      FLUSHALL
      DEBUG POPULATE 3`));

  test('DUMP and RESTORE', () => {
    const payload = String.raw`"\x00\x01v\n\x00\x91\b\xce\xb2\x198\x8a\xce"`;
    return compare(`
      SET k v
      DUMP k
      RESTORE k 0 ${payload}
      RESTORE r 0 ${payload}
      restore r 0 ${payload} REPLACE
      RESTORE r 100000000 ${payload} REPLACE
      RESTORE r 33177117420000 ${payload} REPLACE ABSTTL
      RESTORE r 0 ${payload} REPLACE ABSTTL
      RESTORE-ASKING s 100000000 ${payload} IDLETIME 7
      RESTORE r 1 ${payload} REPLACE ABSTTL
      RESTORE r 1 ${payload} REPLACE ABSTTL
      RESTORE r x ${payload}
      RESTORE r 0 rubbish
      DEL k s`);
  });

  test('lists, popped by those who waited too', async () => {
    await compare(`
      RPUSH l a b c d e f g
      LPUSHX missing a
      LPOP l
      LPOP l 2
      RPOP l 0
      LMPOP 2 missing l LEFT
      LMPOP 2 missing l RIGHT COUNT 2
      RPOPLPUSH l m
      LMOVE m l LEFT RIGHT
      LSET l 0 x
      LINSERT l BEFORE x y
      LREM l 1 y
      LTRIM l 0 0
      BLPOP missing l 1
      RPUSH l a b c
      BRPOPLPUSH l m 1
      BLMOVE l m LEFT RIGHT 1
      BLMPOP 1 1 l LEFT COUNT 5
      DEL l j m`);
    const waits = [
      'BLPOP l 0',
      'BRPOP j l 0',
      'BLMOVE l m left right 0',
      'BRPOPLPUSH l m 0',
      'BLMPOP 0 2 j l right COUNT 3',
    ];
    for (const [i, line] of waits.entries()) {
      const waiting = await redis.connect();
      waiting.send(...splitCommandLine(line));
      const c = server.createInternalClient();
      c.flags = 0;
      c.onReply = () => {};
      server.runInternal(c, Args.from(splitCommandLine(line)));
      expect([line, server.blocked.count, c.out.take().toString()]).toEqual([line, 1, '']);
      await expect.poll(async () => String(await redis.call('INFO', 'clients'))).toContain('blocked_clients:1');
      await compare(`RPUSH l a b c d\nDEL l`);
      if (i === 2) await compare('DEL m');
      waiting.destroy();
    }
  });

  test('expired keys are deleted ahead of what found them', async () => {
    await oracle.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    server.activeExpire = false;
    await compare('MSET a 1 b 2 c 3 d 4 e 5');
    await compare('MSET f 6 g 7');
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await compare(`PEXPIRE ${key} 1`);
    await sleep(20);
    await compare(`
      GET a
      SET b v
      APPEND c more
      RENAME d e
      EXISTS e
      prop.call - GET f
      prop.call - SET g v`);
    await oracle.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    server.activeExpire = true;
  });

  test('the expire cycle deletes each key by itself', async () => {
    await compare('MSET a 1 b 2');
    for (const key of ['a', 'b']) await compare(`PEXPIRE ${key} 1`);
    recorded = [];
    await sleep(400);
    server.keyspace.tick(Date.now());
    server.keyspace.activeExpireCycle(10_000, 10);
    await sleep(20);
    expect(recorded.sort()).toEqual(written().sort());
  });

  test('evicted keys are deleted, each by itself', async () => {
    await compare('FLUSHALL');
    await compare('CONFIG SET maxmemory-policy allkeys-lru');
    for (const lazy of ['no', 'yes']) {
      await compare(`CONFIG SET lazyfree-lazy-eviction ${lazy}`);
      await compare('SET evicted 1');
      await compare('CONFIG SET maxmemory 1', 100);
      await compare('CONFIG SET maxmemory 0');
      await compare(
        `MULTI
        SET evicted 1
        CONFIG SET maxmemory 1
        EXEC`,
        50,
      );
      await compare('CONFIG SET maxmemory 0');
    }
    await compare('CONFIG SET maxmemory-policy noeviction lazyfree-lazy-eviction no');
  });

  test('what modules ask for', () =>
    compare(`
      prop.verbatim k v
      prop.lines 0
      prop.lines 1
      prop.lines 3
      prop.call "" SET k v
      prop.call ! SET k v
      prop.call ! GET k
      prop.call ! SET k v EX 100000
      prop.call ! EXPIRE k 0
      prop.call ! prop.lines 2
      prop.call - prop.lines 1
      prop.call !A SET replicas only
      prop.mixed k
      prop.call ! prop.mixed k
      prop.call - prop.mixed k
      prop.call ! prop.call - prop.mixed k
      prop.call - prop.call ! prop.mixed k
      prop.call ! MSETNX k v l w`));

  test('a timer of a module', () => compare('prop.timer', 100));

  test('a thread of a module', () => compare('prop.thread', 200));
});
