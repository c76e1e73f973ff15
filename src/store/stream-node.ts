/**
 * Nodes of a stream: listpacks in the layout of RDB files.
 *
 *     master entry   count | deleted | fields | field … field | 0
 *     entry          flags | ms | sequence | value … value | elements                          with ENTRY_SAME_FIELDS
 *                    flags | ms | sequence | pairs | field | value | … | elements              else
 *
 * ms and sequence are 64-bit differences from the id that the node has in the tree, the master's; `elements` is the number
 * of those in front of it, so that entries can be walked backward. The master is no entry: its fields are those of the
 * entry that the node was made for. count and deleted: entries without and with ENTRY_DELETED.
 */
import { LP_END, LP_HEADER_BYTES, lpInteger, lpSkip } from './listpack.ts';
import { readU32 } from './little-endian.ts';

/** Flags of an entry. */
export const ENTRY_DELETED = 1;
/** It has the fields of the master entry, in the same order. */
export const ENTRY_SAME_FIELDS = 2;

/** Elements of an entry beside fields and values: flags, ms, sequence; and, with fields of its own, their number. */
export const ENTRY_ELEMENTS = 3;

const TWO_32 = 4294967296;

/** The first element of the master entry: how many entries are not deleted. */
export function nodeCount(u8: Uint8Array, lp: number): number {
  return lpInteger(u8, lp + LP_HEADER_BYTES);
}

export function nodeDeleted(u8: Uint8Array, lp: number): number {
  return lpInteger(u8, lpSkip(u8, lp + LP_HEADER_BYTES));
}

/** Where the number of the master's fields is; they follow. */
export function masterFields(u8: Uint8Array, lp: number): number {
  return lpSkip(u8, lpSkip(u8, lp + LP_HEADER_BYTES));
}

/** Where the first entry starts, or the end byte is. */
export function firstEntry(u8: Uint8Array, lp: number): number {
  let p = masterFields(u8, lp);
  // The fields, their number, and the 0 behind them.
  for (let n = lpInteger(u8, p) + 2; n > 0; n--) p = lpSkip(u8, p);
  return p;
}

/** Puts the id of the entry at p, of the node with id base[b …], into to[0 … 3]; returns where its ids end. */
export function entryId(u8: Uint8Array, p: number, base: Uint32Array, b: number, to: Uint32Array): number {
  p = lpSkip(u8, p);
  addDifference(u8, p, base, b, to, 0);
  p = lpSkip(u8, p);
  addDifference(u8, p, base, b + 2, to, 2);
  return lpSkip(u8, p);
}

/** to = base + the integer element at p, in 64 bits. */
function addDifference(u8: Uint8Array, p: number, base: Uint32Array, b: number, to: Uint32Array, t: number): void {
  const byte = u8[p]!;
  let low = byte;
  let high = 0;
  if (byte === 0xf4) {
    low = readU32(u8, p + 1);
    high = readU32(u8, p + 5);
  } else if (byte >= 0x80) {
    const n = lpInteger(u8, p);
    low = n >>> 0;
    high = n < 0 ? -1 : 0;
  }
  const sum = base[b + 1]! + low;
  to[t + 1] = sum;
  to[t] = base[b]! + high + (sum >= TWO_32 ? 1 : 0);
}

/** How many elements of fields and values (with their number) the entry has whose ids end at p, `elements` included. */
export function entryElements(u8: Uint8Array, p: number, flags: number, masterCount: number): number {
  if ((flags & ENTRY_SAME_FIELDS) !== 0) return masterCount + 1;
  return lpInteger(u8, p) * 2 + 2;
}

/** Where the entry at p ends: the next one starts there, or the end byte is. */
export function skipEntry(u8: Uint8Array, p: number, masterCount: number): number {
  const flags = lpInteger(u8, p);
  p = lpSkip(u8, lpSkip(u8, lpSkip(u8, p)));
  for (let n = entryElements(u8, p, flags, masterCount); n > 0 && u8[p] !== LP_END; n--) p = lpSkip(u8, p);
  return p;
}
