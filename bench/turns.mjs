// node bench/turns.mjs: how long clients wait for their turn while eight threads of a module work in critical sections: PING
// of ten clients, in graftis and in redis-server, with the module of test/modules/threads.c in both.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile, redisBenchmark } from './redis-benchmark.mjs';
import { graftisCommand, request, root, send, startServer, stopServer } from './servers.mjs';

const THREADS = 8;
const CLIENTS = 10;
const REQUESTS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'graftis-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const library = join(folder, 'threads.so');
const include = join(root, 'modules', 'include');
const source = join(root, 'test', 'modules', 'threads.c');
execFileSync('cc', ['-shared', '-fPIC', '-O2', '-pthread', '-I', include, '-o', library, source]);

const ping = (server) => redisBenchmark(server.port, ['-c', `${CLIENTS}`, '-n', `${REQUESTS}`, 'PING']);
const show = (run) => `p50 ${percentile(run, 50).toFixed(2)} p99 ${percentile(run, 99).toFixed(2)} ms`;

for (const [name, command] of [
  ['graftis', graftisCommand()],
  ['redis', ['redis-server']],
]) {
  const server = await startServer(name, command, ['--loadmodule', library]);
  await send(server, [['th.open', '100', '1000']]);
  const alone = await ping(server);
  // More sections than there is time for: the server is stopped in the middle of them.
  await send(server, [['th.start', `${THREADS}`, '100000000']]);
  const beside = await ping(server);
  const running = await request(server, 'th.running');
  console.log(`${name}: alone ${show(alone)}; beside ${running.trim().slice(1)} threads ${show(beside)}`);
  server.child.kill('SIGKILL');
  await stopServer(server).catch(() => {});
}
process.exit(0);
