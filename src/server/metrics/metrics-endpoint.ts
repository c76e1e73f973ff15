/**
 * `metrics-port`: GET /metrics over HTTP, on the addresses of `bind`. Whoever reaches it may read: there is no password,
 * and nothing but figures. Without the directive neither the HTTP server nor the library is loaded.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { bind } from '../../config/special.ts';
import type { Server } from '../server.ts';
import type { Metrics } from './metrics.ts';

const PATH = '/metrics';

class MetricsEndpoint {
  private readonly server: Server;
  private metrics: Metrics | null = null;
  private listeners: HttpServer[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  /** Listens where the configuration says now, or nowhere. Rejects when it cannot. */
  async listen(): Promise<void> {
    await this.close();
    const { config, log } = this.server;
    const port = config.num('metrics-port');
    if (port === 0) return;
    const [{ createServer }, { Metrics }, library] = await Promise.all([
      import('node:http'),
      import('./metrics.ts'),
      import('prom-client'),
    ]);
    this.metrics ??= new Metrics(this.server, library.default);
    for (const entry of config.valueOf(bind)) {
      const optional = entry.startsWith('-');
      const address = hostOf(optional ? entry.slice(1) : entry);
      const listener = createServer((req, res) => void this.answer(req, res));
      try {
        await new Promise<void>((resolve, reject) => {
          listener.once('error', reject).listen({ host: address, port, ipv6Only: address.includes(':') }, resolve);
        });
        this.listeners.push(listener);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        log.warning(`Warning: Could not create the metrics listening socket ${address}:${port}: ${message}`);
        if (optional && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
        await this.close();
        throw new Error(`Failed listening on port ${port} (metrics), aborting.`);
      }
    }
    log.notice(`Metrics are at http://<address>:${port}${PATH}`);
  }

  async close(): Promise<void> {
    const closing = this.listeners.map((listener) => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      listener.closeAllConnections();
      return closed;
    });
    this.listeners = [];
    await Promise.all(closing);
  }

  private async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.url?.split('?')[0] !== PATH) return void res.writeHead(404).end(`The figures are at ${PATH}\n`);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return void res.writeHead(405, { allow: 'GET, HEAD' }).end();
    }
    const metrics = this.metrics!;
    const text = await new Promise<string>((resolve, reject) => {
      this.server.runLocked(() => metrics.read().then(resolve, reject));
    });
    res.writeHead(200, { 'content-type': metrics.contentType, 'content-length': Buffer.byteLength(text) });
    res.end(req.method === 'HEAD' ? undefined : text);
  }
}

function hostOf(address: string): string {
  return address === '*' ? '0.0.0.0' : address === '::*' ? '::' : address;
}

/** Serves the figures if they are wanted, and follows CONFIG SET. */
export async function startMetrics(server: Server): Promise<void> {
  const endpoint = new MetricsEndpoint(server);
  await endpoint.listen();
  server.lifetime.onClose(() => endpoint.close());
  server.config.onApply(['metrics-port', 'bind'], () =>
    endpoint.listen().then(
      () => null,
      () => 'Unable to listen on the metrics port. Check server logs.',
    ),
  );
}
