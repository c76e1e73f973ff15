// Reports of misuse: what modules do against the rules of the API.
//
// A module that breaks a rule mostly does so at every call, thousands of times a second. The log gets one line for each
// combination of module, command, function and kind of mistake; all are counted, and INFO tells how many there were.

import type { LogLevel } from './env.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';
import { runtime } from './runtime.ts';

/** Kinds of mistakes that a module's log remembers; beyond these, mistakes are only counted. */
const MAX_KINDS = 1000;

/** Mistakes of one module. */
export class MisuseLog {
  /** All of them, told or not. */
  count = 0;
  private readonly told = new Set<string>();

  /** Counts a mistake; true when it is the first of its kind, and there is room to remember that. */
  note(kind: string): boolean {
    this.count++;
    if (this.told.has(kind) || this.told.size >= MAX_KINDS) return false;
    this.told.add(kind);
    return true;
  }
}

/** A line without what differs from one mistake of a kind to the next: numbers and handles. */
function kindOf(line: string): string {
  return line.replace(/0x[0-9a-f]+|\d+/g, '0');
}

/** Counts a mistake and writes `line`, which names the function, to the log when it is the first of its kind. */
export function reportLine(host: ModuleHost, module: Module | null, line: string, level: LogLevel = 'warning'): void {
  const command = runtime.current?.command?.fullName ?? '';
  if ((module ?? host).misuses.note(`${command} ${kindOf(line)}`)) host.env.log(level, line);
}

/** Reports that a module broke the rules of the API; `what` is the rest of the line. */
export function reportMisuse(host: ModuleHost, module: Module | null, what: string): void {
  reportLine(host, module, `API misuse detected in module ${module?.name || '?'}: ${what}`);
}
