/**
 * The signals of the stand-alone process. They are caught from the first moment on, before anything that could need an
 * orderly end exists; one that comes while the server starts ends it as soon as it has started. (While native code of a
 * module runs, JavaScript does not: then a signal waits for its end, as it does in Redis.)
 */
import type { Logger } from './logger.ts';

export type ShutdownSignal = 'SIGTERM' | 'SIGINT';

/** Before there is anything to be ended in order, a signal does what it would have done uncaught. */
function die(signal: ShutdownSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

let obey = die;

/**
 * Catches the signals. SIGHUP (a terminal that closes) is ignored; SIGUSR1 would have Node open its debugger's port: it
 * comes first, because nobody can see from outside whose handler it has.
 */
export function catchSignals(): void {
  process.on('SIGUSR1', () => {});
  process.on('SIGHUP', () => {});
  process.on('SIGINT', () => obey('SIGINT'));
  process.on('SIGTERM', () => obey('SIGTERM'));
}

/** From now on `fn` is called for each signal that asks for the end. */
export function onShutdownSignal(fn: (signal: ShutdownSignal) => void): void {
  obey = fn;
}

/** Shutdown by signals, once there is a log; a server that starts is shut down as soon as it has started. */
export class ShutdownRequests {
  #shutDown: (() => void) | null;
  #requested: boolean;

  constructor(log: Logger) {
    this.#shutDown = null;
    this.#requested = false;
    onShutdownSignal((signal) => this.#request(signal, log));
  }

  /** The server runs: `fn` shuts it down. */
  serve(fn: () => void): void {
    this.#shutDown = fn;
    if (this.#requested) fn();
  }

  /** A second SIGINT does not wait for the end that the first one asked for. */
  #request(signal: ShutdownSignal, log: Logger): void {
    if (this.#requested && signal === 'SIGINT') {
      log.warning('You insist... exiting now.');
      process.exit(1);
    }
    log.warning(`Received ${signal} scheduling shutdown...`);
    if (this.#requested) return;
    this.#requested = true;
    this.#shutDown?.();
  }
}
