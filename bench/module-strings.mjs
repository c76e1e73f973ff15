// node bench/module-strings.mjs [server command]: 100,000 strings of a module, made, held and freed. Nanoseconds of server
// CPU per string and resident memory, graftis (or the given server) and redis-server side by side. Needs a C compiler.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cpuMicros,
  graftisCommand,
  median,
  request,
  residentBytes,
  root,
  startServer,
  stopServer,
} from './servers.mjs';

const STRINGS = 100_000;
const ROUNDS = 7;
const TESTS = [
  [`${STRINGS} strings made`, `s.make ${STRINGS}`],
  [`${STRINGS} strings freed`, 's.drop'],
  [`${STRINGS} strings made and freed one by one`, `s.cycle ${STRINGS}`],
];

const folder = mkdtempSync(join(tmpdir(), 'graftis-bench-'));
const module = join(folder, 'strings.so');
const include = join(root, 'modules', 'include');
const source = join(root, 'bench', 'strings.c');
execFileSync('cc', ['-shared', '-fPIC', '-O2', '-I', include, '-o', module, source], { stdio: 'inherit' });

const directives = ['--loadmodule', module];
const servers = [
  await startServer('graftis', graftisCommand(process.argv[2]), directives),
  await startServer('redis', ['redis-server'], directives),
];
const times = TESTS.map(() => servers.map(() => []));
const memory = servers.map(() => ({ before: 0, held: 0, after: 0 }));
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, server] of servers.entries()) {
    if (round === 2) memory[i].before = residentBytes(server);
    for (const [t, [, command]] of TESTS.entries()) {
      const before = cpuMicros(server);
      await request(server, command);
      times[t][i].push(((cpuMicros(server) - before) * 1000) / STRINGS);
      if (round === ROUNDS - 1 && t === 0) memory[i].held = residentBytes(server);
    }
    memory[i].after = residentBytes(server);
  }
}
console.log('| test | graftis ns | redis ns |\n|---|---:|---:|');
for (const [t, [name]] of TESTS.entries()) {
  console.log(`| ${[name, ...times[t].map((list) => median(list).toFixed(0))].join(' | ')} |`);
}
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
for (const key of ['before', 'held', 'after']) {
  console.log(`| MiB resident ${key} | ${memory.map((m) => mib(m[key])).join(' | ')} |`);
}
await Promise.all(servers.map(stopServer));
rmSync(folder, { recursive: true, force: true });
