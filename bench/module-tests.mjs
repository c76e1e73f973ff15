// Rows of bench.mjs for commands of modules: the sample module's simplest, and those of bench/calls.c. The same libraries run
// in both servers.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './servers.mjs';

const SAMPLE = join(root, 'modules', 'build', 'hello.so');

/** bench/calls.c, compiled; null without a compiler. */
function compileCalls() {
  if (spawnSync('cc', ['--version']).error !== undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'graftis-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'calls.so');
  const include = join(root, 'modules', 'include');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-I', include, '-o', library, join(root, 'bench', 'calls.c')]);
  return library;
}

const sampleTests = { MODULE: { args: ['HELLO.SIMPLE'], weight: 1 } };
const callTests = {
  'MODULE-TWO': { args: ['bc.two', 'key:__rand_int__', 'value'], weight: 1 },
  'MODULE-ARRAY': { args: ['bc.array'], weight: 2 },
  'MODULE-KEY': { args: ['bc.key', 'key:__rand_int__'], weight: 1 },
  'MODULE-CALLS': { args: ['bc.calls', 'key:__rand_int__'], weight: 10 },
};

/** Names of all rows. */
export const moduleTests = { ...sampleTests, ...callTests };

/**
 * The directives that load what the rows of `names` need, and the names that cannot be measured here, with the reason.
 */
export function moduleSetUp(names) {
  const directives = [];
  const missing = new Map();
  if (names.includes('MODULE')) {
    if (existsSync(SAMPLE)) directives.push('--loadmodule', SAMPLE);
    else missing.set('MODULE', 'run `npm run build:modules` first');
  }
  const needed = names.filter((name) => name in callTests);
  const library = needed.length > 0 ? compileCalls() : null;
  if (library !== null) directives.push('--loadmodule', library);
  else for (const name of needed) missing.set(name, 'there is no C compiler');
  return { directives, missing };
}
