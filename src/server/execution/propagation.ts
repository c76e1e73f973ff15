/**
 * What commands do to the data set, as command lines that repeat it: for the append-only file and replicas.
 *
 * A command that changed something is propagated as it is, unless it said otherwise: `propagateAs` replaces it,
 * `propagateNothing` suppresses it, `alsoPropagate` adds lines ahead of it. Lines are collected until the outermost
 * execution unit (a client's command, a served client, a module's timer …) ends, and go to the consumers then: one line
 * by itself, several between MULTI and EXEC, so that whoever repeats them does all or nothing.
 *
 * Without consumers nothing is collected; a command then costs the test of `wanted`.
 */
import { type CommandPart, PROPAGATE_ALL } from '../../commands/command-client.ts';
import { CMD_MODULE, type CommandEntry } from '../../commands/registry.ts';
import { Args } from '../../protocol/args.ts';
import type { Client } from '../clients/client.ts';
import { type ExecutionUnits, UNITS_PROPAGATE } from './execution-units.ts';

// How a command is propagated: `Client.propagateMode`.
export const PROPAGATE_AS_IS = 0;
export const PROPAGATE_REPLACED = 1;
export const PROPAGATE_NOTHING = 2;

/** `dbIndex` of a line that may run in any database: MULTI and EXEC. */
export const ANY_DB = -1;

/**
 * Is given one line: the database it runs in (the consumer precedes it with SELECT where that changes; ANY_DB: none),
 * its arguments, borrowed for the call, and PROPAGATE_ bits, never all zero. The function runs no command.
 */
export type PropagationConsumer = (dbIndex: number, args: Args, targets: number) => void;

/** A command line from its parts; strings are byte strings. */
export function lineOf(parts: readonly CommandPart[]): Args {
  return Args.from(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      return typeof part === 'bigint' ? Buffer.from(String(part)) : part;
    }),
  );
}

/** A line that waits for the end of its unit. */
export interface PropagatedLine {
  readonly dbIndex: number;
  readonly args: Args;
  readonly targets: number;
}

const MULTI = lineOf(['MULTI']);
const EXEC = lineOf(['EXEC']);

export class Propagation {
  private readonly units: ExecutionUnits;
  private readonly consumers: PropagationConsumer[] = [];
  private lines: PropagatedLine[] = [];
  /** Whether there is a consumer. */
  wanted = false;

  constructor(units: ExecutionUnits) {
    this.units = units;
  }

  /** Adds a consumer; returns what ends it. */
  add(consumer: PropagationConsumer): () => void {
    this.consumers.push(consumer);
    this.wanted = true;
    this.units.state |= UNITS_PROPAGATE;
    return () => {
      const at = this.consumers.indexOf(consumer);
      if (at >= 0) this.consumers.splice(at, 1);
      this.wanted = this.consumers.length > 0;
      if (this.wanted) return;
      this.units.state &= ~UNITS_PROPAGATE;
      this.lines = [];
    };
  }

  /** Adds a line that belongs to the running unit; `args` must be the line's own. */
  collect(dbIndex: number, args: Args, targets: number = PROPAGATE_ALL): void {
    if (!this.wanted || targets === 0) return;
    this.lines.push({ dbIndex, args, targets });
    this.units.note();
  }

  /**
   * A client's command is done: propagates it as the command wished. `dirty`: it changed the data set; `alone`: no unit
   * is open around it. Commands of modules say themselves what is to be repeated.
   */
  commandDone(c: Client, cmd: CommandEntry, dirty: boolean, alone: boolean): void {
    const { propagateMode: mode, propagateLine: line } = c;
    const targets = ((dirty ? PROPAGATE_ALL : 0) | c.propagateForced) & c.propagateTargets;
    c.propagateMode = PROPAGATE_AS_IS;
    c.propagateLine = null;
    c.propagateForced = 0;
    if (targets === 0 || mode === PROPAGATE_NOTHING || (mode === PROPAGATE_AS_IS && cmd.flags & CMD_MODULE)) return;
    // The arguments are borrowed: when nothing can come before or after them in the unit, they need not be kept.
    if (alone && this.lines.length === 0) this.emit(c.dbIndex, line ?? c.args, targets);
    else this.lines.push({ dbIndex: c.dbIndex, args: line ?? c.args.clone(), targets });
    if (!alone) this.units.note();
  }

  private emit(dbIndex: number, args: Args, targets: number): void {
    for (const consumer of this.consumers) consumer(dbIndex, args, targets);
  }

  /** Puts other lines in the place of those collected, which are returned. */
  exchange(lines: PropagatedLine[]): PropagatedLine[] {
    const collected = this.lines;
    this.lines = lines;
    return collected;
  }

  /** The unit is over: what it collected goes out. */
  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    let targets = 0;
    for (const line of lines) targets |= line.targets;
    const wrap = lines.length > 1;
    if (wrap) this.emit(ANY_DB, MULTI, targets);
    for (const line of lines) this.emit(line.dbIndex, line.args, line.targets);
    if (wrap) this.emit(ANY_DB, EXEC, targets);
  }
}
