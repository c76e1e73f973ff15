/**
 * Lists as values of entries: a listpack inline, or a quicklist. Which one it is follows Redis 7.4: a listpack as long as
 * it fits `list-max-listpack-size`, a quicklist from then on, a listpack again when a single node of half that is left.
 *
 * Functions that change a list return the entry's possibly new ref. Texts given to them must not lie in the same list.
 */
import { equalBytes } from '../memory/copy.ts';
import { isOutOfMemory } from '../memory/out-of-memory.ts';
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_LISTPACK, ENC_QUICKLIST, TYPE_LIST } from './entry-layout.ts';
import { AT_FIRST, addInlineListpack, inlineDelete, inlineInsert, inlineReplace } from './inline-listpack.ts';
import type { ListCursor } from './list-cursor.ts';
import { LP_HEADER_BYTES, lpBytes, lpFind, lpLength, lpSeek, lpSkip } from './listpack.ts';
import { lpDeleteMatches } from './listpack-edit.ts';
import { qlFreeSome, qlFromListpack } from './quicklist.ts';
import { qlDeleteNode, qlDeleteRange, qlInsert, qlNodeEdited, qlReplace } from './quicklist-edit.ts';
import { qlPopEnd, qlPush } from './quicklist-ends.ts';
import {
  exceedsFill,
  fillBytes,
  fillCount,
  firstWord,
  NODE_PLAIN,
  nodeMeta,
  nodeRef,
  qlLength,
  qlNodes,
} from './quicklist-layout.ts';
import { decompressNode, NodeView } from './quicklist-nodes.ts';

const reader = new NodeView();

/** Adds a key that is not in the database, with an empty list for the caller to fill. */
export function listCreate(db: Db, kbuf: Uint8Array, koff: number, klen: number): number {
  return addInlineListpack(db, kbuf, koff, klen, TYPE_LIST, ENC_LISTPACK);
}

/** Before `count` elements are added whose texts have `bytes` in all: makes a listpack a quicklist if need be. */
export function listGrow(db: Db, e: number, limits: EncodingLimits, bytes: number, count: number): number {
  if (db.encoding(e) !== ENC_LISTPACK) return e;
  const lp = db.valOff(e);
  const u8 = db.u8(e);
  const fill = limits.listMaxListpackSize;
  if (!exceedsFill(fill, lpBytes(u8, lp) + bytes, lpLength(u8, lp) + count)) return e;
  return db.convertToRoot(e, ENC_QUICKLIST, qlFromListpack(db.arena, fill, limits.listCompressDepth, u8, lp));
}

/** After elements went: makes a quicklist that became small a listpack. `e` has elements. */
export function listShrink(db: Db, e: number, limits: EncodingLimits): number {
  return db.encoding(e) === ENC_LISTPACK ? e : toListpack(db, e, limits.listMaxListpackSize, 0.5);
}

/** Gives a list that was just built the encoding that its size asks for. */
export function listFit(db: Db, e: number, limits: EncodingLimits): number {
  if (db.encoding(e) === ENC_LISTPACK) return listGrow(db, e, limits, 0, 0);
  return toListpack(db, e, limits.listMaxListpackSize, 1);
}

/** Makes a quicklist of one packed node within `part` of the limit a listpack. */
function toListpack(db: Db, e: number, fill: number, part: number): number {
  const { arena } = db;
  const root = db.root(e);
  if (qlNodes(arena, root) !== 1 || (nodeMeta(arena, root, 0) & NODE_PLAIN) !== 0) return e;
  const ref = nodeRef(arena, root, 0);
  const bytes = firstWord(arena, ref);
  const most = Math.floor(fillCount(fill) * part);
  if (bytes > fillBytes(fill) * part || qlLength(arena, root) > most) return e;
  let at: number;
  try {
    at = db.convertValue(e, ENC_LISTPACK, bytes);
  } catch (error) {
    // Without memory for the conversion it is a list all the same.
    if (isOutOfMemory(error)) return e;
    throw error;
  }
  const from = (ref & 0x3fffff) << 4;
  db.u8(at).set(arena.u8[ref >>> 22]!.subarray(from, from + bytes), db.valOff(at));
  qlFreeSome(arena, root, Number.POSITIVE_INFINITY);
  return at;
}

/** Adds an element at one end; listGrow() has been called for it. */
export function listPush(
  db: Db,
  e: number,
  front: boolean,
  limits: EncodingLimits,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  if (db.encoding(e) === ENC_LISTPACK) return inlineInsert(db, e, front ? AT_FIRST : db.valLen(e) - 1, buf, off, len);
  qlPush(db.arena, db.root(e), front, limits.quicklistPackedThreshold, buf, off, len);
  return e;
}

