/**
 * Doubles as Redis 7.2 and later print them.
 *
 * Integers up to half of 2^63 are printed in full; all else has the shortest digits that read back as the same double,
 * laid out by rules of Redis's own, which are not those of JavaScript: see `layOut`.
 */

/** Integers up to here are printed as such. */
const INTEGER_MAX = 2 ** 62;

export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (value >= -INTEGER_MAX && value <= INTEGER_MAX && Number.isInteger(value)) {
    return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
  }
  const text = value.toExponential();
  const negative = value < 0;
  const e = text.indexOf('e');
  const start = negative ? 1 : 0;
  const digits = text.charAt(start) + text.slice(start + 2, e);
  return (negative ? '-' : '') + layOut(digits, Number(text.slice(e + 1)) - digits.length + 1, negative);
}

/**
 * The text of digits * 10^k: all digits when at most seven zeros follow them, a decimal point when k is above -7 or the
 * first digit's exponent is below 4 either way, else scientific with a signed exponent of as few digits as it takes.
 */
function layOut(digits: string, k: number, negative: boolean): string {
  const n = digits.length;
  const exponent = Math.abs(k + n - 1);
  if (k >= 0 && exponent < n + 7) return digits + '0'.repeat(k);
  if (k < 0 && (k > -7 || exponent < 4)) {
    const whole = n + k;
    if (whole <= 0) return `0.${'0'.repeat(-whole)}${digits}`;
    return `${digits.slice(0, whole)}.${digits.slice(whole)}`;
  }
  const kept = digits.slice(1, negative ? 17 : 18);
  return `${digits[0]}${kept === '' ? '' : `.${kept}`}e${k + n - 1 < 0 ? '-' : '+'}${exponent}`;
}
