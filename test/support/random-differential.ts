/** Random command lines for graftis and redis-server, whose replies must be the same, in RESP2 and RESP3. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from './availability.ts';
import { fuzz, type Random } from './fuzz.ts';
import { printable } from './reply-forms.ts';
import { type Argument, encodeCommand } from './resp.ts';
import { type Directives, startGraftis, startRedis, type TestServer } from './server.ts';

const ROUNDS = 60;
const COMMANDS_PER_ROUND = 400;

export type Generator = (random: Random) => Argument[];

/** Registers the tests. `agree` says whether two raw replies are as good as the same; the default wants equal bytes. */
export function randomDifferential(
  name: string,
  generators: readonly Generator[],
  agree: (command: readonly unknown[], ours: Buffer, theirs: Buffer) => boolean = (_command, a, b) => a.equals(b),
  directives: Directives = {},
): void {
  describe.skipIf(!oracleAvailable())(name, () => {
    let servers: TestServer[];
    beforeAll(async () => {
      servers = await Promise.all([startGraftis(directives), startRedis(directives)]);
    });
    afterAll(async () => {
      await Promise.all((servers ?? []).map((server) => server.stop()));
    });

    test.for([2, 3] as const)('RESP%i', async (protocol) => {
      await fuzz(ROUNDS, async (random) => {
        const commands = Array.from({ length: COMMANDS_PER_ROUND }, () => random.pick(generators)(random));
        const replies = servers.map((server) => run(server, protocol, commands));
        const [ours, theirs] = (await Promise.all(replies)) as [Buffer[], Buffer[]];
        const first = ours.findIndex((reply, i) => !agree(commands[i]!, reply, theirs[i]!));
        if (first < 0) return;
        const show = (i: number): string => `${printable(encodeCommand(commands[i]!))}\n  ${printable(theirs[i]!)}`;
        const before = Array.from({ length: Math.min(first, 12) }, (_, i) => show(first - Math.min(first, 12) + i));
        expect.fail(`${before.join('\n')}\n${show(first)}\n  graftis: ${printable(ours[first]!)}`);
      });
    });
  });
}

/** The raw replies to one pipeline, on a new connection and empty databases. */
async function run(server: TestServer, protocol: 2 | 3, commands: readonly Argument[][]): Promise<Buffer[]> {
  const client = await server.connect(protocol);
  await client.call('FLUSHALL');
  client.socket.write(Buffer.concat(commands.map(encodeCommand)));
  const raw: Buffer[] = [];
  for (const _ of commands) raw.push(await client.readRaw());
  client.destroy();
  return raw;
}
