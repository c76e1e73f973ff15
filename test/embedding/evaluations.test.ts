/** The package more than once in a process, and others who call native code in the same process. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { type Ending, runProgram } from '../support/programs.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

let folder: string;
let module: string;
beforeAll(() => {
  folder = temporaryFolder();
  module = compilerAvailable() ? compileModule(join(repositoryRoot, 'test/modules/statics.c'), folder) : '';
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the built package as another installation would be, with its own koffi or with ours. */
function installCopy(name: string, version: string, ownKoffi: boolean): string {
  const copy = join(folder, name);
  const modules = join(repositoryRoot, 'node_modules');
  cpSync(join(repositoryRoot, 'dist'), join(copy, 'dist'), { recursive: true });
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ name: 'graftis', type: 'module', version }));
  if (!ownKoffi) symlinkSync(modules, join(copy, 'node_modules'));
  else {
    mkdirSync(join(copy, 'node_modules'));
    for (const part of ['koffi', '@koromix']) {
      cpSync(join(modules, part), join(copy, 'node_modules', part), { recursive: true });
    }
    for (const part of ['pino', 'commander']) symlinkSync(join(modules, part), join(copy, 'node_modules', part));
  }
  return join(copy, 'dist', 'index.js');
}

const SHARED = `
  const options = { port: 0, bind: '127.0.0.1', save: '', loglevel: 'notice', loadmodule: [process.argv[2]] };
  const expectCount = (given, expected) => {
    if (given !== expected) throw new Error('a module counted ' + given + ' instead of ' + expected);
  };
`;

function run(text: string, ...args: string[]): Promise<Ending> {
  return runProgram(folder, SHARED + text, [module, ...args]);
}

const WELL = { status: 0, signal: null };
const STACK = 'WARNING: modules run on a stack of';

// The programs start servers of their own: once, whatever transport the others are for.
const once = (process.env['GRAFTIS_TEST_IO'] ?? 'epoll') === 'epoll';

describe.skipIf(!once || !compilerAvailable())('one process', () => {
  test('copies of the package, of several versions, their servers open at the same time', async () => {
    const copies = [installCopy('first', '0.0.1', false), installCopy('second', '99.0.0', true)];
    const ending = await run(
      `
      const { GraftisServer } = await import('LIBRARY');
      const classes = [GraftisServer];
      for (const path of process.argv.slice(3)) classes.push((await import(path)).GraftisServer);
      if (new Set(classes).size !== 3) throw new Error('one copy was taken for another');
      const servers = [];
      for (const each of classes) servers.push(await each.start(options));
      for (let round = 1; round <= 3; round++) {
        for (const server of servers) expectCount(await server.call('statics.bump'), round);
      }
      await servers[0].close();
      // The first copy's library may be opened anew by whoever comes now, the others' may not.
      const late = await classes[2].start(options);
      expectCount(await late.call('statics.bump'), 1);
      expectCount(await servers[1].call('statics.bump'), 4);
      expectCount(await servers[2].call('statics.bump'), 4);
      for (const server of [late, servers[1], servers[2]]) await server.close();
      console.log('done');
      `,
      ...copies,
    );
    expect(ending.output).toContain('done');
    expect(ending.output).not.toContain(STACK);
    expect(ending).toMatchObject(WELL);
  });

  test('a program that called native code before', async () => {
    const ending = await run(`
      import koffi from ${JSON.stringify(join(repositoryRoot, 'node_modules/koffi/index.js'))};
      const getpid = koffi.load(null).func('int getpid(void)');
      if (getpid() !== process.pid) throw new Error('getpid');
      // The module's own file, opened by somebody else.
      const bump = koffi.load(process.argv[2]);
      const { GraftisServer } = await import('LIBRARY');
      const server = await GraftisServer.start(options);
      expectCount(await server.call('statics.bump'), 1);
      await server.close();
      if (getpid() !== process.pid || bump === null) throw new Error('getpid');
      console.log('done');
    `);
    expect(ending.output).toContain(`${STACK} 2048 KiB instead of 8192 KiB`);
    expect(ending.output).toContain('done');
    expect(ending).toMatchObject(WELL);
  });

  test('a program that gave native code a larger stack before', async () => {
    const ending = await run(`
      import koffi from ${JSON.stringify(join(repositoryRoot, 'node_modules/koffi/index.js'))};
      koffi.config({ sync_stack_size: 16 << 20 });
      koffi.load(null).func('int getpid(void)')();
      const { GraftisServer } = await import('LIBRARY');
      const server = await GraftisServer.start(options);
      expectCount(await server.call('statics.bump'), 1);
      await server.close();
      console.log('done');
    `);
    expect(ending.output).toContain('done');
    expect(ending.output).not.toContain(STACK);
    expect(ending).toMatchObject(WELL);
  });

  test('a server that ends leaves no callbacks behind', async () => {
    const ending = await run(`
      import koffi from ${JSON.stringify(join(repositoryRoot, 'node_modules/koffi/index.js'))};
      const { GraftisServer } = await import('LIBRARY');
      const before = koffi.stats().callbacks;
      for (let i = 1; i <= 5; i++) {
        const servers = [await GraftisServer.start(options), await GraftisServer.start(options)];
        for (const server of servers) expectCount(await server.call('statics.bump'), 1);
        await servers[0].close();
        expectCount(await servers[1].call('statics.bump'), 2);
        await servers[1].close();
      }
      console.log(koffi.stats().callbacks - before, 'left');
    `);
    expect(ending.output).toContain('\n0 left');
    expect(ending).toMatchObject(WELL);
  });

  test('a process whose table of callbacks is full', async () => {
    const ending = await run(`
      import koffi from ${JSON.stringify(join(repositoryRoot, 'node_modules/koffi/index.js'))};
      const type = koffi.pointer(koffi.proto('void', []));
      const taken = [];
      const take = () => { for (;;) taken.push(koffi.register(() => {}, type)); };
      try { take(); } catch {}
      const { GraftisServer } = await import('LIBRARY');
      const reason = await GraftisServer.start(options).catch((error) => error.message);
      console.log(reason);
      const server = await GraftisServer.start({ ...options, loadmodule: [], 'enable-module-command': 'yes' });
      console.log(await server.call('MODULE', 'LOAD', process.argv[2]).catch((error) => error.message));
      await server.close();
      // Nothing of the attempt was left behind: with room again, it works.
      for (const address of taken.splice(0, 2000)) koffi.unregister(address);
      const other = await GraftisServer.start(options);
      expectCount(await other.call('statics.bump'), 1);
      await other.close();
      console.log('done');
    `);
    expect(ending.output).toMatch(/^Can't load module from .*statics\.so: native modules cannot be loaded: Too many/m);
    expect(ending.output).toMatch(/^ERR Error loading the extension: native modules cannot be loaded: Too many/m);
    expect(ending.output).toContain('done');
    expect(ending).toMatchObject(WELL);
  });
});
