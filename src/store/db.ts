/**
 * One database: the dict of its keys, the vector of those with an expiry, and what creates, changes and moves entries.
 *
 * An entry is named by its ref. A ref is valid until the entry is deleted, flushed or *relocated*: methods that may
 * relocate return the ref to use from then on. Keys are byte ranges (buf, off, len) that are only read during the call.
 * Nothing here knows of time: an expiry in the past is an expiry (see keyspace.ts).
 *
 * Modules are told when a value of theirs leaves its key, and may run any command then. So an entry is out of all
 * tables before anybody hears of it, blocks that are in no table are held against a reset of the arena, and a key that
 * came to be meanwhile gives way.
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';
import type { AccessClock } from './access-clock.ts';
import { DetachedDict } from './detached-dict.ts';
import { Dict } from './dict.ts';
import { EntryBlocks, KEEP_BYTES } from './entry-blocks.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_GROUP2,
  EXT_MASK,
  headerBytes,
  KEYLEN_MASK,
  TYPE_MODULE,
  TYPE_STRING,
  W_EXPIRE_HI,
  W_EXPIRE_LO,
  W_FIELDS_INDEX,
  W_HASH,
  W_KEYLEN,
  W_META,
  W_VALLEN,
  W_VOLATILE_INDEX,
  WIDE_FROM_BYTES,
} from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { KeyHint } from './key-hint.ts';
import { UNLINK_DELETED, UNLINK_OVERWRITTEN } from './value-ops.ts';
import { VolatileVector } from './volatile.ts';

/** A value is freed at once. */
export const FREE_NOW = 0;
/** A value that is much work to free is freed later. */
export const FREE_LAZILY = 1;
/** A value is freed later: nobody may be called now. */
export const FREE_LATER = 2;

/** Frees value and block of an entry that is in no table and whose type is not string; `when` is a FREE_ constant. */
export type ReleaseHook = (db: Db, type: number, e: number, when: number) => void;
/** A value of a type other than string has left its key: the entry is in no table. `why` is an UNLINK_ reason. */
export type UnlinkHook = (db: Db, type: number, e: number, why: number) => void;

export class Db extends EntryBlocks {
  /** The number SELECT takes. */
  readonly id: number;
  /** Average ttl in ms over the sampled volatile keys, 0 = unknown; kept by the active expire cycle. */
  avgTtlMs = 0;
  /** Next index of the volatile vector the active expire cycle looks at. */
  expireCursor = 0;
  /** Overwritten values that are much work to free are freed later: lazyfree-lazy-server-del. */
  lazyOverwrite = false;
  onRelease: ReleaseHook = (_db, _type, e) => this.freeBlock(e);
  onUnlink: UnlinkHook = () => {};
  readonly hint: KeyHint = new KeyHint();
  /** The same for elements of values. */
  readonly elementHint: KeyHint = new KeyHint();

  constructor(id: number, arena: Arena, clock: AccessClock) {
    super(arena, clock);
    this.id = id;
  }

  get size(): number {
    return this.dict.size;
  }

  /** Keys with an expiry. */
  get volatileSize(): number {
    return this.volatile.size;
  }

