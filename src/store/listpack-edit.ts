/**
 * Changes to listpacks (layout and reading: listpack.ts), in two steps, because only the caller can make room.
 *
 * A new element is first *staged*: its encoding is chosen and its size returned. The caller gives the listpack's place
 * that many bytes more (which may move it), then the staged element is inserted:
 *
 *     const bytes = lpStage(buf, off, len);
 *     e = db.resizeValue(e, lpBytes(u8, lp) + bytes, false, false);
 *     lpInsertStaged(db.u8(e), db.valOff(e), position);
 *
 * (inline-listpack.ts does that for values of entries.) There is one staged element at a time and it borrows the bytes it
 * was staged from, which must not lie in the listpack that it goes to. Deleting is the other way round: first the
 * elements go, then the caller may take the room back. All of it costs a move of the bytes behind the place.
 */
import { copyBytes } from '../memory/copy.ts';
import { INT64_TEXT_MAX, parseInt64, parseInteger } from '../protocol/numbers.ts';
import {
  LP_COUNT_UNKNOWN,
  LP_EMPTY_BYTES,
  LP_END,
  LP_HEADER_BYTES,
  LP_MAX_BYTES,
  lpBacklenBytes,
  lpBytes,
  lpElementBytes,
  lpEnd,
  lpFind,
  lpLast,
  lpSkip,
} from './listpack.ts';
import { writeU32 } from './little-endian.ts';

const TWO_32 = 4294967296;
const NO_BYTES = new Uint8Array(0);

/** The staged element: a string range when `stagedIsString`, else an integer as two words. */
let stagedIsString = false;
let stagedBuf: Uint8Array = NO_BYTES;
let stagedOff = 0;
let stagedLen = 0;
let stagedLow = 0;
let stagedHigh = 0;
/** Bytes of encoding and data. */
let stagedDataBytes = 0;

/** Makes the LP_EMPTY_BYTES bytes at lp an empty listpack. */
export function lpInit(u8: Uint8Array, lp: number): void {
  writeU32(u8, lp, LP_EMPTY_BYTES);
  u8[lp + 4] = 0;
  u8[lp + 5] = 0;
  u8[lp + 6] = LP_END;
}

/** Whether a listpack may grow by so many bytes. */
export function lpSafeToAdd(bytes: number, added: number): boolean {
  return bytes + added <= LP_MAX_BYTES;
}

/** Stages a text, as an integer when it is the canonical text of one; returns the bytes the element takes. */
export function lpStage(buf: Uint8Array, off: number, len: number): number {
  if (len <= INT64_TEXT_MAX && len > 0 && buf[off]! <= 57) {
    const n = parseInteger(buf, off, len);
    if (Number.isSafeInteger(n)) return lpStageInteger(n);
    if (!Number.isNaN(n)) return lpStageInt64(parseInt64(buf, off, len)!);
  }
  return lpStageString(buf, off, len);
}

/** Stages a text as a string, whatever it looks like. */
export function lpStageString(buf: Uint8Array, off: number, len: number): number {
  stagedIsString = true;
  stagedBuf = buf;
  stagedOff = off;
  stagedLen = len;
  stagedDataBytes = len < 64 ? 1 + len : len < 4096 ? 2 + len : 5 + len;
  return stagedDataBytes + lpBacklenBytes(stagedDataBytes);
}

/** Stages an integer within ±2^53. */
export function lpStageInteger(n: number): number {
  stagedIsString = false;
  stagedLow = n | 0;
  stagedHigh = n < 0 ? -1 : 0;
  if (n === stagedLow) {
    if (n >= 0 && n < 128) stagedDataBytes = 1;
    else if (n >= -4096 && n < 4096) stagedDataBytes = 2;
    else if (n >= -32768 && n < 32768) stagedDataBytes = 3;
    else if (n >= -8388608 && n < 8388608) stagedDataBytes = 4;
    else stagedDataBytes = 5;
  } else {
    stagedHigh = Math.floor(n / TWO_32);
    stagedDataBytes = 9;
  }
  return stagedDataBytes + 1;
}

