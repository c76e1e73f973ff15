/** The wire protocol: requests cut into pieces, protocol errors, inline commands, half-closed sockets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from './support/availability.ts';
import { encodeCommand } from './support/resp.ts';
import { type Directives, startGraftis, startRedis, subjectIsOracle, type TestServer } from './support/server.ts';

let graftis: TestServer;
beforeAll(async () => {
  graftis = await startGraftis();
});
afterAll(() => graftis?.stop());

/** What a server sends in answer to `bytes` until it closes; with `halfClose` the input ends after them. */
async function answer(server: TestServer, bytes: Buffer, halfClose: boolean): Promise<string> {
  const client = await server.connect();
  client.socket.write(bytes);
  if (halfClose) client.endInput();
  const reply = (await client.readToEnd()).toString('latin1');
  client.destroy();
  return reply;
}

const PIPELINES: [name: string, bytes: Buffer][] = [
  [
    'multibulk',
    Buffer.concat([['SET', 'k', 'value'], ['GET', 'k'], ['PING'], ['ECHO', '\r\n$3\r\n']].map(encodeCommand)),
  ],
  ['inline', Buffer.from('SET k "a b"\r\nGET k\nPING\r\n\r\nECHO \'x y\'\r\n')],
  [
    'mixed',
    Buffer.concat([
      Buffer.from('PING\r\n'),
      encodeCommand(['MGET', 'k', 'none']),
      Buffer.from('PING\n*0\r\n\r\nPING\r\n'),
    ]),
  ],
  ['errors between', Buffer.concat([['NOSUCH', 'x'], ['GET'], ['SET', 'n', '1'], ['INCR', 'n']].map(encodeCommand))],
  [
    'empty and long arguments',
    Buffer.concat(
      [
        ['SET', '', ''],
        ['GET', ''],
        ['SET', 'l', 'x'.repeat(70)],
        ['GET', 'l'],
      ].map(encodeCommand),
    ),
  ],
];

describe('requests in pieces', () => {
  test.for(PIPELINES)('%s, cut at every byte boundary', async ([, bytes]) => {
    const whole = await answer(graftis, bytes, true);
    expect(whole).toMatch(/\r\n$/);
    const witness = await graftis.connect();
    for (let cut = 1; cut < bytes.length; cut++) {
      const client = await graftis.connect();
      await client.write(bytes.subarray(0, cut));
      // An answer on another connection: the server has had its turn with the first piece.
      await witness.call('PING');
      client.socket.end(bytes.subarray(cut));
      expect((await client.readToEnd()).toString('latin1'), `cut at ${cut}`).toBe(whole);
    }
    witness.destroy();
  });

  test.for(PIPELINES)('%s, byte by byte', async ([, bytes]) => {
    const whole = await answer(graftis, bytes, true);
    const witness = await graftis.connect();
    const client = await graftis.connect();
    for (const byte of bytes) {
      await client.write(Buffer.from([byte]));
      await witness.call('PING');
    }
    client.endInput();
    expect((await client.readToEnd()).toString('latin1')).toBe(whole);
    witness.destroy();
  });

  test('a pipeline larger than any buffer is answered in order', async () => {
    const client = await graftis.connect();
    const count = 50_000;
    client.socket.write(
      Buffer.concat(Array.from({ length: count }, (_, i) => encodeCommand(['ECHO', `message ${i}`]))),
    );
    for (let i = 0; i < count; i++) expect(await client.read()).toBe(`message ${i}`);
    client.destroy();
  });

  // redis-server drops what its socket cannot take at once; all replies are the better answer.
  test.skipIf(subjectIsOracle)('a client that ends its input after a pipeline gets all replies', async () => {
    const client = await graftis.connect();
    const value = 'v'.repeat(100_000);
    client.send('SET', 'half', value);
    for (let i = 0; i < 100; i++) client.send('GET', 'half');
    client.endInput();
    expect(await client.read()).toBe('OK');
    for (let i = 0; i < 100; i++) expect(await client.read()).toBe(value);
    await client.closed();
    client.destroy();
  });

  test('input that ends inside a request closes the connection silently', async () => {
    expect(await answer(graftis, Buffer.from('*2\r\n$4\r\nECHO\r\n$5\r\nab'), true)).toBe('');
    expect(await graftis.call('PING')).toBe('PONG');
  });
});

