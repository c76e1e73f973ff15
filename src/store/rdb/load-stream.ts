/** Loads streams, whose form save-stream.ts draws: see load-value.ts. */
import type { Arena } from '../../memory/arena.ts';
import { copyBytes } from '../../memory/copy.ts';
import { ENC_STREAM, TYPE_STREAM } from '../entry-layout.ts';
import { TreeCursor, treeAdd, treeCount } from '../id-tree.ts';
import { wordOf } from '../id-tree-node.ts';
import {
  S_ENTRIES_ADDED,
  S_FIRST_ID,
  S_LAST_ID,
  S_LENGTH,
  S_MAX_DELETED_ID,
  streamCreate,
  wordsAt,
} from '../stream.ts';
import { streamAddNode } from '../stream-append.ts';
import { streamNodeIsSound } from '../stream-check.ts';
import {
  C_ACTIVE,
  C_SEEN,
  createConsumer,
  createGroup,
  ENTRIES_READ_UNKNOWN,
  G_ENTRIES_READ,
  P_CONSUMER,
  P_DELIVERED,
  P_DELIVERIES,
} from '../stream-group.ts';
import { compareIds, copyId, counterOf, ID_WORDS, newId, setCounter } from '../stream-id.ts';
import { StreamIterator } from '../stream-iterator.ts';
import { ENTRY_DELETED } from '../stream-node.ts';
import { refreshFirstId } from '../stream-trim.ts';
import { streamFreeSome } from '../stream-whole.ts';
import type { LoadTarget } from './load-target.ts';
import { RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_3 } from './rdb-format.ts';
import { CorruptRdb, type RdbReader, RdbString } from './rdb-reader.ts';

const ID_BYTES = 16;

const text = new RdbString();
const id = newId();
const place = new TreeCursor();
const iterator = new StreamIterator();

export function loadStream(reader: RdbReader, target: LoadTarget, rdbType: number): number {
  const { db, kbuf, koff, klen } = target;
  const { arena } = db;
  const root = streamCreate(arena);
  try {
    readNodes(reader, arena, root);
    readCounters(reader, arena, root, rdbType === RDB_STREAM_LISTPACKS);
    checkEntries(arena, root);
    refreshFirstId(arena, root);
    for (let groups = reader.length(); groups > 0; groups--) readGroup(reader, arena, root, rdbType);
    return db.addRoot(kbuf, koff, klen, TYPE_STREAM, ENC_STREAM, root);
  } catch (error) {
    streamFreeSome(arena, root, Number.POSITIVE_INFINITY);
    throw error;
  }
}

/** Puts 16 bytes, high first, into `id`. */
function idOfBytes(buf: Uint8Array, off: number): void {
  for (let i = 0; i < ID_WORDS; i++, off += 4) {
    id[i] = (buf[off]! << 24) | (buf[off + 1]! << 16) | (buf[off + 2]! << 8) | buf[off + 3]!;
  }
}

function readIdBytes(reader: RdbReader): void {
  reader.fixed(ID_BYTES, text);
  idOfBytes(text.buf, text.off);
}

function readNodes(reader: RdbReader, arena: Arena, root: number): void {
  for (let nodes = reader.length(); nodes > 0; nodes--) {
    reader.string(text);
    if (text.len !== ID_BYTES) throw new CorruptRdb('Stream node key entry is not the size of a stream ID');
    idOfBytes(text.buf, text.off);
    reader.string(text);
    const { buf, off, len } = text;
    if (!streamNodeIsSound(buf, off, len, true)) throw new CorruptRdb('Stream listpack integrity check failed.');
    if (place.find(arena, root, id, 0))
      throw new CorruptRdb('Stream listpack integrity check failed: two nodes have the same ID');
    const node = arena.alloc(len);
    copyBytes(buf, off, arena.u8[node >>> 22]!, (node & 0x3fffff) << 4, len);
    streamAddNode(arena, root, id, 0, node);
  }
}

/** What a stream of 5.0 does not tell is taken from its length. */
function readCounters(reader: RdbReader, arena: Arena, root: number, old: boolean): void {
  const words = wordsAt(arena, root);
  const w = wordOf(root);
  reader.length64(words, w + S_LENGTH);
  readId(reader, words, w + S_LAST_ID);
  if (old) {
    words[w + S_ENTRIES_ADDED] = words[w + S_LENGTH]!;
    words[w + S_ENTRIES_ADDED + 1] = words[w + S_LENGTH + 1]!;
    return;
  }
  readId(reader, words, w + S_FIRST_ID);
  readId(reader, words, w + S_MAX_DELETED_ID);
  reader.length64(words, w + S_ENTRIES_ADDED);
}

