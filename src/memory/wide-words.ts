/**
 * Bits of long ranges, 16 bytes at a time: a WebAssembly module of five loops over vectors, because JavaScript has no
 * wider word than 32 bits. Ranges are copied into its memory in pieces that stay in the cache; a megabyte is counted in a
 * third of the time that words of 32 bits take, copying included.
 *
 *   memory   0 … TILE_BYTES - 1 the first operand and the result | TILE_BYTES … 2 TILE_BYTES - 1 the second operand
 *
 * Where the processor or the way the program was started has no such instructions, there is none: `wideWords()` is null.
 */

/** Part of every JavaScript engine; the compiler's libraries have it with the browser's objects only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Bytes of a piece. */
export const TILE_BYTES = 65536;
/** Shorter ranges are not worth the copy. */
export const WIDE_FROM_BYTES = 4096;
const STEP = 16;

// Instructions and types in the binary format of WebAssembly (https://webassembly.github.io/spec/core/binary/).
const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;
const LOOP = 0x03;
const END = 0x0b;
const BR_IF = 0x0d;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I32_LT_U = 0x49;
const I32_ADD = 0x6a;
const VECTOR = 0xfd;
const ALIGN_16 = 4;
const V128_NOT = [VECTOR, 0x4d];
const V128_AND = [VECTOR, 0x4e];
const V128_OR = [VECTOR, 0x50];
const V128_XOR = [VECTOR, 0x51];
const V128_STORE = [VECTOR, 0x0b, ALIGN_16, 0];
const LOAD_FIRST = [VECTOR, 0x00, ALIGN_16, 0];
const LOAD_SECOND = [VECTOR, 0x00, ALIGN_16, ...leb128(TILE_BYTES)];
const I8X16_POPCNT = [VECTOR, 0x62];
const I16X8_ADD_PAIRS = [VECTOR, 0x7d];
const I32X4_ADD_PAIRS = [VECTOR, 0x7f];
const I32X4_ADD = [VECTOR, 0xae, 0x01];
const I32X4_EXTRACT = [VECTOR, 0x1b];

// Locals: the argument, bytes to work on; the position; counts.
const LENGTH = 0;
const AT = 1;
const COUNTS = 2;

function leb128(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...leb128(n >>> 7)];
}

/** A section of a module, or a function's code: its size comes first. */
function sized(bytes: readonly number[]): number[] {
  return [...leb128(bytes.length), ...bytes];
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  return [id, ...sized([entries.length, ...entries.flat()])];
}

function text(name: string): number[] {
  return sized([...Buffer.from(name)]);
}

/** Repeats `body` for AT = 0, STEP … below LENGTH. */
function forEachVector(body: readonly number[]): number[] {
  const step = [LOCAL_GET, AT, I32_CONST, STEP, I32_ADD, LOCAL_TEE, AT, LOCAL_GET, LENGTH, I32_LT_U, BR_IF, 0];
  return [LOOP, NO_RESULT, ...body, ...step, END];
}

/** first = first OPERATION second */
function combining(operation: readonly number[]): number[] {
  const operands = [LOCAL_GET, AT, ...LOAD_FIRST, LOCAL_GET, AT, ...LOAD_SECOND];
  return sized([1, 1, I32, ...forEachVector([LOCAL_GET, AT, ...operands, ...operation, ...V128_STORE]), END]);
}

const INVERTING: number[] = sized([
  ...[1, 1, I32],
  ...forEachVector([LOCAL_GET, AT, LOCAL_GET, AT, ...LOAD_FIRST, ...V128_NOT, ...V128_STORE]),
  END,
]);

const COUNTING: number[] = sized([
  ...[2, 1, I32, 1, V128],
  ...forEachVector([
    ...[LOCAL_GET, COUNTS, LOCAL_GET, AT, ...LOAD_FIRST, ...I8X16_POPCNT],
    ...[...I16X8_ADD_PAIRS, ...I32X4_ADD_PAIRS, ...I32X4_ADD, LOCAL_SET, COUNTS],
  ]),
  ...[0, 1, 2, 3].flatMap((lane) => [LOCAL_GET, COUNTS, ...I32X4_EXTRACT, lane]),
  ...[I32_ADD, I32_ADD, I32_ADD, END],
]);

const FUNCTION = 0x60;
const NAMES = ['and', 'or', 'xor', 'not', 'count'] as const;
const CODES = [combining(V128_AND), combining(V128_OR), combining(V128_XOR), INVERTING, COUNTING];

const MODULE: Uint8Array<ArrayBuffer> = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [
    [FUNCTION, 1, I32, 0],
    [FUNCTION, 1, I32, 1, I32],
  ]),
  ...section(3, [[0], [0], [0], [0], [1]]),
  ...section(5, [[1, 2, 2]]),
  ...section(7, [[...text('memory'), 2, 0], ...NAMES.map((name, i) => [...text(name), 0, i])]),
  ...section(10, CODES),
]);

/** Loops over the first `bytes` of the operands, a multiple of 16 from 16 on. */
interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer };
  and(bytes: number): void;
  or(bytes: number): void;
  xor(bytes: number): void;
  not(bytes: number): void;
  count(bytes: number): number;
}

export class WideWords {
  /** Room for the operands; the first one becomes the result. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  private readonly loops: Loops;

  constructor() {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(MODULE));
    this.loops = instance.exports as Loops;
    this.first = new Uint8Array(this.loops.memory.buffer, 0, TILE_BYTES);
    this.second = new Uint8Array(this.loops.memory.buffer, TILE_BYTES, TILE_BYTES);
  }

  /** Combines the first `len` bytes of the operands; those behind, up to a whole vector, may change. */
  combine(operation: 'and' | 'or' | 'xor' | 'not', len: number): void {
    if (len > 0) this.loops[operation]((len + STEP - 1) & -STEP);
  }

  /** Set bits of the bytes bytes[from .. to). */
  count(bytes: Uint8Array, from: number, to: number): number {
    const { first } = this;
    let n = 0;
    for (; from < to; from += TILE_BYTES) {
      const len = Math.min(TILE_BYTES, to - from);
      first.set(bytes.subarray(from, from + len));
      const whole = (len + STEP - 1) & -STEP;
      first.fill(0, len, whole);
      n += this.loops.count(whole);
    }
    return n;
  }
}

let made: WideWords | null | undefined;

/** The loops; null where there are no such instructions. */
export function wideWords(): WideWords | null {
  if (made === undefined) {
    try {
      made = new WideWords();
    } catch {
      made = null;
    }
  }
  return made;
}
