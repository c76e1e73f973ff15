/** The users of a server, by name. There is always the user `default`, and it is always the same object. */
import type { AclCommandTable } from './command-view.ts';
import { hasSpaces, untilNul } from './names.ts';
import { ruleErrorText } from './rule-errors.ts';
import { User } from './user.ts';

export const DEFAULT_USER = 'default';

/** Rules of one user that stand apart, those of a selector joined to one; `unmatched`: where a parenthesis is open. */
export interface MergedRules {
  readonly rules: string[];
  readonly unmatched: number;
}

export class Users {
  readonly table: AclCommandTable;
  private byName = new Map<string, User>();
  readonly default: User;
  /** Whether new selectors may use all channels (`acl-pubsub-default`). */
  allChannels = false;

  constructor(table: AclCommandTable) {
    this.table = table;
    this.default = this.everything();
    this.byName.set(DEFAULT_USER, this.default);
  }

  /** A user as the default user is at first: may do everything, needs no password. */
  everything(): User {
    const user = this.create(DEFAULT_USER);
    for (const rule of ['allcommands', 'allkeys', 'allchannels', 'on', 'nopass']) user.apply(rule, false);
    return user;
  }

  /** A user who may do nothing, not in the table: for modules, and to try rules out. */
  create(name: string): User {
    return new User(name, this.table, this.allChannels);
  }

  /** @param name a byte string */
  get(name: string): User | undefined {
    return this.byName.get(name);
  }

  get size(): number {
    return this.byName.size;
  }

  /** In the order of their names' bytes. */
  sorted(): User[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  add(user: User): void {
    this.byName.set(user.name, user);
  }

  remove(name: string): User | undefined {
    const user = name === DEFAULT_USER ? undefined : this.byName.get(name);
    if (user !== undefined) this.byName.delete(name);
    return user;
  }

  /** Takes these users in place of all there are; the default user becomes what is listed under its name, or new. */
  replaceAll(users: readonly User[]): void {
    this.byName = new Map(users.map((user) => [user.name, user]));
    this.default.copyFrom(this.byName.get(DEFAULT_USER) ?? this.everything());
    this.byName.set(DEFAULT_USER, this.default);
  }

  /**
   * What a user would be with these rules on top of what it is; all or none are taken.
   *
   * @param base null: a new user
   * @returns the error's text without its code, or the user, which is in no table.
   */
  revise(base: User | null, name: string, given: readonly string[]): User | string {
    const { rules, unmatched } = mergeSelectors(given);
    if (unmatched >= 0) {
      return `Unmatched parenthesis in acl selector starting at '${untilNul(given[unmatched]!)}'.`;
    }
    const revised = this.create(name);
    if (base !== null) revised.copyFrom(base);
    for (const rule of rules) {
      const error = revised.apply(rule, this.allChannels);
      if (error !== null) return `Error in ACL SETUSER modifier '${untilNul(rule)}': ${ruleErrorText(error)}`;
    }
    return revised;
  }
}

/** Joins what a selector in parentheses was split into. */
export function mergeSelectors(given: readonly string[]): MergedRules {
  const rules: string[] = [];
  let open = -1;
  for (let i = 0; i < given.length; i++) {
    const rule = given[i]!;
    if (open >= 0) {
      rules.push(`${rules.pop()} ${untilNul(rule)}`);
      if (rule.endsWith(')')) open = -1;
    } else {
      rules.push(rule);
      if (rule.startsWith('(') && !rule.endsWith(')')) open = i;
    }
  }
  return { rules, unmatched: open };
}

/** Why a user cannot have this name; null when it can. */
export function nameError(name: string): string | null {
  return hasSpaces(name) ? "Usernames can't contain spaces or null characters" : null;
}
