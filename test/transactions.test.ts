/** Transactions: what the oracle cannot be asked, for it lies inside of the server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import type { Client } from '../src/server/clients/client.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { sleep, startGraftis, type TestServer } from './support/server.ts';

let server: Server;
let client: Client;

beforeEach(() => {
  const config = new Config();
  server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  client = server.createInternalClient();
});
afterEach(() => server.close());

function run(line: string, c: Client = client): string {
  return server.callInternal(c, Args.from(line.split(' '))).toString('latin1');
}

test('queued commands are looked up again when the command table has changed', () => {
  server.commands.add({ name: 'mine', arity: -1, flags: [], proc: (c) => c.out.simple('first') });
  run('MULTI');
  run('MINE a');
  run('GET k');
  server.commands.remove('mine');
  expect(run('EXEC')).toBe("*2\r\n-ERR unknown command 'MINE', with args beginning with: 'a' \r\n$-1\r\n");

  server.commands.add({ name: 'mine', arity: -1, flags: [], proc: (c) => c.out.simple('first') });
  run('MULTI');
  run('MINE a');
  run('MINE a b');
  server.commands.remove('mine');
  server.commands.add({ name: 'mine', arity: 2, flags: [], proc: (c) => c.out.simple('second') });
  expect(run('EXEC')).toBe("*2\r\n+second\r\n-ERR wrong number of arguments for 'mine' command\r\n");
});

test('a command that changes the command table changes what follows it', () => {
  server.commands.add({
    name: 'unload',
    arity: 1,
    flags: [],
    proc: (c) => {
      server.commands.remove('get');
      c.out.ok();
    },
  });
  run('MULTI');
  run('GET k');
  run('UNLOAD');
  run('GET k');
  expect(run('EXEC')).toBe("*3\r\n$-1\r\n+OK\r\n-ERR unknown command 'GET', with args beginning with: 'k' \r\n");
});

test('while nobody watches, nobody listens to changes', () => {
  expect(server.changes.observed).toBe(false);
  run('WATCH a b');
  const other = server.createInternalClient();
  run('WATCH b c', other);
  expect(server.changes.observed).toBe(true);
  const { watches } = server.transactions;
  expect([watches.clientCount, watches.keyCount]).toEqual([2, 3]);
  expect(run('INFO clients')).toMatch(/watching_clients:2[\s\S]*total_watched_keys:3\r\n/);
  run('SET b 1');
  expect([watches.clientCount, watches.keyCount]).toEqual([0, 0]);
  expect(server.changes.observed).toBe(false);
  run('MULTI');
  run('MULTI', other);
  expect([run('EXEC'), run('EXEC', other)]).toEqual(['*-1\r\n', '*-1\r\n']);
});

test('changes that no command of a client makes spoil a watch', () => {
  run('WATCH k');
  const key = Buffer.from('k');
  server.changes.modified(server.keyspace.dbs[0]!, key, 0, 1, null, 0);
  run('MULTI');
  expect(run('EXEC')).toBe('*-1\r\n');
});

test('an EXEC may run at a bad time only when all that is queued may', async () => {
  const { flagsOf } = await import('../src/server/execution/refusals.ts');
  const { CMD_STALE, CMD_WRITE } = await import('../src/commands/registry.ts');
  const exec = server.commands.get('exec')!;
  run('MULTI');
  run('PING');
  expect(flagsOf(client, exec) & CMD_STALE).toBe(0);
  expect(flagsOf(client, exec) & CMD_WRITE).toBe(0);
  run('SET k v');
  expect(flagsOf(client, exec) & CMD_WRITE).toBe(CMD_WRITE);
  run('DISCARD');
  run('MULTI');
  run('ECHO x');
  expect(flagsOf(client, exec) & CMD_STALE).toBe(CMD_STALE);
});

test('a client that leaves gives back what it queued and watched', async () => {
  const graftis: TestServer = await startGraftis();
  try {
    const gone = await graftis.connect();
    await gone.call('WATCH', 'k');
    await gone.call('MULTI');
    await gone.call('SET', 'k', 'x'.repeat(1_000_000));
    const info = async (field: string) =>
      Number(new RegExp(`${field}:(\\d+)`).exec(String(await graftis.call('INFO')))![1]);
    expect(await info('watching_clients')).toBe(1);
    expect(await info('mem_clients_normal')).toBeGreaterThan(1_000_000);
    gone.destroy();
    while ((await info('watching_clients')) > 0) await sleep(10);
    expect(await info('total_watched_keys')).toBe(0);
    expect(await info('mem_clients_normal')).toBeLessThan(1_000_000);
  } finally {
    await graftis.stop();
  }
});

test('MONITOR shows the commands of a transaction before its EXEC', async () => {
  const graftis = await startGraftis();
  try {
    const monitor = await graftis.connect();
    await monitor.call('MONITOR');
    const client = await graftis.connect();
    for (const line of ['MULTI', 'SET k v', 'GET k', 'EXEC']) await client.call(...line.split(' '));
    const shown: string[] = [];
    while (shown.length < 4) shown.push(/\] (.*)\r\n$/.exec((await monitor.readRaw()).toString())![1]!);
    expect(shown).toEqual(['"MULTI"', '"SET" "k" "v"', '"GET" "k"', '"EXEC"']);
  } finally {
    await graftis.stop();
  }
});
