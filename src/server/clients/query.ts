/**
 * Reading clients' requests and running them.
 *
 * A round first reads from every ready client into one shared buffer and parses what came (`collect`), then runs it
 * all (`runCollected`): the kernel's work and ours do not push each other out of the caches, and all keys are loaded
 * together (read-ahead.ts). A client with unfinished bytes, or one that must not run ahead, is served by itself.
 *
 * A command may handle network events itself (a module or script that yields): then a round runs inside of it. While
 * the outer round uses the shared buffer and the read-ahead, an inner one reads into buffers of the clients' own. It
 * gets the requests of all whose turn in the outer round has not come yet (`yieldCollected`), and leaves alone whoever
 * is `held`: read but not run to the end by a frame further out.
 *
 * A transport that can (epoll with the native shim) fills the shared buffer itself, for all ready clients at once, and
 * then hands it out client by client (`onReceived`). Who has a buffer of its own is read from by itself all the same.
 */

import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import { CONNECTION_ERROR, type ReceiveBuffer, WOULD_BLOCK } from '../../net/transport.ts';
import { INCOMPLETE, PROTOCOL_ERROR, READY } from '../../protocol/parser.ts';
import { processCommand, processReadAhead } from '../execution/dispatch.ts';
import type { Server } from '../server.ts';
import { CLIENT_BLOCKED, CLIENT_CLOSE_AFTER_REPLY, CLIENT_CLOSE_ASAP, CLIENT_CLOSED, type Client } from './client.ts';
import { keepRest, makeRoom, notePeak, READ_BYTES, setAside, shrink } from './querybuf.ts';
import { AHEAD, ReadAhead } from './read-ahead.ts';

/** Offsets of arguments have 31 bits. */
const MAX_QUERY_BYTES = 2000 * 1024 * 1024;

/** Size of the read buffer that all clients share. */
const SHARED_BYTES = 64 * 1024;
const STOP = CLIENT_BLOCKED | CLIENT_CLOSE_AFTER_REPLY | CLIENT_CLOSE_ASAP | CLIENT_CLOSED;

export class Query implements ReceiveBuffer {
  private readonly server: Server;
  private readonly shared: Uint8Array = Buffer.allocUnsafeSlow(SHARED_BYTES);
  readonly leastBytes: number = READ_BYTES;
  usedBytes = 0;
  private sharedBusy = false;
  /** End of what the shared buffer holds of this round. */
  private sharedEnd = 0;
  private readonly ahead: ReadAhead = new ReadAhead();
  /** Clients read from in this round, where their bytes end, what ended their parsing, their last request + 1. */
  private readonly collected: (Client | null)[] = new Array(AHEAD).fill(null);
  private readonly ends: Int32Array = new Int32Array(AHEAD);
  private readonly statuses: Int32Array = new Int32Array(AHEAD);
  private readonly upTo: Int32Array = new Int32Array(AHEAD);
  private collectedCount = 0;
  /** Of the clients that are run: how many have been run ahead, and which of them is being run. */
  private ranAhead = 0;
  private running = 0;
  /** Clients whose requests a nested round has taken over. */
  private yielded: Client[] = [];
  private aheadBusy = false;
  private resumable: Client[] = [];
  /** Clients with buffers of their own whose requests are being run, one inside of the other. */
  private ownRuns = 0;

  /** `client-query-buffer-limit`. */
  private limitBytes = 0;

  constructor(server: Server) {
    this.server = server;
    const { config } = server;
    config.follow('client-query-buffer-limit', () => {
      this.limitBytes = Math.min(config.num('client-query-buffer-limit'), MAX_QUERY_BYTES);
    });
  }

  get bytes(): Uint8Array {
    return this.shared;
  }

  get isFree(): boolean {
    return !this.sharedBusy && !this.aheadBusy && this.ownRuns === 0 && this.collectedCount === 0;
  }

  drain(): void {
    this.runCollected();
  }

  /** The connection has bytes, or is at its end, or broken. */
  onReadable(c: Client): void {
    if (c.held) return;
    if (this.mayCollect(c) && !this.hasSharedRoom) {
      this.runCollected();
      // A command that has polled may have read from the client, or closed it.
      if (c.flags & CLIENT_CLOSED) return;
    }
    if (this.mayCollect(c) && this.hasSharedRoom) this.collect(c);
    else this.readOwn(c);
  }

