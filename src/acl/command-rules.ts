/**
 * Which commands a selector allows: rules in the order in which they were given, and what follows from them for each
 * command that exists.
 *
 *   rules     '+get', '-@dangerous', '+config|get', '+select|0'     behind `+@all` or `-@all`
 *   bits      one for each command id, worked out of the rules      word id >> 5, bit id & 31
 *   words     command id -> first arguments with which the command is allowed although its bit is not set
 *
 * The rules are what was asked for and stay; the bits are worked out again when the command table has changed. So a rule
 * may name a command of a module that is unloaded: it sleeps till the command is there again. What the rules say nothing
 * of is decided by the `@all` that they start from.
 *
 * A rule takes the place of an earlier one for the same command or category, and of those for the command's subcommands:
 * these have no effect any more. So the list stays as short as it can be without changing its meaning.
 */
import { asciiLower } from '../config/text.ts';
import { ACL_CATEGORIES } from './categories.ts';
import { type AclCommand, type AclCommandTable, lookUp } from './command-view.ts';
import { hasSpaces, untilNul } from './names.ts';
import type { RuleError } from './rule-errors.ts';

interface CommandRule {
  readonly allow: boolean;
  /** Lower case: `@category`, `command`, `container|subcommand`, `command|word`. */
  readonly target: string;
}

export class CommandRules {
  /** What is not mentioned is allowed, commands included that do not exist yet. */
  private startsFromAll = false;
  private rules: CommandRule[] = [];
  private bits: Uint32Array = new Uint32Array(0);
  private words: Map<number, string[]> | null = null;
  /** Version of the command table that the bits are for. */
  private version = -1;

  /** Whether no rule takes anything away from all commands. */
  get allowsAll(): boolean {
    return this.startsFromAll && this.rules.every(({ allow }) => allow);
  }

  copyFrom(other: CommandRules): void {
    this.startsFromAll = other.startsFromAll;
    this.rules = [...other.rules];
    this.version = -1;
  }

  /** `+@all` and `-@all`. */
  reset(allowAll: boolean): void {
    this.startsFromAll = allowAll;
    this.rules = [];
    this.version = -1;
  }

  /** Takes a rule that starts with `+` or `-`. Returns what is wrong with it, or null. */
  apply(rule: string, table: AclCommandTable): RuleError | null {
    const allow = rule[0] === '+';
    const target = asciiLower(rule.slice(1));
    const error = target.startsWith('@') ? categoryError(target.slice(1), table) : commandError(target, allow, table);
    if (error !== null) return error;
    this.rules = this.rules.filter((old) => old.target !== target && !old.target.startsWith(`${target}|`));
    this.rules.push({ allow, target });
    this.version = -1;
    return null;
  }

  /** The rules that make this set. */
  describe(): string {
    const rules = this.rules.map(({ allow, target }) => `${allow ? '+' : '-'}${target}`);
    return [this.startsFromAll ? '+@all' : '-@all', ...rules].join(' ');
  }

  /** Whether the bit of a command is set; first arguments are another question. */
  allows(id: number, table: AclCommandTable): boolean {
    if (this.version !== table.version) this.workOut(table);
    const word = this.bits[id >> 5];
    return word === undefined ? this.startsFromAll : (word & (1 << (id & 31))) !== 0;
  }

  /** Whether a command without its bit is allowed with this first argument, a byte string. */
  allowsWith(id: number, word: string): boolean {
    const words = this.words?.get(id);
    if (words === undefined) return false;
    return words.includes(asciiLower(untilNul(word)));
  }

  /** Whether there are first arguments for the command. */
  hasWords(id: number): boolean {
    return this.words?.has(id) === true;
  }

  private workOut(table: AclCommandTable): void {
    let highest = 0;
    for (const command of everyCommand(table)) if (command.id > highest) highest = command.id;
    this.bits = new Uint32Array((highest >> 5) + 1);
    if (this.startsFromAll) this.bits.fill(0xffffffff);
    this.words = null;
    for (const { allow, target } of this.rules) {
      if (target.startsWith('@')) this.setCategory(target.slice(1), allow, table);
      else this.setTarget(target, allow, table);
    }
    this.version = table.version;
  }

  private setCategory(category: string, allow: boolean, table: AclCommandTable): void {
    for (const command of everyCommand(table)) if (command.categories.includes(category)) this.set(command, allow);
  }

  private setTarget(target: string, allow: boolean, table: AclCommandTable): void {
    const command = lookUp(table, target);
    if (command !== undefined) return this.set(command, allow);
    const bar = target.indexOf('|');
    const container = bar < 0 ? undefined : table.originals.get(target.slice(0, bar));
    if (container === undefined || container.subcommands !== null) return;
    this.words ??= new Map();
    const words = this.words.get(container.id);
    if (words === undefined) this.words.set(container.id, [target.slice(bar + 1)]);
    else words.push(target.slice(bar + 1));
  }

  /** A container's bit stands for its subcommands too. */
  private set(command: AclCommand, allow: boolean): void {
    this.setBit(command.id, allow);
    this.words?.delete(command.id);
    for (const sub of command.subcommands?.values() ?? []) this.setBit(sub.id, allow);
  }

  private setBit(id: number, allow: boolean): void {
    if (allow) this.bits[id >> 5]! |= 1 << (id & 31);
    else this.bits[id >> 5]! &= ~(1 << (id & 31));
  }
}

function* everyCommand(table: AclCommandTable): Generator<AclCommand> {
  for (const command of table.originals.values()) {
    yield command;
    if (command.subcommands !== null) yield* command.subcommands.values();
  }
}

function categoryError(name: string, table: AclCommandTable): RuleError | null {
  return ACL_CATEGORIES.includes(name) || table.hasCategory(name) ? null : 'unknown';
}

/** @param target lower case */
function commandError(target: string, allow: boolean, table: AclCommandTable): RuleError | null {
  const bar = target.lastIndexOf('|');
  if (!allow || bar < 0) return lookUp(table, target) === undefined ? 'unknown' : null;
  const command = lookUp(table, target.slice(0, bar));
  if (command === undefined) return 'unknown';
  if (command.parent !== null) return 'argument of a subcommand';
  if (bar === target.length - 1) return 'syntax';
  if (command.subcommands !== null) return lookUp(table, target) === undefined ? 'unknown' : null;
  // A rule with a blank in it would be two when it is read from a file.
  return hasSpaces(target) ? 'syntax' : null;
}
