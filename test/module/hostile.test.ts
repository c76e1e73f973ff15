/** Modules that break the rules: the server names the mistake and goes on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type RespClient, RespError } from '../support/resp.ts';
import { repositoryRoot, sleep, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'hostile.c'), temporaryFolder())
  : '';

const directives = { loadmodule: module, 'enable-module-command': 'yes', loglevel: 'warning' };

describe.skipIf(module === '')('mistakes of modules', () => {
  let server: TestServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startGraftis({ ...directives, 'notify-keyspace-events': 'KEA' });
    client = await server.connect();
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  /** Mistakes after which the command goes on, and what the log says of each. */
  test.each([
    ['free-twice', /RedisModule_FreeString was given the RedisModuleString 0x\w+ after it was freed/],
    ['free-argv', /freed an argument/],
    ['auto-free', /hostile: automatic memory was given the RedisModuleString 0x\w+ after it was freed/],
    ['close-twice', /RedisModule_CloseKey was given the RedisModuleKey/],
    ['free-name', /the name of an open key was freed more often/],
    ['left-open', /RedisModule_CloseKey\(\) was not called for 1/],
    ['wrong-kind', /RedisModule_CloseKey was given the RedisModuleString 0x\w+ where a RedisModuleKey is needed/],
    ['huge-string', /RedisModule_CreateString/],
    ['null-call', /RedisModule_Call was given NULL/],
    ['huge-call', /RedisModule_Call/],
    ['null-command', /RedisModule_GetCommand was given NULL/],
    ['null-context', /RedisModule_ReplyWithLongLong was given NULL, which is no RedisModuleCtx/],
    ['null-dict', /RedisModule_DictSetC was given/],
    ['block-twice', /RedisModule_BlockClient/],
    ['invented', /RedisModule_CloseKey was given 0x20000000000000, which is no RedisModuleKey/],
    ['invented', /RedisModule_FreeString was given 0x20000000000000, which is no RedisModuleString/],
    ['invented', /RedisModule_Log was given 0x20000000000000, which is no RedisModuleCtx/],
  ])('%s', async (what, line) => {
    expect(await client.call('x.bad', what)).toBe(1);
    expect(await client.call('PING')).toBe('PONG');
    await server.logged(line);
  });

  test('the same mistake is told once, and counted', async () => {
    const count = async (): Promise<number> =>
      Number(/module_misuse:name=hostile,count=(\d+)/.exec(String(await client.call('INFO', 'modules')))?.[1] ?? 0);
    const before = await count();
    for (let i = 0; i < 5; i++) expect(await client.call('x.bad', 'again')).toBe(1);
    expect(await count()).toBe(before + 5 * 1001);
    expect(server.log.match(/CloseKey was given 0x[0-9a-f]+, which is no/g)).toHaveLength(1);
    expect(server.log.match(/CloseKey\(\) was not called for 1000 /g)).toBe(null);
    expect(server.log).not.toContain('Internal error');
  });

  /** A reply that cannot be written is an error in its place, so that client and server stay together. */
  test.each([
    'null-error',
    'null-simple',
    'null-cstring',
    'null-buffer',
    'null-string',
    'huge-buffer',
    'huge-verbatim',
  ])('%s', async (what) => {
    const reply = client.call('x.bad', what);
    expect(await client.call('PING')).toBe('PONG');
    expect(String(await reply)).toMatch(/ERR module hostile misused/);
  });

  test('a freed string among the elements of an array', async () => {
    const reply = (await client.call('x.bad', 'in-array')) as unknown[];
    expect(reply[0]).toBe(1);
    expect(reply[1]).toBeInstanceOf(RespError);
    expect(reply[2]).toBe(3);
  });

  test('lengths below zero', async () => {
    const lone = await server.connect();
    expect(String(await lone.call('x.array', '-2'))).toMatch(/ERR module hostile misused RedisModule_ReplyWithArray/);
    lone.destroy();
    const other = await server.connect();
    expect(await other.call('x.postpone', '-3')).toEqual([]);
    other.destroy();
    await server.logged(/RedisModule_ReplyWithArray was given -2/);
    await server.logged(/RedisModule_ReplySetArrayLength was given -3/);
    expect(await server.call('PING')).toBe('PONG');
  });

  test('freed arguments do not come back in somebody else’s string', async () => {
    const pairs = Array.from({ length: 200 }, (_, i) => String(i));
    for (const value of pairs) {
      await client.call('x.bad', 'free-argv');
      expect(await client.call('x.call', 'ECHO', value)).toBe(0);
      expect(await client.call('x.deep', '3')).toBe(3);
    }
  });

  test('an event’s key that is freed', async () => {
    await client.call('SET', 'freed', '1');
    expect(await client.call('DEL', 'freed')).toBe(1);
    await server.logged(/freed the key/);
    expect(await client.call('PING')).toBe('PONG');
  });

  test('commands that reply not at all, twice, or too little', async () => {
    const lone = await server.connect();
    const nothing = lone.call('x.err');
    nothing.catch(() => {});
    await server.logged(/command x.err wrote no reply/);
    lone.destroy();
    const twice = await server.connect();
    expect(await twice.call('x.replies', '3')).toBe(3);
    await server.logged(/command x.replies wrote more than one reply/);
    twice.destroy();
    const little = await server.connect();
    little.call('x.array', '1000000').catch(() => {});
    await server.logged(/command x.array wrote an incomplete reply/);
    little.destroy();
  });

  test('the reply of such a command to a module', async () => {
    expect(await client.call('x.call', 'x.err')).toBe(1);
    expect(await client.call('x.call', 'x.array', '1000000')).toBe(1);
    expect(await client.call('x.call', 'x.array', '9223372036854775807')).toBe(1);
    expect(await client.call('x.call', 'x.array', '1')).toBe(3);
    expect(await client.call('x.call', 'x.replies', '2')).toBe(1);
    expect(await client.call('PING')).toBe('PONG');
  });

  test('calls nested 100 deep, and too deep', async () => {
    expect(await client.call('x.deep', '100')).toBe(100);
    for (const depth of ['200', '1000', '100000', '100000']) {
      expect(String(await client.call('x.deep', depth))).toMatch(/ERR calls of modules are nested too deep/);
    }
    expect(server.log).not.toContain('Internal error');
    expect(await client.call('x.deep', '100')).toBe(100);
  });

  test('a module does not unload itself', async () => {
    expect(String(await client.call('x.bad', 'unload-self'))).toMatch(/Error unloading module/);
    expect(await client.call('x.deep', '3')).toBe(3);
  });

  test('a context that is freed before the lock is given up', async () => {
    expect(await client.call('x.late')).toBe('OK');
    await server.logged(/RedisModule_ThreadSafeContextUnlock/);
    expect(await client.call('PING')).toBe('PONG');
  });
});

