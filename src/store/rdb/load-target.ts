/** Where a value goes that is being loaded: a key that is not in its database. */

import { copyBytes } from '../../memory/copy.ts';
import type { Db } from '../db.ts';
import type { EncodingLimits } from '../encoding-limits.ts';

/** Most elements that a count from outside makes room for ahead of their coming. */
export const EXPECTED_MAX = 65536;

export class LoadTarget {
  readonly db: Db;
  readonly limits: EncodingLimits;
  readonly kbuf: Uint8Array;
  readonly koff: number;
  readonly klen: number;

  constructor(db: Db, limits: EncodingLimits, kbuf: Uint8Array, koff: number, klen: number) {
    this.db = db;
    this.limits = limits;
    this.kbuf = kbuf;
    this.koff = koff;
    this.klen = klen;
  }

  /** Adds the key with a value in a small encoding, whose bytes were checked. Returns the entry. */
  addBytes(type: number, encoding: number, buf: Uint8Array, off: number, len: number): number {
    const e = this.db.add(this.kbuf, this.koff, this.klen, type, encoding, len);
    copyBytes(buf, off, this.db.u8(e), this.db.valOff(e), len);
    return e;
  }
}
