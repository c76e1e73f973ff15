/** Keys over TCP: SCAN's guarantees, expiry nobody asks for, databases that are exchanged, waiting clients. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fuzz } from './support/fuzz.ts';
import type { RespClient } from './support/resp.ts';
import { startGraftis, type TestServer, until } from './support/server.ts';

let server: TestServer;
let client: RespClient;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  client?.destroy();
  client = await server.connect();
  await client.call('FLUSHALL');
});

async function infoField(section: string, field: string): Promise<string> {
  const text = String(await client.call('INFO', section));
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? `no ${field} in ${section}`;
}

test('SCAN shows every key that is there all the time, while others come and go', async () => {
  const stay = Array.from({ length: 2000 }, (_, i) => `stay:${i}`);
  await client.call('MSET', ...stay.flatMap((key) => [key, 'v']));
  const come: string[] = [];
  await fuzz(8, async (random) => {
    const grows = random.oneIn(2) || come.length === 0;
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const count = String(random.between(1, 60));
      const [next, keys] = (await client.call('SCAN', cursor, 'COUNT', count)) as [string, string[]];
      cursor = next;
      for (const key of keys) seen.add(key);
      // Waves of inserts and deletes make the table grow and shrink between the steps.
      if (!grows) {
        if (come.length > 0) await client.call('DEL', ...come.splice(0, 1000));
      } else if (come.length < 40_000) {
        const fresh = Array.from({ length: 500 }, (_, i) => `go:${come.length + i}`);
        await client.call('MSET', ...fresh.flatMap((key) => [key, 'v']));
        come.push(...fresh);
      }
    } while (cursor !== '0');
    expect(stay.filter((key) => !seen.has(key))).toEqual([]);
  });
});

test('SCAN with patterns and types pages through all that fit, once each in a quiet table', async () => {
  await client.call(
    'MSET',
    ...Array.from({ length: 3000 }, (_, i) => [`${i % 3 === 0 ? 'fit' : 'not'}:${i}`, 'v']).flat(),
  );
  for (const options of [[], ['TYPE', 'string']]) {
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, keys] = (await client.call('SCAN', cursor, 'MATCH', 'fit:*', ...options)) as [string, string[]];
      cursor = next;
      found.push(...keys);
    } while (cursor !== '0');
    expect(found.length).toBe(1000);
    expect(new Set(found).size).toBe(1000);
  }
});

test('keys expire without being asked for, in every database', async () => {
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
  for (const db of ['0', '7', '15']) {
    await client.call('SELECT', db);
    await client.call('SET', 'stays', 'v');
    await client.call('SET', 'far', 'v', 'PX', '1000000');
    for (let i = 0; i < 500; i++) client.send('SET', `key:${i}`, 'v', 'PX', String(1 + (i % 20)));
    for (let i = 0; i < 500; i++) expect(await client.read()).toBe('OK');
  }
  for (const db of ['0', '7', '15']) {
    await client.call('SELECT', db);
    await until(async () => (await client.call('DBSIZE')) === 2);
  }
  expect(Number(await infoField('stats', 'expired_keys'))).toBeGreaterThanOrEqual(1500);
  expect(await infoField('keyspace', 'db7')).toMatch(/^keys=2,expires=1,avg_ttl=\d+/);
});

test('with DEBUG SET-ACTIVE-EXPIRE 0 a key expires only when it is met', async () => {
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  try {
    await client.call('SET', 'k', 'v', 'PX', '1');
    await client.call('SET', 'later', 'v', 'PX', '400');
    const other = await server.connect();
    await until(async () => (await other.call('EXISTS', 'later')) === 0);
    other.destroy();
    expect(await client.call('DBSIZE')).toBe(1);
    expect(await client.call('GET', 'k')).toBe(null);
    expect(await client.call('DBSIZE')).toBe(0);
  } finally {
    await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
  }
});

test('a pipeline sees time pass between its commands', async () => {
  const replies = await client.pipeline([
    ['SET', 'k', 'v', 'PX', '2'],
    ['DEBUG', 'SLEEP', '0.005'],
    ['GET', 'k'],
  ]);
  expect(replies).toEqual(['OK', 'OK', null]);
});

test('after SWAPDB every client works on the database of its number', async () => {
  const other = await server.connect();
  await other.call('SELECT', '1');
  await client.call('SET', 'k', 'zero');
  await other.call('SET', 'k', 'one', 'PX', '1000000');
  expect(await client.call('SWAPDB', '0', '1')).toBe('OK');
  expect(await client.call('GET', 'k')).toBe('one');
  expect(await other.call('GET', 'k')).toBe('zero');
  expect(await other.call('PTTL', 'k')).toBe(-1);
  expect(Number(await client.call('PTTL', 'k'))).toBeGreaterThan(0);
  expect(await other.call('FLUSHDB')).toBe('OK');
  expect([await client.call('DBSIZE'), await other.call('DBSIZE')]).toEqual([1, 0]);
  other.destroy();
});

test('FLUSHALL ASYNC and FLUSHDB ASYNC give all memory back', async () => {
  const value = 'v'.repeat(500);
  const fill = async (db: string) => {
    await client.call('SELECT', db);
    await client.call('MSET', ...Array.from({ length: 20_000 }, (_, i) => [`key:${i}`, value]).flat());
  };
  await fill('0');
  await fill('1');
  const filled = Number(await infoField('memory', 'used_memory'));
  expect(await client.call('FLUSHDB', 'ASYNC')).toBe('OK');
  await until(async () => (await infoField('memory', 'lazyfree_pending_objects')) === '0');
  expect(Number(await infoField('memory', 'used_memory'))).toBeLessThan(filled - 9_000_000);
  expect(await client.call('FLUSHALL', 'ASYNC')).toBe('OK');
  await until(async () => (await infoField('memory', 'lazyfree_pending_objects')) === '0');
  expect(Number(await infoField('memory', 'used_memory'))).toBeLessThan(filled - 18_000_000);
  await client.call('SET', 'k', 'v');
  expect(await client.call('GET', 'k')).toBe('v');
});

test('CLIENT NO-TOUCH leaves the access clock alone, except for TOUCH', async () => {
  for (const [name, value] of [
    ['maxmemory-policy', 'allkeys-lfu'],
    ['lfu-log-factor', '0'],
    ['lfu-decay-time', '0'],
  ] as const) {
    await client.call('CONFIG', 'SET', name, value);
  }
  await client.call('SET', 'k', 'v');
  const before = Number(await client.call('OBJECT', 'FREQ', 'k'));
  await client.call('GET', 'k');
  expect(await client.call('OBJECT', 'FREQ', 'k')).toBe(before + 1);
  expect(await client.call('CLIENT', 'NO-TOUCH', 'ON')).toBe('OK');
  await client.call('GET', 'k');
  await client.call('APPEND', 'k', 'w');
  expect(await client.call('OBJECT', 'FREQ', 'k')).toBe(before + 1);
  await client.call('TOUCH', 'k');
  expect(await client.call('OBJECT', 'FREQ', 'k')).toBe(before + 2);
  await client.call('CLIENT', 'NO-TOUCH', 'OFF');
  await client.call('GET', 'k');
  expect(await client.call('OBJECT', 'FREQ', 'k')).toBe(before + 3);
  await client.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
});

test('WAIT ends by its timeout or by CLIENT UNBLOCK, and the pipeline goes on behind it', async () => {
  const waiting = await server.connect();
  const id = String(await waiting.call('CLIENT', 'ID'));
  const blocked = () => until(async () => (await infoField('clients', 'blocked_clients')) === '1');
  expect(await waiting.pipeline([['WAIT', '1', '20'], ['PING']])).toEqual([0, 'PONG']);
  waiting.send('WAIT', '1', '0');
  waiting.send('PING');
  await blocked();
  expect(await client.call('CLIENT', 'UNBLOCK', id)).toBe(1);
  expect([await waiting.read(), await waiting.read()]).toEqual([0, 'PONG']);
  waiting.send('WAITAOF', '0', '1', '0');
  await blocked();
  expect(await client.call('CLIENT', 'UNBLOCK', id, 'TIMEOUT')).toBe(1);
  expect(await waiting.read()).toEqual([0, 0]);
  waiting.send('WAIT', '5', '0');
  await blocked();
  expect(await client.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
  expect(await waiting.read()).toMatchObject({ message: 'UNBLOCKED client unblocked via CLIENT UNBLOCK' });
  expect(await waiting.call('WAIT', '1', '9223372036854775807')).toMatchObject({
    message: 'ERR timeout is out of range',
  });
  waiting.destroy();
});
