// Calls of the API by threads of modules, where the native shim is used: native/handover.c explains how they get to the
// main thread, native/lock.c the lock, native/posting.c what does not wait. This is the host's side of all three.
//
// Modules are given trampolines (native/trampolines.c) instead of koffi's callbacks. Threads never enter koffi then, so a
// process or a worker thread may end while they are in the middle of a call.

import koffi from '../../memory/koffi.ts';
import type { Shim } from '../../memory/shim.ts';
import { shareForks } from '../fork-child.ts';
import { addressOf, dlsym } from './native-memory.ts';
import { POSTINGS } from './posting.ts';

/** What serving comes back for (SERVED_ of native/handover.h). */
const SERVED_LOCK = 1;
const SERVED_DOUBTFUL = 2;
/** How long threads are served and get the lock in turn before the event loop has its turn, ms. */
const TURN_MS = 0.5;
/** Functions of libuv that the shim calls, in the order of `struct uv_functions` (native/wake.c). */
const UV_FUNCTIONS = ['uv_async_init', 'uv_async_send', 'uv_close', 'uv_unref', 'uv_handle_size'];

/** A lock of the shim's, which threads have handed to the main thread. */
export interface GrantedLock {
  /** Looks whether the lock was handed over, and if so does what is to be done with it. It throws nothing. */
  takeGrant(): void;
}

export class ThreadCalls {
  /** Callbacks of the API that were begun, and that were ended. */
  readonly pulse: Int32Array;
  readonly locks = new Set<GrantedLock>();
  private readonly setCall: (index: number, callback: number, failed: number) => void;
  private readonly trampoline: (index: number) => number;
  private readonly setRecipe: (i: number, args: string, callback: number, result: number, wakes: number) => void;
  /** Numbers of rows by name, as the shim knows them. */
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly spareContext: (addr: number) => number;
  private readonly takeSpare: () => number;
  private readonly setContextRows: (get: number, adopt: number) => void;
  private readonly setUnlockRow: (index: number) => void;
  private readonly serve: () => number;
  private readonly failDoubtful: () => void;
  private readonly leaveToLoop: () => void;
  private readonly wakeStart: (loop: bigint | number, callback: bigint, functions: BigUint64Array) => number;
  private readonly wakeStop: () => void;
  private readonly loop: bigint | number;
  /** Registered with koffi while the loop is woken. */
  private wakeCallback: bigint | null = null;

  /** On the thread that is to serve, outside of callbacks. */
  constructor(shim: Shim) {
    this.setCall = shim.func('void graftis_set_call(uint32_t index, uintptr_t callback, int failed)');
    this.trampoline = shim.func('uintptr_t graftis_trampoline(uint32_t index)');
    this.setRecipe = shim.func(
      'void graftis_set_recipe(uint32_t index, const char *arguments, uint32_t callback, int result, int wakes)',
    );
    this.setUnlockRow = shim.func('void graftis_set_unlock_row(uint32_t row)');
    this.spareContext = shim.func('int graftis_spare_context(uintptr_t context)');
    this.takeSpare = shim.func('uintptr_t graftis_take_spare(void)');
    this.setContextRows = shim.func('void graftis_set_context_rows(uint32_t get, uint32_t adopt)');
    this.expect = shim.func('void graftis_expect(void)');
    this.serve = shim.func('int graftis_serve(void)');
    this.failDoubtful = shim.func('void graftis_fail_doubtful(void)');
    this.leaveToLoop = shim.func('void graftis_leave_to_loop(void)');
    this.pulse = new Int32Array(new ArrayBuffer(8));
    const setPulse = shim.func<(address: number) => void>('void graftis_set_pulse(uintptr_t words)');
    setPulse(addressOf(this.pulse.buffer as ArrayBuffer));
    shim.func<() => void>('void graftis_measure_spinning(void)')();
    shareForks(shim, (row) => this.nameOf(row));
    this.wakeStart = shim.func('int graftis_wake_start(uintptr_t loop, uintptr_t callback, uintptr_t *functions)');
    this.wakeStop = shim.func('void graftis_wake_stop(void)');
    this.loop = loopOfThread(shim);
  }

  /** Puts a context by for threads that ask for one; false when there are enough. Of one server at a time. */
  give(addr: number): boolean {
    return this.spareContext(addr) !== 0;
  }

