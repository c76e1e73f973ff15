/**
 * `crash-log-enabled`: whether a signal that ends the process inside of native code is reported in the log. A guest in
 * another program keeps its hands off that program's signals, unless its configuration has a line for the directive.
 */
import { resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { LastWords } from '../../module/last-words.ts';
import type { Server } from '../server.ts';
import { GRAFTIS_VERSION, REDIS_VERSION } from './version.ts';

/** Watches for signals while the server lives; null where nobody shall, or can. */
export function watchCrashes(server: Server): LastWords | null {
  const { config, nativeShim, log } = server;
  const asked = !server.embedded || config.find('crash-log-enabled')!.loaded;
  if (!asked || typeof nativeShim === 'string' || !isMainThread || !log.enabled('warning')) return null;
  const logfile = config.str('logfile');
  const words = new LastWords(nativeShim, {
    logfile: logfile === '' ? '' : resolve(config.str('dir'), logfile),
    format: config.enumValue('log-format') as 'classic' | 'json',
    version: `graftis ${GRAFTIS_VERSION} (Redis ${REDIS_VERSION}), Node ${process.version} ${process.arch}`,
  });
  const follow = (): null => {
    if (config.bool('crash-log-enabled')) words.watch();
    else words.unwatch();
    return null;
  };
  follow();
  config.onApply('crash-log-enabled', follow);
  server.lifetime.onClose(() => words.unwatch());
  return words;
}
