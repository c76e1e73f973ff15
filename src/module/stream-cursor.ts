// The walk of an open key through its stream: RM_StreamIteratorStart and what follows.
//
// The walk stands at an id. Where the stream has not changed since the last step (same root, length and counter of
// entries), the next step goes on from there at once; else it looks the id up again, so that deleting the current entry,
// or adding some, is harmless. Fields are copied when the first one is asked for.

import type { Db } from '../store/db.ts';
import { wordOf } from '../store/id-tree-node.ts';
import { ElementText } from '../store/listpack.ts';
import { S_ENTRIES_ADDED, streamLength, wordsAt } from '../store/stream.ts';
import { copyId, decrementId, incrementId, newId } from '../store/stream-id.ts';
import { StreamIterator } from '../store/stream-iterator.ts';

const text = new ElementText();

export class StreamCursor {
  /** Id of the current entry; only where `atEntry`. */
  readonly id: Uint32Array = newId();
  /** There is a current entry, and it has not been deleted through this cursor. */
  atEntry = false;
  private readonly start = newId();
  private readonly end = newId();
  private readonly reverse: boolean;
  private readonly iterator = new StreamIterator();
  private exhausted = false;
  /** Fields and values of the current entry, in turn; null before the first is asked for. */
  private elements: Uint8Array[] | null = null;
  private nextElement = 0;
  private root = 0;
  private length = -1;
  private added = 0;
  private addedHigh = 0;

  /** Over the ids `start` to `end`, both included. */
  constructor(start: Uint32Array, end: Uint32Array, reverse: boolean) {
    copyId(start, 0, this.start, 0);
    copyId(end, 0, this.end, 0);
    this.reverse = reverse;
  }

  /** Goes to the next entry of the stream in entry `e`; how many pairs of field and value it has, -1 at the end. */
  next(db: Db, e: number): number {
    const { arena } = db;
    const root = db.root(e);
    this.elements = null;
    this.atEntry = false;
    if (this.exhausted) return -1;
    if (!this.isUnchanged(db, root)) {
      this.iterator.range(arena, root, this.start, 0, this.end, 0, this.reverse);
      this.remember(db, root);
    }
    if (!this.iterator.next(arena)) {
      this.exhausted = true;
      return -1;
    }
    copyId(this.iterator.id, 0, this.id, 0);
    this.moveOn();
    this.atEntry = true;
    this.nextElement = 0;
    return this.iterator.pairs;
  }

  /** The next field and its value; null when there is none, or the entry is gone. */
  nextField(db: Db, e: number): [field: Uint8Array, value: Uint8Array] | null {
    if (!this.atEntry) return null;
    this.elements ??= this.readElements(db, e);
    const i = this.nextElement;
    if (i >= this.elements.length) return null;
    this.nextElement = i + 2;
    return [this.elements[i]!, this.elements[i + 1]!];
  }

  /** The range that is left lies behind the current entry. */
  private moveOn(): void {
    const edge = this.reverse ? this.end : this.start;
    copyId(this.id, 0, edge, 0);
    this.exhausted = !(this.reverse ? decrementId(edge, 0) : incrementId(edge, 0));
  }

  private readElements(db: Db, e: number): Uint8Array[] {
    const { arena } = db;
    const root = db.root(e);
    const elements: Uint8Array[] = [];
    if (!this.isUnchanged(db, root)) {
      this.length = -1;
      if (!this.iterator.find(arena, root, this.id, 0)) return elements;
    }
    this.iterator.forEachElement((u8, p) => {
      text.read(u8, p);
      elements.push(text.buf.slice(text.off, text.off + text.len));
    });
    return elements;
  }

  private isUnchanged(db: Db, root: number): boolean {
    if (root !== this.root || this.length !== streamLength(db.arena, root)) return false;
    const words = wordsAt(db.arena, root);
    const w = wordOf(root) + S_ENTRIES_ADDED;
    return words[w] === this.addedHigh && words[w + 1] === this.added;
  }

  private remember(db: Db, root: number): void {
    const words = wordsAt(db.arena, root);
    const w = wordOf(root) + S_ENTRIES_ADDED;
    this.root = root;
    this.length = streamLength(db.arena, root);
    this.addedHigh = words[w]!;
    this.added = words[w + 1]!;
  }
}
