/** ZSCAN. */
import { formatDouble } from '../../protocol/format-double.ts';
import { ENC_SKIPLIST, TYPE_ZSET } from '../../store/entry-layout.ts';
import { zsetLength } from '../../store/zset.ts';
import { elementScore, memberLength, memberOffset, SCORE_BYTES } from '../../store/zset-element.ts';
import {
  type CollectionScanOptions,
  foundElements,
  matchesScan,
  replyEmptyScan,
  scanOptionsOrReply,
} from '../collection-scan.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType } from '../lookup.ts';
import { cursorOrReply } from '../scan-cursor.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { walk } from './zset-value.ts';

function zscan(c: CommandClient): void {
  const { db, out } = c;
  const cursor = cursorOrReply(c, 2);
  if (Number.isNaN(cursor)) return;
  const e = readKeyOfType(c, 1, TYPE_ZSET);
  if (e <= 0) return e === 0 ? replyEmptyScan(c) : undefined;
  const options = scanOptionsOrReply(c, 'noscores');
  if (options === null) return;
  if (db.encoding(e) !== ENC_SKIPLIST) return scanSmall(c, e, options);
  const { arena } = db;
  foundElements.scan(c, db.root(e), SCORE_BYTES, cursor, options);
  out.array(2);
  out.bulkInteger(foundElements.cursor);
  out.array(options.keysOnly ? foundElements.size : foundElements.size * 2);
  for (let i = 0; i < foundElements.size; i++) {
    const element = foundElements.refs[i]!;
    out.bulk(arena.u8[element >>> 22]!, memberOffset(arena, element), memberLength(arena, element));
    if (!options.keysOnly) out.bulkText(formatDouble(elementScore(arena, element)));
  }
  foundElements.release();
}

/** Small sets are given whole. */
function scanSmall(c: CommandClient, e: number, options: CollectionScanOptions): void {
  const { out } = c;
  out.array(2);
  out.bulkInteger(0);
  const mark = out.defer();
  let texts = 0;
  walk.start(c.db, e, 0, zsetLength(c.db, e), false);
  while (walk.next()) {
    if (!matchesScan(c, options, walk.buf, walk.off, walk.len)) continue;
    out.bulk(walk.buf, walk.off, walk.len);
    texts++;
    if (options.keysOnly) continue;
    out.bulkText(formatDouble(walk.score));
    texts++;
  }
  out.endArray(mark, texts);
}

export const zscanCommands: readonly CommandSpec[] = [
  {
    name: 'zscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['sortedset'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: zscan,
  },
];
