/** The test tools themselves, against the oracle and against fixed bytes. */
import { describe, expect, test } from 'vitest';
import { oracleAvailable } from './availability.ts';
import { splitCommandLine } from './command-line.ts';
import { Random } from './fuzz.ts';
import { redisCli } from './redis-cli.ts';
import { comparable } from './reply-forms.ts';
import { Attributed, encodeCommand, Push, RespError, Verbatim } from './resp.ts';
import { decodeFrame, frameEnd, parseFrame } from './resp-parser.ts';
import { startRedis } from './server.ts';

const decode = (text: string): unknown => decodeFrame(parseFrame(Buffer.from(text)));

describe('RESP parser', () => {
  const frames: [string, unknown][] = [
    ['+OK\r\n', 'OK'],
    ['-ERR no\r\n', new RespError('ERR no')],
    [':-12\r\n', -12],
    [':9223372036854775807\r\n', 9223372036854775807n],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['_\r\n', null],
    ['$4\r\na\r\nb\r\n', 'a\r\nb'],
    ['*2\r\n$0\r\n\r\n*0\r\n', ['', []]],
    ['%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n', new Map([['a', new Set([1, 2])]])],
    [',3.5\r\n', 3.5],
    [',-inf\r\n', -Infinity],
    ['#t\r\n', true],
    ['(3492890328409238509324850943850943825024385\r\n', 3492890328409238509324850943850943825024385n],
    ['=8\r\ntxt:some\r\n', new Verbatim('txt', 'some')],
    ['!5\r\nERR x\r\n', new RespError('ERR x')],
    ['>2\r\n+message\r\n+x\r\n', new Push(['message', 'x'])],
    ['|1\r\n+ttl\r\n:3\r\n*1\r\n+v\r\n', new Attributed(new Map([['ttl', 3]]), ['v'])],
  ];
  test.for(frames)('%j', ([text, value]) => {
    expect(decode(text)).toEqual(value);
    const bytes = Buffer.from(`${text}+next`);
    for (let limit = 0; limit < text.length; limit++) expect(frameEnd(bytes, 0, limit)).toBe(-1);
    expect(frameEnd(bytes, 0)).toBe(text.length);
  });

  test('bytes that are no RESP are refused', () => {
    expect(() => frameEnd(Buffer.from('HTTP/1.1\r\n'), 0)).toThrow('not a RESP frame');
    expect(() => frameEnd(Buffer.from('$1\r\nabc\r\n'), 0)).toThrow('not followed by CRLF');
  });
});

test('a command line is split as redis-cli does', () => {
  const args = splitCommandLine(String.raw`SET "a b\x00\n\"" 'c\'d\n' e`).map((arg) => arg.toString('latin1'));
  expect(args).toEqual(['SET', 'a b\0\n"', "c'd\\n", 'e']);
  expect(() => splitCommandLine('"a')).toThrow('do not balance');
  expect(() => splitCommandLine('"a"b')).toThrow('do not balance');
});

test('comparison forms', () => {
  const form = (text: string, how: 'unordered' | 'pairs' | 'shape'): string => comparable(Buffer.from(text), how);
  expect(form('*2\r\n:1\r\n:2\r\n', 'unordered')).toBe(form('*2\r\n:2\r\n:1\r\n', 'unordered'));
  expect(form('*2\r\n:1\r\n:2\r\n', 'unordered')).not.toBe(form('*2\r\n:2\r\n:2\r\n', 'unordered'));
  expect(form('*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n', 'pairs')).toBe(form('*4\r\n+b\r\n:2\r\n+a\r\n:1\r\n', 'pairs'));
  expect(form('*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n', 'pairs')).not.toBe(form('*4\r\n+b\r\n:1\r\n+a\r\n:2\r\n', 'pairs'));
  expect(form('*2\r\n:1\r\n+x\r\n', 'shape')).toBe(form('*2\r\n:7\r\n+y\r\n', 'shape'));
  expect(form('*2\r\n:1\r\n+x\r\n', 'shape')).not.toBe(form('*2\r\n:7\r\n:8\r\n', 'shape'));
});

test('the same seed gives the same bytes', () => {
  expect(new Random(7).bytes(32)).toEqual(new Random(7).bytes(32));
  expect(new Random(7).bytes(32)).not.toEqual(new Random(8).bytes(32));
});

describe.skipIf(!oracleAvailable())('a real server', () => {
  test('starts, answers, logs, closes connections, stops', async () => {
    const server = await startRedis({ maxmemory: '100mb' });
    try {
      const client = await server.connect(3);
      expect(await client.call('CONFIG', 'GET', 'maxmemory')).toEqual(new Map([['maxmemory', '104857600']]));
      client.send('SET', 'k', Buffer.from([0, 255]));
      client.send('GET', 'k');
      expect(await client.readRaw()).toEqual(Buffer.from('+OK\r\n'));
      expect(await client.read(true)).toEqual(Buffer.from([0, 255]));
      expect(await client.pipeline([['ECHO', 'a'], ['NOPE']])).toEqual(['a', expect.any(RespError)]);
      client.sendInline('PING "x y"');
      expect(await client.read()).toBe('x y');
      await client.write(encodeCommand(['QUIT']));
      expect((await client.readToEnd()).toString()).toBe('+OK\r\n');
      await server.logged('Ready to accept connections');
      expect(await redisCli(server.port, ['-x', 'SET', 'stdin'], 'piped')).toMatchObject({ stdout: 'OK\n', status: 0 });
      expect(await server.call('GET', 'stdin')).toBe('piped');
    } finally {
      await server.stop();
    }
    expect(server.alive).toBe(false);
  });

  test('a server that cannot start says why', async () => {
    await expect(startRedis({ maxmemory: 'lots' })).rejects.toThrow('argument must be a memory value');
  });
});
