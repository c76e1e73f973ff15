/** The server as a process: where its configuration comes from, how it starts, what it leaves behind. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portableMode } from './support/availability.ts';
import { RespClient } from './support/resp.ts';
import { freePort, repositoryRoot, sleep, subjectIsOracle, temporaryFolder, until } from './support/server.ts';

const MAIN = join(repositoryRoot, 'dist', 'main.js');

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let port: string;
const started: number[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  port = String(await freePort());
});
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Start the program; `outcome` is there when it has ended. */
function launch(args: readonly string[], stdin = '', env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, ...env } });
  started.push(child.pid!);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (out.stdout += chunk));
  child.stderr.on('data', (chunk) => (out.stderr += chunk));
  child.stdin.end(stdin);
  const outcome = new Promise<Outcome>((resolve) => child.once('close', (status) => resolve({ status, ...out })));
  return { child, out, outcome };
}

function run(args: readonly string[], stdin = ''): Promise<Outcome> {
  return launch(args, stdin).outcome;
}

async function ping(onPort = port): Promise<unknown> {
  const client = await RespClient.connect({ port: Number(onPort), host: '127.0.0.1' });
  try {
    return await client.call('PING');
  } finally {
    client.destroy();
  }
}

describe.skipIf(subjectIsOracle)('graftis-server', () => {
  it('says its version and help', async () => {
    expect(await run(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^graftis v=\d/) });
    expect(await run(['-h'])).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: graftis-server') });
    expect(await run(['--sentinel'])).toMatchObject({ status: 1, stderr: expect.stringContaining('Sentinel') });
  });

  it('refuses a bad configuration with file and line', async () => {
    const file = join(folder, 'x.conf');
    writeFileSync(file, 'port 0\nmaxclients none\n');
    expect(await run([file])).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        '\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\nReading the configuration file, at line 2\n' +
        `>>> 'maxclients none'\nargument couldn't be parsed into an integer\n(${file}, line 2)\n`,
    });
    writeFileSync(file, 'rename-command NOPE x\n');
    expect(await run([file, '--port', port])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(">>> 'rename-command NOPE x'\nNo such command in rename-command\n"),
    });
    writeFileSync(file, 'user me on nosuch\n');
    expect(await run([file, '--port', port])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(">>> 'user me on nosuch'\nError in user declaration 'nosuch': Syntax error\n"),
    });
    expect(await run(['--port', port, '--bind', '192.0.2.1'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('Failed listening on port'),
    });
  });

  it('reads file, stdin and command line in this order, and ends cleanly at SIGTERM', async () => {
    const file = join(folder, 'x.conf');
    writeFileSync(file, 'port 1\nloglevel warning\npidfile x.pid\n');
    const server = launch([file, '--loglevel', 'notice', '-'], `port ${port}\nloglevel nothing\n`);
    await until(() => server.out.stdout.includes('Ready to accept connections tcp'));
    expect(server.out.stdout).toMatch(/^\d+:C \d\d [A-Z][a-z]+ \d{4} [\d:.]{12} \* oO0OoO0OoO0Oo Redis is starting/);
    expect(server.out.stdout).toContain('* Configuration loaded\n');
    expect(server.out.stdout).toContain('* Server initialized\n');
    expect(await ping()).toBe('PONG');
    expect(readFileSync(join(folder, 'x.pid'), 'utf8')).toBe(`${server.child.pid}\n`);
    server.child.kill('SIGHUP');
    await sleep(50);
    expect(await ping()).toBe('PONG');
    server.child.kill('SIGTERM');
    const { status, stdout, stderr } = await server.outcome;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Received SIGTERM scheduling shutdown\.\.\.\n.*User requested shutdown\.\.\.\n/);
    expect(stdout).toMatch(/Removing the pid file\.\n.*# Redis is now ready to exit, bye bye\.\.\.\n$/);
    expect(existsSync(join(folder, 'x.pid'))).toBe(false);
  });

  it('logs JSON to a file below dir when asked to', async () => {
    const server = launch(['--port', port, '--dir', folder, '--logfile', 'x.log', '--log-format', 'json']);
    const log = join(folder, 'x.log');
    await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('Ready to accept'));
    server.child.kill('SIGINT');
    expect(await server.outcome).toEqual({ status: 0, stdout: '', stderr: '' });
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toContain('Received SIGINT scheduling shutdown...');
  });

  it('becomes a daemon that outlives its parent', async () => {
    const pidfile = join(folder, 'daemon.pid');
    const options = ['--daemonize', 'yes', '--pidfile', pidfile, '--logfile', join(folder, 'x.log')];
    // The parent must not come back before the daemon answers, so there is nothing to wait for.
    expect(await run(['-', ...options], `port ${port}\n`)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await ping()).toBe('PONG');
    const pid = Number(readFileSync(pidfile, 'utf8'));
    started.push(pid);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('GRAFTIS_DAEMON');
    process.kill(pid, 'SIGTERM');
    await until(() => readFileSync(join(folder, 'x.log'), 'utf8').includes('bye bye'));
    expect(existsSync(pidfile)).toBe(false);
  });

  it('reports through the parent why a daemon did not start', async () => {
    const first = launch(['--port', port]);
    await until(() => first.out.stdout.includes('Ready to accept'));
    const second = await run(['--port', port, '--daemonize', 'yes', '--pidfile', join(folder, 'second.pid')]);
    expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining(`Failed listening on port ${port}`) });
    expect(existsSync(join(folder, 'second.pid'))).toBe(false);
    first.child.kill('SIGTERM');
    expect((await first.outcome).status).toBe(0);
  });

  it('becomes a daemon after all when the service manager does not answer', async () => {
    const pidfile = join(folder, 'daemon.pid');
    const args = ['--port', port, '--daemonize', 'yes', '--supervised', 'systemd', '--pidfile', pidfile];
    const parent = launch(args, '', { NOTIFY_SOCKET: '/nonexistent/notify' });
    const outcome = await parent.outcome;
    expect(outcome.status).toBe(0);
    // ENOENT; in portable mode there is no way to ask: ENOTSUP.
    expect(outcome.stdout).toContain(`systemd supervision error: sd_notify: ${portableMode ? 95 : 2}`);
    expect(await ping()).toBe('PONG');
    started.push(Number(readFileSync(pidfile, 'utf8')));
  });
});
