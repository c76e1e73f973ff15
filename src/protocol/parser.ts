/**
 * Reads requests of the Redis protocol from a byte buffer: multibulk (`*2\r\n$3\r\nGET\r\n...`) and inline.
 *
 * The parser remembers where it is, so that bytes may arrive in any pieces and each byte is looked at once. Arguments
 * are ranges of the buffer (see `Args`); when the buffer is moved, `relocate` moves the ranges of a request that is
 * still incomplete.
 */
import { Args } from './args.ts';
import { splitInline } from './inline.ts';

export const INCOMPLETE = 0;
export const READY = 1;
/** A request without arguments (an empty line, `*0`): nothing to do, go on. */
export const EMPTY = 2;
export const PROTOCOL_ERROR = 3;

/** Longest inline request and longest `*n` or `$n` line, in bytes. */
const INLINE_MAX = 64 * 1024;
const INT_MAX = 0x7fffffff;

/** Limits that depend on the configuration and on the client. */
export interface ParserLimits {
  /** `proto-max-bulk-len`, bytes. */
  maxBulkBytes: number;
}

export class RequestParser {
  /** The request being read, or just read. A reader that parses ahead puts another one in its place. */
  args: Args;
  readonly limits: ParserLimits;
  /** Next byte to look at. */
  pos = 0;
  /** Arguments still to come of a multibulk request; 0 between requests. */
  private remaining = 0;
  /** Length of the bulk being read, -1 when its header is still to come. */
  bulkLen = -1;
  /** Before authentication only small requests are read. */
  restricted = false;
  /** Why parsing failed, after PROTOCOL_ERROR, without the `ERR Protocol error: `. */
  error = '';

  constructor(limits: ParserLimits) {
    this.limits = limits;
    this.args = new Args(EMPTY_BYTES, 8);
  }

  /** Whether a request has been read in part. */
  get midRequest(): boolean {
    return this.remaining > 0;
  }

  /** The bytes that have to be in the buffer, from `pos` on, before the parser gets any further. */
  get wantedBytes(): number {
    return this.bulkLen >= 0 ? this.bulkLen + 2 : 1;
  }

  /** Tells the parser that the bytes it worked on now stand `delta` bytes further on, in `buf`. */
  relocate(buf: Uint8Array, delta: number): void {
    this.pos += delta;
    const args = this.args;
    if (this.remaining === 0) return;
    args.buf = buf;
    for (let i = 0; i < args.argc; i++) args.off[i] = args.off[i]! + delta;
  }

  /** Goes back to the start of a request that was read and will be read again. */
  rewind(pos: number): void {
    this.pos = pos;
    this.remaining = 0;
    this.bulkLen = -1;
  }

  /** First byte of the request in progress that must be kept. */
  keepFrom(): number {
    return this.remaining > 0 && this.args.argc > 0 ? this.args.off[0]! : this.pos;
  }

  /** Reads the next request from `buf[pos .. end)`. After READY, `args` holds it. */
  parse(buf: Uint8Array, end: number): number {
    const args = this.args;
    let pos = this.pos;
    if (this.remaining === 0) {
      if (pos >= end) return INCOMPLETE;
      args.argc = 0;
      args.buf = buf;
      if (buf[pos] !== 42) return this.parseInline(buf, end);
      const eol = findInLine(buf, pos + 1, end - 1, CR);
      if (eol < 0) return end - pos > INLINE_MAX ? this.fail('too big mbulk count string') : INCOMPLETE;
      const count = parseLength(buf, pos + 1, eol);
      if (count === BAD_LENGTH || count > INT_MAX) return this.fail('invalid multibulk length');
      if (count > 10 && this.restricted) return this.fail('unauthenticated multibulk length');
      pos = eol + 2;
      this.pos = pos;
      if (count <= 0) return EMPTY;
      this.remaining = count;
      this.bulkLen = -1;
    }
    let remaining = this.remaining;
    let bulkLen = this.bulkLen;
    const maxBulkBytes = this.limits.maxBulkBytes;
    while (remaining > 0) {
      if (bulkLen < 0) {
        if (pos >= end) break;
        const eol = findInLine(buf, pos, end - 1, CR);
        if (eol < 0) {
          if (end - pos > INLINE_MAX) return this.fail('too big bulk count string');
          break;
        }
        if (buf[pos] !== 36) return this.fail(`expected '$', got '${String.fromCharCode(buf[pos]!)}'`);
        bulkLen = parseLength(buf, pos + 1, eol);
        if (bulkLen === BAD_LENGTH || bulkLen < 0 || bulkLen > maxBulkBytes) return this.fail('invalid bulk length');
        if (bulkLen > 16384 && this.restricted) return this.fail('unauthenticated bulk length');
        pos = eol + 2;
      }
      if (end - pos < bulkLen + 2) break;
      args.push(pos, bulkLen);
      pos += bulkLen + 2;
      bulkLen = -1;
      remaining--;
    }
    this.pos = pos;
    this.remaining = remaining;
    this.bulkLen = bulkLen;
    return remaining === 0 ? READY : INCOMPLETE;
  }

  private parseInline(buf: Uint8Array, end: number): number {
    const newline = findInLine(buf, this.pos, end, LF);
    if (newline < 0) return end - this.pos > INLINE_MAX ? this.fail('too big inline request') : INCOMPLETE;
    let stop = newline;
    if (stop > this.pos && buf[stop - 1] === CR) stop--;
    const parts = splitInline(buf, this.pos, stop);
    if (parts === null) return this.fail('unbalanced quotes in request');
    this.pos = newline + 1;
    if (parts.length === 0) return EMPTY;
    const joined = Buffer.concat(parts);
    this.args.buf = joined;
    let at = 0;
    for (const part of parts) {
      this.args.push(at, part.length);
      at += part.length;
    }
    return READY;
  }

  private fail(error: string): number {
    this.error = error;
    return PROTOCOL_ERROR;
  }
}

const EMPTY_BYTES = new Uint8Array(0);
const LF = 10;
const CR = 13;
const BAD_LENGTH = -2;

/**
 * Position of the byte that ends a line, -1 when it is not in buf[from .. end). Redis looks with strchr: behind a NUL no
 * line ends, so that a line with one is never complete, only too long at last.
 */
function findInLine(buf: Uint8Array, from: number, end: number, terminator: number): number {
  for (let i = from; i < end; i++) {
    const byte = buf[i]!;
    if (byte === terminator) return i;
    if (byte === 0) return -1;
  }
  return -1;
}

/** An integer written as Redis's string2ll accepts it: no sign but `-`, no leading zeros, no spaces. */
function parseLength(buf: Uint8Array, from: number, end: number): number {
  let i = from;
  if (i === end || end - i > 16) return BAD_LENGTH;
  const negative = buf[i] === 45;
  if (negative) i++;
  const first = buf[i]!;
  if (i === end || first < 48 || first > 57) return BAD_LENGTH;
  if (first === 48) return end - i === 1 && !negative ? 0 : BAD_LENGTH;
  let n = 0;
  for (; i < end; i++) {
    const digit = buf[i]! - 48;
    if (digit < 0 || digit > 9) return BAD_LENGTH;
    n = n * 10 + digit;
  }
  return negative ? -1 : n;
}
