/** Fields of hashes that expire: who is told of what, when they go, and what is passed on to be repeated. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import type { Client } from '../src/server/clients/client.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { CAUSE_REPLICA } from '../src/store/expire-causes.ts';
import { fuzz } from './support/fuzz.ts';
import { sleep } from './support/server.ts';

let server: Server;
let client: Client;
/** Events and propagated lines, in their order. */
let told: string[] = [];

beforeEach(() => {
  const config = new Config();
  server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  client = server.createInternalClient();
  told = [];
});

afterEach(() => server.close());

function listen(): void {
  server.keyspaceEvents.add(~0, (_type, event, dbIndex, buf, off, len) => {
    told.push(`${event} ${dbIndex}:${Buffer.from(buf.subarray(off, off + len))}`);
  });
}

function propagate(): void {
  server.propagation.add((dbIndex, args) => {
    const line = Array.from({ length: args.argc }, (_, i) => args.latin1(i)).join(' ');
    told.push(`${dbIndex < 0 ? '' : `${dbIndex}> `}${line.replace(/\b\d{13}\b/g, '<ms>')}`);
  });
}

function run(line: string): string {
  return server.callInternal(client, Args.from(line.split(' '))).toString('latin1');
}

/** The same, and what was told meanwhile. */
function telling(line: string): string[] {
  told = [];
  run(line);
  return told;
}

/** Lets time pass. */
async function pass(ms: number): Promise<void> {
  await sleep(ms);
  server.keyspace.tick(Date.now());
}

