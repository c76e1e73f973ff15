// Timers of modules: each fires once, outside of any command.

import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext } from './abi/contexts.ts';
import type { Module } from './module.ts';

const TIMER_PROC = 'void RedisModuleTimerProc(RedisModuleCtx *ctx, void *data)';

export interface Timer {
  readonly id: number;
  readonly module: Module;
  /** When it fires, in milliseconds of performance.now(). */
  readonly atMs: number;
  readonly data: number | bigint;
  readonly dbIndex: number;
  readonly callback: NativeFunction;
  readonly cancel: () => void;
}

let lastId = 0;
/** Timers that have not fired, by module. */
const timersOf = new WeakMap<Module, Map<number, Timer>>();

function timersFor(module: Module): Map<number, Timer> {
  let timers = timersOf.get(module);
  if (timers === undefined) {
    const made = new Map<number, Timer>();
    timers = made;
    timersOf.set(module, made);
    // Loaded modules with timers are not unloaded; this is for loads that fail and servers that end.
    module.onUnload(() => {
      for (const timer of made.values()) timer.cancel();
      made.clear();
      module.timerCount = 0;
    });
  }
  return timers;
}

/** Starts a timer for the context's module; returns its id. It works in the database of the context. */
export function createTimer(context: ModuleContext, periodMs: number, callback: number, data: number | bigint): number {
  const module = context.module!;
  const timers = timersFor(module);
  const id = ++lastId;
  const timer: Timer = {
    id,
    module,
    atMs: performance.now() + periodMs,
    data,
    dbIndex: context.dbIndex,
    callback: bindCallback(TIMER_PROC, callback),
    cancel: context.host.env.schedule(periodMs, () => fire(timer)),
  };
  timers.set(id, timer);
  module.timerCount++;
  return id;
}

function fire(timer: Timer): void {
  const { module } = timer;
  // Stopped while it waited for the lock.
  if (!forget(timer)) return;
  module.host.callModule(module, ContextKind.Call, null, null, (context) => {
    context.dbIndex = timer.dbIndex;
    timer.callback(context.addr, timer.data);
  });
}

function forget(timer: Timer): boolean {
  if (!timersFor(timer.module).delete(timer.id)) return false;
  timer.module.timerCount--;
  return true;
}

/** A timer of the module that has not fired; null when there is none of that id. */
export function findTimer(module: Module, id: number | bigint): Timer | null {
  return timersOf.get(module)?.get(Number(id)) ?? null;
}

export function stopTimer(timer: Timer): void {
  forget(timer);
  timer.cancel();
}