/** Bytes that end a connection with a protocol error. */
const PROTOCOL_ERRORS: string[] = [
  '*abc\r\n',
  '*\r\n',
  '* 1\r\n',
  '*1 \r\n',
  '*+1\r\n',
  '*01\r\n',
  '*1x\r\n',
  '*2147483648\r\n',
  '*9223372036854775807\r\n',
  '*9223372036854775808\r\n',
  '*99999999999999999999999999\r\n',
  '*1\r\nPING\r\n',
  '*1\r\n+PING\r\n',
  '*1\r\n:1\r\n',
  '*1\r\n*1\r\n',
  '*1\r\n\xff\r\n',
  '*1\r\n\r\n\r\n',
  '*1\r\n$\r\n',
  '*1\r\n$abc\r\n',
  '*1\r\n$-1\r\n',
  '*1\r\n$-9223372036854775808\r\n',
  '*1\r\n$4x\r\nPING\r\n',
  '*1\r\n$ 4\r\nPING\r\n',
  '*1\r\n$04\r\nPING\r\n',
  '*1\r\n$536870913\r\n',
  '*1\r\n$9223372036854775807\r\n',
  '*1\r\n$9223372036854775808\r\n',
  '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$x\r\n',
  '*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n',
  `*${'1'.repeat(65536)}`,
  `*1\r\n$${'1'.repeat(65536)}`,
  'x'.repeat(65537),
  'PING "unbalanced\r\n',
  "PING 'unbalanced\r\n",
  'PING "a"b\r\n',
  "PING 'a'b\r\n",
  'PING\r\nPING "\r\nPING\r\n',
  // Behind a NUL no line ends.
  `PING\0\r\n${'x'.repeat(65536)}\r\n`,
  `*1\0\r\n${'1'.repeat(65536)}\r\n`,
  `*1\r\n$4\0\r\n${'1'.repeat(65536)}\r\n`,
];

/** Odd input that is no error. */
const TOLERATED: string[] = [
  '\r\n\r\nPING\r\n',
  '\n\nPING\n',
  '   \r\nPING\r\n',
  '*0\r\nPING\r\n',
  '*-1\r\nPING\r\n',
  '*-2147483648\r\n*1\r\n$4\r\nPING\r\n',
  '*1\r\n$4\r\nPINGxxPING\r\n',
  '*1\rx$4\rxPINGxxPING\r\n',
  '*1\r\n$0\r\n\r\nPING\r\n',
  'PING\rx\r\n',
  'PING\r\r\n',
  'ECHO \x80\xff\r\n',
  'ECHO "\\x41\\n\\r\\t\\b\\a\\\\\\"\\q\\x4"\r\n',
  "ECHO 'it\\'s \\n \\x41'\r\n",
  'ECHO ""\r\n',
  "ECHO ''\r\n",
  'ECHO a"b c"\r\n',
  '  ECHO \t  x  \t\r\n',
  'ECHO \x0b\x0cx\r\n',
  'SET\r\n',
  'NOSUCH a b\r\n',
  'GET / HTTP/1.1\r\n',
  '$4\r\nPING\r\n',
  '+PING\r\n',
  '%1\r\nPING\r\n',
  `ECHO ${'y'.repeat(60000)}\r\n`,
  '*3\r\n$3\r\nSET\r\n$536870912\r\nshort',
  'QUIT\r\nPING\r\n',
  'PING\r\nPING\0\r\nPING\r\n',
  '\0PING\r\nPING\r\n',
  'ECHO "a\0b"\r\nPING\r\n',
  '*1\0\r\n$4\r\nPING\r\nPING\r\n',
  '*1\r\n$4\0\r\nPING\r\nPING\r\n',
  '*1\r\n$5\r\nPING\0\r\nPING\r\n',
  'CLIENT REPLY OFF\r\n*1\r\n!4\r\n',
  'CLIENT REPLY OFF\r\nSET "a\r\n',
  'CLIENT REPLY SKIP\r\n*1\r\n!4\r\n',
  'CLIENT REPLY SKIP\r\nPING\r\n*1\r\n!4\r\n',
  'CLIENT REPLY OFF\r\nCLIENT REPLY ON\r\n*1\r\n!\r\n',
];

