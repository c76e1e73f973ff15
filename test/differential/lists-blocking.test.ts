/** BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP: with elements at hand, waiting, and what ends the wait. */
import { expect, test } from 'vitest';
import { differential, type Entry, group, since74 } from '../support/differential.ts';
import { startGraftis, until } from '../support/server.ts';

const TIMEOUTS = [
  '0',
  '0.01',
  '-1',
  '-0.5',
  'x',
  '',
  'inf',
  '-inf',
  'nan',
  '1e3',
  '9223372036854775807',
  '1e400',
  '0x1',
];
/** They end by themselves or are refused; others would wait. */
const FINITE = TIMEOUTS.filter((text) => ['0.01', '-1', '-0.5', 'x', '', '-inf', 'nan', '1e400'].includes(text));

const TOO_LATE = '-ERR timeout is out of range\r\n';
const REASON = 'a time too far away is not called negative';

/** A line with a timeout in place of T. */
function timed(line: string, timeout: string): Entry {
  if (!['inf', '9223372036854775807', '1e400'].includes(timeout)) {
    return line.split(' ').map((word) => (word === 'T' ? timeout : word));
  }
  return since74(line.replace(/\bT\b/, timeout), TOO_LATE, REASON);
}

const forTimeouts = (line: string): Entry[] => FINITE.map((timeout) => timed(line, timeout));

differential('lists: blocking', [
  group(
    'with elements at hand',
    `
    RPUSH a 1 2 3 4 5 6
    RPUSH b x y z
    BLPOP a 0
    BRPOP a 0
    BLPOP none b a 0
    BRPOP none b a 1.5
    BLMOVE a b LEFT RIGHT 0
    BRPOPLPUSH a b 0
    BLMPOP 0 2 none a LEFT
    BLMPOP 0 1 b RIGHT COUNT 2
    BLMPOP 0 2 a b LEFT COUNT 10
    LRANGE a 0 -1
    LRANGE b 0 -1
    BLPOP b 0
    EXISTS a b
    `,
    ...TIMEOUTS.flatMap((timeout) => [
      ['RPUSH', 'k', 'a', 'b', 'c'],
      timed('BLPOP k T', timeout),
      timed('BLMOVE k k LEFT LEFT T', timeout),
      timed('BRPOPLPUSH k k T', timeout),
      timed('BLMPOP T 1 k LEFT', timeout),
      ['DEL', 'k'],
    ]),
  ),
  group(
    'bad input',
    `
    SET s v
    RPUSH l a
    BLPOP s 0
    BLPOP none s l 0
    BLPOP l s 0
    RPUSH l a
    BLMOVE s l LEFT LEFT 0
    BLMOVE l s LEFT LEFT 0
    BLMOVE l l UP LEFT 0
    BLMOVE l l LEFT UP 0
    BLMOVE l l UP LEFT x
    BLMOVE l l LEFT LEFT x
    BRPOPLPUSH s l 0
    BRPOPLPUSH l s 0
    BLMPOP 0 1 s LEFT
    BLMPOP 0 0 l LEFT
    BLMPOP 0 x l LEFT
    BLMPOP 0 2 l LEFT
    BLMPOP x 1 l LEFT
    BLMPOP x 0 l LEFT
    BLMPOP 0 1 l LEFT COUNT 0
    BLMPOP 0 1 l LEFT COUNT
    BLMPOP 0 1 l UP
    BLMPOP -1 1 none LEFT
    BLPOP l
    BLPOP
    BRPOP l
    BLMOVE l l LEFT LEFT
    BRPOPLPUSH l l
    BLMPOP 0 1 l
    LRANGE l 0 -1
    `,
    ...forTimeouts('BLPOP none T'),
    ...forTimeouts('BRPOP none other T'),
    ...forTimeouts('BLMOVE none l LEFT LEFT T'),
    ...forTimeouts('BRPOPLPUSH none l T'),
    ...forTimeouts('BLMPOP T 1 none LEFT'),
  ),
  group(
    'woken by a push',
    `
    client B: blocks: BLPOP k 0
    RPUSH k a b
    client B: blocks: BRPOP none k2 0
    LPUSH k2 x y z
    client B: blocks: BLMOVE src dst LEFT RIGHT 0
    RPUSH src 1 2
    LRANGE dst 0 -1
    client B: blocks: BRPOPLPUSH src2 dst 0
    RPUSH src2 3 4
    LRANGE dst 0 -1
    client B: blocks: BLMPOP 0 2 m1 m2 LEFT COUNT 2
    RPUSH m2 p q r
    LRANGE m2 0 -1
    client B: blocks: BLMPOP 0 1 m3 RIGHT
    RPUSH m3 p
    EXISTS m3
    client B: PING
    `,
  ),
  group(
    'first come, first served',
    `
    client B: blocks: BLPOP k 0
    client C: blocks: BLPOP k 0
    client D: blocks: BRPOP k 0
    RPUSH k 1 2 3 4
    LRANGE k 0 -1
    client B: blocks: BLPOP k2 0
    client C: blocks: BLPOP k2 0
    RPUSH k2 only
    client B: PING
    RPUSH k2 next
    client C: PING
    client B: blocks: BLPOP x y 0
    client C: blocks: BLPOP y x 0
    RPUSH y 1
    client B: PING
    RPUSH y 2
    client C: PING
    `,
  ),
  group(
    'several ways to fill a key',
    `
    client B: blocks: BLPOP k 0
    RPUSH other v
    RENAME other k
    client B: blocks: BLPOP k 0
    RPUSH other w
    LMOVE other k LEFT LEFT
    client B: blocks: BLPOP k 0
    RPUSH other copy
    COPY other k
    EXISTS k
    client B: blocks: BLPOP moved 0
    SELECT 1
    RPUSH moved there
    MOVE moved 0
    SELECT 0
    EXISTS moved
    client B: blocks: BLPOP swapped 0
    SELECT 5
    RPUSH swapped s
    SELECT 0
    SWAPDB 0 5
    EXISTS swapped
    client B: PING
    `,
  ),
  group(
    'other types and empty lists do not wake',
    `
    client B: blocks: BLPOP k 0
    SET k string
    DEL k
    SADD k member
    DEL k
    RPUSH k element
    client B: PING
    client B: blocks: BLPOP k 0
    FLUSHALL
    FLUSHDB
    RPUSH k again
    client B: PING
    client B: blocks: BLPOP k 0
    SELECT 3
    RPUSH k elsewhere
    SELECT 0
    RPUSH k here
    client B: PING
    `,
  ),
  group(
    'chains',
    `
    client B: blocks: BLMOVE a b LEFT RIGHT 0
    client C: blocks: BLPOP b 0
    RPUSH a 1
    EXISTS a b
    client B: blocks: BRPOPLPUSH a b 0
    client C: blocks: BRPOPLPUSH b c 0
    client D: blocks: BLPOP c 0
    RPUSH a 1 2
    LRANGE a 0 -1
    DEL a
    client B: blocks: BLMOVE a a LEFT RIGHT 0
    RPUSH a x y
    LRANGE a 0 -1
    client B: PING
    `,
  ),
  group(
    'a target of another type is an error when the element comes',
    `
    SET dst string
    client B: blocks: BLMOVE src dst LEFT LEFT 0
    RPUSH src a
    client B: PING
    LRANGE src 0 -1
    client B: blocks: BRPOPLPUSH src2 dst 0
    RPUSH src2 a
    client B: PING
    LRANGE src2 0 -1
    `,
  ),
  group(
    'CLIENT UNBLOCK',
    `
    client B: CLIENT SETNAME waiting
    client B: blocks: BLPOP k 0
    CLIENT UNBLOCK 99999
    LLEN k
    RPUSH k a
    client B: PING
    client B: blocks: BLMOVE none k LEFT LEFT 0.3
    client B: PING
    client B: blocks: BLMPOP 0.3 1 none LEFT
    client B: blocks: BRPOP other none 0.35
    client B: PING
    `,
  ),
]);

