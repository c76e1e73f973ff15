/** Random sequences of list commands on few keys, with nodes of a few elements, inner ones compressed. */
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import type { Argument } from '../support/resp.ts';

const key = (random: Random): string => random.pick(['a', 'b', 'c', 'd']);
const element = (random: Random): Argument =>
  random.pick<() => Argument>([
    () => random.pick(['a', 'b', 'c', '1', '2', '-3', '']),
    () => String(random.between(-1e6, 1e6)),
    () => String(BigInt.asIntN(random.between(1, 64), BigInt(random.below(2 ** 32)) << BigInt(random.below(33)))),
    () => random.value(20),
    () => 'compressible '.repeat(random.below(12)),
    () => (random.oneIn(4) ? 'L'.repeat(random.between(3000, 9000)) : 'short'),
  ])();
const elements = (random: Random): Argument[] =>
  Array.from({ length: random.between(1, random.pick([1, 3, 12])) }, () => element(random));
const index = (random: Random): string =>
  random.oneIn(20)
    ? random.pick(['x', '9223372036854775807', '-9223372036854775807', '1.0', ''])
    : String(random.between(-30, 30));
const end = (random: Random): string => random.pick(['LEFT', 'RIGHT']);
const count = (random: Random): string => random.pick(['0', '1', '2', '5', '100', '-1']);

const GENERATORS: Generator[] = [
  (r) => [r.pick(['LPUSH', 'RPUSH']), key(r), ...elements(r)],
  (r) => [r.pick(['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']), key(r), ...elements(r)],
  (r) => [r.pick(['LPOP', 'RPOP']), key(r), ...(r.oneIn(2) ? [count(r)] : [])],
  (r) => ['LMPOP', '2', key(r), key(r), end(r), ...(r.oneIn(2) ? ['COUNT', count(r)] : [])],
  (r) => ['LLEN', key(r)],
  (r) => ['LINDEX', key(r), index(r)],
  (r) => ['LRANGE', key(r), index(r), index(r)],
  (r) => ['LRANGE', key(r), '0', '-1'],
  (r) => ['LSET', key(r), index(r), element(r)],
  (r) => ['LSET', key(r), index(r), element(r)],
  (r) => ['LINSERT', key(r), r.pick(['BEFORE', 'AFTER']), element(r), element(r)],
  (r) => ['LINSERT', key(r), r.pick(['BEFORE', 'AFTER']), r.pick(['a', 'b', 'short', '1']), element(r)],
  (r) => ['LREM', key(r), r.pick(['0', '1', '-1', '2', '-2']), r.pick(['a', 'b', 'short', '1', ''])],
  (r) => ['LTRIM', key(r), String(r.between(-3, 5)), String(r.between(-5, 40))],
  (r) => [
    'LPOS',
    key(r),
    element(r),
    ...(r.oneIn(2) ? ['RANK', String(r.between(-3, 3))] : []),
    ...(r.oneIn(2) ? ['COUNT', count(r)] : []),
    ...(r.oneIn(3) ? ['MAXLEN', count(r)] : []),
  ],
  (r) => ['LMOVE', key(r), key(r), end(r), end(r)],
  (r) => ['RPOPLPUSH', key(r), key(r)],
  (r) => ['DEBUG', 'DIGEST-VALUE', key(r), key(r)],
  (r) => [r.pick(['COPY', 'RENAME']), key(r), key(r)],
  (r) => (r.oneIn(8) ? ['DEL', key(r)] : ['TYPE', key(r)]),
  (r) => (r.oneIn(8) ? ['SET', key(r), 'v'] : ['EXISTS', key(r)]),
];

randomDifferential('random commands on lists of small nodes', GENERATORS, undefined, {
  'list-max-listpack-size': 5,
  'list-compress-depth': 1,
});
randomDifferential('random commands on lists of large nodes', GENERATORS, undefined, { 'list-max-listpack-size': -1 });
