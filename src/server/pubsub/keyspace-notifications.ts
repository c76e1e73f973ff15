/** `notify-keyspace-events`: keyspace events as messages, on `__keyspace@<db>__:<key>` and `__keyevent@<db>__:<event>`. */
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE, notifyKeyspaceEvents } from '../../config/notify.ts';
import type { Server } from '../server.ts';

/** Follows the directive. */
export function publishKeyspaceEvents(server: Server): void {
  const { config, keyspaceEvents, pubsub } = server;
  let flags = 0;
  const publish = (_type: number, event: string, dbIndex: number, buf: Uint8Array, off: number, len: number): void => {
    if (pubsub.isSilent) return;
    const key = buf.subarray(off, off + len);
    if (flags & NOTIFY_KEYSPACE) {
      const name = Buffer.from(key.buffer, key.byteOffset, len).toString('latin1');
      pubsub.publish(`__keyspace@${dbIndex}__:${name}`, Buffer.from(event), false);
    }
    if (flags & NOTIFY_KEYEVENT) {
      pubsub.publish(`__keyevent@${dbIndex}__:${Buffer.from(event).toString('latin1')}`, key, false);
    }
  };
  const apply = (): null => {
    flags = config.valueOf(notifyKeyspaceEvents);
    const ways = NOTIFY_KEYSPACE | NOTIFY_KEYEVENT;
    const types = flags & ways ? flags & ~ways : 0;
    keyspaceEvents.publishTo(types, publish);
    return null;
  };
  apply();
  config.onApply([notifyKeyspaceEvents.name], apply);
}
