/**
 * Access to the words, key and value of entries by ref: the base of Db, and all that a reader of raw memory needs. For
 * the layout see entry-layout.ts.
 */
import {
  ENTRY_EXPIRES,
  ENTRY_GROUP2,
  ENTRY_VOLATILE_FIELDS,
  headerBytes,
  KEYLEN_MASK,
  TYPE_MASK,
  W_EXPIRE_HI,
  W_EXPIRE_LO,
  W_KEY_META,
  W_KEYLEN,
  W_META,
  W_VALLEN,
} from './entry-layout.ts';
import type { RawMemory } from './value-ops.ts';

const TWO_32 = 4294967296;

export class Entries<Memory extends RawMemory = RawMemory> {
  readonly arena: Memory;

  constructor(arena: Memory) {
    this.arena = arena;
  }

  /** The chunk that holds the entry's key and value. */
  u8(e: number): Uint8Array {
    return this.arena.u8[e >>> 22]!;
  }

  keyOff(e: number): number {
    return ((e & 0x3fffff) << 4) + headerBytes(this.word(e, W_KEYLEN));
  }

  keyLen(e: number): number {
    return this.word(e, W_KEYLEN) & KEYLEN_MASK;
  }

  valOff(e: number): number {
    const w2 = this.word(e, W_KEYLEN);
    return ((e & 0x3fffff) << 4) + headerBytes(w2) + (w2 & KEYLEN_MASK);
  }

  valLen(e: number): number {
    return this.word(e, W_VALLEN);
  }

  type(e: number): number {
    return this.word(e, W_META) & TYPE_MASK;
  }

  encoding(e: number): number {
    return (this.word(e, W_META) >>> 4) & 15;
  }

  setEncoding(e: number, encoding: number): void {
    this.setWord(e, W_META, (this.word(e, W_META) & ~0xf0) | (encoding << 4));
  }

  /** Ref of the root block that a value in a large encoding consists of. */
  root(e: number): number {
    const bytes = this.u8(e);
    const at = this.valOff(e);
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** Makes `root` the root block of the value, whose 4 bytes it takes; the old one, if any, is the caller's. */
  setRoot(e: number, root: number): void {
    const bytes = this.u8(e);
    const at = this.valOff(e);
    bytes[at] = root;
    bytes[at + 1] = root >>> 8;
    bytes[at + 2] = root >>> 16;
    bytes[at + 3] = root >>> 24;
  }

  /** The 24-bit access clock (access-clock.ts). */
  lru(e: number): number {
    return this.word(e, W_META) >>> 8;
  }

  setLru(e: number, clock: number): void {
    this.setWord(e, W_META, (this.word(e, W_META) & 0xff) | (clock << 8));
  }

  /** Whether the entry has an expiry. */
  hasExpire(e: number): boolean {
    return (this.word(e, W_KEYLEN) & ENTRY_EXPIRES) !== 0;
  }

  /** The expiry in unix ms, -1 when there is none. */
  getExpire(e: number): number {
    const words = this.arena.u32[e >>> 22]!;
    const i = (e & 0x3fffff) << 2;
    if ((words[i + W_KEYLEN]! & ENTRY_EXPIRES) === 0) return -1;
    return (words[i + W_EXPIRE_HI]! | 0) * TWO_32 + words[i + W_EXPIRE_LO]!;
  }

  /** The expiry in all its 64 bits; the entry must have one. */
  getExpireExact(e: number): bigint {
    return (BigInt(this.expireHigh(e)) << 32n) | BigInt(this.expireLow(e));
  }

  /** Lower word of the expiry, unsigned; the entry must have one. */
  expireLow(e: number): number {
    return this.word(e, W_EXPIRE_LO);
  }

  /** Upper word of the expiry, signed; the entry must have one. */
  expireHigh(e: number): number {
    return this.word(e, W_EXPIRE_HI) | 0;
  }

  /** Whether fields of the value expire. */
  hasVolatileFields(e: number): boolean {
    return (this.word(e, W_META) & ENTRY_VOLATILE_FIELDS) !== 0;
  }

  /** Ref of the block of the key's metadata, 0 = none. */
  keyMeta(e: number): number {
    return (this.word(e, W_KEYLEN) & ENTRY_GROUP2) === 0 ? 0 : this.word(e, W_KEY_META);
  }

  protected word(e: number, word: number): number {
    return this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word]!;
  }

  protected setWord(e: number, word: number, value: number): void {
    this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word] = value;
  }
}
