/**
 * All reads of a round, and all its sends, in one call of the native shim each (native/sockets.c): a system call through
 * koffi costs about 100 ns more than one among many in C.
 */
import type { Shim } from '../memory/shim.ts';
import { addressOf } from './syscalls.ts';
import { CONNECTION_ERROR, type ReceiveBuffer, WOULD_BLOCK } from './transport.ts';

/** Words of `struct item`: descriptor, serial number, events, start, length. */
const ITEM_WORDS = 5;
/** Offsets in `struct receive`. */
const RECEIVE = {
  events: 0,
  items: 8,
  allowed: 16,
  buffer: 24,
  allowedCount: 32,
  capacity: 36,
  least: 40,
  next: 44,
  end: 48,
  bytes: 56,
} as const;
/** A length that says that nothing was read: the connection's owner reads when it wants to. */
export const NOT_READ: number = -(2 ** 31);
/** Descriptors that the table has room for at first. */
const FIRST_DESCRIPTORS = 256;

/** Numbers of one transmission: descriptor, from, length, result. */
const SEND_NUMBERS = 4;
const FIRST_SENDS = 64;

/** Reads for a list of events. Item i tells what became of event i. */
export class ReceiveBatch {
  private readonly receive: (block: number, first: number, count: number) => void;
  private readonly target: ReceiveBuffer;
  private readonly block = new DataView(new ArrayBuffer(RECEIVE.bytes));
  private readonly blockAddress = addressOf(new Uint8Array(this.block.buffer));
  private readonly items: Int32Array;
  /** By descriptor: whether its bytes may be read to the shared buffer. */
  private allowed: Uint8Array = Buffer.alloc(0);

  /** `eventsAddress`: where the kernel writes its list, of at most `maxEvents`. */
  constructor(shim: Shim, target: ReceiveBuffer, eventsAddress: number, maxEvents: number) {
    this.receive = shim.func('void graftis_receive(uintptr_t block, uint32_t first, uint32_t count)');
    this.target = target;
    this.items = new Int32Array(new ArrayBuffer(4 * ITEM_WORDS * maxEvents));
    this.setAddress(RECEIVE.events, eventsAddress);
    this.setAddress(RECEIVE.items, addressOf(new Uint8Array(this.items.buffer)));
    this.setAddress(RECEIVE.buffer, addressOf(target.bytes));
    this.block.setUint32(RECEIVE.capacity, target.bytes.length, true);
    this.block.setUint32(RECEIVE.least, target.leastBytes, true);
    this.grow(FIRST_DESCRIPTORS);
  }

  private setAddress(offset: number, address: number): void {
    this.block.setBigUint64(offset, BigInt(address), true);
  }

  private grow(count: number): void {
    const allowed = Buffer.allocUnsafeSlow(count).fill(0);
    allowed.set(this.allowed);
    this.allowed = allowed;
    this.setAddress(RECEIVE.allowed, addressOf(allowed));
    this.block.setUint32(RECEIVE.allowedCount, count, true);
  }

  /** Whether bytes of this descriptor may be read to the shared buffer. */
  allow(fd: number, on: boolean): void {
    if (fd >= this.allowed.length) {
      if (!on) return;
      this.grow(Math.max(fd + 1, 2 * this.allowed.length));
    }
    this.allowed[fd] = on ? 1 : 0;
  }

  /**
   * Reads for events first .. count - 1, as many as there is room for; returns the index behind the last of them. What
   * the shared buffer held is overwritten.
   */
  read(first: number, count: number): number {
    this.receive(this.blockAddress, first, count);
    this.target.usedBytes = this.block.getUint32(RECEIVE.end, true);
    return this.block.getUint32(RECEIVE.next, true);
  }

  fd(i: number): number {
    return this.items[ITEM_WORDS * i]!;
  }

  serial(i: number): number {
    return this.items[ITEM_WORDS * i + 1]!;
  }

  /** EPOLL bits. */
  bits(i: number): number {
    return this.items[ITEM_WORDS * i + 2]!;
  }

  setBits(i: number, bits: number): void {
    this.items[ITEM_WORDS * i + 2] = bits;
  }

  start(i: number): number {
    return this.items[ITEM_WORDS * i + 3]!;
  }

  /** Bytes that were read, 0 at the end of the stream, WOULD_BLOCK, CONNECTION_ERROR or NOT_READ. */
  length(i: number, isTransient: (errno: number) => boolean): number {
    const length = this.items[ITEM_WORDS * i + 4]!;
    if (length >= 0 || length === NOT_READ) return length;
    return isTransient(-length) ? WOULD_BLOCK : CONNECTION_ERROR;
  }
}

/** Sends from one buffer to many connections. */
export class SendBatch {
  private readonly sendAll: (list: number, count: number, buffer: number) => void;
  private list!: Float64Array;
  private listAddress = 0;
  private room = 0;
  count = 0;

  constructor(shim: Shim) {
    this.sendAll = shim.func('void graftis_send(uintptr_t list, uint32_t count, uintptr_t buffer)');
    this.grow(FIRST_SENDS);
  }

  private grow(room: number): void {
    const list = new Float64Array(new ArrayBuffer(8 * SEND_NUMBERS * room));
    if (this.count > 0) list.set(this.list);
    this.list = list;
    this.room = room;
    this.listAddress = addressOf(new Uint8Array(list.buffer));
  }

  /** Adds bytes from .. to - 1 of the buffer for a descriptor; returns the number under which `result` knows them. */
  add(fd: number, from: number, to: number): number {
    if (this.count === this.room) this.grow(2 * this.room);
    const { list } = this;
    const at = SEND_NUMBERS * this.count;
    list[at] = fd;
    list[at + 1] = from;
    list[at + 2] = to - from;
    return this.count++;
  }

  /** Sends all that was added; the list is empty then, its results are there until something is added. */
  send(bufferAddress: number): void {
    this.sendAll(this.listAddress, this.count, bufferAddress);
    this.count = 0;
  }

  /** Bytes that were taken, or -errno. */
  result(i: number): number {
    return this.list[SEND_NUMBERS * i + 3]!;
  }
}
