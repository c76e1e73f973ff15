/**
 * One client: a connection and its state, or a caller without a connection (a module's Call, the library's `call`).
 *
 * Reading: bytes are read into the server's shared buffer and parsed there; only what a client leaves unfinished is
 * kept in a buffer of its own (`querybuf`). Writing: see `output.ts`.
 */
import { KEY_READ } from '../../acl/key-plan.ts';
import { SUPERUSER, type User } from '../../acl/user.ts';
import {
  type BlockedState,
  CLIENT_DENY_BLOCKING,
  CLIENT_DIRTY_CAS,
  CLIENT_INTERNAL,
  CLIENT_MULTI,
  CLIENT_NO_EVICT,
  CLIENT_PUSHES,
  type CommandClient,
  type CommandPart,
  type KeyWait,
  PROPAGATE_ALL,
  type SubscriptionKindName,
} from '../../commands/command-client.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import type { Connection } from '../../net/transport.ts';
import type { Args } from '../../protocol/args.ts';
import { RequestParser } from '../../protocol/parser.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import type { Db } from '../../store/db.ts';
import type { Keyspace } from '../../store/keyspace.ts';
import type { KeyChanges } from '../execution/key-changes.ts';
import type { KeyspaceEvents } from '../execution/keyspace-events.ts';
import { lineOf, PROPAGATE_AS_IS, PROPAGATE_NOTHING, PROPAGATE_REPLACED } from '../execution/propagation.ts';
import { SUBSCRIPTION_KINDS, type Subscriptions } from '../pubsub/subscriptions.ts';
import type { Server } from '../server.ts';
import type { ClientTracking } from '../tracking/client-tracking.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Watch } from '../transactions/watches.ts';
import { clientInfoLine } from './client-info.ts';
import type { PendingOutput } from './pending-output.ts';
import { resetClient } from './reset-client.ts';

export * from '../../commands/command-client.ts';

export class Client implements CommandClient {
  readonly server: Server;
  readonly keyspace: Keyspace;
  private readonly keyChanges: KeyChanges;
  private readonly events: KeyspaceEvents;
  readonly id: number;
  readonly conn: Connection | null;
  readonly parser: RequestParser;
  /** The command line being executed. */
  args: Args;
  out: ReplyWriter;
  dbIndex = 0;
  db: Db;
  resp: 2 | 3 = 2;
  flags = 0;
  /** Name set by CLIENT SETNAME, as a byte string. */
  name = '';
  libName = '';
  libVer = '';
  /** Whose permissions count. */
  aclUser: User;
  authenticated: boolean;
  /** A module has let the client in while it was asked whether to. */
  loggedInByModule = false;
  /** Who is told, once, when the client gets another user or goes; and for whom. */
  onUserChange: (() => void) | null = null;
  userOwner: object | null = null;
  readonly createdMs: number;
  lastInteractionMs: number;
  /** Command last looked up, for CLIENT LIST and to save a look-up in pipelines of the same command. */
  lastCommand: CommandEntry | null = null;
  /** Command in execution; differs from lastCommand when a command runs others. */
  command: CommandEntry | null = null;

  /** Unfinished bytes: `querybuf[parser.pos .. querybufEnd)` and the request they belong to. */
  querybuf: Uint8Array | null = null;
  querybufEnd = 0;
  /** Buffer for the next unfinished request; empty. Never beside `querybuf`. */
  querybufSpare: Uint8Array | null = null;
  /** Most bytes in `querybuf` since it was last considered for shrinking. */
  querybufPeakBytes = 0;
  /** What the server's memory counters hold of it. */
  countedBytes = 0;
  countedEvictable = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  commandsProcessed = 0;

