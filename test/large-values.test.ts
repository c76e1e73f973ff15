/** Strings at and beyond what can be held: limits are errors, and leave what is there as it was. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { OutOfMemory } from '../src/memory/out-of-memory.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { type RespClient, RespError } from './support/resp.ts';
import { startGraftis, type TestServer } from './support/server.ts';

const MIB = 1024 * 1024;
const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';

let server: TestServer;
let client: RespClient;

beforeAll(async () => {
  server = await startGraftis({ 'proto-max-bulk-len': '1gb' });
  client = await server.connect();
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

async function error(...line: (string | number | Buffer)[]): Promise<string> {
  const reply = await client.call(...line);
  expect(reply).toBeInstanceOf(RespError);
  return (reply as RespError).message;
}

test('proto-max-bulk-len is no more than can be held', async () => {
  expect(await error('CONFIG', 'SET', 'proto-max-bulk-len', '2362232012')).toBe(
    "ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - " +
      'argument must be between 1048576 and 1073741824 inclusive',
  );
  const greedy = await server.connect();
  greedy.write('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2362232012\r\n');
  expect(((await greedy.read()) as RespError).message).toBe('ERR Protocol error: invalid bulk length');
  greedy.destroy();
  expect(await client.call('EXISTS', 'k')).toBe(0);
});

test('strings grow to the limit and not beyond', async () => {
  const gib = 1024 * MIB;
  expect(await client.call('SETRANGE', 'big', gib - 1, 'x')).toBe(gib);
  expect(await error('APPEND', 'big', 'y')).toBe(TOO_LONG);
  expect(await error('SETRANGE', 'big', gib, 'y')).toBe(TOO_LONG);
  expect(await error('SETRANGE', 'none', 2 ** 31, 'y')).toBe(TOO_LONG);
  expect(await error('SETRANGE', 'none', '9223372036854775807', 'y')).toBe(TOO_LONG);
  expect(await client.call('STRLEN', 'big')).toBe(gib);
  expect(await client.call('GETRANGE', 'big', -2, -1)).toBe('\0x');
  expect(await client.call('EXISTS', 'none')).toBe(0);
  expect(await client.call('DEL', 'big')).toBe(1);
});

test('without memory for it a value stays as it was, and the command says so', () => {
  const config = new Config();
  const local = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const c = local.createInternalClient();
  const run = (...line: (string | number)[]): string => local.callInternal(c, Args.from(line)).toString('latin1');
  const { arena } = local.keyspace;
  const { alloc } = arena;
  const OOM = /^-OOM /;
  run('SET', 'k', 'x'.repeat(100), 'PX', 100000);
  run('SET', 'short', 'v');
  run('SET', 'number', 9);
  arena.alloc = () => {
    throw new OutOfMemory('none');
  };
  expect(run('APPEND', 'k', 'y'.repeat(100_000))).toMatch(OOM);
  expect(run('SETRANGE', 'k', 100_000, 'y')).toMatch(OOM);
  expect(run('SET', 'k', 'y'.repeat(100_000))).toMatch(OOM);
  expect(run('GETSET', 'k', 'y'.repeat(100_000))).toMatch(OOM);
  expect(run('SET', 'new', 'y')).toMatch(OOM);
  expect(run('COPY', 'k', 'new')).toMatch(OOM);
  expect(run('RENAME', 'short', 'n'.repeat(1000))).toMatch(OOM);
  expect(run('EXPIRE', 'k', 100)).toBe(':1\r\n');
  expect(run('GET', 'k')).toBe(`$100\r\n${'x'.repeat(100)}\r\n`);
  expect(run('GET', 'short')).toBe('$1\r\nv\r\n');
  expect(run('DBSIZE')).toBe(':3\r\n');
  // What fits where it is needs no memory, and less room is no reason to fail.
  expect(run('SET', 'number', 10)).toBe('+OK\r\n');
  expect(run('SET', 'k', 'z')).toMatch(/^\+OK|^-OOM/);
  arena.alloc = alloc;
  expect(run('APPEND', 'short', 'y'.repeat(100_000))).toBe(':100001\r\n');
  local.keyspace.validateIntegrity();
});

test('a value that grows by pieces is copied a few times, not at each piece', () => {
  const config = new Config();
  const local = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const c = local.createInternalClient();
  const { arena } = local.keyspace;
  const { alloc } = arena;
  let blocks = 0;
  arena.alloc = (sizeBytes) => {
    if (sizeBytes > 32 * 1024) blocks++;
    return alloc.call(arena, sizeBytes);
  };
  const piece = Args.from(['APPEND', 'k', 'x'.repeat(256 * 1024)]);
  for (let i = 0; i < 800; i++) local.callInternal(c, piece);
  for (let mib = 201; mib < 400; mib++) local.callInternal(c, Args.from(['SETRANGE', 'k', mib * MIB, 'x']));
  expect(local.callInternal(c, Args.from(['STRLEN', 'k'])).toString()).toBe(`:${399 * MIB + 1}\r\n`);
  expect(blocks).toBeLessThan(60);
  arena.alloc = alloc;
});
