// What the functions for keys of one type share: the entry behind a key, strings out of it, and errno.

import type { Db } from '../store/db.ts';
import { autoMemoryAdd } from './abi/contexts.ts';
import { HandleKind } from './abi/handles.ts';
import { EINVAL, setErrno } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { type OpenKey, openKeys, REDISMODULE_READ } from './open-keys.ts';
import { currentModuleId, fail } from './runtime.ts';

export const EBADF = 9;
export const EDOM = 33;
export const ENOTSUP = 95;
export { EINVAL, ENOENT, ERANGE } from './abi/native-memory.ts';

/** A key is open, but its value is of another type. */
export const WRONG_TYPE = -1;

/** REDISMODULE_ERR with errno. */
export function refuse(errno: number, why: string): 1 {
  setErrno(errno);
  return fail(why);
}

/** The open key of a handle; null, with errno, for NULL. Throws HandleError for what is no key. */
export function keyOrNull(handle: number): OpenKey | null {
  if (handle !== 0) return openKeys.get(handle);
  refuse(EINVAL, 'the key is NULL');
  return null;
}

/** The entry if it is of a type (TYPE_…); 0 when the key is empty, WRONG_TYPE when it holds something else. */
export function entryOfType(key: OpenKey, type: number): number {
  const e = key.entry();
  return e === 0 || key.db.type(e) === type ? e : WRONG_TYPE;
}

/**
 * The entry of a key that must hold a value of a type; 0, with errno, when it does not, or was not opened for what
 * `forWriting` says.
 */
export function valueForUse(key: OpenKey, type: number, forWriting: boolean): number {
  const e = entryOfType(key, type);
  if (e <= 0) refuse(ENOTSUP, 'the key is empty or of another type');
  else if (!(forWriting ? key.writable : (key.mode & REDISMODULE_READ) !== 0)) {
    refuse(EBADF, forWriting ? 'the key was not opened for writing' : 'the key was not opened for reading');
  } else return e;
  return 0;
}

/**
 * Calls `make` with the bytes of the key's name, to add an entry to the database, where there is none that counts: an
 * expired value that is hidden goes first.
 */
export function addEntry(key: OpenKey, make: (db: Db, buf: Uint8Array, off: number, len: number) => number): number {
  const { db, name } = key;
  if (key.hidesExpired) {
    const stale = key.find();
    if (stale !== 0) db.deleteEntry(stale);
    key.hidesExpired = false;
  }
  return make(db, moduleStrings.bytes[name]!, moduleStrings.offset[name]!, moduleStrings.length[name]!);
}

/** A new string for the module that calls, freed with the key's context where that has automatic memory. */
export function newString(key: OpenKey, buf: Uint8Array, off: number, len: number): number {
  const handle = moduleStrings.fromBytes(buf, off, len, currentModuleId());
  autoMemoryAdd(key.context, HandleKind.String, handle);
  return handle;
}
