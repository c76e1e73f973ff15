/** The stand-alone process from outside: signals at any moment, what it leaves behind, why it does not start. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compilerAvailable } from './support/availability.ts';
import { compileSource } from './support/modules.ts';
import { RespClient } from './support/resp.ts';
import { freePort, repositoryRoot, subjectIsOracle, temporaryFolder, until } from './support/server.ts';

const MAIN = join(repositoryRoot, 'dist', 'main.js');
const IO = ['--io-backend', process.env['GRAFTIS_TEST_IO'] ?? 'epoll', '--save', ''];

let folder: string;
let port: string;
const running = new Set<ReturnType<typeof spawn>>();
beforeEach(async () => {
  folder = temporaryFolder();
  port = String(await freePort());
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a command; `ended` tells how it ended. */
function launch(command: string, args: readonly string[]) {
  const child = spawn(command, args, { cwd: folder });
  running.add(child);
  const server = {
    child,
    output: '',
    ended: new Promise<{ status: number | null; signal: string | null }>((resolve) => {
      child.once('close', (status, signal) => {
        running.delete(child);
        resolve({ status, signal });
      });
    }),
    ready: async () => {
      const over = () => child.exitCode !== null || child.signalCode !== null;
      await until(
        () => server.output.includes('Ready to accept') || over(),
        () => server.output,
      );
      if (!server.output.includes('Ready to accept')) throw new Error(`it has ended:\n${server.output}`);
    },
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (server.output += chunk));
  return server;
}

function launchServer(...args: string[]) {
  return launch(process.execPath, [MAIN, ...args, ...IO]);
}

async function ping(): Promise<unknown> {
  const client = await RespClient.connect({ port: Number(port), host: '127.0.0.1' });
  const reply = await client.call('PING');
  client.destroy();
  return reply;
}

const CLEAN = { status: 0, signal: null };

describe.skipIf(subjectIsOracle)('signals', () => {
  /** OnLoad creates the file `begun` and returns when there is a file `go`. */
  const slowModule = () =>
    compileSource(
      'slow',
      `
      #include "redismodule.h"
      #include <stdio.h>
      #include <unistd.h>
      int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
        (void)argv; (void)argc;
        if (RedisModule_Init(ctx, "slow", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
        fclose(fopen("begun", "w"));
        while (access("go", F_OK) != 0) usleep(1000);
        return REDISMODULE_OK;
      }`,
    );
  const duringLoad = async (signal: NodeJS.Signals) => {
    const server = launchServer('--port', port, '--pidfile', 'x.pid', '--loadmodule', slowModule());
    await until(
      () => existsSync(join(folder, 'begun')),
      () => server.output,
    );
    server.child.kill(signal);
    writeFileSync(join(folder, 'go'), '');
    return server;
  };

  describe.skipIf(!compilerAvailable())('while a module loads', () => {
    test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the process cleanly', async (signal) => {
      const server = await duringLoad(signal);
      expect(await server.ended).toEqual(CLEAN);
      expect(server.output).toContain(`Received ${signal} scheduling shutdown...`);
      expect(server.output).toContain('Redis is now ready to exit, bye bye...');
      expect(existsSync(join(folder, 'x.pid'))).toBe(false);
    });

    test.each(['SIGHUP', 'SIGUSR1'] as const)('%s does nothing', async (signal) => {
      const server = await duringLoad(signal);
      await server.ready();
      expect(await ping()).toBe('PONG');
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual(CLEAN);
      expect(server.output).not.toContain('Debugger');
    });

    test('a parent that is ended while its daemon starts ends the daemon', async () => {
      const daemon = ['--daemonize', 'yes', '--pidfile', 'd.pid', '--logfile', 'x.log', '--dir', folder];
      const parent = launchServer(...daemon, '--port', port, '--loadmodule', slowModule());
      await until(() => existsSync(join(folder, 'begun')));
      const status = `/proc/${parent.child.pid}/status`;
      const sleeps = () => Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(status, 'latin1'))![1]);
      const before = sleeps();
      parent.child.kill('SIGTERM');
      // It has passed the signal on when it sleeps again.
      await until(() => sleeps() > before);
      const log = () => readFileSync(join(folder, 'x.log'), 'latin1');
      writeFileSync(join(folder, 'go'), '');
      await parent.ended;
      await until(() => log().includes('bye bye'), log);
      expect(log()).toContain('Received SIGTERM scheduling shutdown...');
      expect(existsSync(join(folder, 'd.pid'))).toBe(false);
    });
  });

  test('SIGHUP and SIGUSR1 do nothing before the configuration is known', async () => {
    const server = launchServer('-', '--dir', folder);
    const caught = () =>
      BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${server.child.pid}/status`, 'latin1'))![1]}`);
    // Bit n - 1 is signal n: SIGHUP is 1, SIGTERM 15.
    await until(() => (caught() & 1n) !== 0n && (caught() & (1n << 14n)) !== 0n);
    server.child.kill('SIGHUP');
    server.child.kill('SIGUSR1');
    server.child.stdin.end(`port ${port}\n`);
    await server.ready();
    expect(await ping()).toBe('PONG');
    server.child.kill('SIGUSR1');
    expect(await ping()).toBe('PONG');
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual(CLEAN);
    expect(server.output).not.toContain('Debugger');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends a process that waits for its configuration', async (signal) => {
    const server = launchServer('-', '--port', port);
    const status = `/proc/${server.child.pid}/status`;
    await until(() => /^SigCgt:\s*\w*[4-7c-f]\w{3}$/m.test(readFileSync(status, 'latin1')));
    server.child.kill(signal);
    expect(await server.ended).toEqual({ status: null, signal });
  });
});

