/** A dict taken from its database by a flush, freed in slices by cron. */
import type { Db } from './db.ts';
import type { Dict } from './dict.ts';
import { TYPE_MODULE, TYPE_STRING } from './entry-layout.ts';
import type { LazyFree } from './lazy-free.ts';

/** Entries freed between two looks at the cursor. */
const BATCH = 1024;

export class DetachedDict {
  /** Entries that are still here. */
  size: number;
  /** Entries whose value is a module's. */
  nativeSize: number;
  private readonly db: Db;
  private readonly dict: Dict;

  constructor(db: Db, dict: Dict, nativeSize: number) {
    this.db = db;
    this.dict = dict;
    this.size = dict.size;
    // Buckets stay where they are: entries are taken out in their order.
    dict.pauseRehash();
    this.nativeSize = nativeSize;
  }

  /** Bytes of the bucket tables, which go with the last entry. */
  get tableBytes(): number {
    return this.dict.tableBytes;
  }

  /** Frees about `maxEntries` entries, or gives them to `rest` when that takes more; true while there are more. */
  freeSome(maxEntries: number, rest: LazyFree): boolean {
    const { db } = this;
    let left = maxEntries;
    while (this.size > 0 && left > 0) {
      const taken = this.dict.takeSome(Math.min(left, BATCH), (e) => {
        const type = db.type(e);
        if (type === TYPE_STRING) db.freeBlock(e);
        else {
          if (type === TYPE_MODULE) this.nativeSize--;
          rest.addValue(db, e);
        }
      });
      this.size -= taken;
      left -= taken;
    }
    return this.size > 0;
  }

  /** Takes out what has memory elsewhere. */
  takeNative(take: (db: Db, e: number) => void): void {
    if (this.nativeSize === 0) return;
    const { db } = this;
    const native: number[] = [];
    this.dict.forEach((e) => {
      if (db.type(e) === TYPE_MODULE) native.push(e);
    });
    this.nativeSize = 0;
    this.size -= native.length;
    for (const e of native) {
      this.dict.unlink(e);
      take(db, e);
    }
  }
}
