// The end of a worker thread whose server has modules.
//
// A worker that is terminated runs no JavaScript any more, while threads of its modules may just be on their way out of an
// API call, through memory of koffi's that goes with the worker. Node calls native functions at such an end, the latest
// added first: ours is libc's usleep, which gives those threads the time to leave.
//
// What this cannot do is answer calls that are still to be made: a thread in the middle of its work, when its worker is
// terminated, ends the process. Whoever ends a worker closes its servers first.

import workerThreads from 'node:worker_threads';
import koffi from '../../memory/koffi.ts';
import { dlsym } from './native-memory.ts';

const LINGER_US = 100_000;

/** Marks the thread, on an object that all evaluations of this code in it share. Node ends the process at a second hook. */
const MARK = Symbol.for('graftis.lingering-end.1');

/** Holds the end of this worker thread up for a moment; nothing in the main thread. */
export function lingerAtThreadEnd(): void {
  const shared = workerThreads as unknown as Record<symbol, boolean>;
  if (workerThreads.isMainThread || shared[MARK] === true) return;
  shared[MARK] = true;
  const add = koffi
    .load(null)
    .func('int napi_add_env_cleanup_hook(uintptr_t env, uintptr_t run, uintptr_t argument)') as unknown as (
    env: bigint,
    run: number,
    argument: number,
  ) => number;
  add(koffi.address(koffi.node.env), dlsym(0, 'usleep'), LINGER_US);
}
