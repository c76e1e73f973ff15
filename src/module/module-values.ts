// Values of modules in the RDB format and in rewritten append-only files: the calls of a type's rdb_save, rdb_load and
// aof_rewrite. module-io.ts draws the format.

import type { Args } from '../protocol/args.ts';
import type { Db } from '../store/db.ts';
import { RDB_MODULE_2 } from '../store/rdb/rdb-format.ts';
import { CorruptRdb, type RdbReader } from '../store/rdb/rdb-reader.ts';
import type { RdbWriter } from '../store/rdb/rdb-writer.ts';
import { bindCallback } from './abi/callbacks.ts';
import { decodeTypeId, encodeTypeId, type IoEnd, PART_END, skipParts, withModuleIO } from './module-io.ts';
import {
  findType,
  type ModuleType,
  type Pointer,
  pointerOf,
  putValue,
  typeOf,
  withKeyName,
  withName,
} from './native-types.ts';

const id = new Uint32Array(2);

/** Whether a type can be written at all. */
export function canSaveType(type: ModuleType): boolean {
  return type.persistence.rdbSave !== 0;
}

/** Calls rdb_save; false when the module met an error. */
export function saveParts(
  type: ModuleType,
  value: Pointer,
  writer: RdbWriter,
  keyName: number,
  dbIndex: number,
): boolean {
  const save = bindCallback('void rdb_save(RedisModuleIO *io, void *value)', type.persistence.rdbSave);
  return withModuleIO(type, { writer }, keyName, dbIndex, (handle, io) => {
    save(handle, value);
    return !io.error;
  });
}

/** Calls rdb_load; the value's pointer, 0 when the module has none to give, or has met an error. */
export function loadParts(
  type: ModuleType,
  encodingVersion: number,
  reader: RdbReader,
  keyName: number,
  dbIndex: number,
): Pointer {
  if (type.persistence.rdbLoad === 0) return 0;
  const load = bindCallback('void *rdb_load(RedisModuleIO *io, int encver)', type.persistence.rdbLoad);
  return withModuleIO(type, { reader }, keyName, dbIndex, (handle, io) => {
    const value = load(handle, encodingVersion);
    if (!io.error || Number(value) === 0) return value;
    freeValue(type, value);
    return 0;
  });
}

function freeValue(type: ModuleType, value: Pointer): void {
  const { free } = type;
  if (free !== null) type.call(() => free(value));
}

/** Writes type byte and value of an entry that holds a module's; false when its type has no way to. */
export function saveModuleValue(out: RdbWriter, db: Db, e: number): boolean {
  const type = typeOf(db, e);
  if (!canSaveType(type)) return false;
  const value = pointerOf(db, e);
  out.byte(RDB_MODULE_2);
  encodeTypeId(type.name, type.encodingVersion, id);
  out.length64(id, 0);
  const saved = withKeyName(db, e, (name) => saveParts(type, value, out, name, db.id));
  out.length(PART_END);
  return saved;
}

/**
 * Reads the value of a module behind its type byte and makes it that of a key that is not in the database. Returns the
 * entry. Throws CorruptRdb with nothing left behind.
 */
export function loadModuleValue(
  reader: RdbReader,
  db: Db,
  kbuf: Uint8Array,
  koff: number,
  klen: number,
  dbIndex: number,
): number {
  reader.length64(id, 0);
  const [name, encodingVersion] = decodeTypeId(id);
  const type = findType(db, name);
  if (type === null) {
    throw new CorruptRdb(`The RDB file contains module data I can't load: no matching module type '${name}'`);
  }
  const start = reader.position;
  skipParts(reader);
  const end = reader.position;
  reader.seek(start);
  const value = withName(kbuf, koff, klen, (keyName) => loadParts(type, encodingVersion, reader, keyName, dbIndex));
  if (Number(value) === 0) {
    throw new CorruptRdb(
      `The RDB file contains module data for the module type '${name}', that the responsible module is not able to load. Check for modules log above for additional clues.`,
    );
  }
  if (reader.length() !== PART_END || reader.position !== end) {
    freeValue(type, value);
    throw new CorruptRdb(
      `The RDB file contains module data for the module '${name}' that is not terminated by the proper module value EOF marker`,
    );
  }
  try {
    return putValue(db, kbuf, koff, klen, type, value);
  } catch (error) {
    freeValue(type, value);
    throw error;
  }
}

/**
 * Hands the commands that make an entry's value anew to `emit`, as its type's aof_rewrite says them; false when the type
 * has none.
 */
export function rewriteModuleValue(db: Db, e: number, emit: (args: Args) => void): boolean {
  const type = typeOf(db, e);
  const { aofRewrite } = type.persistence;
  if (aofRewrite === 0) return false;
  const rewrite = bindCallback('void aof_rewrite(RedisModuleIO *io, RedisModuleString *key, void *value)', aofRewrite);
  const value = pointerOf(db, e);
  const end: IoEnd = { emit };
  return withKeyName(db, e, (name) =>
    withModuleIO(type, end, name, db.id, (handle, io) => {
      rewrite(handle, name, value);
      return !io.error;
    }),
  );
}
