/** What MONITOR, INFO commandstats and errorstats tell of the same commands. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import type { RespClient } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

/** Lines with their number of replies over RESP3, pushes included. */
const LINES: readonly (readonly [line: string, replies: number])[] = [
  ['SUBSCRIBE a b', 2],
  ['PSUBSCRIBE p*', 1],
  ['SSUBSCRIBE s', 1],
  ['PUBLISH a hi', 2],
  ['SPUBLISH s hi', 2],
  ['PUBSUB NUMPAT', 1],
  ['PUBSUB CHANNELS', 1],
  ['PUBSUB NOSUCH', 1],
  ['UNSUBSCRIBE', 2],
  ['PUNSUBSCRIBE', 1],
  ['SUNSUBSCRIBE s', 1],
  ['SUBSCRIBE', 1],
  ['MULTI', 1],
  ['PUBLISH x y', 1],
  ['EXEC', 1],
  ['BLPOP q 0.01', 1],
  ['WAIT 0 0', 1],
  ['CLUSTER INFO', 1],
  ['ASKING', 1],
  ['FAILOVER', 1],
  ['MULTI', 1],
  ['SET a', 1],
  ['EXEC', 1],
  ['GET', 1],
  ['SET a 1', 1],
  ['LPUSH a x', 1],
];

/** The commands as MONITOR shows them, and what INFO has counted of them without the durations. */
async function observe(server: TestServer): Promise<{ monitored: string[]; stats: string[] }> {
  const [admin, monitor, client] = await Promise.all([server.connect(), server.connect(), server.connect(3)]);
  await admin.call('CONFIG', 'RESETSTAT');
  await monitor.call('MONITOR');
  for (const [line, replies] of LINES) {
    client.send(...line.split(' '));
    for (let i = 0; i < replies; i++) await client.readRaw();
  }
  client.send('PING', 'the end');
  const monitored: string[] = [];
  while (!monitored.at(-1)?.includes('the end')) monitored.push(await nextLine(monitor));
  const info = `${await admin.call('INFO', 'commandstats')}\r\n${await admin.call('INFO', 'errorstats')}`;
  for (const each of [admin, monitor, client]) each.destroy();
  const stats = info.split('\r\n').filter((line) => /^(cmdstat|errorstat)_/.test(line));
  return { monitored, stats: stats.map((line) => line.replace(/usec=\d+,usec_per_call=[\d.]+,/, '')).sort() };
}

/** A line of MONITOR without time and address. */
async function nextLine(monitor: RespClient): Promise<string> {
  return (await monitor.readRaw()).toString().replace(/^\+[\d.]+ \[(\d+) [^\]]*\]/, '[$1]');
}

describe.skipIf(!oracleAvailable())('observation of commands', () => {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  test('MONITOR, commandstats and errorstats', async () => {
    const [ours, theirs] = await Promise.all(servers.map(observe));
    expect(ours!.monitored.length).toBeGreaterThan(20);
    expect(ours).toEqual(theirs);
  });
});
