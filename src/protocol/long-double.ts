/**
 * The 80-bit long double of x87: what INCRBYFLOAT and HINCRBYFLOAT compute with.
 *
 * A finite value is mantissa * 2^exponent with a signed mantissa of at most 64 bits; reading and adding round half to
 * even to 64 bits (fewer below 2^-16382, where the format has its subnormals), as the processor does. Zero has no sign
 * here: it is printed without one anyway. BigInt throughout: a few microseconds per operation.
 */
import { HEX_NUMBER, hexParts, INFINITE_NUMBER, shiftRoundEven } from './numbers.ts';

export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** The results that INCRBYFLOAT refuses. */
export const LONG_INFINITY: LongDouble = { mantissa: 1n, exponent: 1 << 20 };
export const LONG_MINUS_INFINITY: LongDouble = { mantissa: -1n, exponent: 1 << 20 };
const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

const MANTISSA_BITS = 64;
/** Weight of the lowest bit of a subnormal. */
const MIN_EXPONENT = -16445;
/** A value of this many bits before the binary point is out of range. */
const MAX_BITS = 16384;
/** Longest text that is read, in bytes. */
const TEXT_MAX = 5 * 1024;
/** Decimal exponents beyond which every text of TEXT_MAX bytes is zero or infinite. */
const DECIMAL_LIMIT = 12_000;

const DECIMAL = /^([+-]?)(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?$/;

export function isInfinite(value: LongDouble): boolean {
  return value === LONG_INFINITY || value === LONG_MINUS_INFINITY;
}

/** The bytes as strtold() reads them when the whole text must be a number; null when it is none, or out of range. */
export function parseLongDouble(buf: Uint8Array, off: number, len: number): LongDouble | null {
  if (len === 0 || len >= TEXT_MAX) return null;
  const text = Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1');
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return parseDecimal(decimal);
  const infinite = INFINITE_NUMBER.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? LONG_MINUS_INFINITY : LONG_INFINITY;
  const hex = HEX_NUMBER.exec(text);
  if (hex === null) return null;
  const [mantissa, exponent] = hexParts(hex);
  return inRange(mantissa, round(hex[1] === '-' ? -mantissa : mantissa, 1n, exponent));
}

function parseDecimal(match: RegExpExecArray): LongDouble | null {
  const fraction = match[4] ?? match[3]!;
  const digits = BigInt((match[2] ?? '') + fraction);
  if (digits === 0n) return ZERO;
  const exponent = Number(match[5] ?? '0') - fraction.length;
  if (Math.abs(exponent) > DECIMAL_LIMIT) return null;
  const signed = match[1] === '-' ? -digits : digits;
  const value =
    exponent >= 0 ? round(signed * 10n ** BigInt(exponent), 1n, 0) : round(signed, 10n ** BigInt(-exponent), 0);
  return inRange(digits, value);
}

/** strtold() reports values that overflow, or that are not zero and become it. */
function inRange(digits: bigint, value: LongDouble): LongDouble | null {
  return isInfinite(value) || (value.mantissa === 0n && digits !== 0n) ? null : value;
}

/** a + b; an infinity when the sum is beyond the format. Both must be finite. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return round(sum, 1n, exponent);
}

/** The long double nearest to numerator / denominator * 2^exponent. */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  const negative = numerator < 0n;
  let n = negative ? -numerator : numerator;
  if (denominator !== 1n) {
    // Enough quotient bits that the rest only decides between "exactly half" and "more": it is kept as a sticky bit.
    const shift = Math.max(0, bitLength(denominator) - bitLength(n) + MANTISSA_BITS + 2);
    n <<= BigInt(shift);
    const quotient = n / denominator;
    const inexact = quotient * denominator !== n;
    n = (quotient << 1n) | (inexact ? 1n : 0n);
    exponent -= shift + 1;
  }
  const lowest = Math.max(exponent + bitLength(n) - MANTISSA_BITS, MIN_EXPONENT);
  if (lowest > exponent) {
    n = shiftRoundEven(n, lowest - exponent);
    exponent = lowest;
  }
  if (n === 0n) return ZERO;
  if (bitLength(n) + exponent > MAX_BITS) return negative ? LONG_MINUS_INFINITY : LONG_INFINITY;
  return { mantissa: negative ? -n : n, exponent };
}

function bitLength(n: bigint): number {
  const hex = n.toString(16);
  return (hex.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(hex[0]!, 16));
}

/** `%.17Lf` without trailing zeros, and without the sign of zero: Redis's text for people. The value must be finite. */
export function formatLongDouble(value: LongDouble): string {
  const negative = value.mantissa < 0n;
  const magnitude = negative ? -value.mantissa : value.mantissa;
  const scaled = shiftRoundEven(magnitude * 10n ** 17n, -value.exponent);
  const digits = scaled.toString().padStart(18, '0');
  const whole = digits.slice(0, -17);
  const fraction = digits.slice(-17).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}
