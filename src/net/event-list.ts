/** `struct epoll_event`, for the transport and for whoever else watches descriptors. */
import * as sys from './syscalls.ts';

/** `struct epoll_event` is packed on x86-64: events u32, data u64. Elsewhere data is 8-aligned. */
export const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
export const EVENT_DATA = process.arch === 'x64' ? 4 : 8;

/** What epoll_wait writes, at a known address. */
export class EventList {
  private readonly view: DataView;
  /** Kept, because native code knows the memory by its address alone. */
  private readonly bytes: Uint8Array;
  readonly address: number;

  /** Room for so many events. */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity * EVENT_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.address = sys.addressOf(this.bytes);
  }

  /** EPOLL bits. */
  bits(i: number): number {
    return this.view.getInt32(i * EVENT_BYTES, true);
  }

  fd(i: number): number {
    return this.view.getInt32(i * EVENT_BYTES + EVENT_DATA, true);
  }

  serial(i: number): number {
    return this.view.getInt32(i * EVENT_BYTES + EVENT_DATA + 4, true);
  }
}
