/**
 * Makes values of what the RDB format holds (rdb-format.ts), checking all of it: what gets into the keyspace is sound,
 * whatever the bytes were (values of modules are their modules' business). Encodings are those that the directives ask for now, not those of whoever wrote the value.
 */
import type { Db } from '../db.ts';
import type { EncodingLimits } from '../encoding-limits.ts';
import { ENC_INTSET, ENC_LISTPACK, TYPE_MODULE, TYPE_SET, TYPE_ZSET } from '../entry-layout.ts';
import { hashBytes } from '../hash.ts';
import { intsetLength, intsetValidateIntegrity } from '../intset.ts';
import { lpLength } from '../listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from '../listpack-check.ts';
import { setAdd, setCreate, setSize, setToTable } from '../set-type.ts';
import { stringEncoding } from '../string-encoding.ts';
import type { ValueOpsTable } from '../value-ops.ts';
import { zsetConvert, zsetLength } from '../zset.ts';
import { ZsetBuilder } from '../zset-build.ts';
import { zsetListpackIsSound } from '../zset-ops.ts';
import { ListpackBuilder } from './listpack-builder.ts';
import {
  loadHash,
  loadHashListpack,
  loadHashMetadata,
  loadHashTriplets,
  loadHashZiplist,
  loadZipmap,
} from './load-hash.ts';
import { loadList, loadListZiplist, loadQuicklist, loadZiplists } from './load-list.ts';
import { loadStream } from './load-stream.ts';
import { EXPECTED_MAX, LoadTarget } from './load-target.ts';
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_PRE_GA,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_PRE_GA,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_MODULE_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_STRING,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
} from './rdb-format.ts';
import { CorruptRdb, type RdbReader, RdbString } from './rdb-reader.ts';
import { readZiplist } from './ziplist.ts';

/** What loading depends on beside the database; a Keyspace has it. */
export interface LoadRules {
  readonly limits: EncodingLimits;
  readonly types: ValueOpsTable;
}

const text = new RdbString();

/**
 * Reads a value of the given RDB type and makes it that of a key that is not in the database. Returns the entry. Throws
 * CorruptRdb, or OutOfMemory, with nothing left behind. `dbIndex`: the database that modules are told of.
 */
export function loadValue(
  reader: RdbReader,
  rdbType: number,
  db: Db,
  { limits, types }: LoadRules,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  dbIndex: number = db.id,
): number {
  const target = new LoadTarget(db, limits, kbuf, koff, klen);
  try {
    return rdbType === RDB_MODULE_2 ? loadOfModule(reader, types, target, dbIndex) : load(reader, rdbType, target);
  } catch (error) {
    db.delete(kbuf, koff, klen);
    throw error;
  }
}

function load(reader: RdbReader, rdbType: number, target: LoadTarget): number {
  switch (rdbType) {
    case RDB_STRING:
      return loadString(reader, target);
    case RDB_LIST:
      return loadList(reader, target);
    case RDB_LIST_ZIPLIST:
      return loadListZiplist(reader, target);
    case RDB_LIST_QUICKLIST:
      return loadZiplists(reader, target);
    case RDB_LIST_QUICKLIST_2:
      return loadQuicklist(reader, target);
    case RDB_SET:
      return loadSet(reader, target);
    case RDB_SET_INTSET:
      return loadIntset(reader, target);
    case RDB_SET_LISTPACK:
      return loadSetListpack(reader, target);
    case RDB_ZSET:
    case RDB_ZSET_2:
      return loadZset(reader, target, rdbType === RDB_ZSET_2);
    case RDB_ZSET_LISTPACK:
    case RDB_ZSET_ZIPLIST:
      return loadZsetPacked(reader, target, rdbType === RDB_ZSET_ZIPLIST);
    case RDB_HASH:
      return loadHash(reader, target);
    case RDB_HASH_ZIPMAP:
      return loadZipmap(reader, target);
    case RDB_HASH_ZIPLIST:
      return loadHashZiplist(reader, target);
    case RDB_HASH_LISTPACK:
      return loadHashListpack(reader, target);
    case RDB_HASH_METADATA:
    case RDB_HASH_METADATA_PRE_GA:
      return loadHashMetadata(reader, target, rdbType === RDB_HASH_METADATA);
    case RDB_HASH_LISTPACK_EX:
    case RDB_HASH_LISTPACK_EX_PRE_GA:
      return loadHashTriplets(reader, target, rdbType === RDB_HASH_LISTPACK_EX);
    case RDB_STREAM_LISTPACKS:
    case RDB_STREAM_LISTPACKS_2:
    case RDB_STREAM_LISTPACKS_3:
      return loadStream(reader, target, rdbType);
    default:
      throw new CorruptRdb(`Unknown RDB encoding type ${rdbType}`);
  }
}