function readId(reader: RdbReader, words: Uint32Array, w: number): void {
  reader.length64(words, w);
  reader.length64(words, w + 2);
}

/** Entries must ascend, each within the reach of its node, up to the last id; and be as many as the length says. */
function checkEntries(arena: Arena, root: number): void {
  const words = wordsAt(arena, root);
  const w = wordOf(root);
  const before = newId();
  const { node } = iterator;
  let ref = 0;
  let seen = false;
  let count = 0;
  iterator.all(arena, root, false);
  iterator.skipsDeleted = false;
  while (iterator.next(arena)) {
    const own = iterator.id;
    if (compareIds(own, 0, node.words, node.w) < 0 || compareIds(own, 0, words, w + S_LAST_ID) > 0) {
      throw new CorruptRdb('Stream entries integrity check failed: an ID is out of place');
    }
    if (seen && compareIds(before, 0, own, 0) >= 0)
      throw new CorruptRdb('Stream entries integrity check failed: IDs are out of order');
    if (node.words[node.w + ID_WORDS] !== ref) {
      ref = node.words[node.w + ID_WORDS]!;
      if (seen && compareIds(before, 0, node.words, node.w) >= 0)
        throw new CorruptRdb('Stream entries integrity check failed: nodes overlap');
    }
    if ((iterator.flags & ENTRY_DELETED) === 0) count++;
    copyId(own, 0, before, 0);
    seen = true;
  }
  iterator.skipsDeleted = true;
  if (count !== counterOf(words, w + S_LENGTH)) throw new CorruptRdb('Stream length inconsistent with its entries');
}

function readGroup(reader: RdbReader, arena: Arena, root: number, rdbType: number): void {
  reader.string(text);
  readId(reader, id, 0);
  const group = createGroup(arena, root, text.buf, text.off, text.len, id, 0);
  if (group === 0) throw new CorruptRdb('Duplicate stream consumer group detected');
  const words = wordsAt(arena, group);
  const read = wordOf(group) + G_ENTRIES_READ;
  if (rdbType === RDB_STREAM_LISTPACKS) setCounter(words, read, entriesUpTo(arena, root, id));
  else reader.length64(words, read);
  const pending = reader.length();
  for (let i = 0; i < pending; i++) {
    readIdBytes(reader);
    if (!treeAdd(arena, group, id, 0, place))
      throw new CorruptRdb('Duplicate pending entry of a stream consumer group');
    place.words[place.w + P_CONSUMER] = 0;
    reader.time64(place.words, place.w + P_DELIVERED);
    reader.length64(place.words, place.w + P_DELIVERIES);
  }
  let owned = 0;
  for (let consumers = reader.length(); consumers > 0; consumers--)
    owned += readConsumer(reader, arena, group, rdbType);
  if (owned !== pending) throw new CorruptRdb('Stream consumer group has a pending entry without a consumer');
}

/** How many entries a group of 5.0 has read: known where nothing can be missing in between. */
function entriesUpTo(arena: Arena, root: number, last: Uint32Array): number {
  const words = wordsAt(arena, root);
  const w = wordOf(root);
  const length = counterOf(words, w + S_LENGTH);
  if (length === 0) return 0;
  const toLast = compareIds(last, 0, words, w + S_LAST_ID);
  if (toLast >= 0) return toLast === 0 ? length : ENTRIES_READ_UNKNOWN;
  const toFirst = compareIds(last, 0, words, w + S_FIRST_ID);
  return toFirst > 0 ? ENTRIES_READ_UNKNOWN : toFirst + 1;
}

/** Returns how many pending entries it has. */
function readConsumer(reader: RdbReader, arena: Arena, group: number, rdbType: number): number {
  reader.string(text);
  const consumer = createConsumer(arena, group, text.buf, text.off, text.len, 0);
  if (consumer === 0) throw new CorruptRdb('Duplicate stream consumer detected');
  const words = wordsAt(arena, consumer);
  const w = wordOf(consumer);
  reader.time64(words, w + C_SEEN);
  if (rdbType === RDB_STREAM_LISTPACKS_3) reader.time64(words, w + C_ACTIVE);
  else {
    words[w + C_ACTIVE] = words[w + C_SEEN]!;
    words[w + C_ACTIVE + 1] = words[w + C_SEEN + 1]!;
  }
  const pending = reader.length();
  for (let i = 0; i < pending; i++) {
    readIdBytes(reader);
    if (!place.find(arena, group, id, 0) || place.words[place.w + P_CONSUMER] !== 0) {
      throw new CorruptRdb('Consumer entry not found in the pending entries of its group');
    }
    place.words[place.w + P_CONSUMER] = consumer;
    treeAdd(arena, consumer, id, 0, place);
  }
  return treeCount(arena, consumer);
}
