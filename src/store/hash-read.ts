/** Reading hashes (hash-type.ts): fields and values by place, and walks over all of them. */
import type { Arena } from '../memory/arena.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX } from './entry-layout.ts';
import { fieldExpiry } from './field-heap.ts';
import { fieldExpires, fieldValueLen, fieldValueOff } from './hash-field.ts';
import { elementKeyLen, elementKeyOff } from './hash-table-element.ts';
import { HashTableIterator } from './hash-table-whole.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpInteger, lpReply, lpSkip } from './listpack.ts';

/** The text of a field or value: valid until the hash changes or it is read to again. */
export class FieldText extends ElementText {
  /** View of `buf` with the same offsets, or null where there is none. */
  view: DataView | null = null;
}

/** Replies with the value of the field at a place. */
export function replyValueAt(out: ReplyWriter, db: Db, e: number, place: number): void {
  if (db.encoding(e) === ENC_HT) {
    const { arena } = db;
    const u8 = arena.u8[place >>> 22]!;
    out.bulkWords(u8, arena.dv[place >>> 22]!, fieldValueOff(arena, place), fieldValueLen(arena, place));
  } else {
    const u8 = db.u8(e);
    lpReply(out, u8, db.dv(e), lpSkip(u8, db.valOff(e) + place));
  }
}

/** Replies with the name of the field at a place. */
export function replyFieldAt(out: ReplyWriter, db: Db, e: number, place: number): void {
  if (db.encoding(e) === ENC_HT) {
    const { arena } = db;
    const u8 = arena.u8[place >>> 22]!;
    out.bulkWords(u8, arena.dv[place >>> 22]!, elementKeyOff(arena, place, 0), elementKeyLen(arena, place, 0));
  } else lpReply(out, db.u8(e), db.dv(e), db.valOff(e) + place);
}

/** Reads the name of the field at a place. */
export function readFieldAt(db: Db, e: number, place: number, text: FieldText): void {
  const { arena } = db;
  if (db.encoding(e) !== ENC_HT) readElement(db, e, db.valOff(e) + place, text);
  else readRange(arena, place, elementKeyOff(arena, place, 0), elementKeyLen(arena, place, 0), text);
}

/** Reads the value of the field at a place. */
export function readValueAt(db: Db, e: number, place: number, text: FieldText): void {
  const { arena } = db;
  if (db.encoding(e) !== ENC_HT) readElement(db, e, lpSkip(db.u8(e), db.valOff(e) + place), text);
  else readRange(arena, place, fieldValueOff(arena, place), fieldValueLen(arena, place), text);
}

function readRange(arena: Arena, ref: number, off: number, len: number, text: FieldText): void {
  text.buf = arena.u8[ref >>> 22]!;
  text.view = arena.dv[ref >>> 22]!;
  text.off = off;
  text.len = len;
}

function readElement(db: Db, e: number, p: number, text: FieldText): void {
  const u8 = db.u8(e);
  text.read(u8, p);
  text.view = text.buf === u8 ? db.dv(e) : null;
}

/** Walks over the fields of a hash that does not change meanwhile. One object serves any number of hashes. */
export class HashIterator {
  /** Place of the field that next() went to. */
  place = 0;
  /** When it expires in unix ms, 0 for never. */
  expireMs = 0;
  private db: Db | null = null;
  private encoding = 0;
  private lp = 0;
  private p = 0;
  private readonly elements = new HashTableIterator();

  start(db: Db, e: number): void {
    this.db = db;
    this.encoding = db.encoding(e);
    if (this.encoding === ENC_HT) this.elements.start(db.arena, db.root(e));
    else {
      this.u8 = db.u8(e);
      this.lp = db.valOff(e);
      this.p = this.lp + LP_HEADER_BYTES;
    }
  }

  private u8: Uint8Array = new Uint8Array(0);

  /** Goes to the next field; false when there is none. */
  next(): boolean {
    if (this.encoding === ENC_HT) {
      const { arena } = this.db!;
      const field = this.elements.next();
      this.place = field;
      this.expireMs = field !== 0 && fieldExpires(arena, field) ? fieldExpiry(arena, field) : 0;
      return field !== 0;
    }
    const u8 = this.u8;
    if (u8[this.p] === LP_END) return false;
    this.place = this.p - this.lp;
    this.p = lpSkip(u8, lpSkip(u8, this.p));
    if (this.encoding === ENC_LISTPACK_EX) {
      this.expireMs = lpInteger(u8, this.p);
      this.p = lpSkip(u8, this.p);
    } else this.expireMs = 0;
    return true;
  }
}

/** What replyFields() writes of each field. */
export const REPLY_FIELDS = 1;
export const REPLY_VALUES = 2;

/** Replies with all fields of a small hash of which none expires, without a header. */
export function replyPairs(out: ReplyWriter, db: Db, e: number, what: number): void {
  const u8 = db.u8(e);
  const dv = db.dv(e);
  for (let p = db.valOff(e) + LP_HEADER_BYTES; u8[p] !== LP_END; p = lpSkip(u8, p)) {
    if ((what & REPLY_FIELDS) !== 0) lpReply(out, u8, dv, p);
    p = lpSkip(u8, p);
    if ((what & REPLY_VALUES) !== 0) lpReply(out, u8, dv, p);
  }
}

/** Replies with all fields that do not expire before `nowMs`, without a header; returns how many. */
export function replyFields(
  out: ReplyWriter,
  db: Db,
  e: number,
  what: number,
  nowMs: number,
  iterator: HashIterator,
): number {
  let fields = 0;
  iterator.start(db, e);
  while (iterator.next()) {
    if (iterator.expireMs !== 0 && iterator.expireMs < nowMs) continue;
    if ((what & REPLY_FIELDS) !== 0) replyFieldAt(out, db, e, iterator.place);
    if ((what & REPLY_VALUES) !== 0) replyValueAt(out, db, e, iterator.place);
    fields++;
  }
  return fields;
}

/** Whether a hash is small and has no field that expires. */
export function isPlainPairs(db: Db, e: number): boolean {
  return db.encoding(e) === ENC_LISTPACK;
}
