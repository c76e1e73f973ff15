/** A module's threads against clients: the lock keeps them apart, and nobody starves. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import type { RespClient } from '../support/resp.ts';
import { repositoryRoot, startGraftis, temporaryFolder } from '../support/server.ts';

const THREADS = 8;
const CLIENTS = 50;
const ROUNDS = 60;
const ACCOUNTS = 20;
const BALANCE = 1000;

describe.skipIf(!compilerAvailable())('threads of modules', () => {
  test(`${THREADS} threads against ${CLIENTS} clients`, async () => {
    const module = compileModule(join(repositoryRoot, 'test', 'modules', 'threads.c'), temporaryFolder());
    const server = await startGraftis({ loadmodule: module });
    const control = await server.connect();
    expect(await control.call('th.open', String(ACCOUNTS), String(BALANCE))).toBe('OK');
    expect(await control.call('th.start', String(THREADS), String(ROUNDS))).toBe('OK');

    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => server.connect()));
    const busyClient = async (client: RespClient, i: number): Promise<void> => {
      for (let round = 0; round < 15; round++) {
        expect(await client.call('th.move', String(i + round), String(i * 3), '1')).toBe('OK');
        if (round % 3 === 0) expect(await client.call('th.ask', String(i))).toBe(i * 2);
        if (round % 5 === 0) expect(await client.call('th.sum')).toEqual([ACCOUNTS * BALANCE, 0]);
      }
    };
    await Promise.all(clients.map(busyClient));
    while ((await control.call('th.running')) !== 0);
    expect(await control.call('th.sum')).toEqual([ACCOUNTS * BALANCE, 0]);
    expect(await control.call('DBSIZE')).toBe(ACCOUNTS);
    expect(server.log).not.toContain('misuse');
    for (const client of clients) client.destroy();
    control.destroy();
    await server.stop();
    // Asked to, it ended by itself: no thread kept it.
    expect(server.process.signalCode).toBe(null);
  });
});
