/**
 * Which arguments of a command line are keys: from the command's key specifications, and from its `getKeys` where these
 * cannot say. For COMMAND GETKEYS, access control and modules; not on the path of ordinary commands.
 */
import type { Args } from '../protocol/args.ts';
import type { CommandEntry } from './registry.ts';
import type { CommandSpec, KeyReference, KeySpec } from './spec.ts';

/** First, last and step of the keys as COMMAND INFO reported them before there were key specifications. */
export interface LegacyRange {
  first: number;
  /** Negative: counted from the end. */
  last: number;
  step: number;
  /** The three numbers do not tell all of the keys. */
  movableKeys: boolean;
}

/** The old three numbers, derived from the key specifications by Redis's rules; all 0 where there is no fixed range. */
export function legacyRange(spec: CommandSpec): LegacyRange {
  const specs = spec.keySpecs ?? [];
  const none: LegacyRange = { first: 0, last: 0, step: 0, movableKeys: spec.flags.includes('movablekeys') };
  if (specs.length === 0) return none;
  const only = specs.length === 1 ? fixedRange(specs[0]!) : null;
  if (only !== null) {
    const last = only.lastKey >= 0 ? only.first + only.lastKey : only.lastKey;
    const movableKeys = none.movableKeys || specs[0]!.flags.includes('incomplete');
    return { first: only.first, last, step: only.step, movableKeys };
  }
  let { movableKeys } = none;
  let first = 0;
  let last = 0;
  for (const each of specs) {
    const range = fixedRange(each);
    // Only ranges without gaps, each right behind the one before, make one range.
    if (range === null || range.step !== 1 || (last !== 0 && last !== range.first - 1)) {
      movableKeys = true;
      continue;
    }
    if (each.flags.includes('incomplete')) movableKeys = true;
    if (first === 0 || range.first < first) first = range.first;
    const end = range.lastKey >= 0 ? range.first + range.lastKey : range.lastKey;
    // A count from the end is behind every position from the start.
    last = last < 0 || end < 0 ? Math.max(last < 0 ? last : end, end < 0 ? end : last) : Math.max(last, end);
  }
  return first === 0 ? { ...none, movableKeys: true } : { first, last, step: 1, movableKeys };
}

function fixedRange(spec: KeySpec): { first: number; lastKey: number; step: number } | null {
  const { begin, find } = spec;
  if (begin === 'unknown' || !('index' in begin) || find === 'unknown' || !('lastKey' in find)) return null;
  return { first: begin.index, lastKey: find.lastKey, step: find.step };
}

/** Whether the command has arguments that are keys. */
export function hasKeys(entry: CommandEntry): boolean {
  return entry.spec.getKeys !== undefined || (entry.spec.keySpecs ?? []).some(isRealKey);
}

function isRealKey(spec: KeySpec): boolean {
  return !spec.flags.includes('not_key');
}

/**
 * The keys of a command line whose command is `entry`, in the order of the specifications; indexes count from the
 * command's name. Empty when there are none or the arguments make no sense. `withChannels` also gives arguments that
 * specifications mark as not being keys (shard channels, for cluster routing).
 */
export function commandKeys(entry: CommandEntry, args: Args, withChannels = false): KeyReference[] {
  const { keySpecs = [], getKeys } = entry.spec;
  const reliable = !keySpecs.some((spec) => spec.flags.includes('variable_flags'));
  if (reliable && (withChannels || keySpecs.some(isRealKey))) {
    const keys = keysOfSpecs(keySpecs, args, withChannels);
    if (keys !== null) return keys;
  }
  return getKeys?.(args) ?? [];
}

/** The keys that the specifications find; null when one of them does not fit the arguments or is known to miss keys. */
export function keysOfSpecs(specs: readonly KeySpec[], args: Args, withChannels: boolean): KeyReference[] | null {
  const keys: KeyReference[] = [];
  for (const spec of specs) {
    if (!withChannels && !isRealKey(spec)) continue;
    const start = beginOf(spec, args);
    if (start === 0) continue;
    const range = start < 0 ? null : rangeOf(spec, start, args);
    if (range === null) return null;
    const { first, last, step } = range;
    if (last >= args.argc || last < first || first >= args.argc) return null;
    for (let index = first; index <= last; index += step) keys.push({ index, flags: spec.flags });
    if (spec.flags.includes('incomplete')) return null;
  }
  return keys;
}

/** Index where the specification's search begins; 0 when its keyword is absent, -1 when it cannot be known. */
function beginOf({ begin }: KeySpec, args: Args): number {
  if (begin === 'unknown') return -1;
  if ('index' in begin) return begin.index;
  const { argc } = args;
  const keyword = begin.keyword.toLowerCase();
  const forward = begin.startFrom > 0;
  const from = forward ? begin.startFrom : argc + begin.startFrom;
  const end = forward ? argc - 1 : 1;
  const step = from <= end ? 1 : -1;
  for (let i = from; i !== end && i < argc && i >= 1; i += step) if (args.is(i, keyword)) return i + 1;
  return 0;
}

function rangeOf({ find }: KeySpec, start: number, args: Args): { first: number; last: number; step: number } | null {
  if (find === 'unknown') return null;
  const { argc } = args;
  if ('lastKey' in find) {
    const { lastKey, limit, step } = find;
    if (lastKey >= 0) return { first: start, last: start + lastKey, step };
    if (limit === 0) return { first: start, last: argc + lastKey, step };
    return { first: start, last: start + Math.trunc((argc - start) / limit) + lastKey, step };
  }
  const countIndex = start + find.keyNumIndex;
  if (countIndex >= argc) return null;
  const text = args.latin1(countIndex);
  if (!/^(0|[1-9]\d{0,9})$/.test(text)) return null;
  const first = start + find.firstKey;
  return { first, last: first + Number(text) - 1, step: find.step };
}
