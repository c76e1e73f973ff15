// RedisModuleString: a reference-counted byte string that modules hold by handle.
//
// A handle is the address of a record in an allocation of its own, as in Redis: modules pass strings to RedisModule_Free,
// and may read what lies there. The bytes follow the record, until the string outgrows its block:
//
//    0         8           16        24        32
//   +---------+-----------+---------+---------+-----------------+---+
//   | handle  | pointer ──┼─────────┼─────────┼──► bytes        | 0 |      pointer: of the bytes, here or elsewhere
//   |         | to bytes  | length  |    0    |                 |   |
//   +---------+-----------+---------+---------+-----------------+---+
//
// The first word is 0 in a string that was freed; malloc overwrites it too when a module frees a string by itself.
//
// One table for the whole process, as parallel arrays indexed by the block's number (block-pool.ts), so that the argv of
// a module command costs no JavaScript object. The bytes of entry i are `bytes[i]` from `offset[i]`, `length[i]` of them
// and a NUL after them; their native address is `address[i]`. A string's bytes never move while it lives (except
// through append and trim, as in Redis), so an address handed out by RM_StringPtrLen is good until the string is freed.
//
// Handles are addresses, so a freed string's handle can come back. Freed blocks rest first: at least RESTING_STRINGS short
// strings are freed between two uses of a handle, and in between (for arguments of commands that is nearly always) use
// after free and double free are seen. `serial` tells lives of an entry apart for the host's own references.
//
// Arguments of commands are strings in *slots* where the native shim is used: SLOTS places of SLOT_BYTES each, side by side, that
// are entries of the table for good. A command takes the next ones in turn, so a slot rests while the others have theirs, and
// one whose string the module has kept is passed over. Long arguments, and those that find the next slot taken, are strings
// like any other. The shim reads the tables (string-tables.ts) and changes `refs` and `owner` of live strings.
//
// Measured (bench/module-strings.mjs, ns of CPU per string, API call included), in brackets with handles with generations
// over blocks of our own chunks, which never gave memory back and are what this replaces: 100,000 strings made 150 (170),
// freed 150 (90), made and freed one by one 250 (270).

import { copyBytes } from '../../memory/copy.ts';
import { BlockPool, grown } from './block-pool.ts';
import { guardedMemory } from './guarded-memory.ts';
import { HandleError, HandleKind, setStringProbe } from './handles.ts';
import { memcpy } from './native-memory.ts';

const RECORD_BYTES = 32;
// Words of the record.
const W_HANDLE = 0;
const W_POINTER = 2;
const W_LENGTH = 4;
const TWO32 = 4294967296;
/** Two lines of the processor's cache; SLOT_BYTES of native/call-block.h. */
const SLOT_BYTES = 128;
const SLOTS = 1024;
const RESTING_STRINGS = 1024;
/** Of each size. */
const RESTING_BYTES = 128 * 1024;
/** Of all sizes: 100,000 short strings may come and go without malloc. */
const SPARE_BYTES = 12 * 2 ** 20;
const OUTGROWN_SPARE_BYTES = 2 ** 20;
const NOTHING = new Uint8Array(0);
const utf8 = new TextEncoder();
const decoder = new TextDecoder();

class StringTable {
  /** Reference counts; 0 for free entries. */
  refs = new Int32Array(0);
  length = new Int32Array(0);
  offset = new Int32Array(0);
  address = new Float64Array(0);
  /** Id of the module the string was made for, 0 when made by the host. */
  owner = new Int32Array(0);
  /** Counts the lives of an entry. */
  serial = new Int32Array(0);
  readonly bytes: Uint8Array[] = [];
  /** Live strings. */
  size = 0;
  /** Block of the bytes that do not follow the record, -1 where they do. */
  data = new Int32Array(0);
  /** Records, with bytes; and bytes of strings that outgrew their block. */
  private readonly records = new BlockPool(RESTING_BYTES, RESTING_STRINGS, SPARE_BYTES);
  private readonly outgrown = new BlockPool(0, 0, OUTGROWN_SPARE_BYTES);
  /** Told that arrays which the shim reads were replaced. */
  onTablesMoved: (() => void) | null = null;
  /** Slots for arguments: entries from `firstSlot` up to `endSlot`; the number of the next one to be used, in a word. */
  private firstSlot = 0;
  private endSlot = 0;
  private nextSlot: Float64Array = new Float64Array(1);
  private slotsAddress = 0;
  private slotWords = new Int32Array(0);
  private slotBytes = NOTHING;

