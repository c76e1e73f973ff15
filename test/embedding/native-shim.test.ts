/** Whether a server uses the native shim, and where it says so: INFO and the log. Modules load either way. */
import { cpSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileSource } from '../support/modules.ts';
import { libraryPath, runProgram } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

const CLOCK = `
  #include "redismodule.h"
  static int now(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Milliseconds());
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Microseconds());
    return RedisModule_ReplyWithLongLong(ctx, (long long)RedisModule_MonotonicMicroseconds());
  }
  int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "clock", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    return RedisModule_CreateCommand(ctx, "clock.now", now, "fast", 0, 0, 0);
  }
`;

let folder: string;
let module: string;

/** The package in a folder of its own, whose native libraries a test may damage. */
function installation(name: string): { library: string; shim: string } {
  const root = join(folder, name);
  mkdirSync(root);
  for (const part of ['dist', 'native', 'package.json']) {
    cpSync(join(repositoryRoot, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  const shim = join(root, 'native', 'prebuilt', `linux-${process.arch}.so`);
  return { library: join(root, 'dist', 'index.js'), shim };
}

interface Observed {
  readonly output: string;
  /** INFO's field. */
  readonly field: string | undefined;
  /** What CLOCK.NOW replied. */
  readonly now: number[];
}

/** Starts a server in a program of its own with the module loaded, and asks it. */
async function observe(library: string, directive: string, env: NodeJS.ProcessEnv = {}): Promise<Observed> {
  const program = `
    const { GraftisServer } = await import(${JSON.stringify(library)});
    const server = await GraftisServer.start({
      port: 0, bind: '127.0.0.1', save: '', loglevel: 'notice', 'native-shim': ${JSON.stringify(directive)},
      loadmodule: ${JSON.stringify(module)},
    });
    console.log('field: ' + /native_shim:(.*?)\\r/.exec(String(await server.call('INFO', 'server')))?.[1]);
    console.log('now: ' + JSON.stringify(await server.call('CLOCK.NOW')));
    await server.close();
  `;
  const ending = await runProgram(folder, program, [], env);
  expect(ending, ending.output).toMatchObject({ status: 0, signal: null });
  const now = JSON.parse(/^now: (.*)$/m.exec(ending.output)?.[1] ?? '[]') as number[];
  return { output: ending.output, field: /^field: (.*)$/m.exec(ending.output)?.[1], now };
}

/** The clocks of the module say the time of now. */
function expectClocks([ms, us, monotonicUs]: number[]): void {
  expect(Math.abs(ms! - Date.now())).toBeLessThan(600_000);
  expect(Math.abs(us! / 1000 - ms!)).toBeLessThan(60_000);
  expect(Math.abs(monotonicUs! - Number(process.hrtime.bigint() / 1000n))).toBeLessThan(600_000_000);
}

describe.skipIf(!compilerAvailable() || process.env['GRAFTIS_TEST_IO'] === 'node')('the native shim', () => {
  beforeAll(() => {
    folder = temporaryFolder();
    module = compileSource('clock', CLOCK);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is used', async () => {
    const { output, field, now } = await observe(libraryPath, 'auto', { GRAFTIS_NATIVE_SHIM: '' });
    expect(field).toBe('on');
    expect(output).toContain('* Native shim: on\n');
    expectClocks(now);
  });

  test('is switched off by its directive', async () => {
    const { output, field, now } = await observe(libraryPath, 'no');
    expect(field).toBe('off (native-shim no)');
    expect(output).toContain('* Native shim: off, as native-shim says\n');
    expectClocks(now);
  });

  test('is switched off by the environment', async () => {
    const { output, field, now } = await observe(libraryPath, 'auto', { GRAFTIS_NATIVE_SHIM: 'no' });
    expect(field).toBe('off (the environment variable GRAFTIS_NATIVE_SHIM says no)');
    expect(output).toContain('* Native shim: off, since the environment variable');
    expectClocks(now);
  });

  const DAMAGES: [string, (shim: string) => void, string][] = [
    ['absent', (shim) => rmSync(shim), 'ENOENT'],
    ['cut off', (shim) => truncateSync(shim, 5000), 'it is damaged: its end is missing'],
    ['empty', (shim) => writeFileSync(shim, ''), 'it is damaged: its end is missing'],
    [
      'for another processor',
      (shim) => cpSync(join(repositoryRoot, 'native', 'prebuilt', `linux-${other()}.so`), shim),
      `it is not for ${process.arch}`,
    ],
  ];
  const other = (): string => (process.arch === 'x64' ? 'arm64' : 'x64');

  test.each(DAMAGES)('is not used when its file is %s, and the log says so', async (what, damage, reason) => {
    const { library, shim } = installation(what.replaceAll(' ', '-'));
    damage(shim);
    const { output, field, now } = await observe(library, 'auto', { GRAFTIS_NATIVE_SHIM: '' });
    expect(field).toContain(`off (${shim} is not used: ${reason}`);
    expect(output).toContain(`# Native shim: off, since ${shim} is not used: ${reason}`);
    expectClocks(now);
  });
});
