/** What the commands for sorted sets share: ranges in replies, and what is told of changes. */
import { NOTIFY_GENERIC, NOTIFY_NEW, NOTIFY_ZSET } from '../../config/notify.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import { ENC_SKIPLIST } from '../../store/entry-layout.ts';
import { zsetLength } from '../../store/zset.ts';
import { replyLargeRange } from '../../store/zset-reply.ts';
import { ZsetWalk } from '../../store/zset-walk.ts';
import type { CommandClient } from '../command-client.ts';

export const RESULT_IS_NAN = 'ERR resulting score is not a number (NaN)';

/** For commands that walk over one set at a time; no command keeps it beyond its procedure. */
export const walk: ZsetWalk = new ZsetWalk();

/** Replies with the members that a walker is to come to, and their scores: in RESP3 as pairs, in RESP2 flat. */
export function replyWalk(out: ReplyWriter, from: ZsetWalk, withScores: boolean): void {
  const pairs = withScores && out.resp === 3;
  out.array(withScores && !pairs ? from.left * 2 : from.left);
  while (from.next()) {
    if (pairs) out.array(2);
    out.bulkWords(from.buf, from.words, from.off, from.len);
    if (withScores) out.double(from.score);
  }
}

/** Replies with `count` members of a set from rank `rank` on, down when `reverse`. */
export function replyRange(
  c: CommandClient,
  e: number,
  rank: number,
  count: number,
  reverse: boolean,
  withScores: boolean,
): void {
  const { db, out } = c;
  if (db.encoding(e) !== ENC_SKIPLIST) {
    walk.start(db, e, rank, count, reverse);
    return replyWalk(out, walk, withScores);
  }
  const pairs = withScores && out.resp === 3;
  out.array(withScores && !pairs ? count * 2 : count);
  replyLargeRange(out, db.arena, db.root(e), rank, count, reverse, withScores ? (pairs ? 2 : 1) : 0);
}

/** Deletes the entry when its set is empty; whether it was. */
export function deleteIfEmpty(c: CommandClient, e: number): boolean {
  if (zsetLength(c.db, e) > 0) return false;
  c.db.deleteEntry(e);
  return true;
}

/** Tells that members came to key `keyIndex` or changed their scores; `made`: the key is new. */
export function toldAdded(c: CommandClient, keyIndex: number, event: string, changes: number, made: boolean): void {
  if (changes > 0) c.modified(keyIndex, changes);
  if (made) c.notify(NOTIFY_NEW, 'new', keyIndex);
  if (changes > 0) c.notify(NOTIFY_ZSET, event, keyIndex);
}

/** Tells that members left key `keyIndex`; `deleted`: and that the key is gone. */
export function toldRemoved(
  c: CommandClient,
  keyIndex: number,
  event: string,
  removed: number,
  deleted: boolean,
): void {
  c.modified(keyIndex, removed);
  c.notify(NOTIFY_ZSET, event, keyIndex);
  if (deleted) c.notify(NOTIFY_GENERIC, 'del', keyIndex);
}
