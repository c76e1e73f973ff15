/**
 * One database: the dict of its keys, the vector of those with an expiry, and what creates, changes and moves entries.
 *
 * An entry is named by its ref. A ref is valid until the entry is deleted, flushed or *relocated*: methods that may
 * relocate return the ref to use from then on. Keys are byte ranges (buf, off, len) that are only read during the call.
 * Nothing here knows of time: an expiry in the past is an expiry (see keyspace.ts).
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';
import type { AccessClock } from './access-clock.ts';
import { DetachedDict } from './detached-dict.ts';
import { Dict } from './dict.ts';
import { Entries } from './entry-access.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_WIDE,
  HEADER_BYTES,
  KEYLEN_MASK,
  TYPE_STRING,
  W_EXPIRE_HI,
  W_EXPIRE_LO,
  W_HASH,
  W_KEYLEN,
  W_META,
  W_VALLEN,
  WIDE_FROM_BYTES,
  WIDE_HEADER_BYTES,
} from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { KeyHint } from './key-hint.ts';
import { UNLINK_DELETED, UNLINK_OVERWRITTEN } from './value-ops.ts';
import { VolatileVector } from './volatile.ts';

/** Blocks up to this are never shrunk: the gain would be less than the work. */
const KEEP_BYTES = 64;
/** Growing values are doubled up to this size, then get this much room more, as sds does. */
const MAX_PREALLOC_BYTES = 1024 * 1024;
const TWO_32 = 4294967296;

/** Called before an entry's value of a type other than string goes away; frees what the value holds elsewhere. */
export type FreeValueHook = (db: Db, type: number, e: number) => void;
/** Called before a value of a type other than string leaves its key; `why` is an UNLINK_ reason. */
export type UnlinkValueHook = (db: Db, type: number, e: number, why: number) => void;

const NO_HOOK = (): void => {};

export class Db extends Entries {
  /** The number SELECT takes. */
  readonly id: number;
  /** Hash of the key last given to find(); saves insertString() and insert() a second computation. */
  lastHash = 0;
  /** Average ttl in ms over the sampled volatile keys, 0 = unknown; kept by the active expire cycle. */
  avgTtlMs = 0;
  /** Next index of the volatile vector the active expire cycle looks at. */
  expireCursor = 0;
  /** Entries whose type is not string. */
  complexSize = 0;
  onFree: FreeValueHook = NO_HOOK;
  onUnlink: UnlinkValueHook = NO_HOOK;
  dict: Dict;
  volatile: VolatileVector;
  private readonly clock: AccessClock;
  readonly hint: KeyHint = new KeyHint();
  /** Old block of an entry just relocated, until its bytes are no longer needed. */
  private stale = 0;

  constructor(id: number, arena: Arena, clock: AccessClock) {
    super(arena);
    this.id = id;
    this.clock = clock;
    this.dict = new Dict(arena);
    this.volatile = new VolatileVector(arena);
  }

  get size(): number {
    return this.dict.size;
  }

  /** Keys with an expiry. */
  get volatileSize(): number {
    return this.volatile.size;
  }

  /** Bytes of bucket tables and the volatile vector. */
  get overheadBytes(): number {
    return this.dict.tableBytes + this.volatile.tableBytes;
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  /** The entry of a key, or 0. Neither expires nor touches. */
  find(buf: Uint8Array, off: number, len: number): number {
    const hash = this.hint.hashOf(buf, off, len);
    this.lastHash = hash;
    return this.dict.find(buf, off, len, hash);
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
    const at = this.overwrite(e, TYPE_STRING, encoding, vlen, keepTtl);
    const target = this.arena.u8[at >>> 22]!;
    const off = this.valOff(at);
    // A value copied within its own block lies at or after the target, which a forward copy gets right.
    copyBytes(vbuf, voff, target, off, vlen);
    if (this.stale !== 0) this.freeStale();
    return at;
  }

  /**
   * Adds a string under a key that is not in the database and was the last one given to find() (its hash is reused).
   * `wide`: an expiry will be set at once.
   */
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
    const e = this.create(this.lastHash, kbuf, koff, klen, TYPE_STRING, encoding, vlen, wide);
    copyBytes(vbuf, voff, this.arena.u8[e >>> 22]!, this.valOff(e), vlen);
    return e;
  }

  /** Adds a key that is not in the database, with an uninitialised value of `valueLen` bytes. */
  add(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, valueLen: number): number {
    return this.create(hashBytes(kbuf, koff, klen), kbuf, koff, klen, type, encoding, valueLen, false);
  }

