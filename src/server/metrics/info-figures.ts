/** The figures that INFO shows, for whoever wants numbers and not text. */

/** One number of INFO. */
export interface InfoFigure {
  /** As in the heading: `Stats`; a module's own section otherwise. */
  readonly section: string;
  readonly field: string;
  readonly value: number;
}

/** Sections whose lines are about one command, error, database or module each. */
const LISTS = new Set(['Modules', 'Commandstats', 'Errorstats', 'Latencystats', 'Keyspace']);
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The numbers of INFO's text: `field:1`, and of modules `field:a=1,b=2` as `field_a` and `field_b`. */
export function* infoFigures(text: string): Generator<InfoFigure> {
  let section = '';
  for (const line of text.split('\r\n')) {
    if (line.startsWith('# ')) section = line.slice(2);
    const colon = line.indexOf(':');
    if (colon < 0 || LISTS.has(section)) continue;
    const field = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (NUMBER.test(value)) yield { section, field, value: Number(value) };
    else if (value.includes('=')) yield* partsOf(section, field, value);
  }
}

function* partsOf(section: string, field: string, value: string): Generator<InfoFigure> {
  for (const part of value.split(',')) {
    const [name = '', number = ''] = part.split('=');
    if (NUMBER.test(number)) yield { section, field: `${field}_${name}`, value: Number(number) };
  }
}

/** Fields that only grow, until CONFIG RESETSTAT. */
const COUNTERS = new Set([
  'total_connections_received',
  'total_commands_processed',
  'total_net_input_bytes',
  'total_net_output_bytes',
  'total_net_repl_input_bytes',
  'total_net_repl_output_bytes',
  'rejected_connections',
  'sync_full',
  'sync_partial_ok',
  'sync_partial_err',
  'expired_subkeys',
  'expired_keys',
  'expired_time_cap_reached_count',
  'expire_cycle_cpu_milliseconds',
  'evicted_keys',
  'evicted_clients',
  'evicted_scripts',
  'total_eviction_exceeded_time',
  'keyspace_hits',
  'keyspace_misses',
  'total_forks',
  'active_defrag_hits',
  'active_defrag_misses',
  'active_defrag_key_hits',
  'active_defrag_key_misses',
  'total_active_defrag_time',
  'unexpected_error_replies',
  'total_error_replies',
  'dump_payload_sanitizations',
  'total_reads_processed',
  'total_writes_processed',
  'client_query_buffer_limit_disconnections',
  'client_output_buffer_limit_disconnections',
  'reply_buffer_shrinks',
  'reply_buffer_expands',
  'eventloop_cycles',
  'eventloop_duration_sum',
  'eventloop_duration_cmd_sum',
  'acl_access_denied_auth',
  'acl_access_denied_cmd',
  'acl_access_denied_key',
  'acl_access_denied_channel',
  'lazyfreed_objects',
]);

export function isCounter(field: string): boolean {
  return COUNTERS.has(field) || field.startsWith('used_cpu_');
}
