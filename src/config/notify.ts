/** The classes of keyspace events and the directive that switches them on. */
import type { Directive, Parsed } from './directive.ts';
import { quoteArg } from './text.ts';

/** Bits of `notify-keyspace-events`, with Redis's values (modules see them in RM_NotifyKeyspaceEvent). */
export const NOTIFY_KEYSPACE = 1 << 0;
export const NOTIFY_KEYEVENT = 1 << 1;
export const NOTIFY_GENERIC = 1 << 2;
export const NOTIFY_STRING = 1 << 3;
export const NOTIFY_LIST = 1 << 4;
export const NOTIFY_SET = 1 << 5;
export const NOTIFY_HASH = 1 << 6;
export const NOTIFY_ZSET = 1 << 7;
export const NOTIFY_EXPIRED = 1 << 8;
export const NOTIFY_EVICTED = 1 << 9;
export const NOTIFY_STREAM = 1 << 10;
export const NOTIFY_KEY_MISS = 1 << 11;
/** Only between the server and modules; never published. */
export const NOTIFY_LOADED = 1 << 12;
export const NOTIFY_MODULE = 1 << 13;
export const NOTIFY_NEW = 1 << 14;
/** The classes that the letter A stands for. */
export const NOTIFY_ALL =
  NOTIFY_GENERIC |
  NOTIFY_STRING |
  NOTIFY_LIST |
  NOTIFY_SET |
  NOTIFY_HASH |
  NOTIFY_ZSET |
  NOTIFY_EXPIRED |
  NOTIFY_EVICTED |
  NOTIFY_STREAM |
  NOTIFY_MODULE;

/** Letters in the order in which they are printed when the set is not all of A's classes. */
const CLASS_LETTERS: readonly (readonly [string, number])[] = [
  ['g', NOTIFY_GENERIC],
  ['$', NOTIFY_STRING],
  ['l', NOTIFY_LIST],
  ['s', NOTIFY_SET],
  ['h', NOTIFY_HASH],
  ['z', NOTIFY_ZSET],
  ['x', NOTIFY_EXPIRED],
  ['e', NOTIFY_EVICTED],
  ['t', NOTIFY_STREAM],
  ['d', NOTIFY_MODULE],
  ['n', NOTIFY_NEW],
];
const OTHER_LETTERS: readonly (readonly [string, number])[] = [
  ['K', NOTIFY_KEYSPACE],
  ['E', NOTIFY_KEYEVENT],
  ['m', NOTIFY_KEY_MISS],
];
const LETTERS = new Map([...CLASS_LETTERS, ...OTHER_LETTERS, ['A', NOTIFY_ALL] as const]);

/** Letters of a set of event classes as CONFIG GET prints them: behind `A` Redis never shows the `n`. */
export function notifyFlagsToText(flags: number): string {
  let text = (flags & NOTIFY_ALL) === NOTIFY_ALL ? 'A' : '';
  if (text === '') for (const [letter, bit] of CLASS_LETTERS) if (flags & bit) text += letter;
  for (const [letter, bit] of OTHER_LETTERS) if (flags & bit) text += letter;
  return text;
}

/** `notify-keyspace-events`: a word of letters; the value is a set of NOTIFY bits. */
export const notifyKeyspaceEvents: Directive<number> = {
  name: 'notify-keyspace-events',
  alias: null,
  flags: 0,
  kind: 'special',
  initial: () => 0,
  parse(args): Parsed<number> {
    if (args.length !== 1) return { error: 'wrong number of arguments' };
    let flags = 0;
    for (const letter of args[0]!) {
      const bits = LETTERS.get(letter);
      if (bits === undefined) return { error: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." };
      flags |= bits;
    }
    return { value: flags };
  },
  equal: (left, right) => left === right,
  format: notifyFlagsToText,
  rewrite(flags) {
    const text = notifyFlagsToText(flags);
    // The file must bring back all of the value, so the `n` that CONFIG GET hides is written here.
    const hidden = (flags & NOTIFY_NEW) !== 0 && !text.includes('n') ? 'n' : '';
    return [{ line: `notify-keyspace-events ${quoteArg(text + hidden)}`, force: flags !== 0 }];
  },
};
