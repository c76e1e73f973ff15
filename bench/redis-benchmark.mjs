// One run of redis-benchmark.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs `redis-benchmark ...args` against `port`; gives requests per second and the latency in ms by percentile. */
export async function redisBenchmark(port, args) {
  const { stdout } = await execute('redis-benchmark', ['-p', `${port}`, '--precision', '3', ...args], {
    maxBuffer: 1 << 28,
  });
  const rate = /throughput summary: ([\d.]+) requests per second/.exec(stdout);
  if (rate === null || /\bERR\b/.test(stdout)) throw new Error(`redis-benchmark ${args.join(' ')} failed:\n${stdout}`);
  const distribution = [...stdout.matchAll(/^([\d.]+)% <= ([\d.]+) milliseconds/gm)];
  const percentiles = distribution.map((match) => ({ percent: Number(match[1]), ms: Number(match[2]) }));
  return { requestsPerSecond: Number(rate[1]), percentiles };
}

/** Latency that `percent` of the requests did not exceed, in ms. */
export function percentile({ percentiles }, percent) {
  return percentiles.find((entry) => entry.percent >= percent).ms;
}
