// Users, logins and permissions: the same module in graftis and in redis-server; what 7.0 lacks, in graftis alone.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group, since74 } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { RespError } from '../support/resp.ts';
import { repositoryRoot, startGraftis, subjectIsOracle, type TestServer, temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!compilerAvailable())('users of modules', () => {
  if (!compilerAvailable()) return;
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'users.c'), folder);
  const NOPERM = (user: string, command: string): string =>
    `-NOPERM User ${user} has no permissions to run the '${command}' command\r\n`;

  differential(
    'compared',
    [
      group(
        'made by the module',
        `
        u.create guest nosuch +nosuch ~* ~a
        client B: u.login
        u.create guest allcommands ~a* resetchannels on
        client B: u.login
        client B: u.whoami
        client B: ACL WHOAMI
        client B: SET a1 v
        client B: GET a1
        u.counts
        client B: AUTH default x
        u.counts
        client B: u.login
        client B: RESET
        client B: ACL WHOAMI
        u.counts
        client B: u.login
        u.drop
        client B: PING
        u.counts
        ACL USERS
        `,
      ),
      group(
        'of the server',
        `
        ACL SETUSER u reset on +@all ~k*
        client B: u.login nobody
        client B: u.login u
        client B: ACL WHOAMI
        ACL SETUSER u off
        client C: u.login u
        client B: GET k1
        ACL DELUSER u
        client B: GET k1
        u.logout 123456789
        `,
      ),
      group(
        'calls on behalf of the client',
        `
        ACL SETUSER u reset on nopass +@all -get ~k* &c*
        client B: AUTH u x
        client B: u.call "" GET k1
        client B: u.call C SET k1 v
        client B: u.call C GET k1
        client B: u.call C SET x v
        client B: u.call C PUBLISH d m
        client B: u.call C PUBLISH c m
        client B: u.call E SET x v
        client B: u.call C ACL WHOAMI
        client B: u.call "" ACL WHOAMI
        client B: u.call C u.whoami
        client B: u.call CE SORT k* BY w_*
        client B: u.call E SORT k* BY w_*
        u.call C ACL WHOAMI
        u.call CE GET k1
        ACL LOG RESET
        `,
        since74('client B: u.call CE GET k1', NOPERM('u', 'get'), 'names the user'),
        since74('client B: u.call C u.call CE GET k1', NOPERM('u', 'get'), 'names the user'),
        since74('client B: u.call CE SET x v', '-NOPERM No permissions to access a key\r\n', 'is shorter'),
        'ACL DELUSER u',
      ),
      group(
        'permissions',
        `
        ACL SETUSER u reset +get +set +config|get +publish ~k* %R~r* %W~w* &c* &p?
        u.check nobody command GET k
        u.check u command GET k
        u.check u command GET x
        u.check u command DEL k
        u.check u command CONFIG GET x
        u.check u command CONFIG SET x y
        u.check u command NOSUCH
        u.check u key k 16
        u.check u key k 240
        u.check u key r1 16
        u.check u key r1 48
        u.check u key w1 32
        u.check u key w1 64
        u.check u key w1 128
        u.check u key w1 16
        u.check u key w1 0
        u.check u key x 0
        u.check u key k 1
        u.check u channel c1 2
        u.check u channel c1 4
        u.check u channel x 4
        u.check u channel p? 5
        u.check u channel pa 5
        u.check u channel pa 4
        u.check u channel x 8
        u.check u channel x 16
        u.check default key any 240
        ACL DELUSER u
        `,
      ),
    ],
    { directives: { loadmodule } },
  );

  describe.skipIf(subjectIsOracle)('since 7.2', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule, 'slowlog-log-slower-than': 0 });
    });
    afterAll(() => server?.stop());

    test('rules as one text, all or none', async () => {
      await server.call('u.create', 'guest');
      expect(await server.call('u.rules', 'on ~a* +get (+set ~b*)')).toBe(
        'on sanitize-payload ~a* resetchannels -@all +get (~b* resetchannels -@all +set)',
      );
      expect(await server.call('u.rules', 'off ~c* +nosuch')).toBe(
        "Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL",
      );
      expect(String(await server.call('u.rules'))).toMatch(/^on .* ~a\* /);
    });

    test("a context's user comes before the client's", async () => {
      await server.call('u.create', 'guest', 'on', '~a*', '+get');
      expect(await server.call('u.call', 'C', 'made', 'GET', 'a1')).toBeNull();
      expect(await server.call('u.call', 'CE', 'made', 'SET', 'a1', 'v')).toEqual(
        new RespError("NOPERM User guest has no permissions to run the 'set' command"),
      );
      expect(await server.call('u.call', 'C', 'made', 'GET', 'b1')).toBe(13);
      expect(await server.call('u.call', 'E', 'made', 'SET', 'a1', 'v')).toBe('OK');
      expect(await server.call('u.call', 'CE', 'SET', 'a1', 'v')).toBe('OK');
    });

    test('entries of ACL LOG', async () => {
      await server.call('ACL', 'LOG', 'RESET');
      await server.call('ACL', 'SETUSER', 'u', 'on');
      for (const reason of ['0', '1', '2', '3', '9']) await server.call('u.log', 'u', `object ${reason}`, reason);
      const log = (await server.call('ACL', 'LOG')) as unknown[][];
      expect(log.map((entry) => [entry[3], entry[5], entry[7], entry[9]].join())).toEqual([
        'channel,module,object 3,u',
        'key,module,object 2,u',
        'command,module,object 1,u',
        'auth,module,object 0,u',
      ]);
    });

    test('logins that modules decide, at once and later', async () => {
      await server.call('ACL', 'SETUSER', 'u', 'reset', 'on', '>secret', '+@all', '~*');
      expect(await server.call('u.authenticators')).toBe('OK');
      await server.call('u.counts');
      const wrong = new RespError('WRONGPASS invalid username-password pair or user is disabled.');
      const cases: readonly (readonly [user: string, password: string, reply: unknown])[] = [
        ['u', 'yes', 'OK'],
        ['nobody', 'yes', new RespError('ERR no such user')],
        ['u', 'no', new RespError('ERR denied by the module')],
        ['u', 'code', new RespError('MYCODE denied by the module')],
        ['u', 'silent', wrong],
        ['u', 'wrong', wrong],
        ['u', 'secret', 'OK'],
        ['first', 'yes', new RespError('ERR denied by the first')],
        ['u', 'later yes', 'OK'],
        ['u', 'later no', new RespError('ERR denied by the module')],
        ['u', 'later silent', wrong],
        ['u', 'later wrong', wrong],
        ['u', 'later abort', wrong],
      ];
      const client = await server.connect();
      for (const [user, password, reply] of cases) {
        expect(await client.call('AUTH', user, password), password).toEqual(reply);
        const inside = reply === 'OK';
        expect(await client.call('ACL', 'WHOAMI'), password).toBe(inside ? 'u' : 'default');
        await client.call('AUTH', 'default', 'x');
      }
      // Those who waited, but for the one whose wait was aborted: without private data nothing is freed.
      expect(await server.call('u.counts')).toEqual([0, 4]);
      const hello = (await client.call('HELLO', '3', 'AUTH', 'u', 'later yes', 'SETNAME', 'me')) as Map<
        string,
        unknown
      >;
      expect([hello.get('proto'), await client.call('CLIENT', 'GETNAME')]).toEqual([3, 'me']);
      expect(await client.call('AUTH', 'default', 'x')).toBe('OK');
      await client.call('MULTI');
      await client.call('AUTH', 'u', 'later yes');
      expect(await client.call('EXEC')).toEqual([new RespError('ERR Blocking module command called from transaction')]);
      // Two functions let it wait one after the other: one call, which failed.
      await client.call('u.authenticators');
      await client.call('CONFIG', 'RESETSTAT');
      expect(await client.call('AUTH', 'u', 'later wrong')).toEqual(wrong);
      expect(String(await server.call('INFO', 'commandstats'))).toMatch(
        /cmdstat_auth:calls=1,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=1/,
      );
      const slow = JSON.stringify(await client.call('SLOWLOG', 'GET', '-1'));
      expect(slow).toContain('(redacted)');
      expect(slow).not.toContain('later yes');

      client.send('AUTH', 'u', 'later yes');
      client.destroy();
      const other = await server.connect();
      expect(await other.call('AUTH', 'u', 'secret')).toBe('OK');
      while ((await other.call('MODULE', 'UNLOAD', 'users')) !== 'OK');
      expect(await other.call('AUTH', 'u', 'no')).toEqual(wrong);
      expect(await other.call('PING')).toBe('PONG');
      other.destroy();
      expect(server.log).not.toMatch(/misuse|Internal error/);
    });
  });
});
