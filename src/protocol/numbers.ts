/**
 * Integers and doubles as commands take them: strict texts in byte ranges, without intermediate strings where it counts.
 *
 * An integer argument is what Redis's string2ll() accepts: decimal digits with an optional `-`, no `+`, no blanks, no
 * leading zeros, no `-0`, within 64 signed bits. JavaScript numbers are exact up to 2^53, so there are two readers:
 * `parseInteger` gives a number (rounded beyond 2^53; enough for counts, indexes and limits) and `parseInt64` a bigint
 * (exact; for counters).
 */

/** Limits of a 64-bit signed integer. */
export const INT64_MAX: bigint = 9223372036854775807n;
export const INT64_MIN: bigint = -9223372036854775808n;

/** Longest text of a 64-bit integer, in bytes. */
export const INT64_TEXT_MAX = 20;

/** Integers of up to this many digits are exact as numbers whatever the digits are. */
const SAFE_DIGITS = 15;

/**
 * The integer in buf[off .. off + len), NaN when it is none. Exact within ±(2^53 - 1); rounded to the nearest double
 * beyond, which `Number.isSafeInteger` tells.
 */
export function parseInteger(buf: Uint8Array, off: number, len: number): number {
  let i = off;
  const end = off + len;
  if (len === 0) return Number.NaN;
  const negative = buf[i] === 45;
  if (negative) i++;
  if (end - i > SAFE_DIGITS) {
    const exact = parseInt64(buf, off, len);
    return exact === null ? Number.NaN : Number(exact);
  }
  let n = buf[i]! - 48;
  if (i === end || n < 0 || n > 9) return Number.NaN;
  if (n === 0) return len === 1 ? 0 : Number.NaN;
  for (i++; i < end; i++) {
    const digit = buf[i]! - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    n = n * 10 + digit;
  }
  return negative ? -n : n;
}

/** The integer in buf[off .. off + len), exactly; null when it is none. */
export function parseInt64(buf: Uint8Array, off: number, len: number): bigint | null {
  if (!isDecimal(buf, off, len)) return null;
  const text = Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1');
  const n = BigInt(text);
  return n > INT64_MAX || n < INT64_MIN ? null : n;
}

/** Whether the range is the canonical text of a 64-bit integer: such strings have the encoding `int`. */
export function isInt64(buf: Uint8Array, off: number, len: number): boolean {
  // A first byte that is no digit decides nearly all texts that are no numbers.
  if (!isDecimal(buf, off, len)) return false;
  const negative = buf[off] === 45;
  if (len - (negative ? 1 : 0) < 19) return true;
  return parseInt64(buf, off, len) !== null;
}

/** Whether the range looks like a canonical integer of at most 20 bytes, whatever its size. */
function isDecimal(buf: Uint8Array, off: number, len: number): boolean {
  if (len === 0 || len > INT64_TEXT_MAX) return false;
  let i = off;
  const end = off + len;
  if (buf[i] === 45) {
    i++;
    if (i === end) return false;
  }
  const first = buf[i]!;
  if (first < 48 || first > 57) return false;
  if (first === 48) return len === 1;
  for (i++; i < end; i++) {
    const byte = buf[i]!;
    if (byte < 48 || byte > 57) return false;
  }
  return true;
}

/** How many decimal digits a non-negative integer below 2^53 has. */
export function digitCount(n: number): number {
  if (n < 100000) return n < 10 ? 1 : n < 100 ? 2 : n < 1000 ? 3 : n < 10000 ? 4 : 5;
  let width = 6;
  for (let limit = 1e6; n >= limit; limit *= 10) width++;
  return width;
}

/** Bytes of the text of an integer within ±2^53. */
export function integerWidth(n: number): number {
  return n < 0 ? digitCount(-n) + 1 : digitCount(n);
}

/** Writes an integer within ±2^53 whose text has `width` bytes (see integerWidth). */
export function writeInteger(buf: Uint8Array, off: number, n: number, width: number): void {
  let at = off + width;
  if (n < 0) {
    buf[off] = 45;
    n = -n;
  }
  while (n > 0x7fffffff) {
    const rest = Math.floor(n / 10);
    buf[--at] = 48 + (n - rest * 10);
    n = rest;
  }
  n |= 0;
  do {
    const rest = (n / 10) | 0;
    buf[--at] = 48 + (n - rest * 10);
    n = rest;
  } while (n > 0);
}

