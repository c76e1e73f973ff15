/**
 * Ids of stream entries, and the other 64-bit numbers of streams: words of any Uint32Array, in the arena or not.
 *
 *     id         ms (high word, low word) | sequence (high word, low word)
 *     counter    high word, low word; signed where it can be negative
 *
 * High words come first, so that ids compare word by word. They are named by (words, index of the first word). All of it
 * is exact over the full 64 bits; nothing here makes a bigint where the numbers are below 2^53.
 */

import { digitCount, writeInteger } from '../protocol/numbers.ts';
import type { ReplyWriter } from '../protocol/reply.ts';

export const ID_WORDS = 4;
/** Longest text of an id. */
export const ID_TEXT_MAX = 41;

const TWO_32 = 4294967296;
const MAX_WORD = 0xffffffff;
/** High words from here on are of numbers that a double does not hold exactly. */
const UNSAFE_HIGH = 0x200000;
/** Digits whose value is exact as a number. */
const SAFE_DIGITS = 15;
/** Longer texts are no ids, whatever they hold. */
const ARGUMENT_MAX = 127;

const MINUS = 45;

/** An id of its own, 0-0. */
export function newId(): Uint32Array {
  return new Uint32Array(ID_WORDS);
}

export const MIN_ID: Uint32Array = newId();
export const MAX_ID: Uint32Array = newId().fill(MAX_WORD);

/** Order of two ids: below 0, 0 or above 0. */
export function compareIds(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  let x = a[i]!;
  let y = b[j]!;
  if (x !== y) return x < y ? -1 : 1;
  x = a[i + 1]!;
  y = b[j + 1]!;
  if (x !== y) return x < y ? -1 : 1;
  x = a[i + 2]!;
  y = b[j + 2]!;
  if (x !== y) return x < y ? -1 : 1;
  x = a[i + 3]!;
  y = b[j + 3]!;
  return x === y ? 0 : x < y ? -1 : 1;
}

export function copyId(from: Uint32Array, i: number, to: Uint32Array, j: number): void {
  to[j] = from[i]!;
  to[j + 1] = from[i + 1]!;
  to[j + 2] = from[i + 2]!;
  to[j + 3] = from[i + 3]!;
}

export function isZeroId(a: Uint32Array, i: number): boolean {
  return a[i] === 0 && a[i + 1] === 0 && a[i + 2] === 0 && a[i + 3] === 0;
}

/** Makes it the next id; false when it was the largest, which becomes 0-0. */
export function incrementId(a: Uint32Array, i: number): boolean {
  for (let k = i + 3; k >= i; k--) {
    if (a[k] !== MAX_WORD) {
      a[k] = a[k]! + 1;
      return true;
    }
    a[k] = 0;
  }
  return false;
}

/** Makes it the previous id; false when it was 0-0, which becomes the largest. */
export function decrementId(a: Uint32Array, i: number): boolean {
  for (let k = i + 3; k >= i; k--) {
    if (a[k] !== 0) {
      a[k] = a[k]! - 1;
      return true;
    }
    a[k] = MAX_WORD;
  }
  return false;
}

/** Sets a counter, or one half of an id, to an integer within ±2^53. */
export function setCounter(a: Uint32Array, i: number, n: number): void {
  a[i] = Math.floor(n / TWO_32);
  a[i + 1] = n;
}

/** Sets a counter to an integer of 64 bits. */
export function setCounter64(a: Uint32Array, i: number, n: bigint): void {
  a[i] = Number(BigInt.asUintN(32, n >> 32n));
  a[i + 1] = Number(BigInt.asUintN(32, n));
}

/** Adds an integer within ±2^52 to a counter, which wraps around at 64 bits. */
export function addToCounter(a: Uint32Array, i: number, n: number): void {
  const low = a[i + 1]! + n;
  a[i] = a[i]! + Math.floor(low / TWO_32);
  a[i + 1] = low;
}

/** A counter as a signed number; rounded beyond 2^53. */
export function counterOf(a: Uint32Array, i: number): number {
  return (a[i]! | 0) * TWO_32 + a[i + 1]!;
}

/** A counter as a signed integer of 64 bits. */
export function counter64Of(a: Uint32Array, i: number): bigint {
  return (BigInt(a[i]! | 0) << 32n) | BigInt(a[i + 1]!);
}

/** A counter as what replies and propagated lines take: a number, or a bigint where that would not be exact. */
export function exactCounterOf(a: Uint32Array, i: number): number | bigint {
  const n = counterOf(a, i);
  return Number.isSafeInteger(n) ? n : counter64Of(a, i);
}

/** What parseId() says of a text. */
export const ID_INVALID = 0;
export const ID_COMPLETE = 1;
/** `ms-*`: the sequence is to be chosen; it is 0 for now. */
export const ID_AUTO_SEQUENCE = 2;

/**
 * Reads `ms-sequence` or `ms` into to[0 … 3], as Redis reads it. Without a sequence that is all zeros, or all ones with
 * `lastSequence`. Unless `strict`, `-` and `+` are the smallest and the largest id; with `auto` there is `ms-*`.
 */
