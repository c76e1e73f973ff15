/**
 * Lazy freeing: memory of asynchronous flushes and of large deleted values, given back in slices by cron.
 *
 * Redis does this in a thread; here a slice is about as many entries (or as much effort) as the caller allows.
 */
import type { Db } from './db.ts';
import type { DetachedDict } from './detached-dict.ts';
import type { ValueOpsTable } from './value-ops.ts';

/** Values of at most this effort are freed at once: putting them off would cost more. */
export const LAZYFREE_THRESHOLD = 64;

export class LazyFree {
  /** Objects freed this way: values, and keys of flushed databases. */
  freedObjects = 0;
  private readonly ops: ValueOpsTable;
  private readonly dicts: DetachedDict[] = [];
  /** Entries out of their dict whose value and block are to be freed. */
  private readonly values: { db: Db; e: number }[] = [];

  constructor(ops: ValueOpsTable) {
    this.ops = ops;
  }

  /** Keys and values that wait. */
  get pendingObjects(): number {
    let objects = this.values.length;
    for (const dict of this.dicts) objects += dict.size;
    return objects;
  }

  /** Whether something waits whose release needs more than forgetting it. */
  get pendingComplex(): boolean {
    return this.values.length > 0 || this.dicts.some((dict) => dict.complexSize > 0);
  }

  addDict(dict: DetachedDict): void {
    this.dicts.push(dict);
  }

  addValue(db: Db, e: number): void {
    this.values.push({ db, e });
  }

  /** Frees about `maxObjects` keys or elements; true while there is more. */
  freeSome(maxObjects: number): boolean {
    let left = maxObjects;
    while (left > 0 && this.values.length > 0) left -= this.freeValue();
    while (left > 0 && this.dicts.length > 0) {
      const dict = this.dicts[0]!;
      const before = dict.size;
      if (!dict.freeSome(left)) this.dicts.shift();
      this.freedObjects += before - dict.size;
      left -= before - dict.size;
    }
    return this.values.length > 0 || this.dicts.length > 0;
  }

  /** Releases what values hold elsewhere and forgets all blocks: for callers that reset the arena. */
  forget(): void {
    this.freedObjects += this.pendingObjects;
    for (const dict of this.dicts) dict.forget();
    this.dicts.length = 0;
    for (const { db, e } of this.values) db.onFree(db, db.type(e), e);
    this.values.length = 0;
  }

  /** Frees the next value; returns its effort. */
  private freeValue(): number {
    const { db, e } = this.values.shift()!;
    const type = db.type(e);
    const effort = this.ops.of(type).freeEffort(db, e);
    db.onFree(db, type, e);
    db.arena.free(e);
    this.freedObjects++;
    return Math.max(1, effort);
  }
}
