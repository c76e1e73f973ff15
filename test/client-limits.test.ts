/** Limits of clients' buffers: `maxmemory-clients`, `client-output-buffer-limit`, `client-query-buffer-limit`. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeCommand, type RespClient } from './support/resp.ts';
import { startGraftis, type TestServer, until } from './support/server.ts';

const MB = 1024 * 1024;
const directives = {
  'maxmemory-clients': '0',
  maxmemory: '0',
  'client-output-buffer-limit': 'normal 0 0 0 pubsub 0 0 0',
};

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  await server.call('FLUSHALL');
  for (const [name, value] of Object.entries(directives)) await server.call('CONFIG', 'SET', name, value);
  await server.call('CONFIG', 'SET', 'client-query-buffer-limit', '1gb');
  await server.call('CONFIG', 'RESETSTAT');
});

async function info(field: string): Promise<number> {
  return Number(new RegExp(`\\b${field}:(\\d+)`).exec(String(await server.call('INFO')))![1]);
}

async function named(name: string): Promise<RespClient> {
  const client = await server.connect();
  await client.call('CLIENT', 'SETNAME', name);
  return client;
}

/** A field of CLIENT LIST about the client of this name; null when it is gone. */
async function field(name: string, what: string): Promise<string | null> {
  const line = String(await server.call('CLIENT', 'LIST'))
    .split('\n')
    .find((each) => each.includes(`name=${name} `));
  return line === undefined ? null : new RegExp(`(?:^| )${what}=(\\S*)`).exec(line)![1]!;
}

/** A client that holds about this much in its query buffer. */
async function heavy(name: string, bytes: number): Promise<RespClient> {
  const client = await named(name);
  await client.write(Buffer.concat([Buffer.from(`*2\r\n$3\r\nGET\r\n$${bytes}\r\n`), Buffer.alloc(bytes, 'x')]));
  await until(async () => Number((await field(name, 'qbuf')) ?? 0) >= bytes);
  return client;
}

test('the clients with the largest buffers are evicted until the rest fits', async () => {
  const clients = [await heavy('a', 2 * MB), await heavy('b', 4 * MB), await heavy('c', 1 * MB)];
  expect(await info('evicted_clients')).toBe(0);
  await server.call('CONFIG', 'SET', 'maxmemory-clients', String(5 * MB));
  expect(await field('b', 'id')).toBeNull();
  expect(await field('a', 'id')).not.toBeNull();
  expect(await field('c', 'id')).not.toBeNull();
  await server.call('CONFIG', 'SET', 'maxmemory-clients', String(2 * MB));
  expect(await field('a', 'id')).toBeNull();
  expect(await field('c', 'id')).not.toBeNull();
  expect(await info('evicted_clients')).toBe(2);
  for (const client of clients) client.destroy();
});

test('a client whose own request is too much is evicted, and the request not run', async () => {
  await server.call('CONFIG', 'SET', 'maxmemory-clients', String(3 * MB));
  const client = await named('big');
  client.send('SET', 'k', 'x'.repeat(4 * MB));
  await client.closed();
  expect(await server.call('EXISTS', 'k')).toBe(0);
  expect(await info('evicted_clients')).toBe(1);
});

test('a percentage is one of maxmemory', async () => {
  await server.call('CONFIG', 'SET', 'maxmemory-clients', '10%');
  const client = await heavy('part', 2 * MB);
  await server.call('CONFIG', 'SET', 'maxmemory', String(100 * MB));
  expect(await field('part', 'id')).not.toBeNull();
  await server.call('CONFIG', 'SET', 'maxmemory', String(15 * MB));
  expect(await field('part', 'id')).toBeNull();
  client.destroy();
});

test('CLIENT NO-EVICT spares a client, and its buffers do not count', async () => {
  const spared = await named('spared');
  await spared.call('CLIENT', 'NO-EVICT', 'ON');
  expect(await field('spared', 'flags')).toBe('e');
  await spared.write(Buffer.concat([Buffer.from(`*1\r\n$${4 * MB}\r\n`), Buffer.alloc(4 * MB, 'x')]));
  await until(async () => Number(await field('spared', 'qbuf')) >= 4 * MB);
  const other = await heavy('other', MB);
  await server.call('CONFIG', 'SET', 'maxmemory-clients', String(2 * MB));
  expect(await field('spared', 'id')).not.toBeNull();
  expect(await field('other', 'id')).not.toBeNull();
  spared.destroy();
  other.destroy();
});

test.for([
  ['queued commands', 'MULTI', (i: number) => ['SET', 'k', 'x'.repeat(10_000) + i]],
  ['watched keys', 'PING', (i: number) => ['WATCH', 'x'.repeat(1000) + i]],
  ['subscriptions', 'PING', (i: number) => ['SUBSCRIBE', 'x'.repeat(1000) + i]],
  ['prefixes', 'PING', (i: number) => ['CLIENT', 'TRACKING', 'on', 'BCAST', 'PREFIX', `${'x'.repeat(1000)}${1e6 + i}`]],
] as const)('%s count', async ([, first, nth]) => {
  await server.call('CONFIG', 'SET', 'maxmemory-clients', String(500_000));
  const client = await server.connect(3);
  await client.call(first);
  for (let i = 0; i < 2000 && !client.isClosed; i++) await client.write(encodeCommand(nth(i))).catch(() => {});
  await client.closed();
  expect(await info('evicted_clients')).toBe(1);
});

