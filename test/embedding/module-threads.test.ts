/** Servers that end while threads of their modules work. Looked at from outside: a fault here ends the whole process. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type Ending, runProgram } from '../support/programs.ts';
import { repositoryRoot, sleep, startGraftis, temporaryFolder, until } from '../support/server.ts';

const hasCompiler = compilerAvailable();
let folder: string;
let module: string;
beforeAll(() => {
  folder = temporaryFolder();
  module = hasCompiler ? compileModule(join(repositoryRoot, 'test/modules/restless.c'), folder) : '';
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `ask(port, line)` sends a line; `start()` starts a server with the module. */
const SHARED = `
  import { readFileSync } from 'node:fs';
  import { connect } from 'node:net';
  import { once } from 'node:events';
  import { GraftisServer } from 'LIBRARY';
  const [module] = process.argv.slice(2);
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const start = () => GraftisServer.start({ port: 0, bind: '127.0.0.1', save: '', loadmodule: module });
  // Of files and of memory with a name: V8's own heap comes and goes as it likes.
  const mappings = () => readFileSync('/proc/self/maps', 'latin1').split('\\n').filter((line) => line.length > 50);

  /** Sends a line and resolves when its command has begun: it stands behind a PING, whose answer is awaited. */
  async function begin(port, line) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('PING\\r\\n' + line + '\\r\\n');
    await once(socket, 'data');
    return socket;
  }

  const answer = async (socket) => {
    const [data] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
    socket.destroy();
    return String(data);
  };

  async function ask(port, line) {
    const socket = connect(port, '127.0.0.1');
    socket.write(line + '\\r\\n');
    return answer(socket);
  }
`;

async function run(main: string): Promise<Ending> {
  return runProgram(folder, `${SHARED}\n${main}\nconsole.log('done');`, [module]);
}

const CLEAN = { status: 0, signal: null };

describe.skipIf(!hasCompiler)('the end of a server inside another program', () => {
  test('a thread that is about to ask for a context: its client is answered', async () => {
    const ending = await run(`
      for (let i = 0; i < 5; i++) {
        const server = await start();
        const answered = answer(await begin(server.port, 'r.late 100'));
        await server.close();
        console.log((await answered).trim().split('\\r\\n').pop());
      }`);
    expect(ending).toEqual({ ...CLEAN, output: '100\n100\n100\n100\n100\ndone\n' });
  });

  test('a thread that comes when the server is long gone', async () => {
    const ending = await run(`
      for (const ms of [1200, 2000, 2600]) {
        const server = await start();
        await begin(server.port, 'r.late ' + ms);
        await server.close();
      }
      await sleep(2500);`);
    expect(ending).toEqual({ ...CLEAN, output: 'done\n' });
  }, 30_000);

  test('a thread in the middle of its replies', async () => {
    const ending = await run(`
      for (let i = 0; i < 3; i++) {
        const server = await start();
        await begin(server.port, 'r.replies 50000');
        await server.close();
      }
      process.exit(0);`);
    expect(ending).toMatchObject(CLEAN);
  }, 30_000);

  test.each(['await server.close(); await sleep(300);', 'await server.close(); process.exit(0);', 'process.exit(0);'])(
    'threads that never end: %s',
    async (how) => {
      const ending = await run(`
        process.on('exit', () => console.log('seen'));
        const server = await start();
        for (const line of ['r.spin', 'r.spin', 'r.detached', 'r.detached']) await ask(server.port, line);
        await sleep(50);
        ${how}`);
      expect(ending).toMatchObject(CLEAN);
      expect(ending.output).toContain('seen');
    },
    30_000,
  );

  test('a thread that keeps the lock', async () => {
    const ending = await run(`
      const server = await start();
      await ask(server.port, 'r.hold 3000');
      await sleep(50);
      const from = performance.now();
      await server.close();
      console.log(performance.now() - from < 2500);`);
    expect(ending).toEqual({ ...CLEAN, output: 'true\ndone\n' });
  }, 30_000);

  test('modules whose threads have ended leave no memory behind', async () => {
    const ending = await run(`
      let before = 0;
      for (let i = 0; i < 30; i++) {
        const server = await start();
        await ask(server.port, 'r.replies 10');
        await server.close();
        if (i === 4) before = mappings().length;
      }
      // What a thread was inside of until just now goes when the next server does.
      await sleep(300);
      const last = await start();
      await last.close();
      console.log(mappings().length - before, mappings().filter((line) => /restless|graftis-module/.test(line)).length);`);
    expect(ending).toEqual({ ...CLEAN, output: '0 0\ndone\n' });
  }, 60_000);
});

describe.skipIf(!hasCompiler)('the end of the program', () => {
  test.each(['SIGTERM', 'SHUTDOWN'])(
    '%s while threads reply, wait and spin',
    async (how) => {
      for (let round = 0; round < 3; round++) {
        const server = await startGraftis({ loadmodule: module });
        const clients = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
        clients[0]!.call('r.replies', '50000').catch(() => {});
        clients[1]!.call('r.late', '1500').catch(() => {});
        await clients[2]!.call('r.spin');
        await clients[2]!.call('r.detached');
        await sleep(30);
        if (how === 'SIGTERM') server.process.kill('SIGTERM');
        else clients[3]!.call('SHUTDOWN', 'NOSAVE').catch(() => {});
        await until(
          () => !server.alive,
          () => `the server goes on:\n${server.log}`,
        );
        expect([server.process.exitCode, server.process.signalCode]).toEqual([0, null]);
        expect(server.log).not.toMatch(/Internal error|misuse/);
        await server.stop();
      }
    },
    60_000,
  );
});
