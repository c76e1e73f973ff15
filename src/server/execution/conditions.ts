/**
 * Circumstances under which commands are refused (refusals.ts). The parts of the server that know of one set its bit;
 * while none holds, a command costs one test of `mask`.
 */

/** `maxmemory` is set: commands that need memory ask how much is used. */
export const COND_MAXMEMORY = 1 << 0;
/** The data set is being loaded. */
export const COND_LOADING = 1 << 1;
/** A script or a module's command runs for too long; the text of the refusal is `busyError`. */
export const COND_BUSY = 1 << 2;
/** A replica that takes writes from its master only. */
export const COND_READONLY_REPLICA = 1 << 3;
/** A replica without its master, which must not serve old data. */
export const COND_STALE = 1 << 4;
/** Writing to disk fails and clients are to know: the text of the refusal is `diskError`. */
export const COND_DISK_ERROR = 1 << 5;
/** Fewer replicas than `min-replicas-to-write`. */
export const COND_FEW_REPLICAS = 1 << 6;
/** The tracking table holds more keys than it should: some are forgotten before the next command. */
export const COND_TRACKING_FULL = 1 << 7;
/** Buffers of clients take more than `maxmemory-clients`: some clients are closed before the next command. */
export const COND_CLIENTS_FULL = 1 << 8;

/** The text for a module's command that runs for too long. */
export const BUSY_MODULE = 'BUSY Redis is busy running a module command.';
/** The text when snapshots fail. */
export const SNAPSHOT_ERROR =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may " +
  'modify the data set are disabled, because this instance is configured to report errors during writes if RDB ' +
  'snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.';

export class Conditions {
  /** COND_ bits. */
  mask = 0;
  busyError: string = BUSY_MODULE;
  diskError: string = SNAPSHOT_ERROR;

  set(condition: number, holds: boolean): void {
    this.mask = holds ? this.mask | condition : this.mask & ~condition;
  }
}
