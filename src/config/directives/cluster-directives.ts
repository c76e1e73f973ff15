/** Cluster mode. */

import { ULONG_MAX } from '../config-numbers.ts';
import {
  bool,
  choice,
  type Directive,
  HIDDEN,
  IMMUTABLE,
  int,
  longLong,
  numeric,
  type StringValue,
  string,
} from '../directive.ts';

/** Size of the field that carries a host name between nodes, its NUL included. */
const HOST_MAX = 256;

function checkHostname(value: StringValue): string | null {
  if (value === null) return null;
  if (value.length >= HOST_MAX) return `Hostnames must be less than ${HOST_MAX} characters`;
  return /^[A-Za-z0-9.-]*$/.test(value) ? null : 'Hostnames may only contain alphanumeric characters, hyphens or dots';
}

/** Characters that separate fields in nodes.conf and on the bus. */
const NODENAME_INVALID = /[!#$%&()*+;<>?@[\]^{|}~]/;

function checkNodename(value: StringValue): string | null {
  return value !== null && NODENAME_INVALID.test(value)
    ? 'Announced human node name contained invalid character'
    : null;
}

export const clusterDirectives: readonly Directive[] = [
  bool('cluster-enabled', false, { flags: IMMUTABLE }),
  string('cluster-config-file', 'nodes.conf', { allowEmpty: true, flags: IMMUTABLE }),
  longLong('cluster-node-timeout', 15000),
  longLong('cluster-ping-interval', 0, { flags: HIDDEN }),
  int('cluster-port', 0, { max: 65535, flags: IMMUTABLE }),
  string('cluster-announce-ip', null),
  string('cluster-announce-hostname', null, { check: checkHostname }),
  string('cluster-announce-human-nodename', null, { check: checkNodename }),
  int('cluster-announce-port', 0, { max: 65535 }),
  int('cluster-announce-tls-port', 0, { max: 65535 }),
  int('cluster-announce-bus-port', 0, { max: 65535 }),
  choice('cluster-preferred-endpoint-type', ['ip', 'hostname', 'unknown-endpoint'], 'ip'),
  bool('cluster-require-full-coverage', true),
  bool('cluster-allow-reads-when-down', false),
  bool('cluster-allow-pubsubshard-when-down', true),
  bool('cluster-allow-replica-migration', true),
  bool('cluster-replica-no-failover', false, { alias: 'cluster-slave-no-failover' }),
  int('cluster-replica-validity-factor', 10, { alias: 'cluster-slave-validity-factor' }),
  int('cluster-migration-barrier', 1),
  numeric('cluster-link-sendbuf-limit', { initial: 0, min: 0, max: ULONG_MAX, unsigned: true, unit: 'memory' }),
];
