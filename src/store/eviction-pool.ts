/**
 * The eviction pool: entries that were sampled and look best for eviction, kept from one sampling to the next, which is
 * what brings a few samples close to true LRU or LFU.
 *
 *   slots    0 … size-1, by rising score: the last is evicted first; each names a row, rows that are free stand behind
 *   rows     16; a row holds score, database, hash and ref of an entry
 *
 * Anything may happen to an entry that waits here: whoever takes it asks the dict whether an entry of that hash is still
 * at that place (find()). One that has moved since was written to, or is sampled again. The same entry may be in more than
 * once. Insertion moves up to 16 slot numbers; an entry that is worse than all others of a full pool costs one comparison.
 */
import type { Db } from './db.ts';
import { W_HASH } from './entry-layout.ts';

export const POOL_SIZE = 16;

export class EvictionPool {
  size = 0;
  private readonly slots = Uint8Array.from({ length: POOL_SIZE }, (_, row) => row);
  private readonly scores = new Float64Array(POOL_SIZE);
  private readonly dbIds = new Uint32Array(POOL_SIZE);
  private readonly hashes = new Int32Array(POOL_SIZE);
  private readonly refs = new Uint32Array(POOL_SIZE);
  /** Row of the entry that takeBest() answered. */
  private taken = 0;

  /** Forgets all entries: their scores mean something else from now on. */
  clear(): void {
    this.size = 0;
  }

  /** Considers an entry; the higher the score, the sooner it goes. */
  add(score: number, db: Db, e: number): void {
    const { slots, scores } = this;
    if (this.size === POOL_SIZE) {
      if (scores[slots[0]!]! >= score) return;
      this.dropWorst();
    }
    const row = slots[this.size]!;
    let at = this.size++;
    for (; at > 0 && scores[slots[at - 1]!]! >= score; at--) slots[at] = slots[at - 1]!;
    slots[at] = row;
    scores[row] = score;
    this.dbIds[row] = db.id;
    this.refs[row] = e;
    this.hashes[row] = db.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_HASH]!;
  }

  /** Takes the best entry out; what it was stays to be asked for until the next add(). False when the pool is empty. */
  takeBest(): boolean {
    if (this.size === 0) return false;
    this.taken = this.slots[--this.size]!;
    return true;
  }

  /** Number of the database that the taken entry was in. */
  get takenDb(): number {
    return this.dbIds[this.taken]!;
  }

  get takenScore(): number {
    return this.scores[this.taken]!;
  }

  /** The taken entry if it is still in the database, else 0. */
  find(db: Db): number {
    const ref = this.refs[this.taken]!;
    return db.dict.holds(ref, this.hashes[this.taken]!) ? ref : 0;
  }

  /** Checks the order of scores, and that each row is in one slot; throws an Error that says what is wrong. */
  validateIntegrity(): void {
    if (new Set(this.slots).size !== POOL_SIZE) throw new Error('eviction pool: a row is in two slots');
    for (let i = 1; i < this.size; i++) {
      if (this.scores[this.slots[i]!]! < this.scores[this.slots[i - 1]!]!) {
        throw new Error(`eviction pool: slot ${i} is out of order`);
      }
    }
  }

  private dropWorst(): void {
    const { slots } = this;
    const row = slots[0]!;
    for (let i = 1; i < POOL_SIZE; i++) slots[i - 1] = slots[i]!;
    slots[POOL_SIZE - 1] = row;
    this.size--;
  }
}
