/**
 * One set of permissions: commands, keys and channels that may be used together. A user has a root selector and any
 * number of others; a command is allowed when one of them allows all of it.
 */
import { asciiLower, quoteArg, splitArgs } from '../config/text.ts';
import type { Args } from '../protocol/args.ts';
import { CommandRules } from './command-rules.ts';
import type { AclCommand, AclCommandTable, FoundChannel } from './command-view.ts';
import { KEY_READ, KEY_WRITE, lastOf } from './key-plan.ts';
import { hasSpaces, untilNul } from './names.ts';
import { KeyPattern, Pattern } from './patterns.ts';
import type { RuleError } from './rule-errors.ts';

// What is denied. Of the answers of several selectors the highest counts.
export const ALLOWED = 0;
export const DENIED_COMMAND = 1;
export const DENIED_KEY = 2;
export const DENIED_CHANNEL = 3;
export type Denial = 0 | 1 | 2 | 3;

/** Argument that the last check was denied for; 0: the command itself. */
export const denied: { index: number } = { index: 0 };

/** What a selector may do, as ACL GETUSER shows it; byte strings. */
export interface SelectorTexts {
  readonly commands: string;
  readonly keys: string;
  readonly channels: string;
}

export class Selector {
  private readonly table: AclCommandTable;
  private readonly commands: CommandRules = new CommandRules();
  private allCommands = false;
  private allKeys = false;
  allChannels: boolean;
  private keys: KeyPattern[] = [];
  private channels: Pattern[] = [];

  /** @param allChannels as `acl-pubsub-default` says */
  constructor(table: AclCommandTable, allChannels: boolean) {
    this.table = table;
    this.allChannels = allChannels;
  }

  /** Whether nothing is forbidden. */
  get unrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  /** The patterns of channels. */
  get channelPatterns(): readonly Pattern[] {
    return this.channels;
  }

  copy(): Selector {
    const copy = new Selector(this.table, this.allChannels);
    copy.commands.copyFrom(this.commands);
    copy.allCommands = this.allCommands;
    copy.allKeys = this.allKeys;
    copy.keys = this.keys.map(({ text, permissions }) => new KeyPattern(text, permissions));
    copy.channels = [...this.channels];
    return copy;
  }

  /** Takes one rule, a byte string. Returns what is wrong with it, or null. */
  apply(rule: string): RuleError | null {
    switch (asciiLower(untilNul(rule))) {
      case 'allkeys':
      case '~*':
        return this.setKeys(true);
      case 'resetkeys':
        return this.setKeys(false);
      case 'allchannels':
      case '&*':
        return this.setChannels(true);
      case 'resetchannels':
        return this.setChannels(false);
      case 'allcommands':
      case '+@all':
        return this.setCommands(true);
      case 'nocommands':
      case '-@all':
        return this.setCommands(false);
    }
    if (rule.startsWith('~') || rule.startsWith('%')) return this.addKeys(rule);
    if (rule.startsWith('&')) return this.addChannel(rule.slice(1));
    if (!rule.startsWith('+') && !rule.startsWith('-')) return 'syntax';
    const error = this.commands.apply(untilNul(rule), this.table);
    this.allCommands = this.commands.allowsAll;
    return error;
  }

  /** Takes the rules of a text in parentheses. */
  applyAll(text: string): RuleError | null {
    for (const rule of splitArgs(untilNul(text.slice(1, -1))) ?? []) {
      const error = this.apply(rule);
      if (error !== null) return error;
    }
    return null;
  }

  private setKeys(all: boolean): null {
    this.allKeys = all;
    this.keys = [];
    return null;
  }

  private setChannels(all: boolean): null {
    this.allChannels = all;
    this.channels = [];
    return null;
  }

  private setCommands(all: boolean): null {
    this.commands.reset(all);
    this.allCommands = all;
    return null;
  }

  /** `~pattern`, `%R~pattern`, `%W~pattern`, `%RW~pattern`. */
  private addKeys(rule: string): RuleError | null {
    if (this.allKeys) return 'behind all keys';
    let permissions = KEY_READ | KEY_WRITE;
    let text = rule.slice(1);
    if (rule.startsWith('%')) {
      // What ends behind its letters means keys of no length.
      const letters = /^%(r|w|rw|wr)(~|$)/i.exec(rule);
      if (letters === null) return 'syntax';
      const given = letters[1]!.toLowerCase();
      permissions = (given.includes('r') ? KEY_READ : 0) | (given.includes('w') ? KEY_WRITE : 0);
      text = rule.slice(letters[0].length);
    }
    if (hasSpaces(text)) return 'syntax';
    const known = this.keys.find((key) => key.text === text);
    if (known === undefined) this.keys.push(new KeyPattern(text, permissions));
    else known.permissions |= permissions;
    return null;
  }

