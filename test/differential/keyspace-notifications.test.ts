/**
 * Keyspace events as messages, against the oracle: a subscriber's lines read one frame each (see pubsub.test.ts); the
 * last line of each group shows that nothing more came.
 */
import { differential, group } from '../support/differential.ts';

/** Lines that read the frames of n messages, and the replies to these lines. */
function messages(n: number): string {
  return Array.from({ length: 2 * n + 1 }, (_, i) => `client S: PING ${i}`)
    .slice(0, n + 1)
    .join('\n');
}

differential('keyspace notifications', [
  group(
    'both ways, of all classes',
    `
    CONFIG SET notify-keyspace-events KEA
    client S: PSUBSCRIBE __key*__:*
    SET k v
    EXPIRE k 1000
    APPEND k x
    LPUSH l a b
    LPOP l 2
    SADD s a
    SREM s a
    HSET h f v
    HDEL h f
    ZADD z 1 a
    ZREM z a
    RENAME k k2
    DEL k2
    SELECT 3
    SET k v PX 1
    DEBUG SLEEP 0.01
    GET k
    GET k
    ${messages(40)}
    CONFIG SET notify-keyspace-events ""
    `,
  ),
  group(
    'classes are chosen',
    `
    CONFIG SET notify-keyspace-events Kl
    client S: PSUBSCRIBE *
    SET k v
    LPUSH l a
    DEL l
    CONFIG SET notify-keyspace-events Eg
    LPUSH l a
    DEL l
    CONFIG SET notify-keyspace-events g
    SET k v
    DEL k
    CONFIG SET notify-keyspace-events KE
    SET k v
    DEL k
    CONFIG SET notify-keyspace-events Em
    GET k
    SET k v
    CONFIG SET notify-keyspace-events Kx
    PEXPIRE k 1
    DEBUG SLEEP 0.01
    GET k
    CONFIG SET notify-keyspace-events En
    SET new v
    SET new v
    INCR newer
    CONFIG SET notify-keyspace-events ""
    SET k v
    PUBLISH end x
    ${messages(8)}
    CONFIG GET notify-keyspace-events
    `,
  ),
  group(
    'to single channels',
    `
    CONFIG SET notify-keyspace-events KEA
    client S: SUBSCRIBE __keyspace@0__:k
    client S: SUBSCRIBE __keyevent@0__:del
    SET k v
    SET j v
    DEL j
    MULTI
    SET k w
    DEL k
    EXEC
    PUBLISH __keyspace@0__:k forged
    ${messages(6)}
    CONFIG SET notify-keyspace-events ""
    `,
  ),
  group(
    'RENAME, MOVE, COPY, FLUSHALL, SWAPDB',
    `
    CONFIG SET notify-keyspace-events EA
    client S: PSUBSCRIBE *
    SET a 1
    RENAME a b
    MOVE b 1
    SET c 1
    COPY c d
    FLUSHALL
    SWAPDB 0 1
    PUBLISH end x
    ${messages(9)}
    CONFIG SET notify-keyspace-events ""
    `,
  ),
]);
