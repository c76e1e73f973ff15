/** Sorted sets: members, scores and ranks. */
import { differential, type Group, group, since74 } from '../support/differential.ts';

/** Scores as ZADD takes them, and what it does not; all are printed alike in both forms of doubles. */
const SCORES = `
  0 -0 1 -1 +1 1.5 -1.5 .5 5. 1e3 1E-3 0x10 3.0 1e21 -1e21 4503599627370496.5 inf +inf -inf Infinity -infinity INF
  nan -nan NaN 1e400 -1e400 1e-400 x "" " 1" "1 " 1,5 "1\\x00" "\\x001" . e1 1e infx --1 +-1 (1 [1 - + 0.5 123456.75
  9007199254740991 9007199254740993
`;
const scoreLines = SCORES.trim()
  .split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  .map(
    (score) =>
      `DEL s\nZADD s ${score} m\nZADD s ${score} n 0.5 o\nZCARD s\nZADD s INCR ${score} i\nZINCRBY z ${score} i`,
  )
  .join('\n');

const groups: Group[] = [
  group(
    'ZADD',
    `
    ZADD k 1 a
    ZADD k 1 a
    ZADD k 2 a
    ZADD k 1 b 3 c 2 d
    ZADD k 1 e 2 e 3 e
    ZRANGE k 0 -1 WITHSCORES
    ZADD k
    ZADD k 1
    ZADD k 1 a 2
    ZADD k x a
    ZADD k 1 a x b
    ZADD k 1 new x other
    ZSCORE k new
    SET s v
    ZADD s 1 a
    ZADD s x a
    ZADD s NX XX 1 a
    ZADD k 1 ""
    ZADD k 1 "\\x00\\xff"
    ZADD k 5 12345 5 -7 5 007
    ZRANGE k 0 -1 WITHSCORES
    TYPE k
    EXPIRE k 1000
    ZADD k 9 z
    TTL k
    `,
  ),
  group(
    'ZADD with options',
    `
    ZADD k NX 1 a
    ZADD k NX 2 a 3 b
    ZADD k XX 5 a 5 nope
    ZRANGE k 0 -1 WITHSCORES
    ZADD none XX 1 a
    EXISTS none
    ZADD k CH 6 a 3 b 7 c
    ZADD k XX CH 6 a 4 b 7 nope
    ZADD k NX CH 1 a 1 d
    ZADD k GT 5 a
    ZADD k GT 8 a
    ZADD k GT CH 9 a 1 new
    ZADD k LT 10 a
    ZADD k LT CH 2 a 100 b
    ZADD k GT XX CH 100 a 5 unknown
    ZADD k LT XX CH 1 a 5 unknown
    ZRANGE k 0 -1 WITHSCORES
    ZADD k GT LT 1 a
    ZADD k NX GT 1 a
    ZADD k NX LT 1 a
    ZADD k NX XX 1 a
    ZADD k NX XX GT 1 a
    ZADD k nx ch xx 1 a
    ZADD k INCR 1 a
    ZADD k INCR 1 a 2 b
    ZADD k INCR 1 fresh
    ZADD k XX INCR 1 missing
    ZADD k NX INCR 1 a
    ZADD k NX INCR 5 newer
    ZADD none XX INCR 1 a
    ZADD k GT INCR -5 a
    ZADD k GT INCR 5 a
    ZADD k LT INCR 5 a
    ZADD k LT INCR -5 a
    ZADD k CH INCR 2 a
    ZADD k INCR inf a
    ZADD k INCR -inf a
    ZSCORE k a
    ZADD k INCR x a
    ZADD k INCR
    ZADD k XX
    ZADD k CH XX INCR 1
    ZADD k BAD 1 a
    ZADD k 1 XX
    ZRANGE k 0 -1 WITHSCORES
    `,
  ),
  group('scores', scoreLines),
  group(
    'ZINCRBY',
    `
    ZINCRBY k 1 a
    ZINCRBY k 1.5 a
    ZINCRBY k -5 a
    ZINCRBY k 0 a
    ZINCRBY k inf a
    ZINCRBY k 1 a
    ZINCRBY k -inf a
    ZINCRBY k -inf b
    ZINCRBY k NX a
    ZINCRBY k x a
    ZINCRBY k 1
    ZINCRBY k 1 a b
    SET s v
    ZINCRBY s 1 a
    ZRANGE k 0 -1 WITHSCORES
    `,
  ),
  group(
    'ZREM',
    `
    ZADD k 1 a 2 b 3 c 4 d 5 12
    ZREM k a
    ZREM k a nope
    ZREM k b c b 12
    ZCARD k
    ZREM none a
    ZREM k d x y
    EXISTS k
    ZREM k
    SET s v
    ZREM s a
    `,
  ),
  group(
    'ZCARD, ZSCORE, ZMSCORE',
    `
    ZADD k 1 a 2.5 b inf c -inf d -3 12
    ZCARD k
    ZCARD none
    ZSCORE k a
    ZSCORE k b
    ZSCORE k c
    ZSCORE k d
    ZSCORE k 12
    ZSCORE k x
    ZSCORE none x
    ZMSCORE k a x b 12
    ZMSCORE none a b
    ZMSCORE k
    ZSCORE k
    ZCARD k x
    SET s v
    ZCARD s
    ZSCORE s a
    ZMSCORE s a
    `,
  ),
  group(
    'ZRANK, ZREVRANK',
    `
    ZADD k 1 a 2 b 2 c 3 d 3 5
    ZRANK k a
    ZRANK k c
    ZRANK k 5
    ZRANK k d
    ZREVRANK k a
    ZREVRANK k c
    ZREVRANK k d
    ZRANK k x
    ZREVRANK k x
    ZRANK none x
    ZREVRANK none x
    ZRANK k
    SET s v
    ZRANK s a
    ZREVRANK s a
    `,
    since74('ZRANK k b WITHSCORE', { resp2: '*2\r\n:1\r\n$1\r\n2\r\n', resp3: '*2\r\n:1\r\n,2\r\n' }, 'option of 7.2'),
    since74(
      'ZREVRANK k b withscore',
      { resp2: '*2\r\n:3\r\n$1\r\n2\r\n', resp3: '*2\r\n:3\r\n,2\r\n' },
      'option of 7.2',
    ),
    since74('ZRANK k x WITHSCORE', { resp2: '*-1\r\n', resp3: '_\r\n' }, 'option of 7.2'),
    since74('ZRANK none x WITHSCORE', { resp2: '*-1\r\n', resp3: '_\r\n' }, 'option of 7.2'),
    since74('ZRANK k a WITHSCORES', '-ERR syntax error\r\n', 'option of 7.2'),
    since74('ZRANK k a WITHSCORE x', "-ERR wrong number of arguments for 'zrank' command\r\n", 'option of 7.2'),
  ),
  group(
    'doubles in their shortest form',
    'ZADD k 0.1 a 1e18 b 0.30000000000000004 c',
    since74('ZSCORE k a', { resp2: '$3\r\n0.1\r\n', resp3: ',0.1\r\n' }, 'shortest form'),
    since74(
      'ZSCORE k b',
      { resp2: '$19\r\n1000000000000000000\r\n', resp3: ',1000000000000000000\r\n' },
      'integers in full',
    ),
    since74(
      'ZINCRBY k 0.2 a',
      { resp2: '$19\r\n0.30000000000000004\r\n', resp3: ',0.30000000000000004\r\n' },
      'shortest form',
    ),
  ),
  group(
    'ZRANDMEMBER',
    `
    ZADD one 1 a
    ZRANDMEMBER one
    ZRANDMEMBER one 5
    ZRANDMEMBER one -3
    ZRANDMEMBER one 5 WITHSCORES
    ZRANDMEMBER one -3 WITHSCORES
    ZRANDMEMBER one 0
    ZRANDMEMBER none
    ZRANDMEMBER none 3
    ZRANDMEMBER none 3 WITHSCORES
    ZADD k 1 a 2 b 3 c 4 d 5 e
    unordered: ZRANDMEMBER k 5
    unordered: ZRANDMEMBER k 100
    shape: ZRANDMEMBER k 3
    shape: ZRANDMEMBER k -20
    shape: ZRANDMEMBER k 2 WITHSCORES
    shape: ZRANDMEMBER k -7 withscores
    ZRANDMEMBER k x
    ZRANDMEMBER k 1.5
    ZRANDMEMBER k 1 x
    ZRANDMEMBER k 1 WITHSCORES x
    ZRANDMEMBER k 9223372036854775808
    ZRANDMEMBER k -9223372036854775808
    ZRANDMEMBER k -9223372036854775807 WITHSCORES
    ZRANDMEMBER k 9223372036854775807 WITHSCORES
    unordered: ZRANDMEMBER k 9223372036854775807
    SET s v
    ZRANDMEMBER s
    ZRANDMEMBER s 1
    `,
  ),
  group(
    'ZSCAN',
    `
    ZADD k 1 a 2 b 3.5 c inf d
    unordered: ZSCAN k 0
    unordered: ZSCAN k 0 COUNT 100
    ZSCAN k 0 MATCH a COUNT 100
    ZSCAN k 0 MATCH x* COUNT 100
    ZSCAN none 0
    ZSCAN k x
    ZSCAN k 0 COUNT 0
    ZSCAN k 0 COUNT x
    ZSCAN k 0 COUNT
    ZSCAN k 0 BAD
    ZSCAN k
    SET s v
    ZSCAN s 0
    `,
    'ZADD one 2.5 m',
    since74('ZSCAN one 0 NOSCORES', '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nm\r\n', 'option of Valkey'),
    since74('ZSCAN k -1', '-ERR invalid cursor\r\n', 'no negative cursors'),
    since74('ZSCAN k 0 NOVALUES', '-ERR NOVALUES option can only be used in HSCAN\r\n', 'option of HSCAN'),
  ),
];