  /** Bytes of bucket tables and the volatile vectors. */
  get overheadBytes(): number {
    return this.dict.tableBytes + this.volatile.tableBytes + this.volatileFields.tableBytes;
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  /** The entry of a key, or 0. Neither expires nor touches. */
  find(buf: Uint8Array, off: number, len: number): number {
    return this.dict.find(buf, off, len, this.hint.hashOf(buf, off, len));
  }

  // --- writing values ----------------------------------------------------------------------------------------------

  /**
   * Sets a key to a string, whatever it held. The value may lie in the arena, even in this entry.
   * `keepTtl` false removes an expiry. Returns the entry.
   */
  setString(
    kbuf: Uint8Array,
    koff: number,
    klen: number,
    vbuf: Uint8Array,
    voff: number,
    vlen: number,
    encoding: number,
    keepTtl: boolean,
  ): number {
    const e = this.find(kbuf, koff, klen);
    if (e !== 0) return this.setStringAt(e, vbuf, voff, vlen, encoding, keepTtl);
    return this.insertString(kbuf, koff, klen, vbuf, voff, vlen, encoding, false);
  }

  /** Like setString() for an entry already found; returns its possibly new ref. */
  setStringAt(e: number, vbuf: Uint8Array, voff: number, vlen: number, encoding: number, keepTtl: boolean): number {
    return this.setBytesAt(e, TYPE_STRING, encoding, vbuf, voff, vlen, keepTtl);
  }

  private setBytesAt(
    e: number,
    type: number,
    encoding: number,
    vbuf: Uint8Array,
    voff: number,
    vlen: number,
    keepTtl: boolean,
  ): number {
    if (this.type(e) !== TYPE_STRING) {
      const made = this.successor(e, type, encoding, vlen, keepTtl);
      copyBytes(vbuf, voff, this.u8(made), this.valOff(made), vlen);
      return this.succeed(e, made);
    }
    const at = this.overwrite(e, type, encoding, vlen, keepTtl);
    // A value copied within its own block lies at or after the target, which a forward copy gets right.
    copyBytes(vbuf, voff, this.arena.u8[at >>> 22]!, this.valOff(at), vlen);
    if (at !== e) this.freeBlock(e);
    return at;
  }

  /** Adds a string under a key that is not in the database. `wide`: an expiry will be set at once. */
  insertString(
    kbuf: Uint8Array,
    koff: number,
    klen: number,
    vbuf: Uint8Array,
    voff: number,
    vlen: number,
    encoding: number,
    wide: boolean,
  ): number {
    const hash = this.hint.hashOf(kbuf, koff, klen);
    const e = this.newBlock(hash, kbuf, koff, klen, TYPE_STRING, encoding, vlen, wide ? 1 : 0);
    copyBytes(vbuf, voff, this.arena.u8[e >>> 22]!, this.valOff(e), vlen);
    this.putIn(e);
    return e;
  }

  /** Adds a key that is not in the database, with an uninitialised value of `valueLen` bytes. */
  add(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, valueLen: number): number {
    const e = this.newBlock(this.hint.hashOf(kbuf, koff, klen), kbuf, koff, klen, type, encoding, valueLen, 0);
    this.putIn(e);
    return e;
  }

  /** Adds a key that is not in the database, with a value in a large encoding. */
  addRoot(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, root: number): number {
    const e = this.add(kbuf, koff, klen, type, encoding, 4);
    this.setRoot(e, root);
    return e;
  }

  /**
   * Gives an entry another type and an uninitialised value of `valueLen` bytes; the old value is released, at the cost
   * of modules being called when it is one of theirs. Returns the possibly new ref.
   */
  replaceValue(e: number, type: number, encoding: number, valueLen: number, keepTtl: boolean): number {
    if (this.type(e) !== TYPE_STRING) return this.succeed(e, this.successor(e, type, encoding, valueLen, keepTtl));
    const at = this.overwrite(e, type, encoding, valueLen, keepTtl);
    if (at !== e) this.freeBlock(e);
    return at;
  }

  /**
   * Gives a key, whether it exists or not, an uninitialised value and no expiry. Returns the entry. Modules may have been
   * called by then: what the value is made from must be nobody else's (else `putBytes`).
   */
  put(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, valueLen: number): number {
    const e = this.find(kbuf, koff, klen);
    if (e !== 0) return this.replaceValue(e, type, encoding, valueLen, false);
    return this.add(kbuf, koff, klen, type, encoding, valueLen);
  }

  /** Gives a key, whether it exists or not, a value in a large encoding and no expiry. Returns the entry. */
  putRoot(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, root: number): number {
    const e = this.put(kbuf, koff, klen, type, encoding, 4);
    this.setRoot(e, root);
    return e;
  }

  /**
   * Gives a key, whether it exists or not, a value of these bytes and no expiry. They are copied before anybody is told:
   * they may be those of another entry, or of this one. Returns the entry.
   */
  putBytes(
    kbuf: Uint8Array,
    koff: number,
    klen: number,
    type: number,
    encoding: number,
    vbuf: Uint8Array,
    voff: number,
    vlen: number,
  ): number {
    const e = this.find(kbuf, koff, klen);
    if (e !== 0) return this.setBytesAt(e, type, encoding, vbuf, voff, vlen, false);
    const made = this.newBlock(this.hint.hashOf(kbuf, koff, klen), kbuf, koff, klen, type, encoding, vlen, 0);
    copyBytes(vbuf, voff, this.u8(made), this.valOff(made), vlen);
    this.putIn(made);
    return made;
  }

  // --- deleting, renaming, walking ---------------------------------------------------------------------------------

  /** Deletes a key; false when there is none. */
  delete(buf: Uint8Array, off: number, len: number): boolean {
    const e = this.find(buf, off, len);
    if (e === 0) return false;
    this.deleteEntry(e);
    return true;
  }

  /**
   * Takes an entry out, untold: value and block are the caller's, who ends with freeBlock() when somebody else has the
   * value, or else discard().
   */
  take(e: number): void {
    this.takeOut(e);
  }

  /** Frees value and block of an entry that was taken out. */
  discard(e: number): void {
    this.release(e, this.type(e), FREE_NOW);
  }

  /** Deletes an entry. `why`: an UNLINK_ reason, `when`: a FREE_ constant. Modules may be called. */
  deleteEntry(e: number, why: number = UNLINK_DELETED, when: number = FREE_NOW): void {
    this.takeOut(e);
    const type = this.type(e);
    if (type === TYPE_STRING) this.freeBlock(e);
    else {
      this.tellUnlinked(e, type, why);
      this.release(e, type, when);
    }
  }

  /**
   * Gives an entry another key, whatever that held; value and expiry stay, the access clock starts anew. `lazy`: what
   * is replaced is freed later if it is much work. Modules may be called. Returns the new ref.
   */
  rename(e: number, buf: Uint8Array, off: number, len: number, lazy = false): number {
    const w2 = this.word(e, W_KEYLEN);
    const header = headerBytes(w2);
    const vlen = this.valLen(e);
    const moves = header + len + vlen > this.arena.capacity(e);
    const at = moves ? this.arena.alloc(header + len + vlen) : e;
    this.takeOut(e);
    const type = this.type(e);
    this.arena.held++;
    try {
      const replaced = this.find(buf, off, len);
      if (replaced !== 0) this.deleteEntry(replaced, UNLINK_DELETED, lazy ? FREE_LAZILY : FREE_NOW);
      if (type !== TYPE_STRING) this.tellUnlinked(e, type, UNLINK_DELETED);
    } finally {
      this.arena.held--;
    }
    if (moves) {
      this.arena.copyBlock(e, at, header);
      copyBytes(this.u8(e), this.valOff(e), this.u8(at), ((at & 0x3fffff) << 4) + header + len, vlen);
      this.arena.free(e);
    } else if (len !== (w2 & KEYLEN_MASK)) {
      const from = this.valOff(e);
      this.u8(e).copyWithin(this.keyOff(e) + len, from, from + vlen);
    }
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    words[i + W_HASH] = hashBytes(buf, off, len);
    words[i + W_KEYLEN] = (words[i + W_KEYLEN]! & ~KEYLEN_MASK) | len;
    copyBytes(buf, off, this.u8(at), this.keyOff(at), len);
    this.setLru(at, this.clock.initial);
    this.putInPlace(at);
    return at;
  }

  /**
   * Moves an entry to another database of the same arena, whatever its key held there. Modules may be called. The ref
   * stays valid.
   */
  moveTo(e: number, target: Db): void {
    this.takeOut(e);
    const type = this.type(e);
    if (type !== TYPE_STRING) this.tellUnlinked(e, type, UNLINK_DELETED);
    this.setLru(e, this.clock.initial);
    target.putInPlace(e);
  }

  /** Moves the block of an entry and returns its new ref, for compaction; 0 when there is no memory. */
  relocate(e: number): number {
    const bytes = this.valOff(e) - ((e & 0x3fffff) << 4) + this.valLen(e);
    const at = this.arena.tryAlloc(bytes);
    if (at === 0) return 0;
    this.arena.copyBlock(e, at, bytes);
    this.moved(e, at);
    this.arena.free(e);
    return at;
  }

  /** Exchanges all that two databases of one arena hold; their numbers and hooks stay. */
  swapContents(other: Db): void {
    const { dict, volatile, volatileFields, complexSize, nativeSize, avgTtlMs, expireCursor } = this;
    this.dict = other.dict;
    this.volatile = other.volatile;
    this.volatileFields = other.volatileFields;
    this.complexSize = other.complexSize;
    this.nativeSize = other.nativeSize;
    this.avgTtlMs = other.avgTtlMs;
    this.expireCursor = other.expireCursor;
    other.dict = dict;
    other.volatile = volatile;
    other.volatileFields = volatileFields;
    other.complexSize = complexSize;
    other.nativeSize = nativeSize;
    other.avgTtlMs = avgTtlMs;
    other.expireCursor = expireCursor;
  }

  /** A random entry, all equally likely; 0 when the database is empty. */
  randomEntry(): number {
    return this.dict.randomEntry();
  }

  /** One step of SCAN: see Dict.scan(). */
  scan(cursor: number, visit: (e: number) => void): number {
    return this.dict.scan(cursor, visit);
  }

  /** Calls back for every entry, as KEYS needs; the callback may not change the database. */
  forEach(visit: (e: number) => void): void {
    this.dict.forEach(visit);
  }

  /** Deletes every key now, untold; returns how many. O(keys): Keyspace.flush() knows shortcuts. */
  flush(): number {
    const { dict } = this;
    this.forget();
    return dict.takeSome(dict.size, (e) => {
      const type = this.type(e);
      if (type === TYPE_STRING) this.freeBlock(e);
      else this.release(e, type, FREE_LATER);
    });
  }

  /** Empties the database at once; the returned dict is to be freed in slices. */
  detach(): DetachedDict {
    const detached = new DetachedDict(this, this.dict, this.nativeSize);
    this.forget();
    return detached;
  }

  /** Drops all entries without freeing anything: for callers that reset the arena. */
  forget(): void {
    this.dict = new Dict(this.arena);
    this.volatile = new VolatileVector(this.arena);
    this.volatileFields = new VolatileVector(this.arena, W_FIELDS_INDEX);
    this.complexSize = 0;
    this.nativeSize = 0;
    this.avgTtlMs = 0;
    this.expireCursor = 0;
  }

  /** Checks dict, volatile vector and counts; throws an Error that says what is wrong. O(keys). */
  validateIntegrity(): void {
    this.dict.validateIntegrity();
    let expiring = 0;
    let complex = 0;
    let native = 0;
    let withFields = 0;
    this.dict.forEach((e) => {
      if (this.type(e) !== TYPE_STRING) complex++;
      if (this.type(e) === TYPE_MODULE) native++;
      if (this.hasVolatileFields(e)) {
        withFields++;
        if (this.volatileFields.at(this.word(e, W_FIELDS_INDEX)) !== e) throw new Error(`db: entry ${e} is not marked`);
      }
      if (!this.hasExpire(e)) return;
      expiring++;
      if ((this.word(e, W_KEYLEN) & EXT_MASK) === 0) throw new Error(`db: narrow entry ${e} expires`);
      if (this.volatile.at(this.word(e, W_VOLATILE_INDEX)) !== e) {
        throw new Error(`db: entry ${e} has a wrong volatile index`);
      }
    });
    if (withFields !== this.volatileFields.size) {
      throw new Error(`db: ${this.volatileFields.size} values are listed as volatile, not ${withFields}`);
    }
    if (expiring !== this.volatile.size) throw new Error(`db: volatile size is ${this.volatile.size}, not ${expiring}`);
    if (native !== this.nativeSize) throw new Error(`db: nativeSize is ${this.nativeSize}, not ${native}`);
    if (complex !== this.complexSize) throw new Error(`db: complexSize is ${this.complexSize}, not ${complex}`);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  /** Says that a value has left its key; the entry is in no table, and stays where it is. */
  private tellUnlinked(e: number, type: number, why: number): void {
    if (type !== TYPE_MODULE) return;
    this.arena.held++;
    try {
      this.onUnlink(this, type, e, why);
    } finally {
      this.arena.held--;
    }
  }

  private release(e: number, type: number, when: number): void {
    this.arena.held++;
    try {
      this.onRelease(this, type, e, when);
    } finally {
      this.arena.held--;
    }
  }

  /**
   * Puts an entry that is in no table into those of this database (also one that was `take`n out of another of the same
   * arena); a key that was set by somebody who was told meanwhile gives way, untold.
   */
  putInPlace(e: number): void {
    const there = this.dict.find(this.u8(e), this.keyOff(e), this.keyLen(e), this.word(e, W_HASH) | 0);
    if (there !== 0) {
      this.takeOut(there);
      const type = this.type(there);
      if (type === TYPE_STRING) this.freeBlock(there);
      else this.release(there, type, FREE_LATER);
    }
    this.putIn(e);
  }

  /** A new block, in no table, for the key of `e` with another, uninitialised value; the expiry words are copied. */
  private successor(e: number, type: number, encoding: number, vlen: number, keepTtl: boolean): number {
    const expires = keepTtl && this.hasExpire(e);
    const groups = expires ? 1 : 0;
    const klen = this.keyLen(e);
    const made = this.newBlock(this.word(e, W_HASH), this.u8(e), this.keyOff(e), klen, type, encoding, vlen, groups);
    if (this.clock.lfu) this.setLru(made, this.lru(e));
    if (expires) {
      this.setWord(made, W_EXPIRE_LO, this.word(e, W_EXPIRE_LO));
      this.setWord(made, W_EXPIRE_HI, this.word(e, W_EXPIRE_HI));
      this.setWord(made, W_KEYLEN, this.word(made, W_KEYLEN) | ENTRY_EXPIRES);
    }
    return made;
  }

  /** Puts `made` in the place of `e`, whose value is told about and released. */
  private succeed(e: number, made: number): number {
    const type = this.type(e);
    this.takeOut(e);
    this.arena.held++;
    try {
      this.tellUnlinked(e, type, UNLINK_OVERWRITTEN);
      this.release(e, type, this.lazyOverwrite ? FREE_LAZILY : FREE_NOW);
    } finally {
      this.arena.held--;
    }
    this.putInPlace(made);
    return made;
  }

  /** Makes room for another value in the entry of a string; when that is a new block the caller frees the old one. */
  private overwrite(e: number, type: number, encoding: number, vlen: number, keepTtl: boolean): number {
    const w2 = this.word(e, W_KEYLEN);
    const klen = w2 & KEYLEN_MASK;
    const need = headerBytes(w2) + klen + vlen;
    const capacity = this.arena.capacity(e);
    const dropTtl = !keepTtl && (w2 & ENTRY_EXPIRES) !== 0;
    let at = e;
    if (need > capacity || (capacity > KEEP_BYTES && need * 2 < capacity)) {
      const keepsTtl = keepTtl && (w2 & ENTRY_EXPIRES) !== 0;
      at = this.reblock(e, keepsTtl || klen + vlen >= WIDE_FROM_BYTES ? 1 : 0, vlen, 0, dropTtl);
    } else {
      if (dropTtl) this.removeExpire(e);
      if ((w2 & ENTRY_GROUP2) !== 0) this.dropKeyMeta(e);
    }
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    const clock = this.clock.lfu ? words[i + W_META]! >>> 8 : this.clock.initial;
    words[i + W_META] = type | (encoding << 4) | (clock << 8);
    words[i + W_VALLEN] = vlen;
    if (type !== TYPE_STRING) this.countComplex(at, type, 1);
    return at;
  }
}