  /**
   * Gives an entry another type and an uninitialised value of `valueLen` bytes; the old value is released.
   * Returns the possibly new ref.
   */
  replaceValue(e: number, type: number, encoding: number, valueLen: number, keepTtl: boolean): number {
    const at = this.overwrite(e, type, encoding, valueLen, keepTtl);
    if (this.stale !== 0) this.freeStale();
    return at;
  }

  /** Gives a key, whether it exists or not, an uninitialised value and no expiry. Returns the entry. */
  put(kbuf: Uint8Array, koff: number, klen: number, type: number, encoding: number, valueLen: number): number {
    const e = this.find(kbuf, koff, klen);
    if (e !== 0) return this.replaceValue(e, type, encoding, valueLen, false);
    return this.create(this.lastHash, kbuf, koff, klen, type, encoding, valueLen, false);
  }

  /**
   * Changes the length of a value: keeps the bytes up to the smaller length and fills new ones with zeros
   * (`zeroFill` false: leaves them as they are). `growHint`: makes room for more growth, doubling up to 1 MiB,
   * then 1 MiB more, and does not shrink the block. Returns the possibly new ref.
   */
  resizeValue(e: number, newLen: number, growHint = false, zeroFill = true): number {
    const oldLen = this.valLen(e);
    const header = this.valOff(e) - ((e & 0x3fffff) << 4);
    const need = header + newLen;
    const capacity = this.arena.capacity(e);
    let at = e;
    if (need > capacity || (!growHint && capacity > KEEP_BYTES && need * 2 < capacity)) {
      let room = newLen;
      if (growHint) room += Math.min(newLen, MAX_PREALLOC_BYTES);
      at = this.moveValue(e, header, room, Math.min(oldLen, newLen));
    }
    this.setWord(at, W_VALLEN, newLen);
    if (zeroFill && newLen > oldLen) {
      const off = this.valOff(at);
      const bytes = this.u8(at);
      if (newLen - oldLen > 64) bytes.fill(0, off + oldLen, off + newLen);
      else for (let i = off + oldLen; i < off + newLen; i++) bytes[i] = 0;
    }
    return at;
  }

  // --- expiry ------------------------------------------------------------------------------------------------------

  /** Sets the expiry: any integer of up to 53 bits and sign. Returns the possibly new ref. */
  setExpire(e: number, unixMs: number): number {
    return this.setExpireWords(e, unixMs >>> 0, Math.floor(unixMs / TWO_32) | 0);
  }

  /** Sets an expiry of 64 bits, given as its low and high word. Returns the possibly new ref. */
  setExpireWords(e: number, low: number, high: number): number {
    let at = e;
    if ((this.word(e, W_KEYLEN) & ENTRY_WIDE) === 0) at = this.widen(e);
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    words[i + W_EXPIRE_LO] = low;
    words[i + W_EXPIRE_HI] = high;
    const w2 = words[i + W_KEYLEN]!;
    if ((w2 & ENTRY_EXPIRES) === 0) {
      words[i + W_KEYLEN] = w2 | ENTRY_EXPIRES;
      this.volatile.add(at);
    }
    return at;
  }

  /** Gives `e` the expiry that `source`, an entry of any database of the same arena, has. Returns the new ref. */
  copyExpire(source: number, e: number): number {
    if (!this.hasExpire(source)) return e;
    return this.setExpireWords(e, this.word(source, W_EXPIRE_LO), this.word(source, W_EXPIRE_HI));
  }

  /** Removes the expiry; false when there was none. The entry stays where it is. */
  removeExpire(e: number): boolean {
    const w2 = this.word(e, W_KEYLEN);
    if ((w2 & ENTRY_EXPIRES) === 0) return false;
    this.volatile.remove(e);
    this.setWord(e, W_KEYLEN, w2 & ~ENTRY_EXPIRES);
    return true;
  }

  // --- deleting, renaming, walking ---------------------------------------------------------------------------------

  /** Deletes a key; false when there is none. */
  delete(buf: Uint8Array, off: number, len: number): boolean {
    const e = this.find(buf, off, len);
    if (e === 0) return false;
    this.deleteEntry(e);
    return true;
  }

  /** `why`: an UNLINK_ reason. */
  deleteEntry(e: number, why: number = UNLINK_DELETED): void {
    this.takeOut(e, why);
    if (this.type(e) !== TYPE_STRING) this.onFree(this, this.type(e), e);
    this.arena.free(e);
  }

  /** Removes an entry but leaves its value and block to the caller to be freed. */
  takeOut(e: number, why: number): void {
    const type = this.type(e);
    if (type !== TYPE_STRING) {
      this.onUnlink(this, type, e, why);
      this.complexSize--;
    }
    this.dict.unlink(e);
    if ((this.word(e, W_KEYLEN) & ENTRY_EXPIRES) !== 0) this.volatile.remove(e);
  }

