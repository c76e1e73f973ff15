/**
 * Changes inside of quicklists: inserting, replacing and deleting anywhere (layout: quicklist-layout.ts).
 *
 * An element is named by its node and, in a packed node, by its position relative to the listpack (`at`). Texts must not
 * lie in blocks of the same quicklist. `packedThreshold` is that of DEBUG QUICKLIST-PACKED-THRESHOLD, 0 for none.
 */
import type { Arena } from '../memory/arena.ts';
import { LP_EMPTY_BYTES, LP_END, LP_HEADER_BYTES, lpEnd, lpLength, lpSeek, lpSkip } from './listpack.ts';
import {
  lpDelete,
  lpDeleteBytes,
  lpInit,
  lpInsertEncoded,
  lpInsertStaged,
  lpReplaceGrowth,
  lpReplaceStaged,
  lpStage,
} from './listpack-edit.ts';
import { addCount, newNode, newPackedBlock, newPlainBlock } from './quicklist.ts';
import {
  exceedsFill,
  fillAllows,
  findIndex,
  firstWord,
  found,
  isLargeElement,
  NODE_COUNT_SHIFT,
  NODE_LZF,
  NODE_PLAIN,
  nodeBytes,
  nodeMeta,
  nodeRef,
  qlFill,
  qlNodes,
  setNode,
} from './quicklist-layout.ts';
import {
  decompressNode,
  freeNodes,
  growNode,
  insertNode,
  reserveNodes,
  settleEnds,
  settleNode,
  trimNode,
  tryDecompressNode,
  tryGrowNode,
} from './quicklist-nodes.ts';

/** Whether a node takes another element with a text of `len` bytes. */
function nodeAllows(arena: Arena, root: number, node: number, fill: number, len: number): boolean {
  if (node < 0 || node >= qlNodes(arena, root)) return false;
  const meta = nodeMeta(arena, root, node);
  if ((meta & NODE_PLAIN) !== 0) return false;
  return fillAllows(fill, nodeBytes(arena, nodeRef(arena, root, node), meta), meta >>> NODE_COUNT_SHIFT, len);
}

/** Inserts an element into a packed node at `at`, -1 for its end. */
function insertIntoNode(
  arena: Arena,
  root: number,
  node: number,
  at: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  const old = decompressNode(arena, root, node);
  const bytes = firstWord(arena, old);
  const ref = growNode(arena, root, node, bytes + lpStage(buf, off, len));
  const lp = (ref & 0x3fffff) << 4;
  lpInsertStaged(arena.u8[ref >>> 22]!, lp, lp + (at < 0 ? bytes - 1 : at));
  setNode(arena, root, node, ref, nodeMeta(arena, root, node) + (1 << NODE_COUNT_SHIFT));
  addCount(arena, root, 1);
}

/**
 * Inserts an element before or after the one at `at` of a node. A full node's neighbour takes it where that one has
 * room and the place is between them; else the node is split, and small nodes around are merged again.
 */
export function qlInsert(
  arena: Arena,
  root: number,
  node: number,
  at: number,
  after: boolean,
  packedThreshold: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  const fill = qlFill(arena, root);
  const plain = (nodeMeta(arena, root, node) & NODE_PLAIN) !== 0;
  const large = isLargeElement(len, fill, packedThreshold);
  let place = at;
  let atEnd = after;
  let atStart = !after;
  if (!plain) {
    const ref = decompressNode(arena, root, node);
    const u8 = arena.u8[ref >>> 22]!;
    const lp = (ref & 0x3fffff) << 4;
    if (after) place = lpSkip(u8, lp + at) - lp;
    atEnd = u8[lp + place] === LP_END;
    atStart = place === LP_HEADER_BYTES;
    if (!large && nodeAllows(arena, root, node, fill, len)) {
      insertIntoNode(arena, root, node, place, buf, off, len);
      return settleNode(arena, root, node);
    }
  }
  if (!large && atEnd && nodeAllows(arena, root, node + 1, fill, len)) {
    insertIntoNode(arena, root, node + 1, LP_HEADER_BYTES, buf, off, len);
    settleNode(arena, root, node + 1);
  } else if (!large && atStart && nodeAllows(arena, root, node - 1, fill, len)) {
    insertIntoNode(arena, root, node - 1, -1, buf, off, len);
    settleNode(arena, root, node - 1);
  } else if (atEnd || atStart) newNode(arena, root, atEnd ? node + 1 : node, large, buf, off, len);
  else {
    splitNode(arena, root, node, place);
    if (large) newNode(arena, root, node + 1, true, buf, off, len);
    else {
      insertIntoNode(arena, root, after ? node + 1 : node, after ? LP_HEADER_BYTES : -1, buf, off, len);
      mergeAround(arena, root, node);
    }
  }
  settleEnds(arena, root);
  settleAround(arena, root, node);
}

