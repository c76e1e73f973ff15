// Arguments of C functions with `...`, seen from the callee.
//
// A koffi callback declared with an ellipsis crashes. Where the native shim is used, its C reads the arguments and packs them
// into slots of 64 bits (native/variadic.c). Elsewhere variadic functions are declared with more arguments than they have: all registers that can carry one, then some stack slots. What was not passed is whatever the registers hold
// and the caller's frame: harmless to read, and never looked at.
//   x86-64 (SysV):  6 integer registers, 8 double registers, then 8-byte stack slots shared by both classes
//   arm64 (Linux):  8 integer registers, 8 double registers, then 8-byte stack slots shared by both classes
// An argument takes the next register of its class, or the next stack slot when these are used up. The named arguments
// come first and are all of class integer in this API. A `long double` is 16 bytes on the stack on x86-64 (80-bit
// format, aligned to 16); on arm64 it is a 128-bit register that koffi cannot declare.

import { MisuseError } from './handles.ts';
import { addressOf, memcpy } from './native-memory.ts';

export const INT_REGISTERS = process.arch === 'arm64' ? 8 : 6;
export const DOUBLE_REGISTERS = 8;
export const STACK_SLOTS = 32;
/** MAX_SLOTS of native/variadic.c. */
const PACKED_SLOTS = 128;
const TWO32 = 4294967296;

/** koffi parameter types of a variadic callback. */
export const VARIADIC_PARAMS: readonly string[] = [
  ...Array<string>(INT_REGISTERS).fill('int64_t'),
  ...Array<string>(DOUBLE_REGISTERS).fill('double'),
  ...Array<string>(STACK_SLOTS).fill('int64_t'),
];

const bits = new DataView(new ArrayBuffer(16));
const MASK64 = (1n << 64n) - 1n;

/** More arguments were asked for than the declaration covers. */
export class VarArgsOverflow extends MisuseError {
  constructor(count: number) {
    super(`more variadic arguments than ${count} were read`);
  }
}

/** Reads the arguments of one call in order. Cursors are pooled by nesting depth: use one only during its call. */
export abstract class VarArgs {
  /** The next argument's 64 bits, signed: `long long`, `long`, `int64_t`, `size_t`. Number when safe, else BigInt. */
  abstract long(): number | bigint;

  abstract double(): number;

  /**
   * The next argument as `long double`, exactly: value = mantissa * 2^exponent, with the mantissa's sign on its own.
   * Best effort on arm64 without the shim, where it is read as a double.
   */
  abstract longDouble(): LongDouble;

  /** The next argument as `int`: the upper half of its slot is undefined and ignored. */
  int(): number {
    const value = this.long();
    return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
  }

  /** The next argument as `unsigned int`. */
  uint(): number {
    return this.int() >>> 0;
  }

  /** The next argument as `unsigned long long` or `size_t`. */
  ulong(): number | bigint {
    const value = this.long();
    return value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  }

  /** The next argument as an address or handle. */
  pointer(): number {
    return Number(this.long());
  }
}

/** Arguments as a callback with too many of them gets them. */
export class RegisterArgs extends VarArgs {
  private readonly ints: (number | bigint)[] = new Array<number | bigint>(INT_REGISTERS).fill(0);
  private readonly doubles = new Float64Array(DOUBLE_REGISTERS);
  private readonly stack: (number | bigint)[] = new Array<number | bigint>(STACK_SLOTS).fill(0);
  private nextInt = 0;
  private nextDouble = 0;
  private nextSlot = 0;

  /** Takes over the raw arguments of a callback declared with VARIADIC_PARAMS; `named` of them are not variadic. */
  load(raw: ArrayLike<number | bigint>, named: number): void {
    for (let i = 0; i < INT_REGISTERS; i++) this.ints[i] = raw[i]!;
    for (let i = 0; i < DOUBLE_REGISTERS; i++) this.doubles[i] = raw[INT_REGISTERS + i] as number;
    for (let i = 0; i < STACK_SLOTS; i++) this.stack[i] = raw[INT_REGISTERS + DOUBLE_REGISTERS + i]!;
    this.nextInt = named;
    this.nextDouble = 0;
    this.nextSlot = 0;
  }

  long(): number | bigint {
    return this.nextInt < INT_REGISTERS ? this.ints[this.nextInt++]! : this.slot();
  }

  double(): number {
    if (this.nextDouble < DOUBLE_REGISTERS) return this.doubles[this.nextDouble++]!;
    bits.setBigInt64(0, BigInt(this.slot()), true);
    return bits.getFloat64(0, true);
  }

  longDouble(): LongDouble {
    if (process.arch !== 'x64') return longDoubleOf(this.double());
    if (this.nextSlot & 1) this.nextSlot++;
    const low = BigInt(this.slot()) & MASK64;
    const high = BigInt(this.slot()) & MASK64;
    return decodeLongDouble(low, Number(high & 0xffffn));
  }

  private slot(): number | bigint {
    if (this.nextSlot >= STACK_SLOTS) throw new VarArgsOverflow(INT_REGISTERS + STACK_SLOTS);
    return this.stack[this.nextSlot++]!;
  }
}

