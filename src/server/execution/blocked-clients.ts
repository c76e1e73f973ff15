/**
 * Clients that wait: for a module, for keys, for the end of CLIENT PAUSE, for CONFIG SET. A blocked client's further
 * requests are read but stay unexecuted in its query buffer.
 */
import type { BlockedState } from '../../commands/command-client.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import { ReplyWriter } from '../../protocol/reply.ts';
import {
  CLIENT_BLOCKED,
  CLIENT_CLOSED,
  CLIENT_INTERNAL,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  type Client,
} from '../clients/client.ts';
import type { Server } from '../server.ts';

/** How much later than its time a timeout comes: a module's timer of the same length is to come first. */
const TIMEOUT_GRACE_MS = 2;

export class BlockedClients {
  private readonly server: Server;
  /** Blocked clients, by id. */
  readonly clients = new Map<number, Client>();

  constructor(server: Server) {
    this.server = server;
  }

  /** Blocks the client whose command is running. The command writes no reply. */
  block(c: Client, state: BlockedState): void {
    if (c.flags & CLIENT_BLOCKED) throw new Error('client is already blocked');
    c.flags |= CLIENT_BLOCKED;
    c.blocked = state;
    // The query buffer goes on to the next requests: keep this one's arguments.
    c.args = c.args.clone();
    this.clients.set(c.id, c);
    if (state.timeoutAtMs > 0) this.arm(c, state);
  }

  private arm(c: Client, state: BlockedState): void {
    // setTimeout holds 31 bits of milliseconds: longer waits are armed again.
    const waitMs = Math.min(Math.max(0, state.timeoutAtMs + TIMEOUT_GRACE_MS - Date.now()), 0x7fffffff);
    state.timer = setTimeout(() => {
      if (c.blocked !== state) return;
      if (Date.now() <= state.timeoutAtMs) this.arm(c, state);
      else this.server.runLocked(() => this.timedOut(c, state));
    }, waitMs);
    state.timer.unref();
  }

  private timedOut(c: Client, state: BlockedState): void {
    // While this waited for the lock, much may have happened.
    if (c.blocked !== state || state.isEnding?.() === true) return;
    state.onExpire?.();
    this.unblock(c, (client) => state.onTimeout?.(client));
  }

  /** Ends the wait; `reply` writes the answer to `c.out`. Then the client's queued requests run. */
  unblock(c: Client, reply: ((c: Client) => void) | null): void {
    const state = c.blocked;
    if (state === null) return;
    this.release(c, state);
    const closed = (c.flags & CLIENT_CLOSED) !== 0;
    const errorsBefore = this.errorsSoFar(c);
    if (reply !== null && !closed) {
      // What waited for the end of a pause is run only now, with all that belongs to it.
      const silent = state.kind !== 'pause' && (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) !== 0;
      if (silent && !(c.flags & CLIENT_INTERNAL)) this.answerUnheard(c, reply);
      else this.server.answers.to(c, reply);
      if (c.conn !== null) this.server.query.closeIfDone(c);
    }
    if (c.uncounted !== null && c.blocked === null) this.account(c, 0, this.errorsSoFar(c) !== errorsBefore);
    this.ended(c, state, closed);
  }

  /** Grows with each error that the client is told, whatever writer that goes to. */
  private errorsSoFar({ out }: Client): number {
    return out.errorCount + this.server.stats.errorReplies;
  }

  /** What follows the reply: whoever waits for it is told, and what the client has sent meanwhile runs. */
  private ended(c: Client, state: BlockedState, closed: boolean): void {
    state.onEnd?.(c);
    if (closed || c.blocked !== null) return;
    c.redactions = null;
    c.args = c.parser.args;
    if (c.onReply !== null) c.onReply();
    else this.server.query.resumeLater(c);
  }

  /** The command that began at `startUs` makes its client wait: it counts as a call when it is answered. */
  leaveUncounted(c: Client, cmd: CommandEntry, startUs: number): void {
    const { clock } = this.server;
    c.uncounted = cmd;
    clock.lastUs = clock.now();
    c.uncountedUs = clock.lastUs - startUs;
  }

  /** Statistics of the command that was blocked: `durationUs` is what it took to answer it. */
  account(c: Client, durationUs: number, failed: boolean): void {
    const { server } = this;
    const cmd = c.uncounted;
    if (cmd === null) return;
    c.uncounted = null;
    c.commandsProcessed++;
    server.stats.commandsProcessed++;
    cmd.calls++;
    if (failed) cmd.failedCalls++;
    const totalUs = c.uncountedUs + durationUs;
    server.clock.record(cmd, totalUs);
    if (totalUs < server.settings.slowThresholdUs) return;
    server.slowlog.add(c, totalUs);
    server.latency.addIfNeeded('command-unblocking', durationUs / 1000);
  }

  /** Ends the wait with a reply that stands in a writer; may be called while another client's reply is written. */
  unblockWith(c: Client, { buf, pos }: ReplyWriter): void {
    const state = c.blocked;
    if (state === null) return;
    this.release(c, state);
    const closed = (c.flags & CLIENT_CLOSED) !== 0;
    if (!closed) {
      if (c.conn === null) c.out.rawRange(buf, 0, pos);
      else if ((c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) === 0) this.server.output.push(c, buf, 0, pos);
      else c.flags &= ~CLIENT_REPLY_SKIP;
    }
    this.ended(c, state, closed);
  }

  /** Writes a reply that the client has declined; the writing may have other effects. */
  private answerUnheard(c: Client, reply: (c: Client) => void): void {
    const { out } = c;
    c.out = new ReplyWriter(64);
    c.out.onError = out.onError;
    c.out.resp = c.resp;
    reply(c);
    c.out = out;
    c.flags &= ~CLIENT_REPLY_SKIP;
  }

  /** The connection of a blocked client is gone. */
  disconnected(c: Client): void {
    const state = c.blocked;
    if (state === null) return;
    state.onDisconnect?.(c);
    c.uncounted = null;
    this.release(c, state);
    state.onEnd?.(c);
  }

  private release(c: Client, state: BlockedState): void {
    clearTimeout(state.timer);
    c.blocked = null;
    c.flags &= ~CLIENT_BLOCKED;
    this.clients.delete(c.id);
    if (state.unsentBytes !== undefined) this.server.memory.update(c);
  }

  /** Blocked clients whose wait has an end. */
  get timeoutCount(): number {
    let n = 0;
    for (const c of this.clients.values()) if ((c.blocked?.timeoutAtMs ?? 0) > 0) n++;
    return n;
  }

  /** Clients counted as blocked, in INFO and elsewhere; those that wait for the end of a pause count too. */
  get count(): number {
    return this.clients.size;
  }
}
