/** Bits of strings: every command and option, with bad input. */
import { differential, type Entry, group, since74 } from '../support/differential.ts';

const NUMBERS = [
  '0',
  '1',
  '-1',
  '7',
  '8',
  '-8',
  '23',
  '100',
  '-100',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '1.5',
  '01',
  '+1',
  '',
  'x',
];

/** A line for each number in place of N. */
function forNumbers(text: string): Entry[] {
  return NUMBERS.map((n) => text.split(' ').map((word) => (word === 'N' ? n : word)));
}

/** A line for each pair of numbers in place of N and M. */
function forPairs(text: string): Entry[] {
  return NUMBERS.flatMap((n) =>
    NUMBERS.map((m) => text.split(' ').map((word) => (word === 'N' ? n : word === 'M' ? m : word))),
  );
}

const TYPES = [
  'i1',
  'i2',
  'i8',
  'i31',
  'i32',
  'i33',
  'i53',
  'i63',
  'i64',
  'u1',
  'u8',
  'u31',
  'u32',
  'u33',
  'u53',
  'u63',
];
const VALUES = [
  '0',
  '1',
  '-1',
  '127',
  '128',
  '255',
  '256',
  '-129',
  '2147483647',
  '-2147483648',
  '4294967295',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
];
const BAD_TYPES = ['i0', 'i65', 'u0', 'u64', 'u65', 'i', 'u', '', 'x8', 'I8', 'i-1', 'i08', 'i8x', 'i+8', '8', 'i1e1'];

const MISSING = 'arguments are read before the key is looked up';

/** Bytes without a short period. */
const pattern = (length: number, factor: number) =>
  Buffer.from(Array.from({ length }, (_, i) => ((i * factor) >> 3) & 255));

