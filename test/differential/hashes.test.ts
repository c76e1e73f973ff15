/** Hashes: fields, numbers, HSCAN, HRANDFIELD, encodings. */
import { differential, group, needing, since74 } from '../support/differential.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
const pairs = (count: number, value = 'value') => numbers(1, count).flatMap((n) => [`field${n}`, value + n]);
const names = (count: number) => numbers(1, count).map((n) => `field${n}`);

const INTEGERS = [
  '0',
  '1',
  '-1',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '9223372036854775806',
  '9223372036854775807',
  '-9223372036854775808',
];
const BAD_INTEGERS = [
  '',
  ' 1',
  '1 ',
  '+1',
  '01',
  '-0',
  '1.5',
  '1e3',
  'abc',
  '9223372036854775808',
  '-9223372036854775809',
];
const FLOATS = [
  '0',
  '1',
  '-1.5',
  '3.14159265358979323846',
  '5.0e3',
  '1e-5',
  '0x10',
  '1e4000',
  '-1e4000',
  '10.50',
  '0.1',
  '.5',
  '5.',
];
const BAD_FLOATS = ['', ' 1', '1 ', 'abc', '1e', 'nan', 'inf', '-inf', '1,5', '1e5000'];

differential('hashes', [
  group(
    'HSET, HGET, HDEL, HLEN, HEXISTS, HSTRLEN, HSETNX, HMSET, HMGET',
    `
    HSET h a 1
    HSET h a 2
    HSET h a 3 b 4 c 5 b 6
    HGET h a
    HGET h b
    HGET h nope
    HGET none a
    HLEN h
    HSET h "" empty
    HGET h ""
    HSET h e ""
    HGET h e
    HSTRLEN h e
    HSTRLEN h c
    HSTRLEN h nope
    HSTRLEN none a
    HSET h "\\x00\\xff" "\\r\\n\\x00"
    HGET h "\\x00\\xff"
    HEXISTS h a
    HEXISTS h nope
    HEXISTS none a
    HSETNX h a 9
    HSETNX h z 9
    HSETNX new f v
    HGET new f
    HMSET h m 1 n 2
    HMGET h m n nope a m
    HMGET none a b
    HDEL h nope
    HDEL h a nope b a
    HDEL none a
    pairs: HGETALL h
    unordered: HKEYS h
    unordered: HVALS h
    HGETALL none
    HKEYS none
    HVALS none
    HLEN none
    HDEL h c "" e "\\x00\\xff" z m n
    EXISTS h
    TYPE new
    HSET
    HSET h
    HSET h a
    HSET h a 1 b
    HMSET h a
    HMSET h a 1 b
    HSETNX h a
    HSETNX h a 1 b
    HGET h
    HGET h a b
    HMGET h
    HDEL h
    HLEN
    HLEN h h
    HSTRLEN h
    HEXISTS h
    HKEYS
    HVALS h h
    HGETALL
    EXISTS h
    `,
  ),
  group(
    'order of small hashes',
    `
    HSET h one 1 two 2 three 3
    HGETALL h
    HSET h two 22222222
    HGETALL h
    HDEL h one
    HSET h one 1
    HKEYS h
    HVALS h
    HSET h 12345678901 n 5 -7
    HGETALL h
    HGET h 5
    HGET h 05
    `,
  ),
  group(
    'encodings',
    ['HSET', 'h', ...pairs(512)],
    'OBJECT ENCODING h',
    ['HSET', 's', ...pairs(127)],
    'OBJECT ENCODING s',
    'HLEN s',
    ['HSET', 'h', 'field513', 'x'],
    'OBJECT ENCODING h',
    'HLEN h',
    'pairs: HGETALL h',
    ['HMGET', 'h', ...names(520)],
    ['HDEL', 'h', ...names(500)],
    'OBJECT ENCODING h',
    'pairs: HGETALL h',
    ['HSET', 'l', 'f', 'x'.repeat(64)],
    'OBJECT ENCODING l',
    ['HSET', 'l', 'f', 'x'.repeat(65)],
    'OBJECT ENCODING l',
    'HGET l f',
    ['HSET', 'm', 'y'.repeat(65), 'v'],
    'OBJECT ENCODING m',
    'CONFIG SET hash-max-listpack-entries 2',
    'HSET c a 1 b 2',
    'OBJECT ENCODING c',
    'HSET c d 3',
    'OBJECT ENCODING c',
    'HSET d a 1 b 2 c 3',
    'OBJECT ENCODING d',
    'pairs: HGETALL d',
    'CONFIG SET hash-max-listpack-entries 512',
    'HSET i a 1',
    ['HSETNX', 'i', 'b', 'x'.repeat(100)],
    'OBJECT ENCODING i',
    'HINCRBY i a 5',
    'HGET i a',
  ),
  group(
    'large fields and many of them',
    ['HSET', 'h', 'x'.repeat(200), 'y'.repeat(70000), 'short', 'z'.repeat(300)],
    ['HGET', 'h', 'x'.repeat(200)],
    ['HSTRLEN', 'h', 'x'.repeat(200)],
    ['HSET', 'h', 'x'.repeat(200), 'now short'],
    ['HGET', 'h', 'x'.repeat(200)],
    ['HSET', 'h', 'short', 'y'.repeat(100_000)],
    'HSTRLEN h short',
    ['HSET', 'b', ...pairs(3000)],
    'HLEN b',
    'pairs: HGETALL b',
    ['HSET', 'b', ...pairs(3000, 'another, longer value of ')],
    'pairs: HGETALL b',
    ['HMGET', 'b', ...names(3010)],
    ['HDEL', 'b', ...names(2990)],
    'pairs: HGETALL b',
    ['HDEL', 'b', ...names(3000)],
    'EXISTS b',
  ),
  group(
    'HINCRBY',
    `
    HINCRBY h n 5
    HINCRBY h n -7
    HGET h n
    HINCRBY h m 9223372036854775807
    HINCRBY h m 1
    HINCRBY h m -1
    HGET h m
    HINCRBY h l -9223372036854775808
    HINCRBY h l -1
    HINCRBY h l 1
    HSET h s " 11"
    HINCRBY h s 1
    HSET h s "11 "
    HINCRBY h s 1
    HSET h e ""
    HINCRBY h e 1
    HSET h f 1.5
    HINCRBY h f 1
    HINCRBY h n
    HINCRBY h n 1 2
    HINCRBY
    `,
    ...INTEGERS.flatMap((n) => [
      `HSET i x ${n}`,
      'HINCRBY i x 1',
      'HINCRBY i x -1',
      'HINCRBY i x 9007199254740993',
      `HINCRBY i y ${n}`,
      'HGETALL i',
      'DEL i',
    ]),
    ...BAD_INTEGERS.flatMap((n) => [`HINCRBY h n "${n}"`, `HSET b x "${n}"`, 'HINCRBY b x 1']),
    'HGETALL b',
    'EXISTS none',
    'HINCRBY none f abc',
    'EXISTS none',
  ),
  group(
    'HINCRBYFLOAT',
    `
    HINCRBYFLOAT h x 10.5
    HINCRBYFLOAT h x 0.1
    HINCRBYFLOAT h x -10.6
    HGET h x
    HINCRBYFLOAT h x 5.0e3
    HINCRBYFLOAT h y 3.0e-3
    HINCRBYFLOAT h y 17179869184
    HINCRBYFLOAT h y 1.000000000000000005
    HGETALL h
    HINCRBYFLOAT h x
    HINCRBYFLOAT
    `,
    ...FLOATS.flatMap((n) => [
      `HSET f x ${n}`,
      'HINCRBYFLOAT f x 1',
      `HINCRBYFLOAT f y ${n}`,
      'pairs: HGETALL f',
      'DEL f',
    ]),
    ...BAD_FLOATS.flatMap((n) => [`HINCRBYFLOAT h n "${n}"`, `HSET b x "${n}"`, 'HINCRBYFLOAT b x 1']),
    'HGETALL b',
    'EXISTS none',
    'HINCRBYFLOAT none f nan',
    'EXISTS none',
  ),
  group(
    'HRANDFIELD where chance has no choice',
    `
    HRANDFIELD none
    HRANDFIELD none 3
    HRANDFIELD none -3 WITHVALUES
    HSET h only 1
    HRANDFIELD h
    HRANDFIELD h 1
    HRANDFIELD h 5
    HRANDFIELD h 5 WITHVALUES
    HRANDFIELD h -3
    HRANDFIELD h -2 WITHVALUES
    HRANDFIELD h 0
    HRANDFIELD h 0 WITHVALUES
    HSET h b 2 c 3 d 4
    unordered: HRANDFIELD h 4
    unordered: HRANDFIELD h 10
    shape: HRANDFIELD h -5
    HRANDFIELD h abc
    HRANDFIELD h 1.5
    HRANDFIELD h 1 FOO
    HRANDFIELD h 1 WITHVALUES x
    HRANDFIELD h abc FOO
    HRANDFIELD h 9223372036854775807
    HRANDFIELD h 9223372036854775808
    HRANDFIELD h -9223372036854775808
    HRANDFIELD h 9223372036854775807 WITHVALUES
    HRANDFIELD h -9223372036854775807 WITHVALUES
    HRANDFIELD h 4611686018427387904 WITHVALUES
    unordered: HRANDFIELD h 4611686018427387903 WITHVALUES
    HRANDFIELD h -4611686018427387904 WITHVALUES
    HRANDFIELD
    `,
    ['HSET', 't', ...numbers(1, 2000).flatMap((n) => [`${1000 + Number(n)}`, `${5000 + Number(n)}`])],
    'shape: HRANDFIELD t 10',
    'shape: HRANDFIELD t 1500 WITHVALUES',
    'shape: HRANDFIELD t -30 WITHVALUES',
    'shape: HRANDFIELD t -30',
    'unordered: HRANDFIELD t 2000 WITHVALUES',
  ),
  group(
    'HSCAN',
    `
    HSET h a 1 b 2 abc 3
    HSCAN h 0
    HSCAN h 0 COUNT 1
    HSCAN h 99
    HSCAN h 0 MATCH a*
    HSCAN h 0 MATCH *
    HSCAN h 0 MATCH x* COUNT 5
    HSCAN none 0
    HSCAN none 0 FOO
    HSCAN none abc
    HSCAN h abc
    HSCAN h 0 COUNT
    HSCAN h 0 COUNT 0
    HSCAN h 0 COUNT -1
    HSCAN h 0 COUNT x
    HSCAN h 0 MATCH
    HSCAN h 0 FOO
    HSCAN h 0 TYPE hash
    HSCAN h
    HSCAN
    SET str v
    HSCAN str 0
    `,
    since74('HSCAN h -1', '-ERR invalid cursor\r\n', 'the cursor is parsed as an unsigned 64-bit integer'),
    since74('HSCAN h 0 NOVALUES', '*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$3\r\nabc\r\n', 'an option of 7.4'),
    since74('HSCAN h 0 MATCH b NOVALUES COUNT 10', '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n', 'an option of 7.4'),
    ['HSET', 't', ...pairs(1000)],
    'unordered: HSCAN t 0 COUNT 100000',
    'unordered: HSCAN t 0 COUNT 100000 MATCH field9*',
  ),
  group(
    'wrong type',
    `
    SET k v
    HSET k a 1
    HMSET k a 1
    HSETNX k a 1
    HGET k a
    HMGET k a b
    HDEL k a
    HLEN k
    HSTRLEN k a
    HEXISTS k a
    HKEYS k
    HVALS k
    HGETALL k
    HINCRBY k a 1
    HINCRBYFLOAT k a 1
    HINCRBY k a x
    HRANDFIELD k
    HRANDFIELD k 1
    HRANDFIELD k x
    HSET h a 1
    GET h
    APPEND h x
    INCR h
    SADD h x
    SUNION h
    SET h v
    GET h
    `,
  ),
  group(
    'generic commands on hashes',
    ['HSET', 't', ...pairs(600)],
    `
    HSET h a 1 b 2
    COPY h h2
    HGETALL h2
    HSET h2 c 3
    HLEN h
    COPY t t2
    HLEN t2
    HDEL t2 field1
    HEXISTS t field1
    COPY t h
    COPY t h REPLACE
    HLEN h
    RENAME t u
    HLEN u
    MOVE u 4
    SELECT 4
    HLEN u
    HGET u field600
    SELECT 0
    EXPIRE h 100
    HSET h x y
    TTL h
    DEL h2
    UNLINK h t2
    DBSIZE
    HSET v a 1
    PEXPIRE v 1
    DEBUG SLEEP 0.01
    HSET v b 2
    HGETALL v
    TTL v
    `,
  ),
  needing(
    ['RPUSH'],
    group(
      'against lists',
      `
      RPUSH l a
      HSET l a 1
      HGETALL l
      HSET h a 1
      LPUSH h a
      `,
    ),
  ),
]);
