/**
 * Where a command's keys are, as access control needs it for every command of a restricted user: ranges of arguments
 * that are walked without allocating anything. What ranges cannot say is left to the command's own finder.
 */
import type { KeySpec, KeySpecFlag } from '../commands/spec.ts';

// What a pattern permits and what a command does to a key; bits.
export const KEY_READ = 1;
export const KEY_WRITE = 2;

export interface PlannedKeys {
  readonly first: number;
  /** Relative to `first`; negative: counted from the end of the line. */
  readonly lastKey: number;
  readonly step: number;
  /** With a negative `lastKey`: only so large a part of the arguments (2: half) are keys; 0: all. */
  readonly limit: number;
  /** KEY_ bits. */
  readonly permissions: number;
}

/** Ranges, none for a command without keys; null: the command's finder has to be asked. */
export type KeyPlan = readonly PlannedKeys[] | null;

/** The KEY_ bits of a key specification's flags. */
export function permissionsOf(flags: readonly KeySpecFlag[]): number {
  let bits = 0;
  for (const flag of flags) {
    if (flag === 'access') bits |= KEY_READ;
    else if (flag === 'insert' || flag === 'update' || flag === 'delete') bits |= KEY_WRITE;
  }
  return bits;
}

/** @param finds the command finds keys itself where specifications cannot. */
export function planKeys(specs: readonly KeySpec[], finds: boolean): KeyPlan {
  const elsewhere = finds ? null : [];
  if (specs.some(({ flags }) => flags.includes('variable_flags'))) return elsewhere;
  const ranges: PlannedKeys[] = [];
  for (const { flags, begin, find } of specs) {
    if (flags.includes('not_key')) continue;
    if (flags.includes('incomplete') || begin === 'unknown' || !('index' in begin)) return null;
    if (find === 'unknown' || !('lastKey' in find)) return null;
    const { lastKey, step, limit } = find;
    ranges.push({ first: begin.index, lastKey, step, limit, permissions: permissionsOf(flags) });
  }
  return ranges.length === 0 ? elsewhere : ranges;
}

/** The last argument of a range in a line of `argc` arguments; -1 when the line has no room for the range. */
export function lastOf({ first, lastKey, limit }: PlannedKeys, argc: number): number {
  let last = first + lastKey;
  if (lastKey < 0) last = limit === 0 ? argc + lastKey : first + Math.trunc((argc - first) / limit) + lastKey;
  return last >= argc || last < first ? -1 : last;
}
