// Writes modules/include/redismodule.h from the API table and compiles the sample modules in modules/*.c to
// modules/build/*.so. Without a C compiler it says so and ends well: nothing at run time needs one.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
const { generateHeader } = await import('../dist/module/abi/header.js');
const { SECTIONS } = await import('../dist/module/api/index.js');

const modules = join(root, 'modules');
const header = join(modules, 'include', 'redismodule.h');
const text = generateHeader(SECTIONS);
mkdirSync(dirname(header), { recursive: true });
if (!existsSync(header) || readFileSync(header, 'utf8') !== text) writeFileSync(header, text);
console.log(`modules/include/redismodule.h: ${SECTIONS.reduce((sum, s) => sum + s.rows.length, 0)} functions`);

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);
const sources = readdirSync(modules).filter((name) => name.endsWith('.c'));
if (compiler === undefined) {
  console.log('No C compiler (cc, gcc or clang) was found: the sample modules are not compiled.');
} else {
  mkdirSync(join(modules, 'build'), { recursive: true });
  for (const source of sources) {
    const output = join(modules, 'build', `${basename(source, '.c')}.so`);
    const flags = ['-std=gnu11', '-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-pthread'];
    execFileSync(compiler, [...flags, '-I', join(modules, 'include'), '-o', output, join(modules, source)], {
      stdio: 'inherit',
    });
    console.log(`modules/build/${basename(output)}`);
  }
}
