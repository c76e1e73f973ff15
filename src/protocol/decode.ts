/** Replies of the Redis protocol (RESP3) as JavaScript values. */

/** An error reply. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  /** The upper-case word an error starts with: `ERR`, `WRONGTYPE` … */
  readonly code: string;

  /** @param text the error without its `-` */
  constructor(text: string) {
    super(text);
    this.code = /^[^ ]*/.exec(text)![0];
  }
}

/**
 * null, strings (or Buffers), numbers (bigint beyond 2^53 and for big numbers), booleans, arrays, Map and Set; an error
 * within an array is a ReplyError.
 */
export type ReplyValue =
  | null
  | string
  | Buffer
  | number
  | bigint
  | boolean
  | ReplyError
  | ReplyValue[]
  | Map<ReplyValue, ReplyValue>
  | Set<ReplyValue>;

/**
 * The value of one complete reply, which is all of bytes[0 .. length).
 *
 * @param binary bulk strings as Buffers (views of a copy), else as UTF-8 strings
 */
export function decodeReply(bytes: Uint8Array, length: number, binary: boolean): ReplyValue {
  const reply = bytes.subarray(0, length);
  const { buffer, byteOffset } = binary ? Uint8Array.from(reply) : reply;
  return new Decoder(Buffer.from(buffer, byteOffset, length), binary).value();
}

const CR = 13;
const MINUS = 0x2d;
const ZERO = 0x30;
/** All integers of so many digits are safe ones. */
const SAFE_DIGITS = 15;
/** Longer texts are made by Buffer, whose calls cost as much as this many characters. */
const LOOP_MAX_CHARS = 24;

class Decoder {
  private readonly bytes: Buffer;
  private readonly binary: boolean;
  private pos = 0;

  constructor(bytes: Buffer, binary: boolean) {
    this.bytes = bytes;
    this.binary = binary;
  }

  value(): ReplyValue {
    const type = String.fromCharCode(this.bytes[this.pos++]!);
    switch (type) {
      case '+':
        return this.line();
      case '-':
        return new ReplyError(this.line());
      case '!':
        return new ReplyError(this.bulk()!.toString());
      case ':':
        return this.integer();
      case ',':
        return double(this.line());
      case '(':
        return BigInt(this.line());
      case '#':
        return this.line() === 't';
      case '_':
        this.line();
        return null;
      case '$': {
        if (this.binary) return this.bulk();
        const length = this.integer() as number;
        if (length < 0) return null;
        const from = this.pos;
        this.pos += length + 2;
        return this.text(from, from + length);
      }
      case '=': {
        // `txt:` or another format of three characters comes first.
        const text = this.bulk()!.subarray(4);
        return this.binary ? text : text.toString();
      }
      case '*':
      case '>':
        return this.list();
      case '~':
        return new Set(this.list());
      case '%':
        return this.map();
      case '|':
        this.map();
        return this.value();
      default:
        throw new Error(`Cannot decode a reply: unknown type ${JSON.stringify(type)} at byte ${this.pos - 1}`);
    }
  }

  private line(): string {
    const from = this.pos;
    let end = from;
    // No line of a reply has a CR but at its end.
    while (this.bytes[end] !== CR) end++;
    this.pos = end + 2;
    return this.text(from, end);
  }

  /** bytes[from .. to) as text. */
  private text(from: number, to: number): string {
    const { bytes } = this;
    if (to - from > LOOP_MAX_CHARS) return bytes.toString('utf8', from, to);
    let text = '';
    for (let i = from; i < to; i++) {
      const code = bytes[i]!;
      if (code > 127) return bytes.toString('utf8', from, to);
      text += String.fromCharCode(code);
    }
    return text;
  }

  /** A line that is an integer. */
  private integer(): number | bigint {
    const { bytes } = this;
    let number = 0;
    let at = this.pos;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    for (const last = at + SAFE_DIGITS; at < last; at++) {
      const code = bytes[at]!;
      if (code === CR) {
        this.pos = at + 2;
        return negative ? -number : number;
      }
      number = number * 10 + code - ZERO;
    }
    return integer(this.line());
  }

  private bulk(): Buffer | null {
    const length = this.integer() as number;
    if (length < 0) return null;
    const from = this.pos;
    this.pos += length + 2;
    return this.bytes.subarray(from, from + length);
  }

  private list(): ReplyValue[] | null {
    const count = this.integer() as number;
    if (count < 0) return null;
    const items: ReplyValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.value());
    return items;
  }

  private map(): Map<ReplyValue, ReplyValue> {
    const count = this.integer() as number;
    const map = new Map<ReplyValue, ReplyValue>();
    for (let i = 0; i < count; i++) {
      const key = this.value();
      // Buffers are compared by identity: keys stay usable as strings.
      map.set(Buffer.isBuffer(key) ? key.toString() : key, this.value());
    }
    return map;
  }
}

function integer(text: string): number | bigint {
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : BigInt(text);
}

function double(text: string): number {
  if (text === 'inf') return Infinity;
  if (text === '-inf') return -Infinity;
  return Number(text);
}
