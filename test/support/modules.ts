/** Native modules for the tests, compiled from C against our own header. */
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { repositoryRoot } from './server.ts';

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

/** Path of a sample module as `npm run build:modules` leaves it. */
export function sampleModule(name: string): string {
  return join(repositoryRoot, 'modules', 'build', `${name}.so`);
}
