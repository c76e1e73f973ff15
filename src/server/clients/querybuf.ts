/**
 * Query buffers of clients' own: for what a read into the shared buffer leaves unfinished (see query.ts).
 *
 * `querybuf[parser.pos .. querybufEnd)` is not executed yet; what stands before it belongs to a request read in part or
 * is garbage. When everything is executed the buffer becomes the client's `querybufSpare`: it holds nothing, the client
 * reads into the shared buffer again, and the next long request takes it back instead of claiming memory anew. `shrink`
 * gives back what is no longer needed, by Redis's rules, so that `qbuf` and `qbuf-free` tell what they do there.
 */
import type { Client } from './client.ts';
import type { ReadAhead } from './read-ahead.ts';

/** Least length of a client's own buffer. */
export const READ_BYTES = 16 * 1024;
/** A bulk up to this long gets all its room with its first bytes; for a longer one the buffer doubles. */
const AT_ONCE_BYTES = 1024 * 1024;
/** A buffer in use is only shrunk when it is longer than this and more than twice the recent peak. */
const RESIZE_THRESHOLD_BYTES = 32 * 1024;
/** Less free room than this is not worth a copy. */
const WASTE_BYTES = 4 * 1024;
const IDLE_MS = 2000;
const NO_BYTES = new Uint8Array(0);

/** Room to have for the next read: for what is missing of a long bulk, or a good piece of whatever comes. */
function wantedRoom(c: Client, end: number): number {
  const { parser } = c;
  if (parser.bulkLen < READ_BYTES) return READ_BYTES / 2;
  const missing = parser.pos + parser.wantedBytes - end;
  return missing <= AT_ONCE_BYTES ? missing : READ_BYTES;
}

/** The spare when it is long enough, or a new buffer; the client has no spare afterwards. */
function claim(c: Client, leastBytes: number, newBytes: number): Uint8Array {
  const spare = c.querybufSpare;
  c.querybufSpare = null;
  return spare !== null && spare.length >= leastBytes ? spare : Buffer.allocUnsafeSlow(newBytes);
}

/** Notes that the buffer holds bytes up to querybufEnd. */
export function notePeak(c: Client): void {
  if (c.querybufEnd > c.querybufPeakBytes) c.querybufPeakBytes = c.querybufEnd;
}

/** Copies what the shared buffer still holds for the client into a buffer of its own. */
export function keepRest(c: Client, buf: Uint8Array, end: number): void {
  const { parser } = c;
  const from = parser.keepFrom();
  const held = end - from;
  // A header alone claims no memory for its bulk.
  const room = parser.pos < end ? wantedRoom(c, end) : 0;
  const own = claim(c, Math.max(READ_BYTES, held + room), Math.max(READ_BYTES, held * 2, held + room));
  own.set(buf.subarray(from, end), 0);
  parser.relocate(own, -from);
  c.querybuf = own;
  c.conn?.receives(false);
  c.querybufEnd = held;
  notePeak(c);
  c.server.memory.update(c);
}

/**
 * A private buffer with room to read `leastBytes` into, or more. Executed requests are dropped; the buffer doubles for a
 * long bulk, so that all copies together stay within twice the bulk.
 */
export function makeRoom(c: Client, leastBytes = 0): Uint8Array {
  const { parser } = c;
  const buf = c.querybuf;
  if (buf === null) {
    const room = Math.max(READ_BYTES, leastBytes);
    const own = claim(c, room, room);
    c.querybuf = own;
    c.conn?.receives(false);
    c.querybufEnd = 0;
    parser.relocate(own, -parser.pos);
    c.server.memory.update(c);
    return own;
  }
  const wanted = Math.max(leastBytes, wantedRoom(c, c.querybufEnd));
  if (buf.length - c.querybufEnd >= wanted) return buf;
  const from = parser.keepFrom();
  const held = c.querybufEnd - from;
  let target = buf;
  if (held <= buf.length / 2 && buf.length - held >= wanted) buf.copyWithin(0, from, c.querybufEnd);
  else {
    const missing = Math.max(0, parser.pos + parser.wantedBytes - c.querybufEnd);
    const doubled = Math.max(held * 2, 2 * READ_BYTES);
    // Requests that cannot run yet (the client is blocked) may go on coming: nothing tells how much is missing.
    const enough = missing === 0 ? doubled : Math.min(doubled, held + missing + READ_BYTES);
    target = Buffer.allocUnsafeSlow(Math.max(held + wanted, enough));
    target.set(buf.subarray(from, c.querybufEnd), 0);
    c.querybuf = target;
    c.server.memory.update(c);
  }
  parser.relocate(target, -from);
  c.querybufEnd = held;
  return target;
}

/** Everything in the private buffer is executed: it becomes the spare. */
export function setAside(c: Client): void {
  c.querybufSpare = c.querybuf;
  c.querybuf = null;
  c.conn?.receives(true);
  c.querybufEnd = 0;
  c.parser.pos = 0;
}

/** Bytes that the client's query buffers occupy. */
export function querybufBytes(c: Client): number {
  return (c.querybuf?.length ?? 0) + (c.querybufSpare?.length ?? 0);
}

/**
 * Gives memory back: all that is free when the client has been silent for more than two seconds, else what exceeds the
 * peak since the last call by far. To be called for each client about once a second.
 */
export function shrink(c: Client, ahead: ReadAhead): void {
  // A bulk in progress needs its room soon.
  const neededBytes = c.parser.bulkLen >= 0 ? c.parser.pos + c.parser.wantedBytes : c.querybufEnd;
  const peakBytes = Math.max(c.querybufPeakBytes, neededBytes);
  c.querybufPeakBytes = c.querybufEnd;
  if (c.querybuf === null && c.querybufSpare === null) return;
  const idle = c.server.nowMs - c.lastInteractionMs > IDLE_MS;
  const spare = c.querybufSpare;
  if (spare !== null && (idle || isTooLong(spare, peakBytes))) {
    c.querybufSpare = idle ? null : Buffer.allocUnsafeSlow(Math.max(READ_BYTES, peakBytes));
    c.server.memory.update(c);
    forget(c, spare, ahead);
  }
  const buf = c.querybuf;
  // A command that runs right now, in a loop nested in it, has its arguments there.
  if (buf === null || c.command !== null || buf.length - c.querybufEnd <= WASTE_BYTES) return;
  if (idle) resize(c, buf, 0, ahead);
  else if (isTooLong(buf, peakBytes)) resize(c, buf, peakBytes, ahead);
}

function isTooLong(buf: Uint8Array, peakBytes: number): boolean {
  return buf.length > RESIZE_THRESHOLD_BYTES && buf.length / 2 > peakBytes;
}

/** Moves what is held into a buffer of `leastBytes`, or just long enough. */
function resize(c: Client, buf: Uint8Array, leastBytes: number, ahead: ReadAhead): void {
  const from = c.parser.keepFrom();
  const held = c.querybufEnd - from;
  const target = Buffer.allocUnsafeSlow(Math.max(held, leastBytes));
  target.set(buf.subarray(from, c.querybufEnd), 0);
  c.parser.relocate(target, -from);
  c.querybuf = target;
  c.querybufEnd = held;
  c.server.memory.update(c);
  forget(c, buf, ahead);
}

/** Drops what still refers to a buffer given up, so that its memory is free. */
function forget(c: Client, buf: Uint8Array, ahead: ReadAhead): void {
  if (c.parser.args.buf === buf) c.parser.args.buf = NO_BYTES;
  ahead.forget(buf);
}
