// RedisModuleCallReply: the reply of a command that a module ran, as a tree over its protocol bytes.
//
// The bytes lie in memory with a native address, so that RM_CallReplyStringPtr and RM_CallReplyProto hand out pointers
// into them. They are read when the module asks: one level at a time, and an element becomes an object (with a handle)
// when it is asked for. Only the root owns memory; freeing it ends all handles of the tree.
//
// A NUL follows the protocol bytes, as in Redis: modules run string functions over them. Texts of elements get one too
// when they are handed out, in the place of their CR; it is put back before the protocol itself is used.

import { copyBytes } from '../memory/copy.ts';
import { parseDouble } from '../protocol/numbers.ts';
import { BlockPool } from './abi/block-pool.ts';
import { callBlock, OWN_REPLIES, REPLY_BYTES } from './abi/call-block.ts';
import type { ModuleContext } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { narrow } from './abi/native-memory.ts';
import type { CallReply as ReplyBytes } from './env.ts';
import type { CallPromise } from './promise.ts';

/** What RM_CallReplyType answers. */
export const ReplyType = {
  Unknown: -1,
  String: 0,
  Error: 1,
  Integer: 2,
  Array: 3,
  Null: 4,
  Map: 5,
  Set: 6,
  Bool: 7,
  Double: 8,
  BigNumber: 9,
  VerbatimString: 10,
  Attribute: 11,
  Promise: 12,
} as const;
export type ReplyType = (typeof ReplyType)[keyof typeof ReplyType];

/** Of freed replies, kept for the next ones. */
const SPARE_BYTES = 2 ** 20;

const LLONG_MIN = -9223372036854775808n;
const INT_MIN = -2147483648;

const CR = 13;
const ARRAY = 42; // *
const MAP = 37; // %
const SET = 126; // ~
const ATTRIBUTE = 124; // |
const BULK = 36; // $
const VERBATIM = 61; // =

const blocks = new BlockPool(0, 0, SPARE_BYTES);

/** All replies and elements of replies that modules know. */
export const callReplies = new HandleTable<CallReply>(HandleKind.CallReply, 64);

callReplies.reserve(OWN_REPLIES, (live, next) => callBlock.setReplyHandles(live, next));
callBlock.onReplyMade = (index, handle, protocolBytes) => CallReply.adopt(index, handle, protocolBytes);

/** Memory of the replies that the shim makes. */
let ownReplies: Uint8Array | null = null;

/** A reply, or an element of one. */
export class CallReply {
  /** What the module knows it by, 0 until it does. */
  handle = 0;
  readonly root: CallReply;
  /** The context to whose automatic memory strings made of this reply belong. */
  readonly context: ModuleContext | null;
  /** Texts of the errors in it; only of roots. */
  readonly errors: readonly string[];
  /** Set for a command that has not replied yet. */
  readonly promise: CallPromise | null;
  private readonly bytes: Uint8Array;
  /** Native address of `bytes[0]`. */
  private readonly base: number;
  private readonly block: number;
  /** Range of its protocol bytes, attributes included. */
  private readonly from: number;
  readonly protoLength: number;

  private parsed = false;
  private kind: ReplyType = ReplyType.Unknown;
  /** Range of the text of strings, errors, numbers. */
  private textAt = 0;
  /** Length of the text, or number of elements (pairs, for maps). */
  private count = 0;
  private number: number | bigint = 0;
  /** Where the elements begin, each one's end being the next one's start; empty until one is asked for. */
  private starts: Int32Array | null = null;
  private elementsAt = 0;
  private elements: (CallReply | undefined)[] | null = null;
  private attributes: CallReply | null = null;
  private resp3 = false;
  /** Where NULs stand for CRs; of roots only. */
  private ended: number[] | null = null;

