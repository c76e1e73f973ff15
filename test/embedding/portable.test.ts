/** Portable mode, for each of its reasons: everything but modules works, and what does not says why. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { libraryPath, runCommand, runProgram } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

let folder: string;
let bare: string;
let broken: string;

/** The package as it is where its optional dependency was not installed, or cannot be loaded. */
function installation(name: string, koffi: string | null): string {
  const root = join(folder, name);
  cpSync(join(repositoryRoot, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(repositoryRoot, 'package.json'), join(root, 'package.json'));
  mkdirSync(join(root, 'node_modules', 'koffi'), { recursive: true });
  for (const part of ['pino', 'commander']) {
    symlinkSync(join(repositoryRoot, 'node_modules', part), join(root, 'node_modules', part));
  }
  if (koffi === null) rmSync(join(root, 'node_modules', 'koffi'), { recursive: true });
  else writeFileSync(join(root, 'node_modules', 'koffi', 'index.js'), koffi);
  return join(root, 'dist', 'index.js');
}

beforeAll(() => {
  folder = temporaryFolder();
  bare = installation('bare', null);
  broken = installation('broken', "throw new Error('invalid ELF header');");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** NODE_OPTIONS that have a property of `process` say something else. Node takes double quotes away. */
const pretend = (what: string): string =>
  `--import=data:text/javascript,Object.defineProperty(process,'${what}',{value:'other'})`;

const REASONS: [string, () => { library?: string; env?: NodeJS.ProcessEnv; reason: string }][] = [
  ['a switch', () => ({ env: { GRAFTIS_PORTABLE: '1' }, reason: 'the environment variable GRAFTIS_PORTABLE is set' })],
  ['no koffi', () => ({ library: bare, reason: 'koffi does not work here: Cannot find module' })],
  ['a koffi that fails', () => ({ library: broken, reason: 'koffi does not work here: invalid ELF header' })],
  [
    'another system',
    () => ({
      env: { NODE_OPTIONS: pretend('platform') },
      reason: 'native code is called on Linux only, and this is other',
    }),
  ],
  [
    'another processor',
    () => ({
      env: { NODE_OPTIONS: pretend('arch') },
      reason: 'native code is called on x64 and arm64 only, and this is other',
    }),
  ],
];

// The programs start servers of their own: once, whatever transport the others are for.
const once = (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll';

describe.skipIf(!once)('portable mode', () => {
  describe.each(REASONS)('%s', (_, setting) => {
    test('the library', async () => {
      const { library = libraryPath, env = {}, reason } = setting();
      const program = `
        import { connect } from 'node:net';
        import { once } from 'node:events';
        const { GraftisServer } = await import(${JSON.stringify(library)});
        const options = { port: 0, bind: '127.0.0.1', save: '', loglevel: 'notice', 'io-backend': 'epoll' };
        const server = await GraftisServer.start({ ...options, 'enable-module-command': 'local' });
        const socket = connect(server.port, '127.0.0.1');
        socket.write('SET k v\\r\\nGET k\\r\\nMODULE LIST\\r\\nMODULE UNLOAD x\\r\\nMODULE LOAD /x.so\\r\\nMODULE LOADEX /x.so ARGS 1\\r\\nQUIT\\r\\n');
        let heard = '';
        socket.on('data', (chunk) => (heard += chunk));
        await once(socket, 'end');
        socket.destroy();
        console.log(heard);
        await server.close();
        const error = await GraftisServer.start({ ...options, loadmodule: '/x.so' }).catch((reason) => reason);
        console.log(error.message);
      `;
      const ending = await runProgram(folder, program, [], env);
      const refusal = `native modules cannot be loaded: ${reason}`;
      expect(ending.output).toContain(
        '+OK\r\n$1\r\nv\r\n*0\r\n-ERR Error unloading module: no such module with that name\r\n',
      );
      const replies = ending.output.split('\r\n').filter((line) => line.startsWith('-ERR Error loading'));
      expect(replies).toEqual(Array(2).fill(expect.stringContaining(`-ERR Error loading the extension: ${refusal}`)));
      expect(ending.output).toContain(`# Module /x.so failed to load: ${refusal}`);
      expect(ending.output).toContain(`Can't load module from /x.so: ${refusal}`);
      expect(ending.output).toContain(`WARNING: no io-backend epoll here: ${reason}`);
      expect(ending).toMatchObject({ status: 0, signal: null });
    });

    test('the program does not start without the modules that it was told to load', async () => {
      const { library = libraryPath, env = {}, reason } = setting();
      const main = join(library, '..', 'main.js');
      const args = [main, '--port', '0', '--unixsocket', join(folder, 's'), '--loadmodule', '/x.so'];
      const ending = await runCommand(process.execPath, args, folder, env);
      expect(ending.output).toContain(`# Can't load module from /x.so: native modules cannot be loaded: ${reason}`);
      expect(ending).toMatchObject({ status: 1, signal: null });
    });
  });

  test('the package can be installed anywhere', () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('os');
    expect(manifest).not.toHaveProperty('cpu');
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['koffi']);
    expect(manifest.dependencies).not.toHaveProperty('koffi');
  });
});
