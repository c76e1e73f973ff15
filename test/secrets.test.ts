/** No password that a client sends may come to light in SLOWLOG, MONITOR, ACL LOG or the server's log. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RespClient } from './support/resp.ts';
import { startGraftis, subjectIsOracle, type TestServer } from './support/server.ts';

const SECRET = 'hunter2';
let server: TestServer;
beforeAll(async () => {
  server = await startGraftis({ 'slowlog-log-slower-than': 0, 'slowlog-max-len': 10_000, loglevel: 'debug' });
});
afterAll(() => server?.stop());

/** Command lines with a secret, right ones and wrong ones. */
const LINES: readonly string[] = [
  `AUTH ${SECRET}`,
  `AUTH default ${SECRET}`,
  `AUTH ${SECRET} nobody`,
  `AUTH default user ${SECRET}`,
  `HELLO 2 AUTH default ${SECRET}`,
  `HELLO 3 SETNAME x AUTH default ${SECRET}`,
  `HELLO 9 AUTH default ${SECRET}`,
  `HELLO x AUTH default ${SECRET}`,
  `HELLO 2 NOSUCH AUTH default ${SECRET}`,
  `HELLO 2 AUTH ${SECRET}`,
  `HELLO 2 AUTH default ${SECRET} AUTH other ${SECRET}`,
  `ACL SETUSER u on >${SECRET} ~* +@all`,
  `ACL SETUSER u <${SECRET}`,
  `ACL SETUSER u <${SECRET}`,
  `ACL SETUSER u #${SECRET}`,
  `ACL SETUSER u nosuch >${SECRET}`,
  `ACL SETUSER ${SECRET}`,
  `ACL GETUSER ${SECRET}`,
  `ACL DELUSER ${SECRET}`,
  `CONFIG SET masterauth ${SECRET}`,
  `CONFIG SET timeout 0 masterauth ${SECRET}`,
  `CONFIG SET nosuch x masterauth ${SECRET}`,
  `CONFIG SET timeout masterauth ${SECRET}`,
  `CONFIG SET tls-key-file-pass ${SECRET}`,
  `CONFIG SET requirepass ${SECRET}`,
  `CONFIG SET requirepass ""`,
];

const argumentsOf = (line: string): string[] => line.split(' ').map((word) => (word === '""' ? '' : word));

/** What the server shows of the commands that `run` has another client send. */
async function shownOf(run: (client: RespClient) => Promise<unknown>): Promise<string> {
  const [monitor, client] = [await server.connect(), await server.connect()];
  await monitor.call('MONITOR');
  await client.call('SLOWLOG', 'RESET');
  await client.call('ACL', 'LOG', 'RESET');
  await run(client);
  await client.call('ECHO', 'the last');
  const lines: string[] = [];
  while (!lines.at(-1)?.includes('the last')) lines.push(String(await monitor.read()));
  const slow = JSON.stringify(await client.call('SLOWLOG', 'GET', '-1'));
  const denied = JSON.stringify(await client.call('ACL', 'LOG', '100'));
  for (const each of [monitor, client]) each.destroy();
  return [...lines, slow, denied, server.log].join('\n');
}

test.skipIf(subjectIsOracle)('of single commands', async () => {
  const shown = await shownOf(async (client) => {
    for (const line of LINES) await client.call(...argumentsOf(line));
  });
  expect(shown).toContain('"AUTH" "(redacted)" "(redacted)"');
  expect(shown).toContain('["CONFIG","SET","masterauth","(redacted)"]');
  // The name that somebody gives at a failed login is logged; it was not meant to be a password.
  expect(shown.replaceAll(`"username","${SECRET}"`, '')).not.toContain(SECRET);
});

test.skipIf(subjectIsOracle)('of transactions', async () => {
  const shown = await shownOf(async (client) => {
    await client.call('MULTI');
    for (const line of LINES) await client.call(...argumentsOf(line));
    expect(String(await client.call('CLIENT', 'LIST'))).not.toContain(SECRET);
    await client.call('EXEC');
  });
  expect(shown).toContain('"AUTH" "(redacted)"');
  expect(shown.replaceAll(`"username","${SECRET}"`, '')).not.toContain(SECRET);
});
