/** Fields in the tables of large hashes: a root block holds the table (hash-table.ts) and the heap (field-heap.ts). */
import type { Arena } from '../memory/arena.ts';
import {
  fieldExpiry,
  heapAdd,
  heapChanged,
  heapFree,
  heapInit,
  heapMoved,
  heapRemove,
  heapReserve,
  writeFieldExpiry,
} from './field-heap.ts';
import {
  fieldExpires,
  fieldValueLen,
  fieldValueOff,
  newField,
  overwriteFieldValue,
  removeExpiryPart,
} from './hash-field.ts';
import { htFind, htFreeSome, htInit, htInsert, htRemove, htReplace } from './hash-table.ts';
import { elementHash, elementKeyLen, elementKeyOff } from './hash-table-element.ts';

/** Words of a hash's root block: the table, the heap, one spare. */
export const HASH_ROOT_BYTES = 32;

/** A root block with an empty table. */
export function newHashTable(arena: Arena, expected: number): number {
  const root = arena.alloc(HASH_ROOT_BYTES);
  try {
    htInit(arena, root, 0, expected);
  } catch (error) {
    arena.free(root);
    throw error;
  }
  heapInit(arena, root);
  return root;
}

/** Frees a root block with all that is below it. */
export function freeHashTable(arena: Arena, root: number): void {
  freeSomeFields(arena, root, Number.POSITIVE_INFINITY);
}

/** The same in steps of about `budget` blocks; returns what is left of the budget, more than 0 at the end. */
export function freeSomeFields(arena: Arena, root: number, budget: number): number {
  // The fields need not leave the heap one by one.
  heapFree(arena, root);
  const left = htFreeSome(arena, root, budget, (field) => arena.free(field));
  if (left > 0) arena.free(root);
  return left;
}

/** Adds a field that is not in the table and does not expire. */
export function insertField(
  arena: Arena,
  root: number,
  fbuf: Uint8Array,
  foff: number,
  flen: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
  hash: number,
): number {
  const field = newField(arena, fbuf, foff, flen, vbuf, voff, vlen, false);
  try {
    htInsert(arena, root, field, hash);
  } catch (error) {
    arena.free(field);
    throw error;
  }
  return field;
}

/** Sets a field with this hash, whether it exists or not; whether it is new. One that exists loses its expiry unless `keepTtl`. */
export function setTableField(
  arena: Arena,
  root: number,
  fbuf: Uint8Array,
  foff: number,
  flen: number,
  vbuf: Uint8Array,
  voff: number,
  vlen: number,
  hash: number,
  keepTtl: boolean,
): boolean {
  const field = htFind(arena, root, fbuf, foff, flen, hash);
  if (field === 0) {
    insertField(arena, root, fbuf, foff, flen, vbuf, voff, vlen, hash);
    return true;
  }
  const expires = fieldExpires(arena, field);
  let at = field;
  if (!overwriteFieldValue(arena, field, vbuf, voff, vlen)) {
    at = newField(arena, fbuf, foff, flen, vbuf, voff, vlen, expires);
    replaceField(arena, root, field, at, hash);
  }
  if (expires && !keepTtl) clearFieldExpiry(arena, root, at);
  return false;
}

/** Puts `at`, a field with the same name that expires or not as `field` does, in its place, and frees `field`. */
function replaceField(arena: Arena, root: number, field: number, at: number, hash: number): void {
  if (fieldExpires(arena, field)) {
    arena.copyBlock(field, at, 16);
    heapMoved(arena, root, at);
  }
  htReplace(arena, root, field, at, hash);
  arena.free(field);
}

/** Takes a field out of the table and frees it. */
export function removeTableField(arena: Arena, root: number, field: number): void {
  if (fieldExpires(arena, field)) heapRemove(arena, root, field);
  htRemove(arena, root, field, elementHash(arena, field, 0));
  arena.free(field);
}

/** Gives a field an expiry; returns its possibly new ref. */
export function setFieldExpiry(arena: Arena, root: number, field: number, expireMs: number): number {
  if (fieldExpires(arena, field)) {
    if (fieldExpiry(arena, field) !== expireMs) {
      writeFieldExpiry(arena, field, expireMs);
      heapChanged(arena, root, field);
    }
    return field;
  }
  heapReserve(arena, root);
  const u8 = arena.u8[field >>> 22]!;
  const at = newField(
    arena,
    u8,
    elementKeyOff(arena, field, 0),
    elementKeyLen(arena, field, 0),
    u8,
    fieldValueOff(arena, field),
    fieldValueLen(arena, field),
    true,
  );
  writeFieldExpiry(arena, at, expireMs);
  htReplace(arena, root, field, at, elementHash(arena, field, 0));
  arena.free(field);
  heapAdd(arena, root, at);
  return at;
}

/** Takes the expiry of a field that has one. */
export function clearFieldExpiry(arena: Arena, root: number, field: number): void {
  heapRemove(arena, root, field);
  removeExpiryPart(arena, field);
}