  /**
   * Gives an entry another key, which must not be in the database; value and expiry stay, the access clock starts anew.
   * Returns the possibly new ref.
   */
  rename(e: number, buf: Uint8Array, off: number, len: number): number {
    const hash = hashBytes(buf, off, len);
    if (this.type(e) !== TYPE_STRING) this.onUnlink(this, this.type(e), e, UNLINK_DELETED);
    this.dict.unlink(e);
    const oldKeyLen = this.keyLen(e);
    const vlen = this.valLen(e);
    const header = this.keyOff(e) - ((e & 0x3fffff) << 4);
    let at = e;
    if (header + len + vlen > this.arena.capacity(e)) {
      at = this.arena.alloc(header + len + vlen);
      this.arena.copyBlock(e, at, header);
      copyBytes(this.u8(e), this.valOff(e), this.u8(at), this.keyOff(at) + len, vlen);
      if (this.hasExpire(at)) this.volatile.relocate(at);
      this.arena.free(e);
    } else if (len !== oldKeyLen) {
      const from = this.valOff(e);
      this.u8(e).copyWithin(this.keyOff(e) + len, from, from + vlen);
    }
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    words[i + W_HASH] = hash;
    words[i + W_KEYLEN] = (words[i + W_KEYLEN]! & ~KEYLEN_MASK) | len;
    copyBytes(buf, off, this.u8(at), this.keyOff(at), len);
    this.dict.insert(at, hash);
    this.setLru(at, this.clock.initial);
    return at;
  }

  /** Moves an entry to another database of the same arena, which must not have its key. The ref stays valid. */
  moveTo(e: number, target: Db): void {
    const expires = this.hasExpire(e);
    this.takeOut(e, UNLINK_DELETED);
    target.dict.insert(e, this.word(e, W_HASH) | 0);
    if (expires) target.volatile.add(e);
    if (this.type(e) !== TYPE_STRING) target.complexSize++;
    this.setLru(e, this.clock.initial);
  }

