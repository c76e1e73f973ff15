/** Sorted sets: ranges by rank, score and member. */
import { differential, type Group, group } from '../support/differential.ts';

const FILL = `
  ZADD k 1 a 2 b 3 c 4 d 5 e 5 f 5 12 7.5 g inf h -inf i -2 j
  ZADD l 0 a 0 aa 0 ab 0 b 0 bb 0 c 0 12 0 "" 0 "\\x00" 0 "\\xff" 0 d
`;

/** Every pair of bounds, for each of the commands. */
function pairs(bounds: readonly string[], ...commands: string[]): string {
  const both = bounds.flatMap((low) => bounds.map((high) => `${low} ${high}`));
  return commands.flatMap((command) => both.map((pair) => command.replace('#', pair))).join('\n');
}

const RANKS = ['0', '1', '-1', '-2', '5', '100', '-100'];
const SCORES = ['1', '(1', '5', '(5', '-inf', '+inf', '(inf', '(-inf', '2.5', '(7.5'];
const MEMBERS = ['-', '+', '[a', '(a', '[ab', '(b', '[', '(', '[zz', '"[\\xff"'];
const BAD_SCORES = [
  'x',
  '(x',
  '((1',
  '"" ',
  '(',
  '" 1"',
  '"( 1"',
  '"1 "',
  'nan',
  '(nan',
  '1e400',
  '-1e400',
  '0x10',
  '[1',
];
const BAD_MEMBERS = ['a', '""', '-x', '+x', '--', '{a', '*'];
const BAD_RANKS = ['x', '""', '1.5', '9223372036854775807', '-9223372036854775808', '9223372036854775808', '01', '+1'];

const badPairs = (bad: readonly string[], good: string, ...commands: string[]): string =>
  commands
    .flatMap((c) => bad.flatMap((b) => [c.replace('#', `${b} ${good}`), c.replace('#', `${good} ${b}`)]))
    .join('\n');

