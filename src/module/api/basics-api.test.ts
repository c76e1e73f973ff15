import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilerAvailable, oracleAvailable } from '../../../test/support/availability.ts';
import { FakeEnv } from '../../../test/support/module-env.ts';
import { compileModule } from '../../../test/support/modules.ts';
import type { RespClient } from '../../../test/support/resp.ts';
import { repositoryRoot, startRedis, type TestServer, temporaryFolder } from '../../../test/support/server.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { ModuleHost } from '../host.ts';

type Line = readonly (string | Buffer | number)[];

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '01',
  '+1',
  ' 1',
  '1 ',
  '',
  '-',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
  '1e3',
  '0x10',
  'a',
  '1\0',
];
const DOUBLES = [
  ...NUMBERS,
  '1.5',
  '-.5',
  '.',
  '5.',
  '1e309',
  '1e-400',
  'inf',
  '-INF',
  'infinity',
  'nan',
  '1e',
  '0x1.8p3',
  '3.0000000000000001',
  '1.7976931348623157e308',
  '4.9e-324',
  '123456789012345678901234567890',
];
const LONG_DOUBLES = [
  '0',
  '1',
  '-1.5',
  '3.14159265358979323846',
  '1e100',
  '0.1',
  '-0',
  '1e-30',
  'inf',
  '-inf',
  'nan',
  'x',
  '1 ',
  ' 1',
  '',
  '0x1p4',
];
const IDS = [
  '5',
  '5-6',
  '-',
  '+',
  '18446744073709551615-18446744073709551615',
  '5-',
  '-5',
  'a-1',
  '5-*',
  '',
  '18446744073709551616',
  '5-6-7',
  '007-8',
];

const LINES: Line[] = [
  ...NUMBERS.map((text) => ['b.ll', text]),
  ...DOUBLES.map((text) => ['b.double', text]),
  ...LONG_DOUBLES.map((text) => ['b.longdouble', text]),
  ...IDS.map((text) => ['b.streamid', text]),
  ...[
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'a'],
    ['', 'a'],
    ['a', 'ab'],
    ['\0', ''],
    ['\xff', 'a'],
    ['aa\0b', 'aa\0c'],
  ].map((p) => ['b.compare', ...p]),
  ['b.fromll', '-9223372036854775808'],
  ['b.fromll', '9223372036854775807'],
  ['b.append', '100', 'xyz'],
  ['b.append', '3', 'x'.repeat(100000)],
  ['b.append', '10', ''],
  ['b.append', '5', 'a\0b'],
  ['b.shared'],
  ['b.keep', 'one', '', 'x'.repeat(70000)],
  ['b.keep', 'four', 'a\0b', 'y'.repeat(200000)],
  ['b.keep', '1', '2', '3'],
  ['b.pool', '1'],
  ['b.pool', '8'],
  ['b.pool', '10000'],
  ['b.memory'],
  ['b.formats', 'some text'],
  ['b.reply'],
  ...['simple', 'error', 'buffer', 'cstring', 'string', 'verbatim', 'markdown', 'shorttype'].flatMap((kind) =>
    ['ERR plain', '', 'caf\xe9 \xff', 'x'.repeat(100), 'y'.repeat(70000)].map((text) => [
      'b.reply',
      kind,
      Buffer.from(text, 'latin1'),
    ]),
  ),
  ['b.reply', 'error', 'ERR two\r\nlines\n'],
  ['b.reply', 'buffer', 'a\0b'],
  ['b.reply', 'cstring', 'a\0b'],
  ...['empty', 'null', 'nullarray', 'emptyarray', 'array', 'map', 'set'].map((kind) => ['b.reply', kind]),
  ...['0', '1', '-7', '9223372036854775807', '-9223372036854775808'].map((n) => ['b.reply', 'integer', n]),
  ...['0', '1', '5'].map((n) => ['b.reply', 'bool', n]),
  ['b.reply', 'bignumber', '1234567999999999999999999999999999999'],
  ...['0', '-0', '1', '-1.5', '100', '1e20', 'inf', '-inf'].map((n) => ['b.reply', 'double', n]),
  ['b.nested', '0'],
  ['b.nested', '1'],
  ['b.attribute', '0'],
  ['b.attribute', '1'],
  ['b.many', '0'],
  ['b.many', '1'],
  ['b.many', '2000'],
];

describe.skipIf(!compilerAvailable() || !oracleAvailable())('strings and replies are those of redis-server', () => {
  const folder = temporaryFolder();
  const env = new FakeEnv();
  const host = new ModuleHost(env);
  let redis: TestServer;
  const clients = new Map<2 | 3, RespClient>();

  beforeAll(async () => {
    const path = compileModule(join(repositoryRoot, 'test', 'modules', 'basics.c'), folder);
    redis = await startRedis({ loadmodule: path });
    clients.set(2, await redis.connect(2));
    clients.set(3, await redis.connect(3));
    expect(host.load(path), env.logged.join('\n')).toBe(true);
  });

  afterAll(async () => {
    host.close();
    for (const client of clients.values()) client.destroy();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([2, 3] as const)('RESP%i', async (resp) => {
    const client = clients.get(resp)!;
    const before = moduleStrings.size;
    for (const line of LINES) {
      client.send(...line);
      const theirs = (await client.readRaw()).toString('latin1');
      // One more attribute precedes the reply that it belongs to.
      const whole = theirs.startsWith('|')
        ? theirs + (theirs.endsWith(':7\r\n') ? '' : (await client.readRaw()).toString('latin1'))
        : theirs;
      expect(env.run(line, env.client(resp)), `RESP${resp} ${line.map(String).join(' ').slice(0, 80)}`).toBe(whole);
    }
    // b.keep holds three; everything else is given back.
    expect(moduleStrings.size - before).toBe(resp === 2 ? 3 : 0);
  });
});
