/**
 * Getting replies to clients.
 *
 * All clients of a round write to one shared `ReplyWriter`; each has a range of it, sent at the end of the round with
 * one system call and no copy. Only what the kernel does not take at once, or what others push to a client, is copied
 * into the client's own `PendingOutput`. A client has either a range or pending output, never both, so order is kept.
 *
 * A round may run inside of another one (see query.ts). It starts at `base`, behind the reply that is being written
 * further out, sends what comes from there on and leaves the writer as it was.
 * How much may wait for a client is said in output-limits.ts.
 */
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import { CONNECTION_ERROR } from '../../net/transport.ts';
import type { Server } from '../server.ts';
import {
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_CLOSE_ASAP,
  CLIENT_CLOSED,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  type Client,
} from './client.ts';
import { OutputLimits, STATIC_BYTES } from './output-limits.ts';
import { PendingOutput } from './pending-output.ts';
import { ReplyBarriers } from './reply-barriers.ts';
import type { SharedBytes } from './shared-log.ts';

/** What is sent of pending output before others get their turn. */
const SEND_BYTES = 1024 * 1024;
/** What of a client's pending output is sent with the replies of the round. */
const JOINED_BYTES = 1024;
/** Replies in the shared writer beyond which a round is sent before it ends, so that it stays in the cache. */
const FLUSH_BYTES = 256 * 1024;

export class Output {
  private readonly server: Server;
  /** Clients with a range in the shared writer. */
  private round: Client[] = [];
  /** Clients with pending output that nobody has tried to send yet. */
  private touched = new Set<Client>();
  private scheduled = false;
  readonly barriers: ReplyBarriers;
  readonly limits: OutputLimits;
  /** Where this round's replies start in the shared writer: behind what is being written further out. */
  base = 0;
  /** Whose replies stand at the end of the shared writer and are not its own yet, and where they start. */
  writing: Client | null = null;
  writingFrom = 0;

  constructor(server: Server) {
    this.server = server;
    this.barriers = new ReplyBarriers(server);
    this.limits = new OutputLimits(server);
  }

  /** The client's requests run from now on, and it is the one who writes. */
  begin(c: Client): void {
    const { out } = this.server;
    this.writing = c;
    this.writingFrom = out.pos;
    out.discardFrom = -1;
  }

  /** Nobody writes any more. */
  end(): void {
    this.writing = null;
    this.server.out.discardFrom = -1;
  }

  /** Gives `c` what was written to the shared writer since `from`. */
  commit(c: Client, from: number): void {
    const out = this.server.out;
    const to = out.pos;
    if (to === from) return;
    if (c.conn === null || c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) {
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
      if (to - from > STATIC_BYTES) this.limits.check(c);
    } else if (c.outTo === from) {
      c.outTo = to;
      if (to - c.outFrom > STATIC_BYTES) this.limits.check(c);
    } else {
      this.rangeToPending(c);
      this.append(c, out.buf, from, to);
    }
    if (out.pos - this.base > FLUSH_BYTES && this.server.executing === null) this.flushRound();
  }

  /** Whether the shared writer holds so much that it should be sent before more is executed. */
  get crowded(): boolean {
    return this.server.out.pos - this.base > FLUSH_BYTES;
  }

  /** Sends bytes to a client other than as the reply of the command it is running. */
  push(c: Client, bytes: Uint8Array, from = 0, to = bytes.length): void {
    if (c.conn === null || c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) return;
    if (this.pushBehind(c, bytes, from, to)) return;
    if (c.inRound) this.rangeToPending(c);
    this.append(c, bytes, from, to);
  }

  /** The same for bytes that many clients get. */
  pushShared(c: Client, { segment, from, to }: SharedBytes): void {
    if (c.conn === null || c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) return;
    if (this.pushBehind(c, segment.bytes, from, to)) return;
    if (c.inRound) this.rangeToPending(c);
    c.pending ??= new PendingOutput();
    const before = c.pending.allocatedBytes;
    c.pending.appendShared(segment, from, to);
    this.server.memory.grew(c, c.pending.allocatedBytes - before);
    this.appended(c, c.pending, to - from);
  }