/** Arguments as the shim packs them. */
class PackedArgs extends VarArgs {
  private readonly words = new DataView(new ArrayBuffer(PACKED_SLOTS * 8));
  private readonly address = addressOf(this.words.buffer);
  private count = 0;
  private next = 0;

  /** Copies the `count` slots at an address. */
  load(from: number, count: number): void {
    if (count > 0) memcpy(this.address, from, count * 8);
    this.count = count;
    this.next = 0;
  }

  long(): number | bigint {
    const at = this.take(1);
    const value = this.words.getInt32(at + 4, true) * TWO32 + this.words.getUint32(at, true);
    return Number.isSafeInteger(value) ? value : this.words.getBigInt64(at, true);
  }

  double(): number {
    return this.words.getFloat64(this.take(1), true);
  }

  longDouble(): LongDouble {
    const at = this.take(2);
    const low = this.words.getBigUint64(at, true);
    const high = this.words.getBigUint64(at + 8, true);
    return process.arch === 'x64' ? decodeLongDouble(low, Number(high & 0xffffn)) : decodeQuad(low, high);
  }

  private take(slots: number): number {
    const at = this.next;
    if (at + slots > this.count) throw new VarArgsOverflow(this.count);
    this.next = at + slots;
    return at * 8;
  }
}

/** An exact binary floating point number: (negative ? -1 : 1) * mantissa * 2^exponent, or infinity, or NaN. */
export interface LongDouble {
  negative: boolean;
  kind: 'finite' | 'inf' | 'nan';
  mantissa: bigint;
  exponent: number;
}

/** Decodes the 80-bit format: the 64-bit mantissa and the 16 bits of sign and biased exponent. */
export function decodeLongDouble(mantissa: bigint, signAndExponent: number): LongDouble {
  const negative = (signAndExponent & 0x8000) !== 0;
  const biased = signAndExponent & 0x7fff;
  if (biased === 0x7fff) {
    return { negative, kind: mantissa << 1n === 1n << 64n ? 'inf' : 'nan', mantissa: 0n, exponent: 0 };
  }
  return { negative, kind: 'finite', mantissa, exponent: (biased === 0 ? 1 : biased) - 16383 - 63 };
}

/** Decodes the 128-bit format of arm64: 112 bits of mantissa, 15 of exponent, the sign. */
function decodeQuad(low: bigint, high: bigint): LongDouble {
  const negative = high >> 63n === 1n;
  const biased = Number((high >> 48n) & 0x7fffn);
  const fraction = ((high & 0xffffffffffffn) << 64n) | low;
  if (biased === 0x7fff) return { negative, kind: fraction === 0n ? 'inf' : 'nan', mantissa: 0n, exponent: 0 };
  const mantissa = biased === 0 ? fraction : fraction | (1n << 112n);
  return { negative, kind: 'finite', mantissa, exponent: (biased === 0 ? 1 : biased) - 16383 - 112 };
}

/** A double in the same shape. */
export function longDoubleOf(value: number): LongDouble {
  bits.setFloat64(0, value, true);
  const raw = bits.getBigUint64(0, true);
  const negative = raw >> 63n === 1n;
  const biased = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & ((1n << 52n) - 1n);
  if (biased === 0x7ff) return { negative, kind: fraction === 0n ? 'inf' : 'nan', mantissa: 0n, exponent: 0 };
  return {
    negative,
    kind: 'finite',
    mantissa: biased === 0 ? fraction : fraction | (1n << 52n),
    exponent: (biased === 0 ? 1 : biased) - 1075,
  };
}

/** The nearest double (subnormal results may be rounded twice). */
export function longDoubleToNumber(value: LongDouble): number {
  if (value.kind === 'nan') return Number.NaN;
  if (value.kind === 'inf') return value.negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // In two steps, because 2^exponent alone may leave the range of doubles.
  const half = Math.trunc(value.exponent / 2);
  const magnitude = Number(value.mantissa) * 2 ** half * 2 ** (value.exponent - half);
  return value.negative ? -magnitude : magnitude;
}

/** Cursors by nesting depth, of both kinds. */
const registers: RegisterArgs[] = [];
const packed: PackedArgs[] = [];
let depth = 0;

/** A cursor over one call's arguments; calls nest, and each ends with `releaseVarArgs`. */
export function acquireVarArgs(raw: ArrayLike<number | bigint>, named: number): VarArgs {
  const cursor = (registers[depth] ??= new RegisterArgs());
  depth++;
  cursor.load(raw, named);
  return cursor;
}

/** The same for the slots at an address. */
export function acquirePacked(from: number, count: number): VarArgs {
  const cursor = (packed[depth] ??= new PackedArgs());
  depth++;
  cursor.load(from, count);
  return cursor;
}

export function releaseVarArgs(): void {
  depth--;
}

/** A long double from its two stack slots, as koffi hands them over. */
export function decodeLongDoubleSlots(low: number | bigint, high: number | bigint): LongDouble {
  return decodeLongDouble(BigInt(low) & MASK64, Number(BigInt(high) & 0xffffn));
}
