/**
 * Publish and subscribe against the oracle. A subscriber's line reads one frame, whatever that answers: messages are
 * read by the PINGs that follow, and their own replies by later ones.
 */
import { differential, group, matching } from '../support/differential.ts';

differential('pubsub', [
  group(
    'SUBSCRIBE and PUBLISH',
    `
    PUBLISH c nobody
    client S: SUBSCRIBE c
    PUBLISH c hello
    PUBLISH c ""
    PUBLISH d x
    client S: PING 1
    client S: PING 2
    client S: PING 3
    client S: SUBSCRIBE c d
    client S: UNSUBSCRIBE c
    client S: PING 4
    client S: PING 5
    client S: PING 6
    PUBLISH c x
    PUBLISH d y
    client S: UNSUBSCRIBE none
    client S: UNSUBSCRIBE
    client S: PING 7
    client S: PING 8
    client S: PING 9
    PUBSUB CHANNELS
    PUBLISH
    PUBLISH c
    PUBLISH c m x
    SUBSCRIBE
    PSUBSCRIBE
    SSUBSCRIBE
    `,
  ),
  group(
    'patterns',
    `
    client S: PSUBSCRIBE news.*
    client S: PSUBSCRIBE n?ws.[xy]
    client S: SUBSCRIBE news.a
    client T: PSUBSCRIBE *
    PUBLISH news.a m1
    PUBLISH naws.x m2
    PUBLISH other m3
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client T: PING
    client T: PING
    client T: PING
    PUBSUB NUMPAT
    client S: PUNSUBSCRIBE news.*
    client S: PUNSUBSCRIBE news.* none
    client S: PUNSUBSCRIBE
    client S: UNSUBSCRIBE
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    PUBSUB NUMPAT
    PUBLISH news.a m4
    `,
  ),
  group(
    'shard channels',
    `
    client S: SSUBSCRIBE c
    client S: SUBSCRIBE c
    client S: SSUBSCRIBE d e
    SPUBLISH c m
    PUBLISH c m
    SPUBLISH none m
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    unordered: PUBSUB SHARDCHANNELS
    PUBSUB SHARDCHANNELS c*
    PUBSUB SHARDNUMSUB c none d
    PUBSUB SHARDNUMSUB
    PUBSUB CHANNELS
    client S: SUNSUBSCRIBE c none
    client S: PING
    client S: SUNSUBSCRIBE x
    client S: UNSUBSCRIBE
    client S: PING
    client S: PING
    client S: PING
    SPUBLISH
    SPUBLISH c
    SUNSUBSCRIBE
    SUNSUBSCRIBE x
    UNSUBSCRIBE
    PUNSUBSCRIBE x
    PING
    `,
  ),
  group(
    'PUBSUB',
    `
    client S: SUBSCRIBE a
    client S: SUBSCRIBE ab
    client S: SUBSCRIBE b
    client T: SUBSCRIBE a
    client T: PSUBSCRIBE a*
    client U: PSUBSCRIBE a*
    unordered: PUBSUB CHANNELS
    unordered: PUBSUB CHANNELS a*
    PUBSUB CHANNELS b*
    PUBSUB CHANNELS a b
    PUBSUB NUMSUB
    PUBSUB NUMSUB a ab b none a
    PUBSUB NUMPAT
    PUBSUB NUMPAT x
    PUBSUB NOSUCH
    PUBSUB
    PUBSUB SHARDCHANNELS a b
    `,
    matching(
      'PUBSUB HELP',
      /^\*\d+\r\n\+PUBSUB <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
    matching('INFO stats', /pubsub_channels:3\r\npubsub_patterns:1\r\n/),
    matching('CLIENT LIST', /flags=P db=0 sub=3 psub=0 [\s\S]*flags=P db=0 sub=1 psub=1 [\s\S]*sub=0 psub=1 /),
  ),
  group(
    'what a subscriber may do',
    `
    SET k v
    client S: SUBSCRIBE c
    client S: GET k
    client S: SET k w
    client S: PING
    client S: PING hello
    client S: PING a b
    client S: MULTI
    client S: EXEC
    client S: PUBLISH other x
    client S: NOSUCH
    client S: GET
    client S: CLIENT INFO x
    client S: CONFIG GET none
    client S: UNSUBSCRIBE c
    client S: GET k
    client S: PSUBSCRIBE c
    client S: GET k
    client S: PUNSUBSCRIBE
    client S: SSUBSCRIBE c
    client S: GET k
    client S: SUNSUBSCRIBE
    client S: GET k
    client S: SUBSCRIBE c
    client S: RESET
    client S: PING
    client S: GET k
    PUBSUB CHANNELS
    client S: SUBSCRIBE c
    client S: QUIT
    `,
  ),
  group(
    'inside of a transaction',
    `
    client S: SUBSCRIBE c
    MULTI
    PUBLISH c 1
    SET k v
    SPUBLISH c x
    PUBLISH c 2
    EXEC
    client S: PING
    client S: PING
    client S: PING
    client S: PING
    client M: MULTI
    client M: SUBSCRIBE d
    client M: UNSUBSCRIBE x
    client M: GET k
    client M: EXEC
    client M: PING
    client M: GET k
    `,
  ),
  group(
    'without replies',
    `
    client S: noreply: CLIENT REPLY OFF
    client S: SUBSCRIBE c
    client S: noreply: PING
    PUBLISH c m
    client S: noreply: PING
    client S: UNSUBSCRIBE c
    client S: CLIENT REPLY ON
    client S: PING
    client S: noreply: CLIENT REPLY SKIP
    client S: SUBSCRIBE d
    client S: PING
    `,
  ),
  group(
    'clients of the type',
    `
    client S: SUBSCRIBE c
    client T: PSUBSCRIBE c
    client U: SSUBSCRIBE c
    CLIENT KILL TYPE pubsub
    PUBSUB CHANNELS
    PUBSUB NUMPAT
    CLIENT KILL TYPE pubsub
    `,
  ),
  group(
    'COMMAND',
    `
    COMMAND INFO SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE PUBLISH SPUBLISH
    COMMAND INFO PUBSUB|CHANNELS PUBSUB|NUMSUB PUBSUB|NUMPAT PUBSUB|SHARDCHANNELS PUBSUB|SHARDNUMSUB PUBSUB|HELP
    COMMAND GETKEYS SPUBLISH c m
    `,
  ),
]);
