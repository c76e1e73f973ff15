/**
 * Listpack: a list of strings and integers in one run of bytes, in the layout of RDB files and DUMP payloads
 * (https://github.com/antirez/listpack/blob/master/listpack.md).
 *
 *     total bytes (u32) | count (u16) | element … element | 0xFF
 *     element = encoding and data | backlen
 *
 *     0xxxxxxx                      7-bit unsigned integer
 *     10nnnnnn data                 string of up to 63 bytes
 *     110xxxxx xxxxxxxx             13-bit signed integer, high bits first
 *     1110nnnn nnnnnnnn data        string of up to 4095 bytes, high bits of the length first
 *     11110000 n(4) data            longer string
 *     11110001 / 10 / 11 x(2/3/4)   16-, 24-, 32-bit signed integer      11110100 x(8)   64-bit signed integer
 *
 * All other numbers are little endian. The backlen is the size of encoding and data in groups of seven bits, the lowest
 * group in its last byte; all but its first byte have the high bit set, so it is read backward. A count of 65535 means
 * that the elements must be counted.
 *
 * Functions work on (u8, lp), the bytes and where the listpack starts in them, wherever it lives. An element is named by
 * its position in `u8`; 0 is no element. Nothing here allocates, nothing checks: listpack-check.ts checks bytes from
 * outside. next, prev, first, last: O(1); seek, find, length beyond 65534: O(elements).
 */
import { equalBytes } from '../memory/copy.ts';
import { INT64_TEXT_MAX, integerWidth, parseInt64, parseInteger, writeInteger } from '../protocol/numbers.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import { readU32 } from './little-endian.ts';

export const LP_HEADER_BYTES = 6;
/** Size of a listpack without elements. */
export const LP_EMPTY_BYTES = 7;
/** The last byte. */
export const LP_END = 0xff;
/** The count that says nothing. */
export const LP_COUNT_UNKNOWN = 65535;
/** Larger listpacks are not made: values change their encoding first. */
export const LP_MAX_BYTES: number = 1 << 30;

const TWO_32 = 4294967296;

/** Bytes of the whole listpack. */
export function lpBytes(u8: Uint8Array, lp: number): number {
  return readU32(u8, lp);
}

/** How many elements there are. */
export function lpLength(u8: Uint8Array, lp: number): number {
  const count = u8[lp + 4]! | (u8[lp + 5]! << 8);
  if (count !== LP_COUNT_UNKNOWN) return count;
  let counted = 0;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; p = lpSkip(u8, p)) counted++;
  // Counted once is enough when there are few again.
  if (counted < LP_COUNT_UNKNOWN) lpSetCount(u8, lp, counted);
  return counted;
}

/** Sets the count in the header, for code that edits elements itself. */
export function lpSetCount(u8: Uint8Array, lp: number, count: number): void {
  const stored = count < LP_COUNT_UNKNOWN ? count : LP_COUNT_UNKNOWN;
  u8[lp + 4] = stored;
  u8[lp + 5] = stored >>> 8;
}

/** Bytes of encoding and data of an element, its backlen not included. */
export function lpDataBytes(u8: Uint8Array, p: number): number {
  const b = u8[p]!;
  if (b < 0x80) return 1;
  if (b < 0xc0) return 1 + (b & 0x3f);
  if (b < 0xe0) return 2;
  if (b < 0xf0) return 2 + (((b & 0x0f) << 8) | u8[p + 1]!);
  switch (b) {
    case 0xf0:
      return 5 + readU32(u8, p + 1);
    case 0xf1:
      return 3;
    case 0xf2:
      return 4;
    case 0xf3:
      return 5;
    case 0xf4:
      return 9;
    default:
      throw new Error(`listpack: no element starts with byte ${b}`);
  }
}

/** Bytes of the backlen of an element with `dataBytes` of encoding and data. The limits are those Redis has. */
export function lpBacklenBytes(dataBytes: number): number {
  if (dataBytes <= 127) return 1;
  if (dataBytes < 16383) return 2;
  if (dataBytes < 2097151) return 3;
  return dataBytes < 268435455 ? 4 : 5;
}

/** Bytes of a whole element. */
export function lpElementBytes(u8: Uint8Array, p: number): number {
  const dataBytes = lpDataBytes(u8, p);
  return dataBytes + lpBacklenBytes(dataBytes);
}

