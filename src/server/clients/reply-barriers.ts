/**
 * Barriers before replies: a client must not be told of what may still be lost (an append-only file that is not on disk
 * yet, with `appendfsync always`).
 *
 * Everything that is sent to clients passes one point, `Output.flushRound`: the replies of a round, of a client served
 * or timed out, of timers and threads, and messages. There the barriers are asked. When one of them holds, what was
 * written up to now stays in the clients' pending output as one *batch*, and leaves when the barrier's promise is kept,
 * batch after batch. Commands go on running meanwhile.
 *
 *     PendingOutput of a client:   [ free to go | batch 1 | batch 2 | not asked yet ]
 *                                                 `--- heldBytes ---------------´
 *                                                                    `freshBytes´
 *
 * Without barriers this is the test of `active`.
 */
import type { Server } from '../server.ts';
import { CLIENT_CLOSED, type Client } from './client.ts';

/**
 * Is asked whether replies may leave: null when they may, else a promise that is kept as soon as what has happened up to
 * now may be told. It must not be rejected: there is nobody who could do better than to end the process.
 */
export type ReplyBarrier = () => Promise<unknown> | null;

interface Batch {
  readonly clients: Client[];
  readonly bytes: number[];
  free: boolean;
}

export class ReplyBarriers {
  private readonly server: Server;
  private readonly barriers: ReplyBarrier[] = [];
  /** Held batches, oldest first. */
  private readonly batches: Batch[] = [];
  /** Whether anybody is to be asked, or something is held. */
  active = false;

  constructor(server: Server) {
    this.server = server;
  }

  /** Adds a barrier; returns what takes it away. */
  add(barrier: ReplyBarrier): () => void {
    this.barriers.push(barrier);
    this.active = true;
    return () => {
      const at = this.barriers.indexOf(barrier);
      if (at >= 0) this.barriers.splice(at, 1);
      this.settle();
    };
  }

  /** Asks the barriers; null when nothing holds replies back, neither now nor from before. */
  ask(): Promise<unknown> | null {
    let holds: Promise<unknown>[] | null = null;
    for (const barrier of this.barriers) {
      const hold = barrier();
      if (hold !== null) (holds ??= []).push(hold);
    }
    if (holds !== null) return holds.length === 1 ? holds[0]! : Promise.all(holds);
    return this.batches.length > 0 ? Promise.resolve() : null;
  }

  /** Lets go what clients got since the last time. */
  pass(clients: Iterable<Client>): void {
    for (const { pending } of clients) {
      if (pending === null) continue;
      pending.heldBytes -= pending.freshBytes;
      pending.freshBytes = 0;
    }
  }

  /** Holds what clients got since the last time until `until` is kept. */
  hold(clients: Iterable<Client>, until: Promise<unknown>): void {
    const batch: Batch = { clients: [], bytes: [], free: false };
    for (const c of clients) {
      const { pending } = c;
      if (pending === null || pending.freshBytes === 0) continue;
      batch.clients.push(c);
      batch.bytes.push(pending.freshBytes);
      pending.freshBytes = 0;
    }
    if (batch.clients.length === 0) return;
    this.batches.push(batch);
    void until.then(() => {
      batch.free = true;
      this.server.runLocked(() => this.settle());
    });
  }

  /** Sends the oldest batches as far as they are free. */
  private settle(): void {
    while (this.batches[0]?.free) {
      const { clients, bytes } = this.batches.shift()!;
      for (let i = 0; i < clients.length; i++) {
        const c = clients[i]!;
        if (c.flags & CLIENT_CLOSED || c.pending === null) continue;
        c.pending.heldBytes -= bytes[i]!;
        this.server.output.flushPending(c);
      }
    }
    this.active = this.barriers.length > 0 || this.batches.length > 0;
  }
}