  /** A client whose pipeline is running gets bytes behind its replies so far, between two commands. */
  private pushBehind(c: Client, bytes: Uint8Array, from: number, to: number): boolean {
    if (c !== this.writing || c.command !== null) return false;
    // What a client does not want to hear of its commands is taken back when one is done: messages are no part of that.
    if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) c.addPush(bytes.slice(from, to));
    else this.server.out.rawRange(bytes, from, to - from);
    return true;
  }

  private rangeToPending(c: Client): void {
    this.drop(c);
    this.append(c, this.server.out.buf, c.outFrom, c.outTo);
  }

  private drop(c: Client): void {
    c.inRound = false;
    const index = this.round.indexOf(c);
    if (index >= 0) this.round.splice(index, 1);
  }

  private append(c: Client, bytes: Uint8Array, from: number, to: number): void {
    if (this.queue(c, bytes, from, to)) this.appended(c, c.pending!, to - from);
  }

  /** `size` more bytes wait for the client. */
  private appended(c: Client, pending: PendingOutput, size: number): void {
    if (this.barriers.active) {
      pending.heldBytes += size;
      pending.freshBytes += size;
    }
    if (!pending.touched) {
      pending.touched = true;
      this.touched.add(c);
    }
    this.schedule();
    this.limits.check(c);
  }

  /** Copies bytes to the client's pending output; a client for which there is no memory is let go. */
  private queue(c: Client, bytes: Uint8Array, from: number, to: number): boolean {
    c.pending ??= new PendingOutput();
    try {
      c.pending.append(bytes, from, to);
      this.server.memory.update(c);
      return true;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const { server } = this;
      server.log.warning(`No memory for the replies of a client, closing it: ${server.connections.describe(c)}`);
      server.connections.closeAsap(c);
      return false;
    }
  }

  /** Replies written outside of a round (timers, threads) are sent before the loop waits again. */
  schedule(): void {
    if (this.scheduled || this.server.inRound) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.server.faults.guard(() => this.flushRound());
      // Modules are told of clients that go: not while one of their threads has the lock.
      if (this.server.connections.hasMarked) this.server.runLocked(() => this.server.connections.closeMarked());
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
    const { server } = this;
    const { out } = server;
    if (this.touched.size > 1 && server.executing === null && !this.barriers.active) this.joinRound();
    if (this.round.length > 0) this.sendRound();
    if (server.executing === null) {
      if (this.base === 0) out.reset();
      else out.pos = this.base;
    }
    if (this.touched.size > 0) {
      const touched = [...this.touched];
      this.touched.clear();
      for (const c of touched) {
        if (c.pending !== null) c.pending.touched = false;
        this.flushPending(c);
      }
    }
  }

  /**
   * Short replies of clients that others have served become ranges of the round, where the transport sends these all in
   * one call.
   */
  private joinRound(): void {
    const { out, transport, memory } = this.server;
    if (transport === null || transport.sends === null) return;
    for (const c of this.touched) {
      const { pending } = c;
      if (pending === null || c.inRound || c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP)) continue;
      // What did not go before waits for the connection.
      if (pending.size > JOINED_BYTES || pending.waits || pending.heldBytes > 0) continue;
      const from = out.pos;
      out.ensure(pending.size);
      pending.copyTo(out.buf, from);
      out.pos += pending.size;
      pending.release();
      c.pending = null;
      memory.update(c);
      c.inRound = true;
      c.outFrom = from;
      c.outTo = out.pos;
      this.round.push(c);
      this.touched.delete(c);
    }
  }

  /** Sends the ranges of the round, all in one call where the transport can. */
  private sendRound(): void {
    const { server, round } = this;
    const { buf } = server.out;
    const sends = server.transport === null ? null : server.transport.sends;
    let count = 0;
    for (let i = 0; i < round.length; i++) {
      const c = round[i]!;
      c.inRound = false;
      if (c.flags & (CLIENT_CLOSED | CLIENT_CLOSE_ASAP) || c.conn === null) continue;
      if (sends === null || !c.conn.takesSends) this.wasSent(c, c.conn.write(buf, c.outFrom, c.outTo));
      else {
        sends.add(c.conn, c.outFrom, c.outTo);
        round[count++] = c;
      }
    }
    if (count > 0) {
      sends!.send(buf);
      for (let i = 0; i < count; i++) this.wasSent(round[i]!, sends!.sent(i));
    }
    round.length = 0;
  }

  /** The kernel took `sent` bytes of the client's range, or the connection is broken. */
  private wasSent(c: Client, sent: number): void {
    const { server } = this;
    if (sent === CONNECTION_ERROR) return server.connections.closeAsap(c);
    c.netOutputBytes += sent;
    server.stats.netOutputBytes += sent;
    server.stats.writesProcessed++;
    if (sent < c.outTo - c.outFrom) {
      if (!this.queue(c, server.out.buf, c.outFrom + sent, c.outTo)) return;
      c.pending!.waits = true;
      c.conn!.wantWritable(true);
      this.limits.check(c);
      return;
    }
    c.softLimitSinceMs = 0;
    if (c.flags & CLIENT_CLOSE_AFTER_REPLY) server.connections.closeAsap(c);
  }

  /** Goes on sending to a client whose connection takes bytes again. */
  flushPending(c: Client): void {
    const { conn, pending } = c;
    if (conn === null || c.flags & CLIENT_CLOSED || pending === null) return;
    const before = pending.size;
    const alive = pending.flush((buf, from, to) => conn.write(buf, from, to), SEND_BYTES);
    const sent = before - pending.size;
    c.netOutputBytes += sent;
    this.server.stats.netOutputBytes += sent;
    this.server.stats.writesProcessed++;
    if (!alive) return this.server.connections.closeAsap(c);
    conn.wantWritable(pending.size > pending.heldBytes);
    if (pending.size === 0) c.pending = null;
    this.server.memory.update(c);
    if (pending.size === 0) {
      c.softLimitSinceMs = 0;
      if (c.flags & CLIENT_CLOSE_AFTER_REPLY) this.server.connections.closeAsap(c);
    }
  }

  /** A nested round has failed: who got replies in it is let go, for they are lost. */
  abandon(): void {
    for (const c of [...this.round]) {
      if (c.outTo <= this.base) continue;
      this.drop(c);
      this.server.connections.closeAsap(c);
    }
  }

  forget(c: Client): void {
    this.touched.delete(c);
    if (c.inRound) this.drop(c);
    c.pending?.release();
    c.pending = null;
  }
}
