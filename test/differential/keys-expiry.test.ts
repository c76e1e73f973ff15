/** Deadlines of keys: EXPIRE's family with flags, TTL's family, PERSIST, and what keeps or drops a deadline. */
import { differential, group, matching } from '../support/differential.ts';

const FLAGS = ['NX', 'XX', 'GT', 'LT', 'XX GT', 'XX LT', 'GT XX', 'nx', 'NX NX'];
const WRONG_FLAGS = ['NX XX', 'NX GT', 'NX LT', 'GT LT', 'LT GT XX', 'FOO', 'NX FOO', ''];

differential('keys: expiry', [
  group(
    'TTL family',
    `
    SET k v
    TTL k
    PTTL k
    EXPIRETIME k
    PEXPIRETIME k
    TTL none
    PTTL none
    EXPIRETIME none
    PEXPIRETIME none
    EXPIREAT k 33177117420
    EXPIRETIME k
    PEXPIRETIME k
    PEXPIREAT k 33177117420999
    EXPIRETIME k
    PEXPIRETIME k
    PEXPIREAT k 33177117420499
    EXPIRETIME k
    PEXPIREAT k 33177117420500
    EXPIRETIME k
    PERSIST k
    PERSIST k
    PERSIST none
    TTL k
    TTL
    TTL a b
    PTTL
    EXPIRETIME
    PEXPIRETIME a b
    PERSIST
    PERSIST a b
    EXPIRE k 100
    TTL k
    PEXPIRE k 100000
    TTL k
    PEXPIRE k 1500000
    TTL k
    `,
    matching('PTTL k', /^:1[45]\d{5}\r\n$/),
  ),
  group(
    'EXPIRE removes at once when the time has passed',
    `
    SET k v
    EXPIRE k 0
    EXISTS k
    SET k v
    EXPIRE k -1
    EXISTS k
    SET k v
    PEXPIRE k 0
    EXISTS k
    SET k v
    EXPIREAT k 1
    EXISTS k
    SET k v
    PEXPIREAT k 1
    EXISTS k
    SET k v
    EXPIREAT k -1
    EXISTS k
    SET k v
    EXPIRE k -10 NX
    EXISTS k
    SET k v
    EXPIRE k -10 XX
    EXISTS k
    EXPIRE k -10 LT
    EXISTS k
    SET k v
    EXPIRE k -10 GT
    EXISTS k
    DBSIZE
    `,
  ),
  group(
    'EXPIRE errors',
    ...['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT'].map(
      (command) => `
      ${command}
      ${command} k
      SET k v
      ${command} k abc
      ${command} k 1.5
      ${command} k ""
      ${command} k " 1"
      ${command} k 9223372036854775808
      ${command} k 9223372036854775807
      DEL k
      SET k v
      ${command} k -9223372036854775808
      EXISTS k
      SET k v
      ${command} k 9223372036854775
      PERSIST k
      ${command} none 9223372036854775807
      ${command} none abc
      ${command} none 10 FOO
      ${command} none 10 NX XX
      ${command} none 10
      `,
    ),
  ),
  group(
    'EXPIRE flags',
    ...['100', '200', '300'].flatMap((seconds) =>
      FLAGS.map(
        (flags) => `
        SET plain v
        EXPIRE plain ${seconds} ${flags}
        TTL plain
        # 250 lies between the deadlines tried: with equal ones the millisecond of the command would decide.
        SET timed v EX 250
        EXPIRE timed ${seconds} ${flags}
        TTL timed
        SET timed v EX 250
        PEXPIRE timed ${seconds}000 ${flags}
        TTL timed
        SET dated v EXAT 33177117200
        EXPIREAT dated 33177117${seconds} ${flags}
        EXPIRETIME dated
        PEXPIREAT dated 33177117${seconds}000 ${flags}
        PEXPIRETIME dated
        EXPIRE none ${seconds} ${flags}
        `,
      ),
    ),
  ),
  group(
    'EXPIRE flags that do not go together',
    'SET k v',
    ...WRONG_FLAGS.map((flags) => `EXPIRE k 100 ${flags}\nPEXPIREAT k 33177117420000 ${flags}\nPERSIST k`),
    ['EXPIRE', 'k', '100', ''],
  ),
  group(
    'what becomes of a deadline',
    `
    SET k v EX 100
    APPEND k w
    TTL k
    INCR n
    EXPIRE n 100
    INCR n
    TTL n
    GETSET k v
    TTL k
    SET a v EX 100
    RENAME a b
    TTL b
    SET c v
    RENAME b c
    TTL c
    SET d v
    RENAME d c
    TTL c
    SET e v EX 100
    COPY e f
    TTL f
    SET g v EX 50
    SET h v
    COPY h g REPLACE
    TTL g
    SET m v EX 100
    MOVE m 1
    SELECT 1
    TTL m
    FLUSHDB
    `,
  ),
  group(
    'an expired key is gone for every command',
    ...[
      'EXISTS k',
      'TYPE k',
      'TTL k',
      'PEXPIRETIME k',
      'TOUCH k',
      'DEL k',
      'UNLINK k',
      'PERSIST k',
      'RENAME k j',
      'RENAMENX k j',
      'COPY k j',
      'MOVE k 1',
      'OBJECT ENCODING k',
      'EXPIRE k 10',
      'RANDOMKEY',
      'KEYS *',
      'SCAN 0',
      'STRLEN k',
      'GETRANGE k 0 -1',
      'SETRANGE k 3 x',
      'INCR k',
      'SETNX k 2',
      'SET k 1 XX',
      'GETDEL k',
      'GETEX k',
      'APPEND k x',
      'MSETNX k 1',

      'shape: MEMORY USAGE k',
    ].map((line) => `SET k 5 PX 1\nDEBUG SLEEP 0.003\n${line}\nGET k\nDEL k j`),
  ),
]);
