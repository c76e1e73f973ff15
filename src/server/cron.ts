/** Work that comes back `hz` times a second: expiry, rehashing, time-outs, sampled statistics. */
import { CLIENT_BLOCKED, CLIENT_MONITOR, CLIENT_PUBSUB } from './client.ts';
import type { Server } from './server.ts';

/** Share of a period that the active expire cycle may take, per cent, at effort 1. */
const EXPIRE_CPU_PERCENT = 25;
const FREE_KEYS_PER_RUN = 20_000;
const RATE_PERIOD_MS = 100;

export class Cron {
  private readonly server: Server;
  private timer: NodeJS.Timeout | null = null;
  private clientCursor = 0;
  private lastRateMs = 0;
  loops = 0;
  /** Further work, called each time. */
  readonly tasks: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  get hz(): number {
    return this.server.config.num('hz');
  }

  start(): void {
    this.timer = setInterval(() => this.server.runLocked(() => this.run()), 1000 / this.hz);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  restart(): void {
    if (this.timer === null) return;
    this.stop();
    this.start();
  }

  private run(): void {
    const { server } = this;
    const { keyspace, stats, config } = server;
    this.loops++;
    const effort = config.num('active-expire-effort');
    if (server.pausedUntilMs === 0) {
      const share = EXPIRE_CPU_PERCENT + 2 * (effort - 1);
      keyspace.activeExpireCycle((1_000_000 / this.hz) * (share / 100), effort);
    }
    keyspace.freeDetached(FREE_KEYS_PER_RUN);
    if (server.pausedUntilMs !== 0 && server.nowMs >= server.pausedUntilMs) server.unpause();
    this.checkClients();
    if (server.nowMs - this.lastRateMs >= RATE_PERIOD_MS) {
      this.lastRateMs = server.nowMs;
      stats.sample(server.nowMs);
      const used = keyspace.usedMemory;
      if (used > stats.peakMemoryBytes) stats.peakMemoryBytes = used;
    }
    for (const task of this.tasks) task();
  }

  /** Looks at a slice of the clients, so that all are looked at within a second. */
  private checkClients(): void {
    const { server } = this;
    const clients = [...server.connections.clients.values()];
    const count = Math.min(clients.length, Math.max(5, Math.ceil(clients.length / this.hz)));
    const timeoutMs = server.config.num('timeout') * 1000;
    for (let i = 0; i < count; i++) {
      const c = clients[this.clientCursor++ % clients.length]!;
      const exempt = CLIENT_BLOCKED | CLIENT_PUBSUB | CLIENT_MONITOR;
      if (timeoutMs > 0 && !(c.flags & exempt) && server.nowMs - c.lastInteractionMs > timeoutMs) {
        server.log.verbose('Closing idle client');
        server.closeAsap(c);
        continue;
      }
      if (c.pending !== null) server.output.checkLimits(c);
    }
  }
}
