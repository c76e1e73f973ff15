/** Walks over the members of a set, whatever its encoding. */
import type { Arena } from '../memory/arena.ts';
import { INT64_TEXT_MAX } from '../protocol/numbers.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import { ENC_HT, ENC_INTSET } from './entry-layout.ts';
import { hashBytes, hashByWords } from './hash.ts';
import { readLength, skipLength } from './hash-table-element.ts';
import { HashTableIterator } from './hash-table-whole.ts';
import { intsetGet, intsetGetInt64, intsetLength, intsetWriteText } from './intset.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpSkip } from './listpack.ts';

/**
 * One object serves any number of sets. The member is `buf[off .. off + len)`, valid until the next call and as long as
 * the set is not changed; `view` is a view of `buf` with the same offsets, or null where there is none.
 */
export class SetIterator {
  buf: Uint8Array;
  view: DataView | null = null;
  off = 0;
  len = 0;
  private arena: Arena | null = null;
  private u8: Uint8Array;
  private dv: DataView | null = null;
  private encoding = 0;
  /** Start of an intset, position in a listpack. */
  private at = 0;
  private index = 0;
  private count = 0;
  private readonly elements = new HashTableIterator();
  private readonly text = new ElementText();
  private readonly digits = new Uint8Array(INT64_TEXT_MAX);

  constructor() {
    this.buf = this.digits;
    this.u8 = this.digits;
  }

  start(db: Db, e: number): void {
    this.encoding = db.encoding(e);
    this.arena = db.arena;
    if (this.encoding === ENC_HT) {
      this.elements.start(db.arena, db.root(e));
      return;
    }
    this.u8 = db.u8(e);
    this.dv = db.dv(e);
    this.at = db.valOff(e);
    if (this.encoding === ENC_INTSET) {
      this.index = 0;
      this.count = intsetLength(this.u8, this.at);
    } else this.at += LP_HEADER_BYTES;
  }

  /** Goes to the next member; false when there is none. */
  next(): boolean {
    if (this.encoding === ENC_HT) {
      const member = this.elements.next();
      if (member === 0) return false;
      this.read(member);
      return true;
    }
    if (this.encoding === ENC_INTSET) {
      if (this.index === this.count) return false;
      this.buf = this.digits;
      this.view = null;
      this.off = 0;
      this.len = intsetWriteText(this.u8, this.at, this.index++, this.digits, 0);
      return true;
    }
    return this.nextOfListpack();
  }

  /** Goes to a member given as an element of the set's hash table. */
  read(element: number): void {
    const bytes = this.arena!.u8[element >>> 22]!;
    const at = (element & 0x3fffff) << 4;
    this.buf = bytes;
    this.view = this.arena!.dv[element >>> 22]!;
    this.off = skipLength(bytes, at);
    this.len = readLength(bytes, at);
  }

  private nextOfListpack(): boolean {
    if (this.u8[this.at] === LP_END) return false;
    const { text } = this;
    text.read(this.u8, this.at);
    this.at = lpSkip(this.u8, this.at);
    this.buf = text.buf;
    this.view = text.buf === this.u8 ? this.dv : null;
    this.off = text.off;
    this.len = text.len;
    return true;
  }

  /** Hash of the member. */
  hash(): number {
    if (this.view === null) return hashBytes(this.buf, this.off, this.len);
    return hashByWords(this.view, this.off, this.len);
  }

  /** Hash of the member, or what is enough of it to find it in tables whose bucketBits() are within `mask`. */
  hashFor(mask: number): number {
    return this.encoding === ENC_HT && this.elements.knowsHash(mask) ? this.elements.partialHash() : this.hash();
  }

  /** Replies with the member as a bulk string. */
  reply(out: ReplyWriter): void {
    if (this.view === null) out.bulk(this.buf, this.off, this.len);
    else out.bulkWords(this.buf, this.view, this.off, this.len);
  }
}

/** Replies with all members of a set, without a header. */
export function replySetMembers(out: ReplyWriter, db: Db, e: number, iterator: SetIterator): void {
  if (db.encoding(e) !== ENC_INTSET) {
    iterator.start(db, e);
    while (iterator.next()) iterator.reply(out);
    return;
  }
  const u8 = db.u8(e);
  const is = db.valOff(e);
  const count = intsetLength(u8, is);
  for (let i = 0; i < count; i++) replyIntsetMember(out, u8, is, i);
}

/** Replies with the member of an intset at an index. */
export function replyIntsetMember(out: ReplyWriter, u8: Uint8Array, is: number, index: number): void {
  const n = intsetGet(u8, is, index);
  out.bulkInteger(Number.isSafeInteger(n) ? n : intsetGetInt64(u8, is, index));
}
