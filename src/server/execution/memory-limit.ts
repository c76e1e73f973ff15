/** What `maxmemory` and its policies ask of the server, kept in step with the configuration. */
import type { Server } from '../server.ts';
import { COND_MAXMEMORY } from './conditions.ts';

export function followMemoryLimit(server: Server): void {
  const { conditions, config, eviction, keyspace, log, memory, settings } = server;
  config.follow('maxmemory', () => {
    settings.maxmemoryBytes = config.num('maxmemory');
    conditions.set(COND_MAXMEMORY, settings.maxmemoryBytes > 0);
  });
  config.onApply('maxmemory', () => {
    if (memory.overLimit) {
      log.warning(
        `WARNING: the new maxmemory value set via CONFIG SET (${config.num('maxmemory')}) is smaller than the current ` +
          `memory usage (${memory.used}). This will result in key eviction and/or the inability to accept new ` +
          'write commands depending on the maxmemory-policy.',
      );
      eviction.schedule();
    }
    return null;
  });
  config.follow(
    ['maxmemory-policy', 'maxmemory-samples', 'maxmemory-eviction-tenacity', 'lazyfree-lazy-eviction'],
    () => eviction.configure(),
  );
  config.follow(['maxmemory-policy', 'lfu-log-factor', 'lfu-decay-time'], () => {
    const { clock } = keyspace;
    clock.lfu = config.enumValue('maxmemory-policy').includes('lfu');
    clock.lfuLogFactor = config.num('lfu-log-factor');
    clock.lfuDecayTime = config.num('lfu-decay-time');
    clock.tick(server.nowMs);
  });
}
