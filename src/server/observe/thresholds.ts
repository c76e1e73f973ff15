/** From which duration on commands are noted, by SLOWLOG and by the latency monitor; and whether histograms are kept. */
import type { Server } from '../server.ts';

export function followThresholds({ clock, config, latency, settings, slowlog }: Server): void {
  config.follow('latency-tracking', () => {
    clock.tracking = config.bool('latency-tracking');
  });
  config.follow(['slowlog-log-slower-than', 'slowlog-max-len', 'latency-monitor-threshold'], () => {
    const slowUs = config.num('slowlog-log-slower-than');
    const latencyMs = config.num('latency-monitor-threshold');
    slowlog.thresholdUs = slowUs;
    slowlog.maxEntries = config.num('slowlog-max-len');
    slowlog.trim();
    latency.thresholdMs = latencyMs;
    settings.slowThresholdUs = Math.min(slowUs >= 0 ? slowUs : Infinity, latencyMs > 0 ? latencyMs * 1000 : Infinity);
    clock.setThreshold(settings.slowThresholdUs);
  });
}
