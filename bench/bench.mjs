// npm run bench: graftis-server and redis-server side by side, rounds of redis-benchmark alternating between them.
// The CPU time each server took comes from the operating system, so that the load generator's share does not count.
import { parseArgs } from 'node:util';
import { aclTests } from './acl-tests.mjs';
import { clientTests } from './client-tests.mjs';
import { limitTests } from './limit-tests.mjs';
import { listTests } from './list-tests.mjs';
import { messageTests } from './message-tests.mjs';
import { moduleSetUp, moduleTests } from './module-tests.mjs';
import { redisBenchmark } from './redis-benchmark.mjs';
import { cpuMicros, graftisCommand, median, send, startServer, stopServer, writeResults } from './servers.mjs';
import { setTests } from './set-tests.mjs';
import { streamTests } from './stream-tests.mjs';
import { stringTests } from './string-tests.mjs';
import { threadTests } from './thread-tests.mjs';
import { zsetTests } from './zset-tests.mjs';

const HELP = `usage: npm run bench -- [options]
  --rounds N       measured rounds of each test (5)
  --quick          2 rounds of a fifth of the requests
  --only A,B       tests to run: PING, SET, GET, INCR, MSET, MODULE, SEARCH, SEARCH-1, WORKER, WORKER-1, MODULE-TWO, -ARRAY, -KEY, -CALLS, TRACKING, those of
                   lists, sets, hashes, sorted sets, streams, bits, HyperLogLogs, SORT, users (LPUSH, SADD, HGET, ZADD,
                   SETBIT, PFADD, GET_ACL …), SET_MAXMEMORY, MULTI_EXEC_10, PUBLISH_100
  --pipeline 1,16  pipeline depths (1,16,64)
  --server CMD     another server in graftis' place
`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    pipeline: { type: 'string', default: '1,16,64' },
    server: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const CLIENTS = 50;
const KEYS = 100_000;
const REQUESTS = { 1: 100_000, 16: 1_000_000, 64: 2_000_000 };

/**
 * redis-benchmark's arguments, or `load`, which makes the load itself; `weight` is the work of a request relative to a
 * SET, `setup` commands to run before, `once`: one time, `directives`: of servers of its own.
 */
const TESTS = {
  PING: { args: ['-t', 'ping_mbulk'], weight: 1 },
  SET: { args: ['-t', 'set', '-d', '32'], weight: 1 },
  GET: { args: ['-t', 'get'], weight: 1 },
  INCR: { args: ['-t', 'incr'], weight: 1 },
  MSET: { args: ['-t', 'mset', '-d', '32'], weight: 5 },
  ...moduleTests,
  ...threadTests,
  ...clientTests,
  ...messageTests,
  ...listTests,
  ...setTests,
  ...zsetTests,
  ...streamTests,
  ...stringTests,
  ...aclTests,
  ...limitTests,
};

const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
const depths = options.pipeline.split(',').map(Number);
const asked = options.only?.toUpperCase().split(',') ?? Object.keys(TESTS);
for (const name of asked) if (TESTS[name] === undefined) throw new Error(`no test is named ${name}\n${HELP}`);
const modules = moduleSetUp(asked);
for (const [name, reason] of modules.missing) console.log(`${name} is left out: ${reason}`);
const names = asked.filter((name) => !modules.missing.has(name));

const startPair = async (directives) => [
  await startServer('graftis', graftisCommand(options.server), directives),
  await startServer('redis', ['redis-server'], directives),
];
const [graftis, redis] = await startPair(modules.directives);

/** Row -> both servers, where it has its own. */
const ownPairs = new Map();
for (const name of names) {
  if (TESTS[name].directives !== undefined) ownPairs.set(name, await startPair(TESTS[name].directives));
}
const pairOf = (name) => ownPairs.get(name) ?? [graftis, redis];

/** What was set up once and for all. */
const setUp = new Set();

/** One run of a test: requests per second and the server's CPU microseconds per request. */
async function measure(server, { args, load, weight, setup, once }, depth) {
  if (setup !== undefined && !setUp.has(`${once} ${server.name}`)) await send(server, setup);
  if (once !== undefined) setUp.add(`${once} ${server.name}`);
  const full = (REQUESTS[depth] ?? 500_000) / weight;
  const requests = Math.round(options.quick ? full / 5 : full);
  if (load !== undefined) {
    const before = cpuMicros(server);
    const { requestsPerSecond, sent } = await load(server.port, { clients: CLIENTS, depth, requests });
    return { requestsPerSecond, cpuMicrosPerRequest: (cpuMicros(server) - before) / sent };
  }
  const before = cpuMicros(server);
  const arguments_ = ['-c', `${CLIENTS}`, '-P', `${depth}`, '-r', `${KEYS}`, '-n', `${requests}`, ...args];
  const { requestsPerSecond } = await redisBenchmark(server.port, arguments_);
  return { requestsPerSecond, cpuMicrosPerRequest: (cpuMicros(server) - before) / requests };
}

/** Keys for GET to find, and compiled code on both sides, before anything counts. */
async function warmUp() {
  for (const name of new Set(['SET', ...names])) {
    for (const server of pairOf(name)) await measure(server, TESTS[name], 16);
  }
}

const runs = new Map();
await warmUp();
for (let round = 0; round < rounds; round++) {
  for (const depth of depths) {
    for (const name of names) {
      const pair = pairOf(name);
      for (const server of round % 2 === 0 ? pair : [...pair].reverse()) {
        const key = `${name} ${depth} ${server.name}`;
        runs.set(key, [...(runs.get(key) ?? []), await measure(server, TESTS[name], depth)]);
      }
      process.stderr.write(`round ${round + 1}/${rounds}: ${name} -P ${depth}      \r`);
    }
  }
}
process.stderr.write('\n');
await Promise.all([graftis, redis, ...[...ownPairs.values()].flat()].map(stopServer));

function medians(name, depth, server) {
  const all = runs.get(`${name} ${depth} ${server.name}`);
  return {
    requestsPerSecond: median(all.map((run) => run.requestsPerSecond)),
    cpuMicrosPerRequest: median(all.map((run) => run.cpuMicrosPerRequest)),
  };
}

const results = depths.flatMap((pipeline) =>
  names.map((test) => {
    const [ours, theirs] = [graftis, redis].map((server) => medians(test, pipeline, server));
    return {
      test,
      pipeline,
      graftis: ours,
      redis: theirs,
      rateRatio: ours.requestsPerSecond / theirs.requestsPerSecond,
      cpuRatio: ours.cpuMicrosPerRequest / theirs.cpuMicrosPerRequest,
    };
  }),
);

console.log('| test | -P | graftis req/s | redis req/s | ratio | graftis CPU µs/req | redis CPU µs/req | ratio |');
console.log('|---|---:|---:|---:|---:|---:|---:|---:|');
for (const { test, pipeline, graftis: ours, redis: theirs, rateRatio, cpuRatio } of results) {
  const cells = [
    test,
    pipeline,
    ...[ours, theirs].map((side) => Math.round(side.requestsPerSecond).toLocaleString('en')),
    rateRatio.toFixed(2),
    ...[ours, theirs].map((side) => side.cpuMicrosPerRequest.toFixed(2)),
    cpuRatio.toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(`\n${writeResults('bench', { rounds, clients: CLIENTS, keys: KEYS, results })}`);
