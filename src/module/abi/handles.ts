// Handles: what modules hold where Redis would give them a pointer to a structure of its own.
//
// A handle is a 53-bit number that is no address (non-canonical on x86-64, so that a module which dereferences it
// faults at once and recognisably):
//
//    52  48  47  46             27 26                     3 2   0
//   +-------+---+-----------------+------------------------+-----+
//   | kind  | 1 |   generation    |         index          | 000 |
//   +-------+---+-----------------+------------------------+-----+
//
// The generation of an entry changes when it is freed, hence a stale handle differs from the live one: use after free
// and double free are seen, until an entry was reused 1,048,576 times (free entries are reused oldest first, and at least
// 64 of them rest: a handle comes back after 68 million others). Strings are the exception: their handles are addresses,
// see string-handles.ts.
// Handles are never 0. All tables are shared by all servers of a process; an entry's owner knows its server.
//
// A wrong handle throws HandleError. The wrapper around every API function (api-table.ts) catches it, reports it
// (misuse.ts), and answers with the function's value on failure.

const GENERATION_UNIT = 2 ** 27;
const GENERATIONS = 2 ** 20;
const MARK = 2 ** 47;
const KIND_UNIT = 2 ** 48;
const INDEX_MASK = 2 ** 24 - 1;
const MAX_ENTRIES = INDEX_MASK + 1;

/** Kinds of handles; the number is part of the handle. At most 31. */
export const HandleKind = {
  String: 1,
  Key: 2,
  CallReply: 3,
  Dict: 4,
  DictIter: 5,
  BlockedClient: 6,
  Type: 7,
  Command: 8,
  User: 9,
  IO: 10,
  ScanCursor: 11,
  ServerInfo: 12,
  CommandFilter: 13,
  CommandFilterCtx: 14,
  InfoCtx: 15,
  Digest: 16,
  DefragCtx: 17,
  KeyOptCtx: 18,
  RdbStream: 19,
  ConfigIterator: 20,
  SlotRanges: 21,
} as const;
export type HandleKind = (typeof HandleKind)[keyof typeof HandleKind];

const KIND_NAMES: (string | undefined)[] = [undefined, ...Object.keys(HandleKind).map((name) => `RedisModule${name}`)];
KIND_NAMES[HandleKind.Command] = 'RedisModuleCommand';

let isString: (handle: number) => boolean = () => false;

/** Registers how the handle of a string, dead or alive, is told from other numbers. */
export function setStringProbe(probe: (handle: number) => boolean): void {
  isString = probe;
}

/** The C name of a handle's kind, or null when the number is no handle of ours. */
export function handleKindName(handle: number): string | null {
  if (isString(handle)) return KIND_NAMES[HandleKind.String]!;
  if (!(handle < 2 ** 53) || (Math.floor(handle / MARK) & 1) === 0) return null;
  return KIND_NAMES[Math.floor(handle / KIND_UNIT)] ?? null;
}

/** A handle as log lines show it. */
export function formatHandle(handle: number): string {
  if (handle === 0) return 'NULL';
  // Values of 2^63 and more arrive as negative numbers.
  return handle > 0 ? `0x${handle.toString(16)}` : `0x${BigInt.asUintN(64, BigInt(handle)).toString(16)}`;
}

/** A module broke the rules of the API; the message continues "... was given". */
export class MisuseError extends Error {}

/** A module passed a handle that is not (or no longer) what the function takes. */
export class HandleError extends MisuseError {
  constructor(kind: HandleKind, handle: number) {
    const expected = KIND_NAMES[kind] ?? '?';
    const actual = handleKindName(handle);
    let what: string;
    if (handle === 0) what = `NULL where a ${expected} is needed`;
    else if (actual === null) what = `${formatHandle(handle)}, which is no ${expected}`;
    else if (actual !== expected) what = `the ${actual} ${formatHandle(handle)} where a ${expected} is needed`;
    else what = `the ${expected} ${formatHandle(handle)} after it was freed`;
    super(what);
  }
}

/**
 * Numbers and their generations, without what they stand for.
 * `live[i]` is the full handle of entry i while it is in use, and 0 otherwise.
 */
export class HandleSlots {
  readonly kind: HandleKind;
  live: Float64Array;
  private nextHandle: Float64Array;
  private freeRing: Int32Array;
  private freeHead = 0;
  /** Number of free entries in the ring. */
  private freeCount = 0;
  private used = 0;
  /** Number of entries ever handed out; entries at or above are untouched. */
  private top = 0;
  /** Entries below are taken and released by the native shim as well, and never by `take`; see `reserve`. */
  private reserved = 0;
  /** Told that `live` and the array of next handles were replaced. */
  private onMoved: ((live: Float64Array, next: Float64Array) => void) | null = null;

  constructor(kind: HandleKind, capacity: number) {
    this.kind = kind;
    this.live = new Float64Array(capacity);
    this.nextHandle = new Float64Array(capacity);
    this.freeRing = new Int32Array(capacity);
    for (let i = 0; i < capacity; i++) this.nextHandle[i] = this.firstHandle(i);
  }

  /** Entries in use. */
  get size(): number {
    return this.used;
  }

  get capacity(): number {
    return this.live.length;
  }

