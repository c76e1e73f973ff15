/**
 * Writes streams in the RDB format, from raw memory alone:
 *
 *     count of nodes, (string: id of the node in 16 bytes, high first; string: listpack)…
 *     length, last id, first id, largest deleted id, entries added
 *     count of groups, for each:  name, last delivered id, entries read (all ones: not known)
 *                                 count of pending entries, (id in 16 bytes, delivered at (time), deliveries)…
 *                                 count of consumers, for each: name, seen at (time), active at (time)
 *                                                               count of its pending entries, (id in 16 bytes)…
 *
 * Ids without a size are two lengths. STREAM_LISTPACKS (5.0) ends its first line after the last id and has no `entries
 * read`; it and STREAM_LISTPACKS_2 (7.0) have no `active at`: a consumer is then taken to be as active as it was seen.
 */
import { TreeCursor, treeCount } from '../id-tree.ts';
import { wordOf } from '../id-tree-node.ts';
import { readU32 } from '../little-endian.ts';
import { S_ENTRIES_ADDED, S_FIRST_ID, S_GROUPS, S_LAST_ID, S_LENGTH, S_MAX_DELETED_ID, wordsAt } from '../stream.ts';
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
} from '../stream-group.ts';
import { ID_WORDS, writeIdBytes } from '../stream-id.ts';
import type { RawMemory } from '../value-ops.ts';
import { RDB_STREAM_LISTPACKS_2, RDB_STREAM_LISTPACKS_3, RDB_VERSION_72 } from './rdb-format.ts';
import type { RdbWriter } from './rdb-writer.ts';

const ID_BYTES = 16;
const idBytes = new Uint8Array(ID_BYTES);

/** Writes type byte and value of a stream whose root's ref is at buf[off]; `version`: the newest that the reader knows. */
export function saveStream(out: RdbWriter, memory: RawMemory, version: number, buf: Uint8Array, off: number): void {
  const root = readU32(buf, off);
  const withActive = version >= RDB_VERSION_72;
  out.byte(withActive ? RDB_STREAM_LISTPACKS_3 : RDB_STREAM_LISTPACKS_2);
  out.length(treeCount(memory, root));
  const nodes = new TreeCursor();
  for (let more = nodes.first(memory, root); more; more = nodes.next()) {
    writeIdBytes(nodes.words, nodes.w, idBytes, 0);
    out.string(idBytes, 0, ID_BYTES);
    const ref = nodes.words[nodes.w + ID_WORDS]!;
    out.string(memory.u8[ref >>> 22]!, (ref & 0x3fffff) << 4, wordsAt(memory, ref)[wordOf(ref)]!);
  }
  const words = wordsAt(memory, root);
  const w = wordOf(root);
  out.length64(words, w + S_LENGTH);
  for (const id of [S_LAST_ID, S_FIRST_ID, S_MAX_DELETED_ID]) saveId(out, words, w + id);
  out.length64(words, w + S_ENTRIES_ADDED);
  const groups = memberCount(memory, root, S_GROUPS);
  out.length(groups);
  for (let i = 0; i < groups; i++) saveGroup(out, memory, memberAt(memory, root, S_GROUPS, i), withActive);
}

function saveId(out: RdbWriter, words: Uint32Array, w: number): void {
  out.length64(words, w);
  out.length64(words, w + 2);
}

function saveName(out: RdbWriter, memory: RawMemory, ref: number): void {
  out.string(memory.u8[ref >>> 22]!, nameOff(ref), nameLen(memory, ref));
}

function saveGroup(out: RdbWriter, memory: RawMemory, group: number, withActive: boolean): void {
  const words = wordsAt(memory, group);
  const w = wordOf(group);
  saveName(out, memory, group);
  saveId(out, words, w + G_LAST_ID);
  out.length64(words, w + G_ENTRIES_READ);
  out.length(treeCount(memory, group));
  const pending = new TreeCursor();
  for (let more = pending.first(memory, group); more; more = pending.next()) {
    writeIdBytes(pending.words, pending.w, idBytes, 0);
    out.raw(idBytes, 0, ID_BYTES);
    out.time64(pending.words, pending.w + P_DELIVERED);
    out.length64(pending.words, pending.w + P_DELIVERIES);
  }
  const consumers = memberCount(memory, group, G_CONSUMERS);
  out.length(consumers);
  for (let i = 0; i < consumers; i++) saveConsumer(out, memory, memberAt(memory, group, G_CONSUMERS, i), withActive);
}

function saveConsumer(out: RdbWriter, memory: RawMemory, consumer: number, withActive: boolean): void {
  const words = wordsAt(memory, consumer);
  const w = wordOf(consumer);
  saveName(out, memory, consumer);
  out.time64(words, w + C_SEEN);
  if (withActive) out.time64(words, w + C_ACTIVE);
  out.length(treeCount(memory, consumer));
  const pending = new TreeCursor();
  for (let more = pending.first(memory, consumer); more; more = pending.next()) {
    writeIdBytes(pending.words, pending.w, idBytes, 0);
    out.raw(idBytes, 0, ID_BYTES);
  }
}