  constructor() {
    this.grow();
    this.records.entries.onGrow = () => this.onTablesMoved?.();
    setStringProbe((address) => this.slotAt(address) >= 0 || this.records.find(address) >= 0);
  }

  /** The hash table that finds entries by address; see string-tables.ts. */
  get recordIndex(): { index: Int32Array; mask: number; records: Float64Array } {
    const { entries, address } = this.records;
    return { index: entries.slots, mask: entries.mask, records: address };
  }

  /** Makes the slots for arguments. Once. The number of the next one to be used is in `next[0]`, where the shim moves it too. */
  makeSlots(next: Float64Array): { address: number; sizeBytes: number; first: number; count: number } {
    const { buffer, address, sizeBytes } = guardedMemory(SLOTS * SLOT_BYTES);
    this.slotBytes = new Uint8Array(buffer);
    this.slotWords = new Int32Array(buffer);
    const window = { bytes: this.slotBytes, words: this.slotWords, address, shared: true };
    const first = this.records.adopt(window, SLOT_BYTES, SLOTS);
    if (this.records.capacity > this.refs.length) this.grow();
    for (let slot = first; slot < first + SLOTS; slot++) {
      const word = this.records.offset[slot]! >> 2;
      const handle = this.records.address[slot]!;
      this.slotWords[word + W_HANDLE] = handle | 0;
      this.slotWords[word + W_HANDLE + 1] = (handle / TWO32) | 0;
      this.placeInline(slot);
    }
    this.nextSlot = next;
    this.firstSlot = first;
    this.endSlot = first + SLOTS;
    this.slotsAddress = address;
    return { address, sizeBytes, first, count: SLOTS };
  }

  /** The slot at an address, with a string or without; -1 when there is none. */
  private slotAt(address: number): number {
    const slot = (address - this.slotsAddress) / SLOT_BYTES + this.firstSlot;
    return slot >= this.firstSlot && slot < this.endSlot && (slot | 0) === slot ? slot : -1;
  }

  /**
   * A string for a command's argument, filled with `length` bytes of `from`: a slot if one is to be had. Returns its index; the
   * host takes it back with `takeBack`.
   */
  lend(from: Uint8Array, offset: number, length: number): number {
    const slot = this.nextSlot[0]! + this.firstSlot;
    if (slot === this.endSlot) return this.copyOf(from, offset, length);
    this.nextSlot[0] = slot + 1 === this.endSlot ? 0 : slot + 1 - this.firstSlot;
    if (length >= SLOT_BYTES - RECORD_BYTES || this.refs[slot] !== 0) {
      return this.copyOf(from, offset, length);
    }
    const { slotBytes } = this;
    const at = (slot - this.firstSlot) * SLOT_BYTES;
    const end = at + RECORD_BYTES + length;
    for (let to = at + RECORD_BYTES; to < end; to++) slotBytes[to] = from[offset++]!;
    slotBytes[end] = 0;
    this.slotWords[(at >> 2) + W_LENGTH] = length;
    this.length[slot] = length;
    this.refs[slot] = 1;
    this.owner[slot] = 0;
    this.serial[slot]!++;
    this.size++;
    return slot;
  }

  /** A string of the host's with a copy of the bytes. Returns its index. */
  copyOf(from: Uint8Array, offset: number, length: number): number {
    const index = this.create(length, 0);
    copyBytes(from, offset, this.bytes[index]!, this.offset[index]!, length);
    return index;
  }

  /** Bytes taken by all live strings. */
  get usedBytes(): number {
    return this.records.usedBytes + this.outgrown.usedBytes;
  }

  /** Bytes of freed strings that rest. */
  get restingBytes(): number {
    return this.records.restingBytes + this.outgrown.restingBytes;
  }

  /** A new string with room for `length` bytes, not yet filled; reference count 1. Returns its index. */
  create(length: number, owner: number): number {
    const { records } = this;
    const index = records.take(RECORD_BYTES + length + 1);
    if (records.fresh) this.layOut(index);
    this.begin(index, length, owner);
    this.bytes[index]![this.offset[index]! + length] = 0;
    return index;
  }

  /** A thread of a module has made a string by itself, record and bytes, in a block of malloc's (native/strings.c). */
  receive(handle: number, length: number, owner: number): void {
    const index = this.records.receive(handle, RECORD_BYTES + length + 1);
    this.layOut(index);
    this.begin(index, length, owner);
  }

