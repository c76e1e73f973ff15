/** The cursor that SCAN and its kin take. */
import type { CommandClient } from './command-client.ts';

const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Argument i, an unsigned 64-bit cursor, as the 32 bits that matter to a dict; NaN after an error reply.
 *
 * Redis takes what C's strtoull does (leading blanks, signs, zeros), except a negative number in plain form.
 */
export function cursorOrReply(c: CommandClient, i: number): number {
  const text = c.args.latin1(i).split('\0', 1)[0]!;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const match = /^[\t-\r ]*([+-]?)(\d+)$/.exec(text);
  const magnitude = match === null ? -1n : BigInt(match[2]!);
  const plainNegative = /^-[1-9]\d*$/.test(text) && magnitude <= 2n ** 63n;
  if (match === null || magnitude > UINT64_MAX || plainNegative) {
    c.out.error('ERR invalid cursor');
    return Number.NaN;
  }
  return Number(BigInt.asUintN(32, match[1] === '-' ? -magnitude : magnitude));
}
