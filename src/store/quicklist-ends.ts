/** The ends of quicklists, which is where queues and stacks work: push and pop, O(1) amortized. */
import type { Arena } from '../memory/arena.ts';
import { LP_HEADER_BYTES, lpLast } from './listpack.ts';
import { lpDelete, lpInsertStaged, lpStage } from './listpack-edit.ts';
import { newNode } from './quicklist.ts';
import { qlDeleteRange } from './quicklist-edit.ts';
import {
  fillAllows,
  firstWord,
  isLargeElement,
  NODE_COUNT_SHIFT,
  NODE_LZF,
  NODE_PLAIN,
  Q_FILL,
  Q_FIRST,
  Q_NODES,
  Q_TABLE,
} from './quicklist-layout.ts';
import { settleEnds, trimNode } from './quicklist-nodes.ts';

/** Adds an element at one end. */
export function qlPush(
  arena: Arena,
  root: number,
  front: boolean,
  packedThreshold: number,
  buf: Uint8Array,
  off: number,
  len: number,
): void {
  // The words are read where they are: this and qlPopEnd() are what queues consist of.
  const words = arena.u32[root >>> 22]!;
  const r = (root & 0x3fffff) << 2;
  const fill = words[r + Q_FILL]! | 0;
  const nodes = words[r + Q_NODES]!;
  const large = isLargeElement(len, fill, packedThreshold);
  if (!large && nodes > 0) {
    const table = words[r + Q_TABLE]!;
    const slots = arena.u32[table >>> 22]!;
    const slot = ((table & 0x3fffff) << 2) + ((words[r + Q_FIRST]! + (front ? 0 : nodes - 1)) << 1);
    const meta = slots[slot + 1]!;
    let ref = slots[slot]!;
    const bytes = firstWord(arena, ref);
    if ((meta & (NODE_PLAIN | NODE_LZF)) === 0 && fillAllows(fill, bytes, meta >>> NODE_COUNT_SHIFT, len)) {
      const size = bytes + lpStage(buf, off, len);
      if (size > arena.capacity(ref)) {
        ref = arena.realloc(ref, size);
        slots[slot] = ref;
      }
      const lp = (ref & 0x3fffff) << 4;
      lpInsertStaged(arena.u8[ref >>> 22]!, lp, front ? lp + LP_HEADER_BYTES : lp + bytes - 1);
      slots[slot + 1] = meta + (1 << NODE_COUNT_SHIFT);
      words[r] = words[r]! + 1;
      return;
    }
  }
  newNode(arena, root, front ? 0 : nodes, large, buf, off, len);
  settleEnds(arena, root);
}

/** Deletes the element at one end. */
export function qlPopEnd(arena: Arena, root: number, front: boolean): void {
  const words = arena.u32[root >>> 22]!;
  const r = (root & 0x3fffff) << 2;
  const node = front ? 0 : words[r + Q_NODES]! - 1;
  const table = words[r + Q_TABLE]!;
  const slots = arena.u32[table >>> 22]!;
  const slot = ((table & 0x3fffff) << 2) + ((words[r + Q_FIRST]! + node) << 1);
  const meta = slots[slot + 1]!;
  if (meta >>> NODE_COUNT_SHIFT === 1 || (meta & (NODE_PLAIN | NODE_LZF)) !== 0) {
    return qlDeleteRange(arena, root, front ? 0 : words[r]! - 1, 1);
  }
  const ref = slots[slot]!;
  const u8 = arena.u8[ref >>> 22]!;
  const lp = (ref & 0x3fffff) << 4;
  lpDelete(u8, lp, front ? lp + LP_HEADER_BYTES : lpLast(u8, lp));
  slots[slot + 1] = meta - (1 << NODE_COUNT_SHIFT);
  words[r] = words[r]! - 1;
  trimNode(arena, root, node);
}
