/** What modules are told of: the server's side of `ModuleEvents` in `module/env.ts`. */
import { notifyKeyspaceEvents } from '../../config/notify.ts';
import type { EventDetails, ModuleEvents } from '../../module/env.ts';
import { ServerEvent } from '../../module/server-events.ts';
import { CAUSE_LISTENER } from '../../store/expire-causes.ts';
import { addHook } from '../execution/hooks.ts';
import type { KeyspaceEventListener } from '../execution/keyspace-events.ts';
import type { Server } from '../server.ts';

const NONE: EventDetails = { kind: 'none' };

export class ServerModuleEvents implements ModuleEvents {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  publish(channel: Uint8Array, message: Uint8Array, shard: boolean): number {
    const name = Buffer.from(channel.buffer, channel.byteOffset, channel.length).toString('latin1');
    return this.server.pubsub.publish(name, message, shard);
  }

  afterUnit(action: () => void): void {
    this.server.units.defer(action);
  }

  get notifyFlags(): number {
    return this.server.config.valueOf(notifyKeyspaceEvents);
  }

  onKeyspaceEvent(types: number, fn: KeyspaceEventListener): () => void {
    const { keyspace, keyspaceEvents } = this.server;
    return keyspaceEvents.add(types, (type, event, dbIndex, buf, off, len) => {
      // The command that raised the event is in the middle of its work: no key may vanish under it.
      keyspace.expireCauses.begin(CAUSE_LISTENER);
      try {
        fn(type, event, dbIndex, buf, off, len);
      } finally {
        keyspace.expireCauses.end(CAUSE_LISTENER);
      }
    });
  }

  watch(event: number, told: (subevent: number, details: EventDetails) => void): () => void {
    const { server } = this;
    const fn = (subevent: number, details: EventDetails) => server.units.run(() => told(subevent, details));
    const { hooks } = server;
    switch (event) {
      case ServerEvent.FlushDb:
        return addHook(hooks.flush, (dbIndex, lazy, ended) => fn(ended ? 1 : 0, { kind: 'flush', dbIndex, lazy }));
      case ServerEvent.ClientChange:
        return addHook(hooks.connection, (client, gone) => fn(gone ? 1 : 0, { kind: 'client', client }));
      case ServerEvent.Shutdown:
        return addHook(hooks.shutdown, () => fn(0, NONE));
      case ServerEvent.CronLoop:
        return addHook(server.cron.tasks, () => fn(0, { kind: 'cron', hz: server.cron.hz }));
      case ServerEvent.SwapDb:
        return addHook(hooks.swapDb, (first, second) => fn(0, { kind: 'swap', first, second }));
      case ServerEvent.ForkChild:
        return addHook(hooks.forkChild, (ended) => fn(ended ? 1 : 0, NONE));
      case ServerEvent.Config:
        return addHook(hooks.configSet, (names) => fn(0, { kind: 'config', names }));
      case ServerEvent.EventLoop:
        hooks.round = (waited) => fn(waited ? 1 : 0, NONE);
        return () => {
          hooks.round = null;
        };
      default:
        // Nothing of the kind happens in this server, or (modules coming and going) its host knows by itself.
        return () => {};
    }
  }
}
