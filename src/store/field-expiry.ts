/**
 * Expired fields of hashes: taken away when a command names them, and by a cycle of their own.
 *
 * The cycle works like that for keys (expire-cycle.ts): of the values that have volatile fields some are looked at, half
 * of them at random, half in turn; where the first to expire is stale, stale fields are taken away in slices. It goes on
 * as long as many of those looked at were stale and there is time.
 */
import type { Args } from '../protocol/args.ts';
import type { Db } from './db.ts';
import { TYPE_HASH } from './entry-layout.ts';
import { FieldText, readFieldAt } from './hash-read.ts';
import {
  expiryAt,
  firstExpiry,
  firstToExpire,
  hashFind,
  hashMarkVolatile,
  hashRemoveAt,
  hashSize,
} from './hash-type.ts';
import type { Keyspace } from './keyspace.ts';

const VALUES_PER_LOOP = 20;
const ACCEPTABLE_STALE_PERC = 10;
/** Fields of one value that are taken away before the next one is looked at. */
const FIELDS_PER_SLICE = 100;

const NO_FIELDS: readonly Uint8Array[] = [];

/**
 * Is told of fields that expired: their key (a copy), their names where `wantsNames` said so, and whether the key went
 * with its last field. The receiver may run any command.
 */
export type FieldsExpiredHook = (db: Db, key: Uint8Array, fields: readonly Uint8Array[], keyIsGone: boolean) => void;

export class FieldExpiry {
  /** Fields that expired since start. */
  expiredFields = 0;
  onExpired: FieldsExpiredHook = () => {};
  /** Whether somebody wants to know the names of the fields. */
  wantsNames: () => boolean = () => false;
  private readonly keyspace: Keyspace;
  private nextDb = 0;
  private readonly cursors: Uint32Array;

  constructor(keyspace: Keyspace, databases: number) {
    this.keyspace = keyspace;
    this.cursors = new Uint32Array(databases);
  }

  /** Whether the field at a place of a hash must not be found. */
  isHidden(db: Db, e: number, place: number): boolean {
    if (!db.hasVolatileFields(e) || !this.keyspace.hidesExpired) return false;
    const expireMs = expiryAt(db, e, place);
    return expireMs !== 0 && expireMs < this.keyspace.nowMs;
  }

  /** Whether any field of a hash has expired and is still there. */
  hasStale(db: Db, e: number): boolean {
    if (!db.hasVolatileFields(e) || !this.keyspace.hidesExpired) return false;
    const expireMs = firstExpiry(db, e);
    return expireMs !== 0 && expireMs < this.keyspace.nowMs;
  }

  /**
   * Takes away those of the fields named by every `step`th argument from `from` to `to` - 1 that have expired, where that
   * is ours to do. Returns the entry to go on with, 0 when the key is gone.
   */
  expireNamed(db: Db, e: number, args: Args, from: number, to: number, step: number): number {
    if (!this.keyspace.deletesExpired || !this.hasStale(db, e)) return e;
    const names: Uint8Array[] = [];
    let at = e;
    let expired = 0;
    for (let i = from; i < to; i += step) {
      const place = hashFind(db, at, args.buf, args.off[i]!, args.len[i]!);
      if (place === 0 || !this.isHidden(db, at, place)) continue;
      at = hashRemoveAt(db, at, place);
      expired++;
      names.push(args.bytes(i));
    }
    if (expired === 0) return at;
    const key = keyOf(db, at);
    this.finish(db, at, key, expired, names);
    const again = db.find(key, 0, key.length);
    return again !== 0 && db.type(again) === TYPE_HASH ? again : 0;
  }

  /** Takes away expired fields of all databases for about `ms` milliseconds; returns how many. */
  cycle(ms: number, effort: number): number {
    const { dbs } = this.keyspace;
    const before = this.expiredFields;
    let until = 0;
    for (let visited = 0; visited < dbs.length; visited++) {
      if (this.nextDb >= dbs.length) this.nextDb = 0;
      const db = dbs[this.nextDb++]!;
      if (db.volatileFields.size === 0) continue;
      if (until === 0) until = performance.now() + ms;
      if (!this.cycleDb(db, effort - 1, until)) break;
    }
    return this.expiredFields - before;
  }

  /** False when the time is up. */
  private cycleDb(db: Db, effort: number, untilMs: number): boolean {
    const perLoop = VALUES_PER_LOOP + (VALUES_PER_LOOP / 4) * effort;
    while (db.volatileFields.size > 0) {
      const count = Math.min(db.volatileFields.size, perLoop);
      let stale = 0;
      for (let i = 0; i < count && db.volatileFields.size > 0; i++) {
        const { size } = db.volatileFields;
        const index = (i & 1) === 0 ? Math.floor(Math.random() * size) : this.nextIndex(db, size);
        if (this.expireSlice(db, db.volatileFields.at(index))) stale++;
      }
      if (performance.now() >= untilMs) return false;
      if (stale * 100 <= (ACCEPTABLE_STALE_PERC - effort) * count) break;
    }
    return true;
  }

  /** Backwards, because whatever leaves the vector is replaced by its last entry. */
  private nextIndex(db: Db, size: number): number {
    const cursor = this.cursors[db.id]!;
    const index = cursor === 0 || cursor > size ? size - 1 : cursor - 1;
    this.cursors[db.id] = index;
    return index;
  }

  /** Takes away some expired fields of a value; whether there were any. */
  private expireSlice(db: Db, e: number): boolean {
    if (!this.hasStale(db, e)) return false;
    const wanted = this.wantsNames();
    const names: Uint8Array[] = [];
    let at = e;
    let expired = 0;
    while (expired < FIELDS_PER_SLICE && this.hasStale(db, at)) {
      const place = firstToExpire(db, at);
      if (wanted) {
        readFieldAt(db, at, place, text);
        names.push(text.buf.slice(text.off, text.off + text.len));
      }
      at = hashRemoveAt(db, at, place);
      expired++;
    }
    this.finish(db, at, keyOf(db, at), expired, names);
    return true;
  }

  /** Counts, deletes the key of an empty hash, and tells. */
  private finish(db: Db, e: number, key: Uint8Array, expired: number, names: readonly Uint8Array[]): void {
    this.expiredFields += expired;
    const keyIsGone = hashSize(db, e) === 0;
    if (keyIsGone) db.deleteEntry(e);
    else hashMarkVolatile(db, e);
    this.onExpired(db, key, this.wantsNames() ? names : NO_FIELDS, keyIsGone);
  }
}

const text = new FieldText();

function keyOf(db: Db, e: number): Uint8Array {
  const off = db.keyOff(e);
  return db.u8(e).slice(off, off + db.keyLen(e));
}
