/** What the server tells the rest of the world of its keyspace: expired keys, missed keys. */
import { NOTIFY_EXPIRED, NOTIFY_KEY_MISS } from '../../config/notify.ts';
import type { Server } from '../server.ts';

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
  private readonly server: Server;
  private listeners: readonly { readonly types: number; readonly fn: KeyspaceEventListener }[] = [];

  constructor(server: Server) {
    this.server = server;
  }

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
    this.server.notifyMask = this.listeners.reduce((mask, { types }) => mask | types, 0);
  }

  emit(type: number, event: string, dbIndex: number, buf: Uint8Array, off: number, len: number): void {
    for (const { types, fn } of this.listeners) if (types & type) fn(type, event, dbIndex, buf, off, len);
  }
}

const KEY_ROOM_BYTES = 1024;

/** Connects the hooks of the server's keyspace. */
export function connectKeyspace(server: Server): void {
  const { keyspace } = server;
  // The key of an entry that expires, kept until the entry is gone.
  let key: Uint8Array = new Uint8Array(KEY_ROOM_BYTES);
  let keyLen = 0;
  let wanted = false;

  keyspace.onExpire = (db, e) => {
    wanted = server.onKeyModified !== null || (server.notifyMask & NOTIFY_EXPIRED) !== 0;
    if (!wanted) return;
    keyLen = db.keyLen(e);
    if (key.length < keyLen) key = new Uint8Array(keyLen);
    const off = db.keyOff(e);
    key.set(db.u8(e).subarray(off, off + keyLen));
  };

  keyspace.onExpired = (db) => {
    if (!wanted) return;
    const expired = key;
    const len = keyLen;
    // Receivers may run commands under which other keys expire.
    key = new Uint8Array(0);
    if (server.notifyMask & NOTIFY_EXPIRED) {
      server.notifyKeyspaceEvent(NOTIFY_EXPIRED, 'expired', db.id, expired, 0, len);
    }
    server.signalModified(db, expired, 0, len);
    key = expired;
  };

  keyspace.onKeyMiss = (db, buf, off, len) => {
    if ((server.notifyMask & NOTIFY_KEY_MISS) === 0) return;
    server.notifyKeyspaceEvent(NOTIFY_KEY_MISS, 'keymiss', db.id, buf, off, len);
  };
}
