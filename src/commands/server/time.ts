/** TIME and LASTSAVE. */
import type { CommandClient } from '../command-client.ts';
import type { CommandSpec } from '../spec.ts';

/** Drift from the system's clock, which may be set, that is put up with. */
const DRIFT_MS = 2;
let originMs = performance.timeOrigin;

/** Unix time in microseconds: Node's own wall clock has milliseconds only. */
function wallClockUs(): number {
  const monotonicMs = performance.now();
  const wallMs = Date.now();
  const ms = originMs + monotonicMs;
  if (Math.abs(ms - wallMs) <= DRIFT_MS) return Math.floor(ms * 1000);
  originMs = wallMs - monotonicMs;
  return wallMs * 1000;
}

function time(c: CommandClient): void {
  const us = wallClockUs();
  c.out.array(2);
  c.out.bulkInteger(Math.floor(us / 1_000_000));
  c.out.bulkInteger(us % 1_000_000);
}

function lastsave(c: CommandClient): void {
  c.out.integer(c.server.lastSaveSeconds);
}

export const timeCommands: readonly CommandSpec[] = [
  { name: 'time', arity: 1, flags: ['loading', 'stale', 'fast'], tips: ['nondeterministic_output'], proc: time },
  {
    name: 'lastsave',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    categories: ['admin', 'dangerous'],
    tips: ['nondeterministic_output'],
    proc: lastsave,
  },
];
