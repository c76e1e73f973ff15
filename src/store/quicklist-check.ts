/** Checks of a quicklist's invariants (quicklist-layout.ts), and what DEBUG OBJECT tells of its nodes. */
import type { Arena } from '../memory/arena.ts';
import { lpLength } from './listpack.ts';
import { lpValidateIntegrity } from './listpack-check.ts';
import {
  blockBytes,
  NODE_LZF,
  nodeBytes,
  nodeMeta,
  nodeRef,
  Q_DEPTH,
  Q_FIRST,
  Q_ROOM,
  Q_TABLE,
  qlFill,
  qlLength,
  qlNodes,
  rootWord,
  SLOT_BYTES,
} from './quicklist-layout.ts';
import { isInner, NodeView } from './quicklist-nodes.ts';

/** Throws an Error that says what is wrong. O(bytes). */
export function qlValidateIntegrity(arena: Arena, root: number): void {
  const nodes = qlNodes(arena, root);
  const room = rootWord(arena, root, Q_ROOM);
  if (rootWord(arena, root, Q_FIRST) + nodes > room) throw new Error('quicklist: nodes beyond the table');
  if (arena.capacity(rootWord(arena, root, Q_TABLE)) < room * SLOT_BYTES) throw new Error('quicklist: table too small');
  const view = new NodeView();
  let count = 0;
  for (let i = 0; i < nodes; i++) {
    const ref = nodeRef(arena, root, i);
    const meta = nodeMeta(arena, root, i);
    if (arena.capacity(ref) < blockBytes(arena, ref, meta)) throw new Error(`quicklist: node ${i} exceeds its block`);
    if ((meta & NODE_LZF) !== 0 && !isInner(arena, root, i))
      throw new Error(`quicklist: outer node ${i} is compressed`);
    view.open(arena, root, i);
    count += view.count;
    if (view.plain) {
      if (view.count !== 1) throw new Error(`quicklist: plain node ${i} counts ${view.count} elements`);
    } else if (!lpValidateIntegrity(view.u8, view.off, view.len, true)) {
      throw new Error(`quicklist: node ${i} is no listpack`);
    } else if (view.count === 0 || lpLength(view.u8, view.off) !== view.count) {
      throw new Error(`quicklist: node ${i} counts ${view.count} elements`);
    }
  }
  if (count !== qlLength(arena, root)) throw new Error(`quicklist: count is ${qlLength(arena, root)}, not ${count}`);
  if (nodes === 0) throw new Error('quicklist: no nodes');
}

export interface QuicklistStats {
  nodes: number;
  elements: number;
  /** list-max-listpack-size when the list was made. */
  fill: number;
  /** Whether inner nodes are compressed. */
  compressed: boolean;
  /** Bytes of all nodes before compression. */
  uncompressedBytes: number;
}

export function qlStats(arena: Arena, root: number): QuicklistStats {
  const nodes = qlNodes(arena, root);
  let uncompressedBytes = 0;
  for (let i = 0; i < nodes; i++) {
    uncompressedBytes += nodeBytes(arena, nodeRef(arena, root, i), nodeMeta(arena, root, i));
  }
  const compressed = rootWord(arena, root, Q_DEPTH) !== 0;
  return { nodes, elements: qlLength(arena, root), fill: qlFill(arena, root), compressed, uncompressedBytes };
}
