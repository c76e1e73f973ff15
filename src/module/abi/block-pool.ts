// Blocks of malloc that both sides reach cheaply, kept for reuse.
//
// A block is a number into parallel arrays. Its memory is an allocation of malloc's own, so that a module may pass its
// address to RedisModule_Free (libc's free), and JavaScript reaches it through a window (native-windows.ts).
//
//    entry i:  address[i] ──► malloc'ed memory of capacity(i) bytes
//              window[i], offset[i]: the same memory in a typed array
//
// Sizes are rounded up to classes: multiples of 16 up to 256, then four steps per doubling up to 32 KiB. A block that is
// given back joins its class's queue and *rests* there, so that a block that was freed just now does not come back soon
// (use after free is noticed then, see string-handles.ts). When more rest than the class wants, the one that has rested
// longest goes to the class's stack of spares, from which blocks are taken, the latest first; or, where spares are beyond
// the pool's budget, back to malloc. Blocks above the largest class go back to malloc at once. Take and give are O(1);
// a take of a spare and most gives cross no border. Content is not cleared.
//
// Memory of somebody else's can be adopted: it gets entries like blocks, and is never taken, given or found.
//
// A block that the module freed by itself is noticed when malloc returns its address again: the entry becomes that of
// the new block.

import { OutOfMemory } from '../../memory/out-of-memory.ts';
import { AddressIndex } from './address-index.ts';
import { free, malloc } from './native-memory.ts';
import { type NativeWindow, windowOf } from './native-windows.ts';

const CLASS_BYTES: number[] = [];
for (let size = 16; size <= 256; size += 16) CLASS_BYTES.push(size);
for (let base = 256; base < 32768; base *= 2) for (let i = 1; i <= 4; i++) CLASS_BYTES.push(base + (base / 4) * i);
const LARGEST_BYTES = CLASS_BYTES[CLASS_BYTES.length - 1]!;
/** `classes[i]` of a block that is larger than the largest class. */
const LARGE = -1;
const INITIAL_CAPACITY = 256;
/** `classes[i]` of memory that is somebody else's. */
const ADOPTED = -2;

/** Smallest class that holds `sizeBytes`. */
function classOf(sizeBytes: number): number {
  if (sizeBytes <= 256) return sizeBytes === 0 ? 0 : (sizeBytes - 1) >> 4;
  const exponent = 31 - Math.clz32(sizeBytes - 1);
  const step = (sizeBytes - 1 - (1 << exponent)) >> (exponent - 2);
  return 16 + (exponent - 8) * 4 + step;
}

/** A growable queue of int32. */
class Queue {
  private items = new Int32Array(16);
  private head = 0;
  length = 0;

  push(value: number): void {
    const { items } = this;
    if (this.length === items.length) this.grow();
    this.items[(this.head + this.length++) & (this.items.length - 1)] = value;
  }

  shift(): number {
    const value = this.items[this.head]!;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.length--;
    return value;
  }

  private grow(): void {
    const items = new Int32Array(this.items.length * 2);
    for (let i = 0; i < this.length; i++) items[i] = this.items[(this.head + i) & (this.items.length - 1)]!;
    this.items = items;
    this.head = 0;
  }
}

/** A growable stack of int32. */
class Stack {
  private items = new Int32Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, new Int32Array(this.length * 2));
    this.items[this.length++] = value;
  }

  pop(): number {
    return this.items[--this.length]!;
  }
}

const NO_WINDOW: NativeWindow = { bytes: new Uint8Array(0), words: new Int32Array(0), address: 0, shared: false };

export class BlockPool {
  /** Native address of each block, 0 for entries without one. */
  address: Float64Array = new Float64Array(INITIAL_CAPACITY);
  /** Position of each block in its window, in bytes. */
  offset: Int32Array = new Int32Array(INITIAL_CAPACITY);
  readonly window: NativeWindow[] = [];
  /** Bytes of blocks in use, rounded up to classes. */
  usedBytes = 0;
  /** Whether `take` got its last block from malloc: what the block held is gone. */
  fresh = false;
  /** Bytes of blocks that rest or are spare. */
  restingBytes = 0;
  private classes = new Int8Array(INITIAL_CAPACITY);
  private size = new Float64Array(INITIAL_CAPACITY);
  private readonly queues: Queue[] = CLASS_BYTES.map(() => new Queue());
  private readonly spares: Stack[] = CLASS_BYTES.map(() => new Stack());
  /** By class: blocks that rest at least. */
  private readonly resting: number[];
  private readonly spareBytes: number;
  /** Blocks by address, without adopted ones. */
  readonly entries = new AddressIndex((entry) => this.address[entry]!);
  /** Entries without a block. */
  private readonly vacant = new Stack();
  private top = 0;

