/**
 * One command line as ranges of a byte buffer.
 *
 * The parser points an `Args` straight into the query buffer: argument i is `buf[off[i] .. off[i] + len[i])`. Nothing is
 * copied and nothing is allocated per request. The ranges are BORROWED: they are valid until the procedure returns.
 * Whoever keeps arguments longer (MULTI, blocked clients, SLOWLOG) takes `clone()` or `bytes(i)`.
 */
import { constants } from 'node:buffer';

const NO_BYTES = new Uint8Array(0);
/** Room for more arguments is not kept for the next command line. */
const KEPT_ARGS = 1024;

export class Args {
  buf: Uint8Array;
  argc = 0;
  off: Int32Array;
  len: Int32Array;

  constructor(buf: Uint8Array, capacity = 16) {
    this.buf = buf;
    this.off = new Int32Array(capacity);
    this.len = new Int32Array(capacity);
  }

  /** Builds a command line of its own from strings, byte arrays and numbers. */
  static from(parts: readonly (string | Uint8Array | number)[]): Args {
    const encoded = parts.map((p) =>
      typeof p === 'string' ? Buffer.from(p, 'utf8') : typeof p === 'number' ? Buffer.from(String(p)) : p,
    );
    let total = 0;
    for (const part of encoded) total += part.length;
    const args = new Args(new Uint8Array(total), Math.max(encoded.length, 1));
    let at = 0;
    for (const part of encoded) {
      args.buf.set(part, at);
      args.push(at, part.length);
      at += part.length;
    }
    return args;
  }

  /** Adds the range of one more argument. */
  push(off: number, len: number): void {
    if (this.argc === this.off.length) this.grow(this.argc * 2);
    this.off[this.argc] = off;
    this.len[this.argc] = len;
    this.argc++;
  }

  /** Makes room for at least `capacity` arguments. */
  grow(capacity: number): void {
    const off = new Int32Array(capacity);
    const len = new Int32Array(capacity);
    off.set(this.off);
    len.set(this.len);
    this.off = off;
    this.len = len;
  }

  /** Makes the command line empty and gives back its bytes and what one long line had it claim. */
  release(): void {
    this.buf = NO_BYTES;
    this.argc = 0;
    if (this.off.length <= KEPT_ARGS) return;
    this.off = new Int32Array(8);
    this.len = new Int32Array(8);
  }

  /** A copy with bytes of its own. */
  clone(): Args {
    let total = 0;
    for (let i = 0; i < this.argc; i++) total += this.len[i]!;
    const copy = new Args(new Uint8Array(total), Math.max(this.argc, 1));
    let at = 0;
    for (let i = 0; i < this.argc; i++) {
      const from = this.off[i]!;
      const n = this.len[i]!;
      copy.buf.set(this.buf.subarray(from, from + n), at);
      copy.push(at, n);
      at += n;
    }
    return copy;
  }

  /** The command line that starts at argument i; its ranges are borrowed as well. */
  startingAt(i: number): Args {
    const rest = new Args(this.buf, Math.max(1, this.argc - i));
    for (let k = i; k < this.argc; k++) rest.push(this.off[k]!, this.len[k]!);
    return rest;
  }

  /** A copy of argument i. */
  bytes(i: number): Buffer {
    const from = this.off[i]!;
    return Buffer.from(this.buf.subarray(from, from + this.len[i]!));
  }

  /** Argument i where it lies: borrowed, like the ranges. */
  borrowed(i: number): Uint8Array {
    const from = this.off[i]!;
    return this.buf.subarray(from, from + this.len[i]!);
  }

  /**
   * Argument i as a string, one character a byte: loses nothing and compares like the bytes. What a string of V8 cannot
   * hold (half a gigabyte) is cut off, and what exceeds `maxBytes`.
   */
  latin1(i: number, maxBytes: number = constants.MAX_STRING_LENGTH): string {
    return this.view(i, maxBytes).toString('latin1');
  }

  /** Argument i as UTF-8 text, for names and messages. */
  text(i: number): string {
    return this.view(i, constants.MAX_STRING_LENGTH).toString('utf8');
  }

  private view(i: number, maxBytes: number): Buffer {
    const bytes = Math.min(this.len[i]!, maxBytes);
    return Buffer.from(this.buf.buffer, this.buf.byteOffset + this.off[i]!, bytes);
  }

  /**
   * Whether argument i is `word`, which must be given in lower case ASCII; letter case does not matter, and an argument
   * ends at its first NUL: Redis compares options as C strings.
   */
  is(i: number, word: string): boolean {
    const n = word.length;
    const from = this.off[i]!;
    const buf = this.buf;
    if (this.len[i] !== n && (this.len[i]! < n || buf[from + n] !== 0)) return false;
    for (let k = 0; k < n; k++) {
      let b = buf[from + k]!;
      if (b >= 65 && b <= 90) b += 32;
      if (b !== word.charCodeAt(k)) return false;
    }
    return true;
  }

  /** Whether argument i is the bytes of argument j. */
  same(i: number, j: number): boolean {
    const n = this.len[i]!;
    if (n !== this.len[j]) return false;
    const a = this.off[i]!;
    const b = this.off[j]!;
    for (let k = 0; k < n; k++) if (this.buf[a + k] !== this.buf[b + k]) return false;
    return true;
  }
}
