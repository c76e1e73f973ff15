/**
 * Commands that handle network events while they run, as modules that yield and long scripts do: what other clients
 * get meanwhile, and what the command's own client gets, are the same as without. The command is t.poll of
 * support/preload.mjs: a map of texts, between two of which it polls the sockets; it reads from them itself where they are
 * Node's, so there is no TLS here.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuzz } from './support/fuzz.ts';
import { type Argument, encodeCommand, type RespClient } from './support/resp.ts';
import { repositoryRoot, sleep, startGraftis, subjectIsOracle, type TestServer, until } from './support/server.ts';

const preload = pathToFileURL(join(repositoryRoot, 'test', 'support', 'preload.mjs')).href;
let server: TestServer;

interface Exchange {
  readonly args: Argument[];
  readonly reply: string;
}

function echo(text: string): Exchange {
  return { args: ['ECHO', text], reply: `$${text.length}\r\n${text}\r\n` };
}

function poll(rounds: number, text: string, resp: 2 | 3): Exchange {
  const head = resp === 3 ? `%${rounds}` : `*${rounds * 2}`;
  const yes = resp === 3 ? '#t' : ':1';
  const items = Array.from({ length: rounds }, (_, i) => {
    const key = `${text} ${i}`;
    return `$${key.length}\r\n${key}\r\n${yes}\r\n`;
  });
  return { args: ['t.poll', rounds, text], reply: `${head}\r\n${items.join('')}` };
}

/** Sends all, in pieces of any length, and checks every byte of the replies. */
async function converse(client: RespClient, exchanges: readonly Exchange[], pieces: () => number): Promise<void> {
  const bytes = Buffer.concat(exchanges.map(({ args }) => encodeCommand(args)));
  const send = async (): Promise<void> => {
    for (let from = 0; from < bytes.length; ) {
      const to = from + pieces();
      await client.write(bytes.subarray(from, to));
      from = to;
    }
  };
  const sent = send();
  for (const { args, reply } of exchanges) {
    const got = (await client.readRaw()).toString('latin1');
    if (got !== reply)
      expect.fail(`${args.join(' ').slice(0, 60)}: ${got.slice(0, 200)} in place of ${reply.slice(0, 200)}`);
  }
  await sent;
}

/** Node's sockets write and accept nothing while its loop stands still: with them t.hold would wait for ever. */
const nodeSockets = process.env['GRAFTIS_TEST_IO'] === 'node' || process.env['GRAFTIS_PORTABLE'] === '1';
const holds = nodeSockets ? test.skip : test;

/** Waits until t.hold is running. */
async function holding(witness: RespClient): Promise<void> {
  await until(async () => / cmd=t\.hold /.test(String(await witness.call('CLIENT', 'LIST'))));
}

/** With the native shim the connections of a round are read together, and a nested round finds what is left of them. */
const MODES: [string, NodeJS.ProcessEnv][] = [
  ['', {}],
  [' without the native shim', { GRAFTIS_NATIVE_SHIM: 'no' }],
];

