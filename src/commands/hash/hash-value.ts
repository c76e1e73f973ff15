/** What the hash commands share: look-ups that let fields expire, setting fields, telling of changes. */
import { NOTIFY_GENERIC, NOTIFY_HASH, NOTIFY_NEW } from '../../config/notify.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_HASH } from '../../store/entry-layout.ts';
import { FieldText, HashIterator } from '../../store/hash-read.ts';
import {
  fieldAdded,
  hashCreate,
  hashExpect,
  hashFind,
  hashMarkVolatile,
  hashSet,
  hashSize,
  overwriteAt,
} from '../../store/hash-type.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';

/** For commands that walk over one hash at a time; no command keeps it beyond its procedure. */
export const iterator: HashIterator = new HashIterator();
export const text: FieldText = new FieldText();

/**
 * The hash of the key in argument 1 for reading the fields in every `step`th argument from `from` to `to` - 1: those that
 * have expired go first. The entry, 0 when there is none, -1 after WRONGTYPE was written.
 */
export function readHash(c: CommandClient, from: number, to: number, step = 1): number {
  const e = readKeyOfType(c, 1, TYPE_HASH);
  if (e <= 0 || !c.db.hasVolatileFields(e)) return e;
  return c.keyspace.fieldExpiry.expireNamed(c.db, e, c.args, from, to, step);
}

/** The same for writing. */
export function writeHash(c: CommandClient, from: number, to: number, step = 1): number {
  const e = writeKeyOfType(c, 1, TYPE_HASH);
  if (e <= 0 || !c.db.hasVolatileFields(e)) return e;
  return c.keyspace.fieldExpiry.expireNamed(c.db, e, c.args, from, to, step);
}

/** The place of the field in argument i of a hash (or 0), 0 when there is none, or it has expired and is kept. */
export function findField(c: CommandClient, e: number, i: number): number {
  if (e === 0) return 0;
  const { args, db } = c;
  const place = hashFind(db, e, args.buf, args.off[i]!, args.len[i]!);
  return place !== 0 && c.keyspace.fieldExpiry.isHidden(db, e, place) ? 0 : place;
}

/** New fields of the last setPairs(). */
export let pairsAdded = 0;

/**
 * Sets the fields and values in arguments `from` … `to` - 1 of the hash of key 1, whose entry is given (0: there is none,
 * it is made). Counts new fields in `pairsAdded`; returns the entry's new ref. Nothing is told.
 */
export function setPairs(c: CommandClient, e: number, from: number, to: number, keepTtl = false): number {
  const { args, db } = c;
  const { buf } = args;
  const { limits } = c.keyspace;
  const koff = args.off[1]!;
  const klen = args.len[1]!;
  const pairs = (to - from) / 2;
  let added = 0;
  let at = e === 0 ? hashCreate(db, limits, buf, koff, klen, pairs) : hashExpect(db, e, limits, pairs);
  try {
    for (let i = from; i < to; i += 2) {
      const [foff, flen] = [args.off[i]!, args.len[i]!];
      at = hashSet(db, at, limits, buf, foff, flen, buf, args.off[i + 1]!, args.len[i + 1]!, keepTtl);
      if (fieldAdded) added++;
    }
  } catch (error) {
    if (e === 0) dropEmpty(db, buf, koff, klen);
    throw error;
  }
  pairsAdded = added;
  return db.hasVolatileFields(at) ? hashMarkVolatile(db, at) : at;
}

/**
 * Sets the field in argument 2 of the hash of key 1 (or 0), which is at a place (or 0), to bytes that are no argument;
 * keeps its expiry.
 */
export function setField(c: CommandClient, e: number, place: number, value: Uint8Array, len: number): void {
  const { args, db } = c;
  if (place !== 0 && overwriteAt(db, e, place, value, 0, len)) return;
  const { buf } = args;
  const { limits } = c.keyspace;
  const koff = args.off[1]!;
  const klen = args.len[1]!;
  const at = e === 0 ? hashCreate(db, limits, buf, koff, klen, 1) : e;
  try {
    hashSet(db, at, limits, buf, args.off[2]!, args.len[2]!, value, 0, len, true);
  } catch (error) {
    if (e === 0) dropEmpty(db, buf, koff, klen);
    throw error;
  }
}

/** Deletes a hash that was just made and got no field for want of memory. */
function dropEmpty(db: Db, buf: Uint8Array, koff: number, klen: number): void {
  const e = db.find(buf, koff, klen);
  if (e !== 0 && hashSize(db, e) === 0) db.deleteEntry(e);
}

/** Tells of a change to key 1; `made`: with the key. */
export function toldSet(c: CommandClient, event: string, changes: number, made: boolean): void {
  c.modified(1, changes);
  if (made) c.notify(NOTIFY_NEW, 'new', 1);
  c.notify(NOTIFY_HASH, event, 1);
}

/** Deletes the entry when its hash is empty, else brings its mark up to date; whether it was empty. */
export function settle(c: CommandClient, e: number): boolean {
  const { db } = c;
  if (hashSize(db, e) === 0) {
    db.deleteEntry(e);
    return true;
  }
  hashMarkVolatile(db, e);
  return false;
}

/** Tells that fields left key 1; `deleted`: and the key. */
export function toldRemoved(c: CommandClient, removed: number, deleted: boolean): void {
  c.modified(1, removed);
  c.notify(NOTIFY_HASH, 'hdel', 1);
  if (deleted) c.notify(NOTIFY_GENERIC, 'del', 1);
}

/** Writes the error of a command line that is too short or long. */
export function arityError(c: CommandClient): void {
  c.out.error(`ERR wrong number of arguments for '${c.command!.fullName}' command`);
}
