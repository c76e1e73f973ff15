/** SET with every option, and the commands that set with one of them built in. */
import { differential, group, matching, needing } from '../support/differential.ts';

differential('strings: set', [
  group(
    'SET and GET',
    `
    SET k v
    GET k
    GET nokey
    SET k ""
    GET k
    STRLEN k
    SET "" empty-key
    GET ""
    set k lower-case
    get k
    SeT k mIxEd
    GET k
    SET
    SET k
    GET
    GET k k2
    SET k "\\x00\\xff\\r\\n"
    GET k
    STRLEN k
    `,
  ),
  group(
    'SET NX and XX',
    `
    SET k 1 XX
    GET k
    SET k 1 NX
    SET k 2 NX
    GET k
    SET k 3 XX
    GET k
    SET k 4 nx
    SET k 4 xX
    SET k 5 NX XX
    SET k 5 XX NX
    SET k 5 NX NX
    GET k
    `,
  ),
  group(
    'SET GET',
    `
    SET k 1 GET
    SET k 2 GET
    GET k
    SET k 3 NX GET
    GET k
    SET new 1 NX GET
    GET new
    SET k 4 XX GET
    GET k
    SET none 4 XX GET
    EXISTS none
    SET k 5 GET EX 100
    TTL k
    SET k 6 GET KEEPTTL
    TTL k
    SET k 7 GET GET
    TTL k
    `,
  ),
  group(
    'SET with expiry',
    `
    SET k v EX 100
    TTL k
    SET k v PX 100000
    TTL k
    SET k v EXAT 33177117420
    EXPIRETIME k
    PEXPIRETIME k
    SET k v PXAT 33177117420123
    EXPIRETIME k
    PEXPIRETIME k
    SET k v KEEPTTL
    PEXPIRETIME k
    SET k v
    TTL k
    SET k v KEEPTTL
    TTL k
    SET none v KEEPTTL
    TTL none
    SET k v NX EX 50
    TTL k
    SET k v XX EX 50
    TTL k
    SET past v EXAT 1
    GET past
    EXISTS past
    SET past v PXAT 1
    GET past
    DBSIZE
    `,
  ),
  group(
    'SET errors',
    `
    SET k v FOO
    SET k v EX
    SET k v PX
    SET k v EXAT
    SET k v PXAT
    SET k v EX 0
    SET k v PX 0
    SET k v EX -1
    SET k v PX -1
    SET k v EXAT 0
    SET k v PXAT -5
    SET k v EX abc
    SET k v EX 1.5
    SET k v EX " 1"
    SET k v EX 9223372036854775807
    SET k v EX 9223372036854775808
    SET k v EX 9223372036854775
    SET k v PX 9223372036854775807
    SET k v EXAT 9223372036854775807
    SET k v PXAT 9223372036854775808
    SET k v EX 10 PX 10
    SET k v EX 10 EXAT 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL PX 10
    SET k v KEEPTTL KEEPTTL
    TTL k
    SET k v EX 10 EX 20
    SET k v PERSIST
    SET k v NX XX GET
    SET k v GET EX
    EXISTS k
    SET k v ex 10 nx get
    `,
  ),
  group(
    'SETNX, SETEX, PSETEX, GETSET',
    `
    SETNX k 1
    SETNX k 2
    GET k
    SETNX k
    SETEX k 100 v
    TTL k
    GET k
    SETEX k 0 v
    SETEX k -1 v
    SETEX k abc v
    SETEX k 9223372036854775807 v
    SETEX k 100
    SETEX k 100 v extra
    PSETEX k 100000 w
    TTL k
    GET k
    PSETEX k 0 v
    PSETEX k -10 v
    PSETEX k x v
    PSETEX k 9223372036854775807 v
    GETSET k new
    TTL k
    GET k
    GETSET none v
    GET none
    GETSET k
    `,
  ),
  group(
    'GETEX',
    `
    GETEX none
    GETEX none EX 10
    EXISTS none
    SET k v
    GETEX k
    TTL k
    GETEX k EX 100
    TTL k
    GETEX k
    TTL k
    GETEX k PERSIST
    TTL k
    GETEX k PX 100000
    TTL k
    GETEX k EXAT 33177117420
    EXPIRETIME k
    GETEX k PXAT 33177117420500
    PEXPIRETIME k
    GETEX k EX
    GETEX k EX 0
    GETEX k EX -1
    GETEX k PX 0
    GETEX k EX abc
    GETEX k EX 9223372036854775807
    GETEX k EX 10 PX 10
    GETEX k EX 10 PERSIST
    GETEX k PERSIST EX 10
    GETEX k PERSIST PERSIST
    GETEX k NX
    GETEX k XX
    GETEX k GET
    GETEX k KEEPTTL
    GETEX k FOO
    GETEX
    PEXPIRETIME k
    GETEX k EXAT 1
    EXISTS k
    SET k v
    GETEX k PXAT 1
    EXISTS k
    `,
  ),
  group(
    'GETDEL',
    `
    GETDEL none
    SET k v
    GETDEL k
    EXISTS k
    GETDEL
    GETDEL k k
    SET k 12345 EX 100
    GETDEL k
    TTL k
    `,
  ),
  group(
    'MSET, MSETNX, MGET',
    `
    MSET a 1 b 2 c 3
    MGET a b c
    MGET a none b
    MGET none
    MGET
    MSET a
    MSET a 1 b
    MSET
    MSET a 1 a 2
    GET a
    SET t v EX 100
    MSET t w
    TTL t
    MSETNX a 9 z 9
    EXISTS z
    GET a
    MSETNX x 1 y 2
    MGET x y a t
    MSETNX x
    MSETNX x 1 y
    MSETNX
    MSETNX n 1 n 2
    GET n
    MGET a a a
    `,
  ),
  group(
    'expiry removes',
    `
    SET k v PX 1
    # A blocked loop is the only wait both servers share.
    DEBUG SLEEP 0.01
    GET k
    EXISTS k
    TTL k
    DBSIZE
    SET k v PX 1
    DEBUG SLEEP 0.01
    SET k w KEEPTTL
    TTL k
    SET j v PX 1
    DEBUG SLEEP 0.01
    SET j w XX
    SET j w NX
    APPEND j x
    GET j
    `,
    matching('PTTL k', /^:-1\r\n$/),
  ),
  needing(
    ['RPUSH'],
    group(
      'wrong type',
      `
      RPUSH l a
      GET l
      SET l v GET
      SET l v NX GET
      GETEX l
      GETDEL l
      GETSET l v
      SETNX l v
      MGET l none
      APPEND l v
      STRLEN l
      GETRANGE l 0 1
      SUBSTR l 0 1
      SETRANGE l 0 v
      SETRANGE l 0 ""
      INCR l
      DECRBY l 2
      INCRBYFLOAT l 1
      LCS l l
      LCS l none
      TYPE l
      SET l v
      TYPE l
      RPUSH m a
      MSET m v
      TYPE m
      `,
    ),
  ),
]);
