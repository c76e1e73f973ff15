/** What generic commands and saving do with sorted sets (value-ops.ts). */
import { compareBytes } from '../memory/copy.ts';
import { formatDouble17 } from '../protocol/format-double.ts';
import { LEAF_ELEMENTS, N_PREV, TREE_LAST, TREE_LENGTH, wordOf } from './btree-node.ts';
import { treeRelocate, treeReplace } from './btree-relocate.ts';
import { Digest } from './digest.ts';
import { ENC_SKIPLIST, TYPE_ZSET } from './entry-layout.ts';
import { readLength, skipLength } from './hash-table-element.ts';
import { htRelocate } from './hash-table-whole.ts';
import { ElementText, LP_END, LP_HEADER_BYTES, lpLength, lpSkip } from './listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from './listpack-check.ts';
import { readU32 } from './little-endian.ts';
import type { RawMemory, ValueOps, ValueVisitor } from './value-ops.ts';
import { copyInline, inlineOps } from './value-ops.ts';
import { zsetLength } from './zset.ts';
import { SCORE_BYTES } from './zset-element.ts';
import { zlargeBytes, zlargeClone, zlargeFree, zlargeFreeSome, zlargeLength, zlargeValidate } from './zset-large.ts';
import { zlScore } from './zset-listpack.ts';
import { ZsetWalk } from './zset-walk.ts';

const walk = new ZsetWalk();

/** Cursors of compaction from here on are ranks, whose nodes are looked at; those below are buckets and elements. */
const NODES = 2 ** 31;

export const zsetOps: ValueOps = {
  ...inlineOps(TYPE_ZSET),
  copy(from, e, to, buf, off, len) {
    if (from.encoding(e) !== ENC_SKIPLIST) return copyInline(from, e, to, buf, off, len);
    const root = zlargeClone(from.arena, from.root(e));
    try {
      return to.putRoot(buf, off, len, TYPE_ZSET, ENC_SKIPLIST, root);
    } catch (error) {
      zlargeFree(from.arena, root);
      throw error;
    }
  },
  freeSome(db, e, budget) {
    return db.encoding(e) === ENC_SKIPLIST ? zlargeFreeSome(db.arena, db.root(e), budget) : budget;
  },
  freeEffort(db, e) {
    return db.encoding(e) === ENC_SKIPLIST ? zlargeLength(db.arena, db.root(e)) : 1;
  },
  relocate(db, e, cursor, budget) {
    if (db.encoding(e) !== ENC_SKIPLIST) return 0;
    const { arena } = db;
    if (arena.shouldMove(db.root(e))) db.setRoot(e, arena.move(db.root(e)));
    const root = db.root(e);
    if (cursor < NODES) {
      const next = htRelocate(arena, root, cursor, budget, (_element, moved) => treeReplace(arena, root, moved));
      return next === 0 ? NODES : next;
    }
    const rank = treeRelocate(arena, root, cursor - NODES, budget);
    return rank === 0 ? 0 : NODES + rank;
  },
  memoryUsage(db, e, samples) {
    return db.encoding(e) === ENC_SKIPLIST ? zlargeBytes(db.arena, db.root(e), samples) : 0;
  },
  read(memory, encoding, buf, off, _len, visitor) {
    if (encoding === ENC_SKIPLIST) readLarge(memory, readU32(buf, off), visitor);
    else readSmall(buf, off, visitor);
  },
  digest(db, e, digest) {
    walk.start(db, e, 0, zsetLength(db, e), false);
    while (walk.next()) {
      const pair = new Digest();
      pair.mix(walk.buf.subarray(walk.off, walk.off + walk.len));
      pair.mix(Buffer.from(formatDouble17(walk.score), 'latin1'));
      digest.xor(pair.bytes);
    }
  },
  validateIntegrity(db, e) {
    if (db.encoding(e) === ENC_SKIPLIST) {
      if (zlargeLength(db.arena, db.root(e)) === 0) throw new Error('zset: a set is empty');
      zlargeValidate(db.arena, db.root(e));
    } else if (!zsetListpackIsSound(db.u8(e), db.valOff(e), db.valLen(e), true)) {
      throw new Error('zset: a listpack is not sound');
    }
  },
};

/**
 * Whether `len` bytes from outside are a listpack that is a small sorted set: pairs of a member and a score, and at least
 * one; `deep`: with all members different and in order. O(pairs) when deep.
 */
export function zsetListpackIsSound(u8: Uint8Array, lp: number, len: number, deep: boolean): boolean {
  if (!lpValidateIntegrity(u8, lp, len, deep)) return false;
  if (!deep) return true;
  const count = lpLength(u8, lp);
  if (count === 0 || count % 2 !== 0 || !lpValidateGroups(u8, lp, 2)) return false;
  let last = Number.NaN;
  let before = 0;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    const at = lpSkip(u8, p);
    const score = zlScore(u8, at);
    if (Number.isNaN(score) || score < last || (score === last && !inOrder(u8, before, p))) return false;
    before = p;
    last = score;
    p = lpSkip(u8, at);
  }
  return true;
}

const left = new ElementText();
const right = new ElementText();

/** Whether the text of one element comes before that of another. */
function inOrder(u8: Uint8Array, p: number, q: number): boolean {
  left.read(u8, p);
  right.read(u8, q);
  return compareBytes(left.buf, left.off, left.len, right.buf, right.off, right.len) < 0;
}

function readSmall(u8: Uint8Array, lp: number, visitor: ValueVisitor): void {
  const text = new ElementText();
  visitor.count(lpLength(u8, lp) >>> 1);
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    const at = lpSkip(u8, p);
    text.read(u8, p);
    visitor.bytes(text.buf, text.off, text.len);
    visitor.number(zlScore(u8, at));
    p = lpSkip(u8, at);
  }
}

/** Highest score first, as RDB files have it. */
function readLarge(memory: RawMemory, root: number, visitor: ValueVisitor): void {
  const state = memory.u32[root >>> 22]!;
  const double = new Float64Array(1);
  const doubleWords = new Uint32Array(double.buffer);
  visitor.count(state[wordOf(root) + TREE_LENGTH]!);
  for (let leaf = state[wordOf(root) + TREE_LAST]!; leaf !== 0; ) {
    const words = memory.u32[leaf >>> 22]!;
    const w = wordOf(leaf);
    for (let i = words[w]! - 1; i >= 0; i--) {
      const element = words[w + LEAF_ELEMENTS + i]!;
      const u8 = memory.u8[element >>> 22]!;
      const at = ((element & 0x3fffff) << 4) + SCORE_BYTES;
      visitor.bytes(u8, skipLength(u8, at), readLength(u8, at));
      doubleWords[0] = memory.u32[element >>> 22]![wordOf(element)]!;
      doubleWords[1] = memory.u32[element >>> 22]![wordOf(element) + 1]!;
      visitor.number(double[0]!);
    }
    leaf = words[w + N_PREV]!;
  }
}
