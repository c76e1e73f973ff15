/**
 * Transport over Node's own sockets: for TLS, for platforms without epoll, and as a cross-check of the other transport.
 *
 * `data` events are kept in an inbox until the owner pulls them; the socket is paused while the inbox is not empty, so
 * that the kernel's window closes on a client whose requests are not read. A write is taken only while nothing is
 * queued in the socket: what Node would queue, the server's own output limits must count.
 */
import { chmodSync } from 'node:fs';
import net from 'node:net';
import { isLoopbackAddress } from './sockaddr.ts';
import { removeSocketFile } from './socket-file.ts';
import { TlsAcceptor, type TlsSettings } from './tls-acceptor.ts';
import {
  CONNECTION_ERROR,
  type Connection,
  type Listener,
  type TlsTransport,
  type TransportHandlers,
  WOULD_BLOCK,
} from './transport.ts';

/** Bytes given to Node at once; more waits until they are gone. */
const WRITE_CHUNK = 256 * 1024;
/** How long a closed connection may take to send what Node still holds. */
const LINGER_MS = 1000;

class NodeConnection implements Connection {
  owner: unknown = null;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  readonly isLoopback: boolean;
  readonly fd: number;
  readonly takesSends = false;
  inbox: Buffer[] = [];
  inboxOffset = 0;
  ended = false;
  failed = false;
  private readable = true;
  private writableWanted = false;
  private readonly socket: net.Socket;
  private readonly transport: NodeTransport;

  constructor(transport: NodeTransport, socket: net.Socket, unixPath: string | null) {
    this.transport = transport;
    this.socket = socket;
    this.isUnixSocket = unixPath !== null;
    this.remoteAddress = unixPath === null ? `${plain(socket.remoteAddress)}:${socket.remotePort}` : `${unixPath}:0`;
    this.localAddress = unixPath === null ? `${plain(socket.localAddress)}:${socket.localPort}` : `${unixPath}:0`;
    this.isLoopback = unixPath !== null || isLoopbackAddress(plain(socket.remoteAddress));
    this.fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
    if (unixPath === null) socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.inbox.push(chunk);
      socket.pause();
      this.transport.schedule(this);
    });
    socket.on('end', () => {
      this.ended = true;
      this.transport.schedule(this);
    });
    socket.on('error', () => {
      this.failed = true;
      this.transport.schedule(this);
    });
    socket.on('close', () => {
      this.failed ||= !this.ended;
      this.transport.schedule(this);
    });
  }

  /** Bytes are gone. There is no `drain` event for few of them, though a TLS socket may take its time. */
  private readonly onWritten = (): void => {
    if (this.writableWanted && this.socket.writableLength === 0) this.transport.writable(this);
  };

  get wantsRead(): boolean {
    return this.readable;
  }

  get hasInput(): boolean {
    return this.inbox.length > 0 || this.ended || this.failed;
  }

  read(buf: Uint8Array, off: number, len: number): number {
    const chunk = this.inbox[0];
    if (chunk === undefined) return this.failed ? CONNECTION_ERROR : this.ended ? 0 : WOULD_BLOCK;
    const n = Math.min(len, chunk.length - this.inboxOffset);
    buf.set(chunk.subarray(this.inboxOffset, this.inboxOffset + n), off);
    this.inboxOffset += n;
    if (this.inboxOffset === chunk.length) {
      this.inbox.shift();
      this.inboxOffset = 0;
    }
    // The end may have come while its last bytes were waiting here: it must be handed out as well.
    if (this.hasInput) this.transport.schedule(this);
    else if (this.readable) this.socket.resume();
    return n;
  }

  write(buf: Uint8Array, from: number, to: number): number {
    if (this.failed || this.socket.destroyed || !this.socket.writable) return CONNECTION_ERROR;
    if (this.socket.writableLength > 0) return 0;
    const n = Math.min(to - from, WRITE_CHUNK);
    this.socket.write(Buffer.from(buf.subarray(from, from + n)), this.onWritten);
    return n;
  }

  receives(): void {}

  wantWritable(on: boolean): void {
    this.writableWanted = on;
    // The socket may have drained between the short write and this call: then no event would come.
    if (on && this.socket.writableLength === 0)
      setImmediate(() => this.writableWanted && this.transport.writable(this));
  }

  wantReadable(on: boolean): void {
    this.readable = on;
    if (!on) this.socket.pause();
    else if (this.hasInput) this.transport.schedule(this);
    else this.socket.resume();
  }

  setKeepAlive(seconds: number): void {
    if (!this.isUnixSocket) this.socket.setKeepAlive(seconds > 0, seconds * 1000);
  }

  close(): void {
    this.transport.forget(this);
    this.socket.removeAllListeners('data');
    this.writableWanted = false;
    this.socket.destroySoon();
    // Bytes given to Node may wait for a client that never reads.
    if (this.socket.destroyed) return;
    const lingering = setTimeout(() => this.socket.destroy(), LINGER_MS);
    this.socket.once('close', () => clearTimeout(lingering));
  }
}

