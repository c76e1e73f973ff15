/** Users in files: `aclfile`, `user` lines of redis.conf, CONFIG REWRITE. Where replies can be the same, redis-server's are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { oracleAvailable } from './support/availability.ts';
import { RespError } from './support/resp.ts';
import {
  freePort,
  startGraftis,
  startRedis,
  subjectCommand,
  subjectIsOracle,
  type TestServer,
  temporaryFolder,
} from './support/server.ts';

const started: TestServer[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

const starters = [startGraftis, ...(oracleAvailable() ? [startRedis] : [])];

/** Servers whose file of users has this text. */
async function withFile(text: string): Promise<{ server: TestServer; file: string }[]> {
  const all = starters.map(async (start) => {
    const folder = newFolder();
    const file = join(folder, 'users.acl');
    writeFileSync(file, text, 'latin1');
    const server = await start({ aclfile: file });
    started.push(server);
    return { server, file };
  });
  return Promise.all(all);
}

/** Starts a server that is to end at once; what it wrote. */
async function refusedStart(...args: string[]): Promise<string> {
  const [program, ...leading] = subjectCommand();
  const port = String(await freePort());
  const child = spawn(program!, [...leading, ...args, '--port', port, '--save', ''], { cwd: newFolder() });
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [status] = (await once(child, 'close')) as [number];
  clearTimeout(timer);
  expect(status, output).toBe(1);
  return output;
}

const HASH = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';

test('a file of users is loaded at the start and by ACL LOAD, and written by ACL SAVE', async () => {
  const servers = await withFile(`user alice on #${HASH} ~a* &c +@read (%R~b* +get)\n\nuser bob off >secret\t\r\n`);
  for (const { server, file } of servers) {
    const client = await server.connect();
    expect(await client.call('ACL', 'USERS')).toEqual(['alice', 'bob', 'default']);
    expect(await client.call('AUTH', 'alice', 'secret')).toBe('OK');
    expect(await client.call('GET', 'b1')).toBeNull();
    expect(await client.call('AUTH', 'default', '')).toBe('OK');
    expect(await client.call('ACL', 'SETUSER', 'carol', 'on', '>p"q', '~k', '+set')).toBe('OK');
    expect(await client.call('ACL', 'SAVE')).toBe('OK');
    const saved = readFileSync(file, 'latin1');
    expect(saved).toMatch(/^user alice .*\nuser bob .*\nuser carol .*\nuser default .*\n$/);
    expect(readdirSync(join(file, '..'))).toEqual(['users.acl']);
    expect(await client.call('ACL', 'DELUSER', 'alice', 'carol')).toBe(2);
    expect(await client.call('ACL', 'LOAD')).toBe('OK');
    const list = (await client.call('ACL', 'LIST')) as string[];
    expect(list.map((line) => `${line}\n`).join('')).toBe(saved);
    expect(await client.call('AUTH', 'carol', 'p"q')).toBe('OK');
    expect(await client.call('SET', 'k', 'v')).toBe('OK');
    client.destroy();
  }
});

test('a file with errors changes nothing, and all errors are told', async () => {
  const replies = await Promise.all(
    (await withFile('user alice on nopass +get ~*\n')).map(async ({ server, file }) => {
      writeFileSync(
        file,
        'user bob on +nosuch -@nosuch ~* ~a\nuser bob on\nnonsense\nuser\nuser c off &* &a ~* ~b +nosuch\nuser d (+get\n' +
          'user e on #123\nuser f ok\n',
      );
      const error = (await server.call('ACL', 'LOAD')) as RespError;
      expect(error).toBeInstanceOf(RespError);
      expect(await server.call('ACL', 'USERS')).toEqual(['alice', 'default']);
      writeFileSync(file, 'user alice off +nosuch\n');
      expect(await server.call('ACL', 'LOAD')).toBeInstanceOf(RespError);
      expect(await server.call('AUTH', 'alice', 'x')).toBe('OK');
      rmSync(file);
      const missing = (await server.call('ACL', 'LOAD')) as RespError;
      return [error, missing].map(({ message }) => message.replaceAll(file, 'FILE'));
    }),
  );
  const [first, missing] = replies[0]!;
  for (const other of replies) expect(other).toEqual(replies[0]);
  expect(first).toBe(
    "ERR FILE:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
      "FILE:1: Error in applying operation '-@nosuch': Unknown command or category name in ACL. " +
      "FILE:1: Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. " +
      "Try 'resetkeys' to start with an empty list of patterns. WARNING: Duplicate user 'bob' found on line 2. " +
      'FILE:3 should start with user keyword followed by the username. ' +
      'FILE:4 should start with user keyword followed by the username. ' +
      "FILE:5: Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any " +
      "effect. Try 'resetchannels' to start with an empty list of channels. FILE:5: Error in applying operation " +
      "'+nosuch': Unknown command or category name in ACL. FILE:6: Unmatched parenthesis in selector definition." +
      'FILE:7: The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters. ' +
      'FILE:8: Syntax error. ' +
      'WARNING: ACL errors detected, no change to the previously active ACL rules was performed',
  );
  expect(missing).toBe("ERR Error loading ACLs, opening file 'FILE': No such file or directory");
});

