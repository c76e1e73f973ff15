/** Commands whose listeners change the very key they are told of. */
import { expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { loadRecord } from '../src/config/load.ts';
import { NOTIFY_STRING } from '../src/config/notify.ts';
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
