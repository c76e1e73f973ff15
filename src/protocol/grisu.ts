/**
 * Grisu2 (Florian Loitsch, "Printing floating-point numbers quickly and accurately with integers", 2010): decimal
 * digits that read back as the same double. It does not always find the shortest: about one double in 250 gets more
 * digits than needed (4.75766 gives 4.7576599999999996). Redis 7.2 and later print what Grisu2 finds, so JavaScript's
 * own shortest digits will not do.
 *
 * 64-bit integers are pairs of 32-bit halves (hi, lo) held as non-negative numbers; nothing is allocated.
 */

const TWO_32 = 2 ** 32;

/** Most digits of a result. */
export const GRISU_DIGITS = 18;

/** Digits found by the last grisu2(), ASCII. */
export const digits: Uint8Array = new Uint8Array(GRISU_DIGITS);
/** How many of `digits` are set. */
export let digitsLength = 0;

/** Powers of ten that numbers are scaled with: 10^FIRST_POWER, and every POWER_STEP-th after it, 87 in all. */
const FIRST_POWER = -348;
const POWER_STEP = 8;
const POWERS = 87;
/** Normalised 64-bit mantissas, rounded to nearest, and binary exponents of the powers. */
let powerHi: Float64Array | null = null;
const powerLo = new Float64Array(POWERS);
const powerExp = new Int32Array(POWERS);
/** The scaled number's exponent is brought into this range. */
const SCALED_MIN = -60;
const SCALED_MAX = -32;

function buildPowers(): Float64Array {
  const hi = new Float64Array(POWERS);
  for (let i = 0; i < POWERS; i++) {
    const k = FIRST_POWER + i * POWER_STEP;
    const power = 10n ** BigInt(Math.abs(k));
    const bits = power.toString(2).length;
    // 2^shift times the power (or its inverse) lies between 2^64 and 2^66: enough for the rounding bit.
    const shift = k >= 0 ? 66 - bits : 65 + bits;
    let scaled =
      k >= 0 ? (shift >= 0 ? power << BigInt(shift) : power >> BigInt(-shift)) : (1n << BigInt(shift)) / power;
    let exponent = -shift;
    const excess = BigInt(scaled.toString(2).length - 64);
    scaled = (scaled + (1n << (excess - 1n))) >> excess;
    exponent += Number(excess);
    hi[i] = Number(scaled >> 32n);
    powerLo[i] = Number(scaled & 0xffffffffn);
    powerExp[i] = exponent;
  }
  return hi;
}

const doubleView = new Float64Array(1);
const wordView = new Uint32Array(doubleView.buffer);

let productHi = 0;
let productLo = 0;

/** The upper 64 bits of a product of two 64-bit integers, rounded half up, into productHi and productLo. */
function multiply(aHi: number, aLo: number, bHi: number, bLo: number): void {
  const a3 = aHi >>> 16;
  const a2 = aHi & 0xffff;
  const a1 = aLo >>> 16;
  const a0 = aLo & 0xffff;
  const b3 = bHi >>> 16;
  const b2 = bHi & 0xffff;
  const b1 = bLo >>> 16;
  const b0 = bLo & 0xffff;
  let t = Math.floor((a0 * b0) / 65536) + a0 * b1 + a1 * b0;
  t = Math.floor(t / 65536) + a0 * b2 + a1 * b1 + a2 * b0;
  t = Math.floor(t / 65536) + a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + 0x8000;
  t = Math.floor(t / 65536) + a1 * b3 + a2 * b2 + a3 * b1;
  const c0 = t % 65536;
  t = Math.floor(t / 65536) + a2 * b3 + a3 * b2;
  const c1 = t % 65536;
  t = Math.floor(t / 65536) + a3 * b3;
  productLo = c1 * 65536 + c0;
  productHi = t;
}

