// MODULE LOAD, LOADEX, UNLOAD and LIST over TCP: replies, and what the log says about each failure.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilerAvailable, oracleAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule, compileSource } from '../support/modules.ts';
import {
  repositoryRoot,
  startGraftis,
  startRedis,
  subjectIsOracle,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

const LOAD_FAILED = 'ERR Error loading the extension. Please check the server logs.';
const REDISEARCH = '/usr/lib/redis/modules/redisearch.so';

const folder = temporaryFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

/** A reply as text; errors without their dash. */
async function reply(...args: (string | Buffer)[]): Promise<string> {
  const client = await server.connect();
  try {
    client.send(...args);
    return (await client.readRaw()).toString('latin1').replace(/^[-+]|\r\n$/g, '');
  } finally {
    client.destroy();
  }
}

let marks = 0;

/** Puts a line of its own into the log, waits for it, and gives the log's length before and behind it. */
async function mark(): Promise<[before: number, behind: number]> {
  const name = `mark-${++marks}`;
  await server.call('MODULE', 'UNLOAD', name);
  const line = new RegExp(`^.*${name}: no such module with that name\n`, 'm');
  await server.logged(line);
  const found = line.exec(server.log)!;
  return [found.index, found.index + found[0].length];
}

/** What the log says while `action` runs, without times. */
async function logOf(action: () => Promise<unknown>): Promise<string[]> {
  const [, from] = await mark();
  await action();
  const [to] = await mark();
  const lines = server.log.slice(from, to).split('\n').slice(0, -1);
  return lines.map((line) => line.replace(/^.*? ([*#.-]) /, '$1 '));
}

/** Loads what cannot be loaded; the log lines that tell why. */
async function failingLoad(path: string, ...args: string[]): Promise<string[]> {
  return logOf(async () => expect(await reply('MODULE', 'LOAD', path, ...args)).toBe(LOAD_FAILED));
}

/** A module named `name` whose OnLoad does `body` after RedisModule_Init. */
function moduleSource(name: string, body: string): string {
  return `
    #include "redismodule.h"
    static int run(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
      (void)argv; (void)argc;
      return RedisModule_ReplyWithSimpleString(ctx, "OK");
    }
    int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
      (void)argv; (void)argc; (void)run;
      if (RedisModule_Init(ctx, "${name}", 7, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
      ${body}
    }`;
}

describe('files that are no modules', () => {
  it('missing, a directory, text, an ELF file of another architecture', async () => {
    const missing = join(folder, 'missing.so');
    expect(await failingLoad(missing)).toEqual([
      `# Module ${missing} failed to load: ${missing}: cannot open shared object file: No such file or directory`,
    ]);
    const directory = join(folder, 'directory.so');
    mkdirSync(directory);
    expect((await failingLoad(directory))[0]).toContain(`# Module ${directory} failed to load: ${directory}: `);
    const text = join(folder, 'text.so');
    writeFileSync(text, 'This is no library.\n', { mode: 0o755 });
    expect(await failingLoad(text)).toEqual([`# Module ${text} failed to load: ${text}: file too short`]);
    const long = join(folder, 'long.so');
    writeFileSync(long, 'This is no library.\n'.repeat(1000), { mode: 0o755 });
    expect(await failingLoad(long)).toEqual([`# Module ${long} failed to load: ${long}: invalid ELF header`]);
    // Our own executable with another machine in its header.
    const foreign = readFileSync(process.execPath).subarray(0, 65536);
    foreign.writeUInt16LE(0x14, 18);
    const other = join(folder, 'other.so');
    writeFileSync(other, foreign, { mode: 0o755 });
    expect((await failingLoad(other))[0]).toMatch(/failed to load: .*other\.so: /);
    const locked = join(folder, 'locked.so');
    writeFileSync(locked, 'x', { mode: 0o644 });
    expect(await failingLoad(locked)).toEqual([
      `# Module ${locked} failed to load: It does not have execute permissions.`,
    ]);
    expect(await reply('PING')).toBe('PONG');
  });

  it('paths with odd bytes', async () => {
    expect(await reply('MODULE', 'LOAD', '')).toBe(LOAD_FAILED);
    expect(await reply('MODULE', 'LOAD', Buffer.from([0x2f, 0xff, 0xfe]))).toBe(LOAD_FAILED);
    expect(await reply('MODULE', 'LOAD', '/a\0b')).toBe(LOAD_FAILED);
    expect(await reply('MODULE', 'LOAD', 'x'.repeat(100_000))).toBe(LOAD_FAILED);
    expect(await reply('MODULE', 'UNLOAD', 'a\0b')).toBe('ERR Error unloading module: no such module with that name');
  });
});

describe.skipIf(!compilerAvailable())('modules', () => {
  const hello = compilerAvailable() ? compileModule(join(repositoryRoot, 'modules', 'hello.c'), folder) : '';

  it('load, run, unload, and load again', async () => {
    for (let round = 0; round < 3; round++) {
      expect(await logOf(async () => expect(await reply('MODULE', 'LOAD', hello, 'moin', 'x y')).toBe('OK'))).toEqual([
        '* <hello> moin, I was given 2 arguments',
        `* Module 'hello' loaded from ${hello}`,
      ]);
      expect(await server.call('MODULE', 'LIST')).toEqual([
        ['name', 'hello', 'ver', 1, 'path', hello, 'args', ['moin', 'x y']],
      ]);
      expect(await reply('HELLO.SUM', '1', '2')).toBe('*3\r\n:1\r\n:2\r\n:3');
      expect(await logOf(async () => expect(await reply('MODULE', 'UNLOAD', 'hello')).toBe('OK'))).toEqual([
        '* Module hello unloaded',
      ]);
      expect(await reply('HELLO.SUM', '1')).toContain('ERR unknown command');
      expect(await server.call('MODULE', 'LIST')).toEqual([]);
    }
  });

  it('unloaded in the middle of a pipeline', async () => {
    const client = await server.connect();
    client.send('MODULE', 'LOAD', hello);
    client.send('HELLO.SIMPLE');
    client.send('MODULE', 'UNLOAD', 'hello');
    client.send('HELLO.SIMPLE');
    client.send('PING');
    const replies: string[] = [];
    for (let i = 0; i < 5; i++) replies.push((await client.readRaw()).toString('latin1'));
    client.destroy();
    expect(replies).toEqual([
      '+OK\r\n',
      '+OK\r\n',
      '+OK\r\n',
      "-ERR unknown command 'HELLO.SIMPLE', with args beginning with: \r\n",
      '+PONG\r\n',
    ]);
  });

  it('whose name is taken', async () => {
    expect(await reply('MODULE', 'LOAD', hello)).toBe('OK');
    expect(await failingLoad(hello)).toEqual([
      `# Module ${hello} initialization failed. Module name is busy.`,
      `# Module ${hello}: the module name 'hello' is busy`,
    ]);
    expect(await reply('HELLO.SIMPLE')).toBe('OK');
    expect(await reply('MODULE', 'UNLOAD', 'hello')).toBe('OK');
  });

  it('without OnLoad, with an OnLoad that fails, that uses the API wrongly', async () => {
    const none = compileSource('none', 'int nothing(void) { return 0; }');
    expect(await failingLoad(none)).toEqual([
      `# Module ${none} does not export RedisModule_OnLoad() symbol. Module not loaded.`,
    ]);
    const refuses = compileSource('refuses', moduleSource('refuses', 'return REDISMODULE_ERR;'));
    expect(await failingLoad(refuses)).toEqual([
      `# Module ${refuses} initialization failed. Module not loaded.`,
      `# Module ${refuses}: RedisModule_OnLoad returned an error of its own`,
    ]);
    const flags = compileSource(
      'flags',
      moduleSource(
        'flags',
        `if (RedisModule_CreateCommand(ctx, "flags.good", run, "write", 0, 0, 0) != REDISMODULE_OK) return REDISMODULE_ERR;
         return RedisModule_CreateCommand(ctx, "flags.bad", run, "write nonsense", 1, 1, 1);`,
      ),
    );
    const [first, second] = await failingLoad(flags);
    expect(first).toBe(`# Module ${flags} initialization failed. Module not loaded.`);
    expect(second).toContain('RedisModule_CreateCommand(ctx, name="flags.bad"');
    expect(second).toContain('failed: the flags string has the unknown word "nonsense"');
    // Nothing of it is left.
    expect(await reply('FLAGS.GOOD')).toContain('ERR unknown command');
    const taken = compileSource(
      'taken',
      moduleSource('taken', 'return RedisModule_CreateCommand(ctx, "get", run, "", 0, 0, 0);'),
    );
    expect((await failingLoad(taken))[1]).toContain('failed: a command of this name exists');
    const misuse = compileSource(
      'misuse',
      moduleSource('misuse', 'return RedisModule_StringPtrLen((void *)77, NULL) ? 0 : 1;'),
    );
    expect((await failingLoad(misuse)).join('\n')).toContain(
      'API misuse detected in module misuse: RedisModule_StringPtrLen',
    );
    expect(await server.call('MODULE', 'LIST')).toEqual([]);
  });

  it('LOADEX', async () => {
    expect(await reply('MODULE', 'LOADEX', hello, 'ARGS', 'a', 'CONFIG', 'b')).toBe('OK');
    const [module] = (await server.call('MODULE', 'LIST')) as unknown[][];
    expect(module![7]).toEqual(['a', 'CONFIG', 'b']);
    expect(await reply('MODULE', 'UNLOAD', 'hello')).toBe('OK');
    expect(await reply('MODULE', 'LOADEX', hello, 'args')).toBe('OK');
    expect(await reply('MODULE', 'UNLOAD', 'hello')).toBe('OK');
    expect(await reply('MODULE', 'LOADEX', hello)).toBe('OK');
    expect(await reply('MODULE', 'UNLOAD', 'hello')).toBe('OK');
    const failing = (...args: string[]) =>
      logOf(async () => expect(await reply('MODULE', 'LOADEX', hello, ...args)).toBe(LOAD_FAILED));
    expect(await failing('nonsense')).toEqual(['* Syntax Error from arguments to loadex around nonsense.']);
    expect(await failing('CONFIG', 'a')).toEqual(['* CONFIG specified without name value pair']);
    expect(await failing('CONFIG', 'hello.x', '1', 'ARGS', 'a')).toEqual([
      '* <hello> a, I was given 1 arguments',
      `* Module 'hello' loaded from ${hello}`,
      '# Loadex configurations were not applied, likely due to invalid arguments. Unloading the module.',
      `# Module ${hello}: it has no configuration named hello.x`,
      '* Module hello unloaded',
    ]);
    expect(await server.call('MODULE', 'LIST')).toEqual([]);
  });

  it('of the configuration: loaded at start, rewritten, and a reason to abort', async () => {
    const file = join(folder, 'modules.conf');
    writeFileSync(file, `loadmodule ${hello} "two words" plain\n`);
    const other = await startGraftis({}, { args: [file] });
    try {
      expect(((await other.call('MODULE', 'LIST')) as unknown[][])[0]![7]).toEqual(['two words', 'plain']);
      expect(String(await other.call('CONFIG', 'REWRITE'))).toBe('OK');
      expect(readFileSync(file, 'utf8')).toContain(`loadmodule ${hello} "two words" plain\n`);
      await other.call('MODULE', 'UNLOAD', 'hello');
      expect(String(await other.call('CONFIG', 'REWRITE'))).toBe('OK');
      expect(readFileSync(file, 'utf8')).not.toContain('loadmodule');
    } finally {
      await other.stop();
    }
    await expect(startGraftis({ loadmodule: '/nosuch.so' })).rejects.toThrow(
      "Can't load module from /nosuch.so: server aborting",
    );
  });
});

differential('MODULE', [
  group(
    'errors and help',
    `
    MODULE
    MODULE HELP
    MODULE HELP x
    MODULE NOSUCH
    MODULE LIST
    MODULE LIST x
    MODULE LOAD
    MODULE LOAD /nosuch.so
    MODULE LOAD /nosuch.so a b
    MODULE LOADEX
    MODULE LOADEX /nosuch.so
    MODULE LOADEX /nosuch.so CONFIG
    MODULE UNLOAD
    MODULE UNLOAD nosuch
    MODULE UNLOAD nosuch x
    COMMAND INFO module|load module|loadex module|unload module|list module|help
    INFO modules
  `,
  ),
]);

differential(
  'MODULE when it is not allowed',
  [
    group(
      'arity comes first',
      `
    MODULE LOAD
    MODULE LOAD /nosuch.so
    MODULE LOADEX /nosuch.so
    MODULE UNLOAD x
    MODULE LIST
    MODULE HELP
  `,
    ),
  ],
  { directives: { 'enable-module-command': 'no' } },
);

describe.skipIf(!oracleAvailable() || subjectIsOracle)('redisearch.so, a binary of others', () => {
  it('loads, shows its commands as in redis-server, and is not unloaded', async () => {
    const redis = await startRedis({ loadmodule: REDISEARCH });
    const graftis = await startGraftis({ loadmodule: REDISEARCH });
    try {
      const names = (await redis.call('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'ft')) as Buffer[];
      expect(names.length).toBeGreaterThan(20);
      const listed = (await graftis.call('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'ft')) as Buffer[];
      expect(listed.map(String).sort()).toEqual(names.map(String).sort());
      for (const line of [
        ['MODULE', 'LIST'],
        ['MODULE', 'UNLOAD', 'ft'],
        ['INFO', 'modules'],
        ['FT.INFO', 'x'],
        ['FT.SUGGET', 'a', 'b'],
        ['FT.CREATE'],
        ['FT.SEARCH', 'x', 'y'],
        ['FT.EXPLAIN', 'x', 'y'],
        ['FT.SUGLEN', 'x'],
        ['COMMAND', 'INFO', ...names],
        ['MODULE', 'LOAD', REDISEARCH],
        ['PING'],
      ]) {
        expect(await raw(graftis, line)).toBe(await raw(redis, line));
      }
    } finally {
      await graftis.stop();
      await redis.stop();
    }
  });
});

async function raw(from: TestServer, line: readonly (string | Buffer)[]): Promise<string> {
  const client = await from.connect();
  client.send(...line);
  const bytes = await client.readRaw();
  client.destroy();
  return bytes.toString('latin1');
}
