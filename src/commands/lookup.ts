/**
 * The key in an argument, looked up as most commands do.
 *
 * All answer the entry's ref, which is valid until the next call that expires, notifies or changes entries: look up all
 * keys that the command needs for writing first, then fetch refs. What a missing key means is the caller's to say.
 */
import type { CommandClient } from './command-client.ts';
import { WRONG_TYPE } from './errors.ts';

/** Entry of the key in argument i for reading, 0 when there is none. `flags`: LOOKUP_ bits of keyspace.ts. */
export function readKey(c: CommandClient, i: number, flags = 0): number {
  const { args } = c;
  return c.keyspace.lookupRead(c.db, args.buf, args.off[i]!, args.len[i]!, flags);
}

/** Entry of the key in argument i for writing, 0 when there is none. */
export function writeKey(c: CommandClient, i: number): number {
  const { args } = c;
  return c.keyspace.lookupWrite(c.db, args.buf, args.off[i]!, args.len[i]!);
}

/**
 * Entry of the key in argument i that was looked up before, or 0: for commands that need several keys at once. Looking
 * one up may expire it, and whoever is told of that may have deleted or moved those looked up earlier.
 */
export function sameKey(c: CommandClient, i: number): number {
  const { args } = c;
  return c.db.find(args.buf, args.off[i]!, args.len[i]!);
}

/**
 * Like `readKey`, for commands on one type of value: the entry, 0 when there is none, -1 after WRONGTYPE was written.
 *
 *     const e = readKeyOfType(c, 1, TYPE_HASH);
 *     if (e <= 0) return e === 0 ? c.out.integer(0) : undefined;
 */
export function readKeyOfType(c: CommandClient, i: number, type: number, flags = 0): number {
  return checkType(c, readKey(c, i, flags), type);
}

/** Like `writeKey`: the entry, 0 when there is none, -1 after WRONGTYPE was written. */
export function writeKeyOfType(c: CommandClient, i: number, type: number): number {
  return checkType(c, writeKey(c, i), type);
}

/** `e` (an entry or 0) when it has the type; -1 after WRONGTYPE was written. */
export function checkType(c: CommandClient, e: number, type: number): number {
  if (e === 0 || c.db.type(e) === type) return e;
  c.out.error(WRONG_TYPE);
  return -1;
}
