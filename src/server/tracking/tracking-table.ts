/**
 * The tracking table: which clients may hold which keys in a cache of their own.
 *
 *   root                  five words of a hash table (store/hash-table.ts)
 *   element of a key      word 0   how many clients
 *                         word 1   of one: its number; of more: ref of their block
 *                         length and bytes of the key
 *   block of clients      their numbers in ascending order, 32 bits each; room for a quarter more
 *
 * All of it is in an arena of its own, so that forgetting everything is one step. Keys have no database: Redis invalidates
 * by name alone. A client's number is the low half of its id; that numbers come again after four billion connections
 * harms nobody: a client with the number of another one is told of keys that it does not have.
 *
 * add, take: O(1) for the key, O(log clients) to find a client of it, and moving the numbers behind a new one, which is
 * the last one most of the time. About 40 bytes for a key of 16 bytes with one client, 4 to 7 for each further client.
 */
import { Arena } from '../../memory/arena.ts';
import { hashBytes } from '../../store/hash.ts';
import { htFind, htForEach, htInit, htInsert, htRandom, htRemove, htScan, htSize } from '../../store/hash-table.ts';
import { TABLE_WORDS } from '../../store/hash-table-buckets.ts';
import { htValidateIntegrity } from '../../store/hash-table-check.ts';
import { elementHash, elementKeyLen, elementKeyOff, newElement } from '../../store/hash-table-element.ts';

const PREFIX_BYTES = 8;
const COUNT = 0;
const CLIENTS = 1;

export class TrackingTable {
  private readonly arena = new Arena();
  private root: number;
  /** Pairs of a key and a client. */
  items = 0;
  /** What `take` and `takeRandom` have found: numbers of clients, as many as these return. */
  taken = new Uint32Array(64);
  /** The key that `takeRandom` has taken. */
  takenKey = new Uint8Array(256);
  takenKeyLength = 0;

  constructor() {
    this.root = this.begin();
  }

  private begin(): number {
    const root = this.arena.alloc(TABLE_WORDS * 4);
    htInit(this.arena, root, PREFIX_BYTES);
    return root;
  }

  /** Keys. */
  get size(): number {
    return htSize(this.arena, this.root);
  }

  /** Memory in use. */
  get bytes(): number {
    return this.arena.usedBytes;
  }

  /** Notes that a client has a key; false when that is known. Throws OutOfMemory with nothing changed. */
  add(buf: Uint8Array, off: number, len: number, client: number): boolean {
    const { arena, root } = this;
    const hash = hashBytes(buf, off, len);
    const e = htFind(arena, root, buf, off, len, hash);
    if (e !== 0) return this.addClient(e, client);
    const added = newElement(arena, PREFIX_BYTES, buf, off, len, 0);
    this.setWord(added, COUNT, 1);
    this.setWord(added, CLIENTS, client);
    try {
      htInsert(arena, root, added, hash);
    } catch (error) {
      arena.free(added);
      throw error;
    }
    this.items++;
    return true;
  }

  private addClient(e: number, client: number): boolean {
    const count = this.word(e, COUNT);
    if (count === 1) {
      const other = this.word(e, CLIENTS);
      if (other === client) return false;
      const block = this.arena.alloc(16);
      this.setWord(block, 0, Math.min(other, client));
      this.setWord(block, 1, Math.max(other, client));
      this.setWord(e, CLIENTS, block);
    } else {
      const block = this.word(e, CLIENTS);
      const at = this.position(block, count, client);
      if (at < count && this.word(block, at) === client) return false;
      this.setWord(e, CLIENTS, this.insert(block, count, at, client));
    }
    this.setWord(e, COUNT, count + 1);
    this.items++;
    return true;
  }