function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}

export class NodeTransport implements TlsTransport {
  readonly name = 'node';
  readonly sends = null;
  private readonly handlers: TransportHandlers;
  private readonly servers = new Set<net.Server>();
  private readonly connections = new Set<NodeConnection>();
  private readonly ready = new Set<NodeConnection>();
  private readonly writables = new Set<NodeConnection>();
  private readonly tls: TlsAcceptor;
  private scheduled = false;
  private held = false;

  constructor(handlers: TransportHandlers) {
    this.handlers = handlers;
    this.tls = new TlsAcceptor({
      onSecure: (socket) => this.accepted(socket, null),
      onFailure: (reason, peer) => handlers.onHandshakeError(reason, peer),
    });
  }

  /** Notes that a connection has input; all that are noted in one turn of the loop make one round. */
  schedule(connection: NodeConnection): void {
    if (!this.connections.has(connection)) return;
    this.ready.add(connection);
    this.wakeUp();
  }

  private wakeUp(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      try {
        this.poll();
      } catch (error) {
        this.handlers.onFault(error);
      }
    });
  }

  /** Notes that a connection that asked for it takes bytes again. */
  writable(connection: NodeConnection): void {
    this.writables.add(connection);
    this.schedule(connection);
  }

  poll(): void {
    this.scheduled = false;
    if (this.held) return;
    if (!this.handlers.onRoundStart()) {
      this.held = true;
      return;
    }
    let failed = true;
    try {
      this.handOut();
      failed = false;
    } finally {
      if (failed) this.noteAgain();
      this.handlers.onRoundEnd(failed);
    }
  }

  /** After a round that was broken off: no event will come again for what it did not get to. */
  private noteAgain(): void {
    for (const connection of this.connections) {
      if (connection.failed || (connection.wantsRead && connection.hasInput)) this.ready.add(connection);
    }
    if (this.ready.size + this.writables.size > 0) this.wakeUp();
  }

  private handOut(): void {
    const { ready, writables } = this;
    // A nested round takes what is still there.
    for (const connection of [...writables]) {
      if (writables.delete(connection)) this.handlers.onWritable(connection);
    }
    for (const connection of [...ready]) {
      // That a connection broke must be told even to an owner who does not read from it.
      if (ready.delete(connection) && (connection.failed || (connection.wantsRead && connection.hasInput))) {
        this.handlers.onReadable(connection);
        // In a nested round the owner may have left it alone.
        if (connection.hasInput && connection.wantsRead) this.schedule(connection);
      }
    }
  }

  resume(): void {
    if (!this.held) return;
    this.held = false;
    this.poll();
  }

  forget(connection: NodeConnection): void {
    this.connections.delete(connection);
    this.ready.delete(connection);
    this.writables.delete(connection);
  }

  listenTcp(address: string, port: number, backlog: number): Promise<Listener> {
    return this.listen({ host: address, port, backlog, ipv6Only: true }, (socket) => this.accepted(socket, null));
  }

  configureTls(settings: TlsSettings): void {
    this.tls.configure(settings);
  }

  async listenTls(address: string, port: number, backlog: number): Promise<Listener> {
    const options = { host: address, port, backlog, ipv6Only: true };
    const listener = await this.listen(options, (socket) => this.tls.accept(socket));
    return { ...listener, tls: true };
  }

  async listenUnix(path: string, mode: number, backlog: number): Promise<Listener> {
    removeSocketFile(path);
    const listener = await this.listen({ path, backlog }, (socket) => this.accepted(socket, path));
    if (mode !== 0) chmodSync(path, mode);
    return { ...listener, address: path };
  }

  /** A connection is there; `unixPath` null: over TCP, with TLS or without. */
  private accepted(socket: net.Socket, unixPath: string | null): void {
    const connection = new NodeConnection(this, socket, unixPath);
    this.connections.add(connection);
    try {
      this.handlers.onAccept(connection);
      if (this.handlers.onRoundStart()) this.handlers.onRoundEnd(false);
    } catch (error) {
      this.handlers.onFault(error);
    }
  }

  private listen(options: net.ListenOptions, onSocket: (socket: net.Socket) => void): Promise<Listener> {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false }, onSocket);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(options, () => {
        server.removeListener('error', reject);
        this.servers.add(server);
        server.on('error', (error: NodeJS.ErrnoException) => this.handlers.onAcceptError(error.code ?? error.message));
        const bound = server.address();
        resolve({
          port: typeof bound === 'object' && bound !== null ? bound.port : 0,
          address: options.host ?? '',
          close: () => {
            this.servers.delete(server);
            server.close();
          },
        });
      });
    });
  }

  close(): void {
    for (const server of this.servers) server.close();
    this.tls.close();
    for (const connection of this.connections) connection.close();
  }
}
