/**
 * The watchdog's thread: looks once a second whether a call into a module is the same one for too long, and writes a line
 * to the log, because the main thread cannot. `workerData` is a `WatchdogData`; messages are `[number, name]`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ACTIVITY_CALLS, ACTIVITY_COMMAND, ACTIVITY_MODULE } from '../../module/activity.ts';
import { classicLine, fileSink, LEVELS, stdoutSink } from '../process/log-lines.ts';
import type { WatchdogData } from './watchdog.ts';

const { words, names, logfile, format, periodMs } = workerData as WatchdogData;
const known = new Map(names);
const sink = logfile === '' ? stdoutSink() : fileSink(logfile);
let calls = 0;
let sinceMs = 0;

parentPort!.on('message', ([number, name]: [number, string]) => known.set(number, name));

function look(): void {
  const now = Atomics.load(words, ACTIVITY_CALLS);
  if ((now & 1) === 0 || now !== calls) {
    calls = now;
    sinceMs = performance.now();
    return;
  }
  const seconds = Math.floor((performance.now() - sinceMs) / 1000);
  // Told once: a call that goes on is forgotten by counting from the far future.
  if (seconds * 1000 < periodMs) return;
  sinceMs = Number.POSITIVE_INFINITY;
  const module = known.get(words[ACTIVITY_MODULE]!) ?? '?';
  const command = known.get(words[ACTIVITY_COMMAND]!);
  warn(
    `Module ${module} has not come back ${command === undefined ? 'from a callback' : `from its command ${command}`} ` +
      `for ${seconds} seconds, and nobody is served meanwhile. If it waits for a thread of its own that calls the module ` +
      'API, both wait for ever.',
  );
}

/** As the logger of the main thread writes it. */
function warn(message: string): void {
  const line = { level: 'warning', time: Date.now(), pid: process.pid, role: 'M', msg: message };
  sink(format === 'json' ? `${JSON.stringify(line)}\n` : classicLine('M', LEVELS.warning, message, new Date()));
}

setInterval(look, Math.min(1000, periodMs / 4));
