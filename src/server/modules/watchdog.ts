/**
 * A module that does not come back holds the whole server up, and the server cannot say so itself. A thread that shares
 * nothing with it but a few words (module/activity.ts) writes a line to the log that names module and command.
 */
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Activity } from '../../module/activity.ts';
import { startingOwnThread } from '../../module/threads-inside.ts';
import type { Server } from '../server.ts';

/** How long a call into a module may take before the log tells. */
const PERIOD_MS = 5000;

/** What the thread is given. */
export interface WatchdogData {
  readonly words: Int32Array;
  readonly names: readonly (readonly [number: number, name: string])[];
  /** Absolute path, '' for standard output. */
  readonly logfile: string;
  readonly format: 'classic' | 'json';
  readonly periodMs: number;
}

/** Starts the thread; it ends with the server. Without a log to write to there is none. */
export function startWatchdog(server: Server, activity: Activity): void {
  const { config, log } = server;
  if (!log.enabled('warning')) return;
  const logfile = config.str('logfile');
  const data: WatchdogData = {
    words: activity.words,
    names: [...activity.names].map(([name, number]) => [number, name] as const),
    logfile: logfile === '' ? '' : resolve(config.str('dir'), logfile),
    format: config.enumValue('log-format') as WatchdogData['format'],
    periodMs: PERIOD_MS,
  };
  let worker!: Worker;
  const ended = startingOwnThread(() => {
    worker = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
      workerData: data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
    });
  });
  worker.unref();
  worker.on('exit', ended);
  // Where it cannot be started (sources that were not built), nobody watches.
  worker.on('error', (error) => log.verbose(`Modules are not watched: ${error.message}`));
  const tell = (number: number, name: string): void => worker.postMessage([number, name]);
  activity.onName.add(tell);
  server.lifetime.onClose(async () => {
    activity.onName.delete(tell);
    await worker.terminate();
  });
}
