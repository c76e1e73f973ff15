/** Buffers nobody uses any more but V8 has not collected yet: their memory goes back to the system without waiting. */
import { bufferAddress, releasePages } from './pages.ts';
import { PAGE_BYTES } from './size-classes.ts';

export class DiscardedBuffers {
  /** Released up to `from`. */
  private readonly buffers: { buffer: ArrayBuffer; from: number }[] = [];
  /** Bytes that wait. */
  pendingBytes = 0;

  /** Takes a buffer that nobody will read again. */
  add(buffer: ArrayBuffer): void {
    this.buffers.push({ buffer, from: 0 });
    this.pendingBytes += buffer.byteLength;
  }

  /** Releases about `maxBytes`; returns how many were. */
  release(maxBytes: number): number {
    let bytes = 0;
    while (this.buffers.length > 0 && bytes < maxBytes) {
      const last = this.buffers[this.buffers.length - 1]!;
      const slice = Math.min(
        last.buffer.byteLength - last.from,
        Math.ceil((maxBytes - bytes) / PAGE_BYTES) * PAGE_BYTES,
      );
      releasePages(bufferAddress(last.buffer) + last.from, slice);
      bytes += slice;
      this.pendingBytes -= slice;
      last.from += slice;
      if (last.from === last.buffer.byteLength) this.buffers.pop();
    }
    return bytes;
  }
}