differential('bitmaps', [
  group(
    'SETBIT and GETBIT',
    `
    SETBIT k 7 1
    GET k
    SETBIT k 7 1
    SETBIT k 7 0
    GET k
    SETBIT k 100 1
    STRLEN k
    GETBIT k 100
    GETBIT k 99
    GETBIT k 100000
    GETBIT none 0
    OBJECT ENCODING k
    SET n 123
    GETBIT n 2
    OBJECT ENCODING n
    SETBIT n 0 0
    OBJECT ENCODING n
    GET n
    SETBIT n 0 1
    INCR n
    SET t v EX 100
    SETBIT t 50 1
    TTL t
    SETBIT new 9 0
    GET new
    SET e ""
    SETBIT e 0 0
    STRLEN e
    SETBIT k 0 2
    SETBIT k 0 -1
    SETBIT k 0 x
    SETBIT k 0
    SETBIT none2 0 2
    EXISTS none2
    GETBIT k
    RPUSH l a
    SETBIT l 0 1
    SETBIT l 0 2
    GETBIT l 0
    GETBIT l x
    `,
    ...forNumbers('GETBIT k N'),
    ...NUMBERS.filter((n) => !/^429|^100$/.test(n)).flatMap((n) => [
      ['SETBIT', 'k', n, '1'],
      ['STRLEN', 'k'],
    ]),
  ),
  group(
    'BITCOUNT',
    `
    SET k "foobar"
    BITCOUNT k
    BITCOUNT k 0 0
    BITCOUNT k 1 1
    BITCOUNT k 0 -1 BYTE
    BITCOUNT k 5 30 BIT
    BITCOUNT k 5 30 bit
    BITCOUNT k 1
    BITCOUNT k 1 2 WORD
    BITCOUNT k 1 2 BIT x
    BITCOUNT none
    BITCOUNT none 0 -1
    SET n 1234567
    BITCOUNT n
    SET e ""
    BITCOUNT e
    BITCOUNT e 0 -1
    BITCOUNT e -1 -1 BIT
    RPUSH l a
    BITCOUNT l
    BITCOUNT l 0 0
    BITCOUNT
    `,
    since74('BITCOUNT none 0 x', '-ERR value is not an integer or out of range\r\n', MISSING),
    since74('BITCOUNT none x 0', '-ERR value is not an integer or out of range\r\n', MISSING),
    since74('BITCOUNT none 0 1 WORD', '-ERR syntax error\r\n', MISSING),
    since74('BITCOUNT l 0 x', '-ERR value is not an integer or out of range\r\n', MISSING),
    since74('BITCOUNT l 0', '-ERR syntax error\r\n', MISSING),
    since74('BITCOUNT none 0', '-ERR syntax error\r\n', MISSING),
    ...forPairs('BITCOUNT k N M'),
    ...forPairs('BITCOUNT k N M BIT'),
    ...forPairs('BITCOUNT e N M'),
  ),
  group(
    'BITPOS',
    ['SET', 'k', Buffer.from([0, 0, 0xff, 0xf0, 0])],
    ['SET', 'ones', Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 255])],
    ['SET', 'zeros', Buffer.alloc(40)],
    ['SET', 'late', Buffer.concat([Buffer.alloc(40), Buffer.from([1])])],
    `
    BITPOS k 1
    BITPOS k 0
    BITPOS k 0 2
    BITPOS k 1 2 2
    BITPOS k 0 2 2
    BITPOS k 1 4
    BITPOS k 1 17 19 BIT
    BITPOS k 0 17 19 BIT
    BITPOS k 0 17 30 bit
    BITPOS k 0 2 2 BYTE
    BITPOS ones 0
    BITPOS ones 0 3
    BITPOS ones 0 0 -1
    BITPOS ones 0 3 100
    BITPOS ones 0 0 -1 BIT
    BITPOS ones 1 5 9 BIT
    BITPOS ones 0 9
    BITPOS zeros 1
    BITPOS zeros 1 0 -1
    BITPOS late 1
    BITPOS late 0 40
    BITPOS late 1 327 327 BIT
    BITPOS late 0 327 327 BIT
    BITPOS late 1 0 326 BIT
    SET e ""
    BITPOS e 0
    BITPOS e 1
    BITPOS e 0 0
    BITPOS e 0 0 -1
    BITPOS none 0
    BITPOS none 1
    BITPOS none 0 5 6
    BITPOS k 2
    BITPOS k -1
    BITPOS k x
    BITPOS k 1 0 1 WORD
    BITPOS k 1 0 1 BIT x
    BITPOS k 1 0 x BIT
    BITPOS k 1 x 1
    BITPOS k
    SET n 1234
    BITPOS n 1
    OBJECT ENCODING n
    RPUSH l a
    BITPOS l 1
    BITPOS l 2
    `,
    since74('BITPOS none 1 x', '-ERR value is not an integer or out of range\r\n', MISSING),
    since74('BITPOS none 1 0 1 WORD', '-ERR syntax error\r\n', MISSING),
    since74('BITPOS none 1 0 1 BIT 5', '-ERR syntax error\r\n', MISSING),
    ...forPairs('BITPOS k 1 N M'),
    ...forPairs('BITPOS k 0 N M BIT'),
    ...forPairs('BITPOS k 1 N M BIT'),
    ...forNumbers('BITPOS k 0 N'),
    ...forNumbers('BITPOS ones 0 N'),
  ),
  group(
    'BITOP and BITCOUNT of long strings',
    ['SET', 'a', pattern(150_001, 31)],
    ['SET', 'b', pattern(66_000, 7919)],
    ['SET', 'c', pattern(4_097, 11)],
    'SET short x',
    ...['AND', 'OR', 'XOR'].flatMap((name) => [
      ...['a b', 'b a', 'a b c', 'c a', 'a none', 'none a', 'a short', 'short c b', 'a a', 'b c none a'].flatMap(
        (keys) => [`BITOP ${name} d ${keys}`, 'BITCOUNT d', 'DEBUG DIGEST-VALUE d', 'BITCOUNT d 3 -4'],
      ),
    ]),
    ...['a', 'b', 'c'].flatMap((key) => [`BITOP NOT d ${key}`, 'BITCOUNT d', 'DEBUG DIGEST-VALUE d']),
    'BITOP OR a b a\nDEBUG DIGEST-VALUE a',
    // The destination is new, new and a source, of another type, volatile.
    ...['OR', 'AND', 'XOR'].flatMap((name) => [
      `DEL d\nBITOP ${name} d d b\nDEBUG DIGEST-VALUE d`,
      `DEL d\nBITOP ${name} d b c d\nDEBUG DIGEST-VALUE d`,
      `DEL d\nBITOP ${name} d b c\nDEBUG DIGEST-VALUE d`,
      `DEL d\nRPUSH d x\nBITOP ${name} d b c\nDEBUG DIGEST-VALUE d`,
      `DEL d\nSET d x EX 100\nBITOP ${name} d b c\nDEBUG DIGEST-VALUE d\nTTL d`,
    ]),
    'DEL d\nBITOP NOT d b\nDEBUG DIGEST-VALUE d\nOBJECT ENCODING d',
    'BITCOUNT a 100 120000\nBITCOUNT a 801 960003 BIT\nBITCOUNT b 1 40001 BIT',
  ),
  group(
    'BITOP',
    ['SET', 'a', Buffer.from([0xaa, 0x00, 0xff, 0x55, 0x0f])],
    ['SET', 'b', Buffer.from([0xaa, 0x00, 0xff, 0xff, 0x11, 0x22, 0x33, 0x44])],
    ['SET', 'c', Buffer.from([1])],
    `
    BITOP AND d a b
    GET d
    BITOP OR d a b
    GET d
    OBJECT ENCODING d
    BITOP XOR d a b
    GET d
    BITOP xor d a b c
    GET d
    BITOP NOT d b
    GET d
    BITOP Not d a
    GET d
    BITOP AND d a c b
    GET d
    BITOP AND d a none
    GET d
    BITOP OR d none a
    GET d
    BITOP AND d none a
    GET d
    BITOP AND d a
    BITOP XOR d a a
    GET d
    BITOP AND a a b
    GET a
    BITOP OR b b b b
    GET b
    BITOP NOT c c
    GET c
    SET d x EX 100
    BITOP OR d a b
    TTL d
    BITOP OR d none none2
    EXISTS d
    BITOP NOT d none
    BITOP OR d none
    SET e ""
    BITOP OR d e
    EXISTS d
    BITOP NOT d a b
    BITOP NAND d a b
    BITOP ANDX d a
    BITOP AND d
    RPUSH l 1
    BITOP AND d a l
    BITOP AND d l
    BITOP NOT l a
    TYPE l
    RPUSH l2 1
    BITOP OR l2 none
    EXISTS l2
    SET n 12345
    BITOP OR d n
    OBJECT ENCODING d
    GET d
    INCR d
    `,
  ),
  group(
    'BITFIELD',
    `
    BITFIELD k
    EXISTS k
    BITFIELD k SET u8 0 255 GET u8 0
    BITFIELD k SET i5 #3 -7 GET i5 15 GET u5 #3
    GET k
    BITFIELD k INCRBY u8 0 10
    BITFIELD k OVERFLOW SAT INCRBY u8 0 1000 OVERFLOW FAIL INCRBY u8 0 1 INCRBY u8 0 -1
    BITFIELD k OVERFLOW WRAP INCRBY i8 0 127 OVERFLOW sat INCRBY i8 0 -1000
    BITFIELD k OVERFLOW FAIL
    BITFIELD k OVERFLOW
    BITFIELD k OVERFLOW NONE
    BITFIELD k OVERFLOW SAT OVERFLOW WRAP INCRBY u2 0 3
    BITFIELD k GET u8
    BITFIELD k GET
    BITFIELD k SET u8 0
    BITFIELD k INCRBY u8 0
    BITFIELD k SET u8 0 x
    BITFIELD k SET u8 x 1
    BITFIELD k SET u8 #x 1
    BITFIELD k SET u8 # 1
    BITFIELD k GET u8 -1
    BITFIELD k GET u8 4294967296
    BITFIELD k GET u8 4294967295
    BITFIELD k GET u8 #536870912
    BITFIELD k GET u8 #536870911
    BITFIELD k GET u8 #9223372036854775807
    BITFIELD k SET u8 0 9 SET u8 8 y
    BITFIELD k GET u8 0
    BITFIELD k DELETE u8 0
    BITFIELD none GET u8 0 GET i64 5
    EXISTS none
    BITFIELD fresh SET u8 100 0
    STRLEN fresh
    BITFIELD fail OVERFLOW FAIL SET u8 0 256
    EXISTS fail
    STRLEN fail
    SET n 99
    BITFIELD n GET u8 0
    OBJECT ENCODING n
    BITFIELD n SET u8 0 57
    OBJECT ENCODING n
    RPUSH l a
    BITFIELD l GET u8 0
    BITFIELD l SET u8 0 1
    BITFIELD l GET u65 0
    BITFIELD
    BITFIELD_RO k GET u8 0 GET i8 #1 GET u63 3
    BITFIELD_RO k SET u8 0 1
    BITFIELD_RO k GET u8 0 INCRBY u8 0 1
    BITFIELD_RO k SET u8 0 x
    BITFIELD_RO k OVERFLOW SAT GET u8 0
    BITFIELD_RO k
    BITFIELD_RO none GET u8 0
    BITFIELD_RO l GET u8 0
    BITFIELD_RO
    `,
    ...BAD_TYPES.map((type): Entry => ['BITFIELD', 'k', 'GET', type, '0']),
    ['BITFIELD', 'k', 'GET', Buffer.from('u8\0x'), '0'],
    'COMMAND GETKEYS BITFIELD k GET u8 0',
    'COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0',
    'COMMAND GETKEYSANDFLAGS BITFIELD k SET u8 0 1',
    'COMMAND GETKEYSANDFLAGS BITFIELD k',
  ),
  ...TYPES.map((type) =>
    group(
      `BITFIELD of ${type}`,
      ...['WRAP', 'SAT', 'FAIL'].flatMap((overflow) =>
        VALUES.flatMap((value): Entry[] => [
          ['BITFIELD', 'k', 'OVERFLOW', overflow, 'SET', type, '3', value, 'GET', type, '3'],
          ['BITFIELD', 'k', 'OVERFLOW', overflow, 'INCRBY', type, '3', value, 'GET', type, '3'],
          ['BITFIELD', 'k', 'OVERFLOW', overflow, 'INCRBY', type, '#2', value],
          ['GET', 'k'],
        ]),
      ),
    ),
  ),
]);
