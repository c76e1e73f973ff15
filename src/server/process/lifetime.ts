/** The end of a server: who has to do something then, and in which order. */
import { CLIENT_CLOSED } from '../../commands/command-client.ts';
import type { Server } from '../server.ts';

export class Lifetime {
  private readonly server: Server;
  private readonly closers: (() => void | Promise<void>)[] = [];
  private closing: Promise<void> | null = null;

  constructor(server: Server) {
    this.server = server;
  }

  /** Registers work for the end; last registered comes first. */
  onClose(fn: () => void | Promise<void>): void {
    this.closers.push(fn);
  }

  /** Whether the end has begun. */
  get ending(): boolean {
    return this.closing !== null;
  }

  /** Stops listening, closes all connections, frees everything. Safe to call more than once. */
  end(): Promise<void> {
    this.closing ??= this.endNow();
    return this.closing;
  }

  private async endNow(): Promise<void> {
    const { blocked, connections, cron, listeners, transport } = this.server;
    cron.stop();
    for (const listener of listeners) listener.close();
    for (const fn of this.closers.reverse()) await fn();
    for (const c of [...connections.clients.values()]) if (!(c.flags & CLIENT_CLOSED)) connections.close(c);
    for (const c of [...blocked.clients.values()]) blocked.disconnected(c);
    transport?.close();
  }
}