/** Where the next element starts, or the end byte is. */
export function lpSkip(u8: Uint8Array, p: number): number {
  const b = u8[p]!;
  if (b < 0x80) return p + 2;
  if (b < 0xc0) return p + 2 + (b & 0x3f);
  const dataBytes = lpDataBytes(u8, p);
  return p + dataBytes + lpBacklenBytes(dataBytes);
}

/** Where the end byte is: what is inserted there comes last. */
export function lpEnd(u8: Uint8Array, lp: number): number {
  return lp + readU32(u8, lp) - 1;
}

/** The first element, or 0. */
export function lpFirst(u8: Uint8Array, lp: number): number {
  const p = lp + LP_HEADER_BYTES;
  return u8[p] === LP_END ? 0 : p;
}

/** The last element, or 0. */
export function lpLast(u8: Uint8Array, lp: number): number {
  return lpPrev(u8, lp, lpEnd(u8, lp));
}

/** The element after p, or 0. */
export function lpNext(u8: Uint8Array, p: number): number {
  const next = lpSkip(u8, p);
  return u8[next] === LP_END ? 0 : next;
}

/** The element before p (which may be the end byte's position), or 0. */
export function lpPrev(u8: Uint8Array, lp: number, p: number): number {
  if (p === lp + LP_HEADER_BYTES) return 0;
  let at = p - 1;
  let byte = u8[at]!;
  if (byte < 128) return at - byte;
  let dataBytes = byte & 127;
  for (let scale = 128; byte >= 128; scale *= 128) {
    byte = u8[--at]!;
    dataBytes += (byte & 127) * scale;
  }
  return at - dataBytes;
}

/** The element at an index, negative ones counting from the end (-1 is the last); 0 when there is none. */
export function lpSeek(u8: Uint8Array, lp: number, index: number): number {
  const count = lpLength(u8, lp);
  if (index < 0) index += count;
  if (index < 0 || index >= count) return 0;
  // Nearly all elements are short: one byte says how far it is to the next.
  if (index <= count >>> 1) {
    let p = lp + LP_HEADER_BYTES;
    for (let steps = index; steps > 0; steps--) {
      const b = u8[p]!;
      if (b < 0x80) p += 2;
      else if (b < 0xc0) p += 2 + (b & 0x3f);
      else p = lpSkip(u8, p);
    }
    return p;
  }
  let p = lpEnd(u8, lp);
  for (let steps = count - index; steps > 0; steps--) {
    const b = u8[p - 1]!;
    if (b < 128) p -= b + 1;
    else p = lpPrev(u8, lp, p);
  }
  return p;
}

/** Whether the element is stored as an integer. */
export function lpIsInteger(u8: Uint8Array, p: number): boolean {
  const b = u8[p]!;
  return b < 0x80 || b > 0xf0 || (b & 0xe0) === 0xc0;
}

/** The integer of an element stored as one; rounded beyond 2^53, which `Number.isSafeInteger` tells. */
export function lpInteger(u8: Uint8Array, p: number): number {
  const b = u8[p]!;
  if (b < 0x80) return b;
  if (b < 0xe0) return (((b & 0x1f) << 27) | (u8[p + 1]! << 19)) >> 19;
  switch (b) {
    case 0xf1:
      return ((u8[p + 1]! << 16) | (u8[p + 2]! << 24)) >> 16;
    case 0xf2:
      return ((u8[p + 1]! << 8) | (u8[p + 2]! << 16) | (u8[p + 3]! << 24)) >> 8;
    case 0xf3:
      return readU32(u8, p + 1) | 0;
    default:
      return (readU32(u8, p + 5) | 0) * TWO_32 + readU32(u8, p + 1);
  }
}

/** The integer of an element stored as one, exactly. */
export function lpInt64(u8: Uint8Array, p: number): bigint {
  if (u8[p] !== 0xf4) return BigInt(lpInteger(u8, p));
  return (BigInt(readU32(u8, p + 5) | 0) << 32n) | BigInt(readU32(u8, p + 1));
}

/** Where the bytes of an element stored as a string start. */
export function lpStringOff(u8: Uint8Array, p: number): number {
  const b = u8[p]!;
  return b < 0xc0 ? p + 1 : b < 0xf0 ? p + 2 : p + 5;
}

/** How many bytes an element stored as a string has. */
export function lpStringLen(u8: Uint8Array, p: number): number {
  const b = u8[p]!;
  if (b < 0xc0) return b & 0x3f;
  return b < 0xf0 ? ((b & 0x0f) << 8) | u8[p + 1]! : readU32(u8, p + 1);
}

