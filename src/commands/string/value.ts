/** What the string commands do with a key's value, with the announcements that belong to it. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import { TYPE_STRING } from '../../store/entry-layout.ts';
import { stringEncoding } from '../../store/string-encoding.ts';
import type { CommandClient } from '../command-client.ts';
import { TOO_LONG, WRONG_TYPE } from '../errors.ts';

/** Whether the entry (or 0) is a string or nothing; writes the error reply when it is not. */
export function isStringOrReply(c: CommandClient, e: number): boolean {
  if (e === 0 || c.db.type(e) === TYPE_STRING) return true;
  c.out.error(WRONG_TYPE);
  return false;
}

/** Replies with the value of key `keyIndex`, or null; false after WRONGTYPE. */
export function replyValue(c: CommandClient, keyIndex: number): boolean {
  const { args, out, db } = c;
  const e = c.server.keyspace.lookupRead(db, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  if (e === 0) out.nullBulk();
  else if (db.type(e) === TYPE_STRING) out.bulkWords(db.u8(e), db.dv(e), db.valOff(e), db.valLen(e));
  else {
    out.error(WRONG_TYPE);
    return false;
  }
  return true;
}

/**
 * Gives key `keyIndex` the value in argument `valueIndex`. `e`: its entry, 0 when the lookup just before this found
 * none. `expireMs`: when it expires in Unix ms, 0 for never, -1 to leave that as it is. Everything is done before
 * anybody is told.
 */
export function setKey(c: CommandClient, e: number, keyIndex: number, valueIndex: number, expireMs: number): void {
  const { args, db } = c;
  const { buf } = args;
  const off = args.off[valueIndex]!;
  const len = args.len[valueIndex]!;
  const encoding = stringEncoding(buf, off, len);
  const isNew = e === 0;
  const at = isNew
    ? db.insertString(buf, args.off[keyIndex]!, args.len[keyIndex]!, buf, off, len, encoding, expireMs > 0)
    : db.setStringAt(e, buf, off, len, encoding, expireMs !== 0);
  if (expireMs > 0) db.setExpire(at, expireMs);
  if (isNew) c.notify(NOTIFY_NEW, 'new', keyIndex);
  c.modified(keyIndex);
  c.notify(NOTIFY_STRING, 'set', keyIndex);
  if (expireMs > 0) {
    if (c.propagates) c.propagateAs('SET', args.borrowed(keyIndex), args.borrowed(valueIndex), 'PXAT', expireMs);
    c.notify(NOTIFY_GENERIC, 'expire', keyIndex);
  }
}

/** Deletes the entry of key `keyIndex`. */
export function deleteKey(c: CommandClient, e: number, keyIndex: number): void {
  c.db.deleteEntry(e);
  c.modified(keyIndex);
  c.notify(NOTIFY_GENERIC, 'del', keyIndex);
  if (c.propagates) c.propagateAs('DEL', c.args.borrowed(keyIndex));
}

/** Whether a string may have this length; writes the error reply when not. */
export function lengthAllowed(c: CommandClient, lengthBytes: number): boolean {
  if (lengthBytes <= c.server.settings.parserLimits.maxBulkBytes) return true;
  c.out.error(TOO_LONG);
  return false;
}