  private begin(index: number, length: number, owner: number): void {
    const { records } = this;
    const { words } = records.window[index]!;
    const word = records.offset[index]! >> 2;
    words[word + W_HANDLE] = records.address[index]! | 0;
    words[word + W_LENGTH] = length;
    this.length[index] = length;
    this.refs[index] = 1;
    this.owner[index] = owner;
    this.serial[index]!++;
    this.size++;
  }

  /** Prepares a block that comes from malloc: all of the record that stays as it is while the block is ours. */
  private layOut(index: number): void {
    if (index >= this.refs.length) this.grow();
    // Alive: a module freed it, and malloc has given the same memory again.
    if (this.refs[index]! > 0) this.size--;
    if (this.data[index]! >= 0) this.outgrown.give(this.data[index]!);
    const { records } = this;
    const handle = records.address[index]!;
    const { words } = records.window[index]!;
    const word = records.offset[index]! >> 2;
    words[word + W_HANDLE + 1] = (handle / TWO32) | 0;
    words[word + W_LENGTH + 1] = 0;
    words[word + W_LENGTH + 2] = 0;
    words[word + W_LENGTH + 3] = 0;
    this.placeInline(index);
  }

  /** The handle of entry `index`. */
  handle(index: number): number {
    return this.records.address[index]!;
  }

  /** Writes the handle of entry `index` as a C pointer to `words[at]` and the word behind it. */
  writeHandle(index: number, words: Int32Array, at: number): void {
    const { words: record } = this.records.window[index]!;
    const word = this.records.offset[index]! >> 2;
    words[at] = record[word + W_HANDLE]!;
    words[at + 1] = record[word + W_HANDLE + 1]!;
  }

  /** Index of a handle that a module passed; throws HandleError when it is no live string. */
  index(handle: number): number {
    const index = this.find(handle);
    if (index < 0) throw new HandleError(HandleKind.String, handle);
    return index;
  }

  /** Index of a live string's handle, -1 for anything else. */
  find(handle: number): number {
    let index = this.slotAt(handle);
    if (index < 0) index = this.records.find(handle);
    return index < 0 || this.refs[index] === 0 ? -1 : index;
  }

  /** New string out of native memory; returns its handle. */
  fromNative(from: number, length: number, owner: number): number {
    const index = this.create(length, owner);
    if (length > 0) memcpy(this.address[index]!, from, length);
    return this.handle(index);
  }

  /** New string out of `length` bytes of `from` at `offset`; returns its handle. */
  fromBytes(from: Uint8Array, offset: number, length: number, owner: number): number {
    const index = this.create(length, owner);
    copyBytes(from, offset, this.bytes[index]!, this.offset[index]!, length);
    return this.handle(index);
  }

  /** New string out of text, as UTF-8; returns its handle. */
  fromText(text: string, owner: number): number {
    const bytes = utf8.encode(text);
    return this.fromBytes(bytes, 0, bytes.length, owner);
  }

  /** The bytes of a live string, borrowed: valid until it is freed or changed. Throws HandleError. */
  view(handle: number): Uint8Array {
    const index = this.index(handle);
    const offset = this.offset[index]!;
    return this.bytes[index]!.subarray(offset, offset + this.length[index]!);
  }

  /** A fresh copy of a live string's bytes. Throws HandleError. */
  copy(handle: number): Uint8Array {
    return this.view(handle).slice();
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
    if (refs === 0) this.end(index);
  }

  /** A module has freed a string as if it were plain memory: ends it, whoever else refers to it. Throws HandleError. */
  destroy(handle: number): void {
    const index = this.index(handle);
    this.refs[index] = 0;
    this.end(index);
  }

  /** The shim has dropped the last reference. */
  endReleased(index: number): void {
    this.end(index);
  }

  /**
   * Drops the host's own reference to a string that it lent to a module, created as `serial`; false when the module has
   * freed it.
   */
  takeBack(index: number, serial: number): boolean {
    if (this.serial[index] !== serial || this.refs[index] === 0) return false;
    if (index < this.endSlot && index >= this.firstSlot && this.refs[index] === 1 && this.data[index]! < 0) {
      this.refs[index] = 0;
      this.size--;
      return true;
    }
    const refs = this.refs[index]! - 1;
    this.refs[index] = refs;
    return refs > 0 || this.end(index);
  }

