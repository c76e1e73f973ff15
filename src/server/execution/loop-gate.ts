/**
 * Who may run commands now: the server's loop, or a module's thread that holds the thread-safe lock.
 *
 * While no module uses threads there is no gate and entering costs a counter. With a gate the loop must get it before
 * every batch of commands; when a thread has it, the work waits here until the thread lets go, and Node's loop goes on
 * serving that thread's API calls.
 */
export interface Gate {
  /** Whether there are threads that may take the lock. */
  readonly active: boolean;
  /** Takes the lock if it is free; never waits. */
  tryEnter(): boolean;
  leave(): void;
}

export class LoopGate {
  /** Null while no module was ever loaded. */
  gate: Gate | null = null;
  private depth = 0;
  private waiting: (() => void)[] = [];
  /** Whether a round of network events waits for the lock. */
  private roundWaits = false;
  /** A thread gives the lock up: what it did is to be finished before anything else runs. */
  onReleased: () => void = () => {};
  private readonly resumeRounds: () => void;

  constructor(resumeRounds: () => void) {
    this.resumeRounds = resumeRounds;
  }

  /** Whether commands may run right now without asking. */
  get held(): boolean {
    return this.depth > 0;
  }

  /** Whether somebody waits for the lock who comes first. */
  get hasWaiting(): boolean {
    return this.waiting.length > 0 && this.depth === 0;
  }

  /** Begins a batch; false when a thread holds the lock. Every true must be followed by `leave`. */
  enter(): boolean {
    if (this.depth === 0 && this.gate !== null && !this.gate.tryEnter()) return false;
    this.depth++;
    return true;
  }

  leave(): void {
    this.depth--;
    if (this.depth === 0) this.gate?.leave();
  }

  /** Begins a round of network events; when it cannot, `resumeRounds` is called as soon as it can. */
  enterRound(): boolean {
    if (this.enter()) return true;
    this.roundWaits = true;
    return false;
  }

  /**
   * Runs `fn` under the lock: now, or as soon as the thread that has the lock lets go. Then its caller is not there any
   * more: `fn` throws nothing.
   */
  run(fn: () => void): void {
    if (this.hasWaiting || !this.enter()) {
      this.waiting.push(fn);
      return;
    }
    try {
      fn();
    } finally {
      this.leave();
    }
  }

  /**
   * A thread gives the lock up. Called on the loop with the lock still taken but nobody in it: what waited runs first,
   * then the caller frees the lock. This keeps a busy thread from starving the clients.
   */
  released(): void {
    this.depth++;
    try {
      this.onReleased();
      const { waiting } = this;
      this.waiting = [];
      for (const fn of waiting) fn();
      if (this.roundWaits) {
        this.roundWaits = false;
        this.resumeRounds();
      }
    } finally {
      this.depth--;
    }
  }
}
