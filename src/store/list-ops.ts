/** What generic code must know of lists: see value-ops.ts. */
import type { Db } from './db.ts';
import { ENC_QUICKLIST, TYPE_LIST } from './entry-layout.ts';
import { ListCursor } from './list-cursor.ts';
import { ElementText, LP_HEADER_BYTES, lpLength, lpNext } from './listpack.ts';
import { lpValidateIntegrity } from './listpack-check.ts';
import { readU32 } from './little-endian.ts';
import { qlClone, qlFreeSome } from './quicklist.ts';
import { qlValidateIntegrity } from './quicklist-check.ts';
import { nodeMeta, nodeRef, Q_TABLE, qlLength, qlNodes, rootWord, setNode, setRootWord } from './quicklist-layout.ts';
import { NodeView } from './quicklist-nodes.ts';
import { copyInline, inlineOps, type RawMemory, type ValueOps, type ValueVisitor } from './value-ops.ts';

const cursor = new ListCursor();
const text = new ElementText();

function isLarge(db: Db, e: number): boolean {
  return db.encoding(e) === ENC_QUICKLIST;
}

/** Cursor 1 + i stands for node i; the root and the table come first. */
function relocate(db: Db, e: number, from: number, budget: number): number {
  if (!isLarge(db, e)) return 0;
  const { arena } = db;
  let root = db.root(e);
  if (from === 0) {
    if (arena.shouldMove(root)) {
      root = arena.move(root);
      db.setRoot(e, root);
    }
    const table = rootWord(arena, root, Q_TABLE);
    if (arena.shouldMove(table)) setRootWord(arena, root, Q_TABLE, arena.move(table));
    from = 1;
  }
  const end = Math.min(qlNodes(arena, root) + 1, from + Math.max(budget, 1));
  for (let i = from; i < end; i++) {
    const ref = nodeRef(arena, root, i - 1);
    if (arena.shouldMove(ref)) setNode(arena, root, i - 1, arena.move(ref), nodeMeta(arena, root, i - 1));
  }
  return end > qlNodes(arena, root) ? 0 : end;
}

/** Bytes of all blocks, by the first nodes when not all are to be looked at. */
function memoryUsage(db: Db, e: number, samples: number): number {
  if (!isLarge(db, e)) return 0;
  const { arena } = db;
  const root = db.root(e);
  const nodes = qlNodes(arena, root);
  const looked = samples === 0 ? nodes : Math.min(samples, nodes);
  let bytes = 0;
  for (let i = 0; i < looked; i++) bytes += arena.capacity(nodeRef(arena, root, i));
  const all = looked === nodes ? bytes : Math.round((bytes / looked) * nodes);
  return arena.capacity(root) + arena.capacity(rootWord(arena, root, Q_TABLE)) + all;
}

function visitListpack(u8: Uint8Array, lp: number, texts: ElementText, visitor: ValueVisitor): void {
  if (lpLength(u8, lp) === 0) return;
  for (let p = lp + LP_HEADER_BYTES; p !== 0; p = lpNext(u8, p)) {
    texts.read(u8, p);
    visitor.bytes(texts.buf, texts.off, texts.len);
  }
}

function read(
  memory: RawMemory,
  encoding: number,
  buf: Uint8Array,
  off: number,
  _len: number,
  visitor: ValueVisitor,
): void {
  const texts = new ElementText();
  if (encoding !== ENC_QUICKLIST) {
    visitor.count(lpLength(buf, off));
    return visitListpack(buf, off, texts, visitor);
  }
  const root = readU32(buf, off);
  const view = new NodeView();
  visitor.count(qlLength(memory, root));
  for (let i = 0; i < qlNodes(memory, root); i++) {
    view.open(memory, root, i);
    if (view.plain) visitor.bytes(view.u8, view.off, view.len);
    else visitListpack(view.u8, view.off, texts, visitor);
  }
}

export const listOps: ValueOps = {
  ...inlineOps(TYPE_LIST),
  copy(from, e, to, buf, off, len) {
    if (!isLarge(from, e)) return copyInline(from, e, to, buf, off, len);
    const root = qlClone(from.arena, from.root(e));
    try {
      return to.putRoot(buf, off, len, TYPE_LIST, ENC_QUICKLIST, root);
    } catch (error) {
      qlFreeSome(from.arena, root, Number.POSITIVE_INFINITY);
      throw error;
    }
  },
  freeSome: (db, e, budget) => (isLarge(db, e) ? qlFreeSome(db.arena, db.root(e), budget) : budget),
  freeEffort: (db, e) => (isLarge(db, e) ? qlNodes(db.arena, db.root(e)) : 1),
  relocate,
  memoryUsage,
  read,
  digest(db, e, digest) {
    for (let more = cursor.first(db, e); more; more = cursor.next()) {
      cursor.read(text);
      digest.mix(text.buf.subarray(text.off, text.off + text.len));
    }
  },
  validateIntegrity(db, e) {
    if (isLarge(db, e)) qlValidateIntegrity(db.arena, db.root(e));
    else if (!lpValidateIntegrity(db.u8(e), db.valOff(e), db.valLen(e), true)) throw new Error('list: no listpack');
    else if (lpLength(db.u8(e), db.valOff(e)) === 0) throw new Error('list: no elements');
  },
};
