/**
 * What generic code must know of a type of values: its names, how to copy, free, move and read it. Each type other than
 * string registers one `ValueOps` with its keyspace (keyspace.ts, `types`); the key itself (name, expiry, access clock)
 * is the Db's business.
 *
 * A value lives in raw memory wholly. In a *small* encoding (listpack, intset) it is the entry's value bytes, in the
 * layout that the RDB format has. In a *large* encoding the entry's value is the 4-byte ref of a *root block*, whose
 * words hold everything else. A type "bag" with both, in outline:
 *
 *   // BAGADD key element
 *   let e = writeKey(c, 1);                                   // expires first; the ref holds until somebody is told
 *   if (e === 0) {
 *     e = db.add(buf, off, len, TYPE_BAG, ENC_LISTPACK, 7);   // created, 7 value bytes for us to fill
 *     lpInit(db.u8(e), db.valOff(e));
 *   } else if (db.type(e) !== TYPE_BAG) return c.out.error(WRONG_TYPE);
 *   if (db.encoding(e) === ENC_LISTPACK && tooLarge(db, e)) {
 *     const root = treeFromListpack(db.arena, db.u8(e), db.valOff(e));   // new blocks; the value is as it was
 *     e = db.convertToRoot(e, ENC_TREE, root);                           // now the value is the root's ref
 *   }
 *   if (db.encoding(e) === ENC_TREE) treeAdd(db.arena, db.root(e), …);   // changes blocks, not the entry
 *   else {
 *     e = db.spliceValue(e, at, 0, bytes);                               // opens a gap; the entry may have moved
 *     lpWrite(db.u8(e), db.valOff(e) + at, …);
 *   }
 *   c.modified(1);
 *   c.notify(NOTIFY_BAG, 'bagadd', 1);                                   // from here on `e` is not to be used
 *
 *   // the operations, registered once: keyspace.types.register(TYPE_BAG, bagOps)
 *   const bagOps: ValueOps = {
 *     ...inlineOps(TYPE_BAG),
 *     copy(from, e, to, buf, off, len) {
 *       if (from.encoding(e) !== ENC_TREE) return copyInline(from, e, to, buf, off, len);
 *       return to.putRoot(buf, off, len, TYPE_BAG, ENC_TREE, treeClone(from.arena, from.root(e)));
 *     },
 *     freeSome: (db, e, budget) => (db.encoding(e) === ENC_TREE ? treeFreeSome(db.arena, db.root(e), budget) : budget),
 *     freeEffort: (db, e) => (db.encoding(e) === ENC_TREE ? treeSize(db.arena, db.root(e)) : 1),
 *     relocate(db, e, cursor, budget) { … },
 *     …
 *   };
 *
 * Other helpers of Db: `put`/`putRoot`/`putBytes` (the key may exist, with any type), `replaceValue`, `resizeValue`,
 * `convertValue` (to a small encoding), `setRoot`, `setVolatileFields` (fields of a hash expire).
 * alloc() throws OutOfMemory: build what is new first, then change what is there, so that a value without memory
 * is as it was; blocks made before the error are the maker's to free.
 */
import type { Db } from './db.ts';
import type { Digest } from './digest.ts';
import { ENCODING_NAMES, TYPE_COUNT, TYPE_NAMES, TYPE_STRING } from './entry-layout.ts';
import type { RdbReader } from './rdb/rdb-reader.ts';
import type { RdbWriter } from './rdb/rdb-writer.ts';

/** Why a value leaves its key; told to `unlinked`. */
export const UNLINK_DELETED = 0;
export const UNLINK_EXPIRED = 1;
export const UNLINK_EVICTED = 2;
export const UNLINK_OVERWRITTEN = 3;

/** The chunks of an arena, or copies of them: ref -> chunk `ref >>> 22`, word `(ref & 0x3fffff) << 2`. */
export interface RawMemory {
  readonly u8: readonly Uint8Array[];
  readonly u32: readonly Uint32Array[];
}

/**
 * Is handed a value piece by piece, in the order in which saving writes it. The ranges are borrowed for the call.
 * A string is one `bytes`. Others begin with a `count` of their elements, then for each: list and set `bytes`; hash
 * `bytes` of the field, `bytes` of the value, and `number` of its expiry where fields have one (0 = none); zset `bytes`
 * and `number` of the score.
 *
 * A stream, where an id is the 16 bytes that it is in RDB files and a counter 8 bytes, both big endian:
 * `count` of nodes, for each its id and `bytes` of its listpack; `number` of entries; last id, first id, largest deleted
 * id; counter of entries added; `count` of groups, for each: `bytes` of the name, last id, counter of entries read
 * (signed), `count` of pending entries, for each its id, `number` of its delivery time, counter of deliveries; `count` of
 * consumers, for each: `bytes` of the name, `number` seen at, `number` active at, `count` of its pending ids, and these.
 */
export interface ValueVisitor {
  count(elements: number): void;
  bytes(buf: Uint8Array, off: number, len: number): void;
  number(value: number): void;
}