/** Compresses what an edit at a node may have left readable. */
function settleAround(arena: Arena, root: number, node: number): void {
  for (let i = Math.max(node - 2, 0); i <= node + 3 && i < qlNodes(arena, root); i++) settleNode(arena, root, i);
}

/** Splits a packed node that is not compressed: its elements from `at` on become the next node. */
function splitNode(arena: Arena, root: number, node: number, at: number): void {
  reserveNodes(arena, root, 1);
  const ref = nodeRef(arena, root, node);
  const bytes = firstWord(arena, ref) - 1 - at;
  const right = arena.alloc(LP_EMPTY_BYTES + bytes);
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  const count = nodeMeta(arena, root, node) >>> NODE_COUNT_SHIFT;
  let left = 0;
  for (let p = lp + LP_HEADER_BYTES; p < lp + at; p = lpSkip(u8, p)) left++;
  const rightLp = (right & 0x3fffff) << 4;
  lpInit(arena.u8[right >>> 22]!, rightLp);
  lpInsertEncoded(arena.u8[right >>> 22]!, rightLp, rightLp + LP_HEADER_BYTES, u8, lp + at, bytes, count - left);
  lpDeleteBytes(u8, lp, lp + at, bytes, count - left);
  setNode(arena, root, node, ref, left << NODE_COUNT_SHIFT);
  insertNode(arena, root, node + 1, right, (count - left) << NODE_COUNT_SHIFT);
  trimNode(arena, root, node);
}

/** Merges nodes around a node where two fit into one, in the order in which Redis tries them. */
function mergeAround(arena: Arena, root: number, node: number): void {
  if (tryMerge(arena, root, node - 2)) node--;
  tryMerge(arena, root, node + 1);
  if (tryMerge(arena, root, node - 1)) node--;
  tryMerge(arena, root, node);
}

/** Appends the elements of node + 1 to a node when both are packed and small enough. Without memory they stay two. */
function tryMerge(arena: Arena, root: number, node: number): boolean {
  if (node < 0 || node + 1 >= qlNodes(arena, root)) return false;
  const meta = nodeMeta(arena, root, node);
  const nextMeta = nodeMeta(arena, root, node + 1);
  if (((meta | nextMeta) & NODE_PLAIN) !== 0) return false;
  const bytes = nodeBytes(arena, nodeRef(arena, root, node), meta);
  const more = nodeBytes(arena, nodeRef(arena, root, node + 1), nextMeta) - LP_EMPTY_BYTES;
  const count = (meta >>> NODE_COUNT_SHIFT) + (nextMeta >>> NODE_COUNT_SHIFT);
  if (exceedsFill(qlFill(arena, root), bytes + more, count)) return false;
  if (!tryDecompressNode(arena, root, node) || !tryDecompressNode(arena, root, node + 1)) return false;
  const ref = tryGrowNode(arena, root, node, bytes + more);
  if (ref === 0) return false;
  const next = nodeRef(arena, root, node + 1);
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  const from = ((next & 0x3fffff) << 4) + LP_HEADER_BYTES;
  lpInsertEncoded(u8, lp, lpEnd(u8, lp), arena.u8[next >>> 22]!, from, more, nextMeta >>> NODE_COUNT_SHIFT);
  setNode(arena, root, node, ref, count << NODE_COUNT_SHIFT);
  freeNodes(arena, root, node + 1, 1);
  return true;
}

/** Puts another text in the place of the element at `at` of a node. */
export function qlReplace(
  arena: Arena,
  root: number,
  node: number,
  at: number,
  packedThreshold: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  const large = isLargeElement(len, qlFill(arena, root), packedThreshold);
  if ((nodeMeta(arena, root, node) & NODE_PLAIN) !== 0) {
    const ref = large ? newPlainBlock(arena, buf, off, len) : newPackedBlock(arena, buf, off, len);
    arena.free(nodeRef(arena, root, node));
    setNode(arena, root, node, ref, (1 << NODE_COUNT_SHIFT) | (large ? NODE_PLAIN : 0));
    if (large) return settleNode(arena, root, node);
  } else if (large) {
    replaceByPlain(arena, root, node, at, buf, off, len);
  } else {
    replaceInNode(arena, root, node, at, buf, off, len);
    return settleNode(arena, root, node);
  }
  mergeAround(arena, root, node);
  settleEnds(arena, root);
  settleAround(arena, root, node);
}

