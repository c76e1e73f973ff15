/** Generic key commands, except expiry and iteration. */
import { differential, group, matching, needing, since74 } from '../support/differential.ts';

differential('keys', [
  group(
    'DEL, UNLINK, EXISTS, TOUCH, TYPE',
    `
    MSET a 1 b 2 c 3
    EXISTS a
    EXISTS a b none a
    EXISTS
    TOUCH a b none
    TOUCH a a
    TOUCH
    TYPE a
    TYPE none
    TYPE
    TYPE a b
    DEL a
    DEL a
    DEL b b c none
    DEL
    EXISTS b
    MSET a 1 b 2
    UNLINK a none
    UNLINK b b
    UNLINK
    DBSIZE
    SET "" v
    EXISTS ""
    DEL ""
    `,
  ),
  group(
    'RENAME and RENAMENX',
    `
    SET a 1
    RENAME a b
    EXISTS a
    GET b
    RENAME none x
    RENAME none none
    RENAME b b
    RENAME a
    RENAME a b c
    SET c 3
    RENAME b c
    GET c
    DBSIZE
    RENAMENX none x
    RENAMENX none none
    RENAMENX c d
    SET e 5
    RENAMENX d e
    RENAMENX d d
    GET d
    GET e
    RENAMENX a
    `,
  ),
  group(
    'COPY',
    `
    SET a 1
    COPY a b
    GET b
    COPY a b
    COPY a b REPLACE
    COPY none b
    COPY none b REPLACE
    GET b
    COPY a a
    COPY none none
    COPY a a REPLACE
    COPY a a DB 0
    COPY a a DB 1
    COPY a a DB 1
    COPY a a DB 1 REPLACE
    COPY a c db 2 replace
    COPY a c DB
    COPY a c DB abc
    COPY a c DB 16
    COPY a c DB -1
    COPY a c DB 99999999999
    COPY a c FOO
    COPY a c REPLACE REPLACE
    COPY a c REPLACE DB 0
    COPY a
    COPY a c DB 1 DB 3
    SELECT 3
    GET c
    SELECT 1
    GET a
    EXISTS c
    FLUSHALL
    `,
  ),
  group(
    'MOVE and SELECT',
    `
    SELECT 9
    FLUSHDB
    SET a 1
    MOVE a 10
    EXISTS a
    MOVE a 10
    MOVE none 10
    SET a 2
    MOVE a 10
    GET a
    MOVE a 9
    MOVE none 9
    MOVE a 16
    MOVE a -1
    MOVE a abc
    MOVE a 1.5
    MOVE a
    MOVE a 1 2
    SELECT 10
    GET a
    SELECT 16
    SELECT -1
    SELECT abc
    SELECT 1.5
    SELECT 99999999999999999999
    SELECT ""
    SELECT
    SELECT 1 2
    GET a
    SELECT 15
    DBSIZE
    SELECT 0
    `,
  ),
  group(
    'SWAPDB, FLUSHDB, FLUSHALL, DBSIZE',
    `
    SET a 0
    SELECT 1
    SET a 1
    SET b 1
    SWAPDB 0 1
    GET a
    DBSIZE
    client B: GET a
    client B: DBSIZE
    SWAPDB 1 1
    SWAPDB 0 16
    SWAPDB 16 0
    SWAPDB -1 0
    SWAPDB a 0
    SWAPDB 0 b
    SWAPDB 0
    SWAPDB 0 1 2
    DBSIZE
    DBSIZE x
    FLUSHDB
    DBSIZE
    client B: DBSIZE
    FLUSHDB ASYNC
    FLUSHDB SYNC
    FLUSHDB async
    FLUSHDB FOO
    FLUSHDB SYNC ASYNC
    client B: DBSIZE
    FLUSHALL FOO
    FLUSHALL ASYNC SYNC
    FLUSHALL SYNC
    client B: DBSIZE
    FLUSHALL ASYNC
    SELECT 0
    `,
  ),
  group(
    'RANDOMKEY',
    `
    RANDOMKEY
    SET only v
    RANDOMKEY
    RANDOMKEY x
    SET k1 v
    DEL only
    RANDOMKEY
    SET k2 v
    `,
    matching('RANDOMKEY', /^\$2\r\nk[12]\r\n$/),
  ),
  group(
    'OBJECT',
    `
    OBJECT
    OBJECT FOO
    OBJECT FOO k
    OBJECT ENCODING
    OBJECT ENCODING none
    OBJECT ENCODING a b
    OBJECT REFCOUNT none
    OBJECT IDLETIME none
    OBJECT FREQ none
    SET k abc
    OBJECT ENCODING k
    object encoding k
    OBJECT REFCOUNT k
    OBJECT IDLETIME k
    OBJECT FREQ k
    OBJECT IDLETIME
    OBJECT FREQ
    OBJECT REFCOUNT
    CONFIG SET maxmemory-policy allkeys-lfu
    SET f abc
    OBJECT IDLETIME f
    shape: OBJECT FREQ f
    CONFIG SET maxmemory-policy noeviction
    OBJECT FREQ f
    OBJECT HELP x
    `,
    matching(
      'OBJECT HELP',
      /^\*\d+\r\n\+OBJECT <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
  ),
  group(
    'WAIT, WAITAOF, LASTSAVE without replicas and files',
    `
    WAIT 0 0
    WAIT 0 1
    WAIT 1 1
    WAIT a 0
    WAIT 0 a
    WAIT 0 -1
    WAIT -1 0
    WAIT 0
    LASTSAVE x
    `,
    matching('LASTSAVE', /^:\d{10}\r\n$/),
    since74('WAITAOF 0 0 0', '*2\r\n:0\r\n:0\r\n', 'new in 7.2'),
    since74('WAITAOF 0 1 1', '*2\r\n:0\r\n:0\r\n', 'new in 7.2'),
    since74(
      'WAITAOF 1 0 0',
      '-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n',
      'new in 7.2',
    ),
    since74('WAITAOF 2 0 0', '-ERR value is out of range, value must between 0 and 1\r\n', 'new in 7.2'),
    since74('WAITAOF 0 0', "-ERR wrong number of arguments for 'waitaof' command\r\n", 'new in 7.2'),
  ),
  needing(
    ['RPUSH', 'SADD', 'HSET', 'ZADD'],
    group(
      'keys of other types',
      `
      RPUSH l a b
      SADD s a
      HSET h f v
      ZADD z 1 a
      TYPE l
      TYPE s
      TYPE h
      TYPE z
      COPY l l2
      TYPE l2
      RENAME s s2
      TYPE s2
      MOVE h 3
      DEL l l2 s2 z
      DBSIZE
      `,
    ),
  ),
]);
