/**
 * Writes values in the RDB format (rdb-format.ts), from raw memory alone, so that a thread which has only the chunks'
 * bytes can do it (raw-reader.ts).
 *
 * Small encodings are written as the bytes they are, large ones element by element. A value is written in the newest
 * form that a release may meet whose version of the format is given:
 *
 *     value                          version 10 (7.0)    11 (7.2)             12 (7.4)
 *     set in a listpack              SET                 SET_LISTPACK         SET_LISTPACK
 *     stream                         STREAM_LISTPACKS_2  STREAM_LISTPACKS_3   STREAM_LISTPACKS_3
 *     hash with fields that expire   none                none                 HASH_METADATA, HASH_LISTPACK_EX
 *     all others                     the same in all three
 */
import {
  ENC_HT,
  ENC_INTSET,
  ENC_LISTPACK,
  ENC_LISTPACK_EX,
  ENC_QUICKLIST,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_MODULE,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  TYPE_ZSET,
} from '../entry-layout.ts';
import { fieldExpiry, heapCount, heapFirst } from '../field-heap.ts';
import { hashOps } from '../hash-ops.ts';
import { firstExpiryOf } from '../listpack-ex.ts';
import { readU32 } from '../little-endian.ts';
import { firstWord, LZF_HEADER_BYTES, NODE_LZF, NODE_PLAIN, nodeMeta, nodeRef, qlNodes } from '../quicklist-layout.ts';
import { NodeView } from '../quicklist-nodes.ts';
import { setOps } from '../set-ops.ts';
import type { RawMemory, ValueVisitor } from '../value-ops.ts';
import { zsetOps } from '../zset-ops.ts';
import {
  CONTAINER_PACKED,
  CONTAINER_PLAIN,
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_METADATA,
  RDB_LIST_QUICKLIST_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STRING,
  RDB_VERSION_70,
  RDB_VERSION_72,
  RDB_VERSION_74,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
} from './rdb-format.ts';
import type { RdbWriter } from './rdb-writer.ts';
import { saveStream } from './save-stream.ts';

const view = new NodeView();

/** Writes elements as they come: members, members and scores, fields and values. */
class ElementWriter implements ValueVisitor {
  protected out!: RdbWriter;

  to(out: RdbWriter): this {
    this.out = out;
    return this;
  }

  count(elements: number): void {
    this.out.length(elements);
  }

  bytes(buf: Uint8Array, off: number, len: number): void {
    this.out.string(buf, off, len);
  }

  number(value: number): void {
    this.out.double64(value);
  }
}

/** Writes the fields of a hash and leaves out that none of them expires. */
class PairWriter extends ElementWriter {
  override number(): void {}
}

/** Writes fields of a table, where ranges outlive the call, each with its expiry in front. */
class MetadataWriter extends ElementWriter {
  /** The expiry that others are relative to. */
  firstMs = 0;
  private readonly ranges: [buf: Uint8Array, off: number, len: number][] = [];

  override bytes(buf: Uint8Array, off: number, len: number): void {
    this.ranges.push([buf, off, len]);
  }

  override number(expireMs: number): void {
    this.out.length(expireMs === 0 ? 0 : expireMs - this.firstMs + 1);
    for (const [buf, off, len] of this.ranges) this.out.string(buf, off, len);
    this.ranges.length = 0;
  }
}

const elements = new ElementWriter();
const pairs = new PairWriter();
const metadata = new MetadataWriter();

/** Whether values of a type are written here; those of modules are by their `ValueOps.save`. */
export function canSave(type: number): boolean {
  return type !== TYPE_MODULE;
}

/** The lowest version of the format that has a form for the value whose bytes start at buf[off]. */
export function lowestVersion(memory: RawMemory, type: number, encoding: number, buf: Uint8Array, off: number): number {
  return type === TYPE_HASH && firstExpiryMs(memory, encoding, buf, off) !== 0 ? RDB_VERSION_74 : RDB_VERSION_70;
}

/** When the field of a hash expires that does so first; 0 when none does. */
function firstExpiryMs(memory: RawMemory, encoding: number, buf: Uint8Array, off: number): number {
  if (encoding === ENC_LISTPACK_EX) return firstExpiryOf(buf, off);
  if (encoding !== ENC_HT) return 0;
  const root = readU32(buf, off);
  return heapCount(memory, root) === 0 ? 0 : fieldExpiry(memory, heapFirst(memory, root));
}