/** Stages a 64-bit integer. */
export function lpStageInt64(n: bigint): number {
  const small = Number(n);
  if (Number.isSafeInteger(small)) return lpStageInteger(small);
  stagedIsString = false;
  stagedLow = Number(BigInt.asIntN(32, n));
  stagedHigh = Number(BigInt.asIntN(32, n >> 32n));
  stagedDataBytes = 9;
  return 10;
}

/** Stages a 64-bit integer given as two words. */
export function lpStageWords(high: number, low: number): number {
  if ((high | 0) === (low | 0) >> 31) return lpStageInteger(low | 0);
  stagedIsString = false;
  stagedLow = low | 0;
  stagedHigh = high | 0;
  stagedDataBytes = 9;
  return 10;
}

/** Writes the staged element at p, where there is room, whatever is there; returns the position behind it. */
export function lpWriteStaged(u8: Uint8Array, p: number): number {
  const bytes = stagedDataBytes + lpBacklenBytes(stagedDataBytes);
  writeStaged(u8, p);
  return p + bytes;
}

/** Inserts the staged element before the element (or the end byte) at p, where it then is. */
export function lpInsertStaged(u8: Uint8Array, lp: number, p: number): void {
  openGap(u8, lp, p, stagedDataBytes + lpBacklenBytes(stagedDataBytes), 1);
  writeStaged(u8, p);
}

export function lpAppendStaged(u8: Uint8Array, lp: number): void {
  lpInsertStaged(u8, lp, lpEnd(u8, lp));
}

export function lpPrependStaged(u8: Uint8Array, lp: number): void {
  lpInsertStaged(u8, lp, lp + LP_HEADER_BYTES);
}

/** How many bytes larger (or, negative, smaller) the listpack gets when the staged element replaces the one at p. */
export function lpReplaceGrowth(u8: Uint8Array, p: number): number {
  return stagedDataBytes + lpBacklenBytes(stagedDataBytes) - lpElementBytes(u8, p);
}

/** Puts the staged element in the place of the one at p. */
export function lpReplaceStaged(u8: Uint8Array, lp: number, p: number): void {
  const growth = lpReplaceGrowth(u8, p);
  if (growth > 0) openGap(u8, lp, p, growth, 0);
  else if (growth < 0) closeGap(u8, lp, p, -growth, 0);
  writeStaged(u8, p);
}

/** Inserts `count` elements that are already encoded, such as a part of another listpack: `bytes` of them at src[off]. */
export function lpInsertEncoded(
  u8: Uint8Array,
  lp: number,
  p: number,
  src: Uint8Array,
  off: number,
  bytes: number,
  count: number,
): void {
  openGap(u8, lp, p, bytes, count);
  copyBytes(src, off, u8, p, bytes);
}

/** Deletes up to `count` elements from p on; p is then the element that followed, or the end byte. Returns the bytes. */
export function lpDelete(u8: Uint8Array, lp: number, p: number, count = 1): number {
  let end = p;
  let deleted = 0;
  for (; deleted < count && u8[end] !== LP_END; deleted++) end = lpSkip(u8, end);
  closeGap(u8, lp, p, end - p, deleted);
  return end - p;
}

/** Moves the first element to the end, or (`toEnd` false) the last to the front; there is one. */
export function lpRotate(u8: Uint8Array, lp: number, toEnd: boolean): void {
  const first = lp + LP_HEADER_BYTES;
  const end = lpEnd(u8, lp);
  const p = toEnd ? first : lpLast(u8, lp);
  const bytes = lpElementBytes(u8, p);
  const moved = u8.slice(p, p + bytes);
  if (toEnd) u8.copyWithin(first, first + bytes, end);
  else u8.copyWithin(first + bytes, first, p);
  u8.set(moved, toEnd ? end - bytes : first);
}

/** Deletes the `bytes` that the `count` elements from p on take. */
export function lpDeleteBytes(u8: Uint8Array, lp: number, p: number, bytes: number, count: number): void {
  closeGap(u8, lp, p, bytes, count);
}

/**
 * Deletes the element at p and up to `max` - 1 that follow it with the text buf[off .. off + len), which the one at p
 * must have. Returns how many. O(elements), each moved at most once.
 */
