// npm run demo: starts a server on a free port, loads the sample modules over the wire, and shows each request with its
// reply as redis-cli would. Without a C compiler there is only the module that comes compiled.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const START_DEADLINE_MS = 30_000;

/** [module, its commands]; a command is a line, split at blanks, with words in double quotes. */
const SCENES = [
  [
    null,
    [
      'SET greeting "Hello, world"',
      'GET greeting',
      'INCRBY visits 42',
      'OBJECT ENCODING visits',
      'INCR greeting',
      'HELLO 3',
    ],
  ],
  [
    null,
    [
      'RPUSH tasks wash dry iron',
      'LRANGE tasks 0 -1',
      'HSET user:1 name Ada born 1815',
      'HGETALL user:1',
      'ZADD scores 3 ada 5 grace 4 edsger',
      'ZRANGE scores 0 -1 WITHSCORES',
      'XADD events 1-1 kind start',
      'XADD events 1-2 kind stop',
      'XRANGE events - +',
    ],
  ],
  ['hello', ['hello.simple', 'hello.echo "any text"', 'hello.add 40 2', 'hello.sum 1 2 three 4', 'hello.add a b']],
  [
    'notebook',
    [
      'note.write todo "buy milk" 3600',
      'note.append todo "call home"',
      'note.shout todo',
      'note.read todo',
      'GET todo',
    ],
  ],
  ['report', ['report.string visits', 'report.many greeting nothing', 'report.run CONFIG GET port*']],
  [
    'numbers',
    [
      'numbers.push primes 2 3 5 7',
      'numbers.stats primes',
      'numbers.get primes -1',
      'TYPE primes',
      'COPY primes copy',
      'GET copy',
    ],
  ],
  ['worker', ['worker.primes 20000', 'worker.count visits 100', 'worker.primes 100000000 50']],
];

function splitLine(line) {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
}

/** One reply of RESP2 or RESP3 out of `bytes` from `at`: [how redis-cli shows it, end], or null while it is not all there. */
function show(bytes, at, indent) {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return null;
  const type = String.fromCharCode(bytes[at]);
  const line = bytes.toString('utf8', at + 1, end);
  const next = end + 2;
  const length = Number(line);
  switch (type) {
    case '+':
      return [line, next];
    case '-':
      return [`(error) ${line}`, next];
    case ':':
      return [`(integer) ${line}`, next];
    case ',':
      return [`(double) ${line}`, next];
    case '#':
      return [line === 't' ? '(true)' : '(false)', next];
    case '_':
      return ['(nil)', next];
    case '$':
    case '=': {
      if (length < 0) return ['(nil)', next];
      if (bytes.length < next + length + 2) return null;
      const text = bytes.toString('utf8', next, next + length);
      return [type === '=' ? text.slice(4) : JSON.stringify(text), next + length + 2];
    }
    default:
      return showAggregate(bytes, type, length, next, indent);
  }
}

function showAggregate(bytes, type, length, from, indent) {
  if (length < 0) return ['(nil)', from];
  if (length === 0) return [type === '%' ? '(empty hash)' : '(empty array)', from];
  const lines = [];
  let at = from;
  const pad = ' '.repeat(String(length).length + 2);
  for (let i = 0; i < length; i++) {
    const element = show(bytes, at, indent + pad);
    if (element === null) return null;
    at = element[1];
    let text = element[0];
    if (type === '%') {
      const value = show(bytes, at, `${indent}${pad}   `);
      if (value === null) return null;
      at = value[1];
      text += ` => ${value[0].includes('\n') ? `\n${indent}${pad}   ${value[0]}` : value[0]}`;
    }
    const number = String(i + 1).padStart(String(length).length);
    lines.push(`${number}${type === '%' ? '#' : type === '~' ? '~' : ')'} ${text}`);
  }
  return [lines.join(`\n${indent}`), at];
}

class Client {
  constructor(socket) {
    this.socket = socket;
    this.bytes = Buffer.alloc(0);
    this.wake = () => {};
    socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on('close', () => this.wake());
  }

  /** Sends a command; the text that redis-cli would print for the reply. */
  async call(...words) {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.socket.write(`*${words.length}\r\n${parts.join('')}`);
    for (;;) {
      const shown = show(this.bytes, 0, '');
      if (shown !== null) {
        this.bytes = this.bytes.subarray(shown[1]);
        return shown[0];
      }
      if (this.socket.destroyed) throw new Error('the server closed the connection');
      await new Promise((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** A TCP port that was free a moment ago. */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A running server with a connection to it. It ends with this process, whatever happens. */
async function start() {
  const port = await freePort();
  const main = join(root, 'dist', 'main.js');
  const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--enable-module-command', 'local'];
  const server = spawn(process.execPath, [main, ...options.map(String)], { stdio: ['ignore', 'pipe', 'ignore'] });
  process.once('exit', () => server.kill('SIGKILL'));
  let log = '';
  server.stdout.on('data', (chunk) => {
    log += chunk;
  });
  for (const deadline = Date.now() + START_DEADLINE_MS; !log.includes('Ready to accept connections'); ) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`the server did not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return { server, port, client: new Client(socket), log: () => log };
}

execFileSync(process.execPath, [join(root, 'scripts', 'build-modules.mjs')], { stdio: 'inherit' });
const { server, port, client, log } = await start();
console.log(`\nA graftis server listens at 127.0.0.1:${port}.`);

let failed = false;
const run = async (line) => {
  const reply = await client.call(...splitLine(line));
  console.log(`127.0.0.1:${port}> ${line}\n${reply}`);
  return reply;
};
for (const [name, lines] of SCENES) {
  console.log();
  if (name !== null) {
    const compiled = join(root, 'modules', 'build', `${name}.so`);
    const prebuilt = join(root, 'modules', 'prebuilt', `${name}-${process.platform}-${process.arch}.so`);
    const path = [compiled, prebuilt].find((each) => existsSync(each));
    if (path === undefined) {
      console.log(`The module ${name} is not compiled; its commands are left out.`);
      continue;
    }
    if ((await run(`MODULE LOAD "${path}"`)) !== 'OK') failed = true;
  }
  for (const line of lines) await run(line);
}
client.socket.destroy();
server.kill('SIGTERM');
await new Promise((resolve) => server.once('exit', resolve));
if (failed) {
  console.error(log());
  process.exitCode = 1;
}
