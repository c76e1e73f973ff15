// What the native shim answers of open keys by itself.

import type { Db } from '../store/db.ts';
import { ENC_RAW, TYPE_STRING } from '../store/entry-layout.ts';
import { callBlock } from './abi/call-block.ts';
import type { OpenKey } from './open-keys.ts';

/** Store's type numbers -> REDISMODULE_KEYTYPE_*. */
const KEY_TYPES: readonly number[] = [1, 2, 4, 5, 3, 6, 7];

/** REDISMODULE_KEYTYPE_* of an open key; 0 when it is empty. */
export function keyTypeOf(key: OpenKey): number {
  const e = key.entry();
  return e === 0 ? 0 : KEY_TYPES[key.db.type(e)]!;
}

/** Whether the value's bytes are as RM_StringDMA leaves them: as they are they stay, with a NUL behind them. */
function isDirect(db: Db, e: number): boolean {
  if (db.encoding(e) !== ENC_RAW || !db.hasExpiryPlace(e)) return false;
  const length = db.valLen(e);
  return db.valCapacity(e) > length && db.u8(e)[db.valOff(e) + length] === 0;
}

/**
 * Lets the shim answer for an open key until the next callback: not where the clock alone may change what there is. The
 * value's address only if RM_StringDMA has nothing more to do to the value.
 */
export function noteKey(handle: number, key: OpenKey): void {
  if (key.hidesExpired) return callBlock.forgetKey(handle);
  noteEntry(handle, key, key.find());
}

/** The same for a key whose entry is known, 0 for none. */
export function noteEntry(handle: number, { db }: OpenKey, e: number): void {
  if (e === 0) return callBlock.noteKey(handle, 0, 0, 0);
  const type = db.type(e);
  if (type !== TYPE_STRING) return callBlock.noteKey(handle, KEY_TYPES[type]!, -1, 0);
  callBlock.noteKey(handle, KEY_TYPES[type]!, db.valLen(e), isDirect(db, e) ? db.valAddress(e) : 0);
}
