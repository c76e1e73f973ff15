/**
 * What access control sees of the server's commands: names, categories, where keys and channels are; never procedures.
 * The command registry is such a table, its entries are such commands.
 */
import type { Args } from '../protocol/args.ts';
import type { KeyPlan } from './key-plan.ts';

export interface AclCommand {
  /** Small whole number, the same for a command of this name as long as the process lives. */
  readonly id: number;
  /** `get`, `config|get`, whatever the command was renamed to. */
  readonly fullName: string;
  readonly parent: AclCommand | null;
  readonly subcommands: ReadonlyMap<string, AclCommand> | null;
  /** Without the `@`. */
  readonly categories: readonly string[];
  /** Whoever is not authenticated may run it; so may everybody else. */
  readonly needsNoAuth: boolean;
  readonly keyPlan: KeyPlan;
  /** Whether it publishes to channels or subscribes to them. */
  readonly usesChannels: boolean;
}

/** An argument that is a key, with what the command does to it. */
export interface FoundKey {
  readonly index: number;
  /** KEY_ bits. */
  readonly permissions: number;
}

/** An argument that is a channel, or a pattern of channels. */
export interface FoundChannel {
  readonly index: number;
  readonly flags: readonly ('pattern' | 'publish' | 'subscribe' | 'unsubscribe')[];
}

export interface AclCommandTable {
  /** Another number whenever commands or their categories have changed. */
  readonly version: number;
  /** Commands by the names they were born with, those that `rename-command` took away included. */
  readonly originals: ReadonlyMap<string, AclCommand>;
  hasCategory(name: string): boolean;
  /** The keys of a command line that the command's plan cannot find. */
  keysOf(command: AclCommand, args: Args): readonly FoundKey[];
  channelsOf(command: AclCommand, args: Args): readonly FoundChannel[];
}

/**
 * A command by `name` or `container|subcommand`, in lower case; undefined when there is none, and for `name|word` of a
 * command that has no subcommands.
 */
export function lookUp(table: AclCommandTable, name: string): AclCommand | undefined {
  const [first = '', second, more] = name.split('|');
  if (more !== undefined) return undefined;
  const command = table.originals.get(first);
  return second === undefined ? command : command?.subcommands?.get(second);
}
