/**
 * A directive: name, flags, and how its value is read from arguments, printed, and written back by CONFIG REWRITE.
 * Directives are stateless rows of a table; the values live in {@link import('./config.ts').Config}.
 */
import {
  formatMemory,
  INT_MAX,
  LONG_MAX,
  parseLongLong,
  parseMemory,
  parseStrtoll,
  UINT_MAX,
} from './config-numbers.ts';
import { quoteArg } from './text.ts';

/** CONFIG SET refuses it; only the configuration file and the command line can set it. */
export const IMMUTABLE = 1 << 0;
/** CONFIG SET needs `enable-protected-configs`. */
export const PROTECTED = 1 << 1;
/** A secret: redacted in MONITOR, SLOWLOG and every log. */
export const SENSITIVE = 1 << 2;
/** CONFIG GET shows it only when named exactly. */
export const HIDDEN = 1 << 3;
/** Of interest in crash reports. */
export const DEBUG = 1 << 4;
/** Takes several arguments. */
export const MULTI_ARG = 1 << 5;
/** CONFIG SET is refused while a dataset is being loaded. */
export const DENY_LOADING = 1 << 6;
/** Setting the same value again still runs the apply hooks (files named by it may have changed). */
export const VOLATILE = 1 << 7;
/** Registered at run time by a module. */
export const MODULE = 1 << 8;

/** What a directive may want to know while it reads its arguments. */
export interface ParseContext {
  /** `load`: configuration file or command line; `set`: CONFIG SET. */
  readonly phase: 'load' | 'set';
  /** In phase `load`: this is the directive's first line, so what it adds to is still the built-in default. */
  readonly first: boolean;
}

/** A new value, or the reason why there is none (the text Redis gives). */
export type Parsed<V> = { readonly value: V } | { readonly error: string };

/** One line for CONFIG REWRITE; without `force` it only replaces a line that is already in the file. */
export interface RewriteLine {
  readonly line: string;
  readonly force: boolean;
}

/** Where a directive's value lives when it is not in the Config: a module's own variables. */
export interface Storage<V> {
  get(): V;
  /** Store a value that was already validated; the text of the refusal, or null. */
  set(value: V): string | null;
}

/** One row of the table. `V` is the value's type; all strings are byte strings (see text.ts). */
export interface Directive<V = unknown> {
  readonly name: string;
  readonly alias: string | null;
  readonly flags: number;
  readonly kind: 'bool' | 'numeric' | 'string' | 'enum' | 'special';
  /** The built-in default. */
  initial(): V;
  /** Read the arguments that follow the name. `previous` is the value so far. */
  parse(args: readonly string[], previous: V, context: ParseContext): Parsed<V>;
  equal(left: V, right: V): boolean;
  /** The value as CONFIG GET prints it. */
  format(value: V): string;
  /** Lines that bring the value back; none means that the directive must not be in the file. */
  rewrite(value: V): readonly RewriteLine[];
  readonly storage?: Storage<V>;
}

interface CommonOptions<V> {
  readonly alias?: string;
  readonly flags?: number;
  readonly storage?: Storage<V>;
  /** A check beyond the type's own; the text of the refusal, or null. */
  readonly check?: (value: V, context: ParseContext) => string | null;
}

function common<V>(name: string, options: CommonOptions<V>) {
  return {
    name,
    alias: options.alias ?? null,
    flags: options.flags ?? 0,
    equal: (left: V, right: V) => left === right,
    ...(options.storage === undefined ? {} : { storage: options.storage }),
  };
}

function checked<V>(value: V, options: CommonOptions<V>, context: ParseContext): Parsed<V> {
  const error = options.check?.(value, context) ?? null;
  return error === null ? { value } : { error };
}

