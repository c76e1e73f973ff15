/** Seeded random numbers for fuzz tests; the seed is printed, and FUZZ_SEED repeats a run. */

/** FUZZ_SEED, or a new seed; printed so that a failure can be repeated. */
export function fuzzSeed(): number {
  const given = process.env['FUZZ_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  console.log(`FUZZ_SEED=${seed}`);
  return seed;
}

/** mulberry32. */
export class Prng {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** An integer from 0 to n - 1, n up to 2^32. */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  }
}
