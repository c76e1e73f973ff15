// What the main thread does for modules now, in memory that another thread can read while the main thread cannot.
//
//    word 0   counts calls into modules: odd while one is going on (calls inside of a call do not count)
//    word 1   the module, word 2 the command that the call is for, as numbers of `names`; 0 for none
//
// A watchdog (server/modules/watchdog.ts) compares word 0 from time to time; a crash report names module and command.

export const ACTIVITY_CALLS = 0;
export const ACTIVITY_MODULE = 1;
export const ACTIVITY_COMMAND = 2;

export class Activity {
  readonly words = new Int32Array(new SharedArrayBuffer(16));
  /** Told of each new name and its number. */
  readonly onName: Set<(number: number, name: string) => void> = new Set();
  private readonly numbers = new Map<string, number>();

  /** A call into a module begins that is inside of no other. */
  begin(module: number): void {
    this.words[ACTIVITY_MODULE] = module;
    this.words[ACTIVITY_COMMAND] = 0;
    this.words[ACTIVITY_CALLS]!++;
  }

  /** It ends. */
  end(): void {
    this.words[ACTIVITY_CALLS]!++;
  }

  /** The number that stands for a name. */
  number(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(name, number);
      for (const fn of this.onName) fn(number, name);
    }
    return number;
  }

  /** Names that have numbers so far. */
  get names(): ReadonlyMap<string, number> {
    return this.numbers;
  }
}
