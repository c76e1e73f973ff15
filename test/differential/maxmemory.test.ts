/** `maxmemory`: what is refused, what is evicted, and who is told. */
import { differential, group, matching } from '../support/differential.ts';

differential('maxmemory', [
  group(
    'noeviction refuses what needs memory',
    `
    SET k v
    RPUSH l a b
    CONFIG SET maxmemory 1
    SET a b
    SETRANGE k 0 w
    INCR n
    LPUSH l c
    SADD s m
    HSET h f v
    ZADD z 1 m
    XADD x * f v
    PFADD p e
    COPY k c
    RESTORE c 0 garbage
    SET
    GET k
    LPOP l
    SREM s m
    EXPIRE k 1000
    PERSIST k
    RENAME k kk
    DEL kk
    UNLINK nothing
    TYPE l
    FLUSHALL
    SET a b
    CONFIG SET maxmemory 0
    SET a b
    `,
  ),
  group(
    'units of the limit',
    `
    CONFIG SET maxmemory 100k
    CONFIG GET maxmemory
    CONFIG SET maxmemory 100kb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 3G
    CONFIG GET maxmemory
    CONFIG SET maxmemory 5%
    CONFIG SET maxmemory -1
    CONFIG SET maxmemory 1x
    CONFIG SET maxmemory-policy allkeys-ttl
    CONFIG SET maxmemory-policy ALLKEYS-LRU
    CONFIG GET maxmemory-policy
    CONFIG SET maxmemory-eviction-tenacity 101
    CONFIG SET maxmemory-eviction-tenacity -1
    CONFIG SET maxmemory 0 maxmemory-policy noeviction
    `,
  ),
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random'].map((policy) =>
    group(
      `${policy} evicts everything, and then refuses`,
      `
      CONFIG SET maxmemory-policy ${policy}
      MSET a 1 b 2 c 3
      SETEX d 1000 4
      SADD s m
      CONFIG SET maxmemory 1
      PING
      DBSIZE
      SET a b
      CONFIG SET maxmemory 0
      SET a b
      CONFIG SET maxmemory-policy noeviction
      `,
    ),
  ),
  ...['volatile-lru', 'volatile-lfu', 'volatile-ttl', 'volatile-random'].map((policy) =>
    group(
      `${policy} evicts keys that expire`,
      `
      CONFIG SET maxmemory-policy ${policy}
      MSET a 1 b 2
      SETEX c 1000 3
      SETEX d 1000 4
      SELECT 3
      SETEX e 1000 3
      SET f 1
      CONFIG SET maxmemory 1
      PING
      EXISTS e f
      SELECT 0
      EXISTS a b c d
      TTL a
      APPEND a more
      GET a
      CONFIG SET maxmemory 0
      APPEND a more
      CONFIG SET maxmemory-policy noeviction
      `,
    ),
  ),
  group(
    'an evicted key is told of as evicted',
    `
    CONFIG SET notify-keyspace-events KEA
    client S: SUBSCRIBE __keyevent@0__:evicted
    client T: PSUBSCRIBE __keyspace@0__:*
    SET k v
    CONFIG SET maxmemory-policy allkeys-lru maxmemory 1
    PING
    CONFIG SET maxmemory 0 maxmemory-policy noeviction
    client S: PING
    client S: PING
    client T: PING
    client T: PING
    client T: PING
    CONFIG SET notify-keyspace-events ''
    `,
  ),
  group(
    'an evicted key is another for who watches it',
    `
    SET k v
    WATCH k
    client B: CONFIG SET maxmemory-policy allkeys-random maxmemory 1
    client B: PING
    client B: CONFIG SET maxmemory 0 maxmemory-policy noeviction
    MULTI
    PING
    EXEC
    SET k v
    WATCH k
    MULTI
    PING
    EXEC
    `,
  ),
  group(
    'what a transaction sets is evicted after it',
    `
    CONFIG SET maxmemory-policy allkeys-lru
    MULTI
    INCR x
    CONFIG SET maxmemory 1
    INCR x
    EXEC
    PING
    EXISTS x
    MULTI
    PING
    CONFIG SET maxmemory 0
    EXEC
    CONFIG SET maxmemory-policy noeviction
    `,
  ),
  group(
    'transactions without memory',
    `
    SET k v
    MULTI
    GET k
    client B: CONFIG SET maxmemory 1
    EXEC
    MULTI
    client B: CONFIG SET maxmemory 0
    SET k w
    client B: CONFIG SET maxmemory 1
    EXEC
    MULTI
    DISCARD
    WATCH k
    UNWATCH
    client B: CONFIG SET maxmemory 0
    GET k
    `,
  ),
  group(
    'access times and frequencies',
    `
    CONFIG SET maxmemory-policy allkeys-lfu
    SET k v
    OBJECT FREQ k
    OBJECT IDLETIME k
    GET k
    OBJECT FREQ k
    SET k w
    TOUCH k
    EXISTS k
    SET n 1
    OBJECT REFCOUNT n
    CONFIG SET maxmemory 100mb
    SET n 1
    OBJECT REFCOUNT n
    CONFIG SET maxmemory-policy volatile-lru
    SET k v
    OBJECT IDLETIME k
    OBJECT FREQ k
    SET n 1
    OBJECT REFCOUNT n
    CONFIG SET maxmemory-policy allkeys-random
    SET n 1
    OBJECT REFCOUNT n
    OBJECT IDLETIME k
    CONFIG SET maxmemory 0 maxmemory-policy noeviction
    `,
    matching('INFO memory', /mem_not_counted_for_evict:0\r\n/),
  ),
]);
