/** Opening the transport and the listeners that the configuration asks for. */

import { bind } from '../config/special.ts';
import { NodeTransport } from '../net/node-net.ts';
import type { Listener, Transport, TransportHandlers } from '../net/transport.ts';
import type { Server } from './server.ts';

/** The transport that `io-backend` names; `auto` takes epoll where there is one. */
export async function openTransport(server: Server, handlers: TransportHandlers): Promise<Transport> {
  const backend = server.config.enumValue('io-backend');
  if (backend === 'node' || (backend === 'auto' && process.platform !== 'linux')) return new NodeTransport(handlers);
  const { EpollTransport } = await import('../net/epoll.ts');
  return new EpollTransport(handlers);
}

/** Listens on every `bind` address and on the unix socket. */
export async function startListening(server: Server, transport: Transport): Promise<Listener[]> {
  const { config, log } = server;
  const listeners: Listener[] = [];
  const backlog = config.num('tcp-backlog');
  let port = config.num('port');
  try {
    if (port !== 0 || server.embedded) {
      for (const entry of config.valueOf(bind)) {
        const optional = entry.startsWith('-');
        const address = optional ? entry.slice(1) : entry;
        try {
          const listener = await transport.listenTcp(wildcard(address), port, backlog);
          listeners.push(listener);
          // A free port was asked for: all addresses share it.
          if (port === 0) port = listener.port;
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          const unavailable = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'].includes(code ?? '');
          log.warning(`Warning: Could not create server TCP listening socket ${address}:${port}: ${reasonOf(error)}`);
          if (!(optional && unavailable)) throw new Error(`Failed listening on port ${port} (tcp), aborting.`);
        }
      }
      if (listeners.length === 0 && config.valueOf(bind).length > 0) {
        throw new Error(`Failed listening on port ${port} (tcp), aborting.`);
      }
    }
    const path = config.str('unixsocket');
    if (path !== '') {
      try {
        listeners.push(await transport.listenUnix(path, config.num('unixsocketperm'), backlog));
      } catch (error) {
        throw new Error(`Failed opening Unix socket: bind: ${reasonOf(error)}`);
      }
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return listeners;
}

function wildcard(address: string): string {
  return address === '*' ? '0.0.0.0' : address === '::*' ? '::' : address;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'bind: Address already in use';
  return message;
}
