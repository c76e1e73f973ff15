/** DUMP and RESTORE: options, errors, expiry, access clocks and events. */
import { join } from 'node:path';
import { compilerAvailable } from '../support/availability.ts';
import { differential, type Group, group, matching } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { rdbString, sealed } from '../support/payload.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

/** The string "v", and others. */
const STRING = sealed(Buffer.concat([Buffer.from([0]), rdbString('v')]));
const LIST = sealed(Buffer.concat([Buffer.from([1, 2]), rdbString('a'), rdbString('b')]));
const INTEGER = sealed(Buffer.from([0, 0xc0, 42]));

/** Payloads that redis-server refuses too, all with a right checksum. */
const BAD: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['an unknown type', Buffer.from([8, 1, 97])],
  ['a type beyond all', Buffer.from([200, 1, 97])],
  ['a string that is cut off', Buffer.from([0, 50, 97])],
  ['a list without elements', Buffer.from([1, 0])],
  ['a set without members', Buffer.from([2, 0])],
  ['a member twice', Buffer.from([2, 2, 1, 97, 1, 97])],
  ['a hash without fields', Buffer.from([4, 0])],
  ['a score that is no number', Buffer.from([5, 1, 1, 97, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f])],
  ['a member of a sorted set twice', Buffer.from([3, 2, 1, 97, 1, 49, 1, 97, 1, 50])],
  ['more elements than there are', Buffer.from([1, 3, 1, 97])],
  ['an intset of odd size', Buffer.concat([Buffer.from([11]), rdbString('\x02\0\0\0\x01\0\0\0\x01')])],
  ['a listpack of nothing', Buffer.concat([Buffer.from([16]), rdbString('\x07\0\0\0\0\0\xff')])],
  ['a compressed string that is none', Buffer.from([0, 0xc3, 2, 9, 97, 97])],
];

/** After each line the events it caused. */
function told(name: string, lines: (string | (string | Buffer)[])[]): Group {
  return group(name, 'EV.NOTES', ...lines.flatMap((line) => [line, 'EV.NOTES']));
}