/** A directive that is `yes` or `no`. */
export function bool(name: string, initial: boolean, options: CommonOptions<boolean> = {}): Directive<boolean> {
  return {
    ...common(name, options),
    kind: 'bool',
    initial: () => initial,
    parse(args, _previous, context) {
      const text = args[0]!.toLowerCase();
      if (text !== 'yes' && text !== 'no') return { error: "argument must be 'yes' or 'no'" };
      return checked(text === 'yes', options, context);
    },
    format: (value) => (value ? 'yes' : 'no'),
    rewrite: (value) => [{ line: `${name} ${value ? 'yes' : 'no'}`, force: value !== initial }],
  };
}

export interface NumericOptions extends CommonOptions<bigint> {
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly initial: number | bigint;
  /** Compare and report bounds as an unsigned 64-bit number, so that -1 is too large. */
  readonly unsigned?: boolean;
  /** `memory`: bytes with units; `memory or percent`: also `n%`, kept as -n; `octal`: file permissions. */
  readonly unit?: 'integer' | 'memory' | 'memory or percent' | 'octal';
  /** Bring a valid value into the range that is really used. */
  readonly clamp?: (value: bigint, context: ParseContext) => bigint;
}

const NUMERIC_ERRORS = {
  integer: "argument couldn't be parsed into an integer",
  memory: 'argument must be a memory value',
  'memory or percent': 'argument must be a memory or percent value',
  octal: "argument couldn't be parsed as an octal number",
} as const;

function parseNumeric(text: string, unit: NonNullable<NumericOptions['unit']>): bigint | null {
  if (unit === 'integer') return parseLongLong(text);
  if (unit === 'octal') return parseStrtoll(text, 8);
  const bytes = parseMemory(text);
  if (bytes !== null) return BigInt.asIntN(64, bytes);
  if (unit === 'memory or percent' && text.length > 1 && text.endsWith('%')) {
    const percent = parseLongLong(text.slice(0, -1));
    if (percent !== null && percent >= 0n) return -percent;
  }
  return null;
}

/** A directive that is a number of up to 64 bits. */
export function numeric(name: string, options: NumericOptions): Directive<bigint> {
  const unit = options.unit ?? 'integer';
  const unsigned = options.unsigned ?? false;
  const min = BigInt(options.min);
  const max = BigInt(options.max);
  const initial = BigInt(options.initial);
  const radix = unit === 'octal' ? 8 : 10;

  function boundsError(value: bigint): string | null {
    if (unit === 'memory or percent' && value < 0n) {
      return value < min ? `percentage argument must be less or equal to ${-min}` : null;
    }
    if (value >= min && value <= max) return null;
    return `argument must be between ${min.toString(radix)} and ${max.toString(radix)} inclusive`;
  }

  function withUnit(value: bigint, memory: (bytes: bigint) => string): string {
    if (unit === 'memory or percent' && value < 0n) return `${-value}%`;
    if (unit === 'memory' || unit === 'memory or percent') return memory(value);
    return value.toString(radix);
  }

  return {
    ...common(name, options),
    kind: 'numeric',
    initial: () => initial,
    parse(args, _previous, context) {
      const signed = parseNumeric(args[0]!, unit);
      if (signed === null) return { error: NUMERIC_ERRORS[unit] };
      const value = unsigned ? BigInt.asUintN(64, signed) : signed;
      const error = boundsError(value);
      if (error !== null) return { error };
      return checked(options.clamp?.(value, context) ?? value, options, context);
    },
    format: (value) => withUnit(value, (bytes) => BigInt.asUintN(64, bytes).toString()),
    rewrite: (value) => [{ line: `${name} ${withUnit(value, formatMemory)}`, force: value !== initial }],
  };
}

type Range = Omit<NumericOptions, 'min' | 'max' | 'initial'> & { readonly min?: number; readonly max?: number };

/** A C `int` directive (32 bits, signed), from 0 where no bounds are given. */
export function int(name: string, initial: number, range: Range = {}): Directive<bigint> {
  return numeric(name, { ...range, min: range.min ?? 0, max: range.max ?? INT_MAX, initial });
}

