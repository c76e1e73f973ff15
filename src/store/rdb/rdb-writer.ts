/**
 * Writes the primitives of the RDB format (rdb-format.ts) to a sink, by way of a buffer.
 *
 * With a `drain`, the buffer is handed to it when it is full, and so are strings that are larger, without being copied;
 * what it holds at the end is for `flush`. Without, the buffer grows: then it is the whole output. Nothing here knows
 * where values are, so that it serves DUMP and a thread that saves.
 */
import { copyBytes } from '../../memory/copy.ts';
import { parseInteger } from '../../protocol/numbers.ts';
import { writeU32 } from '../little-endian.ts';
import { lzfCompress } from '../lzf.ts';
import {
  LENGTH_14_BITS,
  LENGTH_32_BITS,
  LENGTH_64_BITS,
  STRING_INT8,
  STRING_INT16,
  STRING_INT32,
  STRING_LZF,
} from './rdb-format.ts';

/** Is handed bytes in their order; the range is borrowed for the call. */
export type Drain = (buf: Uint8Array, off: number, len: number) => void;

/** Longest text of an integer that is stored as one. */
const INTEGER_TEXT_MAX = 11;
/** Strings up to this are not compressed, nor those that would not get this much smaller. */
const COMPRESS_FROM_BYTES = 21;
const MIN_GAIN_BYTES = 4;
const HEADER_MAX_BYTES = 9;
const TWO_32 = 4294967296;
const FIRST_BYTES = 64 * 1024;

export class RdbWriter {
  /** What was written and not drained: buf[0 .. len). */
  buf: Uint8Array = new Uint8Array(FIRST_BYTES);
  len = 0;
  /** Whether long strings are compressed: rdbcompression. */
  compression = true;
  private readonly drain: Drain | null;
  private packed = new Uint8Array(0);
  private readonly double = new Float64Array(1);
  private readonly doubleBytes = new Uint8Array(this.double.buffer);

  private readonly float = new Float32Array(1);
  private readonly floatBytes = new Uint8Array(this.float.buffer);

  constructor(drain: Drain | null = null) {
    this.drain = drain;
  }

  /** Hands what is in the buffer to the drain. */
  flush(): void {
    if (this.drain !== null && this.len > 0) this.drain(this.buf, 0, this.len);
    this.len = 0;
  }

  /** Forgets what was written; buffers beyond `keepBytes` are given back. */
  reset(keepBytes: number): void {
    this.len = 0;
    if (this.buf.length > keepBytes) this.buf = new Uint8Array(FIRST_BYTES);
    if (this.packed.length > keepBytes) this.packed = new Uint8Array(0);
  }

  private room(bytes: number): void {
    if (this.len + bytes <= this.buf.length) return;
    if (this.drain !== null) return this.flush();
    const grown = new Uint8Array(Math.max(this.buf.length * 2, this.len + bytes));
    grown.set(this.buf.subarray(0, this.len));
    this.buf = grown;
  }

  /** Bytes as they are. */
  raw(buf: Uint8Array, off: number, len: number): void {
    if (this.drain !== null && len >= this.buf.length) {
      this.flush();
      this.drain(buf, off, len);
      return;
    }
    this.room(len);
    copyBytes(buf, off, this.buf, this.len, len);
    this.len += len;
  }

  byte(n: number): void {
    this.room(1);
    this.buf[this.len++] = n;
  }

  /** A length: an integer from 0 to 2^53. */
  length(n: number): void {
    this.room(HEADER_MAX_BYTES);
    if (n < 1 << 6) this.buf[this.len++] = n;
    else if (n < 1 << 14) {
      this.buf[this.len++] = LENGTH_14_BITS | (n >>> 8);
      this.buf[this.len++] = n;
    } else if (n < TWO_32) {
      this.buf[this.len++] = LENGTH_32_BITS;
      this.word(n);
    } else {
      this.buf[this.len++] = LENGTH_64_BITS;
      this.word(Math.floor(n / TWO_32));
      this.word(n);
    }
  }

  /** A length of 64 bits: its high and low word. */
  length64(words: Uint32Array, w: number): void {
    if (words[w] === 0) return this.length(words[w + 1]!);
    this.room(HEADER_MAX_BYTES);
    this.buf[this.len++] = LENGTH_64_BITS;
    this.word(words[w]!);
    this.word(words[w + 1]!);
  }

  /** 32 bits, high first. */
  private word(n: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.buf[this.len++] = n >>> shift;
  }

  double64(value: number): void {
    this.double[0] = value;
    this.raw(this.doubleBytes, 0, 8);
  }

  float32(value: number): void {
    this.float[0] = value;
    this.raw(this.floatBytes, 0, 4);
  }

  /** Unix ms: an integer within ±2^53. */
  time(ms: number): void {
    this.room(8);
    writeU32(this.buf, this.len, ms);
    writeU32(this.buf, this.len + 4, Math.floor(ms / TWO_32));
    this.len += 8;
  }

  /** A time of 64 bits: its high and low word. */
  time64(words: Uint32Array, w: number): void {
    this.room(8);
    writeU32(this.buf, this.len, words[w + 1]!);
    writeU32(this.buf, this.len + 4, words[w]!);
    this.len += 8;
  }

  /** A string, in the shortest form that there is for it. */
  string(buf: Uint8Array, off: number, len: number): void {
    if (len <= INTEGER_TEXT_MAX && this.integer(buf, off, len)) return;
    if (this.compression && len >= COMPRESS_FROM_BYTES && this.compressed(buf, off, len)) return;
    this.length(len);
    this.raw(buf, off, len);
  }

  /** Writes a text that is the canonical one of a 32-bit integer; false for others. */
  private integer(buf: Uint8Array, off: number, len: number): boolean {
    if (len === 0 || buf[off]! > 57) return false;
    const n = parseInteger(buf, off, len);
    if (n !== (n | 0)) return false;
    this.room(5);
    const out = this.buf;
    if (n >= -128 && n < 128) out[this.len++] = STRING_INT8;
    else if (n >= -32768 && n < 32768) out[this.len++] = STRING_INT16;
    else out[this.len++] = STRING_INT32;
    for (let bytes = 1 << (out[this.len - 1]! & 3), shift = 0; bytes > 0; bytes--, shift += 8) {
      out[this.len++] = n >> shift;
    }
    return true;
  }

  private compressed(buf: Uint8Array, off: number, len: number): boolean {
    if (this.packed.length < len) this.packed = new Uint8Array(Math.max(len, 8192));
    const bytes = lzfCompress(buf, off, len, this.packed, 0, len - MIN_GAIN_BYTES);
    if (bytes === 0) return false;
    this.lzf(this.packed, 0, bytes, len);
    return true;
  }

  /** A string of `size` bytes that is compressed already. */
  lzf(buf: Uint8Array, off: number, len: number, size: number): void {
    this.byte(STRING_LZF);
    this.length(len);
    this.length(size);
    this.raw(buf, off, len);
  }
}
