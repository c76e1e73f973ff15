/**
 * Client-side caching against the oracle. A client's line reads one frame, whatever that answers: invalidations are read
 * by the PINGs that follow, and their own replies by later ones. In RESP2 there are no invalidations without redirection.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { splitCommandLine } from '../support/command-line.ts';
import { differential, group } from '../support/differential.ts';
import { encodeCommand, type RespClient } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

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

  /**
   * What each client hears of lines `<client>: <command>`, in which $A stands for the id of client A: after each line
   * all clients send a PING whose reply ends what has come.
   */
  async function transcript(server: TestServer, protocols: Record<string, 2 | 3>, lines: string): Promise<string[]> {
    const control = await server.connect();
    await control.call('FLUSHALL');
    control.destroy();
    const clients = new Map<string, RespClient>();
    const ids = new Map<string, number>();
    for (const [name, protocol] of Object.entries(protocols)) {
      const client = await server.connect(protocol);
      clients.set(name, client);
      ids.set(name, Number(await client.call('CLIENT', 'ID')));
    }
    const heard: string[] = [];
    let mark = 0;
    for (const line of lines.split('\n').map((text) => text.trim())) {
      const [, name, command] = /^(\w+): (.*)$/.exec(line) ?? [];
      if (name === undefined) continue;
      heard.push(`# ${line}`);
      if (command === 'close') {
        clients.get(name)!.destroy();
        clients.delete(name);
        await waitGone(server, ids.get(name)!);
        continue;
      }
      const args = splitCommandLine(command!.replace(/\$(\w+)/g, (_, who: string) => String(ids.get(who))));
      clients.get(name)!.socket.write(encodeCommand(args));
      // The client of the line goes first, so that its command has run when the others are asked.
      for (const each of [name, ...[...clients.keys()].filter((other) => other !== name)]) {
        const client = clients.get(each)!;
        const marker = `mark${mark++}`;
        client.send('PING', marker);
        for (;;) {
          const text = (await client.readRaw()).toString('latin1');
          if (text.includes(marker)) break;
          heard.push(`${each}: ${text}`);
        }
      }
    }
    for (const client of clients.values()) client.destroy();
    return heard;
  }

  async function waitGone(server: TestServer, id: number): Promise<void> {
    while (String(await server.call('CLIENT', 'LIST')).includes(`id=${id} `)) await new Promise(setImmediate);
  }

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
