/**
 * The 24-bit access clock of entries: LRU seconds or LFU minutes and counter, as Redis keeps them.
 *
 * LRU: seconds modulo 2^24. LFU: minutes modulo 2^16 of the last decrement << 8 | logarithmic counter: a counter c is
 * raised with probability 1 / ((c - 5) * lfu-log-factor + 1), and loses 1 for every lfu-decay-time minutes.
 */

export const LRU_CLOCK_MAX = 0xffffff;
/** Counter of a new key, so that it is not evicted at once. */
export const LFU_INIT_VAL = 5;

export class AccessClock {
  /** Value for new entries; kept by tick(). */
  initial = 0;
  /** LFU instead of LRU (a maxmemory-policy with LFU); new entries follow from the next tick() on. */
  lfu = false;
  lfuLogFactor = 10;
  /** Minutes per lost count, 0 = none is ever lost. */
  lfuDecayTime = 1;
  /** LRU seconds modulo 2^24. */
  private seconds = 0;
  /** LFU minutes modulo 2^16. */
  private minutes = 0;

  /** Sets the time, once per tick of the event loop. */
  tick(nowMs: number): void {
    const seconds = Math.floor(nowMs / 1000);
    this.seconds = seconds & LRU_CLOCK_MAX;
    this.minutes = Math.floor(seconds / 60) & 0xffff;
    this.initial = this.lfu ? (this.minutes << 8) | LFU_INIT_VAL : this.seconds;
  }

  /** The LRU clock now, as INFO's lru_clock shows it. */
  get lruClock(): number {
    return this.seconds;
  }

  /** Clock value after an access. */
  touched(clock: number): number {
    return this.lfu ? (this.minutes << 8) | this.raised(this.decayed(clock)) : this.seconds;
  }

  /** Seconds since the last access by an LRU clock value. */
  idleSeconds(clock: number): number {
    return this.seconds >= clock ? this.seconds - clock : this.seconds + LRU_CLOCK_MAX - clock;
  }

  /** The LFU counter of a clock value, after the decrements due. */
  decayed(clock: number): number {
    const counter = clock & 0xff;
    if (this.lfuDecayTime === 0) return counter;
    const last = clock >>> 8;
    const elapsed = this.minutes >= last ? this.minutes - last : 0xffff - last + this.minutes;
    const lost = Math.floor(elapsed / this.lfuDecayTime);
    return lost >= counter ? 0 : counter - lost;
  }

  /** The LRU clock value of an entry last used `idleSeconds` ago; as in Redis, what was before the last wrap is far off. */
  lruOf(idleSeconds: number): number {
    const at = this.seconds - idleSeconds;
    return at >= 0 ? at : (this.seconds + (LRU_CLOCK_MAX >>> 1)) % LRU_CLOCK_MAX;
  }

  /** The LFU clock value of an entry whose counter is `counter` now. */
  lfuOf(counter: number): number {
    return (this.minutes << 8) | counter;
  }

  private raised(counter: number): number {
    if (counter === 255) return 255;
    const base = counter > LFU_INIT_VAL ? counter - LFU_INIT_VAL : 0;
    return Math.random() < 1 / (base * this.lfuLogFactor + 1) ? counter + 1 : counter;
  }
}