  /** The transport has read from the connection; see `TransportHandlers`. */
  onReceived(c: Client, start: number, length: number): boolean {
    if (c.held) return false;
    // Nobody else may run before the bytes are the client's: a command that polls would read what comes behind them.
    if (length <= 0) this.readEnded(c, length);
    else if (this.mayCollect(c)) this.collectRead(c, start, length);
    else this.takeOver(c, start, length);
    return true;
  }

  private mayCollect(c: Client): boolean {
    return c.querybuf === null && !this.sharedBusy && !this.aheadBusy && (c.flags & STOP) === 0;
  }

  /** Whether the shared buffer has room for a read, behind what the transport has read to it. */
  private get hasSharedRoom(): boolean {
    this.sharedEnd = Math.max(this.sharedEnd, this.usedBytes);
    return SHARED_BYTES - this.sharedEnd >= READ_BYTES;
  }

  /** Moves what was read into the client's own buffer, and runs what is complete there. */
  private takeOver(c: Client, start: number, length: number): void {
    const buf = this.roomOf(c, length);
    if (buf === null) return;
    buf.set(this.shared.subarray(start, start + length), c.querybufEnd);
    this.runArrived(c, length);
  }

  /** Reads from a client into its own buffer and runs what is complete. */
  private readOwn(c: Client): void {
    const buf = this.roomOf(c, 0);
    if (buf === null) return;
    const n = c.conn!.read(buf, c.querybufEnd, buf.length - c.querybufEnd);
    if (n <= 0) this.readEnded(c, n);
    else this.runArrived(c, n);
  }

  /** `n` more bytes are in the client's own buffer. */
  private runArrived(c: Client, n: number): void {
    this.account(c, n);
    // Nobody will run what comes behind the last request.
    if (c.flags & (CLIENT_CLOSE_AFTER_REPLY | CLIENT_CLOSE_ASAP)) return;
    c.querybufEnd += n;
    notePeak(c);
    const unprocessed = c.querybufEnd - c.parser.keepFrom();
    if (!this.exceedsLimit(c, unprocessed)) this.runOwn(c);
  }

  /** Whether the client's requests, those that it has queued included, are longer than they may be: then it goes. */
  private exceedsLimit(c: Client, unprocessedBytes: number): boolean {
    const { server } = this;
    const queuedBytes = c.transaction === null ? 0 : c.transaction.queue.argumentBytes;
    if (unprocessedBytes + queuedBytes <= this.limitBytes) return false;
    server.stats.queryLimitDisconnections++;
    server.log.warning(`Closing client that reached max query buffer length: ${server.connections.describe(c)}`);
    server.connections.closeAsap(c);
    return true;
  }

  /** Room to read into; null when there is no memory for it: then the client goes. */
  private roomOf(c: Client, leastBytes: number): Uint8Array | null {
    try {
      return makeRoom(c, leastBytes);
    } catch (error) {
      this.noMemory(c, error);
      return null;
    }
  }

  /** Keeps what the shared buffer holds of unfinished requests. */
  private keep(c: Client, end: number): void {
    try {
      keepRest(c, this.shared, end);
    } catch (error) {
      this.noMemory(c, error);
    }
  }

  private noMemory(c: Client, error: unknown): void {
    if (!isOutOfMemory(error)) throw error;
    this.server.log.warning(
      `No memory for the query buffer of a client, closing it: ${this.server.connections.describe(c)}`,
    );
    this.server.connections.closeAsap(c);
  }

  /** Reads from a client into the shared buffer, which has room, and parses what came. */
  private collect(c: Client): void {
    const start = this.sharedEnd;
    const n = c.conn!.read(this.shared, start, SHARED_BYTES - start);
    if (n <= 0) this.readEnded(c, n);
    else this.collectRead(c, start, n);
  }

  /** Parses `n` bytes of the shared buffer, which are the client's. */
  private collectRead(c: Client, start: number, n: number): void {
    this.account(c, n);
    if (c.transaction !== null && this.exceedsLimit(c, n)) return;
    const end = start + n;
    c.parser.pos = start;
    const k = this.collectedCount++;
    this.collected[k] = c;
    this.ends[k] = end;
    // Should parsing throw.
    this.upTo[k] = this.ahead.count;
    this.statuses[k] = INCOMPLETE;
    // Before authentication every request decides what the next may be.
    this.statuses[k] = c.parser.restricted ? READY : this.ahead.fill(c, this.shared, end);
    this.upTo[k] = this.ahead.count;
    this.sharedEnd = end;
    c.held = true;
    if (this.collectedCount === AHEAD || this.ahead.full) this.runCollected();
  }

