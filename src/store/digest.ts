/**
 * Redis's digest of values and data sets (DEBUG DIGEST): SHA-1 of parts, folded so that the order counts (`mix`) or does
 * not (`xor`).
 */
import { createHash } from 'node:crypto';
import type { Db } from './db.ts';
import { TYPE_STRING } from './entry-layout.ts';
import type { ValueOpsTable } from './value-ops.ts';

const DIGEST_BYTES = 20;
const PIECE_BYTES = 16 * 1024 * 1024;

export class Digest {
  readonly bytes: Buffer = Buffer.alloc(DIGEST_BYTES);

  /** Adds a part whose place among other xor-ed parts does not matter. */
  xor(part: Uint8Array): void {
    const sum = createHash('sha1');
    // Node takes less than 2 GiB at once.
    for (let at = 0; at < part.length; at += PIECE_BYTES) sum.update(part.subarray(at, at + PIECE_BYTES));
    const hash = sum.digest();
    for (let i = 0; i < DIGEST_BYTES; i++) this.bytes[i] = this.bytes[i]! ^ hash[i]!;
  }

  /** Adds a part that comes after all parts so far. */
  mix(part: Uint8Array): void {
    this.xor(part);
    createHash('sha1').update(this.bytes).digest().copy(this.bytes);
  }

  get hex(): string {
    return this.bytes.toString('hex');
  }
}

function bigEndian(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}

/** Adds type, value and whether there is an expiry. */
export function addValue(digest: Digest, types: ValueOpsTable, db: Db, e: number): void {
  const type = db.type(e);
  const expires = db.hasExpire(e);
  digest.mix(bigEndian(type));
  if (type === TYPE_STRING) digest.mix(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e)));
  else types.of(type).digest?.(db, e, digest);
  if (expires) digest.xor(Buffer.from('!!expire!!'));
}

/** The digest of all databases, in hexadecimal; zeros when there is no key. */
export function dataSetDigest(types: ValueOpsTable, dbs: readonly Db[]): string {
  const all = new Digest();
  for (const db of dbs) {
    if (db.size === 0) continue;
    all.mix(bigEndian(db.id));
    db.forEach((e) => {
      const digest = new Digest();
      digest.mix(db.u8(e).subarray(db.keyOff(e), db.keyOff(e) + db.keyLen(e)));
      addValue(digest, types, db, e);
      all.xor(digest.bytes);
    });
  }
  return all.hex;
}
