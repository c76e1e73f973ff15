// Memory and tail latency with many keys: 16-byte keys and 32-byte values in graftis-server and in redis-server.
// `node bench/memory.mjs [--keys N] [--rounds N] [--server CMD]`
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { percentile, redisBenchmark } from './redis-benchmark.mjs';
import {
  graftisCommand,
  infoField,
  median,
  request,
  residentBytes,
  startServer,
  stopServer,
  writeResults,
} from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    keys: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '3' },
    server: { type: 'string' },
  },
});
const keys = Number(options.keys);
const rounds = Number(options.rounds);
const BATCH = 1000;
const BATCHES_IN_FLIGHT = 16;
const REPLY_BYTES = '+OK\r\n'.length;
const GETS = 500_000;

/** Writes `n` as decimal digits that end before `end`. */
function writeDigits(bytes, end, n) {
  for (; n > 0; n = Math.floor(n / 10)) bytes[--end] = 48 + (n % 10);
}

/** SET key:000000000042 and a value of 32 bytes, `BATCH` of them from `first`; the keys redis-benchmark draws from. */
function batchFrom(first, count) {
  const template = Buffer.from(`*3\r\n$3\r\nSET\r\n$16\r\nkey:${'0'.repeat(12)}\r\n$32\r\nvalue:${'0'.repeat(26)}\r\n`);
  const keyEnd = template.indexOf('key:') + 16;
  const valueEnd = template.indexOf('value:') + 32;
  const bytes = Buffer.alloc(template.length * count);
  for (let i = 0; i < count; i++) {
    template.copy(bytes, i * template.length);
    writeDigits(bytes, i * template.length + keyEnd, first + i);
    writeDigits(bytes, i * template.length + valueEnd, first + i);
  }
  return bytes;
}

/** Loads all keys over one pipelined connection, a bounded number of batches ahead of the replies. */
async function load(server) {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  let repliedBytes = 0;
  let wake = () => {};
  socket.on('data', (chunk) => {
    repliedBytes += chunk.length;
    wake();
  });
  const replied = async (count) => {
    while (repliedBytes < count * REPLY_BYTES) await new Promise((resolve) => (wake = resolve));
  };
  for (let from = 0; from < keys; from += BATCH) {
    await replied(Math.max(0, from - BATCH * BATCHES_IN_FLIGHT));
    socket.write(batchFrom(from, Math.min(BATCH, keys - from)));
  }
  await replied(keys);
  socket.destroy();
  const size = Number((await request(server, 'DBSIZE')).slice(1));
  if (size !== keys) throw new Error(`${server.name} holds ${size} keys, expected ${keys}`);
}

async function latencyRound(server) {
  const get = ['-c', '50', '-r', `${keys}`, '-n', `${GETS}`, 'GET', 'key:__rand_int__'];
  return percentile(await redisBenchmark(server.port, get), 99.9);
}

const servers = [
  await startServer('graftis', graftisCommand(options.server)),
  await startServer('redis', ['redis-server']),
];
const measured = new Map();
for (const server of servers) {
  const start = process.hrtime.bigint();
  await load(server);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.stderr.write(`${server.name}: ${keys} keys loaded in ${seconds.toFixed(1)} s\n`);
  measured.set(server, {
    residentBytes: residentBytes(server),
    v8HeapBytes: await infoField(server, 'memory', 'v8_heap_used'),
    latencies: [],
  });
}
for (let round = 0; round < rounds; round++) {
  for (const server of round % 2 === 0 ? servers : [...servers].reverse()) {
    measured.get(server).latencies.push(await latencyRound(server));
  }
}

const [ours, theirs] = servers.map((server) => {
  const { latencies, ...rest } = measured.get(server);
  return { ...rest, getP999Ms: median(latencies) };
});
await Promise.all(servers.map(stopServer));

const mib = (bytes) => (bytes === null ? '–' : (bytes / 2 ** 20).toFixed(0));
console.log(`| ${keys.toLocaleString('en')} keys | graftis | redis | ratio |`);
console.log('|---|---:|---:|---:|');
const memoryRatio = ours.residentBytes / theirs.residentBytes;
const latencyRatio = ours.getP999Ms / theirs.getP999Ms;
console.log(`| RSS, MiB | ${mib(ours.residentBytes)} | ${mib(theirs.residentBytes)} | ${memoryRatio.toFixed(2)} |`);
console.log(`| V8 heap, MiB | ${mib(ours.v8HeapBytes)} | – | – |`);
console.log(`| GET p99.9, ms | ${ours.getP999Ms} | ${theirs.getP999Ms} | ${latencyRatio.toFixed(2)} |`);
console.log(`\n${writeResults('memory', { keys, graftis: ours, redis: theirs, memoryRatio, latencyRatio })}`);
