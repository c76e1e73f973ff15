/** DEBUG's subcommands about keys: OBJECT, SDSLEN, POPULATE, DIGEST, DIGEST-VALUE, HTSTATS, HTSTATS-KEY. */

import { addValue, Digest, dataSetDigest } from '../../store/digest.ts';
import { ENC_HT, ENC_INT, ENC_SKIPLIST, TYPE_STRING, WIDE_HEADER_BYTES } from '../../store/entry-layout.ts';
import { htBuckets, htSize } from '../../store/hash-table.ts';
import { htLengths } from '../../store/hash-table-whole.ts';
import { RDB_VERSION_74 } from '../../store/rdb/rdb-format.ts';
import { RdbWriter } from '../../store/rdb/rdb-writer.ts';
import { canSave, saveValue } from '../../store/rdb/save-value.ts';
import { stringEncoding } from '../../store/string-encoding.ts';
import type { CommandClient } from '../command-client.ts';
import { NO_SUCH_KEY } from '../errors.ts';
import { integerOrReply, positiveOrReply } from '../parse.ts';
import { quicklistText } from './debug-lists.ts';

/** Buffers larger than this do not outlive a command. */
const KEEP_BYTES = 1024 * 1024;

const writer = new RdbWriter();

/** Entry of the key in argument 2, expired or not; 0 after an error reply. */
function keyOrReply(c: CommandClient): number {
  const { args } = c;
  const e = c.db.find(args.buf, args.off[2]!, args.len[2]!);
  if (e === 0) c.out.error(NO_SUCH_KEY);
  return e;
}

/** Bytes of the value in an RDB file, without its type. */
function serializedLength(c: CommandClient, e: number): number {
  const { db } = c;
  writer.compression = c.server.config.bool('rdbcompression');
  try {
    saveValue(writer, db.arena, RDB_VERSION_74, db.type(e), db.encoding(e), db.u8(e), db.valOff(e), db.valLen(e));
    return writer.len - 1;
  } finally {
    writer.reset(KEEP_BYTES);
  }
}

export function debugObject(c: CommandClient): void {
  const { args, db, out } = c;
  const { keyspace } = c.server;
  const e = keyOrReply(c);
  if (e === 0) return;
  const fast = args.argc === 4 && args.is(3, 'fast');
  let text = `Value at:0x${db.valAddress(e).toString(16)} refcount:1`;
  text += ` encoding:${keyspace.types.of(db.type(e)).encodingName(db, e)}`;
  // There is no form without the module's help for values of modules.
  if (!fast && canSave(db.type(e))) text += ` serializedlength:${serializedLength(c, e)}`;
  const idle = keyspace.clock.lfu ? 0 : keyspace.objectIdleSeconds(e);
  out.simple(`${text} lru:${db.lru(e)} lru_seconds_idle:${idle}${fast ? '' : quicklistText(db, e)}`);
}

export function debugSdslen(c: CommandClient): void {
  const { db, out } = c;
  const e = keyOrReply(c);
  if (e === 0) return;
  if (db.type(e) !== TYPE_STRING || db.encoding(e) === ENC_INT) return out.error('ERR Not an sds encoded string.');
  const keyLength = db.keyLen(e);
  const length = db.valLen(e);
  // Key and value are in one block, which has the room left over behind the value.
  const block = db.blockBytes(e);
  out.simple(
    `key_sds_len:${keyLength}, key_sds_avail:0, key_zmalloc: ${keyLength + WIDE_HEADER_BYTES}, ` +
      `val_sds_len:${length}, val_sds_avail:${db.valCapacity(e) - length}, val_zmalloc: ${block}`,
  );
}

