/**
 * What DUMP answers and RESTORE takes:
 *
 *     type byte and value (rdb-format.ts) | version of the format (u16, low first) | CRC-64 of all before it
 *
 * The version is the lowest that has a form for the value: 10, which redis-server reads from 7.0 on, and 12 for hashes
 * with fields that expire. So a payload goes to every server that could hold its value. One thing is lost on the way: when
 * a consumer of a stream was last active, which 7.2 tells from when it was last seen; both become the latter.
 */
import type { Db } from '../db.ts';
import type { ValueOpsTable } from '../value-ops.ts';
import { Crc64 } from './crc64.ts';
import { RDB_VERSION, RDB_VERSION_70 } from './rdb-format.ts';
import type { RdbReader } from './rdb-reader.ts';
import type { RdbWriter } from './rdb-writer.ts';
import { canSave, lowestVersion, saveValue } from './save-value.ts';

const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;

const crc = new Crc64();
const footer = new Uint8Array(FOOTER_BYTES);

/**
 * Writes the payload of an entry, to a writer that is empty and has no drain; false when it is the value of a module that
 * cannot save it. Modules may be called.
 */
export function writePayload(out: RdbWriter, db: Db, e: number, types: ValueOpsTable): boolean {
  const type = db.type(e);
  let version = RDB_VERSION_70;
  if (canSave(type)) {
    const encoding = db.encoding(e);
    const buf = db.u8(e);
    const off = db.valOff(e);
    version = lowestVersion(db.arena, type, encoding, buf, off);
    saveValue(out, db.arena, version, type, encoding, buf, off, db.valLen(e));
  } else if (types.of(type).save?.(out, db, e) !== true) return false;
  footer[0] = version;
  footer[1] = version >>> 8;
  out.raw(footer, 0, VERSION_BYTES);
  crc.reset();
  crc.update(out.buf, 0, out.len);
  crc.write(footer, VERSION_BYTES);
  out.raw(footer, VERSION_BYTES, FOOTER_BYTES - VERSION_BYTES);
  return true;
}

/** Lets a reader read the value of a payload; false when version or checksum (unless `skipChecksum`) are wrong. */
export function openPayload(
  reader: RdbReader,
  buf: Uint8Array,
  off: number,
  len: number,
  skipChecksum: boolean,
): boolean {
  if (len < FOOTER_BYTES) return false;
  const at = off + len - FOOTER_BYTES;
  if ((buf[at]! | (buf[at + 1]! << 8)) > RDB_VERSION) return false;
  if (!skipChecksum) {
    crc.reset();
    crc.update(buf, off, len - FOOTER_BYTES + VERSION_BYTES);
    if (!crc.equals(buf, at + VERSION_BYTES)) return false;
  }
  reader.open(buf, off, len - FOOTER_BYTES);
  return true;
}
