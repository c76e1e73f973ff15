/**
 * The table of directives against a real redis-server: the same configuration files and the same CONFIG SET values go
 * to both, in-process on our side, and all values and error texts are compared.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { parseCommandLine } from '../../src/server/process/cli.ts';
import { oracleAvailable } from '../support/availability.ts';
import { Random } from '../support/fuzz.ts';
import { type RespClient, RespError } from '../support/resp.ts';
import { freePort, startRedis, type TestServer, temporaryFolder } from '../support/server.ts';

/** Directives whose defaults or meaning differ between the oracle's 7.0 and 7.4, or that depend on its build. */
const DIFFERENT = new Set([
  'maxmemory-samples',
  'activedefrag',
  'aof-disable-auto-gc',
  'io-threads',
  'jemalloc-bg-thread',
]);

function ourConfig(argv: readonly string[]): Config {
  const line = parseCommandLine(argv);
  if (line.kind !== 'run') throw new Error(`unexpected command line ${argv.join(' ')}`);
  const config = new Config();
  loadConfig(config, { ...(line.file === null ? {} : { file: line.file }), options: line.options });
  return config;
}

async function theirValues(client: RespClient, ...patterns: string[]): Promise<Map<string, string>> {
  const flat = ((await client.call('CONFIG', 'GET', ...patterns)) as unknown[]).map(String);
  return new Map(flat.flatMap((text, i) => (i % 2 === 0 ? [[text, flat[i + 1]!] as const] : [])));
}

/** Error of a CONFIG SET, null when it was taken. */
async function theirError(client: RespClient, ...pairs: string[]): Promise<string | null> {
  const reply = await client.call('CONFIG', 'SET', ...pairs);
  return reply instanceof RespError ? reply.message : null;
}

describe.skipIf(!oracleAvailable())('values and errors of directives', () => {
  let redis: TestServer;
  let client: RespClient;
  let config: Config;

  beforeAll(async () => {
    redis = await startRedis({ 'enable-protected-configs': 'yes' });
    client = await redis.connect();
    const same = ['--enable-protected-configs', '--enable-debug-command', '--enable-module-command'];
    config = ourConfig([...same.flatMap((name) => [name, 'yes']), '--save', '', '--dir', redis.dir]);
  });
  afterAll(() => redis.stop());

  it('has every directive of the oracle with its default', async () => {
    const theirs = await theirValues(client, '*');
    for (const given of ['port', 'bind']) theirs.delete(given);
    const ours = new Map(config.get([...theirs.keys()]));
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });

  const NUMBERS = ['0', '1', '-1', '5', '010', '+5', ' 5', '5 ', '', 'x', '0x10', '1.5', '64', '100', '101', '65536'];
  const HUGE = ['2147483647', '2147483648', '4294967296', '9223372036854775807', '9223372036854775808', '-2147483649'];
  const SIZES = [
    '1k',
    '1kb',
    '2MB',
    '3gB',
    '1tb',
    '5b',
    'kb',
    '1 kb',
    '18446744073709551615',
    '20000000000gb',
    '50%',
    '101%',
    '%',
  ];
  const WORDS = ['yes', 'NO', 'maybe', 'default', 'local', 'allkeys-LRU', 'a b', 'a/b', 'always', 'optional', 'swapdb'];
  const LISTS = [
    '60 1',
    '60 1 300 0',
    '60',
    '0 1',
    '60 -1',
    '60  1',
    'normal 1k 2MB 3',
    'master 1 1 1',
    'replica 0 0 x',
  ];
  const SETS = [
    'save now',
    'nosave force now',
    'save nosave',
    'now save nope',
    '0 1 2',
    '1 2 3000',
    '50 99.9 100',
    '50 101',
  ];
  const EVENTS = [
    'KEA',
    'KEg$n',
    'Q',
    'AKEmn',
    'lshz',
    'dtxe',
    'a.b-C',
    'a_b',
    '{title} x',
    '{x}',
    '{title',
    '{{title}',
  ];
  const VALUES = [...NUMBERS, ...HUGE, ...SIZES, ...WORDS, ...LISTS, ...SETS, ...EVENTS];
  /** What would end the connection, the oracle, is a matter of the machine, or has a bound of ours. */
  const UNTRIED = new Set([
    'proto-max-bulk-len',
    'port',
    'tls-port',
    'bind',
    'maxclients',
    'timeout',
    'requirepass',
    'dir',
    'loglevel',
  ]);

  it('takes and refuses the same values for every directive', async () => {
    const names = [...(await theirValues(client, '*')).keys()].filter(
      (name) =>
        !UNTRIED.has(name) && !DIFFERENT.has(name) && !name.startsWith('tls-') && !name.startsWith('oom-score-adj'),
    );
    for (const name of names) {
      const [[, before]] = config.get([name]) as [[string, string]];
      for (const value of VALUES) {
        const theirs = await theirError(client, name, value);
        const ours = config.set([[name, value]], { allowProtected: true });
        expect(ours, `CONFIG SET ${name} ${JSON.stringify(value)}`).toBe(theirs);
        const got = (await theirValues(client, name)).get(name);
        expect(config.get([name]), `CONFIG GET ${name} after ${JSON.stringify(value)}`).toEqual([[name, got]]);
        // A memory limit would make the oracle refuse what follows.
        if (theirs === null) {
          await client.call('CONFIG', 'SET', name, before);
          config.set([[name, before]], { allowProtected: true });
        }
      }
    }
  });

  it('answers the same to several pairs at once', async () => {
    const lines: string[][] = [
      ['maxmemory', '1kb', 'hz', 'abc'],
      ['hz', '1', 'HZ', '2'],
      ['hz', '7', 'foo', '1', 'daemonize', 'yes'],
      ['daemonize', 'yes', 'foo', '1'],
      ['Daemonize', 'yes'],
      ['min-slaves-to-write', '1', 'min-replicas-to-write', '2'],
      ['min-replicas-to-write', '5', 'min-slaves-to-write', 'x'],
      ['MAXMEMORY', '9', 'hz', '9', 'save', '100 1', 'appendfsync', 'no'],
      ['', 'x'],
      ['slowlog-max-len', '-1', 'hz', '3'],
    ];
    for (const line of lines) {
      const pairs = Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i]!, line[2 * i + 1]!] as const);
      const theirs = await theirError(client, ...line);
      expect(config.set(pairs), line.join(' ')).toBe(theirs);
      const watched = ['maxmemory', 'hz', 'min-*-to-write', 'save', 'appendfsync', 'slowlog-max-len'];
      expect(new Map(config.get(watched))).toEqual(await theirValues(client, ...watched));
    }
  });

  it('matches the same patterns', async () => {
    const random = new Random(20260101);
    const pieces = [
      '*',
      '?',
      'max',
      'MEM',
      '[m-a]',
      '[^a]',
      '[A-Z]',
      '\\m',
      'e',
      '-',
      'list',
      '**',
      '[',
      'm[ae]x',
      '[\\M]',
    ];
    const known = await theirValues(client, '*');
    for (let round = 0; round < 300; round++) {
      const patterns = Array.from({ length: random.between(1, 3) }, () =>
        Array.from({ length: random.between(1, 5) }, () => random.pick(pieces)).join(''),
      );
      const theirs = await theirValues(client, ...patterns);
      for (const name of DIFFERENT) theirs.delete(name);
      const ours = new Map(config.get(patterns).filter(([name]) => known.has(name) && !DIFFERENT.has(name)));
      expect([...ours.keys()].sort(), patterns.join(' ')).toEqual([...theirs.keys()].sort());
    }
  });
});

