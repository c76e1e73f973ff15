/** Access to the words, key and value of entries by ref; the base of Db. For the layout see entry-layout.ts. */
import type { Arena } from '../memory/arena.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_WIDE,
  HEADER_BYTES,
  KEYLEN_MASK,
  W_EXPIRE_HI,
  W_EXPIRE_LO,
  W_KEYLEN,
  W_META,
  W_VALLEN,
  WIDE_HEADER_BYTES,
} from './entry-layout.ts';

const TWO_32 = 4294967296;

export class Entries {
  readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The chunk that holds the entry's key and value. */
  u8(e: number): Uint8Array {
    return this.arena.u8[e >>> 22]!;
  }

  /** View of the same chunk for numbers, with the same offsets as u8(e). */
  dv(e: number): DataView {
    return this.arena.dv[e >>> 22]!;
  }

  keyOff(e: number): number {
    return ((e & 0x3fffff) << 4) + ((this.word(e, W_KEYLEN) & ENTRY_WIDE) === 0 ? HEADER_BYTES : WIDE_HEADER_BYTES);
  }

  keyLen(e: number): number {
    return this.word(e, W_KEYLEN) & KEYLEN_MASK;
  }

  valOff(e: number): number {
    const w2 = this.word(e, W_KEYLEN);
    const header = (w2 & ENTRY_WIDE) === 0 ? HEADER_BYTES : WIDE_HEADER_BYTES;
    return ((e & 0x3fffff) << 4) + header + (w2 & KEYLEN_MASK);
  }

  valLen(e: number): number {
    return this.word(e, W_VALLEN);
  }

  /** Bytes the value can grow to without moving. */
  valCapacity(e: number): number {
    return this.arena.capacity(e) - (this.valOff(e) - ((e & 0x3fffff) << 4));
  }

  /** Native address of the value; valid until the entry is relocated. */
  valAddress(e: number): number {
    return this.arena.address(e) + (this.valOff(e) - ((e & 0x3fffff) << 4));
  }

  type(e: number): number {
    return this.word(e, W_META) & 15;
  }

  encoding(e: number): number {
    return (this.word(e, W_META) >>> 4) & 15;
  }

  setEncoding(e: number, encoding: number): void {
    this.setWord(e, W_META, (this.word(e, W_META) & ~0xf0) | (encoding << 4));
  }

  /** The 24-bit access clock (access-clock.ts). */
  lru(e: number): number {
    return this.word(e, W_META) >>> 8;
  }

  setLru(e: number, clock: number): void {
    this.setWord(e, W_META, (this.word(e, W_META) & 0xff) | (clock << 8));
  }

  /** Bytes of memory the entry holds in its block. */
  blockBytes(e: number): number {
    return this.arena.capacity(e);
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
    return (BigInt(this.word(e, W_EXPIRE_HI) | 0) << 32n) | BigInt(this.word(e, W_EXPIRE_LO));
  }

  protected word(e: number, word: number): number {
    return this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word]!;
  }

  protected setWord(e: number, word: number, value: number): void {
    this.arena.u32[e >>> 22]![((e & 0x3fffff) << 2) + word] = value;
  }
}
