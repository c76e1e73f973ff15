/** Commands of modules that yield: the same from redis-server and from here, where sockets can be asked in between. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable, oracleAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import {
  repositoryRoot,
  startGraftis,
  startRedis,
  type TestServer,
  temporaryFolder,
  until,
} from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'yield.c'), temporaryFolder())
  : '';
const FLAG_NONE = '1';
const FLAG_CLIENTS = '2';
/** Over Node's sockets nothing is read while a command runs. */
const asksSockets = process.env['GRAFTIS_TEST_IO'] !== 'node';

describe.skipIf(module === '' || !asksSockets).each([
  ['graftis', startGraftis],
  ['redis-server', startRedis],
] as const)('yielding in %s', (name, start) => {
  if (name === 'redis-server' && !oracleAvailable()) return;
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ loadmodule: module, 'busy-reply-threshold': '20' });
  });
  afterAll(() => server.stop());

  test('others are told that the server is busy, with the words of the module', async () => {
    const [busy, other] = await Promise.all([server.connect(), server.connect()]);
    for (const [words, expected] of [
      [[], 'BUSY Redis is busy running a module command.'],
      [['counting sheep'], 'BUSY counting sheep'],
    ] as const) {
      const reply = busy.call('y.spin', '700', FLAG_CLIENTS, ...words);
      let refused = '';
      await until(async () => {
        const answer = await other.call('SET', 'k', 'v');
        if (answer instanceof Error) refused = answer.message;
        return refused !== '';
      });
      expect(refused).toBe(expected);
      expect(await other.call('y.quick')).toBe('quick');
      expect(await reply).toEqual(['before', 'after']);
      expect(await other.call('SET', 'k', 'v')).toBe('OK');
    }
    busy.destroy();
    other.destroy();
  });

  test('without the flag others wait', async () => {
    const [busy, other] = await Promise.all([server.connect(), server.connect()]);
    const reply = busy.call('y.spin', '200', FLAG_NONE);
    const answer = other.call('SET', 'k', 'v');
    expect(await reply).toEqual(['before', 'after']);
    expect(await answer).toBe('OK');
    busy.destroy();
    other.destroy();
  });
});
