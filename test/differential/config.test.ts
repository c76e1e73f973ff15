/** CONFIG GET, SET, RESETSTAT, REWRITE. */
import { differential, group, matching } from '../support/differential.ts';

/** Directives whose default is the same in 7.0 and 7.4. */
const DEFAULTS = `
acl-pubsub-default acllog-max-len aclfile active-defrag-cycle-max active-defrag-cycle-min active-defrag-ignore-bytes
active-defrag-max-scan-fields active-defrag-threshold-lower active-defrag-threshold-upper active-expire-effort
activedefrag activerehashing always-show-logo aof-load-truncated aof-rewrite-incremental-fsync aof-timestamp-enabled
aof-use-rdb-preamble appenddirname appendfilename appendfsync appendonly auto-aof-rewrite-min-size
auto-aof-rewrite-percentage busy-reply-threshold client-output-buffer-limit client-query-buffer-limit
cluster-enabled cluster-node-timeout daemonize databases dbfilename disable-thp dynamic-hz enable-protected-configs
hash-max-listpack-entries hash-max-listpack-value hash-max-ziplist-entries hash-max-ziplist-value
hll-sparse-max-bytes hz io-threads latency-monitor-threshold latency-tracking latency-tracking-info-percentiles
lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush
lfu-decay-time lfu-log-factor list-compress-depth list-max-listpack-size list-max-ziplist-size logfile loglevel
lua-time-limit masterauth masteruser maxclients maxmemory maxmemory-clients maxmemory-eviction-tenacity
maxmemory-policy maxmemory-samples min-replicas-max-lag min-replicas-to-write min-slaves-to-write
no-appendfsync-on-rewrite notify-keyspace-events oom-score-adj oom-score-adj-values proc-title-template
propagation-error-behavior proto-max-bulk-len protected-mode rdb-del-sync-files rdb-save-incremental-fsync
rdbchecksum rdbcompression repl-backlog-size repl-backlog-ttl repl-disable-tcp-nodelay repl-diskless-load
repl-diskless-sync repl-diskless-sync-delay repl-ping-replica-period repl-timeout replica-announce-ip
replica-announce-port replica-announced replica-ignore-maxmemory replica-lazy-flush replica-priority
replica-read-only replica-serve-stale-data replicaof requirepass sanitize-dump-payload save set-max-intset-entries
set-proc-title shutdown-on-sigint shutdown-on-sigterm shutdown-timeout slave-priority slave-read-only slaveof
slowlog-log-slower-than slowlog-max-len stop-writes-on-bgsave-error stream-node-max-bytes stream-node-max-entries
supervised syslog-enabled syslog-facility syslog-ident tcp-backlog tcp-keepalive timeout tracking-table-max-keys
unixsocket unixsocketperm zset-max-listpack-entries zset-max-listpack-value zset-max-ziplist-entries
`
  .trim()
  .split(/\s+/);

