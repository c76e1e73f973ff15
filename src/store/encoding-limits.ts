/**
 * Up to which size values keep their small encodings: the directives of the same names, in step with CONFIG SET.
 *
 * The -entries limits count members, pairs or elements, the -value limits are bytes of one of them.
 */
export class EncodingLimits {
  hashMaxListpackEntries = 512;
  hashMaxListpackValue = 64;
  /** Positive: elements a node; -1 … -5: 4, 8, 16, 32, 64 KiB a node. */
  listMaxListpackSize = -2;
  listCompressDepth = 0;
  /** Elements of lists from this size on get a node of their own; 0: a size that goes with the nodes'. DEBUG sets it. */
  quicklistPackedThreshold = 0;
  setMaxIntsetEntries = 512;
  setMaxListpackEntries = 128;
  setMaxListpackValue = 64;
  zsetMaxListpackEntries = 128;
  zsetMaxListpackValue = 64;
  streamNodeMaxBytes = 4096;
  streamNodeMaxEntries = 100;
  hllSparseMaxBytes = 3000;
}
