/** Work that comes back `hz` times a second: expiry, rehashing, time-outs, sampled statistics. */
import type { CompactionThresholds } from '../../store/compaction.ts';
import { CLIENT_BLOCKED, CLIENT_MONITOR, CLIENT_PUBSUB } from '../clients/client.ts';
import type { Server } from '../server.ts';

/** Share of a period that the active expire cycle may take, per cent, at effort 1. */
const EXPIRE_CPU_PERCENT = 25;
/** Longest run of the fast expire cycle, in microseconds at effort 1; it does not come again for twice as long. */
const FAST_EXPIRE_US = 1000;
/** Part of a period that rehashing and giving memory back may take; more while there are objects to free. */
const BACKGROUND_SHARE = 1 / 25;
const LAZYFREE_SHARE = 1 / 10;
const RATE_PERIOD_MS = 100;
/** Compaction while nobody asks for anything: when it begins, and how much of a period it takes. */
const IDLE_THRESHOLDS: CompactionThresholds = { sparseBytes: 8 * 1024 * 1024, sparsePercent: 25, scanFields: 1000 };
const IDLE_COMPACTION_SHARE = 1 / 20;
/** Commands in a second up to which the server counts as idle. */
const IDLE_COMMANDS = 50;

export class Cron {
  private readonly server: Server;
  private timer: NodeJS.Timeout | null = null;
  private clientCursor = 0;
  private lastRateMs = 0;
  private lastFastExpireUs = 0;
  loops = 0;
  /** DEBUG PAUSE-CRON. */
  paused = false;
  /** Further work, called each time. */
  readonly tasks: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
    server.config.follow('hz', () => this.restart());
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

  private restart(): void {
    if (this.timer === null) return;
    this.stop();
    this.start();
  }

  private run(): void {
    if (this.paused) return;
    const { server } = this;
    const startUs = server.clock.now();
    const { keyspace, stats, config } = server;
    this.loops++;
    if (server.activeExpire && server.pause.untilMs === 0) {
      const effort = config.num('active-expire-effort');
      const share = EXPIRE_CPU_PERCENT + 2 * (effort - 1);
      this.expireCycle((1_000_000 / this.hz) * (share / 100), effort);
    }
    const backgroundShare = keyspace.lazyFree.pendingObjects > 0 ? LAZYFREE_SHARE : BACKGROUND_SHARE;
    keyspace.cron((1000 / this.hz) * backgroundShare, config.bool('activerehashing'));
    this.compact();
    server.pause.endIfOver();
    this.checkClients();
    server.query.trim();
    if (server.nowMs - this.lastRateMs >= RATE_PERIOD_MS) {
      this.lastRateMs = server.nowMs;
      stats.sample(server.nowMs);
      server.memory.samplePeak();
    }
    for (const task of this.tasks) task();
    const durationUs = server.clock.now() - startUs;
    stats.cronUs += durationUs;
    stats.countCycle(durationUs, 0);
  }

  /** A short expire cycle at the end of a round, when the last one left work behind. */
  beforeSleep(): void {
    const { server } = this;
    if (!server.keyspace.expireCycleTimedOut || !server.activeExpire || server.pause.untilMs !== 0) return;
    const effort = server.config.num('active-expire-effort');
    const limitUs = FAST_EXPIRE_US * (1 + (effort - 1) / 4);
    const nowUs = server.clock.now();
    if (nowUs < this.lastFastExpireUs + 2 * limitUs) return;
    this.lastFastExpireUs = nowUs;
    this.expireCycle(limitUs, effort);
  }

  private expireCycle(limitUs: number, effort: number): void {
    const { server } = this;
    const startUs = server.clock.now();
    server.keyspace.activeExpireCycle(limitUs, effort);
    server.latency.addIfNeeded('expire-cycle', (server.clock.now() - startUs) / 1000);
  }

  /** Compaction: with `activedefrag` by its directives, else while the server is idle. */
  private compact(): void {
    const { config, keyspace, stats } = this.server;
    const { compaction } = keyspace;
    const periodMs = 1000 / this.hz;
    if (config.bool('activedefrag')) {
      const lower = config.num('active-defrag-threshold-lower');
      const upper = Math.max(lower + 1, config.num('active-defrag-threshold-upper'));
      const least = config.num('active-defrag-cycle-min');
      const most = Math.max(least, config.num('active-defrag-cycle-max'));
      const scanFields = config.num('active-defrag-max-scan-fields');
      const part = Math.min(1, Math.max(0, (compaction.sparsePercent - lower) / (upper - lower)));
      const thresholds = { sparseBytes: config.num('active-defrag-ignore-bytes'), sparsePercent: lower, scanFields };
      compaction.run((periodMs * (least + part * (most - least))) / 100, thresholds);
    } else if (config.bool('idle-compaction') && stats.opsRate.perSecond <= IDLE_COMMANDS) {
      compaction.run(periodMs * IDLE_COMPACTION_SHARE, IDLE_THRESHOLDS);
    } else compaction.end();
  }

  /** Looks at a slice of the clients, so that all are looked at within a second. */
  private checkClients(): void {
    const { server } = this;
    const clients = [...server.connections.clients.values()];
    const count = Math.min(clients.length, Math.max(5, Math.ceil(clients.length / this.hz)));
    const timeoutMs = server.config.num('timeout') * 1000;
    for (let i = 0; i < count; i++) {
      const c = clients[this.clientCursor++ % clients.length]!;
      server.memory.sampleClient(c);
      server.query.shrink(c);
      const exempt = CLIENT_BLOCKED | CLIENT_PUBSUB | CLIENT_MONITOR;
      if (timeoutMs > 0 && !(c.flags & exempt) && server.nowMs - c.lastInteractionMs > timeoutMs) {
        server.log.verbose('Closing idle client');
        server.connections.closeAsap(c);
        continue;
      }
      if (c.pending !== null || c.blocked !== null) server.output.limits.check(c);
    }
  }
}
