/** Checks of listpacks from outside (RESTORE, RDB files): no byte of them may be trusted. */
import { hashBytes } from './hash.ts';
import {
  ElementText,
  LP_COUNT_UNKNOWN,
  LP_EMPTY_BYTES,
  LP_END,
  LP_HEADER_BYTES,
  lpBacklenBytes,
  lpBytes,
  lpDataBytes,
  lpEquals,
  lpLength,
  lpSkip,
} from './listpack.ts';

/**
 * Whether the `len` bytes at lp are a listpack that all functions can work on. Shallow: only its header and last byte
 * are looked at. `deep`: every element lies inside with a right backlen, and the count is right. O(elements) when deep.
 */
export function lpValidateIntegrity(u8: Uint8Array, lp: number, len: number, deep: boolean): boolean {
  if (len < LP_EMPTY_BYTES || lp + len > u8.length) return false;
  if (lpBytes(u8, lp) !== len || u8[lp + len - 1] !== LP_END) return false;
  if (!deep) return true;
  const end = lp + len - 1;
  let p = lp + LP_HEADER_BYTES;
  let count = 0;
  for (; p < end; count++) {
    p = checkedNext(u8, p, end);
    if (p === 0) return false;
  }
  const stored = u8[lp + 4]! | (u8[lp + 5]! << 8);
  return stored === LP_COUNT_UNKNOWN || stored === count;
}

/** A larger table of positions does not outlive its check. */
const KEPT_SLOTS = 4096;

/** Open addressing by the hash of an element's text: its position, 0 = empty. */
let slots = new Int32Array(KEPT_SLOTS);
const text = new ElementText();

/**
 * Whether a sound listpack consists of groups of `group` elements (2 for the fields and values of a hash) whose first
 * elements all differ. O(elements).
 */
export function lpValidateGroups(u8: Uint8Array, lp: number, group: number): boolean {
  const count = lpLength(u8, lp);
  if (count % group !== 0) return false;
  let size = 16;
  while (size < (count / group) * 2) size *= 2;
  if (size > slots.length) slots = new Int32Array(size);
  else slots.fill(0, 0, size);
  const differ = firstsDiffer(u8, lp, group, size - 1);
  if (slots.length > KEPT_SLOTS) slots = new Int32Array(KEPT_SLOTS);
  return differ;
}

function firstsDiffer(u8: Uint8Array, lp: number, group: number, mask: number): boolean {
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; ) {
    text.read(u8, p);
    const { buf, off, len } = text;
    let slot = hashBytes(buf, off, len) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) if (lpEquals(u8, slots[slot]!, buf, off, len)) return false;
    slots[slot] = p;
    for (let i = group; i > 0; i--) p = lpSkip(u8, p);
  }
  return true;
}

/** The position behind the element at p, 0 when it is none, reaches beyond `end` or has a wrong backlen. */
function checkedNext(u8: Uint8Array, p: number, end: number): number {
  const b = u8[p]!;
  if (b > 0xf4) return 0;
  // The bytes that say how long it is must be there before they are read.
  if ((b >= 0xe0 && b < 0xf0 && p + 2 > end) || (b === 0xf0 && p + 5 > end)) return 0;
  const dataBytes = lpDataBytes(u8, p);
  const backlenBytes = lpBacklenBytes(dataBytes);
  const next = p + dataBytes + backlenBytes;
  if (next > end) return 0;
  let rest = dataBytes;
  for (let at = next - 1; at >= next - backlenBytes; at--, rest = Math.floor(rest / 128)) {
    const first = at === next - backlenBytes;
    if (u8[at] !== ((rest & 127) | (first ? 0 : 128))) return 0;
  }
  return next;
}
