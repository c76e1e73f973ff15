/**
 * What the server asks of a transport: `epoll.ts` (direct system calls, Linux) and `node-net.ts` (Node's own sockets)
 * both offer it.
 *
 * Reading is pull: the transport says that a connection is readable, the owner calls `read` with a place of its own
 * until it has enough. Writing is direct: `write` takes what the kernel takes now, and after a short write
 * `onWritable` says when to go on.
 */

import type { TlsSettings } from './tls-acceptor.ts';

/** No bytes now; more may come. */
export const WOULD_BLOCK = -1;
/** The connection is broken; close it. */
export const CONNECTION_ERROR = -2;

/**
 * Where a transport may read to before it says that a connection has bytes. A round's reads are all made first; what they
 * brought is given to the owner connection by connection.
 */
export interface ReceiveBuffer {
  readonly bytes: Uint8Array;
  /** The room that each read shall have at least. */
  readonly leastBytes: number;
  /** Bytes from the start on that hold what was read and perhaps not handed out yet; the transport sets it. */
  usedBytes: number;
  /** Nobody needs what the buffer holds, and whoever is readable and `receives` may be read from. */
  readonly isFree: boolean;
  /** Deals with all that was handed out, so that the buffer may be filled again. */
  drain(): void;
}

/** Sends of many connections from one buffer, made together. */
export interface SendQueue {
  /** Adds bytes from .. to - 1 of the buffer; returns the number under which `sent` knows them. */
  add(connection: Connection, from: number, to: number): number;
  /** Sends all that was added since the last time. */
  send(buf: Uint8Array): void;
  /** Bytes that the kernel took, or CONNECTION_ERROR; until the next `add`. */
  sent(i: number): number;
}

/** One accepted connection. */
export interface Connection {
  /** `ip:port`, `[ip6]:port` as `ip:port` in Redis's form, or `<socket path>:0`. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  /** From 127.0.0.0/8, ::1 or a unix socket. */
  readonly isLoopback: boolean;
  /** File descriptor, -1 where there is none to be known. */
  readonly fd: number;
  /** The transport's SendQueue may write to it. */
  readonly takesSends: boolean;
  /** Whatever the owner wants to find again in the handlers. */
  owner: unknown;
  /** Reads at most len bytes to buf[off..]; returns their number, 0 at the end, or WOULD_BLOCK or CONNECTION_ERROR. */
  read(buf: Uint8Array, off: number, len: number): number;
  /** Sends bytes buf[from..to); returns how many were taken, or CONNECTION_ERROR. */
  write(buf: Uint8Array, from: number, to: number): number;
  /** Asks for `onWritable` calls, or no longer. */
  wantWritable(on: boolean): void;
  /** Whether what comes may be read to the transport's ReceiveBuffer; at first it may. */
  receives(on: boolean): void;
  /** Stops or resumes `onReadable` calls. */
  wantReadable(on: boolean): void;
  /** TCP keepalive with this idle time in seconds; 0 turns it off. */
  setKeepAlive(seconds: number): void;
  close(): void;
}

export interface TransportHandlers {
  onAccept(connection: Connection): void;
  /** Accepting failed for want of something (`EMFILE` …); it is tried again later. Told once until it succeeds again. */
  onAcceptError(code: string): void;
  /** A client's TLS handshake failed; `peer` is its `address:port`. */
  onHandshakeError(reason: string, peer: string): void;
  onReadable(connection: Connection): void;
  /**
   * `length` bytes of the connection were read to `start` of the ReceiveBuffer; 0 at the end, WOULD_BLOCK or
   * CONNECTION_ERROR as `read` has them. False: not now; they are handed out again, when the frames further out go on.
   */
  onReceived(connection: Connection, start: number, length: number): boolean;
  /** What was read of the connection is lost, since something was thrown. */
  onLost(connection: Connection): void;
  onWritable(connection: Connection): void;
  /** Events are ready. False: not now; no events are handed out until `resume`. */
  onRoundStart(): boolean;
  /** All events of one round were handed out: write the answers. `failed`: not all were, something was thrown. */
  onRoundEnd(failed: boolean): void;
  /** Something was thrown in a round, and nobody further out on the stack deals with it. */
  onFault(error: unknown): void;
}

export interface Listener {
  /** Bound port, 0 for unix sockets. */
  readonly port: number;
  /** `address:port` or the socket's path. */
  readonly address: string;
  /** Connections speak TLS. */
  readonly tls?: boolean;
  close(): void;
}

export interface Transport {
  readonly name: 'epoll' | 'node';
  /** Listens on a TCP address; port 0 takes a free one. Throws (rejects) with `code` (EADDRINUSE …) when it cannot. */
  listenTcp(address: string, port: number, backlog: number): Promise<Listener>;
  /** Listens on a unix socket, replacing a stale one; `mode` is its permission bits, 0 for the umask's. */
  listenUnix(path: string, mode: number, backlog: number): Promise<Listener>;
  /** Null where each connection is written to by itself. */
  readonly sends: SendQueue | null;
  /** Closes listeners and releases the loop. Connections must have been closed by their owner. */
  close(): void;
  /**
   * Handles what is ready now, without waiting; for long-running commands that yield. Over Node's sockets that is what
   * Node has read before, and little can be sent until its loop goes on. What is thrown in it goes to the caller.
   */
  poll(): void;
  /** Goes on after `onRoundStart` answered false. */
  resume(): void;
}

/** A transport that speaks TLS as well. */
export interface TlsTransport extends Transport {
  /** Certificates, protocols … of connections that come from now on; throws, and changes nothing, when they do not fit. */
  configureTls(settings: TlsSettings): void;
  /** Like `listenTcp`; TLS must have been configured. */
  listenTls(address: string, port: number, backlog: number): Promise<Listener>;
}
