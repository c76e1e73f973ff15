// Resident memory of large collections and of many small ones, in graftis-server and in redis-server.
// `node bench/collections.mjs [--elements N] [--only ROW,ROW] [--server CMD]`
import { parseArgs } from 'node:util';
import { graftisCommand, infoField, residentBytes, send, startServer, stopServer, writeResults } from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    elements: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    server: { type: 'string' },
  },
});
const elements = Number(options.elements);
const BATCH = 1000;
/** Until what a load leaves behind has been given back. */
const SETTLE_MS = 3000;

const member = (i) => `member:${String(i).padStart(12, '0')}`;
/** A number for each element, in no order. */
const number = (i) => String((i * 7_654_321) % elements);

/** One command after the other that fills a single key. */
function* oneKey(name, key, parts) {
  for (let from = 0; from < elements; from += BATCH) {
    const line = [name, key];
    for (let i = from; i < Math.min(elements, from + BATCH); i++) line.push(...parts(i));
    yield line;
  }
}

/** A command for each of many keys of five elements. */
function* smallKeys(name, key, parts) {
  for (let i = 0; i < elements; i++) yield [name, `${key}:${i}`, ...[0, 1, 2, 3, 4].flatMap((k) => parts(i + k))];
}

const ROWS = {
  'one zset': () => oneKey('ZADD', 'zset', (i) => [number(i), member(i)]),
  'small zsets': () => smallKeys('ZADD', 'zset', (i) => [number(i), `m:${i % 1000}`]),
  'one set': () => oneKey('SADD', 'set', (i) => [member(i)]),
  'small sets': () => smallKeys('SADD', 'set', (i) => [`m:${i % 1000}`]),
  'one hash': () => oneKey('HSET', 'hash', (i) => [member(i), number(i)]),
  'small hashes': () => smallKeys('HSET', 'hash', (i) => [`f:${i % 1000}`, number(i)]),
  'small lists': () => smallKeys('RPUSH', 'list', (i) => [`e:${i % 1000}`]),
};

/** What a server's resident memory grows by. */
async function growth(name, command, rows) {
  const server = await startServer(name, command);
  const before = residentBytes(server);
  let batch = [];
  for (const line of rows) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    await send(server, batch);
    batch = [];
  }
  await send(server, batch);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const bytes = residentBytes(server) - before;
  const v8HeapBytes = await infoField(server, 'memory', 'v8_heap_used');
  await stopServer(server);
  return { bytes, v8HeapBytes };
}

const names = options.only?.split(',') ?? Object.keys(ROWS);
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
const results = [];
console.log(`| ${elements.toLocaleString('en')} elements or keys | graftis MiB | redis MiB | ratio | V8 heap MiB |`);
console.log('|---|---:|---:|---:|---:|');
for (const name of names) {
  const ours = await growth('graftis', graftisCommand(options.server), ROWS[name]());
  const theirs = await growth('redis', ['redis-server'], ROWS[name]());
  const ratio = ours.bytes / theirs.bytes;
  results.push({ name, graftisBytes: ours.bytes, redisBytes: theirs.bytes, ratio, v8HeapBytes: ours.v8HeapBytes });
  const cells = [name, mib(ours.bytes), mib(theirs.bytes), ratio.toFixed(2), mib(ours.v8HeapBytes)];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(`\n${writeResults('collections', { elements, results })}`);
