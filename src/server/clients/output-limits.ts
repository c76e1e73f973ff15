/**
 * `client-output-buffer-limit`: clients for whom too much waits are closed.
 *
 * What counts is pending output, what threads of modules have replied to a client that they have not unblocked yet, and
 * the client's replies of the round beyond what Redis would have in its static buffer. A client within its limits is
 * always read from, whatever it does not read.
 *
 * A command that writes more than the limit allows runs to its end all the same, but what it writes is not kept: the
 * writer goes back to where the client's replies start whenever it would have to grow.
 */
import { clientOutputBufferLimit, type OutputBufferLimit, type OutputBufferLimits } from '../../config/special.ts';
import type { Server } from '../server.ts';
import { CLIENT_CLOSE_ASAP, CLIENT_CLOSED, CLIENT_PUBSUB, type Client } from './client.ts';

/** Replies of a round up to this long are in no list in Redis, and not counted. */
export const STATIC_BYTES: number = 16 * 1024;

export class OutputLimits {
  private readonly server: Server;
  private limits: OutputBufferLimits;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    this.limits = config.valueOf(clientOutputBufferLimit);
    config.onApply(clientOutputBufferLimit.name, () => {
      this.limits = config.valueOf(clientOutputBufferLimit);
      return null;
    });
    server.out.onGrow = () => this.writerGrows();
  }

  /** Closes the client when it is beyond its limits; called when more waits for it, and by cron for the soft limit. */
  check(c: Client): void {
    const size = this.countedBytes(c);
    const limit = this.limitOf(c);
    const { nowMs } = this.server;
    let exceeded = limit.hardBytes > 0 && size >= limit.hardBytes;
    if (limit.softBytes > 0 && size >= limit.softBytes) {
      if (c.softLimitSinceMs === 0) c.softLimitSinceMs = nowMs;
      else if (nowMs - c.softLimitSinceMs > limit.softSeconds * 1000) exceeded = true;
    } else c.softLimitSinceMs = 0;
    if (exceeded) this.exceeded(c);
  }

  private exceeded(c: Client): void {
    if (c.flags & (CLIENT_CLOSE_ASAP | CLIENT_CLOSED)) return;
    const { connections, log, stats } = this.server;
    stats.outputLimitDisconnections++;
    log.warning(
      `Client ${connections.describe(c)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    connections.closeAsap(c);
  }

  /** Replies are longer than the shared writer: is it worth growing for them? */
  private writerGrows(): void {
    const { out, output } = this.server;
    const c = output.writing;
    if (c === null) return;
    const { hardBytes } = this.limitOf(c);
    if (hardBytes > 0 && this.countedBytes(c) >= hardBytes) this.exceeded(c);
    if (c.flags & CLIENT_CLOSE_ASAP) out.discardFrom = output.writingFrom;
  }

  /** The reply is longer than any can be: with a hard limit the client goes without a word. */
  forbidLongest(c: Client): boolean {
    if (c.conn === null || this.limitOf(c).hardBytes === 0) return false;
    this.exceeded(c);
    return true;
  }

  private limitOf(c: Client): OutputBufferLimit {
    const { limits } = this;
    // Monitors count as normal clients, as in Redis.
    return c.flags & CLIENT_PUBSUB ? limits.pubsub : limits.normal;
  }

  private countedBytes(c: Client): number {
    const beyond = Math.max(0, this.roundBytes(c) - STATIC_BYTES);
    return (c.pending?.size ?? 0) + beyond + (c.blocked?.unsentBytes?.() ?? 0);
  }

  /** The client's replies in the shared writer: those of the round, and those that its pipeline is writing. */
  roundBytes(c: Client): number {
    const { out, output } = this.server;
    const ended = c.inRound ? c.outTo - c.outFrom : 0;
    return ended + (c === output.writing ? Math.max(0, out.pos - output.writingFrom) : 0);
  }
}
