/** The table of a quicklist's nodes and the blocks of nodes: making room, moving, compressing. Layout: quicklist-layout.ts. */
import type { Arena } from '../memory/arena.ts';
import { isOutOfMemory, OutOfMemory } from '../memory/out-of-memory.ts';
import { lzfCompress, lzfDecompress } from './lzf.ts';
import {
  firstWord,
  LZF_HEADER_BYTES,
  NODE_COUNT_SHIFT,
  NODE_LZF,
  NODE_PLAIN,
  nodeBytes,
  nodeMeta,
  nodeRef,
  PLAIN_HEADER_BYTES,
  Q_COUNT,
  Q_DEPTH,
  Q_FILL,
  Q_FIRST,
  Q_NODES,
  Q_ROOM,
  Q_TABLE,
  qlNodes,
  ROOT_BYTES,
  rootWord,
  SLOT_BYTES,
  setNode,
  setRootWord,
} from './quicklist-layout.ts';
import type { RawMemory } from './value-ops.ts';

const FIRST_ROOM = 4;
/** Blocks up to this are never shrunk. */
const KEEP_BYTES = 64;
/** Smaller tables are not worth shrinking. */
const MIN_SHRUNK_ROOM = 256;
/** Smaller nodes are not compressed, nor those that would not get this much smaller. */
const MIN_COMPRESS_BYTES = 48;
const MIN_GAIN_BYTES = 8;

/** Compressed bytes on their way into a block. */
let packed = new Uint8Array(8192);

/** A quicklist without nodes; returns its root. */
export function newRoot(arena: Arena, fill: number, depth: number): number {
  const table = arena.alloc(FIRST_ROOM * SLOT_BYTES);
  const root = arena.tryAlloc(ROOT_BYTES);
  if (root === 0) {
    arena.free(table);
    throw new OutOfMemory('no memory for a list');
  }
  setRootWord(arena, root, Q_COUNT, 0);
  setRootWord(arena, root, Q_NODES, 0);
  setRootWord(arena, root, Q_TABLE, table);
  setRootWord(arena, root, Q_ROOM, FIRST_ROOM);
  setRootWord(arena, root, Q_FIRST, 0);
  setRootWord(arena, root, Q_FILL, fill);
  setRootWord(arena, root, Q_DEPTH, depth);
  return root;
}

/** Makes sure that insertNode() finds a free slot where it needs one, for `more` nodes. Throws before anything changes. */
export function reserveNodes(arena: Arena, root: number, more: number): void {
  const nodes = qlNodes(arena, root);
  const room = rootWord(arena, root, Q_ROOM);
  const first = rootWord(arena, root, Q_FIRST);
  if (first >= more && first + nodes + more <= room) return;
  const needed = nodes + 2 * more;
  // A table that is half empty is centred; a fuller one is replaced by one of twice the size.
  if (needed * 2 <= room) return moveSlots(arena, root, rootWord(arena, root, Q_TABLE), (room - nodes) >>> 1);
  let grown = Math.max(room, FIRST_ROOM);
  while (grown < needed * 2) grown *= 2;
  const old = rootWord(arena, root, Q_TABLE);
  const table = arena.alloc(grown * SLOT_BYTES);
  moveSlots(arena, root, table, (grown - nodes) >>> 1);
  setRootWord(arena, root, Q_ROOM, grown);
  arena.free(old);
}

/** Moves all nodes to slots from `first` on of a table, which may be the one they are in. */
function moveSlots(arena: Arena, root: number, table: number, first: number): void {
  const old = rootWord(arena, root, Q_TABLE);
  const from = ((old & 0x3fffff) << 4) + rootWord(arena, root, Q_FIRST) * SLOT_BYTES;
  const to = ((table & 0x3fffff) << 4) + first * SLOT_BYTES;
  const bytes = qlNodes(arena, root) * SLOT_BYTES;
  if (table === old) arena.u8[table >>> 22]!.copyWithin(to, from, from + bytes);
  else arena.u8[table >>> 22]!.set(arena.u8[old >>> 22]!.subarray(from, from + bytes), to);
  setRootWord(arena, root, Q_TABLE, table);
  setRootWord(arena, root, Q_FIRST, first);
}