  private constructor(
    root: CallReply | null,
    context: ModuleContext | null,
    place: { bytes: Uint8Array; base: number; block: number; from: number; length: number },
    errors: readonly string[],
    promise: CallPromise | null,
  ) {
    this.root = root ?? this;
    this.context = context;
    this.bytes = place.bytes;
    this.base = place.base;
    this.block = place.block;
    this.from = place.from;
    this.protoLength = place.length;
    this.errors = errors;
    this.promise = promise;
    if (promise !== null) {
      this.parsed = true;
      this.kind = ReplyType.Promise;
    }
  }

  /** A root with a copy of the bytes. */
  static create(reply: ReplyBytes, context: ModuleContext | null): CallReply {
    const { length } = reply;
    const block = blocks.take(length + 1);
    const { bytes, address } = blocks.window[block]!;
    const offset = blocks.offset[block]!;
    copyBytes(reply.bytes, 0, bytes, offset, length);
    bytes[offset + length] = 0;
    return new CallReply(null, context, { bytes, base: address, block, from: offset, length }, reply.errors, null);
  }

  /** A root that the shim has made and handed out, text and all, as number `index` of its own. */
  static adopt(index: number, handle: number, length: number): void {
    const { buffer, address } = callBlock.replyMemory;
    ownReplies ??= new Uint8Array(buffer);
    const from = index * REPLY_BYTES;
    const reply = new CallReply(null, null, { bytes: ownReplies, base: address, block: -1, from, length }, [], null);
    reply.handle = handle;
    reply.ended = [from + length - 2];
    callReplies.adopt(index, reply);
  }

  /** The reply of a command that waits. */
  static createPromise(promise: CallPromise, context: ModuleContext | null): CallReply {
    return new CallReply(
      null,
      context,
      { bytes: new Uint8Array(0), base: 0, block: -1, from: 0, length: 0 },
      [],
      promise,
    );
  }

  /** The handle, which the module gets. */
  expose(): number {
    if (this.handle === 0) this.handle = callReplies.create(this);
    return this.handle;
  }

  /** As `expose`, for a reply that a module has just got: the shim may answer for it where that is simple. */
  give(): number {
    const handle = this.expose();
    const { type } = this;
    if (type === ReplyType.Null) callBlock.noteReply(handle, type, 0, 0, 0);
    else if (type === ReplyType.Integer && Number.isSafeInteger(this.number)) {
      callBlock.noteReply(handle, type, 0, 0, Number(this.number));
    } else if (type === ReplyType.String || type === ReplyType.Error) {
      callBlock.noteReply(handle, type, this.textAddress(type), this.count, 0);
    } else if (type === ReplyType.Array || type === ReplyType.Map || type === ReplyType.Set) {
      callBlock.noteReply(handle, type, 0, this.length, 0);
    }
    return handle;
  }

  /** Ends all handles of a root and frees its bytes. Elements are freed with their root and by nothing else. */
  free(): void {
    if (this.root !== this) return;
    this.endHandles();
    if (this.block >= 0) blocks.give(this.block);
  }

  private endHandles(): void {
    if (this.handle !== 0) {
      callReplies.delete(this.handle);
      callBlock.forgetReply(this.handle);
    }
    this.handle = 0;
    this.attributes?.endHandles();
    if (this.elements !== null) for (const element of this.elements) element?.endHandles();
  }

  get type(): ReplyType {
    this.parse();
    return this.kind;
  }

  /** RM_CallReplyLength: bytes of a string or error, elements of an aggregate (pairs of a map), otherwise 0. */
  get length(): number {
    this.parse();
    const { kind } = this;
    const counted =
      kind === ReplyType.String || kind === ReplyType.Error || kind === ReplyType.Array || kind === ReplyType.Set;
    return counted || kind === ReplyType.Map || kind === ReplyType.Attribute ? this.count : 0;
  }

  /** Whether what the module has looked at is known to be of RESP3 only, as Redis knows it. */
  get isResp3(): boolean {
    return this.resp3;
  }

