/**
 * How much memory native modules have. They allocate with libc's own functions, so it is what malloc has given out since
 * before the first module came; what Node and its libraries allocate meanwhile is in it too, little as that is.
 *
 * It is measured now and then, as often as takes a hundredth of the time at most, and when eviction wants to know what
 * became of it.
 */
import { mallocedBytes } from '../../memory/malloc-use.ts';

const PERIOD_MS = 100;
/** A measurement is worth this many times as long without one. */
const COST_FACTOR = 100;

export class ModuleMemory {
  bytes = 0;
  private readonly baseBytes = mallocedBytes() ?? 0;
  private nextMs = 0;

  /** Measures, unless it was done a short while ago. */
  follow(): void {
    if (performance.now() >= this.nextMs) this.measure();
  }

  measure(): void {
    const startMs = performance.now();
    const malloced = mallocedBytes();
    if (malloced !== null) this.bytes = Math.max(0, malloced - this.baseBytes);
    const endMs = performance.now();
    this.nextMs = endMs + Math.max(PERIOD_MS, COST_FACTOR * (endMs - startMs));
  }
}
