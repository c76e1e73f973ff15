/** Listening, connections, TLS, and the limits of the protocol. */
import {
  bool,
  choice,
  DEBUG,
  type Directive,
  IMMUTABLE,
  int,
  longLong,
  SENSITIVE,
  size,
  string,
  uint,
  VOLATILE,
} from '../directive.ts';
import { bind, clientOutputBufferLimit } from '../special.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;

export const networkDirectives: readonly Directive[] = [
  bind,
  string('bind-source-addr', null),
  int('port', 6379, { max: 65535 }),
  int('tcp-backlog', 511, { flags: IMMUTABLE }),
  int('tcp-keepalive', 300),
  string('unixsocket', null, { flags: IMMUTABLE }),
  uint('unixsocketperm', 0, { max: 0o777, unit: 'octal', flags: IMMUTABLE }),
  uint('socket-mark-id', 0, { flags: IMMUTABLE }),
  bool('protected-mode', true),
  int('timeout', 0),
  uint('maxclients', 10000, { min: 1 }),
  uint('max-new-connections-per-cycle', 10, { min: 1, max: 1000 }),
  uint('max-new-tls-connections-per-cycle', 1, { min: 1, max: 1000 }),
  longLong('maxmemory-clients', 0, { min: -100, unit: 'memory or percent' }),
  clientOutputBufferLimit,
  size('client-query-buffer-limit', GB, { min: MB, unit: 'memory', flags: DEBUG }),
  // Offsets into query buffers have 31 bits.
  longLong('proto-max-bulk-len', 512 * MB, { min: MB, max: GB, unit: 'memory', flags: DEBUG }),
  // Which way the server talks to its sockets: its own epoll set (Linux only), or Node's net module.
  choice('io-backend', ['auto', 'epoll', 'node'], 'auto', { flags: IMMUTABLE }),
  // Where Prometheus reads the server's figures.
  int('metrics-port', 0, { max: 65535 }),
  // Accepted so that a redis.conf loads; all work is done by one thread.
  int('io-threads', 1, { min: 1, max: 128, flags: DEBUG | IMMUTABLE }),
  bool('io-threads-do-reads', false, { flags: DEBUG | IMMUTABLE }),

  int('tls-port', 0, { max: 65535 }),
  bool('tls-cluster', false),
  bool('tls-replication', false),
  choice('tls-auth-clients', ['no', 'yes', 'optional'], 'yes'),
  bool('tls-prefer-server-ciphers', false),
  bool('tls-session-caching', true),
  int('tls-session-cache-size', 20480),
  int('tls-session-cache-timeout', 300),
  string('tls-cert-file', null, { flags: VOLATILE }),
  string('tls-key-file', null, { flags: VOLATILE }),
  string('tls-key-file-pass', null, { flags: SENSITIVE }),
  string('tls-client-cert-file', null, { flags: VOLATILE }),
  string('tls-client-key-file', null, { flags: VOLATILE }),
  string('tls-client-key-file-pass', null, { flags: SENSITIVE }),
  string('tls-dh-params-file', null, { flags: VOLATILE }),
  string('tls-ca-cert-file', null, { flags: VOLATILE }),
  string('tls-ca-cert-dir', null, { flags: VOLATILE }),
  string('tls-protocols', null),
  string('tls-ciphers', null),
  string('tls-ciphersuites', null),
];
