/**
 * Sine, cosine and arcsine to the nearest double, as the C library has them, whose digits redis-server prints.
 *
 * The engine's own functions are off by one in the last place now and then, and near the antipode a haversine magnifies
 * that. Here numbers are *double doubles*: unevaluated sums of two doubles, 106 bits of precision. A call takes about a
 * microsecond, so searches compute with the engine's functions and only what is shown is computed again.
 */

/** The result of the last operation: high + low. */
let high = 0;
let low = 0;

/** 2^27 + 1: parts a double into halves whose products are exact. */
const SPLITTER = 134217729;

/** high + low = a + b, exactly. */
function sum(a: number, b: number): void {
  const s = a + b;
  const v = s - a;
  low = a - (s - v) + (b - v);
  high = s;
}

/** The same where |a| >= |b|. */
function quickSum(a: number, b: number): void {
  const s = a + b;
  low = b - (s - a);
  high = s;
}

/** high + low = a * b, exactly. */
function product(a: number, b: number): void {
  const p = a * b;
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  low = ah * bh - p + ah * bl + al * bh + al * bl;
  high = p;
}

/** high + low = (ah + al) * (bh + bl). */
function multiply(ah: number, al: number, bh: number, bl: number): void {
  product(ah, bh);
  quickSum(high, low + (ah * bl + al * bh));
}

/** high + low = (ah + al) + (bh + bl). */
function add(ah: number, al: number, bh: number, bl: number): void {
  sum(ah, bh);
  const s = high;
  const e = low;
  sum(al, bl);
  const f = low;
  quickSum(s, e + high);
  quickSum(high, low + f);
}

/** pi / 2 in three doubles. */
const HALF_PI_1 = Math.PI / 2;
const HALF_PI_2 = 6.123233995736766e-17;
const HALF_PI_3 = -1.4973849048591833e-33;

/** 1 / n! for n from 0 on, high and low parts. */
const TERMS = 29;
const inverseHigh = new Float64Array(TERMS);
const inverseLow = new Float64Array(TERMS);
inverseHigh[0] = 1;
for (let n = 1; n < TERMS; n++) {
  const h = inverseHigh[n - 1]! / n;
  product(h, n);
  const rest = inverseHigh[n - 1]! - high - low + inverseLow[n - 1]!;
  quickSum(h, rest / n);
  inverseHigh[n] = high;
  inverseLow[n] = low;
}

/** The Taylor series of the sine (from n = 1) or cosine (from n = 0) of xh + xl, |x| <= pi / 4. */
function series(xh: number, xl: number, first: 0 | 1): void {
  multiply(xh, xl, xh, xl);
  const squareHigh = -high;
  const squareLow = -low;
  // Horner's scheme in -x^2, from the term that no longer counts.
  let rh = 0;
  let rl = 0;
  for (let n = TERMS - 1 - first; n >= first; n -= 2) {
    multiply(rh, rl, squareHigh, squareLow);
    add(high, low, inverseHigh[n]!, inverseLow[n]!);
    rh = high;
    rl = low;
  }
  if (first === 1) multiply(rh, rl, xh, xl);
}

/** high + low = the sine (first 1) or cosine (first 0) of x, |x| below 10. */
function sineOrCosine(x: number, first: 0 | 1): void {
  const quarter = Math.round(x / HALF_PI_1);
  product(quarter, HALF_PI_1);
  add(x, 0, -high, -low);
  const rh = high;
  const rl = low;
  product(quarter, HALF_PI_2);
  add(rh, rl, -high, -low - quarter * HALF_PI_3);
  // A quarter turn makes a cosine of a sine, two change its sign.
  const turns = (quarter + (first === 0 ? 1 : 0)) & 3;
  series(high, low, (turns & 1) === 0 ? 1 : 0);
  if ((turns & 2) !== 0) {
    high = -high;
    low = -low;
  }
}

/** Sine of an angle below 10 radians. */
export function exactSin(x: number): number {
  if (x === 0) return x;
  sineOrCosine(x, 1);
  return high + low;
}

/** Cosine of an angle below 10 radians. */
export function exactCos(x: number): number {
  sineOrCosine(x, 0);
  return high + low;
}

/** Arcsine: what the engine finds, and one step of Newton's method. */
export function exactAsin(x: number): number {
  const near = Math.asin(x);
  if (!(Math.abs(x) < 1) || x === 0) return near;
  sineOrCosine(near, 1);
  add(x, 0, -high, -low);
  const rest = high + low;
  return near + rest / Math.cos(near);
}