describe('events and propagation', () => {
  test('of commands', () => {
    listen();
    propagate();
    expect(telling('HSET h a 1 b 2 c 3')).toEqual(['new 0:h', 'hset 0:h', '0> HSET h a 1 b 2 c 3']);
    expect(telling('HEXPIRE h 100 FIELDS 2 a nope')).toEqual(['hexpire 0:h', '0> HPEXPIREAT h <ms> FIELDS 1 a']);
    expect(telling('HEXPIRE h 100 NX FIELDS 2 a b')).toEqual(['hexpire 0:h', '0> HPEXPIREAT h <ms> FIELDS 1 b']);
    expect(telling('HEXPIRE h 100 NX FIELDS 1 a')).toEqual([]);
    expect(telling('HEXPIRE none 100 FIELDS 1 a')).toEqual([]);
    expect(telling('HPERSIST h FIELDS 2 a c')).toEqual(['hpersist 0:h', '0> HPERSIST h FIELDS 2 a c']);
    expect(telling('HPERSIST h FIELDS 1 a')).toEqual([]);
    expect(telling('HPEXPIREAT h 1 FIELDS 1 a')).toEqual(['hdel 0:h', '0> HDEL h a']);
    expect(telling('HGETEX h FIELDS 1 b')).toEqual([]);
    expect(telling('HGETEX h PX 100000 FIELDS 1 b')).toEqual(['hexpire 0:h', '0> HPEXPIREAT h <ms> FIELDS 1 b']);
    expect(telling('HGETEX h PERSIST FIELDS 2 b c')).toEqual(['hpersist 0:h', '0> HPERSIST h FIELDS 1 b']);
    expect(telling('HSETEX h EX 100 FIELDS 1 d 4')).toEqual([
      'hset 0:h',
      'hexpire 0:h',
      '0> HSETEX h PXAT <ms> FIELDS 1 d 4',
    ]);
    expect(telling('HSETEX h FNX FIELDS 1 d 5')).toEqual([]);
    expect(telling('HSETEX h KEEPTTL FIELDS 1 d 5')).toEqual(['hset 0:h', '0> HSETEX h KEEPTTL FIELDS 1 d 5']);
    expect(telling('HINCRBYFLOAT h d 1')).toEqual(['hincrbyfloat 0:h', '0> HSETEX h KEEPTTL FIELDS 1 d 6']);
    expect(telling('HGETDEL h FIELDS 2 d nope')).toEqual(['hdel 0:h', '0> HDEL h d nope']);
    expect(telling('HGETDEL h FIELDS 2 b c')).toEqual(['hdel 0:h', 'del 0:h', '0> HDEL h b c']);
    run('HSET h a 1');
    expect(telling('HEXPIRE h 0 FIELDS 1 a')).toEqual(['hdel 0:h', 'del 0:h', '0> HDEL h a']);
    expect(run('EXISTS h')).toBe(':0\r\n');
  });

  test('of sets', () => {
    listen();
    propagate();
    expect(telling('SADD s a b c')).toEqual(['new 0:s', 'sadd 0:s', '0> SADD s a b c']);
    expect(telling('SMOVE s t a')).toEqual(['srem 0:s', 'new 0:t', 'sadd 0:t', '0> SMOVE s t a']);
    expect(telling('SPOP t')).toEqual(['spop 0:t', 'del 0:t', '0> SREM t a']);
    run('SADD many 1 2 3 4 5 6 7 8');
    expect(telling('SPOP many 3').at(-1)).toMatch(/^0> SREM many \d \d \d$/);
    expect(telling('SPOP many 9')).toEqual(['spop 0:many', 'del 0:many', '0> DEL many']);
    expect(telling('SUNIONSTORE u s')).toEqual(['new 0:u', 'sunionstore 0:u', '0> SUNIONSTORE u s']);
    expect(telling('SDIFFSTORE u s s')).toEqual(['del 0:u', '0> SDIFFSTORE u s s']);
    expect(telling('SREM s b c')).toEqual(['srem 0:s', 'del 0:s', '0> SREM s b c']);
    server.keyspace.validateIntegrity();
  });

  test('of fields that a command finds expired', async () => {
    listen();
    propagate();
    run('HSET h a 1 b 2 c 3 d 4');
    run('HPEXPIRE h 10 FIELDS 3 a b c');
    await pass(12);
    expect(telling('HGET h a')).toEqual(['hexpired 0:h', '0> HDEL h a']);
    expect(run('HLEN h')).toBe(':3\r\n');
    expect(telling('HMGET h b d c')).toEqual(['hexpired 0:h', '0> HDEL h b c']);
    expect(server.keyspace.fieldExpiry.expiredFields).toBe(3);
    run('HPEXPIRE h 10 FIELDS 1 d');
    await pass(12);
    expect(telling('HSET h d 5')).toEqual([
      'hexpired 0:h',
      'del 0:h',
      'new 0:h',
      'hset 0:h',
      'MULTI',
      '0> HDEL h d',
      '0> HSET h d 5',
      'EXEC',
    ]);
    expect(run('HTTL h FIELDS 1 d')).toBe('*1\r\n:-1\r\n');
  });

  test('of fields that go by themselves', async () => {
    listen();
    propagate();
    for (const db of [0, 3]) {
      run(`SELECT ${db}`);
      run('HSET h a 1 b 2 c 3');
      run('HSET gone a 1');
      run('HPEXPIRE h 10 FIELDS 2 a b');
      run('HPEXPIRE gone 10 FIELDS 1 a');
    }
    await pass(12);
    told = [];
    server.keyspace.activeExpireCycle(1e6, 1);
    expect(told.filter((line) => line.startsWith('hexpired'))).toHaveLength(4);
    expect(told.filter((line) => line === 'del 3:gone')).toHaveLength(1);
    expect(told.filter((line) => line === '3> HDEL gone a')).toHaveLength(1);
    expect(told.filter((line) => /^0> HDEL h (a b|b a)$/.test(line))).toHaveLength(1);
    expect(run('DBSIZE')).toBe(':1\r\n');
    expect(run('HGETALL h')).toBe('*2\r\n$1\r\nc\r\n$1\r\n3\r\n');
    server.keyspace.validateIntegrity();
  });
});

