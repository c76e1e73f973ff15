/** What commands on lists share: ends, lookups, and what is told when elements came or went. */
import { NOTIFY_GENERIC, NOTIFY_LIST, NOTIFY_NEW } from '../../config/notify.ts';
import { TYPE_LIST } from '../../store/entry-layout.ts';
import { listCreate, listShrink } from '../../store/list.ts';
import { ListCursor, listLength } from '../../store/list-cursor.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';

/** The place in a list of the command that is running. */
export const cursor: ListCursor = new ListCursor();

/** An argument says neither LEFT nor RIGHT. */
export const NO_END = -1;
export const LEFT = 0;
export const RIGHT = 1;

/** The end of a list that argument i names; NO_END after an error reply. */
export function endOrReply(c: CommandClient, i: number): number {
  if (c.args.is(i, 'left')) return LEFT;
  if (c.args.is(i, 'right')) return RIGHT;
  c.out.error(SYNTAX_ERROR);
  return NO_END;
}

/** Entry of the list in argument i for reading, 0 when there is none, -1 after WRONGTYPE. */
export function readList(c: CommandClient, i: number): number {
  return readKeyOfType(c, i, TYPE_LIST);
}

/** Entry of the list in argument i for writing, 0 when there is none, -1 after WRONGTYPE. */
export function writeList(c: CommandClient, i: number): number {
  return writeKeyOfType(c, i, TYPE_LIST);
}

/** Adds an empty list under the key in argument i, which has none. */
export function createList(c: CommandClient, i: number): number {
  const { args } = c;
  return listCreate(c.db, args.buf, args.off[i]!, args.len[i]!);
}

/** Tells of elements that were added; `isNew`: to a key that was not there. */
export function tellPushed(c: CommandClient, i: number, left: boolean, isNew: boolean, changes: number): void {
  if (isNew) c.notify(NOTIFY_NEW, 'new', i);
  c.modified(i, changes);
  c.notify(NOTIFY_LIST, left ? 'lpush' : 'rpush', i);
}

/** After elements of `e` are gone: deletes the key when none is left, and says so; else looks after the encoding. */
export function settleRemoved(c: CommandClient, e: number): boolean {
  if (listLength(c.db, e) > 0) {
    listShrink(c.db, e, c.keyspace.limits);
    return false;
  }
  c.db.deleteEntry(e);
  return true;
}

/** Tells of elements of the key in argument i that were removed; `gone`: the key with them. */
export function tellRemoved(c: CommandClient, i: number, event: string, gone: boolean, changes: number): void {
  c.modified(i, changes);
  c.notify(NOTIFY_LIST, event, i);
  if (gone) c.notify(NOTIFY_GENERIC, 'del', i);
}

/** Both of it. */
export function elementsRemoved(c: CommandClient, e: number, i: number, event: string, changes: number): void {
  tellRemoved(c, i, event, settleRemoved(c, e), changes);
}
