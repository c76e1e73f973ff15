/** Clients blocked by modules, and timers. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group, matching } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import {
  repositoryRoot,
  startGraftis,
  startRedis,
  type TestServer,
  temporaryFolder,
  until,
} from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'blocking.c'), temporaryFolder())
  : '';

describe.skipIf(module === '')('blocked clients and timers', () => {
  differential(
    'like redis-server',
    [
      group(
        'replies',
        `b.now 5
         b.now -9223372036854775808
         PING
         b.thread 20 7
         PING
         b.thread 0 8
         b.context 10
         SELECT 3
         b.context 0
         PING
         b.abort text
         PING
         b.again
         b.stats`,
      ),
      group(
        'timeouts',
        `b.hang 20
         PING
         b.hang 1
         b.release
         b.stats`,
      ),
      group(
        'timers that do not fire',
        matching('b.timer 100000 k', /^:-?\d+\r\n$/),
        `b.stop 1234567
         b.info 1234567
         b.stop 0
         GET k`,
      ),
    ],
    { directives: module === '' ? {} : { loadmodule: module } },
  );

  let server: TestServer;
  let a: RespClient;
  let b: RespClient;
  beforeAll(async () => {
    server = await startGraftis({ loadmodule: module });
    [a, b] = await Promise.all([server.connect(), server.connect()]);
  });
  afterAll(async () => {
    a.destroy();
    b.destroy();
    await server.stop();
  });

  const stats = async (): Promise<number[]> => (await b.call('b.stats')) as number[];
  const blockedCount = async (): Promise<number> =>
    Number(/blocked_clients:(\d+)/.exec(String(await b.call('INFO', 'clients')))![1]);
  const releaseAll = async (): Promise<void> => {
    await b.call('b.release');
  };
  /** The reply of a command of `a` that waits while `during` runs. */
  const waiting = async (command: string[], during: (id: string) => Promise<void>): Promise<unknown> => {
    const id = String(await a.call('CLIENT', 'ID'));
    const reply = a.call(...command);
    await until(async () => (await blockedCount()) === 1);
    await during(id);
    return reply;
  };

  test('CLIENT UNBLOCK with and without timeout callback', async () => {
    const [frees0, without0, timeouts0, disconnects0] = (await stats()) as [number, number, number, number];
    const timedOut = await waiting(['b.hang', '0'], async (id) => {
      expect(await b.call('CLIENT', 'UNBLOCK', id)).toBe(1);
    });
    expect(timedOut).toEqual(['0', 0, 1]);
    const failed = await waiting(['b.hang', '0'], async (id) => {
      expect(await b.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
    });
    expect(failed).toMatchObject({ message: 'UNBLOCKED client unblocked via CLIENT UNBLOCK' });
    expect(await stats()).toEqual([frees0, without0, timeouts0 + 1, disconnects0 + 1]);
    await releaseAll();
    const released = await waiting(['b.mute', '0'], async (id) => {
      expect(await b.call('CLIENT', 'UNBLOCK', id)).toBe(0);
      a.send('PING');
      await releaseAll();
      await until(async () => (await blockedCount()) === 0);
    });
    expect(released).toBe('PONG');
  });

  test('a client that goes away: the module is told, and frees what it holds', async () => {
    const [frees0, without0, , disconnects0] = (await stats()) as [number, number, number, number];
    const leaving = await server.connect();
    leaving.send('b.hang', '0');
    await until(async () => (await blockedCount()) === 1);
    leaving.destroy();
    await until(async () => (await blockedCount()) === 0);
    expect((await stats())[3]).toBe(disconnects0 + 1);
    expect(await b.call('b.held')).toBe(1);
    // Private data of 0 needs no freeing; the one of b.release is not NULL.
    await releaseAll();
    expect((await stats()).slice(0, 2)).toEqual([frees0 + 1, without0 + 1]);
  });

  test('a timeout without callback ends the wait without reply; one beyond time is refused', async () => {
    a.send('b.mute', '20');
    expect(await a.call('PING')).toBe('PONG');
    expect(await a.call('b.hang', '9223372036854775807')).toMatchObject({ message: 'ERR timeout is out of range' });
    expect(await a.call('PING')).toBe('PONG');
    await releaseAll();
  });

  test('a timeout without callback does not count as a client that went away', async () => {
    const before = await stats();
    a.send('b.deaf', '20');
    expect(await a.call('PING')).toBe('PONG');
    expect(await stats()).toEqual(before);
    await releaseAll();
    // Told is the module when the client really goes.
    const leaving = await server.connect();
    leaving.send('b.deaf', '0');
    await until(async () => (await blockedCount()) === 1);
    leaving.destroy();
    await until(async () => ((await stats()) as number[])[3] === (before as number[])[3]! + 1);
    await releaseAll();
  });

  describe('replies of threads count for client-output-buffer-limit', () => {
    const LINE = /id=\d+ .*scheduled to be closed ASAP for overcoming of output buffer limits/;
    const limits = (...limit: string[]) => ({ loadmodule: module, 'client-output-buffer-limit': ['normal', ...limit] });

    /** A client asks for `pieces` of 64 KiB; resolves when its connection is closed. */
    const flooded = async (to: TestServer, pieces: string): Promise<void> => {
      const client = await to.connect();
      await client.call('PING');
      const closed = new Promise<void>((resolve) => client.socket.once('close', () => resolve()));
      client.send('b.flood', pieces);
      await closed;
      client.destroy();
    };
    const freesOf = async (client: RespClient): Promise<number> => ((await client.call('b.stats')) as number[])[0]!;
    const memoryOf = async (client: RespClient, field: string): Promise<number> =>
      Number(new RegExp(`${field}:(\\d+)`).exec(String(await client.call('INFO', 'memory')))![1]);

    // redis-server looks at them only when the client is unblocked.
    test.each(['graftis', 'redis-server'])('%s cuts a client that is replied too much', async (which) => {
      const flood = await (which === 'graftis' ? startGraftis : startRedis)(limits('4mb', '0', '0'));
      const control = await flood.connect();
      await flooded(flood, '200');
      await flood.logged(LINE);
      await until(async () => (await freesOf(control)) === 1);
      await until(async () => (await control.call('b.flooding')) === -1);
      expect(await control.call('PING')).toBe('PONG');
      control.destroy();
      await flood.stop();
    });

    test('a reply within the limits arrives', async () => {
      const flood = await startGraftis(limits('4mb', '0', '0'));
      const client = await flood.connect();
      const reply = (await client.call('b.flood', '50')) as string[];
      expect(reply.map((piece) => piece.length)).toEqual(new Array(50).fill(65536));
      client.destroy();
      await flood.stop();
    });

    test('a thread that never stops: its client goes, and nothing is kept of what it goes on replying', async () => {
      const flood = await startGraftis(limits('4mb', '0', '0'));
      const control = await flood.connect();
      await memoryOf(control, 'used_memory');
      const usedBefore = await memoryOf(control, 'used_memory');
      await flooded(flood, '1000000000');
      await flood.logged(LINE);
      expect(await control.call('b.stats')).toEqual([0, 0, 0, 1]);
      expect(String(await control.call('INFO', 'clients'))).toMatch(/connected_clients:1\r\n.*blocked_clients:0\r/s);
      const residentBefore = await memoryOf(control, 'used_memory_rss');
      const countBefore = (await control.call('b.flooding')) as number;
      // 128 MiB more.
      await until(async () => ((await control.call('b.flooding')) as number) > countBefore + 2048);
      expect(await memoryOf(control, 'used_memory_rss')).toBeLessThan(residentBefore + (64 << 20));
      // The thread's calls that the main thread has still to make take up to 8 MiB.
      expect(await memoryOf(control, 'used_memory')).toBeLessThan(usedBefore + (12 << 20));
      expect(await control.call('b.dam')).toBe('OK');
      await until(async () => (await freesOf(control)) === 1);
      expect(await control.call('b.stats')).toEqual([1, 1, 0, 1]);
      expect(flood.log).not.toMatch(/misuse|Internal error/);
      await until(async () => (await control.call('MODULE', 'UNLOAD', 'blocking')) === 'OK');
      control.destroy();
      await flood.stop();
    });

    test('the soft limit', async () => {
      const flood = await startGraftis(limits('0', '1mb', '1'));
      await flooded(flood, '1000000000');
      await flood.logged(LINE);
      expect(await flood.call('b.dam')).toBe('OK');
      await flood.stop();
    });
  });

  test('requests behind a blocked one wait for it', async () => {
    a.send('b.thread', '30', '1');
    a.send('SET', 'order', '1');
    expect(await b.call('EXISTS', 'order')).toBe(0);
    await a.readRaw();
    expect((await a.readRaw()).toString()).toBe('+OK\r\n');
  });

  test("the time in background counts as the command's", async () => {
    await b.call('CONFIG', 'RESETSTAT');
    await a.call('b.thread', '50', '1');
    const usec = Number(/cmdstat_b\.thread:calls=1,usec=(\d+)/.exec(String(await b.call('INFO', 'commandstats')))![1]);
    expect(usec).toBeGreaterThan(40_000);
  });

  test('errors of threads count when they are sent', async () => {
    await b.call('CONFIG', 'RESETSTAT');
    await a.call('b.context', '0');
    expect(String(await b.call('INFO', 'errorstats'))).toContain('errorstat_BROKEN:count=1');
    expect(String(await b.call('INFO', 'commandstats'))).toMatch(/cmdstat_b\.context:.*failed_calls=1/);
  });

  test('unblocking twice is misuse and does no harm', async () => {
    expect(await a.call('b.twice')).toEqual(['b.twice', 1, 1, 0, 1]);
    await server.logged('RedisModule_UnblockClient() was called twice');
    expect(await a.call('PING')).toBe('PONG');
  });

  test('a module with blocked clients or timers stays loaded', async () => {
    const refusal = await waiting(['b.hang', '0'], async () => {
      const reply = await b.call('MODULE', 'UNLOAD', 'blocking');
      expect(String(reply)).toContain('the module has blocked clients');
      await releaseAll();
    });
    expect(refusal).toEqual(['b.hang', '0', 0, 1, 0, 1]);
    const id = String(await b.call('b.timer', '100000', 'never'));
    expect(String(await b.call('MODULE', 'UNLOAD', 'blocking'))).toContain('the module holds timer that is not fired');
    expect(await b.call('b.info', id)).toEqual(['never', 100]);
    expect(await b.call('b.stop', id)).toBe('never');
    expect(await b.call('b.stop', id)).toBe(null);
    expect(await b.call('b.info', id)).toBe(null);
  });

  test('timers fire once, in order, in the database they were made in', async () => {
    await b.call('SELECT', '5');
    for (const ms of ['30', '0', '10', '-5']) await b.call('b.timer', ms, 'ticks');
    await until(async () => (await b.call('GET', 'ticks')) === 'xxxx');
    await b.call('SELECT', '0');
    expect(await b.call('EXISTS', 'ticks')).toBe(0);
  });

  test('100 clients at once', async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => server.connect()));
    const replies = await Promise.all(clients.map((client, i) => client.call('b.thread', String(i % 7), String(i))));
    expect(replies.map((reply) => (reply as unknown[])[3])).toEqual(clients.map((_, i) => i));
    for (const client of clients) client.destroy();
  });
});
