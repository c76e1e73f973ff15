/**
 * Arguments that most commands take: integers, doubles, expiry times.
 *
 * The `...OrReply` functions return NaN after they have written the error reply; the caller only returns.
 */
import { parseDouble, parseInt64, parseInteger } from '../protocol/numbers.ts';
import type { CommandClient } from './command-client.ts';
import { NOT_A_FLOAT, NOT_AN_INTEGER, NOT_POSITIVE } from './errors.ts';

const LLONG_MAX = 9223372036854775807n;
const LLONG_MIN = -9223372036854775808n;
const LLONG_SIZE = 2 ** 63;

/** Argument i as an integer of up to 64 bits; rounded beyond 2^53. NaN when it is none; writes no error. */
export function integerArg(c: CommandClient, i: number): number {
  const { args } = c;
  return parseInteger(args.buf, args.off[i]!, args.len[i]!);
}

/** Argument i as an exact 64-bit integer; null when it is none; writes no error. */
export function int64Arg(c: CommandClient, i: number): bigint | null {
  const { args } = c;
  return parseInt64(args.buf, args.off[i]!, args.len[i]!);
}

/** Argument i as an integer; NaN after an error reply. */
export function integerOrReply(c: CommandClient, i: number, error: string = NOT_AN_INTEGER): number {
  const { args } = c;
  const n = parseInteger(args.buf, args.off[i]!, args.len[i]!);
  if (Number.isNaN(n)) c.out.error(error);
  return n;
}

/** Argument i as an integer within min … max; NaN after an error reply. `error` also replaces the text for no integer. */
export function rangeOrReply(
  c: CommandClient,
  i: number,
  min: number,
  max: number,
  error: string | null = null,
): number {
  const n = integerOrReply(c, i, error ?? NOT_AN_INTEGER);
  if (Number.isNaN(n) || (n >= min && n <= max)) return n;
  c.out.error(error ?? `ERR value is out of range, value must between ${min} and ${max}`);
  return Number.NaN;
}

/** Argument i as an integer of 64 bits but the smallest, so that it can be negated; NaN after an error reply. */
export function int64RangeOrReply(c: CommandClient, i: number): number {
  const n = integerOrReply(c, i);
  if (n > -LLONG_SIZE || Number.isNaN(n) || int64Arg(c, i) !== LLONG_MIN) return n;
  c.out.error(`ERR value is out of range, value must between ${-LLONG_MAX} and ${LLONG_MAX}`);
  return Number.NaN;
}

/** Argument i as an integer of 0 or more; NaN after an error reply. Redis gives both faults the same text. */
export function positiveOrReply(c: CommandClient, i: number, error: string = NOT_POSITIVE): number {
  return rangeOrReply(c, i, 0, Number.POSITIVE_INFINITY, error);
}

/** Argument i as a 32-bit integer; NaN after an error reply. */
export function int32OrReply(c: CommandClient, i: number, error: string | null = null): number {
  return rangeOrReply(c, i, -2147483648, 2147483647, error);
}

/** Argument i as a double, infinities included; NaN after an error reply. */
export function doubleOrReply(c: CommandClient, i: number, error: string = NOT_A_FLOAT): number {
  const { args } = c;
  const value = parseDouble(args.buf, args.off[i]!, args.len[i]!);
  if (Number.isNaN(value)) c.out.error(error);
  return value;
}

/** Largest expiry that a database stores, Unix ms: the last double below 2^63. */
export const EXPIRE_MAX_MS: number = 2 ** 63 - 1024;

/** The error of times that are not positive or overflow. */
export function invalidExpireTime(c: CommandClient): string {
  return `ERR invalid expire time in '${c.command!.fullName}' command`;
}

/**
 * Argument i as the time a key expires, in Unix ms; NaN after an error reply.
 *
 * @param unitMs 1 or 1000, what one unit of the argument is
 * @param baseMs 0 for an absolute time, else the time the argument is relative to
 * @param positive whether zero and negative arguments are errors (SET) or times in the past (EXPIRE)
 */
export function expireTimeOrReply(
  c: CommandClient,
  i: number,
  unitMs: 1 | 1000,
  baseMs: number,
  positive: boolean,
): number {
  const n = integerOrReply(c, i);
  if (Number.isNaN(n)) return n;
  if (n > -9e12 && n < 9e12) {
    if (!positive || n > 0) return n * unitMs + baseMs;
    c.out.error(invalidExpireTime(c));
    return Number.NaN;
  }
  // Near the limits, in exact arithmetic.
  const exact = int64Arg(c, i)! * BigInt(unitMs);
  const at = exact + BigInt(baseMs);
  if ((positive && exact <= 0n) || exact > LLONG_MAX || exact < LLONG_MIN || at > LLONG_MAX) {
    c.out.error(invalidExpireTime(c));
    return Number.NaN;
  }
  return Math.min(Number(at), EXPIRE_MAX_MS);
}
