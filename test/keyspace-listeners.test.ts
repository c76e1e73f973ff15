/** Commands whose listeners change the very key they are told of. */
import { expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { loadRecord } from '../src/config/load.ts';
import { NOTIFY_EXPIRED, NOTIFY_STRING } from '../src/config/notify.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';

test('SET with a time finds its key again after a listener has replaced or deleted it', async () => {
  const config = new Config();
  loadRecord(config, { port: 0, bind: '127.0.0.1', save: '' });
  const server = await Server.start(config, createEmbeddedLogger(config), { embedded: true });
  const listener = server.createInternalClient();
  const caller = server.createInternalClient();
  const run = (...line: (string | number)[]): string => server.callInternal(caller, Args.from(line)).toString();
  let reaction: (string | number)[] = [];
  server.keyspaceEvents.add(NOTIFY_STRING, () => {
    const line = reaction;
    reaction = [];
    if (line.length > 0) server.callInternal(listener, Args.from(line));
  });
  reaction = ['APPEND', 'k', 'x'.repeat(1000)];
  expect(run('SET', 'k', 'v', 'EX', 1000)).toBe('+OK\r\n');
  expect(run('STRLEN', 'k')).toBe(':1001\r\n');
  expect(run('TTL', 'k')).toBe(':1000\r\n');
  reaction = ['DEL', 'k'];
  expect(run('SET', 'k', 'v', 'EX', 1000)).toBe('+OK\r\n');
  expect(run('DBSIZE')).toBe(':0\r\n');
  server.keyspace.validateIntegrity();
  await server.close();
});

/** A server with keys, one of which has just expired; the listener of `expired` runs a command once. */
async function withExpired(keys: readonly string[], expired: string, reaction: (string | number)[]) {
  const config = new Config();
  loadRecord(config, { port: 0, bind: '127.0.0.1', save: '' });
  const server = await Server.start(config, createEmbeddedLogger(config), { embedded: true });
  const listener = server.createInternalClient();
  const caller = server.createInternalClient();
  const run = (...line: (string | number)[]): string => server.callInternal(caller, Args.from(line)).toString();
  server.keyspaceEvents.add(NOTIFY_EXPIRED, () => {
    server.callInternal(listener, Args.from(reaction));
    // What is freed is used again at once.
    for (let i = 0; i < 10; i++) server.callInternal(listener, Args.from(['SET', `garbage:${i}`, 'x']));
  });
  for (const key of keys) run('SET', key, `value of ${key}`);
  run('PEXPIRE', expired, 1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  server.keyspace.tick(Date.now());
  return { server, run };
}

/** The commands that look several keys up: one expires, and the listener deletes another. */
test.each([
  ['RENAME a b', 'b', 'a', '-ERR no such key\r\n'],
  ['RENAMENX a b', 'b', 'a', '-ERR no such key\r\n'],
  ['COPY a b', 'b', 'a', ':0\r\n'],
  ['LCS a b', 'b', 'a', '$0\r\n\r\n'],
  ['MGET b a', 'b', 'a', '*2\r\n$-1\r\n$-1\r\n'],
  ['DEL b a', 'b', 'a', ':0\r\n'],
  ['EXISTS b a', 'b', 'a', ':0\r\n'],
])('%s when %s has expired and a listener deletes %s', async (line, expired, deleted, reply) => {
  const { server, run } = await withExpired(['a', 'b'], expired, ['DEL', deleted]);
  expect(run(...line.split(' '))).toBe(reply);
  expect(run('EXISTS', 'a', 'b')).toBe(':0\r\n');
  server.keyspace.validateIntegrity();
  await server.close();
});

test('MOVE when the key of the other database has expired and a listener deletes the one to move', async () => {
  const { server, run } = await withExpired(['a'], 'a', ['FLUSHALL']);
  run('SELECT', 1);
  run('SET', 'a', 'other');
  expect(run('MOVE', 'a', 0)).toBe(':0\r\n');
  expect(run('EXISTS', 'a')).toBe(':0\r\n');
  server.keyspace.validateIntegrity();
  await server.close();
});

test('SCAN names no key that a listener has deleted meanwhile', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);
  const { server, run } = await withExpired(keys, 'key:25', ['DEL', ...keys.slice(10)]);
  const reply = run('SCAN', 0, 'COUNT', 1000);
  expect(reply.match(/key:\d+/g)!.sort()).toEqual(keys.slice(0, 10).sort());
  server.keyspace.validateIntegrity();
  await server.close();
});
