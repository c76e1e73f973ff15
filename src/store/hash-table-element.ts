/**
 * Elements of hash tables (hash-table.ts): set members, hash fields, members of sorted sets. One arena block each:
 *
 *   prefix   as many bytes as the table's owner wants, the same for all elements of a table (0 for sets and hashes)
 *   expiry   16 bytes, only when bit 7 of the byte after the prefix is set: that byte and 3 unused ones,
 *            expiry in unix ms (low word, high word), one word for whoever keeps elements in order of expiry
 *   length   of the key: one byte up to 124, else 125 and 2 bytes, or 126 and 4 bytes (little endian)
 *   key      bytes
 *   payload  whatever the owner puts behind the key
 *
 * Members of up to 15 bytes thus fit into the smallest block. Offsets below are bytes within the element's chunk.
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes, equalBytes } from '../memory/copy.ts';
import { hashByWords } from './hash.ts';
import type { RawMemory } from './value-ops.ts';

/** Bit of the byte after the prefix: an expiry comes before the key. */
export const ELEMENT_EXPIRES = 0x80;
/** Bytes of the expiry part. */
export const ELEMENT_EXPIRY_BYTES = 16;

/** Longest key whose length takes one byte. */
export const ELEMENT_LENGTH_MAX_1 = 124;
const LENGTH_2 = 125;
const LENGTH_4 = 126;

/** Bytes that a length takes. */
export function lengthBytes(length: number): number {
  return length <= ELEMENT_LENGTH_MAX_1 ? 1 : length <= 0xffff ? 3 : 5;
}

/** Writes a length and returns the offset behind it. */
export function writeLength(bytes: Uint8Array, at: number, length: number): number {
  if (length <= ELEMENT_LENGTH_MAX_1) {
    bytes[at] = length;
    return at + 1;
  }
  bytes[at] = length <= 0xffff ? LENGTH_2 : LENGTH_4;
  bytes[at + 1] = length & 0xff;
  bytes[at + 2] = (length >>> 8) & 0xff;
  if (length <= 0xffff) return at + 3;
  bytes[at + 3] = (length >>> 16) & 0xff;
  bytes[at + 4] = length >>> 24;
  return at + 5;
}

/** The length at an offset. */
export function readLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first <= ELEMENT_LENGTH_MAX_1) return first;
  const low = bytes[at + 1]! | (bytes[at + 2]! << 8);
  return first === LENGTH_2 ? low : low + (bytes[at + 3]! | (bytes[at + 4]! << 8)) * 65536;
}

/** The offset behind the length at an offset. */
export function skipLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  return first <= ELEMENT_LENGTH_MAX_1 ? at + 1 : first === LENGTH_2 ? at + 3 : at + 5;
}

/** A new element with its key; prefix and payload are uninitialised. It has no expiry. */
export function newElement(
  arena: Arena,
  prefixBytes: number,
  buf: Uint8Array,
  off: number,
  len: number,
  payloadBytes: number,
): number {
  const e = arena.alloc(prefixBytes + lengthBytes(len) + len + payloadBytes);
  const bytes = arena.u8[e >>> 22]!;
  copyBytes(buf, off, bytes, writeLength(bytes, ((e & 0x3fffff) << 4) + prefixBytes, len), len);
  return e;
}

/** Whether an element has an expiry. */
export function elementExpires(arena: RawMemory, e: number, prefixBytes: number): boolean {
  return (arena.u8[e >>> 22]![((e & 0x3fffff) << 4) + prefixBytes]! & ELEMENT_EXPIRES) !== 0;
}

/** Where the length of the key is. */
export function keyLengthAt(arena: RawMemory, e: number, prefixBytes: number): number {
  const at = ((e & 0x3fffff) << 4) + prefixBytes;
  return (arena.u8[e >>> 22]![at]! & ELEMENT_EXPIRES) === 0 ? at : at + ELEMENT_EXPIRY_BYTES;
}

/** Offset of the key's first byte. */
export function elementKeyOff(arena: RawMemory, e: number, prefixBytes: number): number {
  return skipLength(arena.u8[e >>> 22]!, keyLengthAt(arena, e, prefixBytes));
}

/** Length of the key. */
export function elementKeyLen(arena: RawMemory, e: number, prefixBytes: number): number {
  return readLength(arena.u8[e >>> 22]!, keyLengthAt(arena, e, prefixBytes));
}

/** Offset of the first byte behind the key. */
export function elementPayloadOff(arena: RawMemory, e: number, prefixBytes: number): number {
  const bytes = arena.u8[e >>> 22]!;
  const at = keyLengthAt(arena, e, prefixBytes);
  return skipLength(bytes, at) + readLength(bytes, at);
}

/** Hash of an element's key. */
export function elementHash(arena: Arena, e: number, prefixBytes: number): number {
  const bytes = arena.u8[e >>> 22]!;
  const at = keyLengthAt(arena, e, prefixBytes);
  return hashByWords(arena.dv[e >>> 22]!, skipLength(bytes, at), readLength(bytes, at));
}

/**
 * Whether an element's key has the given bytes; `view`: of the same buffer with the same offsets, or null where there is
 * none at hand.
 */
export function elementHasKey(
  arena: Arena,
  e: number,
  prefixBytes: number,
  buf: Uint8Array,
  view: DataView | null,
  off: number,
  len: number,
): boolean {
  const words = arena.dv[e >>> 22]!;
  let at = ((e & 0x3fffff) << 4) + prefixBytes;
  if (words.getInt8(at) < 0) at += ELEMENT_EXPIRY_BYTES;
  if (view === null || len < 4 || len > ELEMENT_LENGTH_MAX_1) return longElementHasKey(arena, e, at, buf, off, len);
  if (words.getUint8(at++) !== len) return false;
  // The last word overlaps the one before where the length is no multiple of four.
  const last = len - 4;
  for (let i = 0; i < last; i += 4) {
    if (words.getInt32(at + i, true) !== view.getInt32(off + i, true)) return false;
  }
  return words.getInt32(at + last, true) === view.getInt32(off + last, true);
}

/** The same for what is too long, too short, or in a buffer without a view; `at`: where the length is. */
function longElementHasKey(arena: Arena, e: number, at: number, buf: Uint8Array, off: number, len: number): boolean {
  const bytes = arena.u8[e >>> 22]!;
  return readLength(bytes, at) === len && equalBytes(bytes, skipLength(bytes, at), buf, off, len);
}
