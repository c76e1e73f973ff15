/** What the server tells the rest of the world of its keyspace: expired keys, missed keys. */
import { NOTIFY_EXPIRED, NOTIFY_GENERIC, NOTIFY_HASH, NOTIFY_KEY_MISS } from '../../config/notify.ts';
import type { Server } from '../server.ts';
import { lineOf } from './propagation.ts';

/** Is told of an event: its class (one NOTIFY_ bit), name, database, and the key's bytes, borrowed. */
export type KeyspaceEventListener = (
  type: number,
  event: string,
  dbIndex: number,
  buf: Uint8Array,
  off: number,
  len: number,
) => void;

/** Who listens to keyspace events. */
export class KeyspaceEvents {
  /** NOTIFY_ bits for which somebody listens; looked at before each event. */
  mask = 0;
  private listeners: readonly { readonly types: number; readonly fn: KeyspaceEventListener }[] = [];

  private publishedTypes = 0;
  private publish: KeyspaceEventListener = () => {};

  /** Adds a listener for events of some classes (NOTIFY_ bits); returns what ends it. */
  add(types: number, fn: KeyspaceEventListener): () => void {
    const listener = { types, fn };
    this.listeners = [...this.listeners, listener];
    this.updateMask();
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
      this.updateMask();
    };
  }

  private updateMask(): void {
    this.mask = this.listeners.reduce((mask, { types }) => mask | types, this.publishedTypes);
  }

  /** Sets who sends events of some classes to clients: they are told last. */
  publishTo(types: number, publish: KeyspaceEventListener): void {
    this.publishedTypes = types;
    this.publish = publish;
    this.updateMask();
  }

  emit(type: number, event: string, dbIndex: number, buf: Uint8Array, off: number, len: number): void {
    for (const { types, fn } of this.listeners) if (types & type) fn(type, event, dbIndex, buf, off, len);
    if (this.publishedTypes & type) this.publish(type, event, dbIndex, buf, off, len);
  }
}

const KEY_ROOM_BYTES = 1024;

/** The key of an entry that expires, kept until the entry is gone. */
interface ExpiringKey {
  bytes: Uint8Array;
  length: number;
  wanted: boolean;
}

/** Connects the hooks of the server's keyspace. */
export function connectKeyspace(server: Server): void {
  const { keyspace } = server;
  // Whoever is told that a value goes may run commands under which other keys expire: one of these for each level.
  const keys: ExpiringKey[] = [];
  let depth = 0;

  keyspace.onExpire = (db, e) => {
    if (depth === keys.length) keys.push({ bytes: new Uint8Array(KEY_ROOM_BYTES), length: 0, wanted: false });
    const key = keys[depth++]!;
    const notified = (server.keyspaceEvents.mask & NOTIFY_EXPIRED) !== 0;
    key.wanted = notified || server.changes.observed || server.propagation.wanted;
    if (!key.wanted) return;
    key.length = db.keyLen(e);
    if (key.bytes.length < key.length) key.bytes = new Uint8Array(key.length);
    const off = db.keyOff(e);
    key.bytes.set(db.u8(e).subarray(off, off + key.length));
  };

  keyspace.onExpired = (db) => {
    const { bytes, length, wanted } = keys[depth - 1]!;
    // In the expire cycle each key is a unit of its own.
    server.units.enter();
    try {
      if (!wanted) return;
      if (server.keyspaceEvents.mask & NOTIFY_EXPIRED) {
        server.keyspaceEvents.emit(NOTIFY_EXPIRED, 'expired', db.id, bytes, 0, length);
      }
      server.changes.modified(db, bytes, 0, length, null, 0);
      if (server.propagation.wanted) {
        const name = keyspace.lazyExpire ? 'UNLINK' : 'DEL';
        server.propagation.collect(db.id, lineOf([name, bytes.slice(0, length)]));
      }
    } finally {
      depth--;
      server.units.leave();
    }
  };

  keyspace.fieldExpiry.wantsNames = () => server.propagation.wanted;
  keyspace.fieldExpiry.onExpired = (db, key, fields, keyIsGone) => {
    server.units.enter();
    try {
      if (fields.length > 0) server.propagation.collect(db.id, lineOf(['HDEL', key, ...fields]));
      server.changes.modified(db, key, 0, key.length, null, 0);
      if (server.keyspaceEvents.mask & NOTIFY_HASH) {
        server.keyspaceEvents.emit(NOTIFY_HASH, 'hexpired', db.id, key, 0, key.length);
      }
      if (keyIsGone && server.keyspaceEvents.mask & NOTIFY_GENERIC) {
        server.keyspaceEvents.emit(NOTIFY_GENERIC, 'del', db.id, key, 0, key.length);
      }
    } finally {
      server.units.leave();
    }
  };

  keyspace.onKeyMiss = (db, buf, off, len) => {
    if ((server.keyspaceEvents.mask & NOTIFY_KEY_MISS) === 0) return;
    server.keyspaceEvents.emit(NOTIFY_KEY_MISS, 'keymiss', db.id, buf, off, len);
  };
}
