/** Values that hot paths read in place of the configuration; whoever the directives belong to keeps them in step. */
import type { ParserLimits } from '../protocol/parser.ts';
import { COND_FEW_REPLICAS } from './execution/conditions.ts';
import { followKeyspaceSettings } from './execution/keyspace-settings.ts';
import { followMemoryLimit } from './execution/memory-limit.ts';
import { followThresholds } from './observe/thresholds.ts';
import type { Server } from './server.ts';

/** What is looked at too often to be asked of the configuration. */
export class Settings {
  /** Whoever connects has to log in: the default user has a password, or is disabled. */
  authRequired = false;
  readonly parserLimits: ParserLimits = { maxBulkBytes: 512 * 1024 * 1024 };
  /** 0: no limit. */
  maxmemoryBytes = 0;
  /** The lower of what SLOWLOG and the latency monitor ask for. */
  slowThresholdUs = 10_000;
}

/** Reads the settings and follows CONFIG SET. */
export function applySettings(server: Server): void {
  const { conditions, config, settings } = server;
  followMemoryLimit(server);
  followThresholds(server);
  followKeyspaceSettings(server);
  config.follow(['min-replicas-to-write', 'min-replicas-max-lag'], () => {
    // There are no replicas.
    const wanted = config.num('min-replicas-to-write') > 0 && config.num('min-replicas-max-lag') > 0;
    conditions.set(COND_FEW_REPLICAS, wanted);
  });
  config.follow('proto-max-bulk-len', () => {
    settings.parserLimits.maxBulkBytes = config.num('proto-max-bulk-len');
  });
}
