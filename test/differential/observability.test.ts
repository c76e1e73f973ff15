/** What the servers say of the same commands afterwards: statistics, histograms, SLOWLOG and MONITOR. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { splitCommandLine } from '../support/command-line.ts';
import type { RespClient } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer, until } from '../support/server.ts';

/** Commands that succeed, fail, are refused, run in transactions. What waits and times out is in histograms since 7.2 only. */
const LINES = `
SET k v
GET k
INCR k
LPUSH k x
NOSUCH a b
GET
CONFIG NOSUCH
CONFIG GET maxmemory
OBJECT ENCODING k
OBJECT ENCODING none
MULTI
SET a 1
INCR k
GET a
AUTH x
EXEC
EXEC
MULTI
GET
EXEC
DISCARD
MULTI
MULTI
WATCH k
EXEC
XADD s 1-1 f v
XGROUP CREATE s g 0
XGROUP CREATE s g 0
XREADGROUP GROUP none c STREAMS s >
EVALSHA
CLIENT KILL TYPE nosuch
CLIENT SETNAME "a b"
SETEX e 0 v
EXPIRE k nonumber
`;
/** What one of the servers does not have, or counts by nature otherwise. */
const APART = /^(evalsha|info|client\|id|hello|flushall|command.*|config\|resetstat|slowlog.*)$/;

describe.skipIf(!oracleAvailable())('what is told of commands', () => {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  async function run(server: TestServer, protocol: 2 | 3, lines: string): Promise<RespClient> {
    const client = await server.connect(protocol);
    await client.call('FLUSHALL');
    await client.call('CONFIG', 'RESETSTAT');
    for (const line of lines.trim().split('\n')) await client.call(...splitCommandLine(line));
    return client;
  }

  /** The lines `prefix<name>:<rest>` of a section, without what takes time. */
  async function section(client: RespClient, name: string, prefix: string): Promise<string[]> {
    const text = String(await client.call('INFO', name));
    return text
      .split('\r\n')
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length).replace(/usec[^,]*,|p\d+(\.\d+)?=[\d.]+,?/g, ''))
      .filter((line) => !APART.test(line.split(':')[0]!))
      .sort();
  }

  /** Both servers' answers to the same question. */
  async function both<T>(ask: (server: TestServer) => Promise<T>): Promise<[T, T]> {
    const [ours, theirs] = await Promise.all(servers.map(ask));
    return [ours!, theirs!];
  }

  test.for([2, 3] as const)('RESP%i: statistics of commands and errors', async (protocol) => {
    const [ours, theirs] = await both(async (server) => {
      const client = await run(server, protocol, LINES);
      const told = {
        commands: await section(client, 'commandstats', 'cmdstat_'),
        errors: await section(client, 'errorstats', 'errorstat_'),
        latency: await section(client, 'latencystats', 'latency_percentiles_usec_'),
        totals: String(await client.call('INFO', 'stats')).match(/(total_error_replies|unexpected_error_replies):\d+/g),
      };
      client.destroy();
      return told;
    });
    expect(ours).toEqual(theirs);
  });

  test.for([2, 3] as const)('RESP%i: calls in the histograms', async (protocol) => {
    const [ours, theirs] = await both(async (server) => {
      const client = await run(server, protocol, LINES);
      const reply = (await client.call('LATENCY', 'HISTOGRAM', 'set', 'get', 'incr', 'xgroup', 'nosuch')) as
        | Map<string, unknown>
        | unknown[];
      client.destroy();
      return JSON.stringify(reply instanceof Map ? [...reply] : reply).match(/"[a-z|]+"|"calls",\d+/g);
    });
    expect(ours).toEqual(theirs);
  });

  test.for([2, 3] as const)('RESP%i: SLOWLOG', async (protocol) => {
    const [ours, theirs] = await both(async (server) => {
      const client = await server.connect(protocol);
      await client.call('CLIENT', 'SETNAME', 'me');
      await client.call('FLUSHALL');
      await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await client.call('SLOWLOG', 'RESET');
      for (const line of LINES.trim().split('\n')) await client.call(...splitCommandLine(line));
      await client.call('SADD', 's1', 'a', 'b');
      await client.call('SPOP', 's1', '5');
      await client.call('INCRBYFLOAT', 'f', '1.5');
      await client.call('CONFIG', 'SET', 'requirepass', '');
      const entries = (await client.call('SLOWLOG', 'GET', '-1')) as unknown[][];
      await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '10000');
      client.destroy();
      return entries.map(([, , , args, , name]) => [args, name]);
    });
    expect(ours).toEqual(theirs);
  });

  test.for([2, 3] as const)('RESP%i: MONITOR', async (protocol) => {
    const [ours, theirs] = await both(async (server) => {
      const monitor = await server.connect(protocol);
      const client = await server.connect(protocol);
      await monitor.call('MONITOR');
      await client.call('SELECT', '3');
      for (const line of LINES.trim().split('\n')) await client.call(...splitCommandLine(line));
      await client.call('ECHO', Buffer.from('"\\\r\n\t\x00\xff\x07', 'latin1'));
      await client.call('ECHO', 'the end');
      const seen: string[] = [];
      do seen.push(String(await monitor.read()).replace(/^\d+\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\]/, '[$1]'));
      while (!seen.at(-1)!.includes('the end'));
      monitor.destroy();
      client.destroy();
      return seen;
    });
    expect(ours).toEqual(theirs);
  });

  test('a command that waited is in SLOWLOG as it was, once, when it is answered', async () => {
    const [ours, theirs] = await both(async (server) => {
      const client = await server.connect();
      const other = await server.connect();
      await other.call('FLUSHALL');
      await other.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await other.call('SLOWLOG', 'RESET');
      client.send('BLPOP', 'waited', '0');
      await until(async () => /blocked_clients:1/.test(String(await other.call('INFO', 'clients'))));
      await other.call('RPUSH', 'waited', 'x');
      await client.read();
      await other.call('CONFIG', 'SET', 'slowlog-log-slower-than', '10000');
      const entries = (await other.call('SLOWLOG', 'GET', '-1')) as unknown[][];
      client.destroy();
      other.destroy();
      return entries.map(([, , , args]) => JSON.stringify(args)).filter((args) => /blpop/i.test(args));
    });
    expect(ours).toEqual(['["BLPOP","waited","0"]']);
    expect(theirs).toEqual(ours);
  });

  test('a pause holds up expiry, and what was counted before is counted after it', async () => {
    const [ours, theirs] = await both(async (server) => {
      const client = await server.connect();
      const writer = await server.connect();
      await client.call('FLUSHALL');
      await client.call('CONFIG', 'RESETSTAT');
      await client.call('MULTI');
      await client.call('SET', 'a', '1', 'PX', '5');
      await client.call('SET', 'b', '1', 'PX', '5');
      await client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
      await client.call('EXEC');
      writer.send('SET', 'c', '1');
      await until(async () => (await client.call('GET', 'a')) === null && (await client.call('GET', 'b')) === null);
      const stats = async () => String(await client.call('INFO', 'stats')).match(/expired_keys:\d+/)![0];
      const paused = [await client.call('DBSIZE'), await stats(), await client.call('CLIENT', 'UNPAUSE')];
      const written = await writer.read();
      await client.call('GET', 'a');
      await client.call('GET', 'b');
      const after = [await client.call('DBSIZE'), await stats()];
      client.destroy();
      writer.destroy();
      return [...paused, written, ...after];
    });
    expect(ours).toEqual(theirs);
  });
});
