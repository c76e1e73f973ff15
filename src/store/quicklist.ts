/**
 * Quicklist: a list of any size as a sequence of nodes, each a listpack or one large element. For its layout,
 * invariants and complexity see quicklist-layout.ts; here is what makes, copies and frees whole lists and nodes,
 * quicklist-ends.ts pushes and pops, quicklist-edit.ts changes what is in between.
 *
 * Functions work on (arena, root). Texts given to them must not lie in blocks of the same quicklist.
 */
import type { Arena } from '../memory/arena.ts';
import { copyBytes } from '../memory/copy.ts';
import { LP_EMPTY_BYTES, LP_HEADER_BYTES, lpBytes, lpLength } from './listpack.ts';
import { lpInit, lpInsertStaged, lpStage } from './listpack-edit.ts';
import { writeU32 } from './little-endian.ts';
import {
  blockBytes,
  NODE_COUNT_SHIFT,
  NODE_PLAIN,
  nodeMeta,
  nodeRef,
  PLAIN_HEADER_BYTES,
  Q_COUNT,
  Q_DEPTH,
  Q_TABLE,
  qlFill,
  qlLength,
  qlNodes,
  rootWord,
  setRootWord,
} from './quicklist-layout.ts';
import { freeNodes, insertNode, newRoot, reserveNodes, settleEnds } from './quicklist-nodes.ts';

/** An empty quicklist; returns its root. `fill`: list-max-listpack-size, `depth`: list-compress-depth. */
export function qlCreate(arena: Arena, fill: number, depth: number): number {
  return newRoot(arena, fill, depth);
}

/**
 * Frees up to `budget` blocks and returns what is left of the budget: more than 0 when everything is freed, else it is
 * to be called again.
 */
export function qlFreeSome(arena: Arena, root: number, budget: number): number {
  while (budget > 0 && qlNodes(arena, root) > 0) {
    const count = Math.min(qlNodes(arena, root), Math.max(1, Math.floor(budget)));
    freeNodes(arena, root, qlNodes(arena, root) - count, count);
    budget -= count;
  }
  if (budget <= 0) return 0;
  arena.free(rootWord(arena, root, Q_TABLE));
  arena.free(root);
  return budget;
}

/** Counts elements that came or (negative) went. */
export function addCount(arena: Arena, root: number, by: number): void {
  setRootWord(arena, root, Q_COUNT, qlLength(arena, root) + by);
}

/** Adds a node with one element before the node at `at`. */
export function newNode(
  arena: Arena,
  root: number,
  at: number,
  plain: boolean,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  reserveNodes(arena, root, 1);
  const ref = plain ? newPlainBlock(arena, buf, off, len) : newPackedBlock(arena, buf, off, len);
  insertNode(arena, root, at, ref, (1 << NODE_COUNT_SHIFT) | (plain ? NODE_PLAIN : 0));
  addCount(arena, root, 1);
}

/** A plain node's block. */
export function newPlainBlock(arena: Arena, buf: Uint8Array, off: number, len: number): number {
  const ref = arena.alloc(PLAIN_HEADER_BYTES + len);
  const u8 = arena.u8[ref >>> 22]!;
  const at = (ref & 0x3fffff) << 4;
  writeU32(u8, at, len);
  copyBytes(buf, off, u8, at + PLAIN_HEADER_BYTES, len);
  return ref;
}

/** A packed node's block, with one element. */
export function newPackedBlock(arena: Arena, buf: Uint8Array, off: number, len: number): number {
  const bytes = lpStage(buf, off, len);
  const ref = arena.alloc(LP_EMPTY_BYTES + bytes);
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  lpInit(u8, lp);
  lpInsertStaged(u8, lp, lp + LP_HEADER_BYTES);
  return ref;
}

/** Adds a copy of the listpack at (u8, lp), which has elements, as the last node. */
export function qlAppendListpack(arena: Arena, root: number, u8: Uint8Array, lp: number, bytes: number): void {
  const count = lpLength(u8, lp);
  reserveNodes(arena, root, 1);
  const ref = arena.alloc(bytes);
  copyBytes(u8, lp, arena.u8[ref >>> 22]!, (ref & 0x3fffff) << 4, bytes);
  insertNode(arena, root, qlNodes(arena, root), ref, count << NODE_COUNT_SHIFT);
  addCount(arena, root, count);
  settleEnds(arena, root);
}

/** Adds an element as the last node, a plain one. */
export function qlAppendPlain(arena: Arena, root: number, buf: Uint8Array, off: number, len: number): void {
  newNode(arena, root, qlNodes(arena, root), true, buf, off, len);
  settleEnds(arena, root);
}

/** A quicklist with the elements of the listpack at (u8, lp); returns its root. Without memory nothing is left behind. */
export function qlFromListpack(arena: Arena, fill: number, depth: number, u8: Uint8Array, lp: number): number {
  const root = newRoot(arena, fill, depth);
  if (lpLength(u8, lp) === 0) return root;
  try {
    qlAppendListpack(arena, root, u8, lp, lpBytes(u8, lp));
  } catch (error) {
    qlFreeSome(arena, root, Number.POSITIVE_INFINITY);
    throw error;
  }
  return root;
}

/** A copy of the whole; returns its root. Without memory nothing is left behind. */
export function qlClone(arena: Arena, root: number): number {
  const copy = newRoot(arena, qlFill(arena, root), rootWord(arena, root, Q_DEPTH));
  try {
    reserveNodes(arena, copy, qlNodes(arena, root));
    for (let i = 0; i < qlNodes(arena, root); i++) {
      const ref = nodeRef(arena, root, i);
      const meta = nodeMeta(arena, root, i);
      const bytes = blockBytes(arena, ref, meta);
      const at = arena.alloc(bytes);
      arena.copyBlock(ref, at, bytes);
      insertNode(arena, copy, i, at, meta);
    }
  } catch (error) {
    qlFreeSome(arena, copy, Number.POSITIVE_INFINITY);
    throw error;
  }
  setRootWord(arena, copy, Q_COUNT, qlLength(arena, root));
  return copy;
}
