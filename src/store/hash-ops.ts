/** What generic code must know of hashes; for the encodings see hash-type.ts. */
import type { Arena } from '../memory/arena.ts';
import type { Db } from './db.ts';
import { Digest } from './digest.ts';
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX, TYPE_HASH } from './entry-layout.ts';
import {
  fieldExpiry,
  heapBytes,
  heapCount,
  heapInit,
  heapMoved,
  heapRebuild,
  heapRelocate,
  heapValidateIntegrity,
} from './field-heap.ts';
import { fieldExpires, fieldValueLen, fieldValueOff } from './hash-field.ts';
import { FieldText, HashIterator, readFieldAt, readValueAt } from './hash-read.ts';
import { htForEach, htSize } from './hash-table.ts';
import { htValidateIntegrity } from './hash-table-check.ts';
import { elementKeyLen, elementKeyOff } from './hash-table-element.ts';
import { freeHashTable, freeSomeFields, HASH_ROOT_BYTES } from './hash-table-fields.ts';
import { htClone, htMemoryUsage, htRelocate } from './hash-table-whole.ts';
import { firstExpiry, hashMarkVolatile, hashSize } from './hash-type.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpInteger, lpLength, lpSkip } from './listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from './listpack-check.ts';
import { tripletsAreOrdered } from './listpack-ex.ts';
import { copyInline, inlineOps, type RawMemory, type ValueOps, type ValueVisitor } from './value-ops.ts';

export const hashOps: ValueOps = {
  ...inlineOps(TYPE_HASH),

  copy(from, e, to, buf, off, len) {
    if (from.encoding(e) !== ENC_HT) return hashMarkVolatile(to, copyInline(from, e, to, buf, off, len));
    const { arena } = from;
    const root = cloneTable(arena, from.root(e));
    try {
      return hashMarkVolatile(to, to.putRoot(buf, off, len, TYPE_HASH, ENC_HT, root));
    } catch (error) {
      freeHashTable(arena, root);
      throw error;
    }
  },

  freeSome: (db, e, budget) => (db.encoding(e) === ENC_HT ? freeSomeFields(db.arena, db.root(e), budget) : budget),

  freeEffort: (db, e) => (db.encoding(e) === ENC_HT ? htSize(db.arena, db.root(e)) : 1),

  relocate(db, e, cursor, budget) {
    if (db.encoding(e) !== ENC_HT) return 0;
    const { arena } = db;
    if (arena.shouldMove(db.root(e))) db.setRoot(e, arena.move(db.root(e)));
    const root = db.root(e);
    if (cursor === 0) heapRelocate(arena, root);
    return htRelocate(arena, root, cursor, budget, (_field, at) => {
      if (fieldExpires(arena, at)) heapMoved(arena, root, at);
    });
  },

  memoryUsage(db, e, samples) {
    if (db.encoding(e) !== ENC_HT) return 0;
    const root = db.root(e);
    return db.arena.capacity(root) + heapBytes(db.arena, root) + htMemoryUsage(db.arena, root, samples);
  },

  read: readHash,

  digest(db, e, digest) {
    const it = new HashIterator();
    const text = new FieldText();
    it.start(db, e);
    while (it.next()) {
      const pair = new Digest();
      readFieldAt(db, e, it.place, text);
      pair.mix(text.buf.subarray(text.off, text.off + text.len));
      readValueAt(db, e, it.place, text);
      pair.mix(text.buf.subarray(text.off, text.off + text.len));
      if (it.expireMs !== 0) pair.xor(Buffer.from('!!hexpire!!'));
      digest.xor(pair.bytes);
    }
  },

  validateIntegrity,
};

/** A root block with copies of all fields. */
function cloneTable(arena: Arena, root: number): number {
  const copy = arena.alloc(HASH_ROOT_BYTES);
  heapInit(arena, copy);
  try {
    htClone(arena, root, copy);
    const count = heapCount(arena, root);
    if (count === 0) return copy;
    // A field's copy has the field's place in the heap.
    const add = heapRebuild(arena, copy, count);
    htForEach(arena, copy, (field) => {
      if (fieldExpires(arena, field)) add(field);
    });
    return copy;
  } catch (error) {
    freeHashTable(arena, copy);
    throw error;
  }
}

function readHash(
  memory: RawMemory,
  encoding: number,
  buf: Uint8Array,
  off: number,
  _len: number,
  visitor: ValueVisitor,
): void {
  if (encoding === ENC_HT) {
    const root = (buf[off]! | (buf[off + 1]! << 8) | (buf[off + 2]! << 16) | (buf[off + 3]! << 24)) >>> 0;
    const expires = heapCount(memory, root) > 0;
    visitor.count(htSize(memory, root));
    htForEach(memory, root, (field) => {
      const u8 = memory.u8[field >>> 22]!;
      visitor.bytes(u8, elementKeyOff(memory, field, 0), elementKeyLen(memory, field, 0));
      visitor.bytes(u8, fieldValueOff(memory, field), fieldValueLen(memory, field));
      if (expires) visitor.number(fieldExpires(memory, field) ? fieldExpiry(memory, field) : 0);
    });
    return;
  }
  const triplets = encoding === ENC_LISTPACK_EX;
  const text = new ElementText();
  visitor.count(lpLength(buf, off) / (triplets ? 3 : 2));
  for (let p = off + LP_HEADER_BYTES; buf[p] !== LP_END; ) {
    for (let i = 0; i < 2; i++, p = lpSkip(buf, p)) {
      text.read(buf, p);
      visitor.bytes(text.buf, text.off, text.len);
    }
    if (!triplets) continue;
    visitor.number(lpInteger(buf, p));
    p = lpSkip(buf, p);
  }
}

function validateIntegrity(db: Db, e: number): void {
  const encoding = db.encoding(e);
  const u8 = db.u8(e);
  const at = db.valOff(e);
  const len = db.valLen(e);
  if (hashSize(db, e) === 0) throw new Error(`hash: entry ${e} has no fields`);
  if (db.hasVolatileFields(e) !== (firstExpiry(db, e) !== 0)) throw new Error(`hash: entry ${e} is marked wrongly`);
  if (encoding === ENC_HT) validateTable(db, e);
  else if (
    !lpValidateIntegrity(u8, at, len, true) ||
    !lpValidateGroups(u8, at, encoding === ENC_LISTPACK ? 2 : 3) ||
    (encoding === ENC_LISTPACK_EX && !tripletsAreOrdered(u8, at))
  ) {
    throw new Error(`hash: bad listpack in entry ${e}`);
  }
}

function validateTable(db: Db, e: number): void {
  const { arena } = db;
  if (db.valLen(e) !== 4) throw new Error(`hash: the value of entry ${e} is no root`);
  const root = db.root(e);
  let expiring = 0;
  htValidateIntegrity(arena, root, (field) => {
    if (fieldExpires(arena, field)) expiring++;
    const end = fieldValueOff(arena, field) + fieldValueLen(arena, field) - ((field & 0x3fffff) << 4);
    if (end > arena.capacity(field)) throw new Error(`hash: field ${field} overflows its block`);
  });
  heapValidateIntegrity(arena, root);
  if (heapCount(arena, root) !== expiring) {
    throw new Error(`hash: ${expiring} fields expire, but ${heapCount(arena, root)} are in the heap`);
  }
}
