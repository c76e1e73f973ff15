/** Keeps what hot paths read in step with the configuration. */

import type { ParserLimits } from '../protocol/parser.ts';
import type { EncodingLimits } from '../store/encoding-limits.ts';
import { COND_FEW_REPLICAS, COND_MAXMEMORY } from './execution/conditions.ts';
import type { Server } from './server.ts';

/** Offsets of arguments have 31 bits. */
const MAX_QUERY_BYTES = 2000 * 1024 * 1024;

/** What is looked at too often to be asked of the configuration. */
export class Settings {
  /** Whoever connects has to log in: the default user has a password, or is disabled. */
  authRequired = false;
  readonly parserLimits: ParserLimits = { maxBulkBytes: 512 * 1024 * 1024 };
  queryBufferLimitBytes: number = 1024 ** 3;
  /** 0: no limit. */
  maxmemoryBytes = 0;
  /** The lower of what SLOWLOG and the latency monitor ask for. */
  slowThresholdUs = 10_000;
}

/** Reads the settings and follows CONFIG SET. */
export function applySettings(server: Server): void {
  const { config } = server;
  const follow = (names: string[], fn: () => string | null) => {
    fn();
    config.onApply(names, fn);
  };
  follow(['maxmemory'], () => {
    server.settings.maxmemoryBytes = config.num('maxmemory');
    server.conditions.set(COND_MAXMEMORY, server.settings.maxmemoryBytes > 0);
    return null;
  });
  config.onApply('maxmemory', () => {
    if (server.memory.overLimit) {
      server.log.warning(
        `WARNING: the new maxmemory value set via CONFIG SET (${config.num('maxmemory')}) is smaller than the current ` +
          `memory usage (${server.memory.used}). This will result in key eviction and/or the inability to accept new ` +
          'write commands depending on the maxmemory-policy.',
      );
      server.eviction.schedule();
    }
    return null;
  });
  const eviction = ['maxmemory-policy', 'maxmemory-samples', 'maxmemory-eviction-tenacity', 'lazyfree-lazy-eviction'];
  follow(eviction, () => {
    server.eviction.configure();
    return null;
  });
  follow(['min-replicas-to-write', 'min-replicas-max-lag'], () => {
    // There are no replicas.
    const wanted = config.num('min-replicas-to-write') > 0 && config.num('min-replicas-max-lag') > 0;
    server.conditions.set(COND_FEW_REPLICAS, wanted);
    return null;
  });
  follow(['latency-tracking'], () => {
    server.clock.tracking = config.bool('latency-tracking');
    return null;
  });
  follow(['proto-max-bulk-len'], () => {
    server.settings.parserLimits.maxBulkBytes = config.num('proto-max-bulk-len');
    return null;
  });
  follow(['client-query-buffer-limit'], () => {
    server.settings.queryBufferLimitBytes = Math.min(config.num('client-query-buffer-limit'), MAX_QUERY_BYTES);
    return null;
  });
  follow(['slowlog-log-slower-than', 'slowlog-max-len', 'latency-monitor-threshold'], () => {
    const slowUs = config.num('slowlog-log-slower-than');
    const latencyMs = config.num('latency-monitor-threshold');
    server.slowlog.thresholdUs = slowUs;
    server.slowlog.maxEntries = config.num('slowlog-max-len');
    server.slowlog.trim();
    server.latency.thresholdMs = latencyMs;
    const thresholds = [slowUs >= 0 ? slowUs : Infinity, latencyMs > 0 ? latencyMs * 1000 : Infinity];
    server.settings.slowThresholdUs = Math.min(...thresholds);
    server.clock.setThreshold(server.settings.slowThresholdUs);
    return null;
  });
  follow(['lazyfree-lazy-expire'], () => {
    server.keyspace.lazyExpire = config.bool('lazyfree-lazy-expire');
    return null;
  });
  follow(['hz'], () => {
    server.cron?.restart();
    return null;
  });
  follow(['maxmemory-policy', 'lfu-log-factor', 'lfu-decay-time'], () => {
    const { clock } = server.keyspace;
    clock.lfu = config.enumValue('maxmemory-policy').includes('lfu');
    clock.lfuLogFactor = config.num('lfu-log-factor');
    clock.lfuDecayTime = config.num('lfu-decay-time');
    clock.tick(server.nowMs);
    return null;
  });
  followLimits(server);
}

/** The limits of small encodings: directive -> property. */
const LIMITS: Readonly<Record<string, keyof EncodingLimits>> = {
  'hash-max-listpack-entries': 'hashMaxListpackEntries',
  'hash-max-listpack-value': 'hashMaxListpackValue',
  'list-max-listpack-size': 'listMaxListpackSize',
  'list-compress-depth': 'listCompressDepth',
  'set-max-intset-entries': 'setMaxIntsetEntries',
  'set-max-listpack-entries': 'setMaxListpackEntries',
  'set-max-listpack-value': 'setMaxListpackValue',
  'zset-max-listpack-entries': 'zsetMaxListpackEntries',
  'zset-max-listpack-value': 'zsetMaxListpackValue',
  'stream-node-max-bytes': 'streamNodeMaxBytes',
  'stream-node-max-entries': 'streamNodeMaxEntries',
  'hll-sparse-max-bytes': 'hllSparseMaxBytes',
};

function followLimits(server: Server): void {
  const { config } = server;
  const { limits } = server.keyspace;
  for (const [name, property] of Object.entries(LIMITS)) {
    const apply = () => {
      limits[property] = config.num(name);
      return null;
    };
    apply();
    config.onApply([name], apply);
  }
}
