/** The real redis-cli as a client of graftis: its modes rely on commands and formats no single test shows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from './support/availability.ts';
import { redisCli } from './support/redis-cli.ts';
import { encodeCommand } from './support/resp.ts';
import { startGraftis, type TestServer } from './support/server.ts';

describe.skipIf(!oracleAvailable())('redis-cli', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGraftis();
  });
  afterAll(() => server?.stop());

  const cli = async (args: string[], stdin: string | Buffer = ''): Promise<string> => {
    const { stdout, stderr, status } = await redisCli(server.port, args, stdin);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout;
  };

  test('commands from arguments and from stdin', async () => {
    expect(await cli(['SET', 'k', 'v'])).toBe('OK\n');
    expect(await cli([], 'GET k\nINCR n\nMGET k none\nNOSUCH\n')).toBe(
      "v\n1\nv\n\nERR unknown command 'NOSUCH', with args beginning with: \n\n",
    );
    expect(await cli(['--no-raw', 'MGET', 'k', 'none'])).toBe('1) "v"\n2) (nil)\n');
    expect(await cli(['-n', '5', 'DBSIZE'])).toBe('0\n');
  });

  test('RESP3', async () => {
    expect(await cli(['-3', '--no-raw', 'CONFIG', 'GET', 'maxmemory'])).toBe('1# "maxmemory" => "0"\n');
    expect(await cli(['-3', '--no-raw', 'DEBUG', 'PROTOCOL', 'double'])).toBe('(double) 3.141\n');
  });

  test('--pipe loads a stream of commands', async () => {
    const count = 20_000;
    const stream = Buffer.concat(
      Array.from({ length: count }, (_, i) => encodeCommand(['SET', `pipe:${i}`, `value ${i}`])),
    );
    expect(await cli(['--pipe'], stream)).toContain(`errors: 0, replies: ${count}`);
    expect(await cli(['GET', `pipe:${count - 1}`])).toBe(`value ${count - 1}\n`);
  });

  test('--scan lists every key once', async () => {
    await cli(['FLUSHALL']);
    await cli(
      ['--pipe'],
      Buffer.concat(Array.from({ length: 1000 }, (_, i) => encodeCommand(['SET', `scan:${i}`, 'v']))),
    );
    const keys = (await cli(['--scan', '--pattern', 'scan:*'])).trim().split('\n');
    expect(new Set(keys).size).toBe(1000);
    expect(keys.length).toBe(1000);
  });

  test('--bigkeys and --memkeys find the largest string', async () => {
    await cli(['FLUSHALL']);
    await cli(['SET', 'small', 'v']);
    await cli(['SET', 'largest', 'v'.repeat(5000)]);
    expect(await cli(['--bigkeys'])).toMatch(/Biggest string found '"largest"' has 5000 bytes/);
    expect(await cli(['--memkeys'])).toMatch(/Biggest string found '"largest"' has \d+ bytes/);
  });

  test('--latency measures', async () => {
    expect(await cli(['--latency', '--raw'])).toMatch(/^\d+ \d+ \d+\.\d+ \d+\n$/);
  });
});
