/** What INFO and MEMORY say of memory adds up, and memory that is not used any more goes back to the system. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { portableMode } from './support/availability.ts';
import { Random } from './support/fuzz.ts';
import type { RespClient } from './support/resp.ts';
import { startGraftis, subjectIsOracle, type TestServer, until } from './support/server.ts';

const MB = 1024 * 1024;
let server: TestServer;
let client: RespClient;

beforeEach(async () => {
  server = await startGraftis();
  client = await server.connect();
});
afterEach(async () => {
  client.destroy();
  await server.stop();
});

async function memory(): Promise<Record<string, number>> {
  const lines = String(await client.call('INFO', 'memory')).split('\r\n');
  return Object.fromEntries(lines.map((line) => [line.split(':')[0]!, Number(line.split(':')[1])]));
}

async function stats(): Promise<Map<string, unknown>> {
  const flat = (await client.call('MEMORY', 'STATS')) as unknown[];
  return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1]]));
}

test.skipIf(subjectIsOracle)('the figures add up', async () => {
  const empty = await memory();
  await client.call('DEBUG', 'POPULATE', '50000', 'key', '100');
  for (let i = 0; i < 1000; i++) client.send('EXPIRE', `key:${i}`, '1000');
  for (let i = 0; i < 1000; i++) await client.read();
  const subscriber = await server.connect();
  await subscriber.call('SUBSCRIBE', 'x'.repeat(100_000));
  const full = await memory();
  const grown = (name: string): number => full[name]! - empty[name]!;
  expect(full['used_memory_overhead']! + full['used_memory_dataset']!).toBe(full['used_memory']);
  // A key of about 9 bytes, 100 bytes, a header, its place in the table.
  expect(grown('used_memory')).toBeGreaterThan(50_000 * 130);
  expect(grown('used_memory')).toBeLessThan(50_000 * 170 + 500_000);
  expect(grown('mem_clients_normal')).toBeGreaterThan(100_000);
  expect(full['used_memory_peak']).toBeGreaterThanOrEqual(full['used_memory']!);
  expect(full['allocator_frag_bytes']).toBe(full['allocator_active']! - full['allocator_allocated']!);
  expect(full['rss_overhead_bytes']).toBe(full['used_memory_rss']! - full['allocator_resident']!);
  expect(full['mem_fragmentation_bytes']).toBe(full['used_memory_rss']! - full['used_memory']!);
  for (const name of ['used_memory', 'used_memory_rss', 'allocator_allocated', 'allocator_active']) {
    expect(full[name], name).toBeGreaterThan(empty[name]!);
  }

  const all = await stats();
  const number = (name: string): number => Number(all.get(name));
  expect(number('dataset.bytes') + number('overhead.total')).toBe(number('total.allocated'));
  expect(number('keys.count')).toBe(50_000);
  expect(number('keys.bytes-per-key')).toBe(Math.floor(number('dataset.bytes') / 50_000));
  expect(number('clients.normal')).toBeGreaterThan(100_000);
  expect(number('startup.allocated')).toBe(full['used_memory_startup']);
  const [, main, , expires] = all.get('db.0') as number[];
  const parts = number('startup.allocated') + number('clients.normal') + main! + expires!;
  expect(parts).toBe(number('overhead.total'));

  let usage = 0;
  for (let i = 0; i < 1000; i++) usage += Number(await client.call('MEMORY', 'USAGE', `key:${i * 50}`));
  const perKey = grown('used_memory') / 50_000;
  expect(usage / 1000).toBeGreaterThan(perKey * 0.85);
  expect(usage / 1000).toBeLessThan(perKey * 1.15);

  await client.call('FLUSHALL');
  const again = await memory();
  expect(again['used_memory']! - empty['used_memory']!).toBeLessThan(300_000);
  subscriber.destroy();
});

/** Room for what Node itself grows by, and for the pages that are kept for new data. */
const ENGINE_BYTES = 80 * MB;

test.skipIf(subjectIsOracle || portableMode)('FLUSHALL gives memory back to the system', async () => {
  const before = (await memory())['used_memory_rss']!;
  for (const mode of ['SYNC', 'ASYNC']) {
    await client.call('DEBUG', 'POPULATE', '150000', 'key', '1000');
    const full = (await memory())['used_memory_rss']!;
    expect(full - before).toBeGreaterThan(160 * MB);
    await client.call('FLUSHALL', mode);
    await until(async () => (await memory())['used_memory_rss']! - before < ENGINE_BYTES);
  }
  expect(await client.call('MEMORY', 'PURGE')).toBe('OK');
});

test.skipIf(subjectIsOracle || portableMode)('so do mass deletes, with active defragmentation', async () => {
  const before = (await memory())['used_memory_rss']!;
  // A cycle that ended in the middle of the deletes would put the next one off.
  await client.call('CONFIG', 'SET', 'idle-compaction', 'no');
  await client.call('CONFIG', 'SET', 'active-defrag-ignore-bytes', '1mb', 'active-defrag-cycle-max', '75');
  await client.call('DEBUG', 'POPULATE', '150000', 'key', '1000');
  const random = new Random(1);
  const kept: number[] = [];
  for (let from = 0; from < 150_000; from += 1000) {
    const names: string[] = [];
    for (let i = from; i < from + 1000; i++) {
      if (random.oneIn(16)) kept.push(i);
      else names.push(`key:${i}`);
    }
    expect(await client.call('DEL', ...names)).toBe(names.length);
  }
  await client.call('CONFIG', 'SET', 'activedefrag', 'yes');
  await until(async () => (await memory())['used_memory_rss']! - before < ENGINE_BYTES + 20 * MB);
  const info = String(await client.call('INFO', 'stats'));
  expect(Number(/active_defrag_hits:(\d+)/.exec(info)![1])).toBeGreaterThan(1000);
  expect(Number(/total_active_defrag_time:(\d+)/.exec(info)![1])).toBeGreaterThan(0);
  const values = await client.pipeline(kept.map((i) => ['GET', `key:${i}`]));
  for (const [at, value] of values.entries()) expect(value).toMatch(`value:${kept[at]}`);
});

test.skipIf(subjectIsOracle || portableMode)(
  'at the limit the process stays near it, whatever sizes come',
  async () => {
    const before = (await memory())['used_memory_rss']!;
    const limit = 32 * MB;
    await client.call('CONFIG', 'SET', 'maxmemory', String(limit), 'maxmemory-policy', 'allkeys-lru');
    await client.call('CONFIG', 'SET', 'active-defrag-ignore-bytes', '4mb', 'activedefrag', 'yes');
    for (const size of [100, 1000]) {
      for (let batch = 0; batch < 40; batch++) {
        const count = Math.ceil(1_000_000 / (size + 50));
        const value = 'v'.repeat(size);
        const sets = Array.from({ length: count }, (_, i) => ['SET', `${size}:${batch}:${i}`, value]);
        for (const reply of await client.pipeline(sets)) expect(reply).toBe('OK');
      }
      expect((await memory())['used_memory']).toBeLessThan(limit + MB);
      await until(async () => (await memory())['used_memory_rss']! - before < limit + ENGINE_BYTES);
    }
  },
);
