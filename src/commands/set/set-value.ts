/** What the set commands share: adding members to a key, deleting what became empty, the iterators. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_SET } from '../../config/notify.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_SET } from '../../store/entry-layout.ts';
import { SetIterator } from '../../store/set-iterator.ts';
import { setAdd, setCreate, setExpect, setSize } from '../../store/set-type.ts';
import type { CommandClient } from '../command-client.ts';

/** For commands that walk over one set at a time; no command keeps it beyond its procedure. */
export const iterator: SetIterator = new SetIterator();

/**
 * Adds arguments `from` … `to` - 1 to the set of key `keyIndex`, whose entry is given (0: there is none, it is made).
 * Returns how many were no members. Nothing is told.
 */
export function addMembers(c: CommandClient, e: number, keyIndex: number, from: number, to: number): number {
  const { args, db } = c;
  const { buf } = args;
  const { limits } = c.keyspace;
  const koff = args.off[keyIndex]!;
  const klen = args.len[keyIndex]!;
  let at = e;
  let added = 0;
  if (at === 0) at = setCreate(db, limits, buf, koff, klen, buf, args.off[from]!, args.len[from]!, to - from);
  else at = setExpect(db, at, limits, to - from);
  try {
    for (let i = from; i < to; i++) {
      const moved = setAdd(db, at, limits, buf, args.off[i]!, args.len[i]!);
      if (moved === 0) continue;
      at = moved;
      added++;
    }
  } catch (error) {
    if (e === 0) dropEmpty(db, buf, koff, klen);
    throw error;
  }
  return added;
}

/** Deletes a set that was just made and got no member for want of memory. */
function dropEmpty(db: Db, buf: Uint8Array, koff: number, klen: number): void {
  const e = db.find(buf, koff, klen);
  if (e !== 0 && setSize(db, e) === 0) db.deleteEntry(e);
}

/** Tells of members that were added to key `keyIndex`; `made`: with the key. */
export function toldAdded(c: CommandClient, keyIndex: number, added: number, made: boolean): void {
  if (added > 0) c.modified(keyIndex, added);
  if (made) c.notify(NOTIFY_NEW, 'new', keyIndex);
  if (added > 0) c.notify(NOTIFY_SET, 'sadd', keyIndex);
}

/** Deletes the entry when its set is empty; whether it was. */
export function deleteIfEmpty(c: CommandClient, e: number): boolean {
  if (setSize(c.db, e) > 0) return false;
  c.db.deleteEntry(e);
  return true;
}

/** Tells of members that left key `keyIndex`; `deleted`: and of the key. */
export function toldRemoved(
  c: CommandClient,
  keyIndex: number,
  event: string,
  removed: number,
  deleted: boolean,
): void {
  c.modified(keyIndex, removed);
  c.notify(NOTIFY_SET, event, keyIndex);
  if (deleted) c.notify(NOTIFY_GENERIC, 'del', keyIndex);
}

/** The entry of the key in argument i when it is a set, else 0; nothing expires, nobody is told. */
export function setAgain(c: CommandClient, i: number): number {
  const { args, db } = c;
  const e = db.find(args.buf, args.off[i]!, args.len[i]!);
  return e !== 0 && db.type(e) === TYPE_SET ? e : 0;
}
