/** XADD, XTRIM, XLEN, XRANGE, XREVRANGE, XDEL, XSETID. */
import { differential, type Entry, group, matching, since74 } from '../support/differential.ts';

/** Texts in place of an id: at the limits, of odd forms, and none at all. */
const IDS = [
  '0-0',
  '0',
  '0-1',
  '1',
  '5-*',
  '*',
  '-',
  '+',
  '5-',
  '-5',
  '5--1',
  '5-+1',
  '+5-1',
  '005-01',
  ' 7-1',
  '7- 1',
  '7-1 ',
  '7-0x1',
  'x',
  '',
  '(5-1',
  '1.5',
  '18446744073709551615',
  '18446744073709551615-18446744073709551615',
  '18446744073709551616',
  '18446744073709551615-18446744073709551616',
  '9223372036854775808-9223372036854775808',
  '-9223372036854775808-1',
  '99999999999999999999999-1',
  `${'0'.repeat(125)}9`,
  `${'0'.repeat(200)}9`,
];

const SEQUENCE_FULL = '-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n';

const COUNTS = ['0', '1', '2', '-1', '100', 'x', '', '1.5', '9223372036854775807', '9223372036854775808'];
const NUMBERS = ['0', '1', '-1', 'x', '', '9223372036854775807', '-9223372036854775808', '9223372036854775808'];

function withIds(...line: string[]): Entry[] {
  return IDS.map((id) => line.map((word) => (word === 'ID' ? id : word)));
}

function withNumbers(numbers: readonly string[], ...line: string[]): Entry[] {
  return numbers.map((n) => line.map((word) => (word === 'N' ? n : word)));
}

const many = (count: number, ...rest: string[]): Entry[] =>
  Array.from({ length: count }, (_, i) => ['XADD', 'k', `${i + 1}-1`, ...rest]);

