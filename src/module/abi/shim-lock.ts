// A server's lock between main loop and threads where the native shim is used: native/lock.c explains it. Contexts are
// pages with nothing in them, those of threads even without memory; the shim finds the lock by their number.

import type { Shim } from '../../memory/shim.ts';
import {
  calloc,
  free,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  mmap,
  PAGE_BYTES,
  PROT_READ_WRITE,
} from './native-memory.ts';
import type { GrantedLock, ThreadCalls } from './thread-calls.ts';
import type { ModuleLock } from './thread-contexts.ts';

const SERVED_LOCK = 1;

interface LockFunctions {
  readonly lockBytes: () => number;
  readonly bind: (lock: number, base: number, addr: number) => void;
  readonly forget: (lock: number) => void;
  readonly enter: (lock: number) => number;
  readonly granted: (lock: number) => number;
  readonly leave: (lock: number, serves: number) => void;
}

let functions: LockFunctions | null = null;

function lockFunctions(shim: Shim): LockFunctions {
  functions ??= {
    lockBytes: shim.func('size_t graftis_lock_bytes(void)'),
    bind: shim.func('void graftis_lock_bind(uintptr_t lock, uintptr_t base, uintptr_t address)'),
    forget: shim.func('void graftis_lock_forget(uintptr_t lock)'),
    enter: shim.func('int graftis_lock_enter(uintptr_t lock)'),
    granted: shim.func('int graftis_lock_granted(uintptr_t lock)'),
    leave: shim.func('void graftis_lock_leave(uintptr_t lock, int serves)'),
  };
  return functions;
}

export class ShimLock implements ModuleLock, GrantedLock {
  runPending: (() => void) | null = null;
  private readonly native: LockFunctions;
  private readonly calls: ThreadCalls;
  /** Told of what `runPending` throws. */
  private readonly fault: (error: unknown) => void;
  /** Address of the lock's words, which threads use as long as they are in modules. */
  private readonly words: number;
  private users = 0;
  private closed = false;

  constructor(shim: Shim, calls: ThreadCalls, fault: (error: unknown) => void) {
    this.native = lockFunctions(shim);
    this.calls = calls;
    this.fault = fault;
    this.words = calloc(1, this.native.lockBytes());
    calls.locks.add(this);
  }

  readonly mapsForThreads = false;

  mapForThread(addr: number, base: number): void {
    this.native.bind(this.words, base, addr);
  }

  mapAt(addr: number, base: number): void {
    mmap(addr, PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
    this.native.bind(this.words, base, addr);
  }

  get active(): boolean {
    return this.users > 0;
  }

  addUser(): void {
    this.users++;
  }

  removeUser(): void {
    this.users--;
  }

  tryEnter(): boolean {
    const result = this.native.enter(this.words);
    if (result & ~SERVED_LOCK) this.calls.settle(result & ~SERVED_LOCK);
    return (result & SERVED_LOCK) !== 0;
  }

  leave(): void {
    if (!this.closed) this.native.leave(this.words, 0);
  }

  takeGrant(): void {
    if (this.closed || this.native.granted(this.words) === 0) return;
    try {
      this.runPending?.();
    } catch (error) {
      this.fault(error);
    } finally {
      // What ran may have ended the server.
      if (!this.closed) this.native.leave(this.words, 1);
    }
  }

  /** The shim has that function. */
  unlockFromThread(): void {}

  close(): void {
    this.closed = true;
    this.calls.locks.delete(this);
    this.native.forget(this.words);
    free(this.words);
  }
}