describe.skipIf(!oracleAvailable())('configuration files', () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  it('mean the same to both servers', async () => {
    mkdirSync(join(folder, 'conf.d'));
    writeFileSync(join(folder, 'conf.d', 'b.conf'), 'hz 22\ntimeout 9\n');
    writeFileSync(join(folder, 'conf.d', 'a.conf'), 'hz 21\nMAXMEMORY-SAMPLES   7\n');
    writeFileSync(join(folder, 'conf.d', '.hidden.conf'), 'hz 99\n');
    writeFileSync(join(folder, 'one.conf'), 'slowlog-max-len 5 \r\n');
    const file = join(folder, 'main.conf');
    writeFileSync(
      file,
      `# comment
      maxmemory 100mb
      MaxMemory "2\\x67b"
      \t maxmemory-policy 'allkeys-lfu'
      save 10 1
      save 20 2 30 3
      client-output-buffer-limit normal 1mb 2mb 3
      client-output-buffer-limit "replica 4mb 5mb 6"
      slave-priority 55
      include ${join(folder, 'one.conf')}
      include ${join(folder, 'conf.d')}/*.conf
      include ${join(folder, 'none')}/*.conf
      latency-tracking-info-percentiles 50 99.5
      notify-keyspace-events "Eg$"
      proc-title-template "{title} \\"{port}\\" it\\'s"
      masterauth 'it\\'s "secret"'
      list-max-ziplist-entries 512
      shutdown-on-sigterm now save
      oom-score-adj-values 1 2 3
      hz 0
      zset-max-ziplist-value 1k
      `,
    );
    const port = String(await freePort());
    const argv = [
      file,
      '--port',
      port,
      '--unixsocketperm',
      '700',
      '--save',
      '40',
      '4',
      '--client-query-buffer-limit',
      '2mb',
    ];
    const redis = await startRedis({ port, unixsocketperm: '700' }, { args: argv });
    const client = await redis.connect();
    const theirs = await theirValues(client, '*');
    await redis.stop();
    // startRedis has its own directives behind ours.
    const config = ourConfig([...argv, '--port', port, '--save', '', '--bind', '127.0.0.1', '--dir', folder]);
    for (const name of ['dir', 'enable-debug-command', 'enable-module-command']) theirs.delete(name);
    expect(Object.fromEntries(config.get([...theirs.keys()]))).toEqual(Object.fromEntries(theirs));
  });

  it.each([
    ['port 1\nfoo bar'],
    ['port'],
    ['port 1 2'],
    ['port "1'],
    ["port '1'x"],
    ['maxclients 0'],
    ['save 3'],
    ['save "60 1 x"'],
    ['appendonly "yes no"'],
    ['rename-command a'],
    ['unixsocketperm 9'],
    ['replicaof a b'],
    ['slaveof host 70000'],
    ['dir /nonexistent'],
    ['logfile /nonexistent/x'],
    ['include'],
    ['sentinel monitor x'],
    ['loadmodule'],
    ['a.b'],
    ['appendfilename a/b'],
    ['dbfilename a/b'],
    ['appenddirname ""'],
    ['cluster-enabled yes\nreplicaof a 1'],
    ['list-max-ziplist-entries 1 2'],
    ['shutdown-on-sigint save nosave'],
    ['hz 5\n\n  # x\n\tmaxmemory-clients 200%'],
  ])('%j stops both with the same words', (content) => {
    const file = join(folder, 'bad.conf');
    writeFileSync(file, content);
    const theirs = spawnSync('redis-server', [file, '--port', '0'], { encoding: 'utf8', timeout: 20_000 });
    let report = '';
    try {
      ourConfig([file, '--port', '0']);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      report = error.report('7.0.15').replace(/^\(.*\)\n/m, '');
    }
    expect(theirs.status).toBe(1);
    expect(report).toBe(theirs.stderr);
  });
});
