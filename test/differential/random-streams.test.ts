/** Random sequences of commands for streams and their groups on few keys, with small and with large nodes. */
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';

const key = (random: Random): string => random.pick(['a', 'b', 'c']);
const name = (random: Random): string => random.pick(['g', 'h', 'long group name']);
const consumer = (random: Random): string => random.pick(['x', 'y', 'z', '']);
const id = (random: Random): string =>
  random.oneIn(30)
    ? random.pick(['x', '0-0', '18446744073709551615', '5-18446744073709551615', '', '7-'])
    : random.pick([`${random.below(60)}`, `${random.below(60)}-${random.below(4)}`, `${random.below(60)}-0`]);
const edge = (random: Random): string => `${random.oneIn(4) ? '(' : ''}${id(random)}`;
const from = (random: Random): string => random.pick(['-', '-', edge(random)]);
const to = (random: Random): string => random.pick(['+', '+', edge(random)]);
const count = (random: Random): string[] =>
  random.oneIn(2) ? [] : ['COUNT', random.pick(['1', '2', '5', '100', '0', '-1'])];
const text = (random: Random): string =>
  random.pick([
    'a',
    'b',
    'value',
    '17',
    '-70000',
    '',
    'long '.repeat(random.below(40)),
    String(random.between(0, 1e15)),
  ]);
const ids = (random: Random): string[] => Array.from({ length: random.between(1, 4) }, () => id(random));
const pairs = (random: Random): string[] =>
  random.oneIn(2)
    ? ['sensor', text(random), 'temperature', text(random)]
    : Array.from({ length: 2 * random.between(1, 3) }, () => text(random));

function trim(random: Random): string[] {
  const byLength = random.oneIn(2);
  const approximate = random.oneIn(2);
  return [
    byLength ? 'MAXLEN' : 'MINID',
    random.pick(approximate ? ['~'] : ['=', '=']),
    byLength ? String(random.below(20)) : `${random.below(60)}`,
    ...(approximate && random.oneIn(2) ? ['LIMIT', String(random.below(12))] : []),
  ];
}

const newId = (random: Random): string =>
  random.pick([`${random.below(60)}-*`, `${random.below(60)}-*`, `${random.below(60)}-${random.below(5)}`, id(random)]);

const add: Generator = (r) => ['XADD', key(r), ...(r.oneIn(4) ? trim(r) : []), newId(r), ...pairs(r)];
const readNew: Generator = (r) => [
  'XREADGROUP',
  'GROUP',
  name(r),
  consumer(r),
  ...count(r),
  ...(r.oneIn(5) ? ['NOACK'] : []),
  'STREAMS',
  key(r),
  '>',
];

const GENERATORS: Generator[] = [
  add,
  add,
  add,
  add,
  (r) => ['XADD', key(r), 'NOMKSTREAM', newId(r), ...pairs(r)],
  (r) => ['XDEL', key(r), ...ids(r)],
  (r) => ['XTRIM', key(r), ...trim(r)],
  (r) => ['XLEN', key(r)],
  (r) => ['XRANGE', key(r), from(r), to(r), ...count(r)],
  (r) => ['XREVRANGE', key(r), to(r), from(r), ...count(r)],
  (r) => ['XRANGE', key(r), '-', '+'],
  (r) => ['XREVRANGE', key(r), '+', '-'],
  (r) => ['XREAD', ...count(r), 'STREAMS', key(r), key(r), id(r), r.pick(['$', id(r)])],
  (r) => ['XGROUP', 'CREATE', key(r), name(r), r.pick(['$', '0', id(r)]), ...(r.oneIn(3) ? ['MKSTREAM'] : [])],
  (r) => ['XGROUP', 'CREATE', key(r), name(r), '0', 'MKSTREAM'],
  (r) =>
    r.oneIn(3) ? ['XGROUP', 'SETID', key(r), name(r), id(r)] : ['XGROUP', 'DELCONSUMER', key(r), name(r), consumer(r)],
  (r) => (r.oneIn(4) ? ['XGROUP', 'DESTROY', key(r), name(r)] : ['XLEN', key(r)]),
  readNew,
  readNew,
  (r) => ['XREADGROUP', 'GROUP', name(r), consumer(r), ...count(r), 'STREAMS', key(r), id(r)],
  (r) => ['XACK', key(r), name(r), ...ids(r)],
  (r) => ['XPENDING', key(r), name(r)],
  (r) => ['XPENDING', key(r), name(r), 'IDLE', '10000000', from(r), to(r), '10'],
  (r) => [
    'XCLAIM',
    key(r),
    name(r),
    consumer(r),
    '0',
    ...ids(r),
    ...(r.oneIn(2) ? ['FORCE'] : []),
    ...(r.oneIn(2) ? ['JUSTID'] : []),
  ],
  (r) => ['XAUTOCLAIM', key(r), name(r), consumer(r), '0', from(r), ...count(r)],
  (r) => ['DEBUG', 'DIGEST-VALUE', key(r), key(r)],
  (r) => (r.oneIn(3) ? [r.pick(['COPY', 'RENAME']), key(r), key(r)] : ['TYPE', key(r)]),
  (r) => (r.oneIn(10) ? ['DEL', key(r)] : ['EXISTS', key(r)]),
];

randomDifferential('random commands on streams of small nodes', GENERATORS, undefined, {
  'stream-node-max-entries': 4,
});
randomDifferential('random commands on streams of large nodes', GENERATORS);
