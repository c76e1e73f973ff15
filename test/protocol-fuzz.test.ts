/** Random and mutated requests: whatever a client sends, the server lives, and what was valid before is answered. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz, type Random } from './support/fuzz.ts';
import { encodeCommand, RespError } from './support/resp.ts';
import { startGraftis, type TestServer } from './support/server.ts';

const ROUNDS = 400;

let server: TestServer;
let shimless: TestServer;
beforeAll(async () => {
  server = await startGraftis();
  shimless = await startGraftis({}, { env: { GRAFTIS_NATIVE_SHIM: 'no' } });
});
afterAll(async () => {
  await server?.stop();
  await shimless?.stop();
});

/** Commands without side effects on connection or server; the reply of ECHO is known. */
function validCommand(random: Random): { bytes: Buffer; expected: string } {
  const text = random
    .value(40)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '.');
  return { bytes: encodeCommand(['ECHO', text]), expected: text };
}

const LENGTHS = [
  '-1',
  '-2',
  '0',
  '1',
  '3',
  '1024',
  '1048576',
  '1048577',
  '536870913',
  '2147483647',
  '2147483648',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
  '',
  ' ',
  'abc',
  '1.5',
  '+1',
  '0x10',
  '\0',
];

function frameWithOddLengths(random: Random): Buffer {
  const count = random.pick(LENGTHS);
  const bulks = Array.from(
    { length: random.below(4) },
    () => `$${random.pick(LENGTHS)}\r\n${random.value(20).toString('latin1')}\r\n`,
  );
  return Buffer.from(
    `${random.pick(['*', '*', '*', '$', '%', '~', '>', '|', ':', '+'])}${count}\r\n${bulks.join('')}`,
    'latin1',
  );
}

function mutated(random: Random): Buffer {
  const names = ['SET', 'GET', 'MSET', 'SCAN', 'COMMAND', 'CLIENT', 'HELLO', 'INCRBYFLOAT', 'SETRANGE', 'LCS'];
  const args = [random.pick(names), ...Array.from({ length: random.below(5) }, () => random.value(30))];
  const bytes = encodeCommand(args);
  for (let i = random.between(1, 4); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function truncated(random: Random): Buffer {
  const bytes = encodeCommand(['SET', random.value(20), random.value(200)]);
  return bytes.subarray(0, random.below(bytes.length));
}

const inlineGarbage = (random: Random): Buffer => Buffer.concat([random.bytes(random.below(300)), Buffer.from('\r\n')]);

const GARBAGE = [
  frameWithOddLengths,
  mutated,
  truncated,
  inlineGarbage,
  (random: Random) => random.bytes(random.below(2000)),
];

test('the server survives arbitrary input', () => survives(server));
test('the server survives arbitrary input without the native shim', () => survives(shimless));

async function survives(server: TestServer): Promise<void> {
  const witness = await server.connect();
  await fuzz(ROUNDS, async (random) => {
    const client = await server.connect(random.oneIn(2) ? 3 : 2);
    const valid = Array.from({ length: random.below(5) }, () => validCommand(random));
    const garbage = Buffer.concat(Array.from({ length: random.between(1, 4) }, () => random.pick(GARBAGE)(random)));
    // The head of the garbage travels with the valid commands. Later pieces wait for their replies, because bytes that
    // reach a closed socket make the kernel throw away what its reader has not yet taken.
    const head = random.below(garbage.length + 1);
    await client.write(Buffer.concat([...valid.map((command) => command.bytes), garbage.subarray(0, head)]));
    for (const { expected } of valid) expect(await client.read()).toBe(expected);
    for (let from = head; from < garbage.length; ) {
      const to = random.oneIn(3) ? garbage.length : Math.min(garbage.length, from + random.between(1, 50));
      // A server that has closed on an earlier piece is within its rights.
      await client.write(garbage.subarray(from, to)).catch(() => {});
      from = to;
    }
    client.endInput();
    await client.closed();
    client.destroy();
    expect(await witness.call('PING')).toBe('PONG');
  });
  expect(server.alive).toBe(true);
  witness.destroy();
}

test('commands take any arguments', async () => {
  const witness = await server.connect();
  const names = ((await witness.call('COMMAND', 'LIST')) as string[]).filter(
    (name) => !NOT_FUZZED.has(name) && !name.includes('subscribe'),
  );
  await fuzz(ROUNDS, async (random) => {
    const client = await server.connect(random.oneIn(2) ? 3 : 2);
    const commands = Array.from({ length: 20 }, () => [
      random.pick(names),
      ...Array.from({ length: random.below(6) }, () =>
        random.pick<string | Buffer>([random.value(12), random.value(12), random.pick(WORDS)]),
      ),
    ]);
    for (const command of commands) {
      const reply = await client.call(...command);
      if (reply instanceof RespError) expect(reply.message).toMatch(/^[A-Z]+ /);
    }
    client.destroy();
    expect(await witness.call('PING')).toBe('PONG');
  });
  expect(server.alive).toBe(true);
  witness.destroy();
});

/** Commands that end, stop, block or change the connection or the server, by their purpose. */
const NOT_FUZZED = new Set(
  (
    'shutdown debug quit monitor pfselftest pfdebug sync psync client config auth hello reset module replicaof ' +
    'slaveof failover restart acl script eval eval_ro evalsha evalsha_ro function fcall fcall_ro blpop brpop blmove ' +
    'brpoplpush blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait waitaof save bgsave bgrewriteaof cluster asking ' +
    'readonly readwrite migrate restore replconf multi watch exec discard setrange'
  ).split(' '),
);

const WORDS = [
  'GET',
  'EX',
  'PX',
  'NX',
  'XX',
  'KEEPTTL',
  'COUNT',
  'MATCH',
  'TYPE',
  'IDX',
  'LEN',
  'DB',
  'REPLACE',
  'k',
  'a',
  '0',
  '1',
  '-1',
  '10',
  '*',
];
