/** Limits on clients: buffers, slow readers, big values, idle connections, maxclients, timeout. */
import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import type { RespClient } from './support/resp.ts';
import { type Directives, sleep, startGraftis, type TestServer, until } from './support/server.ts';

const MIB = 1 << 20;

const started: TestServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function start(directives: Directives = {}): Promise<TestServer> {
  const server = await startGraftis(directives);
  started.push(server);
  return server;
}

async function connectedClients(client: RespClient): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(String(await client.call('INFO', 'clients')))![1]);
}

test('a client that never reads does not stall others, and gets everything once it reads', async () => {
  const server = await start();
  const other = await server.connect();
  const value = 'v'.repeat(MIB);
  const count = 100;
  expect(await other.call('SET', 'big', value)).toBe('OK');
  const slow = await server.connect();
  slow.stopReading();
  for (let i = 0; i < count; i++) slow.send('GET', 'big');
  slow.send('ECHO', 'done');
  // The backlog of the slow client shows in CLIENT LIST, so its commands have been served.
  await until(async () => /omem=\d{8}/.test(String(await other.call('CLIENT', 'LIST'))));
  for (let i = 0; i < 1000; i++) expect(await other.call('PING')).toBe('PONG');
  slow.socket.resume();
  for (let i = 0; i < count; i++) expect(await slow.read()).toBe(value);
  expect(await slow.read()).toBe('done');
  for (const client of [slow, other]) client.destroy();
});

test('client-output-buffer-limit: the hard limit closes a client that does not read', async () => {
  const server = await start({ 'client-output-buffer-limit': ['normal', '4mb', '0', '0'] });
  const other = await server.connect();
  await other.call('SET', 'big', 'v'.repeat(MIB));
  const slow = await server.connect();
  slow.stopReading();
  for (let i = 0; i < 100; i++) slow.send('GET', 'big');
  await until(async () => (await connectedClients(other)) === 1);
  await server.logged('scheduled to be closed ASAP for overcoming of output buffer limits');
  for (const client of [slow, other]) client.destroy();
});

test('client-output-buffer-limit: the soft limit closes after its seconds', async () => {
  const server = await start({ 'client-output-buffer-limit': ['normal', '0', '1mb', '1'] });
  const other = await server.connect();
  await other.call('SET', 'big', 'v'.repeat(MIB));
  const slow = await server.connect();
  slow.stopReading();
  for (let i = 0; i < 30; i++) slow.send('GET', 'big');
  await until(async () => {
    // Redis looks at the soft limit whenever something is added to the buffer.
    if (!slow.isClosed) slow.send('PING');
    return (await connectedClients(other)) === 1;
  });
  for (const client of [slow, other]) client.destroy();
});

