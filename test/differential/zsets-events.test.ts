/** The keyspace events of commands for sorted sets and places, in their order, as a module in both servers hears them. */
import { join } from 'node:path';
import { compilerAvailable } from '../support/availability.ts';
import { differential, type Group, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

/** After each line the events it caused. */
function told(name: string, lines: string): Group {
  const texts = lines.split('\n').filter((line) => line.trim() !== '');
  return group(name, 'EV.NOTES', ...texts.flatMap((line) => [line, 'EV.NOTES']));
}

if (compilerAvailable()) {
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'events.c'), temporaryFolder());
  differential(
    'sorted sets: events',
    [
      told(
        'of commands that do not block',
        `
        ZADD k 1 a 2 b 3 c
        ZADD k 1 a
        ZADD k 5 a
        ZADD k NX 6 a
        ZADD k XX 6 none
        ZADD none XX 1 a
        ZADD k INCR 1 a
        ZADD k NX INCR 1 a
        ZADD k GT INCR -1 a
        ZINCRBY k 2 b
        ZINCRBY k 0 b
        ZINCRBY fresh 1 a
        ZREM k none
        ZREM k a
        ZREM fresh a
        ZREM none a
        ZADD k 1 a 2 b 3 c 4 d 5 e
        ZREMRANGEBYRANK k 0 0
        ZREMRANGEBYRANK k 100 200
        ZREMRANGEBYSCORE k 2 2
        ZREMRANGEBYLEX k - [c
        ZREMRANGEBYSCORE k -inf inf
        ZADD k 1 a 2 b 3 c
        ZPOPMIN k
        ZPOPMAX k 1
        ZPOPMIN k 0
        ZPOPMIN k 5
        ZPOPMIN k 5
        ZADD k 1 a 2 b 3 c
        ZMPOP 2 none k MIN
        ZMPOP 2 none k MAX COUNT 5
        ZMPOP 2 none k MAX COUNT 5
        ZADD a 1 x 2 y
        ZADD b 1 y 2 z
        ZUNIONSTORE t 2 a b
        ZUNIONSTORE t 2 a b
        ZINTERSTORE t 2 a b
        ZDIFFSTORE t 2 a b
        ZDIFFSTORE t 2 a a
        ZDIFFSTORE t 2 a a
        ZINTERSTORE t 2 a none
        ZRANGESTORE t a 0 -1
        ZRANGESTORE t a 5 1
        ZRANGESTORE t none 0 -1
        SET t v
        ZRANGESTORE t a 0 -1
        PEXPIREAT a 1
        ZADD a 1 m
        PEXPIREAT a 1
        ZUNIONSTORE t 1 a
        ZCARD none
        ZSCORE none m
        ZRANGE none 0 -1
        ZUNION 1 none
        `,
      ),
      told(
        'of commands that block',
        `
        ZADD k 1 a 2 b 3 c
        BZPOPMIN k 0
        BZPOPMAX none k 0
        BZMPOP 0 2 none k MIN COUNT 5
        BZPOPMIN k 0.01
        client B: blocks: BZPOPMIN w 0
        ZADD w 1 a
        client B: PING
        client B: blocks: BZMPOP 0 1 w MAX COUNT 2
        ZADD w 1 a 2 b 3 c
        client B: PING
        `,
      ),
      told(
        'of places',
        `
        GEOADD g 1 1 a 2 2 b
        GEOADD g 1 1 a
        GEOADD g XX 3 3 a 4 4 none
        GEOADD none XX 1 1 a
        GEOSEARCHSTORE t g FROMLONLAT 1 1 BYRADIUS 1000 km
        GEOSEARCHSTORE t g FROMLONLAT 1 1 BYRADIUS 1000 km STOREDIST
        GEOSEARCHSTORE t g FROMLONLAT 50 1 BYRADIUS 1 km
        GEOSEARCHSTORE t none FROMLONLAT 50 1 BYRADIUS 1 km
        GEORADIUS g 1 1 1000 km STORE t
        GEORADIUSBYMEMBER g b 1 km STOREDIST t
        GEORADIUS g 50 1 1 km STORE t
        GEORADIUS none 50 1 1 km STORE t
        `,
      ),
    ],
    { directives: { loadmodule }, protocols: [2] },
  );
}