export function parseId(
  buf: Uint8Array,
  off: number,
  len: number,
  to: Uint32Array,
  lastSequence: boolean,
  strict: boolean,
  auto: boolean,
): number {
  if (len > ARGUMENT_MAX) return ID_INVALID;
  // Redis reads a C string.
  let end = off;
  let dash = -1;
  for (; end < off + len && buf[end] !== 0; end++) if (dash < 0 && buf[end] === MINUS) dash = end;
  if (end - off === 1 && (buf[off] === MINUS || buf[off] === 43)) {
    if (strict) return ID_INVALID;
    to.fill(buf[off] === MINUS ? 0 : MAX_WORD);
    return ID_COMPLETE;
  }
  if (!parseUnsigned(buf, off, dash < 0 ? end : dash, to, 0)) return ID_INVALID;
  if (dash < 0) {
    to[2] = to[3] = lastSequence ? MAX_WORD : 0;
    return ID_COMPLETE;
  }
  if (auto && end - dash === 2 && buf[dash + 1] === 42) {
    to[2] = to[3] = 0;
    return ID_AUTO_SEQUENCE;
  }
  return parseUnsigned(buf, dash + 1, end, to, 2) ? ID_COMPLETE : ID_INVALID;
}

/** Reads the digits of [from, end) into two words; false when they are no number of 64 bits. */
function parseUnsigned(buf: Uint8Array, from: number, end: number, to: Uint32Array, i: number): boolean {
  if (from === end) return false;
  let at = from;
  let n = 0;
  for (const stop = Math.min(end, from + SAFE_DIGITS); at < stop; at++) {
    const digit = buf[at]! - 48;
    if (digit < 0 || digit > 9) return parseOddly(buf, from, end, to, i);
    n = n * 10 + digit;
  }
  let high = Math.floor(n / TWO_32);
  let low = n >>> 0;
  for (; at < end; at++) {
    const digit = buf[at]! - 48;
    if (digit < 0 || digit > 9) return parseOddly(buf, from, end, to, i);
    const next = low * 10 + digit;
    high = high * 10 + Math.floor(next / TWO_32);
    low = next >>> 0;
    if (high > MAX_WORD) return false;
  }
  to[i] = high;
  to[i + 1] = low;
  return true;
}

/** What else C's strtoull() takes: blanks in front, signs. A negative number of the usual form is none for Redis. */
function parseOddly(buf: Uint8Array, from: number, end: number, to: Uint32Array, i: number): boolean {
  const text = Buffer.from(buf.buffer, buf.byteOffset + from, end - from).toString('latin1');
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(text);
  if (match === null) return false;
  const n = BigInt(match[2]!);
  const canonical = /^-[1-9][0-9]*$/.test(text) && n <= 1n << 63n;
  if (canonical || n >= 1n << 64n) return false;
  setCounter64(to, i, match[1] === '-' ? -n : n);
  return true;
}

/** Writes an id's text; returns its length, ID_TEXT_MAX at most. */
export function writeId(a: Uint32Array, i: number, buf: Uint8Array, off: number): number {
  const ms = writeUnsigned(a, i, buf, off);
  buf[off + ms] = MINUS;
  return ms + 1 + writeUnsigned(a, i + 2, buf, off + ms + 1);
}

function writeUnsigned(a: Uint32Array, i: number, buf: Uint8Array, off: number): number {
  const high = a[i]!;
  if (high < UNSAFE_HIGH) {
    const n = high * TWO_32 + a[i + 1]!;
    const width = digitCount(n);
    writeInteger(buf, off, n, width);
    return width;
  }
  const text = BigInt.asUintN(64, counter64Of(a, i)).toString();
  for (let k = 0; k < text.length; k++) buf[off + k] = text.charCodeAt(k);
  return text.length;
}

const text = new Uint8Array(ID_TEXT_MAX);

/** Text of the id that was replied last; its ms and dash serve the next reply too, if that has the same ms. */
const replied = new Uint8Array(ID_TEXT_MAX);
const repliedView = new DataView(replied.buffer);
const repliedMs = new Uint32Array(2);
/** Bytes of ms and dash; 0: nothing was replied yet. */
let repliedPrefix = 0;

/** Replies with an id as a bulk string. */
export function replyId(out: ReplyWriter, a: Uint32Array, i: number): void {
  if (repliedPrefix === 0 || a[i] !== repliedMs[0] || a[i + 1] !== repliedMs[1]) {
    repliedPrefix = writeUnsigned(a, i, replied, 0);
    replied[repliedPrefix++] = MINUS;
    repliedMs[0] = a[i]!;
    repliedMs[1] = a[i + 1]!;
  }
  out.bulkWords(replied, repliedView, 0, repliedPrefix + writeUnsigned(a, i + 2, replied, repliedPrefix));
}

/** An id's text. */
export function idText(a: Uint32Array, i: number): string {
  return Buffer.from(text.buffer, 0, writeId(a, i, text, 0)).toString('latin1');
}

/** Writes an id as the 16 bytes of RDB files and of digests: big endian. */
export function writeIdBytes(a: Uint32Array, i: number, target: Uint8Array, off: number): void {
  for (let k = 0; k < ID_WORDS; k++) {
    const word = a[i + k]!;
    target[off + 4 * k] = word >>> 24;
    target[off + 4 * k + 1] = word >>> 16;
    target[off + 4 * k + 2] = word >>> 8;
    target[off + 4 * k + 3] = word;
  }
}