  /** Address of the protocol bytes, which are whole from now on. */
  get protoAddress(): number {
    const { root } = this;
    root.mark(CR);
    root.ended = null;
    // Who asks for the text again gets a NUL behind it again.
    callBlock.forgetReply(root.handle);
    return this.base + this.from;
  }

  /** Copies the protocol bytes to a writer through `write`. */
  writeTo(write: (bytes: Uint8Array, offset: number, length: number) => void): void {
    const { root } = this;
    root.mark(CR);
    write(this.bytes, this.from, this.protoLength);
    root.mark(0);
  }

  /** Puts a byte behind all texts that were handed out. */
  private mark(byte: number): void {
    if (this.ended !== null) for (const at of this.ended) this.bytes[at] = byte;
  }

  get integer(): number | bigint {
    return this.type === ReplyType.Integer ? this.number : LLONG_MIN;
  }

  get bool(): number {
    return this.type === ReplyType.Bool ? Number(this.number) : INT_MIN;
  }

  get double(): number {
    return this.type === ReplyType.Double ? Number(this.number) : Number(LLONG_MIN);
  }

  /** Address of the text when the reply is of one of the types, else 0; `textLength` is its length. */
  textAddress(first: ReplyType, second: ReplyType = first): number {
    const { type, root } = this;
    if (type !== first && type !== second) return 0;
    const end = this.textAt + this.count;
    if (this.bytes[end] === CR) {
      this.bytes[end] = 0;
      root.ended ??= [];
      root.ended.push(end);
    }
    return this.base + this.textAt;
  }

  get textLength(): number {
    return this.count;
  }

  /** Bytes of the text, borrowed; valid for strings, errors and big numbers. */
  text(): Uint8Array {
    this.parse();
    return this.bytes.subarray(this.textAt, this.textAt + this.count);
  }

  /** Element `index` of an aggregate of type `type`; of maps and attributes, keys and values in turn. */
  element(type: ReplyType, index: number): CallReply | null {
    if (this.type !== type) return null;
    const total = type === ReplyType.Map || type === ReplyType.Attribute ? this.count * 2 : this.count;
    if (!(index >= 0 && index < total)) return null;
    this.locateElements(total);
    const { starts, elements } = this;
    const known = elements![index];
    if (known !== undefined) return known;
    const from = starts![index]!;
    const element = this.part(from, starts![index + 1]! - from);
    elements![index] = element;
    return element;
  }

  get attribute(): CallReply | null {
    this.parse();
    return this.attributes;
  }

  private part(from: number, length: number): CallReply {
    const { bytes, base, block } = this;
    return new CallReply(this.root, this.context, { bytes, base, block, from, length }, [], null);
  }

  private locateElements(total: number): void {
    if (this.starts !== null) return;
    const starts = new Int32Array(total + 1);
    let at = this.elementsAt;
    for (let i = 0; i < total; i++) {
      starts[i] = at;
      at = skipReply(this.bytes, at);
    }
    starts[total] = at;
    this.starts = starts;
    this.elements = [];
  }

  private parse(): void {
    if (this.parsed) return;
    this.parsed = true;
    const { bytes, from } = this;
    this.resp3 = hasResp3(bytes, from, from + this.protoLength);
    let at = from;
    if (bytes[at] === ATTRIBUTE) {
      const end = skipPairs(bytes, at);
      const attributes = this.part(at, end - at);
      attributes.parseAttribute();
      this.attributes = attributes;
      at = end;
    }
    this.parseValue(at);
  }

  /** Attributes on their own: the pairs, without the value that they belong to. */
  private parseAttribute(): void {
    this.parsed = true;
    this.resp3 = true;
    this.kind = ReplyType.Attribute;
    this.count = readCount(this.bytes, this.from + 1);
    this.elementsAt = endOfLine(this.bytes, this.from);
  }