export function lpDeleteMatches(
  u8: Uint8Array,
  lp: number,
  p: number,
  max: number,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  const end = lpEnd(u8, lp);
  let deleted = 0;
  let to = p;
  do {
    const keep = lpSkip(u8, p);
    deleted++;
    p = deleted < max ? lpFind(u8, keep, buf, off, len, 0) : 0;
    const kept = (p === 0 ? end : p) - keep;
    u8.copyWithin(to, keep, keep + kept);
    to += kept;
  } while (p !== 0);
  u8[to] = LP_END;
  writeU32(u8, lp, to + 1 - lp);
  changeCount(u8, lp, -deleted);
  return deleted;
}

/** Moves what is at p and behind by `gap` bytes; `added` elements will be written there. */
function openGap(u8: Uint8Array, lp: number, p: number, gap: number, added: number): void {
  const bytes = lpBytes(u8, lp);
  const tail = lp + bytes - p;
  if (tail <= 32) for (let i = p + tail - 1; i >= p; i--) u8[i + gap] = u8[i]!;
  else u8.copyWithin(p + gap, p, p + tail);
  writeU32(u8, lp, bytes + gap);
  changeCount(u8, lp, added);
}

/** Moves what is behind the `gap` bytes at p over them; `removed` elements were there. */
function closeGap(u8: Uint8Array, lp: number, p: number, gap: number, removed: number): void {
  const bytes = lpBytes(u8, lp);
  const from = p + gap;
  const end = lp + bytes;
  if (end - from <= 32) for (let i = from; i < end; i++) u8[i - gap] = u8[i]!;
  else u8.copyWithin(p, from, end);
  writeU32(u8, lp, bytes - gap);
  changeCount(u8, lp, -removed);
}

function changeCount(u8: Uint8Array, lp: number, by: number): void {
  const count = u8[lp + 4]! | (u8[lp + 5]! << 8);
  if (count === LP_COUNT_UNKNOWN) return;
  const changed = count + by < LP_COUNT_UNKNOWN ? count + by : LP_COUNT_UNKNOWN;
  u8[lp + 4] = changed;
  u8[lp + 5] = changed >>> 8;
}

function writeStaged(u8: Uint8Array, p: number): void {
  if (stagedIsString) {
    const len = stagedLen;
    if (len < 64) u8[p++] = 0x80 | len;
    else if (len < 4096) {
      u8[p++] = 0xe0 | (len >>> 8);
      u8[p++] = len;
    } else {
      u8[p] = 0xf0;
      writeU32(u8, p + 1, len);
      p += 5;
    }
    copyBytes(stagedBuf, stagedOff, u8, p, len);
    stagedBuf = NO_BYTES;
    p += len;
  } else p = writeStagedInteger(u8, p);
  writeBacklen(u8, p, stagedDataBytes);
}

/** Returns the position behind it. */
function writeStagedInteger(u8: Uint8Array, p: number): number {
  const n = stagedLow;
  switch (stagedDataBytes) {
    case 1:
      u8[p] = n;
      return p + 1;
    case 2:
      u8[p] = 0xc0 | ((n >>> 8) & 0x1f);
      u8[p + 1] = n;
      return p + 2;
    case 3:
      u8[p] = 0xf1;
      u8[p + 1] = n;
      u8[p + 2] = n >>> 8;
      return p + 3;
    case 4:
      u8[p] = 0xf2;
      u8[p + 1] = n;
      u8[p + 2] = n >>> 8;
      u8[p + 3] = n >>> 16;
      return p + 4;
    case 5:
      u8[p] = 0xf3;
      writeU32(u8, p + 1, n);
      return p + 5;
    default:
      u8[p] = 0xf4;
      writeU32(u8, p + 1, n);
      writeU32(u8, p + 5, stagedHigh);
      return p + 9;
  }
}

function writeBacklen(u8: Uint8Array, p: number, dataBytes: number): void {
  if (dataBytes <= 127) {
    u8[p] = dataBytes;
    return;
  }
  let at = p + lpBacklenBytes(dataBytes) - 1;
  for (let rest = dataBytes; at >= p; at--, rest = Math.floor(rest / 128)) u8[at] = (rest & 127) | (at > p ? 128 : 0);
}