  /**
   * `restingBytes`: how much of each class rests, at least, in `maxResting` blocks at most; `spareBytes`: how much may
   * rest in all before blocks go back to malloc.
   */
  constructor(restingBytes: number, maxResting: number, spareBytes: number) {
    this.spareBytes = spareBytes;
    this.resting = CLASS_BYTES.map((size) => Math.min(Math.floor(restingBytes / size), maxResting));
  }

  /** Entries there are; those at or above were never used. */
  get capacity(): number {
    return this.address.length;
  }

  /** A block of at least `sizeBytes`. Throws when there is no memory. */
  take(sizeBytes: number): number {
    if (sizeBytes > LARGEST_BYTES) return this.create(LARGE, sizeBytes);
    const sizeClass = classOf(sizeBytes);
    const size = CLASS_BYTES[sizeClass]!;
    const spares = this.spares[sizeClass]!;
    if (spares.length === 0) return this.create(sizeClass, size);
    this.fresh = false;
    this.usedBytes += size;
    this.restingBytes -= size;
    return spares.pop();
  }

  /** Gives a block back. */
  give(block: number): void {
    const sizeClass = this.classes[block]!;
    const size = this.size[block]!;
    this.usedBytes -= size;
    if (sizeClass === LARGE) {
      this.destroy(block);
      return;
    }
    const queue = this.queues[sizeClass]!;
    queue.push(block);
    this.restingBytes += size;
    if (queue.length <= this.resting[sizeClass]!) return;
    const rested = queue.shift();
    if (this.restingBytes <= this.spareBytes) {
      this.spares[sizeClass]!.push(rested);
      return;
    }
    this.restingBytes -= size;
    this.destroy(rested);
  }

  /** The module freed the block itself: forgets it. */
  lose(block: number): void {
    this.usedBytes -= this.size[block]!;
    this.forget(block);
  }

  /** Bytes that fit in a block. */
  sizeOf(block: number): number {
    return this.size[block]!;
  }

  /** The block at an address, in use or resting; -1 for any other address. */
  find(address: number): number {
    return this.entries.find(address, this.address);
  }

  /**
   * Entries for `count` blocks of `sizeBytes` each that lie one behind the other from the window's start on, which stay
   * their owner's. Returns the first entry; the others follow.
   */
  adopt(window: NativeWindow, sizeBytes: number, count: number): number {
    const first = this.top;
    for (let i = 0; i < count; i++) {
      const block = this.newEntry();
      this.address[block] = window.address + i * sizeBytes;
      this.window[block] = window;
      this.offset[block] = i * sizeBytes;
      this.classes[block] = ADOPTED;
      this.size[block] = sizeBytes;
    }
    return first;
  }

  private create(sizeClass: number, sizeBytes: number): number {
    this.fresh = true;
    const address = malloc(sizeBytes);
    if (address === 0) throw new OutOfMemory(`Cannot allocate ${sizeBytes} bytes`);
    return this.enter(address, sizeClass, sizeBytes);
  }

  /** A block of malloc's that somebody else has taken for us: no other one is as it. */
  receive(address: number, sizeBytes: number): number {
    this.fresh = true;
    return this.enter(address, LARGE, sizeBytes);
  }

  private enter(address: number, sizeClass: number, sizeBytes: number): number {
    let block = this.find(address);
    if (block >= 0) {
      this.usedBytes -= this.size[block]!;
    } else {
      block = this.vacant.length > 0 ? this.vacant.pop() : this.newEntry();
      this.address[block] = address;
      this.entries.add(block, address);
    }
    const window = windowOf(address, sizeBytes);
    this.window[block] = window;
    this.offset[block] = address - window.address;
    this.classes[block] = sizeClass;
    this.size[block] = sizeBytes;
    this.usedBytes += sizeBytes;
    return block;
  }

  private destroy(block: number): void {
    const address = this.address[block]!;
    this.forget(block);
    free(address);
  }

  private forget(block: number): void {
    this.entries.remove(this.address[block]!);
    this.address[block] = 0;
    this.window[block] = NO_WINDOW;
    this.vacant.push(block);
  }

  private newEntry(): number {
    if (this.top === this.address.length) {
      const capacity = this.top * 2;
      this.address = grown(this.address, new Float64Array(capacity));
      this.offset = grown(this.offset, new Int32Array(capacity));
      this.classes = grown(this.classes, new Int8Array(capacity));
      this.size = grown(this.size, new Float64Array(capacity));
    }
    return this.top++;
  }

  /** Checks the index and the counters; throws an Error that says what is wrong. O(entries). */
  validateIntegrity(): void {
    this.entries.validateIntegrity(this.address);
    let bytes = 0;
    for (let block = 0; block < this.top; block++) {
      if (this.address[block] !== 0 && this.classes[block] !== ADOPTED) bytes += this.size[block]!;
    }
    if (bytes !== this.usedBytes + this.restingBytes) throw new Error('the counters do not add up to the blocks');
  }
}

/** `from`'s content in the larger `to`. */
export function grown<T extends Int8Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
