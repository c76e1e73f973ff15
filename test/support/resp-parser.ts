/**
 * RESP2 and RESP3 as a client reads them. Both functions work on the bytes of one frame, so that a test can compare
 * exact bytes and still look at values.
 *
 * Decoded values: bulk, simple and verbatim strings are strings (`Verbatim` keeps the format), integers and doubles
 * numbers (bigint beyond 2^53), big numbers bigints, arrays arrays, maps `Map`, sets `Set`, errors `RespError` (a value,
 * not thrown), pushes `Push`, a value with attributes `Attributed`; nulls of all kinds are null.
 */

export class RespError extends Error {}

export class Verbatim {
  readonly format: string;
  readonly text: string;

  constructor(format: string, text: string) {
    this.format = format;
    this.text = text;
  }
}

export class Push {
  readonly items: unknown[];

  constructor(items: unknown[]) {
    this.items = items;
  }
}

export class Attributed {
  readonly attributes: Map<unknown, unknown>;
  readonly value: unknown;

  constructor(attributes: Map<unknown, unknown>, value: unknown) {
    this.attributes = attributes;
    this.value = value;
  }
}

/** One node of a reply: type character, the text after it, bytes of a blob, children of an aggregate. */
export interface Frame {
  readonly type: string;
  readonly line: string;
  readonly blob: Buffer | null;
  /** Elements; maps and attributes alternate keys and values; an attribute's last child is the value it annotates. */
  readonly children: readonly Frame[];
  readonly end: number;
}

const BLOBS = '$=!';
const AGGREGATES = '*~>%|';
const LINES = '+-:_,#(';
const CR = 13;

/** Offset after the complete frame that starts at `at`, or -1 when more bytes are needed. Throws on bytes no server may send. */
export function frameEnd(bytes: Buffer, at: number, limit: number = bytes.length): number {
  // Iterative with a count of values still due, so that a reply may nest as deeply as it likes.
  for (let due = 1; due > 0; due--) {
    const lineEnd = bytes.subarray(0, limit).indexOf('\r\n', at);
    if (lineEnd < 0) return -1;
    const type = String.fromCharCode(bytes[at]!);
    const line = bytes.toString('latin1', at + 1, lineEnd);
    at = lineEnd + 2;
    if (LINES.includes(type)) continue;
    const count = lengthOf(type, line);
    if (BLOBS.includes(type)) {
      if (count >= 0) at += count + 2;
      if (at > limit) return -1;
      if (count >= 0 && bytes[at - 2] !== CR) throw new Error(`RESP blob of ${count} bytes is not followed by CRLF`);
    } else {
      due += childCount(type, count);
    }
  }
  return at;
}

/** Parses the complete frame at `at`. */
export function parseFrame(bytes: Buffer, at = 0): Frame {
  const lineEnd = bytes.indexOf('\r\n', at);
  const type = String.fromCharCode(bytes[at]!);
  const line = bytes.toString('latin1', at + 1, lineEnd);
  const start = lineEnd + 2;
  if (LINES.includes(type)) return { type, line, blob: null, children: [], end: start };
  const count = lengthOf(type, line);
  if (BLOBS.includes(type)) {
    if (count < 0) return { type, line, blob: null, children: [], end: start };
    return { type, line, blob: bytes.subarray(start, start + count), children: [], end: start + count + 2 };
  }
  const children: Frame[] = [];
  let end = start;
  for (let left = childCount(type, count); left > 0; left--) {
    const child = parseFrame(bytes, end);
    children.push(child);
    end = child.end;
  }
  return { type, line, blob: null, children, end };
}

/** The value of a frame as documented at the head of this file; `binary` yields Buffers for bulk strings. */
export function decodeFrame(frame: Frame, binary = false): unknown {
  const children = (): unknown[] => frame.children.map((child) => decodeFrame(child, binary));
  switch (frame.type) {
    case '+':
      return frame.line;
    case '-':
      return new RespError(Buffer.from(frame.line, 'latin1').toString());
    case '!':
      return new RespError(frame.blob!.toString());
    case ':':
      return Number.isSafeInteger(Number(frame.line)) ? Number(frame.line) : BigInt(frame.line);
    case ',':
      return frame.line.endsWith('inf') ? Number(frame.line.replace('inf', 'Infinity')) : Number(frame.line);
    case '(':
      return BigInt(frame.line);
    case '#':
      return frame.line === 't';
    case '_':
      return null;
    case '$':
      return frame.blob === null ? null : binary ? frame.blob : frame.blob.toString();
    case '=':
      return new Verbatim(frame.blob!.toString('latin1', 0, 3), frame.blob!.toString('utf8', 4));
    case '*':
      return frame.line === '-1' ? null : children();
    case '~':
      return new Set(children());
    case '>':
      return new Push(children());
    case '%':
      return pairsToMap(children());
    default: {
      const values = children();
      const value = values.pop();
      return new Attributed(pairsToMap(values), value);
    }
  }
}

function pairsToMap(values: unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  return map;
}

function lengthOf(type: string, line: string): number {
  if (!(BLOBS + AGGREGATES).includes(type) || !/^(-1|\d+)$/.test(line)) {
    throw new Error(`not a RESP frame: ${JSON.stringify(type + line)}`);
  }
  return Number(line);
}

/** Frames that follow an aggregate's line; an attribute precedes the value it belongs to. */
function childCount(type: string, count: number): number {
  if (type === '%') return count * 2;
  return type === '|' ? count * 2 + 1 : Math.max(count, 0);
}
