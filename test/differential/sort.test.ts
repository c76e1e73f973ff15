/** SORT and SORT_RO: all options over lists, sets and sorted sets. */
import { differential, type Entry, group } from '../support/differential.ts';
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import type { Argument } from '../support/resp.ts';

const NUMBERS = ['0', '1', '-1', '2', '-5', '100', '9223372036854775807', '-9223372036854775808', '1.5', 'x', ''];

/** Elements that are numbers for C, or are not. */
const SCORES = [
  ' 5',
  '\t\n5',
  '5 ',
  ' ',
  '+5',
  '5.',
  '.5',
  '.',
  '0x1F',
  '0x',
  '1e3',
  '1e',
  'inf',
  '-INFINITY',
  'nan',
  '',
  '-',
  '1,5',
  '5\0x',
  '\0',
  '00012',
  '9007199254740993',
  '9223372036854775808',
  // From here on Redis finds other texts to be out of range, too: it does not clear errno.
  '1e400',
  '-1e400',
  '1e-400',
];

/** Numbers of which some are equal but written differently, more than are sorted by comparing all of them. */
const MANY = Array.from({ length: 400 }, (_, i) => {
  const n = ((i * 7919) % 173) - 60;
  return i % 11 === 0 ? `${n}.0` : i % 13 === 0 ? ` ${n}` : String(n);
});

