/** LATENCY DOCTOR: the samples of the latency monitor in words, with advice. */
import type { CommandServer, LatencySeries } from '../command-client.ts';

const DISABLED =
  'Latency monitoring is disabled in this server. Use "CONFIG SET latency-monitor-threshold <milliseconds>" to ' +
  'enable it.\n';
const ALL_WELL = 'No latency spike was observed since this server started.\n';

/** Averages over the samples of an event. */
interface Analysis {
  readonly averageMs: number;
  /** Mean absolute deviation from the average. */
  readonly deviationMs: number;
  /** Seconds from the oldest sample until now. */
  readonly periodSeconds: number;
}

function analyze(series: LatencySeries, nowSeconds: number): Analysis {
  const values = series.samples.map((sample) => sample.latencyMs);
  const mean = (list: readonly number[]) => Math.floor(list.reduce((sum, x) => sum + x, 0) / list.length);
  const averageMs = mean(values);
  return {
    averageMs,
    deviationMs: mean(values.map((x) => Math.abs(averageMs - x))),
    periodSeconds: Math.max(1, nowSeconds - series.samples[0]!.timeSeconds),
  };
}

/** What to do about spikes of an event. */
function adviceFor(server: CommandServer, event: string): string[] {
  const { slowlog, latency } = server;
  switch (event) {
    case 'command': {
      const advice: string[] = [];
      const wantedUs = latency.thresholdMs * 1000;
      if (slowlog.thresholdUs < 0 || slowlog.maxEntries === 0) {
        advice.push(
          `The slow log is off, so it cannot tell which commands were slow. Turn it on with ` +
            `'CONFIG SET slowlog-log-slower-than ${wantedUs}'.`,
        );
      } else if (slowlog.thresholdUs / 1000 > latency.thresholdMs) {
        advice.push(
          `The slow log only takes commands that are slower than the threshold of the latency monitor. Use ` +
            `'CONFIG SET slowlog-log-slower-than ${wantedUs}'.`,
        );
      }
      advice.push(
        'Look into the slow log (SLOWLOG GET) for the commands that take long.',
        'Deleting, expiring or evicting large keys holds up all clients. Use UNLINK, or split them into smaller keys.',
      );
      return advice;
    }
    case 'fast-command':
      return [
        'Commands that do little were slow: the process does not get the processor when it needs it. Lower the load ' +
          'of this machine, or look for a neighbour that takes its time.',
      ];
    case 'expire-cycle':
      return server.config.num('hz') < 100
        ? [`Keys are expired in few large steps. 'CONFIG SET hz 100' makes the steps smaller.`]
        : [];
    case 'eviction-cycle':
    case 'eviction-del':
      return ['Many keys were evicted at once: avoid sudden changes of maxmemory and of the size of the data.'];
    default:
      return [];
  }
}

/** The whole report; lines end with a line feed. */
export function latencyReport(server: CommandServer): string {
  const { events, thresholdMs } = server.latency;
  if (events.size === 0) return thresholdMs === 0 ? DISABLED : ALL_WELL;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const advice = new Set<string>();
  let text = 'Latency spikes were observed in this server.\n\n';
  let number = 0;
  for (const [event, series] of events) {
    const { averageMs, deviationMs, periodSeconds } = analyze(series, nowSeconds);
    const count = series.samples.length;
    text +=
      `${++number}. ${event}: ${count} latency spikes (average ${averageMs}ms, mean deviation ${deviationMs}ms, ` +
      `period ${(periodSeconds / count).toFixed(2)} sec). Worst all time event ${series.maxMs}ms.\n`;
    for (const each of adviceFor(server, event)) advice.add(each);
  }
  if (advice.size === 0) return `${text}\nThere is no known advice for these events.\n`;
  return `${text}\nAdvice:\n\n${[...advice].map((each) => `- ${each}\n`).join('')}`;
}
