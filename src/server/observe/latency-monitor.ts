/** The latency monitor: spikes by event, for LATENCY LATEST, HISTORY, GRAPH and DOCTOR. */
const HISTORY = 160;

export interface LatencySample {
  timeSeconds: number;
  latencyMs: number;
}

export class LatencySeries {
  samples: LatencySample[] = [];
  maxMs = 0;

  add(timeSeconds: number, latencyMs: number): void {
    if (latencyMs > this.maxMs) this.maxMs = latencyMs;
    const last = this.samples[this.samples.length - 1];
    if (last !== undefined && last.timeSeconds === timeSeconds) {
      if (latencyMs > last.latencyMs) last.latencyMs = latencyMs;
      return;
    }
    this.samples.push({ timeSeconds, latencyMs });
    if (this.samples.length > HISTORY) this.samples.shift();
  }
}

export class LatencyMonitor {
  readonly events = new Map<string, LatencySeries>();
  /** Milliseconds; 0: off. */
  thresholdMs = 0;

  /** Records an event that took at least the threshold. */
  addIfNeeded(event: string, latencyMs: number): void {
    const rounded = Math.floor(latencyMs);
    if (this.thresholdMs === 0 || rounded < this.thresholdMs) return;
    this.add(event, rounded);
  }

  /** Records an event, `latencyMs` a whole number. */
  add(event: string, latencyMs: number): void {
    let series = this.events.get(event);
    if (series === undefined) this.events.set(event, (series = new LatencySeries()));
    series.add(Math.floor(Date.now() / 1000), latencyMs);
  }

  /** Forgets the named events, or all; returns how many there were. */
  reset(names: readonly string[]): number {
    if (names.length === 0) {
      const n = this.events.size;
      this.events.clear();
      return n;
    }
    return names.filter((name) => this.events.delete(name)).length;
  }
}