/** Puts a node before the one at `at`; reserveNodes() must have been called. The element count is the caller's. */
export function insertNode(arena: Arena, root: number, at: number, ref: number, meta: number): void {
  const nodes = qlNodes(arena, root);
  const first = rootWord(arena, root, Q_FIRST);
  if (at < nodes >>> 1 || (at === 0 && nodes > 0)) {
    shiftSlots(arena, root, first, at, -1);
    setRootWord(arena, root, Q_FIRST, first - 1);
  } else shiftSlots(arena, root, first + at, nodes - at, 1);
  setRootWord(arena, root, Q_NODES, nodes + 1);
  setNode(arena, root, at, ref, meta);
}

/** Takes `count` nodes out of the table; their blocks are the caller's. */
export function removeNodes(arena: Arena, root: number, at: number, count: number): void {
  const nodes = qlNodes(arena, root);
  const first = rootWord(arena, root, Q_FIRST);
  if (at < nodes - at - count) {
    shiftSlots(arena, root, first, at, count);
    setRootWord(arena, root, Q_FIRST, first + count);
  } else shiftSlots(arena, root, first + at + count, nodes - at - count, -count);
  setRootWord(arena, root, Q_NODES, nodes - count);
}

function shiftSlots(arena: Arena, root: number, slot: number, count: number, by: number): void {
  if (count === 0) return;
  const table = rootWord(arena, root, Q_TABLE);
  const words = arena.u32[table >>> 22]!;
  const from = ((table & 0x3fffff) << 2) + slot * 2;
  words.copyWithin(from + by * 2, from, from + count * 2);
}

/** Gives back what a node that became smaller does not need; without memory for a smaller block it keeps the large one. */
export function trimNode(arena: Arena, root: number, node: number): void {
  const ref = nodeRef(arena, root, node);
  const meta = nodeMeta(arena, root, node);
  const bytes = nodeBytes(arena, ref, meta);
  const capacity = arena.capacity(ref);
  if (capacity <= KEEP_BYTES || bytes * 2 >= capacity) return;
  const at = arena.tryAlloc(bytes);
  if (at === 0) return;
  arena.copyBlock(ref, at, bytes);
  setNode(arena, root, node, at, meta);
  arena.free(ref);
}

/** Makes a node that is not compressed larger; what it holds is kept. Returns its ref. */
export function growNode(arena: Arena, root: number, node: number, sizeBytes: number): number {
  const ref = nodeRef(arena, root, node);
  const at = arena.realloc(ref, sizeBytes);
  if (at !== ref) setNode(arena, root, node, at, nodeMeta(arena, root, node));
  return at;
}

/** The same; 0 when there is no memory for it. */
export function tryGrowNode(arena: Arena, root: number, node: number, sizeBytes: number): number {
  try {
    return growNode(arena, root, node, sizeBytes);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return 0;
  }
}

/** Gives blocks of nodes back, and the table's room when it is mostly empty. */
export function freeNodes(arena: Arena, root: number, at: number, count: number): void {
  for (let i = at; i < at + count; i++) arena.free(nodeRef(arena, root, i));
  removeNodes(arena, root, at, count);
  const room = rootWord(arena, root, Q_ROOM);
  if (room >= MIN_SHRUNK_ROOM && qlNodes(arena, root) * 8 < room) shrinkTable(arena, root, room >>> 2);
}

function shrinkTable(arena: Arena, root: number, room: number): void {
  const old = rootWord(arena, root, Q_TABLE);
  const table = arena.tryAlloc(room * SLOT_BYTES);
  if (table === 0) return;
  moveSlots(arena, root, table, (room - qlNodes(arena, root)) >>> 1);
  setRootWord(arena, root, Q_ROOM, room);
  arena.free(old);
}

/** Makes a node readable and writable in place; returns its ref. */
export function decompressNode(arena: Arena, root: number, node: number): number {
  const ref = nodeRef(arena, root, node);
  const meta = nodeMeta(arena, root, node);
  if ((meta & NODE_LZF) === 0) return ref;
  const at = arena.alloc(firstWord(arena, ref));
  decompressBytes(arena, ref, arena.u8[at >>> 22]!, (at & 0x3fffff) << 4);
  setNode(arena, root, node, at, meta & ~NODE_LZF);
  arena.free(ref);
  return at;
}

/** The same, but false when there is no memory for it. */
export function tryDecompressNode(arena: Arena, root: number, node: number): boolean {
  try {
    decompressNode(arena, root, node);
    return true;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return false;
  }
}

