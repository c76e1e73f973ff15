/** LATENCY: what the latency monitor has seen, and histograms of the commands. */

import type { CommandClient, LatencySeries } from '../command-client.ts';
import { replyHelp } from '../help.ts';
import type { CommandEntry } from '../registry.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import { latencyReport } from './latency-doctor.ts';
import { sparkline } from './sparkline.ts';

const GRAPH_COLUMNS = 80;

function latest(c: CommandClient): void {
  const { out } = c;
  const { events } = c.server.latency;
  out.array(events.size);
  for (const [name, series] of events) {
    const last = series.samples[series.samples.length - 1]!;
    out.array(4);
    out.bulkText(name);
    out.integer(last.timeSeconds);
    out.integer(last.latencyMs);
    out.integer(series.maxMs);
  }
}

function history(c: CommandClient): void {
  const { out } = c;
  const samples = c.server.latency.events.get(c.args.latin1(2))?.samples ?? [];
  out.array(samples.length);
  for (const { timeSeconds, latencyMs } of samples) {
    out.array(2);
    out.integer(timeSeconds);
    out.integer(latencyMs);
  }
}

function graph(c: CommandClient): void {
  const name = c.args.latin1(2);
  const series = c.server.latency.events.get(name);
  if (series === undefined) return c.out.error(`ERR No samples available for event '${name}'`);
  c.out.verbatim('txt', drawSeries(name, series, Math.floor(c.server.nowMs / 1000)));
}

function drawSeries(name: string, series: LatencySeries, nowSeconds: number): string {
  const values = series.samples.map((sample) => sample.latencyMs);
  const title = `${name} - high ${Math.max(...values)} ms, low ${Math.min(...values)} ms`;
  const samples = series.samples.map(({ timeSeconds, latencyMs }) => ({
    value: latencyMs,
    label: ageText(nowSeconds - timeSeconds),
  }));
  const rule = '-'.repeat(GRAPH_COLUMNS);
  return `${title} (all time high ${series.maxMs} ms)\n${rule}\n${sparkline(samples, GRAPH_COLUMNS)}`;
}

function ageText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

function reset(c: CommandClient): void {
  const { args, server } = c;
  const names: string[] = [];
  for (let i = 2; i < args.argc; i++) {
    const given = args.latin1(i).toLowerCase();
    for (const name of server.latency.events.keys()) if (name.toLowerCase() === given) names.push(name);
  }
  c.out.integer(args.argc === 2 || names.length > 0 ? server.latency.reset(names) : 0);
}

function doctor(c: CommandClient): void {
  c.out.verbatim('txt', latencyReport(c.server));
}

function histogram(c: CommandClient): void {
  const { args, out, server } = c;
  const mark = out.defer();
  let count = 0;
  if (args.argc === 2) for (const [, cmd] of server.commands.entries()) count += replyHistograms(c, cmd);
  for (let i = 2; i < args.argc; i++) {
    const cmd = server.commands.get(args.latin1(i));
    if (cmd !== undefined) count += replyHistograms(c, cmd);
  }
  out.endMap(mark, count);
}

/** Those of a command and its subcommands, as far as they were called; returns how many there are. */
function replyHistograms(c: CommandClient, cmd: CommandEntry): number {
  const { out } = c;
  let count = 0;
  if (cmd.latency !== null) {
    count++;
    out.bulkText(cmd.fullName);
    out.map(2);
    out.bulkText('calls');
    out.integer(cmd.latency.total);
    out.bulkText('histogram_usec');
    const levels = cmd.latency.cumulative();
    out.map(levels.length);
    for (const [us, calls] of levels) {
      out.integer(us);
      out.integer(calls);
    }
  }
  for (const sub of cmd.subcommands?.values() ?? []) count += replyHistograms(c, sub);
  return count;
}

const HELP = [
  'DOCTOR',
  '    What the samples say about this server, in words.',
  'GRAPH <event>',
  '    The samples of an event, drawn with characters.',
  'HISTOGRAM [COMMAND ...]',
  '    Cumulative numbers of calls by duration, of these commands or of all.',
  'HISTORY <event>',
  '    Time and duration of the samples of an event.',
  'LATEST',
  '    The last sample of every event.',
  'RESET [<event> ...]',
  '    Forget the samples of these events, or all.',
];

const FLAGS: readonly CommandFlag[] = ['admin', 'noscript', 'loading', 'stale'];
const TIPS = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'];

export const latencyCommands: readonly CommandSpec[] = [
  {
    name: 'latency',
    arity: -2,
    flags: [],
    subcommands: [
      { name: 'doctor', arity: 2, flags: FLAGS, tips: TIPS, proc: doctor },
      { name: 'graph', arity: 3, flags: FLAGS, tips: TIPS, proc: graph },
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: (c) => replyHelp(c, 'LATENCY', HELP) },
      { name: 'histogram', arity: -2, flags: FLAGS, tips: TIPS, proc: histogram },
      { name: 'history', arity: 3, flags: FLAGS, tips: TIPS, proc: history },
      { name: 'latest', arity: 2, flags: FLAGS, tips: TIPS, proc: latest },
      {
        name: 'reset',
        arity: -2,
        flags: FLAGS,
        tips: ['request_policy:all_nodes', 'response_policy:agg_sum'],
        proc: reset,
      },
    ],
  },
];
