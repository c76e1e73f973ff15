/**
 * Servers with a module inside the test runners of others. Runners evaluate the package once per test file, in the same
 * thread, in worker threads or in processes; what is process-wide is ours together with everybody else's.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable, jestAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type Ending, libraryPath, runCommand } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

const FILES = ['one', 'two', 'three'];
const tools = join(repositoryRoot, 'node_modules');

/** A test file: two servers with the same module, its statics, its threads, a connection. */
function testFile(head: string, module: string, closes: boolean): string {
  return `
    ${head}
    import { connect } from 'node:net';
    import { once } from 'node:events';
    import { GraftisServer } from ${JSON.stringify(libraryPath)};
    test('servers with a module', async () => {
      const options = { port: 0, bind: '127.0.0.1', save: '', loadmodule: [${JSON.stringify(module)}] };
      const servers = [await GraftisServer.start(options), await GraftisServer.start(options)];
      for (const server of servers) {
        const socket = connect(server.port, '127.0.0.1');
        let heard = '';
        socket.on('data', (chunk) => (heard += chunk));
        socket.write('statics.bump\\r\\nstatics.later\\r\\nSET k v\\r\\nGET k\\r\\nstatics.bump\\r\\nQUIT\\r\\n');
        await once(socket, 'end');
        socket.destroy();
        const expected = ':1\\r\\n:2\\r\\n+OK\\r\\n$1\\r\\nv\\r\\n:3\\r\\n+OK\\r\\n';
        if (heard !== expected) throw new Error('the replies were ' + JSON.stringify(heard));
        const calls = [await server.call('statics.bump'), await server.call('DBSIZE')];
        if (calls[0] !== 4 || calls[1] !== 1) throw new Error('the calls gave ' + calls);
      }
      ${closes ? 'for (const server of servers) await server.close();' : ''}
    });
  `;
}

const HEADS = {
  jest: '',
  vitest: "import { test } from 'vitest';",
  node: "import { test } from 'node:test';",
};

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  const module = compilerAvailable() ? compileModule(join(repositoryRoot, 'test/modules/statics.c'), folder) : '';
  for (const [runner, head] of Object.entries(HEADS)) {
    for (const closes of [true, false]) {
      const suite = join(folder, closes ? runner : `${runner}-open`);
      mkdirSync(suite);
      writeFileSync(join(suite, 'package.json'), '{ "type": "module" }');
      const vitest = JSON.stringify(join(tools, 'vitest', 'dist', 'index.js'));
      const text = testFile(head.replace("'vitest'", vitest), module, closes);
      for (const name of FILES) writeFileSync(join(suite, `${name}.test.js`), text);
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function jest(suite: string, ...options: string[]): Promise<Ending> {
  const args = [join(tools, 'jest', 'bin', 'jest.js'), '--rootDir', join(folder, suite), ...options];
  return runCommand(process.execPath, args, join(folder, suite), {
    NODE_OPTIONS: '--experimental-vm-modules',
    CI: '1',
  });
}

function vitest(suite: string, ...options: string[]): Promise<Ending> {
  const args = [join(tools, 'vitest', 'vitest.mjs'), 'run', '--root', join(folder, suite), ...options];
  return runCommand(process.execPath, args, folder, { CI: '1' });
}

function nodeTest(suite: string, ...options: string[]): Promise<Ending> {
  const files = FILES.map((name) => join(folder, suite, `${name}.test.js`));
  return runCommand(process.execPath, ['--test', ...options, ...files], folder);
}

/** All three files ran and passed, and the runner itself ended well. */
function expectGreen(ending: Ending, counts: RegExp): void {
  expect(ending.output).toMatch(counts);
  expect(ending).toMatchObject({ status: 0, signal: null });
}

// The runs start servers of their own: once, whatever transport the others are for.
const once = (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll';

describe.skipIf(!once || !compilerAvailable())('test runners', () => {
  describe.skipIf(!jestAvailable())('Jest', () => {
    const green = /Tests: +3 passed, 3 total/;
    test('one process', async () => expectGreen(await jest('jest', '--runInBand'), green));
    test('processes', async () => expectGreen(await jest('jest', '--maxWorkers=2'), green));
    test('threads', async () => expectGreen(await jest('jest', '--maxWorkers=2', '--workerThreads'), green));
    test('servers left open', async () => {
      expectGreen(await jest('jest-open', '--runInBand', '--forceExit'), green);
    });
  });

  describe('vitest', () => {
    const green = /Tests +3 passed \(3\)/;
    test.each(['forks', 'threads', 'vmForks', 'vmThreads'])('--pool=%s', async (pool) => {
      expectGreen(await vitest('vitest', `--pool=${pool}`), green);
    });
    test.each(['forks', 'threads'])('--pool=%s without isolation', async (pool) => {
      expectGreen(await vitest('vitest', `--pool=${pool}`, '--no-isolate', '--maxWorkers=1'), green);
    });
    test.each(['forks', 'threads'])('--pool=%s, servers left open', async (pool) => {
      expectGreen(await vitest('vitest-open', `--pool=${pool}`), green);
    });
  });

  describe('node:test', () => {
    const green = /^(?:ℹ|#) pass 3$/m;
    test('a process for each file', async () => expectGreen(await nodeTest('node'), green));
    const inOneProcess = process.allowedNodeEnvironmentFlags.has('--test-isolation');
    test.skipIf(!inOneProcess)('one process', async () => {
      expectGreen(await nodeTest('node', '--test-isolation=none'), green);
    });
    test('servers left open', async () => {
      expectGreen(await nodeTest('node-open', '--test-force-exit'), green);
    });
  });
});
