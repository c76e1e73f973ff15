/** CLIENT REPLY against the oracle: all that comes back, byte for byte, up to the answer of a last PING. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { splitCommandLine } from '../support/command-line.ts';
import { encodeCommand } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

const cases: Record<string, string> = {
  'off and on': 'CLIENT REPLY OFF | SET k v | GET k | NOSUCH | CLIENT REPLY ON | GET k',
  skip: 'CLIENT REPLY SKIP | SET k v | GET k | CLIENT REPLY SKIP | NOSUCH | GET k',
  'skip twice': 'CLIENT REPLY SKIP | CLIENT REPLY SKIP | GET k | GET k',
  'off in a transaction':
    'MULTI | SET k 1 | CLIENT REPLY OFF | GET k | INCR k | EXEC | GET k | CLIENT REPLY ON | GET k',
  'on in a transaction':
    'CLIENT REPLY OFF | MULTI | SET k 1 | CLIENT REPLY ON | GET k | EXEC | GET k | CLIENT REPLY ON | GET k',
  'off and on in a transaction': 'MULTI | GET k | CLIENT REPLY OFF | GET k | CLIENT REPLY ON | PING | EXEC | GET k',
  'skip in a transaction': 'MULTI | GET k | CLIENT REPLY SKIP | GET k | EXEC | GET k | GET k',
  'skip before EXEC': 'MULTI | SET k 5 | GET k | CLIENT REPLY SKIP | EXEC | GET k',
  'a transaction that is not to be answered':
    'CLIENT REPLY OFF | MULTI | INCR k | EXEC | EXEC | CLIENT REPLY ON | GET k',
  'an aborted transaction that is not to be answered':
    'CLIENT REPLY OFF | MULTI | NOSUCH | EXEC | CLIENT REPLY ON | GET k',
  'a watched key, not to be answered':
    'WATCH k | INCR k | CLIENT REPLY OFF | MULTI | GET k | EXEC | CLIENT REPLY ON | GET k',
  'a command that would block': 'CLIENT REPLY OFF | BLPOP l 0.01 | CLIENT REPLY ON | PING',
  'wrong words': 'CLIENT REPLY | CLIENT REPLY MAYBE | CLIENT REPLY OFF x | PING',
};

describe.skipIf(!oracleAvailable())('CLIENT REPLY', () => {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  /** Everything a client gets for bytes, until `end` or the end of the connection. */
  async function heard(server: TestServer, protocol: 2 | 3, bytes: Buffer, end: string): Promise<string> {
    await server.call('FLUSHALL');
    const client = await server.connect(protocol);
    let text = '';
    const done = new Promise<void>((resolve) => {
      client.socket.on('data', (data) => {
        text += data.toString('latin1');
        if (text.includes(end)) resolve();
      });
      client.socket.on('close', () => resolve());
    });
    await client.write(bytes);
    await done;
    client.destroy();
    return text;
  }

  const protocols = [2, 3] as const;
  test.for(Object.entries(cases).flatMap(([name, lines]) => protocols.map((resp) => [resp, name, lines] as const)))(
    'RESP%i %s',
    async ([resp, , lines]) => {
      const commands = [...lines.split('|').map((line) => line.trim()), 'PING the-end'];
      const bytes = Buffer.concat(commands.map((line) => encodeCommand(splitCommandLine(line))));
      const [ours, theirs] = await Promise.all(servers.map((server) => heard(server, resp, bytes, 'the-end')));
      expect(ours).toBe(theirs);
    },
  );

  test.for(['OFF', 'SKIP'])('a protocol error after CLIENT REPLY %s', async (mode) => {
    const bytes = Buffer.from(`PING\r\nCLIENT REPLY ${mode}\r\n*1\r\nx\r\n`);
    const [ours, theirs] = await Promise.all(servers.map((server) => heard(server, 2, bytes, 'never')));
    expect(ours).toBe(theirs);
  });
});
