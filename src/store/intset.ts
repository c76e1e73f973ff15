/**
 * Intset: a sorted set of 64-bit integers, in the layout of RDB files and DUMP payloads. All little endian.
 *
 *     encoding (u32): bytes a member, 2, 4 or 8 | count (u32) | members, signed, ascending, no two the same
 *
 * The encoding is what the largest member ever held needed; it never becomes smaller.
 *
 * Functions work on (u8, is), the bytes and where the intset starts in them. The member that is looked for, added or
 * removed is *staged* first, so that 64 bits need no BigInt. Adding takes two steps, because only the caller can make
 * room:
 *
 *     if (intsetStage(buf, off, len)) {
 *       const at = intsetFind(u8, is);
 *       if (at < 0) {
 *         e = db.resizeValue(e, db.valLen(e) + intsetGrowth(u8, is), false, false);
 *         intsetInsert(db.u8(e), db.valOff(e), ~at);
 *       }
 *     }
 *
 * find: O(log n); get: O(1); insert and remove: O(n) bytes moved.
 */
import { INT64_TEXT_MAX, integerWidth, parseInt64, parseInteger, writeInteger } from '../protocol/numbers.ts';
import { readU32, writeU32 } from './little-endian.ts';

export const INTSET_HEADER_BYTES = 8;

const TWO_32 = 4294967296;

/** The staged member: its two words, its value (rounded beyond 2^53) and the bytes it needs. */
let stagedLow = 0;
let stagedHigh = 0;
let stagedNumber = 0;
let stagedWidth = 2;

/** Stages the member that a text stands for; false when it is no canonical 64-bit integer. */
export function intsetStage(buf: Uint8Array, off: number, len: number): boolean {
  if (len > INT64_TEXT_MAX) return false;
  const n = parseInteger(buf, off, len);
  if (Number.isSafeInteger(n)) intsetStageNumber(n);
  else if (Number.isNaN(n)) return false;
  else intsetStageInt64(parseInt64(buf, off, len)!);
  return true;
}

/** Stages an integer within ±2^53. */
export function intsetStageNumber(n: number): void {
  stagedNumber = n;
  stagedLow = n | 0;
  stagedHigh = Math.floor(n / TWO_32);
  if (n !== stagedLow) stagedWidth = 8;
  else stagedWidth = n >= -32768 && n < 32768 ? 2 : 4;
}

/** Stages a 64-bit integer. */
export function intsetStageInt64(n: bigint): void {
  intsetStageNumber(Number(n));
  stagedLow = Number(BigInt.asIntN(32, n));
  stagedHigh = Number(BigInt.asIntN(32, n >> 32n));
}

/** Makes the INTSET_HEADER_BYTES bytes at `is` an empty intset. */
export function intsetInit(u8: Uint8Array, is: number): void {
  writeU32(u8, is, 2);
  writeU32(u8, is + 4, 0);
}

/** Bytes a member takes: 2, 4 or 8. */
export function intsetWidth(u8: Uint8Array, is: number): number {
  return u8[is]!;
}

export function intsetLength(u8: Uint8Array, is: number): number {
  return readU32(u8, is + 4);
}

/** Bytes of the whole intset. */
export function intsetBytes(u8: Uint8Array, is: number): number {
  return INTSET_HEADER_BYTES + readU32(u8, is + 4) * u8[is]!;
}

/** The member at an index, which must exist; rounded beyond 2^53, which `Number.isSafeInteger` tells. */
export function intsetGet(u8: Uint8Array, is: number, index: number): number {
  return memberAt(u8, is + INTSET_HEADER_BYTES, u8[is]!, index);
}

/** The same exactly. */
export function intsetGetInt64(u8: Uint8Array, is: number, index: number): bigint {
  const width = u8[is]!;
  if (width < 8) return BigInt(intsetGet(u8, is, index));
  const p = is + INTSET_HEADER_BYTES + index * 8;
  return (BigInt(readU32(u8, p + 4) | 0) << 32n) | BigInt(readU32(u8, p));
}

/** Writes the decimal text of the member at an index; returns its length, INT64_TEXT_MAX at most. */
export function intsetWriteText(u8: Uint8Array, is: number, index: number, target: Uint8Array, off: number): number {
  const n = intsetGet(u8, is, index);
  if (Number.isSafeInteger(n)) {
    const width = integerWidth(n);
    writeInteger(target, off, n, width);
    return width;
  }
  const text = intsetGetInt64(u8, is, index).toString();
  for (let i = 0; i < text.length; i++) target[off + i] = text.charCodeAt(i);
  return text.length;
}

