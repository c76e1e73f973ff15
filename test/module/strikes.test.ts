/**
 * Callbacks of native types and listeners that delete, or replace, the very keys of the command that they are called in:
 * replies and what the module saw are those of redis-server with the same module.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { splitCommandLine } from '../support/command-line.ts';
import { compileModule } from '../support/modules.ts';
import {
  repositoryRoot,
  sleep,
  startGraftis,
  startRedis,
  type TestServer,
  temporaryFolder,
  until,
} from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'strikes.c'), temporaryFolder())
  : '';

/** Runs lines on an empty server; `...` is the time in which keys with 1 ms left expire. */
async function replies(server: TestServer, lines: string): Promise<string[]> {
  const client = await server.connect();
  for (const line of ['DEBUG SET-ACTIVE-EXPIRE 0', 's.on nothing PING', 'FLUSHALL SYNC', 's.notes']) {
    await client.call(...splitCommandLine(line));
  }
  const got: string[] = [];
  for (const line of lines.split('\n')) {
    if (line === '...') await sleep(10);
    else {
      const reply = show(await client.call(...splitCommandLine(line)));
      // Values have headers of other sizes.
      got.push(`${line} -> ${line.startsWith('MEMORY') ? 'a number' : reply}`);
    }
  }
  client.destroy();
  return got;
}

const show = (reply: unknown): string => (reply instanceof Error ? reply.message : JSON.stringify(reply));

/** What is left, and what the module saw. */
const LEFT = 's.get a\ns.get b\ns.get c\nEXISTS a b c\nDBSIZE\ns.notes';

