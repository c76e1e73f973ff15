/** The way from the root of an id tree to a leaf, by level (0: the leaf): what the last descent left. */
import { MAX_LEVELS } from './id-tree-node.ts';

export const pathNode: Uint32Array = new Uint32Array(MAX_LEVELS);
/** Which child of the node the way goes on to. */
export const pathAt: Int32Array = new Int32Array(MAX_LEVELS);
