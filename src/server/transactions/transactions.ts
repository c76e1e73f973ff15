/**
 * Transactions: MULTI queues what follows, EXEC runs it as one unit, DISCARD forgets it.
 *
 * What is wrong with a command when it is queued (it does not exist, has the wrong number of arguments, must not run
 * now) has EXEC discard the whole transaction; what fails when it runs fails alone. Queued commands keep the entry that
 * they were looked up as; when the command table has changed since, they are looked up and judged again. What a user may
 * do is judged again in any case.
 */
import type { CommandEntry } from '../../commands/registry.ts';
import {
  CLIENT_DENY_BLOCKING,
  CLIENT_DIRTY_CAS,
  CLIENT_DIRTY_EXEC,
  CLIENT_INTERNAL,
  CLIENT_MULTI,
  CLIENT_REPLY_MUTED,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  type Client,
} from '../clients/client.ts';
import { call } from '../execution/dispatch.ts';
import { BY_TRANSACTION, refusal } from '../execution/refusals.ts';
import type { Server } from '../server.ts';
import { CommandQueue } from './command-queue.ts';
import { Watches } from './watches.ts';

/** Commands that are not queued but run at once. */
const AT_ONCE: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);
/** Emptied queues that are kept for the transactions to come. */
const SPARE_QUEUES = 64;

/** What a client has queued since MULTI. */
export interface Transaction {
  readonly queue: CommandQueue;
  /** Version of the command table that the first command was looked up in. */
  readonly version: number;
  /** Flags (CMD_ bits) that one of the commands has, and that one of them lacks. */
  flags: number;
  missingFlags: number;
}

export class Transactions {
  private readonly server: Server;
  readonly watches: Watches;
  private readonly spareQueues: CommandQueue[] = [];
  /** Whether EXEC runs commands now. */
  executing = false;

  constructor(server: Server) {
    this.server = server;
    this.watches = new Watches(server);
    server.connections.onClosed.push((c) => this.discard(c));
  }

  /** MULTI. */
  begin(c: Client): void {
    c.flags |= CLIENT_MULTI;
    c.transaction = {
      queue: this.spareQueues.pop() ?? new CommandQueue(),
      version: this.server.commands.version,
      flags: 0,
      missingFlags: 0,
    };
    this.server.memory.update(c);
  }

  /** Queues the client's command, which may run, and says so; false when it is one that runs at once. */
  queue(c: Client, cmd: CommandEntry): boolean {
    if (AT_ONCE.has(cmd.fullName)) return false;
    c.out.queued();
    // What will never run takes no memory.
    if (c.flags & (CLIENT_DIRTY_CAS | CLIENT_DIRTY_EXEC)) return true;
    const transaction = c.transaction!;
    const { queue } = transaction;
    const before = queue.memoryBytes;
    queue.add(c.args, cmd);
    transaction.flags |= cmd.flags;
    transaction.missingFlags |= ~cmd.flags;
    if (queue.memoryBytes !== before) this.server.memory.update(c);
    return true;
  }

  /** Forgets what is queued and watched. */
  discard(c: Client): void {
    c.flags &= ~(CLIENT_MULTI | CLIENT_DIRTY_CAS | CLIENT_DIRTY_EXEC);
    this.watches.unwatch(c);
    const { transaction } = c;
    if (transaction === null) return;
    c.transaction = null;
    if (this.spareQueues.length < SPARE_QUEUES) {
      transaction.queue.clear();
      this.spareQueues.push(transaction.queue);
    }
    this.server.memory.update(c);
  }

  /** EXEC may not run: tells why, and forgets the transaction. `error` with its code. */
  abort(c: Client, error: string): void {
    this.discard(c);
    c.out.error(`EXECABORT Transaction discarded because of: ${error.replace(/^ERR /, '')}`);
  }

  /** EXEC: runs what is queued and replies with an array of the replies. */
  execute(c: Client): void {
    const { server, watches } = this;
    if (watches.hasExpired(c)) c.flags |= CLIENT_DIRTY_CAS;
    if (c.flags & CLIENT_DIRTY_EXEC) {
      this.discard(c);
      return c.out.error('EXECABORT Transaction discarded because of previous errors.');
    }
    if (c.flags & CLIENT_DIRTY_CAS) {
      this.discard(c);
      return c.out.nullArray();
    }
    watches.unwatch(c);
    const { queue, version } = c.transaction!;
    const line = c.args;
    const mayBlock = (c.flags & CLIENT_DENY_BLOCKING) === 0;
    const outer = this.executing;
    c.flags |= CLIENT_DENY_BLOCKING;
    this.executing = true;
    const from = c.out.pos;
    c.out.array(queue.length);
    mute(c, from);
    try {
      for (let cmd = queue.next(); cmd !== null; cmd = queue.next()) {
        const at = c.out.pos;
        c.args = queue.line;
        if (server.commands.version === version && c.aclUser.unrestricted) call(server, c, cmd);
        else this.runAnew(c);
        mute(c, at);
      }
    } finally {
      if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) c.flags |= CLIENT_REPLY_MUTED;
      c.args = line;
      this.executing = outer;
      if (mayBlock) c.flags &= ~CLIENT_DENY_BLOCKING;
      this.discard(c);
    }
    // What is to be repeated are the commands; they are one unit.
    c.propagateNothing();
  }

  /** Looks a queued command up again, and runs it if it still may. */
  private runAnew(c: Client): void {
    const { server } = this;
    const cmd = server.commands.resolve(c.args);
    const refused = refusal(server, c, cmd, BY_TRANSACTION);
    if (refused === null) call(server, c, cmd!);
    else {
      if (cmd !== null) cmd.rejectedCalls++;
      c.out.error(refused.error);
    }
  }
}

/** CLIENT REPLY in a transaction: takes back what was written since `from` if the client does not want it now. */
function mute(c: Client, from: number): void {
  if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP) && (c.flags & CLIENT_INTERNAL) === 0) c.out.pos = from;
}

/** What a client's transaction takes, roughly. */
export function transactionBytes({ transaction }: Client): number {
  return transaction === null ? 0 : transaction.queue.memoryBytes;
}
