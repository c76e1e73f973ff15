// RedisModuleKey: a key that a module opened.
//
// A handle holds the key's name, not its entry: entries move when values grow, and other commands (RM_Call) may delete
// or replace them while the key is open. Each use looks the entry up again, so that a handle can be out of date but
// never dangle. The name is the string that the module passed, with one more reference.

import type { Db } from '../store/db.ts';
import { CAUSE_OPEN_KEY } from '../store/expire-causes.ts';
import {
  type Keyspace,
  LOOKUP_KEEP_HIDDEN,
  LOOKUP_NOEXPIRE,
  LOOKUP_NONOTIFY,
  LOOKUP_NOSTATS,
  LOOKUP_NOTOUCH,
} from '../store/keyspace.ts';
import { callBlock, Deferred, OWN_KEYS, registerDeferred } from './abi/call-block.ts';
import { autoMemoryFreed, type ModuleContext, registerAutoFree, registerKeyCloser } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { moduleStrings } from './abi/string-handles.ts';
import type { ModuleData } from './env.ts';
import { noteEntry } from './key-answers.ts';
import { reportMisuse } from './misuse.ts';
import type { StreamCursor } from './stream-cursor.ts';
import type { ZsetRange } from './zset-range.ts';

export const REDISMODULE_READ = 1;
export const REDISMODULE_WRITE = 2;
export const OPEN_KEY_NOTOUCH = 1 << 16;
export const OPEN_KEY_NONOTIFY = 1 << 17;
export const OPEN_KEY_NOSTATS = 1 << 18;
export const OPEN_KEY_NOEXPIRE = 1 << 19;
export const OPEN_KEY_NOEFFECTS = 1 << 20;
export const OPEN_KEY_ACCESS_EXPIRED = 1 << 21;
/** Everything that RM_OpenKey understands. */
export const OPEN_KEY_ALL =
  REDISMODULE_READ |
  REDISMODULE_WRITE |
  OPEN_KEY_NOTOUCH |
  OPEN_KEY_NONOTIFY |
  OPEN_KEY_NOSTATS |
  OPEN_KEY_NOEXPIRE |
  OPEN_KEY_NOEFFECTS |
  OPEN_KEY_ACCESS_EXPIRED;
/** RM_SetModuleOptions: the module itself calls RM_SignalModifiedKey. */
const OPTION_NO_IMPLICIT_SIGNAL_MODIFIED = 2;

/** An open key. */
export class OpenKey {
  readonly context: ModuleContext;
  readonly data: ModuleData;
  readonly db: Db;
  readonly mode: number;
  /** Handle and index of the name's string. */
  readonly nameHandle: number;
  readonly name: number;
  private readonly nameSerial: number;
  /** The key was opened with an expired value in place that counts as not there. */
  hidesExpired: boolean;
  /** Where the key iterates over a range of a sorted set, or over a stream. */
  range: ZsetRange | null = null;
  cursor: StreamCursor | null = null;
  /** Clients that wait for the key are told when it is closed. */
  signalsReady = false;

  /** `name`: entry of the name's string, with one more reference that is the key's; `nameSerial` which of its lives it is. */
  constructor(
    context: ModuleContext,
    db: Db,
    nameHandle: number,
    name: number,
    nameSerial: number,
    mode: number,
    hidesExpired: boolean,
  ) {
    this.context = context;
    this.data = context.host.env.data;
    this.db = db;
    this.mode = mode;
    this.nameHandle = nameHandle;
    this.name = name;
    this.hidesExpired = hidesExpired;
    this.nameSerial = nameSerial;
  }

  /** Whether the module has freed the name more often than it retained it, so that it is gone. */
  get isNameLost(): boolean {
    return moduleStrings.serial[this.name] !== this.nameSerial || moduleStrings.refs[this.name] === 0;
  }

  get writable(): boolean {
    return (this.mode & REDISMODULE_WRITE) !== 0;
  }

  /** The entry, 0 when the key is empty. Valid until the entry is deleted or relocated. */
  entry(): number {
    const e = this.find();
    return e !== 0 && this.hidesExpired && this.data.keyspace.isExpired(e) ? 0 : e;
  }