  /** Runs all that was collected; at the end of a round, or when there is no room for more. */
  runCollected(): void {
    const count = this.collectedCount;
    if (this.sharedBusy) return this.runYielded();
    if (count === 0) return;
    this.sharedBusy = true;
    this.ranAhead = 0;
    let done = 0;
    try {
      this.runAllAhead(count);
      for (; done < count; done++) this.finish(done);
    } finally {
      // What was read is lost when something was thrown: those who wait for it must not wait for ever.
      for (; done < count; done++) {
        const c = this.collected[done]!;
        if (c === null) continue;
        c.held = false;
        this.server.connections.closeAsap(c);
      }
      this.collected.fill(null, 0, count);
      this.collectedCount = 0;
      this.sharedEnd = 0;
      this.sharedBusy = false;
      this.server.output.end();
    }
  }

  /** Runs what was parsed ahead, for all clients that were collected. */
  private runAllAhead(count: number): void {
    const { server } = this;
    const { out, output } = server;
    this.beginAhead();
    try {
      let first = 0;
      for (let k = 0; k < count; k++) {
        const c = this.collected[k]!;
        const to = this.upTo[k]!;
        this.ranAhead = k + 1;
        this.running = k;
        if (c !== null) {
          output.begin(c);
          const from = this.runAhead(c, first, to, out.pos);
          if ((c.flags & STOP) === 0 && this.statuses[k] === PROTOCOL_ERROR)
            server.connections.protocolError(c, c.parser.error);
          if (output.crowded) this.sendNow(c, from);
          else this.commit(c, from);
        }
        first = to;
      }
    } finally {
      this.endAhead();
    }
  }

  /** Runs what there was no room to parse ahead of the kth client's requests, and keeps what is unfinished. */
  private finish(k: number): void {
    const c = this.collected[k]!;
    if (c === null) return;
    this.running = k;
    // Only the last one can have found no room for all its requests.
    if (this.statuses[k] === READY) this.run(c, this.shared, this.ends[k]!);
    this.keepUnfinished(c, k);
    this.collected[k] = null;
    c.held = false;
  }

  private keepUnfinished(c: Client, k: number): void {
    const end = this.ends[k]!;
    const { parser } = c;
    if ((parser.pos < end || parser.midRequest) && !(c.flags & CLIENT_CLOSED)) this.keep(c, end);
  }

  /** A nested round begins: it takes over all clients but the one that is running, with the requests not run yet. */
  yieldCollected(): void {
    if (!this.sharedBusy) return;
    for (let k = 0; k < this.collectedCount; k++) {
      const c = this.collected[k]!;
      if (c === null || k === this.running) continue;
      this.collected[k] = null;
      const first = k === 0 ? 0 : this.upTo[k - 1]!;
      if (k >= this.ranAhead && first < this.upTo[k]!) c.parser.rewind(this.ahead.start(first));
      this.keepUnfinished(c, k);
      c.held = false;
      this.yielded.push(c);
    }
  }

  /** Runs what `yieldCollected` has given back. */
  private runYielded(): void {
    if (this.yielded.length === 0) return;
    const clients = this.yielded;
    this.yielded = [];
    for (const c of clients) this.resume(c);
  }

  private account(c: Client, n: number): void {
    const { stats, nowMs } = this.server;
    c.lastInteractionMs = nowMs;
    c.netInputBytes += n;
    stats.netInputBytes += n;
    stats.readsProcessed++;
  }

  private readEnded(c: Client, n: number): void {
    if (n === WOULD_BLOCK) return;
    if (n === CONNECTION_ERROR) this.server.log.verbose(`Reading from client: connection error, id=${c.id}`);
    else this.server.log.verbose('Client closed connection');
    this.server.connections.disconnected(c, n === 0);
  }

