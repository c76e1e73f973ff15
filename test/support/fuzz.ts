/**
 * Seeded randomness for fuzzers. A failing round says its seed; GRAFTIS_FUZZ_SEED=<seed> repeats it.
 */
import { randomInt } from 'node:crypto';

/** mulberry32: 32 bits of state, good enough to find bugs and short enough to trust. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number, 0 <= n < bound. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** A whole number between the two, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Any byte values, `length` of them. */
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** Up to `maxLength` bytes: printable text, a number, or arbitrary bytes. */
  value(maxLength: number): Buffer {
    switch (this.below(3)) {
      case 0:
        return Buffer.from(String(this.between(-1e9, 1e9)).slice(0, maxLength));
      case 1:
        return Buffer.from(Array.from({ length: this.below(maxLength + 1) }, () => this.between(32, 126)));
      default:
        return this.bytes(this.below(maxLength + 1));
    }
  }

  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  private unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Runs `round` with a fresh generator `rounds` times; a failure names the seed of its round. */
export async function fuzz(rounds: number, round: (random: Random) => void | Promise<void>): Promise<void> {
  const fixed = process.env['GRAFTIS_FUZZ_SEED'];
  for (let i = 0; i < (fixed === undefined ? rounds : 1); i++) {
    const seed = fixed === undefined ? randomInt(2 ** 32) : Number(fixed);
    try {
      await round(new Random(seed));
    } catch (error) {
      throw new Error(`fuzz round ${i} failed; repeat it with GRAFTIS_FUZZ_SEED=${seed}: ${error}`, { cause: error });
    }
  }
}
