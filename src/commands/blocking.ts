/** What commands that block share: their timeouts, and the keys they wait for. See `KeyWait` in command-client.ts. */

import { type LongDouble, parseLongDouble } from '../protocol/long-double.ts';
import { parseDouble } from '../protocol/numbers.ts';
import type { CommandClient } from './command-client.ts';
import { integerOrReply } from './parse.ts';

const INT64_MAX = 2 ** 63;
const NOT_A_TIMEOUT = 'ERR timeout is not a float or out of range';
const NEGATIVE = 'ERR timeout is negative';
const OUT_OF_RANGE = 'ERR timeout is out of range';

/** Argument i, a time in seconds with a fraction, as the Unix time it ends at; 0 for never. NaN after an error reply. */
export function secondsTimeoutOrReply(c: CommandClient, i: number): number {
  const { args, out } = c;
  let seconds = parseDouble(args.buf, args.off[i]!, args.len[i]!);
  if (Number.isNaN(seconds)) seconds = beyondDouble(parseLongDouble(args.buf, args.off[i]!, args.len[i]!));
  if (Number.isNaN(seconds)) out.error(NOT_A_TIMEOUT);
  // Rounded up: a time that is not zero is not for ever.
  return Number.isNaN(seconds) ? Number.NaN : endOrReply(c, Math.ceil(seconds * 1000));
}

/** A number that only a long double holds (1e400, 1e-400) as a double on the same side of all times; NaN for none. */
function beyondDouble(value: LongDouble | null): number {
  if (value === null) return Number.NaN;
  const size = value.exponent > 0 ? Number.POSITIVE_INFINITY : Number.MIN_VALUE;
  return value.mantissa < 0n ? -size : size;
}

/** Argument i, a time in milliseconds, as the Unix time it ends at; 0 for never. NaN after an error reply. */
export function msTimeoutOrReply(c: CommandClient, i: number): number {
  const ms = integerOrReply(c, i, 'ERR timeout is not an integer or out of range');
  return Number.isNaN(ms) ? ms : endOrReply(c, ms);
}

function endOrReply(c: CommandClient, ms: number): number {
  const { nowMs } = c.server;
  if (ms >= 0 && ms < INT64_MAX - nowMs) return ms === 0 ? 0 : nowMs + ms;
  c.out.error(ms < 0 ? NEGATIVE : OUT_OF_RANGE);
  return Number.NaN;
}

/** Arguments `first` … `last` as the keys of a `KeyWait`. */
export function argKeys(c: CommandClient, first: number, last: number): string[] {
  const keys: string[] = [];
  for (let i = first; i <= last; i++) keys.push(c.args.latin1(i));
  return keys;
}