function memberAt(u8: Uint8Array, members: number, width: number, index: number): number {
  const p = members + index * width;
  if (width === 2) return ((u8[p]! << 16) | (u8[p + 1]! << 24)) >> 16;
  if (width === 4) return readU32(u8, p) | 0;
  return (readU32(u8, p + 4) | 0) * TWO_32 + readU32(u8, p);
}

/** Index of the staged member; when it is no member, ~index of where it belongs. */
export function intsetFind(u8: Uint8Array, is: number): number {
  const width = u8[is]!;
  const members = is + INTSET_HEADER_BYTES;
  let low = 0;
  let high = readU32(u8, is + 4);
  // What does not fit is smaller or larger than all.
  if (stagedWidth > width) return stagedHigh < 0 ? -1 : ~high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = width < 8 ? memberAt(u8, members, width, middle) - stagedNumber : order64(u8, members + middle * 8);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return ~low;
}

/** Order of the 8-byte member at p and the staged one: < 0, 0 or > 0. */
function order64(u8: Uint8Array, p: number): number {
  const high = readU32(u8, p + 4) | 0;
  return high !== stagedHigh ? high - stagedHigh : readU32(u8, p) - (stagedLow >>> 0);
}

/** How many bytes larger the intset gets when the staged member, which it does not have, is inserted. */
export function intsetGrowth(u8: Uint8Array, is: number): number {
  const width = u8[is]!;
  if (stagedWidth <= width) return width;
  return readU32(u8, is + 4) * (stagedWidth - width) + stagedWidth;
}

/** Inserts the staged member at an index that intsetFind() named; the room for it must be there. */
export function intsetInsert(u8: Uint8Array, is: number, index: number): void {
  const count = readU32(u8, is + 4);
  let width = u8[is]!;
  const members = is + INTSET_HEADER_BYTES;
  if (stagedWidth > width) {
    upgrade(u8, is, index === 0 ? 1 : 0);
    width = stagedWidth;
  } else if (index < count) {
    u8.copyWithin(members + (index + 1) * width, members + index * width, members + count * width);
  }
  writeMember(u8, members + index * width, width, stagedLow, stagedHigh);
  writeU32(u8, is + 4, count + 1);
}

/** Rewrites the members in the staged one's width, `shift` places further. */
function upgrade(u8: Uint8Array, is: number, shift: number): void {
  const count = readU32(u8, is + 4);
  const width = u8[is]!;
  const members = is + INTSET_HEADER_BYTES;
  // From the last on, so that none is written over before it is read.
  for (let i = count - 1; i >= 0; i--) {
    const n = memberAt(u8, members, width, i);
    writeMember(u8, members + (i + shift) * stagedWidth, stagedWidth, n, n < 0 ? -1 : 0);
  }
  writeU32(u8, is, stagedWidth);
}

function writeMember(u8: Uint8Array, p: number, width: number, low: number, high: number): void {
  u8[p] = low;
  u8[p + 1] = low >>> 8;
  if (width === 2) return;
  u8[p + 2] = low >>> 16;
  u8[p + 3] = low >>> 24;
  if (width === 8) writeU32(u8, p + 4, high);
}

/** Removes the member at an index; then the caller may take the room back (intsetBytes). */
export function intsetRemove(u8: Uint8Array, is: number, index: number): void {
  const width = u8[is]!;
  const count = readU32(u8, is + 4);
  const p = is + INTSET_HEADER_BYTES + index * width;
  u8.copyWithin(p, p + width, is + INTSET_HEADER_BYTES + count * width);
  writeU32(u8, is + 4, count - 1);
}

/**
 * Whether the `len` bytes at `is`, from anywhere, are an intset with members that all functions can work on.
 * Shallow: header and size only. `deep`: the order of the members too.
 */
export function intsetValidateIntegrity(u8: Uint8Array, is: number, len: number, deep: boolean): boolean {
  if (len < INTSET_HEADER_BYTES || is + len > u8.length) return false;
  const width = readU32(u8, is);
  if (width !== 2 && width !== 4 && width !== 8) return false;
  const count = readU32(u8, is + 4);
  if (count === 0 || INTSET_HEADER_BYTES + count * width !== len) return false;
  if (!deep) return true;
  const members = is + INTSET_HEADER_BYTES;
  for (let i = 1; i < count; i++) {
    if (width < 8) {
      if (memberAt(u8, members, width, i - 1) >= memberAt(u8, members, width, i)) return false;
    } else if (intsetGetInt64(u8, is, i - 1) >= intsetGetInt64(u8, is, i)) return false;
  }
  return true;
}
