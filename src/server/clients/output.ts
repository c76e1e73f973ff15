/**
 * Getting replies to clients.
 *
 * All clients of a round write to one shared `ReplyWriter`; each has a range of it, sent at the end of the round with
 * one system call and no copy. Only what the kernel does not take at once, or what others push to a client, is copied
 * into the client's own `PendingOutput`. A client has either a range or pending output, never both, so order is kept.
 */
import { CONNECTION_ERROR } from '../../net/transport.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import type { Server } from '../server.ts';
import { CLIENT_CLOSE_AFTER_REPLY, CLIENT_CLOSE_ASAP, CLIENT_CLOSED, type Client } from './client.ts';
import { ReplyBarriers } from './reply-barriers.ts';

const CHUNK_BYTES = 16 * 1024;
/** Replies in the shared writer beyond which a round is sent before it ends, so that it stays in the cache. */
const FLUSH_BYTES = 256 * 1024;
/** Unsent bytes at which a client is no longer read from, until half of them are gone. */
export const PAUSE_READING_BYTES = 256 * 1024 * 1024;

/** A queue of bytes. */
export class PendingOutput {
  private chunks: { bytes: Uint8Array; from: number; to: number }[] = [];
  /** Unsent bytes. */
  size = 0;
  /** Allocated bytes. */
  allocatedBytes = 0;
  /** Of the unsent bytes the last ones that must not leave yet, and of those the ones nobody was asked about yet. */
  heldBytes = 0;
  freshBytes = 0;

  append(src: Uint8Array, from: number, to: number): void {
    const n = to - from;
    if (n === 0) return;
    this.size += n;
    const last = this.chunks[this.chunks.length - 1];
    if (last !== undefined && last.bytes.length - last.to >= n) {
      last.bytes.set(src.subarray(from, to), last.to);
      last.to += n;
      return;
    }
    const bytes = Buffer.allocUnsafeSlow(Math.max(n, CHUNK_BYTES));
    bytes.set(src.subarray(from, to), 0);
    this.chunks.push({ bytes, from: 0, to: n });
    this.allocatedBytes += bytes.length;
  }

  get chunkCount(): number {
    return this.chunks.length;
  }

  /** Sends as much as `write` takes; returns false when the connection failed. */
  flush(write: (buf: Uint8Array, from: number, to: number) => number): boolean {
    let done = 0;
    let free = this.size - this.heldBytes;
    for (const chunk of this.chunks) {
      if (free === 0) break;
      const n = write(chunk.bytes, chunk.from, Math.min(chunk.to, chunk.from + free));
      if (n === CONNECTION_ERROR) return false;
      chunk.from += n;
      this.size -= n;
      free -= n;
      if (chunk.from < chunk.to) break;
      this.allocatedBytes -= chunk.bytes.length;
      done++;
    }
    if (done > 0) this.chunks.splice(0, done);
    return true;
  }
}

export class Output {
  private readonly server: Server;
  /** Clients with a range in the shared writer. */
  private round: Client[] = [];
  /** Clients with pending output that nobody has tried to send yet. */
  private touched = new Set<Client>();
  private scheduled = false;
  readonly barriers: ReplyBarriers;

  constructor(server: Server) {
    this.server = server;
    this.barriers = new ReplyBarriers(server);
  }

  /** Gives `c` what was written to the shared writer since `from`. */
  commit(c: Client, from: number): void {
    const out = this.server.out;
    const to = out.pos;
    if (to === from) return;
    if (c.conn === null || c.flags & CLIENT_CLOSED) {
      out.pos = from;
      return;
    }
    if (c.pending !== null && c.pending.size > 0) {
      this.append(c, out.buf, from, to);
      out.pos = from;
    } else if (!c.inRound) {
      c.inRound = true;
      c.outFrom = from;
      c.outTo = to;
      this.round.push(c);
    } else if (c.outTo === from) c.outTo = to;
    else {
      this.rangeToPending(c);
      this.append(c, out.buf, from, to);
    }
    if (out.pos > FLUSH_BYTES && this.server.executing === null) this.flushRound();
  }

  /** Whether the shared writer holds so much that it should be sent before more is executed. */
  get crowded(): boolean {
    return this.server.out.pos > FLUSH_BYTES;
  }

  /** Sends bytes to a client other than as the reply of the command it is running. */
  push(c: Client, bytes: Uint8Array, from = 0, to = bytes.length): void {
    if (c.conn === null || c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) return;
    if (c.inRound) this.rangeToPending(c);
    this.append(c, bytes, from, to);
  }

  private rangeToPending(c: Client): void {
    c.inRound = false;
    this.append(c, this.server.out.buf, c.outFrom, c.outTo);
    const index = this.round.indexOf(c);
    if (index >= 0) this.round.splice(index, 1);
  }

