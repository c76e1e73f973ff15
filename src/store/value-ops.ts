/**
 * What generic commands must know of a type of values: its names, how to copy and to free it. Each type other than
 * string registers one `ValueOps` with its keyspace; the key itself (name, expiry, access clock) is the Db's business.
 */
import type { Db } from './db.ts';
import type { Digest } from './digest.ts';
import { ENCODING_NAMES, TYPE_COUNT, TYPE_NAMES, TYPE_STRING } from './entry-layout.ts';

/** Why a value leaves its key; told to `unlinked`. */
export const UNLINK_DELETED = 0;
export const UNLINK_EXPIRED = 1;
export const UNLINK_EVICTED = 2;
export const UNLINK_OVERWRITTEN = 3;

export interface ValueOps {
  /** The name TYPE answers and SCAN's TYPE compares. */
  typeName(db: Db, e: number): string;
  /** The name OBJECT ENCODING answers. */
  encodingName(db: Db, e: number): string;
  /**
   * Stores a copy of the value of `e` under the given key of `to`, without an expiry, whether the key exists or not.
   * An existing value must be replaced only after the duplication has succeeded (`Db.put` does this).
   * Returns the entry, or the text of an error reply when the value cannot be copied.
   */
  copy(from: Db, e: number, to: Db, buf: Uint8Array, off: number, len: number): number | string;
  /**
   * Releases what the value holds outside of its entry's block. The entry is in no dict any more; its key, type and
   * value bytes are still there.
   */
  free(db: Db, e: number): void;
  /** How much work `free` is, in allocations; above LAZYFREE_THRESHOLD it may be put off. */
  freeEffort(db: Db, e: number): number;
  /** Bytes the value holds outside of its entry's block; `samples`: elements to look at, 0 for all. */
  memoryUsage(db: Db, e: number, samples: number): number;
  /** Adds the value to a digest (DEBUG DIGEST); absent: only the type counts. */
  digest?(db: Db, e: number, digest: Digest): void;
  /**
   * The value is about to leave its key (the key is deleted, overwritten, renamed or moved; not flushed), `why` is one
   * of the UNLINK_ reasons. It is still in the dict.
   */
  unlinked?(db: Db, e: number, why: number): void;
}

/** Strings: everything is in the entry's block. */
export const stringOps: ValueOps = {
  typeName: () => TYPE_NAMES[TYPE_STRING],
  encodingName: (db, e) => ENCODING_NAMES[db.encoding(e)]!,
  copy(from, e, to, buf, off, len) {
    return to.setString(buf, off, len, from.u8(e), from.valOff(e), from.valLen(e), from.encoding(e), false);
  },
  free() {},
  freeEffort: () => 1,
  memoryUsage: () => 0,
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

  of(type: number): ValueOps {
    const ops = this.byType[type];
    if (ops === null || ops === undefined) throw new Error(`value type ${type} is not registered`);
    return ops;
  }
}
