/**
 * What happens to expired keys, and why. Several things may want them kept at the same time, one inside of another or
 * not; none of them sets the mode: each says when it begins and when it ends, and the mode follows from all that are on.
 */

/** Expired keys are deleted when met (a master). */
export const EXPIRE_DELETE = 0;
/** Expired keys are kept but not found (a replica waits for its master's DEL; writes are paused). */
export const EXPIRE_HIDE = 1;
/** Expired keys are found (commands from the master, loading). */
export const EXPIRE_IGNORE = 2;

/** Clients are paused. */
export const CAUSE_PAUSE = 0;
/** The server is a replica. */
export const CAUSE_REPLICA = 1;
/** A module looks a key up and wants nothing expired by that. */
export const CAUSE_OPEN_KEY = 2;
/** A command of the master runs. */
export const CAUSE_MASTER = 3;
/** The data set is being loaded. */
export const CAUSE_LOADING = 4;
/** A module is told of a change by a command that is in the middle of its work: no key may vanish under it. */
export const CAUSE_LISTENER = 5;

/** Mode by cause. The strongest that is on counts. */
const MODES: readonly number[] = [EXPIRE_HIDE, EXPIRE_HIDE, EXPIRE_HIDE, EXPIRE_IGNORE, EXPIRE_IGNORE, EXPIRE_IGNORE];

export class ExpireCauses {
  /** How often each cause is on. */
  private readonly counts = new Uint32Array(MODES.length);
  /** EXPIRE_ number that follows from the causes. */
  mode: number = EXPIRE_DELETE;

  /** A cause begins; it may be on already, then it is on until it has ended as often. */
  begin(cause: number): void {
    this.counts[cause]!++;
    this.update();
  }

  /** Must follow every `begin`, whatever happened. */
  end(cause: number): void {
    if (this.counts[cause] === 0) throw new Error(`expire cause ${cause} ended without having begun`);
    this.counts[cause]!--;
    this.update();
  }

  /** For a cause that is a state and does not nest. */
  set(cause: number, on: boolean): void {
    this.counts[cause] = on ? 1 : 0;
    this.update();
  }

  private update(): void {
    let mode = EXPIRE_DELETE;
    for (let cause = 0; cause < MODES.length; cause++) {
      if (this.counts[cause]! > 0 && MODES[cause]! > mode) mode = MODES[cause]!;
    }
    this.mode = mode;
  }
}
