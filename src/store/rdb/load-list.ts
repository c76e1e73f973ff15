/** Loads lists: see load-value.ts. */
import { ENC_LISTPACK, ENC_QUICKLIST, TYPE_LIST } from '../entry-layout.ts';
import { listCreate, listFit, listGrow, listPush } from '../list.ts';
import { lpLength } from '../listpack.ts';
import { lpValidateIntegrity } from '../listpack-check.ts';
import { qlAppendListpack, qlAppendPlain, qlCreate, qlFreeSome } from '../quicklist.ts';
import { qlLength } from '../quicklist-layout.ts';
import { ListpackBuilder } from './listpack-builder.ts';
import type { LoadTarget } from './load-target.ts';
import { CONTAINER_PACKED, CONTAINER_PLAIN } from './rdb-format.ts';
import { CorruptRdb, type RdbReader, RdbString } from './rdb-reader.ts';
import { readZiplist } from './ziplist.ts';

const text = new RdbString();

export function loadList(reader: RdbReader, target: LoadTarget): number {
  const { db, limits, kbuf, koff, klen } = target;
  const count = reader.length();
  if (count === 0) throw new CorruptRdb('Empty list');
  let e = listCreate(db, kbuf, koff, klen);
  for (let i = 0; i < count; i++) {
    reader.string(text);
    e = listGrow(db, e, limits, text.len, 1);
    e = listPush(db, e, false, limits, text.buf, text.off, text.len);
  }
  return e;
}

export function loadListZiplist(reader: RdbReader, target: LoadTarget): number {
  const builder = new ListpackBuilder();
  readNode(reader, builder);
  return addOne(target, builder.u8, 0, builder.bytes);
}

/** Reads a ziplist. */
function readNode(reader: RdbReader, builder: ListpackBuilder): void {
  reader.string(text);
  builder.clear();
  if (!readZiplist(text.buf, text.off, text.len, builder)) throw new CorruptRdb('Ziplist integrity check failed.');
}

/** Adds a list that is one listpack, which was checked. */
function addOne(target: LoadTarget, buf: Uint8Array, off: number, len: number): number {
  if (lpLength(buf, off) === 0) throw new CorruptRdb('Empty list');
  return listFit(target.db, target.addBytes(TYPE_LIST, ENC_LISTPACK, buf, off, len), target.limits);
}

/** Adds an empty quicklist. */
function addQuicklist(target: LoadTarget): number {
  const { db, limits, kbuf, koff, klen } = target;
  const root = qlCreate(db.arena, limits.listMaxListpackSize, limits.listCompressDepth);
  try {
    return db.addRoot(kbuf, koff, klen, TYPE_LIST, ENC_QUICKLIST, root);
  } catch (error) {
    qlFreeSome(db.arena, root, Number.POSITIVE_INFINITY);
    throw error;
  }
}

function finish(target: LoadTarget, e: number): number {
  const { db, limits } = target;
  if (qlLength(db.arena, db.root(e)) === 0) throw new CorruptRdb('Empty list');
  return listFit(db, e, limits);
}

export function loadZiplists(reader: RdbReader, target: LoadTarget): number {
  const { arena } = target.db;
  const builder = new ListpackBuilder();
  const e = addQuicklist(target);
  for (let nodes = reader.length(); nodes > 0; nodes--) {
    readNode(reader, builder);
    if (builder.length > 0) qlAppendListpack(arena, target.db.root(e), builder.u8, 0, builder.bytes);
  }
  return finish(target, e);
}

export function loadQuicklist(reader: RdbReader, target: LoadTarget): number {
  const { arena } = target.db;
  const nodes = reader.length();
  let e = 0;
  for (let i = 0; i < nodes; i++) {
    const container = reader.length();
    reader.string(text);
    const { buf, off, len } = text;
    if (container === CONTAINER_PACKED) {
      if (!lpValidateIntegrity(buf, off, len, true)) throw new CorruptRdb('Listpack integrity check failed.');
      if (nodes === 1) return addOne(target, buf, off, len);
    } else if (container !== CONTAINER_PLAIN || len === 0) throw new CorruptRdb('Quicklist integrity check failed.');
    if (e === 0) e = addQuicklist(target);
    const root = target.db.root(e);
    if (container === CONTAINER_PLAIN) qlAppendPlain(arena, root, buf, off, len);
    else if (lpLength(buf, off) > 0) qlAppendListpack(arena, root, buf, off, len);
  }
  if (e === 0) throw new CorruptRdb('Empty list');
  return finish(target, e);
}
