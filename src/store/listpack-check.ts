/** Checks of listpacks from outside (RESTORE, RDB files): no byte of them may be trusted. */
import {
  ElementText,
  LP_COUNT_UNKNOWN,
  LP_EMPTY_BYTES,
  LP_END,
  LP_HEADER_BYTES,
  lpBacklenBytes,
  lpBytes,
  lpDataBytes,
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

/**
 * Whether a sound listpack consists of groups of `group` elements (2 for the fields and values of a hash) whose first
 * elements all differ. O(elements), with a set of their texts.
 */
export function lpValidateGroups(u8: Uint8Array, lp: number, group: number): boolean {
  const seen = new Set<string>();
  const text = new ElementText();
  let i = 0;
  for (let p = lp + LP_HEADER_BYTES; u8[p] !== LP_END; p = lpSkip(u8, p), i++) {
    if (i % group !== 0) continue;
    text.read(u8, p);
    const name = Buffer.from(text.buf.buffer, text.buf.byteOffset + text.off, text.len).toString('latin1');
    if (seen.has(name)) return false;
    seen.add(name);
  }
  return i % group === 0;
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
