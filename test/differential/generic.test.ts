/** Generic commands beyond the tables of keys: WAIT, far deadlines, LASTSAVE, HELP. */
import { differential, group, matching, since74 } from '../support/differential.ts';

const FAR = ['9007199254740991', '9007199254740993', '9223372036854775806', '9223372036854775807'];

differential('generic', [
  group(
    'WAIT',
    `
    WAIT 0 0
    WAIT 0 10
    WAIT -1 0
    WAIT 1 5
    WAIT 9223372036854775807 1
    WAIT
    WAIT 0
    WAIT 0 0 0
    WAIT a 0
    WAIT 1.5 0
    WAIT 1 a
    WAIT 1 1.5
    WAIT 1 -1
    WAIT 1 9223372036854775808
    WAIT 9223372036854775808 0
    blocks: WAIT 2 100
    PING
    `,
  ),
  group(
    'WAITAOF',
    since74('WAITAOF 0 0 0', '*2\r\n:0\r\n:0\r\n', 'a command of 7.2'),
    since74('WAITAOF 0 1 5', '*2\r\n:0\r\n:0\r\n', 'a command of 7.2'),
    since74(
      'WAITAOF 1 0 0',
      '-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n',
      'a command of 7.2',
    ),
    since74('WAITAOF 2 0 0', '-ERR value is out of range, value must between 0 and 1\r\n', 'a command of 7.2'),
    since74('WAITAOF a 0 0', '-ERR value is not an integer or out of range\r\n', 'a command of 7.2'),
    since74('WAITAOF 0 -1 0', '-ERR value is out of range, must be positive\r\n', 'a command of 7.2'),
    since74('WAITAOF 0 0 -1', '-ERR timeout is negative\r\n', 'a command of 7.2'),
    since74('WAITAOF 0 0', "-ERR wrong number of arguments for 'waitaof' command\r\n", 'a command of 7.2'),
  ),
  group(
    'deadlines that doubles cannot hold',
    ...FAR.map(
      (ms) => `
      SET k v
      PEXPIREAT k ${ms}
      PEXPIRETIME k
      EXPIRETIME k
      PEXPIREAT k ${ms} GT
      PEXPIREAT k ${ms} LT
      PEXPIREAT k 9007199254740992 GT
      PEXPIRETIME k
      PEXPIREAT k 9223372036854775805 LT
      PEXPIRETIME k
      COPY k c REPLACE
      PEXPIRETIME c
      RENAME c d
      PEXPIRETIME d
      `,
    ),
    `
    EXPIREAT k 9007199254741
    PEXPIRETIME k
    EXPIREAT k 9223372036854775
    PEXPIRETIME k
    EXPIREAT k 9223372036854776
    `,
  ),
  group(
    'DEL and EXISTS count a key as often as it is named',
    `
    MSET a 1 b 2
    EXISTS a a b a
    TOUCH a a b none
    DEL a a b a
    EXISTS a a
    SET a 1
    UNLINK a a
    `,
  ),
  group(
    'options are C strings',
    ['SCAN', '0\0rest', 'MATCH\0', '*', 'COUNT\0x', '100'],
    ['COPY', 'none', 'x', 'REPLACE\0', 'DB\0', '3'],
    ['FLUSHALL', 'SYNC\0'],
    ['EXPIRE', 'none', '10', 'bad\0option'],
  ),
  group(
    'REFCOUNT of small integers',
    `
    MSET zero 0 small 9999 large 10000 negative -1 text abc padded 007
    OBJECT REFCOUNT zero
    OBJECT REFCOUNT small
    OBJECT REFCOUNT large
    OBJECT REFCOUNT negative
    OBJECT REFCOUNT text
    OBJECT REFCOUNT padded
    INCR n
    OBJECT REFCOUNT n
    CONFIG SET maxmemory-policy allkeys-lru
    OBJECT REFCOUNT zero
    CONFIG SET maxmemory-policy noeviction
    `,
  ),
  group('OBJECT HELP', 'OBJECT HELP', matching('LASTSAVE', /^:1\d{9}\r\n$/), 'LASTSAVE x'),
]);
