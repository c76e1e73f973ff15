/** Strings that are almost HyperLogLogs, under all commands for them: errors at most, and the server goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz, type Random } from './support/fuzz.ts';
import { type Argument, encodeCommand } from './support/resp.ts';
import { startGraftis, type TestServer } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

const ALLOWED = /^(?:[:+$*_]|-INVALIDOBJ |-WRONGTYPE |-ERR HLL encoding is not sparse)/;
const key = (random: Random): string => random.pick(['a', 'b', 'c']);
const elements = (random: Random): Argument[] =>
  Array.from({ length: random.between(1, random.pick([4, 60])) }, () => random.bytes(6));

const COMMANDS: ((random: Random) => Argument[])[] = [
  (r) => ['PFADD', key(r), ...elements(r)],
  (r) => ['PFCOUNT', key(r)],
  (r) => ['PFCOUNT', key(r), key(r)],
  (r) => ['PFMERGE', key(r), key(r), key(r)],
  (r) => ['PFDEBUG', r.pick(['DECODE', 'TODENSE', 'ENCODING', 'GETREG']), key(r)],
];

/** A value with some bytes changed, and perhaps cut off or longer. */
function mutated(random: Random, value: Buffer): Buffer {
  const bytes = Buffer.from(value);
  for (let i = random.between(1, 6); i > 0; i--)
    bytes[random.between(random.pick([0, 4, 16]), bytes.length - 1)] = random.below(256);
  if (random.oneIn(3)) return bytes.subarray(0, random.below(bytes.length + 1));
  return random.oneIn(4) ? Buffer.concat([bytes, random.bytes(random.below(20))]) : bytes;
}

test('mutated values are refused or work', () =>
  fuzz(60, async (random) => {
    const client = await server.connect();
    const call = async (...args: Argument[]): Promise<Buffer> => {
      client.socket.write(encodeCommand(args));
      return client.readRaw();
    };
    await call('FLUSHALL');
    for (const name of ['a', 'b', 'c']) await call('PFADD', name, ...elements(random));
    for (let i = 0; i < 40; i++) {
      const name = key(random);
      const bulk = await call('GET', name);
      const value = bulk.subarray(bulk.indexOf('\n') + 1, -2);
      if (value.length > 0) await call('SET', name, mutated(random, value));
      else await call('DEL', name);
      for (let k = 0; k < 4; k++) {
        const command = random.pick(COMMANDS)(random);
        const reply = (await call(...command)).toString('latin1');
        if (reply.startsWith('-ERR The specified key does not exist')) continue;
        expect(reply.slice(0, 80)).toMatch(ALLOWED);
      }
    }
    client.destroy();
  }));
