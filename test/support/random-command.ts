/** Random command lines after what COMMAND DOCS says of a command's arguments. */

import type { CommandArgument } from '../../src/commands/docs/doc.ts';
import { docsOf } from '../../src/commands/docs/index.ts';
import type { CommandEntry, CommandRegistry } from '../../src/commands/registry.ts';
import type { Random } from './fuzz.ts';

/** Values that commands of all types can make something of; small, so that operations meet. */
export interface Vocabulary {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** Unix time in ms around which expirations lie. */
  readonly nowMs: number;
}

const INTEGERS = [-3, -1, 0, 1, 2, 3, 5, 7, 100, 1000, 5000];
const DOUBLES = ['-1.5', '0', '1', '2', '3.25', '(1', '+inf', '-inf'];
const PATTERNS = ['*', 'k*', '*1', '?2', '[ab]*'];

/** All commands and subcommands that work on keys, blocking ones too. */
export function keyCommands(table: CommandRegistry): CommandEntry[] {
  const found: CommandEntry[] = [];
  const visit = (entry: CommandEntry): void => {
    if ((entry.spec.keySpecs ?? []).length > 0 && entry.proc !== null) found.push(entry);
    for (const sub of entry.subcommands?.values() ?? []) visit(sub);
  };
  for (const [, entry] of table.entries()) visit(entry);
  return found;
}

/** A command line for `entry`; not necessarily one that the command accepts. */
export function randomCommand(random: Random, entry: CommandEntry, words: Vocabulary): string[] {
  const line = entry.fullName.split('|');
  const args = docsOf(entry).args;
  if (args === undefined) {
    // Undocumented: as many words as it takes, some of them keys.
    const count = Math.abs(entry.arity) - line.length + (entry.arity < 0 ? random.below(3) : 0);
    for (let i = 0; i < count; i++) line.push(i === 0 ? random.pick(words.keys) : anyWord(random, words));
    return line;
  }
  for (const arg of args) addArgument(random, arg, words, line);
  return line;
}

function anyWord(random: Random, words: Vocabulary): string {
  return random.pick([random.pick(words.keys), random.pick(words.values), String(random.pick(INTEGERS))]);
}

function addArgument(random: Random, arg: CommandArgument, words: Vocabulary, line: string[]): void {
  const flags = arg.flags ?? [];
  if (flags.includes('optional') && random.oneIn(2)) return;
  let times = flags.includes('multiple') ? random.between(1, 3) : 1;
  for (let first = true; times > 0; times--, first = false) {
    if (arg.token !== undefined && (first || flags.includes('multiple_token'))) line.push(arg.token);
    addValue(random, arg, words, line);
  }
}

function addValue(random: Random, arg: CommandArgument, words: Vocabulary, line: string[]): void {
  switch (arg.type) {
    case 'oneof':
      addArgument(random, random.pick(arg.args!), words, line);
      break;
    case 'block':
      for (const part of arg.args!) addArgument(random, part, words, line);
      break;
    case 'key':
      line.push(random.pick(words.keys));
      break;
    case 'integer':
      // Counts of keys must be right for anything to happen.
      line.push(/^num(keys|fields)$/.test(arg.name) ? '1' : String(random.pick(INTEGERS)));
      break;
    case 'unix-time': {
      const ms = words.nowMs + random.between(-50, 50);
      line.push(String(random.oneIn(2) ? ms : Math.floor(ms / 1000)));
      break;
    }
    case 'double':
      line.push(random.pick(DOUBLES));
      break;
    case 'pattern':
      line.push(random.pick(PATTERNS));
      break;
    case 'string':
      line.push(random.oneIn(4) ? String(random.pick(INTEGERS)) : random.pick(words.values));
      break;
    case 'pure-token':
      break;
  }
}
