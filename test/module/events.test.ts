/** Notifications, server events, INFO and shared functions of modules: a C module here and in redis-server. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group, matching } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder, until } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'events.c'), temporaryFolder())
  : '';

const INFO_FIELDS = ['server redis_mode', 'server nothing', 'server tcp_port', ' redis_mode', 'keyspace redis_mode']
  .concat(
    'modules ev_max',
    'modules ev_min',
    'modules ev_third',
    'ev ev_max',
    'ev_words ev_string',
    'everything ev_big',
  )
  .map((pair) => pair.split(' '));

describe.skipIf(module === '')('events of modules', () => {
  differential(
    'like redis-server',
    [
      group(
        'keyspace notifications',
        `ev.notes
         SET a 1
         GET a
         GET missing
         INCR a
         APPEND a x
         DEL a missing
         SELECT 3
         SET b 2 EX 100
         PERSIST b
         RENAME b c
         COPY c d
         ev.notes
         PEXPIRE c 1
         DEBUG SLEEP 0.01
         GET c
         ev.notes
         SELECT 0
         ev.notes`,
      ),
      group(
        'notifications of modules',
        `ev.notes
         ev.notify 8192 mine key
         ev.notify 8 strings key
         ev.notify 3 nobody key
         ev.notes
         ev.nested 1
         SET a 1
         ev.notes
         ev.nested 0
         ev.flags
         CONFIG SET notify-keyspace-events KEA
         ev.flags
         CONFIG SET notify-keyspace-events ""
         ev.flags
         ev.notes`,
      ),
      group(
        'messages',
        `ev.publish c nobody
         client S: SUBSCRIBE c
         client S: PSUBSCRIBE c*
         client T: SSUBSCRIBE c
         ev.publish c hello
         ev.publish c hello shard
         client S: PING
         client S: PING
         client T: PING
         ev.publish c
         ev.notes`,
      ),
      group(
        'transactions',
        `ev.multi
         MULTI
         ev.multi
         ev.publish c m
         ev.publish c
         EXEC
         ev.multi
         WATCH k
         client B: ev.touch other
         MULTI
         PING
         EXEC
         WATCH k
         client B: ev.touch k
         MULTI
         PING
         EXEC
         ev.notes`,
      ),
      group(
        'server events',
        `ev.notes
         FLUSHDB
         FLUSHDB ASYNC
         SELECT 5
         FLUSHDB SYNC
         FLUSHALL
         FLUSHALL ASYNC
         ev.notes
         SWAPDB 1 2
         SWAPDB 0 0
         ev.notes
         ev.silence
         SWAPDB 1 2
         ev.notes
         ev.listen
         SWAPDB 1 2
         ev.notes
         CONFIG SET maxclients 9000
         CONFIG SET hz 10 timeout 0
         CONFIG SET nothing 1
         CONFIG SET hz x
         ev.notes`,
      ),
      group(
        'subevents',
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 99].map((n) => `ev.supported ${n}`).join('\n'),
      ),
      group(
        'sections of INFO',
        `INFO ev
         INFO EV_WORDS
         INFO ev_groups ev_words
         INFO ev_nothing`,
        matching('INFO modules', /# Modules\r\nmodule:name=ev,.*# ev\r\n.*# ev_Last\r\nev_open:e=1\r\n/s),
        matching('INFO everything', /# Keyspace\r\n.*# ev\r\nev_min:-9223372036854775808\r\n/s),
        matching('INFO all', /^(?!.*# ev).*module:name=ev/s),
        matching('INFO', /^(?!.*# ev).*module:name=ev/s),
        matching('INFO server ev_words', /redis_mode:standalone.*# ev_Words\r\n/s),
        matching('INFO all ev_words', /redis_mode:standalone.*# ev_Words\r\n/s),
      ),
      group(
        'fields of INFO',
        ...INFO_FIELDS.filter((pair) => pair[1] !== 'tcp_port').map((pair) => ['ev.info', ...pair]),
        matching(
          'ev.info server tcp_port',
          /^\*8\r\n\$(\d\r\n\d+)\r\n\$\1\r\n:\d+\r\n:\d+\r\n.*\d+\r\n:0\r\n:0\r\n:0\r\n$/s,
        ),
      ),
      group(
        'functions of other modules',
        `ev.shared
         MODULE LOAD ${module} other
         ev.notes
         ev.shared
         ev.shared
         MODULE UNLOAD other`,
        matching(
          'INFO modules',
          /(name=ev,.*usedby=\[\],using=\[other\].*name=other,ver=7,.*usedby=\[ev\])|(name=other,ver=7,.*usedby=\[ev\].*name=ev,.*usedby=\[\],using=\[other\])/s,
        ),
        'MODULE UNLOAD ev\nMODULE UNLOAD other\nev.notes',
        `MODULE LOAD ${module}\nev.shared\nev.notes`,
      ),
    ],
    { directives: { loadmodule: module, 'enable-module-command': 'yes' } },
  );

  describe('here alone', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
    });
    afterAll(() => server.stop());

    test('clients that come and go', async () => {
      const client = await server.connect();
      await client.call('ev.clients', '1');
      const other = await server.connect();
      await other.call('CLIENT', 'SETNAME', 'short');
      other.destroy();
      const notes: string[] = [];
      await until(async () => notes.push(...((await client.call('ev.notes')) as string[])) >= 2);
      await client.call('ev.clients', '0');
      expect(notes.map(String)).toEqual([
        'client 0 127.0.0.1 port1 own1 name=',
        'client 1 127.0.0.1 port1 own1 name=short',
      ]);
      client.destroy();
    });

    test('nested notifications come when the options ask for them', async () => {
      await server.call('ev.notes');
      await server.call('ev.nested', '2');
      await server.call('SET', 'k', 'v');
      await server.call('ev.nested', '0');
      expect((await server.call('ev.notes')) as string[]).toEqual([
        '8 set k db0',
        '8192 again k db0',
        'second: 8 set k',
      ]);
    });

    test('cron and the event loop', async () => {
      await until(async () => Number(((await server.call('ev.loops')) as number[])[0]) > 2);
      expect(((await server.call('ev.loops')) as number[]).slice(1)).toEqual([10, 1]);
    });

    test('unloading ends all subscriptions', async () => {
      await server.call('MODULE', 'UNLOAD', 'ev');
      await server.call('SET', 'k', 'v');
      await server.call('FLUSHALL');
      await server.call('CONFIG', 'SET', 'hz', '20');
      await server.call('MODULE', 'LOAD', module);
      expect(await server.call('ev.notes')).toEqual([]);
    });

    test('the end', async () => {
      const client = await server.connect();
      client.send('SHUTDOWN', 'NOSAVE');
      await server.exited;
      client.destroy();
      expect(server.log).toContain('<ev> shutdown 0 data0');
    });
  });
});
