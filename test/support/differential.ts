/**
 * Differential tests: tables of command lines, each run against graftis and against a real redis-server in RESP2 and
 * RESP3; the raw bytes of the replies must be the same.
 *
 * A table is a list of groups, each one test per protocol that starts from empty databases and fresh connections. A
 * group's lines come as text, many lines in one string, quoted as for redis-cli; blank lines and lines that start with
 * `#` are skipped. Prefixes, in this order:
 *
 *     client B:    the line goes through another connection (any word; without prefix it is the first connection)
 *     blocks:      the client is expected to block; its reply is compared at its next line or at the end of the group
 *     unordered:   elements may come in any order          pairs:  the same for a flat array of keys and values
 *     shape:       only types and lengths are compared     noreply:  nothing is read (CLIENT REPLY OFF)
 *
 *     differential('strings', [group('SET', `
 *       SET k v
 *       unordered: KEYS *
 *     `, matching('TIME', /^\*2/), ['SET', 'k', Buffer.from([0])])]);
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from './availability.ts';
import { splitCommandLine } from './command-line.ts';
import { type Comparison, comparable, printable } from './reply-forms.ts';
import { type Argument, encodeCommand, type RespClient } from './resp.ts';
import { type Directives, startGraftis, startRedis, subjectIsOracle, type TestServer, until } from './server.ts';

type Protocol = 2 | 3;

/** Raw replies Redis 7.4 gives, in either protocol. */
export type Expected = string | { readonly resp2: string; readonly resp3: string };

interface Line {
  readonly text: string;
  readonly client: string;
  readonly args: readonly Argument[];
  readonly comparison: Comparison;
  readonly blocks: boolean;
  readonly noReply: boolean;
  /** Both servers' raw replies must match it, and need not be the same. */
  readonly pattern: RegExp | null;
  readonly expected: Expected | null;
}

export interface Group {
  readonly name: string;
  readonly lines: readonly Line[];
  /** Commands of both servers without which the group is skipped. */
  readonly needs: readonly string[];
}

export interface DifferentialOptions {
  /** Directives for both servers. */
  readonly directives?: Directives;
  /** `[2]` for tables that have nothing to show in RESP3. */
  readonly protocols?: readonly Protocol[];
}

/** Lines of a group: text (see above), an argument list, or what `matching` and `since74` return. */
export type Entry = string | readonly Argument[] | Line;

export function group(name: string, ...entries: Entry[]): Group {
  return { name, lines: entries.flatMap(linesOf), needs: [] };
}

/** A group that is skipped as long as graftis has not all of `commands`. */
export function needing(commands: readonly string[], wanted: Group): Group {
  return { ...wanted, name: `${wanted.name} (needs ${commands.join(', ')})`, needs: commands };
}

/** Both servers' raw replies must match `pattern`, for fields that differ by nature. */
export function matching(text: string, pattern: RegExp): Line {
  return { ...parseLine(text), pattern };
}

/** Redis 7.4 answers `expected` where an older oracle does not; `reason` says what changed. */
export function since74(text: string, expected: Expected, reason: string): Line {
  const line = parseLine(text);
  return { ...line, text: `${line.text}   (7.4: ${reason})`, expected };
}

/** Registers a `describe` named `name` with one test per group and protocol. */
export function differential(name: string, groups: readonly Group[], options: DifferentialOptions = {}): void {
  describe.skipIf(!oracleAvailable())(name, () => {
    let graftis: TestServer;
    let redis: TestServer;
    let oracleIs74 = false;
    beforeAll(async () => {
      [graftis, redis] = await Promise.all([startGraftis(options.directives), startRedis(options.directives)]);
      const version = /redis_version:(\d+)\.(\d+)/.exec(String(await redis.call('INFO', 'server')))!;
      oracleIs74 = Number(version[1]) * 100 + Number(version[2]) >= 704;
    });
    afterAll(async () => {
      await Promise.all([graftis?.stop(), redis?.stop()]);
    });

    for (const protocol of options.protocols ?? ([2, 3] as const)) {
      test.for(groups.map((each) => [each.name, each] as const))(
        `RESP${protocol} %s`,
        async ([, { lines, needs }], context) => {
          for (const command of needs) {
            const [info] = (await graftis.call('COMMAND', 'INFO', command)) as unknown[];
            if (info === null) context.skip(`graftis has no ${command}`);
          }
          const [ours, theirs] = await Promise.all([
            runGroup(graftis, lines, protocol),
            runGroup(redis, lines, protocol),
          ]);
          const faults = lines.flatMap((line, i) => {
            const fault = compare(line, ours[i]!, theirs[i]!, protocol, oracleIs74);
            return fault === null ? [] : [`${line.text}\n  graftis: ${printable(ours[i]!)}\n  ${fault}`];
          });
          if (faults.length > 0)
            expect.fail(`${faults.length} of ${lines.length} replies differ:\n${faults.join('\n')}\n`);
        },
      );
    }
  });
}

