/**
 * Results of set commands on their way to a key: made in the keyspace's scratch database, which nobody sees, because
 * the key that gets them may be one of the sources.
 */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_SET } from '../../config/notify.ts';
import { type Db, FREE_LAZILY } from '../../store/db.ts';
import { ENC_HT, ENC_INTSET, type ENC_LISTPACK, TYPE_SET } from '../../store/entry-layout.ts';
import { INTSET_HEADER_BYTES, intsetInit } from '../../store/intset.ts';
import { LP_EMPTY_BYTES } from '../../store/listpack.ts';
import { lpInit } from '../../store/listpack-edit.ts';
import { newSetTable, setSize } from '../../store/set-type.ts';
import { UNLINK_DELETED } from '../../store/value-ops.ts';
import type { CommandClient } from '../command-client.ts';
import { writeKey } from '../lookup.ts';
import { moveScratchValue } from '../scratch-result.ts';

const NO_KEY = new Uint8Array(0);

/** Adds an empty set to the scratch database. */
export function newResult(scratch: Db, encoding: typeof ENC_INTSET | typeof ENC_LISTPACK | typeof ENC_HT): number {
  if (encoding === ENC_HT) return scratch.addRoot(NO_KEY, 0, 0, TYPE_SET, ENC_HT, newSetTable(scratch.arena, 0));
  const bytes = encoding === ENC_INTSET ? INTSET_HEADER_BYTES : LP_EMPTY_BYTES;
  const e = scratch.add(NO_KEY, 0, 0, TYPE_SET, encoding, bytes);
  if (encoding === ENC_INTSET) intsetInit(scratch.u8(e), scratch.valOff(e));
  else lpInit(scratch.u8(e), scratch.valOff(e));
  return e;
}

/** Deletes whatever a command left in the scratch database. */
export function dropResult(scratch: Db): void {
  const e = scratch.find(NO_KEY, 0, 0);
  if (e !== 0) scratch.deleteEntry(e, UNLINK_DELETED, FREE_LAZILY);
}

/** Makes the result the value of the key in argument 1, tells of it as `event`, and replies with its size. */
export function storeResult(c: CommandClient, scratch: Db, e: number, event: string): void {
  const size = setSize(scratch, e);
  if (size === 0) {
    dropResult(scratch);
    deleteTarget(c);
  } else {
    const made = moveScratchValue(c, e, 1);
    c.modified(1);
    if (made) c.notify(NOTIFY_NEW, 'new', 1);
    c.notify(NOTIFY_SET, event, 1);
  }
  c.out.integer(size);
}

/** Deletes the key in argument 1, which got nothing. */
export function deleteTarget(c: CommandClient): void {
  const e = writeKey(c, 1);
  if (e === 0) return;
  c.db.deleteEntry(e);
  c.modified(1);
  c.notify(NOTIFY_GENERIC, 'del', 1);
}
