/**
 * What this machine has for the tests that need more than Node: the oracle (a real redis-server), a C compiler, a
 * third-party module binary, a second test runner. A missing package skips tests with a message on a developer's machine and fails in CI,
 * where a silent skip would go unnoticed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** RediSearch as Debian packages it: a module binary nobody of this project has built. */
export const REDISEARCH_PATH = '/usr/lib/redis/modules/redisearch.so';

const known = new Map<string, boolean>();

function available(what: string, probe: () => boolean): boolean {
  let found = known.get(what);
  if (found === undefined) {
    found = probe();
    known.set(what, found);
    if (!found && process.env['CI']) throw new Error(`CI runs every test, but ${what} is missing`);
    if (!found) console.warn(`skipping the tests that need ${what}: not installed`);
  }
  return found;
}

/** Whether `command --version` can be run. */
export function commandExists(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** True when the oracle, redis-server with redis-cli, is installed. */
export function oracleAvailable(): boolean {
  return available('redis-server and redis-cli', () => commandExists('redis-server') && commandExists('redis-cli'));
}

/** True in portable mode, where no module can be loaded: its tests are left out. */
export const portableMode: boolean = (process.env['GRAFTIS_PORTABLE'] ?? '') !== '';

/** True when modules can be compiled with `cc`, and loaded. */
export function compilerAvailable(): boolean {
  if (portableMode) return false;
  return available('a C compiler', () => commandExists('cc'));
}

/** True when Debian's RediSearch binary is installed. */
export function redisearchAvailable(): boolean {
  if (portableMode) return false;
  return available(REDISEARCH_PATH, () => existsSync(REDISEARCH_PATH));
}

/** True when Jest is installed: it is among the development dependencies. */
export function jestAvailable(): boolean {
  return available('Jest', () => {
    try {
      createRequire(import.meta.url).resolve('jest/package.json');
      return true;
    } catch {
      return false;
    }
  });
}