  /** The entry even if it counts as expired. */
  find(): number {
    const i = this.name;
    return this.db.find(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
  }

  /** Announces a keyspace event for the key. */
  notify(type: number, event: string): void {
    const i = this.name;
    const { data, db } = this;
    data.notify(type, event, db, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
  }
}

/** All open keys of the process. */
export const openKeys = new HandleTable<OpenKey>(HandleKind.Key, 64);

openKeys.reserve(OWN_KEYS, (live, next) => callBlock.setKeyHandles(live, next));

callBlock.onKeyOpened = (context, index, handle, nameHandle, name, nameSerial) => {
  openKeys.adopt(
    index,
    new OpenKey(context, databaseOf(context), nameHandle, name, nameSerial, REDISMODULE_READ, false),
  );
  context.openKeys.push(handle);
};

/** An open key that holds its name. Throws HandleError when the name is no string. */
export function newOpenKey(
  context: ModuleContext,
  db: Db,
  nameHandle: number,
  mode: number,
  hidesExpired: boolean,
): OpenKey {
  const name = moduleStrings.index(nameHandle);
  moduleStrings.retain(name);
  return new OpenKey(context, db, nameHandle, name, moduleStrings.serial[name]!, mode, hidesExpired);
}

/** Entries of a keyspace whose keys are open: modules may have the addresses of their values. */
export function openEntries(keyspace: Keyspace): number[] {
  const entries: number[] = [];
  openKeys.forEach((key) => {
    if (key.data.keyspace === keyspace) entries.push(key.find());
  });
  return entries;
}

registerKeyCloser(closeKey);
registerDeferred(Deferred.CloseKey, closeKey);
registerAutoFree(HandleKind.Key, (_context, handle) => closeKey(handle));

/** The database that a context works in. */
export function databaseOf(context: ModuleContext): Db {
  return context.host.env.data.keyspace.dbs[context.dbIndex]!;
}

/** Looks the key up as `mode` says and opens it; 0 when it is to be read and does not exist. */
export function openKey(context: ModuleContext, nameHandle: number, mode: number): number {
  const { keyspace } = context.host.env.data;
  const db = databaseOf(context);
  const i = moduleStrings.index(nameHandle);
  const buf = moduleStrings.bytes[i]!;
  const off = moduleStrings.offset[i]!;
  const len = moduleStrings.length[i]!;
  const bits = mode & OPEN_KEY_NOEFFECTS ? mode | (15 << 16) : mode;
  let flags = 0;
  if (bits & OPEN_KEY_NOTOUCH) flags |= LOOKUP_NOTOUCH;
  if (bits & OPEN_KEY_NONOTIFY) flags |= LOOKUP_NONOTIFY;
  if (bits & OPEN_KEY_NOSTATS) flags |= LOOKUP_NOSTATS;
  if (bits & OPEN_KEY_ACCESS_EXPIRED) flags |= LOOKUP_NOEXPIRE;
  if (bits & OPEN_KEY_NOEXPIRE) flags |= LOOKUP_KEEP_HIDDEN;
  const writes = (mode & REDISMODULE_WRITE) !== 0;
  if (context.command !== null) context.command.opensKeys = true;
  let e: number;
  if (bits & OPEN_KEY_NOEXPIRE) {
    keyspace.expireCauses.begin(CAUSE_OPEN_KEY);
    try {
      e = writes ? keyspace.lookupWrite(db, buf, off, len, flags) : keyspace.lookupRead(db, buf, off, len, flags);
    } finally {
      keyspace.expireCauses.end(CAUSE_OPEN_KEY);
    }
  } else e = writes ? keyspace.lookupWrite(db, buf, off, len, flags) : keyspace.lookupRead(db, buf, off, len, flags);
  if (e === 0 && !writes) return 0;
  const hidesExpired = e === 0 && db.find(buf, off, len) !== 0;
  const key = newOpenKey(context, db, nameHandle, mode, hidesExpired);
  const handle = openKeys.create(key);
  context.openKeys.push(handle);
  if (!hidesExpired) noteEntry(handle, key, e);
  return handle;
}

/** Closes a key; throws HandleError when it is not open. Keys that were opened for writing count as modified. */
export function closeKey(handle: number): void {
  const key = openKeys.delete(handle);
  callBlock.forgetKey(handle);
  const { context } = key;
  const open = context.openKeys;
  if (open[open.length - 1] === handle) open.pop();
  else open.splice(open.indexOf(handle), 1);
  autoMemoryFreed(context, handle);
  const i = key.name;
  if (key.isNameLost) {
    reportMisuse(context.host, context.module, 'the name of an open key was freed more often than it was retained.');
    return;
  }
  if (key.writable && ((context.module?.options ?? 0) & OPTION_NO_IMPLICIT_SIGNAL_MODIFIED) === 0) {
    const bytes = moduleStrings.bytes[i]!;
    key.data.signalModified(key.db, bytes, moduleStrings.offset[i]!, moduleStrings.length[i]!);
  }
  if (key.signalsReady) {
    key.data.signalReady(key.db, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
  }
  moduleStrings.release(i);
}
