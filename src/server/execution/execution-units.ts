/**
 * Execution units: a client's command with all that it calls, a served client, a module's timer or event.
 *
 * Units nest; when the outermost ends, what it did is passed on as a whole: first the command lines that repeat it
 * (propagation.ts), then clients are served that wait for keys which it filled (ready-keys.ts), each in a unit of its
 * own.
 */
import type { Server } from '../server.ts';
import type { PropagatedLine } from './propagation.ts';

/**
 * Bits of `ExecutionUnits.state`: somebody repeats what commands do; the end of the outermost unit has work to do;
 * somebody's reads are remembered.
 */
export const UNITS_PROPAGATE = 1;
export const UNITS_WORK = 2;
export const UNITS_TRACKING = 4;

/** What a nested round sets aside: how deep in units the code is that it is nested in, and what these have collected. */
export interface OpenUnits {
  readonly depth: number;
  readonly lines: PropagatedLine[];
}

export class ExecutionUnits {
  private readonly server: Server;
  /** How many units are open inside of each other. */
  depth = 0;
  /** UNITS_ bits; 0 most of the time, which is all that a command looks at. */
  state = 0;
  private scheduled = false;
  /** What modules want to do at the end. */
  private jobs: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  enter(): void {
    this.depth++;
  }

  /** Must follow every `enter`, whatever happened. */
  leave(): void {
    if (--this.depth === 0 && this.state & UNITS_WORK) this.end();
  }

  /** Like `leave`, but the outermost unit goes on: it ends when the lock is free for the server's loop. */
  leaveOpen(): void {
    if (--this.depth === 0 && this.state & UNITS_WORK) this.note();
  }

  /** A round begins inside of a unit: what other clients do in it is not part of that. */
  suspend(): OpenUnits {
    const open: OpenUnits = { depth: this.depth, lines: this.server.propagation.exchange([]) };
    this.depth = 0;
    return open;
  }

  /** The round is over: the unit goes on. */
  resume({ depth, lines }: OpenUnits): void {
    this.depth = depth;
    this.server.propagation.exchange(lines);
    if (lines.length > 0) this.state |= UNITS_WORK;
  }

  /** Runs `fn` in a unit. */
  run(fn: () => void): void {
    this.enter();
    try {
      fn();
    } finally {
      this.leave();
    }
  }

  /** Runs `job` at the end of the outermost unit, still as a part of it. */
  defer(job: () => void): void {
    this.jobs.push(job);
    this.note();
  }

  /** There is something to be done at the end; outside of any unit, in the next turn of the event loop. */
  note(): void {
    this.state |= UNITS_WORK;
    if (this.depth > 0 || this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.server.runLocked(() => this.run(() => {}));
    });
  }

  private runJobs(): void {
    this.depth++;
    try {
      for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) job();
    } finally {
      this.depth--;
      this.state &= ~UNITS_WORK;
    }
  }

  /** The outermost unit has ended. */
  end(): void {
    const { propagation, readyKeys } = this.server;
    this.state &= ~UNITS_WORK;
    if (this.jobs.length > 0) this.runJobs();
    propagation.flush();
    readyKeys.serve();
  }
}