  private append(c: Client, bytes: Uint8Array, from: number, to: number): void {
    c.pending ??= new PendingOutput();
    c.pending.append(bytes, from, to);
    if (this.barriers.active) {
      c.pending.heldBytes += to - from;
      c.pending.freshBytes += to - from;
    }
    this.server.memory.update(c);
    this.touched.add(c);
    this.schedule();
    this.checkLimits(c);
  }

  /** Replies written outside of a round (timers, threads) are sent before the loop waits again. */
  schedule(): void {
    if (this.scheduled || this.server.inRound) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.flushRound();
      this.server.closeMarked();
    });
  }

  /** Asks the barriers about all that was written; what they hold waits in the clients' pending output. */
  private passBarriers(): void {
    const { barriers, round } = this;
    const until = barriers.ask();
    if (until === null) return barriers.pass(this.touched);
    for (const c of [...round]) if (!(c.flags & CLIENT_CLOSED)) this.rangeToPending(c);
    barriers.hold(this.touched, until);
  }

  /** Sends everything that is ready. */
  flushRound(): void {
    if (this.barriers.active) this.passBarriers();
    const { server, round } = this;
    const out: ReplyWriter = server.out;
    for (let i = 0; i < round.length; i++) {
      const c = round[i]!;
      c.inRound = false;
      if (c.flags & CLIENT_CLOSED || c.conn === null) continue;
      const sent = c.conn.write(out.buf, c.outFrom, c.outTo);
      if (sent === CONNECTION_ERROR) {
        server.closeAsap(c);
        continue;
      }
      c.netOutputBytes += sent;
      server.stats.netOutputBytes += sent;
      server.stats.writesProcessed++;
      if (sent < c.outTo - c.outFrom) {
        c.pending ??= new PendingOutput();
        c.pending.append(out.buf, c.outFrom + sent, c.outTo);
        server.memory.update(c);
        c.conn.wantWritable(true);
        this.checkLimits(c);
      } else if (c.flags & CLIENT_CLOSE_AFTER_REPLY) server.closeAsap(c);
    }
    round.length = 0;
    if (server.executing === null) out.reset();
    if (this.touched.size > 0) {
      const touched = [...this.touched];
      this.touched.clear();
      for (const c of touched) this.flushPending(c);
    }
  }

  /** Goes on sending to a client whose connection takes bytes again. */
  flushPending(c: Client): void {
    const { conn, pending } = c;
    if (conn === null || c.flags & CLIENT_CLOSED || pending === null) return;
    const before = pending.size;
    const alive = pending.flush((buf, from, to) => conn.write(buf, from, to));
    const sent = before - pending.size;
    c.netOutputBytes += sent;
    this.server.stats.netOutputBytes += sent;
    this.server.stats.writesProcessed++;
    if (!alive) return this.server.closeAsap(c);
    conn.wantWritable(pending.size > pending.heldBytes);
    if (pending.size === 0) c.pending = null;
    this.server.memory.update(c);
    if (pending.size === 0) {
      c.softLimitSinceMs = 0;
      if (c.flags & CLIENT_CLOSE_AFTER_REPLY) this.server.closeAsap(c);
    }
    if (c.readPaused && pending.size < PAUSE_READING_BYTES / 2) this.server.query.resumeLater(c);
  }

  /** Applies `client-output-buffer-limit`; also called by cron for the soft limit. */
  checkLimits(c: Client): void {
    const size = c.pending?.size ?? 0;
    const limit = this.server.outputLimitOf(c);
    const { nowMs } = this.server;
    let exceeded = limit.hardBytes > 0 && size >= limit.hardBytes;
    if (limit.softBytes > 0 && size >= limit.softBytes) {
      if (c.softLimitSinceMs === 0) c.softLimitSinceMs = nowMs;
      else if (nowMs - c.softLimitSinceMs > limit.softSeconds * 1000) exceeded = true;
    } else c.softLimitSinceMs = 0;
    if (exceeded && !(c.flags & (CLIENT_CLOSE_ASAP | CLIENT_CLOSED))) {
      this.server.stats.outputLimitDisconnections++;
      this.server.log.warning(
        `Client ${this.server.describeClient(c)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
      );
      this.server.closeAsap(c);
    } else if (size > PAUSE_READING_BYTES && !c.readPaused) {
      c.readPaused = true;
      c.conn?.wantReadable(false);
    }
  }

  forget(c: Client): void {
    this.touched.delete(c);
    c.inRound = false;
    const index = this.round.indexOf(c);
    if (index >= 0) this.round.splice(index, 1);
    c.pending = null;
  }
}