  private addChannel(text: string): RuleError | null {
    if (this.allChannels) return 'behind all channels';
    if (hasSpaces(text)) return 'syntax';
    if (!this.channels.some((channel) => channel.text === text)) this.channels.push(new Pattern(text));
    return null;
  }

  /** Whether a command line whose arity is right is allowed; if not, `denied.index` tells the argument. */
  check(command: AclCommand, args: Args): Denial {
    if (!this.allCommands && !command.needsNoAuth && !this.allowsCommand(command, args)) {
      denied.index = 0;
      return DENIED_COMMAND;
    }
    if (!this.allKeys && !this.allowsKeysOf(command, args)) return DENIED_KEY;
    if (!this.allChannels && command.usesChannels && !this.allowsChannelsOf(command, args)) return DENIED_CHANNEL;
    return ALLOWED;
  }

  private allowsCommand(command: AclCommand, args: Args): boolean {
    if (this.commands.allows(command.id, this.table)) return true;
    return args.argc > 1 && this.commands.hasWords(command.id) && this.commands.allowsWith(command.id, args.latin1(1));
  }

  private allowsKeysOf(command: AclCommand, args: Args): boolean {
    const { keyPlan } = command;
    if (keyPlan === null) return this.allowsFoundKeys(command, args);
    for (let k = 0; k < keyPlan.length; k++) {
      const range = keyPlan[k]!;
      const last = lastOf(range, args.argc);
      if (last < 0) return this.allowsFoundKeys(command, args);
      for (let i = range.first; i <= last; i += range.step) {
        if (this.allowsKey(args.buf, args.off[i]!, args.len[i]!, range.permissions)) continue;
        denied.index = i;
        return false;
      }
    }
    return true;
  }

  private allowsFoundKeys(command: AclCommand, args: Args): boolean {
    for (const { index, permissions } of this.table.keysOf(command, args)) {
      if (this.allowsKey(args.buf, args.off[index]!, args.len[index]!, permissions)) continue;
      denied.index = index;
      return false;
    }
    return true;
  }

  private allowsChannelsOf(command: AclCommand, args: Args): boolean {
    for (const channel of this.table.channelsOf(command, args)) {
      if (this.allowsFoundChannel(channel, args)) continue;
      denied.index = channel.index;
      return false;
    }
    return true;
  }

  private allowsFoundChannel({ index, flags }: FoundChannel, args: Args): boolean {
    // Whoever may not listen any more may still stop listening.
    if (!flags.includes('publish') && !flags.includes('subscribe')) return true;
    return this.allowsChannel(args.borrowed(index), flags.includes('pattern'));
  }

  /** @param permissions KEY_ bits that are all needed; 0: the key is only named */
  allowsKey(buf: Uint8Array, off: number, len: number, permissions: number): boolean {
    if (this.allKeys) return true;
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i]!;
      if ((key.permissions & permissions) === permissions && key.matches(buf, off, len)) return true;
    }
    return false;
  }

  /** Whether every key there might be may be used so. */
  allowsEveryKey(permissions: number): boolean {
    if (this.allKeys) return true;
    return this.keys.some((key) => (key.permissions & permissions) === permissions && key.text === '*');
  }

  allowsChannel(name: Uint8Array, isPattern: boolean): boolean {
    return this.allChannels || allowsChannel(this.channels, name, isPattern);
  }

  texts(): SelectorTexts {
    return {
      commands: this.commands.describe(),
      keys: this.allKeys ? '~*' : this.keys.map((key) => key.describe()).join(' '),
      channels: this.allChannels ? '&*' : this.channels.map(({ text }) => `&${text}`).join(' '),
    };
  }

  /** Rules that make such a selector of a new one. */
  rules(): string[] {
    const keys = this.allKeys ? ['~*'] : this.keys.map((key) => key.rule());
    const channels = this.allChannels ? ['&*'] : ['resetchannels', ...this.channels.map(({ text }) => `&${text}`)];
    return [...keys, ...channels, this.commands.describe()];
  }

  /** The same as one rule in parentheses, whose words are split as lines of a configuration are. */
  inParentheses(): string {
    return `(${this.rules()
      .map((rule) => (/["']/.test(rule) ? quoteArg(rule) : rule))
      .join(' ')})`;
  }
}

/** Channels are matched; a pattern that somebody wants to listen to must be among the patterns as it is. */
export function allowsChannel(patterns: readonly Pattern[], name: Uint8Array, isPattern: boolean): boolean {
  if (!isPattern) return patterns.some((pattern) => pattern.matches(name, 0, name.length));
  const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
  return patterns.some((pattern) => pattern.text === untilNul(text));
}
