import { expect, test } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { exactAsin, exactCos, exactSin } from './exact-math.ts';

const SCALE = 10n ** 60n;

/** A double as a fixed-point number. */
function fixed(x: number): bigint {
  let scaled = x;
  let bits = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    bits++;
  }
  return (BigInt(scaled) * SCALE) >> bits;
}

/** Sine (first 1) or cosine (first 0) by its series in fixed point. */
function series(x: bigint, first: 0 | 1): bigint {
  let term = first === 1 ? x : SCALE;
  let total = term;
  for (let n = BigInt(first) + 1n; term !== 0n; n += 2n) {
    term = (-term * x * x) / (SCALE * SCALE * n * (n + 1n));
    total += term;
  }
  return total;
}

/** Whether `value` is a nearest double to the fixed-point number `exact`. */
function isNearest(value: number, exact: bigint): boolean {
  const bits = new BigInt64Array(new Float64Array([value]).buffer)[0]!;
  const [above, below] = [bits + 1n, bits - 1n].map((next) => new Float64Array(new BigInt64Array([next]).buffer)[0]!);
  const distance = (other: number): bigint => {
    const difference = fixed(other) - exact;
    return difference < 0n ? -difference : difference;
  };
  return distance(value) <= distance(above!) && distance(value) <= distance(below!);
}

test('sine and cosine are the nearest doubles', () =>
  fuzz(1, (random) => {
    const angles = Array.from({ length: 300 }, () => random.between(-3.2e9, 3.2e9) / 1e9);
    const small = angles.map((angle) => angle / 2 ** random.below(40));
    for (const x of [...angles, ...small, Math.PI, -Math.PI, Math.PI / 2, Math.PI / 4, 1e-300]) {
      if (Math.abs(x) > 1e-12) expect([x, isNearest(exactSin(x), series(fixed(x), 1))]).toEqual([x, true]);
      else expect(exactSin(x)).toBe(x);
      expect([x, isNearest(exactCos(x), series(fixed(x), 0))]).toEqual([x, true]);
    }
  }));

test('the arcsine is the angle whose sine is nearest', () =>
  fuzz(1, (random) => {
    expect([exactAsin(0), exactAsin(1), exactAsin(-1)]).toEqual([0, Math.PI / 2, -Math.PI / 2]);
    expect(exactAsin(1.5)).toBeNaN();
    const values = Array.from({ length: 300 }, () => random.between(-1e9 + 1, 1e9 - 1) / 1e9);
    const nearOne = values.map((value) => 1 - Math.abs(value) / 2 ** (10 + random.below(40)));
    for (const x of [...values, ...nearOne.filter((value) => value < 1)]) {
      const found = exactAsin(x);
      const bits = new BigInt64Array(new Float64Array([found]).buffer)[0]!;
      // The sine grows with the angle: half a step up or down must lie on either side of x.
      const step = Math.abs(new Float64Array(new BigInt64Array([bits + 1n]).buffer)[0]! - found);
      const half = fixed(step) / 2n;
      expect([x, series(fixed(found) - half, 1) <= fixed(x)]).toEqual([x, true]);
      expect([x, series(fixed(found) + half, 1) >= fixed(x)]).toEqual([x, true]);
    }
  }));