test('a reply beyond the hard limit closes the connection without a byte of it', async () => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 100000 0 0');
  const list = Array.from({ length: 150 }, () => 'x'.repeat(1000));
  await server.call('RPUSH', 'list', ...list);
  const client = await named('reader');
  client.send('LRANGE', 'list', '0', '-1');
  expect((await client.readToEnd()).length).toBe(0);
  expect(await info('client_output_buffer_limit_disconnections')).toBe(1);
});

test.for([
  ['HRANDFIELD', ['HRANDFIELD', 'h', '-999999999']],
  ['SRANDMEMBER', ['SRANDMEMBER', 's', '-999999999']],
  ['ZRANDMEMBER', ['ZRANDMEMBER', 'z', '-999999999']],
  ['many short ones', ['HRANDFIELD', 'h', '-40000000']],
] as const)('%s without an end is stopped on its way', async ([, line]) => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1000000 0 0');
  await server.call('HSET', 'h', 'f', 'v');
  await server.call('SADD', 's', 'm');
  await server.call('ZADD', 'z', '1', 'm');
  const client = await named('reader');
  client.send(...line);
  expect((await client.readToEnd()).length).toBe(0);
  // The writer did not grow for it.
  expect(await info('used_memory')).toBeLessThan(8 * MB);
});

test('a transaction runs to its end, however much it replies', async () => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 100000 0 0');
  await server.call('SET', 'big', 'x'.repeat(500_000));
  const client = await named('reader');
  for (const line of [['MULTI'], ['INCR', 'n'], ['GET', 'big'], ['GET', 'big'], ['KEYS', '*'], ['INCR', 'n']]) {
    await client.call(...line);
  }
  client.send('EXEC');
  expect((await client.readToEnd()).length).toBe(0);
  expect(await server.call('GET', 'n')).toBe('2');
});

test('the replies of a pipeline count together', async () => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 100000 0 0');
  await server.call('SET', 'big', 'x'.repeat(10_000));
  const client = await named('reader');
  await client.write(Buffer.concat(Array.from({ length: 15 }, () => encodeCommand(['GET', 'big']))));
  expect((await client.readToEnd()).length).toBe(0);
});

test('CLIENT LIST counts the replies of the pipeline that it is part of', async () => {
  await server.call('SET', 'k', 'x'.repeat(1000));
  await server.call('SET', 'long', 'x'.repeat(50_000));
  const client = await named('self');
  await client.write(
    Buffer.concat(
      [
        ['GET', 'k'],
        ['CLIENT', 'INFO'],
        ['GET', 'long'],
        ['CLIENT', 'INFO'],
      ].map(encodeCommand),
    ),
  );
  await client.read();
  expect(await client.read()).toMatch(/ obl=1009 oll=0 omem=0 /);
  await client.read();
  expect(await client.read()).toMatch(/ obl=16384 oll=1 omem=3\d{4} /);
  client.destroy();
});

test('what a transaction has queued counts for the limit of queries', async () => {
  await server.call('CONFIG', 'SET', 'client-query-buffer-limit', String(MB));
  const client = await named('queue');
  await client.call('MULTI');
  const line = ['SET', 'k', 'x'.repeat(100_000)];
  for (let i = 0; i < 9; i++) expect(await client.call(...line)).toBe('QUEUED');
  for (let i = 0; i < 5 && !client.isClosed; i++) await client.write(encodeCommand(line)).catch(() => {});
  await client.closed();
  expect(await info('client_query_buffer_limit_disconnections')).toBe(1);
  expect(await server.call('EXISTS', 'k')).toBe(0);
});

test('a command that waits counts as a call when it is answered', async () => {
  const client = await named('waits');
  const calls = async () =>
    /cmdstat_blpop:(\S+)/.exec(String(await server.call('INFO', 'commandstats')))?.[1]?.replace(/usec[^,]*,/g, '');
  client.send('BLPOP', 'l', '0');
  await until(async () => (await info('blocked_clients')) === 1);
  expect(await calls()).toBeUndefined();
  expect(await field('waits', 'tot-cmds')).toBe('1');
  await server.call('RPUSH', 'l', 'x');
  await client.read();
  expect(await calls()).toBe('calls=1,rejected_calls=0,failed_calls=0');
  expect(await field('waits', 'tot-cmds')).toBe('2');
  client.send('BLPOP', 'l', '0');
  await until(async () => (await info('blocked_clients')) === 1);
  await server.call('CLIENT', 'UNBLOCK', String(await field('waits', 'id')), 'ERROR');
  await client.read();
  expect(await calls()).toBe('calls=2,rejected_calls=0,failed_calls=1');
  await client.call('BLPOP', 'l', '0.01');
  expect(await calls()).toBe('calls=3,rejected_calls=0,failed_calls=1');
  client.destroy();
});
