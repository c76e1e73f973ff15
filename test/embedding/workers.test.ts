/** Servers in worker threads, however these end. Looked at from outside: a fault here ends the whole process. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeShim } from '../../src/memory/shim.ts';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type Ending, runProgram } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

let folder: string;
let module: string;
let restless: string;
beforeAll(() => {
  folder = temporaryFolder();
  const compile = (name: string) =>
    compilerAvailable() ? compileModule(join(repositoryRoot, 'test/modules', name), folder) : '';
  module = compile('statics.c');
  restless = compile('restless.c');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `start(how, directives)` starts a worker with a server in it; its `how` is what the worker does when it is told to. */
const SHARED = `
  import { connect } from 'node:net';
  import { once } from 'node:events';
  import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
  const module = process.argv[2];
  const base = { port: 0, bind: '127.0.0.1', save: '', 'io-backend': process.argv[3] };
  const file = new URL(import.meta.url);

  async function start(how, directives = {}) {
    const worker = new Worker(file, { argv: process.argv.slice(2), workerData: { how, directives } });
    const [port] = await once(worker, 'message');
    return { worker, port };
  }

  async function converse(port, line, reply) {
    const socket = connect(port, '127.0.0.1');
    socket.write(line + '\\r\\n');
    const [data] = await once(socket, 'data');
    socket.destroy();
    if (String(data) !== reply) throw new Error(line + ' was answered with ' + JSON.stringify(String(data)));
  }

  if (!isMainThread) {
    const { GraftisServer } = await import('LIBRARY');
    const { how, directives } = workerData;
    const server = await GraftisServer.start({ ...base, ...directives });
    parentPort.once('message', async () => {
      if (how === 'close') await server.close();
      else if (how === 'exit') process.exit(3);
      else throw new Error('on purpose');
    });
    parentPort.postMessage(server.port);
  } else {
    await main();
    console.log('done');
  }
`;

const MODES = ['epoll', 'node'];

async function run(main: string, io = 'auto'): Promise<Ending> {
  const ending = await runProgram(folder, `async function main() { ${main} }\n${SHARED}`, [module, io, restless]);
  expect(ending.output).not.toMatch(/Warning/);
  expect(ending.output).toContain('done');
  return ending;
}

const WELL = { status: 0, signal: null };

// The programs start servers of their own: once, whatever transport the others are for.
const firstRun = (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll';

describe.skipIf(!firstRun || !compilerAvailable())('a server in a worker thread', () => {
  describe.each(MODES)('io-backend %s', (io) => {
    test.each([
      ['terminate()', "start('close')", 'await worker.terminate();'],
      ['process.exit()', "start('exit')", "worker.postMessage(0); await once(worker, 'exit');"],
      ['an exception', "start('throw')", "worker.postMessage(0); await once(worker, 'error');"],
      ['close()', "start('close')", "worker.postMessage(0); await once(worker, 'exit');"],
    ])('%s', async (_, begin, end) => {
      for (const directives of ['{}', '{ loadmodule: [module] }']) {
        const main = `
          const { worker, port } = await ${begin.replace(')', `, ${directives})`)};
          const idle = connect(port, '127.0.0.1');
          idle.on('error', () => {});
          await once(idle, 'connect');
          await converse(port, 'SET k v', '+OK\\r\\n');
          if ('loadmodule' in ${directives}) await converse(port, 'statics.later', ':1\\r\\n');
          ${end}
          if (!idle.destroyed) await once(idle, 'close');
        `;
        expect(await run(main, io)).toMatchObject(WELL);
      }
    });
  });

  test('the process ends while workers serve', async () => {
    const ending = await run(`
      const workers = [await start('close', { loadmodule: [module] }), await start('close')];
      for (const { port } of workers) await converse(port, 'PING', '+PONG\\r\\n');
      setImmediate(() => process.exit(0));
    `);
    expect(ending).toMatchObject(WELL);
  });

  test('modules in several threads share nothing', async () => {
    const ending = await run(`
      const { GraftisServer } = await import('LIBRARY');
      const directives = { loadmodule: [module] };
      const workers = [await start('close', directives), await start('close', directives)];
      const server = await GraftisServer.start({ ...base, ...directives });
      const ports = [...workers.map((each) => each.port), server.port];
      for (let round = 1; round < 20; round += 2) {
        for (const port of ports) await converse(port, 'statics.bump', ':' + round + '\\r\\n');
        await Promise.all(ports.map((port) => converse(port, 'statics.later', ':' + (round + 1) + '\\r\\n')));
      }
      // A thread that ends takes nothing from the others.
      await workers[0].worker.terminate();
      const late = await start('close', directives);
      await converse(late.port, 'statics.later', ':1\\r\\n');
      await converse(workers[1].port, 'statics.later', ':21\\r\\n');
      await converse(server.port, 'statics.later', ':21\\r\\n');
      await server.close();
      for (const { worker } of [late, workers[1]]) await worker.terminate();
    `);
    expect(ending).toMatchObject(WELL);
  });

  // With koffi's callbacks alone such an end is the end of the process: a thread may be inside of one.
  test.skipIf(typeof nativeShim() === 'string').each([
    ['terminate()', "start('close'", 'await worker.terminate();'],
    ['process.exit()', "start('exit'", "worker.postMessage(0); await once(worker, 'exit');"],
    ['an exception', "start('throw'", "worker.postMessage(0); await once(worker, 'error');"],
    ['the end of the process', "start('close'", 'if (round === 5) setImmediate(() => process.exit(0));'],
  ])(
    '%s while threads of modules are in the middle of calls',
    async (_, begin, end) => {
      const ending = await run(`
      for (let round = 0; round < 6; round++) {
        const { worker, port } = await ${begin}, { loadmodule: [process.argv[4]] });
        for (const line of ['r.spin', 'r.spin', 'r.detached', 'r.detached']) await converse(port, line, '+OK\\r\\n');
        const waiting = connect(port, '127.0.0.1');
        waiting.on('error', () => {});
        waiting.write('r.replies 50000\\r\\nPING\\r\\n');
        await new Promise((resolve) => setTimeout(resolve, 10 * round));
        ${end}
        waiting.destroy();
      }
    `);
      expect(ending).toMatchObject(WELL);
    },
    30_000,
  );

  test('threads that come and go', async () => {
    const ending = await run(`
      for (let i = 0; i < 10; i++) {
        const { worker, port } = await start('close', { loadmodule: [module] });
        await converse(port, 'statics.later', ':1\\r\\n');
        await worker.terminate();
      }
    `);
    expect(ending).toMatchObject(WELL);
  });
});