/** A C `unsigned int` directive. */
export function uint(name: string, initial: number, range: Range = {}): Directive<bigint> {
  return numeric(name, { ...range, unsigned: true, min: range.min ?? 0, max: range.max ?? UINT_MAX, initial });
}

/** A C `long long` (also time_t, off_t) directive. */
export function longLong(name: string, initial: number, range: Range = {}): Directive<bigint> {
  return numeric(name, { ...range, min: range.min ?? 0, max: range.max ?? LONG_MAX, initial });
}

/** A C `size_t` (also unsigned long) directive; the upper bound is LONG_MAX as in Redis's table. */
export function size(name: string, initial: number, range: Range = {}): Directive<bigint> {
  return numeric(name, { ...range, unsigned: true, min: range.min ?? 0, max: range.max ?? LONG_MAX, initial });
}

/** A string value: null is "not set", which for most string directives the empty argument means. */
export type StringValue = string | null;

export interface StringOptions extends CommonOptions<StringValue> {
  /** Keep an empty argument as an empty string instead of "not set". */
  readonly allowEmpty?: boolean;
}

/** A directive that is any byte string. An `initial` of null is "not set". */
export function string(name: string, initial: StringValue, options: StringOptions = {}): Directive<StringValue> {
  return {
    ...common(name, options),
    kind: 'string',
    initial: () => initial,
    parse(args, _previous, context) {
      const text = args[0]!;
      return checked(text === '' && !options.allowEmpty ? null : text, options, context);
    },
    format: (value) => value ?? '',
    rewrite: (value) => (value === null ? [] : [{ line: `${name} ${quoteArg(value)}`, force: value !== initial }]),
  };
}

/** Names of an enum with their numbers; several names may share a number (the first is printed). */
export type EnumValues = readonly (readonly [name: string, value: number])[];

export interface EnumDirective extends Directive<number> {
  readonly kind: 'enum';
  readonly values: EnumValues;
}

/** Length of the buffer in which Redis builds the error text of an enum. */
const ENUM_ERROR_MAX = 255;

/** Names of `value` in `values`; with bit flags several, separated by blanks. */
export function enumNames(values: EnumValues, value: number, bitFlags: boolean): string {
  const names: string[] = [];
  let unmatched = value;
  for (const [name, bits] of values) {
    if (bits === value) return name;
    if (bitFlags && bits !== 0 && (unmatched & bits) === bits) {
      names.push(name);
      unmatched &= ~bits;
    }
  }
  return names.length === 0 || unmatched !== 0 ? 'unknown' : names.join(' ');
}

/** A directive that is one of a few names; with the flag MULTI_ARG a set of them (bit flags). */
export function enumeration(
  name: string,
  values: EnumValues,
  initial: number,
  options: CommonOptions<number> = {},
): EnumDirective {
  const bitFlags = ((options.flags ?? 0) & MULTI_ARG) !== 0;
  const byName = new Map(values.map(([text, value]) => [text.toLowerCase(), value]));
  return {
    ...common(name, options),
    kind: 'enum',
    values,
    initial: () => initial,
    parse(args, _previous, context) {
      let value = 0;
      let known = args.length === 1 || (bitFlags && args.length > 0);
      for (const arg of args) {
        const bits = byName.get(arg.toLowerCase());
        if (bits === undefined) known = false;
        else value |= bits;
      }
      if (!known) {
        const all = values.map(([text]) => text).join(', ');
        return { error: `argument(s) must be one of the following: ${all}`.slice(0, ENUM_ERROR_MAX) };
      }
      return checked(value, options, context);
    },
    format: (value) => enumNames(values, value, bitFlags),
    rewrite: (value) => [{ line: `${name} ${enumNames(values, value, bitFlags)}`, force: value !== initial }],
  };
}

/** An enum whose names simply count up from 0; `initial` is a name. */
export function choice(
  name: string,
  names: readonly string[],
  initial: string,
  options: CommonOptions<number> = {},
): EnumDirective {
  const values = names.map((text, index) => [text, index] as const);
  return enumeration(name, values, names.indexOf(initial), options);
}
