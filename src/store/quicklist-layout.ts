/**
 * Layout of a quicklist, the large encoding of lists: all in arena blocks, reached from one root block.
 *
 *     root     count | nodes | table | room | first | fill | depth                       (32-bit words)
 *              count: elements; nodes: how many; table: its ref; room: nodes it can hold; first: slot of the first node;
 *              fill, depth: list-max-listpack-size and list-compress-depth when the list was made
 *     table    … | ref, meta | ref, meta | …       nodes in order in slots [first, first + nodes), free ones around them
 *              meta: elements of the node << 2 | NODE_PLAIN | NODE_LZF
 *     node     packed: a listpack            plain: length (u32), bytes of one element too large for a listpack
 *              LZF: size of what was compressed (u32), size compressed (u32), the compressed packed or plain node
 *
 * Redis links its nodes; here they stand in one table, so that an index is found by adding up counts that lie side by
 * side (8 bytes a node) in place of a walk through memory.
 *
 * Invariants: no node is empty; a plain node has one element; the outer `depth` nodes at each end are not compressed
 * (and none are when depth is 0); counts add up.
 *
 * push, pop: O(1) amortized. Index, insert, delete: O(nodes) words and O(elements of one node).
 */
import type { Arena } from '../memory/arena.ts';
import type { RawMemory } from './value-ops.ts';

export const Q_COUNT = 0;
export const Q_NODES = 1;
export const Q_TABLE = 2;
export const Q_ROOM = 3;
export const Q_FIRST = 4;
export const Q_FILL = 5;
export const Q_DEPTH = 6;
export const ROOT_BYTES = 28;
export const SLOT_BYTES = 8;

/** The node is one element by itself. */
export const NODE_PLAIN = 1;
/** The node is compressed. */
export const NODE_LZF = 2;
/** meta >>> this: elements of the node. */
export const NODE_COUNT_SHIFT = 2;

/** Bytes in front of a plain node's element, and in front of compressed bytes. */
export const PLAIN_HEADER_BYTES = 4;
export const LZF_HEADER_BYTES = 8;

/** Bytes of a node for a fill of -1 … -5. */
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536] as const;
/** Where a fill limits elements, nodes stay within this too. */
const SAFE_NODE_BYTES = 8192;
/** What an element takes beside its text, at most, in the estimate Redis makes. */
const ELEMENT_OVERHEAD_BYTES = 8;

function bytesOfFill(fill: number): number {
  return NODE_BYTES[-fill - 1] ?? NODE_BYTES[NODE_BYTES.length - 1]!;
}

/** Most bytes of a node by `list-max-listpack-size`; Infinity where elements are limited. */
export function fillBytes(fill: number): number {
  return fill >= 0 ? Number.POSITIVE_INFINITY : bytesOfFill(fill);
}

/** Most elements of a node by `list-max-listpack-size`; Infinity where bytes are limited. */
export function fillCount(fill: number): number {
  return fill < 0 ? Number.POSITIVE_INFINITY : Math.max(fill, 1);
}

/** Whether a node, or a list in one listpack, of this size is too large. */
export function exceedsFill(fill: number, bytes: number, count: number): boolean {
  if (fill < 0) return bytes > bytesOfFill(fill);
  return bytes > SAFE_NODE_BYTES || count > Math.max(fill, 1);
}

/** Whether an element gets a node of its own. `packedThreshold`: the size from which on that is so, 0 for the rule. */
export function isLargeElement(bytes: number, fill: number, packedThreshold: number): boolean {
  if (packedThreshold !== 0) return bytes >= packedThreshold;
  return bytes > (fill < 0 ? bytesOfFill(fill) : SAFE_NODE_BYTES);
}

/** Whether a packed node of this size may get another element with a text of `added` bytes. */
export function fillAllows(fill: number, bytes: number, count: number, added: number): boolean {
  return !exceedsFill(fill, bytes + added + ELEMENT_OVERHEAD_BYTES, count + 1);
}

