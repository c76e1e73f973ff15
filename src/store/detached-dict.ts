/** A dict taken from its database by an asynchronous flush, freed in slices by cron. */
import type { Db } from './db.ts';
import type { Dict } from './dict.ts';
import { TYPE_STRING, W_META } from './entry-layout.ts';

/** Entries freed between two looks at the cursor. */
const BATCH = 1024;

export class DetachedDict {
  /** Entries not freed yet. */
  size: number;
  /** Entries not freed yet whose type is not string. */
  complexSize: number;
  private readonly db: Db;
  private readonly dict: Dict;

  constructor(db: Db, dict: Dict, complexSize: number) {
    this.db = db;
    this.dict = dict;
    this.size = dict.size;
    this.complexSize = complexSize;
  }

  /** Frees about `maxEntries` entries; true while there are more. */
  freeSome(maxEntries: number): boolean {
    const arena = this.dict.arena;
    let left = maxEntries;
    while (this.size > 0 && left > 0) {
      const freed = this.dict.takeSome(Math.min(left, BATCH), (e) => {
        this.release(e);
        arena.free(e);
      });
      this.size -= freed;
      left -= freed;
    }
    return this.size > 0;
  }

  /** Releases what values hold outside the arena and forgets the entries: for callers that reset the arena. */
  forget(): void {
    if (this.complexSize > 0) {
      this.dict.forEach((e) => {
        this.release(e);
      });
    }
    this.size = 0;
  }

  private release(e: number): void {
    const type = this.dict.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_META]! & 15;
    if (type === TYPE_STRING) return;
    this.complexSize--;
    this.db.onFree(this.db, type, e);
  }
}
