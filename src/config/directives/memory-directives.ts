/** Memory limit and eviction, expiry, lazy freeing, defragmentation, and the sizes at which encodings change. */

import { INT_MIN, ULONG_MAX } from '../config-numbers.ts';
import { bool, choice, DEBUG, type Directive, int, longLong, numeric, size } from '../directive.ts';

const POLICIES = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
];

export const memoryDirectives: readonly Directive[] = [
  numeric('maxmemory', { initial: 0, min: 0, max: ULONG_MAX, unsigned: true, unit: 'memory' }),
  choice('maxmemory-policy', POLICIES, 'noeviction'),
  int('maxmemory-samples', 5, { min: 1, max: 64 }),
  int('maxmemory-eviction-tenacity', 10, { max: 100 }),
  int('lfu-log-factor', 10),
  int('lfu-decay-time', 1),
  int('active-expire-effort', 1, { min: 1, max: 10 }),
  bool('lazyfree-lazy-eviction', false, { flags: DEBUG }),
  bool('lazyfree-lazy-expire', false, { flags: DEBUG }),
  bool('lazyfree-lazy-server-del', false, { flags: DEBUG }),
  bool('lazyfree-lazy-user-del', false, { flags: DEBUG }),
  bool('lazyfree-lazy-user-flush', false, { flags: DEBUG }),
  bool('jemalloc-bg-thread', true),

  // Sparse pages are emptied while the server has nothing else to do; with `activedefrag` at any time.
  bool('idle-compaction', true),
  bool('activedefrag', false, { flags: DEBUG }),
  int('active-defrag-cycle-min', 1, { min: 1, max: 99 }),
  int('active-defrag-cycle-max', 25, { min: 1, max: 99 }),
  int('active-defrag-threshold-lower', 10, { max: 1000 }),
  int('active-defrag-threshold-upper', 100, { max: 1000 }),
  size('active-defrag-ignore-bytes', 100 * 1024 * 1024, { min: 1, unit: 'memory' }),
  size('active-defrag-max-scan-fields', 1000, { min: 1 }),

  size('hash-max-listpack-entries', 512, { alias: 'hash-max-ziplist-entries' }),
  size('hash-max-listpack-value', 64, { alias: 'hash-max-ziplist-value', unit: 'memory' }),
  int('list-max-listpack-size', -2, { min: Number(INT_MIN), alias: 'list-max-ziplist-size' }),
  int('list-compress-depth', 0, { flags: DEBUG }),
  size('set-max-intset-entries', 512),
  size('set-max-listpack-entries', 128),
  size('set-max-listpack-value', 64),
  size('zset-max-listpack-entries', 128, { alias: 'zset-max-ziplist-entries' }),
  size('zset-max-listpack-value', 64, { alias: 'zset-max-ziplist-value', unit: 'memory' }),
  size('hll-sparse-max-bytes', 3000, { unit: 'memory' }),
  size('stream-node-max-bytes', 4096, { unit: 'memory' }),
  longLong('stream-node-max-entries', 100),
];
