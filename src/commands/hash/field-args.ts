/** The part of a command line that names fields: FIELDS numfields field …; and times of fields. */
import type { CommandClient } from '../command-client.ts';
import { int64Arg, integerOrReply, invalidExpireTime, rangeOrReply } from '../parse.ts';

/** Latest expiry of a field, unix ms: 46 bits. */
export const FIELD_EXPIRE_MAX_MS: number = 2 ** 46 - 1;

export const FIELDS_MISPLACED = 'ERR Mandatory argument FIELDS is missing or not at the right position';
export const FIELDS_MISMATCH = 'ERR The `numfields` parameter must match the number of arguments';
export const FIELDS_NOT_POSITIVE = 'ERR Number of fields must be a positive integer';
export const NUMFIELDS_TOO_SMALL = 'ERR Parameter `numFields` should be greater than 0';

/**
 * Checks FIELDS in argument i, the number behind it, and that as many arguments follow. Returns the index of the first
 * field, 0 after an error reply; `countError`: for a number that is none or not positive.
 */
export function fieldsOrReply(c: CommandClient, i: number, countError: string): number {
  const { args, out } = c;
  if (i >= args.argc || !args.is(i, 'fields')) {
    out.error(FIELDS_MISPLACED);
    return 0;
  }
  const count = rangeOrReply(c, i + 1, 1, Number.POSITIVE_INFINITY, countError);
  if (Number.isNaN(count)) return 0;
  if (count === args.argc - i - 2) return i + 2;
  out.error(FIELDS_MISMATCH);
  return 0;
}

/**
 * Argument i as the time a field expires, in unix ms; NaN after an error reply.
 *
 * @param unitMs 1 or 1000, what one unit of the argument is
 * @param baseMs 0 for an absolute time, else the time the argument is relative to
 */
export function fieldTimeOrReply(c: CommandClient, i: number, unitMs: 1 | 1000, baseMs: number): number {
  const n = integerOrReply(c, i);
  if (Number.isNaN(n)) return n;
  if (n < 0 || (n === 0 && int64Arg(c, i)! < 0n)) {
    c.out.error('ERR invalid expire time, must be >= 0');
    return Number.NaN;
  }
  if (n * unitMs > FIELD_EXPIRE_MAX_MS - baseMs) {
    c.out.error(invalidExpireTime(c));
    return Number.NaN;
  }
  return n * unitMs + baseMs;
}
