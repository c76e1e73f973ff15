// Numbers in strings, as Redis reads and writes them for modules.

import { formatFixed, formatGeneral } from './decimal.ts';
import { errno, readPtr, scanLongDouble, scratchAddr, setErrno, strtod, toU64 } from './native.ts';
import type { LongDouble } from './varargs.ts';

const MAX_LL = 9223372036854775807n;
const MAX_ULL = 18446744073709551615n;
const ERANGE = 34;

/** A canonical decimal `long long`: no spaces, plus sign or leading zeros. Null for anything else. */
export function parseLongLong(bytes: Uint8Array, offset: number, length: number): number | bigint | null {
  if (length === 0 || length > 20) return null;
  const negative = bytes[offset] === 45;
  const first = negative ? 1 : 0;
  if (length === first) return null;
  // A leading zero is the number 0 itself or nothing; "-0" is nothing, too.
  if (bytes[offset + first] === 48) return length === 1 ? 0 : null;
  let value = 0;
  for (let i = first; i < length; i++) {
    const digit = bytes[offset + i]! - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  if (value <= Number.MAX_SAFE_INTEGER) return negative ? -value : value;
  const exact = BigInt(Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1'));
  return exact > MAX_LL || exact < -MAX_LL - 1n ? null : exact;
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

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** A double out of the `length` bytes and the NUL at `addr`, of which `first` is the first byte. Null: not a number. */
export function parseDouble(addr: number, first: number, length: number): number | null {
  if (length === 0 || isSpace(first)) return null;
  setErrno(0);
  const value = strtod(addr, scratchAddr);
  const outOfRange = errno() === ERANGE;
  if (readPtr(scratchAddr) - addr !== length || Number.isNaN(value)) return null;
  if (outOfRange && (value === 0 || !Number.isFinite(value))) return null;
  return value;
}

/** Reads a long double out of the bytes and the NUL at `addr` into 16 bytes at `to`. False: not a number. */
export function parseLongDouble(addr: number, first: number, length: number, to: number): boolean {
  return length > 0 && !isSpace(first) && scanLongDouble(addr, to) === length;
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
