/** INFO's counters: stats, commandstats, errorstats, latencystats, keyspace. */
import { latencyTrackingInfoPercentiles } from '../../config/special.ts';
import type { CommandServer } from '../command-client.ts';
import type { CommandEntry } from '../registry.ts';
import { heading, safeName, section } from './info-text.ts';

export function infoStats(server: CommandServer): string {
  const { stats, keyspace } = server;
  const cycles = stats.cyclesRate.perSecond;
  return section('Stats', [
    ['total_connections_received', stats.connectionsReceived],
    ['total_commands_processed', stats.commandsProcessed],
    ['instantaneous_ops_per_sec', Math.floor(stats.opsRate.perSecond)],
    ['total_net_input_bytes', stats.netInputBytes],
    ['total_net_output_bytes', stats.netOutputBytes],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', 0],
    ['instantaneous_input_kbps', (stats.inputRate.perSecond / 1024).toFixed(2)],
    ['instantaneous_output_kbps', (stats.outputRate.perSecond / 1024).toFixed(2)],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', stats.rejectedConnections],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_subkeys', keyspace.fieldExpiry.expiredFields],
    ['expired_keys', keyspace.stats.expiredKeys],
    ['expired_stale_perc', keyspace.stats.expiredStalePerc.toFixed(2)],
    ['expired_time_cap_reached_count', keyspace.stats.expiredTimeCapReachedCount],
    ['expire_cycle_cpu_milliseconds', Math.floor(keyspace.stats.expireCycleCpuMs)],
    ['evicted_keys', server.eviction.evictedKeys],
    ['evicted_clients', stats.evictedClients],
    ['evicted_scripts', 0],
    ['total_eviction_exceeded_time', Math.floor(server.eviction.totalExceededMs)],
    ['current_eviction_exceeded_time', Math.floor(server.eviction.currentExceededMs)],
    ['keyspace_hits', keyspace.stats.hits],
    ['keyspace_misses', keyspace.stats.misses],
    ['pubsub_channels', server.pubsub.channelCount],
    ['pubsub_patterns', server.pubsub.patternCount],
    ['pubsubshard_channels', server.pubsub.shardChannelCount],
    ['latest_fork_usec', server.forks.latestUs],
    ['total_forks', server.forks.total],
    ['migrate_cached_sockets', 0],
    ['slave_expires_tracked_keys', 0],
    ['active_defrag_hits', keyspace.compaction.hits],
    ['active_defrag_misses', keyspace.compaction.misses],
    ['active_defrag_key_hits', keyspace.compaction.hits],
    ['active_defrag_key_misses', keyspace.compaction.misses],
    ['total_active_defrag_time', Math.floor(keyspace.compaction.timeMs)],
    ['current_active_defrag_time', 0],
    ['tracking_total_keys', server.tracking.keyCount],
    ['tracking_total_items', server.tracking.itemCount],
    ['tracking_total_prefixes', server.tracking.prefixCount],
    ['unexpected_error_replies', stats.unexpectedErrorReplies],
    ['total_error_replies', stats.errorReplies],
    ['dump_payload_sanitizations', 0],
    ['total_reads_processed', stats.readsProcessed],
    ['total_writes_processed', stats.writesProcessed],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['client_query_buffer_limit_disconnections', stats.queryLimitDisconnections],
    ['client_output_buffer_limit_disconnections', stats.outputLimitDisconnections],
    ['reply_buffer_shrinks', 0],
    ['reply_buffer_expands', 0],
    ['eventloop_cycles', stats.eventLoopCycles],
    ['eventloop_duration_sum', Math.floor(stats.eventLoopUs)],
    ['eventloop_duration_cmd_sum', Math.floor(stats.commandUs)],
    ['instantaneous_eventloop_cycles_per_sec', Math.floor(cycles)],
    ['instantaneous_eventloop_duration_usec', cycles === 0 ? 0 : Math.floor(stats.loopUsRate.perSecond / cycles)],
    ['acl_access_denied_auth', stats.aclDeniedAuth],
    ['acl_access_denied_cmd', stats.aclDeniedCmd],
    ['acl_access_denied_key', stats.aclDeniedKey],
    ['acl_access_denied_channel', stats.aclDeniedChannel],
  ]);
}

/** Shown only when it is asked for by name. */
export function infoDebug({ stats }: CommandServer): string {
  return section('Debug', [
    ['eventloop_duration_aof_sum', 0],
    ['eventloop_duration_cron_sum', Math.floor(stats.cronUs)],
    ['eventloop_duration_max', Math.floor(stats.eventLoopMaxUs)],
    ['eventloop_cmd_per_cycle_max', stats.maxCommandsPerCycle],
  ]);
}

/** All commands and subcommands of the table. */
function* commandsOf(server: CommandServer): Generator<CommandEntry> {
  for (const [, entry] of server.commands.entries()) {
    yield entry;
    if (entry.subcommands !== null) yield* entry.subcommands.values();
  }
}

export function infoCommandstats(server: CommandServer): string {
  const lines: string[] = [];
  for (const { fullName, calls, usec, rejectedCalls, failedCalls } of commandsOf(server)) {
    if (calls === 0 && rejectedCalls === 0 && failedCalls === 0) continue;
    const us = Math.floor(usec);
    lines.push(
      `cmdstat_${safeName(fullName)}:calls=${calls},usec=${us},usec_per_call=${(calls === 0 ? 0 : us / calls).toFixed(2)}` +
        `,rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    );
  }
  return heading('Commandstats', lines);
}

export function infoErrorstats(server: CommandServer): string {
  const codes = [...server.stats.errors].sort(([a], [b]) => (a < b ? -1 : 1));
  return heading(
    'Errorstats',
    codes.map(([code, count]) => `errorstat_${safeName(code)}:count=${count}`),
  );
}

export function infoLatencystats(server: CommandServer): string {
  const percentiles = server.config.valueOf(latencyTrackingInfoPercentiles);
  const lines: string[] = [];
  for (const { fullName, latency } of commandsOf(server)) {
    if (latency === null) continue;
    const values = percentiles.map((percentile) => {
      const us = latency.percentileNs(percentile) / 1000;
      return `p${percentile.toFixed(6).replace(/\.?0+$/, '')}=${us.toFixed(3)}`;
    });
    lines.push(`latency_percentiles_usec_${safeName(fullName)}:${values.join(',')}`);
  }
  return heading('Latencystats', lines);
}

export function infoKeyspace(server: CommandServer): string {
  const lines: string[] = [];
  for (const db of server.keyspace.dbs) {
    if (db.size === 0) continue;
    const avgTtlMs = db.volatileSize === 0 ? 0 : Math.round(db.avgTtlMs);
    lines.push(
      `db${db.id}:keys=${db.size},expires=${db.volatileSize},avg_ttl=${avgTtlMs},subexpiry=${db.volatileFields.size}`,
    );
  }
  return heading('Keyspace', lines);
}
