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
import { CLASS_BYTES } from '../../memory/size-classes.ts';
import type { Args } from '../../protocol/args.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import { hashSeed } from '../../store/hash.ts';
import type { ModuleContext } from './contexts.ts';
import { type GuardedMemory, guardedMemory } from './guarded-memory.ts';
import { addressOf } from './native-memory.ts';
import { moduleStrings } from './string-handles.ts';
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
const KEY_WORDS = 8;
const RECORDS = 64;
const REPLIES = KEYS + KEY_WORDS * RECORDS;
const REPLY_WORDS = 6;
// struct given_block: two doubles, then words of 32 bits.
const RUN = REPLIES + REPLY_WORDS * RECORDS;
const GIVEN_BYTES = RUN + 1;
const MAX_GIVEN = 16;
const ARGC = (RUN + 2) * 2;
const KEPT = ARGC + 1;
const LEFT = ARGC + 2;
const OFFSETS = ARGC + 4;
const LENGTHS = OFFSETS + MAX_GIVEN;
const ENTRIES = LENGTHS + MAX_GIVEN;
const SERIALS = ENTRIES + MAX_GIVEN;
// struct database_block: six doubles, then words of 32 bits.
const TABLE = (SERIALS + MAX_GIVEN) / 2;
const CHUNKS = TABLE + 1;
const LIVE_HANDLES = TABLE + 2;
const NEXT_HANDLES = TABLE + 3;
const PAGES = TABLE + 4;
const CLASS_SIZES = TABLE + 5;
const MASK = (TABLE + 6) * 2;
const SEED0 = MASK + 1;
const SEED1 = MASK + 2;
const LRU_CLOCK = MASK + 3;
const HITS = MASK + 4;
const OPENED = MASK + 5;
// struct reads_block: four doubles, then words of 32 bits.
const UNKNOWN_CHUNK = MASK + 6;
const READS = (MASK + 8) / 2;
const READS_PLAIN = (READS + 4) * 2;
const READS_CALLS = READS_PLAIN + 1;
const READS_OPENED = READS_PLAIN + 2;
const BLOCK_WORDS = READS + 6;
/** Handles of replies that are kept for those that the shim makes, and the memory of each. */
export const OWN_REPLIES = 8;
export const REPLY_BYTES = 4096;
/** Handles of keys that are kept for keys that the shim opens. */
export const OWN_KEYS = 8;
/** Buffers whose address is not known are given up to JavaScript; the address of every so many is looked up. */
const UNKNOWN_BUFFERS = 16;

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
  /** graftis_run_command of native/commands.c. */
  private runCommand: () => number = () => -1;
  /** The buffer that GIVEN_BYTES is the address of, and how often another one was met. */
  private given: Uint8Array | null = null;
  private unknown = 0;
  /** The bucket table whose address is known. */
  private table: Uint32Array | null = null;
  private tableAddress = 0;
  private pages: Uint32Array | null = null;
  private liveHandles: Float64Array = new Float64Array(OWN_KEYS);
  private nextHandles: Float64Array = new Float64Array(OWN_KEYS);
  private liveReplies: Float64Array = new Float64Array(OWN_REPLIES);
  private nextReplies: Float64Array = new Float64Array(OWN_REPLIES);
  private ownReplies: GuardedMemory | null = null;
  /** Told when that is so. */
  onShared: (() => void) | null = null;
  /** The context that the shim answers for, null while it is silent. */
  private active: ModuleContext | null = null;
  private out: ReplyWriter | null = null;
  /** The writer's buffer that `OUT` is the address of. */
  private buffer: Uint8Array | null = null;
  /** Callbacks that came while the shim answered: what it could not answer. For tests and measurements. */
  interruptions = 0;
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
    this.runCommand = shim.func<() => number>('int graftis_run_command()');
    this.shareKeyHandles();
    this.shareReplyHandles();
    this.shared = true;
    this.onShared?.();
  }

  /**
   * Calls a module's command, whose function is at `run`, with strings for its arguments; after `begin`. False, and
   * nothing was done, where that is left to JavaScript.
   */
  run(run: number, args: Args): boolean {
    const { argc, buf } = args;
    if (this.active === null || argc > MAX_GIVEN || !this.knows(buf)) return false;
    const { f64, i32 } = this;
    const { off, len } = args;
    f64[RUN] = run;
    i32[ARGC] = argc;
    for (let i = 0; i < argc; i++) {
      i32[OFFSETS + i] = off[i]!;
      i32[LENGTHS + i] = len[i]!;
    }
    return this.runCommand() === 0;
  }

  /** Whether GIVEN_BYTES is the address of the buffer. */
  private knows(buf: Uint8Array): boolean {
    if (buf === this.given) return true;
    if (++this.unknown % UNKNOWN_BUFFERS !== 1) return false;
    this.given = buf;
    this.f64[GIVEN_BYTES] = addressOf(buf.buffer as ArrayBuffer) + buf.byteOffset;
    return true;
  }

  /** Takes back the arguments that `run` has left; the number of those that the module has freed. After `settle`. */
  takeBackArguments(): number {
    const { i32 } = this;
    moduleStrings.size += i32[KEPT]!;
    let freed = 0;
    for (let left = i32[LEFT]!, i = 0; left !== 0; left >>>= 1, i++) {
      if ((left & 1) === 0) continue;
      // As if `lend` had counted it.
      moduleStrings.size++;
      if (!moduleStrings.takeBack(i32[ENTRIES + i]!, i32[SERIALS + i]!)) freed++;
    }
    return freed;
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
    const { command } = context;
    if (command?.opensKeys === true || command?.reads === true) this.offerDatabase(context);
    else f64[TABLE] = 0;
    i32[READS_PLAIN] = command?.reads === true && context.host.env.readsArePlain() ? 1 : 0;
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
    if (i32[HITS] !== 0) this.countHits(context);
    if (i32[UNKNOWN_CHUNK] !== 0) this.learnChunk(context);
    if (i32[OPENED] !== 0) this.takeOpened(context);
    if (i32[READS_CALLS] !== 0) this.countReads(context);
    if (i32[READS_OPENED] !== 0) this.takeReplies();
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
    this.interruptions++;
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

  // --- the database --------------------------------------------------------------------------------------------------

  /** Tells the shim where it finds keys, if it may look for them itself. */
  private offerDatabase(context: ModuleContext): void {
    const { f64, i32 } = this;
    const { keyspace } = context.host.env.data;
    const table = keyspace.dbs[context.dbIndex]!.dict.onlyTable;
    if (table === null || keyspace.clock.lfu || keyspace.noTouch) {
      f64[TABLE] = 0;
      return;
    }
    if (table !== this.table) {
      this.table = table;
      this.tableAddress = addressOf(table.buffer as ArrayBuffer) + table.byteOffset;
      i32[SEED0] = hashSeed(0);
      i32[SEED1] = hashSeed(1);
      f64[CHUNKS] = addressOf(keyspace.arena.chunkAddresses.buffer as ArrayBuffer);
    }
    const { pageTable } = keyspace.arena;
    if (pageTable !== this.pages) {
      this.pages = pageTable;
      f64[PAGES] = addressOf(pageTable.buffer as ArrayBuffer);
      f64[CLASS_SIZES] = addressOf(CLASS_BYTES.buffer as ArrayBuffer);
    }
    f64[TABLE] = this.tableAddress;
    i32[MASK] = table.length - 1;
    i32[LRU_CLOCK] = keyspace.clock.lruClock;
  }

  /** Finds the address of a chunk out, which is in the arena's table then. */
  private learnChunk(context: ModuleContext): void {
    context.host.env.data.keyspace.arena.chunkAddress(this.i32[UNKNOWN_CHUNK]! - 1);
    this.i32[UNKNOWN_CHUNK] = 0;
  }

  private countHits(context: ModuleContext): void {
    context.host.env.data.keyspace.stats.hits += this.i32[HITS]!;
    this.i32[HITS] = 0;
  }

  /** Makes the keys known that the shim has opened and not closed. */
  private takeOpened(context: ModuleContext): void {
    const { f64, i32 } = this;
    i32[OPENED] = 0;
    for (let index = 0; index < OWN_KEYS; index++) {
      const at = KEYS + index * KEY_WORDS;
      if (f64[at + 7] === 0) continue;
      f64[at + 7] = 0;
      this.onKeyOpened(context, index, f64[at]!, f64[at + 5]!, i32[(at + 6) * 2]!, i32[(at + 6) * 2 + 1]!);
    }
  }

  /** Told of a key that the shim has opened for reading: number of its handle, handle, its name's handle, entry and life. */
  onKeyOpened: (
    context: ModuleContext,
    index: number,
    handle: number,
    nameHandle: number,
    name: number,
    nameSerial: number,
  ) => void = () => {};

  /** Where the handles of keys are kept. */
  setKeyHandles(live: Float64Array, next: Float64Array): void {
    this.liveHandles = live;
    this.nextHandles = next;
    if (this.shared) this.shareKeyHandles();
  }

  private shareKeyHandles(): void {
    this.f64[LIVE_HANDLES] = addressOf(this.liveHandles.buffer as ArrayBuffer);
    this.f64[NEXT_HANDLES] = addressOf(this.nextHandles.buffer as ArrayBuffer);
  }

  // --- reads through RM_Call ------------------------------------------------------------------------------------------

  private countReads(context: ModuleContext): void {
    const { f64, i32 } = this;
    context.host.env.countReads(i32[READS_CALLS]!, f64[READS + 3]!);
    i32[READS_CALLS] = 0;
    f64[READS + 3] = 0;
  }

  /** Makes the replies known that the shim has made and that the module has not freed. */
  private takeReplies(): void {
    const { f64, i32 } = this;
    i32[READS_OPENED] = 0;
    for (let index = 0; index < OWN_REPLIES; index++) {
      const at = REPLIES + index * REPLY_WORDS;
      const protocolBytes = f64[at + 5]!;
      if (protocolBytes === 0) continue;
      f64[at + 5] = 0;
      this.onReplyMade(index, f64[at]!, protocolBytes);
    }
  }

  /** Told of a reply that the shim has made: number of its handle, handle, length of its protocol in `replyMemory`. */
  onReplyMade: (index: number, handle: number, protocolBytes: number) => void = () => {};

  /** Where the protocol of replies is that the shim makes, REPLY_BYTES for each. */
  get replyMemory(): GuardedMemory {
    this.ownReplies ??= guardedMemory(OWN_REPLIES * REPLY_BYTES);
    return this.ownReplies;
  }

  /** Where the handles of replies are kept. */
  setReplyHandles(live: Float64Array, next: Float64Array): void {
    this.liveReplies = live;
    this.nextReplies = next;
    if (this.shared) this.shareReplyHandles();
  }

  private shareReplyHandles(): void {
    this.f64[READS] = addressOf(this.liveReplies.buffer as ArrayBuffer);
    this.f64[READS + 1] = addressOf(this.nextReplies.buffer as ArrayBuffer);
    this.f64[READS + 2] = this.replyMemory.address;
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
    f64[at + 7] = 0;
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
    f64[at + 5] = 0;
  }

  /** The reply is freed. */
  forgetReply(handle: number): void {
    const index = indexOf(handle);
    if (index < RECORDS) this.f64[REPLIES + index * REPLY_WORDS] = 0;
  }
}

/** The block of this copy of the code. */
export const callBlock = new CallBlock();
