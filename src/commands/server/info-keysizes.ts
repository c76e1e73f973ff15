/**
 * INFO keysizes, as Redis 8 has it: for each database and type, how many keys have which size, in powers of two:
 *
 *     db0_distrib_strings_sizes:0=1,2=19655,512=100899,1K=31      bytes of strings
 *     db0_distrib_lists_items:1=5784492,32=3558                   elements of everything else
 *
 * Nothing is counted ahead: the section looks at every key, so it is there for those who ask for it by name alone.
 */

import type { Db } from '../../store/db.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET } from '../../store/entry-layout.ts';
import { hashSize } from '../../store/hash-type.ts';
import { listLength } from '../../store/list-cursor.ts';
import { setSize } from '../../store/set-type.ts';
import { zsetLength } from '../../store/zset.ts';
import type { CommandServer } from '../command-client.ts';
import { heading } from './info-text.ts';

interface SizedType {
  readonly type: number;
  readonly title: string;
  readonly size: (db: Db, e: number) => number;
}

/** In the order in which they are printed. */
const TYPES: readonly SizedType[] = [
  { type: TYPE_STRING, title: 'strings_sizes', size: (db, e) => db.valLen(e) },
  { type: TYPE_LIST, title: 'lists_items', size: listLength },
  { type: TYPE_SET, title: 'sets_items', size: setSize },
  { type: TYPE_ZSET, title: 'zsets_items', size: zsetLength },
  { type: TYPE_HASH, title: 'hashes_items', size: hashSize },
];
/** Size 0, then one bin for each power of two below 2^53. */
const BINS = 54;
const UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** The bin of a size; that of 2^k to 2^(k+1) - 1 is k + 1. */
function binOf(size: number): number {
  if (size === 0) return 0;
  return size < 2 ** 31 ? 32 - Math.clz32(size) : Math.floor(Math.log2(size)) + 1;
}

/** The smallest size of a bin: `512`, `1K`, `2M`. */
function binName(bin: number): string {
  if (bin === 0) return '0';
  const exponent = bin - 1;
  return `${2 ** (exponent % 10)}${UNITS[Math.floor(exponent / 10)]}`;
}

export function infoKeysizes({ keyspace }: CommandServer): string {
  const lines: string[] = [];
  for (const db of keyspace.dbs) {
    if (db.size === 0) continue;
    const counts = TYPES.map(() => new Float64Array(BINS));
    db.forEach((e) => {
      const type = db.type(e);
      for (let i = 0; i < TYPES.length; i++) {
        if (TYPES[i]!.type === type) counts[i]![binOf(TYPES[i]!.size(db, e))]!++;
      }
    });
    for (const [i, { title }] of TYPES.entries()) {
      const bins = [...counts[i]!].map((count, bin) => (count === 0 ? '' : `${binName(bin)}=${count}`));
      const text = bins.filter((each) => each !== '').join(',');
      if (text !== '') lines.push(`db${db.id}_distrib_${title}:${text}`);
    }
  }
  return heading('Keysizes', lines);
}
