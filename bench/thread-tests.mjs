// Rows of bench.mjs for modules that work in threads: FT.SEARCH of Debian's RediSearch and the sample module's worker.count,
// with 20 clients and with one. What counts is requests a second; the pipeline's depth does not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { redisBenchmark } from './redis-benchmark.mjs';
import { root } from './servers.mjs';

const SEARCH = '/usr/lib/redis/modules/redisearch.so';
const WORKER = join(root, 'modules', 'build', 'worker.so');
const DOCUMENTS = 200;

const document = (i) => ['FT.ADD', 'idx', `doc${i}`, '1.0', 'FIELDS', 't', `hello world number${i}`, 'n', `${i}`];
const index = [
  ['FT.CREATE', 'idx', 'SCHEMA', 't', 'TEXT', 'n', 'NUMERIC'],
  ...Array.from({ length: DOCUMENTS }, (_, i) => document(i)),
];

const load =
  (clients, args) =>
  async (port, { requests }) => {
    const { requestsPerSecond } = await redisBenchmark(port, ['-c', `${clients}`, '-n', `${requests}`, ...args]);
    return { requestsPerSecond, sent: requests };
  };

const rows = (name, clients, args, more) => ({
  [name]: { load: load(clients, args), weight: 10, ...more },
});

const searches = (once) => ({ setup: index, once, directives: ['--loadmodule', SEARCH] });
const workers = { directives: ['--loadmodule', WORKER] };
const query = ['FT.SEARCH', 'idx', 'number7'];
const count = ['worker.count', 'counter', '1'];

/** Rows of the modules that are there. */
export const threadTests = {
  ...(existsSync(SEARCH)
    ? { ...rows('SEARCH', 20, query, searches('SEARCH')), ...rows('SEARCH-1', 1, query, searches('SEARCH-1')) }
    : {}),
  ...(existsSync(WORKER) ? { ...rows('WORKER', 20, count, workers), ...rows('WORKER-1', 1, count, workers) } : {}),
};
