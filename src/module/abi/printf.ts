// printf for the API's variadic functions: C's formats over a VarArgs cursor.
//
// Supported: flags `-+ #0'` (the quote is ignored, as in the C locale), width and precision with `*`, length modifiers
// hh h l ll q j z t L, conversions d i u o x X c s p e E f F g G a A % and glibc's m (as "Unknown error"). %n writes
// memory and is refused: the rest of the format is copied as it stands. %ls and %lc are treated like %s and %c. The
// result is bytes, because %s may carry anything.

import { copyBytes } from '../../memory/copy.ts';
import { formatFixed, formatGeneral, formatHex, formatScientific } from './decimal.ts';
import { readBytes, readCBytes, readU8 } from './native-memory.ts';
import { type LongDouble, longDoubleOf, type VarArgs } from './varargs.ts';

/** Growing output. One for the process: formatting never calls into a module. */
class Output {
  private bytes = new Uint8Array(1024);
  private length = 0;

  reset(): void {
    this.length = 0;
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  add(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(from, start, this.bytes, this.length, end - start);
    this.length += end - start;
  }

  fill(byte: number, count: number): void {
    if (count <= 0) return;
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** ASCII only. */
  text(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

const out = new Output();

/** One conversion specification, the part between `%` and the conversion character. */
class Spec {
  left = false;
  plus = false;
  space = false;
  alternate = false;
  zero = false;
  width = 0;
  /** -1: none given. */
  precision = -1;
  /** '', 'hh', 'h', 'l' (l, j, z, t and q are all 64 bits), 'L'. */
  size = '';
  conversion = '';
}

const FLAGS: Record<string, 'left' | 'plus' | 'space' | 'alternate' | 'zero' | 'quote'> = {
  '-': 'left',
  '+': 'plus',
  ' ': 'space',
  '#': 'alternate',
  '0': 'zero',
  "'": 'quote',
};

/** Formats `format` with the arguments of `args`. */
export function formatPrintf(format: Uint8Array, args: VarArgs): Uint8Array {
  out.reset();
  let at = 0;
  while (at < format.length) {
    let percent = format.indexOf(0x25, at);
    if (percent < 0) percent = format.length;
    out.add(format, at, percent);
    if (percent === format.length) break;
    const spec = new Spec();
    const next = parseSpec(format, percent + 1, spec, args);
    if (next < 0 || !convert(out, spec, args)) {
      out.add(format, percent, format.length);
      break;
    }
    at = next;
  }
  return out.finish();
}

/** Fills `spec` from the text at `at` and returns the position after the conversion character, -1 at the end. */
function parseSpec(format: Uint8Array, at: number, spec: Spec, args: VarArgs): number {
  let ch = String.fromCharCode(format[at] ?? 0);
  for (; FLAGS[ch] !== undefined; ch = String.fromCharCode(format[++at] ?? 0)) {
    const flag = FLAGS[ch]!;
    if (flag !== 'quote') spec[flag] = true;
  }
  const number = (): number => {
    let value = 0;
    for (; ch >= '0' && ch <= '9'; ch = String.fromCharCode(format[++at] ?? 0)) {
      value = Math.min(value * 10 + Number(ch), 1 << 30);
    }
    return value;
  };
  if (ch === '*') {
    spec.width = args.int();
    if (spec.width < 0) {
      spec.left = true;
      spec.width = -spec.width;
    }
    ch = String.fromCharCode(format[++at] ?? 0);
  } else {
    spec.width = number();
  }
  if (ch === '.') {
    ch = String.fromCharCode(format[++at] ?? 0);
    if (ch === '*') {
      spec.precision = Math.max(args.int(), -1);
      ch = String.fromCharCode(format[++at] ?? 0);
    } else {
      spec.precision = number();
    }
  }
  for (; 'hlqjztL'.includes(ch) && ch !== '\0'; ch = String.fromCharCode(format[++at] ?? 0)) {
    if (ch === 'h') spec.size = spec.size === 'h' ? 'hh' : 'h';
    else spec.size = ch === 'L' ? 'L' : 'l';
  }
  spec.conversion = ch;
  return at < format.length ? at + 1 : -1;
}

/** Writes one conversion; false for one that is not supported. */
function convert(out: Output, spec: Spec, args: VarArgs): boolean {
  switch (spec.conversion) {
    case '%':
      out.text('%');
      return true;
    case 'd':
    case 'i':
      integer(out, spec, signedArg(spec, args), true);
      return true;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      integer(out, spec, unsignedArg(spec, args), false);
      return true;
    case 'c':
      padded(out, spec, Uint8Array.of(args.int()));
      return true;
    case 's':
      padded(out, spec, stringArg(spec, args));
      return true;
    case 'm':
      padded(out, spec, new TextEncoder().encode('Unknown error'));
      return true;
    case 'p':
      pointer(out, spec, args.ulong());
      return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      floating(out, spec, args);
      return true;
    default:
      return false;
  }
}

function signedArg(spec: Spec, args: VarArgs): bigint {
  if (spec.size === 'l' || spec.size === 'L') return BigInt.asIntN(64, BigInt(args.long()));
  const value = args.int();
  if (spec.size === 'hh') return BigInt((value << 24) >> 24);
  return BigInt(spec.size === 'h' ? (value << 16) >> 16 : value);
}

function unsignedArg(spec: Spec, args: VarArgs): bigint {
  if (spec.size === 'l' || spec.size === 'L') return BigInt(args.ulong());
  const value = args.uint();
  if (spec.size === 'hh') return BigInt(value & 0xff);
  return BigInt(spec.size === 'h' ? value & 0xffff : value);
}

function stringArg(spec: Spec, args: VarArgs): Uint8Array {
  const addr = args.pointer();
  // glibc prints "(null)" when the precision leaves room for it, and nothing otherwise.
  if (addr === 0) return new TextEncoder().encode(spec.precision < 0 || spec.precision >= 6 ? '(null)' : '');
  if (spec.precision < 0) return readCBytes(addr);
  // With a precision the string need not be terminated, so nothing beyond the NUL or the precision may be read.
  let length = 0;
  while (length < spec.precision && readU8(addr + length) !== 0) length++;
  return readBytes(addr, length);
}

function padded(out: Output, spec: Spec, bytes: Uint8Array): void {
  if (!spec.left) out.fill(0x20, spec.width - bytes.length);
  out.add(bytes, 0, bytes.length);
  if (spec.left) out.fill(0x20, spec.width - bytes.length);
}

/** Writes prefix and digits at the width asked for, with zeros between them where the flag 0 says so. */
function number(out: Output, spec: Spec, prefix: string, digits: string, zeroPad: boolean): void {
  const missing = spec.width - prefix.length - digits.length;
  if (!spec.left && !zeroPad) out.fill(0x20, missing);
  out.text(prefix);
  if (!spec.left && zeroPad) out.fill(0x30, missing);
  out.text(digits);
  if (spec.left) out.fill(0x20, missing);
}

function signOf(spec: Spec, negative: boolean): string {
  return negative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
}

function integer(out: Output, spec: Spec, value: bigint, signed: boolean): void {
  const conversion = spec.conversion;
  const magnitude = value < 0n ? -value : value;
  let digits = magnitude.toString(conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10);
  if (spec.precision === 0 && value === 0n) digits = '';
  digits = digits.padStart(Math.max(spec.precision, 0), '0');
  let prefix = signed ? signOf(spec, value < 0n) : '';
  if (spec.alternate && conversion === 'o' && !digits.startsWith('0')) digits = `0${digits}`;
  if (spec.alternate && value !== 0n && (conversion === 'x' || conversion === 'X')) prefix = '0x';
  if (conversion === 'X') {
    digits = digits.toUpperCase();
    prefix = prefix.toUpperCase();
  }
  number(out, spec, prefix, digits, spec.zero && spec.precision < 0);
}

function pointer(out: Output, spec: Spec, value: number | bigint): void {
  if (BigInt(value) === 0n) {
    padded(out, spec, new TextEncoder().encode('(nil)'));
    return;
  }
  const digits = value.toString(16).padStart(Math.max(spec.precision, 0), '0');
  number(out, spec, `${signOf(spec, false)}0x`, digits, spec.zero && spec.precision < 0);
}

function floating(out: Output, spec: Spec, args: VarArgs): void {
  const long = spec.size === 'L';
  const value: LongDouble = long ? args.longDouble() : longDoubleOf(args.double());
  const upper = spec.conversion === spec.conversion.toUpperCase();
  const sign = signOf(spec, value.negative);
  if (value.kind !== 'finite') {
    number(out, spec, sign, upper ? value.kind.toUpperCase() : value.kind, false);
    return;
  }
  let text = floatingDigits(value, spec, long);
  let prefix = sign;
  if (text.startsWith('0x')) {
    prefix += '0x';
    text = text.slice(2);
  }
  if (upper) {
    prefix = prefix.toUpperCase();
    text = text.toUpperCase();
  }
  number(out, spec, prefix, text, spec.zero);
}

function floatingDigits(value: LongDouble, spec: Spec, long: boolean): string {
  const precision = spec.precision < 0 ? 6 : spec.precision;
  switch (spec.conversion.toLowerCase()) {
    case 'f':
      return formatFixed(value, precision, spec.alternate);
    case 'e':
      return formatScientific(value, precision, spec.alternate);
    case 'g':
      return formatGeneral(value, precision, spec.alternate);
    default:
      return formatHex(value, spec.precision, spec.alternate, long && process.arch === 'x64' ? 64 : 53);
  }
}
