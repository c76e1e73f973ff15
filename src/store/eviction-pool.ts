/**
 * The eviction pool: keys that were sampled and look best for eviction, kept from one sampling to the next, which is
 * what brings a few samples close to true LRU or LFU.
 *
 *   slots    0 … size-1, by rising score: the last is evicted first; each names a row, rows that are free stand behind
 *   rows     16; a row holds score, database, hash, length and bytes of a key (255 in place, more in a buffer of its own)
 *
 * Keys, not refs: anything may happen to a key that waits here, and whoever takes it looks it up again. The same key may
 * be in more than once. Insertion moves up to 16 slot numbers, never bytes; a key that is worse than all others of a full
 * pool costs one comparison.
 */
import type { Db } from './db.ts';
import { W_HASH } from './entry-layout.ts';

export const POOL_SIZE = 16;
const ROW_BYTES = 255;

export class EvictionPool {
  size = 0;
  private readonly slots = Uint8Array.from({ length: POOL_SIZE }, (_, row) => row);
  private readonly scores = new Float64Array(POOL_SIZE);
  private readonly dbIds = new Int32Array(POOL_SIZE);
  private readonly hashes = new Int32Array(POOL_SIZE);
  private readonly lengths = new Uint32Array(POOL_SIZE);
  private readonly keys: Uint8Array[] = Array.from({ length: POOL_SIZE }, () => new Uint8Array(ROW_BYTES));
  /** Row of the key that takeBest() answered. */
  private taken = 0;

  /** Forgets all keys: their scores mean something else from now on. */
  clear(): void {
    this.size = 0;
  }

  /** Considers the key of an entry; the higher the score, the sooner it goes. */
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
    this.copyKey(row, db, e);
  }

  /** Takes the best key out; find() looks it up, until the next add(). False when the pool is empty. */
  takeBest(): boolean {
    if (this.size === 0) return false;
    this.taken = this.slots[--this.size]!;
    return true;
  }

  /** Number of the database that the taken key was in. */
  get takenDb(): number {
    return this.dbIds[this.taken]!;
  }

  /** The entry of the taken key in its database, or 0. */
  find(db: Db): number {
    return db.dict.find(this.keys[this.taken]!, 0, this.lengths[this.taken]!, this.hashes[this.taken]!);
  }

  /** Checks the order of scores, and that each row is in one slot; throws an Error that says what is wrong. */
  validateIntegrity(): void {
    if (new Set(this.slots).size !== POOL_SIZE) throw new Error('eviction pool: a row is in two slots');
    for (let i = 1; i < this.size; i++) {
      if (this.scores[this.slots[i]!]! < this.scores[this.slots[i - 1]!]!) {
        throw new Error(`eviction pool: slot ${i} is out of order`);
      }
    }
    for (let i = 0; i < this.size; i++) {
      const row = this.slots[i]!;
      if (this.lengths[row]! > this.keys[row]!.length) throw new Error(`eviction pool: row ${row} is too long`);
    }
  }

  private dropWorst(): void {
    const { slots } = this;
    const row = slots[0]!;
    for (let i = 1; i < POOL_SIZE; i++) slots[i - 1] = slots[i]!;
    slots[POOL_SIZE - 1] = row;
    this.size--;
  }

  private copyKey(row: number, db: Db, e: number): void {
    const length = db.keyLen(e);
    let key = this.keys[row]!;
    // A long key's buffer goes with the key.
    if (length > ROW_BYTES || key.length > ROW_BYTES) {
      key = new Uint8Array(Math.max(length, ROW_BYTES));
      this.keys[row] = key;
    }
    const from = db.u8(e);
    const off = db.keyOff(e);
    for (let i = 0; i < length; i++) key[i] = from[off + i]!;
    this.lengths[row] = length;
    this.dbIds[row] = db.id;
    this.hashes[row] = db.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + W_HASH]!;
  }
}
