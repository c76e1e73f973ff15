/**
 * LCS: the longest common subsequence of two strings, by the textbook table of lengths.
 *
 * Time and memory are the product of both lengths; the table, four bytes a cell, must fit `proto-max-bulk-len`.
 */

import { TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKey, sameKey } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

/** What of the result is asked for. */
interface LcsOptions {
  len: boolean;
  idx: boolean;
  withMatchLen: boolean;
  minMatchLen: number;
}

/** A string in the arena. */
interface Range {
  bytes: Uint8Array;
  off: number;
  len: number;
}

const EMPTY: Range = { bytes: new Uint8Array(0), off: 0, len: 0 };

function lcs(c: CommandClient): void {
  const { out } = c;
  // Both are looked up before either is held: whoever is told that a key expired may change the other.
  const found = [readKey(c, 1) !== 0, readKey(c, 2) !== 0];
  const first = stringOf(c, found[0]! ? sameKey(c, 1) : 0);
  const second = stringOf(c, found[1]! ? sameKey(c, 2) : 0);
  if (first === null || second === null) return out.error('ERR The specified keys must contain string values');
  const options = parseOptions(c);
  if (options === null) return;
  if (options.len && options.idx) {
    return out.error('ERR If you want both the length and indexes, please just use IDX.');
  }
  const tableBytes = (first.len + 1) * (second.len + 1) * 4;
  if (tableBytes > c.server.settings.parserLimits.maxBulkBytes) {
    return out.error('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
  }
  const table = allocate(tableBytes / 4);
  if (table === null) return out.error('ERR Insufficient memory, failed allocating transient memory for LCS');
  fill(table, first, second);
  const length = table[table.length - 1]!;
  if (options.idx) replyMatches(c, table, first, second, options);
  else if (options.len) out.integer(length);
  else out.bulkBytes(subsequence(table, first, second, length));
}

/** The string of an entry; null when that holds another type. */
function stringOf(c: CommandClient, e: number): Range | null {
  const { db } = c;
  if (e === 0) return EMPTY;
  return db.type(e) === TYPE_STRING ? { bytes: db.u8(e), off: db.valOff(e), len: db.valLen(e) } : null;
}

function parseOptions(c: CommandClient): LcsOptions | null {
  const { args } = c;
  const options = { len: false, idx: false, withMatchLen: false, minMatchLen: 0 };
  for (let i = 3; i < args.argc; i++) {
    if (args.is(i, 'idx')) options.idx = true;
    else if (args.is(i, 'len')) options.len = true;
    else if (args.is(i, 'withmatchlen')) options.withMatchLen = true;
    else if (args.is(i, 'minmatchlen') && i + 1 < args.argc) {
      options.minMatchLen = integerOrReply(c, ++i);
      if (Number.isNaN(options.minMatchLen)) return null;
    } else {
      c.out.error(SYNTAX_ERROR);
      return null;
    }
  }
  return options;
}

function allocate(cells: number): Uint32Array | null {
  try {
    return new Uint32Array(cells);
  } catch {
    return null;
  }
}

/** Cell (i, j) at j + i * (second.len + 1): the length for the first i bytes of one and j bytes of the other. */
function fill(table: Uint32Array, first: Range, second: Range): void {
  const width = second.len + 1;
  for (let i = 1; i <= first.len; i++) {
    const byte = first.bytes[first.off + i - 1];
    let left = 0;
    for (let j = 1, at = i * width + 1; j < width; j++, at++) {
      if (byte === second.bytes[second.off + j - 1]) left = table[at - width - 1]! + 1;
      else {
        const above = table[at - width]!;
        if (above > left) left = above;
      }
      table[at] = left;
    }
  }
}

function subsequence(table: Uint32Array, first: Range, second: Range, length: number): Uint8Array {
  const result = new Uint8Array(length);
  const width = second.len + 1;
  let i = first.len;
  let j = second.len;
  while (i > 0 && j > 0) {
    const byte = first.bytes[first.off + i - 1]!;
    if (byte === second.bytes[second.off + j - 1]) {
      result[--length] = byte;
      i--;
      j--;
    } else if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
  return result;
}

/** The matching ranges from the end of the strings to their start. A range ends where either string has a gap. */
function replyMatches(c: CommandClient, table: Uint32Array, first: Range, second: Range, options: LcsOptions): void {
  const { out } = c;
  out.map(2);
  out.bulkText('matches');
  const mark = out.defer();
  let matches = 0;
  const width = second.len + 1;
  let i = first.len;
  let j = second.len;
  while (i > 0 && j > 0) {
    if (first.bytes[first.off + i - 1] !== second.bytes[second.off + j - 1]) {
      if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
      else j--;
      continue;
    }
    const endA = i;
    const endB = j;
    do {
      i--;
      j--;
    } while (i > 0 && j > 0 && first.bytes[first.off + i - 1] === second.bytes[second.off + j - 1]);
    if (endA - i < options.minMatchLen) continue;
    out.array(options.withMatchLen ? 3 : 2);
    out.array(2);
    out.integer(i);
    out.integer(endA - 1);
    out.array(2);
    out.integer(j);
    out.integer(endB - 1);
    if (options.withMatchLen) out.integer(endA - i);
    matches++;
  }
  out.endArray(mark, matches);
  out.bulkText('len');
  out.integer(table[table.length - 1]!);
}

export const lcsCommands: readonly CommandSpec[] = [
  {
    name: 'lcs',
    arity: -3,
    flags: ['readonly'],
    categories: ['string'],
    keySpecs: [keyRange(['RO', 'access'], 1, 1)],
    proc: lcs,
  },
];