/** Writes what a compressed node holds to a buffer with room for it. */
export function decompressBytes(memory: RawMemory, ref: number, target: Uint8Array, off: number): void {
  const i = (ref & 0x3fffff) << 2;
  const words = memory.u32[ref >>> 22]!;
  const size = words[i]!;
  const from = (i << 2) + LZF_HEADER_BYTES;
  if (lzfDecompress(memory.u8[ref >>> 22]!, from, words[i + 1]!, target, off, size) !== size) {
    throw new Error('quicklist: a node cannot be decompressed');
  }
}

/** Compresses a node where that is worth it. Without memory it stays as it is. */
function compressNode(arena: Arena, root: number, node: number): void {
  const ref = nodeRef(arena, root, node);
  const meta = nodeMeta(arena, root, node);
  const size = nodeBytes(arena, ref, meta);
  if ((meta & NODE_LZF) !== 0 || size < MIN_COMPRESS_BYTES) return;
  if (packed.length < size) packed = new Uint8Array(size);
  const off = (ref & 0x3fffff) << 4;
  const bytes = lzfCompress(arena.u8[ref >>> 22]!, off, size, packed, 0, size - MIN_GAIN_BYTES - 1);
  if (bytes === 0) return;
  const at = arena.tryAlloc(LZF_HEADER_BYTES + bytes);
  if (at === 0) return;
  const words = arena.u32[at >>> 22]!;
  const i = (at & 0x3fffff) << 2;
  words[i] = size;
  words[i + 1] = bytes;
  arena.u8[at >>> 22]!.set(packed.subarray(0, bytes), (i << 2) + LZF_HEADER_BYTES);
  setNode(arena, root, node, at, meta | NODE_LZF);
  arena.free(ref);
}

/** Whether a node's place lets it be compressed. */
export function isInner(memory: RawMemory, root: number, node: number): boolean {
  const depth = rootWord(memory, root, Q_DEPTH);
  return depth !== 0 && node >= depth && node < qlNodes(memory, root) - depth;
}

/** After a node was changed: compresses it when its place says so. */
export function settleNode(arena: Arena, root: number, node: number): void {
  if (isInner(arena, root, node)) compressNode(arena, root, node);
}

/** After nodes came or went: outer nodes are made readable (as memory permits), those just behind them compressed. */
export function settleEnds(arena: Arena, root: number): void {
  const depth = rootWord(arena, root, Q_DEPTH);
  if (depth === 0) return;
  const nodes = qlNodes(arena, root);
  for (let i = Math.min(depth, nodes) - 1; i >= 0; i--) {
    tryDecompressNode(arena, root, i);
    tryDecompressNode(arena, root, nodes - 1 - i);
  }
  if (nodes <= depth * 2) return;
  compressNode(arena, root, depth);
  compressNode(arena, root, nodes - 1 - depth);
}

/** A node's content for reading: a listpack at (u8, off), or of a plain node the `len` bytes of its element. */
export class NodeView {
  u8: Uint8Array = new Uint8Array(0);
  off = 0;
  len = 0;
  /** Elements of the node. */
  count = 0;
  plain = false;
  /** Whether `u8` is the buffer for decompressed nodes, not a chunk of the arena. */
  decompressed = false;
  protected buffer: Uint8Array = new Uint8Array(0);

  open(memory: RawMemory, root: number, node: number): void {
    const ref = nodeRef(memory, root, node);
    const meta = nodeMeta(memory, root, node);
    this.count = meta >>> NODE_COUNT_SHIFT;
    this.plain = (meta & NODE_PLAIN) !== 0;
    this.decompressed = (meta & NODE_LZF) !== 0;
    if (this.decompressed) {
      const size = firstWord(memory, ref);
      if (this.buffer.length < size) this.buffer = new Uint8Array(Math.max(size, 16384));
      decompressBytes(memory, ref, this.buffer, 0);
      this.u8 = this.buffer;
      this.off = 0;
      this.len = size;
    } else {
      this.u8 = memory.u8[ref >>> 22]!;
      this.off = (ref & 0x3fffff) << 4;
      this.len = nodeBytes(memory, ref, meta);
    }
    if (this.plain) {
      this.off += PLAIN_HEADER_BYTES;
      this.len -= PLAIN_HEADER_BYTES;
    }
  }
}