/** What is wrong with our reply, or null. */
function compare(line: Line, ours: Buffer, theirs: Buffer, protocol: Protocol, oracleIs74: boolean): string | null {
  if (line.expected !== null && !oracleIs74) {
    const expected = typeof line.expected === 'string' ? line.expected : line.expected[`resp${protocol}`];
    return subjectIsOracle || ours.toString('latin1') === expected ? null : `7.4 says: ${JSON.stringify(expected)}`;
  }
  if (line.pattern !== null) {
    if (!line.pattern.test(theirs.toString('latin1'))) return `redis itself does not match: ${printable(theirs)}`;
    return line.pattern.test(ours.toString('latin1')) ? null : `must match: ${line.pattern}`;
  }
  return comparable(ours, line.comparison) === comparable(theirs, line.comparison)
    ? null
    : `redis:   ${printable(theirs)}`;
}

/** Raw replies of all lines, in their order. */
async function runGroup(server: TestServer, lines: readonly Line[], protocol: Protocol): Promise<Buffer[]> {
  const control = await server.connect();
  await control.call('FLUSHALL');
  const clients = new Map<string, RespClient>();
  for (const { client } of lines) {
    if (!clients.has(client)) clients.set(client, await server.connect(protocol));
  }
  const replies = new Array<Buffer>(lines.length).fill(Buffer.alloc(0));
  const owed = new Map<RespClient, number[]>();
  const collect = async (client: RespClient): Promise<void> => {
    for (const index of owed.get(client) ?? []) {
      replies[index] = await client.readRaw().catch((error: Error) => Buffer.from(`(${error.message})`));
    }
    owed.delete(client);
  };

  // Lines of one client in a row travel as one pipeline; another client's turn comes after all replies of the former.
  for (let from = 0; from < lines.length; ) {
    const line = lines[from]!;
    const client = clients.get(line.client)!;
    let to = from + 1;
    while (!line.blocks && to < lines.length && lines[to]!.client === line.client && !lines[to]!.blocks) to++;
    await collect(client);
    owed.set(
      client,
      lines.slice(from, to).flatMap(({ noReply }, i) => (noReply ? [] : [from + i])),
    );
    const blockedBefore = line.blocks ? await blockedClients(control) : 0;
    client.socket.write(Buffer.concat(lines.slice(from, to).map(({ args }) => encodeCommand(args))));
    if (line.blocks) await until(async () => (await blockedClients(control)) > blockedBefore);
    else await collect(client);
    from = to;
  }
  for (const client of clients.values()) {
    await collect(client);
    client.destroy();
  }
  control.destroy();
  return replies;
}

async function blockedClients(control: RespClient): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(String(await control.call('INFO', 'clients')))?.[1]);
}

function linesOf(entry: Entry): Line[] {
  if (typeof entry === 'string') {
    const texts = entry.split('\n').map((text) => text.trim());
    return texts.filter((text) => text !== '' && !text.startsWith('#')).map(parseLine);
  }
  if ('args' in entry) return [entry];
  const text = entry.map((arg) => (typeof arg === 'object' ? printable(arg) : arg)).join(' ');
  return [{ ...parseLine('PING'), text, args: entry }];
}

function parseLine(text: string): Line {
  const match = /^(?:client (\w+): *)?(?:(blocks): *)?(?:(noreply|unordered|pairs|shape): *)?(.*)$/.exec(text.trim())!;
  const form = match[3];
  return {
    text,
    client: match[1] ?? '',
    args: splitCommandLine(match[4]!),
    comparison: form === undefined || form === 'noreply' ? 'exact' : (form as Comparison),
    blocks: match[2] !== undefined,
    noReply: form === 'noreply',
    pattern: null,
    expected: null,
  };
}