/** Sets `digits` and `digitsLength` for a finite value above 0; the value is about digits * 10^k for the result k. */
export function grisu2(value: number): number {
  powerHi ??= buildPowers();
  doubleView[0] = value;
  const biased = wordView[1]! >>> 20;
  let mantissa = (wordView[1]! & 0xfffff) * TWO_32 + wordView[0]!;
  let exponent: number;
  // Half the distance to the neighbouring doubles, in units of the normalised 64-bit mantissa.
  let gapAbove = 1024;
  let gapBelow = 1024;
  if (biased !== 0) {
    if (mantissa === 0) gapBelow = 512;
    mantissa += 2 ** 52;
    exponent = biased - 1075 - 11;
  } else {
    exponent = -1074 - 11;
    while (mantissa < 2 ** 52) {
      mantissa *= 2;
      gapAbove *= 2;
      exponent--;
    }
    gapBelow = gapAbove;
  }
  const wHi = Math.floor(mantissa / 2 ** 21);
  const wLo = (mantissa % 2 ** 21) * 2048;

  const i = powerIndex(exponent);
  const cHi = powerHi[i]!;
  const cLo = powerLo[i]!;
  multiply(wHi, wLo, cHi, cLo);
  const scaledHi = productHi;
  const scaledLo = productLo;

  let lo = wLo + (gapAbove % TWO_32);
  multiply(wHi + Math.floor(gapAbove / TWO_32) + (lo >= TWO_32 ? 1 : 0), lo % TWO_32, cHi, cLo);
  // One unit off either end, for the error of the multiplication.
  let upperHi = productHi;
  let upperLo = productLo - 1;
  if (upperLo < 0) {
    upperLo += TWO_32;
    upperHi--;
  }

  lo = wLo - (gapBelow % TWO_32);
  multiply(wHi - Math.floor(gapBelow / TWO_32) - (lo < 0 ? 1 : 0), lo < 0 ? lo + TWO_32 : lo, cHi, cLo);
  let deltaHi = upperHi - productHi;
  let deltaLo = upperLo - productLo - 1;
  while (deltaLo < 0) {
    deltaLo += TWO_32;
    deltaHi--;
  }

  let distanceHi = upperHi - scaledHi;
  let distanceLo = upperLo - scaledLo;
  if (distanceLo < 0) {
    distanceLo += TWO_32;
    distanceHi--;
  }

  const k = -(FIRST_POWER + i * POWER_STEP);
  const unitShift = -(exponent + powerExp[i]! + 64) - 32;
  return k + generate(upperHi, upperLo, deltaHi, deltaLo, distanceHi, distanceLo, 2 ** unitShift);
}

/** Which power scales a normalised mantissa with this exponent into the range wanted; the guess fits or is next to it. */
function powerIndex(exponent: number): number {
  const approx = Math.trunc(-(exponent + POWERS) * 0.30102999566398114);
  let i = Math.trunc((approx - FIRST_POWER) / POWER_STEP);
  for (;;) {
    const scaled = exponent + powerExp[i]! + 64;
    if (scaled < SCALED_MIN) i++;
    else if (scaled > SCALED_MAX) i--;
    else return i;
  }
}

/**
 * The fewest digits of a number between upper - delta and upper; distance: from upper to the exact value. One unit of
 * the integer part is `one` * 2^32. Returns the power of ten of the last digit.
 */
function generate(
  upperHi: number,
  upperLo: number,
  deltaHi: number,
  deltaLo: number,
  distanceHi: number,
  distanceLo: number,
  one: number,
): number {
  let whole = Math.floor(upperHi / one);
  let restHi = upperHi - whole * one;
  let restLo = upperLo;
  let n = 0;
  let kappa = 10;
  for (let div = 1e9; kappa > 0; div /= 10) {
    const digit = Math.floor(whole / div);
    if (digit !== 0 || n !== 0) digits[n++] = 48 + digit;
    whole -= digit * div;
    kappa--;
    const leftHi = whole * one + restHi;
    if (leftHi < deltaHi || (leftHi === deltaHi && restLo <= deltaLo)) {
      digitsLength = n;
      roundLast(deltaHi, deltaLo, leftHi, restLo, div * one, distanceHi, distanceLo);
      return kappa;
    }
  }
  for (;;) {
    let carry = restLo * 10;
    restLo = carry % TWO_32;
    restHi = restHi * 10 + Math.floor(carry / TWO_32);
    carry = deltaLo * 10;
    deltaLo = carry % TWO_32;
    deltaHi = deltaHi * 10 + Math.floor(carry / TWO_32);
    carry = distanceLo * 10;
    distanceLo = carry % TWO_32;
    distanceHi = distanceHi * 10 + Math.floor(carry / TWO_32);
    kappa--;
    const digit = Math.floor(restHi / one);
    if (digit !== 0 || n !== 0) digits[n++] = 48 + digit;
    restHi -= digit * one;
    if (restHi < deltaHi || (restHi === deltaHi && restLo < deltaLo)) {
      digitsLength = n;
      roundLast(deltaHi, deltaLo, restHi, restLo, one, distanceHi, distanceLo);
      return kappa;
    }
  }
}

/** Lowers the last digit, one unit of which is unitHi * 2^32, while that brings the number nearer to the exact value. */
function roundLast(
  deltaHi: number,
  deltaLo: number,
  restHi: number,
  restLo: number,
  unitHi: number,
  distanceHi: number,
  distanceLo: number,
): void {
  for (;;) {
    if (!(restHi < distanceHi || (restHi === distanceHi && restLo < distanceLo))) return;
    // delta - rest >= unit: the low half of the unit is 0, so the low halves only lend.
    if (deltaHi - restHi - (deltaLo < restLo ? 1 : 0) < unitHi) return;
    const nextHi = restHi + unitHi;
    if (!(nextHi < distanceHi || (nextHi === distanceHi && restLo < distanceLo))) {
      // Not nearer when distance - rest <= rest + unit - distance. Compared as 2 * distance with 2 * rest + unit.
      const twiceLo = 2 * distanceLo - 2 * restLo;
      const twiceHi = 2 * distanceHi - 2 * restHi - unitHi;
      if (!(twiceHi + twiceLo / TWO_32 > 0)) return;
    }
    digits[digitsLength - 1]!--;
    restHi = nextHi;
  }
}
