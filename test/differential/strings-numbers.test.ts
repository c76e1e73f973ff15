/** INCR's family: limits of 64-bit integers, and INCRBYFLOAT's long double arithmetic and formatting. */
import { differential, group } from '../support/differential.ts';

/** One addition of INCRBYFLOAT from `start`. */
const sum = (start: string, increment: string): string => `SET f ${start}\nINCRBYFLOAT f ${increment}\nGET f`;

differential('strings: numbers', [
  group(
    'INCR and DECR',
    `
    INCR k
    INCR k
    GET k
    DECR k
    DECR k
    DECR k
    GET k
    INCR
    INCR k 2
    DECR k 2
    SET k abc
    INCR k
    DECR k
    SET k 1.5
    INCR k
    SET k " 1"
    INCR k
    SET k "1 "
    INCR k
    SET k ""
    INCR k
    SET k 00
    INCR k
    SET k 0
    INCR k
    SET k -0
    INCR k
    SET k +5
    INCR k
    SET k 9223372036854775806
    INCR k
    INCR k
    GET k
    SET k -9223372036854775807
    DECR k
    DECR k
    GET k
    SET k 9223372036854775808
    INCR k
    SET k 17179869184
    INCR k
    SET t 5 EX 100
    INCR t
    TTL t
    `,
  ),
  group(
    'INCRBY and DECRBY',
    `
    INCRBY k 10
    INCRBY k -30
    DECRBY k 5
    DECRBY k -50
    GET k
    INCRBY k 0
    INCRBY k
    INCRBY k a
    INCRBY k 1.5
    INCRBY k ""
    INCRBY k " 1"
    INCRBY k 9223372036854775808
    DECRBY k a
    DECRBY k -9223372036854775808
    DECRBY k 9223372036854775807
    DECRBY k 9223372036854775807
    SET k 1
    INCRBY k 9223372036854775807
    INCRBY k 9223372036854775806
    SET k -2
    INCRBY k -9223372036854775807
    INCRBY k -9223372036854775806
    SET k 0
    INCRBY k -9223372036854775808
    INCRBY k -1
    INCRBY k 9223372036854775807
    GET k
    INCRBY new -5
    DECRBY new2 -5
    OBJECT ENCODING new
    SET big 9007199254740993
    INCRBY big 1
    DECRBY big 3
    INCRBY big 9007199254740993
    `,
  ),
  group(
    'INCRBYFLOAT',
    `
    INCRBYFLOAT k 1
    INCRBYFLOAT k 0.25
    INCRBYFLOAT k -5.75
    GET k
    INCRBYFLOAT k 0
    INCRBYFLOAT k abc
    INCRBYFLOAT k ""
    INCRBYFLOAT k " 1"
    INCRBYFLOAT k "1 "
    INCRBYFLOAT k
    INCRBYFLOAT k 1 2
    INCRBYFLOAT k inf
    INCRBYFLOAT k +inf
    INCRBYFLOAT k -inf
    INCRBYFLOAT k Infinity
    INCRBYFLOAT k nan
    INCRBYFLOAT k -nan
    INCRBYFLOAT k 1e5
    INCRBYFLOAT k 1E-3
    INCRBYFLOAT k 0x10
    INCRBYFLOAT k 0x1p4
    INCRBYFLOAT k +1
    INCRBYFLOAT k .5
    INCRBYFLOAT k 5.
    INCRBYFLOAT k .
    INCRBYFLOAT k 1e
    INCRBYFLOAT k 1,5
    INCRBYFLOAT k 1e5000
    INCRBYFLOAT k 1e4932
    INCRBYFLOAT k 1e-5000
    SET k abc
    INCRBYFLOAT k 1
    SET k " 1"
    INCRBYFLOAT k 1
    SET k ""
    INCRBYFLOAT k 1
    SET k 10
    INCRBYFLOAT k 1
    OBJECT ENCODING k
    INCR k
    SET k 1.5
    INCR k
    SET t 5 EX 100
    INCRBYFLOAT t 1.5
    TTL t
    SET k 3.0e3
    INCRBYFLOAT k 200
    SET k 5.0e3
    INCRBYFLOAT k 2.0e2
    `,
  ),
  group(
    'INCRBYFLOAT in long double',
    sum('0.1', '0.2'),
    sum('10.5', '0.1'),
    sum('1', '1.1'),
    sum('0', '0.1'),
    sum('0', '1e-17'),
    sum('0', '1e-18'),
    sum('0', '0.00000000000000001'),
    sum('0', '0.000000000000000019'),
    sum('3.141592653589793', '2.718281828459045'),
    sum('0.3333333333333333333', '0.3333333333333333333'),
    sum('1', '-0.9999999999999999999'),
    sum('9007199254740993', '0'),
    sum('9007199254740993', '1'),
    sum('9223372036854775807', '1'),
    sum('18446744073709551615', '0'),
    sum('18446744073709551615', '1'),
    sum('18446744073709551616', '1'),
    sum('123456789012345678901234567890', '0'),
    sum('1e20', '1'),
    sum('1e22', '0'),
    sum('1e30', '1e10'),
    sum('1e100', '0'),
    sum('1.7976931348623157e308', '0'),
    sum('-1e25', '1e25'),
    sum('-0.5', '0.5'),
    sum('-0', '0'),
    sum('0', '-0.0'),
    sum('-1.5', '0.25'),
    sum('123456789.123456789', '0.000000001'),
    sum('0.30000000000000004', '0'),
    sum('1.000000000000000001', '0'),
    sum('99999999999999999.9', '0.1'),
    sum('0.1', '-0.1'),
    sum('17', '0.1'),
    sum('2.5', '-1e-10'),
    sum('1152921504606846976.5', '0.25'),
    sum('4503599627370496.5', '4503599627370496.5'),
    sum('1e4000', '0'),
    sum('1e4000', '1e4900'),
    sum('-1e4900', '-1e4900'),
    sum('0x1.8p1', '0'),
    sum('0.1e1', '0'),
    ...Array.from({ length: 60 }, (_, i) => sum(`${(i * 7919) % 1000}.${(i * 104729) % 99991}`, `-${i}.${i * 37}1`)),
  ),
]);
