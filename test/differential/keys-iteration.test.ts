/** KEYS and SCAN. */
import { differential, group, matching, since74 } from '../support/differential.ts';

const GLOBS = [
  '*',
  '',
  'foo',
  'foo*',
  '*foo',
  '*o*',
  'f?o',
  '???',
  '?',
  'f[aeo]o',
  'f[^o]o',
  'f[a-o]o',
  'f[o-a]o',
  '[',
  '[f',
  '[foo',
  'f[]o',
  '[^]oo',
  'f[o',
  'f\\\\oo',
  '\\\\*',
  '*\\\\*',
  '*\\\\?*',
  'a\\\\[b\\\\]',
  'a[[]b]',
  'a[\\\\[]b]',
  '**',
  '***o',
  '*?*',
  'FOO',
  'foo\\\\',
  '*[0-9]',
  'k[1-3]',
  'k[^1-3]',
  'k[13]',
  'k[1-]',
  'k[-1]',
  'b\\xff*',
  '*\\x00*',
  '*\\r\\n*',
];

const NAMES =
  'foo fao f[o fo] bar baz foobar k1 k2 k3 k4 k- a[b] star* quest? FOO f "" "b\\xff" "n\\x00l" "c\\r\\n" "f\\\\oo"';

differential('keys: iteration', [
  group(
    'KEYS',
    `MSET ${NAMES.split(' ')
      .map((name) => `${name} v`)
      .join(' ')}`,
    ...GLOBS.map((glob) => `unordered: KEYS "${glob}"\nunordered: SCAN 0 COUNT 1000 MATCH "${glob}"`),
    `
    KEYS
    KEYS a b
    unordered: KEYS a*a*a*a*a*a*a*a*a*a*a*a*b
    `,
  ),
  group(
    'SCAN',
    `
    SCAN 0
    SCAN
    SCAN abc
    SCAN 1.5
    SCAN 18446744073709551615
    SCAN 18446744073709551616
    SCAN 99999999999999999999
    SCAN 0 COUNT
    SCAN 0 COUNT 0
    SCAN 0 COUNT -1
    SCAN 0 COUNT abc
    SCAN 0 COUNT 1.5
    SCAN 0 COUNT 9223372036854775808
    SCAN 0 MATCH
    SCAN 0 TYPE
    SCAN 0 FOO
    SCAN 0 FOO BAR
    SCAN 0 MATCH a COUNT
    MSET a 1 b 2 c 3
    unordered: SCAN 0 COUNT 100
    unordered: SCAN 0 count 100 match [ab]
    unordered: SCAN 0 MATCH [ab] COUNT 100 MATCH c
    unordered: SCAN 0 COUNT 100 TYPE string
    unordered: SCAN 0 COUNT 100 TYPE STRING
    SCAN 0 COUNT 100 TYPE list
    SCAN 0 COUNT 100 TYPE hash
    SCAN 0 COUNT 100 TYPE stream
    SCAN 0 COUNT 100 TYPE nosuchtype
    SCAN 0 COUNT 100 TYPE ""
    unordered: SCAN 0 MATCH a* TYPE string COUNT 1000
    unordered: SCAN 0 MATCH * TYPE string COUNT 9223372036854775807
    SELECT 5
    SCAN 0
    `,
    since74('SCAN -1', '-ERR invalid cursor\r\n', 'the cursor is parsed as an unsigned 64-bit integer'),
    since74('SCAN ""', '-ERR invalid cursor\r\n', 'the cursor is parsed as an unsigned 64-bit integer'),
    since74('SCAN " 2"', '*2\r\n$1\r\n0\r\n*0\r\n', 'blanks before the digits are skipped'),
    since74('SCAN 0 NOVALUES', '-ERR NOVALUES option can only be used in HSCAN\r\n', 'NOVALUES came with HSCAN'),
    matching('SCAN 12345678', /^\*2\r\n\$\d+\r\n\d+\r\n\*\d+\r\n/),
  ),
  group(
    'SCAN leaves out what has expired',
    `
    SET live v
    SET dead v PX 1
    DEBUG SLEEP 0.003
    SCAN 0 COUNT 100
    KEYS *
    DBSIZE
    `,
  ),
]);
