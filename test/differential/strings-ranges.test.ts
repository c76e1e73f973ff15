/** Parts of strings, appending, encodings, LCS. */
import { differential, group } from '../support/differential.ts';

const text = (length: number): string => 'abcdefghij'.repeat(Math.ceil(length / 10)).slice(0, length);

differential('strings: ranges and encodings', [
  group(
    'APPEND and STRLEN',
    `
    APPEND k hello
    APPEND k " world"
    GET k
    STRLEN k
    STRLEN none
    STRLEN
    APPEND k
    APPEND k ""
    APPEND new ""
    EXISTS new
    GET new
    SET n 123
    APPEND n 456
    GET n
    OBJECT ENCODING n
    INCR n
    OBJECT ENCODING n
    STRLEN n
    SET t v EX 100
    APPEND t w
    TTL t
    APPEND k k k
    `,
  ),
  group(
    'GETRANGE and SUBSTR',
    `
    SET k "Hello World"
    GETRANGE k 0 3
    GETRANGE k 0 -1
    GETRANGE k -4 -1
    GETRANGE k 5 3
    GETRANGE k 5 5000
    GETRANGE k -5000 10000
    GETRANGE k 0 -1000
    GETRANGE k -1 -5
    GETRANGE k 11 20
    GETRANGE k 10 10
    GETRANGE k 9223372036854775807 9223372036854775807
    GETRANGE k -9223372036854775808 9223372036854775807
    GETRANGE k 0 9223372036854775808
    GETRANGE k a 1
    GETRANGE k 1 b
    GETRANGE k 1
    GETRANGE none 0 -1
    SET n 123456
    GETRANGE n 1 3
    GETRANGE n -3 -1
    SET e ""
    GETRANGE e 0 0
    GETRANGE e 0 -1
    SUBSTR k 0 4
    SUBSTR k -5 -1
    SUBSTR none 0 1
    SUBSTR k 0
    `,
  ),
  group(
    'SETRANGE',
    `
    SETRANGE none 0 ""
    EXISTS none
    SETRANGE none 5 ""
    EXISTS none
    SETRANGE a 0 foo
    GET a
    SETRANGE a 1 xy12
    GET a
    SETRANGE b 3 foo
    GET b
    SETRANGE b 20 z
    GET b
    STRLEN b
    SETRANGE b 0 ""
    SETRANGE b 100 ""
    STRLEN b
    SETRANGE b -1 x
    SETRANGE b -9223372036854775808 x
    SETRANGE b abc x
    SETRANGE b 1.5 x
    SETRANGE b 536870911 xx
    SETRANGE b 536870912 x
    SETRANGE b 536870913 x
    SETRANGE b 9223372036854775807 x
    SETRANGE none 9223372036854775807 x
    SETRANGE none 536870912 x
    EXISTS none
    SETRANGE b 0
    STRLEN b
    SET n 1234
    SETRANGE n 1 9
    GET n
    OBJECT ENCODING n
    SET e abc
    OBJECT ENCODING e
    SETRANGE e 0 b
    OBJECT ENCODING e
    SET t v EX 100
    SETRANGE t 3 w
    TTL t
    `,
  ),
  group(
    'string encodings at their boundaries',
    ['SET', 'k', text(43)],
    'OBJECT ENCODING k',
    ['SET', 'k', text(44)],
    'OBJECT ENCODING k',
    ['SET', 'k', text(45)],
    'OBJECT ENCODING k',
    ['SET', 'k', text(44)],
    ['APPEND', 'k', 'x'],
    'OBJECT ENCODING k',
    `
    APPEND short ab
    OBJECT ENCODING short
    APPEND short cd
    OBJECT ENCODING short
    SET k ""
    OBJECT ENCODING k
    SET k 0
    OBJECT ENCODING k
    SET k -0
    OBJECT ENCODING k
    SET k 00
    OBJECT ENCODING k
    SET k +1
    OBJECT ENCODING k
    SET k " 1"
    OBJECT ENCODING k
    SET k "1 "
    OBJECT ENCODING k
    SET k 1e3
    OBJECT ENCODING k
    SET k 1.0
    OBJECT ENCODING k
    SET k 9999
    OBJECT ENCODING k
    OBJECT REFCOUNT k
    SET k 10000
    OBJECT ENCODING k
    OBJECT REFCOUNT k
    SET k -1
    OBJECT ENCODING k
    OBJECT REFCOUNT k
    SET k 9223372036854775807
    OBJECT ENCODING k
    SET k -9223372036854775808
    OBJECT ENCODING k
    SET k 9223372036854775808
    OBJECT ENCODING k
    SET k -9223372036854775809
    OBJECT ENCODING k
    SET k 12345678901234567890
    OBJECT ENCODING k
    SET k 123456789012345678901
    OBJECT ENCODING k
    SET k 01234567890123456789
    OBJECT ENCODING k
    GET k
    GETSET k 77
    OBJECT ENCODING k
    MSET m1 1 m2 a
    OBJECT ENCODING m1
    OBJECT ENCODING m2
    SETNX n 5
    OBJECT ENCODING n
    SETEX x 10 5
    OBJECT ENCODING x
    SET i 1
    INCRBYFLOAT i 1.5
    OBJECT ENCODING i
    COPY m1 c
    OBJECT ENCODING c
    RENAME m1 m3
    OBJECT ENCODING m3
    `,
  ),
  group(
    'LCS',
    `
    LCS a b
    LCS a b LEN
    LCS a b IDX
    MSET a ohmytext b mynewtext
    LCS a b
    LCS b a
    LCS a a
    LCS a none
    LCS a none LEN
    LCS a none IDX
    LCS a b LEN
    LCS a b len
    LCS a b IDX
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX MINMATCHLEN 0
    LCS a b IDX MINMATCHLEN -5
    LCS a b IDX MINMATCHLEN 100
    LCS a b IDX WITHMATCHLEN
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b IDX WITHMATCHLEN MINMATCHLEN 2
    LCS a b WITHMATCHLEN
    LCS a b MINMATCHLEN 3
    LCS a b LEN WITHMATCHLEN
    LCS a b IDX LEN
    LCS a b LEN IDX
    LCS a b FOO
    LCS a b IDX MINMATCHLEN
    LCS a b IDX MINMATCHLEN abc
    LCS a
    LCS
    MSET n1 123456 n2 3456
    LCS n1 n2
    LCS n1 n2 IDX WITHMATCHLEN
    SET e ""
    LCS e a
    LCS e a IDX
    LCS e e LEN
    MSET x rnaxgene y gnraegenx
    LCS x y
    LCS x y IDX
    LCS y x IDX WITHMATCHLEN
    MSET p AGGTABAGGTAB q GXTXAYBGXTXAYB
    LCS p q
    LCS p q LEN
    LCS p q IDX WITHMATCHLEN
    `,
  ),
]);
