/** A walk through the entries of a stream within two ids, in either direction. */
import type { ReplyWriter } from '../protocol/reply.ts';
import { TreeCursor } from './id-tree.ts';
import { LP_END, lpInteger, lpPrev, lpReply, lpSkip } from './listpack.ts';
import { compareIds, copyId, ID_WORDS, MAX_ID, MIN_ID, newId, replyId } from './stream-id.ts';
import { ENTRY_DELETED, ENTRY_SAME_FIELDS, entryElements, entryId, firstEntry, masterFields } from './stream-node.ts';
import type { RawMemory } from './value-ops.ts';

/** Memory that has views for copying words, as the arena does. */
interface ViewedMemory extends RawMemory {
  readonly dv: readonly DataView[];
}

/**
 * Where a walk is. One object serves any number of walks; it is lost when the stream changes. After next() the entry is
 * described by `id`, `pairs`, `flags`, and `p`, where its flags are in the listpack at `lp` of `u8`.
 */
export class StreamIterator {
  readonly id: Uint32Array = newId();
  /** The place in the tree: the node's master id and ref. */
  readonly node: TreeCursor = new TreeCursor();
  u8: Uint8Array = new Uint8Array(0);
  lp = 0;
  /** Where the entry starts. */
  p = 0;
  flags = 0;
  /** Pairs of field and value. */
  pairs = 0;
  /** Whether entries marked as deleted are passed over. */
  skipsDeleted = true;
  private readonly start = newId();
  private readonly end = newId();
  private reverse = false;
  private ref = 0;
  private inNode = false;
  /** Forward: where the next entry starts, when `unread` elements are skipped. Reverse: where the next entry ends. */
  private at = 0;
  private unread = 0;
  /** The first field of the master entry, and how many there are. */
  private masterAt = 0;
  private masterCount = 0;
  /** Where the entry's fields or, with those of the master, values are. */
  private fieldsAt = 0;

  /** Begins a walk over the ids start[s …] to end[e …], both included. */
  range(
    memory: RawMemory,
    root: number,
    start: Uint32Array,
    s: number,
    end: Uint32Array,
    e: number,
    reverse: boolean,
  ): void {
    copyId(start, s, this.start, 0);
    copyId(end, e, this.end, 0);
    this.reverse = reverse;
    this.skipsDeleted = true;
    const { node } = this;
    const from = reverse ? this.end : this.start;
    const below = node.atMost(memory, root, from, 0);
    this.openNode(memory, below || (!reverse && node.first(memory, root)));
  }

  /** Begins a walk over all entries. */
  all(memory: RawMemory, root: number, reverse: boolean): void {
    this.range(memory, root, MIN_ID, 0, MAX_ID, 0, reverse);
  }

  /** Goes to an id; false when there is no such entry, or it is deleted. */
  find(memory: RawMemory, root: number, id: Uint32Array, i: number): boolean {
    this.range(memory, root, id, i, id, i, false);
    return this.next(memory);
  }

  /** Goes to the next entry; false when there is none. */
  next(memory: RawMemory): boolean {
    while (this.inNode) {
      if (!(this.reverse ? this.stepBack() : this.step())) {
        this.openNode(memory, this.reverse ? this.node.prev() : this.node.next());
        continue;
      }
      if (this.skipsDeleted && (this.flags & ENTRY_DELETED) !== 0) continue;
      if (this.reverse) {
        if (compareIds(this.id, 0, this.end, 0) > 0) continue;
        if (compareIds(this.id, 0, this.start, 0) >= 0) return true;
      } else {
        if (compareIds(this.id, 0, this.start, 0) < 0) continue;
        if (compareIds(this.id, 0, this.end, 0) <= 0) return true;
      }
      this.inNode = false;
    }
    return false;
  }

  private openNode(memory: RawMemory, found: boolean): void {
    this.inNode = found;
    if (!found) return;
    const { node } = this;
    this.ref = node.words[node.w + ID_WORDS]!;
    this.u8 = memory.u8[this.ref >>> 22]!;
    this.lp = (this.ref & 0x3fffff) << 4;
    const fields = masterFields(this.u8, this.lp);
    this.masterCount = lpInteger(this.u8, fields);
    this.masterAt = lpSkip(this.u8, fields);
    this.unread = 0;
    const { u8, lp } = this;
    this.at = this.reverse ? lp + (u8[lp]! | (u8[lp + 1]! << 8) | (u8[lp + 2]! << 16) | (u8[lp + 3]! << 24)) - 1 : 0;
    if (!this.reverse) this.at = firstEntry(u8, lp);
  }

  /** Reads the next entry of the node; false at its end. */
  private step(): boolean {
    const { u8 } = this;
    let p = this.at;
    // Nearly all elements are short: one byte says how far it is to the next.
    for (let n = this.unread; n > 0; n--) {
      const b = u8[p]!;
      if (b < 0x80) p += 2;
      else if (b < 0xc0) p += 2 + (b & 0x3f);
      else p = lpSkip(u8, p);
    }
    this.at = p;
    this.unread = 0;
    if (u8[p] === LP_END) return false;
    this.read(p);
    this.at = this.fieldsAt;
    this.unread = entryElements(u8, this.fieldsAt, this.flags, this.masterCount);
    return true;
  }

  private stepBack(): boolean {
    const { u8, lp } = this;
    let p = lpPrev(u8, lp, this.at);
    // The master entry ends with 0, as if it had nothing.
    let elements = lpInteger(u8, p);
    if (elements === 0) return false;
    for (; elements > 0; elements--) p = lpPrev(u8, lp, p);
    this.at = p;
    this.read(p);
    return true;
  }

  private read(p: number): void {
    const { u8, node } = this;
    this.p = p;
    this.flags = lpInteger(u8, p);
    this.fieldsAt = entryId(u8, p, node.words, node.w, this.id);
    const same = (this.flags & ENTRY_SAME_FIELDS) !== 0;
    this.pairs = same ? this.masterCount : lpInteger(u8, this.fieldsAt);
  }

  /** Replies with the entry: its id, and an array of fields and values. */
  reply(out: ReplyWriter, memory: ViewedMemory): void {
    out.array(2);
    replyId(out, this.id, 0);
    const { u8, pairs } = this;
    const dv = memory.dv[this.ref >>> 22]!;
    out.array(pairs * 2);
    let p = this.fieldsAt;
    if ((this.flags & ENTRY_SAME_FIELDS) !== 0) {
      let field = this.masterAt;
      for (let n = pairs; n > 0; n--) {
        lpReply(out, u8, dv, field);
        lpReply(out, u8, dv, p);
        field = lpSkip(u8, field);
        p = lpSkip(u8, p);
      }
    } else {
      p = lpSkip(u8, p);
      for (let n = pairs * 2; n > 0; n--) {
        lpReply(out, u8, dv, p);
        p = lpSkip(u8, p);
      }
    }
    if (this.reverse) return;
    this.at = p;
    this.unread = 1;
  }

  /** Calls back with the element of each field and value, in turn. */
  forEachElement(visit: (u8: Uint8Array, p: number) => void): void {
    const { u8 } = this;
    const same = (this.flags & ENTRY_SAME_FIELDS) !== 0;
    let field = this.masterAt;
    let p = same ? this.fieldsAt : lpSkip(u8, this.fieldsAt);
    for (let n = this.pairs; n > 0; n--) {
      visit(u8, same ? field : p);
      if (same) field = lpSkip(u8, field);
      else p = lpSkip(u8, p);
      visit(u8, p);
      p = lpSkip(u8, p);
    }
  }
}
