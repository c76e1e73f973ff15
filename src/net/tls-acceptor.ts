/**
 * TLS on accepted sockets: handshakes, client certificates, the cache of sessions.
 *
 * The listening socket belongs to somebody else, who hands accepted sockets in; so other certificates or protocols are a
 * new `tls.Server` that takes the sockets from then on, while handshakes and connections of the old one go on.
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';

/** How long a client may take for its handshake. */
const HANDSHAKE_MS = 30_000;

export interface TlsSettings {
  /** Certificate, key, authorities, protocols, ciphers: what createServer() takes. */
  readonly options: TlsOptions;
  /** Certificates of clients: not asked for, checked if there is one, demanded. */
  readonly clients: 'no' | 'optional' | 'yes';
  /** Sessions kept for clients without tickets; 0: any number. Null: none is resumed, with tickets or without. */
  readonly cachedSessions: number | null;
}

export interface TlsHandlers {
  /** The handshake is done. */
  onSecure(socket: TLSSocket): void;
  /** The handshake failed; `peer` is the other end's `address:port`. The socket is being closed. */
  onFailure(reason: string, peer: string): void;
}

export class TlsAcceptor {
  private readonly handlers: TlsHandlers;
  private server: Server | null = null;
  /** Sockets whose handshake is not done, by the other end's address. */
  private readonly handshaking = new Map<string, Socket>();

  constructor(handlers: TlsHandlers) {
    this.handlers = handlers;
  }

  /** Uses these settings for sockets that come from now on. Throws, and keeps the former, when they cannot be used. */
  configure(settings: TlsSettings): void {
    const { options, clients, cachedSessions } = settings;
    const server = createServer({
      ...options,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: clients !== 'no',
      rejectUnauthorized: clients === 'yes',
    });
    server.on('secureConnection', (socket) => this.secured(socket, clients));
    server.on('tlsClientError', (error, socket) => this.failed(reasonOf(error), socket));
    if (cachedSessions !== null) cacheSessions(server, cachedSessions);
    this.server = server;
  }

  /** Begins the handshake on an accepted socket. */
  accept(socket: Socket): void {
    const key = peerOf(socket);
    this.handshaking.set(key, socket);
    socket.once('close', () => {
      if (this.handshaking.get(key) === socket) this.handshaking.delete(key);
    });
    this.server!.emit('connection', socket);
  }

  /** Breaks off all handshakes. */
  close(): void {
    for (const socket of this.handshaking.values()) socket.destroy();
  }

  private secured(socket: TLSSocket, clients: TlsSettings['clients']): void {
    this.handshaking.delete(peerOf(socket));
    const shown = clients === 'optional' && Object.keys(socket.getPeerCertificate()).length > 0;
    if (shown && !socket.authorized) this.failed(String(socket.authorizationError), socket);
    else this.handlers.onSecure(socket);
  }

  private failed(reason: string, socket: TLSSocket): void {
    this.handlers.onFailure(reason, peerOf(socket));
    socket.destroy();
  }
}

/** OpenSSL's short reason, where it is one of its errors. */
function reasonOf(error: Error & { reason?: string }): string {
  return error.reason ?? error.message;
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress?.replace(/^::ffff:/, '')}:${socket.remotePort}`;
}

/** Keeps sessions of clients without tickets, the oldest goes first. */
function cacheSessions(server: Server, limit: number): void {
  const sessions = new Map<string, Buffer>();
  server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
    if (limit > 0 && sessions.size >= limit) sessions.delete(sessions.keys().next().value!);
    sessions.set(id.toString('latin1'), session);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: Error | null, session: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('latin1')) ?? null);
  });
}
