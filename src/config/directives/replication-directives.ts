/** Masters and replicas. */
import { bool, choice, DEBUG, DENY_LOADING, type Directive, int, longLong, SENSITIVE, string } from '../directive.ts';
import { replicaof } from '../special.ts';

/** Smallest backlog that is ever allocated, in bytes. */
const BACKLOG_MIN = 16n * 1024n;

export const replicationDirectives: readonly Directive[] = [
  replicaof,
  string('masteruser', null, { flags: SENSITIVE }),
  string('masterauth', null, { flags: SENSITIVE }),
  bool('replica-serve-stale-data', true, { alias: 'slave-serve-stale-data' }),
  bool('replica-read-only', true, { alias: 'slave-read-only', flags: DEBUG }),
  bool('replica-ignore-maxmemory', true, { alias: 'slave-ignore-maxmemory' }),
  bool('replica-lazy-flush', false, { alias: 'slave-lazy-flush' }),
  bool('replica-announced', true),
  bool('replica-ignore-disk-write-errors', false),
  int('replica-priority', 100, { alias: 'slave-priority' }),
  string('replica-announce-ip', null, { alias: 'slave-announce-ip' }),
  int('replica-announce-port', 0, { max: 65535, alias: 'slave-announce-port' }),
  bool('repl-diskless-sync', true, { flags: DEBUG }),
  int('repl-diskless-sync-delay', 5),
  int('repl-diskless-sync-max-replicas', 0),
  choice('repl-diskless-load', ['disabled', 'on-empty-db', 'swapdb'], 'disabled', { flags: DEBUG | DENY_LOADING }),
  bool('repl-disable-tcp-nodelay', false),
  int('repl-ping-replica-period', 10, { min: 1, alias: 'repl-ping-slave-period' }),
  int('repl-timeout', 60, { min: 1 }),
  longLong('repl-backlog-size', 1024 * 1024, {
    min: 1,
    unit: 'memory',
    // Redis raises it only where it resizes a backlog, so a file may hold (and CONFIG GET then shows) less.
    clamp: (bytes, context) => (context.phase === 'set' && bytes < BACKLOG_MIN ? BACKLOG_MIN : bytes),
  }),
  longLong('repl-backlog-ttl', 3600),
  int('min-replicas-to-write', 0, { alias: 'min-slaves-to-write' }),
  int('min-replicas-max-lag', 10, { alias: 'min-slaves-max-lag' }),
  choice('propagation-error-behavior', ['ignore', 'panic', 'panic-on-replicas'], 'ignore'),
];
