/** Keyv with the store @keyv/redis, which stands on a node-redis of its own, over both protocols. */
import { createKeyv } from '@keyv/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, startGraftis, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

test.for([2, 3] as const)('@keyv/redis over RESP%i', async (RESP) => {
  await server.call('FLUSHALL');
  const keyv = createKeyv(
    { url: `redis://127.0.0.1:${server.port}`, RESP },
    { namespace: 'cache', throwOnErrors: true, throwOnConnectError: true },
  );
  const other = createKeyv({ url: `redis://127.0.0.1:${server.port}`, RESP }, { namespace: 'other' });
  expect(await keyv.set('a', { list: [1, 'two', null], text: 'ü' })).toBe(true);
  expect(await keyv.get('a')).toEqual({ list: [1, 'two', null], text: 'ü' });
  expect(await keyv.get('none')).toBeUndefined();
  expect(await keyv.has('a')).toBe(true);
  await other.set('a', 'of the other');
  expect(await server.call('DBSIZE')).toBe(2);

  await keyv.set('short', 1, 50);
  expect(await keyv.get('short')).toBe(1);
  await sleep(80);
  expect(await keyv.get('short')).toBeUndefined();

  await keyv.setMany(Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, value: i })));
  expect(await keyv.get(['k1', 'k99', 'none'])).toEqual([1, 99, undefined]);
  const found: string[] = [];
  for await (const [key] of keyv.iterator!('cache')) found.push(key);
  expect(found.length).toBe(101);
  expect(await keyv.delete('a')).toBe(true);
  expect(await keyv.delete('a')).toBe(false);
  expect(await keyv.delete(['k1', 'k2'])).toBe(true);
  await keyv.clear();
  expect(await keyv.get('k3')).toBeUndefined();
  expect(await other.get('a')).toBe('of the other');
  await Promise.all([keyv.disconnect(), other.disconnect()]);
});
