// Shared libraries of modules.
//
// A library that is opened twice in one process is one library: its global variables are shared, and what the module
// remembers of one server it would use for the other. So the file itself is opened only by a server of the main thread,
// while nobody else in the process has it open; every other server opens a private copy, in memory that has no name. (A
// library that finds others through $ORIGIN cannot be copied so: then the load fails with dlopen's text.)
//
// Who has a library open is asked of the dynamic linker: it alone knows of all, also of servers in worker threads, of
// this code evaluated a second time (as test runners do), of another version of it, and of what the program loaded
// itself. Only the main thread opens by name, hence nobody can come between question and opening.

import { readFileSync, statSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { withLibraryCopy } from '../memory/library-copy.ts';
import type { Family } from './abi/api-table.ts';
import { dlclose, dlopen, dlsym, exitProcess, isLibraryOpen } from './abi/native-memory.ts';
import { isThreadInside, mappedFiles, threadIds } from './threads-inside.ts';

/** Libraries that were opened by name, by file identity, with the server that did. */
const openedBy = new Map<string, WeakRef<object>>();

/** Libraries that are open now. */
const open = new Set<ModuleLibrary>();

/** One opened library. */
export class ModuleLibrary {
  readonly handle: number;
  /** Files that were mapped with it: the library and what it needs. */
  private readonly files: ReadonlySet<string>;
  /** Threads that were there before. */
  private readonly earlierThreads: ReadonlySet<string>;

  private constructor(handle: number, files: ReadonlySet<string>, earlierThreads: ReadonlySet<string>) {
    this.handle = handle;
    this.files = files;
    this.earlierThreads = earlierThreads;
    open.add(this);
    endWithThreads();
  }

  /** Opens the file for server `owner`; a string is dlopen's complaint. */
  static open(path: string, owner: object): ModuleLibrary | string {
    const identity = fileIdentity(path);
    // What does not exist has no copies either; dlopen says so.
    const byName = identity === null || mayOpenByName(path, identity, owner);
    const earlierFiles = mappedFiles();
    const earlierThreads = threadIds();
    const handle = byName ? dlopen(path) : openCopy(path);
    if (typeof handle === 'string') return handle;
    if (identity !== null && byName) openedBy.set(identity, new WeakRef(owner));
    // Open already: the linker counts, and nothing new was mapped.
    const same = [...open].find((other) => other.handle === handle);
    const files = same?.files ?? new Set([...mappedFiles()].filter((file) => !earlierFiles.has(file)));
    return new ModuleLibrary(handle, files, earlierThreads);
  }

  /** The entry point `OnLoad` or `OnUnload` and whose family's it is; null when the library has neither. */
  entry(name: 'OnLoad' | 'OnUnload'): { address: number; family: Family } | null {
    const valkey = dlsym(this.handle, `ValkeyModule_${name}`);
    if (valkey !== 0) return { address: valkey, family: 'valkey' };
    const redis = dlsym(this.handle, `RedisModule_${name}`);
    return redis !== 0 ? { address: redis, family: 'redis' } : null;
  }

  /** Whether a thread other than the caller may be inside of the library. */
  get hasThreads(): boolean {
    return isThreadInside(this.files, this.earlierThreads);
  }

  /** Closes the library, which nobody may be inside of. False when that failed. */
  close(): boolean {
    open.delete(this);
    return dlclose(this.handle) === 0;
  }
}

/**
 * A process that ends takes its native callbacks apart while threads go on, and one that calls such a callback then ends
 * the process with a signal. So where threads are left inside of modules the process ends at once, with its status, as
 * soon as everybody else has seen the event `exit`.
 */
function endWithThreads(): void {
  if (!isMainThread) return;
  process.removeListener('exit', endNow);
  process.on('exit', endNow);
}

function endNow(status: number): void {
  for (const library of open) if (library.hasThreads) exitProcess(status);
}

function mayOpenByName(path: string, identity: string, owner: object): boolean {
  if (!isMainThread) return false;
  return openedBy.get(identity)?.deref() === owner || !isLibraryOpen(path);
}

function fileIdentity(path: string): string | null {
  try {
    const info = statSync(path, { bigint: true });
    return `${info.dev}:${info.ino}`;
  } catch {
    return null;
  }
}

/** Opens a copy of the file that nobody else has. */
function openCopy(path: string): number | string {
  const handle = withLibraryCopy(readFileSync(path), 'graftis-module', dlopen);
  return handle ?? `${path}: cannot create a private copy of the library`;
}
