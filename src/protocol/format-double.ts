/**
 * Doubles as Redis 7.2 and later print them: integers below half of 2^63 in full, all else with the digits of Grisu2,
 * laid out by Redis's own rules:
 *   - all digits, when at most seven zeros follow them;
 *   - with a decimal point, when at most six digits follow it, or the first digit's exponent is within ±3;
 *   - else scientific, with a signed exponent of as few digits as it takes.
 */
import { digits, digitsLength, grisu2 } from './grisu.ts';
import { integerWidth, writeInteger } from './numbers.ts';

/** Integers up to here are printed as such. */
const INTEGER_MAX = 2 ** 62;

/** Longest text of a double, in bytes. */
export const DOUBLE_TEXT_MAX = 32;

const scratch = Buffer.alloc(DOUBLE_TEXT_MAX);

export function formatDouble(value: number): string {
  return scratch.toString('latin1', 0, writeDouble(scratch, 0, value));
}

/** 17 significant digits without the zeros at their end, as C's `%.17g` prints them. */
export function formatDouble17(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value);
  const [mantissa, exponent] = value.toExponential(16).split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 17) return withoutZeros(value.toPrecision(17));
  const digits = String(Math.abs(power)).padStart(2, '0');
  return `${withoutZeros(mantissa)}e${power < 0 ? '-' : '+'}${digits}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Writes the text at buf[off] and returns its length; there must be room for DOUBLE_TEXT_MAX bytes. */
export function writeDouble(buf: Uint8Array, off: number, value: number): number {
  if (Number.isInteger(value) && value >= -INTEGER_MAX && value <= INTEGER_MAX) {
    if (Object.is(value, -0)) return writeText(buf, off, '-0');
    if (!Number.isSafeInteger(value)) return writeText(buf, off, BigInt(value).toString());
    const width = integerWidth(value);
    writeInteger(buf, off, value, width);
    return width;
  }
  if (Number.isNaN(value)) return writeText(buf, off, 'nan');
  if (value === Infinity) return writeText(buf, off, 'inf');
  if (value === -Infinity) return writeText(buf, off, '-inf');
  const negative = value < 0;
  if (negative) buf[off++] = 45;
  const k = grisu2(negative ? -value : value);
  return layOut(buf, off, k, negative) + (negative ? 1 : 0);
}

function writeText(buf: Uint8Array, off: number, text: string): number {
  for (let i = 0; i < text.length; i++) buf[off + i] = text.charCodeAt(i);
  return text.length;
}

/** Writes digits * 10^k and returns how many bytes that took. */
function layOut(buf: Uint8Array, off: number, k: number, negative: boolean): number {
  const n = digitsLength;
  const exponent = Math.abs(k + n - 1);
  let at = off;
  if (k >= 0 && exponent < n + 7) {
    for (let i = 0; i < n; i++) buf[at++] = digits[i]!;
    for (let i = 0; i < k; i++) buf[at++] = 48;
  } else if (k < 0 && (k > -7 || exponent < 4)) {
    const whole = n + k;
    if (whole <= 0) {
      buf[at++] = 48;
      buf[at++] = 46;
      for (let i = whole; i < 0; i++) buf[at++] = 48;
    }
    for (let i = 0; i < n; i++) {
      if (i === whole && i > 0) buf[at++] = 46;
      buf[at++] = digits[i]!;
    }
  } else {
    buf[at++] = digits[0]!;
    if (n > 1) buf[at++] = 46;
    // The sign costs a digit of the longest mantissas.
    for (let i = 1; i < n && i < (negative ? 17 : 18); i++) buf[at++] = digits[i]!;
    buf[at++] = 101;
    buf[at++] = k + n - 1 < 0 ? 45 : 43;
    at += writeText(buf, at, String(exponent));
  }
  return at - off;
}
