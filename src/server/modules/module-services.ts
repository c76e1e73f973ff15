/** What modules may do with the data set and with blocked clients: the server's side of `module/env.ts`. */
import { ANY_TYPE, type BlockedState, type KeyWait } from '../../commands/command-client.ts';
import type { BlockRefusal, ModuleBlocking, ModuleClient, ModuleData, ModuleWait } from '../../module/env.ts';
import type { Args } from '../../protocol/args.ts';
import type { Db } from '../../store/db.ts';
import type { Keyspace } from '../../store/keyspace.ts';
import {
  CLIENT_BLOCKED,
  CLIENT_CLOSE_ASAP,
  CLIENT_CLOSED,
  CLIENT_DENY_BLOCKING,
  CLIENT_MULTI,
  type Client,
  PROPAGATE_ALL,
  PROPAGATE_AOF,
  PROPAGATE_REPLICAS,
} from '../clients/client.ts';
import type { Server } from '../server.ts';

/** The data set. */
export class ServerModuleData implements ModuleData {
  readonly keyspace: Keyspace;
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
    this.keyspace = server.keyspace;
  }

  selectDb(client: ModuleClient, dbIndex: number): boolean {
    return (client as Client).selectDb(dbIndex);
  }

  signalModified(db: Db, buf: Uint8Array, off: number, len: number): void {
    const { server } = this;
    server.changes.modified(db, buf, off, len, server.executing, 0);
  }

  signalReady(db: Db, buf: Uint8Array, off: number, len: number): void {
    this.server.readyKeys.signal(db, buf, off, len);
  }

  notify(type: number, event: string, db: Db, buf: Uint8Array, off: number, len: number): void {
    if ((this.server.keyspaceEvents.mask & type) !== 0)
      this.server.keyspaceEvents.emit(type, event, db.id, buf, off, len);
  }

  propagate(dbIndex: number, args: Args, aof: boolean, replicas: boolean): void {
    const { changes, executing, propagation } = this.server;
    changes.dirty++;
    if (!propagation.wanted) return;
    const targets = (aof ? PROPAGATE_AOF : 0) | (replicas ? PROPAGATE_REPLICAS : 0);
    propagation.collect(dbIndex, args.clone(), targets & (executing?.propagateTargets ?? PROPAGATE_ALL));
  }

  flushAll(lazy: boolean): void {
    this.server.databases.flush(-1, lazy);
  }
}

/** Clients that wait for modules. */
export class ServerModuleBlocking implements ModuleBlocking {
  private readonly server: Server;
  private readonly actions: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  refusal(client: ModuleClient): BlockRefusal | null {
    const c = client as Client;
    if (c.flags & CLIENT_MULTI) return 'transaction';
    return c.flags & CLIENT_DENY_BLOCKING ? 'call' : null;
  }

  block(client: ModuleClient, wait: ModuleWait): void {
    this.server.blocked.block(client as Client, this.stateOf(wait));
  }

  blockOnKeys(
    client: ModuleClient,
    wait: ModuleWait,
    keys: readonly string[],
    wakesWhenGone: boolean,
    serve: (index: number) => boolean,
  ): void {
    const state = this.stateOf(wait);
    const keyWait: KeyWait = {
      keys,
      type: ANY_TYPE,
      timeoutAtMs: state.timeoutAtMs,
      serve: (_c, k) => serve(k),
      onTimeout: () => wait.onTimeout?.(),
      wakesWhenGone,
    };
    this.server.readyKeys.block(client as Client, keyWait, state);
  }

  private stateOf(wait: ModuleWait): BlockedState {
    const { timeoutMs, onTimeout, onExpire, onEnd, isEnding, unsentBytes } = wait;
    return {
      kind: 'module',
      timeoutAtMs: timeoutMs === 0 ? 0 : Math.max(1, Date.now() + timeoutMs),
      ...(onTimeout === null ? {} : { onTimeout: () => onTimeout() }),
      onExpire,
      onEnd,
      isEnding,
      unsentBytes,
      sinceUs: this.server.clock.now(),
    };
  }

  unblock(client: ModuleClient, reply: () => number): void {
    const c = client as Client;
    this.server.blocked.unblock(c, () => {
      const errorsBefore = c.out.errorCount;
      const startUs = this.server.clock.now();
      const backgroundUs = reply();
      const durationUs = backgroundUs + this.server.clock.now() - startUs;
      // It may wait again: for the next module that is asked about a login.
      if (c.blocked !== null) c.uncountedUs += durationUs;
      else this.server.blocked.account(c, durationUs, c.out.errorCount !== errorsBefore);
    });
  }

  isBlocked(client: ModuleClient): boolean {
    return ((client as Client).flags & (CLIENT_BLOCKED | CLIENT_CLOSED)) !== 0;
  }

  repliesGrow(client: ModuleClient): boolean {
    const c = client as Client;
    this.server.memory.update(c);
    this.server.output.limits.check(c);
    return (c.flags & (CLIENT_CLOSE_ASAP | CLIENT_CLOSED)) === 0;
  }

  soon(action: () => void): void {
    this.actions.push(action);
    if (this.actions.length > 1) return;
    setImmediate(() => {
      this.server.runLocked(() => {
        for (const next of this.actions.splice(0)) this.server.units.run(next);
      });
    });
  }
}
