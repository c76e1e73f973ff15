/** A defect in a server inside another program: it comes to light there, and nobody waits for ever. Seen from outside. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type Ending, runProgram } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

const preload = pathToFileURL(join(repositoryRoot, 'test', 'support', 'preload.mjs')).href;
const io = process.env['GRAFTIS_TEST_IO'] ?? 'epoll';
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `server` and two `sockets`; `wait` waits for a reply that does not come; `fail` has the fault happen at the stage. */
const SHARED = `
  import { writeFileSync } from 'node:fs';
  import { connect } from 'node:net';
  import { once } from 'node:events';
  import { GraftisServer } from 'LIBRARY';
  const [ioBackend, ...loadmodule] = process.argv.slice(2);
  const directives = { bind: '127.0.0.1', save: '', hz: 100, 'io-backend': ioBackend };
  const server = await GraftisServer.start({ port: 0, ...directives, ...(loadmodule.length > 0 ? { loadmodule } : {}) });
  const { port } = server;
  const sockets = [];
  const gone = [];
  for (let i = 0; i < 2; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    gone.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.write('PING\\r\\n');
    await once(socket, 'data');
    sockets.push(socket);
  }
  const why = (promise) => promise.then((value) => 'fulfilled: ' + value, (error) => 'rejected: ' + error.message);
  const waiting = why(server.call('t.block', '1000000'));
`;
/** What there is to see afterwards. */
const AFTER = `
  console.log('waiting', await waiting);
  console.log('later', await why(server.call('PING')));
  await Promise.all(gone);
  await server.close();
  const next = await GraftisServer.start({ port, ...directives });
  console.log('next', await why(next.call('PING')));
  await next.close();
  console.log('done');
`;
const SEEN =
  'waiting rejected: The server was closed\nlater rejected: The server was closed\nnext fulfilled: PONG\ndone\n';

/** Connections are read together, by the native shim. */
const together =
  (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll' &&
  process.env['GRAFTIS_PORTABLE'] === undefined &&
  process.env['GRAFTIS_NATIVE_SHIM'] !== 'no';

function run(main: string, stage: string | null = null, module: readonly string[] = []): Promise<Ending> {
  const arm = join(folder, 'armed');
  rmSync(arm, { force: true });
  const env = {
    // There each connection is read by itself.
    ...(stage === 'read' ? { GRAFTIS_NATIVE_SHIM: 'no' } : {}),
    NODE_OPTIONS: `--import=${preload}`,
    GRAFTIS_TEST_ARM: arm,
    GRAFTIS_TEST_THROW: 'defect',
    ...(stage === null ? {} : { GRAFTIS_TEST_STAGE: stage }),
  };
  return runProgram(folder, SHARED + main, [io, ...module], env);
}

const CAUGHT = `const uncaught = once(process, 'uncaughtException');`;
const CAUGHT_AFTER = `
  console.log('uncaught', (await uncaught)[0].message);
  // The next server is a sound one.
  (await import('node:fs')).rmSync(process.env.GRAFTIS_TEST_ARM, { force: true });`;

describe('a defect in an embedded server', () => {
  test('ends a host that has no way of its own, with the reason', async () => {
    const ending = await run(`sockets[0].write('t.throw\\r\\n'); await waiting; await new Promise(() => {});`);
    expect(ending).toMatchObject({ status: 1, signal: null });
    expect(ending.output).toMatch(/Error: injected fault\n +at .*preload\.mjs/);
  });

  test.each(["sockets[0].write('t.throw\\r\\n');", "sockets[0].write('MULTI\\r\\nt.throw\\r\\nEXEC\\r\\n');"])(
    'is an uncaught exception of the host, and closes the server: %s',
    async (how) => {
      const ending = await run(`${CAUGHT} ${how} ${CAUGHT_AFTER} ${AFTER}`);
      expect(ending).toEqual({ status: 0, signal: null, output: `uncaught injected fault\n${SEEN}` });
    },
  );

  test('in a call of the host rejects that call with the error', async () => {
    const ending = await run(
      `${CAUGHT} console.log('call', await why(server.call('t.throw'))); ${CAUGHT_AFTER} ${AFTER}`,
    );
    expect(ending).toEqual({
      status: 0,
      signal: null,
      output: `call rejected: injected fault\nuncaught injected fault\n${SEEN}`,
    });
  });

  test.each(['read', ...(together ? ['receive'] : []), 'cron', 'end of round', 'send'])(
    'at the stage "%s"',
    async (stage) => {
      const ending = await run(
        `${CAUGHT} writeFileSync(process.env.GRAFTIS_TEST_ARM, ''); sockets[0].write('PING\\r\\n'); ${CAUGHT_AFTER} ${AFTER}`,
        stage,
      );
      expect(ending).toEqual({ status: 0, signal: null, output: `uncaught injected fault\n${SEEN}` });
    },
  );

  test.skipIf(!compilerAvailable() || process.env['GRAFTIS_PORTABLE'] === '1')(
    'inside an API function that a module calls',
    async () => {
      const module = compileModule(join(repositoryRoot, 'test', 'modules', 'keys.c'), folder);
      const ending = await run(
        `${CAUGHT} writeFileSync(process.env.GRAFTIS_TEST_ARM, ''); sockets[0].write('k.db select 1\\r\\n');
         ${CAUGHT_AFTER} ${AFTER}`,
        'api function',
        [module],
      );
      expect(ending).toEqual({ status: 0, signal: null, output: `uncaught injected fault\n${SEEN}` });
    },
  );
});
