// Memory that both sides reach cheaply: JavaScript through a Uint8Array, modules through an address.
//
// Blocks live in ArrayBuffer chunks of 1 MiB, whose address is fixed, or, when larger than the largest size class, in an
// ArrayBuffer of their own. A block is (bytes, offset, address, class); freeing puts it on its class's stack, blocks
// of a chunk are never merged. `block` names a block for `release`: chunk index * 64 + size class, or -1. Sizes: multiples of 16 up to 256, then four steps per doubling up to 128 KiB: at most
// 25 % is lost. Allocate and free are O(1). Content is not cleared.

import { addressOf } from './native-memory.ts';

const CHUNK_BYTES = 1 << 20;
/** `block` of a block with an ArrayBuffer of its own. */
const OWN_BUFFER = -1;

const CLASS_BYTES: number[] = [];
for (let size = 16; size <= 256; size += 16) CLASS_BYTES.push(size);
for (let base = 256; base < 131072; base *= 2) for (let i = 1; i <= 4; i++) CLASS_BYTES.push(base + (base / 4) * i);
const LARGEST_BYTES = CLASS_BYTES[CLASS_BYTES.length - 1]!;

/** Smallest class that holds `sizeBytes`. */
function classOf(sizeBytes: number): number {
  if (sizeBytes <= 256) return sizeBytes === 0 ? 0 : (sizeBytes - 1) >> 4;
  const exponent = 31 - Math.clz32(sizeBytes - 1);
  const step = (sizeBytes - 1 - (1 << exponent)) >> (exponent - 2);
  return 16 + (exponent - 8) * 4 + step;
}

/** Growable stack of int32. */
class Stack {
  private items = new Int32Array(64);
  private length = 0;

  push(value: number): void {
    if (this.length === this.items.length) {
      const items = new Int32Array(this.length * 2);
      items.set(this.items);
      this.items = items;
    }
    this.items[this.length++] = value;
  }

  /** The last value, -1 when empty. */
  pop(): number {
    return this.length === 0 ? -1 : this.items[--this.length]!;
  }
}

/** See the head of this file. The result of `allocate` is in the fields `bytes`, `offset`, `address`, `block`. */
export class NativeHeap {
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  address = 0;
  block = OWN_BUFFER;
  /** Bytes handed out now, rounded up to size classes. */
  usedBytes = 0;

  private readonly chunks: Uint8Array[] = [];
  private readonly chunkAddr: number[] = [];
  private readonly freeBlocks: Stack[] = CLASS_BYTES.map(() => new Stack());
  private chunkTop = CHUNK_BYTES;

  /** Finds room for `sizeBytes` and describes it in this object's fields. */
  allocate(sizeBytes: number): void {
    if (sizeBytes > LARGEST_BYTES) {
      const buffer = new ArrayBuffer(sizeBytes);
      this.bytes = new Uint8Array(buffer);
      this.offset = 0;
      this.address = addressOf(buffer);
      this.block = OWN_BUFFER;
      this.usedBytes += sizeBytes;
      return;
    }
    const sizeClass = classOf(sizeBytes);
    const ref = this.freeBlocks[sizeClass]!.pop();
    const chunk = ref >= 0 ? ref >>> 16 : this.chunkWithRoom(CLASS_BYTES[sizeClass]!);
    if (ref >= 0) {
      this.offset = (ref & 0xffff) << 4;
    } else {
      this.offset = this.chunkTop;
      this.chunkTop += CLASS_BYTES[sizeClass]!;
    }
    this.bytes = this.chunks[chunk]!;
    this.address = this.chunkAddr[chunk]! + this.offset;
    this.block = chunk * 64 + sizeClass;
    this.usedBytes += CLASS_BYTES[sizeClass]!;
  }

  /** Gives a block back: the values that `allocate` put into the fields. */
  release(bytes: Uint8Array, offset: number, block: number): void {
    if (block === OWN_BUFFER) {
      this.usedBytes -= bytes.length;
      return;
    }
    const sizeClass = block & 63;
    this.freeBlocks[sizeClass]!.push(((block >>> 6) << 16) | (offset >> 4));
    this.usedBytes -= CLASS_BYTES[sizeClass]!;
  }

  private chunkWithRoom(sizeBytes: number): number {
    if (this.chunkTop + sizeBytes > CHUNK_BYTES) {
      const buffer = new ArrayBuffer(CHUNK_BYTES);
      this.chunks.push(new Uint8Array(buffer));
      this.chunkAddr.push(addressOf(buffer));
      this.chunkTop = 0;
    }
    return this.chunks.length - 1;
  }
}

/** Bytes that a block takes up. */
export function blockBytes(bytes: Uint8Array, block: number): number {
  return block === OWN_BUFFER ? bytes.length : CLASS_BYTES[block & 63]!;
}