/** Puts a node of one large element in the place of the element at `at` of a packed node. */
function replaceByPlain(
  arena: Arena,
  root: number,
  node: number,
  at: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  const old = decompressNode(arena, root, node);
  reserveNodes(arena, root, 2);
  const next = lpSkip(arena.u8[old >>> 22]!, ((old & 0x3fffff) << 4) + at) - ((old & 0x3fffff) << 4);
  const first = at === LP_HEADER_BYTES;
  const last = next === firstWord(arena, old) - 1;
  if (!first && !last) splitNode(arena, root, node, next);
  const ref = newPlainBlock(arena, buf, off, len);
  const meta = (1 << NODE_COUNT_SHIFT) | NODE_PLAIN;
  if (first && last) {
    arena.free(old);
    setNode(arena, root, node, ref, meta);
    return;
  }
  // The old element is at an end of its node now.
  insertNode(arena, root, first ? node : node + 1, ref, meta);
  addCount(arena, root, 1);
  deleteFromNode(arena, root, first ? node + 1 : node, at, 1);
}

function replaceInNode(
  arena: Arena,
  root: number,
  node: number,
  at: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  let ref = decompressNode(arena, root, node);
  lpStage(buf, off, len);
  const growth = lpReplaceGrowth(arena.u8[ref >>> 22]!, ((ref & 0x3fffff) << 4) + at);
  if (growth > 0) ref = growNode(arena, root, node, firstWord(arena, ref) + growth);
  const lp = (ref & 0x3fffff) << 4;
  lpReplaceStaged(arena.u8[ref >>> 22]!, lp, lp + at);
  if (growth < 0) trimNode(arena, root, node);
}

/** Deletes a node with its elements. */
export function qlDeleteNode(arena: Arena, root: number, node: number): void {
  addCount(arena, root, -(nodeMeta(arena, root, node) >>> NODE_COUNT_SHIFT));
  freeNodes(arena, root, node, 1);
  settleEnds(arena, root);
}

/** Deletes `count` elements from `at` on of a packed node; the node too when none is left. Whether it is gone. */
function deleteFromNode(arena: Arena, root: number, node: number, at: number, count: number): boolean {
  const meta = nodeMeta(arena, root, node);
  const size = meta >>> NODE_COUNT_SHIFT;
  if (count >= size) {
    qlDeleteNode(arena, root, node);
    return true;
  }
  const ref = decompressNode(arena, root, node);
  const lp = (ref & 0x3fffff) << 4;
  lpDelete(arena.u8[ref >>> 22]!, lp, lp + at, count);
  setNode(arena, root, node, ref, (meta & ~NODE_LZF) - (count << NODE_COUNT_SHIFT));
  addCount(arena, root, -count);
  trimNode(arena, root, node);
  settleNode(arena, root, node);
  return false;
}

/** Deletes `count` elements from index `start` on; all of them must exist. */
export function qlDeleteRange(arena: Arena, root: number, start: number, count: number): void {
  if (count === 0) return;
  // What takes memory comes first, so that nothing stands in the way of the rest.
  findIndex(arena, root, start + count - 1);
  decompressNode(arena, root, found.node);
  findIndex(arena, root, start);
  decompressNode(arena, root, found.node);
  let { node, offset } = found;
  while (count > 0) {
    const size = nodeMeta(arena, root, node) >>> NODE_COUNT_SHIFT;
    if (offset === 0 && count >= size) {
      const [nodes, elements] = wholeNodes(arena, root, node, count);
      addCount(arena, root, -elements);
      freeNodes(arena, root, node, nodes);
      count -= elements;
      continue;
    }
    const deleted = Math.min(count, size - offset);
    const ref = decompressNode(arena, root, node);
    const lp = (ref & 0x3fffff) << 4;
    deleteFromNode(arena, root, node, lpSeek(arena.u8[ref >>> 22]!, lp, offset) - lp, deleted);
    count -= deleted;
    offset = 0;
    node++;
  }
  settleEnds(arena, root);
}

/** How many nodes from one on have no more than `count` elements together, and how many elements that is. */
function wholeNodes(arena: Arena, root: number, node: number, count: number): [nodes: number, elements: number] {
  const all = qlNodes(arena, root);
  let nodes = 0;
  let elements = 0;
  while (node + nodes < all) {
    const size = nodeMeta(arena, root, node + nodes) >>> NODE_COUNT_SHIFT;
    if (elements + size > count) break;
    elements += size;
    nodes++;
  }
  return [nodes, elements];
}

/** After the elements of a packed node were edited in place: takes its count from its listpack, frees it when empty. */
export function qlNodeEdited(arena: Arena, root: number, node: number): boolean {
  const ref = nodeRef(arena, root, node);
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  const before = nodeMeta(arena, root, node) >>> NODE_COUNT_SHIFT;
  const count = lpLength(u8, lp);
  addCount(arena, root, count - before);
  setNode(arena, root, node, ref, count << NODE_COUNT_SHIFT);
  if (count === 0) {
    freeNodes(arena, root, node, 1);
    settleEnds(arena, root);
    return true;
  }
  trimNode(arena, root, node);
  settleNode(arena, root, node);
  return false;
}
