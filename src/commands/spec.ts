/**
 * The contract between commands and the server that runs them.
 *
 * A command is one row: its name, arity, flags, ACL categories, key specifications, tips, and the procedure that runs
 * it. Rows live beside their procedures, one file per small family of commands, and are collected in `command-table.ts`.
 */
import type { Args } from '../protocol/args.ts';
import type { CommandClient } from './command-client.ts';

/** Flags as COMMAND INFO spells them. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'module'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'sentinel'
  | 'only_sentinel'
  | 'no_mandatory_keys'
  | 'protected'
  | 'no_async_loading'
  | 'no_multi'
  | 'movablekeys'
  | 'allow_busy';

/** Key specification flags as COMMAND INFO spells them. */
export type KeySpecFlag =
  | 'RW'
  | 'RO'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  | 'variable_flags';

/** Where a command's keys are; see https://redis.io/docs/latest/develop/reference/key-specs/ */
export interface KeySpec {
  flags: readonly KeySpecFlag[];
  notes?: string;
  begin: { index: number } | { keyword: string; startFrom: number } | 'unknown';
  find:
    | { lastKey: number; step: number; limit: number }
    | { keyNumIndex: number; firstKey: number; step: number }
    | 'unknown';
}

/** Key positions found in one command line: argument indexes with the flags of the spec that found each. */
export interface KeyReference {
  index: number;
  flags: readonly KeySpecFlag[];
}

/** Channels found in one command line: argument indexes with what the command does to each. */
export interface ChannelReference {
  index: number;
  flags: readonly ('pattern' | 'publish' | 'subscribe' | 'unsubscribe')[];
}

/** Runs a command: reads `c.args`, works on `c.db`, writes exactly one reply to `c.out` (unless it blocks). */
export type CommandProc = (c: CommandClient) => void;

/** One row of the command table. */
export interface CommandSpec {
  /** Lower case; of a subcommand only its own part (`get` of `config|get`). */
  name: string;
  /** Number of arguments including the name (and the container's name); negative: at least so many. */
  arity: number;
  flags: readonly CommandFlag[];
  /** ACL categories without the `@` and beyond those that follow from the flags. */
  categories?: readonly string[];
  keySpecs?: readonly KeySpec[];
  tips?: readonly string[];
  subcommands?: readonly CommandSpec[];
  /** Finds the keys where the specifications cannot; null when the arguments make no sense. */
  getKeys?: (args: Args) => KeyReference[] | null;
  /** Finds the channels, for access control. */
  getChannels?: (args: Args) => readonly ChannelReference[];
  /** Argument that names an element of the first key's value: it can be loaded ahead of the command. */
  elementArg?: number;
  /** Absent for containers whose work is in the subcommands. */
  proc?: CommandProc;
}

/** Shorthand for the most frequent key specification: keys at fixed positions. */
export function keyRange(flags: readonly KeySpecFlag[], first = 1, lastKey = 0, step = 1, limit = 0): KeySpec {
  return { flags, begin: { index: first }, find: { lastKey, step, limit } };
}
