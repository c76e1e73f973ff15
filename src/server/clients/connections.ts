/** Accepting and closing connections, and the list of clients. */
import type { Connection } from '../../net/transport.ts';
import type { Server } from '../server.ts';
import {
  CLIENT_BLOCKED,
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_CLOSE_ASAP,
  CLIENT_CLOSED,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  Client,
} from './client.ts';
import { clientInfoLine } from './client-info.ts';

const PROTECTED_MODE_ERROR =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the ' +
  'default user. In this mode connections are only accepted from the loopback interface. If you want to connect from ' +
  'external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending ' +
  "the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host " +
  'the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG ' +
  'REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the ' +
  "Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you " +
  "started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an " +
  'authentication password for the default user. NOTE: You only need to do one of the above things in order for the ' +
  'server to start accepting connections from the outside.\r\n';

const ATTACK_LOG_PERIOD_MS = 60_000;

export class Connections {
  private readonly server: Server;
  /** Connected clients in order of connection, by id. */
  readonly clients = new Map<number, Client>();
  private lastId = 0;
  private marked: Client[] = [];
  private attackLoggedMs = Number.NEGATIVE_INFINITY;
  /** Told when a client is gone. */
  readonly onClosed: ((c: Client) => void)[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  nextId(): number {
    return ++this.lastId;
  }

  accept(conn: Connection): void {
    const { server } = this;
    conn.owner = null;
    if (this.clients.size >= server.config.num('maxclients')) {
      server.stats.rejectedConnections++;
      return refuse(conn, '-ERR max number of clients reached\r\n');
    }
    if (server.config.bool('protected-mode') && server.acl.users.default.nopass && !conn.isLoopback) {
      server.stats.rejectedConnections++;
      return refuse(conn, PROTECTED_MODE_ERROR);
    }
    const c = new Client(server, this.nextId(), conn, server.out);
    conn.owner = c;
    this.clients.set(c.id, c);
    server.memory.update(c);
    server.stats.connectionsReceived++;
    const keepAlive = server.config.num('tcp-keepalive');
    if (keepAlive > 0) conn.setKeepAlive(keepAlive);
    server.log.verbose(`Accepted ${conn.remoteAddress}`);
    for (const fn of server.hooks.connection) fn(c, false);
  }

  /** The other side closed the connection (`clean`) or it broke. */
  disconnected(c: Client, clean: boolean): void {
    // After a clean end the other side may still read: what is on the way to it is sent first.
    if (clean && (c.inRound || (c.pending?.size ?? 0) > 0) && !(c.flags & CLIENT_BLOCKED)) {
      c.flags |= CLIENT_CLOSE_AFTER_REPLY;
      c.conn?.wantReadable(false);
      return;
    }
    this.closeAsap(c);
  }

  /** Closes a client at the end of the round. */
  closeAsap(c: Client): void {
    if (c.flags & (CLIENT_CLOSE_ASAP | CLIENT_CLOSED)) return;
    c.flags |= CLIENT_CLOSE_ASAP;
    this.server.memory.update(c);
    this.marked.push(c);
    this.server.output.schedule();
  }

  /** Whether clients are to be closed. */
  get hasMarked(): boolean {
    return this.marked.length > 0;
  }

  closeMarked(): void {
    if (this.marked.length === 0) return;
    const { marked } = this;
    this.marked = [];
    let done = 0;
    try {
      for (; done < marked.length; done++) {
        const c = marked[done]!;
        if (this.isBusy(c)) this.marked.push(c);
        else this.close(c);
      }
    } finally {
      // What could not be closed is tried again.
      for (; done < marked.length; done++) this.marked.push(marked[done]!);
    }
  }

  /** Whether a frame further out runs the client's command or writes its reply: it may not vanish under it. */
  private isBusy(c: Client): boolean {
    return c.held && (c.command !== null || this.server.rounds.answering > 0);
  }

  close(c: Client): void {
    if (c.flags & CLIENT_CLOSED) return;
    if (this.isBusy(c) && !this.server.lifetime.ending) return this.closeAsap(c);
    for (const fn of this.server.hooks.connection) fn(c, true);
    c.flags |= CLIENT_CLOSED;
    this.clients.delete(c.id);
    this.server.blocked.disconnected(c);
    this.server.output.forget(c);
    for (const fn of this.onClosed) fn(c);
    if (c.conn !== null) {
      c.conn.owner = null;
      c.conn.close();
    }
    c.querybuf = null;
    c.querybufSpare = null;
    this.server.memory.update(c);
  }

  protocolError(c: Client, error: string): void {
    this.server.log.verbose(`Protocol error (${error}) from client: ${this.describe(c)}`);
    const { out } = c;
    const from = out.pos;
    out.resp = c.resp;
    out.error(`ERR Protocol error: ${error}`);
    // A client that wants no replies gets none of this kind either.
    if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) out.pos = from;
    c.flags |= CLIENT_CLOSE_AFTER_REPLY;
  }

  /**
   * A request begins as HTTP's do: a browser was made to send it (cross-protocol scripting), and what follows may be
   * commands of an attacker's choice. Closes the connection without an answer; the log is told once a minute at most.
   */
  foreignProtocol(c: Client): void {
    const { server } = this;
    if (server.nowMs - this.attackLoggedMs >= ATTACK_LOG_PERIOD_MS) {
      this.attackLoggedMs = server.nowMs;
      server.log.warning(
        'Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is ' +
          'likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. ' +
          `Connection from ${c.conn?.remoteAddress} aborted.`,
      );
    }
    this.closeAsap(c);
  }

  /** One line of CLIENT LIST, for the log. */
  describe(c: Client): string {
    return clientInfoLine(c);
  }
}

function refuse(conn: Connection, message: string): void {
  const bytes = Buffer.from(message);
  conn.write(bytes, 0, bytes.length);
  conn.close();
}
