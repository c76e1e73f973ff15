/**
 * Another transport beside Node's sockets, which serve TLS only: each has rounds of its own, in the same loop and never
 * at the same time.
 */
import { NodeTransport } from './node-net.ts';
import type { TlsSettings } from './tls-acceptor.ts';
import type { Listener, SendQueue, TlsTransport, Transport, TransportHandlers } from './transport.ts';

export class TransportPair implements TlsTransport {
  private readonly plain: Transport;
  private readonly secure: NodeTransport;

  constructor(plain: Transport, handlers: TransportHandlers) {
    this.plain = plain;
    this.secure = new NodeTransport(handlers);
  }

  get name(): Transport['name'] {
    return this.plain.name;
  }

  get sends(): SendQueue | null {
    return this.plain.sends;
  }

  listenTcp(address: string, port: number, backlog: number): Promise<Listener> {
    return this.plain.listenTcp(address, port, backlog);
  }

  listenUnix(path: string, mode: number, backlog: number): Promise<Listener> {
    return this.plain.listenUnix(path, mode, backlog);
  }

  configureTls(settings: TlsSettings): void {
    this.secure.configureTls(settings);
  }

  listenTls(address: string, port: number, backlog: number): Promise<Listener> {
    return this.secure.listenTls(address, port, backlog);
  }

  close(): void {
    this.plain.close();
    this.secure.close();
  }

  poll(): void {
    this.plain.poll();
    this.secure.poll();
  }

  resume(): void {
    this.plain.resume();
    this.secure.resume();
  }
}
