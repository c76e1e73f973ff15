/** Sets: members, random members, algebra, SSCAN, encodings. */
import { differential, group, needing, since74 } from '../support/differential.ts';

const listpack = (line: string) =>
  since74(line, '$8\r\nlistpack\r\n', 'small sets of strings are listpacks, which 7.0 does not have');

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
const texts = (count: number, prefix = 'member') => numbers(1, count).map((n) => prefix + n);

const INTEGERS = [
  '0',
  '-0',
  '00',
  '+1',
  '1',
  ' 1',
  '-1',
  '32767',
  '32768',
  '-32768',
  '-32769',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
];

differential('sets', [
  group(
    'SADD, SREM, SCARD, SISMEMBER, SMISMEMBER, SMEMBERS',
    `
    SADD s a
    SADD s a
    SADD s a b c b
    SADD s ""
    SADD s "\\x00\\xff\\r\\n"
    SCARD s
    unordered: SMEMBERS s
    SISMEMBER s a
    SISMEMBER s ""
    SISMEMBER s z
    SMISMEMBER s a z b ""
    SMISMEMBER s z
    SREM s z
    SREM s a z b
    SREM s ""
    SREM s a c
    unordered: SMEMBERS s
    SREM s "\\x00\\xff\\r\\n" x
    EXISTS s
    TYPE s
    SCARD s
    SMEMBERS s
    SISMEMBER s a
    SMISMEMBER s a b
    SREM s a
    SADD
    SADD s
    SREM s
    SREM
    SCARD
    SCARD s s
    SISMEMBER s
    SISMEMBER s a b
    SMISMEMBER s
    SMEMBERS
    SMEMBERS s s
    EXISTS s
    `,
  ),
  group(
    'integers of every width',
    ...INTEGERS.map(
      (n) => `
      SADD i "${n}"
      SADD i "${n}"
      SISMEMBER i "${n}"
      SCARD i`,
    ),
    'unordered: SMEMBERS i',
    ...INTEGERS.map((n) => `SREM i "${n}"`),
    'EXISTS i',
    ...INTEGERS.filter((n) => /^(0|-?[1-9]\d*)$/.test(n)).map((n) => `SADD j ${n}`),
    'SMISMEMBER j 0 1 -1 9007199254740992 9007199254740993 9223372036854775806 -9223372036854775808',
    'unordered: SMEMBERS j',
  ),
  group(
    'encodings: intset',
    ['SADD', 'i', ...numbers(1, 512)],
    'OBJECT ENCODING i',
    'SADD i 513',
    'OBJECT ENCODING i',
    'SCARD i',
    'SREM i 513',
    'OBJECT ENCODING i',
    ['SADD', 'k', ...numbers(1, 513)],
    'OBJECT ENCODING k',
    'SADD w 1 2 3',
    'OBJECT ENCODING w',
    'SADD w 70000 5000000000',
    'SMEMBERS w',
    'SREM w 5000000000 70000 1 2 3',
    'EXISTS w',
    'CONFIG SET set-max-intset-entries 2',
    'SADD c 1 2',
    'OBJECT ENCODING c',
    'SADD c 3',
    'OBJECT ENCODING c',
    'unordered: SMEMBERS c',
    'CONFIG SET set-max-intset-entries 512',
  ),
  group(
    'encodings: listpack',
    'SADD s a b',
    listpack('OBJECT ENCODING s'),
    'SADD i 1 2 3',
    'OBJECT ENCODING i',
    'SADD i x',
    listpack('OBJECT ENCODING i'),
    'unordered: SMEMBERS i',
    'SREM i x',
    listpack('OBJECT ENCODING i'),
    ['SADD', 'f', ...texts(128)],
    listpack('OBJECT ENCODING f'),
    'SADD f one-more',
    'OBJECT ENCODING f',
    'SCARD f',
    ['SADD', 'g', ...texts(129)],
    'OBJECT ENCODING g',
    ['SADD', 'l', 'x'.repeat(64)],
    listpack('OBJECT ENCODING l'),
    ['SADD', 'l', 'x'.repeat(65)],
    'OBJECT ENCODING l',
    ['SADD', 'm', ...numbers(1, 127)],
    'SADD m x',
    listpack('OBJECT ENCODING m'),
    ['SADD', 'n', ...numbers(1, 128)],
    'OBJECT ENCODING n',
    'SADD n x',
    'OBJECT ENCODING n',
    'unordered: SMEMBERS n',
    ['SADD', 'o', '1', 'x'.repeat(65)],
    'OBJECT ENCODING o',
    'unordered: SMEMBERS o',
  ),
  group(
    'large members and many of them',
    ['SADD', 's', 'x'.repeat(100), 'y'.repeat(5000), 'z'.repeat(70000), ''],
    'SCARD s',
    'unordered: SMEMBERS s',
    ['SISMEMBER', 's', 'z'.repeat(70000)],
    ['SISMEMBER', 's', 'z'.repeat(69999)],
    ['SADD', 't', ...texts(3000)],
    'SCARD t',
    'unordered: SMEMBERS t',
    ['SMISMEMBER', 't', ...texts(3100)],
    ['SREM', 't', ...texts(2950)],
    'unordered: SMEMBERS t',
    ['SREM', 't', ...texts(3000)],
    'EXISTS t',
  ),
  group(
    'SMOVE',
    `
    SADD a 1 2 x
    SADD b 3
    SMOVE a b 1
    unordered: SMEMBERS a
    unordered: SMEMBERS b
    SMOVE a b nope
    SMOVE a c x
    SMEMBERS c
    SMOVE a c 2
    EXISTS a
    SMOVE a b 1
    SMOVE none b 1
    SMOVE b none 1
    SMEMBERS none
    SMOVE b b 3
    SMOVE b b 99
    SADD d 3
    SMOVE b d 3
    EXISTS b
    SMEMBERS d
    SET str v
    SMOVE str d 3
    SMOVE d str 3
    SMOVE none str 3
    SMEMBERS d
    SMOVE a b
    SMOVE a b c d
    `,
  ),
  group(
    'SPOP and SRANDMEMBER where chance has no choice',
    `
    SADD s only
    SRANDMEMBER s
    SRANDMEMBER s 1
    SRANDMEMBER s 5
    SRANDMEMBER s -3
    SRANDMEMBER s 0
    SPOP s
    EXISTS s
    SPOP s
    SPOP s 3
    SPOP s 0
    SRANDMEMBER s
    SRANDMEMBER s 2
    SRANDMEMBER s -2
    SADD s 7
    SRANDMEMBER s
    SRANDMEMBER s -2
    SPOP s 0
    SPOP s 1
    EXISTS s
    SADD s a b c 1 2
    unordered: SRANDMEMBER s 5
    unordered: SRANDMEMBER s 100
    shape: SRANDMEMBER s 3
    SADD i 1 2 3 4
    unordered: SRANDMEMBER i 4
    shape: SRANDMEMBER i -9
    shape: SPOP i 2
    SCARD i
    unordered: SPOP s 10
    EXISTS s
    SADD s a
    SPOP s 1
    EXISTS s
    SPOP s -1
    SPOP s abc
    SPOP s 1.5
    SPOP s 9223372036854775808
    SPOP s 9223372036854775807
    SPOP s 1 2
    SPOP
    SRANDMEMBER s abc
    SRANDMEMBER s 1 2
    SRANDMEMBER s -9223372036854775808
    SRANDMEMBER s 9223372036854775808
    SRANDMEMBER s 9223372036854775807
    SRANDMEMBER s -9223372036854775807
    SRANDMEMBER
    SADD s a
    SRANDMEMBER s 9223372036854775807
    SPOP s 9223372036854775807
    `,
  ),
  group(
    'SPOP leaves the rest',
    ...[
      ['t', texts(100)],
      ['u', texts(1000)],
      ['v', numbers(1, 400)],
      ['w', numbers(1, 1000)],
    ].flatMap(([key, members]) => [
      ['SADD', key as string, ...(members as string[])],
      `shape: SPOP ${key}`,
      `shape: SPOP ${key} 9`,
      `SCARD ${key}`,
      `shape: SRANDMEMBER ${key} 80`,
      `shape: SPOP ${key} 80`,
      `SCARD ${key}`,
    ]),
    'shape: SPOP u 905',
    'SCARD u',
  ),
  group(
    'encodings after SPOP',
    ['SADD', 'u', ...texts(1000)],
    'shape: SPOP u 995',
    since74('OBJECT ENCODING u', '$8\r\nlistpack\r\n', 'what SPOP leaves of a table is built anew, as a listpack'),
    'SCARD u',
    ['SADD', 'v', ...texts(1000)],
    'shape: SPOP v 800',
    'OBJECT ENCODING v',
    ['SADD', 'i', ...numbers(1, 300)],
    'shape: SPOP i 290',
    'OBJECT ENCODING i',
  ),
  group(
    'SINTER, SUNION, SDIFF',
    `
    SADD a 1 2 3 x y
    SADD b 2 3 4 y z
    SADD i 1 2 3
    SADD j 2 3 4
    SADD one x
    unordered: SINTER a
    unordered: SINTER a b
    unordered: SINTER a b i
    unordered: SINTER i j
    unordered: SINTER i a
    unordered: SINTER a a
    SINTER a none
    SINTER none
    SINTER none a
    SINTER one i
    unordered: SUNION a
    unordered: SUNION a b
    unordered: SUNION a none b i j
    unordered: SUNION i j
    SUNION none
    SUNION none other
    unordered: SDIFF a
    unordered: SDIFF a b
    unordered: SDIFF a i
    unordered: SDIFF i j
    SDIFF a a
    SDIFF a b a
    SDIFF none a
    unordered: SDIFF a none
    SDIFF one a b
    SDIFF i j i
    unordered: SDIFF a one
    SINTER
    SUNION
    SDIFF
    `,
  ),
  group(
    'SINTERCARD',
    `
    SADD a 1 2 3 x y
    SADD b 2 3 4 y z
    SINTERCARD 2 a b
    SINTERCARD 1 a
    SINTERCARD 2 a none
    SINTERCARD 2 a b LIMIT 2
    SINTERCARD 2 a b LIMIT 0
    SINTERCARD 2 a b LIMIT 100
    SINTERCARD 2 a b limit 1
    SINTERCARD 2 a b LIMIT 1 LIMIT 2
    SINTERCARD 2 a b LIMIT
    SINTERCARD 2 a b LIMIT -1
    SINTERCARD 2 a b LIMIT x
    SINTERCARD 2 a b LIMIT 9223372036854775808
    SINTERCARD 2 a b FOO
    SINTERCARD 2 a b FOO 1
    SINTERCARD 0 a
    SINTERCARD -1 a
    SINTERCARD x a
    SINTERCARD 3 a b
    SINTERCARD 9223372036854775807 a b
    SINTERCARD 9223372036854775808 a b
    SINTERCARD 1
    SINTERCARD
    SINTERCARD 2 a a
    SET str v
    SINTERCARD 2 a str
    SINTERCARD 2 none str
    `,
  ),
  group(
    'SINTERSTORE, SUNIONSTORE, SDIFFSTORE',
    `
    SADD a 1 2 3 x y
    SADD b 2 3 4 y z
    SADD i 1 2 3
    SADD j 2 3 4
    SINTERSTORE d a b
    unordered: SMEMBERS d
    SINTERSTORE d i j
    OBJECT ENCODING d
    SMEMBERS d
    SINTERSTORE d a i
    OBJECT ENCODING d
    SINTERSTORE d a none
    EXISTS d
    SINTERSTORE d none
    SUNIONSTORE d a b
    unordered: SMEMBERS d
    SUNIONSTORE d i j
    OBJECT ENCODING d
    SMEMBERS d
    SUNIONSTORE d none
    EXISTS d
    SDIFFSTORE d a b
    unordered: SMEMBERS d
    SDIFFSTORE d i j
    OBJECT ENCODING d
    SDIFFSTORE d i i
    EXISTS d
    SET d string EX 100
    SUNIONSTORE d i
    TYPE d
    TTL d
    EXPIRE a 100
    SUNIONSTORE a a b
    TTL a
    unordered: SMEMBERS a
    SINTERSTORE a a i
    unordered: SMEMBERS a
    SDIFFSTORE a a j
    SMEMBERS a
    SDIFFSTORE a a a
    EXISTS a
    SET str v
    SUNIONSTORE d i str
    SINTERSTORE d i str
    SINTERSTORE d none str
    SDIFFSTORE d str i
    SINTERSTORE str i j
    TYPE str
    SUNIONSTORE d
    SINTERSTORE d
    SDIFFSTORE d
    SMEMBERS d
    `,
  ),
  group(
    'algebra of large sets',
    ['SADD', 'a', ...texts(1500)],
    ['SADD', 'b', ...texts(3000).slice(1000)],
    ['SADD', 'i', ...numbers(1, 1000)],
    ['SADD', 'j', ...numbers(400, 800)],
    'unordered: SINTER a b',
    'unordered: SUNION a b',
    'unordered: SDIFF a b',
    'unordered: SDIFF b a',
    'unordered: SINTER i j',
    'unordered: SDIFF i j',
    'SINTERCARD 2 a b LIMIT 100',
    'SINTERCARD 2 i j',
    'FLUSHALL',
    ['SADD', 'a', ...texts(1500)],
    ['SADD', 'b', ...texts(3000).slice(1000)],
    ['SADD', 'i', ...numbers(1, 1000)],
    ['SADD', 'j', ...numbers(400, 800)],
    'SUNIONSTORE d a b i j',
    'SCARD d',
    'OBJECT ENCODING d',
    'SINTERSTORE d i j',
    'OBJECT ENCODING d',
    'SMEMBERS d',
    'SDIFFSTORE d i j b',
    'OBJECT ENCODING d',
    'SINTERSTORE d a b i',
    'EXISTS d',
  ),
  group(
    'SSCAN',
    `
    SADD s a b c 1 2
    unordered: SSCAN s 0
    unordered: SSCAN s 0 COUNT 1000
    SADD i 1 2 3
    SSCAN i 0
    SSCAN i 0 COUNT 1
    SSCAN i 77
    SSCAN i 0 MATCH 2
    SSCAN i 0 MATCH [12]
    SSCAN i 0 MATCH *
    SSCAN i 0 MATCH x* COUNT 5
    SSCAN none 0
    SSCAN none 0 FOO
    SSCAN none abc
    SSCAN i abc
    SSCAN i 0 COUNT
    SSCAN i 0 COUNT 0
    SSCAN i 0 COUNT -5
    SSCAN i 0 COUNT x
    SSCAN i 0 MATCH
    SSCAN i 0 FOO
    SSCAN i 0 TYPE set
    SSCAN i
    SSCAN
    SET str v
    SSCAN str 0
    SSCAN str x
    `,
    since74('SSCAN i -1', '-ERR invalid cursor\r\n', 'the cursor is parsed as an unsigned 64-bit integer'),
    since74('SSCAN i 0 NOVALUES', '-ERR NOVALUES option can only be used in HSCAN\r\n', 'an option of 7.4'),
    ['SADD', 't', ...texts(1000)],
    'unordered: SSCAN t 0 COUNT 100000',
    'unordered: SSCAN t 0 COUNT 100000 MATCH member9*',
  ),
  group(
    'wrong type',
    `
    SET k v
    SADD k a
    SREM k a
    SCARD k
    SISMEMBER k a
    SMISMEMBER k a
    SMEMBERS k
    SPOP k
    SPOP k 1
    SPOP k 0
    SRANDMEMBER k
    SRANDMEMBER k 1
    SRANDMEMBER k 0
    SINTER k
    SINTER none k
    SUNION none k
    SDIFF none k
    SADD s a
    SUNION s k
    SDIFF s k
    GET s
    INCR s
    APPEND s x
    GETSET s x
    SET s v GET
    SET s v
    GET s
    `,
  ),
  group(
    'generic commands on sets',
    ['SADD', 't', ...texts(300)],
    `
    SADD s a b
    SADD i 1 2
    TYPE s
    COPY s s2
    unordered: SMEMBERS s2
    SADD s2 c
    SCARD s
    COPY t t2
    SCARD t2
    SREM t2 member1
    SISMEMBER t member1
    COPY i i2
    COPY t s
    COPY t s REPLACE
    SCARD s
    RENAME t u
    SCARD u
    EXISTS t
    RENAME u i
    SCARD i
    MOVE i 5
    EXISTS i
    SELECT 5
    SCARD i
    SISMEMBER i member300
    SELECT 0
    EXPIRE s 100
    SADD s x
    TTL s
    DEL s2 t2
    UNLINK s
    DBSIZE
    SADD v 1 2 3
    PEXPIRE v 1
    DEBUG SLEEP 0.01
    SADD v 9
    SMEMBERS v
    TTL v
    `,
  ),
  needing(
    ['RPUSH'],
    group(
      'against lists',
      `
      RPUSH l a
      SADD l a
      SMOVE l x a
      SUNION l
      SADD s a
      LPUSH s a
      SMOVE s l a
      SUNIONSTORE l s
      TYPE l
      `,
    ),
  ),
]);
