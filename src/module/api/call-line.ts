// The command line that a module writes as a format and variadic arguments (RM_Call, RM_Replicate).

import { copyBytes } from '../../memory/copy.ts';
import { Args } from '../../protocol/args.ts';
import { callBlock } from '../abi/call-block.ts';
import { MisuseError } from '../abi/handles.ts';
import {
  addressOf,
  checkMemory,
  loadCString,
  memcpy,
  readLatin1,
  readPtrArray,
  scratch,
  strlen,
  toSize,
} from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { VarArgs } from '../abi/varargs.ts';

const INITIAL_BYTES = 1024;

/** Letters of a format that take no argument. */
export const CallFlag = {
  Replicate: 1 << 0,
  NoAof: 1 << 1,
  NoReplicas: 1 << 2,
  Resp3: 1 << 3,
  RespAuto: 1 << 4,
  RunAsUser: 1 << 5,
  ScriptMode: 1 << 6,
  NoWrites: 1 << 7,
  ErrorReplies: 1 << 8,
  RespectDenyOom: 1 << 9,
  DryRun: 1 << 10,
  AllowBlock: 1 << 11,
} as const;

const FLAG_LETTERS: Readonly<Record<string, number>> = {
  '!': CallFlag.Replicate,
  A: CallFlag.NoAof,
  R: CallFlag.NoReplicas,
  '3': CallFlag.Resp3,
  '0': CallFlag.RespAuto,
  C: CallFlag.RunAsUser,
  S: CallFlag.ScriptMode,
  W: CallFlag.NoWrites,
  M: CallFlag.RespectDenyOom,
  E: CallFlag.ErrorReplies,
  D: CallFlag.DryRun | CallFlag.ErrorReplies,
  K: CallFlag.AllowBlock,
};

/** A command line with bytes of its own, in memory that native code can write to. */
export class CallLine {
  readonly args: Args;
  private address: number;
  private used = 0;
  /** Arrays of `args` whose addresses are known, and the addresses. */
  private buf: Uint8Array | null = null;
  private off: Int32Array | null = null;
  private offAddress = 0;
  private lenAddress = 0;

  constructor() {
    const buffer = new ArrayBuffer(INITIAL_BYTES);
    this.args = new Args(new Uint8Array(buffer));
    this.address = addressOf(buffer);
  }

  /** Lets the shim write the next line. Whoever ran the last one may have replaced parts of `args`. */
  offer(): void {
    const { args } = this;
    if (args.buf !== this.buf) {
      this.buf = args.buf;
      this.address = addressOf(args.buf.buffer as ArrayBuffer) + args.buf.byteOffset;
    }
    if (args.off !== this.off) {
      this.off = args.off;
      this.offAddress = addressOf(args.off.buffer as ArrayBuffer);
      this.lenAddress = addressOf(args.len.buffer as ArrayBuffer);
    }
    callBlock.setLine(this.address, args.buf.length, this.offAddress, this.lenAddress, args.off.length);
  }

  /** The shim has written `argc` arguments. */
  filled(argc: number): void {
    this.args.argc = argc;
  }

  /** Fills the line; the flags of the format, -1 when it has a letter that means nothing. */
  fill(nameAddr: number, fmtAddr: number, values: VarArgs): number {
    const { args } = this;
    args.argc = 0;
    this.used = 0;
    if (args.buf !== this.buf) {
      this.buf = args.buf;
      this.address = addressOf(args.buf.buffer as ArrayBuffer) + args.buf.byteOffset;
    }
    const fmt = readLatin1(nonNull(fmtAddr, 'format'));
    this.cString(nameAddr);
    let flags = 0;
    for (let i = 0; i < fmt.length; i++) {
      const letter = fmt[i]!;
      switch (letter) {
        case 'c':
          this.cString(values.pointer());
          break;
        case 's':
          this.string(values.pointer());
          break;
        case 'b': {
          const from = values.pointer();
          this.native(from, toSize(values.long()));
          break;
        }
        case 'l':
          this.ascii(values.long().toString());
          break;
        case 'v': {
          const vector = values.pointer();
          for (const handle of pointers(vector, toSize(values.long()))) this.string(handle);
          break;
        }
        default: {
          const flag = FLAG_LETTERS[letter];
          if (flag === undefined) return -1;
          flags |= flag;
        }
      }
    }
    return flags;
  }

  private cString(from: number): void {
    const length = loadCString(nonNull(from, 'C string'));
    if (length < 0) return this.native(from, strlen(from));
    const at = this.reserve(length);
    copyBytes(scratch, 0, this.args.buf, at, length);
  }

  private native(from: number, length: number): void {
    checkMemory(from, length);
    const at = this.reserve(length);
    if (length > 0) memcpy(this.address + at, from, length);
  }

  private string(handle: number): void {
    const index = moduleStrings.index(handle);
    const length = moduleStrings.length[index]!;
    const at = this.reserve(length);
    copyBytes(moduleStrings.bytes[index]!, moduleStrings.offset[index]!, this.args.buf, at, length);
  }

  private ascii(text: string): void {
    const at = this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.args.buf[at + i] = text.charCodeAt(i);
  }

  /** Adds an argument of `length` bytes, to be filled by the caller; gives its offset. */
  private reserve(length: number): number {
    const at = this.used;
    const { args } = this;
    if (at + length > args.buf.length) {
      const buffer = new ArrayBuffer(Math.max((at + length) * 2, args.buf.length * 2));
      const bytes = new Uint8Array(buffer);
      bytes.set(args.buf.subarray(0, at));
      args.buf = bytes;
      this.address = addressOf(buffer);
    }
    args.push(at, length);
    this.used = at + length;
    return at;
  }
}

/** More arguments than a command line may have. */
const MAX_ARGUMENTS = 2 ** 31;

function pointers(vector: number, count: number): number[] {
  if (count > MAX_ARGUMENTS) throw new MisuseError(`a vector of ${count} strings`);
  checkMemory(vector, count);
  return readPtrArray(vector, count);
}

function nonNull(addr: number, what: string): number {
  if (addr === 0) throw new MisuseError(`NULL where a ${what} is needed`);
  return addr;
}

const lines: CallLine[] = [];
let depth = 0;

/** The line of the innermost call, for the next one. */
function lineAt(level: number): CallLine {
  let line = lines[level];
  if (line === undefined) lines[level] = line = new CallLine();
  return line;
}

callBlock.onShared = () => lineAt(depth).offer();

/** A line that nobody else uses until `leaveLine`; calls nest. The shim, which fills lines too, gets another one meanwhile. */
export function enterLine(): CallLine {
  const line = lineAt(depth);
  depth++;
  if (callBlock.isShared) lineAt(depth).offer();
  return line;
}

/** Ends the use of the line that was entered last. */
export function leaveLine(line: CallLine): void {
  depth--;
  if (callBlock.isShared) line.offer();
}

/** Runs `body` with a line of its own. */
export function withCallLine<T>(body: (line: CallLine) => T): T {
  const line = enterLine();
  try {
    return body(line);
  } finally {
    leaveLine(line);
  }
}
