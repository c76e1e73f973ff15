/** Modules that do not come back: the log says which, although the server can do nothing any more. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nativeShim } from '../../src/memory/shim.ts';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, sleep, startGraftis, temporaryFolder, until } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'stuck.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('the watchdog', () => {
  /** A thread that calls the API while it holds a mutex which the main thread waits for. */
  test.skipIf(typeof nativeShim() === 'string')('what needs no lock does not wait for the main thread', async () => {
    const server = await startGraftis({ loadmodule: module });
    const [client, blocked] = [await server.connect(), await server.connect()];
    const answer = blocked.call('stuck.client', '300');
    await sleep(100);
    expect(await client.call('stuck.job')).toBe('OK');
    expect(await answer).toEqual(['a reply', '1.5', 'bytes']);
    await server.logged(/\* <stuck> done with the mutex held/);
    expect(server.log).not.toMatch(/<stuck> .*(wrong|no time)|misuse/);
    blocked.destroy();
    client.destroy();
    await server.stop();
    expect(server.log).not.toContain('has not come back');
  });

  test('without the native shim a command waits for ever for a thread that waits for the main thread', async () => {
    const server = await startGraftis({ loadmodule: module, 'native-shim': 'no' });
    const client = await server.connect();
    expect(await client.call('stuck.start', '300')).toBe('OK');
    await sleep(50);
    client.call('stuck.job').catch(() => {});
    await server.logged(/# Module stuck has not come back from its command stuck\.job for \d+ seconds/);
    server.process.kill('SIGKILL');
    await server.exited;
    expect(server.log.match(/has not come back/g)).toHaveLength(1);
    client.destroy();
    await server.stop();
  }, 30_000);

  test('callbacks, and servers that go on in the end; a log file', async () => {
    const folder = temporaryFolder();
    const logfile = join(folder, 'server.log');
    const server = await startGraftis({ loadmodule: module, logfile });
    const log = (): string => readFileSync(logfile, 'utf8');
    const client = await server.connect();
    expect(await client.call('stuck.wait', '3000')).toBe('OK');
    expect(await client.call('stuck.wait', '3000')).toBe('OK');
    expect(log()).not.toContain('has not come back');
    expect(await client.call('stuck.timer', '8000')).toBe('OK');
    await until(() => log().includes('Module stuck has not come back from a callback for'));
    expect(await client.call('PING')).toBe('PONG');
    client.destroy();
    await server.stop();
    expect(server.process.exitCode).toBe(0);
  }, 60_000);
});
