/** Directives whose values have a structure of their own. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatMemory, parseMemory, parseStrtoll } from './config-numbers.ts';
import { DENY_LOADING, type Directive, IMMUTABLE, MULTI_ARG, type Parsed, PROTECTED } from './directive.ts';
import { errnoText } from './errno.ts';
import { fromByteString, quoteArg, toByteString } from './text.ts';

/** One rule of `save`: write a snapshot when `changes` keys changed within `seconds`. */
export interface SaveParam {
  readonly seconds: number;
  readonly changes: number;
}

function structEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** `save`: lines of one load add up, the first one replaces the defaults, `save ""` clears. */
export const save: Directive<readonly SaveParam[]> = {
  name: 'save',
  alias: null,
  flags: MULTI_ARG,
  kind: 'special',
  initial: () => [
    { seconds: 3600, changes: 1 },
    { seconds: 300, changes: 100 },
    { seconds: 60, changes: 10000 },
  ],
  parse(args, previous, context): Parsed<readonly SaveParam[]> {
    if (args.length === 1 && args[0] === '') return { value: [] };
    if (args.length % 2 !== 0) return { error: 'Invalid save parameters' };
    const params: SaveParam[] = context.phase === 'load' && !context.first ? [...previous] : [];
    for (let i = 0; i < args.length; i += 2) {
      const seconds = parseStrtoll(args[i]!);
      const changes = parseStrtoll(args[i + 1]!);
      if (seconds === null || seconds < 1n || changes === null || changes < 0n) {
        return { error: 'Invalid save parameters' };
      }
      params.push({ seconds: Number(seconds), changes: Number(BigInt.asIntN(32, changes)) });
    }
    return { value: params };
  },
  equal: structEqual,
  format: (params) => params.map((param) => `${param.seconds} ${param.changes}`).join(' '),
  rewrite(params) {
    return [{ line: params.length === 0 ? 'save ""' : `save ${this.format(params)}`, force: true }];
  },
};

/** Limits of one class of clients; 0 is "no limit". */
export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** Limits by class, in the order CONFIG GET prints them. */
export interface OutputBufferLimits {
  readonly normal: OutputBufferLimit;
  readonly replica: OutputBufferLimit;
  readonly pubsub: OutputBufferLimit;
}

const LIMIT_CLASSES = ['normal', 'replica', 'pubsub'] as const;
const MB = 1024 * 1024;
const LIMIT_DEFAULTS: OutputBufferLimits = {
  normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
  replica: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
  pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softSeconds: 60 },
};

/** `client-output-buffer-limit <class> <hard> <soft> <seconds> ...`: classes not named keep their limits. */
export const clientOutputBufferLimit: Directive<OutputBufferLimits> = {
  name: 'client-output-buffer-limit',
  alias: null,
  flags: MULTI_ARG,
  kind: 'special',
  initial: () => LIMIT_DEFAULTS,
  parse(args, previous): Parsed<OutputBufferLimits> {
    if (args.length % 4 !== 0) return { error: 'Wrong number of arguments in buffer limit configuration.' };
    const limits = { ...previous };
    for (let i = 0; i < args.length; i += 4) {
      const word = args[i]!.toLowerCase();
      const name = LIMIT_CLASSES.find((known) => known === (word === 'slave' ? 'replica' : word));
      if (name === undefined) return { error: 'Invalid client class specified in buffer limit configuration.' };
      const hard = parseMemory(args[i + 1]!);
      const soft = parseMemory(args[i + 2]!);
      const seconds = parseStrtoll(args[i + 3]!);
      if (hard === null || soft === null || seconds === null || seconds < 0n) {
        return { error: 'Error in hard, soft or soft_seconds setting in buffer limit configuration.' };
      }
      limits[name] = { hardBytes: Number(hard), softBytes: Number(soft), softSeconds: Number(seconds) };
    }
    return { value: limits };
  },
  equal: structEqual,
  format: (limits) =>
    LIMIT_CLASSES.map((name) => {
      const { hardBytes, softBytes, softSeconds } = limits[name];
      return `${name === 'replica' ? 'slave' : name} ${BigInt(hardBytes)} ${BigInt(softBytes)} ${softSeconds}`;
    }).join(' '),
  rewrite: (limits) =>
    LIMIT_CLASSES.map((name) => {
      const { hardBytes, softBytes, softSeconds } = limits[name];
      const sizes = `${formatMemory(BigInt(hardBytes))} ${formatMemory(BigInt(softBytes))} ${softSeconds}`;
      return {
        line: `client-output-buffer-limit ${name} ${sizes}`,
        force: !structEqual(limits[name], LIMIT_DEFAULTS[name]),
      };
    }),
};

const BIND_MAX = 16;
const BIND_DEFAULT: readonly string[] = ['*', '-::*'];

/** `bind`: addresses to listen on; a leading `-` means "skip it when the machine has no such address". */
export const bind: Directive<readonly string[]> = {
  name: 'bind',
  alias: null,
  flags: MULTI_ARG,
  kind: 'special',
  initial: () => BIND_DEFAULT,
  parse(args): Parsed<readonly string[]> {
    if (args.length > BIND_MAX) return { error: 'Too many bind addresses specified.' };
    return { value: args.length === 1 && args[0] === '' ? [] : [...args] };
  },
  equal: structEqual,
  format: (addresses) => addresses.join(' '),
  rewrite(addresses) {
    if (structEqual(addresses, BIND_DEFAULT)) return [];
    return [{ line: `bind ${addresses.length === 0 ? '""' : addresses.join(' ')}`, force: true }];
  },
};