  /** Takes all contexts back that are left, by calling `each`. */
  takeSpares(each: (addr: number) => void): void {
    for (let addr = this.takeSpare(); addr !== 0; addr = this.takeSpare()) each(addr);
  }

  /** A module waits for a thread, which may call soon. */
  readonly expect: () => void;

  /** An API table begins to tell of its rows. */
  reset(): void {
    this.startWaking();
    this.numbers.clear();
    this.names.length = 0;
  }

  /** The function that modules get for a row whose callback is at `callback`. */
  install(name: string, callback: number, onFailure: number): number {
    const number = this.names.length;
    this.names.push(name);
    this.numbers.set(name, number);
    this.setCall(number, callback, onFailure);
    return this.trampoline(number);
  }

  private nameOf(number: number): string {
    return this.names[number] ?? '?';
  }

  /** All rows are installed: tells of calls that threads do not wait for. */
  applyPostings(): void {
    // Its callback is told of an unlocking with a context that is none.
    const unlock = this.numbers.get('ThreadSafeContextUnlock');
    if (unlock !== undefined) this.setUnlockRow(unlock);
    const get = this.numbers.get('GetThreadSafeContext');
    const adopt = this.numbers.get('GetThreadSafeContextAt');
    if (get !== undefined && adopt !== undefined) this.setContextRows(get, adopt);
    for (const [name, { recipe, result, as, wakes }] of Object.entries(POSTINGS)) {
      const number = this.numbers.get(name);
      const callback = this.numbers.get(as ?? name);
      if (number === undefined || callback === undefined) continue;
      this.setRecipe(number, recipe, callback, result, wakes === true ? 1 : 0);
    }
  }

  /** Threads want something: called by Node's loop. */
  private wake(): void {
    const until = performance.now() + TURN_MS;
    let served: number;
    do {
      served = this.serve();
      this.settle(served);
    } while (served !== 0 && performance.now() < until);
    if (served !== 0) this.leaveToLoop();
  }

  /** Does what serving has come back for. */
  settle(served: number): void {
    // That this line is reached says that calls which were not run have failed.
    if (served & SERVED_DOUBTFUL) this.failDoubtful();
    if (served & SERVED_LOCK) for (const lock of this.locks) lock.takeGrant();
  }

  /** Has the shim wake this thread's loop. */
  private startWaking(): void {
    if (this.wakeCallback !== null) return;
    const callback = koffi.register(() => this.wake(), koffi.pointer(koffi.proto('void', ['uintptr_t'])));
    const functions = new BigUint64Array(UV_FUNCTIONS.map((name) => BigInt(dlsym(0, name))));
    if (this.wakeStart(this.loop, koffi.address(callback), functions) !== 0) {
      koffi.unregister(callback);
      throw new Error('Cannot watch threads of modules');
    }
    this.wakeCallback = callback;
  }

  /** Ends that: the API is taken back, and no thread of a module is left. */
  stopWaking(): void {
    if (this.wakeCallback === null) return;
    this.wakeStop();
    koffi.unregister(this.wakeCallback);
    this.wakeCallback = null;
  }
}

/** libuv's loop of this thread. The shim is told when its environment ends. */
function loopOfThread(shim: Shim): bigint | number {
  const node = koffi.load(null);
  const env = koffi.address(koffi.node.env);
  const getLoop = node.func('int napi_get_uv_event_loop(uintptr_t env, _Out_ uintptr_t *loop)') as unknown as (
    env: bigint,
    loop: (bigint | number)[],
  ) => number;
  const loop: (bigint | number)[] = [0];
  if (getLoop(env, loop) !== 0) throw new Error('Cannot find the event loop');
  const addHook = node.func(
    'int napi_add_env_cleanup_hook(uintptr_t env, uintptr_t run, uintptr_t argument)',
  ) as unknown as (env: bigint, run: number, argument: number) => number;
  addHook(env, shim.address('graftis_environment_ends'), 0);
  return loop[0]!;
}

let calls: ThreadCalls | null = null;

/** The one object for the shim of this copy of the code; it is made outside of callbacks. */
export function threadCalls(shim: Shim): ThreadCalls {
  calls ??= new ThreadCalls(shim);
  return calls;
}
