/**
 * Fields of large hashes: elements of a hash table (hash-table-element.ts) whose payload is the value, its length
 * first, written as that of the key is. A field that expires has the expiry part in front and is in its hash's heap
 * (field-heap.ts).
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';
import {
  ELEMENT_EXPIRES,
  ELEMENT_EXPIRY_BYTES,
  elementExpires,
  elementPayloadOff,
  lengthBytes,
  readLength,
  skipLength,
  writeLength,
} from './hash-table-element.ts';
import type { RawMemory } from './value-ops.ts';

/** Blocks up to this are never shrunk: the gain would be less than the work. */
const KEEP_BYTES = 64;

/** A new field; the expiry part of one that `expires` is left to be written. */
export function newField(
  arena: Arena,
  fbuf: Uint8Array,
  foff: number,
  flen: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
  expires: boolean,
): number {
  const before = expires ? ELEMENT_EXPIRY_BYTES : 0;
  const field = arena.alloc(before + lengthBytes(flen) + flen + lengthBytes(vlen) + vlen);
  const bytes = arena.u8[field >>> 22]!;
  let at = (field & 0x3fffff) << 4;
  if (expires) {
    bytes[at] = ELEMENT_EXPIRES;
    at += ELEMENT_EXPIRY_BYTES;
  }
  at = writeLength(bytes, at, flen);
  copyBytes(fbuf, foff, bytes, at, flen);
  at = writeLength(bytes, at + flen, vlen);
  copyBytes(vbuf, voff, bytes, at, vlen);
  return field;
}

/** Whether a field expires. */
export function fieldExpires(arena: RawMemory, field: number): boolean {
  return elementExpires(arena, field, 0);
}

/** Offset of the value's first byte in the field's chunk. */
export function fieldValueOff(arena: RawMemory, field: number): number {
  return skipLength(arena.u8[field >>> 22]!, elementPayloadOff(arena, field, 0));
}

/** Length of the value. */
export function fieldValueLen(arena: RawMemory, field: number): number {
  return readLength(arena.u8[field >>> 22]!, elementPayloadOff(arena, field, 0));
}

/** Writes another value into a field's block; false, and nothing done, when it needs another block. */
export function overwriteFieldValue(
  arena: Arena,
  field: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
): boolean {
  const bytes = arena.u8[field >>> 22]!;
  const at = elementPayloadOff(arena, field, 0);
  const need = at - ((field & 0x3fffff) << 4) + lengthBytes(vlen) + vlen;
  const capacity = arena.capacity(field);
  if (need > capacity || (capacity > KEEP_BYTES && need * 2 < capacity)) return false;
  copyBytes(vbuf, voff, bytes, writeLength(bytes, at, vlen), vlen);
  return true;
}

/** Takes the expiry part out of a field, in its block; the field must be out of the heap. */
export function removeExpiryPart(arena: Arena, field: number): void {
  const bytes = arena.u8[field >>> 22]!;
  const start = (field & 0x3fffff) << 4;
  const value = elementPayloadOff(arena, field, 0);
  const end = skipLength(bytes, value) + readLength(bytes, value);
  bytes.copyWithin(start, start + ELEMENT_EXPIRY_BYTES, end);
}
