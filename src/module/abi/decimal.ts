// Exact decimal rendering of binary floating point numbers, for printf: as C does it, rounded half to even on the exact
// value, whatever the precision. BigInt arithmetic throughout; numbers in log lines and replies are few.

import type { LongDouble } from './varargs.ts';

/** floor(log10(value)) for a positive rational num/den. */
function exponent10(num: bigint, den: bigint): number {
  let e = num.toString().length - den.toString().length;
  // The difference of lengths is off by at most one.
  if (e >= 0 ? num < den * 10n ** BigInt(e) : num * 10n ** BigInt(-e) < den) e--;
  return e;
}

/** num/den rounded to an integer, half to even. */
function roundHalfEven(num: bigint, den: bigint): bigint {
  const quotient = num / den;
  const twice = (num % den) * 2n;
  if (twice > den || (twice === den && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

function fraction(value: LongDouble): [num: bigint, den: bigint] {
  return value.exponent >= 0
    ? [value.mantissa << BigInt(value.exponent), 1n]
    : [value.mantissa, 1n << BigInt(-value.exponent)];
}

/** The digits of %f without a sign: `precision` digits after the point; `point` keeps the point when there are none. */
export function formatFixed(value: LongDouble, precision: number, point: boolean): string {
  const [num, den] = fraction(value);
  const digits = roundHalfEven(num * 10n ** BigInt(precision), den)
    .toString()
    .padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision);
  if (precision === 0) return point ? `${whole}.` : whole;
  return `${whole}.${digits.slice(digits.length - precision)}`;
}

/** One digit, then `precision` digits, and the decimal exponent after rounding. */
function scientificDigits(value: LongDouble, precision: number): [digits: string, exponent: number] {
  if (value.mantissa === 0n) return ['0'.repeat(precision + 1), 0];
  const [num, den] = fraction(value);
  let e = exponent10(num, den);
  const scale = precision - e;
  let digits = (
    scale >= 0 ? roundHalfEven(num * 10n ** BigInt(scale), den) : roundHalfEven(num, den * 10n ** BigInt(-scale))
  ).toString();
  if (digits.length > precision + 1) {
    e++;
    digits = digits.slice(0, -1);
  }
  return [digits, e];
}

function scientificText(digits: string, e: number, point: boolean): string {
  const tail = digits.slice(1);
  const sign = e < 0 ? '-' : '+';
  return `${digits[0]}${tail.length > 0 || point ? '.' : ''}${tail}e${sign}${String(Math.abs(e)).padStart(2, '0')}`;
}

/** The digits of %e without a sign. */
export function formatScientific(value: LongDouble, precision: number, point: boolean): string {
  const [digits, e] = scientificDigits(value, precision);
  return scientificText(digits, e, point);
}

/** The digits of %g without a sign; `alternate` (the flag #) keeps trailing zeros. */
export function formatGeneral(value: LongDouble, precision: number, alternate: boolean): string {
  const significant = precision === 0 ? 1 : precision;
  const [digits, e] = scientificDigits(value, significant - 1);
  const kept = alternate ? digits : digits.replace(/0+$/, '') || '0';
  if (e < -4 || e >= significant) return scientificText(kept, e, alternate);
  if (e < 0) return `0.${'0'.repeat(-e - 1)}${kept}`;
  const whole = kept.slice(0, e + 1).padEnd(e + 1, '0');
  const tail = kept.slice(e + 1);
  return tail.length > 0 || alternate ? `${whole}.${tail}` : whole;
}

/**
 * The digits of %a without a sign. `mantissaBits` is the width of the significand (53 for double, 64 for the 80-bit
 * long double); `precision` -1 prints all digits that matter.
 */
export function formatHex(value: LongDouble, precision: number, point: boolean, mantissaBits: number): string {
  const leadBits = mantissaBits === 64 ? 4 : 1;
  const fractionDigits = (mantissaBits - leadBits) / 4;
  let mantissa = value.mantissa;
  let e = value.exponent + mantissaBits - leadBits;
  let digits = fractionDigits;
  if (mantissa === 0n) e = 0;
  if (precision >= 0 && precision < fractionDigits) {
    const drop = BigInt((fractionDigits - precision) * 4);
    mantissa = roundHalfEven(mantissa, 1n << drop);
    digits = precision;
  }
  const text = mantissa.toString(16).padStart(digits + 1, '0');
  const lead = text.slice(0, text.length - digits);
  let tail = text.slice(text.length - digits);
  tail = precision < 0 ? tail.replace(/0+$/, '') : tail.padEnd(precision, '0');
  return `0x${lead}${tail.length > 0 || point ? '.' : ''}${tail}p${e < 0 ? '-' : '+'}${Math.abs(e)}`;
}
