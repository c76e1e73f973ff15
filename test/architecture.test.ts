/** Rules about the source tree that a compiler does not check: layers, native code, file size, dead files. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from './support/server.ts';

/** From the top down; folders of one row know nothing of each other, except that everything may use `memory`. */
const LAYERS = [
  ['server'],
  ['module'],
  ['script', 'persistence', 'replication'],
  ['commands'],
  ['acl'],
  ['store'],
  ['net', 'config'],
  ['protocol'],
  ['memory'],
];
/** The header's generator is run by scripts/build-modules.mjs. */
const ENTRY_POINTS = [
  'src/main.ts',
  'src/index.ts',
  'src/module/abi/header.ts',
  // Of saving and value types, on their way.
  'src/store/raw-reader.ts',
  'src/store/roots.ts',
  'src/server/modules/watchdog-thread.ts',
  // The interpreter of scripts, on its way.
  'src/script/lua/lua-vm.ts',
];
const NATIVE_LAYERS = ['net', 'module', 'memory'];
const MAX_LINES = 500;

interface Import {
  /** As written, or the path from the repository's root for a relative import. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const sources = new Map<string, string>();
for (const folder of ['src', 'test', 'bench', 'scripts', 'modules', 'native']) {
  for (const name of readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|mjs|c)$/.test(name)) continue;
    sources.set(join(folder, name), readFileSync(join(repositoryRoot, folder, name), 'utf8'));
  }
}
const production = [...sources.keys()].filter((path) => /^src\/.*(?<!\.test)\.ts$/.test(path));

const IMPORT = /^(?:import|export)\b\s*(type\b)?([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /(?:\bimport\(\s*|new URL\(\s*)['"]([^'"]+)['"]/g;

function importsOf(path: string): Import[] {
  const text = sources.get(path)!;
  const found: Import[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const names = /\{([\s\S]*)\}/.exec(match[2] ?? '')?.[1]?.split(',') ?? [];
    const given = names.map((name) => name.trim()).filter((name) => name !== '');
    const onlyTypes = given.length > 0 && given.every((name) => name.startsWith('type '));
    found.push({ target: resolve(path, (match[3] ?? match[4])!), typeOnly: match[1] !== undefined || onlyTypes });
  }
  for (const match of text.matchAll(DYNAMIC)) found.push({ target: resolve(path, match[1]!), typeOnly: false });
  return found;
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? normalize(join(dirname(from), target)) : target;
}

/** The folder below src, '' for files directly in it. */
function folderOf(path: string): string {
  const parts = relative('src', path).split('/');
  return parts.length > 1 ? parts[0]! : '';
}

function rankOf(folder: string): number {
  return folder === '' ? -1 : LAYERS.findIndex((row) => row.includes(folder));
}

describe('source tree', () => {
  test('every folder of src is a layer', () => {
    const strangers = new Set(production.map(folderOf).filter((folder) => folder !== '' && rankOf(folder) < 0));
    expect([...strangers]).toEqual([]);
  });

  test('values are imported downward only', () => {
    const wrong = production.flatMap((path) =>
      importsOf(path)
        .filter(({ target, typeOnly }) => {
          const [from, to] = [folderOf(path), folderOf(target)];
          return !typeOnly && target.startsWith('src/') && from !== to && rankOf(to) <= rankOf(from);
        })
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('commands see the server through their contract only, types included', () => {
    const wrong = production.filter(
      (path) =>
        path.startsWith('src/commands/') &&
        path !== 'src/commands/command-client.ts' &&
        importsOf(path).some(({ target }) => target.startsWith('src/server/')),
    );
    expect(wrong).toEqual([]);
  });

  test('native code is called in its layers only', () => {
    const wrong = production.filter(
      (path) =>
        !NATIVE_LAYERS.includes(folderOf(path)) &&
        importsOf(path).some(({ target }) => target === 'src/memory/koffi.ts'),
    );
    expect(wrong).toEqual([]);
    // One place loads koffi, configures it, and says where there is none.
    const loaders = [...sources].filter(([path, text]) => path.startsWith('src/') && /['"`]koffi['"`]/.test(text));
    expect(loaders.map(([path]) => path)).toEqual(['src/memory/koffi.ts']);
  });

  test(`no file of src has more than ${MAX_LINES} lines`, () => {
    const long = [...sources]
      .filter(([path, text]) => path.startsWith('src/') && text.split('\n').length - 1 > MAX_LINES)
      .map(([path]) => path);
    expect(long).toEqual([]);
  });

  test('every file is reached from an entry point', () => {
    const reached = new Set(ENTRY_POINTS);
    for (const path of reached) {
      for (const { target } of sources.has(path) ? importsOf(path) : []) {
        if (sources.has(target)) reached.add(target);
      }
    }
    expect(production.filter((path) => !reached.has(path))).toEqual([]);
  });

  test('no marks of unfinished work', () => {
    const mark = /\b(TO\x44O|FIXM\x45)\b/;
    expect([...sources].filter(([, text]) => mark.test(text)).map(([path]) => path)).toEqual([]);
  });
});
