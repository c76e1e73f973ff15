/**
 * Watched keys (WATCH): a client whose key changes before its EXEC has its transaction discarded.
 *
 *   keys[db index]: key -> WatchedKey { db, key, bytes, watches: Client -> Watch }
 *   client.watches: Watch[] { client, key, expired }        null: it watches nothing
 *
 * While nobody watches, nobody listens to key changes. A key that had expired when the watch began is as good as absent:
 * its removal changes nothing for the client (`expired`).
 */
import type { Db } from '../../store/db.ts';
import { CLIENT_DIRTY_CAS, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';

interface WatchedKey {
  readonly db: Db;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly watches: Map<Client, Watch>;
}

/** One client's watch of one key. */
export interface Watch {
  readonly c: Client;
  readonly key: WatchedKey;
  /** Its time was over when the watch began, but it had not been deleted yet. */
  expired: boolean;
}

/** What a watch costs beyond its key: two entries of tables and three objects, about. */
const WATCH_BYTES = 160;

export class Watches {
  private readonly server: Server;
  private readonly keys: Map<string, WatchedKey>[];
  private endObservation: (() => void) | null = null;
  /** Keys that are watched, and clients that watch some. */
  keyCount = 0;
  clientCount = 0;

  constructor(server: Server) {
    this.server = server;
    this.keys = server.keyspace.dbs.map(() => new Map());
  }

  /** Begins to watch a key of the client's database; a second watch of the same key changes nothing. */
  watch(c: Client, buf: Uint8Array, off: number, len: number): void {
    const { db } = c;
    const key = this.keyOf(db, buf, off, len);
    if (key.watches.has(c)) return;
    if (c.watches === null) {
      c.watches = [];
      this.clientCount++;
    }
    const watch: Watch = { c, key, expired: this.isExpired(db, key) };
    c.watches.push(watch);
    key.watches.set(c, watch);
    c.watchedBytes += len + WATCH_BYTES;
    this.server.memory.update(c);
  }

  /** Ends all watches of the client. */
  unwatch(c: Client): void {
    if (c.watches === null) return;
    for (const { key } of c.watches) {
      key.watches.delete(c);
      if (key.watches.size > 0) continue;
      this.keys[key.db.id]!.delete(key.key);
      this.keyCount--;
    }
    c.watches = null;
    c.watchedBytes = 0;
    this.clientCount--;
    this.server.memory.update(c);
    if (this.keyCount === 0) {
      this.endObservation?.();
      this.endObservation = null;
    }
  }

  /** Whether the time of a watched key is over that had some left when the watch began. */
  hasExpired(c: Client): boolean {
    return c.watches?.some(({ key, expired }) => !expired && this.isExpired(key.db, key)) ?? false;
  }

  private keyOf(db: Db, buf: Uint8Array, off: number, len: number): WatchedKey {
    const bytes = Buffer.from(buf.subarray(off, off + len));
    const name = bytes.toString('latin1');
    let key = this.keys[db.id]!.get(name);
    if (key === undefined) {
      key = { db, key: name, bytes, watches: new Map() };
      this.keys[db.id]!.set(name, key);
      if (this.keyCount++ === 0) this.observe();
    }
    return key;
  }

  private observe(): void {
    const { changes } = this.server;
    const ends = [
      changes.observe((db, buf, off, len) => this.touch(db, buf, off, len)),
      changes.observeDatabases((dbIndex, sourceIndex) => this.touchDatabase(dbIndex, sourceIndex)),
    ];
    this.endObservation = () => {
      for (const end of ends) end();
    };
  }

  private isExpired(db: Db, { bytes }: WatchedKey): boolean {
    const e = db.find(bytes, 0, bytes.length);
    return e !== 0 && this.server.keyspace.isExpired(e);
  }

  /** A key has changed. */
  private touch(db: Db, buf: Uint8Array, off: number, len: number): void {
    const keys = this.keys[db.id]!;
    if (keys.size === 0) return;
    const key = keys.get(Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1'));
    if (key === undefined) return;
    const isGone = db.find(buf, off, len) === 0;
    for (const watch of key.watches.values()) {
      // What had expired before is deleted only now: nothing has changed. What comes after that is a change.
      if (watch.expired && isGone) watch.expired = false;
      else if (!watch.expired) this.spoil(watch.c);
    }
  }

  /** A database is about to be emptied (-1) or to get the contents of another. */
  private touchDatabase(dbIndex: number, sourceIndex: number): void {
    const { dbs } = this.server.keyspace;
    const db = dbs[dbIndex]!;
    const source = sourceIndex < 0 ? null : dbs[sourceIndex]!;
    for (const key of this.keys[dbIndex]!.values()) {
      const { bytes } = key;
      const isThere = db.find(bytes, 0, bytes.length) !== 0;
      const comes = source !== null && source.find(bytes, 0, bytes.length) !== 0;
      if (!isThere && !comes) continue;
      const comesExpired = comes && this.isExpired(source, key);
      for (const watch of key.watches.values()) {
        if (watch.expired && !comes) watch.expired = false;
        else if (watch.expired && comesExpired) continue;
        else if (!isThere && comesExpired) watch.expired = true;
        else this.spoil(watch.c);
      }
    }
  }

  /** The client's next EXEC runs nothing, so it need not watch any more. */
  private spoil(c: Client): void {
    c.flags |= CLIENT_DIRTY_CAS;
    this.unwatch(c);
  }
}
