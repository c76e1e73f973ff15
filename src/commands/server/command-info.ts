/** COMMAND INFO's description of a command. */

import { ACL_CATEGORIES } from '../../acl/categories.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import { legacyRange } from '../key-references.ts';
import type { CommandEntry } from '../registry.ts';
import type { CommandFlag, KeySpec, KeySpecFlag } from '../spec.ts';

/** Flags in the order of the reply; `may_replicate`, `sentinel`, `only_sentinel` and `protected` are not shown. */
const SHOWN_FLAGS: readonly CommandFlag[] = [
  'write',
  'readonly',
  'denyoom',
  'module',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
];

const KEY_FLAG_ORDER: readonly KeySpecFlag[] = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
];

/** The ten elements that describe a command, its subcommands nested in the last. */
export function replyCommandInfo(out: ReplyWriter, entry: CommandEntry): void {
  const { spec } = entry;
  const range = legacyRange(spec);
  // A module whose commands find their keys themselves always has movable ones.
  const movable = range.movableKeys || (entry.module !== null && spec.getKeys !== undefined);
  const flags = SHOWN_FLAGS.filter((flag) => (flag === 'movablekeys' ? movable : spec.flags.includes(flag)));
  out.array(10);
  out.bulkText(entry.fullName);
  out.integer(entry.arity);
  replyWords(out, flags);
  out.integer(range.first);
  out.integer(range.last);
  out.integer(range.step);
  replyWords(
    out,
    orderedCategories(entry).map((category) => `@${category}`),
  );
  const tips = spec.tips ?? [];
  out.set(tips.length);
  for (const tip of tips) out.bulkText(tip);
  const keySpecs = spec.keySpecs ?? [];
  out.set(keySpecs.length);
  for (const keySpec of keySpecs) replyKeySpec(out, keySpec);
  if (entry.subcommands === null) return out.set(0);
  out.array(entry.subcommands.size);
  for (const sub of entry.subcommands.values()) replyCommandInfo(out, sub);
}

/** The known categories in their order; those of modules follow in the order of their registration. */
function orderedCategories(entry: CommandEntry): string[] {
  const known = ACL_CATEGORIES.filter((category) => entry.categories.includes(category));
  return [...known, ...entry.categories.filter((category) => !ACL_CATEGORIES.includes(category))];
}

/** Flags as a set of simple strings. */
function replyWords(out: ReplyWriter, words: readonly string[]): void {
  out.set(words.length);
  for (const word of words) out.simple(word);
}

/** The flags of a key specification or of a found key. */
export function replyKeyFlags(out: ReplyWriter, flags: readonly KeySpecFlag[]): void {
  replyWords(
    out,
    KEY_FLAG_ORDER.filter((flag) => flags.includes(flag)),
  );
}

function replyKeySpec(out: ReplyWriter, { notes, flags, begin, find }: KeySpec): void {
  out.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    out.bulkText('notes');
    out.bulkText(notes);
  }
  out.bulkText('flags');
  replyKeyFlags(out, flags);
  out.bulkText('begin_search');
  if (begin === 'unknown') replyStep(out, 'unknown', {});
  else if ('index' in begin) replyStep(out, 'index', { index: begin.index });
  else replyStep(out, 'keyword', { keyword: begin.keyword, startfrom: begin.startFrom });
  out.bulkText('find_keys');
  if (find === 'unknown') replyStep(out, 'unknown', {});
  else if ('lastKey' in find) {
    replyStep(out, 'range', { lastkey: find.lastKey, keystep: find.step, limit: find.limit });
  } else {
    replyStep(out, 'keynum', { keynumidx: find.keyNumIndex, firstkey: find.firstKey, keystep: find.step });
  }
}

/** One of the two steps of a specification: its type and the numbers that go with it. */
function replyStep(out: ReplyWriter, type: string, fields: Readonly<Record<string, number | string>>): void {
  out.map(2);
  out.bulkText('type');
  out.bulkText(type);
  out.bulkText('spec');
  const entries = Object.entries(fields);
  out.map(entries.length);
  for (const [name, value] of entries) {
    out.bulkText(name);
    if (typeof value === 'number') out.integer(value);
    else out.bulkText(value);
  }
}