describe('fields that have expired and are still there', () => {
  test('are left out of all that lists fields, and count', async () => {
    for (const filler of [0, 1000]) {
      run('DEL h');
      for (let i = 0; i < filler; i++) run(`HSET h filler${i} x`);
      run('HSET h a 1 b 2 c 3');
      if (filler > 0) for (let i = 0; i < filler; i++) run(`HDEL h filler${i}`);
      run('HPEXPIRE h 10 FIELDS 2 a b');
      await pass(12);
      const live = '*2\r\n$1\r\nc\r\n$1\r\n3\r\n';
      expect(run('HGETALL h')).toBe(live);
      expect(run('HKEYS h')).toBe('*1\r\n$1\r\nc\r\n');
      expect(run('HVALS h')).toBe('*1\r\n$1\r\n3\r\n');
      expect(run('HSCAN h 0 COUNT 1000')).toBe(`*2\r\n$1\r\n0\r\n${live}`);
      expect(run('HRANDFIELD h')).toBe('$1\r\nc\r\n');
      expect(run('HRANDFIELD h 5 WITHVALUES')).toBe(live);
      expect(run('HRANDFIELD h -2')).toBe('*2\r\n$1\r\nc\r\n$1\r\nc\r\n');
      expect(run('HLEN h')).toBe(':3\r\n');
      expect(run('HTTL h FIELDS 2 a c')).toBe('*2\r\n:-2\r\n:-1\r\n');
      expect(run('HLEN h')).toBe(':2\r\n');
    }
  });

  test('are hidden, not taken away, where that is not ours to do', async () => {
    run('HSET h a 1 b 2');
    run('HPEXPIRE h 10 FIELDS 1 a');
    await pass(12);
    server.keyspace.expireCauses.set(CAUSE_REPLICA, true);
    expect(run('HGET h a')).toBe('$-1\r\n');
    expect(run('HEXISTS h a')).toBe(':0\r\n');
    expect(run('HGETALL h')).toBe('*2\r\n$1\r\nb\r\n$1\r\n2\r\n');
    expect(server.keyspace.activeExpireCycle(1000, 1)).toBe(0);
    expect(run('HLEN h')).toBe(':2\r\n');
    server.keyspace.expireCauses.set(CAUSE_REPLICA, false);
    expect(run('HGET h a')).toBe('$-1\r\n');
    expect(run('HLEN h')).toBe(':1\r\n');
  });
});

test('a large hash of which all expires goes in slices', async () => {
  for (let i = 0; i < 20_000; i++) run(`HSET h field:${i} value`);
  for (let i = 0; i < 20_000; i++) run(`HPEXPIRE h ${10 + (i % 7)} FIELDS 1 field:${i}`);
  await pass(100);
  let last = 20_000;
  let slices = 0;
  while (run('EXISTS h') === ':1\r\n') {
    server.keyspace.activeExpireCycle(1000, 1);
    const left = Number(run('HLEN h').slice(1, -2));
    expect(left).toBeLessThan(last);
    last = left;
    slices++;
  }
  expect(slices).toBeGreaterThan(3);
  server.keyspace.validateIntegrity();
  expect(server.keyspace.arena.stats().blocks).toBe(0);
});

test('the cycle takes stale fields and nothing else', () =>
  fuzz(2, async (random) => {
    run('FLUSHALL');
    const live = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const key = `h${i}`;
      let fields = 0;
      for (let f = 0; f < random.between(1, 5); f++) {
        run(`HSET ${key} f${f} v`);
        const stale = random.oneIn(3);
        if (stale) run(`HPEXPIRE ${key} ${random.between(1, 50)} FIELDS 1 f${f}`);
        else {
          fields++;
          if (random.oneIn(2)) run(`HPEXPIRE ${key} 100000 FIELDS 1 f${f}`);
        }
      }
      if (fields > 0) live.set(key, fields);
    }
    await pass(52);
    for (let i = 0; i < 2000; i++) server.keyspace.activeExpireCycle(2000, 1 + (i % 10));
    expect(run('DBSIZE')).toBe(`:${live.size}\r\n`);
    for (const [key, fields] of live) expect(run(`HLEN ${key}`)).toBe(`:${fields}\r\n`);
    server.keyspace.validateIntegrity();
  }));
