// Arguments of C functions with `...`, seen from the callee.
//
// A koffi callback declared with an ellipsis crashes. So variadic functions are declared with more arguments than they
// have: all registers that can carry one, then some stack slots. What was not passed is whatever the registers hold
// and the caller's frame: harmless to read, and never looked at.
//   x86-64 (SysV):  6 integer registers, 8 double registers, then 8-byte stack slots shared by both classes
//   arm64 (Linux):  8 integer registers, 8 double registers, then 8-byte stack slots shared by both classes
// An argument takes the next register of its class, or the next stack slot when these are used up. The named arguments
// come first and are all of class integer in this API. A `long double` is 16 bytes on the stack on x86-64 (80-bit
// format, aligned to 16); on arm64 it is a 128-bit register that koffi cannot declare.

import { MisuseError } from './handles.ts';

export const INT_REGISTERS = process.arch === 'arm64' ? 8 : 6;
export const DOUBLE_REGISTERS = 8;
export const STACK_SLOTS = 32;

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
  constructor() {
    super(`more variadic arguments than ${INT_REGISTERS + STACK_SLOTS} were read`);
  }
}

/** Reads the arguments of one call in order. Cursors are pooled by nesting depth: use one only during its call. */
export class VarArgs {
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

  /** The next argument's 64 bits, signed: `long long`, `long`, `int64_t`, `size_t`. Number when safe, else BigInt. */
  long(): number | bigint {
    return this.nextInt < INT_REGISTERS ? this.ints[this.nextInt++]! : this.slot();
  }

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

  double(): number {
    if (this.nextDouble < DOUBLE_REGISTERS) return this.doubles[this.nextDouble++]!;
    bits.setBigInt64(0, BigInt(this.slot()), true);
    return bits.getFloat64(0, true);
  }

  /**
   * The next argument as `long double`, exactly: value = mantissa * 2^exponent, with the mantissa's sign on its own.
   * Best effort on arm64, where it is read as a double.
   */
  longDouble(): LongDouble {
    if (process.arch !== 'x64') return longDoubleOf(this.double());
    if (this.nextSlot & 1) this.nextSlot++;
    const low = BigInt(this.slot()) & MASK64;
    const high = BigInt(this.slot()) & MASK64;
    return decodeLongDouble(low, Number(high & 0xffffn));
  }

  private slot(): number | bigint {
    if (this.nextSlot >= STACK_SLOTS) throw new VarArgsOverflow();
    return this.stack[this.nextSlot++]!;
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

const pool: VarArgs[] = [];
let depth = 0;

/** A cursor over one call's arguments; calls nest, and each ends with `releaseVarArgs`. */
export function acquireVarArgs(raw: ArrayLike<number | bigint>, named: number): VarArgs {
  const cursor = (pool[depth] ??= new VarArgs());
  depth++;
  cursor.load(raw, named);
  return cursor;
}

export function releaseVarArgs(): void {
  depth--;
}

/** A long double from its two stack slots, as koffi hands them over. */
export function decodeLongDoubleSlots(low: number | bigint, high: number | bigint): LongDouble {
  return decodeLongDouble(BigInt(low) & MASK64, Number(BigInt(high) & 0xffffn));
}