describe.skipIf(subjectIsOracle)('what is ours and what is not', () => {
  const pid = () => readFileSync(join(folder, 'x.pid'), 'utf8');

  test('a server that cannot start leaves the pid file of another alone', async () => {
    const first = launchServer('--port', port, '--pidfile', 'x.pid');
    await first.ready();
    expect(pid()).toBe(`${first.child.pid}\n`);
    const second = launchServer('--port', port, '--pidfile', 'x.pid');
    expect(await second.ended).toEqual({ status: 1, signal: null });
    expect(second.output).toContain(`Failed listening on port ${port}`);
    expect(pid()).toBe(`${first.child.pid}\n`);
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual(CLEAN);
    expect(existsSync(join(folder, 'x.pid'))).toBe(false);
  });

  test('a server removes neither the pid file nor the socket of its successor', async () => {
    const path = join(folder, 's');
    const files = ['--pidfile', 'x.pid', '--unixsocket', path];
    const first = launchServer('--port', '0', ...files);
    await first.ready();
    const second = launchServer('--port', '0', ...files);
    await second.ready();
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual(CLEAN);
    expect(pid()).toBe(`${second.child.pid}\n`);
    // libuv removes the path that it was given, whoever has it now.
    if (IO[1] === 'epoll') {
      const socket = connect(path);
      socket.write('PING\r\n');
      const reply = await new Promise((resolve) => {
        socket.once('data', (data) => resolve(String(data)));
        socket.once('error', resolve);
      });
      expect(reply).toBe('+PONG\r\n');
      socket.destroy();
    }
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual(CLEAN);
    expect(existsSync(join(folder, 'x.pid'))).toBe(false);
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(subjectIsOracle)('a server that cannot start', () => {
  test.each([
    ['no port', ['--port', '0']],
    ['no address', ['--bind', '']],
  ])('says that it would be unreachable: %s', async (_, args) => {
    const server = launchServer(...args);
    expect(await server.ended).toEqual({ status: 1, signal: null });
    expect(server.output).toContain('# Configured to not listen anywhere, exiting.\n');
  });

  // With fewer than 20 or so, Node itself does not start. With more than 32 Node 20 still cannot read the program, which
  // later releases do with one file at a time: there the server runs.
  test.each([32, 48, 64])('runs with %i open files, or says that they are too few', async (files) => {
    const program = [process.execPath, MAIN, '--port', port, ...IO];
    const server = launch('sh', ['-c', `ulimit -n ${files}; exec "$@"`, 'sh', ...program]);
    const ending = await Promise.race([server.ended, server.ready().catch(() => {})]);
    if (ending === undefined && files > 32) {
      expect(await ping()).toBe('PONG');
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual(CLEAN);
    } else {
      expect(ending).toEqual({ status: 1, signal: null });
      expect(server.output.trimEnd().split('\n').at(-1)!.replace(/^.*# /, '')).toBe(
        `Your current 'ulimit -n' of ${files} is not enough for the server to start. ` +
          'Please increase your open file limit to at least 10032. Exiting.',
      );
    }
  });
});
