/** A server inside another program: see `GraftisServer`. */
import { types } from 'node:util';
import { Config } from '../config/config.ts';
import { type ConfigRecord, loadRecord } from '../config/load.ts';
import { Args } from '../protocol/args.ts';
import { CommandLine } from '../protocol/command-line.ts';
import { decodeReply, ReplyError, type ReplyValue } from '../protocol/decode.ts';
import { CLIENT_DENY_BLOCKING, type Client } from './clients/client.ts';
import { createEmbeddedLogger } from './process/logger.ts';
import { Server } from './server.ts';

/** An argument of a command; texts go as UTF-8. */
export type CommandArgument = string | Uint8Array | number | bigint;

/**
 * The arguments with bigints as text; most have none, and are left as they are.
 *
 * @throws TypeError for an argument that has no bytes of its own.
 */
function checkedParts(given: readonly CommandArgument[]): readonly (string | Uint8Array | number)[] {
  if (given.length === 0) throw new TypeError('A command needs a name');
  for (let i = 0; i < given.length; i++) {
    if (typeof given[i] !== 'string') return Array.from(given, argument);
  }
  return given as readonly string[];
}

function argument(arg: CommandArgument, i: number): string | Uint8Array | number {
  if (typeof arg === 'string' || typeof arg === 'number') return arg;
  if (typeof arg === 'bigint') return String(arg);
  // Not instanceof: test runners have a Uint8Array for each file.
  if (types.isUint8Array(arg)) return arg;
  const actual = arg === null ? 'null' : Array.isArray(arg) ? 'an array' : typeof arg;
  const what = i === 0 ? 'The name of the command' : `Argument ${i}`;
  throw new TypeError(`${what} must be a string, a Uint8Array, a number or a bigint, not ${actual}`);
}

interface PendingCall {
  reject(error: Error): void;
}

/**
 * A server in this process. Any number of them can run side by side; none touches the process's signals, working
 * folder, standard output or title. It keeps the process alive until `close`.
 *
 *     const server = await GraftisServer.start({ port: 0, loadmodule: ['/abs/path/x.so'] });
 *     await server.call('SET', 'k', 'v');
 *     await server.close();
 */
export class GraftisServer {
  readonly #server: Server;
  readonly #pending = new Set<PendingCall>();
  #client: Client;
  readonly #line = new CommandLine();
  /** `#line` is in use. */
  #running = false;

  private constructor(server: Server) {
    this.#server = server;
    this.#client = this.#newClient(0);
    server.lifetime.onClose(() => this.#rejectAll());
  }

  /**
   * Starts a server with directives of redis.conf; an array gives a directive several times, an array in an array
   * several arguments. With port 0 it listens on a free port, see `port`.
   *
   * Rejects when a directive is wrong, a module cannot be loaded, or a port or socket is taken.
   */
  static async start(directives: ConfigRecord = {}): Promise<GraftisServer> {
    const config = new Config();
    loadRecord(config, directives);
    return new GraftisServer(await Server.start(config, createEmbeddedLogger(config), { embedded: true }));
  }

  /** TCP port; 0 when it only listens on a unix socket, or for TLS (`tls-port`). */
  get port(): number {
    return this.#server.port;
  }

  /**
   * Runs a command without a connection and gives its reply: strings for bulk strings (UTF-8), numbers, null, booleans,
   * arrays, Map and Set; bigint for integers beyond 2^53. An error reply rejects with a ReplyError, an argument of
   * another type with a TypeError that names its position (behind the command's name, from 1).
   *
   * All calls share one session (database, transaction). A call that has to wait leaves it, so that the calls after it
   * run.
   */
  call(...args: CommandArgument[]): Promise<ReplyValue> {
    return this.#run(args, false);
  }

  /** Like `call`, with Buffers for bulk strings (map keys stay strings). */
  callBuffer(...args: CommandArgument[]): Promise<ReplyValue> {
    return this.#run(args, true);
  }

  /** Closes all connections and stops listening. Calls that still wait reject. Safe to call more than once. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  /** The server ends, by `close` or a defect: what waits for a reply waits no more. */
  #rejectAll(): void {
    for (const call of this.#pending) call.reject(new Error('The server was closed'));
    this.#pending.clear();
  }

  #newClient(dbIndex: number): Client {
    const client = this.#server.createInternalClient();
    // The caller waits for a promise.
    client.flags &= ~CLIENT_DENY_BLOCKING;
    client.resp = 3;
    client.selectDb(dbIndex);
    return client;
  }

  #run(given: readonly CommandArgument[], binary: boolean): Promise<ReplyValue> {
    const server = this.#server;
    const { gate } = server;
    let parts: readonly (string | Uint8Array | number)[];
    try {
      parts = checkedParts(given);
    } catch (error) {
      return Promise.reject(error);
    }
    if (server.lifetime.ending) return Promise.reject(new Error('The server was closed'));
    // Who is called by a command may call as well: its line must not overwrite the one in execution.
    if (this.#running || gate.hasWaiting || !gate.enter()) return this.#runLater(Args.from(parts), binary);
    this.#running = true;
    try {
      if (!server.inRound) server.updateTime();
      return this.#runNow(this.#line.write(parts), binary);
    } finally {
      this.#running = false;
      gate.leave();
    }
  }

  /** The same when the lock is free; at once when it is. */
  #runLater(args: Args, binary: boolean): Promise<ReplyValue> {
    return new Promise((resolve, reject) => {
      const call: PendingCall = { reject };
      this.#pending.add(call);
      this.#server.runLocked(() => {
        if (this.#pending.delete(call)) this.#runNow(args, binary).then(resolve, reject);
      });
    });
  }

  /** Runs a command line under the lock. */
  #runNow(args: Args, binary: boolean): Promise<ReplyValue> {
    const client = this.#client;
    try {
      this.#server.runInternal(client, args);
    } catch (error) {
      this.#server.faults.report(error);
      return Promise.reject(error);
    }
    if (client.blocked === null) return takeReply(client, binary);
    this.#client = this.#newClient(client.dbIndex);
    return new Promise((resolve, reject) => {
      const call: PendingCall = { reject };
      this.#pending.add(call);
      client.onReply = () => {
        if (this.#pending.delete(call)) takeReply(client, binary).then(resolve, reject);
      };
    });
  }
}

/** The reply that a client without a connection has got. */
function takeReply(client: Client, binary: boolean): Promise<ReplyValue> {
  const { out } = client;
  try {
    const reply = out.pos === 0 ? null : decodeReply(out.buf, out.pos, binary);
    return reply instanceof ReplyError ? Promise.reject(reply) : Promise.resolve(reply);
  } catch (error) {
    // A bulk string can be longer than a string of V8.
    return Promise.reject(error);
  } finally {
    out.reset();
  }
}
