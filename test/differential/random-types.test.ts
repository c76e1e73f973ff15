/** Random sequences of commands for keys of any type on values of all types, with digests of keys and of everything. */
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import { type Comparison, comparable } from '../support/reply-forms.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', ''];
const key = (random: Random): string => random.pick(KEYS);
const database = (random: Random): string => random.pick(['0', '1', '2']);
const member = (random: Random): string =>
  random.oneIn(3) ? String(random.between(-300, 300)) : random.pick(['x', 'y', 'z', 'member', 'm'.repeat(70)]);
const members = (random: Random): string[] =>
  Array.from({ length: random.between(1, random.pick([3, 20, 200])) }, () => member(random));
const score = (random: Random): string => String(random.between(-9, 9) / random.pick([1, 3]));
const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'STRING', 'none', ''];

const GENERATORS: Generator[] = [
  (r) => ['SET', key(r), r.value(60)],
  (r) => ['APPEND', key(r), member(r)],
  (r) => ['SETBIT', key(r), String(r.below(99)), '1'],
  (r) => ['PFADD', key(r), ...members(r)],
  (r) => ['RPUSH', key(r), ...members(r)],
  (r) => ['LPOP', key(r), '2'],
  (r) => ['SADD', key(r), ...members(r)],
  (r) => ['SREM', key(r), ...members(r)],
  (r) => ['ZADD', key(r), ...members(r).flatMap((each) => [score(r), each])],
  (r) => ['ZREM', key(r), ...members(r)],
  (r) => ['HSET', key(r), ...members(r).flatMap((each) => [each, member(r)])],
  (r) => ['HDEL', key(r), ...members(r)],
  (r) => ['XADD', key(r), 'MAXLEN', '50', `${r.below(5)}-*`, member(r), member(r)],
  (r) => ['XDEL', key(r), `${r.below(5)}-${r.below(5)}`],
  (r) => ['EXPIREAT', key(r), r.pick(['33177117420', '33177117421', '1'])],
  (r) => ['PERSIST', key(r)],
  (r) => ['PEXPIRETIME', key(r)],
  (r) => [r.pick(['RENAME', 'RENAMENX']), key(r), key(r)],
  (r) => ['COPY', key(r), key(r), ...r.pick([[], ['REPLACE']])],
  (r) => ['COPY', key(r), key(r), 'DB', database(r), ...r.pick([[], ['REPLACE'], ['REPLACE']])],
  (r) => ['MOVE', key(r), database(r)],
  (r) => ['SELECT', database(r)],
  (r) => (r.oneIn(4) ? ['SWAPDB', database(r), database(r)] : ['DBSIZE']),
  (r) => [r.pick(['DEL', 'UNLINK']), key(r), key(r)],
  (r) => [r.pick(['TOUCH', 'EXISTS']), key(r), key(r), key(r)],
  (r) => ['TYPE', key(r)],
  (r) => ['OBJECT', 'REFCOUNT', key(r)],
  (r) => ['OBJECT', 'IDLETIME', key(r)],
  (r) => ['OBJECT', 'FREQ', key(r)],
  (r) => ['DEBUG', 'DIGEST-VALUE', key(r), key(r), key(r)],
  (r) => ['DEBUG', 'DIGEST-VALUE', ...KEYS.slice(0, r.below(KEYS.length))],
  () => ['DEBUG', 'DIGEST'],
  (r) => ['SCAN', '0', 'COUNT', '1000', ...r.pick([[], ['TYPE', r.pick(TYPES)]]), ...r.pick([[], ['MATCH', '[a-c]']])],
  (r) => ['KEYS', r.pick(['*', '?', '[a-c]', ''])],
  (r) => ['SORT', key(r), 'ALPHA', 'LIMIT', '0', '5'],
];

/** The order of a table is nobody's business; Redis's small integers are shared until they are copied. */
function form(command: readonly unknown[]): Comparison {
  if (/^(SCAN|KEYS)$/.test(String(command[0]))) return 'unordered';
  return /^(IDLETIME|REFCOUNT)$/.test(String(command[1])) ? 'shape' : 'exact';
}

randomDifferential('random commands on keys of all types', GENERATORS, (command, ours, theirs) => {
  return comparable(ours, form(command)) === comparable(theirs, form(command));
});
