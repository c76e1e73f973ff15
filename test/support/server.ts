/**
 * Starts and stops the servers under test: graftis from the built `dist/`, and the oracle redis-server, each on a free
 * port of 127.0.0.1 with a temporary working folder.
 *
 * GRAFTIS_TEST_IO=epoll|node chooses graftis' transport. With GRAFTIS_TEST_TLS=1 graftis has a port for TLS beside the
 * plain one, and `connect` goes there. GRAFTIS_TEST_SERVER=COMMAND runs another server in its place
 * (`redis-server` checks the tests themselves: the oracle must agree with itself).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './folders.ts';
import { RespClient } from './resp.ts';
import { tlsDirectives, tlsSocket } from './tls.ts';

export { temporaryFolder } from './folders.ts';

type Value = string | number;

/** Directives for the command line: `{ save: '', bind: ['127.0.0.1', '::1'] }`. */
export type Directives = Readonly<Record<string, Value | readonly Value[]>>;

export interface StartOptions {
  /** Arguments placed before the directives, such as a configuration file. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export const repositoryRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** True when another server runs in graftis' place, see above. */
export const subjectIsOracle: boolean = process.env['GRAFTIS_TEST_SERVER'] !== undefined;

const overTls = process.env['GRAFTIS_TEST_TLS'] === '1';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;

/** Debugging and module commands are open unless a test closes them. */
const TEST_DIRECTIVES: Directives = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  'enable-debug-command': 'yes',
  'enable-module-command': 'yes',
};

const running = new Set<TestServer>();
process.on('exit', () => {
  for (const server of running) server.process.kill('SIGKILL');
});

/** A server process of ours; `stop()` must be awaited before the test ends. */
export class TestServer {
  readonly process: ChildProcess;
  readonly port: number;
  /** Port for TLS where `connect` goes; 0: it goes to the plain one. */
  tlsPort = 0;
  /** Working folder; removed by `stop()`. */
  readonly dir: string;
  /** Everything the server wrote to stdout and stderr so far. */
  log = '';
  readonly exited: Promise<void>;

  constructor(child: ChildProcess, port: number, dir: string) {
    this.process = child;
    this.port = port;
    this.dir = dir;
    const append = (chunk: Buffer): void => {
      this.log += chunk.toString();
    };
    child.stdout?.on('data', append);
    child.stderr?.on('data', append);
    this.exited = new Promise((resolve) => child.once('close', () => resolve()));
    running.add(this);
  }

  get pid(): number {
    return this.process.pid!;
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** A fresh connection; RESP3 is negotiated when `protocol` is 3. */
  async connect(protocol: 2 | 3 = 2): Promise<RespClient> {
    if (this.tlsPort === 0) return this.connectPlain(protocol);
    return negotiate(RespClient.on(await tlsSocket(this.tlsPort)), protocol);
  }

  /** The same without TLS in any case: for tests that do to the socket what TLS has no words for. */
  async connectPlain(protocol: 2 | 3 = 2): Promise<RespClient> {
    return negotiate(await RespClient.connect({ port: this.port, host: '127.0.0.1' }), protocol);
  }

  /** Sends one command on a connection of its own. */
  async call(...args: (string | Buffer)[]): Promise<unknown> {
    const client = await this.connect();
    try {
      return await client.call(...args);
    } finally {
      client.destroy();
    }
  }

  /** Waits until the log holds `text`. */
  async logged(text: string | RegExp): Promise<void> {
    const holds = (): boolean => (typeof text === 'string' ? this.log.includes(text) : text.test(this.log));
    await until(holds, () => `the log never showed ${text}:\n${this.log}`);
  }

  async stop(): Promise<void> {
    if (this.alive) {
      this.process.kill('SIGTERM');
      const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_DEADLINE_MS);
      await this.exited;
      clearTimeout(timer);
    }
    running.delete(this);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function negotiate(client: RespClient, protocol: 2 | 3): Promise<RespClient> {
  if (protocol === 3) await client.call('HELLO', '3');
  return client;
}

/** Polls `condition`; after 30 s throws what `complaint` says. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  complaint: () => string = () => 'the awaited condition never came true',
): Promise<void> {
  for (const deadline = Date.now() + START_DEADLINE_MS; !(await condition()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(complaint());
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * A TCP port that was free a moment ago. It is not one of those that the kernel gives to outgoing connections, of which
 * other tests have many: the port is still free when a server asks for it on a busy machine.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (!free) continue;
    await once(server, 'close');
    return port;
  }
}

/** The command line that runs the server under test. */
export function subjectCommand(): string[] {
  const other = process.env['GRAFTIS_TEST_SERVER'];
  if (other !== undefined) return other.split(' ');
  const main = join(repositoryRoot, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error('dist/main.js is missing: run `npm run build` before these tests');
  return [process.execPath, main];
}

/** `{ bind: ['a', 'b'] }` as `--bind a b`. */
export function directiveArguments(directives: Directives): string[] {
  return Object.entries(directives).flatMap(([name, value]) => [
    `--${name}`,
    ...(typeof value === 'object' ? value.map(String) : [String(value)]),
  ]);
}

/** Starts graftis (see the head of this file) and waits until it answers. */
export async function startGraftis(directives: Directives = {}, options: StartOptions = {}): Promise<TestServer> {
  const io: Directives = subjectIsOracle ? {} : { 'io-backend': process.env['GRAFTIS_TEST_IO'] ?? 'epoll' };
  const tls = overTls && directives['tls-port'] === undefined ? tlsDirectives(await freePort()) : {};
  const server = await start(subjectCommand(), { ...TEST_DIRECTIVES, ...io, ...tls, ...directives }, options);
  server.tlsPort = Number(tls['tls-port'] ?? 0);
  return server;
}

/** Starts the oracle and waits until it answers. */
export function startRedis(directives: Directives = {}, options: StartOptions = {}): Promise<TestServer> {
  return start(['redis-server'], { ...TEST_DIRECTIVES, ...directives }, options);
}

async function start(command: string[], directives: Directives, options: StartOptions): Promise<TestServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const dir = temporaryFolder();
    const [program, ...leading] = command;
    const args = [...leading, ...(options.args ?? []), ...directiveArguments({ port, dir, ...directives })];
    const env = { ...process.env, ...options.env };
    const child = spawn(program!, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new TestServer(child, Number(directives['port'] ?? port), dir);
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
    await until(
      async () => !server.alive || (await answersPing(server, directives)),
      () => `the server never answered PING:\n${server.log}`,
    );
    if (server.alive) return server;
    await server.exited;
    const log = server.log;
    await server.stop();
    // Another process may have taken the port between the probe and the bind.
    if (attempt === 3 || !/in use/i.test(log)) throw new Error(`the server did not start:\n${log}`);
  }
}

/** Any reply, an error included, shows that the server takes commands (it may demand AUTH, or be protected). */
async function answersPing(server: TestServer, directives: Directives): Promise<boolean> {
  const unixSocket = directives['unixsocket'];
  if (server.port === 0 && unixSocket === undefined) return server.log.includes('Ready to accept');
  const socket = connect(server.port === 0 ? { path: String(unixSocket) } : { port: server.port, host: '127.0.0.1' });
  try {
    return await new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('data', (data) => resolve(!data.toString().startsWith('-LOADING')));
      socket.write('*1\r\n$4\r\nPING\r\n');
    });
  } finally {
    socket.destroy();
  }
}