describe.skipIf(module === '')('callbacks that strike back', () => {
  const directives = { loadmodule: module, 'enable-debug-command': 'yes' };
  let graftis: TestServer;
  let redis: TestServer;
  beforeAll(async () => {
    [graftis, redis] = await Promise.all([startGraftis(directives), startRedis(directives)]);
  });
  afterAll(async () => {
    await Promise.all([graftis.stop(), redis.stop()]);
    expect([graftis.process.exitCode, graftis.process.signalCode]).toEqual([0, null]);
  });

  const equal: Record<string, string> = {
    'unlink deletes its own key, in DEL': 's.set a 1\ns.on unlink DEL a\nDEL a',
    'unlink deletes its own key, in UNLINK': 's.set a 1\ns.on unlink DEL a\nUNLINK a',
    'unlink deletes another key, in DEL of both': 's.set a 1\ns.set b 2\ns.on unlink DEL b\nDEL a b',
    'unlink creates its key anew': 's.set a 1\ns.on unlink SET a new\nDEL a\nGET a',
    'unlink creates its key anew with the type': 's.set a 1\ns.on unlink s.set a 2\nDEL a',
    'unlink deletes another key, in SET over it': 's.set a 1\ns.set b 2\ns.on unlink DEL b\nSET a x\nGET a',
    'unlink deletes its key, in expiry': 's.set a 1\nPEXPIRE a 1\n...\ns.on unlink DEL a\nGET a',
    'unlink of the target deletes a third, in RENAME': 's.set a 1\ns.set b 2\ns.set c 3\ns.on unlink DEL c\nRENAME a b',
    'unlink deletes its key, in MOVE': 's.set a 1\ns.on unlink DEL a\nMOVE a 2\nSELECT 2',
    'unlink deletes all, in DEL of many': 's.set a 1\ns.set b 2\ns.set c 3\ns.on unlink FLUSHALL\nDEL a b c',
    'free deletes another key': 's.set a 1\ns.set b 2\ns.on free DEL b\nDEL a',
    'copy deletes another key': 's.set a 1\ns.set c 2\ns.on copy DEL c\nCOPY a b',
    'mem_usage deletes another key': 's.set a 1\ns.set c 2\ns.on mem_usage DEL c\nMEMORY USAGE a',
    'a listener deletes the source, in RENAME': 's.set a 1\ns.on rename_from DEL b\nRENAME a b',
    'a listener deletes the target, in COPY': 's.set a 1\ns.on copy_to DEL b a\nCOPY a b',
    'a listener deletes the key, in MOVE': 's.set a 1\ns.on move_from DEL b\nMOVE a 2\nSELECT 2\ns.get a\nSELECT 0',
    'a listener of expiry deletes the source, in COPY over an expired key with REPLACE':
      's.set b 2\ns.set c 1\nPEXPIRE b 1\n...\ns.on expired DEL a\nCOPY c b REPLACE',
    'a listener deletes what comes next, in SCAN':
      's.set a 1\nSET b 1 PX 1\n...\ns.on expired DEL a\nSCAN 0 COUNT 100 TYPE hash',
    'a listener deletes the key, in DEL of many': 's.set a 1\ns.set b 2\ns.set c 3\ns.on del DEL c\nDEL a b c',
    'a listener deletes the key, in EXPIRE': 's.set a 1\ns.on expire DEL a\nEXPIRE a 100\nTTL a',
    'a listener deletes the key, in PERSIST': 's.set a 1\nEXPIRE a 100\ns.on persist DEL a\nPERSIST a\nTTL a',
    'a listener deletes the key, in APPEND': 'SET a x\ns.on append DEL a\nAPPEND a y\nAPPEND a z\nGET a',
  };

  test.each(Object.entries(equal))('%s', async (_, lines) => {
    const text = `${lines}\n${LEFT}`;
    expect(await replies(graftis, text)).toEqual(await replies(redis, text));
  });

  /** Keys are expired before any is looked up: redis-server goes on with the value that it has fetched. */
  test('a listener of the expired target deletes the source, in RENAME', async () => {
    const lines = 's.set a 1\ns.set b 2\nPEXPIRE b 1\n...\ns.on expired DEL a\nRENAME a b';
    const ours = await replies(graftis, `${lines}\n${LEFT}`);
    const theirs = await replies(redis, `${lines}\n${LEFT}`);
    expect(ours[4]).toContain('no such key');
    expect(ours).toContain('DBSIZE -> 0');
    expect(theirs[4]).toBe('RENAME a b -> "OK"');
    expect(theirs).toContain('s.get b -> 1');
  });

  /** A key that is renamed is out of the table before its new name is in: redis-server has both for a moment. */
  test('unlink deletes the target, in RENAME', async () => {
    const lines = `s.set a 1\ns.on unlink DEL b\nRENAME a b\n${LEFT}`;
    const ours = await replies(graftis, lines);
    expect(ours[2]).toBe('RENAME a b -> "OK"');
    expect(ours).toContain('s.get b -> 1');
    expect(ours.at(-1)).toContain('unlink a;struck 0;holds 1;rename_from a;rename_to b;');
    const theirs = await replies(redis, lines);
    expect(theirs.at(-1)).toContain(
      'unlink a;unlink b;holds 1;del b;struck 1;holds 1;free -;rename_from a;rename_to b;',
    );
  });

  /** redis-server uses the entry that it has freed. */
  test.each(['SET a x', 'SETEX a 100 x', 'RENAME b a', 'COPY b a REPLACE', 's.set a 5', 'MSET b 1 a 2'])(
    'unlink deletes its own key while that is written over: %s',
    async (line) => {
      const client = await graftis.connect();
      for (const strike of ['DEL a', 'SET a y', 'FLUSHALL']) {
        await replies(graftis, 's.set a 1\ns.set b 2\ns.notes');
        await client.call('s.on', 'unlink', ...splitCommandLine(strike));
        await client.call(...splitCommandLine(line));
        expect(await client.call('s.notes')).toMatch(/unlink .*struck .*holds/);
      }
      client.destroy();
    },
  );

  test('bytes that a module holds (StringDMA) stay where they are while memory is compacted', async () => {
    const server = await startGraftis({
      loadmodule: module,
      activedefrag: 'yes',
      'active-defrag-ignore-bytes': '1',
      'active-defrag-cycle-min': '50',
      'active-defrag-cycle-max': '75',
    });
    const client = await server.connect();
    const count = 40_000;
    const value = 'v'.repeat(200);
    const names = Array.from({ length: count }, (_, i) => `k${i}`);
    await client.pipeline(names.map((name) => ['SET', name, value]));
    // Most of them in pages that are going to be emptied.
    const held = names.filter((_, i) => i % 625 === 5);
    for (const name of held) expect(await client.call('s.hold', name)).toBe(200);
    await client.pipeline(names.filter((_, i) => i % 20 !== 0 && i % 625 !== 5).map((name) => ['DEL', name]));
    const hits = async (): Promise<number> =>
      Number(/active_defrag_key_hits:(\d+)/.exec(String(await client.call('INFO', 'stats')))![1]);
    await until(async () => (await hits()) > 500);
    let before = -1;
    await until(async () => {
      const last = before;
      before = await hits();
      await sleep(100);
      return before === last;
    });
    // What was moved away is written over.
    await client.pipeline(names.map((_, i) => ['SET', `other${i}`, 'w'.repeat(200)]));
    expect(await client.call('s.poke', 'poked')).toBe('OK');
    for (const name of held) expect(await client.call('GET', name)).toBe(`poked${'v'.repeat(195)}`);
    for (let i = 0; i < count; i += 4000) {
      expect(await client.call('GET', `k${i}`)).toBe(value);
      expect(await client.call('GET', `other${i}`)).toBe('w'.repeat(200));
    }
    expect(await client.call('s.let')).toBe('OK');
    client.destroy();
    await server.stop();
  });
});
