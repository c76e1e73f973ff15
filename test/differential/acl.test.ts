/** Users and what they may do: ACL, and commands of restricted users. Texts that 7.2 changed are given. */
import { differential, group, matching, since74 } from '../support/differential.ts';

const NAMED = 'names the user';

function error(text: string): string {
  return `-${text}\r\n`;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function noCommand(line: string, user: string, command: string) {
  return since74(line, error(`NOPERM User ${user} has no permissions to run the '${command}' command`), NAMED);
}

function noKey(line: string) {
  return since74(line, error('NOPERM No permissions to access a key'), 'is shorter');
}

function noChannel(line: string) {
  return since74(line, error('NOPERM No permissions to access a channel'), 'is shorter');
}

function dryCommand(line: string, user: string, command: string) {
  const text = bulk(`User ${user} has no permissions to run the '${command}' command`);
  return since74(`ACL DRYRUN ${user} ${line}`, text, NAMED);
}

function dryName(line: string, user: string, name: string, what: 'key' | 'channel') {
  const text = bulk(`User ${user} has no permissions to access the '${name}' ${what}`);
  return since74(`ACL DRYRUN ${user} ${line}`, text, NAMED);
}

function welcomed(line: string) {
  return matching(line, /^(\*14|%7)\r\n\$6\r\nserver/);
}

const FORGET = 'ACL DELUSER u v w';
const HASH = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8';

differential('acl', [
  group(
    'rules of users',
    `
    ACL SETUSER u reset
    ACL GETUSER u
    ACL SETUSER u on nopass
    ACL GETUSER u
    ACL SETUSER u >password >other #${HASH}
    ACL GETUSER u
    ACL SETUSER u <other
    ACL SETUSER u <other
    ACL SETUSER u !${HASH}
    ACL SETUSER u !${HASH}
    ACL SETUSER u #1234
    ACL SETUSER u !${HASH.toUpperCase()}
    ACL GETUSER u
    ACL SETUSER u nopass skip-sanitize-payload
    ACL GETUSER u
    ACL SETUSER u resetpass OFF sanitize-payload
    ACL GETUSER u
    ACL SETUSER u "" on ""
    ACL SETUSER u nosuchrule
    ACL SETUSER u @read
    ACL SETUSER "a b" on
    ACL SETUSER "a\\x00b" on
    ACL GETUSER nobody
    ACL USERS
    ACL SETUSER
    ACL GETUSER
    ACL GETUSER u v
    ACL DELUSER u nobody
    ACL DELUSER u default
    ACL DELUSER
    ACL USERS
    `,
  ),
  group(
    'rules of keys and channels',
    `
    ACL SETUSER u reset ~a* ~b* ~a* %R~r* %W~w* %rw~x* %wr~y*
    ACL GETUSER u
    ACL SETUSER u %W~r* %R~a*
    ACL GETUSER u
    ACL SETUSER u %~a
    ACL SETUSER u %
    ACL SETUSER u %X~a
    ACL SETUSER u %RR~a
    ACL SETUSER u "~a b"
    ACL SETUSER u "~a\\x00b"
    ACL SETUSER u %R
    ACL GETUSER u
    ACL SETUSER u allkeys
    ACL SETUSER u ~a
    ACL SETUSER u %R~*
    ACL SETUSER u ~* allkeys
    ACL GETUSER u
    ACL SETUSER u resetkeys ~a
    ACL SETUSER u &news:* &sport &sport
    ACL GETUSER u
    ACL SETUSER u "&a b"
    ACL SETUSER u &*
    ACL SETUSER u &a
    ACL GETUSER u
    ACL SETUSER u resetchannels &a
    ACL GETUSER u
    ACL SETUSER u reset &b
    ACL GETUSER u
    ${FORGET}
    `,
  ),
  group(
    'rules of commands',
    `
    ACL SETUSER u reset +get +SET
    ACL SETUSER u -set
    ACL SETUSER u +nosuch
    ACL SETUSER u -nosuch
    ACL SETUSER u +
    ACL SETUSER u -
    ACL SETUSER u +@
    ACL SETUSER u +@nosuch
    ACL SETUSER u -@nosuch
    ACL SETUSER u +config|nosuch
    ACL SETUSER u -config|nosuch
    ACL SETUSER u +config|
    ACL SETUSER u +config|get|x
    ACL SETUSER u +select|
    ACL SETUSER u -select|0
    ACL SETUSER u +|
    ACL SETUSER u +|get
    ACL SETUSER u +select|0|1
    ACL SETUSER u +nosuch|0
    ACL SETUSER u allcommands
    ACL GETUSER u
    ACL SETUSER u NoCommands
    ACL GETUSER u
    ACL SETUSER u +select|0 +select|1
    ACL GETUSER u
    ACL SETUSER u +@all
    ACL SETUSER u -get
    ACL GETUSER u
    ${FORGET}
    `,
  ),
  group(
    'selectors',
    `
    ACL SETUSER u reset +get ~a "(+set ~b &c)" (+del ~d)
    ACL SETUSER u (+exists ~e %R~f )
    ACL GETUSER u
    ACL SETUSER u (
    ACL SETUSER u (+get foo
    ACL SETUSER u on (nosuch)
    ACL SETUSER u ((+get))
    ACL SETUSER u (+get (~a))
    ACL SETUSER u (on)
    ACL SETUSER u (>x)
    ACL SETUSER u (clearselectors)
    ACL SETUSER u )
    ACL SETUSER u ()
    ACL SETUSER u ( )
    ACL SETUSER u "(~* ~a)"
    ACL SETUSER u "(&* &a)"
    ACL GETUSER u
    ACL SETUSER u clearselectors
    ACL GETUSER u
    ${FORGET}
    `,
  ),
  group(
    'all rules or none',
    `
    ACL SETUSER u reset on >a ~a +get
    ACL GETUSER u
    ACL SETUSER u ~b >b off nosuch
    ACL SETUSER u -@all ~c +nosuch
    ACL SETUSER u resetpass ~d (~e
    ACL SETUSER v on nopass nosuch
    ACL GETUSER u
    ACL GETUSER v
    ACL USERS
    ${FORGET}
    `,
  ),
  group(
    'what is allowed',
    'ACL SETUSER u reset on nopass +@read +set -mget +config|get +client|id ~k* %R~r* %W~w*',
    'client B: AUTH u x',
    'client B: GET k1',
    'client B: SET k1 v',
    'client B: GET r1',
    noKey('client B: GET w1'),
    noKey('client B: SET r1 v'),
    'client B: SET w1 v',
    noKey('client B: SET w1 v GET'),
    noKey('client B: EXISTS k1 k2 other'),
    'client B: EXISTS k1 r2',
    noCommand('client B: MGET k1', 'u', 'mget'),
    noCommand('client B: DEL k1', 'u', 'del'),
    noCommand('client B: CONFIG SET timeout 0', 'u', 'config|set'),
    'client B: CONFIG GET timeout',
    'client B: client id extra',
    'client B: NOSUCH',
    'client B: CONFIG NOSUCH',
    'client B: GET',
    noCommand('client B: ACL WHOAMI', 'u', 'acl|whoami'),
    'client B: AUTH default x',
    'client B: ACL WHOAMI',
    'client B: AUTH u x',
    'client B: RESET',
    'client B: ACL WHOAMI',
    FORGET,
  ),
  group(
    'first arguments',
    'ACL SETUSER u reset on nopass +select|0 +select|1',
    'client B: AUTH u x',
    'client B: SELECT 0',
    'client B: SELECT 1',
    noCommand('client B: SELECT 2', 'u', 'select'),
    'client B: SELECT',
    'ACL SETUSER u +select',
    'client B: SELECT 2',
    FORGET,
  ),
  group(
    'dry runs',
    `
    ACL SETUSER u reset +get +set +copy +zunionstore +sort +xread +config|get +publish +subscribe +psubscribe ~k* %R~r* %W~w* &c* &p?
    ACL DRYRUN u GET k
    ACL DRYRUN u get r
    ACL DRYRUN u SET k v
    ACL DRYRUN u COPY r w
    ACL DRYRUN u ZUNIONSTORE w 2 r k
    ACL DRYRUN u ZUNIONSTORE w 5 r x
    ACL DRYRUN u SORT r STORE w
    ACL DRYRUN u XREAD STREAMS r k 0 0
    ACL DRYRUN u XREAD COUNT x STREAMS
    ACL DRYRUN u CONFIG GET x
    ACL DRYRUN u PUBLISH chan x
    ACL DRYRUN u SUBSCRIBE c1 c2
    ACL DRYRUN u PSUBSCRIBE c*
    ACL DRYRUN u PSUBSCRIBE p? c*
    ACL DRYRUN nobody GET k
    ACL DRYRUN u NOSUCH k
    ACL DRYRUN u CONFIG NOSUCH
    ACL DRYRUN u CONFIG
    ACL DRYRUN u GET
    ACL DRYRUN u
    ACL DRYRUN default FLUSHALL
    `,
    dryCommand('CONFIG SET a b', 'u', 'config|set'),
    dryCommand('DEL k', 'u', 'del'),
    dryName('GET w', 'u', 'w', 'key'),
    dryName('SET r v', 'u', 'r', 'key'),
    dryName('SET w v GET', 'u', 'w', 'key'),
    dryName('COPY w k', 'u', 'w', 'key'),
    dryName('COPY k r', 'u', 'r', 'key'),
    dryName('ZUNIONSTORE w 2 r x', 'u', 'x', 'key'),
    dryName('SORT r STORE r', 'u', 'r', 'key'),
    dryName('XREAD STREAMS r x 0 0', 'u', 'x', 'key'),
    dryName('PUBLISH x y', 'u', 'x', 'channel'),
    dryName('SUBSCRIBE c x', 'u', 'x', 'channel'),
    dryName('PSUBSCRIBE c1', 'u', 'c1', 'channel'),
    'ACL SETUSER v reset +unsubscribe +punsubscribe +ping +echo',
    'ACL DRYRUN v UNSUBSCRIBE any',
    'ACL DRYRUN v PUNSUBSCRIBE any',
    'ACL DRYRUN v AUTH x',
    'ACL DRYRUN v HELLO 3',
    'ACL DRYRUN v QUIT',
    'ACL DRYRUN v RESET',
    FORGET,
  ),
  group(
    'several selectors: the furthest one is told of',
    'ACL SETUSER u reset +get ~a "(+set ~b)" "(+get ~c)" "(+mset ~d %R~e)"',
    'ACL DRYRUN u GET a',
    'ACL DRYRUN u GET c',
    'ACL DRYRUN u SET b v',
    dryName('GET b', 'u', 'b', 'key'),
    dryName('MSET d 1 d 2 e 3', 'u', 'e', 'key'),
    dryCommand('DEL a', 'u', 'del'),
    'ACL SETUSER v reset allkeys +@all (+get ~a)',
    'ACL DRYRUN v MSET x 1 y 2',
    'ACL SETUSER w reset (allkeys allchannels +@all)',
    'ACL DRYRUN w FLUSHALL',
    FORGET,
  ),
  group(
    'categories and order of rules',
    `
    ACL SETUSER u reset +@all -@dangerous +info -@admin +config|get
    ACL DRYRUN u INFO
    ACL DRYRUN u CONFIG GET x
    ACL SETUSER u allkeys
    ACL DRYRUN u GET k
    ACL SETUSER v reset allkeys +@string -get +@fast
    ACL DRYRUN v GET k
    ACL SETUSER v -@string +@string -@fast
    `,
    dryCommand('FLUSHALL', 'u', 'flushall'),
    dryCommand('CONFIG SET a b', 'u', 'config|set'),
    dryCommand('GET k', 'v', 'get'),
    dryCommand('APPEND k v', 'v', 'append'),
    FORGET,
  ),
  group(
    'SORT with patterns',
    `
    RPUSH key 2 1
    ACL SETUSER u reset on nopass +sort +sort_ro ~key
    client B: AUTH u x
    client B: SORT key
    client B: SORT key BY nosort
    client B: SORT key BY w_* ALPHA
    client B: SORT key GET #
    client B: SORT key GET w_*
    client B: SORT_RO key BY w_*
    client B: SORT key LIMIT x y GET #
    ACL SETUSER u %R~*
    client B: SORT key BY w_* GET # GET w_*
    ACL SETUSER u resetkeys ~key %W~*
    client B: SORT key BY w_*
    ACL SETUSER u resetkeys ~key (+sort %R~* %W~key)
    client B: SORT key BY w_*
    client B: SORT_RO key BY w_*
    `,
    FORGET,
  ),
  group(
    'channels',
    'ACL SETUSER u reset on nopass +@all ~* &news:* &p[a-c]',
    'client B: AUTH u x',
    'client B: PUBLISH news:1 x',
    noChannel('client B: PUBLISH other x'),
    noChannel('client B: SPUBLISH other x'),
    noChannel('client B: SUBSCRIBE news:1 other'),
    noChannel('client B: PSUBSCRIBE news:1'),
    'client B: PSUBSCRIBE p[a-c]',
    'client B: SUBSCRIBE news:2 pb',
    'client B: SSUBSCRIBE news:3',
    'client B: UNSUBSCRIBE other',
    'client B: QUIT',
    FORGET,
  ),
  group(
    'rules that change inside of a transaction',
    'ACL SETUSER u reset on nopass +multi +exec +discard +get +set ~k &c +publish',
    'client B: AUTH u x',
    'client B: MULTI',
    'client B: SET k v',
    'client B: PUBLISH c x',
    'client B: GET k',
    'ACL SETUSER u -set resetchannels',
    'client B: EXEC',
    'client B: MULTI',
    noKey('client B: GET other'),
    'client B: GET k',
    'client B: EXEC',
    'client B: MULTI',
    'client B: GET k',
    'ACL SETUSER u resetkeys',
    'client B: EXEC',
    'client B: MULTI',
    'client B: AUTH default x',
    noCommand('client B: DEL k', 'u', 'del'),
    'ACL SETUSER u ~k',
    'client B: EXEC',
    FORGET,
  ),
  group(
    'deleted users',
    `
    ACL SETUSER u reset on nopass +@all ~* &*
    client B: AUTH u x
    client C: AUTH u x
    client C: SUBSCRIBE a
    ACL DELUSER u
    client B: PING
    ACL SETUSER v reset on nopass +@all ~* &*
    client D: AUTH v x
    client D: ACL DELUSER v
    client D: PING
    `,
    FORGET,
  ),
  group(
    'subscribers whose channels are forbidden',
    `
    ACL SETUSER u reset on nopass +@all ~* &a* &b
    client B: AUTH u x
    client B: SUBSCRIBE a1
    client C: AUTH u x
    client C: PSUBSCRIBE a*
    client D: AUTH u x
    client D: SSUBSCRIBE b
    client E: AUTH u x
    ACL SETUSER u &c
    PUBLISH a1 x
    ACL SETUSER u resetchannels &a*
    PUBLISH a1 x
    SPUBLISH b x
    ACL SETUSER u resetchannels &a1
    PUBLISH a1 x
    ACL SETUSER u resetchannels &*
    PUBLISH a1 x
    ACL SETUSER u resetchannels
    PUBLISH a1 x
    client E: PING
    `,
    FORGET,
  ),
  group(
    'logging in',
    `
    ACL SETUSER u reset on >one >two
    AUTH u one
    AUTH u two
    AUTH u three
    AUTH nobody one
    client A: ACL SETUSER u off
    AUTH u one
    `,
    noCommand('PING', 'u', 'ping'),
    `
    AUTH default any
    HELLO 2 AUTH u one
    HELLO 2 AUTH default x AUTH u one
    client A: ACL SETUSER u on
    `,
    welcomed('HELLO 3 AUTH u two'),
    welcomed('HELLO 2'),
    `
    RESET
    CLIENT KILL USER nobody
    ACL SETUSER u +client
    client B: AUTH u one
    CLIENT KILL USER u
    client B: PING
    `,
    FORGET,
  ),
  group(
    'ACL',
    `
    ACL
    ACL NOSUCH
    ACL WHOAMI
    ACL WHOAMI x
    ACL CAT
    unordered: ACL CAT geo
    unordered: ACL CAT HyperLogLog
    ACL CAT nosuch
    ACL CAT a b
    shape: ACL GENPASS
    shape: ACL GENPASS 5
    ACL GENPASS 0
    ACL GENPASS -1
    ACL GENPASS 4097
    ACL GENPASS x
    ACL GENPASS 1 2
    ACL LOAD
    ACL SAVE
    ACL LOG RESET
    ACL LOG
    ACL LOG -1
    ACL LOG x
    ACL LOG 1 2
    `,
    matching('ACL HELP', /^\*2[79]\r\n\+ACL <subcommand>/),
    since74('ACL LIST', `*1\r\n${bulk('user default on nopass sanitize-payload ~* &* +@all')}`, 'tells of sanitizing'),
  ),
  group(
    'by default new users may use no channels',
    `
    CONFIG SET acl-pubsub-default allchannels
    ACL SETUSER u reset
    ACL GETUSER u
    ACL SETUSER u (+get)
    ACL GETUSER u
    CONFIG SET acl-pubsub-default resetchannels
    ACL SETUSER v reset (+get)
    ACL GETUSER v
    CONFIG SET acl-pubsub-default nosuch
    `,
    FORGET,
  ),
  group(
    'the default user',
    `
    ACL SETUSER default >secret
    client B: PING
    client B: AUTH wrong
    client B: AUTH secret
    client B: PING
    CONFIG SET requirepass other
    client C: AUTH secret
    client C: AUTH other
    ACL SETUSER default off
    client D: AUTH default other
    client D: PING
    ACL SETUSER default on nopass
    client E: PING
    client E: AUTH any
    CONFIG GET requirepass
    CONFIG SET requirepass ""
    ACL SETUSER default reset on nopass +@all ~* &*
    client E: PING
    `,
  ),
]);