differential('DUMP and RESTORE', [
  group(
    'values',
    `
    DUMP none
    DUMP
    DUMP a b
    RESTORE k 0
    SET k 17
    DUMP k
    SET k v
    DUMP k
    SADD s 1 2 70000
    DUMP s
    SET l aaaaaaaaaaaaaaaaaaaa
    DUMP l
    `,
    ['RESTORE', 'r', '0', STRING],
    ['RESTORE-ASKING', 'ra', '0', LIST],
    `
    GET r
    TTL r
    OBJECT ENCODING r
    LRANGE ra 0 -1
    `,
    ['RESTORE', 'i', '0', INTEGER],
    `
    OBJECT ENCODING i
    INCR i
    `,
  ),
  group(
    'a key that is there',
    'SET k old',
    ['RESTORE', 'k', '0', LIST],
    'GET k',
    ['RESTORE', 'k', '0', LIST, 'REPLACE'],
    'LRANGE k 0 -1',
    ['RESTORE', 'k', '0', STRING, 'replace', 'Replace'],
    'GET k',
    ['RESTORE', 'k', 'x', STRING],
    ['RESTORE', 'k', '0', Buffer.from('rubbish')],
    'SET gone v PX 1',
    'DEBUG SLEEP 0.01',
    ['RESTORE', 'gone', '0', LIST],
    'TYPE gone',
    'PEXPIRE k 1000000',
    ['RESTORE', 'k', '0', STRING, 'REPLACE'],
    'TTL k',
  ),
  group(
    'expiry',
    ['RESTORE', 'k', '100000', STRING],
    'TTL k',
    ['RESTORE', 'a', '33177117420000', STRING, 'ABSTTL'],
    'PEXPIRETIME a',
    ['RESTORE', 'b', '1', STRING, 'ABSTTL'],
    'EXISTS b',
    'SET c old',
    ['RESTORE', 'c', '1', STRING, 'ABSTTL', 'REPLACE'],
    'EXISTS c',
    ['RESTORE', 'd', '0', STRING, 'ABSTTL'],
    'TTL d',
    ['RESTORE', 'e', '-1', STRING],
    ['RESTORE', 'e', '9223372036854775808', STRING],
    ['RESTORE', 'e', '9223372036854775807', STRING],
    'EXISTS e',
    ['RESTORE', 'f', '9223372036854775807', STRING, 'ABSTTL'],
    'PEXPIRETIME f',
    ['RESTORE', 'g', '1.5', STRING],
    ['RESTORE', 'g', '', STRING],
    'EXISTS g',
  ),
  group(
    'IDLETIME and FREQ',
    ['RESTORE', 'a', '0', STRING, 'IDLETIME', '1000'],
    matching('OBJECT IDLETIME a', /^:100[0-3]\r\n$/),
    ['RESTORE', 'b', '0', STRING, 'IDLETIME', '0'],
    ['RESTORE', 'c', '0', STRING, 'IDLETIME', '-1'],
    ['RESTORE', 'c', '0', STRING, 'IDLETIME', 'x'],
    ['RESTORE', 'c', '0', STRING, 'IDLETIME'],
    ['RESTORE', 'c', '0', STRING, 'FREQ'],
    ['RESTORE', 'c', '0', STRING, 'FREQ', '-1'],
    ['RESTORE', 'c', '0', STRING, 'FREQ', '256'],
    ['RESTORE', 'c', '0', STRING, 'FREQ', 'x'],
    ['RESTORE', 'c', '0', STRING, 'FREQ', '1', 'IDLETIME', '1'],
    ['RESTORE', 'c', '0', STRING, 'IDLETIME', '1', 'FREQ', '1'],
    ['RESTORE', 'c', '0', STRING, 'IDLETIME', '1', 'IDLETIME', '5'],
    matching('OBJECT IDLETIME c', /^:[5-8]\r\n$/),
    ['RESTORE', 'd', '0', STRING, 'FREQ', '100'],
    'OBJECT IDLETIME d',
    ['RESTORE', 'e', '0', STRING, 'REPLACE', 'IDLETIME', '10000000'],
    matching('OBJECT IDLETIME e', /^:(838860\d|1000000\d)\r\n$/),
    ['RESTORE', 'f', '0', STRING, 'NOSUCH'],
    ['RESTORE', 'f', '0', STRING, 'REPLACE', 'ABSTTL', 'x'],
    'EXISTS f',
  ),
  group(
    'payloads that are none',
    ['RESTORE', 'k', '0', ''],
    ['RESTORE', 'k', '0', 'short'],
    ['RESTORE', 'k', '0', Buffer.from([...STRING].map((byte, i) => (i === 1 ? byte ^ 1 : byte)))],
    ['RESTORE', 'k', '0', Buffer.from([...STRING].map((byte, i) => (i === STRING.length - 1 ? byte ^ 1 : byte)))],
    ['RESTORE', 'k', '0', sealed(STRING.subarray(0, 3), 13)],
    ['RESTORE', 'k', '0', sealed(STRING.subarray(0, 3), 1000)],
    ['RESTORE', 'k', '0', sealed(STRING.subarray(0, 3), 0)],
    'DEL k',
    'DEBUG SET-SKIP-CHECKSUM-VALIDATION 1',
    ['RESTORE', 'k', '0', Buffer.concat([STRING.subarray(0, 5), Buffer.alloc(8)])],
    ['RESTORE', 'k2', '0', sealed(STRING.subarray(0, 3), 13)],
    'GET k',
    'DEBUG SET-SKIP-CHECKSUM-VALIDATION 0',
    ['RESTORE', 'k3', '0', Buffer.concat([STRING.subarray(0, 5), Buffer.alloc(8)])],
    'DEBUG SET-SKIP-CHECKSUM-VALIDATION',
    'SET there v',
    ...BAD.map(([, value]) => ['RESTORE', 'there', '0', sealed(value), 'REPLACE']),
    'GET there',
    'DBSIZE',
  ),
]);

differential(
  'RESTORE with an LFU policy',
  [
    group(
      'FREQ and IDLETIME',
      ['RESTORE', 'a', '0', STRING, 'FREQ', '100'],
      'OBJECT FREQ a',
      ['RESTORE', 'b', '0', STRING, 'FREQ', '0'],
      'OBJECT FREQ b',
      ['RESTORE', 'c', '0', STRING, 'IDLETIME', '100'],
      'OBJECT FREQ c',
      'OBJECT IDLETIME c',
      ['RESTORE', 'd', '0', STRING, 'FREQ', '255'],
      'OBJECT FREQ d',
      ['RESTORE', 'd', '0', LIST, 'REPLACE'],
      'OBJECT FREQ d',
    ),
  ],
  { directives: { 'maxmemory-policy': 'allkeys-lfu' } },
);

if (compilerAvailable()) {
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'events.c'), temporaryFolder());
  differential(
    'RESTORE: events',
    [
      told('of RESTORE', [
        ['RESTORE', 'k', '0', STRING],
        ['RESTORE', 'k', '0', STRING],
        ['RESTORE', 'k', '0', LIST, 'REPLACE'],
        ['RESTORE', 'k', '100000', LIST, 'REPLACE'],
        ['RESTORE', 'k', '1', LIST, 'REPLACE', 'ABSTTL'],
        ['RESTORE', 'k', '1', LIST, 'REPLACE', 'ABSTTL'],
        ['RESTORE', 'k', '0', sealed(Buffer.from([1, 0]))],
        'DUMP none',
        'client B: blocks: BLPOP w 0',
        ['RESTORE', 'w', '0', LIST],
        'LRANGE w 0 -1',
      ]),
    ],
    { directives: { loadmodule } },
  );
}
