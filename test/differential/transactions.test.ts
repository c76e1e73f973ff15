/** MULTI, EXEC, DISCARD, WATCH, UNWATCH against the oracle. */
import { differential, group, matching, needing } from '../support/differential.ts';

differential('transactions', [
  group(
    'MULTI and EXEC',
    `
    MULTI
    SET k v
    GET k
    INCR k
    LPUSH l a b
    EXEC
    GET k
    LRANGE l 0 -1
    MULTI
    EXEC
    MULTI
    SELECT 1
    SET k other
    EXEC
    GET k
    SELECT 0
    GET k
    `,
  ),
  group(
    'wrong states',
    `
    EXEC
    DISCARD
    EXEC x
    EXEC
    MULTI x
    MULTI
    MULTI
    WATCH k
    SET k v
    EXEC
    MULTI
    EXEC x
    EXEC
    MULTI
    DISCARD x
    EXEC
    MULTI
    DISCARD
    EXEC
    UNWATCH x
    WATCH
    MULTI
    WATCH
    EXEC
    GET k
    `,
  ),
  group(
    'errors when queued abort',
    `
    MULTI
    SET k v
    NOSUCH a b
    SET k w
    EXEC
    GET k
    MULTI
    GET
    EXEC
    MULTI
    CONFIG NOSUCH
    CLIENT
    PING
    EXEC
    MULTI
    GET
    DISCARD
    MULTI
    SET k v
    EXEC
    GET k
    MULTI
    SET k
    CLIENT INFO x
    RESET
    EXEC
    `,
  ),
  group(
    'errors when run do not',
    `
    SET s v
    MULTI
    LPUSH s a
    INCR s
    SELECT 99
    EXPIRE s x
    SET s w
    EXEC
    GET s
    `,
  ),
  group(
    'blocking commands give the reply of their timeout',
    `
    MULTI
    BLPOP l 0
    BRPOP l m 10
    BLMOVE l m LEFT RIGHT 0
    BRPOPLPUSH l m 0
    BLMPOP 0 1 l LEFT
    BZPOPMIN z 0
    BZMPOP 0 1 z MIN
    RPUSH l a
    BLPOP l 0
    EXEC
    BLPOP l x
    `,
  ),
  group(
    'blocked clients are served after EXEC',
    `
    client B: blocks: BLPOP l 0
    client C: blocks: BLPOP l 0
    MULTI
    RPUSH l a
    RPUSH l b c
    LPOP l
    LLEN l
    EXEC
    client B: GET x
    client C: GET x
    LRANGE l 0 -1
    client B: blocks: BLPOP l 0
    MULTI
    RPUSH l a
    DEL l
    RPUSH m a
    EXEC
    RPUSH l last
    client B: PING
    `,
  ),
  group(
    'WATCH',
    `
    SET k 1
    WATCH k
    MULTI
    GET k
    EXEC
    WATCH k k other
    client B: SET k 2
    MULTI
    GET k
    EXEC
    MULTI
    GET k
    EXEC
    WATCH k
    client B: GET k
    client B: DEL none
    client B: SET j 1
    MULTI
    PING
    EXEC
    WATCH none
    client B: SET none x
    UNWATCH
    MULTI
    PING
    EXEC
    WATCH k
    SET k mine
    MULTI
    PING
    EXEC
    WATCH k
    client B: SET k 3
    WATCH k
    DISCARD
    MULTI
    DISCARD
    MULTI
    PING
    EXEC
    WATCH k
    client B: EXPIRE k 1000
    MULTI
    PING
    EXEC
    WATCH k
    client B: RENAME k k2
    MULTI
    PING
    EXEC
    WATCH k
    client B: RENAME k2 k
    MULTI
    PING
    EXEC
    WATCH l
    client B: LPUSH l a
    client B: DEL l
    MULTI
    PING
    EXEC
    WATCH k
    client B: SET k 4
    MULTI
    NOSUCH
    EXEC
    WATCH k
    client B: SET k 5
    RESET
    MULTI
    PING
    EXEC
    `,
  ),
  group(
    'WATCH is for keys of a database',
    `
    SELECT 1
    WATCH k
    SELECT 0
    client B: SET k 1
    MULTI
    PING
    EXEC
    SELECT 1
    WATCH k
    SELECT 0
    client B: SELECT 1
    client B: SET k 1
    MULTI
    PING
    EXEC
    client B: SELECT 0
    `,
  ),
  group(
    'WATCH and whole databases',
    `
    WATCH k
    client B: FLUSHALL
    MULTI
    PING
    EXEC
    SET k 1
    WATCH k
    client B: FLUSHALL
    MULTI
    PING
    EXEC
    SET k 1
    WATCH k
    client B: FLUSHDB
    MULTI
    PING
    EXEC
    SET k 1
    WATCH k
    client B: SELECT 1
    client B: FLUSHDB
    MULTI
    PING
    EXEC
    WATCH k
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    GET k
    WATCH k
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH none
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH k
    client B: SWAPDB 2 3
    client B: SWAPDB 0 0
    MULTI
    PING
    EXEC
    client B: SELECT 0
    `,
  ),
  group(
    'WATCH and expired keys',
    `
    SET k v PX 20
    WATCH k
    client B: DEBUG SLEEP 0.03
    MULTI
    PING
    EXEC
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 20
    DEBUG SLEEP 0.03
    WATCH k
    MULTI
    PING
    EXEC
    SET k v PX 20
    DEBUG SLEEP 0.03
    WATCH k
    client B: GET k
    MULTI
    PING
    EXEC
    SET k v PX 20
    DEBUG SLEEP 0.03
    WATCH k
    client B: SET k again
    MULTI
    PING
    EXEC
    SET k v PX 20
    DEBUG SLEEP 0.03
    WATCH k
    client B: FLUSHALL
    MULTI
    PING
    EXEC
    SET k v PX 20
    DEBUG SLEEP 0.03
    WATCH k
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    WATCH k
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    client B: FLUSHALL
    SET k v PX 20
    DEBUG SLEEP 0.03
    client B: SELECT 1
    client B: SET k v
    WATCH k
    client B: SWAPDB 0 1
    MULTI
    PING
    EXEC
    client B: SELECT 0
    SET k v PX 20
    WATCH k
    client B: DEBUG SLEEP 0.03
    client B: GET k
    MULTI
    PING
    EXEC
    DEBUG SET-ACTIVE-EXPIRE 1
    `,
  ),
  group(
    'time stands still',
    `
    SET k v PX 30
    MULTI
    DEBUG SLEEP 0.05
    GET k
    EXEC
    GET k
    `,
  ),
  group(
    'without memory',
    `
    SET k v
    MULTI
    SET k w
    client B: CONFIG SET maxmemory 1
    EXEC
    MULTI
    GET k
    EXEC
    MULTI
    client B: CONFIG SET maxmemory 0
    GET k
    EXEC
    MULTI
    PING
    client B: CONFIG SET maxmemory 1
    SET k w
    client B: CONFIG SET maxmemory 0
    EXEC
    MULTI
    GET k
    client B: CONFIG SET maxmemory 1
    EXEC
    client B: CONFIG SET maxmemory 0
    GET k
    `,
  ),
  group(
    'without a password',
    `
    client B: PING
    client C: PING
    CONFIG SET requirepass secret
    client B: MULTI
    client B: GET k
    client B: EXEC
    client C: MULTI
    client C: AUTH secret
    client C: EXEC
    client C: DISCARD
    client C: AUTH wrong
    client C: AUTH secret
    client C: MULTI
    client C: AUTH wrong
    client C: EXEC
    CONFIG SET requirepass ""
    `,
  ),
  group(
    'a pause holds EXEC up that writes',
    `
    MULTI
    SET k v
    client B: MULTI
    client B: GET k
    client C: CLIENT PAUSE 100000 WRITE
    client B: EXEC
    blocks: EXEC
    client C: CLIENT UNPAUSE
    client B: GET other
    GET k
    `,
  ),
  group(
    'commands for the connection',
    `
    MULTI
    CLIENT REPLY ON
    PING
    EXEC
    PING
    SET k v
    MULTI
    TOUCH k
    GET k
    EXEC
    QUIT
    `,
  ),
  group(
    'what CLIENT and INFO tell',
    'SET watched 1',
    matching('CLIENT INFO', /flags=N .* multi=-1 .*multi-mem=0 /),
    'WATCH watched other watched',
    matching('INFO clients', /connected_clients/),
    matching('CLIENT INFO', /flags=N .* multi=-1 .*multi-mem=0 /),
    'MULTI',
    matching('CLIENT ID', /QUEUED/),
    matching('client B: CLIENT LIST', /flags=x db=0 sub=0 psub=0 (ssub=0 )?multi=1 .*multi-mem=24 /),
    'SET abc 12345',
    matching('client B: CLIENT LIST', /flags=x db=0 sub=0 psub=0 (ssub=0 )?multi=2 .*multi-mem=59 /),
    'client B: SET watched 2',
    matching('client B: CLIENT LIST', /flags=xd db=0 /),
    'EXEC',
    matching('CLIENT INFO', /flags=N .* multi=-1 .*multi-mem=0 /),
  ),
  group(
    'COMMAND',
    `
    COMMAND INFO MULTI EXEC DISCARD WATCH UNWATCH
    COMMAND GETKEYS WATCH a b
    MULTI
    COMMAND COUNT x
    EXEC
    `,
  ),
  needing(
    ['SUBSCRIBE'],
    group(
      'pushes inside of a transaction',
      `
    client B: SUBSCRIBE c
    MULTI
    PUBLISH c x
    SET k v
    EXEC
    `,
    ),
  ),
]);
