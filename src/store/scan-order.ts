/**
 * The order in which SCAN cursors walk the buckets of a table whose size is a power of two, or changes between two.
 *
 * A cursor counts up from its highest bit down, so that what was visited is always a range of hashes read backwards: it
 * stays visited when the table grows or shrinks between two steps.
 */

function reverseBits(v: number): number {
  v = ((v >>> 1) & 0x55555555) | ((v & 0x55555555) << 1);
  v = ((v >>> 2) & 0x33333333) | ((v & 0x33333333) << 2);
  v = ((v >>> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
  v = ((v >>> 8) & 0x00ff00ff) | ((v & 0x00ff00ff) << 8);
  return (v >>> 16) | (v << 16);
}

/** The reverse-binary successor of a cursor in a table of `mask + 1` buckets, as a signed number; 0 at the end. */
export function nextCursor(cursor: number, mask: number): number {
  return reverseBits((reverseBits(cursor | ~mask) + 1) | 0);
}