/** Name and values, good and bad, of CONFIG SET; the value is read back and put back to `initial`. */
const SETTINGS: [name: string, initial: string, ...values: string[]][] = [
  [
    'maxmemory',
    '0',
    '1',
    '1k',
    '1kb',
    '1M',
    '1mb',
    '1g',
    '1GB',
    '1b',
    '100',
    '-1',
    '1.5mb',
    'abc',
    '',
    '1t',
    '50%',
    '18446744073709551615',
    '18446744073709551616',
  ],
  ['maxmemory-policy', 'noeviction', 'allkeys-lru', 'ALLKEYS-LFU', 'volatile-ttl', 'nosuch', ''],
  ['maxmemory-samples', '5', '10', '0', '-1', 'x', '64', '65'],
  ['maxmemory-clients', '0', '100mb', '5%', '0%', '101%', '-5%', 'x%', '1'],
  ['timeout', '0', '300', '-1', '1.5', '2147483647', '2147483648', 'abc'],
  ['tcp-keepalive', '300', '0', '-1', '60'],
  ['maxclients', '10000', '0', '-1', 'abc', '100'],
  ['hz', '10', '0', '1000', '-5', '100'],
  ['loglevel', 'notice', 'debug', 'verbose', 'WARNING', 'nothing', 'nosuch'],
  ['appendfsync', 'everysec', 'always', 'no', 'never'],
  ['save', '', '900 1', '900 1 300 10', '900', '900 x', '-1 1', '0 1', '3600 -1'],
  ['notify-keyspace-events', '', 'KEA', 'Kx', 'AKE', 'g$lshzxet', 'Elg', 'qq', 'K n', 'A'],
  [
    'client-output-buffer-limit',
    'normal 0 0 0',
    'normal 1mb 512kb 60',
    'pubsub 1 2',
    'nosuch 1 2 3',
    'normal a b c',
    'replica 256mb 64mb 60',
    'normal 0 0 0 pubsub 33554432 8388608 60',
    'normal 1 2 -3',
    'master 1 2 3',
  ],
  ['client-query-buffer-limit', '1073741824', '1mb', '1048575', '0', 'x'],
  ['proto-max-bulk-len', '536870912', '1mb', '1048575', '1gb', 'x'],
  ['latency-monitor-threshold', '0', '100', '-1', 'x'],
  ['latency-tracking', 'yes', 'no', 'YES', 'maybe'],
  ['latency-tracking-info-percentiles', '50 99 99.9', '50', '0 100', '101', '-1', 'abc', '', '99.95 50'],
  ['slowlog-log-slower-than', '10000', '0', '-1', '-2', 'x'],
  ['slowlog-max-len', '128', '0', '-1', 'x'],
  ['lfu-log-factor', '10', '0', '-1'],
  ['lfu-decay-time', '1', '0', '-1'],
  ['active-expire-effort', '1', '10', '11', '0'],
  ['repl-backlog-size', '1048576', '2mb', '0', 'x'],
  ['repl-backlog-ttl', '3600', '0', '-1'],
  ['repl-diskless-load', 'disabled', 'swapdb', 'on-empty-db', 'x'],
  ['replica-priority', '100', '0', '-1'],
  ['list-max-listpack-size', '-2', '100', '-5', '-6', 'x'],
  ['list-max-ziplist-size', '-2', '128'],
  ['hash-max-listpack-entries', '512', '0', '-1'],
  ['hash-max-ziplist-entries', '512', '100'],
  ['set-max-intset-entries', '512', '0'],
  ['zset-max-listpack-value', '64', '0', '-1'],
  ['stream-node-max-bytes', '4096', '0', '1kb', '-1'],
  ['hll-sparse-max-bytes', '3000', '0', 'x'],
  ['acllog-max-len', '128', '0', '-1'],
  ['oom-score-adj', 'no', 'maybe'],
  ['oom-score-adj-values', '0 200 800', '0 100 100', '1', '1 2 x', '3000 1 1', '-2001 0 0', '5 4 3'],
  ['shutdown-timeout', '10', '0', '-1'],
  ['shutdown-on-sigterm', 'default', 'nosave now', 'save', 'save nosave', 'force foo', 'now force'],
  ['busy-reply-threshold', '5000', '0', '-1', '100'],
  ['lua-time-limit', '5000', '100'],
  ['proc-title-template', '{title} {listen-addr} {server-mode}', '{title}', '{nosuch}', '{title'],
  ['syslog-facility', 'local0', 'local7'],
  ['databases', '16', '32'],
  ['daemonize', 'no', 'yes'],
  ['unixsocket', '', '/tmp/x'],
  ['io-threads', '1', '2'],
  ['logfile', '', '/tmp/x.log'],
  ['dbfilename', 'dump.rdb', 'a/b.rdb'],
  ['appenddirname', 'appendonlydir', 'x'],
  ['enable-debug-command', 'yes', 'no'],
  ['bind', '127.0.0.1', '256.256.256.256'],
  ['tracking-table-max-keys', '1000000', '0', '-1'],
  ['requirepass', '', ''],
  ['protected-mode', 'yes', 'no', '1', 'true'],
  ['min-replicas-max-lag', '10', '0', '-1'],
  ['cluster-node-timeout', '15000', '0', '-1'],
  ['nosuch', '', 'x'],
];

differential('config', [
  group('defaults', ...DEFAULTS.map((name) => `CONFIG GET ${name}`)),
  group(
    'CONFIG GET',
    `
    pairs: CONFIG GET maxmemory maxclients
    pairs: CONFIG GET maxmemory maxmemory MAXMEMORY
    pairs: CONFIG GET maxmemory* maxmemory-s*
    pairs: CONFIG GET hash-max-*
    pairs: CONFIG GET *slave*
    pairs: CONFIG GET [st]imeout
    pairs: CONFIG GET tim?out
    CONFIG GET nosuch
    CONFIG GET nosuch*
    CONFIG GET ""
    CONFIG GET
    CONFIG
    CONFIG FOO
    CONFIG GET TIMEOUT
    CONFIG HELP x
    CONFIG RESETSTAT
    CONFIG RESETSTAT x
    CONFIG REWRITE
    CONFIG REWRITE x
    `,
    matching(
      'CONFIG HELP',
      /^\*\d+\r\n\+CONFIG <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
  ),
  ...SETTINGS.map(([name, initial, ...values]) =>
    group(
      `CONFIG SET ${name}`,
      ...values.flatMap((value) => [['CONFIG', 'SET', name, value], `CONFIG GET ${name}`]),
      ['CONFIG', 'SET', name.toUpperCase(), initial],
      `CONFIG GET ${name}`,
    ),
  ),
  group(
    'CONFIG SET of several',
    `
    CONFIG SET
    CONFIG SET timeout
    CONFIG SET timeout 1 hz
    CONFIG SET timeout 10 maxmemory-samples 7
    pairs: CONFIG GET timeout maxmemory-samples
    CONFIG SET timeout 20 maxmemory-samples abc
    pairs: CONFIG GET timeout maxmemory-samples
    CONFIG SET timeout 20 nosuch 1
    CONFIG SET nosuch 1 timeout abc
    CONFIG SET timeout 20 TIMEOUT 30
    CONFIG SET hash-max-listpack-entries 5 hash-max-ziplist-entries 6
    CONFIG SET timeout 20 daemonize yes
    CONFIG SET timeout abc daemonize yes
    pairs: CONFIG GET timeout maxmemory-samples
    CONFIG SET timeout 0 maxmemory-samples 5
    CONFIG SET timeout "0 "
    CONFIG SET timeout " 0"
    `,
  ),
]);
