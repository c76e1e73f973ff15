// What JavaScript and the API functions of the native shim know together of the call that is going on: the mirror of
// native/call-block.h, which draws the words and says who writes them when.
//
//    begin(context)  before C code of a module runs:  where to reply, for which client, ...      shim answers
//    settle()        when it has returned:            what the shim has done becomes ours        shim is silent
//    pause/resume    the same around each callback that C code makes in between
//
// While the shim is silent its functions call the callbacks. Replies are not copied: the shim writes them where the
// ReplyWriter's position is, and `settle` moves the position behind them.

import type { Shim } from '../../memory/shim.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import type { ModuleContext } from './contexts.ts';
import { guardedMemory } from './guarded-memory.ts';
import { addressOf } from './native-memory.ts';
import { STRING_TABLE_WORDS, shareStrings } from './string-tables.ts';

// Doubles of struct call_block.
const CONTEXT = 0;
const OUT = 1;
const CLIENT_ID = 2;
const POOL_NEXT = 3;
const POOL_END = 4;
const EPOCH = 5;
const LINE = 6;
const FIRST_INT = 11;
// Words of 32 bits behind them.
const AT = FIRST_INT * 2;
const END = AT + 1;
const RESP = AT + 2;
const DB_INDEX = AT + 3;
const CONTEXT_FLAGS = AT + 4;
const AUTO_MEMORY = AT + 5;
const MODULE_ID = AT + 6;
const PENDING = AT + 7;
const POSTPONED_COUNT = AT + 8;
const DEFERRED_COUNT = AT + 9;
const POSTPONED = AT + 10;
const MAX_POSTPONED = 32;
const MAX_DEFERRED = 64;
// Doubles again: {operation, operand}, then the records of keys and of replies.
const DEFERRED = (POSTPONED + MAX_POSTPONED) / 2;
const KEYS = DEFERRED + 2 * MAX_DEFERRED;
const KEY_WORDS = 5;
const RECORDS = 64;
const REPLIES = KEYS + KEY_WORDS * RECORDS;
const REPLY_WORDS = 5;
const BLOCK_WORDS = REPLIES + REPLY_WORDS * RECORDS;

/** Position in a buffer that the shim's 32 bits cannot count. */
const MAX_BUFFER_BYTES = 0x7fffffff;

/** Something that a function of the shim has left to be done; numbers as in native/call-block.h. */
export const Deferred = { StringEnd: 0, CloseKey: 1, FreeReply: 2 } as const;
export type Deferred = (typeof Deferred)[keyof typeof Deferred];

const deferred: ((operand: number) => void)[] = [];

/** Registers what does one kind of deferred things. It must not throw. */
export function registerDeferred(operation: Deferred, run: (operand: number) => void): void {
  deferred[operation] = run;
}

/** Index of a handle in its table (handles.ts). */
function indexOf(handle: number): number {
  return ((handle | 0) >>> 3) & 0xffffff;
}

class CallBlock {
  private f64 = new Float64Array(BLOCK_WORDS);
  private i32 = new Int32Array(this.f64.buffer);
  /** There is a shim that looks at the block. */
  private shared = false;
  /** Told when that is so. */
  onShared: (() => void) | null = null;
  /** The context that the shim answers for, null while it is silent. */
  private active: ModuleContext | null = null;
  private out: ReplyWriter | null = null;
  /** The writer's buffer that `OUT` is the address of. */
  private buffer: Uint8Array | null = null;
  /** Answer to RM_GetContextFlags that holds until the next callback; -1: ask. A callback sets it for what comes next. */
  contextFlags = -1;

  get isShared(): boolean {
    return this.shared;
  }

  /** Gives the shim its blocks, before modules get its functions. */
  share(shim: Shim): void {
    if (this.shared) return;
    const words = guardedMemory(BLOCK_WORDS * 8);
    const strings = guardedMemory(STRING_TABLE_WORDS * 8);
    this.f64 = new Float64Array(words.buffer);
    this.i32 = new Int32Array(words.buffer);
    this.f64[CONTEXT] = -1;
    const give = shim.func<(block: number, blockBytes: number, tables: number, tableBytes: number) => number>(
      'int graftis_call_block(uintptr_t block, size_t blockBytes, uintptr_t tables, size_t tableBytes)',
    );
    if (give(words.address, words.sizeBytes, strings.address, strings.sizeBytes) !== 0) {
      throw new Error('the native shim has another idea of its blocks');
    }
    shareStrings(shim, new Float64Array(strings.buffer));
    this.shared = true;
    this.onShared?.();
  }

  /** The shim answers for a command's context from now on. */
  begin(context: ModuleContext): void {
    context.pendingReplies = -1;
    this.contextFlags = -1;
    if (this.shared) this.activate(context, 1);
  }

