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
 * The value of one complete reply.
 *
 * @param binary bulk strings as Buffers (views of a copy), else as UTF-8 strings
 */
export function decodeReply(bytes: Uint8Array, binary: boolean): ReplyValue {
  return new Decoder(Buffer.from(bytes), binary).value();
}

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
        return integer(this.line());
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
        const bulk = this.bulk();
        return bulk === null || this.binary ? bulk : bulk.toString();
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
    const end = this.bytes.indexOf('\r\n', this.pos, 'latin1');
    const text = this.bytes.toString('utf8', this.pos, end);
    this.pos = end + 2;
    return text;
  }

  private bulk(): Buffer | null {
    const length = Number(this.line());
    if (length < 0) return null;
    const from = this.pos;
    this.pos += length + 2;
    return this.bytes.subarray(from, from + length);
  }

  private list(): ReplyValue[] | null {
    const count = Number(this.line());
    if (count < 0) return null;
    const items: ReplyValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.value());
    return items;
  }

  private map(): Map<ReplyValue, ReplyValue> {
    const count = Number(this.line());
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
