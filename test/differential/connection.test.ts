/** Connection commands: PING, ECHO, HELLO, AUTH, QUIT, RESET, and CLIENT except tracking. */
import { differential, group, matching, needing, since74 } from '../support/differential.ts';

const UNKNOWN = `
NOSUCH
NOSUCH a
NOSUCH a b c
nosuch "with 'quotes'" "new\\r\\nline" "\\x00"
"no\\r\\nsuch" a
"" a
"GET " a
`;

/** `NOSUCH` with arguments beyond what an error quotes. */
const LONG_UNKNOWN = ['x'.repeat(200), 'y'.repeat(200), 'z'.repeat(200)];

const HELLO_BEFORE_AUTH =
  '-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> ' +
  'option can be used to authenticate the client and select the RESP protocol version at the same time\r\n';

differential('connection', [
  group(
    'PING and ECHO',
    `
    PING
    PING hello
    PING ""
    PING a b
    ping
    ECHO hi
    ECHO ""
    ECHO "\\x00\\r\\n"
    ECHO
    ECHO a b
    client B: PING
    `,
  ),
  group('unknown commands', UNKNOWN, LONG_UNKNOWN, ['NOSUCH', ...LONG_UNKNOWN], 'PING'),
  group(
    'QUIT closes',
    `
    client B: QUIT
    PING
    client C: QUIT now
    PING
    `,
  ),
  group(
    'HELLO',
    `
    HELLO 1
    HELLO 4
    HELLO abc
    HELLO 2.0
    HELLO -1
    HELLO 99999999999999999999
    HELLO 3 FOO
    HELLO 3 AUTH
    HELLO 3 AUTH default
    HELLO 3 SETNAME
    HELLO 3 SETNAME "a b"
    HELLO 3 AUTH default wrong SETNAME "a b"
    CLIENT GETNAME
    HELLO 2 SETNAME first
    CLIENT GETNAME
    HELLO 3 SETNAME second
    CLIENT GETNAME
    HELLO 3 AUTH default anything SETNAME third
    CLIENT GETNAME
    HELLO 3 AUTH nobody pass SETNAME fourth
    CLIENT GETNAME
    HELLO 2 setname fifth auth default x
    CLIENT GETNAME
    GET none
    HELLO 3
    GET none
    HELLO
    GET none
    HELLO 2
    GET none
    `.replaceAll(/^\s*(HELLO( [23])?( SETNAME \w+| setname .*| AUTH default anything .*)?)$/gm, 'shape: $1'),
    matching(
      'HELLO 2',
      /^\*14\r\n\$6\r\nserver\r\n\$\d+\r\n\w+\r\n\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n\$5\r\nproto\r\n:2\r\n\$2\r\nid\r\n:\d+\r\n\$4\r\nmode\r\n\$10\r\nstandalone\r\n\$4\r\nrole\r\n\$6\r\nmaster\r\n\$7\r\nmodules\r\n\*0\r\n$/,
    ),
    matching('HELLO 3', /^%7\r\n\$6\r\nserver\r\n[\s\S]*\$5\r\nproto\r\n:3\r\n[\s\S]*\$7\r\nmodules\r\n\*0\r\n$/),
  ),
  group(
    'AUTH without a password',
    `
    AUTH
    AUTH foo
    AUTH default foo
    AUTH nobody foo
    AUTH a b c
    PING
    `,
  ),
  group(
    'AUTH with requirepass',
    `
    CONFIG SET requirepass secret
    client B: PING
    AUTH wrong
    AUTH secret
    AUTH default secret
    AUTH default wrong
    AUTH nobody secret
    unordered: CONFIG GET requirepass
    RESET
    PING
    GET k
    NOSUCH
    GET
    HELLO 2 AUTH default wrong
    `,
    ...['HELLO', 'HELLO 3', 'HELLO 2 SETNAME x'].map((line) => since74(line, HELLO_BEFORE_AUTH, 'says <proto>')),
    'ECHO x\nQUIT now',
    'client C: AUTH secret\nclient C: GET k\nclient C: CONFIG SET requirepass ""\nclient C: AUTH secret',
  ),
  group(
    'RESET',
    `
    CLIENT SETNAME me
    SELECT 3
    SET k v
    RESET
    CLIENT GETNAME
    GET k
    GET none
    CLIENT NO-EVICT on
    CLIENT REPLY ON
    RESET x
    SELECT 3
    FLUSHDB
    `,
  ),
  group(
    'CLIENT SETNAME and GETNAME',
    `
    CLIENT GETNAME
    CLIENT SETNAME foo
    CLIENT GETNAME
    CLIENT SETNAME "foo bar"
    CLIENT SETNAME "foo\\nbar"
    CLIENT SETNAME "\\xc3\\xa9"
    CLIENT SETNAME "\\x7f"
    CLIENT GETNAME
    CLIENT SETNAME ""
    CLIENT GETNAME
    CLIENT SETNAME
    CLIENT SETNAME a b
    CLIENT GETNAME x
    client setname !~
    CLIENT GETNAME
    `,
  ),
  group(
    'CLIENT ID, INFO, LIST',
    `
    shape: CLIENT ID
    CLIENT ID x
    CLIENT INFO x
    CLIENT LIST FOO
    CLIENT LIST TYPE
    CLIENT LIST TYPE foo
    CLIENT LIST TYPE normal foo
    CLIENT LIST TYPE replica
    CLIENT LIST TYPE slave
    CLIENT LIST TYPE pubsub
    CLIENT LIST ID
    CLIENT LIST ID abc
    CLIENT LIST ID 0
    CLIENT LIST ID -1
    CLIENT LIST ID 99999999
    CLIENT LIST ID 99999999 abc
    CLIENT SETNAME me
    `,
    ...['CLIENT LIST TYPE normal', 'CLIENT LIST', 'CLIENT INFO'].map((line) =>
      matching(
        line,
        /id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=\d+ name=me age=\d+ idle=[01] flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 (watch=0 )?qbuf=\d+ qbuf-free=\d+ argv-mem=\d+ multi-mem=0 rbs=\d+ rbp=\d+ obl=\d+ oll=0 omem=0 tot-mem=\d+ events=r cmd=client\|(list|info) user=default redir=-1 resp=[23]( lib-name= lib-ver=)?( tot-net-in=\d+ tot-net-out=\d+ tot-cmds=\d+)?\n/,
      ),
    ),
  ),
  group(
    'CLIENT SETINFO, NO-TOUCH',
    since74('CLIENT SETINFO lib-name graftis', '+OK\r\n', 'new in 7.2'),
    since74('CLIENT SETINFO LIB-VER 1.0', '+OK\r\n', 'new in 7.2'),
    since74('CLIENT SETINFO lib-name ""', '+OK\r\n', 'new in 7.2'),
    since74(
      'CLIENT SETINFO lib-name "a b"',
      '-ERR lib-name cannot contain spaces, newlines or special characters.\r\n',
      'new in 7.2',
    ),
    since74('CLIENT SETINFO foo bar', "-ERR Unrecognized option 'foo'\r\n", 'new in 7.2'),
    since74('CLIENT SETINFO lib-name', "-ERR wrong number of arguments for 'client|setinfo' command\r\n", 'new in 7.2'),
    since74('CLIENT NO-TOUCH on', '+OK\r\n', 'new in 7.2'),
    since74('CLIENT NO-TOUCH off', '+OK\r\n', 'new in 7.2'),
    since74('CLIENT NO-TOUCH maybe', '-ERR syntax error\r\n', 'new in 7.2'),
    since74('CLIENT NO-TOUCH', "-ERR wrong number of arguments for 'client|no-touch' command\r\n", 'new in 7.2'),
  ),
  group(
    'CLIENT REPLY',
    `
    CLIENT REPLY
    CLIENT REPLY FOO
    CLIENT REPLY ON
    noreply: CLIENT REPLY OFF
    noreply: SET k 1
    noreply: NOSUCH
    CLIENT REPLY ON
    GET k
    noreply: CLIENT REPLY SKIP
    noreply: SET k 2
    GET k
    noreply: CLIENT REPLY OFF
    noreply: CLIENT REPLY SKIP
    noreply: GET k
    CLIENT REPLY ON
    PING
    CLIENT REPLY ON x
    `,
  ),
  group(
    'CLIENT NO-EVICT, PAUSE, UNPAUSE, UNBLOCK, GETREDIR',
    `
    CLIENT NO-EVICT on
    CLIENT NO-EVICT OFF
    CLIENT NO-EVICT maybe
    CLIENT NO-EVICT
    CLIENT PAUSE
    CLIENT PAUSE abc
    CLIENT PAUSE -1
    CLIENT PAUSE 1.5
    CLIENT PAUSE 10 FOO
    CLIENT PAUSE 10 WRITE x
    CLIENT PAUSE 1
    CLIENT PAUSE 10000 WRITE
    GET k
    CLIENT UNPAUSE
    SET k v
    CLIENT UNPAUSE x
    CLIENT PAUSE 50 ALL
    client B: PING
    SET k w
    CLIENT UNBLOCK
    CLIENT UNBLOCK abc
    CLIENT UNBLOCK 99999999
    CLIENT UNBLOCK 99999999 TIMEOUT
    CLIENT UNBLOCK 99999999 ERROR
    CLIENT UNBLOCK 99999999 FOO
    CLIENT UNBLOCK 1 TIMEOUT x
    CLIENT GETREDIR
    CLIENT GETREDIR x
    CLIENT TRACKINGINFO
    CLIENT TRACKINGINFO x
    `,
    since74('CLIENT PAUSE 9223372036854775807', '-ERR timeout is out of range\r\n', 'checks for overflow'),
  ),
  group(
    'CLIENT PAUSE holds writes back',
    `
    client B: CLIENT PAUSE 60000 WRITE
    client C: GET k
    client D: blocks: SET k v
    client C: GET k
    client B: CLIENT UNPAUSE
    client D: GET k
    `,
  ),
  group(
    'CLIENT KILL',
    `
    CLIENT KILL
    CLIENT KILL 127.0.0.1:1
    CLIENT KILL foo
    CLIENT KILL ID
    CLIENT KILL ID abc
    CLIENT KILL ID 0
    CLIENT KILL ID -5
    CLIENT KILL ID 99999999
    CLIENT KILL TYPE foo
    CLIENT KILL TYPE pubsub
    CLIENT KILL TYPE replica
    CLIENT KILL ADDR 127.0.0.1:1
    CLIENT KILL LADDR 127.0.0.1:1
    CLIENT KILL USER nobody
    CLIENT KILL SKIPME
    CLIENT KILL SKIPME maybe
    CLIENT KILL ID 99999999 SKIPME no
    CLIENT KILL ID 99999999 SKIPME
    CLIENT KILL FOO bar
    CLIENT KILL ID 99999999 FOO bar
    CLIENT KILL TYPE pubsub USER default ID 1
    CLIENT KILL TYPE pubsub SKIPME yes
    `,
    since74('CLIENT KILL MAXAGE 100000', ':0\r\n', 'MAXAGE is new in 7.4'),
    since74('CLIENT KILL MAXAGE abc', '-ERR maxage is not an integer or out of range\r\n', 'MAXAGE is new in 7.4'),
    since74('CLIENT KILL MAXAGE 0', '-ERR maxage should be greater than 0\r\n', 'MAXAGE is new in 7.4'),
  ),
  group(
    'CLIENT subcommands',
    `
    CLIENT
    CLIENT FOO
    CLIENT FOO bar
    CLIENT "new\\nline"
    CLIENT HELP x
    `,
    matching(
      'CLIENT HELP',
      /^\*\d+\r\n\+CLIENT <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
  ),
  needing(
    ['MULTI', 'SUBSCRIBE'],
    group(
      'RESET leaves MULTI and subscriptions',
      `
      MULTI
      SET k v
      RESET
      GET k
      SUBSCRIBE a
      RESET
      GET k
      `,
    ),
  ),
]);
