// npm run build:native: compiles, for every processor whose compiler is here (x86-64: gcc; arm64: Debian's
// gcc-aarch64-linux-gnu), native/*.c to native/prebuilt/linux-<processor>.so, and the smallest sample module to
// modules/prebuilt/hello-linux-<processor>.so. The files are part of the repository: nobody else needs a compiler. The same
// source and compiler give the same bytes. `--check` builds, compares, and changes nothing.
//
// Behind the shim's library stand 104 bytes that src/memory/shim.ts checks before it opens the file: the interface's number
// (u32, then 4 bytes of zero), SHA-256 of the sources, SHA-256 of everything before it (library, number, sources), a magic
// of 32 bytes.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSources, sourcesDigest } from './native-sources.mjs';

/** The compiler whose output is in the repository; another one's may differ for no fault of the source. */
const COMPILER = 'gcc 12.2.0';
const MAGIC = Buffer.from('graftis native shim\n'.padEnd(32, '\0'), 'latin1');
const TARGETS = [
  {
    name: 'linux-x64',
    compilers: ['x86_64-linux-gnu-gcc', 'gcc'],
    machine: 'x86_64',
    flags: ['-march=x86-64', '-mtune=generic'],
  },
  {
    name: 'linux-arm64',
    compilers: ['aarch64-linux-gnu-gcc', 'gcc'],
    machine: 'aarch64',
    flags: ['-mno-outline-atomics'],
  },
];
const FLAGS = [
  '-std=gnu11 -O2 -fPIC -shared -nostdlib -ffreestanding -fvisibility=hidden -fno-stack-protector -fno-ident',
  // Frame pointers let a crash report walk through; a loop in memcpy must not become a call of memcpy.
  '-fno-omit-frame-pointer -fno-tree-loop-distribute-patterns -fcf-protection=none -Wall -Wextra -Werror',
  // Stays in memory once it is there: threads of modules may be in it when its last user goes.
  '-Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,-z,defs -Wl,--build-id=none -Wl,--hash-style=both -s',
].flatMap((line) => line.split(' '));
const SAMPLE_FLAGS = [
  '-std=gnu11 -O2 -fPIC -shared -nostdlib -fvisibility=default -fno-stack-protector -fno-ident -fcf-protection=none',
  '-Wall -Wextra -Werror -Wl,-z,noexecstack -Wl,-z,defs -Wl,--build-id=none -Wl,--hash-style=gnu -s',
].flatMap((line) => line.split(' '));

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes('--check');
const folder = mkdtempSync(join(tmpdir(), 'graftis-native-'));
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** What a compiler says of itself with this option; '' when it is not there. */
function ask(compiler, option) {
  return String(spawnSync(compiler, [option], { encoding: 'utf8' }).stdout ?? '').trim();
}

function flagsFor({ name, flags }, own) {
  const foreign = name.endsWith('arm64') ? own.filter((flag) => !flag.startsWith('-fcf-protection')) : own;
  return [...foreign, ...flags];
}

/** The library for a target with the bytes behind it. */
function buildShim(target, compiler) {
  const output = join(folder, `${target.name}.so`);
  const sources = nativeSources(root).filter((path) => path.endsWith('.c'));
  execFileSync(compiler, [...flagsFor(target, FLAGS), '-o', output, ...sources], { cwd: root, stdio: 'inherit' });
  const library = readFileSync(output);
  const number = Buffer.alloc(8);
  const header = readFileSync(join(root, 'native', 'shim.h'), 'utf8');
  number.writeUInt32LE(Number(/#define GRAFTIS_INTERFACE (\d+)/.exec(header)[1]));
  const digest = sourcesDigest(root);
  return Buffer.concat([library, number, digest, sha256(library, number, digest), MAGIC]);
}

/**
 * The sample module, which needs no libc either. Its header is the generated one less the functions that it does not use:
 * a new function of the API makes no other module.
 */
function buildSample(target, compiler) {
  const source = join(root, 'modules', 'hello.c');
  const used = new Set([...readFileSync(source, 'utf8').matchAll(/RedisModule_(\w+)/g)].map((match) => match[1]));
  for (const name of ['SetModuleAttribs', 'IsModuleNameBusy']) used.add(name);
  const named = /\(\*RedisModule_(\w+)\)\(.*REDISMODULE_ATTR|REDISMODULE_GET_API\((\w+)\);/;
  const header = readFileSync(join(root, 'modules', 'include', 'redismodule.h'), 'utf8').split('\n');
  const lines = header.filter((line) => {
    const match = named.exec(line);
    return match === null || used.has(match[1] ?? match[2]);
  });
  writeFileSync(join(folder, 'redismodule.h'), lines.join('\n'));
  const output = join(folder, `hello-${target.name}.so`);
  const flags = flagsFor(target, SAMPLE_FLAGS);
  execFileSync(compiler, [...flags, '-I', folder, '-o', output, join('modules', 'hello.c')], {
    cwd: root,
    stdio: 'inherit',
  });
  return readFileSync(output);
}

/** Writes a file, or compares it. */
function settle(path, built, version) {
  if (!check) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), built);
    // Redis and graftis load no module without execute permission.
    chmodSync(join(root, path), 0o755);
    const foreign = version === COMPILER ? '' : `; by ${version}, the repository's are by ${COMPILER}`;
    console.log(`${path}: ${built.length} bytes${foreign}`);
  } else if (version !== COMPILER) {
    console.log(`${path}: not compared, since it was built by ${COMPILER} and ${version} is here`);
  } else if (existsSync(join(root, path)) && readFileSync(join(root, path)).equals(built)) {
    console.log(`${path}: is what the source gives`);
  } else {
    console.log(`${path}: is not what the source gives; npm run build:native`);
    process.exitCode = 1;
  }
}

for (const target of TARGETS) {
  const compiler = target.compilers.find((each) => ask(each, '-dumpmachine').startsWith(target.machine));
  if (compiler === undefined) {
    console.log(`${target.name}: no compiler for it is installed`);
    continue;
  }
  const version = `gcc ${ask(compiler, '-dumpfullversion')}`;
  settle(join('native', 'prebuilt', `${target.name}.so`), buildShim(target, compiler), version);
  settle(join('modules', 'prebuilt', `hello-${target.name}.so`), buildSample(target, compiler), version);
}
rmSync(folder, { recursive: true });
