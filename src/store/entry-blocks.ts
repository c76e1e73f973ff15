/**
 * Making, growing and moving the blocks of entries, and the tables that know where they are; the base of Db.
 *
 * Whatever may move an entry returns its ref to go on with. Memory is taken before anything is changed: when there is
 * none, alloc() throws and the entry is as it was.
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';
import { isOutOfMemory, OutOfMemory } from '../memory/out-of-memory.ts';
import type { AccessClock } from './access-clock.ts';
import { Dict } from './dict.ts';
import { Entries } from './entry-access.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_GROUP2,
  ENTRY_VOLATILE_FIELDS,
  EXT_BYTES,
  EXT_MASK,
  EXT_SHIFT,
  HEADER_BYTES,
  KEYLEN_MASK,
  MAX_KEY_BYTES,
  TYPE_MASK,
  TYPE_MODULE,
  TYPE_STRING,
  W_EXPIRE_HI,
  W_EXPIRE_LO,
  W_FIELDS_INDEX,
  W_HASH,
  W_KEY_META,
  W_KEYLEN,
  W_META,
  W_VALLEN,
  WIDE_FROM_BYTES,
} from './entry-layout.ts';
import { VolatileVector } from './volatile.ts';

/** Blocks up to this are never shrunk: the gain would be less than the work. */
export const KEEP_BYTES = 64;
/** Growing values get as much room again up to this size, then this much or a part of their size, whichever is more. */
const MAX_DOUBLED_BYTES = 1024 * 1024;
const LARGE_GROWTH = 1 / 4;
/** Without memory for more room than this a value grows by less. */
const LARGE_ROOM_BYTES = 4 * 1024 * 1024;
const TWO_32 = 4294967296;

/** Bytes that a value which grows to `newLen` gets beyond. */
function growthRoom(newLen: number): number {
  return newLen <= MAX_DOUBLED_BYTES ? newLen : Math.max(MAX_DOUBLED_BYTES, Math.floor(newLen * LARGE_GROWTH));
}

/** The part of word 2 that says how many extension groups there are. */
function extensionOf(w2: number): number {
  return (w2 >>> EXT_SHIFT) & 3;
}

export type KeyHook = (db: EntryBlocks, e: number) => void;

export class EntryBlocks extends Entries<Arena> {
  dict: Dict;
  /** Entries that have an expiry. */
  volatile: VolatileVector;
  /** Entries whose value has fields that expire. */
  volatileFields: VolatileVector;
  /** Entries whose type is not string. */
  complexSize = 0;
  /** Entries whose value has memory outside of the arena: modules' types. */
  nativeSize = 0;
  /**
   * Told that a key has a value other than a string now, or has it no more, while somebody waits for keys of this
   * database; null while nobody does. Not told of databases that are flushed or exchanged. Only the key of the entry may
   * be looked at, and nothing changed.
   */
  onAdded: KeyHook | null = null;
  onRemoved: KeyHook | null = null;
  protected readonly clock: AccessClock;

  constructor(arena: Arena, clock: AccessClock) {
    super(arena);
    this.clock = clock;
    this.dict = new Dict(arena);
    this.volatile = new VolatileVector(arena);
    this.volatileFields = new VolatileVector(arena, W_FIELDS_INDEX);
  }

  // --- where an entry is ---------------------------------------------------------------------------------------------

  /** View of the same chunk for numbers, with the same offsets as u8(e). */
  dv(e: number): DataView {
    return this.arena.dv[e >>> 22]!;
  }

  /** Bytes the value can grow to without moving. */
  valCapacity(e: number): number {
    return this.arena.capacity(e) - (this.valOff(e) - ((e & 0x3fffff) << 4));
  }

  /** Native address of the value; valid until the entry is relocated. */
  valAddress(e: number): number {
    return this.arena.address(e) + (this.valOff(e) - ((e & 0x3fffff) << 4));
  }

  /** Bytes of memory the entry holds in its block. */
  blockBytes(e: number): number {
    return this.arena.capacity(e);
  }