  /** Where a client's number stands in a block, or would. */
  private position(block: number, count: number, client: number): number {
    const words = this.arena.u32[block >>> 22]!;
    const at = (block & 0x3fffff) << 2;
    // New clients have the highest numbers.
    if (words[at + count - 1]! < client) return count;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (words[at + middle]! < client) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a number into a block; returns the block, which may have moved. */
  private insert(block: number, count: number, at: number, client: number): number {
    const { arena } = this;
    let target = block;
    if ((count + 1) * 4 > arena.capacity(block)) target = arena.realloc(block, (count + 1 + (count >>> 2)) * 4);
    const words = arena.u32[target >>> 22]!;
    const base = (target & 0x3fffff) << 2;
    if (at < count) words.copyWithin(base + at + 1, base + at, base + count);
    words[base + at] = client;
    return target;
  }

  /** Forgets a key; how many clients had it, their numbers are in `taken`. */
  take(buf: Uint8Array, off: number, len: number): number {
    const hash = hashBytes(buf, off, len);
    const e = htFind(this.arena, this.root, buf, off, len, hash);
    return e === 0 ? 0 : this.takeElement(e, hash);
  }

  /** The same for a key drawn at random, which is in `takenKey`; 0 when there is none. */
  takeRandom(): number {
    const { arena } = this;
    const e = htRandom(arena, this.root);
    if (e === 0) return 0;
    const off = elementKeyOff(arena, e, PREFIX_BYTES);
    const len = elementKeyLen(arena, e, PREFIX_BYTES);
    if (this.takenKey.length < len) this.takenKey = new Uint8Array(len * 2);
    this.takenKey.set(arena.u8[e >>> 22]!.subarray(off, off + len));
    this.takenKeyLength = len;
    return this.takeElement(e, elementHash(arena, e, PREFIX_BYTES));
  }

  private takeElement(e: number, hash: number): number {
    const count = this.word(e, COUNT);
    const clients = this.word(e, CLIENTS);
    if (this.taken.length < count) this.taken = new Uint32Array(count * 2);
    if (count === 1) this.taken[0] = clients;
    else {
      const at = (clients & 0x3fffff) << 2;
      this.taken.set(this.arena.u32[clients >>> 22]!.subarray(at, at + count));
      this.arena.free(clients);
    }
    htRemove(this.arena, this.root, e, hash);
    this.arena.free(e);
    this.items -= count;
    return count;
  }

  /**
   * Forgets clients that `isGone`, in the keys of some buckets from `cursor` on; returns the cursor to go on with, 0 at
   * the end.
   */
  sweep(cursor: number, buckets: number, isGone: (client: number) => boolean): number {
    const empty: number[] = [];
    let next = cursor;
    for (let i = 0; i < buckets; i++) {
      next = htScan(this.arena, this.root, next, (e) => {
        if (!this.sweepElement(e, isGone)) empty.push(e);
      });
      for (const e of empty) {
        htRemove(this.arena, this.root, e, elementHash(this.arena, e, PREFIX_BYTES));
        this.arena.free(e);
      }
      empty.length = 0;
      if (next === 0) break;
    }
    return next;
  }

  /** False when no client of the key is left. */
  private sweepElement(e: number, isGone: (client: number) => boolean): boolean {
    const count = this.word(e, COUNT);
    const clients = this.word(e, CLIENTS);
    if (count === 1) {
      if (!isGone(clients)) return true;
      this.items--;
      return false;
    }
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const client = this.word(clients, i);
      if (!isGone(client)) this.setWord(clients, kept++, client);
    }
    this.items -= count - kept;
    this.setWord(e, COUNT, kept);
    if (kept <= 1) {
      this.setWord(e, CLIENTS, this.word(clients, 0));
      this.arena.free(clients);
    }
    return kept > 0;
  }

  /** Forgets everything, in a step that does not depend on how much that is. */
  clear(): void {
    this.arena.reset();
    this.root = this.begin();
    this.items = 0;
  }

  /** Gives about `maxBytes` of what is free back to the system. */
  purge(maxBytes: number): void {
    if (this.arena.dirtyBytes > 0) this.arena.purge(maxBytes);
  }

  /** Calls back for every pair of a key (a byte string) and a client. */
  forEach(visit: (key: string, client: number) => void): void {
    htForEach(this.arena, this.root, (e) => {
      const off = elementKeyOff(this.arena, e, PREFIX_BYTES);
      const len = elementKeyLen(this.arena, e, PREFIX_BYTES);
      const key = Buffer.from(this.arena.u8[e >>> 22]!.subarray(off, off + len)).toString('latin1');
      const count = this.word(e, COUNT);
      const clients = this.word(e, CLIENTS);
      for (let i = 0; i < count; i++) visit(key, count === 1 ? clients : this.word(clients, i));
    });
  }

  /** Checks the hash table, the order of clients and all counts; throws an Error that says what is wrong. */
  validateIntegrity(): void {
    const { arena } = this;
    arena.validateIntegrity();
    let items = 0;
    let blocks = 0;
    htValidateIntegrity(arena, this.root, (e) => {
      const count = this.word(e, COUNT);
      const clients = this.word(e, CLIENTS);
      if (count === 0) throw new Error('tracking table: a key has no clients');
      if (count > 1) {
        blocks++;
        if (arena.capacity(clients) < count * 4) throw new Error('tracking table: a block of clients is too short');
      }
      for (let i = 1; i < count; i++) {
        if (this.word(clients, i - 1) >= this.word(clients, i)) throw new Error('tracking table: clients out of order');
      }
      items += count;
    });
    if (items !== this.items) throw new Error(`tracking table: ${items} items, but counted ${this.items}`);
    if (arena.stats().blocks < this.size + blocks) throw new Error('tracking table: a block is in use twice');
  }

  private word(ref: number, i: number): number {
    return this.arena.u32[ref >>> 22]![((ref & 0x3fffff) << 2) + i]!;
  }

  private setWord(ref: number, i: number, value: number): void {
    this.arena.u32[ref >>> 22]![((ref & 0x3fffff) << 2) + i] = value;
  }
}
