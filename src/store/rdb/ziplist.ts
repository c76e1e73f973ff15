/**
 * Ziplist, the predecessor of the listpack (rdb files and payloads up to 6.2), which is only read:
 *
 *     total bytes (u32) | offset of the last entry (u32) | count (u16) | entry … entry | 0xFF
 *     entry = size of the entry before (u8, or 0xFE and u32) | encoding | data
 *
 *     00nnnnnn data                  string of up to 63 bytes
 *     01nnnnnn nnnnnnnn data         string of up to 16383 bytes, high bits first
 *     10…… n(4) data                 longer string, high byte first
 *     11000000 / 11010000 / 11100000 / 11110000 / 11111110  x(2 / 4 / 8 / 3 / 1)   signed integer
 *     1111nnnn                       n from 1 to 13: the integer n - 1
 *
 * Other numbers are little endian. A count of 65535 means that the entries must be counted. O(entries).
 */
import { readU32 } from '../little-endian.ts';
import type { ListpackBuilder } from './listpack-builder.ts';

const HEADER_BYTES = 10;
const END = 0xff;
const LONG_BEFORE = 0xfe;
const COUNT_UNKNOWN = 65535;

/** Sizes of an entry's parts, as entryAt() found them. */
let headBytes = 0;
let codeBytes = 0;
let dataBytes = 0;

/** Appends the entries of the ziplist buf[off .. off + len) to a listpack; false when it is none. */
export function readZiplist(buf: Uint8Array, off: number, len: number, into: ListpackBuilder): boolean {
  if (len < HEADER_BYTES + 1 || readU32(buf, off) !== len || buf[off + len - 1] !== END) return false;
  const end = off + len - 1;
  let before = 0;
  let count = 0;
  let p = off + HEADER_BYTES;
  for (; p < end; count++) {
    if (!entryAt(buf, p, end, before)) return false;
    append(buf, p + headBytes, into);
    before = headBytes + codeBytes + dataBytes;
    p += before;
  }
  const stored = buf[off + 8]! | (buf[off + 9]! << 8);
  const last = readU32(buf, off + 4);
  return (stored === COUNT_UNKNOWN || stored === count) && last === p - before - off;
}

/** Whether an entry at p is sound and lies before `end`; `before`: the size of the one in front of it. */
function entryAt(buf: Uint8Array, p: number, end: number, before: number): boolean {
  headBytes = buf[p] === LONG_BEFORE ? 5 : 1;
  // Encoding and lengths are read only where they are.
  if (p + headBytes >= end) return false;
  if ((headBytes === 1 ? buf[p]! : readU32(buf, p + 1)) !== before) return false;
  const at = p + headBytes;
  const code = buf[at]!;
  if (code < 0xc0) {
    codeBytes = code < 0x40 ? 1 : code < 0x80 ? 2 : 5;
    if (at + codeBytes > end) return false;
    dataBytes =
      codeBytes === 1
        ? code
        : codeBytes === 2
          ? ((code & 0x3f) << 8) | buf[at + 1]!
          : ((buf[at + 1]! << 24) | (buf[at + 2]! << 16) | (buf[at + 3]! << 8) | buf[at + 4]!) >>> 0;
  } else {
    codeBytes = 1;
    dataBytes = integerBytes(code);
    if (dataBytes < 0) return false;
  }
  return at + codeBytes + dataBytes <= end;
}

/** Bytes of an integer behind its encoding; -1 when it is no encoding. */
function integerBytes(code: number): number {
  switch (code) {
    case 0xc0:
      return 2;
    case 0xd0:
      return 4;
    case 0xe0:
      return 8;
    case 0xf0:
      return 3;
    case 0xfe:
      return 1;
    default:
      return code > 0xf0 && code < 0xfe ? 0 : -1;
  }
}

/** Appends the entry whose encoding is at `at`. */
function append(buf: Uint8Array, at: number, into: ListpackBuilder): void {
  const code = buf[at]!;
  const p = at + codeBytes;
  if (code < 0xc0) return into.text(buf, p, dataBytes);
  switch (dataBytes) {
    case 0:
      return into.integer((code & 0x0f) - 1);
    case 1:
      return into.integer((buf[p]! << 24) >> 24);
    case 2:
      return into.integer(((buf[p]! << 16) | (buf[p + 1]! << 24)) >> 16);
    case 3:
      return into.integer(((buf[p]! << 8) | (buf[p + 1]! << 16) | (buf[p + 2]! << 24)) >> 8);
    case 4:
      return into.integer(readU32(buf, p) | 0);
    default:
      return into.int64((BigInt(readU32(buf, p + 4) | 0) << 32n) | BigInt(readU32(buf, p)));
  }
}