test.skipIf(subjectIsOracle)('ACL LOAD keeps clients whose users stay', async () => {
  const [{ server, file }] = (await withFile('user a on nopass +@all ~* &x\nuser b on nopass +@all\n')) as [
    { server: TestServer; file: string },
  ];
  const clients = await Promise.all(['a', 'a', 'b', 'default'].map(() => server.connect()));
  const [a, subscriber, b, plain] = clients as [(typeof clients)[0], ...typeof clients];
  for (const [i, name] of ['a', 'a', 'b'].entries()) await clients[i]!.call('AUTH', name, '');
  await subscriber!.call('SUBSCRIBE', 'x');
  writeFileSync(file, 'user a on nopass +@all -get ~* &y\n');
  expect(await server.call('ACL', 'LOAD')).toBe('OK');
  expect(await a.call('SET', 'k', 'v')).toBe('OK');
  expect(await a.call('GET', 'k')).toEqual(new RespError("NOPERM User a has no permissions to run the 'get' command"));
  expect(await plain!.call('PING')).toBe('PONG');
  expect((await subscriber!.readToEnd()).toString()).toBe('');
  expect((await b!.readToEnd()).toString()).toBe('');
  for (const client of clients) client.destroy();
});

test('a file that cannot be written leaves the old one', async () => {
  for (const { server, file } of await withFile('user a on\n')) {
    const before = readFileSync(file, 'latin1');
    rmSync(file);
    mkdirSync(file);
    expect(await server.call('ACL', 'SAVE')).toEqual(
      new RespError(
        'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
      ),
    );
    await server.logged('Renaming ACL file for ACL SAVE: Is a directory');
    expect(readdirSync(join(file, '..'))).toEqual(['users.acl']);
    rmSync(file, { recursive: true });
    writeFileSync(file, before);
    chmodSync(file, 0o600);
    expect(await server.call('ACL', 'SAVE')).toBe('OK');
  }
});

test('user lines, and what CONFIG REWRITE makes of them', async () => {
  for (const start of starters) {
    const folder = newFolder();
    const conf = join(folder, 'redis.conf');
    writeFileSync(
      conf,
      '# users\nuser alice on >secret ~a* +@read -get (+set ~b*) (+del ~"c d" \n' +
        'user alice2 on nopass "~with\'quote" +get "(+set ~\\"x\'y\\")"\nuser default on >pass +@all ~* &*\nhz 20\n',
    );
    const broken = await refusedStart(conf);
    expect(broken).toContain('Error in user declaration');
    writeFileSync(conf, readFileSync(conf, 'utf8').replace(' (+del ~"c d" ', ''));
    const server = await start({}, { args: [conf] });
    started.push(server);
    const client = await server.connect();
    expect(await client.call('PING')).toEqual(new RespError('NOAUTH Authentication required.'));
    expect(await client.call('AUTH', 'pass')).toBe('OK');
    expect(await client.call('ACL', 'DRYRUN', 'alice', 'SET', 'b1', 'v')).toBe('OK');
    expect(await client.call('ACL', 'DRYRUN', 'alice2', 'GET', "with'quote")).toBe('OK');
    expect(await client.call('ACL', 'SETUSER', 'bob', 'on', '~x')).toBe('OK');
    expect(await client.call('ACL', 'DELUSER', 'alice')).toBe(1);
    const users = await client.call('ACL', 'LIST');
    expect(await client.call('CONFIG', 'REWRITE')).toBe('OK');
    client.destroy();
    const lines = readFileSync(conf, 'latin1').split('\n');
    expect(lines.filter((line) => line.startsWith('user ')).length).toBe(3);
    expect([lines[0], lines.includes('hz 20')]).toEqual(['# users', true]);
    if (start !== startGraftis || subjectIsOracle) continue;
    const again = await start({}, { args: [conf] });
    started.push(again);
    const second = await again.connect();
    await second.call('AUTH', 'pass');
    expect(await second.call('ACL', 'LIST')).toEqual(users);
    second.destroy();
  }
});

test('what a server does not start with', async () => {
  const folder = newFolder();
  const files = { bad: 'user a +nosuch\n', empty: '' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const outputs = await Promise.all([
    refusedStart('--aclfile', join(folder, 'none')),
    refusedStart('--aclfile', join(folder, 'bad')),
    refusedStart('--aclfile', join(folder, 'empty'), '--user', 'a', 'on'),
    refusedStart('--user', 'a', 'on', '+nosuch'),
    refusedStart('--user', 'a', '--user', 'a'),
    refusedStart('--user', 'a', 'on', '>topsecret', '#topsecret'),
  ]);
  expect(outputs[0]).toMatch(
    /Aborting \w+ startup because of ACL errors: Error loading ACLs, opening file '.*': No such file or directory/,
  );
  expect(outputs[1]).toContain("Error in applying operation '+nosuch'");
  expect(outputs[2]).toContain('users defined in redis.conf');
  expect(outputs[3]).toContain(
    "Error loading ACL rule '+nosuch' for the user named 'a': Unknown command or category name in ACL",
  );
  expect(outputs[4]).toContain('A user can only be defined once in config files');
  if (subjectIsOracle) return;
  expect(outputs[5]).toContain("declaration '#(redacted)': The password hash must be exactly 64 characters");
  expect(outputs[5]).not.toContain('topsecret');
});

test('with requirepass the default user has that password, unless a user line says otherwise', async () => {
  for (const start of starters) {
    const server = await start({ requirepass: 'one' }, { args: ['--user', 'default', 'on', '>two', '+@all', '~*'] });
    started.push(server);
    const client = await server.connect();
    expect(await client.call('AUTH', 'one')).toBeInstanceOf(RespError);
    expect(await client.call('AUTH', 'two')).toBe('OK');
    expect(await client.call('CONFIG', 'GET', 'requirepass')).toEqual(['requirepass', 'one']);
    client.destroy();
  }
});