  /** Runs complete requests of buf[parser.pos .. end). */
  private run(c: Client, buf: Uint8Array, end: number): void {
    // What other clients sent earlier in this round comes first, and frees the read-ahead.
    if (!this.sharedBusy) this.runCollected();
    const { server, ahead } = this;
    const { parser } = c;
    const { out, output } = server;
    // Before authentication every request decides what the next may be; inside a request `ahead` is in use.
    const pipelined = !parser.restricted && !this.aheadBusy;
    let from = out.pos;
    output.begin(c);
    while ((c.flags & STOP) === 0) {
      let status: number;
      if (pipelined) {
        status = ahead.fill(c, buf, end);
        this.beginAhead();
        try {
          from = this.runAhead(c, 0, ahead.count, from);
        } finally {
          this.endAhead();
        }
        if (c.flags & STOP) break;
      } else {
        status = parser.parse(buf, end);
        if (status === READY) processCommand(server, c);
      }
      if (output.crowded) {
        output.commit(c, from);
        output.flushRound();
        from = out.pos;
        output.writingFrom = from;
      }
      if (status === INCOMPLETE) break;
      if (status === PROTOCOL_ERROR) {
        server.connections.protocolError(c, parser.error);
        break;
      }
    }
    this.commit(c, from);
  }

  private commit(c: Client, from: number): void {
    this.server.output.commit(c, from);
    this.closeIfDone(c);
  }

  /** Sends what was written before more runs; returns where the client's next replies start. */
  private sendNow(c: Client, from: number): number {
    const { clock, output, out } = this.server;
    // Sending is not part of the next command.
    clock.endPipeline();
    this.commit(c, from);
    output.flushRound();
    output.writingFrom = out.pos;
    clock.lastUs = 0;
    clock.pipelined = true;
    return out.pos;
  }

  /** QUIT after CLIENT REPLY OFF: there is no reply whose sending would end it. */
  closeIfDone(c: Client): void {
    if (c.flags & CLIENT_CLOSE_AFTER_REPLY && !c.inRound && (c.pending?.size ?? 0) === 0)
      this.server.connections.closeAsap(c);
  }

  private beginAhead(): void {
    const { server, ahead } = this;
    this.aheadBusy = true;
    // What was read since the last command is not part of the next.
    server.clock.lastUs = 0;
    ahead.prefetch(server.commands);
    server.clock.pipelined = ahead.count > 1;
  }

  private endAhead(): void {
    const { server } = this;
    this.ahead.clear();
    this.aheadBusy = false;
    const nowUs = server.clock.endPipeline();
    if (nowUs !== 0) server.refreshTime(nowUs);
  }

  /**
   * Runs requests first .. to - 1, which are the client's; what cannot run any more goes back to the buffer. Its replies
   * start at `from` of the shared writer; returns where those start that are not given to it yet.
   */
  private runAhead(c: Client, first: number, to: number, from: number): number {
    const { server, ahead } = this;
    const { output } = server;
    for (let i = first; i < to; i++) {
      if (c.flags & STOP) {
        c.parser.rewind(ahead.start(i));
        return from;
      }
      const { db } = c;
      ahead.announce(i, db);
      processReadAhead(server, c, ahead.request(i), ahead.command(i, server.commands));
      db.hint.clear();
      db.elementHint.clear();
      if (output.crowded) from = this.sendNow(c, from);
    }
    return from;
  }

  private runOwn(c: Client): void {
    c.held = true;
    this.ownRuns++;
    try {
      this.run(c, c.querybuf!, c.querybufEnd);
    } catch (error) {
      // Its reply is lost, and it must not wait for ever.
      this.server.connections.closeAsap(c);
      throw error;
    } finally {
      c.held = false;
      this.server.output.end();
      this.ownRuns--;
    }
    if (c.flags & CLIENT_CLOSED || c.querybuf === null) return;
    if (c.parser.pos >= c.querybufEnd && !c.parser.midRequest) setAside(c);
  }

  /** Gives back what requests that are done still occupy. */
  trim(): void {
    if (this.collectedCount > 0 || this.aheadBusy) return;
    this.ahead.trim();
    for (const { hint, elementHint } of this.server.keyspace.dbs) {
      hint.forget();
      elementHint.forget();
    }
  }

  /** Gives back what a client's query buffer does not need any more. */
  shrink(c: Client): void {
    shrink(c, this.ahead);
  }

  /** Runs requests that were read while the client could not run them. */
  resume(c: Client): void {
    if (c.flags & STOP || c.held || c.querybuf === null || c.conn === null) return;
    this.runOwn(c);
    this.server.output.schedule();
  }

  /** The same, but not inside of what ended the wait. */
  resumeLater(c: Client): void {
    if (c.querybuf === null) return;
    this.resumable.push(c);
    if (this.resumable.length > 1) return;
    setImmediate(() => {
      const clients = this.resumable;
      this.resumable = [];
      this.server.runLocked(() => {
        for (const client of clients) this.resume(client);
      });
    });
  }
}
