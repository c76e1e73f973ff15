/** What generic code must know of sets; for the encodings see set-type.ts. */
import type { Db } from './db.ts';
import { ENC_HT, ENC_INTSET, TYPE_SET } from './entry-layout.ts';
import { htForEach, htFreeSome, htSize } from './hash-table.ts';
import { TABLE_WORDS } from './hash-table-buckets.ts';
import { htValidateIntegrity } from './hash-table-check.ts';
import { elementKeyLen, elementKeyOff } from './hash-table-element.ts';
import { htClone, htMemoryUsage, htRelocate } from './hash-table-whole.ts';
import { INTSET_HEADER_BYTES, intsetLength, intsetValidateIntegrity, intsetWriteText } from './intset.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpLength, lpSkip } from './listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from './listpack-check.ts';
import { SetIterator } from './set-iterator.ts';
import { freeSetTable, setSize } from './set-type.ts';
import { copyInline, inlineOps, type RawMemory, type ValueOps, type ValueVisitor } from './value-ops.ts';

const ROOT_BYTES = TABLE_WORDS * 4;

export const setOps: ValueOps = {
  ...inlineOps(TYPE_SET),

  copy(from, e, to, buf, off, len) {
    if (from.encoding(e) !== ENC_HT) return copyInline(from, e, to, buf, off, len);
    const { arena } = from;
    const root = arena.alloc(ROOT_BYTES);
    try {
      htClone(arena, from.root(e), root);
      return to.putRoot(buf, off, len, TYPE_SET, ENC_HT, root);
    } catch (error) {
      freeSetTable(arena, root);
      throw error;
    }
  },

  freeSome(db, e, budget) {
    if (db.encoding(e) !== ENC_HT) return budget;
    const { arena } = db;
    const root = db.root(e);
    const left = htFreeSome(arena, root, budget, (member) => arena.free(member));
    if (left > 0) arena.free(root);
    return left;
  },

  freeEffort: (db, e) => (db.encoding(e) === ENC_HT ? htSize(db.arena, db.root(e)) : 1),

  relocate(db, e, cursor, budget) {
    if (db.encoding(e) !== ENC_HT) return 0;
    if (db.arena.shouldMove(db.root(e))) db.setRoot(e, db.arena.move(db.root(e)));
    return htRelocate(db.arena, db.root(e), cursor, budget);
  },

  memoryUsage(db, e, samples) {
    if (db.encoding(e) !== ENC_HT) return 0;
    const root = db.root(e);
    return db.arena.capacity(root) + htMemoryUsage(db.arena, root, samples);
  },

  read: readSet,

  digest(db, e, digest) {
    const it = new SetIterator();
    it.start(db, e);
    while (it.next()) digest.xor(it.buf.subarray(it.off, it.off + it.len));
  },

  validateIntegrity,
};

function readSet(
  memory: RawMemory,
  encoding: number,
  buf: Uint8Array,
  off: number,
  _len: number,
  visitor: ValueVisitor,
): void {
  if (encoding === ENC_HT) {
    const root = (buf[off]! | (buf[off + 1]! << 8) | (buf[off + 2]! << 16) | (buf[off + 3]! << 24)) >>> 0;
    visitor.count(htSize(memory, root));
    htForEach(memory, root, (member) => {
      visitor.bytes(memory.u8[member >>> 22]!, elementKeyOff(memory, member, 0), elementKeyLen(memory, member, 0));
    });
  } else if (encoding === ENC_INTSET) {
    const count = intsetLength(buf, off);
    const digits = new Uint8Array(24);
    visitor.count(count);
    for (let i = 0; i < count; i++) visitor.bytes(digits, 0, intsetWriteText(buf, off, i, digits, 0));
  } else {
    const text = new ElementText();
    visitor.count(lpLength(buf, off));
    for (let p = off + LP_HEADER_BYTES; buf[p] !== LP_END; p = lpSkip(buf, p)) {
      text.read(buf, p);
      visitor.bytes(text.buf, text.off, text.len);
    }
  }
}

function validateIntegrity(db: Db, e: number): void {
  const encoding = db.encoding(e);
  const u8 = db.u8(e);
  const at = db.valOff(e);
  const len = db.valLen(e);
  if (setSize(db, e) === 0) throw new Error(`set: entry ${e} has no members`);
  if (encoding === ENC_HT) {
    if (len !== 4) throw new Error(`set: the value of entry ${e} is no root`);
    htValidateIntegrity(db.arena, db.root(e));
  } else if (encoding === ENC_INTSET) {
    if (len < INTSET_HEADER_BYTES || !intsetValidateIntegrity(u8, at, len, true)) {
      throw new Error(`set: bad intset in entry ${e}`);
    }
  } else if (!lpValidateIntegrity(u8, at, len, true) || !lpValidateGroups(u8, at, 1)) {
    throw new Error(`set: bad listpack in entry ${e}`);
  }
}