describe.skipIf(subjectIsOracle).each(nodeSockets ? MODES.slice(0, 1) : MODES)(
  'rounds inside of commands%s',
  (_, env) => {
    beforeAll(async () => {
      server = await startGraftis({}, { env: { ...env, NODE_OPTIONS: `--import=${preload}` } });
    });
    afterAll(() => server?.stop());

    test('pipelines of several clients, some of which poll, in both protocols', async () => {
      const protocols = [2, 3, 2, 3, 2, 3] as const;
      const clients = await Promise.all(protocols.map((resp) => server.connectPlain(resp)));
      await fuzz(3, async (random) => {
        await Promise.all(
          clients.map((client, k) => {
            const exchanges = Array.from({ length: 150 }, (_, i) => {
              const text = `client ${k} message ${i} ${'x'.repeat(random.below(random.oneIn(50) ? 300_000 : 30))}`;
              return random.oneIn(10) ? poll(random.between(1, 20), `poll ${k} ${i}`, protocols[k]!) : echo(text);
            });
            return converse(client, exchanges, () => (random.oneIn(2) ? random.between(1, 200) : 100_000));
          }),
        );
      });
      const [witness] = clients;
      expect(await witness!.call('t.nested')).toBeGreaterThan(100);
      for (const client of clients) client.destroy();
    });

    holds('the executing client is not read from, and its later requests run after', async () => {
      const [a, b] = await Promise.all([server.connectPlain(), server.connectPlain()]);
      await a.call('SET', 'order', '');
      a.send('t.hold');
      a.send('APPEND', 'order', 'second');
      await holding(b);
      expect(await b.call('APPEND', 'order', 'between ')).toBe(8);
      expect(await b.call('t.go')).toBe('OK');
      expect(await a.read()).toBe('done');
      expect(await a.read()).toBe(14);
      expect(await b.call('GET', 'order')).toBe('between second');
      for (const client of [a, b]) client.destroy();
    });

    holds('who came in the same round as a command that polls is not kept waiting by it', async () => {
      const clients = await Promise.all(Array.from({ length: 8 }, () => server.connectPlain()));
      const [a, ...others] = clients as [RespClient, ...RespClient[]];
      for (let i = 0; i < 20; i++) {
        a.send('t.hold');
        for (const client of others) for (const text of ['x', 'y']) client.send('ECHO', text);
        for (const client of others) for (const text of ['x', 'y']) expect(await client.read()).toBe(text);
        await holding(others[0]!);
        expect(await others[0]!.call('t.go')).toBe('OK');
        expect(await a.read()).toBe('done');
      }
      for (const client of clients) client.destroy();
    });

    holds(
      'what clients of a crowded round send while a command of it polls comes behind what they had sent',
      async () => {
        const clients = await Promise.all(Array.from({ length: 50 }, () => server.connectPlain()));
        const witness = await server.connectPlain();
        witness.send('DEBUG', 'SLEEP', '0.2');
        await sleep(50);
        // All of this is found by one round, and is more than is parsed ahead.
        for (const [i, client] of clients.entries()) {
          const lines = [i === 0 ? ['t.hold'] : ['ECHO', `first of ${i}`], ['ECHO', `first of ${i}`]];
          await client.write(Buffer.concat(lines.map(encodeCommand)));
          await sleep(1);
        }
        expect(await witness.read()).toBe('OK');
        await holding(witness);
        for (const [i, client] of clients.entries()) client.send('ECHO', `second of ${i}`);
        await sleep(20);
        expect(await witness.call('t.go')).toBe('OK');
        for (const [i, client] of clients.entries()) {
          expect(await client.read()).toBe(i === 0 ? 'done' : `first of ${i}`);
          expect(await client.read()).toBe(`first of ${i}`);
          expect(await client.read()).toBe(`second of ${i}`);
          client.destroy();
        }
        witness.destroy();
      },
    );

    holds('a command that polls inside of another', async () => {
      const [a, b, d] = await Promise.all([server.connectPlain(), server.connectPlain(3), server.connectPlain()]);
      a.send('t.hold');
      await holding(d);
      b.send('t.poll', 3, 'inner');
      b.send('ECHO', 'b');
      for (let i = 0; i < 5; i++) expect(await d.call('ECHO', `d ${i}`)).toBe(`d ${i}`);
      expect(await b.read()).toEqual(new Map([0, 1, 2].map((i) => [`inner ${i}`, true])));
      expect(await b.read()).toBe('b');
      expect(await d.call('t.go')).toBe('OK');
      expect(await a.call('ECHO', 'a')).toBe('done');
      expect(await a.read()).toBe('a');
      for (const client of [a, b, d]) client.destroy();
    });

    holds('killing a client whose command runs: it ends when the command is done', async () => {
      const [a, b] = await Promise.all([server.connectPlain(), server.connectPlain()]);
      const id = String(await a.call('CLIENT', 'ID'));
      a.send('t.hold');
      await holding(b);
      expect(await b.call('CLIENT', 'KILL', 'ID', id)).toBe(1);
      // It is not closed while its command may still look at it.
      expect(await b.call('CLIENT', 'LIST')).toContain(`id=${id} `);
      expect(await b.call('t.go')).toBe('OK');
      await a.closed();
      await until(async () => /connected_clients:1\r/.test(String(await b.call('INFO', 'clients'))));
      expect(await b.call('PING')).toBe('PONG');
      b.destroy();
    });

    test('a client that goes away while its command runs', async () => {
      const b = await server.connectPlain();
      for (let i = 0; i < 20; i++) {
        const a = await server.connectPlain();
        a.send('t.poll', 1000, 'x');
        a.destroy();
        expect(await b.call('ECHO', `message ${i}`)).toBe(`message ${i}`);
      }
      await until(async () => /connected_clients:1\r/.test(String(await b.call('INFO', 'clients'))));
      b.destroy();
    });

    holds('errors, statistics and switches of one do not become those of another', async () => {
      const [a, b] = await Promise.all([server.connectPlain(), server.connectPlain()]);
      await b.call('CONFIG', 'RESETSTAT');
      a.send('CLIENT', 'NO-TOUCH', 'ON');
      expect(await a.read()).toBe('OK');
      a.send('t.hold');
      await holding(b);
      for (let i = 0; i < 100; i++) b.send('NOSUCH');
      for (let i = 0; i < 100; i++)
        expect(await b.read()).toMatchObject({ message: expect.stringMatching(/^ERR unknown/) });
      expect(await b.call('t.go')).toBe('OK');
      expect(await a.read()).toBe('done');
      const stats = String(await b.call('INFO', 'commandstats'));
      expect(stats).toMatch(/cmdstat_t\.hold:calls=1,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=0/);
      for (const client of [a, b]) client.destroy();
    });
  },
);
