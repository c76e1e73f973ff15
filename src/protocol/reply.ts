/**
 * Writes replies in RESP2 or RESP3 into one growing byte buffer.
 *
 * A server has one writer that all clients of a tick share; nested calls (modules, scripts, the library) have their own.
 * Text given as a JavaScript string is taken as a byte string (one character a byte, as `Args.latin1` gives it); a
 * string with characters above U+00FF is written as UTF-8.
 */
import { constants } from 'node:buffer';
import { copyBytes } from '../memory/copy.ts';
import { DOUBLE_TEXT_MAX, writeDouble } from './format-double.ts';
import { digitCount, integerWidth, writeInteger } from './numbers.ts';

const CR = 13;
const LF = 10;
/** Both, as a big-endian number. */
const CRLF = 0x0d0a;

/** Longest buffer that V8 makes. */
const MAX_BYTES = constants.MAX_LENGTH;
/** Bytes that a header or a number can take at most, including its CRLF. */
const NUMBER_ROOM = 32;

/** Longest string that is copied word by word. */
const WORDS_MAX = 96;
/** The first four bytes of a bulk string of each length up to WORDS_MAX, low byte first: `$5\r\n`, `$42\r`. */
const BULK_HEADERS = Uint32Array.from({ length: WORDS_MAX + 1 }, (_, len) => {
  const header = Buffer.from(`$${len}\r\n`);
  return header.readUInt32LE(0);
});

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

const OK = bytesOf('+OK\r\n');
const PONG = bytesOf('+PONG\r\n');
const QUEUED = bytesOf('+QUEUED\r\n');
const NULL3 = bytesOf('_\r\n');
const NULL_BULK2 = bytesOf('$-1\r\n');
const NULL_ARRAY2 = bytesOf('*-1\r\n');
const TRUE3 = bytesOf('#t\r\n');
const FALSE3 = bytesOf('#f\r\n');
const EMPTY_BULK = bytesOf('$0\r\n\r\n');

/** A double's text on its way. */
const doubleText = new Uint8Array(DOUBLE_TEXT_MAX);

/** A reply does not fit into any buffer; whoever runs the command takes it back. */
export class ReplyTooLong extends Error {
  constructor(sizeBytes: number) {
    super(`reply of ${sizeBytes} bytes`);
  }
}

export class ReplyWriter {
  buf: Uint8Array;
  /** The same bytes, for writing four at a time. */
  private view: DataView;
  pos = 0;
  /** Protocol version of the client whose reply is being written. */
  resp: 2 | 3 = 2;
  /** Errors written so far; whoever runs commands compares it before and after. */
  errorCount = 0;
  /** Told of each error (without the leading `-`), for the error statistics. */
  onError: ((text: string) => void) | null = null;
  /** Told before the buffer grows, with what is in it still in place; must not write. */
  onGrow: (() => void) | null = null;
  /**
   * Where what nobody wants to have begins, -1: everything is wanted. Instead of growing the buffer, writing goes on
   * there: what stands behind it makes no sense any more.
   */
  discardFrom = -1;
  private readonly initialBytes: number;

  constructor(capacityBytes = 16 * 1024) {
    this.initialBytes = capacityBytes;
    this.buf = Buffer.allocUnsafeSlow(capacityBytes);
    this.view = new DataView(this.buf.buffer);
  }

  /** Makes room for n more bytes. */
  ensure(n: number): void {
    if (this.pos + n > this.buf.length) this.grow(n);
  }

  private grow(n: number): void {
    if (this.onGrow !== null) this.onGrow();
    if (this.discardFrom >= 0) {
      this.pos = this.discardFrom;
      if (this.pos + n <= this.buf.length) return;
    }
    let bigger: Uint8Array;
    try {
      bigger = Buffer.allocUnsafeSlow(Math.max(Math.min(this.buf.length * 2, MAX_BYTES), this.pos + n));
    } catch {
      throw new ReplyTooLong(this.pos + n);
    }
    bigger.set(this.buf.subarray(0, this.pos));
    this.buf = bigger;
    this.view = new DataView(bigger.buffer, bigger.byteOffset);
  }

  /** Forgets all that was written; gives back a buffer that one huge reply had grown. */
  reset(keepBytes = 4 * 1024 * 1024): void {
    this.pos = 0;
    if (this.buf.length <= keepBytes) return;
    this.buf = Buffer.allocUnsafeSlow(this.initialBytes);
    this.view = new DataView(this.buf.buffer);
  }

  /** Ready-made protocol bytes. */
  raw(bytes: Uint8Array): void {
    const n = bytes.length;
    this.ensure(n);
    copyBytes(bytes, 0, this.buf, this.pos, n);
    this.pos += n;
  }

  /** A range of protocol bytes. */
  rawRange(src: Uint8Array, off: number, len: number): void {
    this.ensure(len);
    this.copy(src, off, len);
  }

