/**
 * One client: a connection and its state, or a caller without a connection (a module's Call, the library's `call`).
 *
 * Reading: bytes are read into the server's shared buffer and parsed there; only what a client leaves unfinished is
 * kept in a buffer of its own (`querybuf`). Writing: see `output.ts`.
 */
import { CLIENT_INTERNAL } from '../../commands/client-flags.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import type { Connection } from '../../net/transport.ts';
import type { Args } from '../../protocol/args.ts';
import { RequestParser } from '../../protocol/parser.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import type { Db } from '../../store/db.ts';
import type { BlockedState } from '../execution/blocked-clients.ts';
import type { Server } from '../server.ts';
import type { PendingOutput } from './output.ts';

export * from '../../commands/client-flags.ts';

export class Client {
  readonly server: Server;
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
  user = 'default';
  authenticated: boolean;
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
  netInputBytes = 0;
  netOutputBytes = 0;
  commandsProcessed = 0;

  /** Range of this round's replies in the shared writer; empty when equal. */
  outFrom = 0;
  outTo = 0;
  inRound = false;
  /** Replies that the kernel did not take, or that others pushed. */
  pending: PendingOutput | null = null;
  readPaused = false;
  /** Read from in this round, its requests not run yet. */
  collected = false;
  /** When the soft output limit was passed, 0 when it is not. */
  softLimitSinceMs = 0;
  blocked: BlockedState | null = null;
  /** Without a connection: told when the reply of a command that had to wait is written. */
  onReply: (() => void) | null = null;
  /** Arguments of the running command that logs must not show; see `redact`. */
  redactions: number[] | null = null;

  constructor(server: Server, id: number, conn: Connection | null, out: ReplyWriter) {
    this.server = server;
    this.id = id;
    this.conn = conn;
    this.out = out;
    this.parser = new RequestParser(server.parserLimits);
    this.args = this.parser.args;
    this.db = server.keyspace.dbs[0]!;
    this.createdMs = server.nowMs;
    this.lastInteractionMs = server.nowMs;
    this.authenticated = !server.authRequired || conn === null;
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

  /**
   * To be called by a command after it changed the key in argument `keyIndex` of the current database: counts the
   * change and tells watchers and trackers.
   */
  modified(keyIndex: number): void {
    const { args } = this;
    this.server.keyModified(this.db, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  }

  /** Announces a keyspace event for the key in argument `keyIndex`; `type` is one of the NOTIFY_ bits. */
  notify(type: number, event: string, keyIndex: number): void {
    if ((this.server.notifyMask & type) === 0) return;
    const { args } = this;
    this.server.notifyKeyspaceEvent(type, event, this.dbIndex, args.buf, args.off[keyIndex]!, args.len[keyIndex]!);
  }
}
