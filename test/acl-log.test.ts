/** ACL LOG and what INFO counts of denials; refusals that come when nobody expects them any more. */
import { afterEach, expect, test } from 'vitest';
import { type RespClient, RespError } from './support/resp.ts';
import { startGraftis, subjectIsOracle, type TestServer } from './support/server.ts';

const started: TestServer[] = [];
const clients: RespClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function start(): Promise<TestServer> {
  const server = await startGraftis();
  started.push(server);
  return server;
}

async function connect(server: TestServer, protocol: 2 | 3 = 2): Promise<RespClient> {
  const client = await server.connect(protocol);
  clients.push(client);
  return client;
}

type Entry = Record<string, unknown>;

async function entries(client: RespClient, ...args: string[]): Promise<Entry[]> {
  const list = (await client.call('ACL', 'LOG', ...args)) as unknown[][];
  return list.map((flat) =>
    Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]])),
  );
}

const short = ({ count, reason, context, object, username }: Entry): string =>
  `${count} ${reason} ${context} ${object} ${username}`;

async function counts(client: RespClient): Promise<string[]> {
  const info = String(await client.call('INFO', 'stats'));
  return [...info.matchAll(/acl_access_denied_(\w+):(\d+)/g)].map(([, what, n]) => `${what} ${n}`);
}

test.skipIf(subjectIsOracle)('what is denied is logged and counted, the same once', async () => {
  const admin = await connect(await start());
  const client = await connect(started[0]!);
  await admin.call('ACL', 'SETUSER', 'u', 'on', '>p', '+get', '+set', '+multi', '+exec', '+publish', '~k*', '&c');
  expect(await client.call('AUTH', 'u', 'wrong')).toBeInstanceOf(RespError);
  expect(await client.call('HELLO', '2', 'AUTH', 'nobody', 'p')).toBeInstanceOf(RespError);
  await client.call('AUTH', 'u', 'p');
  for (let i = 0; i < 3; i++) await client.call('DEL', 'k');
  await client.call('CONFIG', 'GET', 'x');
  await client.call('GET', 'other');
  await client.call('PUBLISH', 'd', 'm');
  await client.call('MULTI');
  await client.call('GET', 'other');
  await client.call('EXEC');
  await client.call('MULTI');
  await client.call('SET', 'k', 'v');
  await admin.call('ACL', 'SETUSER', 'u', '-set');
  await client.call('EXEC');
  const log = await entries(admin);
  expect(log.map(short)).toEqual([
    '1 command multi set u',
    '1 key multi other u',
    '1 channel toplevel d u',
    '1 key toplevel other u',
    '1 command toplevel config|get u',
    '3 command toplevel del u',
    '1 auth toplevel HELLO nobody',
    '1 auth toplevel AUTH u',
  ]);
  expect(log.map((entry) => entry['entry-id'])).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  expect(await counts(admin)).toEqual(['auth 2', 'cmd 5', 'key 2', 'channel 1']);
  const del = log[5]!;
  expect(String(del['client-info'])).toMatch(/^id=\d+ addr=127\.0\.0\.1:\d+ .* cmd=del user=u /);
  expect(Number(del['timestamp-last-updated'])).toBeGreaterThanOrEqual(Number(del['timestamp-created']));
  expect(String(del['age-seconds'])).toMatch(/^\d+(\.\d+)?$/);

  // An entry that is added to comes first again, and keeps its id.
  await client.call('GET', 'other');
  expect((await entries(admin, '2')).map((entry) => `${short(entry)} ${entry['entry-id']}`)).toEqual([
    '2 key toplevel other u 4',
    '1 command multi set u 7',
  ]);
  await admin.call('CONFIG', 'SET', 'acllog-max-len', '3');
  expect((await entries(admin)).length).toBe(8);
  await client.call('CONFIG', 'SET', 'x', 'y');
  expect((await entries(admin)).length).toBe(3);
  await admin.call('CONFIG', 'SET', 'acllog-max-len', '0');
  await client.call('DEL', 'k');
  expect([await entries(admin), (await counts(admin))[1]]).toEqual([[], 'cmd 7']);
  await admin.call('CONFIG', 'SET', 'acllog-max-len', '128');
  await client.call('DEL', 'k');
  expect((await entries(admin)).map(short)).toEqual(['1 command toplevel del u']);
  expect(await admin.call('ACL', 'LOG', 'RESET')).toBe('OK');
  expect(await entries(admin)).toEqual([]);
});

test.skipIf(subjectIsOracle)('in RESP3 entries are maps, and ages numbers', async () => {
  const client = await connect(await start(), 3);
  await client.call('AUTH', 'nobody', 'x');
  const [entry] = (await client.call('ACL', 'LOG')) as [Map<string, unknown>];
  expect([...entry.keys()]).toEqual([
    'count',
    'reason',
    'context',
    'object',
    'username',
    'age-seconds',
    'client-info',
    'entry-id',
    'timestamp-created',
    'timestamp-last-updated',
  ]);
  expect(entry.get('age-seconds')).toBeTypeOf('number');
});

test.skipIf(subjectIsOracle)('a client that waits for a key is refused when it may not use it any more', async () => {
  const server = await start();
  const admin = await connect(server);
  await admin.call('ACL', 'SETUSER', 'u', 'on', 'nopass', '+@all', '~*');
  const [first, second] = await Promise.all([connect(server), connect(server)]);
  for (const client of [first, second]) await client.call('AUTH', 'u', '');
  first.send('BLPOP', 'list', '0');
  while (!String(await admin.call('INFO', 'clients')).includes('blocked_clients:1'));
  second.send('BLMOVE', 'list', 'to', 'LEFT', 'LEFT', '0');
  while (!String(await admin.call('INFO', 'clients')).includes('blocked_clients:2'));
  await admin.call('ACL', 'SETUSER', 'u', '-blpop');
  await admin.call('RPUSH', 'list', 'x');
  expect(await first.read()).toEqual(new RespError("NOPERM User u has no permissions to run the 'blpop' command"));
  expect(await second.read()).toBe('x');
  expect(await first.call('PING')).toBe('PONG');
  expect(String(await admin.call('INFO', 'commandstats'))).toMatch(
    /cmdstat_blpop:calls=0,usec=\d+,usec_per_call=[\d.]+,rejected_calls=1,failed_calls=0/,
  );
  expect((await entries(admin)).map(short)).toEqual(['1 command toplevel blpop u']);
});

test.skipIf(subjectIsOracle)(
  'users who are no default users are shown by CLIENT LIST, and closed by name',
  async () => {
    const server = await start();
    const admin = await connect(server);
    const client = await connect(server);
    await admin.call('ACL', 'SETUSER', 'u', 'on', 'nopass', '+@all');
    await client.call('AUTH', 'u', 'any');
    expect(await client.call('ACL', 'WHOAMI')).toBe('u');
    expect(String(await admin.call('CLIENT', 'LIST'))).toMatch(/ user=u /);
    expect(await admin.call('CLIENT', 'KILL', 'USER', 'u')).toBe(1);
    expect((await client.readToEnd()).toString()).toBe('');
    expect(String(await admin.call('CLIENT', 'LIST'))).not.toMatch(/ user=u /);
  },
);