  /** Range of this round's replies in the shared writer; empty when equal. */
  outFrom = 0;
  outTo = 0;
  inRound = false;
  /** Replies that the kernel did not take, or that others pushed. */
  pending: PendingOutput | null = null;
  /**
   * Its requests or its reply are in the hands of a frame further down the stack: a nested round neither reads from it
   * nor closes it.
   */
  held = false;
  /** When the soft output limit was passed, 0 when it is not. */
  softLimitSinceMs = 0;
  blocked: BlockedState | null = null;
  /** The command that makes it wait, as long as that is not counted as a call, and what it took so far. */
  uncounted: CommandEntry | null = null;
  uncountedUs = 0;
  /** Without a connection: told when the reply of a command that had to wait is written. */
  onReply: (() => void) | null = null;
  /** What it has queued since MULTI. */
  transaction: Transaction | null = null;
  /** The keys it watches, and what that takes. */
  watches: Watch[] | null = null;
  watchedBytes = 0;
  subscriptions: Subscriptions | null = null;
  tracking: ClientTracking | null = null;
  /** For whom an internal client runs a command; null: for nobody's command. */
  caller: Client | null = null;
  /** Messages that came while its command ran. */
  private pushes: Uint8Array[] | null = null;
  /** Arguments of the running command that logs must not show; see `redact`. */
  redactions: number[] | null = null;
  /** How the running command is propagated, the line that replaces it, and to whom even when nothing changed. */
  propagateMode: number = PROPAGATE_AS_IS;
  propagateLine: Args | null = null;
  propagateForced = 0;
  /** To whom its commands are propagated at all. */
  propagateTargets: number = PROPAGATE_ALL;

  constructor(server: Server, id: number, conn: Connection | null, out: ReplyWriter) {
    this.server = server;
    this.keyspace = server.keyspace;
    this.keyChanges = server.changes;
    this.events = server.keyspaceEvents;
    this.id = id;
    this.conn = conn;
    this.out = out;
    this.parser = new RequestParser(server.settings.parserLimits);
    this.args = this.parser.args;
    this.db = server.keyspace.dbs[0]!;
    this.createdMs = server.nowMs;
    this.lastInteractionMs = server.nowMs;
    this.aclUser = conn === null ? SUPERUSER : server.acl.users.default;
    this.authenticated = !server.settings.authRequired || conn === null;
    this.parser.restricted = !this.authenticated;
    if (conn === null) this.flags |= CLIENT_INTERNAL;
  }

  selectDb(index: number): boolean {
    if (index < 0 || index >= this.server.keyspace.dbs.length) return false;
    this.dbIndex = index;
    this.db = this.server.keyspace.dbs[index]!;
    return true;
  }

  /** Keeps argument i out of MONITOR, SLOWLOG and the log: it holds a secret. Call it before anything can fail. */
  redact(i: number): void {
    if (this.redactions === null) this.redactions = [i];
    else this.redactions.push(i);
  }

  /** The command line as it may be shown. */
  shownArgs(): Args {
    const { redactions } = this;
    if (redactions === null) return this.args;
    const shown = this.args.clone();
    const secret = Buffer.from('(redacted)');
    shown.buf = Buffer.concat([shown.buf, secret]);
    for (const i of redactions) {
      if (i >= shown.argc) continue;
      shown.off[i] = shown.buf.length - secret.length;
      shown.len[i] = secret.length;
    }
    return shown;
  }

  get notifies(): boolean {
    return this.events.mask !== 0;
  }

  get propagates(): boolean {
    return this.server.propagation.wanted;
  }

  modified(keyIndex: number, changes = 1): void {
    const { args, keyChanges } = this;
    keyChanges.dirty += changes;
    if (keyChanges.observed) keyChanges.tell(this.db, args.buf, args.off[keyIndex]!, args.len[keyIndex]!, this);
  }

  modifiedKey(db: Db, buf: Uint8Array, off: number, len: number, changes = 1): void {
    this.keyChanges.modified(db, buf, off, len, this, changes);
  }

