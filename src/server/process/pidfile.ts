/**
 * `pidfile`: written by a daemon, or whenever it is configured, once the server has started: one that cannot start has
 * nothing to say. Removed at a clean exit, if it is still ours.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { errnoText } from '../../config/errno.ts';
import type { Logger } from './logger.ts';

/** Where a daemon's pid goes when the configuration names no file. */
const DEFAULT_PIDFILE = '/var/run/redis.pid';

/**
 * Write the pid file, if there is to be one. Failure is only logged: the server can do without.
 *
 * @returns a function that removes it.
 */
export function createPidFile(config: Config, daemon: boolean, logger: Logger): () => void {
  const configured = config.str('pidfile');
  if (configured === '' && !daemon) return () => {};
  const path = configured === '' ? DEFAULT_PIDFILE : resolve(config.str('dir'), configured);
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    logger.warning(`Failed to write PID file: ${errnoText(error)}`);
    return () => {};
  }
  return () => {
    if (!isOurs(path)) return;
    logger.notice('Removing the pid file.');
    rmSync(path, { force: true });
  };
}

/** Another server may have been given the same file. */
function isOurs(path: string): boolean {
  try {
    return Number.parseInt(readFileSync(path, 'latin1'), 10) === process.pid;
  } catch {
    return false;
  }
}
