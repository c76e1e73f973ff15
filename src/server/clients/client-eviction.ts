/**
 * `maxmemory-clients`: when the buffers of clients take more than it allows, those with the most are closed until they
 * do not; before the next command, or at the end of the round.
 *
 * What each client takes is known (MemoryUse.update), and so is the sum; clients with CLIENT NO-EVICT are no part of it.
 */
import { COND_CLIENTS_FULL } from '../execution/conditions.ts';
import type { Server } from '../server.ts';
import { CLIENT_CLOSE_ASAP, type Client } from './client.ts';

export class ClientEviction {
  private readonly server: Server;
  /** 0: no limit. */
  private limitBytes = 0;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    const follow = (): null => {
      const given = config.num('maxmemory-clients');
      // A percentage is kept as a negative number.
      this.limitBytes = given >= 0 ? given : Math.floor((config.num('maxmemory') * -given) / 100);
      this.check();
      return null;
    };
    follow();
    config.onApply(['maxmemory-clients', 'maxmemory'], follow);
  }

  /** Whether there is a limit. */
  get limited(): boolean {
    return this.limitBytes > 0;
  }

  /** Clients take more or less now. */
  check(): void {
    const { conditions, memory } = this.server;
    const full = this.limitBytes > 0 && memory.evictableClientBytes > this.limitBytes;
    if (full !== ((conditions.mask & COND_CLIENTS_FULL) !== 0)) conditions.set(COND_CLIENTS_FULL, full);
  }

  /** Closes clients until the limit is met. */
  evict(): void {
    const { connections, log, memory, stats } = this.server;
    let excess = memory.evictableClientBytes - this.limitBytes;
    if (this.limitBytes === 0 || excess <= 0) return;
    for (const c of this.largestFirst()) {
      if (excess <= 0) break;
      excess -= c.countedEvictable;
      stats.evictedClients++;
      log.notice(`Evicting client: ${connections.describe(c)}`);
      connections.closeAsap(c);
    }
    this.check();
  }

  private largestFirst(): Client[] {
    const clients = [...this.server.connections.clients.values()].filter(
      (c) => c.countedEvictable > 0 && (c.flags & CLIENT_CLOSE_ASAP) === 0,
    );
    return clients.sort((a, b) => b.countedEvictable - a.countedEvictable);
  }
}
