/** Ranges of large sorted sets in replies: the loop of ZRANGE and its kin, without a walker's state between members. */
import type { Arena } from '../memory/arena.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import { LEAF_ELEMENTS, N_NEXT, N_PREV, N_SCORES, pathAt, pathNode } from './btree-node.ts';
import { seek } from './btree-search.ts';
import { readLength, skipLength } from './hash-table-element.ts';
import { SCORE_BYTES } from './zset-element.ts';

/**
 * Writes `count` members of a large set from rank `rank` on, down when `reverse`, without a header. `scores`: 0 without
 * them, 1 behind each member, 2 each in an array with its member.
 */
export function replyLargeRange(
  out: ReplyWriter,
  arena: Arena,
  root: number,
  rank: number,
  count: number,
  reverse: boolean,
  scores: 0 | 1 | 2,
): void {
  if (count === 0) return;
  seek(arena, root, rank);
  let leaf = pathNode[0]!;
  let i = pathAt[0]!;
  for (let left = count; ; ) {
    const words = arena.u32[leaf >>> 22]!;
    const w = (leaf & 0x3fffff) << 2;
    const n = Math.min(left, reverse ? i + 1 : words[w]! - i);
    // From the first of these entries to the last but in ascending order: only loads, which do not wait for each other.
    touch(arena, words, w + LEAF_ELEMENTS + (reverse ? i + 1 - n : i), n);
    const step = reverse ? -1 : 1;
    for (let k = n; k > 0; k--, i += step) {
      if (scores === 2) out.array(2);
      const element = words[w + LEAF_ELEMENTS + i]!;
      const u8 = arena.u8[element >>> 22]!;
      const at = ((element & 0x3fffff) << 4) + SCORE_BYTES;
      out.bulkWords(u8, arena.dv[element >>> 22]!, skipLength(u8, at), readLength(u8, at));
      if (scores !== 0) out.double(arena.f64[leaf >>> 22]![(w >>> 1) + N_SCORES + i]!);
    }
    left -= n;
    if (left === 0) return;
    leaf = words[w + (reverse ? N_PREV : N_NEXT)]!;
    i = reverse ? arena.u32[leaf >>> 22]![(leaf & 0x3fffff) << 2]! - 1 : 0;
  }
}

/** What was seen: read by nobody, but writing it keeps the loads from being left out. */
const touched = new Uint32Array(1);

/** Loads a word of each of `n` elements, so that the processor fetches them side by side. */
function touch(arena: Arena, words: Uint32Array, first: number, n: number): void {
  let all = 0;
  for (let k = 0; k < n; k++) {
    const element = words[first + k]!;
    all |= arena.u32[element >>> 22]![((element & 0x3fffff) << 2) + 2]!;
  }
  touched[0] = all;
}