  private activate(context: ModuleContext, pending: number): void {
    const { out, client, module } = context;
    if (out === null || client === null || module === null || out.buf.length > MAX_BUFFER_BYTES) return;
    const { f64, i32 } = this;
    if (out.buf !== this.buffer) {
      this.buffer = out.buf;
      f64[OUT] = addressOf(out.buf.buffer as ArrayBuffer) + out.buf.byteOffset;
    }
    f64[CLIENT_ID] = client.id;
    f64[POOL_NEXT] = context.poolNext;
    f64[POOL_END] = context.poolEnd;
    i32[AT] = out.pos;
    i32[END] = out.buf.length;
    i32[RESP] = out.resp;
    i32[DB_INDEX] = context.dbIndex;
    i32[CONTEXT_FLAGS] = this.contextFlags;
    i32[AUTO_MEMORY] = context.autoMemory ? 1 : 0;
    i32[MODULE_ID] = module.id;
    i32[PENDING] = pending;
    f64[CONTEXT] = context.addr;
    this.active = context;
    this.out = out;
  }

  /** The shim is silent from now on; what it did is taken over. */
  settle(): void {
    const context = this.active;
    if (context === null) return;
    this.active = null;
    const { f64, i32 } = this;
    f64[CONTEXT] = -1;
    // What callbacks do may change any value.
    f64[EPOCH]!++;
    this.out!.pos = i32[AT]!;
    context.pendingReplies = i32[PENDING]!;
    context.settledAt = i32[AT]!;
    if (i32[AUTO_MEMORY] !== 0) context.autoMemory = true;
    if (f64[POOL_NEXT] !== context.poolNext) context.poolNext = f64[POOL_NEXT]!;
    if (i32[POSTPONED_COUNT] !== 0) this.takePostponed(context);
    if (i32[DEFERRED_COUNT] !== 0) this.runDeferred();
  }

  private takePostponed(context: ModuleContext): void {
    const { i32 } = this;
    for (let i = 0; i < i32[POSTPONED_COUNT]!; i++) context.postponed.push(i32[POSTPONED + i]!);
    i32[POSTPONED_COUNT] = 0;
  }

  private runDeferred(): void {
    const { f64, i32 } = this;
    const count = i32[DEFERRED_COUNT]!;
    i32[DEFERRED_COUNT] = 0;
    for (let i = 0; i < count; i++) deferred[f64[DEFERRED + 2 * i]!]!(f64[DEFERRED + 2 * i + 1]!);
  }

  /** C code of a module has called back: `settle`, and the context to go on with behind the callback, null for none. */
  pause(): ModuleContext | null {
    const context = this.active;
    if (context === null) return null;
    this.settle();
    this.contextFlags = -1;
    return context;
  }

  /** The callback returns to C code of the module whose context that is. */
  resume(context: ModuleContext): void {
    // Nobody counted what the callback wrote.
    const counted = context.out !== null && context.out.pos === context.settledAt;
    this.activate(context, counted ? context.pendingReplies : -1);
  }

  /** Whether the call has written exactly one whole reply; after `settle`. False when it is not known. */
  wroteOneReply(context: ModuleContext): boolean {
    return context.pendingReplies === 0 && context.settledAt === context.out?.pos;
  }

  /** Where RM_Call writes its next command line: room for `capacity` bytes and `count` arguments. */
  setLine(bytes: number, capacity: number, offsets: number, lengths: number, count: number): void {
    const { f64 } = this;
    f64[LINE] = bytes;
    f64[LINE + 1] = Math.min(capacity, MAX_BUFFER_BYTES);
    f64[LINE + 2] = offsets;
    f64[LINE + 3] = lengths;
    f64[LINE + 4] = count;
  }

  // --- keys --------------------------------------------------------------------------------------------------------

  /**
   * What the shim may answer of an open key until the next callback: its type (REDISMODULE_KEYTYPE_*), the length of the
   * value (-1: ask), and the address of a string's bytes (0: ask).
   */
  noteKey(handle: number, type: number, length: number, address: number): void {
    const index = indexOf(handle);
    if (!this.shared || index >= RECORDS) return;
    const { f64 } = this;
    const at = KEYS + index * KEY_WORDS;
    f64[at] = handle;
    f64[at + 1] = f64[EPOCH]!;
    f64[at + 2] = type;
    f64[at + 3] = length;
    f64[at + 4] = address;
  }

  /** The key is closed. */
  forgetKey(handle: number): void {
    const index = indexOf(handle);
    if (index < RECORDS) this.f64[KEYS + index * KEY_WORDS] = 0;
  }

  // --- replies -----------------------------------------------------------------------------------------------------

  /** What the shim may answer of a reply that is no aggregate: its type (REDISMODULE_REPLY_*), its text, its integer. */
  noteReply(handle: number, type: number, text: number, length: number, number: number): void {
    const index = indexOf(handle);
    if (!this.shared || index >= RECORDS) return;
    const { f64 } = this;
    const at = REPLIES + index * REPLY_WORDS;
    f64[at] = handle;
    f64[at + 1] = type;
    f64[at + 2] = text;
    f64[at + 3] = length;
    f64[at + 4] = number;
  }

  /** The reply is freed. */
  forgetReply(handle: number): void {
    const index = indexOf(handle);
    if (index < RECORDS) this.f64[REPLIES + index * REPLY_WORDS] = 0;
  }
}

/** The block of this copy of the code. */
export const callBlock = new CallBlock();
