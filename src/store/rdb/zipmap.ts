/**
 * Zipmap, the small encoding of hashes before 2.6, which is only read:
 *
 *     count (u8, 254 or more: unknown) | length, field, length, unused (u8), value, unused bytes … | 0xFF
 *     length = u8 below 254, or 0xFE and u32, low first
 */
import { readU32 } from '../little-endian.ts';

const END = 0xff;
const LONG = 0xfe;
const COUNT_UNKNOWN = 254;

/** Walks over the pairs of buf[off .. off + len), and says where in it field and value are. */
export class ZipmapReader {
  fieldOff = 0;
  fieldLen = 0;
  valueOff = 0;
  valueLen = 0;
  /** Whether the bytes were found to be no zipmap; then there are no more pairs. */
  corrupt = false;
  private readonly buf: Uint8Array;
  private readonly end: number;
  private readonly expected: number;
  private p: number;
  private pairs = 0;

  constructor(buf: Uint8Array, off: number, len: number) {
    this.buf = buf;
    this.end = off + len - 1;
    this.p = off + 1;
    this.expected = len < 2 ? 0 : buf[off]!;
    this.corrupt = len < 2 || buf[this.end] !== END;
  }

  /** Goes to the next pair; false when there is none, or `corrupt`. */
  next(): boolean {
    if (this.corrupt) return false;
    if (this.p === this.end) {
      this.corrupt = this.expected < COUNT_UNKNOWN && this.expected !== this.pairs;
      return false;
    }
    this.fieldLen = this.length();
    this.fieldOff = this.p;
    this.p += this.fieldLen;
    this.valueLen = this.length();
    const unused = this.p < this.end ? this.buf[this.p++]! : Number.POSITIVE_INFINITY;
    this.valueOff = this.p;
    this.p += this.valueLen + unused;
    this.pairs++;
    this.corrupt = !(this.p <= this.end);
    return !this.corrupt;
  }

  /** Infinity when there is none. */
  private length(): number {
    if (this.p >= this.end) return Number.POSITIVE_INFINITY;
    const first = this.buf[this.p++]!;
    if (first < LONG) return first;
    if (first === END || this.p + 4 > this.end) return Number.POSITIVE_INFINITY;
    this.p += 4;
    return readU32(this.buf, this.p - 4);
  }
}