  private copy(src: Uint8Array, off: number, len: number): void {
    copyBytes(src, off, this.buf, this.pos, len);
    this.pos += len;
  }

  /** Text without any framing. */
  private text(text: string): void {
    const n = text.length;
    this.ensure(n);
    const buf = this.buf;
    const at = this.pos;
    for (let i = 0; i < n; i++) {
      const code = text.charCodeAt(i);
      if (code > 0xff) {
        this.raw(Buffer.from(text, 'utf8'));
        return;
      }
      buf[at + i] = code;
    }
    this.pos = at + n;
  }

  /** `<type><n>\r\n` for a non-negative integer below 2^53; room must be there. */
  private header(type: number, n: number): void {
    const buf = this.buf;
    buf[this.pos++] = type;
    if (n < 10) buf[this.pos++] = 48 + n;
    else this.digits(n);
    buf[this.pos++] = CR;
    buf[this.pos++] = LF;
  }

  private digits(n: number): void {
    const width = digitCount(n);
    writeInteger(this.buf, this.pos, n, width);
    this.pos += width;
  }

  ok(): void {
    this.raw(OK);
  }

  pong(): void {
    this.raw(PONG);
  }

  queued(): void {
    this.raw(QUEUED);
  }

  /** `+text`. The text must hold no line break. */
  simple(text: string): void {
    this.ensure(text.length + 3);
    this.buf[this.pos++] = 43;
    this.text(text);
    this.crlf();
  }

  /** `-text`; a text that does not start with an upper-case code must be given with it (`ERR ...`). */
  error(text: string): void {
    const clean = /[\r\n]/.test(text) ? text.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ') : text;
    this.countError(clean);
    this.ensure(clean.length + 3);
    this.buf[this.pos++] = 45;
    this.text(clean);
    this.crlf();
  }

  /** Counts an error that is written as raw bytes; `text` without its `-`. */
  countError(text: string): void {
    this.errorCount++;
    this.onError?.(text);
  }

  private crlf(): void {
    this.ensure(2);
    this.buf[this.pos++] = CR;
    this.buf[this.pos++] = LF;
  }

  /** `:n`. A number beyond 2^53 is printed as the integer it holds; where that is not exact, give a bigint. */
  integer(n: number | bigint): void {
    if (typeof n === 'number' && !Number.isSafeInteger(n)) n = BigInt(n);
    this.ensure(NUMBER_ROOM);
    if (typeof n === 'bigint') {
      this.buf[this.pos++] = 58;
      this.text(n.toString());
      this.crlf();
      return;
    }
    if (n < 0) {
      this.buf[this.pos++] = 58;
      this.buf[this.pos++] = 45;
      this.digits(-n);
      this.buf[this.pos++] = CR;
      this.buf[this.pos++] = LF;
    } else this.header(58, n);
  }

  /** A bulk string from a range of bytes. */
  bulk(src: Uint8Array, off: number, len: number): void {
    this.ensure(len + NUMBER_ROOM);
    this.header(36, len);
    this.copy(src, off, len);
    this.buf[this.pos++] = CR;
    this.buf[this.pos++] = LF;
  }

  /**
   * The same for bytes of which there is a view with the same offsets, such as values in the arena: words are copied,
   * which takes a quarter of the time for short ones.
   */
  bulkWords(src: Uint8Array, words: DataView, off: number, len: number): void {
    if (len > WORDS_MAX) return this.bulk(src, off, len);
    this.ensure(len + NUMBER_ROOM);
    const { view } = this;
    let at = this.pos;
    view.setUint32(at, BULK_HEADERS[len]!, true);
    at += 4;
    if (len >= 10) view.setUint8(at++, LF);
    const end = at + len;
    if (len >= 4) {
      const last = off + len - 4;
      for (; off < last; off += 4, at += 4) view.setUint32(at, words.getUint32(off, true), true);
      // The last word may overlap the one before.
      view.setUint32(end - 4, words.getUint32(last, true), true);
    } else for (; at < end; at++) view.setUint8(at, words.getUint8(off++));
    view.setUint16(end, CRLF, false);
    this.pos = end + 2;
  }

  bulkBytes(bytes: Uint8Array): void {
    this.bulk(bytes, 0, bytes.length);
  }

  /** A bulk string from a byte string (or UTF-8 when it has characters above U+00FF). */
  bulkText(text: string): void {
    let wide = false;
    for (let i = 0; i < text.length && !wide; i++) wide = text.charCodeAt(i) > 0xff;
    if (wide) return this.bulkBytes(Buffer.from(text, 'utf8'));
    this.ensure(text.length + NUMBER_ROOM);
    this.header(36, text.length);
    this.text(text);
    this.crlf();
  }