  private firstHandle(index: number): number {
    return this.kind * KIND_UNIT + MARK + index * 8;
  }

  /**
   * Keeps the first `count` entries back, before any is taken. Whoever they are for takes entry i by writing `next[i]` to
   * `live[i]`, and releases it by 0 there and the handle after in `next[i]`; `onMoved` gets the arrays, now and when they move.
   */
  reserve(count: number, onMoved: (live: Float64Array, next: Float64Array) => void): void {
    if (this.top !== 0) throw new Error('handles are in use already');
    this.top = this.reserved = count;
    this.onMoved = onMoved;
    onMoved(this.live, this.nextHandle);
  }

  /** Takes an entry and returns its index; `live[index]` is the handle. Grows (and replaces `live`) when full. */
  take(): number {
    // A small reserve of free entries keeps a just-freed handle from coming back at once.
    let index: number;
    if (this.freeCount > 64 || (this.top === this.live.length && this.freeCount > 0)) {
      index = this.freeRing[this.freeHead]!;
      this.freeHead = this.freeHead + 1 === this.freeRing.length ? 0 : this.freeHead + 1;
      this.freeCount--;
    } else {
      if (this.top === this.live.length) this.grow();
      index = this.top++;
    }
    this.live[index] = this.nextHandle[index]!;
    this.used++;
    return index;
  }

  /** Gives entry `index` back; its handle is dead from now on. */
  release(index: number): void {
    const handle = this.live[index]!;
    this.live[index] = 0;
    const generation = Math.floor(handle / GENERATION_UNIT) & (GENERATIONS - 1);
    const isLast = generation === GENERATIONS - 1;
    this.nextHandle[index] = handle + (isLast ? 1 - GENERATIONS : 1) * GENERATION_UNIT;
    if (index < this.reserved) return;
    let tail = this.freeHead + this.freeCount;
    if (tail >= this.freeRing.length) tail -= this.freeRing.length;
    this.freeRing[tail] = index;
    this.freeCount++;
    this.used--;
  }

  /** Index of a live handle, -1 for anything else. */
  find(handle: number): number {
    const index = ((handle | 0) >>> 3) & INDEX_MASK;
    return handle !== 0 && this.live[index] === handle ? index : -1;
  }

  /** Index of a live handle; throws HandleError for anything else. */
  index(handle: number): number {
    const index = ((handle | 0) >>> 3) & INDEX_MASK;
    if (handle === 0 || this.live[index] !== handle) throw new HandleError(this.kind, handle);
    return index;
  }

  private grow(): void {
    const old = this.live.length;
    if (old === MAX_ENTRIES) throw new MisuseError(`no ${KIND_NAMES[this.kind]}: there are ${MAX_ENTRIES} of them`);
    const capacity = old * 2;
    const live = new Float64Array(capacity);
    live.set(this.live);
    const next = new Float64Array(capacity);
    next.set(this.nextHandle);
    const ring = new Int32Array(capacity);
    for (let i = 0; i < this.freeCount; i++) ring[i] = this.freeRing[(this.freeHead + i) % old]!;
    this.live = live;
    this.nextHandle = next;
    this.freeRing = ring;
    this.freeHead = 0;
    for (let i = old; i < capacity; i++) next[i] = this.firstHandle(i);
    this.onMoved?.(this.live, this.nextHandle);
  }
}

/** Handles of one kind, each standing for one object of class T. */
export class HandleTable<T> {
  private readonly slots: HandleSlots;
  private readonly objects: (T | undefined)[];

  constructor(kind: HandleKind, capacity = 16) {
    this.slots = new HandleSlots(kind, capacity);
    this.objects = [];
  }

  /** Live handles. */
  get size(): number {
    return this.slots.size;
  }

  /** See `HandleSlots.reserve`. */
  reserve(count: number, onMoved: (live: Float64Array, next: Float64Array) => void): void {
    this.slots.reserve(count, onMoved);
  }

  /** Tells what the handle of a reserved entry stands for, which was taken elsewhere. */
  adopt(index: number, object: T): void {
    this.objects[index] = object;
  }

  /** A new handle for `object`. */
  create(object: T): number {
    const index = this.slots.take();
    this.objects[index] = object;
    return this.slots.live[index]!;
  }

  /** The object of a live handle; throws HandleError for anything else, NULL included. */
  get(handle: number): T {
    return this.objects[this.slots.index(handle)]!;
  }

  /** The object of a live handle, undefined for anything else. */
  find(handle: number): T | undefined {
    const index = this.slots.find(handle);
    return index < 0 ? undefined : this.objects[index];
  }

  /** Ends a handle's life and returns its object; throws HandleError when it is not alive. */
  delete(handle: number): T {
    const index = this.slots.index(handle);
    const object = this.objects[index]!;
    this.objects[index] = undefined;
    this.slots.release(index);
    return object;
  }

  /** Calls `visit` for every live handle; entries may be deleted meanwhile. */
  forEach(visit: (object: T, handle: number) => void): void {
    for (let i = 0; i < this.objects.length; i++) {
      const object = this.objects[i];
      if (object !== undefined) visit(object, this.slots.live[i]!);
    }
  }
}
