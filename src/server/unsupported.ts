/**
 * Directives that a configuration may hold and whose promise this server cannot keep. Where ignoring one would open the
 * server or mislead its clients, it does not start; everything else is accepted, has no effect, and says so in the log,
 * at the start and at CONFIG SET alike.
 */
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';
import { replicaof, save } from '../config/special.ts';
import type { Logger } from './process/logger.ts';

/** What is missing, and the directives that therefore have no effect. Take out what gets one. */
const MISSING: readonly (readonly [what: string, directives: string])[] = [
  [
    'persistence (data lives in memory)',
    'save dbfilename rdbchecksum rdb-del-sync-files rdb-save-incremental-fsync rdb-key-save-delay ' +
      'stop-writes-on-bgsave-error key-load-delay loading-process-events-interval-bytes appendonly appendfilename ' +
      'appenddirname appendfsync no-appendfsync-on-rewrite auto-aof-rewrite-percentage auto-aof-rewrite-min-size ' +
      'aof-load-truncated aof-use-rdb-preamble aof-timestamp-enabled aof-rewrite-incremental-fsync aof-disable-auto-gc',
  ],
  [
    'replication',
    'masteruser masterauth replica-serve-stale-data replica-read-only replica-ignore-maxmemory replica-lazy-flush ' +
      'replica-announced replica-ignore-disk-write-errors replica-priority replica-announce-ip replica-announce-port ' +
      'repl-diskless-sync repl-diskless-sync-delay repl-diskless-sync-max-replicas repl-diskless-load ' +
      'repl-disable-tcp-nodelay repl-ping-replica-period repl-timeout repl-backlog-size repl-backlog-ttl ' +
      'propagation-error-behavior bind-source-addr socket-mark-id',
  ],
  [
    'cluster mode',
    'cluster-config-file cluster-node-timeout cluster-ping-interval cluster-port cluster-announce-ip ' +
      'cluster-announce-hostname cluster-announce-human-nodename cluster-announce-port cluster-announce-tls-port ' +
      'cluster-announce-bus-port cluster-preferred-endpoint-type cluster-require-full-coverage ' +
      'cluster-allow-reads-when-down cluster-allow-pubsubshard-when-down cluster-allow-replica-migration ' +
      'cluster-replica-no-failover cluster-replica-validity-factor cluster-migration-barrier cluster-link-sendbuf-limit',
  ],
  [
    'connections to other servers over TLS',
    'tls-cluster tls-replication tls-client-cert-file tls-client-key-file tls-client-key-file-pass',
  ],
  ['limit of new connections a cycle', 'max-new-connections-per-cycle max-new-tls-connections-per-cycle'],
  ['syslog (the log goes to logfile or stdout)', 'syslog-enabled syslog-ident syslog-facility'],
  ['hiding of user data in logs', 'hide-user-data-from-log'],
  ['software watchdog', 'watchdog-period'],
  ['options of shutdown by signals', 'shutdown-on-sigint shutdown-on-sigterm shutdown-timeout'],
  ['binding to processors', 'server-cpulist bio-cpulist aof-rewrite-cpulist bgsave-cpulist'],
  ['choice of the first protocol', 'client-default-resp'],
  ['recording of requests', 'req-res-logfile'],
];

/** Directives without an effect by name, with what is missing. */
export const missingFeatures: ReadonlyMap<string, string> = new Map(
  MISSING.flatMap(([what, names]) => names.split(' ').map((name) => [name, what] as const)),
);

/** Directives that promise nothing that a client or an operator could miss: how Redis itself does its work. */
export const inertDirectives: ReadonlySet<string> = new Set([
  'io-threads',
  'io-threads-do-reads',
  'jemalloc-bg-thread',
  'dynamic-hz',
  'disable-thp',
  'crash-memcheck-enabled',
  'use-exit-on-panic',
  'enable-debug-assert',
  'debug-context',
  'locale-collate',
  'ignore-warnings',
  // Payloads are always checked wholly.
  'sanitize-dump-payload',
]);

/** Throws a ConfigError for what must not be ignored; CONFIG SET refuses it. */
export function refuseUnsupported(config: Config): void {
  const refuse = (given: boolean, directive: string) => {
    if (given) throw new ConfigError(`${directive} is not supported by this version of graftis`, null);
  };
  refuse(config.bool('cluster-enabled'), 'cluster-enabled yes');
  refuse(config.valueOf(replicaof) !== null, 'replicaof');
}

/** Says in the log which directives have values that have no effect, now and whenever CONFIG SET gives them one. */
export function warnUnsupported(config: Config, log: Logger): void {
  const warn = (what: string, names: readonly string[]) =>
    log.warning(`WARNING: this version of graftis has no ${what}: no effect of ${names.join(', ')}`);
  for (const [what, list] of MISSING) {
    const names = list.split(' ');
    const given = names.filter((name) => promises(config, name));
    if (given.length > 0) warn(what, given);
    for (const name of names) {
      config.onApply(name, () => {
        if (promises(config, name)) warn(what, [name]);
        return null;
      });
    }
  }
}

/** Whether a value is another than the default; that of `save` promises something too. */
function promises(config: Config, name: string): boolean {
  const { value, directive } = config.find(name)!;
  return directive === (save as unknown)
    ? (value as readonly unknown[]).length > 0
    : !directive.equal(value, directive.initial());
}
