// The lock between a server's main loop and its modules' threads, and how it is made where the native shim is not used
// (shim-lock.ts is the other way).
//
// RM_ThreadSafeContextLock must block the calling thread and nobody else, so it cannot be a JavaScript callback (those
// are queued to the main thread). It is libc's `sem_wait` itself, called with the module's context as its argument. So
// every context (except the one of OnLoad) *is* a semaphore: one page of memory that starts with a process-shared sem_t,
// mapped once per context. The addresses are distinct, the page is the same, hence all contexts of a server are aliases
// of one lock. TryLock is `sem_trywait`, which answers 0 (REDISMODULE_OK) or -1 with errno EAGAIN; modules compare with
// REDISMODULE_OK. Unlock is a callback, because commands that wait get their turn before the next thread does.
//
// The main loop is a holder of the lock like any other: it takes it around each batch of commands, but only while
// thread-safe contexts exist. While a thread holds it the loop runs no command, only the event loop, so that the
// thread's own API calls are served.
//
// Only RedisModule_Init reads memory behind a context (its first word, the address of GetApi), and it is called with
// the context of OnLoad, which therefore has a page of its own.

import {
  closeFd,
  ftruncate,
  MAP_FIXED,
  MAP_SHARED,
  MFD_CLOEXEC,
  memfdCreate,
  mmap,
  munmap,
  PAGE_BYTES,
  PROT_READ_WRITE,
  readI32,
  schedYield,
  semDestroy,
  semInit,
  semPost,
  semTrywait,
} from './native-memory.ts';

/** One server's lock. */
export interface ModuleLock {
  /**
   * Called when a thread has unlocked, on the main thread and with the lock held: runs the commands that had to wait.
   * The server sets it.
   */
  runPending: (() => void) | null;
  /** Whether thread-safe contexts exist, and the main loop must take the lock. */
  readonly active: boolean;
  /** From now on the page at `addr`, one of those from `base` on, is a context. */
  mapAt(addr: number, base: number): void;
  /** The same for a context of a thread. */
  mapForThread(addr: number, base: number): void;
  /** Contexts of threads are memory, which must be taken away behind them. */
  readonly mapsForThreads: boolean;
  /** A thread-safe context comes into being. Inside a batch, the batch goes on as the holder of the lock. */
  addUser(): void;
  /** A thread-safe context is freed. */
  removeUser(): void;
  /**
   * The main loop wants to run commands. False: a thread has the lock; run none now. `runPending` is called when the
   * thread unlocks. Nested calls are not allowed.
   */
  tryEnter(): boolean;
  /** The main loop's batch is over. */
  leave(): void;
  /** RM_ThreadSafeContextUnlock, where it is a callback. */
  unlockFromThread(): void;
  /** Ends the lock. No context may be in use any more. */
  close(): void;
}

/** The lock where the native shim is not used; see the head of this file. */
export class SemaphoreLock implements ModuleLock {
  runPending: (() => void) | null = null;
  private readonly fd: number;
  /** Our own mapping of the page. */
  private readonly sem: number;
  private users = 0;
  /** The main loop is between tryEnter and leave. */
  private inside = false;
  /** The main loop has taken the semaphore. */
  private holds = false;
  private closed = false;

  constructor() {
    this.fd = memfdCreate('graftis-module-lock', MFD_CLOEXEC);
    if (this.fd < 0) throw new Error('Cannot create the memory of the module lock');
    ftruncate(this.fd, PAGE_BYTES);
    this.sem = mmap(0, PAGE_BYTES, PROT_READ_WRITE, MAP_SHARED, this.fd);
    semInit(this.sem, 1, 1);
  }

  readonly mapsForThreads = true;

  mapForThread(addr: number): void {
    this.mapAt(addr);
  }

  /** Maps the page. */
  mapAt(addr: number): void {
    mmap(addr, PAGE_BYTES, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, this.fd);
  }

  get active(): boolean {
    return this.users > 0;
  }

  addUser(): void {
    this.users++;
    if (this.users === 1 && this.inside && !this.holds) this.holds = semTrywait(this.sem) === 0;
  }

  removeUser(): void {
    this.users--;
  }

  tryEnter(): boolean {
    if (this.users > 0) {
      if (semTrywait(this.sem) !== 0) return false;
      this.holds = true;
    }
    this.inside = true;
    return true;
  }

  leave(): void {
    this.inside = false;
    if (!this.holds) return;
    this.holds = false;
    if (this.closed) return;
    const waiters = this.waiters();
    semPost(this.sem);
    // The woken thread must get to the semaphore before the next batch does, or busy clients would starve it.
    if (waiters > 0) schedYield();
  }

  /** RM_ThreadSafeContextUnlock: commands that wait run first, then the next thread may have the lock. */
  unlockFromThread(): void {
    if (this.closed) return;
    try {
      if (!this.inside && this.runPending !== null) {
        this.inside = true;
        this.holds = true;
        try {
          this.runPending();
        } finally {
          this.inside = false;
          this.holds = false;
        }
      }
    } finally {
      // What ran may have ended the server.
      if (!this.closed) semPost(this.sem);
    }
  }

  /** Threads that wait, as glibc counts them in the upper half of the semaphore's first word. */
  private waiters(): number {
    return readI32(this.sem + 4);
  }

  close(): void {
    this.closed = true;
    semDestroy(this.sem);
    munmap(this.sem, PAGE_BYTES);
    closeFd(this.fd);
  }
}
