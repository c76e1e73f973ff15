/**
 * The server's figures in Prometheus' form. All are read when somebody asks for them: nothing is kept up to date in
 * between, so that commands take no longer for it.
 *
 *   graftis_<field>, graftis_<field>_total   INFO's numbers; what only grows is a counter
 *   graftis_command_*                        calls, time, refusals and failures by command (and module)
 *   graftis_command_latency_seconds          percentiles of a command's time
 *   graftis_errors_total                     error replies by code
 *   graftis_db_*                             keys by database
 *   graftis_module_*                         loaded modules, and the numbers of their sections of INFO
 */
import type { Counter, Gauge, Registry } from 'prom-client';
import type { CommandEntry } from '../../commands/registry.ts';
import { infoText } from '../../commands/server/info.ts';
import { latencyTrackingInfoPercentiles } from '../../config/special.ts';
import type { Server } from '../server.ts';
import { infoFigures, isCounter } from './info-figures.ts';

/** What is needed of the library. */
export type PromClient = typeof import('prom-client');
type Labels = Readonly<Record<string, string>>;

/** Sections of INFO that are the server's own; others are modules'. */
const OWN_SECTIONS = new Set([
  'Server',
  'Clients',
  'Memory',
  'Persistence',
  'Stats',
  'Replication',
  'CPU',
  'Cluster',
  'Debug',
]);

export class Metrics {
  private readonly server: Server;
  private readonly prom: PromClient;
  private readonly registry: Registry;
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();

  constructor(server: Server, prom: PromClient) {
    this.server = server;
    this.prom = prom;
    this.registry = new prom.Registry();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All figures as they are now. To be called while no module thread has the lock: modules are asked for theirs. */
  read(): Promise<string> {
    // Commands, databases and modules that are gone are not shown any more.
    this.registry.resetMetrics();
    this.readInfo();
    this.readCommands();
    this.readDatabases();
    this.readModules();
    for (const [code, count] of this.server.stats.errors) {
      this.counter('graftis_errors_total', 'Error replies by code.', count, { code });
    }
    return this.registry.metrics();
  }

  private readInfo(): void {
    for (const { section, field, value } of infoFigures(infoText(this.server, ['everything', 'debug']))) {
      if (!OWN_SECTIONS.has(section)) {
        this.gauge('graftis_module_figure', 'Numbers of INFO sections of modules.', value, { section, field });
        continue;
      }
      const help = `${field} of INFO ${section.toLowerCase()}.`;
      if (!isCounter(field)) this.gauge(`graftis_${field}`, help, value);
      else this.counter(`graftis_${field.replace(/^total_/, '')}_total`, help, value);
    }
  }

  private readCommands(): void {
    for (const [, entry] of this.server.commands.entries()) {
      this.readCommand(entry);
      for (const subcommand of entry.subcommands?.values() ?? []) this.readCommand(subcommand);
    }
  }

  private readCommand({ fullName, module, calls, usec, rejectedCalls, failedCalls, latency }: CommandEntry): void {
    if (calls === 0 && rejectedCalls === 0 && failedCalls === 0) return;
    const labels = { command: fullName, module: module ?? '' };
    this.counter('graftis_command_calls_total', 'Calls by command.', calls, labels);
    this.counter('graftis_command_duration_seconds_total', 'Time by command.', usec / 1e6, labels);
    this.counter('graftis_command_rejected_calls_total', 'Commands that were not run.', rejectedCalls, labels);
    this.counter('graftis_command_failed_calls_total', 'Commands that replied an error.', failedCalls, labels);
    if (latency === null) return;
    for (const percentile of this.server.config.valueOf(latencyTrackingInfoPercentiles)) {
      this.gauge('graftis_command_latency_seconds', 'Percentiles of time.', latency.percentileNs(percentile) / 1e9, {
        command: fullName,
        quantile: String(percentile / 100),
      });
    }
  }

  private readDatabases(): void {
    for (const { id, size, volatileSize, avgTtlMs } of this.server.keyspace.dbs) {
      if (size === 0) continue;
      const labels = { db: `db${id}` };
      this.gauge('graftis_db_keys', 'Keys by database.', size, labels);
      this.gauge('graftis_db_keys_expiring', 'Keys that expire by database.', volatileSize, labels);
      const avgTtlSeconds = volatileSize === 0 ? 0 : avgTtlMs / 1000;
      this.gauge('graftis_db_avg_ttl_seconds', 'Average time to live by database.', avgTtlSeconds, labels);
    }
  }

  private readModules(): void {
    for (const { name, version } of this.server.loadedModules()) {
      this.gauge('graftis_module_info', 'Loaded modules; always 1.', 1, { name, version: String(version) });
    }
  }

  private counter(name: string, help: string, value: number, labels: Labels = {}): void {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      counter = new this.prom.Counter({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      this.counters.set(name, counter);
    }
    counter.inc(labels, value);
  }

  private gauge(name: string, help: string, value: number, labels: Labels = {}): void {
    let gauge = this.gauges.get(name);
    if (gauge === undefined) {
      gauge = new this.prom.Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      this.gauges.set(name, gauge);
    }
    gauge.set(labels, value);
  }
}