describe.skipIf(module === '')('coming and going', () => {
  test('a load that fails leaves nothing behind, its freed arguments included', async () => {
    const server = await startGraftis({ 'enable-module-command': 'yes', loglevel: 'warning' });
    const client = await server.connect();
    for (let i = 0; i < 50; i++) {
      expect(String(await client.call('MODULE', 'LOAD', module, 'free', 'fail'))).toMatch(/Error loading/);
      expect(await client.call('MODULE', 'LIST')).toEqual([]);
      expect(String(await client.call('x.err'))).toMatch(/unknown command/);
      expect(await client.call('MODULE', 'LOAD', module, 'free')).toBe('OK');
      expect(await client.call('x.deep', '2')).toBe(2);
      expect(await client.call('MODULE', 'UNLOAD', 'hostile')).toBe('OK');
    }
    client.destroy();
    await server.stop();
    expect(server.process.exitCode).toBe(0);
  });

  test('unloading while clients wait, and clients that go while they wait', async () => {
    const server = await startGraftis(directives);
    const control = await server.connect();
    const waiting = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
    for (const client of waiting) client.call('x.block', '0').catch(() => {});
    await until(async () => String(await control.call('INFO', 'clients')).includes('blocked_clients:5'));
    expect(String(await control.call('MODULE', 'UNLOAD', 'hostile'))).toMatch(/blocked clients/);
    for (const client of waiting) client.destroy();
    await until(async () => String(await control.call('INFO', 'clients')).includes('blocked_clients:0'));
    expect(String(await control.call('MODULE', 'UNLOAD', 'hostile'))).toMatch(/blocked clients/);
    expect(await control.call('x.free')).toEqual([5, 5]);
    await until(async () => (await control.call('MODULE', 'UNLOAD', 'hostile')) === 'OK');
    control.destroy();
    await server.stop();
  });

  test.each(['SIGTERM', 'SHUTDOWN'])('%s while clients wait and threads run', async (how) => {
    const server = await startGraftis(directives);
    const control = await server.connect();
    const waiting = await Promise.all(Array.from({ length: 6 }, () => server.connect()));
    for (const [i, client] of waiting.entries()) {
      if (i < 3) client.call('x.block', '0').catch(() => {});
      else client.call('x.wait', String(i * 20)).catch(() => {});
    }
    expect(await control.call('x.spin')).toBe('OK');
    expect(await control.call('x.spin')).toBe('OK');
    expect(await control.call('x.hold', '300')).toBe('OK');
    await sleep(50);
    if (how === 'SIGTERM') server.process.kill('SIGTERM');
    else control.call('SHUTDOWN', 'NOSAVE').catch(() => {});
    await until(
      () => !server.alive,
      () => `the server goes on:\n${server.log}`,
    );
    expect(server.process.signalCode).toBe(null);
    expect(server.process.exitCode).toBe(0);
    expect(server.log).not.toContain('Internal error');
    await server.stop();
  });

  /** A server with a fault armed in what RedisModule_SelectDb calls. */
  const faulty = async (thrown: string): Promise<TestServer> => {
    const folder = temporaryFolder();
    const arm = join(folder, 'armed');
    writeFileSync(arm, '');
    const preload = pathToFileURL(join(repositoryRoot, 'test', 'support', 'preload.mjs')).href;
    const env = {
      NODE_OPTIONS: `--import=${preload}`,
      GRAFTIS_TEST_STAGE: 'api function',
      GRAFTIS_TEST_ARM: arm,
      GRAFTIS_TEST_THROW: thrown,
    };
    const keys = compileModule(join(repositoryRoot, 'test', 'modules', 'keys.c'), folder);
    return startGraftis({ loadmodule: keys }, { env });
  };

  test('a defect inside of an API function is no misuse: it ends the process with a report', async () => {
    const server = await faulty('defect');
    const client = await server.connect();
    await expect(client.call('k.db', 'select', '1')).rejects.toThrow();
    await server.exited;
    expect([server.process.exitCode, server.process.signalCode]).toEqual([1, null]);
    expect(server.log).toMatch(/Internal error in RedisModule_SelectDb called by module keys: Error: injected fault/);
    expect(server.log).toMatch(/REDIS BUG REPORT START.*\n.*Error: injected fault\n +at .*preload\.mjs/);
    client.destroy();
    await server.stop();
  });

  test('a want of memory inside of an API function is its failure', async () => {
    const server = await faulty('memory');
    const client = await server.connect();
    expect(await client.call('k.db', 'select', '1')).toBe(1);
    expect(await client.call('PING')).toBe('PONG');
    expect(server.log).toMatch(/Out of memory in RedisModule_SelectDb called by module keys/);
    expect(server.log).not.toContain('misuse');
    client.destroy();
    await server.stop();
  });

  test('events of ever new names do not stay in memory', async () => {
    const server = await startGraftis(directives);
    const memory = async (): Promise<number> =>
      Number(/used_memory_rss:(\d+)/.exec(String(await server.call('INFO', 'memory')))![1]);
    // The collector lets its young generation grow first (by some 40 MiB in Node 26).
    for (let i = 0; i < 3; i++) await server.call('x.events', '20000');
    const before = await memory();
    for (let i = 0; i < 5; i++) await server.call('x.events', '20000');
    // 100,000 names of 2,000 bytes would be 190 MiB.
    expect(await memory()).toBeLessThan(before + 64 * 2 ** 20);
    await server.stop();
  });
});
