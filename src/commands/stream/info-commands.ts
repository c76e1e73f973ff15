/** XINFO. */
import { TreeCursor, treeCount } from '../../store/id-tree.ts';
import { wordOf } from '../../store/id-tree-node.ts';
import { treeSize } from '../../store/id-tree-whole.ts';
import {
  S_ENTRIES_ADDED,
  S_FIRST_ID,
  S_GROUPS,
  S_LAST_ID,
  S_MAX_DELETED_ID,
  streamLength,
  wordsAt,
} from '../../store/stream.ts';
import {
  C_ACTIVE,
  C_SEEN,
  ENTRIES_READ_UNKNOWN,
  G_CONSUMERS,
  G_ENTRIES_READ,
  G_LAST_ID,
  memberAt,
  memberCount,
  P_CONSUMER,
  P_DELIVERED,
  P_DELIVERIES,
} from '../../store/stream-group.ts';
import { counterOf, exactCounterOf, replyId } from '../../store/stream-id.ts';
import type { CommandClient } from '../command-client.ts';
import { NO_SUCH_KEY } from '../errors.ts';
import { replyHelp, replySubcommandSyntax } from '../help.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandProc, type CommandSpec, keyRange } from '../spec.ts';
import { groupArg, noGroupOfKey, pending, replyLag, replyName } from './group-value.ts';
import { iterator, readStream, replyEntries } from './stream-value.ts';

const HELP = [
  'CONSUMERS <key> <groupname>',
  '    Show consumers of <groupname>.',
  'GROUPS <key>',
  '    Show the stream consumer groups.',
  'STREAM <key> [FULL [COUNT <count>]',
  '    Show information about the stream.',
];

/** Entries and pending entries that FULL shows unless told otherwise. */
const DEFAULT_COUNT = 10;

const place = new TreeCursor();

/** The root of the stream in argument 2; 0 after an error reply. */
function rootOrReply(c: CommandClient): number {
  const e = readStream(c, 2);
  if (e === 0) c.out.error(NO_SUCH_KEY);
  return e > 0 ? c.db.root(e) : 0;
}

function consumers(c: CommandClient): void {
  const { db, out } = c;
  const { arena } = db;
  const root = rootOrReply(c);
  if (root === 0) return;
  const group = groupArg(c, root, 3);
  if (group === 0) return noGroupOfKey(c, 2, 3);
  const { nowMs } = c.server;
  const count = memberCount(arena, group, G_CONSUMERS);
  out.array(count);
  for (let i = 0; i < count; i++) {
    const consumer = memberAt(arena, group, G_CONSUMERS, i);
    const words = wordsAt(arena, consumer);
    const activeMs = counterOf(words, wordOf(consumer) + C_ACTIVE);
    out.map(4);
    out.bulkText('name');
    replyName(c, consumer);
    out.bulkText('pending');
    out.integer(treeCount(arena, consumer));
    out.bulkText('idle');
    out.integer(Math.max(nowMs - counterOf(words, wordOf(consumer) + C_SEEN), 0));
    out.bulkText('inactive');
    out.integer(activeMs === -1 ? -1 : nowMs - activeMs);
  }
}

function groups(c: CommandClient): void {
  const { db, out } = c;
  const { arena } = db;
  const root = rootOrReply(c);
  if (root === 0) return;
  const count = memberCount(arena, root, S_GROUPS);
  out.array(count);
  for (let i = 0; i < count; i++) {
    const group = memberAt(arena, root, S_GROUPS, i);
    out.map(6);
    out.bulkText('name');
    replyName(c, group);
    out.bulkText('consumers');
    out.integer(memberCount(arena, group, G_CONSUMERS));
    out.bulkText('pending');
    out.integer(treeCount(arena, group));
    replyProgress(c, root, group);
  }
}

/** The fields of a group that say how far it is. */
function replyProgress(c: CommandClient, root: number, group: number): void {
  const { out } = c;
  const words = wordsAt(c.db.arena, group);
  const g = wordOf(group);
  out.bulkText('last-delivered-id');
  replyId(out, words, g + G_LAST_ID);
  out.bulkText('entries-read');
  if (counterOf(words, g + G_ENTRIES_READ) === ENTRIES_READ_UNKNOWN) out.nullBulk();
  else out.integer(exactCounterOf(words, g + G_ENTRIES_READ));
  out.bulkText('lag');
  replyLag(c, root, group);
}

function stream(c: CommandClient): void {
  const { args, out } = c;
  const root = rootOrReply(c);
  if (root === 0) return;
  const full = args.argc > 3;
  let count = DEFAULT_COUNT;
  if (full && (!args.is(3, 'full') || (args.argc !== 4 && args.argc !== 6))) return replySubcommandSyntax(c);
  if (args.argc === 6) {
    if (!args.is(4, 'count')) return replySubcommandSyntax(c);
    count = integerOrReply(c, 5);
    if (Number.isNaN(count)) return;
    if (count < 0) count = DEFAULT_COUNT;
  }
  out.map(full ? 9 : 10);
  replyFacts(c, root);
  if (full) replyContents(c, root, count);
  else replyEdges(c, root);
}

