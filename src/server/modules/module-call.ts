/**
 * Commands that modules run (RM_Call).
 *
 * Each runs for an internal client of its own; these are kept for reuse, because calls nest. A command that blocks keeps
 * its client until the reply is there.
 */
import type { CommandEntry } from '../../commands/registry.ts';
import type { CallRefusal, CallReply, ModuleCall, PendingCall } from '../../module/env.ts';
import { endOfReply } from '../../module/reply-end.ts';
import { ReplyWriter } from '../../protocol/reply.ts';
import {
  CLIENT_CLOSED,
  CLIENT_DENY_BLOCKING,
  CLIENT_INTERNAL,
  Client,
  PROPAGATE_ALL,
  PROPAGATE_AOF,
  PROPAGATE_REPLICAS,
} from '../clients/client.ts';
import { resetClient } from '../clients/reset-client.ts';
import { call as execute } from '../execution/dispatch.ts';
import { type Caller, type RefusalReason, refusal } from '../execution/refusals.ts';
import type { Server } from '../server.ts';

// Linux's numbers.
const ENOENT = 2;
const EINVAL = 22;
const ENOSPC = 28;
const ESPIPE = 29;
const ENOTSUP = 95;
const EACCES = 13;

/** What RM_Call leaves in C's errno; ESPIPE for all that the server's state does not allow. */
const ERRNOS: Partial<Record<RefusalReason, number>> = {
  unknown: ENOENT,
  arity: EINVAL,
  memory: ENOSPC,
  write: ENOSPC,
  nouser: ENOTSUP,
  acl: EACCES,
};

const NO_ERRORS: readonly string[] = [];
/** A read that takes so long is none that is answered natively. */
const SLOWER_THAN_A_READ_US = 1000;

/** A client that grew beyond this with one huge reply is not kept. */
const KEPT_BUFFER_BYTES = 1024 * 1024;

export class ModuleCalls {
  private readonly server: Server;
  private readonly idle: Client[] = [];
  /** Errors that clients' replies hold so far. */
  private readonly errors = new Map<Client, string[]>();
  private get: CommandEntry | null = null;

  constructor(server: Server) {
    this.server = server;
  }

  /** Runs a command; the bytes of the reply are valid until the next call. */
  run(request: ModuleCall): CallReply | CallRefusal | PendingCall | null {
    const { server } = this;
    const c = this.idle.pop() ?? this.create();
    c.args = request.args;
    c.caller = server.executing;
    c.selectDb(request.dbIndex);
    c.resp = request.resp;
    c.out.resp = request.resp;
    // What a call does that is not to be repeated is not, however deep.
    c.propagateTargets =
      ((request.propagateAof ? PROPAGATE_AOF : 0) | (request.propagateReplicas ? PROPAGATE_REPLICAS : 0)) &
      (server.executing?.propagateTargets ?? PROPAGATE_ALL);
    c.flags = CLIENT_INTERNAL | (request.allowBlocking ? 0 : CLIENT_DENY_BLOCKING);
    // What the command does in turn (patterns of SORT, calls of its own) is the user's too.
    if (request.checkAcl && request.user !== null) c.aclUser = request.user;
    if (server.filters !== null) server.filters(c);
    const cmd = server.commands.resolve(c.args);
    const refused = refusal(server, c, cmd, this.callerOf(request));
    if (refused !== null || request.dryRun) {
      this.release(c);
      return refused === null ? null : { errno: ERRNOS[refused.reason] ?? ESPIPE, message: refused.error };
    }
    if (!server.inRound) server.updateTime();
    c.lastCommand = cmd;
    const { gate, units } = server;
    // What a thread does while it has the lock is one unit.
    const byThread = units.depth === 0 && !gate.held;
    if (byThread) units.enter();
    try {
      execute(server, c, cmd!);
    } catch (error) {
      // Native code is on the stack: nothing thrown gets past it.
      server.faults.report(error);
      throw error;
    } finally {
      if (byThread) units.leaveOpen();
    }
    if (c.blocked !== null) return this.pending(c);
    const reply = this.replyOf(c);
    this.release(c);
    return reply;
  }

  /** See `ModuleEnv`. */
  readsArePlain(): boolean {
    const { server } = this;
    const { conditions, units, monitors, settings } = server;
    if (server.filters !== null || !server.inRound || monitors.active) return false;
    if ((conditions.mask | units.state) !== 0 || settings.slowThresholdUs < SLOWER_THAN_A_READ_US) return false;
    this.get ??= server.commands.get('get') ?? null;
    return this.get !== null && this.get === server.commands.get('get') && this.get.module === null;
  }

  /** See `ModuleEnv`. */
  countReads(calls: number, microseconds: number): void {
    const { stats, clock } = this.server;
    const get = this.get!;
    stats.commandsProcessed += calls;
    get.calls += calls;
    for (let i = 0; i < calls; i++) clock.record(get, microseconds / calls);
  }

  private callerOf({ scriptMode, noWrites, respectDenyOom, checkAcl, user }: ModuleCall): Caller {
    return { kind: 'module', checkedBefore: false, scriptMode, noWrites, respectDenyOom, checkAcl, user };
  }

  private create(): Client {
    const c = new Client(this.server, this.server.connections.nextId(), null, new ReplyWriter(1024));
    // They are counted when the module passes them on.
    c.out.onError = (text) => {
      const texts = this.errors.get(c);
      if (texts === undefined) this.errors.set(c, [text]);
      else texts.push(text);
    };
    return c;
  }

  private release(c: Client): void {
    // Whatever the call did to its client (a name, a protocol, a transaction) must not live on in the next one.
    resetClient(c);
    c.libName = '';
    c.libVer = '';
    c.redactions = null;
    c.lastCommand = null;
    c.args = c.parser.args;
    c.onReply = null;
    c.caller = null;
    c.out.pos = 0;
    this.errors.delete(c);
    if (c.out.buf.length <= KEPT_BUFFER_BYTES) this.idle.push(c);
  }

  /** The reply, borrowed from the client's writer, which starts anew. */
  private replyOf(c: Client): CallReply {
    const { out } = c;
    const { lastCommand } = c;
    if (lastCommand !== null && lastCommand.module !== null && endOfReply(out.buf, 0, out.pos) !== out.pos) {
      // Reading on behind its end would be reading somebody else's bytes.
      out.pos = 0;
      out.error(`ERR command '${lastCommand.fullName}' did not write exactly one reply`);
    }
    const errors = out.errorCount === 0 ? undefined : this.errors.get(c);
    return { bytes: out.buf, length: out.pos, errors: errors ?? NO_ERRORS };
  }

  /** The command blocks: what the module gets instead of a reply. */
  private pending(c: Client): PendingCall {
    const { server } = this;
    const pending: PendingCall = {
      onReply: null,
      abort: () => {
        if (c.blocked === null) return false;
        c.onReply = null;
        server.blocked.disconnected(c);
        this.release(c);
        return true;
      },
    };
    c.onReply = () => {
      // Not inside of what ended the wait: the module's handler may do all that a command may.
      setImmediate(() =>
        server.runLocked(() => {
          if (!(c.flags & CLIENT_CLOSED)) pending.onReply?.(this.replyOf(c));
          this.release(c);
        }),
      );
    };
    return pending;
  }
}
