// Shared libraries of modules.
//
// A library that is opened twice in one process is one library: its global variables are shared. When several servers
// live in a process, the second one that loads a module therefore opens a private copy of the file, in memory that has
// no name. (A library that finds others through $ORIGIN cannot: then the load fails with dlopen's text.)

import { closeSync, readFileSync, statSync, writeSync } from 'node:fs';
import type { Family } from './abi/api-table.ts';
import { dlclose, dlopen, dlsym, MFD_CLOEXEC, memfdCreate } from './abi/native-memory.ts';

/** Libraries by file identity, with the server that opened them first. Kept: dlclose may leave globals behind. */
const openedBy = new Map<string, WeakRef<object>>();

/** One opened library. */
export class ModuleLibrary {
  readonly handle: number;

  private constructor(handle: number) {
    this.handle = handle;
  }

  /** Opens the file for server `owner`; a string is dlopen's complaint. */
  static open(path: string, owner: object): ModuleLibrary | string {
    const identity = fileIdentity(path);
    const first = identity === null ? owner : (openedBy.get(identity)?.deref() ?? owner);
    const handle = first === owner ? dlopen(path) : openCopy(path);
    if (typeof handle === 'string') return handle;
    if (identity !== null && first === owner) openedBy.set(identity, new WeakRef(owner));
    return new ModuleLibrary(handle);
  }

  /** The entry point `OnLoad` or `OnUnload` and whose family's it is; null when the library has neither. */
  entry(name: 'OnLoad' | 'OnUnload'): { address: number; family: Family } | null {
    const valkey = dlsym(this.handle, `ValkeyModule_${name}`);
    if (valkey !== 0) return { address: valkey, family: 'valkey' };
    const redis = dlsym(this.handle, `RedisModule_${name}`);
    return redis !== 0 ? { address: redis, family: 'redis' } : null;
  }

  /** Closes the library. False when that failed. */
  close(): boolean {
    return dlclose(this.handle) === 0;
  }
}

function fileIdentity(path: string): string | null {
  try {
    const info = statSync(path, { bigint: true });
    return `${info.dev}:${info.ino}`;
  } catch {
    return null;
  }
}

let copies = 0;

/**
 * A path of an open file that no other copy has had: dlopen takes a path it has seen for the library that it opened
 * then, and numbers of descriptors come again. `/` and `./` change nothing but the text, so they spell the copy's number.
 */
function copyPath(fd: number): string {
  const digits = (++copies).toString(2).replaceAll('0', '/').replaceAll('1', './');
  return `/proc/self/fd/${digits}${fd}`;
}

/** Opens a copy of the file that nobody else has. */
function openCopy(path: string): number | string {
  const fd = memfdCreate('graftis-module', MFD_CLOEXEC);
  if (fd < 0) return `${path}: cannot create a private copy of the library`;
  try {
    const content = readFileSync(path);
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
    return dlopen(copyPath(fd));
  } finally {
    closeSync(fd);
  }
}
