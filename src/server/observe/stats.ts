/** Counters of the Stats section of INFO, and rates sampled by cron. */
const SAMPLES = 16;

/** A rate per second over the last samples of a growing counter. */
export class Rate {
  private lastValue = 0;
  private lastMs = 0;
  private readonly samples = new Float64Array(SAMPLES);
  private next = 0;

  sample(value: number, nowMs: number): void {
    const elapsedMs = nowMs - this.lastMs;
    if (this.lastMs !== 0 && elapsedMs > 0) {
      this.samples[this.next] = ((value - this.lastValue) * 1000) / elapsedMs;
      this.next = (this.next + 1) % SAMPLES;
    }
    this.lastValue = value;
    this.lastMs = nowMs;
  }

  get perSecond(): number {
    return this.samples.reduce((sum, s) => sum + s, 0) / SAMPLES;
  }

  reset(): void {
    this.samples.fill(0);
    this.lastMs = 0;
    this.lastValue = 0;
  }
}

export class Stats {
  connectionsReceived = 0;
  rejectedConnections = 0;
  commandsProcessed = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  readsProcessed = 0;
  writesProcessed = 0;
  queryLimitDisconnections = 0;
  outputLimitDisconnections = 0;
  evictedClients = 0;
  errorReplies = 0;
  unexpectedErrorReplies = 0;
  aclDeniedAuth = 0;
  aclDeniedCmd = 0;
  aclDeniedKey = 0;
  aclDeniedChannel = 0;
  eventLoopCycles = 0;
  /** Microseconds spent in rounds, and in commands. */
  eventLoopUs = 0;
  commandUs = 0;
  /** Microseconds spent in cron, and in the longest cycle. */
  cronUs = 0;
  eventLoopMaxUs = 0;
  /** Most commands in one round. */
  maxCommandsPerCycle = 0;
  peakMemoryBytes = 0;
  /** Errors by code (`ERR`, `WRONGTYPE` …). */
  readonly errors = new Map<string, number>();
  readonly opsRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();
  readonly cyclesRate = new Rate();
  readonly loopUsRate = new Rate();

  /** Counts an error reply, given without the `-`. */
  countError(text: string): void {
    this.errorReplies++;
    const space = text.indexOf(' ');
    const code = space < 0 ? text : text.slice(0, space);
    // A module may reply any text: do not let it fill the memory with codes.
    if (this.errors.size < 128 || this.errors.has(code)) this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
    else this.errors.set('ERRORSTATS_OVERFLOW', (this.errors.get('ERRORSTATS_OVERFLOW') ?? 0) + 1);
  }

  sample(nowMs: number): void {
    this.opsRate.sample(this.commandsProcessed, nowMs);
    this.inputRate.sample(this.netInputBytes, nowMs);
    this.outputRate.sample(this.netOutputBytes, nowMs);
    this.cyclesRate.sample(this.eventLoopCycles, nowMs);
    this.loopUsRate.sample(this.eventLoopUs, nowMs);
  }

  /** Counts a turn of the loop: a round, or a run of cron. */
  countCycle(durationUs: number, commands: number): void {
    this.eventLoopCycles++;
    this.eventLoopUs += durationUs;
    if (durationUs > this.eventLoopMaxUs) this.eventLoopMaxUs = durationUs;
    if (commands > this.maxCommandsPerCycle) this.maxCommandsPerCycle = commands;
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    const fresh = new Stats();
    for (const key of Object.keys(fresh) as (keyof Stats)[]) {
      if (typeof fresh[key] === 'number' && key !== 'peakMemoryBytes') (this as Record<string, unknown>)[key] = 0;
    }
    this.errors.clear();
    for (const rate of [this.opsRate, this.inputRate, this.outputRate, this.cyclesRate, this.loopUsRate]) rate.reset();
  }
}
