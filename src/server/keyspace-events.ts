/** What the server tells the rest of the world of its keyspace: expired keys, missed keys. */
import { NOTIFY_EXPIRED, NOTIFY_KEY_MISS } from '../config/notify.ts';
import type { Server } from './server.ts';

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