export interface ValueOps {
  /** The name TYPE answers and SCAN's TYPE compares. */
  typeName(db: Db, e: number): string;
  /** The name OBJECT ENCODING answers. */
  encodingName(db: Db, e: number): string;
  /**
   * Stores a copy of the value of `e` under the given key of `to`, without an expiry, whether the key exists or not.
   * An existing value must be replaced only after the duplication has succeeded (`Db.put`, `Db.putRoot` do this).
   * Returns the entry, or the text of an error reply when the value cannot be copied. `e` may be gone afterwards.
   */
  copy(from: Db, e: number, to: Db, buf: Uint8Array, off: number, len: number): number | string;
  /**
   * Frees blocks that the value holds beside its entry's, about `budget` of them (Infinity: all). Returns what is left
   * of the budget: more than 0 when nothing is left to free, else it is called again, later, and goes on; how far it
   * came must show in the value's own memory. The entry is in no dict any more; type, encoding and value bytes are
   * there. Nobody else sees a value once this has been called.
   */
  freeSome(db: Db, e: number, budget: number): number;
  /** How much work `freeSome` is in all, in blocks; above LAZYFREE_THRESHOLD it may be put off. */
  freeEffort(db: Db, e: number): number;
  /**
   * Moves those of the value's blocks (the root too, with `db.setRoot`; not the entry) for which
   * `db.arena.shouldMove(ref)`, each by `db.arena.move(ref)`, which returns the new ref, or the old one without memory.
   * Looks at about `budget` blocks. Returns the cursor to go on with, 0 at the end. It starts with cursor 0; between
   * two calls the value may have been changed in any way, so that a cursor is a place, not a ref: whatever is passed
   * over is moved another time. Absent: nothing but the entry holds blocks.
   */
  relocate?(db: Db, e: number, cursor: number, budget: number): number;
  /** Bytes the value holds outside of its entry's block; `samples`: elements to look at, 0 for all. */
  memoryUsage(db: Db, e: number, samples: number): number;
  /**
   * Hands the value to a visitor, for saving: a function of raw memory alone, because a thread that has only the chunks'
   * bytes runs it. `buf[off .. off + len)`: the entry's value bytes. Absent: the value is a module's.
   */
  read?(memory: RawMemory, encoding: number, buf: Uint8Array, off: number, len: number, visitor: ValueVisitor): void;
  /**
   * Only for values of modules, where `read` is absent. Writes type byte and value in the RDB format; false, with the
   * output useless, when the module cannot. Any command may be run.
   */
  save?(out: RdbWriter, db: Db, e: number): boolean;
  /** Reads what `save` wrote behind the type byte, as `loadValue` does (rdb/load-value.ts). Any command may be run. */
  load?(reader: RdbReader, db: Db, kbuf: Uint8Array, koff: number, klen: number, dbIndex: number): number;
  /** Adds the value to a digest (DEBUG DIGEST); absent: only the type counts. */
  digest?(db: Db, e: number, digest: Digest): void;
  /** Checks the value; throws an Error that says what is wrong. For tests and DEBUG. */
  validateIntegrity?(db: Db, e: number): void;
  /**
   * A module's value has left its key (the key is deleted, overwritten, renamed or moved; not flushed), `why` is one of
   * the UNLINK_ reasons. The entry is in no dict, its key and value bytes are there. Any command may be run.
   */
  unlinked?(db: Db, e: number, why: number): void;
}

/** Stores a copy of a value that is in its entry wholly; a `copy` of small encodings. */
export function copyInline(from: Db, e: number, to: Db, buf: Uint8Array, off: number, len: number): number {
  return to.putBytes(buf, off, len, from.type(e), from.encoding(e), from.u8(e), from.valOff(e), from.valLen(e));
}

/** Operations of values that are in their entry wholly, whatever their encoding: a base for those of a type. */
export function inlineOps(
  type: number,
): Pick<ValueOps, 'typeName' | 'encodingName' | 'copy' | 'freeSome' | 'freeEffort' | 'memoryUsage'> {
  const name = TYPE_NAMES[type]!;
  return {
    typeName: () => name,
    encodingName: (db, e) => ENCODING_NAMES[db.encoding(e)]!,
    copy: copyInline,
    freeSome: (_db, _e, budget) => budget,
    freeEffort: () => 1,
    memoryUsage: () => 0,
  };
}

/** Strings: everything is in the entry's block. */
export const stringOps: ValueOps = {
  ...inlineOps(TYPE_STRING),
  read(_memory, _encoding, buf, off, len, visitor) {
    visitor.bytes(buf, off, len);
  },
};

/** The operations of each type, by type number. */
export class ValueOpsTable {
  private readonly byType: (ValueOps | null)[] = new Array(TYPE_COUNT).fill(null);

  constructor() {
    this.byType[TYPE_STRING] = stringOps;
  }

  /** Registers a type; once per keyspace. */
  register(type: number, ops: ValueOps): void {
    if (this.byType[type] !== null) throw new Error(`value type ${type} is registered already`);
    this.byType[type] = ops;
  }

  has(type: number): boolean {
    return this.byType[type] != null;
  }

  of(type: number): ValueOps {
    const ops = this.byType[type];
    if (ops === null || ops === undefined) throw new Error(`value type ${type} is not registered`);
    return ops;
  }
}
