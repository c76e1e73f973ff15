/** `maxmemory` from outside: the limit is kept, what is evicted is well chosen, and eviction does not hold commands up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from './support/availability.ts';
import { Random } from './support/fuzz.ts';
import { type RespClient, RespError } from './support/resp.ts';
import { sleep, startGraftis, startRedis, subjectIsOracle, type TestServer, until } from './support/server.ts';

const MB = 1024 * 1024;
/** What the last command and the reply of INFO may take beyond the limit. */
const REPLY_ROOM = 64 * 1024;

async function info(client: RespClient, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(String(await client.call('INFO', 'everything')))?.[1]);
}

describe('the limit', () => {
  let server: TestServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startGraftis();
    client = await server.connect();
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  async function config(...pairs: string[]): Promise<void> {
    expect(await client.call('CONFIG', 'SET', ...pairs)).toBe('OK');
  }

  test.each([
    'allkeys-random',
    'allkeys-lru',
    'allkeys-lfu',
    'volatile-lru',
    'volatile-lfu',
    'volatile-random',
    'volatile-ttl',
  ])('is kept by %s with values of all sizes', async (policy) => {
    await config('maxmemory', '0');
    await client.call('FLUSHALL');
    const limit = (await info(client, 'used_memory')) + 2 * MB;
    await config('maxmemory', String(limit), 'maxmemory-policy', policy);
    const random = new Random(policy.length);
    for (let round = 0; round < 30; round++) {
      const commands = Array.from({ length: 100 }, () => {
        const value = 'x'.repeat(2 ** random.between(0, 14));
        return ['SET', `key:${random.below(5000)}`, value, 'EX', '10000'];
      });
      for (const reply of await client.pipeline(commands)) expect(reply).toBe('OK');
      expect(await info(client, 'used_memory')).toBeLessThan(limit + REPLY_ROOM);
    }
    expect(await info(client, 'evicted_keys')).toBeGreaterThan(100);
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction');
    await client.call('CONFIG', 'RESETSTAT');
    expect(await info(client, 'evicted_keys')).toBe(0);
  });

  test('that is lowered far is reached in slices, while commands go on', async () => {
    await client.call('FLUSHALL');
    await client.call('DEBUG', 'POPULATE', '200000', 'key', '100');
    const used = await info(client, 'used_memory');
    const limit = Math.floor(used / 2);
    await config('maxmemory-policy', 'allkeys-lru', 'maxmemory', String(limit));
    await server.logged(
      `the new maxmemory value set via CONFIG SET (${limit}) is smaller than the current memory usage`,
    );
    let pings = 0;
    await until(async () => {
      pings++;
      return (await info(client, 'used_memory')) <= limit + REPLY_ROOM;
    });
    // All at once would leave no room for a single command in between.
    expect(pings).toBeGreaterThan(2);
    expect(await info(client, 'total_eviction_exceeded_time')).toBeGreaterThan(0);
    await until(async () => (await info(client, 'current_eviction_exceeded_time')) === 0);
    expect(await info(client, 'evicted_keys')).toBe(200000 - Number(await client.call('DBSIZE')));
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction');
  });

  test('with tenacity 100 is reached before the next command', async () => {
    await client.call('FLUSHALL');
    await client.call('DEBUG', 'POPULATE', '50000', 'key', '100');
    const limit = Math.floor((await info(client, 'used_memory')) / 2);
    await config('maxmemory-policy', 'allkeys-random', 'maxmemory-eviction-tenacity', '100');
    const [, used] = await client.pipeline([
      ['CONFIG', 'SET', 'maxmemory', String(limit)],
      ['INFO', 'memory'],
    ]);
    expect(Number(/used_memory:(\d+)/.exec(String(used))![1])).toBeLessThan(limit + 64 * 1024);
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction', 'maxmemory-eviction-tenacity', '10');
  });

  test('counts values that are freed lazily until they are', async () => {
    await client.call('FLUSHALL');
    for (let i = 0; i < 20; i++) {
      const members = Array.from({ length: 5000 }, (_, n) => `member:${n}`);
      await client.call('SADD', `set:${i}`, ...members);
    }
    const limit = Math.floor((await info(client, 'used_memory')) / 2);
    await client.call('CONFIG', 'RESETSTAT');
    await config('lazyfree-lazy-eviction', 'yes', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', String(limit));
    await until(async () => (await info(client, 'used_memory')) <= limit + REPLY_ROOM);
    await until(async () => (await info(client, 'lazyfree_pending_objects')) === 0);
    const left = Number(await client.call('DBSIZE'));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(15);
    expect(await info(client, 'lazyfreed_objects')).toBe(20 - left);
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction', 'lazyfree-lazy-eviction', 'no');
  });

  test('is looked at before a table grows early', async () => {
    await client.call('FLUSHALL');
    await config('maxmemory-policy', 'allkeys-random');
    await client.call('DEBUG', 'POPULATE', '4095', 'key', '1');
    await client.call('GET', 'key:0');
    const limit = (await info(client, 'used_memory')) + 10 * 1024;
    await config('maxmemory', String(limit));
    for (const key of ['k0', 'k1', 'k2']) expect(await client.call('SET', key, 'v')).toBe('OK');
    expect(await client.call('DBSIZE')).toBe(4098);
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction');
  });

  test('holds while clients are paused: nothing is evicted then', async () => {
    await client.call('FLUSHALL');
    await client.call('SET', 'k', 'v');
    await client.call('CLIENT', 'PAUSE', '100000', 'WRITE');
    await config('maxmemory-policy', 'allkeys-lru', 'maxmemory', '1');
    await client.call('PING');
    expect(await client.call('EXISTS', 'k')).toBe(1);
    await client.call('CLIENT', 'UNPAUSE');
    await client.call('PING');
    expect(await client.call('EXISTS', 'k')).toBe(0);
    expect(await client.call('SET', 'k', 'v')).toBeInstanceOf(RespError);
    await config('maxmemory', '0', 'maxmemory-policy', 'noeviction');
  });
});

describe.skipIf(!oracleAvailable() || subjectIsOracle)(
  'evicted keys are as well chosen as those of redis-server',
  () => {
    const VALUE = 'v'.repeat(1000);
    const RESIDENT = 3000;
    const UNIVERSE = 9000;
    let servers: TestServer[];
    let clients: RespClient[];
    beforeAll(async () => {
      servers = await Promise.all([startGraftis(), startRedis()]);
      clients = await Promise.all(servers.map((server) => server.connect()));
    });
    afterAll(async () => {
      for (const client of clients) client.destroy();
      await Promise.all(servers.map((server) => server.stop()));
    });

    /** Share of the requests of a skewed trace that find their key, with room for a third of the keys. */
    async function hitRate(client: RespClient, policy: string, spreadMs: number): Promise<number> {
      await client.call('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', policy);
      await client.call('FLUSHALL');
      const fill = Array.from({ length: RESIDENT }, (_, i) => ['SET', `key:${(i * 7) % UNIVERSE}`, VALUE]);
      await client.pipeline(fill);
      await client.call('CONFIG', 'SET', 'maxmemory', String(await info(client, 'used_memory')));
      // The same trace for every server.
      const random = new Random(42);
      let hits = 0;
      let counted = 0;
      for (let batch = 0; batch < 120; batch++) {
        // Popular keys come up in proportion to the square of how popular they are; what is popular moves on slowly.
        const names = Array.from({ length: 100 }, () => {
          const rank = Math.floor(UNIVERSE * (random.below(1e6) / 1e6) ** 3);
          return `key:${(rank + batch * 5) % UNIVERSE}`;
        });
        const found = await client.pipeline(names.map((name) => ['GET', name]));
        const missed = names.filter((_, i) => found[i] === null);
        await client.pipeline(missed.map((name) => ['SET', name, VALUE]));
        if (batch >= 20) {
          hits += names.length - missed.length;
          counted += names.length;
        }
        if (spreadMs > 0) await sleep(spreadMs / 120);
      }
      const keys = Number(await client.call('DBSIZE'));
      expect(keys).toBeGreaterThan(RESIDENT * 0.9);
      expect(keys).toBeLessThan(RESIDENT * 1.1);
      return hits / counted;
    }

    test.each([
      ['allkeys-random', 0],
      ['allkeys-lfu', 0],
      // Its clock counts seconds.
      ['allkeys-lru', 3500],
    ])('hit rate of %s', async (policy, spreadMs) => {
      const [ours, theirs] = await Promise.all(clients.map((client) => hitRate(client, policy, spreadMs)));
      expect(ours).toBeGreaterThan(theirs! - 0.03);
    });

    test.each(['IDLETIME', 'FREQ'])('keys whose %s is known', async (kind) => {
      await clients[1]!.call('SET', 'payload', VALUE);
      clients[1]!.send('DUMP', 'payload');
      const payload = (await clients[1]!.read(true)) as Buffer;
      const KEYS = 3000;
      const qualities: number[] = [];
      for (const client of clients) {
        const policy = kind === 'FREQ' ? 'allkeys-lfu' : 'allkeys-lru';
        await client.call('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', policy);
        await client.call('FLUSHALL');
        const empty = await info(client, 'used_memory');
        for (let i = 0; i < KEYS; i++) {
          // Number n is to go as the n-th.
          const n = (i * 1237) % KEYS;
          const value = kind === 'FREQ' ? Math.floor((n * 200) / KEYS) : KEYS - n;
          client.send('RESTORE', `key:${n}`, '0', payload, kind, String(value));
        }
        for (let i = 0; i < KEYS; i++) expect(await client.read()).toBe('OK');
        const used = await info(client, 'used_memory');
        const limit = Math.floor(used - 0.4 * (used - empty));
        await client.call('CONFIG', 'SET', 'maxmemory', String(limit));
        await until(async () => (await info(client, 'used_memory')) <= limit + REPLY_ROOM);
        await client.call('CONFIG', 'SET', 'maxmemory', '0');
        const names = (await client.call('KEYS', '*')) as string[];
        const kept = new Set(names.map((name) => Number(name.slice(4))));
        const evicted = Array.from({ length: KEYS }, (_, n) => n).filter((n) => !kept.has(n));
        const mean = evicted.reduce((sum, n) => sum + n, 0) / evicted.length;
        // 1: exactly the first ones went.
        qualities.push(mean / (evicted.length / 2));
      }
      expect(qualities[0]).toBeLessThan(qualities[1]! + 0.1);
    });
  },
);
