/**
 * Rounds with many ready clients, more than one reading can take: every client gets the replies to what it sent, whatever
 * the others do, be it that they kill each other, leave, or come in the same round and get the descriptor of one who left.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuzz, type Random } from './support/fuzz.ts';
import { type Argument, encodeCommand, type RespClient } from './support/resp.ts';
import { sleep, startGraftis, subjectIsOracle, type TestServer } from './support/server.ts';

const CLIENTS = 40;

interface Talk {
  readonly client: RespClient;
  readonly id: string;
  /** What it sends, and the replies to it. */
  readonly bytes: Buffer;
  readonly replies: string;
  /** It may be killed, and then may have got a part of its replies. */
  readonly mayEnd: boolean;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** A few requests whose replies nobody else has. */
function talk(client: RespClient, id: string, random: Random, victims: readonly string[], mayEnd: boolean): Talk {
  const lines: Argument[][] = [];
  let replies = '';
  for (let i = random.between(1, 40); i > 0; i--) {
    const text = `${id} ${i} ${'x'.repeat(random.below(random.oneIn(60) ? 60_000 : 100))}`;
    lines.push(['ECHO', text]);
    replies += bulk(text);
  }
  for (const victim of victims) {
    lines.push(['CLIENT', 'KILL', 'ID', victim], ['ECHO', `${id} killed`]);
    replies += `:1\r\n${bulk(`${id} killed`)}`;
  }
  return { client, id, bytes: Buffer.concat(lines.map(encodeCommand)), replies, mayEnd };
}

/** Reads all replies; of one that may end, what it gets. */
async function hear({ client, id, replies, mayEnd }: Talk): Promise<void> {
  let heard = '';
  try {
    while (heard.length < replies.length) heard += (await client.readRaw()).toString('latin1');
  } catch (error) {
    if (!mayEnd) throw error;
    if (!replies.startsWith(heard)) expect.fail(`client ${id} heard what is not its own: ${heard.slice(0, 200)}`);
    return;
  }
  if (heard !== replies) expect.fail(`client ${id} heard what is not its own: ${heard.slice(0, 200)}`);
}

const MODES: [string, NodeJS.ProcessEnv][] = [
  ['with the native shim', {}],
  ['without the native shim', { GRAFTIS_NATIVE_SHIM: 'no' }],
];

describe.skipIf(subjectIsOracle).each(MODES)('crowded rounds %s', (_, env) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGraftis({}, { env });
  });
  afterAll(() => server?.stop());

  const connect = async (): Promise<[RespClient, string]> => {
    const client = await server.connect();
    client.socket.on('error', () => {});
    return [client, String(await client.call('CLIENT', 'ID'))];
  };

  test('everybody gets the replies to what it sent', async () => {
    await fuzz(8, async (random) => {
      const all = await Promise.all(Array.from({ length: CLIENTS }, connect));
      const [sleeper, ...others] = all;
      const killed = others.slice(0, 5).map(([, id]) => id);
      const talks = others.map(([client, id], i) => {
        const victims = i >= 5 && i < 10 ? [killed[i - 5]!] : [];
        return talk(client, id, random, victims, i < 5);
      });
      // While it sleeps, the requests of all others arrive: one round finds them all ready.
      sleeper![0].send('DEBUG', 'SLEEP', '0.1');
      await sleep(20);
      const late: Promise<void>[] = [];
      const sent = random.shuffle([...talks]).map(async ({ client, bytes }) => {
        const piece = random.oneIn(3) ? random.below(bytes.length) : bytes.length;
        await client.write(bytes.subarray(0, piece)).catch(() => {});
        if (piece < bytes.length) late.push(client.write(bytes.subarray(piece)).catch(() => {}));
      });
      for (const { client } of talks.splice(30, 3)) client.destroy();
      const newcomers = Promise.all(
        Array.from({ length: 6 }, async () => {
          const client = await server.connect();
          const newcomer = talk(client, 'newcomer', random, [], false);
          await client.write(newcomer.bytes);
          await hear(newcomer);
          client.destroy();
        }),
      );
      await Promise.all([...sent, ...talks.map(hear), newcomers]);
      await Promise.all(late);
      expect(await sleeper![0].read()).toBe('OK');
      for (const [client] of all) client.destroy();
    });
    expect(server.alive).toBe(true);
  });

  test('who waits, is paused or has said QUIT is read from in order', async () => {
    const [waiter, other] = await Promise.all([server.connect(), server.connect()]);
    other.send('DEBUG', 'SLEEP', '0.05');
    await sleep(10);
    waiter.send('BLPOP', 'queue', '0');
    for (let i = 0; i < 300; i++) waiter.send('ECHO', `${i} ${'y'.repeat(i)}`);
    expect(await other.read()).toBe('OK');
    other.send('DEBUG', 'SLEEP', '0.05');
    await sleep(10);
    other.send('RPUSH', 'queue', 'v');
    for (let i = 300; i < 600; i++) waiter.send('ECHO', `${i} ${'y'.repeat(i)}`);
    waiter.send('QUIT');
    waiter.send('ECHO', 'never');
    expect(await waiter.read()).toEqual(['queue', 'v']);
    for (let i = 0; i < 600; i++) expect(await waiter.read()).toBe(`${i} ${'y'.repeat(i)}`);
    expect(await waiter.read()).toBe('OK');
    await waiter.closed();
    for (const client of [waiter, other]) client.destroy();
  });
});
