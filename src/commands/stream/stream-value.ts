/** What commands on streams share: lookups, ids in arguments, replies with entries. */
import { NOTIFY_NEW } from '../../config/notify.ts';
import { ENC_STREAM, TYPE_STREAM } from '../../store/entry-layout.ts';
import { streamCreate } from '../../store/stream.ts';
import { decrementId, ID_INVALID, incrementId, parseId } from '../../store/stream-id.ts';
import { StreamIterator } from '../../store/stream-iterator.ts';
import { streamFreeSome } from '../../store/stream-whole.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';

const INVALID_ID = 'ERR Invalid stream ID specified as stream command argument';
const INVALID_START = 'ERR invalid start ID for the interval';
const INVALID_END = 'ERR invalid end ID for the interval';

/** Entries of the command that is running. */
export const iterator: StreamIterator = new StreamIterator();

/** Entry of the stream in argument i for reading, 0 when there is none, -1 after WRONGTYPE. */
export function readStream(c: CommandClient, i: number): number {
  return readKeyOfType(c, i, TYPE_STREAM);
}

/** Entry of the stream in argument i for writing, 0 when there is none, -1 after WRONGTYPE. */
export function writeStream(c: CommandClient, i: number): number {
  return writeKeyOfType(c, i, TYPE_STREAM);
}

/**
 * Makes a stream under the key in argument i, which has none, of what `fill` puts into its root; not told yet. Returns
 * the entry, 0 when `fill` says false: then there is no key.
 */
export function addStream(c: CommandClient, i: number, fill: (c: CommandClient, root: number) => boolean): number {
  const { args, db } = c;
  const root = streamCreate(db.arena);
  let made = 0;
  try {
    if (fill(c, root)) made = db.addRoot(args.buf, args.off[i]!, args.len[i]!, TYPE_STREAM, ENC_STREAM, root);
  } finally {
    if (made === 0) streamFreeSome(db.arena, root, Number.POSITIVE_INFINITY);
  }
  return made;
}

/** Tells of a new key in argument i. */
export function tellNew(c: CommandClient, i: number): void {
  c.notify(NOTIFY_NEW, 'new', i);
}

/** Argument i as a complete id, which is put into `id`; false after an error reply. */
export function idOrReply(c: CommandClient, i: number, id: Uint32Array): boolean {
  if (readId(c, i, id)) return true;
  c.out.error(INVALID_ID);
  return false;
}

/** The same without a reply. */
export function readId(c: CommandClient, i: number, id: Uint32Array): boolean {
  const { args } = c;
  return parseId(args.buf, args.off[i]!, args.len[i]!, id, false, true, false) !== ID_INVALID;
}

/** Argument i as an id or, with `auto`, `ms-*`; `-` and `+` are taken unless `strict`. An ID_ outcome of parseId(). */
export function parseIdOrReply(c: CommandClient, i: number, id: Uint32Array, strict: boolean, auto: boolean): number {
  const { args } = c;
  const parsed = parseId(args.buf, args.off[i]!, args.len[i]!, id, false, strict, auto);
  if (parsed === ID_INVALID) c.out.error(INVALID_ID);
  return parsed;
}

/** Argument i as the start of a range: an id, `-`, `+`, or `(` and an id that is not in it; false after an error reply. */
export function startOrReply(c: CommandClient, i: number, id: Uint32Array): boolean {
  const exclusive = edgeOrReply(c, i, id, false);
  if (exclusive < 0) return false;
  if (exclusive === 0 || incrementId(id, 0)) return true;
  c.out.error(INVALID_START);
  return false;
}

/** The same for the end of a range. */
export function endOrReply(c: CommandClient, i: number, id: Uint32Array): boolean {
  const exclusive = edgeOrReply(c, i, id, true);
  if (exclusive < 0) return false;
  if (exclusive === 0 || decrementId(id, 0)) return true;
  c.out.error(INVALID_END);
  return false;
}

/** 1 when the edge itself is not in the range, 0 when it is, -1 after an error reply. */
function edgeOrReply(c: CommandClient, i: number, id: Uint32Array, end: boolean): number {
  const { args } = c;
  const off = args.off[i]!;
  const len = args.len[i]!;
  const exclusive = len > 1 && args.buf[off] === 40 ? 1 : 0;
  const parsed = parseId(args.buf, off + exclusive, len - exclusive, id, end, exclusive === 1, false);
  if (parsed !== ID_INVALID) return exclusive;
  c.out.error(INVALID_ID);
  return -1;
}

/** Replies with up to `count` entries (0: all) of the iterator's range as an array; returns how many there were. */
export function replyEntries(c: CommandClient, count: number): number {
  const { out } = c;
  const { arena } = c.db;
  const mark = out.defer();
  let n = 0;
  while ((count === 0 || n < count) && iterator.next(arena)) {
    iterator.reply(out, arena);
    n++;
  }
  out.endArray(mark, n);
  return n;
}
