/**
 * A user: whether it may log in, its passwords, and its selectors. Clients hold the object; whatever changes a user
 * changes it in place.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { asciiLower, quoteArg } from '../config/text.ts';
import type { Args } from '../protocol/args.ts';
import type { AclCommand, AclCommandTable } from './command-view.ts';
import { untilNul } from './names.ts';
import type { RuleError } from './rule-errors.ts';
import { ALLOWED, DENIED_COMMAND, type Denial, denied, Selector } from './selector.ts';

const HASH = /^[0-9a-f]{64}$/;

export class User {
  /** A byte string. */
  readonly name: string;
  private readonly table: AclCommandTable;
  enabled = false;
  /** Any password will do. */
  nopass = false;
  private skipsSanitizing = false;
  /** SHA-256 in hexadecimal digits. */
  private hashes: string[] = [];
  /** The root selector, then those in parentheses. */
  private selectors: Selector[];
  /** Nothing is forbidden: no command of this user needs to be looked at. */
  unrestricted = false;

  /** A user who may do nothing. @param allChannels as `acl-pubsub-default` says */
  constructor(name: string, table: AclCommandTable, allChannels: boolean) {
    this.name = name;
    this.table = table;
    this.selectors = [new Selector(table, allChannels)];
  }

  /** Becomes what `other` is, but for the name. */
  copyFrom(other: User): void {
    this.enabled = other.enabled;
    this.nopass = other.nopass;
    this.skipsSanitizing = other.skipsSanitizing;
    this.hashes = [...other.hashes];
    this.selectors = other.selectors.map((selector) => selector.copy());
    this.unrestricted = other.unrestricted;
  }

  /**
   * Takes one rule, a byte string; selectors must be in one piece. Returns what is wrong with it, or null.
   *
   * @param allChannels as `acl-pubsub-default` says
   */
  apply(rule: string, allChannels: boolean): RuleError | null {
    const error = rule === '' ? null : this.applyRule(rule, allChannels);
    this.unrestricted = this.selectors.some((selector) => selector.unrestricted);
    return error;
  }

  private applyRule(rule: string, allChannels: boolean): RuleError | null {
    const word = asciiLower(untilNul(rule));
    switch (word) {
      case 'on':
      case 'off':
        this.enabled = word === 'on';
        return null;
      case 'skip-sanitize-payload':
        this.skipsSanitizing = true;
        return null;
      case 'sanitize-payload':
        this.skipsSanitizing = false;
        return null;
      case 'nopass':
      case 'resetpass':
        this.nopass = word === 'nopass';
        this.hashes = [];
        return null;
      case 'clearselectors':
        this.selectors.length = 1;
        return null;
      case 'reset':
        this.copyFrom(new User('', this.table, allChannels));
        return null;
    }
    if (/^[><#!]/.test(rule)) return this.applyPassword(rule);
    if (!rule.startsWith('(') || !rule.endsWith(')')) return this.selectors[0]!.apply(rule);
    const selector = new Selector(this.table, allChannels);
    const error = selector.applyAll(rule);
    if (error === null) this.selectors.push(selector);
    return error;
  }

  /** `>password`, `<password`, `#hash`, `!hash`. */
  private applyPassword(rule: string): RuleError | null {
    const given = rule.slice(1);
    const isHash = rule.startsWith('#') || rule.startsWith('!');
    if (isHash && !HASH.test(given)) return 'bad hash';
    const hash = isHash ? given : hashOf(Buffer.from(given, 'latin1'));
    const at = this.hashes.indexOf(hash);
    if (rule.startsWith('>') || rule.startsWith('#')) {
      if (at < 0) this.hashes.push(hash);
      this.nopass = false;
      return null;
    }
    if (at < 0) return 'no such password';
    this.hashes.splice(at, 1);
    return null;
  }

  /** Whether this password lets one in as this user; the time taken says nothing about passwords. */
  accepts(password: Uint8Array): boolean {
    if (!this.enabled) return false;
    if (this.nopass) return true;
    const given = Buffer.from(hashOf(password));
    let fits = false;
    for (const hash of this.hashes) if (timingSafeEqual(Buffer.from(hash), given)) fits = true;
    return fits;
  }

  /** Whether a command line, whose arity is right, is allowed. If not, `denied.index` tells the argument at fault. */
  check(command: AclCommand, args: Args): Denial {
    if (this.unrestricted) return ALLOWED;
    let worst: Denial = DENIED_COMMAND;
    let index = 0;
    for (let i = 0; i < this.selectors.length; i++) {
      const found = this.selectors[i]!.check(command, args);
      if (found === ALLOWED) return ALLOWED;
      // The furthest that a selector came.
      if (found < worst || (found === worst && denied.index <= index)) continue;
      worst = found;
      index = denied.index;
    }
    denied.index = index;
    return worst;
  }

  /** @param permissions KEY_ bits */
  allowsKey(buf: Uint8Array, off: number, len: number, permissions: number): boolean {
    return this.selectors.some((selector) => selector.allowsKey(buf, off, len, permissions));
  }

  allowsChannel(name: Uint8Array, isPattern: boolean): boolean {
    return this.selectors.some((selector) => selector.allowsChannel(name, isPattern));
  }

  /** Whether a command line is allowed and may use any key there might be, besides those that it names. */
  checkWithEveryKey(command: AclCommand, args: Args, permissions: number): boolean {
    if (this.unrestricted) return true;
    return this.selectors.some(
      (selector) => selector.check(command, args) === ALLOWED && selector.allowsEveryKey(permissions),
    );
  }

  get root(): Selector {
    return this.selectors[0]!;
  }

  /** The selectors in parentheses. */
  get others(): readonly Selector[] {
    return this.selectors.slice(1);
  }

  get everySelector(): readonly Selector[] {
    return this.selectors;
  }

  get passwordHashes(): readonly string[] {
    return this.hashes;
  }

  /** As ACL GETUSER names them. */
  flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off'];
    if (this.nopass) flags.push('nopass');
    flags.push(this.skipsSanitizing ? 'skip-sanitize-payload' : 'sanitize-payload');
    return flags;
  }

  private rules(): string[] {
    const hashes = this.hashes.map((hash) => `#${hash}`);
    return [...this.flags(), ...hashes, ...this.root.rules(), ...this.others.map((other) => other.inParentheses())];
  }

  /** The rules that make such a user of a new one. */
  describe(): string {
    return this.rules().join(' ');
  }

  /** The `user` line as ACL LIST shows it and as files of users hold it. */
  line(): string {
    return `user ${this.name} ${this.describe()}`;
  }

  /** The `user` line for a configuration file, where quotes mean something. */
  configLine(): string {
    const words = [this.name, ...this.rules()].map((word) => (/["']/.test(word) ? quoteArg(word) : word));
    return `user ${words.join(' ')}`;
  }
}

/** SHA-256 in hexadecimal digits. */
function hashOf(password: Uint8Array): string {
  return createHash('sha256').update(password).digest('hex');
}

const NO_COMMANDS: AclCommandTable = {
  version: 0,
  originals: new Map(),
  hasCategory: () => false,
  keysOf: () => [],
  channelsOf: () => [],
};

/** Who runs commands that no client has sent: modules, the program around the server. May do everything; has no name. */
export const SUPERUSER: User = new User('(superuser)', NO_COMMANDS, true);
for (const rule of ['allkeys', 'allcommands', 'on', 'nopass']) SUPERUSER.apply(rule, true);