differential('streams', [
  group(
    'adding and reading',
    `
    XADD k 1-1 name a value 1
    XADD k 1-2 name b value -5
    XADD k 2 other x
    XADD k 3-* name "" value 99999999999
    XADD k 3-* name c value 5 name d
    XADD k 3-* name c value 5 name d
    XLEN k
    XRANGE k - +
    XREVRANGE k + -
    XRANGE k 1-2 3
    XRANGE k (1-2 (3-1
    XREVRANGE k 3 2
    XREVRANGE k (3 (1-1
    XRANGE k 3 1
    XRANGE k 5 +
    XRANGE k - 0
    XRANGE k 1-1 1-1
    XRANGE k - + COUNT 2
    XREVRANGE k + - COUNT 2
    XRANGE k - + COUNT 1 COUNT 3
    XRANGE none - +
    XREVRANGE none + - COUNT 0
    XLEN none
    TYPE k
    OBJECT ENCODING k
    EXISTS k
    `,
    matching('XADD k * f v', /^\$15\r\n\d{13}-0\r\n$/),
    matching('XADD new * f v', /^\$15\r\n\d{13}-0\r\n$/),
    matching('XADD new2 MAXLEN 5 * f v g w', /^\$15\r\n\d{13}-0\r\n$/),
  ),
  group(
    'ids of new entries',
    ...withIds('XADD', 'k', 'ID', 'f', 'v').filter((line) => (line as string[])[2] !== '*'),
    'XLEN k',
    ...withIds('XADD', 'low', 'ID', 'f', 'v')
      .filter((line) => !/\*$|^18|^9223/.test((line as string[])[2]!))
      .flatMap((line) => [line, 'XRANGE low - +']),
    `
    XADD top 18446744073709551615-18446744073709551614 f v
    XADD top 18446744073709551615-* f v
    XADD top 18446744073709551615-* f v
    XADD top * f v
    XADD top 5 f v
    XRANGE top - +
    XRANGE top (18446744073709551615-18446744073709551614 +
    XADD seq 5-18446744073709551615 f v
    `,
    since74('XADD seq 5-* f v', SEQUENCE_FULL, 'this is no matter of size'),
    `
    XADD seq 4-* f v
    XADD seq 6-* f v
    XADD seq 6-* f v
    XADD zero 0-* f v
    XADD zero 0-* f v
    XRANGE zero - +
    XADD huge 9223372036854775807-9223372036854775807 f v
    XADD huge 9223372036854775808-1 f v
    XADD huge 18446744073709551615-1 f v
    XRANGE huge - +
    XREVRANGE huge + -
    `,
  ),
  group(
    'ids of ranges',
    `
    XADD k 0-1 a 1
    XADD k 5-1 a 1
    XADD k 5-2 b 1
    XADD k 18446744073709551615-5 a 1
    `,
    ...withIds('XRANGE', 'k', 'ID', '+'),
    ...withIds('XRANGE', 'k', '-', 'ID'),
    ...withIds('XREVRANGE', 'k', 'ID', '-'),
    ...withIds('XREVRANGE', 'k', '+', 'ID'),
    `
    XRANGE k (18446744073709551615-18446744073709551615 +
    XRANGE k - (0-0
    XRANGE k (- +
    XRANGE k - (+
    XRANGE k ( +
    XRANGE k (5 +
    XRANGE k - (5
    XRANGE k (5-1 (5-2
    XREVRANGE k (18446744073709551615-18446744073709551615 (0-0
    XRANGE none (18446744073709551615-18446744073709551615 +
    `,
    ...withNumbers(COUNTS, 'XRANGE', 'k', '-', '+', 'COUNT', 'N'),
    ...withNumbers(COUNTS, 'XREVRANGE', 'none', '+', '-', 'COUNT', 'N'),
  ),
  group(
    'bad input',
    `
    SET s v
    XADD s 1-1 f v
    XADD s 0-0 f v
    XADD s x f v
    XLEN s
    XRANGE s - +
    XRANGE s x +
    XREVRANGE s + -
    XDEL s 1-1
    XDEL s x
    XTRIM s MAXLEN 1
    XTRIM s MAXLEN x
    XSETID s 1-1
    XADD k
    XADD k *
    XADD k * f
    XADD k * f v g
    XADD k 1-1
    XADD k 1-1 f
    XADD k 1-1 f v g
    XADD k MAXLEN 5 1-1
    XADD k MAXLEN 5 1-1 f
    XADD k NOMKSTREAM
    XADD k NOMKSTREAM 1-1 f v
    XADD k NOMKSTREAM 0-0 f v
    XADD k nomkstream maxlen = 5 1-1 f v
    EXISTS k
    XRANGE k
    XRANGE k -
    XRANGE k - + COUNT
    XRANGE k - + LIMIT 5
    XRANGE k - + COUNT 5 6
    XLEN
    XLEN k k
    XDEL k
    XDEL k 1-1
    XDEL k x
    XTRIM k
    XTRIM k MAXLEN
    XTRIM k MAXLEN 5
    XTRIM k x y
    XTRIM k LIMIT 5
    XSETID k
    XSETID k 1-1
    `,
  ),
  group(
    'deleting',
    ...many(12, 'f', 'v'),
    `
    XDEL k 5-1
    XDEL k 5-1
    XDEL k 1-1 2-1 99-1 2-1
    XRANGE k - + COUNT 2
    XREVRANGE k + - COUNT 20
    XDEL k 12-1 4-1 3-1
    XLEN k
    XDEL k 6-1 x
    XLEN k
    XDEL k 6-1 7-1 8-1 9-1 10-1 11-1
    XLEN k
    XRANGE k - +
    XREVRANGE k + -
    EXISTS k
    XADD k 12-1 f v
    XADD k 12-2 f v
    XRANGE k - +
    `,
    ...withIds('XDEL', 'k', 'ID'),
  ),
  group(
    'trimming by length',
    ...many(10, 'f', 'v'),
    ...withNumbers(NUMBERS, 'XTRIM', 'none', 'MAXLEN', 'N'),
    ...withNumbers(NUMBERS, 'XTRIM', 'k', 'MAXLEN', '~', 'N'),
    `
    XTRIM k MAXLEN 20
    XTRIM k MAXLEN = 8
    XTRIM k MAXLEN 7
    XTRIM k maxlen 7
    XRANGE k - + COUNT 1
    XDEL k 7-1
    XTRIM k MAXLEN 3
    XRANGE k - +
    XTRIM k MAXLEN 5 MINID 6
    XTRIM k MAXLEN 5 MAXLEN 6
    XTRIM k MAXLEN ~
    XTRIM k MAXLEN = =
    XTRIM k MAXLEN = 5 LIMIT 3
    XTRIM k MAXLEN 5 LIMIT 0
    XTRIM k MAXLEN ~ 5 LIMIT 0
    XTRIM k MAXLEN ~ 5 LIMIT -1
    XTRIM k MAXLEN ~ 5 LIMIT x
    XTRIM k MAXLEN ~ 5 LIMIT
    XTRIM k LIMIT 3 MAXLEN ~ 5
    XTRIM k NOMKSTREAM MAXLEN 5
    XTRIM k MAXLEN 0
    XLEN k
    EXISTS k
    XADD k MAXLEN 3 20-1 f v
    XADD k MAXLEN = 2 20-2 f v
    XADD k MAXLEN 1 20-3 f v
    XRANGE k - +
    XADD k MAXLEN 0 20-4 f v
    XRANGE k - +
    XADD k LIMIT 5 20-5 f v
    XADD k LIMIT 0 20-5 f v
    XADD k MAXLEN = 5 LIMIT 5 20-6 f v
    XADD k MAXLEN -1 20-7 f v
    XADD k MAXLEN ~ x 20-7 f v
    XADD k MAXLEN
    XADD k MAXLEN 5 MINID 5 20-8 f v
    XADD k MAXLEN ~ 5 LIMIT 9 NOMKSTREAM 20-9 f v
    XLEN k
    `,
  ),
  group(
    'trimming by id',
    ...many(10, 'f', 'v'),
    ...withIds('XTRIM', 'none', 'MINID', 'ID'),
    `
    XTRIM k MINID 3
    XTRIM k MINID 3-1
    XTRIM k MINID = 3-2
    XTRIM k MINID ~ 7
    XRANGE k - + COUNT 1
    XDEL k 10-1
    XTRIM k MINID 10-1
    XRANGE k - +
    XLEN k
    XADD k 11-1 f v
    XADD k MINID 11-1 12-1 f v
    XADD k MINID = 12-1 12-2 f v
    XADD k MINID ~ 12-2 12-3 f v
    XADD k MINID 99 13-1 f v
    XRANGE k - +
    XTRIM k MINID 5 LIMIT 2
    XTRIM k MINID
    XTRIM k MINID -
    `,
  ),
  group(
    'trimming nodes',
    'CONFIG SET stream-node-max-entries 3',
    ...many(20, 'f', 'v'),
    `
    XTRIM k MAXLEN ~ 11
    XRANGE k - + COUNT 1
    XTRIM k MAXLEN ~ 9 LIMIT 2
    XTRIM k MAXLEN ~ 5 LIMIT 4
    XTRIM k MINID ~ 14
    XTRIM k MINID 14
    XTRIM k MINID ~ 20 LIMIT 3
    XRANGE k - +
    XADD k MAXLEN ~ 3 21-1 f v
    XADD k MINID ~ 20 22-1 f v
    XLEN k
    CONFIG SET stream-node-max-entries 0
    XTRIM k MAXLEN ~ 1
    CONFIG SET stream-node-max-entries 100
    CONFIG SET stream-node-max-bytes 60
    XADD b 1 field value
    XADD b 2 field value
    XADD b 3 field value
    XADD b 4 field value
    XADD b 5 field value
    XADD b 6 field value
    XTRIM b MAXLEN ~ 4
    XTRIM b MAXLEN ~ 1
    XRANGE b - +
    CONFIG SET stream-node-max-bytes 4096
    `,
  ),
  group(
    'the last id',
    ...many(3, 'f', 'v'),
    ...withIds('XSETID', 'none', 'ID'),
    ...withIds('XSETID', 'k', 'ID').filter((line) => !/^18|^9223/.test((line as string[])[2]!)),
    `
    XSETID k 3-0
    XSETID k 3-1
    XSETID k 10-5
    XADD k 10-5 f v
    XADD k 10-* f v
    XSETID k 20-1 ENTRIESADDED 100
    XSETID k 20-1 ENTRIESADDED 1
    XSETID k 20-1 ENTRIESADDED 100 MAXDELETEDID 20-2
    XSETID k 20-1 ENTRIESADDED 100 MAXDELETEDID 15-1
    XSETID k 20-1 MAXDELETEDID 0-0
    XSETID k 20-1 MAXDELETEDID
    XSETID k 20-1 ENTRIESADDED
    XSETID k 20-1 nonsense 5
    XSETID k 20-1 MAXDELETEDID x
    `,
    since74(
      'XSETID k 14-1',
      '-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n',
      'a last id below what was deleted is refused',
    ),
    `
    XDEL k 10-6
    XSETID none 1-1 ENTRIESADDED 5 MAXDELETEDID 0-5
    `,
    ...withNumbers(NUMBERS, 'XSETID', 'k', '30-1', 'ENTRIESADDED', 'N'),
  ),
  group(
    'generic commands',
    ...many(5, 'f', 'v'),
    `
    COPY k copy
    XRANGE copy - +
    XADD copy 1-1 f v
    RENAME copy moved
    XLEN moved
    XDEL moved 3-1
    XLEN k
    DEL moved
    DEBUG DIGEST-VALUE k
    APPEND k x
    SADD k x
    GET k
    EXPIRE k 100
    XADD k 9-1 f v
    PERSIST k
    UNLINK k
    XLEN k
    `,
  ),
]);
