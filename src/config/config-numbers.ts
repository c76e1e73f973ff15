/**
 * Number syntax of redis.conf. Values are 64-bit and therefore bigint here: `maxmemory` may be any unsigned 64-bit
 * number and CONFIG GET must print it back exactly.
 */

export const INT_MAX = 2147483647n;
export const INT_MIN = -2147483648n;
export const UINT_MAX = 4294967295n;
/** LONG_MAX, LLONG_MAX, SSIZE_MAX of a 64-bit system. */
export const LONG_MAX = 9223372036854775807n;
export const LONG_MIN = -9223372036854775808n;
export const ULONG_MAX = 18446744073709551615n;

/**
 * A decimal integer in its canonical form (no sign but '-', no leading zeros, no blanks), within 64 signed bits.
 *
 * @returns null when `text` is anything else.
 */
export function parseLongLong(text: string): bigint | null {
  if (text.length > 20 || !/^(?:0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return value > LONG_MAX || value < LONG_MIN ? null : value;
}

/**
 * C's strtoll() where the whole text must be consumed: leading blanks, a sign and leading zeros are fine, overflow
 * saturates, the empty text is 0.
 *
 * @returns null when characters remain.
 */
export function parseStrtoll(text: string, radix: 8 | 10 = 10): bigint | null {
  if (text === '') return 0n;
  const match = (radix === 8 ? /^[ \t-\r]*([+-]?)([0-7]+)$/ : /^[ \t-\r]*([+-]?)([0-9]+)$/).exec(text);
  if (match === null) return null;
  const magnitude = radix === 8 ? BigInt(`0o${match[2]}`) : BigInt(match[2]!);
  const value = match[1] === '-' ? -magnitude : magnitude;
  if (value > LONG_MAX) return LONG_MAX;
  return value < LONG_MIN ? LONG_MIN : value;
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000_000n,
  mb: 1024n * 1024n,
  g: 1000_000_000n,
  gb: 1024n * 1024n * 1024n,
};

/**
 * A memory size: digits and an optional unit (b, k, kb, m, mb, g, gb; any case; k is 1000, kb is 1024).
 *
 * @returns bytes as an unsigned 64-bit number (the product wraps around as Redis's does), null when it is no size.
 */
export function parseMemory(text: string): bigint | null {
  const match = /^([0-9]*)([a-zA-Z]*)$/.exec(text);
  if (match === null || match[1]!.length >= 128) return null;
  const unit = UNITS[match[2]!.toLowerCase()];
  if (unit === undefined) return null;
  const digits = match[1] === '' ? 0n : BigInt(match[1]!);
  return BigInt.asUintN(64, (digits > ULONG_MAX ? ULONG_MAX : digits) * unit);
}

/** Bytes as CONFIG REWRITE writes them: in gb, mb or kb when that is exact, else the plain number. */
export function formatMemory(bytes: bigint): string {
  if (bytes !== 0n) {
    if (bytes % UNITS['gb']! === 0n) return `${bytes / UNITS['gb']!}gb`;
    if (bytes % UNITS['mb']! === 0n) return `${bytes / UNITS['mb']!}mb`;
    if (bytes % UNITS['kb']! === 0n) return `${bytes / UNITS['kb']!}kb`;
  }
  return bytes.toString();
}
