// Handles: what modules hold where Redis would give them a pointer to a structure of its own.
//
// A handle is a 48-bit number that is no address (non-canonical on x86-64, so that a module which dereferences it
// faults at once and recognisably):
//
//    47  46         42 41            32 31                     3 2   0
//   +---+-------------+----------------+------------------------+-----+
//   | 1 |    kind     |   generation   |         index          | 000 |
//   +---+-------------+----------------+------------------------+-----+
//
// The generation of an entry changes when it is freed, hence a stale handle differs from the live one: use after free
// and double free are seen, until an entry was reused 1024 times (free entries are reused oldest first).
// Handles are never 0. All tables are shared by all servers of a process; an entry's owner knows its server.
//
// A wrong handle throws HandleError. The wrapper around every API function (api-table.ts) catches it, writes one log line
// that names function, module and handle, and answers with the function's value on failure.

const TWO32 = 4294967296;
const GENERATIONS = 1024;

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

const KIND_NAMES = ['', ...Object.keys(HandleKind).map((name) => `RedisModule${name}`)];
KIND_NAMES[HandleKind.Command] = 'RedisModuleCommand';

/** The C name of a handle's kind, or null when the number is no handle of ours. */
export function handleKindName(handle: number): string | null {
  if (handle < 2 ** 47 || handle >= 2 ** 48) return null;
  return KIND_NAMES[Math.floor(handle / 2 ** 42) & 31] ?? null;
}

/** A handle as log lines show it. */
export function formatHandle(handle: number): string {
  return handle === 0 ? 'NULL' : `0x${handle.toString(16)}`;
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
 * Numbers and their generations, without what they stand for: the part that HandleTable and the string table share.
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
    return (0x8000 | (this.kind << 10)) * TWO32 + index * 8;
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
    const generation = Math.floor(handle / TWO32) & (GENERATIONS - 1);
    this.nextHandle[index] = generation === GENERATIONS - 1 ? handle - (GENERATIONS - 1) * TWO32 : handle + TWO32;
    let tail = this.freeHead + this.freeCount;
    if (tail >= this.freeRing.length) tail -= this.freeRing.length;
    this.freeRing[tail] = index;
    this.freeCount++;
    this.used--;
  }

  /** Index of a live handle, -1 for anything else. */
  find(handle: number): number {
    const index = (handle | 0) >>> 3;
    return handle !== 0 && this.live[index] === handle ? index : -1;
  }

  /** Index of a live handle; throws HandleError for anything else. */
  index(handle: number): number {
    const index = (handle | 0) >>> 3;
    if (handle === 0 || this.live[index] !== handle) throw new HandleError(this.kind, handle);
    return index;
  }

  private grow(): void {
    const old = this.live.length;
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
