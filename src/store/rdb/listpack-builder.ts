/** Listpacks that are put together outside of the arena, of what was stored in older encodings. */
import { lpBytes, lpLength } from '../listpack.ts';
import { lpAppendStaged, lpInit, lpStage, lpStageInt64, lpStageInteger } from '../listpack-edit.ts';

export class ListpackBuilder {
  /** The listpack is u8[0 .. bytes). */
  u8: Uint8Array = new Uint8Array(1024);

  constructor() {
    lpInit(this.u8, 0);
  }

  get bytes(): number {
    return lpBytes(this.u8, 0);
  }

  get length(): number {
    return lpLength(this.u8, 0);
  }

  clear(): void {
    lpInit(this.u8, 0);
  }

  text(buf: Uint8Array, off: number, len: number): void {
    this.append(lpStage(buf, off, len));
  }

  integer(n: number): void {
    this.append(lpStageInteger(n));
  }

  int64(n: bigint): void {
    this.append(lpStageInt64(n));
  }

  private append(bytes: number): void {
    const need = this.bytes + bytes;
    if (need > this.u8.length) {
      const grown = new Uint8Array(need * 2);
      grown.set(this.u8.subarray(0, this.bytes));
      this.u8 = grown;
    }
    lpAppendStaged(this.u8, 0);
  }
}