const groups: Group[] = [
  group(
    'by rank',
    FILL,
    pairs(RANKS, 'ZRANGE k #', 'ZREVRANGE k #', 'ZRANGE k # WITHSCORES', 'ZRANGE k # REV', 'ZREVRANGE k # WITHSCORES'),
    badPairs(BAD_RANKS, '0', 'ZRANGE k #', 'ZREVRANGE k #', 'ZREMRANGEBYRANK none #'),
  ),
  group(
    'by score',
    FILL,
    pairs(
      SCORES,
      'ZRANGEBYSCORE k #',
      'ZREVRANGEBYSCORE k #',
      'ZRANGE k # BYSCORE WITHSCORES',
      'ZRANGE k # BYSCORE REV',
      'ZCOUNT k #',
    ),
    badPairs(BAD_SCORES, '2', 'ZRANGEBYSCORE k #', 'ZREVRANGEBYSCORE k #', 'ZRANGE k # BYSCORE', 'ZCOUNT k #'),
  ),
  group(
    'by member',
    FILL,
    pairs(
      MEMBERS,
      'ZRANGEBYLEX l #',
      'ZREVRANGEBYLEX l #',
      'ZRANGE l # BYLEX',
      'ZRANGE l # BYLEX REV',
      'ZLEXCOUNT l #',
    ),
    badPairs(BAD_MEMBERS, '[b', 'ZRANGEBYLEX l #', 'ZREVRANGEBYLEX l #', 'ZRANGE l # BYLEX', 'ZLEXCOUNT l #'),
  ),
  group(
    'limits',
    FILL,
    ['0 2', '1 2', '3 -1', '0 0', '-1 2', '100 2', '2 100', '0 -5', '-1 -1', '5 0']
      .flatMap((limit) => [
        `ZRANGEBYSCORE k -inf inf LIMIT ${limit}`,
        `ZREVRANGEBYSCORE k inf -inf WITHSCORES LIMIT ${limit}`,
        `ZRANGE k (1 inf BYSCORE LIMIT ${limit} WITHSCORES`,
        `ZRANGE k inf (1 BYSCORE REV LIMIT ${limit}`,
        `ZRANGEBYLEX l - + LIMIT ${limit}`,
        `ZREVRANGEBYLEX l + [a LIMIT ${limit}`,
        `ZRANGE l [a + BYLEX LIMIT ${limit}`,
        `ZRANGE l + - BYLEX REV LIMIT ${limit}`,
        `ZRANGE k 0 -1 LIMIT ${limit}`,
        `ZRANGESTORE t k -inf inf BYSCORE LIMIT ${limit}`,
        'ZRANGE t 0 -1 WITHSCORES',
      ])
      .join('\n'),
    `
    ZRANGEBYSCORE k 1 2 LIMIT 0
    ZRANGEBYSCORE k 1 2 LIMIT
    ZRANGEBYSCORE k 1 2 LIMIT x 1
    ZRANGEBYSCORE k 1 2 LIMIT 0 x
    ZRANGEBYSCORE k 1 2 LIMIT 0 1 LIMIT 1 1
    ZRANGEBYLEX l - + LIMIT 0 9223372036854775808
    ZRANGEBYSCORE k -inf inf LIMIT 9223372036854775807 9223372036854775807
    `,
  ),
  group(
    'options',
    FILL,
    `
    ZRANGE k 0 -1 BYSCORE BYLEX
    ZRANGE k 0 -1 BYSCORE BYSCORE
    ZRANGE k 0 -1 REV REV
    ZRANGE k 0 -1 rev withscores
    ZRANGE k 0 -1 WITHSCORES WITHSCORES
    ZRANGE l - + BYLEX WITHSCORES
    ZRANGEBYLEX l - + WITHSCORES
    ZRANGE k 0 -1 BAD
    ZREVRANGE k 0 -1 REV
    ZREVRANGE k 0 -1 BYSCORE
    ZREVRANGE k 0 -1 LIMIT 0 1
    ZRANGEBYSCORE k 0 1 REV
    ZRANGEBYSCORE k 0 1 BYSCORE
    ZRANGEBYLEX l - + BYLEX
    ZRANGE k 0
    ZRANGE k
    ZRANGE none 0 -1
    ZRANGE none 0 -1 WITHSCORES
    ZRANGEBYSCORE none 0 1
    ZRANGEBYLEX none - +
    ZREVRANGE none 0 -1
    ZCOUNT none 0 1
    ZLEXCOUNT none - +
    ZCOUNT k 1
    ZLEXCOUNT k -
    ZRANGE none x 1
    ZRANGEBYSCORE none x 1
    ZRANGEBYLEX none x +
    ZCOUNT none x 1
    SET s v
    ZRANGE s 0 -1
    ZRANGE s x -1
    ZRANGEBYSCORE s 0 1
    ZREVRANGEBYSCORE s 0 1
    ZRANGEBYLEX s - +
    ZREVRANGEBYLEX s - +
    ZREVRANGE s 0 -1
    ZCOUNT s 0 1
    ZCOUNT s x 1
    ZLEXCOUNT s - +
    `,
  ),
  group(
    'ZRANGESTORE',
    FILL,
    `
    ZRANGESTORE t k 0 -1
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t k 1 3
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t k 1 3 REV
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t k (1 5 BYSCORE
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t k 5 (1 BYSCORE REV LIMIT 0 2
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t l [a (c BYLEX
    ZRANGE t 0 -1 WITHSCORES
    ZRANGESTORE t k 0 -1 WITHSCORES
    ZRANGESTORE t k 5 1
    EXISTS t
    ZRANGESTORE t k 0 1
    ZRANGESTORE t none 0 1
    EXISTS t
    ZRANGESTORE t none 0 1
    ZRANGESTORE t k x 1
    ZRANGESTORE t k x 1 BYSCORE
    ZRANGESTORE t k x + BYLEX
    ZRANGESTORE t k 0 1 LIMIT 0 1
    ZRANGESTORE t k 0
    SET s v EX 1000
    ZRANGESTORE t s 0 1
    ZRANGESTORE s k 0 1
    TYPE s
    TTL s
    ZRANGESTORE k k 0 1
    ZRANGE k 0 -1 WITHSCORES
    `,
  ),
  group(
    'ZREMRANGEBYRANK',
    FILL,
    `
    ZREMRANGEBYRANK k 0 0
    ZREMRANGEBYRANK k -1 -1
    ZREMRANGEBYRANK k 1 2
    ZRANGE k 0 -1 WITHSCORES
    ZREMRANGEBYRANK k 5 2
    ZREMRANGEBYRANK k 100 200
    ZREMRANGEBYRANK k -100 0
    ZREMRANGEBYRANK k 0 -1
    EXISTS k
    ZREMRANGEBYRANK k 0 -1
    ZREMRANGEBYRANK k 0
    SET s v
    ZREMRANGEBYRANK s 0 1
    `,
  ),
  group(
    'ZREMRANGEBYSCORE',
    FILL,
    `
    ZREMRANGEBYSCORE k 1 2
    ZREMRANGEBYSCORE k (3 (5
    ZREMRANGEBYSCORE k 5 5
    ZREMRANGEBYSCORE k 2 1
    ZRANGE k 0 -1 WITHSCORES
    ZREMRANGEBYSCORE k x 1
    ZREMRANGEBYSCORE k -inf +inf
    EXISTS k
    ZREMRANGEBYSCORE none 0 1
    ZREMRANGEBYSCORE none x 1
    SET s v
    ZREMRANGEBYSCORE s 0 1
    `,
  ),
  group(
    'ZREMRANGEBYLEX',
    FILL,
    `
    ZREMRANGEBYLEX l [a (b
    ZREMRANGEBYLEX l (b [c
    ZREMRANGEBYLEX l + -
    ZRANGE l 0 -1
    ZREMRANGEBYLEX l a b
    ZREMRANGEBYLEX l - +
    EXISTS l
    ZREMRANGEBYLEX none - +
    SET s v
    ZREMRANGEBYLEX s - +
    `,
  ),
];

differential('sorted set ranges', groups);
differential('sorted set ranges, always large', groups, { directives: { 'zset-max-listpack-entries': 0 } });
