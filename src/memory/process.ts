/** What the operating system knows of this process: resident memory, processor time. */
import { readFileSync } from 'node:fs';

/** Unit of /proc's resident page counts. */
const PAGE_BYTES = 4096;
/** /proc's times are in these, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** Processor times in seconds. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly childrenUser: number;
  readonly childrenSystem: number;
  readonly mainThreadUser: number;
  readonly mainThreadSystem: number;
}

/** Resident memory in bytes. */
export function residentBytes(): number {
  const fields = proc('/proc/self/statm')?.split(' ');
  return fields === undefined ? process.memoryUsage.rss() : Number(fields[1]) * PAGE_BYTES;
}

/** Processor times of the process, of children it has waited for, and of its main thread (in steps of 10 ms). */
export function cpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  const own = statFields('/proc/self/stat');
  const main = statFields(`/proc/self/task/${process.pid}/stat`);
  return {
    user: user / 1e6,
    system: system / 1e6,
    childrenUser: (own[15] ?? 0) / TICKS_PER_SECOND,
    childrenSystem: (own[16] ?? 0) / TICKS_PER_SECOND,
    mainThreadUser: (main[13] ?? 0) / TICKS_PER_SECOND,
    mainThreadSystem: (main[14] ?? 0) / TICKS_PER_SECOND,
  };
}

/** Numbers of a `stat` file of /proc; index 13 is utime, as proc(5) counts them less one. Empty where there is none. */
function statFields(path: string): number[] {
  const text = proc(path);
  if (text === null) return [];
  // The second field is the program's name in brackets and may hold anything.
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [0, 0, ...rest.map(Number)];
}

function proc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
