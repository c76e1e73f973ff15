/**
 * Lazy freeing: memory of asynchronous flushes and of large deleted values, given back in slices by cron.
 *
 * Redis does this in a thread; here a slice is about as many keys or elements as the caller allows. Values that wait
 * are a chain through their entries, which are in no dict: word 0 links to the next, word 1 is the database's number.
 */
import type { Arena } from '../memory/arena.ts';
import type { Db } from './db.ts';
import type { DetachedDict } from './detached-dict.ts';
import { TYPE_MODULE, W_HASH, W_NEXT } from './entry-layout.ts';
import type { ValueOpsTable } from './value-ops.ts';

/** Values of at most this effort are freed at once: putting them off would cost more. */
export const LAZYFREE_THRESHOLD = 64;

export class LazyFree {
  /** Objects freed this way: values, and keys of flushed databases. */
  freedObjects = 0;
  private readonly arena: Arena;
  private readonly dbs: readonly Db[];
  private readonly ops: ValueOpsTable;
  private readonly dicts: DetachedDict[] = [];
  /** Ends of the chain of values, 0 when it is empty. */
  private first = 0;
  private last = 0;
  private waiting = 0;
  /** Values in the chain that are modules'. */
  private native = 0;

  constructor(arena: Arena, dbs: readonly Db[], ops: ValueOpsTable) {
    this.arena = arena;
    this.dbs = dbs;
    this.ops = ops;
  }

  /** Keys and values that wait. */
  get pendingObjects(): number {
    let objects = this.waiting;
    for (const dict of this.dicts) objects += dict.size;
    return objects;
  }

  /** Whether anything waits. */
  get isPending(): boolean {
    return this.first !== 0 || this.dicts.length > 0;
  }

  /** Bytes of the bucket tables of flushed databases. */
  get tableBytes(): number {
    let bytes = 0;
    for (const dict of this.dicts) bytes += dict.tableBytes;
    return bytes;
  }

  /** Whether values of modules wait. */
  get pendingNative(): boolean {
    return this.native > 0 || this.dicts.some((dict) => dict.nativeSize > 0);
  }

  /** Adds what a flushed database held. */
  addDict(dict: DetachedDict): void {
    this.dicts.push(dict);
    this.arena.tableChanges++;
  }

  /** Adds an entry that is in no table: its value and block will be freed. */
  addValue(db: Db, e: number): void {
    this.setWord(e, W_NEXT, 0);
    this.setWord(e, W_HASH, db.id);
    if (this.last === 0) this.first = e;
    else this.setWord(this.last, W_NEXT, e);
    this.last = e;
    this.waiting++;
    if (db.type(e) === TYPE_MODULE) this.native++;
  }

  /** Frees about `maxObjects` keys or elements; true while there is more. */
  freeSome(maxObjects: number): boolean {
    let left = maxObjects;
    while (left > 0 && (this.first !== 0 || this.dicts.length > 0)) {
      left = this.first !== 0 ? this.freeValue(left) : this.freeKeys(left);
    }
    return this.isPending;
  }

  /** Frees all values of modules, which have memory elsewhere. */
  freeNative(): void {
    while (this.native > 0) this.freeValue(Number.POSITIVE_INFINITY);
    for (const dict of [...this.dicts]) {
      dict.takeNative((db, e) => this.addValue(db, e));
      while (this.native > 0) this.freeValue(Number.POSITIVE_INFINITY);
    }
  }

  /** Forgets all blocks that wait: for callers that reset the arena, after freeNative(). */
  forget(): void {
    this.freedObjects += this.pendingObjects;
    this.dicts.length = 0;
    this.arena.tableChanges++;
    this.first = 0;
    this.last = 0;
    this.waiting = 0;
    this.native = 0;
  }

  /** Goes on with the first value; returns what is left of the budget. */
  private freeValue(budget: number): number {
    const e = this.first;
    const db = this.dbs[this.word(e, W_HASH)]!;
    const type = db.type(e);
    // Out of the chain first: a module that is called may have other values freed.
    this.first = this.word(e, W_NEXT);
    if (this.first === 0) this.last = 0;
    if (type === TYPE_MODULE) this.native--;
    this.waiting--;
    const left = this.callFree(db, type, e, budget);
    if (left > 0) {
      db.freeBlock(e);
      this.freedObjects++;
      return left - 1;
    }
    this.setWord(e, W_NEXT, this.first);
    if (this.first === 0) this.last = e;
    this.first = e;
    this.waiting++;
    if (type === TYPE_MODULE) this.native++;
    return left;
  }

  /** A module that is called may flush everything, but not this block. */
  private callFree(db: Db, type: number, e: number, budget: number): number {
    this.arena.held++;
    try {
      return this.ops.of(type).freeSome(db, e, budget);
    } finally {
      this.arena.held--;
    }
  }

  private freeKeys(budget: number): number {
    const dict = this.dicts[0]!;
    const before = dict.size;
    const queued = this.waiting;
    if (!dict.freeSome(budget, this)) {
      this.dicts.shift();
      this.arena.tableChanges++;
    }
    const freed = before - dict.size;
    // Those that are in the chain now count when they are freed.
    this.freedObjects += freed - (this.waiting - queued);
    return budget - freed;
  }

  private word(e: number, word: number): number {
    return this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word]!;
  }

  private setWord(e: number, word: number, value: number): void {
    this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word] = value;
  }
}
