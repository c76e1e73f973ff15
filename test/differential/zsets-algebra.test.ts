/** Sorted sets: ZUNION, ZINTER, ZDIFF, and pops with and without waiting. */
import { differential, type Group, group } from '../support/differential.ts';

const FILL = `
  ZADD a 1 x 2 y 3 z 4 w
  ZADD b 10 y 20 z 30 q 40 r 50 s
  ZADD c 100 z 200 w 300 x
  ZADD i inf x -inf y
  SADD set x z 7
  SADD ints 1 2 3
  ZADD n 5 1 6 2 7 x
  SET str v
`;

/** The operation with each of the argument lists, replied and stored. */
function operations(name: string, ...lists: string[]): string {
  return lists
    .flatMap((list) => [
      `${name} ${list}`,
      `${name} ${list} WITHSCORES`,
      `${name}STORE t ${list}`,
      'ZRANGE t 0 -1 WITHSCORES',
    ])
    .join('\n');
}

const LISTS = ['1 a', '2 a b', '3 a b c', '2 a none', '2 none a', '1 none', '2 a a', '3 c b a', '2 a set', '2 set a'];
const MORE = ['2 set ints', '3 n ints set', '1 set', '2 a i', '2 i i', '4 a b c none'];
const WEIGHTED = [
  '2 a b WEIGHTS 2 3',
  '2 a b WEIGHTS 0.5 -1',
  '2 a b WEIGHTS 1 inf',
  '2 i a WEIGHTS 0 1',
  '2 a i WEIGHTS 1 0',
  '2 i i WEIGHTS 1 -1',
  '2 a b AGGREGATE MIN',
  '2 a b AGGREGATE max',
  '2 a b aggregate sum',
  '3 a b c WEIGHTS 1 2 3 AGGREGATE MAX',
  '3 a b c AGGREGATE MIN WEIGHTS 3 2 1',
  '2 a set WEIGHTS 1 5 AGGREGATE MAX',
  '2 set a WEIGHTS 7 1',
  '2 a a WEIGHTS 2 3',
  '2 a i AGGREGATE MIN',
  '2 a i AGGREGATE MAX',
];
const BAD = `
  # a b
  # 0 a
  # -1 a
  # x a
  # 1.5 a
  # 3 a b
  # 9223372036854775807 a
  # 9223372036854775808 a
  # 1 a WEIGHTS
  # 1 a WEIGHTS x
  # 1 a WEIGHTS nan
  # 2 a b WEIGHTS 1
  # 2 a b WEIGHTS 1 2 3
  # 1 a AGGREGATE
  # 1 a AGGREGATE BAD
  # 1 a BAD
  # 1 str
  # 2 a str
  # 2 str a BAD
  # 1 none BAD
  # 1 a LIMIT 1
  # 1 a WITHSCORES WITHSCORES
`;