  private parseValue(at: number): void {
    const { bytes } = this;
    const line = endOfLine(bytes, at);
    this.textAt = at + 1;
    this.count = line - 2 - this.textAt;
    switch (String.fromCharCode(bytes[at]!)) {
      case '+':
        this.kind = ReplyType.String;
        break;
      case '-':
        this.kind = ReplyType.Error;
        break;
      case ':':
        this.kind = ReplyType.Integer;
        this.number = this.count < 16 ? Number(this.line()) : narrow(BigInt(this.line()));
        break;
      case '$':
        this.bulk(ReplyType.String, line);
        break;
      case '=':
        this.bulk(ReplyType.VerbatimString, line);
        this.textAt += 4;
        this.count -= 4;
        break;
      case '*':
        this.aggregate(ReplyType.Array, line);
        break;
      case '~':
        this.aggregate(ReplyType.Set, line);
        break;
      case '%':
        this.aggregate(ReplyType.Map, line);
        break;
      case '_':
        this.kind = ReplyType.Null;
        break;
      case '#':
        this.kind = ReplyType.Bool;
        this.number = bytes[this.textAt] === 116 ? 1 : 0;
        break;
      case ',':
        this.kind = ReplyType.Double;
        this.number = parseDouble(bytes, this.textAt, this.count);
        break;
      case '(':
        this.kind = ReplyType.BigNumber;
        break;
    }
  }

  /** Text of the line that the value begins with, without its type. */
  private line(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.textAt, this.count).toString('latin1');
  }

  private bulk(type: ReplyType, line: number): void {
    const length = readCount(this.bytes, this.textAt);
    this.kind = length < 0 ? ReplyType.Null : type;
    this.textAt = line;
    this.count = Math.max(length, 0);
  }

  private aggregate(type: ReplyType, line: number): void {
    const count = readCount(this.bytes, this.textAt);
    this.kind = count < 0 ? ReplyType.Null : type;
    this.count = Math.max(count, 0);
    this.elementsAt = line;
  }
}

/** Position behind the CRLF of the line at `at`. */
function endOfLine(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== CR) at++;
  return at + 2;
}

/** The decimal number at `at`, which may be -1. */
function readCount(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 45) return -1;
  let n = 0;
  for (let byte = bytes[at]!; byte !== CR; byte = bytes[++at]!) n = n * 10 + byte - 48;
  return n;
}

/** How many further replies belong to the one at `at`. */
function childCount(bytes: Uint8Array, at: number): number {
  const type = bytes[at];
  if (type === ARRAY || type === SET) return Math.max(readCount(bytes, at + 1), 0);
  if (type === MAP) return 2 * readCount(bytes, at + 1);
  // An attribute's pairs, and the value behind them.
  return type === ATTRIBUTE ? 2 * readCount(bytes, at + 1) + 1 : 0;
}

/** Position behind the reply at `at`. */
function skipReply(bytes: Uint8Array, at: number): number {
  for (let pending = 1; pending > 0; pending--) {
    pending += childCount(bytes, at);
    at = skipOwn(bytes, at);
  }
  return at;
}

/** Position behind the pairs of the attribute at `at`. */
function skipPairs(bytes: Uint8Array, at: number): number {
  const count = 2 * readCount(bytes, at + 1);
  at = endOfLine(bytes, at);
  for (let i = 0; i < count; i++) at = skipReply(bytes, at);
  return at;
}

/** Position behind a reply's own bytes: its line, and its text if it has one. */
function skipOwn(bytes: Uint8Array, at: number): number {
  const line = endOfLine(bytes, at);
  const type = bytes[at];
  if (type !== BULK && type !== VERBATIM) return line;
  const length = readCount(bytes, at + 1);
  return length < 0 ? line : line + length + 2;
}

const RESP2_TYPES = new Set([...'+-:$*'].map((ch) => ch.charCodeAt(0)));

function hasResp3(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at = skipOwn(bytes, at)) if (!RESP2_TYPES.has(bytes[at]!)) return true;
  return false;
}