/**
 * Writes type byte and value. `buf[off .. off + len)`: the entry's value bytes; `version`: the newest that the reader
 * knows, at least the value's `lowestVersion`.
 */
export function saveValue(
  out: RdbWriter,
  memory: RawMemory,
  version: number,
  type: number,
  encoding: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  switch (type) {
    case TYPE_STRING:
      return saveBytes(out, RDB_STRING, buf, off, len);
    case TYPE_LIST:
      return saveList(out, memory, encoding, buf, off, len);
    case TYPE_SET:
      if (encoding === ENC_INTSET) return saveBytes(out, RDB_SET_INTSET, buf, off, len);
      if (encoding === ENC_LISTPACK && version >= RDB_VERSION_72)
        return saveBytes(out, RDB_SET_LISTPACK, buf, off, len);
      out.byte(RDB_SET);
      return setOps.read!(memory, encoding, buf, off, len, elements.to(out));
    case TYPE_ZSET:
      if (encoding === ENC_LISTPACK) return saveBytes(out, RDB_ZSET_LISTPACK, buf, off, len);
      out.byte(RDB_ZSET_2);
      return zsetOps.read!(memory, encoding, buf, off, len, elements.to(out));
    case TYPE_STREAM:
      return saveStream(out, memory, version, buf, off);
    case TYPE_HASH:
      return saveHash(out, memory, version, encoding, buf, off, len);
    default:
      throw new Error(`rdb: values of type ${type} cannot be written`);
  }
}

/** A value that is one string. */
function saveBytes(out: RdbWriter, rdbType: number, buf: Uint8Array, off: number, len: number): void {
  out.byte(rdbType);
  out.string(buf, off, len);
}

function saveList(
  out: RdbWriter,
  memory: RawMemory,
  encoding: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  out.byte(RDB_LIST_QUICKLIST_2);
  if (encoding !== ENC_QUICKLIST) {
    out.length(1);
    out.length(CONTAINER_PACKED);
    return out.string(buf, off, len);
  }
  const root = readU32(buf, off);
  const nodes = qlNodes(memory, root);
  out.length(nodes);
  for (let i = 0; i < nodes; i++) {
    const meta = nodeMeta(memory, root, i);
    out.length((meta & NODE_PLAIN) !== 0 ? CONTAINER_PLAIN : CONTAINER_PACKED);
    // A compressed listpack is what the format has for one; plain nodes are compressed together with a header.
    if ((meta & (NODE_LZF | NODE_PLAIN)) === NODE_LZF) saveCompressedNode(out, memory, nodeRef(memory, root, i));
    else {
      view.open(memory, root, i);
      out.string(view.u8, view.off, view.len);
    }
  }
}

function saveCompressedNode(out: RdbWriter, memory: RawMemory, ref: number): void {
  const at = (ref & 0x3fffff) << 4;
  const u8 = memory.u8[ref >>> 22]!;
  out.lzf(u8, at + LZF_HEADER_BYTES, readU32(u8, at + 4), firstWord(memory, ref));
}

function saveHash(
  out: RdbWriter,
  memory: RawMemory,
  version: number,
  encoding: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  if (encoding === ENC_LISTPACK) return saveBytes(out, RDB_HASH_LISTPACK, buf, off, len);
  const firstMs = firstExpiryMs(memory, encoding, buf, off);
  if (firstMs === 0) {
    out.byte(RDB_HASH);
    return hashOps.read!(memory, encoding, buf, off, len, pairs.to(out));
  }
  if (version < RDB_VERSION_74) throw new Error(`rdb: version ${version} has no fields that expire`);
  out.byte(encoding === ENC_LISTPACK_EX ? RDB_HASH_LISTPACK_EX : RDB_HASH_METADATA);
  out.time(firstMs);
  if (encoding === ENC_LISTPACK_EX) return out.string(buf, off, len);
  metadata.firstMs = firstMs;
  hashOps.read!(memory, encoding, buf, off, len, metadata.to(out));
}