test('a client that is woken looks at its keys in their order again, as since 7.2', async () => {
  const server = await startGraftis();
  try {
    const [waiting, control] = [await server.connect(), await server.connect()];
    const blocked = async (n: number): Promise<void> =>
      until(async () => String(await control.call('INFO', 'clients')).includes(`blocked_clients:${n}`));
    const popped = waiting.call('BLPOP', 'a', 'b', '0');
    await blocked(1);
    await control.call('SET', 'a', 'string');
    await control.call('RPUSH', 'b', '1');
    expect(await popped).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
    expect(await control.call('LLEN', 'b')).toBe(1);
  } finally {
    await server.stop();
  }
});

test('CLIENT UNBLOCK and disconnecting end the wait and take nothing', async () => {
  const server = await startGraftis();
  try {
    const [first, second, control] = [await server.connect(), await server.connect(), await server.connect()];
    const id = (await first.call('CLIENT', 'ID')) as number;
    const blocked = async (n: number): Promise<void> =>
      until(async () => String(await control.call('INFO', 'clients')).includes(`blocked_clients:${n}`));
    const timedOut = first.call('BLPOP', 'k', '0');
    await blocked(1);
    expect(await control.call('CLIENT', 'UNBLOCK', id)).toBe(1);
    expect(await timedOut).toBe(null);
    const failed = first.call('BLMPOP', '0', '1', 'k', 'LEFT');
    await blocked(1);
    expect(await control.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
    expect(await failed).toMatchObject({ message: 'UNBLOCKED client unblocked via CLIENT UNBLOCK' });
    first.socket.write('*3\r\n$5\r\nBLPOP\r\n$1\r\nk\r\n$1\r\n0\r\n');
    await blocked(1);
    first.destroy();
    await blocked(0);
    const popped = second.call('BLPOP', 'k', '0');
    await blocked(1);
    await control.call('RPUSH', 'k', 'mine');
    expect(await popped).toEqual(['k', 'mine']);
    expect(await control.call('EXISTS', 'k')).toBe(0);
  } finally {
    await server.stop();
  }
});