/** What is told of a stream in any case. */
function replyFacts(c: CommandClient, root: number): void {
  const { db, out } = c;
  const { arena } = db;
  const words = wordsAt(arena, root);
  const r = wordOf(root);
  out.bulkText('length');
  out.integer(streamLength(arena, root));
  out.bulkText('radix-tree-keys');
  out.integer(treeCount(arena, root));
  // Our tree has nodes of another kind; of an empty stream Redis counts one, too.
  out.bulkText('radix-tree-nodes');
  out.integer(treeSize(arena, root).nodes + 1);
  out.bulkText('last-generated-id');
  replyId(out, words, r + S_LAST_ID);
  out.bulkText('max-deleted-entry-id');
  replyId(out, words, r + S_MAX_DELETED_ID);
  out.bulkText('entries-added');
  out.integer(exactCounterOf(words, r + S_ENTRIES_ADDED));
  out.bulkText('recorded-first-entry-id');
  replyId(out, words, r + S_FIRST_ID);
}

function replyEdges(c: CommandClient, root: number): void {
  const { db, out } = c;
  const { arena } = db;
  out.bulkText('groups');
  out.integer(memberCount(arena, root, S_GROUPS));
  for (const reverse of [false, true]) {
    out.bulkText(reverse ? 'last-entry' : 'first-entry');
    iterator.all(arena, root, reverse);
    if (iterator.next(arena)) iterator.reply(out, arena);
    else out.nullBulk();
  }
}

/** Entries and groups, up to `count` of what is in each list (0: all). */
function replyContents(c: CommandClient, root: number, count: number): void {
  const { db, out } = c;
  const { arena } = db;
  out.bulkText('entries');
  iterator.all(arena, root, false);
  replyEntries(c, count);
  out.bulkText('groups');
  const n = memberCount(arena, root, S_GROUPS);
  out.array(n);
  for (let i = 0; i < n; i++) {
    const group = memberAt(arena, root, S_GROUPS, i);
    out.map(7);
    out.bulkText('name');
    replyName(c, group);
    replyProgress(c, root, group);
    replyPending(c, group, group, count);
    const size = memberCount(arena, group, G_CONSUMERS);
    out.bulkText('consumers');
    out.array(size);
    for (let k = 0; k < size; k++) replyConsumer(c, group, memberAt(arena, group, G_CONSUMERS, k), count);
  }
}

function replyConsumer(c: CommandClient, group: number, consumer: number, count: number): void {
  const { out } = c;
  const words = wordsAt(c.db.arena, consumer);
  out.map(5);
  out.bulkText('name');
  replyName(c, consumer);
  out.bulkText('seen-time');
  out.integer(counterOf(words, wordOf(consumer) + C_SEEN));
  out.bulkText('active-time');
  out.integer(counterOf(words, wordOf(consumer) + C_ACTIVE));
  replyPending(c, group, consumer, count);
}

/** What is pending for a group (`tree` is the group), or for one of its consumers. */
function replyPending(c: CommandClient, group: number, tree: number, count: number): void {
  const { db, out } = c;
  const { arena } = db;
  const size = treeCount(arena, tree);
  out.bulkText('pel-count');
  out.integer(size);
  out.bulkText('pending');
  const shown = count === 0 ? size : Math.min(count, size);
  out.array(shown);
  place.first(arena, tree);
  for (let i = 0; i < shown; i++, place.next()) {
    pending.find(arena, group, place.words, place.w);
    const { words, w } = pending;
    out.array(tree === group ? 4 : 3);
    replyId(out, words, w);
    if (tree === group) replyName(c, words[w + P_CONSUMER]!);
    out.integer(counterOf(words, w + P_DELIVERED));
    out.integer(exactCounterOf(words, w + P_DELIVERIES));
  }
}

function subcommand(name: string, arity: number, tips: readonly string[], proc: CommandProc): CommandSpec {
  return {
    name,
    arity,
    flags: ['readonly'],
    categories: ['stream'],
    keySpecs: [keyRange(['RO', 'access'], 2)],
    tips,
    proc,
  };
}

export const infoCommands: readonly CommandSpec[] = [
  {
    name: 'xinfo',
    arity: -2,
    flags: [],
    subcommands: [
      subcommand('consumers', 4, ['nondeterministic_output'], consumers),
      subcommand('groups', 3, [], groups),
      subcommand('stream', -3, [], stream),
      {
        name: 'help',
        arity: 2,
        flags: ['loading', 'stale'],
        categories: ['stream'],
        proc: (c) => replyHelp(c, 'XINFO', HELP),
      },
    ],
  },
];