/** Length of an element's text, however it is stored. */
export function lpTextLen(u8: Uint8Array, p: number): number {
  if (!lpIsInteger(u8, p)) return lpStringLen(u8, p);
  const n = lpInteger(u8, p);
  return Number.isSafeInteger(n) ? integerWidth(n) : lpInt64(u8, p).toString().length;
}

/** Writes the decimal text of an integer element; returns its length, INT64_TEXT_MAX at most. */
export function lpWriteInteger(u8: Uint8Array, p: number, target: Uint8Array, off: number): number {
  const n = lpInteger(u8, p);
  if (Number.isSafeInteger(n)) {
    const width = integerWidth(n);
    writeInteger(target, off, n, width);
    return width;
  }
  const text = lpInt64(u8, p).toString();
  for (let i = 0; i < text.length; i++) target[off + i] = text.charCodeAt(i);
  return text.length;
}

/**
 * An element's text as a range of bytes, however it is stored. One object serves any number of elements; the range is
 * valid until the next read() and, for strings, until the listpack changes or moves.
 */
export class ElementText {
  buf: Uint8Array;
  off = 0;
  len = 0;
  private readonly digits = new Uint8Array(INT64_TEXT_MAX);

  constructor() {
    this.buf = this.digits;
  }

  read(u8: Uint8Array, p: number): void {
    if (lpIsInteger(u8, p)) {
      this.buf = this.digits;
      this.off = 0;
      this.len = lpWriteInteger(u8, p, this.digits, 0);
    } else {
      this.buf = u8;
      this.off = lpStringOff(u8, p);
      this.len = lpStringLen(u8, p);
    }
  }
}

/** Replies with an element as a bulk string; `dv` is a view of the same bytes with the same offsets. */
export function lpReply(out: ReplyWriter, u8: Uint8Array, dv: DataView, p: number): void {
  if (!lpIsInteger(u8, p)) return out.bulkWords(u8, dv, lpStringOff(u8, p), lpStringLen(u8, p));
  const n = lpInteger(u8, p);
  out.bulkInteger(Number.isSafeInteger(n) ? n : lpInt64(u8, p));
}

/** Whether an element's text is buf[off .. off + len). */
export function lpEquals(u8: Uint8Array, p: number, buf: Uint8Array, off: number, len: number): boolean {
  if (!lpIsInteger(u8, p)) return lpStringLen(u8, p) === len && equalBytes(u8, lpStringOff(u8, p), buf, off, len);
  return len <= INT64_TEXT_MAX && equalsInteger(u8, p, parseInteger(buf, off, len), buf, off, len);
}

/** The same for an integer element, given what parseInteger() says of the text. */
function equalsInteger(u8: Uint8Array, p: number, n: number, buf: Uint8Array, off: number, len: number): boolean {
  if (lpInteger(u8, p) !== n) return false;
  return Number.isSafeInteger(n) || lpInt64(u8, p) === parseInt64(buf, off, len);
}

/**
 * The first element from p on whose text is buf[off .. off + len), 0 when there is none (or p is 0). After each element
 * that differs, `skip` elements are passed over: 1 to look at the fields of pairs only.
 */
export function lpFind(u8: Uint8Array, p: number, buf: Uint8Array, off: number, len: number, skip: number): number {
  if (p === 0) return 0;
  // Parsed when the first integer is met.
  let n = 0;
  let parsed = false;
  for (;;) {
    const b = u8[p]!;
    if (b === LP_END) return 0;
    if (b >= 0x80 && b < 0xc0) {
      if ((b & 0x3f) === len && equalBytes(u8, p + 1, buf, off, len)) return p;
    } else if (lpIsInteger(u8, p)) {
      if (!parsed) {
        n = len <= INT64_TEXT_MAX ? parseInteger(buf, off, len) : Number.NaN;
        parsed = true;
      }
      if (equalsInteger(u8, p, n, buf, off, len)) return p;
    } else if (lpStringLen(u8, p) === len && equalBytes(u8, lpStringOff(u8, p), buf, off, len)) return p;
    p = lpSkip(u8, p);
    for (let i = skip; i > 0; i--) {
      if (u8[p] === LP_END) return 0;
      p = lpSkip(u8, p);
    }
  }
}