differential('SORT', [
  group(
    'a few of many',
    ['RPUSH', 'l', ...MANY],
    ...['', 'DESC'].flatMap((order) =>
      ['0 1', '0 10', '3 20', '0 49', '0 50', '0 51', '390 10', '395 100', '0 400', '0 0'].flatMap((limit): Entry[] => [
        `SORT l LIMIT ${limit} ${order}`,
        `SORT l LIMIT ${limit} ${order} GET # GET none_*`,
        `SORT l LIMIT ${limit} ${order} ALPHA STORE d`,
        'LRANGE d 0 -1',
        `SORT l LIMIT ${limit} ${order} STORE d`,
        'LRANGE d 0 -1',
        `SORT l LIMIT ${limit} BY nosort ${order}`,
        `SORT l LIMIT ${limit} BY nosort ${order} STORE d`,
        'LRANGE d 0 -1',
      ]),
    ),
  ),
  group(
    'numbers and texts of a list',
    `
    RPUSH l 3 1 2 10 -5 1.5 -1.5 1e2
    SORT l
    SORT l ASC
    SORT l DESC
    SORT l desc asc
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l LIMIT 0 3
    SORT l LIMIT 2 3 DESC
    SORT l LIMIT 100 3
    SORT l LIMIT 7 30
    SORT l LIMIT 3 0
    SORT l LIMIT 0 2 LIMIT 1 1
    SORT_RO l LIMIT 1 2
    SORT_RO l STORE d
    SORT none
    SORT none ALPHA
    SORT_RO none
    RPUSH w b a c a B "" aa
    SORT w
    SORT w ALPHA
    SORT w ALPHA DESC LIMIT 0 4
    SET s x
    SORT s
    HSET h f v
    SORT h
    SORT h BY
    SORT l BY
    SORT l GET
    SORT l STORE
    SORT l LIMIT 1
    SORT l LIMIT x 1
    SORT l LIMIT 1 x
    SORT l UP
    SORT_RO l UP
    SORT
    SORT_RO
    SORT s UP
    `,
    ...NUMBERS.flatMap((n): Entry[] => [
      ['SORT', 'l', 'LIMIT', n, '3'],
      ['SORT', 'l', 'LIMIT', '1', n],
      ['SORT', 'l', 'BY', 'nosort', 'LIMIT', n, '3'],
      ['SORT', 'l', 'BY', 'nosort', 'DESC', 'LIMIT', '1', n],
    ]),
  ),
  group(
    'what is a number',
    ...SCORES.flatMap((score): Entry[] => [
      'DEL l',
      ['RPUSH', 'l', '6', score, '4'],
      'SORT l',
      ['SET', 'w_6', score],
      'SORT l ALPHA BY none GET #',
      ['RPUSH', 'm', '6', '7'],
      'SORT m BY w_*',
      'DEL m',
    ]),
  ),
  group(
    'equal scores and NULs',
    `
    RPUSH l 1.0 1 01 1e0 +1 0x1
    SORT l
    SORT l DESC
    RPUSH b "b\\x00x" "b" "a\\x00z" "a\\x00b" "a"
    SORT b ALPHA STORE d
    LRANGE d 0 -1
    SORT b ALPHA DESC STORE d
    LRANGE d 0 -1
    `,
  ),
  group(
    'BY and GET of strings and hashes',
    `
    RPUSH l 1 2 3 4
    MSET w_1 40 w_2 30 w_3 20 w_4 10 o_1 one o_2 two o_3 three
    HSET h_1 f 5 g x
    HSET h_2 f 7 g y
    HSET h_3 f 6 g z "" empty
    SORT l BY w_*
    SORT l BY w_* DESC
    SORT l BY w_* GET o_*
    SORT l BY w_* GET # GET o_* GET none_*
    SORT l BY w_* LIMIT 1 2 GET # GET w_*
    SORT l BY h_*->f
    SORT l BY h_*->f GET h_*->g
    SORT l BY h_*->none
    SORT l BY h_*->f DESC GET # GET h_*->f GET h_*->
    SORT l GET h_*->none
    SORT l GET h_*
    SORT l GET o_*->f
    SORT l GET #
    SORT l GET ##
    SORT l GET "#x"
    SORT l GET nostar
    SORT l GET o_*-> GET o_*- GET o_*->x->y
    SORT l BY o_*
    SORT l BY o_* ALPHA
    SORT l BY o_* ALPHA DESC
    SORT l BY o_* ALPHA GET o_*
    SORT l BY none_*
    SORT l BY none_* DESC
    SORT l BY none_* ALPHA
    SORT l BY none_* ALPHA DESC
    SORT l BY w_* BY h_*->f
    SORT l BY nosort BY w_*
    SORT l BY w_* BY nosort
    SORT l BY nosort GET o_*
    SORT l BY nosort DESC
    SORT l BY nosort ALPHA
    SET w_*_x 1
    SET w_1_* 5
    SORT l BY w_*_*
    SORT l GET w_*_*
    SET w_1 x
    SORT l BY w_*
    SORT l BY w_* ALPHA
    SORT_RO l BY h_*->f GET o_* LIMIT 0 2
    HSET th f 1
    HSET "x->y1" f 2
    SORT l GET x->y* GET "x->y*->f"
    RPUSH el "" a
    SET p_ 1
    SET p_a 2
    SORT el BY p_* GET p_*
    `,
    ['SORT', 'l', 'BY', Buffer.from('w_\0*')],
    ['SORT', 'l', 'GET', Buffer.from('o_*\0')],
    ['SORT', 'l', 'GET', Buffer.from('#\0x')],
  ),
  group(
    'STORE',
    `
    RPUSH l 3 1 2
    MSET o_1 one o_3 three
    SORT l STORE d
    LRANGE d 0 -1
    TYPE d
    SORT l DESC STORE l
    LRANGE l 0 -1
    SORT l GET # GET o_* STORE d
    LRANGE d 0 -1
    SORT l STORE a STORE b
    EXISTS a b
    SORT l LIMIT 5 5 STORE d
    EXISTS d
    SORT none STORE b
    EXISTS b
    SORT none STORE b
    SET d x EX 100
    SORT l STORE d
    TTL d
    SADD set b a c
    SORT set STORE d
    SORT set BY nosort STORE d
    LRANGE d 0 -1
    SORT set BY nosort DESC LIMIT 0 2 STORE d
    LRANGE d 0 -1
    SORT l BY nosort STORE d
    LRANGE d 0 -1
    SORT l BY nosort DESC LIMIT 0 2 STORE d
    LRANGE d 0 -1
    RPUSH bad x
    SORT bad STORE d
    LRANGE d 0 -1
    `,
    'COMMAND GETKEYS SORT l',
    'COMMAND GETKEYS SORT l BY w_* STORE d',
    'COMMAND GETKEYS SORT l STORE a STORE b',
    'COMMAND GETKEYS SORT l STORE',
    'COMMAND GETKEYS SORT l GET STORE LIMIT STORE 1 BY STORE',
    'COMMAND GETKEYSANDFLAGS SORT l STORE d',
    'COMMAND GETKEYS SORT_RO l STORE d',
  ),
  group(
    'sets and sorted sets',
    `
    SADD i 5 3 1 4 2
    SORT i
    SORT i DESC LIMIT 1 2
    SORT i ALPHA
    SADD s delta alpha charlie bravo
    SORT s ALPHA
    SORT s
    unordered: SORT s BY nosort
    ZADD z 1 c 2 b 3 a 4 10
    SORT z ALPHA
    SORT z BY nosort
    SORT z BY nosort DESC
    SORT z BY nosort LIMIT 1 2
    SORT z BY nosort DESC LIMIT 1 2
    SORT z BY nosort LIMIT 9 2
    SORT z BY nosort DESC LIMIT -1 3 GET #
    SORT z BY nosort ASC STORE d
    LRANGE d 0 -1
    SORT z
    ZREM z a b c
    SORT z
    `,
    ['SADD', 'many', ...Array.from({ length: 600 }, (_, i) => String((i * 7919) % 1000))],
    'SORT many',
    'SORT many DESC',
    [
      'RPUSH',
      'twice',
      ...Array.from({ length: 700 }, (_, i) => [String((i * 7919) % 350), `0${(i * 31) % 350}`]).flat(),
    ],
    'SORT twice',
    'SORT twice DESC',
    ['RPUSH', 'wide', ...Array.from({ length: 500 }, (_, i) => String(((i * 7919) % 500) * 8589934 - 2 ** 31))],
    'SORT wide',
    'SORT wide DESC LIMIT 5 400',
    'RPUSH wide 99999999999999',
    'SORT wide LIMIT 0 50',
    'RPUSH wide 0.5 -0 -1e3',
    'SORT wide DESC',
    'SORT wide ALPHA',
    'SORT many ALPHA DESC LIMIT 10 20',
    ['ZADD', 'manyz', ...Array.from({ length: 300 }, (_, i) => [String(i % 17), `m${i}`]).flat()],
    'SORT manyz BY nosort LIMIT 100 20',
    'SORT manyz BY nosort DESC LIMIT 100 20',
    'SORT manyz ALPHA LIMIT 100 20',
  ),
  group(
    'expired keys',
    `
    RPUSH l 1 2 3
    MSET w_1 3 w_2 2 w_3 1
    PEXPIREAT w_2 1
    SORT l BY w_* GET w_*
    PEXPIREAT l 1
    SORT l
    EXISTS l
    `,
  ),
]);