/** Requests of a browser, which are not answered but end the connection. */
const FOREIGN: string[] = [
  'POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET stolen 1\r\n',
  'Host: localhost\r\nSET stolen 1\r\n',
  'hOsT:\r\nSET stolen 1\r\n',
  '*1\r\n$4\r\npost\r\nSET stolen 1\r\n',
  'PING\r\npost\r\nSET stolen 1\r\n',
];

/** Sent on a connection that has not authenticated yet. */
const UNAUTHENTICATED: string[] = ['*11\r\n', '*10\r\n$16385\r\n', '*2\r\n$4\r\nPING\r\n$16385\r\n', '*1048577\r\n'];

const shown = (bytes: string): [string, string] => [
  JSON.stringify(bytes.length > 60 ? `${bytes.slice(0, 60)}…` : bytes),
  bytes,
];

describe.skipIf(!oracleAvailable())('the same answer as redis-server', () => {
  let redis: TestServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  test.for(PROTOCOL_ERRORS.map(shown))('%s is answered with an error and closed', async ([, text]) => {
    const bytes = Buffer.from(text, 'latin1');
    const [ours, theirs] = await Promise.all([answer(graftis, bytes, false), answer(redis, bytes, false)]);
    expect(theirs).toMatch(/-ERR Protocol error: .*\r\n$/);
    expect(ours).toBe(theirs);
  });

  test.for(TOLERATED.map(shown))('%s', async ([, text]) => {
    const bytes = Buffer.from(text, 'latin1');
    const [ours, theirs] = await Promise.all([answer(graftis, bytes, true), answer(redis, bytes, true)]);
    expect(ours).toBe(theirs);
  });

  test.for(FOREIGN.map(shown))('%s is not answered and closes the connection', async ([, text]) => {
    const bytes = Buffer.from(text, 'latin1');
    for (const server of [graftis, redis]) {
      // The server may close before it has read all.
      expect(await answer(server, bytes, false).catch(() => '')).toBe('');
      expect(await server.call('EXISTS', 'stolen')).toBe(0);
      await server.logged(
        'Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands',
      );
    }
  });

  test('a line with a NUL is never executed', async () => {
    for (const server of [graftis, redis]) {
      await server.call('SET', 'a', '1');
      expect(await answer(server, Buffer.from('DEL a\0b\r\n'), true)).toBe('');
      expect(await server.call('GET', 'a')).toBe('1');
    }
  });

  test('limits before authentication', async () => {
    const password: Directives = { requirepass: 'secret' };
    const servers = await Promise.all([startGraftis(password), startRedis(password)]);
    try {
      for (const text of UNAUTHENTICATED) {
        const [ours, theirs] = await Promise.all(servers.map((server) => answer(server, Buffer.from(text), false)));
        expect(theirs).toContain('unauthenticated');
        expect(ours).toBe(theirs);
      }
      for (const text of ['PING\r\nAUTH secret\r\nPING\r\n', 'NOSUCH\r\nSET\r\nQUIT\r\n']) {
        const [ours, theirs] = await Promise.all(servers.map((server) => answer(server, Buffer.from(text), true)));
        expect(ours).toBe(theirs);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  test('proto-max-bulk-len bounds a bulk', async () => {
    const limit: Directives = { 'proto-max-bulk-len': '1mb' };
    const servers = await Promise.all([startGraftis(limit), startRedis(limit)]);
    try {
      for (const length of [1048576, 1048577]) {
        const bytes = Buffer.from(
          `*2\r\n$4\r\nECHO\r\n$${length}\r\n${'x'.repeat(length === 1048576 ? length : 0)}\r\n`,
        );
        const replies = await Promise.all(servers.map((server) => answer(server, bytes, true)));
        expect(replies[0]).toBe(replies[1]);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});
