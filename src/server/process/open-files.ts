/**
 * `maxclients` and the limit on open files. Node raises its own soft limit to the hard one when it starts, so there is
 * nothing left to raise: what does not fit is cut down, as Redis does when it may not raise the limit.
 */
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import type { Logger } from './logger.ts';

/** Descriptors kept back for listeners, files and libraries. */
const RESERVED_FILES = 32;

/** With as many there is no program that cannot be read, and no need to look for another reason of a failure. */
const PLENTY_OF_FILES = 1024;
/** Default of `maxclients`. */
const DEFAULT_MAX_CLIENTS = 10_000;

/** Soft limit on open files of this process; Infinity when there is none or it cannot be known. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function notEnough(limit: number, maxClients: number): string {
  return (
    `Your current 'ulimit -n' of ${limit} is not enough for the server to start. Please increase your open file ` +
    `limit to at least ${maxClients + RESERVED_FILES}. Exiting.`
  );
}

/** Why a program that could not be read may lack open files; null when there are plenty. */
export function tooFewFiles(limit: number): string | null {
  return limit < PLENTY_OF_FILES ? notEnough(limit, DEFAULT_MAX_CLIENTS) : null;
}

/**
 * Cut `maxclients` down to what the limit allows, and have CONFIG SET refuse more.
 *
 * @throws when not even one client would fit.
 */
export function limitMaxClients(config: Config, log: Logger, limit: number = openFilesLimit()): void {
  const wanted = config.num('maxclients');
  const possible = limit - RESERVED_FILES;
  if (possible < 1) throw new Error(notEnough(limit, wanted));
  if (wanted > possible) {
    log.warning(
      `You requested maxclients of ${wanted} requiring at least ${wanted + RESERVED_FILES} max file descriptors.`,
    );
    log.warning(
      `Current maximum open files is ${limit}. maxclients has been reduced to ${possible} to compensate for low ` +
        "ulimit. If you need higher maxclients increase 'ulimit -n'.",
    );
    config.find('maxclients')!.assign(BigInt(possible));
  }
  config.onApply('maxclients', () =>
    config.num('maxclients') <= possible
      ? null
      : `The operating system is not able to handle the specified number of clients, try with ${possible}`,
  );
}
