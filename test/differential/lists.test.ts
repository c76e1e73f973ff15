/** Lists: every command that does not block, with its options and with bad input, in both encodings. */
import { differential, type Entry, type Group, group, since74 } from '../support/differential.ts';

const words = (count: number): string[] => Array.from({ length: count }, (_, i) => `element-${i}`);
const ENCODING = 'a list in one node is a listpack since 7.2';

const NUMBERS = [
  '0',
  '1',
  '-1',
  '2',
  '-2',
  '100',
  '-100',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '-9223372036854775809',
  '1.5',
  '01',
  '+1',
  '',
  'x',
];

const SMALLEST = '-9223372036854775808';
const OUT_OF_RANGE = `-ERR value is out of range, value must between -${2n ** 63n - 1n} and ${2n ** 63n - 1n}\r\n`;

/** A line for each number in place of N. */
function forNumbers(text: string): Entry[] {
  return NUMBERS.map((n) => {
    if (n === SMALLEST && /LREM|RANK/.test(text)) {
      return since74(text.replace(/\bN\b/, n), OUT_OF_RANGE, 'the number that has no negative is refused');
    }
    return text.split(' ').map((word) => (word === 'N' ? n : word));
  });
}

const EDGES: Group[] = [
  'LPOP k N',
  'RPOP k N',
  'LPOP none N',
  'LINDEX k N',
  'LINDEX none N',
  'LINDEX s N',
  'LRANGE k N -1',
  'LRANGE k 0 N',
  'LRANGE none N 1',
  'LRANGE s N 1',
  'LSET k N v',
  'LSET none N v',
  'LSET s N v',
  'LREM k N a',
  'LREM none N a',
  'LREM s N a',
  'LPOS k a RANK N',
  'LPOS k a COUNT N',
  'LPOS k a MAXLEN N',
  'LPOS none a RANK N',
  'LPOS s a COUNT N',
  'LMPOP N k LEFT',
  'LMPOP 1 k LEFT COUNT N',
  'LMPOP 1 none LEFT COUNT N',
].map((text) =>
  group(
    `numbers: ${text}`,
    `
    RPUSH k a b c a 1 2 a
    SET s string
    `,
    ...forNumbers(text),
    'LRANGE k 0 -1',
  ),
);

const TRIMS = NUMBERS.map((n) =>
  group(
    `numbers: LTRIM ${n}`,
    'RPUSH k a b c d e f',
    ['LTRIM', 'k', n, '-1'],
    'LRANGE k 0 -1',
    ['LTRIM', 'k', '0', n],
    'LRANGE k 0 -1',
    ['LTRIM', 'none', n, '1'],
    'SET s x',
    ['LTRIM', 's', '1', n],
  ),
);