/** Text of the system error that chdir(2) would give for `path`, or null when it is a directory to enter. */
function chdirError(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'Not a directory';
    accessSync(path, constants.X_OK);
    return null;
  } catch (error) {
    return errnoText(error);
  }
}

/**
 * `dir`: the working directory, kept as an absolute path. The process does not change its own directory here, since a
 * host program may run several servers; a stand-alone server does that in a hook.
 */
export const dir: Directive<string> = {
  name: 'dir',
  alias: null,
  flags: PROTECTED | DENY_LOADING,
  kind: 'special',
  initial: () => toByteString(process.cwd()),
  parse(args, previous): Parsed<string> {
    if (args.length !== 1) return { error: 'wrong number of arguments' };
    // chdir("") fails, while resolving '' would give the directory we are in.
    if (args[0] === '') return { error: 'No such file or directory' };
    const path = resolve(fromByteString(previous), fromByteString(args[0]!));
    const error = chdirError(path);
    return error === null ? { value: toByteString(path) } : { error };
  },
  equal: (left, right) => left === right,
  format: (path) => path,
  rewrite: (path) => [{ line: `dir ${quoteArg(path)}`, force: true }],
};

const OOM_DEFAULT: readonly number[] = [0, 200, 800];

/** `oom-score-adj-values <master> <replica> <background child>`. */
export const oomScoreAdjValues: Directive<readonly number[]> = {
  name: 'oom-score-adj-values',
  alias: null,
  flags: MULTI_ARG,
  kind: 'special',
  initial: () => OOM_DEFAULT,
  parse(args): Parsed<readonly number[]> {
    if (args.length !== OOM_DEFAULT.length) return { error: 'wrong number of arguments' };
    const values: number[] = [];
    for (const arg of args) {
      const value = parseStrtoll(arg);
      if (value === null || value < -2000n || value > 2000n) {
        return { error: 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.' };
      }
      values.push(Number(value));
    }
    return { value: values };
  },
  equal: structEqual,
  format: (values) => values.join(' '),
  rewrite: (values) => [{ line: `oom-score-adj-values ${values.join(' ')}`, force: !structEqual(values, OOM_DEFAULT) }],
};

/** Where this server replicates from. */
export interface ReplicaOf {
  readonly host: string;
  readonly port: number;
}

/** `replicaof <host> <port>` or `replicaof no one`; null is "a master". */
export const replicaof: Directive<ReplicaOf | null> = {
  name: 'replicaof',
  alias: 'slaveof',
  flags: IMMUTABLE | MULTI_ARG,
  kind: 'special',
  initial: () => null,
  parse(args): Parsed<ReplicaOf | null> {
    if (args.length !== 2) return { error: 'wrong number of arguments' };
    if (args[0]!.toLowerCase() === 'no' && args[1]!.toLowerCase() === 'one') return { value: null };
    const port = parseStrtoll(args[1]!);
    if (port === null || port < 0n || port > 65535n) return { error: 'Invalid master port' };
    return { value: { host: args[0]!, port: Number(port) } };
  },
  equal: structEqual,
  format: (master) => (master === null ? '' : `${master.host} ${master.port}`),
  rewrite: (master) => (master === null ? [] : [{ line: `replicaof ${master.host} ${master.port}`, force: true }]),
};

/** C's `%f` without its trailing zeros. */
function formatPercentile(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const HEXADECIMAL = /^[+-]?0x[0-9a-f]+$/i;

/** C's strtod() over the whole text, without hexadecimal fractions; null for anything else and for NaN. */
function parseDouble(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text);
  const sign = text.startsWith('-') ? -1 : 1;
  const magnitude = text.replace(/^[+-]/, '').toLowerCase();
  if (HEXADECIMAL.test(text)) return sign * Number(magnitude);
  return magnitude === 'inf' || magnitude === 'infinity' ? sign * Number.POSITIVE_INFINITY : null;
}

/** `latency-tracking-info-percentiles`: percentiles that INFO latencystats shows. */
export const latencyTrackingInfoPercentiles: Directive<readonly number[]> = {
  name: 'latency-tracking-info-percentiles',
  alias: null,
  flags: MULTI_ARG,
  kind: 'special',
  initial: () => [50, 99, 99.9],
  parse(args): Parsed<readonly number[]> {
    if (args.length === 1 && args[0] === '') return { value: [] };
    const percentiles: number[] = [];
    for (const arg of args) {
      const percentile = parseDouble(arg);
      if (percentile === null) return { error: 'Invalid latency-tracking-info-percentiles parameters' };
      if (percentile > 100 || percentile < 0) {
        return { error: 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]' };
      }
      percentiles.push(percentile);
    }
    return { value: percentiles };
  },
  equal: structEqual,
  format: (percentiles) => percentiles.map(formatPercentile).join(' '),
  rewrite(percentiles) {
    const values = percentiles.length === 0 ? '""' : this.format(percentiles);
    return [{ line: `latency-tracking-info-percentiles ${values}`, force: true }];
  },
};
