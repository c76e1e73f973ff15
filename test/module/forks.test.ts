/** Fork children of modules: they work on a copy of everything while the server serves, however they end. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeShim } from '../../src/memory/shim.ts';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

const module =
  compilerAvailable() && typeof nativeShim() !== 'string'
    ? compileModule(join(repositoryRoot, 'test', 'modules', 'forks.c'), temporaryFolder())
    : '';

describe.skipIf(module === '')('fork children', () => {
  let server: TestServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startGraftis({ loadmodule: module });
    client = await server.connect();
  });
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  const state = async () => (await client.call('fk.state')) as number[];
  const info = async (field: string) =>
    new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(String(await client.call('INFO', 'everything')))?.[1];

  /** Runs a command that forks, and waits for the end of the child: its status and the signal that ended it. */
  async function endOf(...line: string[]): Promise<number[]> {
    const [, , , before] = await state();
    expect(await client.call(line[0]!, ...line.slice(1))).toBe('OK');
    await until(async () => (await state())[3] === before! + 1);
    const [running, status, signal] = await state();
    expect(running).toBe(0);
    return [status!, signal!];
  }

  test('a child works and reports while 50 clients are served', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
    let served = 0;
    const end = endOf('fk.work', '600');
    let runs = true;
    const serve = async (each: RespClient, i: number) => {
      for (; runs; served++) expect(await each.call('SET', `k${i}`, `${served}`)).toBe('OK');
    };
    const serving = clients.map(serve);
    await until(async () => Number(await info('current_fork_perc')) > 20);
    expect(await info('module_fork_in_progress')).toBe('1');
    expect(Number(await info('current_cow_size'))).toBeGreaterThan(0);
    expect(await client.call('fk.work', '1')).toMatchObject({ message: 'ERR cannot fork: there is a child' });
    expect(await end).toEqual([7, 0]);
    runs = false;
    await Promise.all(serving);
    expect(served).toBeGreaterThan(500);
    for (const each of clients) each.destroy();
    expect(await info('module_fork_in_progress')).toBe('0');
    expect(Number(await info('module_fork_last_cow_size'))).toBeGreaterThan(0);
    expect(Number(await info('total_forks'))).toBeGreaterThan(0);
    expect(Number(await info('latest_fork_usec'))).toBeGreaterThan(0);
    await server.logged(/\* <forks> the sum after 600 ms is there/);
    await server.logged(/\* Module fork started pid: \d+ /);
    await server.logged(/\* Module fork exited pid: \d+, retcode: 7, bysignal: 0/);
    const [, , , , born, died] = await state();
    expect([born, died]).toEqual([1, 1]);
  });

  test('a child that crashes is noticed', async () => {
    expect(await endOf('fk.crash')).toEqual([0, 11]);
    await server.logged(/# Module forks: its fork child \d+ was ended by signal 11/);
  });

  test('what needs the server fails in a child, and the log names it', async () => {
    expect(await endOf('fk.call')).toEqual([3, 0]);
    expect(await client.call('EXISTS', 'from')).toBe(0);
    await server.logged(/# Module forks: RedisModule_Call was called in the fork child \d+, where it cannot work/);
  });

  test('a child that returns to the server is ended', async () => {
    expect(await endOf('fk.return')).toEqual([255, 0]);
    // V8's own code is not there in a child: on its way to the check behind a callback it faults.
    expect([
      [255, 0],
      [0, 11],
    ]).toContainEqual(await endOf('fk.timer'));
    await server.logged(/# <forks> a fork child returned to the server/);
    expect(await client.call('PING')).toBe('PONG');
  });

  test('RM_KillForkChild', async () => {
    expect(await client.call('fk.kill')).toBe(1);
    const before = await state();
    expect(await client.call('fk.sleep')).toBe('OK');
    expect(await client.call('fk.kill')).toBe(0);
    // Its function is not called.
    expect((await state()).slice(0, 4)).toEqual(before.slice(0, 4));
    expect(await client.call('fk.exit')).toBe(1);
    await server.logged(/misuse.*RedisModule_ExitFromChild was given a call outside of a fork child/);
  });

  test('a connection that the server closes is closed, whatever a child has open', async () => {
    const other = await server.connect();
    expect(await client.call('fk.sleep')).toBe('OK');
    expect(await other.call('QUIT')).toBe('OK');
    await other.closed();
    expect(await client.call('fk.kill')).toBe(0);
  });

  test('the end of the server is the end of the child', async () => {
    const last = await startGraftis({ loadmodule: module });
    const lone = await last.connect();
    expect(await lone.call('fk.sleep')).toBe('OK');
    lone.destroy();
    await last.stop();
    expect(last.log).toMatch(/# There is a module fork child. Killing it!/);
    expect(last.process.exitCode).toBe(0);
  });
});
