/** BITOP. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import { equalBytes } from '../../memory/copy.ts';
import { TILE_BYTES, WIDE_FROM_BYTES, type WideWords, wideWords } from '../../memory/wide-words.ts';
import type { Db } from '../../store/db.ts';
import { ENC_RAW, TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType, sameKey, writeKey } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

const DESTINATION = 2;
const FIRST_SOURCE = 3;
/** Longer results get memory for the occasion: fresh pages take as long as the operation. */
const KEPT_BYTES = 4 * 1024 * 1024;

// Indexes of OPERATIONS.
const AND = 0;
const OR = 1;
const NOT = 3;
const OPERATIONS = ['and', 'or', 'xor', 'not'] as const;

let scratch = new Int32Array(1024);

/** Room for a result. */
function wordsFor(bytes: number): Int32Array {
  const count = (bytes + 3) >>> 2;
  if (count <= scratch.length) return scratch;
  const words = new Int32Array(count);
  if (bytes <= KEPT_BYTES) scratch = words;
  return words;
}

/** Combines the first `len` bytes of the result, which are `words`, with those of a value. */
function combine(words: Int32Array, bytes: Uint8Array, operation: number, db: Db, e: number, len: number): void {
  const dv = db.dv(e);
  const off = db.valOff(e);
  const whole = len >>> 2;
  let at = off;
  if (operation === AND) for (let i = 0; i < whole; i++, at += 4) words[i] = words[i]! & dv.getInt32(at, true);
  else if (operation === OR) for (let i = 0; i < whole; i++, at += 4) words[i] = words[i]! | dv.getInt32(at, true);
  else for (let i = 0; i < whole; i++, at += 4) words[i] = words[i]! ^ dv.getInt32(at, true);
  const u8 = db.u8(e);
  for (let i = whole * 4; i < len; i++) {
    const byte = u8[off + i]!;
    if (operation === AND) bytes[i]! &= byte;
    else if (operation === OR) bytes[i]! |= byte;
    else bytes[i]! ^= byte;
  }
}

/** Puts the result of the operation on all sources into `bytes`, which are `total` long. */
function compute(c: CommandClient, operation: number, bytes: Uint8Array, words: Int32Array, total: number): void {
  const { args, db } = c;
  for (let i = FIRST_SOURCE; i < args.argc; i++) {
    const e = sourceOf(c, i);
    const len = e === 0 ? 0 : db.valLen(e);
    if (i > FIRST_SOURCE) {
      if (e !== 0) combine(words, bytes, operation, db, e, len);
      // What a shorter source lacks are zeros.
      if (operation === AND) bytes.fill(0, len, total);
      continue;
    }
    if (e !== 0) bytes.set(db.u8(e).subarray(db.valOff(e), db.valOff(e) + len));
    bytes.fill(0, len, total);
  }
  if (operation === NOT) {
    for (let i = (total + 3) >>> 2; i-- > 0; ) words[i] = ~words[i]!;
  }
}

/** The same by vectors, a piece after the other, to bytes[off …]. */
function computeWide(
  c: CommandClient,
  wide: WideWords,
  operation: number,
  bytes: Uint8Array,
  off: number,
  total: number,
): void {
  const { args, db } = c;
  const name = OPERATIONS[operation]!;
  for (let at = 0; at < total; at += TILE_BYTES) {
    const len = Math.min(TILE_BYTES, total - at);
    for (let i = FIRST_SOURCE; i < args.argc; i++) {
      const e = sourceOf(c, i);
      const there = e === 0 ? 0 : Math.min(Math.max(db.valLen(e) - at, 0), len);
      const target = i === FIRST_SOURCE ? wide.first : wide.second;
      if (there > 0) target.set(db.u8(e).subarray(db.valOff(e) + at, db.valOff(e) + at + there));
      target.fill(0, there, len);
      if (i > FIRST_SOURCE || operation === NOT) wide.combine(name, len);
    }
    bytes.set(wide.first.subarray(0, len), off + at);
  }
}

/** The string in argument i, 0 when there is none; it was looked up before. */
function sourceOf(c: CommandClient, i: number): number {
  const e = sameKey(c, i);
  return e !== 0 && c.db.type(e) === TYPE_STRING && !c.keyspace.isExpired(e) ? e : 0;
}

/** Whether the destination may be written to while the sources are read: it is none of them, and nobody is called. */
function isApart(c: CommandClient, existing: number): boolean {
  const { args, db } = c;
  if (existing !== 0 && db.type(existing) !== TYPE_STRING) return false;
  const { buf } = args;
  const off = args.off[DESTINATION]!;
  const len = args.len[DESTINATION]!;
  for (let i = FIRST_SOURCE; i < args.argc; i++) {
    if (args.len[i] === len && equalBytes(buf, args.off[i]!, buf, off, len)) return false;
  }
  return true;
}

/** Makes the result, which is `total` long, the value of the destination, which is `existing` (0: not there). */
function store(c: CommandClient, operation: number, existing: number, total: number): void {
  const { args, db } = c;
  const off = args.off[DESTINATION]!;
  const len = args.len[DESTINATION]!;
  const wide = total >= WIDE_FROM_BYTES ? wideWords() : null;
  if (wide !== null && isApart(c, existing)) {
    const e = db.put(args.buf, off, len, TYPE_STRING, ENC_RAW, total);
    return computeWide(c, wide, operation, db.u8(e), db.valOff(e), total);
  }
  const words = wordsFor(total);
  const bytes = new Uint8Array(words.buffer);
  if (wide !== null) computeWide(c, wide, operation, bytes, 0, total);
  else compute(c, operation, bytes, words, total);
  db.putBytes(args.buf, off, len, TYPE_STRING, ENC_RAW, bytes, 0, total);
}

function bitop(c: CommandClient): void {
  const { args, db, out } = c;
  const operation = OPERATIONS.findIndex((name) => args.is(1, name));
  if (operation < 0) return out.error(SYNTAX_ERROR);
  if (operation === NOT && args.argc !== 4) return out.error('ERR BITOP NOT must be called with a single source key.');
  for (let i = FIRST_SOURCE; i < args.argc; i++) if (readKeyOfType(c, i, TYPE_STRING) < 0) return;
  const existing = writeKey(c, DESTINATION);
  let total = 0;
  for (let i = FIRST_SOURCE; i < args.argc; i++) {
    const e = sourceOf(c, i);
    if (e !== 0) total = Math.max(total, db.valLen(e));
  }
  if (total > 0) {
    store(c, operation, existing, total);
    if (existing === 0) c.notify(NOTIFY_NEW, 'new', DESTINATION);
    c.modified(DESTINATION);
    c.notify(NOTIFY_STRING, 'set', DESTINATION);
  } else if (existing !== 0) {
    db.deleteEntry(existing);
    c.modified(DESTINATION);
    c.notify(NOTIFY_GENERIC, 'del', DESTINATION);
  }
  out.integer(total);
}

export const bitopCommands: readonly CommandSpec[] = [
  {
    name: 'bitop',
    arity: -4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['OW', 'update'], DESTINATION), keyRange(['RO', 'access'], FIRST_SOURCE, -1)],
    proc: bitop,
  },
];
