/**
 * The hash of a key that is about to be looked up, told in advance by whoever computed it already (the server's
 * read-ahead), so that the look-up does not compute it again.
 *
 * It holds for one byte range of one buffer; `clear` must be called before those bytes change.
 */
import { hashBytes } from './hash.ts';

const NONE = -1;

export class KeyHint {
  private buf: Uint8Array | null = null;
  private off = 0;
  private len = NONE;
  private hash = 0;

  set(buf: Uint8Array, off: number, len: number, hash: number): void {
    this.buf = buf;
    this.off = off;
    this.len = len;
    this.hash = hash;
  }

  clear(): void {
    this.len = NONE;
  }

  /** Like `clear`; drops the reference to the buffer as well. */
  forget(): void {
    this.buf = null;
    this.len = NONE;
  }

  /** Hash of a key: the one that was told for these bytes, or computed. */
  hashOf(buf: Uint8Array, off: number, len: number): number {
    if (len === this.len && off === this.off && buf === this.buf) return this.hash;
    return hashBytes(buf, off, len);
  }
}
