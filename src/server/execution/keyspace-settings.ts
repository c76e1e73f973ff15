/** Directives that say how the keyspace holds and frees values. */
import type { EncodingLimits } from '../../store/encoding-limits.ts';
import type { Server } from '../server.ts';

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

export function followKeyspaceSettings({ config, keyspace }: Server): void {
  config.follow('lazyfree-lazy-expire', () => {
    keyspace.lazyExpire = config.bool('lazyfree-lazy-expire');
  });
  for (const [name, property] of Object.entries(LIMITS)) {
    config.follow(name, () => {
      keyspace.limits[property] = config.num(name);
    });
  }
}