  notify(type: number, event: string, keyIndex: number): void {
    const { args, events } = this;
    if ((events.mask & type) === 0) return;
    events.emit(type, event, this.dbIndex, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  }

  notifyKey(type: number, event: string, db: Db, buf: Uint8Array, off: number, len: number): void {
    if ((this.events.mask & type) === 0) return;
    this.events.emit(type, event, db.id, buf, off, len);
  }

  signalReady(keyIndex: number): void {
    const { args } = this;
    this.signalReadyKey(this.db, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  }

  signalReadyKey(db: Db, buf: Uint8Array, off: number, len: number): void {
    this.server.readyKeys.signal(db, buf, off, len);
  }

  propagateAs(...parts: CommandPart[]): void {
    if (!this.server.propagation.wanted) return;
    this.propagateMode = PROPAGATE_REPLACED;
    this.propagateLine = lineOf(parts);
  }

  propagateNothing(): void {
    if (this.server.propagation.wanted) this.propagateMode = PROPAGATE_NOTHING;
  }

  forcePropagation(targets: number): void {
    if (this.server.propagation.wanted) this.propagateForced = targets;
  }

  alsoPropagate(dbIndex: number, ...parts: CommandPart[]): void {
    const { propagation } = this.server;
    if (propagation.wanted) propagation.collect(dbIndex, lineOf(parts), this.propagateTargets);
  }

  subscribe(kind: SubscriptionKindName, name: string): void {
    this.server.pubsub.subscribe(this, SUBSCRIPTION_KINDS[kind], name);
  }

  unsubscribe(kind: SubscriptionKindName, name: string | null): void {
    this.server.pubsub.unsubscribe(this, SUBSCRIPTION_KINDS[kind], name);
  }

  /** Keeps a message until the running command has replied. */
  addPush(bytes: Uint8Array): void {
    (this.pushes ??= []).push(bytes);
    this.flags |= CLIENT_PUSHES;
  }

  /** The messages that were kept; those about its own cache come last. */
  takePushes(): Uint8Array {
    const pushes = [...(this.pushes ?? []), ...this.server.tracking.takeDeferred(this)];
    this.pushes = null;
    this.flags &= ~CLIENT_PUSHES;
    return pushes.length === 1 ? pushes[0]! : Buffer.concat(pushes);
  }

  beginTransaction(): void {
    this.server.transactions.begin(this);
  }

  executeTransaction(): void {
    this.server.transactions.execute(this);
  }

  discardTransaction(): void {
    this.server.transactions.discard(this);
  }

  watch(keyIndex: number): void {
    const { args } = this;
    this.server.transactions.watches.watch(this, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  }

  unwatch(): void {
    this.flags &= ~CLIENT_DIRTY_CAS;
    this.server.transactions.watches.unwatch(this);
  }

  get user(): string {
    return this.aclUser.name;
  }

  get mayReadAnyKey(): boolean {
    const { command, args } = this;
    return command === null || this.aclUser.checkWithEveryKey(command, args, KEY_READ);
  }

  get mayBlock(): boolean {
    return (this.flags & (CLIENT_DENY_BLOCKING | CLIENT_MULTI)) === 0;
  }

  blockOnKeys(wait: KeyWait): void {
    this.server.readyKeys.block(this, wait);
  }

  block(state: BlockedState): void {
    this.server.blocked.block(this, state);
  }

  unblock(reply: ((c: CommandClient) => void) | null): void {
    this.server.blocked.unblock(this, reply);
  }

  authenticate(user: string, password: Uint8Array, done: (error: string | null) => void): void {
    this.server.acl.authentication.authenticate(this, user, password, done);
  }

  enableTracking(options: number, redirect: number, prefixes: readonly string[]): void {
    this.server.tracking.enable(this, options, redirect, prefixes);
  }

  disableTracking(): void {
    this.server.tracking.disable(this);
  }

  exemptFromEviction(exempt: boolean): void {
    if (exempt) this.flags |= CLIENT_NO_EVICT;
    else this.flags &= ~CLIENT_NO_EVICT;
    this.server.memory.update(this);
  }

  reset(): void {
    resetClient(this);
  }

  monitor(): void {
    this.server.monitors.add(this);
  }

  describe(): string {
    return clientInfoLine(this);
  }
}
