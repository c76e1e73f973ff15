/** The same steps of a module with the native shim and without it: replies, log and strings must be the same. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../../../test/support/availability.ts';
import { fuzz } from '../../../test/support/fuzz.ts';
import { FakeClient, FakeEnv } from '../../../test/support/module-env.ts';
import { compileModule } from '../../../test/support/modules.ts';
import { repositoryRoot, temporaryFolder } from '../../../test/support/server.ts';
import { nativeUnavailable } from '../../memory/native.ts';
import { nativeShim } from '../../memory/shim.ts';
import { textEncoding } from '../../store/string-encoding.ts';
import { ModuleHost } from '../host.ts';
import { openKeys } from '../open-keys.ts';
import { callBlock } from './call-block.ts';
import { guardedMemory } from './guarded-memory.ts';
import { moduleStrings } from './string-handles.ts';

const usable = compilerAvailable() && nativeUnavailable === null && typeof nativeShim() !== 'string';

/** Buffers that end where no memory is, by size. */
const guarded = new Map<number, Uint8Array>();

/** A client whose replies begin in a buffer of `bytes`, behind which no memory is. */
function clientWith(bytes: number, resp: 2 | 3): FakeClient {
  const client = new FakeClient(7);
  let buffer = guarded.get(bytes);
  if (buffer === undefined) guarded.set(bytes, (buffer = new Uint8Array(guardedMemory(bytes).buffer)));
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  Object.assign(client.out, { buf: buffer, view, resp });
  return client;
}

describe.skipIf(!usable)('a module with the shim and without', () => {
  const servers: { env: FakeEnv; host: ModuleHost }[] = [];
  beforeAll(() => {
    const library = compileModule(join(repositoryRoot, 'test', 'modules', 'steps.c'), temporaryFolder());
    for (const usesShim of [true, false]) {
      const env = new FakeEnv();
      const host = new ModuleHost(env, usesShim);
      servers.push({ env, host });
      expect(host.load(library), env.logged.join('\n')).toBe(true);
    }
  });
  afterAll(() => {
    for (const { host } of servers) host.close();
  });

  /** Runs a command in both and compares; returns the reply. */
  function both(line: (string | number)[], bytes = 16384, resp: 2 | 3 = 2): string {
    const results = servers.map(({ env }) => {
      env.logged.length = 0;
      const reply = env.run(line, clientWith(bytes, resp));
      return { reply, log: env.logged.map((entry) => entry.replace(/0x[0-9a-f]+/g, '0x')) };
    });
    expect(results[0], `${line.join(' ')} with ${bytes} bytes`).toEqual(results[1]);
    moduleStrings.validateIntegrity();
    return results[0]!.reply;
  }

  test('strings that come and go, RM_Free included, leave nothing behind', () =>
    fuzz(100, (random) => {
      const before = moduleStrings.size;
      servers[0]!.env.run(['st.run', random.between(1, 2 ** 30), random.below(12)], clientWith(4096, 2));
      expect(moduleStrings.size).toBe(before);
    }));

  test('random replies and strings', () =>
    fuzz(400, (random) => {
      const bytes = random.pick([8, 64, 512, 4096, 65536]);
      const line = ['st.run', random.between(1, 2 ** 30), random.below(12), 'x'.repeat(random.below(150))];
      both(line, bytes, random.pick([2, 3] as const));
    }));

  test('random mistakes', () =>
    fuzz(200, (random) => {
      both(['st.wrong', random.between(1, 2 ** 30), random.below(12)], random.pick([64, 4096]));
    }));

  test('a reply of 100,000 elements, and one string of 300 MB', () => {
    expect(both(['st.many', 100_000], 4096)).toMatch(/^\*100000\r\n:0\r\n/);
    expect(both(['st.long', 300_000_000], 4096)).toHaveLength(300_000_000 + 14);
  });

  test('random use of keys', () =>
    fuzz(200, (random) => {
      for (const { env } of servers) {
        const { keyspace } = env.data;
        for (let i = 0; i < 5; i++) {
          const name = Buffer.from(`k${i}`);
          const value = Buffer.from('value '.repeat(i * 4));
          keyspace.dbs[0]!.setString(name, 0, 2, value, 0, value.length, textEncoding(value.length), false);
        }
      }
      both(['st.keys', random.between(1, 2 ** 30), random.below(60), 'k0', 'k1', 'k2', 'k3', 'k4', 'nokey']);
      const [ours, theirs] = servers.map(({ env }) => env.data.keyspace.stats);
      expect(ours).toEqual(theirs);
      expect(openKeys.size).toBe(0);
    }));

  test.each(['a string', '', '12345', null])('a key that holds %j, opened and changed', (value) => {
    for (const more of [[], ['truncate']]) {
      for (const { env } of servers) {
        const { dbs } = env.data.keyspace;
        const key = Buffer.from('k');
        const bytes = Buffer.from(value ?? '');
        if (value !== null) dbs[0]!.setString(key, 0, 1, bytes, 0, bytes.length, textEncoding(bytes.length), false);
      }
      both(['st.key', 'k', ...more]);
    }
  });

  test('ordinary commands are answered without any callback', () => {
    const { env } = servers[0]!;
    const { keyspace } = env.data;
    const value = Buffer.from('a value of some length, as strings are');
    for (const name of ['k', 'key:000000012345', 'sixteen-byte-key', 'a longer name of a key, of 44 bytes, or 45 so']) {
      const key = Buffer.from(name);
      keyspace.dbs[0]!.setString(key, 0, key.length, value, 0, value.length, 0, false);
      // What the command is seen to do in the first round is answered by the shim from then on.
      const interrupted = [0, 1, 2].map(() => {
        const before = callBlock.interruptions;
        env.run(['st.read', name], clientWith(4096, 2));
        return callBlock.interruptions - before;
      });
      expect(interrupted[2], name).toBe(0);
    }
    env.plainReads = true;
    for (const name of ['k', 'key:000000012345']) {
      env.reads = 0;
      env.run(['st.get', name, 's'], clientWith(4096, 2));
      for (let i = 0; i < 30; i++) {
        const before = callBlock.interruptions;
        expect(env.run(['st.get', name, 'scbt'], clientWith(4096, 2))).toContain(value.toString());
        if (i > 0) expect(callBlock.interruptions, name).toBe(before);
      }
      expect(env.reads).toBeGreaterThanOrEqual(4 * 29);
    }
    env.plainReads = false;
  });

  test.each([0, 1, 2, 3, -1])('%i replies where there should be one', (count) => {
    both(['st.count', count]);
  });
});
