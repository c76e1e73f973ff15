/**
 * Reads the primitives of the RDB format (rdb-format.ts) from bytes of which none may be trusted.
 *
 * What is malformed, or ends too early, throws CorruptRdb; whoever loads a value frees what it has made and lets it
 * pass, so that loops need no test of each read. Nothing is allocated on the word of the input alone: a string is no
 * longer than its bytes can stand for.
 */
import { copyBytes } from '../../memory/copy.ts';
import { INT64_TEXT_MAX, integerWidth, parseDouble, writeInteger } from '../../protocol/numbers.ts';
import { readU32 } from '../little-endian.ts';
import { lzfDecompress } from '../lzf.ts';
import {
  LENGTH_32_BITS,
  LENGTH_64_BITS,
  SCORE_INF,
  SCORE_NAN,
  SCORE_NEGATIVE_INF,
  STRING_INT8,
  STRING_INT16,
  STRING_INT32,
  STRING_LZF,
} from './rdb-format.ts';

/** The input is not what it should be; the message says what is wrong with it. */
export class CorruptRdb extends Error {}

/** Three bytes of LZF stand for at most this many. */
const LZF_GAIN_MAX = 264;
/** A string's own buffer is given back beyond this. */
const KEEP_BYTES = 1024 * 1024;
const TWO_32 = 4294967296;

/** A string that was read: buf[off .. off + len), valid until another is read into the same object. */
export class RdbString {
  buf: Uint8Array = new Uint8Array(0);
  off = 0;
  len = 0;
  private own = new Uint8Array(64);

  set(buf: Uint8Array, off: number, len: number): void {
    this.buf = buf;
    this.off = off;
    this.len = len;
  }

  /** A buffer of its own for `len` bytes, which it then stands for. */
  room(len: number): Uint8Array {
    if (this.own.length < len || (this.own.length > KEEP_BYTES && len <= KEEP_BYTES)) {
      this.own = new Uint8Array(Math.max(len, INT64_TEXT_MAX));
    }
    this.set(this.own, 0, len);
    return this.own;
  }
}

export class RdbReader {
  private buf: Uint8Array = new Uint8Array(0);
  private p = 0;
  private end = 0;
  /** What the last `head` read was: a length, or the form of a string. */
  private encoded = false;
  private readonly double = new Float64Array(1);
  private readonly doubleBytes = new Uint8Array(this.double.buffer);
  private readonly float = new Float32Array(1);
  private readonly floatBytes = new Uint8Array(this.float.buffer);

  /** Reads from buf[off .. off + len) from now on. */
  open(buf: Uint8Array, off: number, len: number): void {
    this.buf = buf;
    this.p = off;
    this.end = off + len;
  }

  /** Bytes that are left. */
  get rest(): number {
    return this.end - this.p;
  }

  /** How far it has read; a place for `seek`. */
  get position(): number {
    return this.p;
  }

  /** Goes back to a position. */
  seek(position: number): void {
    this.p = position;
  }

  /** Where the next `bytes` are, which are there. */
  private take(bytes: number): number {
    const p = this.p;
    if (bytes > this.end - p) throw new CorruptRdb('Unexpected end');
    this.p = p + bytes;
    return p;
  }

  byte(): number {
    return this.buf[this.take(1)]!;
  }

  /** A length; those that a double cannot hold are corrupt. */
  length(): number {
    const n = this.head();
    if (this.encoded) throw new CorruptRdb('A length is an encoded string');
    return n;
  }

  /** A length of 64 bits, as its high and low word. */
  length64(words: Uint32Array, w: number): void {
    if (this.rest > 0 && this.buf[this.p] === LENGTH_64_BITS) {
      this.p++;
      words[w] = this.word();
      words[w + 1] = this.word();
    } else {
      words[w + 1] = this.length();
      words[w] = 0;
    }
  }

  /** A length, or with `encoded` the first byte of an encoded string. */
  private head(): number {
    const first = this.byte();
    this.encoded = first >= STRING_INT8;
    if (this.encoded || first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte();
    if (first === LENGTH_32_BITS) return this.word();
    if (first !== LENGTH_64_BITS) throw new CorruptRdb(`Unknown length encoding ${first}`);
    const n = this.word() * TWO_32 + this.word();
    if (!Number.isSafeInteger(n)) throw new CorruptRdb('A length is too large');
    return n;
  }

  /** 32 bits, high first. */
  private word(): number {
    const p = this.take(4);
    const { buf } = this;
    return ((buf[p]! << 24) | (buf[p + 1]! << 16) | (buf[p + 2]! << 8) | buf[p + 3]!) >>> 0;
  }

  double64(): number {
    copyBytes(this.buf, this.take(8), this.doubleBytes, 0, 8);
    return this.double[0]!;
  }

  float32(): number {
    copyBytes(this.buf, this.take(4), this.floatBytes, 0, 4);
    return this.float[0]!;
  }

  /** Unix ms; rounded beyond 2^53. */
  time(): number {
    const p = this.take(8);
    return (readU32(this.buf, p + 4) | 0) * TWO_32 + readU32(this.buf, p);
  }

  /** A time of 64 bits, as its high and low word. */
  time64(words: Uint32Array, w: number): void {
    const p = this.take(8);
    words[w] = readU32(this.buf, p + 4);
    words[w + 1] = readU32(this.buf, p);
  }

  /** So many bytes without a length. */
  fixed(bytes: number, into: RdbString): void {
    into.set(this.buf, this.take(bytes), bytes);
  }

  /** A score as sets of type ZSET have it: NaN where there is none. */
  scoreText(): number {
    const len = this.byte();
    if (len === SCORE_NAN) return Number.NaN;
    if (len === SCORE_INF) return Number.POSITIVE_INFINITY;
    if (len === SCORE_NEGATIVE_INF) return Number.NEGATIVE_INFINITY;
    return parseDouble(this.buf, this.take(len), len);
  }

  string(into: RdbString): void {
    const first = this.head();
    if (!this.encoded) {
      into.set(this.buf, this.take(first), first);
      return;
    }
    const { buf } = this;
    switch (first) {
      case STRING_INT8:
        return writeText(into, (this.byte() << 24) >> 24);
      case STRING_INT16: {
        const p = this.take(2);
        return writeText(into, ((buf[p]! << 16) | (buf[p + 1]! << 24)) >> 16);
      }
      case STRING_INT32:
        return writeText(into, readU32(buf, this.take(4)) | 0);
      case STRING_LZF:
        return this.compressed(into);
      default:
        throw new CorruptRdb(`Unknown string encoding ${first}`);
    }
  }

  /** Reads a string without looking at it; what is compressed may turn out to be malformed later. */
  skipString(): void {
    const first = this.head();
    if (!this.encoded) this.take(first);
    else if (first === STRING_LZF) {
      const bytes = this.length();
      this.length();
      this.take(bytes);
    } else if (first <= STRING_INT32) this.take(1 << (first & 3));
    else throw new CorruptRdb(`Unknown string encoding ${first}`);
  }

  private compressed(into: RdbString): void {
    const bytes = this.length();
    const size = this.length();
    const p = this.take(bytes);
    if (size === 0 || size > bytes * LZF_GAIN_MAX) throw new CorruptRdb('Compressed string has a wrong length');
    const target = into.room(size);
    if (lzfDecompress(this.buf, p, bytes, target, 0, size) !== size) {
      throw new CorruptRdb('Invalid LZF compressed string');
    }
  }
}

function writeText(into: RdbString, n: number): void {
  const width = integerWidth(n);
  writeInteger(into.room(width), 0, n, width);
}
