// RedisModuleString: a reference-counted byte string that modules hold by handle.
//
// One table for the whole process, as parallel arrays indexed by the handle's index, so that the argv of a module
// command costs no JavaScript object. The bytes of entry i are `bytes[i]` from `offset[i]`, `length[i]` of them and a
// NUL after them; their native address is `address[i]`. A string's bytes never move while it lives (except through
// append and trim, as in Redis), so an address handed out by RM_StringPtrLen is good until the string is freed.

import { HandleKind, HandleSlots } from './handles.ts';
import { blockBytes, NativeHeap } from './heap.ts';
import { memcpy } from './native-memory.ts';

const INITIAL_CAPACITY = 1024;
const NOTHING = new Uint8Array(0);
const utf8 = new TextEncoder();
const decoder = new TextDecoder();

class StringTable {
  /** Reference counts; 0 for free entries. */
  refs = new Int32Array(INITIAL_CAPACITY);
  length = new Int32Array(INITIAL_CAPACITY);
  offset = new Int32Array(INITIAL_CAPACITY);
  address = new Float64Array(INITIAL_CAPACITY);
  /** Id of the module the string was made for, 0 when made by the host. */
  owner = new Int32Array(INITIAL_CAPACITY);
  readonly bytes: Uint8Array[] = [];
  private block = new Int32Array(INITIAL_CAPACITY);
  private readonly slots = new HandleSlots(HandleKind.String, INITIAL_CAPACITY);
  private readonly heap = new NativeHeap();

  /** Live strings. */
  get size(): number {
    return this.slots.size;
  }

  /** Bytes taken by all live strings. */
  get usedBytes(): number {
    return this.heap.usedBytes;
  }

  /** A new string with room for `length` bytes, not yet filled; reference count 1. Returns its index. */
  create(length: number, owner: number): number {
    const index = this.slots.take();
    if (index >= this.refs.length) this.grow();
    this.heap.allocate(length + 1);
    this.place(index, length);
    this.refs[index] = 1;
    this.owner[index] = owner;
    return index;
  }

  /** The handle of entry `index`. */
  handle(index: number): number {
    return this.slots.live[index]!;
  }

  /** Index of a handle that a module passed; throws HandleError when it is no live string. */
  index(handle: number): number {
    return this.slots.index(handle);
  }

  /** Index of a live string's handle, -1 for anything else. */
  find(handle: number): number {
    return this.slots.find(handle);
  }

  /** New string out of native memory; returns its handle. */
  fromNative(from: number, length: number, owner: number): number {
    const index = this.create(length, owner);
    if (length > 0) memcpy(this.address[index]!, from, length);
    return this.slots.live[index]!;
  }

  /** New string out of `length` bytes of `from` at `offset`; returns its handle. */
  fromBytes(from: Uint8Array, offset: number, length: number, owner: number): number {
    const index = this.create(length, owner);
    copyBytes(from, offset, this.bytes[index]!, this.offset[index]!, length);
    return this.slots.live[index]!;
  }

  /** New string out of text, as UTF-8; returns its handle. */
  fromText(text: string, owner: number): number {
    const bytes = utf8.encode(text);
    return this.fromBytes(bytes, 0, bytes.length, owner);
  }

  /** The bytes of a live string, borrowed: valid until it is freed or changed. Throws HandleError. */
  view(handle: number): Uint8Array {
    const index = this.slots.index(handle);
    const offset = this.offset[index]!;
    return this.bytes[index]!.subarray(offset, offset + this.length[index]!);
  }

  /** A fresh copy of a live string's bytes. Throws HandleError. */
  copy(handle: number): Uint8Array {
    const index = this.slots.index(handle);
    const offset = this.offset[index]!;
    return this.bytes[index]!.slice(offset, offset + this.length[index]!);
  }

  /** A live string as text. Throws HandleError. */
  text(handle: number): string {
    return decoder.decode(this.view(handle));
  }

  retain(index: number): void {
    this.refs[index] = this.refs[index]! + 1;
  }

  /** Drops one reference; the last one frees the string and ends its handle. */
  release(index: number): void {
    const refs = this.refs[index]! - 1;
    this.refs[index] = refs;
    if (refs > 0) return;
    this.heap.release(this.bytes[index]!, this.offset[index]!, this.block[index]!);
    this.bytes[index] = NOTHING;
    this.slots.release(index);
  }

  /** Drops the host's own reference to a string that it lent to a module; false when the module has freed it. */
  releaseLent(handle: number): boolean {
    const index = this.slots.find(handle);
    if (index < 0) return false;
    this.release(index);
    return true;
  }

  /**
   * Makes the string `length` bytes long, keeping what fits of its content. A string that outgrows its block moves
   * (its address changes) and gets as much room again, up to 1 MiB, for more to come.
   */
  resize(index: number, length: number): void {
    const bytes = this.bytes[index]!;
    if (length < blockBytes(bytes, this.block[index]!)) {
      this.length[index] = length;
      bytes[this.offset[index]! + length] = 0;
    } else {
      this.move(index, length, length + Math.min(length, 1 << 20));
    }
  }

  /** Gives back room that `resize` left over; the string's address may change. */
  trim(index: number): void {
    this.move(index, this.length[index]!, this.length[index]!);
  }

  private move(index: number, length: number, reserveBytes: number): void {
    const bytes = this.bytes[index]!;
    const offset = this.offset[index]!;
    const block = this.block[index]!;
    const kept = Math.min(length, this.length[index]!);
    this.heap.allocate(reserveBytes + 1);
    copyBytes(bytes, offset, this.heap.bytes, this.heap.offset, kept);
    this.place(index, length);
    this.heap.release(bytes, offset, block);
  }

  /** Bytes that the string's block takes up. */
  allocatedBytes(index: number): number {
    return blockBytes(this.bytes[index]!, this.block[index]!);
  }

  /** Calls `visit` with the index of every live string made for module `owner`. */
  forEachOwned(owner: number, visit: (index: number) => void): void {
    for (let i = 0; i < this.refs.length; i++) if (this.refs[i]! > 0 && this.owner[i] === owner) visit(i);
  }

  private place(index: number, length: number): void {
    const heap = this.heap;
    this.bytes[index] = heap.bytes;
    this.offset[index] = heap.offset;
    this.address[index] = heap.address;
    this.block[index] = heap.block;
    this.length[index] = length;
    heap.bytes[heap.offset + length] = 0;
  }

  private grow(): void {
    const capacity = this.slots.capacity;
    this.refs = grown(this.refs, new Int32Array(capacity));
    this.length = grown(this.length, new Int32Array(capacity));
    this.offset = grown(this.offset, new Int32Array(capacity));
    this.owner = grown(this.owner, new Int32Array(capacity));
    this.block = grown(this.block, new Int32Array(capacity));
    this.address = grown(this.address, new Float64Array(capacity));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Copies bytes between typed arrays; short runs by hand, because `set(subarray())` allocates. */
export function copyBytes(
  from: Uint8Array,
  fromOffset: number,
  to: Uint8Array,
  toOffset: number,
  length: number,
): void {
  if (length <= 32) {
    for (let i = 0; i < length; i++) to[toOffset + i] = from[fromOffset + i]!;
  } else {
    to.set(from.subarray(fromOffset, fromOffset + length), toOffset);
  }
}

/** All RedisModuleStrings of the process. */
export const moduleStrings = new StringTable();