/** Inserts an element before or after the one the cursor is at; listGrow() has been called for it. */
export function listInsert(
  db: Db,
  e: number,
  cursor: ListCursor,
  after: boolean,
  limits: EncodingLimits,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  if (db.encoding(e) === ENC_LISTPACK) {
    const at = after ? lpSkip(cursor.u8, cursor.p) - cursor.off : cursor.at;
    return inlineInsert(db, e, at, buf, off, len);
  }
  const { node, at } = cursor;
  qlInsert(db.arena, db.root(e), node, at, after, limits.quicklistPackedThreshold, buf, off, len);
  return e;
}

/** Puts another text in the place of the element the cursor is at; listGrow() has been called for it. */
export function listReplace(
  db: Db,
  e: number,
  cursor: ListCursor,
  limits: EncodingLimits,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  if (db.encoding(e) === ENC_LISTPACK) return inlineReplace(db, e, cursor.at, buf, off, len);
  qlReplace(db.arena, db.root(e), cursor.node, cursor.at, limits.quicklistPackedThreshold, buf, off, len);
  return e;
}

/** Deletes `count` elements from index `start` on, all of which must exist. The list may be empty then. */
export function listDeleteRange(db: Db, e: number, start: number, count: number): number {
  if (count === 0) return e;
  if (db.encoding(e) === ENC_LISTPACK) {
    const lp = db.valOff(e);
    return inlineDelete(db, e, lpSeek(db.u8(e), lp, start) - lp, count);
  }
  const root = db.root(e);
  if (count === 1 && (start === 0 || start === qlLength(db.arena, root) - 1)) qlPopEnd(db.arena, root, start === 0);
  else qlDeleteRange(db.arena, root, start, count);
  return e;
}

/** How many elements listRemove() removed last. */
export const removal = { removed: 0 };

/**
 * Removes elements with a given text: all, or up to `max` (Infinity: all) from the first or (`backward`) from the last
 * on. How many there were is in `removal`. The list may be empty then.
 */
export function listRemove(
  db: Db,
  e: number,
  max: number,
  backward: boolean,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  removal.removed = 0;
  if (db.encoding(e) === ENC_LISTPACK) {
    removal.removed = removeFromListpack(db.u8(e), db.valOff(e), max, backward, buf, off, len);
    return removal.removed === 0 ? e : db.resizeValue(e, lpBytes(db.u8(e), db.valOff(e)), false, false);
  }
  const root = db.root(e);
  let node = backward ? qlNodes(db.arena, root) - 1 : 0;
  while (removal.removed < max && node >= 0 && node < qlNodes(db.arena, root)) {
    const gone = removeFromNode(db, root, node, max - removal.removed, backward, buf, off, len);
    if (backward) node--;
    else if (!gone) node++;
  }
  return e;
}

/** Adds to `removal`; whether the node is gone. */
function removeFromNode(
  db: Db,
  root: number,
  node: number,
  max: number,
  backward: boolean,
  buf: Uint8Array,
  off: number,
  len: number,
): boolean {
  const { arena } = db;
  reader.open(arena, root, node);
  if (reader.plain) {
    if (reader.len !== len || !equalBytes(reader.u8, reader.off, buf, off, len)) return false;
    removal.removed++;
    qlDeleteNode(arena, root, node);
    return true;
  }
  if (lpFind(reader.u8, reader.off + LP_HEADER_BYTES, buf, off, len, 0) === 0) return false;
  const ref = decompressNode(arena, root, node);
  const lp = (ref & 0x3fffff) << 4;
  removal.removed += removeFromListpack(arena.u8[ref >>> 22]!, lp, max, backward, buf, off, len);
  return qlNodeEdited(arena, root, node);
}

/** Removes up to `max` elements with a text; returns how many. The listpack's place keeps its size. */
function removeFromListpack(
  u8: Uint8Array,
  lp: number,
  max: number,
  backward: boolean,
  buf: Uint8Array,
  off: number,
  len: number,
): number {
  let p = lpFind(u8, lp + LP_HEADER_BYTES, buf, off, len, 0);
  if (p === 0) return 0;
  if (backward && max !== Number.POSITIVE_INFINITY) {
    let matches = 1;
    for (let q = p; (q = lpFind(u8, lpSkip(u8, q), buf, off, len, 0)) !== 0; ) matches++;
    for (let spare = matches - max; spare > 0; spare--) p = lpFind(u8, lpSkip(u8, p), buf, off, len, 0);
  }
  return lpDeleteMatches(u8, lp, p, max, buf, off, len);
}
