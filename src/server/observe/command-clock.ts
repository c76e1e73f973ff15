/**
 * Measures commands for the statistics, SLOWLOG and the latency monitor.
 *
 * A clock read costs about a twentieth of a short command. In a pipeline, consecutive commands that cannot take long
 * (O(1) or O(log n), small arguments, small reply) share one: the time they took together is divided among them. All
 * others, and all commands when the thresholds ask for less than a millisecond, are measured one by one.
 */
import { performance } from 'node:perf_hooks';
import { LatencyHistogram } from '../../commands/histogram.ts';
import { CMD_FAST, CMD_MODULE, type CommandEntry } from '../../commands/registry.ts';
import type { Args } from '../../protocol/args.ts';
import type { Stats } from './stats.ts';

/** Thresholds below this need every command measured. */
const PRECISE_BELOW_US = 1000;
const SHARED_MAX = 16;
/** Longer commands and replies are measured by themselves. */
const SHARED_ARGS_MAX = 8;
export const SHARED_BYTES_MAX = 4096;

export class CommandClock {
  private readonly stats: Stats;
  /** End of the last measured command, in microseconds of performance.now(); 0: unknown. */
  lastUs = 0;
  /** Set while requests of a pipeline run that were read ahead. */
  pipelined = false;
  /** Keep histograms (`latency-tracking`). */
  tracking = true;
  private sharing = true;
  private readonly shared: CommandEntry[] = [];
  private count = 0;

  constructor(stats: Stats) {
    this.stats = stats;
  }

  /** Monotonic microseconds. */
  now(): number {
    return performance.now() * 1000;
  }

  /** Tells the lower of the thresholds from which commands are reported as slow. */
  setThreshold(slowUs: number): void {
    this.sharing = slowUs >= PRECISE_BELOW_US;
  }

  /** Start of a command that is measured by itself. */
  start(): number {
    if (this.count > 0) this.settle();
    return this.lastUs === 0 ? this.now() : this.lastUs;
  }

  /** Whether a command may share its time with its neighbours; then `share` follows in place of `start` and `end`. */
  mayShare(cmd: CommandEntry, args: Args): boolean {
    if (!this.pipelined || !this.sharing || args.argc > SHARED_ARGS_MAX) return false;
    if ((cmd.flags & CMD_MODULE) !== 0 || ((cmd.flags & CMD_FAST) === 0 && cmd.fullName !== 'set')) return false;
    const last = args.argc - 1;
    return args.off[last]! + args.len[last]! - args.off[0]! <= SHARED_BYTES_MAX;
  }

  /** To be called before the command runs. */
  share(cmd: CommandEntry): void {
    if (this.lastUs === 0) this.lastUs = this.now();
    if (this.count === SHARED_MAX) this.settle();
    this.shared[this.count++] = cmd;
  }

  /** Takes the command that was shared last out again: it turned out to be a long one. Returns its start. */
  unshareLast(): number {
    // A round nested in it has counted it already.
    if (this.count > 0) this.count--;
    const startUs = this.lastUs;
    // What came before it in the same stretch is counted as having taken no time: it is not to be told apart.
    for (let i = 0; i < this.count; i++) this.record(this.shared[i]!, 0);
    this.count = 0;
    return startUs;
  }

  /** End of a measured command; returns the time now. */
  end(cmd: CommandEntry, startUs: number): number {
    const endUs = this.now();
    this.lastUs = endUs;
    this.record(cmd, endUs - startUs);
    return endUs;
  }

  /** Divides the time since the last measurement among the commands that share it; returns the time now. */
  settle(): number {
    const endUs = this.now();
    const eachUs = (endUs - this.lastUs) / this.count;
    for (let i = 0; i < this.count; i++) this.record(this.shared[i]!, eachUs);
    this.count = 0;
    this.lastUs = endUs;
    return endUs;
  }

  /** Ends a pipeline; returns the time now, or 0 when nothing was shared. */
  endPipeline(): number {
    this.pipelined = false;
    return this.count > 0 ? this.settle() : 0;
  }

  /** Adds time that a command took to the statistics. */
  record(cmd: CommandEntry, durationUs: number): void {
    cmd.usec += durationUs;
    this.stats.commandUs += durationUs;
    if (!this.tracking) return;
    cmd.latency ??= new LatencyHistogram();
    cmd.latency.record(Math.floor(durationUs));
  }
}
