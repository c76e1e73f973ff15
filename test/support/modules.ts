/** Native modules for the tests, compiled from C against our own header. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repositoryRoot, temporaryFolder } from './server.ts';

/** Compiles one C file to a shared object in `folder` and gives its absolute path. Throws with the compiler's messages. */
export function compileModule(source: string, folder: string): string {
  const target = join(folder, `${basename(source, '.c')}.so`);
  const include = join(repositoryRoot, 'modules', 'include');
  execFileSync(
    'cc',
    ['-shared', '-fPIC', '-O1', '-g', '-std=gnu11', '-Wall', '-pthread', `-I${include}`, '-o', target, source, '-lm'],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  return target;
}

/** Compiles C source to a module in a folder of its own that goes away with the process; gives its absolute path. */
export function compileSource(name: string, source: string): string {
  const folder = temporaryFolder();
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, `${name}.c`);
  writeFileSync(file, source);
  return compileModule(file, folder);
}

/** Path of a sample module as `npm run build:modules` leaves it. */
export function sampleModule(name: string): string {
  return join(repositoryRoot, 'modules', 'build', `${name}.so`);
}
