/** What XINFO tells of consumers since Redis 7.2: when they tried to get entries, and when they got some. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, startGraftis, subjectIsOracle, type TestServer } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

type Fields = Record<string, unknown>;

function asFields(list: unknown): Fields {
  const flat = list as unknown[];
  return Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1]]));
}

async function consumer(name: string): Promise<Fields> {
  const all = ((await server.call('XINFO', 'CONSUMERS', 'k', 'g')) as unknown[]).map(asFields);
  return all.find((fields) => String(fields['name']) === name)!;
}

async function times(name: string): Promise<{ seen: number; active: number }> {
  const stream = asFields(await server.call('XINFO', 'STREAM', 'k', 'FULL'));
  const group = asFields((stream['groups'] as unknown[])[0]);
  const all = (group['consumers'] as unknown[]).map(asFields);
  const found = all.find((fields) => String(fields['name']) === name)!;
  expect(Object.keys(found)).toEqual(['name', 'seen-time', 'active-time', 'pel-count', 'pending']);
  return { seen: Number(found['seen-time']), active: Number(found['active-time']) };
}

test.skipIf(subjectIsOracle)('a consumer is idle since its last attempt, inactive since its last success', async () => {
  await server.call('XGROUP', 'CREATE', 'k', 'g', '0', 'MKSTREAM');
  await server.call('XREADGROUP', 'GROUP', 'g', 'a', 'STREAMS', 'k', '>');
  expect(await consumer('a')).toMatchObject({ pending: 0, inactive: -1 });
  expect((await times('a')).active).toBe(-1);

  await server.call('XADD', 'k', '1-1', 'f', 'v');
  await server.call('XREADGROUP', 'GROUP', 'g', 'a', 'STREAMS', 'k', '>');
  const read = await times('a');
  expect(read.active).toBe(read.seen);
  expect(Number((await consumer('a'))['inactive'])).toBeGreaterThanOrEqual(0);

  await sleep(20);
  await server.call('XREADGROUP', 'GROUP', 'g', 'a', 'STREAMS', 'k', '>');
  const tried = await times('a');
  expect(tried.active).toBe(read.active);
  expect(tried.seen).toBeGreaterThanOrEqual(read.seen + 20);
  const fields = await consumer('a');
  expect(Number(fields['inactive'])).toBeGreaterThanOrEqual(Number(fields['idle']) + 20);

  await server.call('XCLAIM', 'k', 'g', 'b', '100000', '1-1');
  expect((await times('b')).active).toBe(-1);
  await server.call('XAUTOCLAIM', 'k', 'g', 'b', '0', '0');
  const claimed = await times('b');
  expect(claimed.active).toBe(claimed.seen);

  await server.call('XGROUP', 'CREATECONSUMER', 'k', 'g', 'c');
  expect(await consumer('c')).toMatchObject({ pending: 0, inactive: -1 });
});

test('changes of groups do not touch who watches the key, entries do', async () => {
  const watcher = await server.connect();
  await server.call('DEL', 'w');
  await server.call('XADD', 'w', '1-1', 'f', 'v');
  await server.call('XGROUP', 'CREATE', 'w', 'g', '0');
  await watcher.call('WATCH', 'w');
  await server.call('XREADGROUP', 'GROUP', 'g', 'a', 'STREAMS', 'w', '>');
  await server.call('XACK', 'w', 'g', '1-1');
  await server.call('XSETID', 'w', '5-5');
  await watcher.call('MULTI');
  await watcher.call('PING');
  expect(await watcher.call('EXEC')).not.toBeNull();
  await watcher.call('WATCH', 'w');
  await server.call('XDEL', 'w', '1-1');
  await watcher.call('MULTI');
  await watcher.call('PING');
  expect(await watcher.call('EXEC')).toBeNull();
  watcher.destroy();
});