test('client-query-buffer-limit closes a client whose request outgrows it', async () => {
  const server = await start({ 'client-query-buffer-limit': '1mb' });
  const client = await server.connect();
  // Nobody reads the rest of the request: the write may fail, the connection must end.
  client
    .write(Buffer.concat([Buffer.from('*2\r\n$3\r\nGET\r\n'), Buffer.alloc(8 * MIB, '*1\r\n$1\r\n')]))
    .catch(() => {});
  await client.closed();
  const inline = await server.connect();
  inline
    .write(Buffer.concat([Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4194304\r\n'), Buffer.alloc(4 * MIB)]))
    .catch(() => {});
  await inline.closed();
  await server.logged('reached max query buffer length');
  expect(await server.call('EXISTS', 'k')).toBe(0);
  for (const each of [client, inline]) each.destroy();
});

test('a value of 300 MB comes back as it went', async () => {
  const server = await start();
  const client = await server.connect();
  const value = Buffer.alloc(300 * MIB, 'some pattern of 27 bytes ..');
  expect(await client.call('SET', 'huge', value)).toBe('OK');
  expect(await client.call('STRLEN', 'huge')).toBe(value.length);
  client.send('GET', 'huge');
  const reply = (await client.read(true)) as Buffer;
  expect(reply.equals(value)).toBe(true);
  expect(await client.call('GETRANGE', 'huge', value.length - 2, -1)).toBe(value.subarray(-2).toString());
  expect(await client.call('DEL', 'huge')).toBe(1);
  client.destroy();
});

test('10,000 idle connections', async (context) => {
  const count = 10_000;
  const hardLimit = execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  if (hardLimit !== 'unlimited' && Number(hardLimit) < count + 500) {
    context.skip(`only ${hardLimit} open files are allowed here`);
  }
  const server = await start({ maxclients: count + 100 });
  const clients: RespClient[] = [];
  for (let i = 0; i < count; i += 100) {
    clients.push(...(await Promise.all(Array.from({ length: 100 }, () => server.connectPlain()))));
  }
  // A connection is made as soon as the kernel has it; the server gets to it a moment later.
  await until(async () => (await connectedClients(clients[0]!)) === count);
  for (const client of clients) client.send('ECHO', 'still here');
  for (const client of clients) expect(await client.read()).toBe('still here');
  for (const client of clients) client.destroy();
  const last = await server.connect();
  await until(async () => (await connectedClients(last)) === 1);
  last.destroy();
});

test('maxclients: one too many gets an error and is closed', async () => {
  const server = await start({ maxclients: 3 });
  const first = await server.connect();
  await until(async () => (await connectedClients(first)) === 1);
  const others = [await server.connect(), await server.connect()];
  for (const client of others) expect(await client.call('PING')).toBe('PONG');
  const refused = await server.connect();
  expect((await refused.readToEnd()).toString()).toBe('-ERR max number of clients reached\r\n');
  expect(await first.call('INFO', 'stats')).toMatch(/rejected_connections:1\r\n/);
  others[0]!.destroy();
  await until(async () => (await connectedClients(first)) === 2);
  const admitted = await server.connect();
  expect(await admitted.call('PING')).toBe('PONG');
  expect(await first.call('CONFIG', 'SET', 'maxclients', '10')).toBe('OK');
  for (const client of [first, ...others, refused, admitted]) client.destroy();
});

test('timeout closes idle clients', async () => {
  const server = await start({ timeout: 1 });
  const client = await server.connect();
  expect(await client.call('PING')).toBe('PONG');
  expect((await client.readToEnd()).toString()).toBe('');
  expect(await server.call('PING')).toBe('PONG');
  client.destroy();
});

test('CLIENT KILL closes the chosen connections', async () => {
  const server = await start();
  const [killer, byId, byAddress, named] = await Promise.all([1, 2, 3, 4].map(() => server.connect()));
  const id = await byId!.call('CLIENT', 'ID');
  expect(await killer!.call('CLIENT', 'KILL', 'ID', String(id))).toBe(1);
  await byId!.closed();
  const address = /addr=(\S+)/.exec(String(await byAddress!.call('CLIENT', 'INFO')))![1]!;
  expect(await killer!.call('CLIENT', 'KILL', address)).toBe('OK');
  await byAddress!.closed();
  expect(await named!.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toBe(1);
  await killer!.closed();
  named!.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no');
  expect(await named!.read()).toBe(1);
  await named!.closed();
  for (const client of [killer, byId, byAddress, named]) client!.destroy();
});

test('CLIENT REPLY OFF and SKIP cover commands that have to wait', async () => {
  const server = await start();
  const client = await server.connect();
  client.send('CLIENT', 'REPLY', 'OFF');
  client.send('CONFIG', 'SET', 'bind', '127.0.0.1 127.0.0.2');
  expect(await client.call('CLIENT', 'REPLY', 'ON')).toBe('OK');
  client.send('CLIENT', 'REPLY', 'SKIP');
  client.send('CONFIG', 'SET', 'bind', '127.0.0.1');
  expect(await client.call('ECHO', 'first')).toBe('first');
  expect(await client.call('CONFIG', 'SET', 'bind', '127.0.0.1')).toBe('OK');
  client.destroy();
});

test('QUIT without a reply closes although it had to wait for the end of a pause', async () => {
  const server = await start();
  const other = await server.connect();
  const client = await server.connect();
  client.send('CLIENT', 'REPLY', 'OFF');
  await until(async () => /cmd=client\|reply /.test(String(await other.call('CLIENT', 'LIST'))));
  await other.call('CLIENT', 'PAUSE', '500', 'ALL');
  client.send('QUIT');
  expect(await client.readToEnd()).toEqual(Buffer.alloc(0));
  other.destroy();
});

test.each(['epoll', 'node'])('a connection that breaks is noticed while it is not read from (%s)', async (io) => {
  const server = await start({ 'io-backend': io });
  const other = await server.connect();
  await other.call('SET', 'big', 'v'.repeat(MIB));
  const slow = await server.connectPlain();
  slow.stopReading();
  for (let i = 0; i < 40; i++) slow.send('GET', 'big');
  await until(async () => /omem=\d{8}/.test(String(await other.call('CLIENT', 'LIST'))));
  // The server has seen the end of input and waits for the replies to be taken.
  slow.endInput();
  await until(async () => / flags=\S*c/.test(String(await other.call('CLIENT', 'LIST'))));
  // The replies have been handed to the transport by then: only it can tell that they go nowhere.
  await sleep(200);
  slow.socket.resetAndDestroy();
  await until(async () => (await connectedClients(other)) === 1);
  other.destroy();
});

test('a client that writes all before it reads gets all: short requests with longer replies', async () => {
  const server = await start();
  const client = await server.connect();
  const value = 'v'.repeat(600);
  await client.call('SET', 'k', value);
  const count = 1_000_000;
  const reply = Buffer.from(`$600\r\n${value}\r\n`);
  client.stopReading();
  // Resolves when the server has taken it all, with nobody reading the replies.
  await client.write(Buffer.from('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'.repeat(count)));
  let received = 0;
  const done = new Promise<void>((resolve) => {
    client.socket.removeAllListeners('data');
    client.socket.on('data', (chunk) => {
      received += chunk.length;
      if (received >= count * reply.length) resolve();
    });
  });
  client.socket.resume();
  await done;
  expect(received).toBe(count * reply.length);
  client.destroy();
});

test('a client that writes all before it reads gets all: long echoes', async () => {
  const server = await start();
  const client = await server.connect();
  const text = 'e'.repeat(3 * MIB);
  client.stopReading();
  for (let i = 0; i < 199; i++) client.send('ECHO', text);
  await client.write(`*2\r\n$4\r\nECHO\r\n$4\r\nlast\r\n`);
  client.socket.resume();
  for (let i = 0; i < 199; i++) expect((await client.readRaw()).length).toBe(text.length + 12);
  expect(await client.read()).toBe('last');
  client.destroy();
});

test('a blocked client that has sent more than a megabyte and goes away is noticed', async () => {
  const server = await start();
  const other = await server.connect();
  await other.call('CLIENT', 'PAUSE', '600000', 'WRITE');
  const blocked = await server.connect();
  blocked.send('SET', 'k', 'v');
  await until(async () => /blocked_clients:1\r/.test(String(await other.call('INFO', 'clients'))));
  await blocked.write(Buffer.from('PING\r\n'.repeat(500_000)));
  blocked.destroy();
  await until(async () => (await connectedClients(other)) === 1);
  expect(String(await other.call('INFO', 'clients'))).toContain('blocked_clients:0');
  other.destroy();
});

test('client-query-buffer-limit bounds what a blocked client sends', async () => {
  const server = await start({ 'client-query-buffer-limit': '2mb' });
  const other = await server.connect();
  await other.call('CLIENT', 'PAUSE', '600000', 'WRITE');
  const blocked = await server.connect();
  blocked.socket.on('error', () => {});
  blocked.send('SET', 'k', 'v');
  await blocked.write(Buffer.from('PING\r\n'.repeat(1_000_000))).catch(() => {});
  await until(async () => (await connectedClients(other)) === 1);
  await server.logged('Closing client that reached max query buffer length');
  for (const client of [blocked, other]) client.destroy();
});

test('client-output-buffer-limit: a reply that the kernel would take at once counts too', async () => {
  const server = await start({ 'client-output-buffer-limit': ['normal', '100kb', '0', '0'] });
  const client = await server.connect();
  await client.call('SET', 'big', 'v'.repeat(200 * 1024));
  client.send('GET', 'big');
  expect((await client.readToEnd()).length).toBe(0);
  await server.logged('scheduled to be closed ASAP for overcoming of output buffer limits');
  client.destroy();
});
