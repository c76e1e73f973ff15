/** What modules may know of the server and its clients: the server's side of `ModuleFacts` in `module/env.ts`. */
import { isPrintable } from '../../commands/connection/client-name.ts';
import { infoText } from '../../commands/server/info.ts';
import type { ClientFacts, ModuleClient, ModuleFacts } from '../../module/env.ts';
import {
  CLIENT_BLOCKED,
  CLIENT_DENY_BLOCKING,
  CLIENT_DIRTY_CAS,
  CLIENT_DIRTY_EXEC,
  CLIENT_MULTI,
  CLIENT_PUBSUB,
  type Client,
  TRACKING_ON,
} from '../clients/client.ts';
import type { Server } from '../server.ts';

// REDISMODULE_CTX_FLAGS_
const CTX_MULTI = 1 << 1;
const CTX_MASTER = 1 << 2;
const CTX_MAXMEMORY = 1 << 8;
const CTX_EVICT = 1 << 9;
const CTX_OOM = 1 << 10;
const CTX_OOM_WARNING = 1 << 11;
const CTX_MULTI_DIRTY = 1 << 19;
const CTX_DENY_BLOCKING = 1 << 21;
const CTX_RESP3 = 1 << 22;
const CTX_ACTIVE_CHILD = 1 << 18;
const CTX_SERVER_STARTUP = 1 << 24;

/** Part of `maxmemory` from which modules are warned. */
const OOM_WARNING_RATIO = 0.75;

/** Client flags and the REDISMODULE_CLIENTINFO_FLAG_ bits that tell modules of them. */
const CLIENT_INFO_FLAGS: readonly (readonly [flag: number, bit: number])[] = [
  [CLIENT_PUBSUB, 1 << 1],
  [CLIENT_BLOCKED, 1 << 2],
  [CLIENT_MULTI, 1 << 5],
];
const CLIENT_INFO_TRACKING = 1 << 3;
const CLIENT_INFO_UNIX_SOCKET = 1 << 4;

export class ServerModuleFacts implements ModuleFacts {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  get redisVersion(): string {
    return this.server.redisVersion;
  }

  get cachedUs(): number {
    return this.server.nowMs * 1000;
  }

  get paused(): boolean {
    return this.server.pause.active;
  }

  contextFlags(client: ModuleClient | null): number {
    const { config } = this.server;
    let flags = CTX_MASTER;
    if (this.server.transactions.executing) flags |= CTX_MULTI;
    if (client !== null) {
      const c = client as Client;
      if (c.flags & CLIENT_DENY_BLOCKING) flags |= CTX_DENY_BLOCKING;
      if (c.flags & (CLIENT_DIRTY_CAS | CLIENT_DIRTY_EXEC)) flags |= CTX_MULTI_DIRTY;
      if (c.resp === 3) flags |= CTX_RESP3;
    }
    if (config.num('maxmemory') > 0) {
      flags |= CTX_MAXMEMORY;
      if (config.enumValue('maxmemory-policy') !== 'noeviction') flags |= CTX_EVICT;
      const ratio = this.memoryRatio();
      if (ratio > 1) flags |= CTX_OOM;
      if (ratio > OOM_WARNING_RATIO) flags |= CTX_OOM_WARNING;
    }
    if (this.server.forks.moduleRuns) flags |= CTX_ACTIVE_CHILD;
    if (this.server.startingModules) flags |= CTX_SERVER_STARTUP;
    return flags;
  }

  describe(client: ModuleClient): ClientFacts {
    const c = client as Client;
    let flags = 0;
    for (const [flag, bit] of CLIENT_INFO_FLAGS) if (c.flags & flag) flags |= bit;
    if (c.tracking !== null && c.tracking.options & TRACKING_ON) flags |= CLIENT_INFO_TRACKING;
    const { conn } = c;
    if (conn?.isUnixSocket) flags |= CLIENT_INFO_UNIX_SOCKET;
    const remote = conn?.remoteAddress ?? '';
    const colon = remote.lastIndexOf(':');
    const address = (colon < 0 ? remote : remote.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
    const port = colon < 0 ? 0 : Number(remote.slice(colon + 1));
    return { id: c.id, name: c.name, user: c.user, flags, address, port, dbIndex: c.dbIndex };
  }

  setClientName(client: ModuleClient, name: string): boolean {
    if (!isPrintable(name)) return false;
    (client as Client).name = name;
    return true;
  }

  redact(client: ModuleClient, index: number): boolean {
    const c = client as Client;
    if (index <= 0 || index >= c.args.argc) return false;
    c.redact(index);
    return true;
  }

  info(sections: readonly string[]): string {
    return infoText(this.server, sections);
  }

  memoryRatio(): number {
    const limitBytes = this.server.config.num('maxmemory');
    return limitBytes === 0 ? 0 : this.server.memory.used / limitBytes;
  }

  addLatency(event: string, latencyMs: number): void {
    const { latency } = this.server;
    if (latencyMs >= latency.thresholdMs) latency.add(event, latencyMs);
  }
}