const ID = ['a', 'b', 'c', '1', '2', '3', '10', '-1', '2.5'];
const list = (random: Random): string => random.pick(['l1', 'l2', 'l3']);
const id = (random: Random): string => random.pick(ID);
const weight = (random: Random): Argument =>
  random.oneIn(6) ? random.value(10) : String(random.between(-20, 20) / random.pick([1, 4]));

/** Equal weights of texts leave an order that Redis does not define once LIMIT makes it sort partially. */
function options(random: Random): string[] {
  const out: string[] = [];
  if (random.oneIn(2)) out.push(random.pick(['ASC', 'DESC', 'DESC']));
  if (random.oneIn(2)) out.push('LIMIT', String(random.between(-1, 5)), String(random.between(-1, 8)));
  if (random.oneIn(3)) out.push('BY', random.pick(['w_*', 'h_*->f', 'h_*->g', 'nosort', 'none_*']));
  else if (random.oneIn(2)) out.push('ALPHA');
  for (let i = random.below(3); i > 0; i--) out.push('GET', random.pick(['#', 'w_*', 'h_*->f', 'h_*->g', 'x']));
  return out;
}

const GENERATORS: Generator[] = [
  (r) => ['RPUSH', list(r), id(r), id(r), id(r)],
  (r) => ['RPUSH', list(r), String(r.between(-99, 99)), String(r.between(-99, 99))],
  (r) => ['ZADD', 'z', String(r.below(9)), id(r)],
  (r) => ['ZADD', 'z', String(r.below(9)), String(r.below(1000))],
  (r) => ['SET', `w_${id(r)}`, weight(r)],
  (r) => ['SET', `w_${id(r)}`, String(r.below(100))],
  (r) => ['HSET', `h_${id(r)}`, r.pick(['f', 'g']), String(r.below(100))],
  (r) => ['DEL', r.pick(['l1', 'l2', `w_${id(r)}`, `h_${id(r)}`])],
  (r) => ['SORT', list(r), ...options(r)],
  (r) => ['SORT', list(r), ...options(r)],
  (r) => ['SORT_RO', list(r), ...options(r)],
  (r) => ['SORT', 'z', ...options(r)],
  (r) => ['SORT', list(r), ...options(r), 'STORE', list(r)],
  (r) => ['LRANGE', list(r), '0', '-1'],
];

randomDifferential('random SORTs', GENERATORS);
