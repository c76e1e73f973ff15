/** What generic commands and saving do with streams (value-ops.ts). */
import { ENC_STREAM, TYPE_STREAM } from './entry-layout.ts';
import { TreeCursor, treeCount } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import { ElementText } from './listpack.ts';
import { readU32 } from './little-endian.ts';
import { S_ENTRIES_ADDED, S_FIRST_ID, S_GROUPS, S_LAST_ID, S_MAX_DELETED_ID, streamLength, wordsAt } from './stream.ts';
import { streamValidate } from './stream-check.ts';
import {
  C_ACTIVE,
  C_SEEN,
  G_CONSUMERS,
  G_ENTRIES_READ,
  G_LAST_ID,
  memberAt,
  memberCount,
  nameLen,
  nameOff,
  P_DELIVERED,
  P_DELIVERIES,
} from './stream-group.ts';
import { counterOf, ID_WORDS, idText, writeIdBytes } from './stream-id.ts';
import { StreamIterator } from './stream-iterator.ts';
import { streamBytes, streamClone, streamEffort, streamFreeSome, streamRelocate } from './stream-whole.ts';
import { inlineOps, type RawMemory, type ValueOps, type ValueVisitor } from './value-ops.ts';

const iterator = new StreamIterator();
const text = new ElementText();

export const streamOps: ValueOps = {
  ...inlineOps(TYPE_STREAM),
  copy(from, e, to, buf, off, len) {
    const root = streamClone(from.arena, from.root(e));
    try {
      return to.putRoot(buf, off, len, TYPE_STREAM, ENC_STREAM, root);
    } catch (error) {
      streamFreeSome(from.arena, root, Number.POSITIVE_INFINITY);
      throw error;
    }
  },
  freeSome: (db, e, budget) => streamFreeSome(db.arena, db.root(e), budget),
  freeEffort: (db, e) => streamEffort(db.arena, db.root(e)),
  relocate(db, e, cursor, budget) {
    const root = db.root(e);
    if (cursor === 0 && db.arena.shouldMove(root)) db.setRoot(e, db.arena.move(root));
    return streamRelocate(db.arena, db.root(e), cursor, budget);
  },
  memoryUsage: (db, e, samples) => streamBytes(db.arena, db.root(e), samples),
  read(memory, _encoding, buf, off, _len, visitor) {
    new StreamReader(memory, visitor).stream(readU32(buf, off));
  },
  digest(db, e, digest) {
    iterator.all(db.arena, db.root(e), false);
    while (iterator.next(db.arena)) {
      digest.mix(Buffer.from(idText(iterator.id, 0).replace('-', '.')));
      iterator.forEachElement((u8, p) => {
        text.read(u8, p);
        digest.mix(text.buf.subarray(text.off, text.off + text.len));
      });
    }
  },
  validateIntegrity: (db, e) => streamValidate(db.arena, db.root(e)),
};

/** Hands a stream to a visitor, in the order that value-ops.ts says. */
class StreamReader {
  private readonly memory: RawMemory;
  private readonly visitor: ValueVisitor;
  private readonly bytes = new Uint8Array(16);

  constructor(memory: RawMemory, visitor: ValueVisitor) {
    this.memory = memory;
    this.visitor = visitor;
  }

  stream(root: number): void {
    const { memory, visitor } = this;
    const words = wordsAt(memory, root);
    const w = wordOf(root);
    visitor.count(treeCount(memory, root));
    const nodes = new TreeCursor();
    for (let more = nodes.first(memory, root); more; more = nodes.next()) {
      this.id(nodes.words, nodes.w);
      const ref = nodes.words[nodes.w + ID_WORDS]!;
      visitor.bytes(memory.u8[ref >>> 22]!, (ref & 0x3fffff) << 4, wordsAt(memory, ref)[wordOf(ref)]!);
    }
    visitor.number(streamLength(memory, root));
    for (const which of [S_LAST_ID, S_FIRST_ID, S_MAX_DELETED_ID]) this.id(words, w + which);
    this.counter(words, w + S_ENTRIES_ADDED);
    const groups = memberCount(memory, root, S_GROUPS);
    visitor.count(groups);
    for (let i = 0; i < groups; i++) this.group(memberAt(memory, root, S_GROUPS, i));
  }

  private group(group: number): void {
    const { memory, visitor } = this;
    const words = wordsAt(memory, group);
    const w = wordOf(group);
    this.name(group);
    this.id(words, w + G_LAST_ID);
    this.counter(words, w + G_ENTRIES_READ);
    visitor.count(treeCount(memory, group));
    const place = new TreeCursor();
    for (let more = place.first(memory, group); more; more = place.next()) {
      this.id(place.words, place.w);
      visitor.number(counterOf(place.words, place.w + P_DELIVERED));
      this.counter(place.words, place.w + P_DELIVERIES);
    }
    const consumers = memberCount(memory, group, G_CONSUMERS);
    visitor.count(consumers);
    for (let i = 0; i < consumers; i++) this.consumer(memberAt(memory, group, G_CONSUMERS, i));
  }

  private consumer(consumer: number): void {
    const { memory, visitor } = this;
    const words = wordsAt(memory, consumer);
    const w = wordOf(consumer);
    this.name(consumer);
    visitor.number(counterOf(words, w + C_SEEN));
    visitor.number(counterOf(words, w + C_ACTIVE));
    visitor.count(treeCount(memory, consumer));
    const place = new TreeCursor();
    for (let more = place.first(memory, consumer); more; more = place.next()) this.id(place.words, place.w);
  }

  private name(ref: number): void {
    this.visitor.bytes(this.memory.u8[ref >>> 22]!, nameOff(ref), nameLen(this.memory, ref));
  }

  private id(words: Uint32Array, i: number): void {
    writeIdBytes(words, i, this.bytes, 0);
    this.visitor.bytes(this.bytes, 0, 16);
  }

  /** A number of 64 bits. */
  private counter(words: Uint32Array, i: number): void {
    writeIdBytes(words, i, this.bytes, 0);
    this.visitor.bytes(this.bytes, 0, 8);
  }
}