  /** Exchanges all that two databases of one arena hold; their numbers and hooks stay. */
  swapContents(other: Db): void {
    const { dict, volatile, complexSize, avgTtlMs, expireCursor } = this;
    this.dict = other.dict;
    this.volatile = other.volatile;
    this.complexSize = other.complexSize;
    this.avgTtlMs = other.avgTtlMs;
    this.expireCursor = other.expireCursor;
    other.dict = dict;
    other.volatile = volatile;
    other.complexSize = complexSize;
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

  /** Deletes every key now; returns how many. O(keys): Keyspace.flush() knows shortcuts. */
  flush(): number {
    const keys = this.size;
    this.detach().freeSome(Number.POSITIVE_INFINITY);
    return keys;
  }

  /** Empties the database at once; the returned dict is to be freed in slices. */
  detach(): DetachedDict {
    const detached = new DetachedDict(this, this.dict, this.complexSize);
    this.forget();
    return detached;
  }

  /** Drops all entries without freeing anything: for callers that reset the arena. */
  forget(): void {
    this.dict = new Dict(this.arena);
    this.volatile = new VolatileVector(this.arena);
    this.complexSize = 0;
    this.avgTtlMs = 0;
    this.expireCursor = 0;
  }

  /** Checks dict, volatile vector and counts; throws an Error that says what is wrong. O(keys). */
  validateIntegrity(): void {
    this.dict.validateIntegrity();
    let expiring = 0;
    let complex = 0;
    this.dict.forEach((e) => {
      if (this.type(e) !== TYPE_STRING) complex++;
      if (!this.hasExpire(e)) return;
      expiring++;
      if ((this.word(e, W_KEYLEN) & ENTRY_WIDE) === 0) throw new Error(`db: narrow entry ${e} expires`);
      if (this.volatile.at(this.word(e, 7)) !== e) throw new Error(`db: entry ${e} has a wrong volatile index`);
    });
    if (expiring !== this.volatile.size) throw new Error(`db: volatile size is ${this.volatile.size}, not ${expiring}`);
    if (complex !== this.complexSize) throw new Error(`db: complexSize is ${this.complexSize}, not ${complex}`);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  private create(
    hash: number,
    kbuf: Uint8Array,
    koff: number,
    klen: number,
    type: number,
    encoding: number,
    vlen: number,
    wide: boolean,
  ): number {
    let header = HEADER_BYTES;
    let flags = 0;
    if (wide || klen + vlen >= WIDE_FROM_BYTES) {
      header = WIDE_HEADER_BYTES;
      flags = ENTRY_WIDE;
    }
    const e = this.arena.alloc(header + klen + vlen);
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    words[i + W_HASH] = hash;
    words[i + W_KEYLEN] = klen | flags;
    words[i + W_META] = type | (encoding << 4) | (this.clock.initial << 8);
    words[i + W_VALLEN] = vlen;
    copyBytes(kbuf, koff, this.arena.u8[e >>> 22]!, (i << 2) + header, klen);
    this.dict.insert(e, hash);
    if (type !== TYPE_STRING) this.complexSize++;
    return e;
  }

  /** Releases the value and makes room for another; the old block, if left, is `stale` until the caller frees it. */
  private overwrite(e: number, type: number, encoding: number, vlen: number, keepTtl: boolean): number {
    this.releaseValue(e);
    if (type !== TYPE_STRING) this.complexSize++;
    let w2 = this.word(e, W_KEYLEN);
    if (!keepTtl && (w2 & ENTRY_EXPIRES) !== 0) {
      this.removeExpire(e);
      w2 = this.word(e, W_KEYLEN);
    }
    const klen = w2 & KEYLEN_MASK;
    const need = ((w2 & ENTRY_WIDE) === 0 ? HEADER_BYTES : WIDE_HEADER_BYTES) + klen + vlen;
    const capacity = this.arena.capacity(e);
    let at = e;
    if (need > capacity || (capacity > KEEP_BYTES && need * 2 < capacity)) {
      const wide = (w2 & ENTRY_EXPIRES) !== 0 || klen + vlen >= WIDE_FROM_BYTES;
      at = this.reblock(e, wide, vlen, 0);
      this.stale = e;
    }
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    const clock = this.clock.lfu ? words[i + W_META]! >>> 8 : this.clock.initial;
    words[i + W_META] = type | (encoding << 4) | (clock << 8);
    words[i + W_VALLEN] = vlen;
    return at;
  }

  private releaseValue(e: number): void {
    const type = this.type(e);
    if (type === TYPE_STRING) return;
    this.onUnlink(this, type, e, UNLINK_OVERWRITTEN);
    this.onFree(this, type, e);
    this.complexSize--;
  }

  private freeStale(): void {
    this.arena.free(this.stale);
    this.stale = 0;
  }

  /**
   * Copies an entry to a new block: header, key and the first `keep` bytes of the value, with room for `room` bytes.
   * Dict and vector then know the new block; freeing the old one is the caller's.
   */
  private reblock(e: number, wide: boolean, room: number, keep: number): number {
    const header = wide ? WIDE_HEADER_BYTES : HEADER_BYTES;
    const oldKeyOff = this.keyOff(e);
    const klen = this.keyLen(e);
    const at = this.arena.alloc(header + klen + room);
    const oldWide = (this.word(e, W_KEYLEN) & ENTRY_WIDE) !== 0;
    this.arena.copyBlock(e, at, wide && oldWide ? WIDE_HEADER_BYTES : HEADER_BYTES);
    const w2 = this.word(e, W_KEYLEN);
    this.setWord(at, W_KEYLEN, wide ? w2 | ENTRY_WIDE : w2 & ~ENTRY_WIDE);
    copyBytes(this.u8(e), oldKeyOff, this.u8(at), ((at & 0x3fffff) << 4) + header, klen + keep);
    this.dict.replace(e, at);
    if ((w2 & ENTRY_EXPIRES) !== 0) this.volatile.relocate(at);
    return at;
  }

  /** Moves an entry to a block with room for a value of `room` bytes, in place where the arena can. */
  private moveValue(e: number, header: number, room: number, keep: number): number {
    const wide = (this.word(e, W_KEYLEN) & ENTRY_WIDE) !== 0;
    if (!wide && header + room >= WIDE_FROM_BYTES) {
      const at = this.reblock(e, true, room, keep);
      this.arena.free(e);
      return at;
    }
    const at = this.arena.realloc(e, header + room);
    if (at !== e) {
      this.dict.replace(e, at);
      if (this.hasExpire(at)) this.volatile.relocate(at);
    }
    return at;
  }

  /** Makes room for the expiry words. */
  private widen(e: number): number {
    const bytes = this.keyLen(e) + this.valLen(e);
    if (WIDE_HEADER_BYTES + bytes > this.arena.capacity(e)) {
      const at = this.reblock(e, true, this.valLen(e), this.valLen(e));
      this.arena.free(e);
      return at;
    }
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    if (bytes > 256) {
      const from = (i << 2) + HEADER_BYTES;
      this.u8(e).copyWithin(from + WIDE_HEADER_BYTES - HEADER_BYTES, from, from + bytes);
    } else {
      for (let k = ((bytes + 3) >>> 2) - 1; k >= 0; k--) words[i + 8 + k] = words[i + 5 + k]!;
    }
    words[i + W_KEYLEN] = words[i + W_KEYLEN]! | ENTRY_WIDE;
    return e;
  }
}
