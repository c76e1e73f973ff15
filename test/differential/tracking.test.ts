/**
 * Client-side caching against the oracle. A client's line reads one frame, whatever that answers: invalidations are read
 * by the PINGs that follow, and their own replies by later ones. In RESP2 there are no invalidations without redirection.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { fuzz, type Random } from '../support/fuzz.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';
import { transcript } from '../support/transcript.ts';

const pings = (client: string, from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `client ${client}: PING ${from + i}`).join('\n');

differential('tracking in the same connection', [
  group(
    'a key that was read is told of once',
    `
      MSET a 1 b 2 c 3
      client T: CLIENT TRACKING on
      client T: GET a
      client T: MGET b none
      SET a x
      SET a y
      SET none 1
      DEL b
      SET c 4
      ${pings('T', 1, 6)}
      client T: GET a
      client T: CLIENT TRACKING off
      SET a z
      ${pings('T', 7, 8)}
      `,
  ),
  group(
    'what changes keys',
    `
      client T: CLIENT TRACKING on
      RPUSH l 1 2 3
      ZADD z 1 a 2 b
      HSET h f v
      SADD s a b
      XADD x 1-1 f v
      client T: LRANGE l 0 -1
      client T: ZSCORE z a
      client T: HGETALL h
      client T: SISMEMBER s a
      client T: XRANGE x - +
      LPOP l
      ZINCRBY z 1 a
      HDEL h f
      SMOVE s s2 a
      XADD x 1-2 f v
      ${pings('T', 1, 5)}
      client T: EXISTS n1 n2
      client T: TTL e
      client T: TYPE l
      client T: OBJECT ENCODING z
      client T: SORT_RO l
      client T: SINTER s s2
      client T: ZRANGE z 0 -1
      RENAME l n1
      COPY n1 n2
      EXPIRE n1 100
      SET e 1 EX 100
      PERSIST e
      SUNIONSTORE s2 s
      ${pings('T', 6, 12)}
      FLUSHALL
      ${pings('T', 13, 14)}
      `,
  ),
  group(
    'its own changes come behind the reply',
    `
      client T: CLIENT TRACKING on
      client T: SET a 1
      client T: GET a
      client T: INCR a
      client T: PING 1
      client T: GET a
      client T: MULTI
      client T: INCR a
      client T: GET a
      client T: SET b 1
      client T: INCR a
      client T: EXEC
      ${pings('T', 2, 3)}
      client T: HSET h f 1
      client T: HGET h f
      client T: HDEL h f
      client T: PING 4
      client T: PING 5
      client T: MULTI
      client T: FLUSHDB
      client T: PING in
      client T: EXEC
      ${pings('T', 6, 7)}
      client T: FLUSHALL
      ${pings('T', 8, 9)}
      `,
  ),
  group(
    'NOLOOP',
    `
      client T: CLIENT TRACKING on NOLOOP
      client T: SET a 1
      client T: GET a
      client T: INCR a
      client T: PING 1
      client T: GET a
      INCR a
      ${pings('T', 2, 3)}
      client T: MULTI
      client T: GET a
      client T: SET a 5
      client T: EXEC
      INCR a
      ${pings('T', 4, 5)}
      client T: FLUSHDB
      ${pings('T', 6, 7)}
      `,
  ),
  group(
    'OPTIN and OPTOUT',
    `
      MSET a 1 b 2 c 3
      client T: CLIENT TRACKING on OPTIN
      client T: GET a
      client T: CLIENT CACHING yes
      client T: GET b
      client T: GET c
      MSET a x b x c x
      ${pings('T', 1, 2)}
      client T: CLIENT CACHING yes
      client T: MULTI
      client T: GET a
      client T: GET b
      client T: EXEC
      client T: GET c
      MSET a y b y c y
      ${pings('T', 3, 6)}
      client T: CLIENT CACHING yes
      client T: CLIENT TRACKINGINFO
      client T: GET a
      client T: CLIENT TRACKINGINFO
      client T: CLIENT CACHING yes
      client T: NOSUCH
      client T: CLIENT TRACKINGINFO
      SET a z
      ${pings('T', 7, 8)}
      client T: CLIENT TRACKING off
      client T: CLIENT TRACKING on OPTOUT NOLOOP
      client T: GET a
      client T: CLIENT CACHING no
      client T: CLIENT TRACKINGINFO
      client T: GET b
      client T: GET c
      MSET a x b x c x
      ${pings('T', 9, 12)}
      `,
  ),
  group(
    'BCAST',
    `
      client T: CLIENT TRACKING on BCAST
      client U: CLIENT TRACKING on BCAST PREFIX b: PREFIX a: NOLOOP
      client U: CLIENT TRACKINGINFO
      MSET b:2 x a:1 x c:1 x b:1 x b:2 y
      SET c:1 x
      ${pings('T', 1, 3)}
      ${pings('U', 1, 3)}
      client U: SET b:9 1
      client U: PING 4
      client T: PING 4
      client T: PING 5
      client T: SET own 1
      ${pings('T', 6, 7)}
      client U: MULTI
      client U: SET a:1 1
      client U: SET b:1 1
      client U: EXEC
      client T: PING 8
      client T: PING 9
      client U: PING 5
      DEL a:1 none
      client T: PING 10
      client T: PING 11
      client U: PING 6
      client U: PING 7
      client U: CLIENT TRACKING off
      SET b:1 z
      client U: PING 8
      client T: PING 12
      client T: PING 13
      FLUSHALL
      client T: PING 14
      client T: PING 15
      client T: RESET
      SET b:1 z
      client T: PING 16
      `,
  ),
  group(
    'errors',
    `
      CLIENT TRACKING
      CLIENT TRACKING maybe
      CLIENT TRACKING on REDIRECT
      CLIENT TRACKING on REDIRECT x
      CLIENT TRACKING on REDIRECT 99999
      CLIENT TRACKING on REDIRECT 0
      CLIENT TRACKING on REDIRECT -5
      CLIENT TRACKING on NOSUCH
      CLIENT TRACKING on PREFIX a
      CLIENT TRACKING on PREFIX
      CLIENT TRACKING on BCAST OPTIN
      CLIENT TRACKING on BCAST OPTOUT
      CLIENT TRACKING on OPTIN OPTOUT
      CLIENT TRACKING on BCAST PREFIX FOOBAR PREFIX FOO
      CLIENT TRACKING on BCAST PREFIX FOO PREFIX FOOBAR
      CLIENT TRACKING on BCAST PREFIX FOO PREFIX FOO
      CLIENT TRACKINGINFO
      CLIENT TRACKING on BCAST PREFIX FOO PREFIX BAR
      CLIENT TRACKING on BCAST PREFIX FO
      CLIENT TRACKING on BCAST PREFIX BARB
      CLIENT TRACKING on BCAST PREFIX ZZZ
      CLIENT TRACKING on BCAST PREFIX ""
      CLIENT TRACKINGINFO
      CLIENT TRACKING on
      CLIENT TRACKING on OPTIN
      CLIENT CACHING yes
      CLIENT TRACKING off nosuch
      CLIENT TRACKING off BCAST PREFIX x
      CLIENT TRACKING off
      CLIENT TRACKINGINFO
      CLIENT CACHING yes
      CLIENT CACHING no
      CLIENT CACHING
      CLIENT CACHING yes no
      CLIENT TRACKING on
      CLIENT CACHING yes
      CLIENT CACHING no
      CLIENT CACHING maybe
      CLIENT TRACKING on OPTIN
      CLIENT CACHING no
      CLIENT CACHING maybe
      CLIENT TRACKING on OPTOUT
      CLIENT TRACKING on OPTIN
      CLIENT TRACKINGINFO
      CLIENT TRACKING on NOLOOP
      CLIENT TRACKINGINFO
      CLIENT TRACKING on OPTOUT
      CLIENT CACHING yes
      CLIENT GETREDIR
      CLIENT GETREDIR x
      CLIENT TRACKINGINFO x
      CLIENT TRACKING off
      CLIENT GETREDIR
      `,
  ),
  group(
    'expired keys',
    `
      client T: CLIENT TRACKING on
      DEBUG SET-ACTIVE-EXPIRE 0
      SET e 1 PX 20
      SET f 1
      client T: GET e
      DEBUG SLEEP 0.04
      client T: MGET f e
      ${pings('T', 1, 2)}
      DEBUG SET-ACTIVE-EXPIRE 1
      `,
  ),
]);

describe.skipIf(!oracleAvailable())('tracking with redirection', () => {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    servers = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  async function compare(protocols: Record<string, 2 | 3>, lines: string): Promise<void> {
    const [ours, theirs] = await Promise.all(servers.map((server) => transcript(server, protocols, lines)));
    const withoutIds = (texts: string[]) => texts.map((text) => text.replace(/:\d+\r/g, ':n\r'));
    expect(withoutIds(ours!)).toEqual(withoutIds(theirs!));
  }

  const ways: readonly [2 | 3, 2 | 3][] = [
    [2, 2],
    [2, 3],
    [3, 2],
    [3, 3],
  ];
  test.for(ways)('from RESP%i to RESP%i', async ([from, to]) => {
    await compare(
      { T: from, R: to, W: 2 },
      `
      R: SUBSCRIBE __redis__:invalidate
      T: CLIENT TRACKING on REDIRECT $R
      T: CLIENT GETREDIR
      T: CLIENT TRACKINGINFO
      W: MSET a 1 b 2
      T: MGET a b none
      W: SET a 2
      W: DEL b
      W: SET none 1
      T: GET a
      T: SET a 3
      T: GET a
      W: FLUSHALL
      T: CLIENT TRACKING off
      T: CLIENT TRACKING on BCAST REDIRECT $R PREFIX x PREFIX a
      W: MSET a 1 x 2 y 3 a2 1
      T: CLIENT TRACKING off
      T: CLIENT TRACKING on REDIRECT $R NOLOOP
      T: GET a
      T: SET a 3
      T: GET a
      W: SET a 5
      `,
    );
  });

  test.for([2, 3] as const)('to somebody who is gone, from RESP%i', async (from) => {
    await compare(
      { T: from, R: 3, W: 2 },
      `
      T: CLIENT TRACKING on REDIRECT $R
      W: MSET a 1 b 1
      T: MGET a b
      R: close
      W: SET a 2
      T: CLIENT TRACKINGINFO
      W: SET b 2
      T: GET a
      W: FLUSHALL
      T: CLIENT GETREDIR
      T: CLIENT TRACKING on
      T: CLIENT TRACKINGINFO
      `,
    );
  });

  const KEYS = ['a', 'b', 'ab', 'abc', 'c'];
  const WRITES = ['SET $k 1', 'DEL $k $k', 'INCR $k', 'MSET $k 1 $k 2', 'RENAME $k $k', 'EXPIRE $k 100', 'PERSIST $k'];
  const READS = ['GET $k', 'MGET $k $k', 'EXISTS $k $k', 'TTL $k', 'STRLEN $k'];
  const MODES = [
    '',
    'NOLOOP',
    'OPTIN',
    'OPTOUT',
    'OPTIN NOLOOP',
    'BCAST',
    'BCAST NOLOOP',
    'BCAST PREFIX a',
    'REDIRECT $R',
  ];
  const OTHERS = [
    'FLUSHALL',
    'FLUSHDB',
    'CLIENT CACHING yes',
    'CLIENT CACHING no',
    'CLIENT TRACKINGINFO',
    'PING',
    'SELECT 1',
  ];

  function randomCommand(random: Random): string {
    const kind = random.below(100);
    if (kind < 40) return random.pick(READS);
    if (kind < 80) return random.pick(WRITES);
    return kind < 90 ? `CLIENT TRACKING ${random.oneIn(4) ? 'off' : `on ${random.pick(MODES)}`}` : random.pick(OTHERS);
  }

  function randomCommands(random: Random): string {
    if (!random.oneIn(6)) return randomCommand(random);
    const queued = Array.from({ length: random.between(1, 5) }, () => randomCommand(random));
    return ['MULTI', ...queued, 'EXEC'].join(' ; ');
  }

  test('random clients hear the same', async () => {
    await fuzz(3, async (random) => {
      const protocols = { T: 3, U: random.pick([2, 3] as const), W: 3, R: 3 } as const;
      const lines = Array.from({ length: 80 }, () => {
        const commands = randomCommands(random).replace(/\$k/g, () => random.pick(KEYS));
        return `${random.pick(['T', 'T', 'U', 'W'])}: ${commands}`;
      });
      await compare(protocols, lines.join('\n'));
    });
  });

  test('several clients redirect to one, and one to a client without subscription', async () => {
    await compare(
      { T: 2, U: 3, R: 3, Q: 2, W: 2 },
      `
      T: CLIENT TRACKING on REDIRECT $R
      U: CLIENT TRACKING on REDIRECT $R
      W: MSET a 1 b 2
      T: GET a
      U: GET b
      W: SET a 2
      W: SET b 3
      T: CLIENT TRACKING on REDIRECT $Q
      T: GET a
      W: SET a 4
      `,
    );
  });
});
