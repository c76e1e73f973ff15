import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../../test/support/availability.ts';
import { FakeEnv } from '../../test/support/module-env.ts';
import { compileSource } from '../../test/support/modules.ts';
import { generateHeader } from './abi/header.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { SECTIONS } from './api/index.ts';
import { ModuleHost } from './host.ts';

const hello = readFileSync(fileURLToPath(new URL('../../modules/hello.c', import.meta.url)), 'utf8');
const hosts: ModuleHost[] = [];

function start(): { env: FakeEnv; host: ModuleHost } {
  const env = new FakeEnv();
  const host = new ModuleHost(env);
  hosts.push(host);
  return { env, host };
}

afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

it('the committed header is what the table generates', () => {
  const committed = readFileSync(
    fileURLToPath(new URL('../../modules/include/redismodule.h', import.meta.url)),
    'utf8',
  );
  expect(generateHeader(SECTIONS) === committed, 'run npm run build:modules').toBe(true);
});

describe.skipIf(!compilerAvailable())('a first module', () => {
  const path = !compilerAvailable() ? '' : compileSource('hello', hello);

  it('loads, runs its commands and unloads', () => {
    const { env, host } = start();
    expect(host.load(path, [Buffer.from('moin')])).toBe(true);
    expect(env.logged).toEqual([
      'notice <hello> moin, I was given 1 arguments',
      `notice Module 'hello' loaded from ${path}`,
    ]);
    expect(env.run(['hello.simple'])).toBe('+OK\r\n');
    expect(env.run(['HELLO.ECHO', 'a\0b\r\n'])).toBe('$5\r\na\0b\r\n\r\n');
    expect(env.run(['hello.add', '40', '2'])).toBe(':42\r\n');
    expect(env.run(['hello.add', '9223372036854775807', '-1'])).toBe(':9223372036854775806\r\n');
    expect(env.run(['hello.add', '40', 'x'])).toBe('-ERR value is not an integer or out of range\r\n');
    expect(env.run(['hello.add'])).toBe("-ERR wrong number of arguments for 'hello.add' command\r\n");
    expect(env.run(['hello.sum', '1', 'x', '2'])).toBe('*3\r\n:1\r\n:2\r\n:3\r\n');
    expect(host.list().map((m) => [m.name, m.version, m.path])).toEqual([['hello', 1, path]]);
    expect(host.unload('hello')).toBe(null);
    expect(env.commands.size).toBe(0);
    expect(env.logged.at(-1)).toBe('notice Module hello unloaded');
    expect(host.unload('hello')).toBe('no such module with that name');
  });

  it('leaves no strings behind', () => {
    const { env, host } = start();
    const before = moduleStrings.size;
    host.load(path, [Buffer.from('x')]);
    for (let i = 0; i < 1000; i++) env.run(['hello.echo', 'y'.repeat(i)]);
    host.unload('hello');
    expect(moduleStrings.size).toBe(before);
  });

  it('a second load of the same name is refused and told', () => {
    const { env, host } = start();
    host.load(path);
    env.logged.length = 0;
    expect(host.load(path)).toBe(false);
    expect(env.logged).toEqual([
      `warning Module ${path} initialization failed. Module name is busy.`,
      `warning Module ${path}: the module name 'hello' is busy`,
    ]);
    expect(env.run(['hello.simple'])).toBe('+OK\r\n');
  });
});
