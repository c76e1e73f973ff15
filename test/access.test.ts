/** Ways in: unix socket, protected mode, renamed commands, MONITOR; each compared with redis-server. */
import { statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { oracleAvailable } from './support/availability.ts';
import { RespClient, RespError } from './support/resp.ts';
import {
  type Directives,
  type StartOptions,
  startGraftis,
  startRedis,
  type TestServer,
  temporaryFolder,
} from './support/server.ts';

const started: TestServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

/** Graftis and the oracle with the same directives. */
async function startBoth(directives: Directives, options: StartOptions = {}): Promise<[TestServer, TestServer]> {
  const pair = await Promise.all([startGraftis(directives, options), startRedis(directives, options)]);
  started.push(...pair);
  return pair;
}

describe.skipIf(!oracleAvailable())('access', () => {
  test('unix socket without TCP', async () => {
    const directives = (): Directives => ({
      port: 0,
      unixsocket: join(temporaryFolder(), 'redis.sock'),
      unixsocketperm: '700',
    });
    const both = [directives(), directives()];
    const servers = [await startGraftis(both[0]), await startRedis(both[1])];
    started.push(...servers);
    for (const each of both) {
      const path = String(each['unixsocket']);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      const client = await RespClient.connect({ path });
      expect(await client.call('SET', 'k', 'v'.repeat(100_000))).toBe('OK');
      expect(await client.call('STRLEN', 'k')).toBe(100_000);
      expect(await client.call('CLIENT', 'INFO')).toMatch(
        new RegExp(`addr=${path}:0 laddr=${path}:0 fd=\\d+ name= age=\\d+ idle=0 flags=U `),
      );
      client.destroy();
    }
    await Promise.all(servers.map((server) => server.stop()));
    for (const each of both) expect(() => statSync(String(each['unixsocket']))).toThrow('ENOENT');
  });

  test('protected mode refuses strangers', async (context) => {
    const address = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((entry) => entry.family === 'IPv4' && !entry.internal)?.address;
    if (address === undefined) return context.skip('this machine has no address but loopback');
    const servers = await startBoth({ bind: '*' });
    const replies: string[] = [];
    for (const server of servers) {
      const client = await RespClient.connect({ host: address, port: server.port });
      replies.push((await client.readToEnd()).toString());
      client.destroy();
      expect(await server.call('CONFIG', 'SET', 'requirepass', 'secret')).toBe('OK');
      const admitted = await RespClient.connect({ host: address, port: server.port });
      expect(await admitted.call('PING')).toEqual(new RespError('NOAUTH Authentication required.'));
      expect(await admitted.call('AUTH', 'secret')).toBe('OK');
      expect(await admitted.call('CONFIG', 'SET', 'requirepass', '')).toBe('OK');
      expect(await admitted.call('PING')).toBe('PONG');
      expect(await admitted.call('CONFIG', 'SET', 'protected-mode', 'no')).toBe('OK');
      const open = await RespClient.connect({ host: address, port: server.port });
      expect(await open.call('PING')).toBe('PONG');
      for (const each of [admitted, open]) each.destroy();
    }
    for (const reply of replies) {
      expect(reply).toMatch(/^-DENIED Redis is running in protected mode because [^\r]+ from the outside\.\r\n$/);
    }
  });

  test('renamed and removed commands', async () => {
    const renames = ['--rename-command', 'GET', 'FETCH', '--rename-command', 'FLUSHALL', ''];
    for (const server of await startBoth({}, { args: renames })) {
      const client = await server.connect();
      expect(await client.call('SET', 'k', 'v')).toBe('OK');
      expect(await client.call('FETCH', 'k')).toBe('v');
      expect(await client.call('fetch')).toEqual(new RespError("ERR wrong number of arguments for 'get' command"));
      for (const gone of ['GET', 'FLUSHALL']) {
        expect(await client.call(gone, 'k')).toEqual(
          new RespError(`ERR unknown command '${gone}', with args beginning with: 'k' `),
        );
      }
      client.destroy();
    }
  });

  test('gated commands are closed by default', async () => {
    const gates = { 'enable-debug-command': 'no', 'enable-module-command': 'no' };
    const [ours, theirs] = await startBoth(gates);
    for (const command of [
      ['DEBUG', 'SLEEP', '0'],
      ['MODULE', 'LOAD', '/x.so'],
      ['MODULE', 'UNLOAD', 'x'],
    ]) {
      expect(await ours.call(...command)).toEqual(await theirs.call(...command));
    }
    const local = { 'enable-debug-command': 'local' };
    for (const server of await startBoth(local)) expect(await server.call('DEBUG', 'SLEEP', '0')).toBe('OK');
  });

  test('MONITOR shows commands with time, database, address and quoting', async () => {
    const commands: (string | Buffer)[][] = [
      ['SET', 'k', 'a b\n\r\t\x07\b"\\'],
      ['get', Buffer.from([0, 1, 255])],
      ['SELECT', '3'],
      ['NOSUCH', 'x'],
      ['GET'],
      ['AUTH', 'secret'],
      ['CONFIG', 'SET', 'timeout', '0'],
      ['HELLO', '3', 'AUTH', 'default', 'x'],
      ['ECHO', ''],
      ['ECHO', 'the last'],
    ];
    const shown = (await startBoth({})).map(async (server) => {
      const [monitor, client] = [await server.connect(), await server.connect()];
      expect(await monitor.call('MONITOR')).toBe('OK');
      for (const command of commands) await client.call(...command);
      const lines: string[] = [];
      while (!lines.at(-1)?.includes('the last')) lines.push(String(await monitor.read()));
      for (const each of [monitor, client]) each.destroy();
      return lines.map((line) => line.replace(/^\d{10}\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\] /, '$1 '));
    });
    const [ours, theirs] = await Promise.all(shown);
    expect(theirs).toContain('0 "SET" "k" "a b\\n\\r\\t\\a\\b\\"\\\\"');
    expect(ours).toEqual(theirs);
  });
});
