/** Saving and loading values of modules: byte for byte as redis-server with the same module, and payloads that are broken. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable, oracleAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { fuzz } from '../support/fuzz.ts';
import { compileModule } from '../support/modules.ts';
import { sealed, unsealed } from '../support/payload.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, startRedis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'saved.c'), temporaryFolder())
  : '';

const HANDLES_ERRORS = 1;

describe.skipIf(module === '')('values of modules that are saved and loaded', () => {
  differential(
    'like redis-server',
    [
      group(
        'DUMP',
        `v.set k 1 -1 0.5 text buffer
         v.get k
         DUMP k
         v.seen
         SELECT 3
         v.set other 18446744073709551615 -9223372036854775808 1e15 12345 ""
         DUMP other
         v.seen
         v.get other
         v.set x 63 63 -0.0 ${'abc'.repeat(6)} "a\\x00b"
         DUMP x
         v.set x 64 16383 0 "" "-2147483648"
         DUMP x
         v.set x 16384 4294967295 inf 65536 -129
         DUMP x
         v.set x 4294967296 1 -inf x ${'z'.repeat(20)}
         DUMP x
         v.fail 0
         DUMP nokey`,
      ),
      group(
        'texts',
        `v.set k 1 -1 0.5 text buffer
         v.text k
         v.seen
         v.from new "\\x02\\x07\\x02\\x0a\\x04\\x00\\x00\\x00\\x00\\x00\\x00\\xf8\\x3f\\x03\\x00\\x00\\x80\\x3f\\x05\\x060x8p-3\\x05\\x01a\\x05\\x01b\\x05\\x00"
         v.get new
         v.seen
         OBJECT FREQ k
         DEBUG OBJECT nokey`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module, 'enable-debug-command': 'yes' } },
  );

  test.skipIf(!oracleAvailable())('payloads go both ways', async () => {
    const ours = await startGraftis({ loadmodule: module });
    const theirs = await startRedis({ loadmodule: module });
    try {
      for (const [from, to] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        await from.call('v.set', 'k', '300', '-70000', '0.5', 'text', 'x'.repeat(5000));
        const client = await from.connect();
        const payload = await dump(client, 'k');
        client.destroy();
        expect(await to.call('RESTORE', 'copy', '0', payload)).toBe('OK');
        expect(await to.call('v.seen')).toBe('load 5 copy db 0 context');
        expect(await to.call('v.get', 'copy')).toEqual(await from.call('v.get', 'k'));
        expect(await to.call('RESTORE', 'copy', '0', payload)).toMatchObject({ message: /BUSYKEY/ });
      }
    } finally {
      await ours.stop();
      await theirs.stop();
    }
  });

  describe('broken payloads', () => {
    let server: TestServer;
    let client: RespClient;
    beforeAll(async () => {
      server = await startGraftis({ loadmodule: module });
      client = await server.connect();
    });
    afterAll(() => server.stop());

    const refused = { message: expect.stringContaining('Bad data format') };

    test('refusals of the module, and what it says to them', async () => {
      await client.call('v.set', 'k', '1', '2', '3', 'text', 'buffer');
      const payload = await dump(client, 'k');
      await client.call('v.fail', '2');
      expect(await client.call('RESTORE', 'copy', '0', payload)).toMatchObject(refused);
      await server.logged(`for the module type 'sav-ed_09', that the responsible module is not able to load`);
      await client.call('v.fail', '1');
      expect(await client.call('RESTORE', 'copy', '0', payload)).toMatchObject(refused);
      await server.logged(`for the module 'sav-ed_09' that is not terminated by the proper module value EOF marker`);
      expect(await client.call('DUMP', 'k')).not.toBeNull();
      await server.logged('RedisModule_LoadUnsigned was given a RedisModuleIO that is not for loading');
      await client.call('v.fail', '0');
      const unknown = unsealed(payload);
      unknown[3] = 0x55;
      expect(await client.call('RESTORE', 'copy', '0', sealed(unknown))).toMatchObject(refused);
      await server.logged(/module data I can't load: no matching module type '.{9}'/);
      expect(await client.call('EXISTS', 'copy')).toBe(0);
      expect(await client.call('v.live')).toBe(1);
    });

    test('parts of another kind: a module that does not look at errors gets nothing dangerous', async () => {
      // Two integers where the module expects one and then a double.
      await client.call('v.set', 'k', '1', '2', '3', 'text', 'buffer');
      const head = unsealed(await dump(client, 'k')).subarray(0, 10);
      const wrong = sealed(Buffer.concat([head, Buffer.from([2, 1, 2, 2, 2, 3, 0])]));
      for (const options of [0, HANDLES_ERRORS]) {
        await client.call('v.options', String(options));
        expect(await client.call('RESTORE', 'copy', '0', wrong)).toMatchObject(refused);
      }
      await server.logged("Error loading data from RDB (short read or EOF). Read performed by module 'saved'");
      await server.logged('<saved> cannot load a value: 42');
      expect(await client.call('v.from', 'k', 'nonsense')).toBeNull();
      expect(await client.call('EXISTS', 'copy')).toBe(0);
      expect(await client.call('v.live')).toBe(1);
    });

    test('mutated payloads leave nothing behind', async () => {
      await fuzz(30, async (random) => {
        await client.call('v.options', String(random.below(2)));
        await client.call('v.set', 'k', String(random.below(1e6)), '-5', '0.5', random.value(40), random.value(300));
        const value = unsealed(await dump(client, 'k'));
        for (let i = 0; i < 20; i++) {
          const mutant = Buffer.from(value.subarray(0, random.oneIn(4) ? random.below(value.length + 1) : undefined));
          for (let n = random.below(4); n > 0 && mutant.length > 10; n--) {
            mutant[random.between(10, mutant.length - 1)] = random.below(256);
          }
          const reply = await client.call('RESTORE', 'copy', '0', sealed(mutant), 'REPLACE');
          if (reply === 'OK') {
            await client.call('v.get', 'copy');
            await client.call('DUMP', 'copy');
            await client.call('DEL', 'copy');
          }
          expect(await client.call('v.live')).toBe(1);
        }
      });
    });
  });
});

/** The payload of a key. */
async function dump(client: RespClient, key: string): Promise<Buffer> {
  client.send('DUMP', key);
  const raw = await client.readRaw();
  return raw.subarray(raw.indexOf('\n') + 1, raw.length - 2);
}
