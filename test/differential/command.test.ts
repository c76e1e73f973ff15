/** COMMAND and its subcommands; arity errors of every command. */
import { differential, group, matching, since74 } from '../support/differential.ts';

/** Commands whose description is the same in 7.0 and 7.4. */
const STABLE = 'get set append incr mset mget getex lcs copy rename expire ttl type ping echo select time dbsize'.split(
  ' ',
);

const GETKEYS = `
GET k
SET k v
MSET a 1 b 2 c 3
MSETNX a 1 b 2
MGET a b c
DEL a b
COPY a b
COPY a b DB 3 REPLACE
RENAME a b
LCS a b IDX
GETEX k EX 5
EXISTS a
TOUCH a b
INCR n
OBJECT ENCODING k
OBJECT HELP
MEMORY USAGE k
MEMORY USAGE k SAMPLES 5
MOVE k 1
CONFIG GET x
NOSUCH k
SET k
MSET a
CLIENT ID
CLIENT FOO
EXPIRE k 1
set k v NX GET
`
  .trim()
  .split('\n');

const ARITY_CHANGE = 'the subcommand takes a command without arguments since 7.2';

const ONE_ARGUMENT_TOO_FEW = `
APPEND GET SET INCR DECR INCRBY GETSET MGET MSET STRLEN SETEX PSETEX SETRANGE GETRANGE SUBSTR LCS DEL UNLINK EXISTS
TTL PTTL EXPIRE PEXPIRE EXPIREAT PEXPIREAT EXPIRETIME PEXPIRETIME PERSIST COPY MOVE RENAME RENAMENX KEYS SCAN TYPE TOUCH
OBJECT SELECT SWAPDB ECHO AUTH CONFIG CLIENT DEBUG MEMORY SLOWLOG LATENCY MODULE GETDEL GETEX SETNX MSETNX
INCRBYFLOAT DECRBY
`
  .trim()
  .split(/\s+/);

differential('command', [
  group(
    'COMMAND INFO',
    ...STABLE.map((name) => `unordered: COMMAND INFO ${name}`),
    `
    COMMAND INFO nosuch
    unordered: COMMAND INFO GET nosuch
    unordered: COMMAND INFO object|encoding
    unordered: COMMAND INFO config|get
    COMMAND INFO object|nosuch
    COMMAND INFO get|foo
    COMMAND FOO
    COMMAND COUNT x
    COMMAND HELP x
    `,
    matching('COMMAND INFO', /^\*\d{2,3}\r\n\*10\r\n/),
    matching('COMMAND', /^\*\d{2,3}\r\n\*10\r\n/),
    matching('COMMAND COUNT', /^:\d{2,3}\r\n$/),
    matching(
      'COMMAND HELP',
      /^\*\d+\r\n\+COMMAND <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
  ),
  group(
    'COMMAND DOCS',
    `
    COMMAND DOCS nosuch
    COMMAND DOCS object|nosuch
    `,
    ...['get', 'set', 'lcs', 'config', 'config|get'].map((name) =>
      matching(
        `COMMAND DOCS ${name}`,
        /^[%*][12]\r\n\$\d+\r\n[\w|]+\r\n[%*]\d+\r\n\$7\r\nsummary\r\n\$\d+\r\n[^\r]+\r\n\$5\r\nsince\r\n\$5\r\n[\d.]+\r\n\$5\r\ngroup\r\n\$\d+\r\n[a-z_]+\r\n/,
      ),
    ),
    matching('COMMAND DOCS', /^[%*]\d+\r\n/),
  ),
  group(
    'COMMAND LIST',
    `
    unordered: COMMAND LIST FILTERBY PATTERN incr*
    unordered: COMMAND LIST FILTERBY PATTERN GET
    unordered: COMMAND LIST filterby pattern [gs]et
    COMMAND LIST FILTERBY PATTERN nosuch
    COMMAND LIST FILTERBY MODULE nosuch
    COMMAND LIST FILTERBY ACLCAT nosuch
    COMMAND LIST FILTERBY FOO bar
    COMMAND LIST FILTERBY PATTERN
    COMMAND LIST FILTERBY
    COMMAND LIST FOO
    COMMAND LIST FILTERBY PATTERN a b
    `,
    matching('COMMAND LIST', /^\*\d{2,3}\r\n\$\d+\r\n[a-z-]+/),
    matching('COMMAND LIST FILTERBY ACLCAT string', /^\*\d{2}\r\n\$\d+\r\n[a-z]+/),
  ),
  group(
    'COMMAND GETKEYS and GETKEYSANDFLAGS',
    'COMMAND GETKEYS\nCOMMAND GETKEYSANDFLAGS',
    ...['GETKEYS', 'GETKEYSANDFLAGS'].flatMap((subcommand) => [
      ...['PING', 'DBSIZE', 'CLIENT', 'TIME'].map((line) =>
        since74(`COMMAND ${subcommand} ${line}`, '-ERR The command has no key arguments\r\n', ARITY_CHANGE),
      ),
      since74(`COMMAND ${subcommand} NOSUCH`, '-ERR Invalid command specified\r\n', ARITY_CHANGE),
      since74(`COMMAND ${subcommand} GET`, '-ERR Invalid number of arguments specified for command\r\n', ARITY_CHANGE),
    ]),
    ...GETKEYS.map((line) => `COMMAND GETKEYS ${line}\nunordered: COMMAND GETKEYSANDFLAGS ${line}`),
  ),
  group(
    'wrong number of arguments',
    ...ONE_ARGUMENT_TOO_FEW,
    ...ONE_ARGUMENT_TOO_FEW.map((name) => name.toLowerCase()),
  ),
]);
