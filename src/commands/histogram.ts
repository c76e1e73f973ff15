/**
 * A histogram of durations with two significant digits, like the one Redis keeps for each command.
 *
 * Values are nanoseconds from 1 to MAX_NS. Values below 256 have a slot each; above that every power of two has 128
 * slots of equal width, so a slot is never wider than 1/128 of its values. Slot of value v, with s = the number of bits
 * by which v exceeds eight: `128 * s + (v >> s)`. 3,072 counters, 24 KiB; recording is O(1).
 */
const HALF = 128;
const MAX_NS = 1_000_000_000;
const SLOTS = 24 * HALF;

export class LatencyHistogram {
  private readonly counts = new Float64Array(SLOTS);
  total = 0;

  /** Counts one call that took `us` whole microseconds. */
  record(us: number): void {
    const slot = slotOf(us <= 0 ? 1 : us >= 1_000_000 ? MAX_NS : us * 1000);
    this.counts[slot] = this.counts[slot]! + 1;
    this.total++;
  }

  /** Upper end in nanoseconds of the slot below which `percentile` per cent of the calls are; 0 without calls. */
  percentileNs(percentile: number): number {
    const wanted = Math.max(1, Math.trunc((Math.min(percentile, 100) / 100) * this.total + 0.5));
    let seen = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      seen += this.counts[slot]!;
      if (seen >= wanted) return highestOf(slot);
    }
    return 0;
  }

  /** Cumulative counts at 1.024 µs and its doublings, where they grow: pairs of microseconds and calls. */
  cumulative(): [us: number, calls: number][] {
    const out: [number, number][] = [];
    let seen = 0;
    let before = 0;
    let levelNs = 1024;
    for (let slot = 0; slot < SLOTS && before < this.total; slot++) {
      seen += this.counts[slot]!;
      if (lowestOf(slot) < levelNs) continue;
      if (seen > before) out.push([Math.floor(highestOf(slot) / 1000), seen]);
      before = seen;
      levelNs *= 2;
    }
    // No level lies beyond the last slots: what is in them is reported at their end.
    if (before < this.total) out.push([Math.floor(highestOf(SLOTS - 1) / 1000), this.total]);
    return out;
  }
}

function slotOf(ns: number): number {
  const shift = Math.max(0, 24 - Math.clz32(ns));
  return HALF * shift + (ns >>> shift);
}

/** Smallest value that falls into the slot. */
function lowestOf(slot: number): number {
  const shift = slot < 2 * HALF ? 0 : Math.floor(slot / HALF) - 1;
  return (slot - HALF * shift) * 2 ** shift;
}

/** Largest value that falls into the slot. */
function highestOf(slot: number): number {
  return lowestOf(slot + 1) - 1;
}
