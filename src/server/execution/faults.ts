/**
 * Where ends what nobody expected to be thrown: in a round, a timer, a callback of native code.
 *
 * Such exceptions must not get lost (koffi swallows what a callback of its poll handle throws), and must not be passed
 * to whoever happens to be at the foot of the stack. Whoever is called by the loop or by native code runs through
 * `guard`. A want of memory is told to the log, and the server goes on: whoever it hit has been answered or let go
 * further up (dispatch.ts, query.ts, output.ts). All else is a defect: the server ends, with a report.
 */
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import type { Logger } from '../process/logger.ts';
import type { Server } from '../server.ts';

export class Faults {
  private readonly log: Logger;
  /** Ends the server: the program exits, a host program finds the error where it finds its own. */
  private readonly onDefect: (error: unknown) => void;
  /** The defect that ended the server, or null. */
  defect: unknown = null;

  constructor(log: Logger, onDefect: (error: unknown) => void) {
    this.log = log;
    this.onDefect = onDefect;
  }

  /** Runs `fn`; what it throws ends here. */
  guard(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.report(error);
    }
  }

  /** Deals with something that was thrown and that nobody can answer. */
  report(error: unknown): void {
    if (isOutOfMemory(error)) {
      this.log.warning(`Out of memory: ${stackOf(error)}`);
      return;
    }
    if (this.defect !== null) return;
    this.defect = error;
    this.onDefect(error);
  }
}

/** The stack of what was thrown, or what can be said of it. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Ends a server that is a guest of this process; the host program finds the error as an uncaught exception. */
export function failGuest(server: Server, error: unknown): void {
  logDefect(server.log, error);
  server.close().catch(() => {});
  setImmediate(() => {
    throw error;
  });
}

/** The report of a defect, in Redis's frame, for the log. */
export function logDefect(log: Logger, error: unknown): void {
  log.warning('=== REDIS BUG REPORT START: Cut & paste starting from here ===');
  log.warning(stackOf(error));
  log.warning('=== REDIS BUG REPORT END. ===');
}
