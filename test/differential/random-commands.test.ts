/** Random sequences of string and key commands on few keys: graftis and redis-server must give the same replies. */
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import type { Argument } from '../support/resp.ts';

const KEYS = ['a', 'b', 'c', 'd', ''];

const key = (random: Random): string => random.pick(KEYS);
/** Integers of all sizes, with a liking for the limits of 64 bits, and what is almost one. */
const integer = (random: Random): string =>
  random.pick([
    String(random.between(-20, 20)),
    String(random.between(-20, 20)),
    String(random.between(-1e9, 1e9)),
    `${random.pick(['', '-'])}92233720368547758${random.between(0, 12).toString().padStart(2, '0')}`,
    `${random.pick(['', '-'])}${random.between(1, 9)}${random.between(0, 999999999)}${random.between(0, 99999999)}`,
    random.pick(['0', '-0', '01', '+1', ' 1', '1 ', '', 'x', '1.0', '1e2']),
  ]);
const float = (random: Random): string =>
  random.pick([
    `${random.between(-1000, 1000)}.${random.between(0, 99999)}`,
    `${random.between(-9, 9)}.${random.between(0, 999999999)}e${random.between(-15, 20)}`,
    integer(random),
    random.pick(['inf', '-inf', 'nan', '.5', '5.', '1e400', '1e-400', '']),
  ]);
const value = (random: Random): Argument =>
  random.pick<() => Argument>([
    () => integer(random),
    () => float(random),
    () => random.value(60),
    () => 'ab'.repeat(random.below(40)),
  ])();
const option = (random: Random, ...options: string[]): string[] => (random.oneIn(2) ? [random.pick(options)] : []);
/** A deadline far ahead, so that both servers round it alike, or an odd one. */
const deadline = (random: Random): string[] =>
  random.oneIn(2)
    ? []
    : random.pick([
        ['EX', '100000'],
        ['PXAT', '33177117420500'],
        ['EXAT', '33177117420'],
        ['KEEPTTL'],
        ['PERSIST'],
        ['EX', random.pick(['0', '-1', 'x', '9223372036854775807'])],
        ['PX'],
      ]);
const position = (random: Random): string => (random.oneIn(8) ? integer(random) : String(random.between(-15, 90)));

const GENERATORS: Generator[] = [
  (r) => ['SET', key(r), value(r), ...deadline(r), ...option(r, 'NX', 'XX'), ...option(r, 'GET')],
  (r) => ['SET', key(r), value(r)],
  (r) => ['SET', key(r), integer(r)],
  (r) => ['GET', key(r)],
  (r) => ['GETEX', key(r), ...deadline(r)],
  (r) => ['GETDEL', key(r)],
  (r) => ['GETSET', key(r), value(r)],
  (r) => ['SETNX', key(r), value(r)],
  (r) => ['APPEND', key(r), value(r)],
  (r) => ['STRLEN', key(r)],
  (r) => [r.pick(['GETRANGE', 'SUBSTR']), key(r), position(r), position(r)],
  (r) => ['SETRANGE', key(r), String(r.between(-2, 100)), value(r)],
  (r) => [r.pick(['INCR', 'DECR']), key(r)],
  (r) => [r.pick(['INCRBY', 'DECRBY']), key(r), integer(r)],
  (r) => ['INCRBYFLOAT', key(r), float(r)],
  (r) => ['MSET', key(r), value(r), key(r), value(r)],
  (r) => ['MSETNX', key(r), value(r), key(r), value(r)],
  (r) => ['MGET', key(r), key(r), key(r)],
  (r) => ['LCS', key(r), key(r), ...option(r, 'LEN', 'IDX')],
  (r) => ['LCS', key(r), key(r), 'IDX', 'MINMATCHLEN', String(r.below(4)), ...option(r, 'WITHMATCHLEN')],
  (r) => [r.pick(['DEL', 'UNLINK', 'EXISTS', 'TOUCH']), key(r), key(r)],
  (r) => [r.pick(['RENAME', 'RENAMENX']), key(r), key(r)],
  (r) => ['COPY', key(r), key(r), ...option(r, 'REPLACE'), ...(r.oneIn(3) ? ['DB', String(r.below(3))] : [])],
  (r) => ['MOVE', key(r), String(r.below(3))],
  (r) => ['SELECT', String(r.below(3))],
  (r) => (r.oneIn(4) ? ['SWAPDB', String(r.below(3)), String(r.below(3))] : ['PING']),
  (r) => (r.oneIn(6) ? ['FLUSHDB'] : ['DBSIZE']),
  (r) => [
    'EXPIREAT',
    key(r),
    r.pick(['33177117420', '33177117421', '1', '-1', 'x']),
    ...option(r, 'NX', 'XX', 'GT', 'LT'),
  ],
  (r) => ['PEXPIREAT', key(r), r.pick(['33177117420500', '33177117420499', '0']), ...option(r, 'NX', 'XX', 'GT', 'LT')],
  (r) => ['EXPIRE', key(r), r.pick(['100000', '100000', '0', '-5']), ...option(r, 'NX', 'XX')],
  (r) => [r.pick(['PERSIST', 'TTL', 'EXISTS', 'TYPE']), key(r)],
  (r) => ['OBJECT', 'ENCODING', key(r)],
];

/** TTL rounds to seconds, and the two servers do not run a command in the same millisecond. */
function agree(command: readonly unknown[], ours: Buffer, theirs: Buffer): boolean {
  if (ours.equals(theirs)) return true;
  if (command[0] !== 'TTL') return false;
  const [a, b] = [ours, theirs].map((reply) => Number(reply.toString().slice(1)));
  return a! >= 0 && b! >= 0 && Math.abs(a! - b!) <= 1;
}

randomDifferential('random commands', GENERATORS, agree);
