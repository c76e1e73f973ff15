/** The library: servers inside this process, and inside programs of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type ConfigRecord, GraftisServer, ReplyError } from '../src/index.ts';
import { compilerAvailable } from './support/availability.ts';
import { compileModule } from './support/modules.ts';
import { RespClient } from './support/resp.ts';
import { freePort, repositoryRoot, sleep, temporaryFolder, until } from './support/server.ts';

const started: GraftisServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

const io = process.env['GRAFTIS_TEST_IO'] ?? 'epoll';

async function start(directives: ConfigRecord = {}): Promise<GraftisServer> {
  const all = { port: 0, bind: '127.0.0.1', save: '', dir: temporaryFolder(), 'io-backend': io, ...directives };
  const server = await GraftisServer.start(all);
  started.push(server);
  return server;
}

function connect(server: GraftisServer): Promise<RespClient> {
  return RespClient.connect({ port: server.port, host: '127.0.0.1' });
}

test('call gives replies as JavaScript values', async () => {
  const server = await start();
  expect(server.port).toBeGreaterThan(0);
  expect(await server.call('SET', 'k', 'grüße')).toBe('OK');
  expect(await server.call('GET', 'k')).toBe('grüße');
  expect(await server.call('GET', 'none')).toBe(null);
  expect(await server.call('STRLEN', 'k')).toBe(7);
  expect(await server.call('SET', 'n', 9223372036854775807n)).toBe('OK');
  expect(await server.call('MGET', 'k', 'none', 'n')).toEqual(['grüße', null, '9223372036854775807']);
  expect(await server.call('INCRBY', 'n', -1)).toBe(9223372036854775806n);
  expect(await server.call('CONFIG', 'GET', 'databases')).toEqual(new Map([['databases', '16']]));
  expect(await server.call('CLIENT', 'TRACKINGINFO')).toEqual(
    new Map<unknown, unknown>([
      ['flags', new Set(['off'])],
      ['redirect', -1],
      ['prefixes', []],
    ]),
  );
});

test('callBuffer is safe for all bytes', async () => {
  const server = await start();
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  expect(await server.call('SET', bytes, bytes)).toBe('OK');
  expect(await server.callBuffer('GET', bytes)).toEqual(bytes);
  expect(await server.callBuffer('MGET', bytes, 'none')).toEqual([bytes, null]);
});

test('an error reply rejects with its code', async () => {
  const server = await start();
  await expect(server.call('NOSUCH')).rejects.toMatchObject({
    name: 'ReplyError',
    code: 'ERR',
    message: "ERR unknown command 'NOSUCH', with args beginning with: ",
  });
  await expect(server.call('HELLO', '9')).rejects.toBeInstanceOf(ReplyError);
  await expect(server.call('HELLO', '9')).rejects.toMatchObject({ code: 'NOPROTO' });
  await expect(server.call()).rejects.toBeInstanceOf(TypeError);
  expect(await server.call('PING')).toBe('PONG');
});

test('arguments and options of other types are refused', async () => {
  const server = await start();
  const bad: [unknown, string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'boolean'],
    [['x', 'y'], 'an array'],
    [() => 1, 'function'],
    [{ a: 1 }, 'object'],
    [Symbol('s'), 'symbol'],
    [new Uint16Array(2), 'object'],
    [new ArrayBuffer(2), 'object'],
  ];
  const call = server.call.bind(server) as (...args: unknown[]) => Promise<unknown>;
  for (const [value, name] of bad) {
    const types = `must be a string, a Uint8Array, a number or a bigint, not ${name}`;
    const rejection = async (...args: unknown[]) => {
      const error = await call(...args).then(
        () => null,
        (reason: Error) => reason,
      );
      expect(error).toBeInstanceOf(TypeError);
      return error!.message;
    };
    expect(await rejection('SET', 'k', value)).toBe(`Argument 2 ${types}`);
    expect(await rejection('SET', value, 'v', value)).toBe(`Argument 1 ${types}`);
    expect(await rejection(value)).toBe(`The name of the command ${types}`);
  }
  expect(await server.call('DBSIZE')).toBe(0);
  for (const [value, name] of bad.filter(([value]) => !Array.isArray(value) && value !== true)) {
    const options = { requirepass: value } as unknown as ConfigRecord;
    await expect(start(options)).rejects.toThrow(
      `The value of requirepass must be a string, a number, a bigint or a boolean, not ${name}`,
    );
  }
  await expect(start({ 'port 1\nrequirepass x': 1 })).rejects.toThrow('is not the name of a directive');
});

test('a call waits as long as its command does, and those behind it do not', async () => {
  const server = await start();
  await server.call('SELECT', 5);
  const order: string[] = [];
  const note = (name: string) => (reply: unknown) => {
    order.push(name);
    return reply;
  };
  const begin = Date.now();
  const waits = server.call('WAIT', 1, 300).then(note('WAIT'));
  expect(await server.call('SET', 'k', 'v').then(note('SET'))).toBe('OK');
  expect(await waits).toBe(0);
  // Less only by the rounding of clocks.
  expect(Date.now() - begin).toBeGreaterThan(295);
  expect(order).toEqual(['SET', 'WAIT']);
  expect(await server.call('GET', 'k')).toBe('v');
  // The session's database is that of the calls behind it as well.
  expect(await server.call('DBSIZE')).toBe(1);
  // CONFIG SET waits for its listeners.
  await server.call('CONFIG', 'SET', 'port', await freePort());
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await expect(server.call('CONFIG', 'SET', 'port', port)).rejects.toThrow('Unable to listen on this port');
  taken.close();
  const open = server.call('WAIT', 1, 0);
  const rejection = expect(open).rejects.toThrow('The server was closed');
  await server.close();
  await rejection;
});

test.skipIf(!compilerAvailable())('a call waits for a blocking command of a module', async () => {
  const module = compileModule(join(repositoryRoot, 'test', 'modules', 'statics.c'), temporaryFolder());
  const server = await start({ loadmodule: [module] });
  const calls = Array.from({ length: 50 }, () => server.call('statics.later'));
  expect(await server.call('PING')).toBe('PONG');
  const counts = (await Promise.all(calls)) as number[];
  expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test('calls and connections see the same data', async () => {
  const server = await start();
  const client = await connect(server);
  expect(await client.call('SET', 'shared', 'from outside')).toBe('OK');
  expect(await server.call('GET', 'shared')).toBe('from outside');
  await server.call('SET', 'shared', 'from inside');
  expect(await client.call('GET', 'shared')).toBe('from inside');
  await client.call('MONITOR');
  await server.call('SELECT', 3);
  await server.call('SET', 'in', 'three');
  expect(await client.read()).toMatch(/^\d+\.\d{6} \[3 \?:0\] "SELECT" "3"$/);
  expect(await client.read()).toMatch(/^\d+\.\d{6} \[3 \?:0\] "SET" "in" "three"$/);
  client.destroy();
});

test('two servers do not see each other', async () => {
  const [one, two] = [await start(), await start({ databases: 2 })];
  expect(one.port).not.toBe(two.port);
  await one.call('SET', 'k', 'one');
  expect(await two.call('GET', 'k')).toBe(null);
  await expect(two.call('SELECT', 2)).rejects.toMatchObject({ code: 'ERR' });
  expect(await one.call('SELECT', 2)).toBe('OK');
  await one.call('CONFIG', 'SET', 'requirepass', 'secret');
  const [clientOne, clientTwo] = [await connect(one), await connect(two)];
  expect(await clientOne.call('PING')).toBeInstanceOf(Error);
  expect(await clientTwo.call('PING')).toBe('PONG');
  await one.close();
  await clientOne.closed();
  expect(await clientTwo.call('PING')).toBe('PONG');
  for (const client of [clientOne, clientTwo]) client.destroy();
});

test("the host's timers and immediates go on under load", async () => {
  const server = await start();
  let turns = 0;
  let over = false;
  const count = () => {
    turns++;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const client = await connect(server);
  const pipeline = Array.from({ length: 5000 }, (_, i) => ['SET', `key:${i}`, 'v'.repeat(100)]);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  for (let round = 0; round < 20; round++) await client.pipeline(pipeline);
  await until(() => ticks >= 10);
  clearInterval(timer);
  over = true;
  expect(turns).toBeGreaterThan(20);
  expect(await server.call('GET', 'key:4999')).toBe('v'.repeat(100));
  client.destroy();
});

test('close ends connections and waiting calls, and refuses further ones', async () => {
  const server = await start();
  const client = await connect(server);
  expect(await client.call('PING')).toBe('PONG');
  await server.call('CLIENT', 'PAUSE', 60_000);
  const waiting = server.call('SET', 'k', 'v');
  const port = server.port;
  // Commands of calls are not held up by a pause, commands of connections are.
  expect(await waiting).toBe('OK');
  client.send('PING');
  await until(async () => /blocked_clients:1/.test(String(await server.call('INFO', 'clients'))));
  await Promise.all([server.close(), server.close()]);
  await client.closed();
  await expect(server.call('PING')).rejects.toThrow('The server was closed');
  await expect(RespClient.connect({ port, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.destroy();
});

test('a taken port or a bad directive rejects', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const before = openFiles();
  await expect(start({ port })).rejects.toThrow(`Failed listening on port ${port}`);
  await expect(start({ 'no-such-directive': 1 })).rejects.toThrow('no-such-directive');
  await expect(start({ databases: 0 })).rejects.toThrow('databases');
  expect(openFiles()).toBe(before);
  taken.close();
});

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

test('servers leave no files and no signal handlers behind', async () => {
  const once = async () => {
    const server = await start({ unixsocket: join(temporaryFolder(), 's'), unixsocketperm: '700' });
    const client = await connect(server);
    await client.call('SET', 'k', 'v');
    client.destroy();
    await server.close();
  };
  await once();
  const events = () =>
    ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'exit'].map((name) => process.listenerCount(name));
  const [files, handlers] = [openFiles(), events()];
  for (let i = 0; i < 10; i++) await once();
  await sleep(20);
  expect(openFiles()).toBeLessThanOrEqual(files);
  expect(events()).toEqual(handlers);
});

test('a program ends by itself after close', async () => {
  const program = `
    import { GraftisServer } from ${JSON.stringify(join(repositoryRoot, 'dist', 'index.js'))};
    import { connect } from 'node:net';
    import { once } from 'node:events';
    const directives = { port: 0, bind: '127.0.0.1', save: '', 'io-backend': ${JSON.stringify(io)} };
    const servers = await Promise.all([GraftisServer.start(directives), GraftisServer.start(directives)]);
    const socket = connect(servers[0].port, '127.0.0.1');
    socket.write('PING\\r\\n');
    await once(socket, 'data');
    console.log(await servers[1].call('SET', 'k', 'v'));
    await Promise.all(servers.map((server) => server.close()));
    console.log('closed');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  expect({ output, status }).toEqual({ output: 'OK\nclosed\n', status: 0 });
});

test('a write during a pause replaces a key that has expired meanwhile', async () => {
  const server = await start();
  await server.call('SET', 'k', 'old', 'PX', 20);
  await server.call('CLIENT', 'PAUSE', 600_000, 'WRITE');
  await until(async () => (await server.call('GET', 'k')) === null);
  expect(await server.call('DBSIZE')).toBe(1);
  expect(await server.call('SET', 'k', 'new')).toBe('OK');
  expect(await server.call('DBSIZE')).toBe(1);
  expect(await server.call('DEL', 'k')).toBe(1);
  expect(await server.call('GET', 'k')).toBe(null);
});

test('a connection that is closed does not wait for a client that never reads', async () => {
  const server = await start({ 'io-backend': 'node' });
  await server.call('SET', 'big', 'v'.repeat(1 << 20));
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  const slow = await connect(server);
  slow.stopReading();
  for (let i = 0; i < 40; i++) slow.send('GET', 'big');
  await until(async () => /omem=\d{8}/.test(String(await server.call('CLIENT', 'LIST'))));
  // The kernel takes no more by then, and Node holds the rest.
  await sleep(200);
  expect(descriptors()).toBe(before + 2);
  await server.call('CLIENT', 'KILL', 'TYPE', 'normal');
  await until(() => descriptors() === before + 1);
  slow.destroy();
});
