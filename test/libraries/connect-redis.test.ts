/** Sessions of an HTTP server kept by connect-redis, over both protocols of node-redis. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraftis, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

interface Visit {
  sessionID: string;
  session: { views?: number; cookie: unknown; destroy(done: () => void): void };
}

/** A web server that counts the visits of each session; `/leave` ends the session. */
async function startWeb(store: RedisStore): Promise<{ url: string; close: () => void }> {
  const sessions = session({ store, secret: 'a secret', resave: false, saveUninitialized: false });
  const web = createServer((req: IncomingMessage, res: ServerResponse) => {
    sessions(req, res, () => {
      const visit = req as unknown as Visit;
      if (req.url === '/leave') return visit.session.destroy(() => res.end('bye'));
      visit.session.views = (visit.session.views ?? 0) + 1;
      res.end(String(visit.session.views));
    });
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  return { url: `http://127.0.0.1:${(web.address() as AddressInfo).port}`, close: () => web.close() };
}

test.for([2, 3] as const)('connect-redis over RESP%i', async (RESP) => {
  await server.call('FLUSHALL');
  const client = createClient({ RESP, socket: { port: server.port, host: '127.0.0.1' } });
  await client.connect();
  const store = new RedisStore({ client, prefix: 'sess:', ttl: 500 });
  const web = await startWeb(store);

  const first = await fetch(web.url);
  expect(await first.text()).toBe('1');
  const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
  const visit = async (path = '/') => (await fetch(web.url + path, { headers: { cookie } })).text();
  expect(await visit()).toBe('2');
  expect(await visit()).toBe('3');
  expect(await (await fetch(web.url)).text()).toBe('1');

  const id = decodeURIComponent(cookie.split('=')[1]!).slice(2).split('.')[0]!;
  expect(JSON.parse(String(await client.get(`sess:${id}`))).views).toBe(3);
  expect(await client.ttl(`sess:${id}`)).toBeGreaterThan(490);
  expect(await store.length()).toBe(2);
  expect(await store.ids()).toContain(id);
  expect(await store.all()).toContainEqual(expect.objectContaining({ id, views: 3 }));
  await store.touch(id, (await store.get(id)) as never);

  expect(await visit('/leave')).toBe('bye');
  expect(await client.exists(`sess:${id}`)).toBe(0);
  expect(await visit()).toBe('1');
  await store.clear();
  expect(await client.dbSize()).toBe(0);
  web.close();
  client.destroy();
});