export function rootWord(memory: RawMemory, root: number, word: number): number {
  return memory.u32[root >>> 22]![((root & 0x3fffff) << 2) + word]!;
}

export function setRootWord(arena: Arena, root: number, word: number, value: number): void {
  arena.u32[root >>> 22]![((root & 0x3fffff) << 2) + word] = value;
}

/** Elements of the list. */
export function qlLength(memory: RawMemory, root: number): number {
  return memory.u32[root >>> 22]![(root & 0x3fffff) << 2]!;
}

/** Nodes of the list. */
export function qlNodes(memory: RawMemory, root: number): number {
  return memory.u32[root >>> 22]![((root & 0x3fffff) << 2) + Q_NODES]!;
}

/** The fill it was made with. */
export function qlFill(memory: RawMemory, root: number): number {
  return rootWord(memory, root, Q_FILL) | 0;
}

/** Index of a node's ref among the words of its table's chunk; its meta is the next. */
function slotWord(memory: RawMemory, root: number, node: number): number {
  const table = rootWord(memory, root, Q_TABLE);
  return ((table & 0x3fffff) << 2) + ((rootWord(memory, root, Q_FIRST) + node) << 1);
}

export function nodeRef(memory: RawMemory, root: number, node: number): number {
  return memory.u32[rootWord(memory, root, Q_TABLE) >>> 22]![slotWord(memory, root, node)]!;
}

export function nodeMeta(memory: RawMemory, root: number, node: number): number {
  return memory.u32[rootWord(memory, root, Q_TABLE) >>> 22]![slotWord(memory, root, node) + 1]!;
}

export function setNode(arena: Arena, root: number, node: number, ref: number, meta: number): void {
  const words = arena.u32[rootWord(arena, root, Q_TABLE) >>> 22]!;
  const i = slotWord(arena, root, node);
  words[i] = ref;
  words[i + 1] = meta;
}

/** The first word of a block: the size of a listpack, the length of a plain node, or the size before compression. */
export function firstWord(memory: RawMemory, ref: number): number {
  return memory.u32[ref >>> 22]![(ref & 0x3fffff) << 2]!;
}

/** Bytes of a node when it is not compressed. */
export function nodeBytes(memory: RawMemory, ref: number, meta: number): number {
  const word = firstWord(memory, ref);
  return (meta & (NODE_PLAIN | NODE_LZF)) === NODE_PLAIN ? PLAIN_HEADER_BYTES + word : word;
}

/** Bytes of a node's block that are in use. */
export function blockBytes(memory: RawMemory, ref: number, meta: number): number {
  if ((meta & NODE_LZF) === 0) return nodeBytes(memory, ref, meta);
  return LZF_HEADER_BYTES + memory.u32[ref >>> 22]![((ref & 0x3fffff) << 2) + 1]!;
}

/** Where an element is: its node and its index in the node. What findIndex() found last. */
export const found = { node: 0, offset: 0 };

/** Finds the element at an index, 0 … length - 1, from the nearer end: see `found`. */
export function findIndex(memory: RawMemory, root: number, index: number): void {
  const words = memory.u32[rootWord(memory, root, Q_TABLE) >>> 22]!;
  const metas = slotWord(memory, root, 0) + 1;
  const count = qlLength(memory, root);
  let node = 0;
  if (index < count >>> 1) {
    for (let size = words[metas]! >>> NODE_COUNT_SHIFT; index >= size; ) {
      index -= size;
      node++;
      size = words[metas + (node << 1)]! >>> NODE_COUNT_SHIFT;
    }
    found.offset = index;
  } else {
    // Counted from the end: 0 is the last element.
    let back = count - 1 - index;
    node = qlNodes(memory, root) - 1;
    let size = words[metas + (node << 1)]! >>> NODE_COUNT_SHIFT;
    while (back >= size) {
      back -= size;
      node--;
      size = words[metas + (node << 1)]! >>> NODE_COUNT_SHIFT;
    }
    found.offset = size - 1 - back;
  }
  found.node = node;
}
