/** HyperLogLogs: estimates and bytes that are those of redis-server, and strings that are none. */
import { differential, type Entry, group } from '../support/differential.ts';
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import type { Argument } from '../support/resp.ts';

const elements = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `element-${from + i}`);
const adding = (key: string, total: number, step: number): Entry[] =>
  Array.from({ length: Math.ceil(total / step) }, (_, i): Entry[] => [
    ['PFADD', key, ...elements(i * step, step)],
    ['PFCOUNT', key],
    ['GET', key],
  ]).flat();

const header = (encoding: number, ...rest: number[]): Buffer =>
  Buffer.concat([Buffer.from('HYLL'), Buffer.from([encoding, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]), Buffer.from(rest)]);

differential('HyperLogLogs', [
  group(
    'PFADD and PFCOUNT',
    `
    PFADD k
    GET k
    OBJECT ENCODING k
    PFADD k
    PFCOUNT k
    PFADD k a b c d e f g
    GET k
    PFADD k a b c
    PFCOUNT k
    GET k
    PFCOUNT k
    PFADD k a
    GET k
    PFADD k ""
    PFCOUNT k
    PFADD k 12345678 123456789 1234567890123456 12345678901234567
    PFCOUNT k
    GET k
    PFDEBUG DECODE k
    PFDEBUG ENCODING k
    PFCOUNT none
    EXISTS none
    PFADD e x
    EXPIRE e 100
    PFADD e y
    TTL e
    PFADD
    PFCOUNT
    `,
    ...Array.from({ length: 40 }, (_, i): Entry => ['PFADD', 'lengths', 'x'.repeat(i)]),
    'GET lengths',
    ['PFADD', 'binary', Buffer.from([0, 255, 128, 127, 0, 0, 1]), Buffer.alloc(17, 255)],
    'GET binary',
  ),
  group('one at a time', ...adding('k', 400, 1)),
  group('until it is dense', ...adding('k', 20_000, 500), 'PFDEBUG ENCODING k', 'PFDEBUG GETREG k'),
  group(
    'hll-sparse-max-bytes',
    'CONFIG SET hll-sparse-max-bytes 30',
    ...adding('k', 20, 1),
    'PFDEBUG ENCODING k',
    'CONFIG SET hll-sparse-max-bytes 0',
    ...adding('k2', 3, 1),
    'PFDEBUG ENCODING k2',
    'CONFIG SET hll-sparse-max-bytes 15000',
    ...adding('k3', 9000, 1000),
    'PFDEBUG ENCODING k3',
    'CONFIG SET hll-sparse-max-bytes 3000',
  ),
  group(
    'PFMERGE and PFCOUNT of several',
    ['PFADD', 'a', ...elements(0, 300)],
    ['PFADD', 'b', ...elements(200, 300)],
    ['PFADD', 'dense', ...elements(0, 5000)],
    `
    PFCOUNT a b
    PFCOUNT a b none
    PFCOUNT none none2
    PFCOUNT a a dense
    PFMERGE c a b
    GET c
    PFCOUNT c
    PFMERGE c
    GET c
    PFMERGE new
    GET new
    PFMERGE d a none
    GET d
    PFMERGE e dense a
    GET e
    PFDEBUG ENCODING e
    PFMERGE a b
    GET a
    PFMERGE b dense
    GET b
    PFMERGE dense a
    PFCOUNT dense
    OBJECT ENCODING dense
    PFMERGE
    SET s text
    PFMERGE s a
    PFMERGE c s
    PFMERGE fresh s
    EXISTS fresh
    PFCOUNT a s
    RPUSH l 1
    PFMERGE l a
    PFMERGE a l
    PFCOUNT a l
    `,
  ),
  group(
    'what is no HyperLogLog',
    `
    SET s ""
    PFADD s a
    PFCOUNT s
    SET s HYLL
    PFADD s a
    SET s 12345
    PFADD s a
    PFCOUNT s
    PFDEBUG ENCODING s
    RPUSH l 1
    PFADD l a
    PFCOUNT l
    PFDEBUG GETREG l
    PFDEBUG GETREG none
    PFDEBUG DECODE none
    `,
    ['SET', 's', header(2)],
    'PFADD s a',
    ['SET', 's', header(0)],
    'PFADD s a',
    ['SET', 's', header(1)],
    'PFADD s a',
    'PFCOUNT s',
    'PFCOUNT s s',
    'PFMERGE x s',
    'EXISTS x',
    'PFDEBUG TODENSE s',
    'PFDEBUG GETREG s',
    'PFDEBUG ENCODING s',
    'GET s',
    // Too few registers.
    ['SET', 's', header(1, 0x7f, 0xf0)],
    'PFCOUNT s',
    'PFCOUNT s none',
    'PFMERGE s',
    'PFADD s a b c d e f g h',
    'GET s',
    // Too many.
    ['SET', 's', header(1, 0x7f, 0xff, 0x80)],
    'PFCOUNT s',
    'PFMERGE s',
    ['SET', 's', header(1, 0x7f, 0xff)],
    'OBJECT ENCODING s',
    'PFCOUNT s',
    'OBJECT ENCODING s',
    ['SET', 's', Buffer.concat([header(0), Buffer.alloc(12288, 255)])],
    'PFCOUNT s',
    'PFCOUNT s s',
    'GET s',
    'PFADD s a',
    ['SET', 's', Buffer.concat([Buffer.from('HYLL\x01\0\0\0'), Buffer.alloc(7, 255), Buffer.from([0x7f, 0x7f, 0xff])])],
    'PFCOUNT s',
  ),
  group(
    'PFDEBUG and PFSELFTEST',
    ['PFADD', 'a', ...elements(0, 50)],
    `
    PFDEBUG DECODE a
    PFDEBUG TODENSE a
    PFDEBUG TODENSE a
    PFDEBUG DECODE a
    PFDEBUG encoding a
    GET a
    PFADD b x y
    PFCOUNT b
    PFDEBUG GETREG b
    PFDEBUG ENCODING b
    GET b
    PFDEBUG NONE a
    PFDEBUG ENCODING
    PFDEBUG
    PFSELFTEST
    PFSELFTEST x
    `,
  ),
]);

