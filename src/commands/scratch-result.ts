/** Values made in the keyspace's scratch database, on their way to a key. */
import type { CommandClient } from './command-client.ts';
import { writeKey } from './lookup.ts';

/**
 * Makes the value of `e`, an entry of the scratch database, that of the key in argument `keyIndex`; false when there was
 * a key. Others may be told that the key expired or lost its value, and may run commands that use the scratch database,
 * or flush everything: the value is in no table by then, and its blocks are held.
 */
export function moveScratchValue(c: CommandClient, e: number, keyIndex: number): boolean {
  const { args, db } = c;
  const { scratch } = c.keyspace;
  const { arena } = scratch;
  const len = scratch.valLen(e);
  const type = scratch.type(e);
  const encoding = scratch.encoding(e);
  scratch.take(e);
  arena.held++;
  try {
    const made = writeKey(c, keyIndex) === 0;
    const off = args.off[keyIndex]!;
    db.putBytes(args.buf, off, args.len[keyIndex]!, type, encoding, scratch.u8(e), scratch.valOff(e), len);
    scratch.freeBlock(e);
    return made;
  } catch (error) {
    scratch.discard(e);
    throw error;
  } finally {
    arena.held--;
  }
}