differential('lists', [
  group(
    'LPUSH, RPUSH, LPUSHX, RPUSHX, LLEN',
    `
    LLEN k
    LPUSH k a
    LPUSH k b c d
    RPUSH k e f
    LPUSHX k g
    RPUSHX k h i
    LRANGE k 0 -1
    LLEN k
    LPUSHX none a
    RPUSHX none a b
    EXISTS none
    LPUSH k
    RPUSH k
    LPUSHX k
    RPUSHX k
    LPUSH
    LLEN
    LLEN k k
    SET s v
    LPUSH s a
    RPUSH s a
    LPUSHX s a
    RPUSHX s a
    LLEN s
    RPUSH e ""
    RPUSH e "" 0 -0 00 9223372036854775807 -9223372036854775808 9223372036854775808 " 1"
    LRANGE e 0 -1
    TYPE k
    `,
  ),
  group(
    'LPOP, RPOP',
    `
    LPOP none
    RPOP none
    LPOP none 1
    RPOP none 1
    LPOP none 0
    RPUSH k a b c d e f g
    LPOP k
    RPOP k
    LPOP k 2
    RPOP k 2
    LPOP k 0
    RPOP k 0
    LPOP k 100
    EXISTS k
    RPUSH k a b c
    RPOP k 100
    EXISTS k
    RPUSH k a
    LPOP k
    EXISTS k
    LPOP k 1 2
    RPOP k 1 2
    LPOP
    SET s v
    LPOP s
    RPOP s
    LPOP s 1
    LPOP s x
    LPOP s -1
    RPUSH n 1 -1 127 128 65536 9007199254740993
    LPOP n 3
    RPOP n
    RPOP n
    `,
  ),
  group(
    'LINDEX, LRANGE, LSET',
    `
    RPUSH k a b c d 5 -7
    LINDEX k 0
    LINDEX k 5
    LINDEX k -1
    LINDEX k -6
    LINDEX k -7
    LINDEX k 6
    LINDEX k
    LRANGE k 0 -1
    LRANGE k 1 3
    LRANGE k -3 -2
    LRANGE k 3 1
    LRANGE k -100 100
    LRANGE k 6 10
    LRANGE k 5 5
    LRANGE k -1 -6
    LRANGE none 0 -1
    LRANGE k 0
    LSET k 0 x
    LSET k -1 77
    LSET k 2 ""
    LSET k 6 y
    LSET k -7 y
    LRANGE k 0 -1
    LSET none 0 x
    LSET k 0
    SET s v
    LINDEX s 0
    LRANGE s 0 -1
    LSET s 0 x
    `,
  ),
  group(
    'LINSERT',
    `
    RPUSH k a b c b 12
    LINSERT k BEFORE b x
    LINSERT k after b y
    LINSERT k Before 12 11
    LINSERT k AFTER 12 13
    LINSERT k BEFORE a first
    LINSERT k AFTER none x
    LINSERT none BEFORE a x
    EXISTS none
    LINSERT k BESIDE a x
    LINSERT none BESIDE a x
    LINSERT k BEFORE a
    LINSERT k BEFORE a x y
    LRANGE k 0 -1
    SET s v
    LINSERT s BEFORE a x
    LINSERT s BESIDE a x
    `,
  ),
  group(
    'LREM, LTRIM',
    `
    RPUSH k a b a c a d a 1 1 a
    LREM k 2 a
    LRANGE k 0 -1
    LREM k -2 a
    LRANGE k 0 -1
    LREM k 0 1
    LRANGE k 0 -1
    LREM k 0 none
    LREM none 0 a
    LREM k 5 c
    LREM k 0
    LRANGE k 0 -1
    RPUSH all x x x
    LREM all 0 x
    EXISTS all
    RPUSH all x x x
    LREM all -5 x
    EXISTS all
    RPUSH t a b c d e f
    LTRIM t 1 -2
    LRANGE t 0 -1
    LTRIM t 0 -1
    LRANGE t 0 -1
    LTRIM t -2 100
    LRANGE t 0 -1
    LTRIM t 5 10
    EXISTS t
    RPUSH t a b
    LTRIM t 1 0
    EXISTS t
    LTRIM none 0 1
    LTRIM t 0
    SET s v
    LREM s 0 a
    LTRIM s 0 1
    `,
  ),
  group(
    'LPOS',
    `
    RPUSH k a b c 1 2 3 c c 12 c
    LPOS k a
    LPOS k c
    LPOS k 12
    LPOS k none
    LPOS none a
    LPOS none a COUNT 1
    LPOS k c RANK 2
    LPOS k c RANK -1
    LPOS k c RANK -2
    LPOS k c RANK 5
    LPOS k c RANK -5
    LPOS k c COUNT 0
    LPOS k c COUNT 2
    LPOS k c COUNT 10
    LPOS k none COUNT 0
    LPOS k c COUNT 0 RANK 2
    LPOS k c COUNT 0 RANK -1
    LPOS k c COUNT 2 RANK -2
    LPOS k c COUNT 0 MAXLEN 3
    LPOS k c COUNT 0 MAXLEN 7
    LPOS k c MAXLEN 2
    LPOS k c MAXLEN 0
    LPOS k c COUNT 0 MAXLEN 7 RANK -1
    LPOS k c RANK 0
    LPOS k c rank 1 count 1 maxlen 100
    LPOS k c RANK
    LPOS k c COUNT
    LPOS k c MAXLEN
    LPOS k c NOSUCH 1
    LPOS k c COUNT -1
    LPOS k c MAXLEN -1
    LPOS none c RANK 0
    LPOS k
    SET s v
    LPOS s a
    LPOS s a COUNT 0
    LPOS s a RANK 0
    `,
  ),
  group(
    'LMPOP',
    `
    LMPOP 1 none LEFT
    LMPOP 2 none other RIGHT COUNT 3
    RPUSH a 1 2 3 4 5
    RPUSH b x y z
    LMPOP 2 a b LEFT
    LMPOP 2 none a RIGHT
    LMPOP 2 a b left COUNT 2
    LMPOP 2 a b RIGHT COUNT 10
    LMPOP 2 a b RIGHT count 2
    LMPOP 2 a b LEFT COUNT 1
    EXISTS a b
    LMPOP 0 a LEFT
    LMPOP -1 a LEFT
    LMPOP x a LEFT
    LMPOP 2 a LEFT
    LMPOP 1 a
    LMPOP 1 a b
    LMPOP 1 a MIDDLE
    LMPOP 1 a LEFT COUNT
    LMPOP 1 a LEFT COUNT 0
    LMPOP 1 a LEFT COUNT 1 COUNT 2
    LMPOP 1 a LEFT RIGHT
    LMPOP 3 a b LEFT
    SET s v
    RPUSH a 1
    LMPOP 2 s a LEFT
    LMPOP 2 a s LEFT
    LMPOP 2 none s LEFT
    `,
  ),
  group(
    'LMOVE, RPOPLPUSH',
    `
    RPUSH a 1 2 3 four
    LMOVE a b LEFT RIGHT
    LMOVE a b RIGHT LEFT
    LMOVE a b left left
    LMOVE a b Right Right
    EXISTS a
    LRANGE b 0 -1
    LMOVE none b LEFT RIGHT
    RPOPLPUSH none b
    RPOPLPUSH b c
    LRANGE b 0 -1
    LRANGE c 0 -1
    RPOPLPUSH b b
    LRANGE b 0 -1
    LMOVE b b LEFT RIGHT
    LMOVE b b LEFT LEFT
    LMOVE b b RIGHT RIGHT
    LRANGE b 0 -1
    RPOPLPUSH c c
    LRANGE c 0 -1
    LMOVE a b MIDDLE LEFT
    LMOVE a b LEFT MIDDLE
    LMOVE a b LEFT
    RPOPLPUSH a
    SET s v
    LMOVE s b LEFT LEFT
    LMOVE b s LEFT LEFT
    LMOVE none s LEFT LEFT
    RPOPLPUSH s b
    RPOPLPUSH b s
    RPOPLPUSH s s
    LRANGE b 0 -1
    PEXPIREAT b 33177117420000
    RPOPLPUSH b b
    PEXPIRETIME b
    LPUSH b x
    PEXPIRETIME b
    `,
  ),
  ...EDGES,
  ...TRIMS,
  group(
    'generic commands on lists',
    `
    RPUSH k a b c 12
    COPY k copy
    LRANGE copy 0 -1
    RENAME copy named
    LRANGE named 0 -1
    MOVE named 1
    SELECT 1
    LRANGE named 0 -1
    SELECT 0
    DEBUG DIGEST-VALUE k
    DEBUG DIGEST
    TYPE k
    GET k
    APPEND k x
    SCAN 0 TYPE list COUNT 100
    SCAN 0 TYPE string COUNT 100
    SET k v
    GET k
    RPUSH k2 a
    EXPIREAT k2 1
    EXISTS k2
    SADD set m
    LPUSH set a
    RPUSH k2 m
    SADD k2 a
    DEL k2
    OBJECT REFCOUNT k2
    `,
  ),
  group(
    'a list of many nodes',
    ['RPUSH', 'k', ...words(3000)],
    ['LPUSH', 'k', ...words(1500)],
    `
    LLEN k
    LINDEX k 0
    LINDEX k 1499
    LINDEX k 2250
    LINDEX k -1
    LINDEX k -2250
    LRANGE k 1490 1520
    LRANGE k 0 -1
    LPOS k element-1200 COUNT 0
    LPOS k element-1200 RANK -1
    LINSERT k BEFORE element-1200 between
    LINSERT k AFTER element-2900 after
    LSET k 2000 changed
    LSET k -10 ""
    LREM k -1 element-77
    LREM k 0 element-78
    DEBUG DIGEST-VALUE k
    LTRIM k 100 -101
    LLEN k
    DEBUG DIGEST-VALUE k
    COPY k copy
    DEBUG DIGEST-VALUE copy
    LPOP k 1000
    RPOP k 1000
    LMPOP 1 k LEFT COUNT 500
    LMOVE k k LEFT RIGHT
    LLEN k
    DEBUG DIGEST-VALUE k
    DEL k copy
    `,
  ),
]);