export function debugPopulate(c: CommandClient): void {
  const { args, db, out, server } = c;
  const count = positiveOrReply(c, 2);
  if (Number.isNaN(count)) return;
  const size = args.argc === 5 ? positiveOrReply(c, 4) : 0;
  if (Number.isNaN(size)) return;
  const prefix = args.argc === 3 ? 'key' : args.latin1(3);
  db.dict.reserve(db.size + count);
  for (let i = 0; i < count; i++) {
    const key = Buffer.from(`${prefix}:${i}`, 'latin1');
    if (server.keyspace.lookupWrite(db, key, 0, key.length) !== 0) continue;
    let value = Buffer.from(`value:${i}`);
    if (size > 0) {
      const sized = Buffer.alloc(size);
      value.copy(sized);
      value = sized;
    }
    const encoding = stringEncoding(value, 0, value.length);
    db.setString(key, 0, key.length, value, 0, value.length, encoding, false);
    c.modifiedKey(db, key, 0, key.length, 0);
  }
  out.ok();
}

export function debugDigest(c: CommandClient): void {
  const { keyspace } = c.server;
  c.out.simple(dataSetDigest(keyspace.types, keyspace.dbs));
}

export function debugDigestValue(c: CommandClient): void {
  const { args, db, out } = c;
  out.array(args.argc - 2);
  for (let i = 2; i < args.argc; i++) {
    const digest = new Digest();
    const e = db.find(args.buf, args.off[i]!, args.len[i]!);
    if (e !== 0) addValue(digest, c.server.keyspace.types, db, e);
    out.simple(digest.hex);
  }
}

export function debugHtstats(c: CommandClient): void {
  const { args, out } = c;
  const { dbs } = c.server.keyspace;
  const id = integerOrReply(c, 2);
  if (Number.isNaN(id)) return;
  const db = dbs[id];
  if (db === undefined) return out.error('ERR Out of range database');
  const full = args.argc >= 4 && args.is(3, 'full');
  let text = '[Dictionary HT]\n';
  const tables = db.dict.tableStats(full);
  if (db.size === 0) text += 'No stats available for empty dictionaries\n';
  else {
    for (const [i, { buckets, entries, lengths }] of tables.entries()) {
      text += `Hash table ${i} stats (${i === 0 ? 'main hash table' : 'rehashing target'}):\n`;
      text += ` table size: ${buckets}\n number of elements: ${entries}\n`;
      if (full) text += chainText(buckets, entries, lengths);
    }
  }
  // Keys that expire are in a vector, which has no chains.
  text += '[Expires HT]\n';
  text +=
    db.volatileSize === 0 ? 'No stats available for empty dictionaries\n' : ` number of elements: ${db.volatileSize}\n`;
  out.verbatim('txt', text);
}

/** The same of a value that is a hash table; its buckets stand for chains. */
export function debugHtstatsKey(c: CommandClient): void {
  const { args, db, out } = c;
  const e = keyOrReply(c);
  if (e === 0) return;
  const encoding = db.encoding(e);
  if (encoding !== ENC_HT && encoding !== ENC_SKIPLIST) {
    return out.error('ERR The value stored at the specified key is not represented using an hash table');
  }
  // The table is what the root block of either starts with.
  const table = db.root(e);
  const buckets = htBuckets(db.arena, table);
  let text = 'Hash table 0 stats (main hash table):\n';
  text += ` table size: ${buckets}\n number of elements: ${htSize(db.arena, table)}\n`;
  const full = args.argc >= 4 && args.is(3, 'full');
  if (full) text += chainText(buckets, htSize(db.arena, table), htLengths(db.arena, table));
  out.verbatim('txt', text);
}

function chainText(buckets: number, entries: number, lengths: readonly number[]): string {
  const used = buckets - (lengths[0] ?? 0);
  const average = used === 0 ? 0 : entries / used;
  const lines = lengths.flatMap((count, length) =>
    count === 0 ? [] : [`   ${length}: ${count} (${((count / buckets) * 100).toFixed(2)}%)\n`],
  );
  return (
    ` different slots: ${used}\n max chain length: ${lengths.length - 1}\n` +
    ` avg chain length (counted): ${average.toFixed(2)}\n avg chain length (computed): ${average.toFixed(2)}\n` +
    ` Chain length distribution:\n${lines.join('')}`
  );
}