const groups: Group[] = [
  group('ZUNION', FILL, operations('ZUNION', ...LISTS, ...MORE, ...WEIGHTED)),
  group('ZINTER', FILL, operations('ZINTER', ...LISTS, ...MORE, ...WEIGHTED)),
  group('ZDIFF', FILL, operations('ZDIFF', ...LISTS, ...MORE)),
  group(
    'bad arguments',
    FILL,
    ['ZUNION', 'ZINTER', 'ZDIFF', 'ZUNIONSTORE t', 'ZINTERSTORE t', 'ZDIFFSTORE t', 'ZINTERCARD']
      .map((command) => BAD.replaceAll('#', command))
      .join('\n'),
    `
    ZUNION 1
    ZUNIONSTORE t 1
    ZUNIONSTORE t 2 a b WITHSCORES
    ZDIFF 2 a b WEIGHTS 1 2
    ZINTERCARD 1
    `,
  ),
  group(
    'ZINTERCARD',
    FILL,
    `
    ZINTERCARD 1 a
    ZINTERCARD 2 a b
    ZINTERCARD 3 a b c
    ZINTERCARD 2 a none
    ZINTERCARD 2 a set
    ZINTERCARD 2 a b LIMIT 1
    ZINTERCARD 2 a b LIMIT 0
    ZINTERCARD 2 a b LIMIT 10
    ZINTERCARD 2 a b LIMIT -1
    ZINTERCARD 2 a b LIMIT x
    ZINTERCARD 2 a b LIMIT
    ZINTERCARD 2 a b LIMIT 1 LIMIT 2
    `,
  ),
  group(
    'targets',
    FILL,
    `
    ZUNIONSTORE a 2 a b
    ZRANGE a 0 -1 WITHSCORES
    EXPIRE c 1000
    ZINTERSTORE c 2 a c
    TTL c
    ZINTERSTORE str 2 a b
    TYPE str
    ZINTERSTORE str 2 a none
    EXISTS str
    ZDIFFSTORE t 2 a a
    ZUNIONSTORE set 2 set ints
    TYPE set
    ZRANGE set 0 -1 WITHSCORES
    `,
  ),
  group(
    'ZPOPMIN, ZPOPMAX',
    FILL,
    `
    ZPOPMIN a
    ZPOPMAX a
    ZPOPMIN a 0
    ZPOPMIN b 2
    ZPOPMAX b 2
    ZPOPMIN b 100
    EXISTS b
    ZPOPMIN b
    ZPOPMAX none 5
    ZPOPMIN none 0
    ZPOPMIN a -1
    ZPOPMIN a x
    ZPOPMIN a 1 2
    ZPOPMAX a 9223372036854775807
    ZPOPMIN i 5
    ZPOPMIN str
    ZPOPMIN str 0
    ZPOPMAX str x
    `,
  ),
  group(
    'ZMPOP',
    FILL,
    `
    ZMPOP 1 a MIN
    ZMPOP 2 none a MAX
    ZMPOP 2 b a min COUNT 2
    ZMPOP 1 b max count 100
    EXISTS b
    ZMPOP 2 none b MIN
    ZMPOP 1 none MIN COUNT 5
    ZMPOP 1 str MIN
    ZMPOP 2 none str MIN
    ZMPOP 2 c str MIN
    ZMPOP 0 a MIN
    ZMPOP -1 a MIN
    ZMPOP x a MIN
    ZMPOP 2 a MIN
    ZMPOP 1 a
    ZMPOP 1 a BAD
    ZMPOP 1 a MIN COUNT
    ZMPOP 1 a MIN COUNT 0
    ZMPOP 1 a MIN COUNT -1
    ZMPOP 1 a MIN COUNT x
    ZMPOP 1 a MIN COUNT 1 COUNT 2
    ZMPOP 1 a MIN BAD 1
    ZMPOP 9223372036854775807 a MIN
    `,
  ),
  group(
    'waiting commands that need not wait',
    FILL,
    `
    BZPOPMIN a 0
    BZPOPMAX none a 0
    BZPOPMIN none b a 1
    BZMPOP 0 1 a MIN
    BZMPOP 0 2 none b MAX COUNT 2
    BZPOPMIN c c 0
    BZPOPMIN str 0
    BZPOPMIN none str a 0
    BZPOPMIN a
    BZPOPMIN a x
    BZPOPMIN a -1
    BZPOPMIN a nan
    BZMPOP x 1 a MIN
    BZMPOP -1 1 a MIN
    BZMPOP 0 0 a MIN
    BZMPOP 0 1 a BAD
    BZMPOP 0 2 a MIN
    BZMPOP 0 1 a MIN COUNT 0
    BZMPOP 0 1 str MIN
    BZPOPMIN none 0.01
    BZPOPMAX none none2 0.01
    BZMPOP 0.01 1 none MIN
    ZRANGE a 0 -1 WITHSCORES
    `,
  ),
  group(
    'waiting',
    `
    client A: blocks: BZPOPMIN k 0
    client B: ZADD k 2 b 1 a 3 c
    client A: PING
    client B: ZRANGE k 0 -1 WITHSCORES
    client B: DEL k
    client A: blocks: BZPOPMAX k2 k 0
    client C: blocks: BZPOPMIN k 0
    client B: ZADD k 1 a 2 b 3 c
    client A: PING
    client C: PING
    client B: ZRANGE k 0 -1
    client B: DEL k
    client A: blocks: BZMPOP 0 2 x k MAX COUNT 2
    client B: SADD k no
    client B: DEL k
    client B: ZADD k 1 a 2 b 3 c
    client A: PING
    client B: ZRANGE k 0 -1
    client B: DEL k
    client A: blocks: BZPOPMIN k 0
    client B: ZADD other 1 a
    client B: RENAME other k
    client A: PING
    client A: blocks: BZPOPMIN k 0
    client B: ZUNIONSTORE k 1 none
    client B: ZADD src 5 five
    client B: ZUNIONSTORE k 1 src
    client A: PING
    client A: blocks: BZPOPMIN k 0
    client B: ZRANGESTORE k src 0 -1
    client A: PING
    `,
  ),
];

differential('sorted sets combined', groups);
differential('sorted sets combined, always large', groups, { directives: { 'zset-max-listpack-entries': 0 } });
