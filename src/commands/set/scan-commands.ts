/** SSCAN. */
import { ENC_HT, TYPE_SET } from '../../store/entry-layout.ts';
import { replyTableMember } from '../../store/set-random.ts';
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
import { iterator } from './set-value.ts';

function sscan(c: CommandClient): void {
  const { db, out } = c;
  const cursor = cursorOrReply(c, 2);
  if (Number.isNaN(cursor)) return;
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e <= 0) return e === 0 ? replyEmptyScan(c) : undefined;
  const options = scanOptionsOrReply(c, '');
  if (options === null) return;
  if (db.encoding(e) !== ENC_HT) return scanSmall(c, e, options);
  foundElements.scan(c, db.root(e), 0, cursor, options);
  out.array(2);
  out.bulkInteger(foundElements.cursor);
  out.array(foundElements.size);
  for (let i = 0; i < foundElements.size; i++) replyTableMember(out, db, foundElements.refs[i]!);
  foundElements.release();
}

/** Small encodings are given whole. */
function scanSmall(c: CommandClient, e: number, options: CollectionScanOptions): void {
  const { out } = c;
  out.array(2);
  out.bulkInteger(0);
  const mark = out.defer();
  let members = 0;
  iterator.start(c.db, e);
  while (iterator.next()) {
    if (!matchesScan(c, options, iterator.buf, iterator.off, iterator.len)) continue;
    iterator.reply(out);
    members++;
  }
  out.endArray(mark, members);
}

export const setScanCommands: readonly CommandSpec[] = [
  {
    name: 'sscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['set'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: sscan,
  },
];