differential('sorted sets', groups);
differential('sorted sets, always large', groups, { directives: { 'zset-max-listpack-entries': 0 } });

const encodings = (entries: number, value: number): string => `
  ZADD k 1 a
  OBJECT ENCODING k
  CONFIG SET zset-max-listpack-entries ${entries} zset-max-listpack-value ${value}
  ZADD k 2 b 3 c 4 d
  OBJECT ENCODING k
  ZADD k 5 eeeeeeeeee
  OBJECT ENCODING k
  ZREM k b c d eeeeeeeeee
  OBJECT ENCODING k
  ZADD long 1 "${'x'.repeat(65)}"
  OBJECT ENCODING long
  ZADD l2 1 a 2 "${'x'.repeat(65)}"
  OBJECT ENCODING l2
  ZUNIONSTORE u 2 k long
  OBJECT ENCODING u
  ZUNIONSTORE v 1 k
  OBJECT ENCODING v
  ZRANGESTORE r k 0 -1
  OBJECT ENCODING r
  ZRANGE u 0 -1 WITHSCORES
  COPY k copied
  ZADD copied 8 more
  ZRANGE copied 0 -1 WITHSCORES
  ZRANGE k 0 -1 WITHSCORES
  RENAME k renamed
  ZRANGE renamed 0 -1
  DEL renamed
  FLUSHALL
`;

differential(
  'sorted sets: encodings',
  [
    group('up to 128 members of 64 bytes', encodings(128, 64)),
    group('up to 3 members', encodings(3, 64)),
    group('members of up to 5 bytes', encodings(128, 5)),
    group('never small', encodings(0, 64)),
  ],
  { protocols: [2] },
);
