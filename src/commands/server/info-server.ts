/** INFO's sections about the process and its connections: server, clients, cpu, replication, cluster. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { machine, release, type } from 'node:os';
import { bind } from '../../config/special.ts';
import { cpuTimes } from '../../memory/process.ts';
import type { CommandServer } from '../command-client.ts';
import { type Fields, section } from './info-text.ts';

const SECONDS_PER_DAY = 86_400;

export function infoServer(server: CommandServer): string {
  const { config } = server;
  const uptimeSeconds = Math.floor((server.nowMs - server.startTimeMs) / 1000);
  const versions = `${server.redisVersion} ${server.version} ${process.version}`;
  return section('Server', [
    ['redis_version', server.redisVersion],
    ['graftis_version', server.version],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', createHash('sha256').update(versions).digest('hex').slice(0, 16)],
    ['redis_mode', 'standalone'],
    ['os', `${type()} ${release()} ${machine()}`],
    ['arch_bits', 64],
    ['monotonic_clock', 'POSIX clock_gettime'],
    ['multiplexing_api', server.transport?.name ?? 'none'],
    ['atomicvar_api', 'js-atomics'],
    // What Redis says where it was not built by gcc.
    ['gcc_version', '0.0.0'],
    ['node_version', process.versions.node],
    ['process_id', process.pid],
    ['process_supervised', server.supervised],
    ['run_id', server.runId],
    ['tcp_port', server.port || config.num('tls-port')],
    ['server_time_usec', Math.floor((performance.timeOrigin + performance.now()) * 1000)],
    ['uptime_in_seconds', uptimeSeconds],
    ['uptime_in_days', Math.floor(uptimeSeconds / SECONDS_PER_DAY)],
    ['hz', server.cron.hz],
    ['configured_hz', config.num('hz')],
    ['lru_clock', server.keyspace.clock.lruClock],
    ['executable', executable()],
    ['config_file', config.configFile ?? ''],
    ['io_threads_active', 0],
    ['native_shim', typeof server.nativeShim === 'string' ? `off (${server.nativeShim})` : 'on'],
    ...listeners(server),
  ]);
}

/** The program that runs: the script that Node was started with, or Node. */
function executable(): string {
  const script = process.argv[1];
  if (script === undefined) return process.execPath;
  try {
    return realpathSync(script);
  } catch {
    return script;
  }
}

function listeners(server: CommandServer): Fields {
  const tcp = server.listeners.filter(({ port, tls }) => port > 0 && !tls);
  const secure = server.listeners.filter(({ tls }) => tls);
  const unix = server.listeners.filter(({ port }) => port === 0);
  const fields: [string, string][] = [];
  const binds = server.config.valueOf(bind).map((address) => `,bind=${address}`);
  if (tcp.length > 0) fields.push([`listener${fields.length}`, `name=tcp${binds.join('')},port=${tcp[0]!.port}`]);
  if (unix.length > 0) {
    fields.push([`listener${fields.length}`, `name=unix${unix.map(({ address }) => `,bind=${address}`).join('')}`]);
  }
  if (secure.length > 0) fields.push([`listener${fields.length}`, `name=tls${binds.join('')},port=${secure[0]!.port}`]);
  return fields;
}

export function infoClients(server: CommandServer): string {
  const recent = server.memory.recentMaxBuffers();
  return section('Clients', [
    ['connected_clients', server.connections.clients.size],
    ['cluster_connections', 0],
    ['maxclients', server.config.num('maxclients')],
    ['client_recent_max_input_buffer', recent.input],
    ['client_recent_max_output_buffer', recent.output],
    ['blocked_clients', server.blocked.count],
    ['tracking_clients', server.tracking.clientCount],
    ['pubsub_clients', server.pubsub.clientCount],
    ['watching_clients', server.transactions.watches.clientCount],
    ['clients_in_timeout_table', server.blocked.timeoutCount],
    ['total_watched_keys', server.transactions.watches.keyCount],
    ['total_blocking_keys', server.readyKeys.keyCount],
    ['total_blocking_keys_on_nokey', server.readyKeys.goneKeyCount],
  ]);
}

export function infoCpu(_server: CommandServer): string {
  const times = cpuTimes();
  return section('CPU', [
    ['used_cpu_sys', times.system.toFixed(6)],
    ['used_cpu_user', times.user.toFixed(6)],
    ['used_cpu_sys_children', times.childrenSystem.toFixed(6)],
    ['used_cpu_user_children', times.childrenUser.toFixed(6)],
    ['used_cpu_sys_main_thread', times.mainThreadSystem.toFixed(6)],
    ['used_cpu_user_main_thread', times.mainThreadUser.toFixed(6)],
  ]);
}

export function infoReplication(server: CommandServer): string {
  return section('Replication', [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', server.replicationId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', server.config.num('repl-backlog-size')],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ]);
}

export function infoCluster(_server: CommandServer): string {
  return section('Cluster', [['cluster_enabled', 0]]);
}
