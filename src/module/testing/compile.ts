// C modules for tests, compiled on the spot against the generated header.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const include = fileURLToPath(new URL('../../../modules/include', import.meta.url));

/** The C compiler of this machine, null when there is none. */
export const compiler: string | null =
  ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;

/** Compiles C source to a module in a folder of its own that goes away with the process; returns its path. */
export function compileModule(name: string, source: string): string {
  if (compiler === null) throw new Error('no C compiler');
  const folder = mkdtempSync(join(tmpdir(), 'graftis-module-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const input = join(folder, `${name}.c`);
  const output = join(folder, `${name}.so`);
  writeFileSync(input, source);
  execFileSync(compiler, [
    '-std=gnu11',
    '-O2',
    '-fPIC',
    '-shared',
    '-Wall',
    '-Werror',
    '-pthread',
    '-I',
    include,
    '-o',
    output,
    input,
  ]);
  return output;
}
