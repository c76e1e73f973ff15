/** Publish and subscribe: many receivers, slow ones, order of messages and replies. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Message, MessageLogs } from '../src/server/pubsub/message.ts';
import { Server } from '../src/server/server.ts';
import type { RespClient } from './support/resp.ts';
import { sleep, startGraftis, type TestServer, until } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

async function raw(client: RespClient): Promise<string> {
  return (await client.readRaw()).toString('latin1');
}

async function info(field: string): Promise<number> {
  return Number(new RegExp(`${field}:(\\d+)`).exec(String(await server.call('INFO')))![1]);
}

function send(client: RespClient, ...lines: string[]): void {
  client.socket.write(lines.map((line) => `${line}\r\n`).join(''));
}

test('a message is encoded once for each protocol', () => {
  const message = new Message(new MessageLogs(), ['message', 'c', Buffer.from('m')]);
  const text = (resp: 2 | 3) => {
    const { segment, from, to } = message.encoded(resp);
    return Buffer.from(segment.bytes.subarray(from, to)).toString();
  };
  expect(message.encoded(2)).toBe(message.encoded(2));
  expect(message.encoded(3)).toBe(message.encoded(3));
  expect(text(2)).toBe('*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n');
  expect(text(3)).toBe('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n');
});

test('what is published is repeated by replicas only', async () => {
  const config = new Config();
  const other = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const lines: string[] = [];
  other.propagation.add((_db, args, targets) => {
    lines.push(`${targets} ${Array.from({ length: args.argc }, (_, i) => args.latin1(i)).join(' ')}`);
  });
  const client = other.createInternalClient();
  for (const line of ['PUBLISH c m', 'SPUBLISH c m', 'MULTI', 'PUBLISH c 1', 'SET k v', 'EXEC']) {
    other.callInternal(client, Args.from(line.split(' ')));
  }
  expect(lines).toEqual(['2 PUBLISH c m', '2 SPUBLISH c m', '3 MULTI', '2 PUBLISH c 1', '3 SET k v', '3 EXEC']);
  await other.close();
});

test('many messages of its own reach a client in order', async () => {
  const client = await server.connect(3);
  send(client, 'SUBSCRIBE own', 'MULTI', ...Array.from({ length: 50 }, (_, i) => `PUBLISH own ${i}`), 'EXEC');
  for (let i = 0; i < 53; i++) await raw(client);
  for (let i = 0; i < 50; i++) expect(await raw(client)).toMatch(new RegExp(`\\n${i}\\r\\n$`));
  client.destroy();
});

test('a client without a connection cannot subscribe', async () => {
  const config = new Config();
  const other = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const client = other.createInternalClient();
  const reply = other.callInternal(client, Args.from(['PSUBSCRIBE', '*'])).toString();
  expect(reply).toBe("-ERR PSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n");
  expect(other.pubsub.clientCount).toBe(0);
  await other.close();
});

test('what a client tells itself follows the reply of its command', async () => {
  const client = await server.connect(3);
  send(client, 'SUBSCRIBE own', 'PUBLISH own 1', 'MULTI', 'PUBLISH own 2', 'GET none', 'EXEC', 'PING');
  const frames: string[] = [];
  for (let i = 0; i < 9; i++) frames.push(await raw(client));
  const message = (text: string) => `>3\r\n$7\r\nmessage\r\n$3\r\nown\r\n$1\r\n${text}\r\n`;
  expect(frames).toEqual([
    '>3\r\n$9\r\nsubscribe\r\n$3\r\nown\r\n:1\r\n',
    ':1\r\n',
    message('1'),
    '+OK\r\n',
    '+QUEUED\r\n',
    '+QUEUED\r\n',
    '*2\r\n:1\r\n_\r\n',
    message('2'),
    '+PONG\r\n',
  ]);
  client.destroy();
});

test('a blocked subscriber of RESP3 is told of the events of its own command after the reply', async () => {
  const client = await server.connect(3);
  await server.call('CONFIG', 'SET', 'notify-keyspace-events', 'El');
  send(client, 'SUBSCRIBE __keyevent@0__:lpop', 'BLPOP l 0');
  await raw(client);
  await until(async () => (await info('blocked_clients')) === 1);
  await server.call('RPUSH', 'l', 'a');
  expect(await raw(client)).toBe('*2\r\n$1\r\nl\r\n$1\r\na\r\n');
  expect(await raw(client)).toBe('>3\r\n$7\r\nmessage\r\n$19\r\n__keyevent@0__:lpop\r\n$1\r\nl\r\n');
  await server.call('CONFIG', 'SET', 'notify-keyspace-events', '');
  client.destroy();
});

test('messages that come while a client waits come at once', async () => {
  const client = await server.connect(3);
  send(client, 'SUBSCRIBE c', 'BLPOP none 0');
  await raw(client);
  await until(async () => (await info('blocked_clients')) === 1);
  await server.call('PUBLISH', 'c', 'm');
  expect(await raw(client)).toBe('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n');
  client.destroy();
});

test('many subscribers get the messages, in order', async () => {
  const clients = await Promise.all(Array.from({ length: 300 }, (_, i) => server.connect(i % 2 === 0 ? 2 : 3)));
  for (const client of clients) send(client, 'SUBSCRIBE all');
  for (const client of clients) await raw(client);
  expect(await info('pubsub_clients')).toBe(300);
  expect(await server.call('PUBLISH', 'all', 'first')).toBe(300);
  expect(await server.call('PUBLISH', 'all', 'x'.repeat(100_000))).toBe(300);
  expect(await server.call('PUBLISH', 'all', 'last')).toBe(300);
  for (const client of clients) {
    expect(await raw(client)).toMatch(/\$5\r\nfirst\r\n$/);
    expect((await raw(client)).length).toBeGreaterThan(100_000);
    expect(await raw(client)).toMatch(/\$4\r\nlast\r\n$/);
    client.destroy();
  }
  await until(async () => (await info('pubsub_clients')) === 0);
  expect(await server.call('PUBSUB', 'CHANNELS')).toEqual([]);
});

async function slowSubscriber(): Promise<RespClient> {
  const client = await server.connect();
  await client.call('SUBSCRIBE', 'flood');
  client.socket.pause();
  return client;
}

test('a subscriber that does not read is cut at the hard limit', async () => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 200000 0 0');
  const client = await slowSubscriber();
  const text = 'x'.repeat(50_000);
  await until(async () => (await server.call('PUBLISH', 'flood', text)) === 0);
  await server.logged(/scheduled to be closed ASAP for overcoming of output buffer limits/);
  expect(await info('client_output_buffer_limit_disconnections')).toBe(1);
  client.destroy();
});

test('a subscriber that does not read is cut when it is over the soft limit for too long', async () => {
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 0 100000 2');
  const client = await slowSubscriber();
  const publisher = await server.connect();
  // What the kernel takes is no longer ours.
  for (let i = 0; i < 40; i++) publisher.send('PUBLISH', 'flood', 'x'.repeat(500_000));
  publisher.send('PUBSUB', 'NUMSUB', 'flood');
  for (let i = 0; i < 40; i++) expect(await raw(publisher)).toBe(':1\r\n');
  expect(await raw(publisher)).toContain(':1\r\n');
  publisher.destroy();
  await until(async () => ((await server.call('PUBSUB', 'NUMSUB', 'flood')) as unknown[])[1] === 0);
  client.destroy();
  await server.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
});

test('an idle subscriber is no idle client', async () => {
  await server.call('CONFIG', 'SET', 'timeout', '1');
  const subscriber = await server.connect();
  await subscriber.call('SUBSCRIBE', 'quiet');
  const idle = await server.connect();
  await idle.call('PING');
  await until(() => idle.socket.destroyed || idle.socket.readableEnded);
  await sleep(200);
  expect(await server.call('PUBLISH', 'quiet', 'still here')).toBe(1);
  expect(await raw(subscriber)).toContain('still here');
  await server.call('CONFIG', 'SET', 'timeout', '0');
  subscriber.destroy();
});