  /** A bulk string with an integer's decimal text. */
  bulkInteger(n: number | bigint): void {
    if (typeof n === 'bigint' || !Number.isSafeInteger(n)) return this.bulkText(n.toString());
    this.ensure(NUMBER_ROOM * 2);
    const width = integerWidth(n);
    this.header(36, width);
    writeInteger(this.buf, this.pos, n, width);
    this.pos += width;
    this.buf[this.pos++] = CR;
    this.buf[this.pos++] = LF;
  }

  emptyBulk(): void {
    this.raw(EMPTY_BULK);
  }

  /** The null of RESP3; in RESP2 a null bulk string. */
  nullBulk(): void {
    this.raw(this.resp === 3 ? NULL3 : NULL_BULK2);
  }

  /** The null of RESP3; in RESP2 a null array. */
  nullArray(): void {
    this.raw(this.resp === 3 ? NULL3 : NULL_ARRAY2);
  }

  /** A boolean; in RESP2 the integers 1 and 0. */
  bool(value: boolean): void {
    if (this.resp === 3) this.raw(value ? TRUE3 : FALSE3);
    else this.integer(value ? 1 : 0);
  }

  /** A double; in RESP2 a bulk string. */
  double(value: number): void {
    const n = writeDouble(doubleText, 0, value);
    if (this.resp !== 3) return this.bulk(doubleText, 0, n);
    this.ensure(n + 3);
    this.buf[this.pos++] = 44;
    this.copy(doubleText, 0, n);
    this.crlf();
  }

  /** A double given as its text. */
  doubleText(text: string): void {
    if (this.resp !== 3) return this.bulkText(text);
    this.ensure(text.length + 3);
    this.buf[this.pos++] = 44;
    this.text(text);
    this.crlf();
  }

  /** A big number given as decimal text; in RESP2 a bulk string. */
  bigNumber(text: string): void {
    if (this.resp !== 3) return this.bulkText(text);
    this.ensure(text.length + 3);
    this.buf[this.pos++] = 40;
    this.text(text);
    this.crlf();
  }

  /** A verbatim string with a format of three characters (`txt`, `mkd`); in RESP2 a bulk string. */
  verbatim(format: string, text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, isByteString(text) ? 'latin1' : 'utf8') : text;
    if (this.resp !== 3) return this.bulkBytes(bytes);
    this.ensure(bytes.length + NUMBER_ROOM + 4);
    this.header(61, bytes.length + 4);
    this.text(format.slice(0, 3).padEnd(3));
    this.buf[this.pos++] = 58;
    this.copy(bytes, 0, bytes.length);
    this.crlf();
  }

  array(n: number): void {
    this.ensure(NUMBER_ROOM);
    this.header(42, n);
  }

  /** A map of n pairs; in RESP2 a flat array of 2n elements. */
  map(n: number): void {
    this.ensure(NUMBER_ROOM);
    if (this.resp === 3) this.header(37, n);
    else this.header(42, n * 2);
  }

  /** A set; in RESP2 an array. */
  set(n: number): void {
    this.ensure(NUMBER_ROOM);
    this.header(this.resp === 3 ? 126 : 42, n);
  }

  /** Attributes of the reply that follows. Only for RESP3 clients. */
  attribute(n: number): void {
    this.ensure(NUMBER_ROOM);
    this.header(124, n);
  }

  /** An out-of-band message; in RESP2 an array. */
  push(n: number): void {
    this.ensure(NUMBER_ROOM);
    this.header(this.resp === 3 ? 62 : 42, n);
  }

  /** Where an aggregate starts whose length is not known yet; close it with one of the `end` calls. */
  defer(): number {
    return this.pos;
  }

  endArray(mark: number, n: number): void {
    this.insertHeader(mark, 42, n);
  }

  endMap(mark: number, n: number): void {
    if (this.resp === 3) this.insertHeader(mark, 37, n);
    else this.insertHeader(mark, 42, n * 2);
  }

  endSet(mark: number, n: number): void {
    this.insertHeader(mark, this.resp === 3 ? 126 : 42, n);
  }

  endAttribute(mark: number, n: number): void {
    this.insertHeader(mark, 124, n);
  }

  endPush(mark: number, n: number): void {
    this.insertHeader(mark, this.resp === 3 ? 62 : 42, n);
  }

  /** Moves what was written since `mark` aside and puts a header in front of it. */
  private insertHeader(mark: number, type: number, n: number): void {
    this.ensure(NUMBER_ROOM);
    // What has begun there was not wanted.
    if (mark > this.pos) return;
    const end = this.pos;
    this.header(type, n);
    const width = this.pos - end;
    const head = Uint8Array.prototype.slice.call(this.buf, end, this.pos);
    this.buf.copyWithin(mark + width, mark, end);
    this.buf.set(head, mark);
    this.pos = end + width;
  }

  /** The bytes written since `from`, copied. */
  take(from = 0): Buffer {
    return Buffer.from(this.buf.subarray(from, this.pos));
  }
}

function isByteString(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
