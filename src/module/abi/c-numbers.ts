// Numbers in strings, as Redis reads and writes them for modules.

import { parseInt64, parseInteger } from '../../protocol/numbers.ts';
import { formatFixed, formatGeneral } from './decimal.ts';
import { toU64 } from './native-memory.ts';
import type { LongDouble } from './varargs.ts';

const MAX_ULL = 18446744073709551615n;

/** A canonical decimal `long long`: number when safe, BigInt otherwise, null for anything else. */
export function parseLongLong(bytes: Uint8Array, offset: number, length: number): number | bigint | null {
  const value = parseInteger(bytes, offset, length);
  if (Number.isSafeInteger(value)) return value;
  return Number.isNaN(value) ? null : parseInt64(bytes, offset, length);
}

/** An `unsigned long long` as strtoull reads it when it is not a canonical `long long`. Null for anything else. */
export function parseULongLong(bytes: Uint8Array, offset: number, length: number): number | bigint | null {
  const signed = parseLongLong(bytes, offset, length);
  if (signed !== null) return signed < 0 ? null : signed;
  // strtoull skips white space, takes a sign (minus wraps around) and leading zeros.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1');
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text);
  if (match === null) return null;
  const magnitude = BigInt(match[2]!);
  if (magnitude > MAX_ULL) return null;
  const value = match[1] === '-' ? BigInt.asUintN(64, -magnitude) : magnitude;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** A long double as Redis prints it: for people (`%.17Lf` without trailing zeros) or as short as %g makes it. */
export function formatLongDouble(value: LongDouble, human: boolean): string {
  if (value.kind === 'nan') return 'nan';
  const sign = value.negative ? '-' : '';
  if (value.kind === 'inf') return `${sign}inf`;
  if (!human) return sign + formatGeneral(value, 17, false);
  const text = sign + formatFixed(value, 17, false).replace(/0+$/, '').replace(/\.$/, '');
  return text === '-0' ? '0' : text;
}

/** A stream ID `ms-seq`, `ms`, `-` or `+`. Null for anything else. */
export function parseStreamId(bytes: Uint8Array, offset: number, length: number): [ms: bigint, seq: bigint] | null {
  if (length > 127) return null;
  if (length === 1 && bytes[offset] === 45) return [0n, 0n];
  if (length === 1 && bytes[offset] === 43) return [MAX_ULL, MAX_ULL];
  const dash = bytes.subarray(offset, offset + length).indexOf(45);
  const ms = parseULongLong(bytes, offset, dash < 0 ? length : dash);
  const seq = dash < 0 ? 0 : parseULongLong(bytes, offset + dash + 1, length - dash - 1);
  return ms === null || seq === null ? null : [BigInt(ms), BigInt(seq)];
}

/** A stream ID as text. */
export function formatStreamId(ms: number | bigint, seq: number | bigint): string {
  return `${toU64(ms)}-${toU64(seq)}`;
}