/** 10^0 … 10^22: the powers of ten that a double holds exactly. */
const EXACT_POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * The double in buf[off .. off + len) as C's strtod() reads it when the whole text must be a number: `inf`, `infinity`
 * and hexadecimal numbers are taken; NaN for what is no number, for `nan`, and for values too large or too small.
 */
export function parseDouble(buf: Uint8Array, off: number, len: number): number {
  // Digits with at most one point, few enough for an exact mantissa: one correctly rounded division.
  if (len > 0 && len <= SAFE_DIGITS + 1) {
    let i = off;
    const end = off + len;
    const negative = buf[i] === 45;
    if (negative) i++;
    const first = i;
    let n = 0;
    let point = -1;
    for (; i < end; i++) {
      const byte = buf[i]!;
      if (byte === 46 && point < 0) point = i;
      else if (byte >= 48 && byte <= 57) n = n * 10 + (byte - 48);
      else break;
    }
    if (i === end && end - first > (point < 0 ? 0 : 1)) {
      const value = point < 0 ? n : n / EXACT_POWERS[end - 1 - point]!;
      if (n <= Number.MAX_SAFE_INTEGER) return negative ? -value : value;
    }
  }
  return parseDoubleText(Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1'));
}

const DECIMAL_NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
export const HEX_NUMBER: RegExp =
  /^([+-]?)0[xX](?:([0-9a-fA-F]+)\.?([0-9a-fA-F]*)|\.([0-9a-fA-F]+))(?:[pP]([+-]?[0-9]+))?$/;
export const INFINITE_NUMBER: RegExp = /^([+-]?)inf(?:inity)?$/i;

/** Like parseDouble() for a text. */
export function parseDoubleText(text: string): number {
  if (DECIMAL_NUMBER.test(text)) {
    const value = Number(text);
    if (value === 0 ? /^[^eE]*[1-9]/.test(text) : !Number.isFinite(value)) return Number.NaN;
    return value;
  }
  const infinite = INFINITE_NUMBER.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  const hex = HEX_NUMBER.exec(text);
  return hex === null ? Number.NaN : hexDouble(hex);
}

/** A match of HEX_NUMBER, rounded half to even; NaN when it overflows or underflows to zero. */
function hexDouble(match: RegExpExecArray): number {
  const [mantissa, exponent] = hexParts(match);
  const negative = match[1] === '-';
  if (mantissa === 0n) return negative ? -0 : 0;
  const bits = mantissa.toString(2).length;
  if (exponent + bits > 1024 || exponent + bits < -1074) return Number.NaN;
  // The last bit that the result can hold has the weight 2^lowest.
  const lowest = Math.max(exponent + bits - 53, -1074);
  const rounded = shiftRoundEven(mantissa, lowest - exponent);
  // Two steps, because 2^lowest alone may be out of range.
  const half = Math.trunc(lowest / 2);
  const value = Number(rounded) * 2 ** half * 2 ** (lowest - half);
  if (value === 0 || !Number.isFinite(value)) return Number.NaN;
  return negative ? -value : value;
}

/** Mantissa and binary exponent of a match of HEX_NUMBER; the exponent is clamped to ±10^9. */
export function hexParts(match: RegExpExecArray): [mantissa: bigint, exponent: number] {
  const fraction = match[4] ?? match[3] ?? '';
  const mantissa = BigInt(`0x${match[2] ?? ''}${fraction}`);
  const exponent = Math.max(-1e9, Math.min(1e9, Number(match[5] ?? '0')));
  return [mantissa, exponent - 4 * fraction.length];
}

/** n / 2^shift (n * 2^-shift for a negative shift) rounded half to even; n is not negative. */
export function shiftRoundEven(n: bigint, shift: number): bigint {
  if (shift <= 0) return n << BigInt(-shift);
  const by = BigInt(shift);
  const quotient = n >> by;
  const rest = n - (quotient << by);
  const half = 1n << (by - 1n);
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}