function loadOfModule(reader: RdbReader, types: ValueOpsTable, target: LoadTarget, dbIndex: number): number {
  const { db, kbuf, koff, klen } = target;
  const ops = types.has(TYPE_MODULE) ? types.of(TYPE_MODULE) : null;
  if (ops?.load === undefined) throw new CorruptRdb('A value of a module, and there are no modules');
  return ops.load(reader, db, kbuf, koff, klen, dbIndex);
}

function loadString(reader: RdbReader, target: LoadTarget): number {
  reader.string(text);
  const { db, kbuf, koff, klen } = target;
  const encoding = stringEncoding(text.buf, text.off, text.len);
  return db.insertString(kbuf, koff, klen, text.buf, text.off, text.len, encoding, false);
}

function loadSet(reader: RdbReader, target: LoadTarget): number {
  const { db, limits, kbuf, koff, klen } = target;
  const count = reader.length();
  if (count === 0) throw new CorruptRdb('Empty set');
  reader.string(text);
  const expected = Math.min(count, EXPECTED_MAX);
  let e = setCreate(db, limits, kbuf, koff, klen, text.buf, text.off, text.len, expected);
  for (let i = 0; i < count; i++) {
    if (i > 0) reader.string(text);
    e = setAdd(db, e, limits, text.buf, text.off, text.len);
    if (e === 0) throw new CorruptRdb('Duplicate set members detected');
  }
  return e;
}

function loadIntset(reader: RdbReader, target: LoadTarget): number {
  reader.string(text);
  if (!intsetValidateIntegrity(text.buf, text.off, text.len, true))
    throw new CorruptRdb('Intset integrity check failed.');
  const e = target.addBytes(TYPE_SET, ENC_INTSET, text.buf, text.off, text.len);
  const count = intsetLength(text.buf, text.off);
  return count > target.limits.setMaxIntsetEntries ? setToTable(target.db, e, count) : e;
}

function loadSetListpack(reader: RdbReader, target: LoadTarget): number {
  reader.string(text);
  const { buf, off, len } = text;
  if (!lpValidateIntegrity(buf, off, len, true) || lpLength(buf, off) === 0 || !lpValidateGroups(buf, off, 1)) {
    throw new CorruptRdb('Set listpack integrity check failed.');
  }
  const e = target.addBytes(TYPE_SET, ENC_LISTPACK, buf, off, len);
  const count = setSize(target.db, e);
  return count > target.limits.setMaxListpackEntries ? setToTable(target.db, e, count) : e;
}

function loadZset(reader: RdbReader, target: LoadTarget, binary: boolean): number {
  const { db, limits, kbuf, koff, klen } = target;
  const builder = new ZsetBuilder(db.arena);
  try {
    const count = reader.length();
    if (count === 0) throw new CorruptRdb('Empty zset');
    for (let i = 0; i < count; i++) {
      reader.string(text);
      const score = binary ? reader.double64() : reader.scoreText();
      if (Number.isNaN(score)) throw new CorruptRdb('Zset with NAN score detected');
      const { buf, off, len } = text;
      const hash = hashBytes(buf, off, len);
      if (builder.find(buf, null, off, len, hash) !== 0) throw new CorruptRdb('Duplicate zset members detected');
      builder.insert(score, buf, off, len, hash);
    }
    return builder.store(db, limits, kbuf, koff, klen);
  } catch (error) {
    builder.free();
    throw error;
  }
}

function loadZsetPacked(reader: RdbReader, target: LoadTarget, ziplist: boolean): number {
  reader.string(text);
  if (ziplist) toListpack(text);
  if (!zsetListpackIsSound(text.buf, text.off, text.len, true))
    throw new CorruptRdb(ziplist ? 'Zset ziplist integrity check failed.' : 'Zset listpack integrity check failed.');
  const e = target.addBytes(TYPE_ZSET, ENC_LISTPACK, text.buf, text.off, text.len);
  return zsetLength(target.db, e) > target.limits.zsetMaxListpackEntries ? zsetConvert(target.db, e) : e;
}

/** Makes a string that is a ziplist one that is a listpack. */
function toListpack(ziplist: RdbString): void {
  const builder = new ListpackBuilder();
  if (!readZiplist(ziplist.buf, ziplist.off, ziplist.len, builder))
    throw new CorruptRdb('Zset ziplist integrity check failed.');
  ziplist.set(builder.u8, 0, builder.bytes);
}