const EXACT: Group[] = [
  group(
    'encodings and their limits',
    'RPUSH k a b c',
    since74('OBJECT ENCODING k', '$8\r\nlistpack\r\n', ENCODING),
    'RPUSH k d',
    'OBJECT ENCODING k',
    'LPOP k',
    'OBJECT ENCODING k',
    'LPOP k',
    'OBJECT ENCODING k',
    'LPOP k',
    since74('OBJECT ENCODING k', '$8\r\nlistpack\r\n', ENCODING),
    ['RPUSH', 'big', 'x'.repeat(9000)],
    'OBJECT ENCODING big',
    'LINDEX big 0',
    'LSET big 0 small',
    since74('OBJECT ENCODING big', '$8\r\nlistpack\r\n', ENCODING),
    'CONFIG SET list-max-listpack-size -1',
    ['RPUSH', 'bytes', ...Array.from({ length: 19 }, () => 'z'.repeat(200))],
    since74('OBJECT ENCODING bytes', '$8\r\nlistpack\r\n', ENCODING),
    ['RPUSH', 'bytes', 'z'.repeat(200), 'z'.repeat(200)],
    'OBJECT ENCODING bytes',
    'COPY bytes copy',
    'OBJECT ENCODING copy',
    'LTRIM bytes 0 2',
    since74('OBJECT ENCODING bytes', '$8\r\nlistpack\r\n', ENCODING),
    'CONFIG SET list-max-listpack-size 3',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 100b',
    ['RPUSH', 'plain', 'a', 'y'.repeat(100), 'b', 'y'.repeat(99)],
    ['LINSERT', 'plain', 'BEFORE', 'y'.repeat(100), 'q'.repeat(300)],
    ['LSET', 'plain', '0', 'w'.repeat(400)],
    ['LSET', 'plain', '1', 'small'],
    'LRANGE plain 0 -1',
    ['LREM', 'plain', '0', 'y'.repeat(100)],
    ['LPOS', 'plain', 'w'.repeat(400)],
    'LPOP plain',
    'LRANGE plain 0 -1',
    'DEBUG DIGEST-VALUE plain',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 1b',
    'RPUSH single a b c',
    'LINSERT single BEFORE b x',
    'LRANGE single 0 -1',
    ...['2', '4293918720', '4293918721', '4gb', '-1', 'x', '', '0'].map((n) => [
      'DEBUG',
      'QUICKLIST-PACKED-THRESHOLD',
      n,
    ]),
    since74('DEBUG LISTPACK k', '+Listpack structure printed on stdout\r\n', ENCODING),
    'DEBUG LISTPACK plain',
    'DEBUG LISTPACK none',
    'SET s v',
    'DEBUG LISTPACK s',
    'DEBUG LISTPACK',
  ),
];

differential('lists of small nodes', EXACT, { directives: { 'list-max-listpack-size': 3 } });
