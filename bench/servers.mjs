// Servers under measurement: start, CPU time, memory, stop.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Clock ticks per second in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The command line of graftis; `--server CMD` of the benchmarks replaces it. */
export function graftisCommand(other) {
  if (other) return other.split(' ');
  const main = join(root, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error('dist/main.js is missing: run `npm run build` first');
  return [process.execPath, main];
}

/** A server without persistence on a free port of 127.0.0.1, ready for commands. */
export async function startServer(name, command, directives = []) {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'graftis-bench-'));
  const [program, ...leading] = command;
  const args = [
    ...leading,
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const child = spawn(program, [...args, ...directives], { stdio: ['ignore', 'ignore', 'inherit'] });
  const server = { name, command: command.join(' '), port, dir, child, pid: child.pid };
  process.once('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null || attempt === 300) throw new Error(`${name} did not start`);
    try {
      await request(server, 'PING');
      return server;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export async function stopServer(server) {
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
  rmSync(server.dir, { recursive: true, force: true });
}

/** Sends an inline command; resolves with the raw reply as far as one packet carries it. */
export async function request(server, line) {
  const socket = connect(server.port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${line}\r\n`);
    const [data] = await once(socket, 'data');
    return data.toString();
  } finally {
    socket.destroy();
  }
}

/** Runs commands, each a list of arguments, and waits for their end. */
export async function send(server, commands) {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  let tail = '';
  const done = new Promise((resolve, reject) => {
    socket.on('data', (data) => {
      tail = (tail + data.toString('latin1')).slice(-7);
      if (tail === '+PONG\r\n') resolve();
    });
    socket.once('error', reject);
  });
  for (const args of [...commands, ['PING']]) {
    socket.write(`*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`);
  }
  await done;
  socket.destroy();
}

/** A number from INFO, null when the server does not have the field. */
export async function infoField(server, section, field) {
  const match = new RegExp(`^${field}:([\\d.]+)`, 'm').exec(await request(server, `INFO ${section}`));
  return match === null ? null : Number(match[1]);
}

/**
 * CPU time of all threads since the start, in microseconds: from schedstat, which counts nanoseconds, where the kernel
 * has it; otherwise utime and stime in ticks of 10 ms.
 */
export function cpuMicros({ pid }) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]));
    return spent.reduce((sum, nanos) => sum + nanos, 0) / 1000;
  } catch {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The process name in parentheses may hold blanks; utime and stime are fields 14 and 15, counted from 1.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
  }
}

/** Resident memory in bytes. */
export function residentBytes({ pid }) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Writes `bench/results/NAME.json` with what the figures depend on; gives the path. */
export function writeResults(name, results) {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  writeFileSync(path, `${JSON.stringify({ date: new Date().toISOString(), machine, ...results }, null, 2)}\n`);
  return path;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
