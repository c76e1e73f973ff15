/** Clients in MONITOR mode, who are told of every command. */
import { quoteArg } from '../../config/text.ts';
import type { Args } from '../../protocol/args.ts';
import { CLIENT_INTERNAL, CLIENT_MONITOR, CLIENT_REPLY_OFF, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';

export class Monitors {
  private readonly server: Server;
  private readonly clients = new Set<Client>();
  /** Whether anybody listens; looked at for every command. */
  active = false;

  constructor(server: Server) {
    this.server = server;
    server.connections.onClosed.push((c) => this.remove(c));
  }

  add(c: Client): void {
    c.flags |= CLIENT_MONITOR;
    this.clients.add(c);
    this.active = true;
  }

  remove(c: Client): void {
    if (!this.clients.delete(c)) return;
    c.flags &= ~CLIENT_MONITOR;
    this.active = this.clients.size > 0;
  }

  /** Shows the command that `c` has just run; secrets are hidden. */
  feed(c: Client): void {
    const line = Buffer.from(monitorLine(c, c.shownArgs()), 'latin1');
    for (const monitor of this.clients) {
      if (monitor.flags & CLIENT_REPLY_OFF) continue;
      // A monitor that runs a command itself sees it after its reply, which is not sent yet.
      if (monitor === c) c.out.raw(line);
      else this.server.output.push(monitor, line);
    }
  }
}

/** `+<seconds>.<microseconds> [<db> <origin>] "<arg>" ...`, a byte string. */
function monitorLine(c: Client, args: Args): string {
  const nowUs = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const seconds = Math.floor(nowUs / 1_000_000);
  const micros = String(nowUs % 1_000_000).padStart(6, '0');
  let line = `+${seconds}.${micros} [${c.dbIndex} ${originOf(c)}]`;
  for (let i = 0; i < args.argc; i++) line += ` ${quoteArg(args.latin1(i))}`;
  return `${line}\r\n`;
}

function originOf(c: Client): string {
  if (c.conn === null || c.flags & CLIENT_INTERNAL) return '?:0';
  return c.conn.isUnixSocket ? `unix:${c.conn.localAddress.replace(/:0$/, '')}` : c.conn.remoteAddress;
}
