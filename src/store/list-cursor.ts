/**
 * A place in a list of either encoding. One object serves any number of lists, so that commands make none; it is good
 * until the list changes or its entry moves.
 *
 *     for (let more = cursor.first(db, e); more; more = cursor.next()) cursor.reply(out);
 */

import { equalBytes } from '../memory/copy.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import { ENC_LISTPACK } from './entry-layout.ts';
import {
  type ElementText,
  LP_END,
  LP_HEADER_BYTES,
  lpElementBytes,
  lpEquals,
  lpFind,
  lpIsInteger,
  lpLast,
  lpLength,
  lpNext,
  lpPrev,
  lpReply,
  lpSeek,
  lpSkip,
  lpTextLen,
} from './listpack.ts';
import { findIndex, found, nodeRef, qlLength, qlNodes } from './quicklist-layout.ts';
import { NodeView } from './quicklist-nodes.ts';

/** Elements of the list in entry `e`. */
export function listLength(db: Db, e: number): number {
  return db.encoding(e) === ENC_LISTPACK ? lpLength(db.u8(e), db.valOff(e)) : qlLength(db.arena, db.root(e));
}

export class ListCursor extends NodeView {
  /** Position of the element in `u8`, when it is in a listpack. */
  p = 0;
  /** Node of the element, in a quicklist. */
  node = 0;
  private db: Db | null = null;
  /** 0 in a listpack. */
  private root = 0;
  private dv: DataView = new DataView(new ArrayBuffer(0));
  private bufferView: DataView = this.dv;

  /** Position of the element relative to its listpack. */
  get at(): number {
    return this.p - this.off;
  }

  /** Goes to the first element; false when there is none. */
  first(db: Db, e: number): boolean {
    this.begin(db, e);
    if (this.root !== 0 && !this.openNode(0)) return false;
    return this.enter(true);
  }

  /** Goes to the last element; false when there is none. */
  last(db: Db, e: number): boolean {
    this.begin(db, e);
    if (this.root !== 0 && !this.openNode(qlNodes(db.arena, this.root) - 1)) return false;
    return this.enter(false);
  }

  /** Goes to the element at an index, 0 … length - 1. */
  seek(db: Db, e: number, index: number): void {
    this.begin(db, e);
    let offset = index;
    if (this.root !== 0) {
      findIndex(db.arena, this.root, index);
      offset = found.offset;
      this.openNode(found.node);
    }
    if (!this.plain) this.p = lpSeek(this.u8, this.off, offset);
  }

  next(): boolean {
    if (!this.plain) {
      this.p = lpNext(this.u8, this.p);
      if (this.p !== 0) return true;
    }
    return this.root !== 0 && this.openNode(this.node + 1) && this.enter(true);
  }

  prev(): boolean {
    if (!this.plain) {
      this.p = lpPrev(this.u8, this.off, this.p);
      if (this.p !== 0) return true;
    }
    return this.root !== 0 && this.openNode(this.node - 1) && this.enter(false);
  }

  /** Goes to the first element from here on with the text buf[off .. off + len); false when there is none. */
  find(buf: Uint8Array, off: number, len: number): boolean {
    for (;;) {
      if (this.plain) {
        if (this.equals(buf, off, len)) return true;
      } else {
        this.p = lpFind(this.u8, this.p, buf, off, len, 0);
        if (this.p !== 0) return true;
      }
      if (this.root === 0 || !this.openNode(this.node + 1) || !this.enter(true)) return false;
    }
  }

  /** Replies with the element. */
  reply(out: ReplyWriter): void {
    if (this.plain) out.bulk(this.u8, this.off, this.len);
    else lpReply(out, this.u8, this.dv, this.p);
  }

  /** Replies with `count` elements from this one on, which must exist, forward or (`reverse`) backward. */
  replyRange(out: ReplyWriter, count: number, reverse: boolean): void {
    if (reverse) {
      for (let left = count; left > 0; left--) {
        this.reply(out);
        this.prev();
      }
      return;
    }
    for (let left = count; ; ) {
      if (this.plain) {
        this.reply(out);
        left--;
      } else left = this.replyNode(out, left);
      if (left === 0) return;
      this.openNode(this.node + 1);
      this.p = this.off + LP_HEADER_BYTES;
    }
  }

  /** Replies with up to `left` elements of one listpack; returns how many are left. */
  private replyNode(out: ReplyWriter, left: number): number {
    const { u8, dv } = this;
    let { p } = this;
    do {
      lpReply(out, u8, dv, p);
      p = lpSkip(u8, p);
      left--;
    } while (left > 0 && u8[p] !== LP_END);
    return left;
  }

  /** Whether the element's text is buf[off .. off + len). */
  equals(buf: Uint8Array, off: number, len: number): boolean {
    if (!this.plain) return lpEquals(this.u8, this.p, buf, off, len);
    return this.len === len && equalBytes(this.u8, this.off, buf, off, len);
  }

  /** Points `text` to the element's bytes. */
  read(text: ElementText): void {
    if (!this.plain) return text.read(this.u8, this.p);
    text.buf = this.u8;
    text.off = this.off;
    text.len = this.len;
  }

  /** Length of the element's text. */
  get textLen(): number {
    return this.plain ? this.len : lpTextLen(this.u8, this.p);
  }

  /** Bytes the element takes in its listpack, or those of its text when it is in none. */
  get elementBytes(): number {
    return this.plain ? this.len : lpElementBytes(this.u8, this.p);
  }

  /** Whether the element is stored as an integer. */
  get isInteger(): boolean {
    return !this.plain && lpIsInteger(this.u8, this.p);
  }

  private begin(db: Db, e: number): void {
    this.db = db;
    if (db.encoding(e) !== ENC_LISTPACK) {
      this.root = db.root(e);
      return;
    }
    this.root = 0;
    this.node = 0;
    this.plain = false;
    this.u8 = db.u8(e);
    this.dv = db.dv(e);
    this.off = db.valOff(e);
  }

  private openNode(node: number): boolean {
    const { arena } = this.db!;
    if (node < 0 || node >= qlNodes(arena, this.root)) return false;
    this.open(arena, this.root, node);
    this.node = node;
    if (!this.decompressed) this.dv = arena.dv[nodeRef(arena, this.root, node) >>> 22]!;
    else {
      if (this.bufferView.buffer !== this.buffer.buffer) {
        this.bufferView = new DataView(this.buffer.buffer);
      }
      this.dv = this.bufferView;
    }
    return true;
  }

  private enter(front: boolean): boolean {
    if (this.plain) return true;
    const { u8, off } = this;
    this.p = front ? off + LP_HEADER_BYTES : lpLast(u8, off);
    return this.p !== 0 && u8[this.p] !== LP_END;
  }
}
