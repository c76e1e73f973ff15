/**
 * Lines of the log and where they go, without what decides whether they are written: a thread that only has to say one
 * thing (the watchdog of modules) needs no more.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** What this process is: master, replica, child process, sentinel. */
export type Role = 'M' | 'S' | 'C' | 'X';

/** Takes finished text; must not throw. */
export type LogSink = (text: string) => void;

/** Numbers of the levels. */
export const LEVELS = { debug: 10, verbose: 20, notice: 30, warning: 40 } as const;
const LEVEL_CHARS: Readonly<Record<number, string>> = { 10: '.', 20: '-', 30: '*', 40: '#' };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** The classic line, with its line feed. */
export function classicLine(role: Role, level: number, message: string, at: Date): string {
  const day = `${pad(at.getDate(), 2)} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  const time = `${pad(at.getHours(), 2)}:${pad(at.getMinutes(), 2)}:${pad(at.getSeconds(), 2)}`;
  const ms = pad(at.getMilliseconds(), 3);
  return `${process.pid}:${role} ${day} ${time}.${ms} ${LEVEL_CHARS[level]} ${message}\n`;
}

/** How long a full pipe on stdout may hold the server up, in pauses of a millisecond. */
const STDOUT_RETRIES = 200;
const pause = new Int32Array(new SharedArrayBuffer(4));

function writeAll(fd: number, bytes: Uint8Array): void {
  let retries = 0;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const retry = (error as NodeJS.ErrnoException).code === 'EAGAIN' && retries++ < STDOUT_RETRIES;
      if (!retry) return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** A sink for standard output. */
export function stdoutSink(): LogSink {
  return (text) => writeAll(1, Buffer.from(text));
}

/** A sink for a file, opened for every text. */
export function fileSink(path: string): LogSink {
  return (text) => {
    let fd: number;
    try {
      fd = openSync(path, 'a', 0o644);
    } catch {
      return;
    }
    writeAll(fd, Buffer.from(text));
    closeSync(fd);
  };
}