const key = (random: Random): string => random.pick(['a', 'b', 'c', 'd']);
const element = (random: Random): Argument =>
  random.oneIn(3) ? random.bytes(random.below(40)) : String(random.below(random.pick([20, 1000, 1e6])));
const many = (random: Random): Argument[] =>
  Array.from({ length: random.between(0, random.pick([3, 20, 300])) }, () => element(random));

const GENERATORS: Generator[] = [
  (r) => ['PFADD', key(r), ...many(r)],
  (r) => ['PFADD', key(r), ...many(r)],
  (r) => ['PFADD', key(r), ...many(r)],
  (r) => ['PFCOUNT', key(r)],
  (r) => ['PFCOUNT', ...Array.from({ length: r.between(1, 4) }, () => key(r))],
  (r) => ['PFMERGE', ...Array.from({ length: r.between(1, 4) }, () => key(r))],
  (r) => ['GET', key(r)],
  (r) => ['GET', key(r)],
  (r) => ['PFDEBUG', 'ENCODING', key(r)],
  (r) => (r.oneIn(10) ? ['PFDEBUG', 'TODENSE', key(r)] : ['OBJECT', 'ENCODING', key(r)]),
  (r) => (r.oneIn(4) ? ['DEL', key(r)] : ['EXISTS', key(r)]),
  (r) => ['CONFIG', 'SET', 'hll-sparse-max-bytes', r.pick(['3000', '3000', '100', '12000', '0'])],
];

randomDifferential('random commands on HyperLogLogs', GENERATORS);