  /**
   * Makes the string `length` bytes long, keeping what fits of its content. A string that outgrows its block moves
   * (the address of its bytes changes) and gets as much room again, up to 1 MiB, for more to come.
   */
  resize(index: number, length: number): void {
    if (length < this.room(index)) this.setLength(index, length);
    else this.move(index, length, length + Math.min(length, 1 << 20));
  }

  /** Gives back room that `resize` left over; the address of the string's bytes may change. */
  trim(index: number): void {
    const length = this.length[index]!;
    if (this.data[index]! >= 0 && this.room(index) > length + 1) this.move(index, length, length);
  }

  /** Bytes that the string takes up. */
  allocatedBytes(index: number): number {
    const data = this.data[index]!;
    return this.records.sizeOf(index) + (data < 0 ? 0 : this.outgrown.sizeOf(data));
  }

  /** Checks the tables behind the strings; throws an Error that says what is wrong. */
  validateIntegrity(): void {
    this.records.validateIntegrity();
    this.outgrown.validateIntegrity();
  }

  /** Bytes, the NUL included, that fit where the string's bytes are. */
  private room(index: number): number {
    const data = this.data[index]!;
    return data < 0 ? this.records.sizeOf(index) - RECORD_BYTES : this.outgrown.sizeOf(data);
  }

  /** Puts the bytes into a block of their own. */
  private move(index: number, length: number, reserveBytes: number): void {
    const { outgrown } = this;
    const data = outgrown.take(reserveBytes + 1);
    const { bytes } = outgrown.window[data]!;
    const offset = outgrown.offset[data]!;
    copyBytes(this.bytes[index]!, this.offset[index]!, bytes, offset, Math.min(length, this.length[index]!));
    if (this.data[index]! >= 0) outgrown.give(this.data[index]!);
    this.data[index] = data;
    this.place(index, bytes, offset, outgrown.address[data]!);
    this.setLength(index, length);
  }

  private placeInline(index: number): void {
    const { records } = this;
    const at = RECORD_BYTES;
    this.data[index] = -1;
    this.place(index, records.window[index]!.bytes, records.offset[index]! + at, records.address[index]! + at);
  }

  /** Where the string's bytes are from now on. */
  private place(index: number, bytes: Uint8Array, offset: number, address: number): void {
    this.bytes[index] = bytes;
    this.offset[index] = offset;
    this.address[index] = address;
    const { words } = this.records.window[index]!;
    const word = this.records.offset[index]! >> 2;
    words[word + W_POINTER] = address | 0;
    words[word + W_POINTER + 1] = (address / TWO32) | 0;
  }

  private setLength(index: number, length: number): void {
    this.length[index] = length;
    this.records.window[index]!.words[(this.records.offset[index]! >> 2) + W_LENGTH] = length;
    this.bytes[index]![this.offset[index]! + length] = 0;
  }

  /** The last reference is gone. False when the module has freed the memory by itself. */
  private end(index: number): boolean {
    const { records } = this;
    const data = this.data[index]!;
    this.size--;
    if (data >= 0) this.outgrown.give(data);
    if (index >= this.firstSlot && index < this.endSlot) {
      if (data >= 0) this.placeInline(index);
      return true;
    }
    const { words, shared } = records.window[index]!;
    const word = (records.offset[index]! >> 2) + W_HANDLE;
    // The memory of a large string is unmapped when it is freed: nothing can be read there.
    const isLost = shared && words[word] !== (records.address[index]! | 0);
    if (isLost) {
      this.data[index] = -1;
      records.lose(index);
    } else {
      if (data >= 0) this.placeInline(index);
      words[word] = 0;
      records.give(index);
    }
    if (records.address[index] === 0) this.bytes[index] = NOTHING;
    return !isLost;
  }

  private grow(): void {
    const capacity = this.records.capacity;
    const known = this.data.length;
    this.refs = grown(this.refs, new Int32Array(capacity));
    this.length = grown(this.length, new Int32Array(capacity));
    this.offset = grown(this.offset, new Int32Array(capacity));
    this.owner = grown(this.owner, new Int32Array(capacity));
    this.serial = grown(this.serial, new Int32Array(capacity));
    this.address = grown(this.address, new Float64Array(capacity));
    this.data = grown(this.data, new Int32Array(capacity));
    this.data.fill(-1, known);
    this.onTablesMoved?.();
  }
}

/** All RedisModuleStrings of the process. */
export const moduleStrings = new StringTable();