  // --- values ------------------------------------------------------------------------------------------------------

  /**
   * Changes the length of a value: keeps the bytes up to the smaller length and fills new ones with zeros
   * (`zeroFill` false: leaves them as they are). `growHint`: makes room for more growth in proportion to the size, and
   * does not shrink the block. Returns the possibly new ref.
   */
  resizeValue(e: number, newLen: number, growHint = false, zeroFill = true): number {
    const oldLen = this.valLen(e);
    const header = this.valOff(e) - ((e & 0x3fffff) << 4);
    const need = header + newLen;
    const capacity = this.arena.capacity(e);
    let at = e;
    if (need > capacity) {
      const extra = growHint ? growthRoom(newLen) : 0;
      at =
        extra > LARGE_ROOM_BYTES ? this.growLarge(e, header, newLen, extra) : this.moveValue(e, header, newLen + extra);
    } else if (!growHint && capacity > KEEP_BYTES && need * 2 < capacity) {
      at = this.shrinkBlock(e, need);
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

  /**
   * Replaces `removed` bytes of an inline value from offset `from` on by `inserted` bytes, which are left uninitialised
   * for the caller to fill. Returns the possibly new ref.
   */
  spliceValue(e: number, from: number, removed: number, inserted: number): number {
    const oldLen = this.valLen(e);
    const newLen = oldLen - removed + inserted;
    const rest = from + removed;
    if (inserted > removed) {
      const at = this.resizeValue(e, newLen, false, false);
      const off = this.valOff(at);
      this.u8(at).copyWithin(off + from + inserted, off + rest, off + oldLen);
      return at;
    }
    if (inserted < removed) {
      const off = this.valOff(e);
      this.u8(e).copyWithin(off + from + inserted, off + rest, off + oldLen);
      return this.resizeValue(e, newLen, false, false);
    }
    return e;
  }

  /**
   * Changes the encoding of a value in place: type, expiry and access clock stay, the value becomes `valueLen`
   * uninitialised bytes. The old value is not released: whoever converts has read it, and frees its blocks after this.
   * Returns the possibly new ref.
   */
  convertValue(e: number, encoding: number, valueLen: number): number {
    const at = this.resizeValue(e, valueLen, false, false);
    this.setEncoding(at, encoding);
    return at;
  }

  /** Like convertValue(), to a large encoding with the root block `root`. */
  convertToRoot(e: number, encoding: number, root: number): number {
    const at = this.convertValue(e, encoding, 4);
    this.setRoot(at, root);
    return at;
  }

  // --- expiry ------------------------------------------------------------------------------------------------------

  /** Sets the expiry: any integer of up to 53 bits and sign. Returns the possibly new ref. */
  setExpire(e: number, unixMs: number): number {
    return this.setExpireWords(e, unixMs >>> 0, Math.floor(unixMs / TWO_32) | 0);
  }

  /** Sets an expiry of 64 bits, given as its low and high word. Returns the possibly new ref. */
  setExpireWords(e: number, low: number, high: number): number {
    const at = (this.word(e, W_KEYLEN) & EXT_MASK) === 0 ? this.extend(e, 1) : e;
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

  /** Removes the expiry; false when there was none. The entry stays where it is. */
  removeExpire(e: number): boolean {
    const w2 = this.word(e, W_KEYLEN);
    if ((w2 & ENTRY_EXPIRES) === 0) return false;
    this.volatile.remove(e);
    this.setWord(e, W_KEYLEN, w2 & ~ENTRY_EXPIRES);
    return true;
  }

  // --- marks -------------------------------------------------------------------------------------------------------

  /** Says whether fields of the value expire, so that active expiry finds it. Returns the possibly new ref. */
  setVolatileFields(e: number, volatile: boolean): number {
    if (this.hasVolatileFields(e) === volatile) return e;
    if (!volatile) {
      this.volatileFields.remove(e);
      this.setWord(e, W_META, this.word(e, W_META) & ~ENTRY_VOLATILE_FIELDS);
      return e;
    }
    const at = this.extend(e, 2);
    this.setWord(at, W_META, this.word(at, W_META) | ENTRY_VOLATILE_FIELDS);
    this.volatileFields.add(at);
    return at;
  }

  /**
   * Gives the key a block of metadata, which is freed with the entry; the old one, if any, is the caller's.
   * Returns the possibly new ref.
   */
  setKeyMeta(e: number, block: number): number {
    const at = block === 0 && this.keyMeta(e) === 0 ? e : this.extend(e, 2);
    if ((this.word(at, W_KEYLEN) & ENTRY_GROUP2) !== 0) this.setWord(at, W_KEY_META, block);
    return at;
  }

  /** Whether an expiry finds its place in the entry, so that getting one does not move the value. */
  hasExpiryPlace(e: number): boolean {
    return extensionOf(this.word(e, W_KEYLEN)) > 0;
  }

  /** Gives the entry at least `groups` extension groups. Returns the possibly new ref. */
  extend(e: number, groups: number): number {
    const w2 = this.word(e, W_KEYLEN);
    const have = extensionOf(w2);
    if (have >= groups) return e;
    const bytes = (w2 & KEYLEN_MASK) + this.valLen(e);
    if (HEADER_BYTES + groups * EXT_BYTES + bytes > this.arena.capacity(e)) {
      const at = this.reblock(e, groups, this.valLen(e), this.valLen(e));
      this.arena.free(e);
      return at;
    }
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    const from = HEADER_BYTES / 4 + have * 3;
    const by = (groups - have) * 3;
    if (bytes > 256) {
      const off = (i + from) << 2;
      this.u8(e).copyWithin(off + by * 4, off, off + bytes);
    } else {
      for (let k = ((bytes + 3) >>> 2) - 1; k >= 0; k--) words[i + from + by + k] = words[i + from + k]!;
    }
    words.fill(0, i + from, i + from + by);
    words[i + W_KEYLEN] = (w2 & ~EXT_MASK) | (groups << EXT_SHIFT);
    return e;
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  /** A new block with header and key, value and links not set, in no table. */
  protected newBlock(
    hash: number,
    kbuf: Uint8Array,
    koff: number,
    klen: number,
    type: number,
    encoding: number,
    vlen: number,
    groups: number,
  ): number {
    if (klen > MAX_KEY_BYTES) throw new OutOfMemory('a key is longer than an entry can hold');
    if (groups === 0 && klen + vlen >= WIDE_FROM_BYTES) groups = 1;
    const header = HEADER_BYTES + groups * EXT_BYTES;
    const e = this.arena.alloc(header + klen + vlen);
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    words[i + W_HASH] = hash;
    words[i + W_KEYLEN] = klen | (groups << EXT_SHIFT);
    words[i + W_META] = type | (encoding << 4) | (this.clock.initial << 8);
    words[i + W_VALLEN] = vlen;
    if (groups > 1) words.fill(0, i + W_FIELDS_INDEX, i + W_FIELDS_INDEX + 3);
    copyBytes(kbuf, koff, this.arena.u8[e >>> 22]!, (i << 2) + header, klen);
    return e;
  }

  /** Puts a complete entry, whose key is not there, into the tables. Every key that is added comes by here. */
  protected putIn(e: number): void {
    this.dict.insert(e, this.word(e, W_HASH) | 0);
    if ((this.word(e, W_KEYLEN) & ENTRY_EXPIRES) !== 0) this.volatile.add(e);
    const meta = this.word(e, W_META);
    if ((meta & ENTRY_VOLATILE_FIELDS) !== 0) this.volatileFields.add(e);
    if ((meta & TYPE_MASK) !== TYPE_STRING) this.countComplex(e, meta & TYPE_MASK, 1);
  }

  /** A key has a value other than a string now (`change` 1), or no more (-1). */
  protected countComplex(e: number, type: number, change: 1 | -1): void {
    this.complexSize += change;
    const hook = change > 0 ? this.onAdded : this.onRemoved;
    if (hook !== null) hook(this, e);
    if (type === TYPE_MODULE) this.nativeSize += change;
  }

  /** Takes an entry out of the tables, its marks left as they are: nobody finds it any more. */
  protected takeOut(e: number): void {
    this.dict.unlink(e);
    if ((this.word(e, W_KEYLEN) & ENTRY_EXPIRES) !== 0) this.volatile.remove(e);
    const meta = this.word(e, W_META);
    if ((meta & ENTRY_VOLATILE_FIELDS) !== 0) this.volatileFields.remove(e);
    if ((meta & TYPE_MASK) !== TYPE_STRING) this.countComplex(e, meta & TYPE_MASK, -1);
  }

  /**
   * Copies an entry to a new block: header, key and the first `keep` bytes of the value, with room for `room` bytes.
   * The tables then know the new block; freeing the old one is the caller's. `dropTtl`: an expiry goes.
   */
  protected reblock(e: number, groups: number, room: number, keep: number, dropTtl = false): number {
    const klen = this.keyLen(e);
    const header = HEADER_BYTES + groups * EXT_BYTES;
    const at = this.arena.alloc(header + klen + room);
    if (dropTtl) this.removeExpire(e);
    const w2 = this.word(e, W_KEYLEN);
    const have = extensionOf(w2);
    this.arena.copyBlock(e, at, HEADER_BYTES + Math.min(have, groups) * EXT_BYTES);
    const words = this.arena.u32[at >>> 22]!;
    const i = (at & 0x3fffff) << 2;
    if (have < groups) words.fill(0, i + W_EXPIRE_LO + have * 3, i + W_EXPIRE_LO + groups * 3);
    words[i + W_KEYLEN] = (w2 & ~EXT_MASK) | (groups << EXT_SHIFT);
    copyBytes(this.u8(e), this.keyOff(e), this.u8(at), (i << 2) + header, klen + keep);
    this.moved(e, at);
    return at;
  }

  /** Tells the tables that entry `e` is at `at` now, header included. */
  protected moved(e: number, at: number): void {
    this.dict.replace(e, at);
    if ((this.word(at, W_KEYLEN) & ENTRY_EXPIRES) !== 0) this.volatile.relocate(at);
    if (this.hasVolatileFields(at)) this.volatileFields.relocate(at);
  }

  /** Moves an entry to a block with room for a value of `room` bytes, in place where the arena can. */
  private moveValue(e: number, header: number, room: number): number {
    if (header + room >= WIDE_FROM_BYTES && (this.word(e, W_KEYLEN) & EXT_MASK) === 0) {
      const at = this.reblock(e, 1, room, this.valLen(e));
      this.arena.free(e);
      return at;
    }
    const at = this.arena.realloc(e, header + room);
    if (at !== e) this.moved(e, at);
    return at;
  }

  /** The same for a value that is worth less room when there is no memory for as much as it should have. */
  private growLarge(e: number, header: number, newLen: number, extra: number): number {
    try {
      return this.moveValue(e, header, newLen + extra);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return this.moveValue(e, header, newLen);
    }
  }

  /** Gives back what an entry does not need; without memory for a smaller block it keeps the large one. */
  private shrinkBlock(e: number, need: number): number {
    let at = e;
    try {
      at = this.arena.realloc(e, need);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    }
    if (at !== e) this.moved(e, at);
    return at;
  }

  /** Frees the metadata of the key. */
  protected dropKeyMeta(e: number): void {
    const block = this.keyMeta(e);
    this.setKeyMeta(e, 0);
    if (block !== 0) this.arena.free(block);
  }

  /** Frees the block of an entry that is in no table, and its metadata. */
  freeBlock(e: number): void {
    const meta = this.keyMeta(e);
    if (meta !== 0) this.arena.free(meta);
    this.arena.free(e);
  }
}
