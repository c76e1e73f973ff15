/** Results that become the value of a key. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_ZSET } from '../../config/notify.ts';
import type { ZsetBuilder } from '../../store/zset-build.ts';
import type { CommandClient } from '../command-client.ts';
import { writeKey } from '../lookup.ts';

/**
 * Makes what was built the value of key `keyIndex`, or deletes the key when there is nothing, and replies with the number
 * of members. Having a value counts as `changes` changes of the data set.
 */
export function storeResult(
  c: CommandClient,
  builder: ZsetBuilder,
  keyIndex: number,
  event: string,
  changes = 1,
): void {
  const { args, out } = c;
  const { length } = builder;
  const existing = lookUpTarget(c, keyIndex);
  if (length > 0) {
    builder.store(c.db, c.keyspace.limits, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
    c.modified(keyIndex, changes);
    if (existing === 0) c.notify(NOTIFY_NEW, 'new', keyIndex);
    c.notify(NOTIFY_ZSET, event, keyIndex);
  } else if (existing !== 0) {
    c.keyspace.deleteEntry(c.db, existing, c.server.config.bool('lazyfree-lazy-server-del'));
    c.modified(keyIndex);
    c.notify(NOTIFY_GENERIC, 'del', keyIndex);
  }
  out.integer(length);
}

/** Looks the key up while the built set, which is no key's value yet, is held. */
function lookUpTarget(c: CommandClient, keyIndex: number): number {
  const { arena } = c.db;
  arena.held++;
  try {
    return writeKey(c, keyIndex);
  } finally {
    arena.held--;
  }
}
