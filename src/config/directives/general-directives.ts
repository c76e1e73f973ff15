/** The process itself: databases, daemon, log, title, signals, debugging aids. */

import {
  bool,
  choice,
  DEBUG,
  type Directive,
  enumeration,
  HIDDEN,
  IMMUTABLE,
  int,
  longLong,
  MULTI_ARG,
  size,
  string,
  uint,
} from '../directive.ts';
import { notifyKeyspaceEvents } from '../notify.ts';
import { isProcTitleTemplate } from '../process-title-template.ts';
import { dir, latencyTrackingInfoPercentiles, oomScoreAdjValues } from '../special.ts';

/** Range of `hz` that is really used; numbers outside are accepted and brought into it. */
const HZ_MIN = 1n;
const HZ_MAX = 500n;

/** SHUTDOWN's options as bits; CONFIG GET prints them in this order. */
export const SHUTDOWN_SAVE = 1;
export const SHUTDOWN_NOSAVE = 2;
export const SHUTDOWN_NOW = 4;
export const SHUTDOWN_FORCE = 8;

const SHUTDOWN_VALUES = [
  ['default', 0],
  ['save', SHUTDOWN_SAVE],
  ['nosave', SHUTDOWN_NOSAVE],
  ['now', SHUTDOWN_NOW],
  ['force', SHUTDOWN_FORCE],
] as const;

function checkShutdownFlags(flags: number): string | null {
  const both = (flags & SHUTDOWN_SAVE) !== 0 && (flags & SHUTDOWN_NOSAVE) !== 0;
  return both ? "shutdown options SAVE and NOSAVE can't be used simultaneously" : null;
}

const OOM_SCORE_ADJ_VALUES = [
  ['no', 0],
  ['yes', 1],
  ['relative', 1],
  ['absolute', 2],
] as const;

const SYSLOG_FACILITIES = ['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'];

export const generalDirectives: readonly Directive[] = [
  int('databases', 16, { min: 1, flags: IMMUTABLE }),
  dir,
  bool('daemonize', false, { flags: IMMUTABLE }),
  string('pidfile', null, { flags: IMMUTABLE }),
  choice('supervised', ['upstart', 'systemd', 'auto', 'no'], 'no', { flags: IMMUTABLE }),
  enumeration('shutdown-on-sigint', SHUTDOWN_VALUES, 0, { flags: MULTI_ARG, check: checkShutdownFlags }),
  enumeration('shutdown-on-sigterm', SHUTDOWN_VALUES, 0, { flags: MULTI_ARG, check: checkShutdownFlags }),
  int('shutdown-timeout', 10),
  // C of ours that saves crossings between JavaScript and native code (native/); no: callbacks do all of it.
  choice('native-shim', ['auto', 'no'], 'auto', { flags: IMMUTABLE }),

  choice('loglevel', ['debug', 'verbose', 'notice', 'warning', 'nothing'], 'notice'),
  string('logfile', '', { allowEmpty: true, flags: IMMUTABLE }),
  // Redis's line, or one JSON object per line.
  choice('log-format', ['classic', 'json'], 'classic', { flags: IMMUTABLE }),
  bool('hide-user-data-from-log', false),
  bool('syslog-enabled', false, { flags: IMMUTABLE }),
  string('syslog-ident', 'redis', { allowEmpty: true, flags: IMMUTABLE }),
  choice('syslog-facility', SYSLOG_FACILITIES, 'local0', { flags: IMMUTABLE }),
  bool('crash-log-enabled', true),
  bool('crash-memcheck-enabled', true),
  bool('use-exit-on-panic', false, { flags: HIDDEN }),
  bool('enable-debug-assert', false, { flags: IMMUTABLE | HIDDEN }),
  int('watchdog-period', 0, { flags: HIDDEN }),
  string('debug-context', '', { allowEmpty: true, flags: DEBUG | HIDDEN }),
  string('req-res-logfile', null, { flags: IMMUTABLE | HIDDEN }),
  uint('client-default-resp', 2, { min: 2, max: 3, flags: IMMUTABLE | HIDDEN }),

  bool('always-show-logo', false, { flags: IMMUTABLE }),
  bool('set-proc-title', true, { flags: IMMUTABLE }),
  string('proc-title-template', '{title} {listen-addr} {server-mode}', {
    allowEmpty: true,
    check: (template) =>
      isProcTitleTemplate(template ?? '') ? null : 'template format is invalid or contains unknown variables',
  }),
  string('locale-collate', '', { allowEmpty: true }),
  string('ignore-warnings', '', { allowEmpty: true }),
  bool('disable-thp', true, { flags: IMMUTABLE }),
  enumeration('oom-score-adj', OOM_SCORE_ADJ_VALUES, 0),
  oomScoreAdjValues,
  string('server-cpulist', null, { alias: 'server_cpulist', flags: IMMUTABLE }),
  string('bio-cpulist', null, { alias: 'bio_cpulist', flags: IMMUTABLE }),
  string('aof-rewrite-cpulist', null, { alias: 'aof_rewrite_cpulist', flags: IMMUTABLE }),
  string('bgsave-cpulist', null, { alias: 'bgsave_cpulist', flags: IMMUTABLE }),

  int('hz', 10, { clamp: (hz) => (hz < HZ_MIN ? HZ_MIN : hz > HZ_MAX ? HZ_MAX : hz) }),
  bool('dynamic-hz', true),
  bool('activerehashing', true),
  longLong('busy-reply-threshold', 5000, { alias: 'lua-time-limit' }),
  longLong('slowlog-log-slower-than', 10000, { min: -1 }),
  size('slowlog-max-len', 128),
  longLong('latency-monitor-threshold', 0),
  bool('latency-tracking', true),
  latencyTrackingInfoPercentiles,
  notifyKeyspaceEvents,
  size('tracking-table-max-keys', 1000000),
];
