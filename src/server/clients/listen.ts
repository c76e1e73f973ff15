/** Opening the transport and the listeners that the configuration asks for. */
import { resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { bind } from '../../config/special.ts';
import { nativeUnavailable } from '../../memory/native.ts';
import { NodeTransport } from '../../net/node-net.ts';
import type { Listener, TlsTransport, TransportHandlers } from '../../net/transport.ts';
import type { Server } from '../server.ts';
import type { Client } from './client.ts';
import { TLS_DIRECTIVES, tlsSettings } from './tls-settings.ts';

const PORT_REFUSED = 'Unable to listen on this port. Check server logs.';
const TLS_REFUSED = 'Unable to update TLS configuration. Check server logs.';

/**
 * Why the epoll transport cannot be had; null when it can. A worker thread that is ended from outside runs no JavaScript
 * any more, so nobody would close koffi's poll handle before its loop goes: that ends the whole process.
 */
function epollUnavailable(): string | null {
  return nativeUnavailable ?? (isMainThread ? null : 'it is for the main thread of a process');
}

/** What the server does when its connections have news. */
function handlersOf(server: Server): TransportHandlers {
  const { connections, faults, output, query, rounds } = server;
  return {
    onAccept: (conn) => connections.accept(conn),
    onAcceptError: (code) => server.log.warning(`Accepting client connection: ${code}`),
    onHandshakeError: (reason, peer) =>
      server.log.warning(`Error accepting a client connection: ${reason} (addr=${peer})`),
    onReadable: (conn) => {
      const c = conn.owner as Client | null;
      if (c !== null) query.onReadable(c);
    },
    onReceived: (conn, start, length) => {
      const c = conn.owner as Client | null;
      return c === null || query.onReceived(c, start, length);
    },
    onLost: (conn) => {
      const c = conn.owner as Client | null;
      if (c !== null) connections.closeAsap(c);
    },
    onWritable: (conn) => {
      const c = conn.owner as Client | null;
      if (c !== null) output.flushPending(c);
    },
    onRoundStart: () => rounds.begin(),
    onRoundEnd: (failed) => rounds.end(failed),
    onFault: (error) => faults.report(error),
  };
}

/** The transport that `io-backend` names, where it can be had; `auto` takes epoll if there is one. */
export async function openTransport(server: Server): Promise<TlsTransport> {
  const handlers = handlersOf(server);
  const backend = server.config.enumValue('io-backend');
  const refusal = epollUnavailable();
  if (backend === 'epoll' && refusal !== null) {
    server.log.warning(`WARNING: no io-backend epoll here: ${refusal}. Node's own sockets take its place`);
  }
  if (backend === 'node' || refusal !== null) return new NodeTransport(handlers);
  const [{ EpollTransport }, { TransportPair }] = await Promise.all([
    import('../../net/epoll.ts'),
    import('../../net/transport-pair.ts'),
  ]);
  const { nativeShim } = server;
  const shim = typeof nativeShim === 'string' ? null : nativeShim;
  return new TransportPair(new EpollTransport(handlers, server.query, shim), handlers);
}

/**
 * Listens on every `bind` address: all or none of them, except those that are optional and that this machine lacks.
 *
 * @param port 0 takes a free one, the same for all addresses
 */
async function listenTcp(server: Server, transport: TlsTransport, port: number, tls: boolean): Promise<Listener[]> {
  const { config, log } = server;
  const addresses = config.valueOf(bind);
  const listeners: Listener[] = [];
  const giveUp = (): never => {
    for (const listener of listeners) listener.close();
    throw new Error(`Failed listening on port ${port} (${tls ? 'tls' : 'tcp'}), aborting.`);
  };
  for (const entry of addresses) {
    const optional = entry.startsWith('-');
    const address = optional ? entry.slice(1) : entry;
    try {
      const backlog = config.num('tcp-backlog');
      const listener = tls
        ? await transport.listenTls(wildcard(address), port, backlog)
        : await transport.listenTcp(wildcard(address), port, backlog);
      listeners.push(listener);
      if (port === 0) port = listener.port;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const unavailable = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'].includes(code ?? '');
      log.warning(`Warning: Could not create server TCP listening socket ${address}:${port}: ${reasonOf(error)}`);
      if (!(optional && unavailable)) giveUp();
    }
  }
  if (listeners.length === 0 && addresses.length > 0) giveUp();
  return listeners;
}

/** Listens on the unix socket, if there is to be one. */
async function listenUnix(server: Server, transport: TlsTransport): Promise<Listener[]> {
  const { config } = server;
  const path = config.str('unixsocket');
  if (path === '') return [];
  try {
    const mode = config.num('unixsocketperm');
    return [await transport.listenUnix(resolve(config.str('dir'), path), mode, config.num('tcp-backlog'))];
  } catch (error) {
    throw new Error(`Failed opening Unix socket: bind: ${reasonOf(error)}`);
  }
}

/** Takes the tls-* directives as they are now; false, having said why in the log, when they do not fit. */
function configureTls(server: Server, transport: TlsTransport): boolean {
  try {
    transport.configureTls(tlsSettings(server.config));
    return true;
  } catch (error) {
    server.log.warning((error as Error).message);
    return false;
  }
}

/** Opens all listeners, and has those for TCP follow CONFIG SET. */
export async function startListening(server: Server, transport: TlsTransport): Promise<Listener[]> {
  const { config } = server;
  const port = config.num('port');
  const tlsPort = config.num('tls-port');
  if (tlsPort !== 0 && !configureTls(server, transport)) {
    throw new Error('Failed to configure TLS. Check logs for more info.');
  }
  const listeners: Listener[] = [];
  try {
    // In another program port 0 is a free one, unless there is another way in.
    if (port !== 0 || (server.embedded && tlsPort === 0))
      listeners.push(...(await listenTcp(server, transport, port, false)));
    if (tlsPort !== 0) listeners.push(...(await listenTcp(server, transport, tlsPort, true)));
    listeners.push(...(await listenUnix(server, transport)));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  if (listeners.length === 0 && !server.embedded) throw new Error('Configured to not listen anywhere, exiting.');
  followConfig(server, transport);
  return listeners;
}

/** The listeners close first, since the new addresses may overlap with the old ones. */
function followConfig(server: Server, transport: TlsTransport): void {
  const { config } = server;
  const close = (tls: boolean): void => {
    const gone = (listener: Listener) => listener.port > 0 && (listener.tls === true) === tls;
    for (const listener of server.listeners) if (gone(listener)) listener.close();
    server.listeners = server.listeners.filter((listener) => !gone(listener));
  };
  const open = async (directive: string, tls: boolean): Promise<void> => {
    const port = config.num(directive);
    if (port !== 0) server.listeners.unshift(...(await listenTcp(server, transport, port, tls)));
  };
  const answer = (opened: Promise<void>, refusal: string): Promise<string | null> =>
    opened.then(
      () => null,
      () => refusal,
    );

  config.onApply('port', () => {
    close(false);
    return answer(open('port', false), PORT_REFUSED);
  });
  config.onApply('tls-port', () => {
    close(true);
    if (config.num('tls-port') === 0) return null;
    if (!configureTls(server, transport)) return TLS_REFUSED;
    return answer(open('tls-port', true), PORT_REFUSED);
  });
  config.onApply('bind', () => {
    close(false);
    close(true);
    const both = open('tls-port', true).then(() => open('port', false));
    return answer(both, 'Failed to bind to specified addresses.');
  });
  config.onApply(TLS_DIRECTIVES, () => {
    if (config.num('tls-port') === 0 || configureTls(server, transport)) return null;
    return TLS_REFUSED;
  });
}

function wildcard(address: string): string {
  return address === '*' ? '0.0.0.0' : address === '::*' ? '::' : address;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'bind: Address already in use';
  return message;
}
