/** CLIENT PAUSE: commands, or only those that write, wait until it ends; meanwhile no key expires. */
import { CMD_MAY_REPLICATE, CMD_WRITE, type CommandEntry } from '../../commands/registry.ts';
import { CAUSE_PAUSE } from '../../store/expire-causes.ts';
import { CLIENT_INTERNAL, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { runCommand } from './dispatch.ts';
import { flagsOf } from './refusals.ts';

export class Pause {
  private readonly server: Server;
  /** End of the pause in Unix ms; 0: there is none. Looked at for every command. */
  untilMs = 0;
  private writesOnly = false;

  constructor(server: Server) {
    this.server = server;
  }

  /** Whether a pause is on whose time is not over. */
  get active(): boolean {
    return this.untilMs > this.server.nowMs;
  }

  /** Begins a pause or changes one: neither its end nor its strictness is ever reduced. */
  begin(untilMs: number, writesOnly: boolean): void {
    const { active } = this;
    this.writesOnly = writesOnly && !(active && !this.writesOnly);
    if (untilMs > this.untilMs) this.untilMs = untilMs;
    if (this.active) this.server.keyspace.expireCauses.set(CAUSE_PAUSE, true);
  }

  /** Ends the pause: what waited runs as soon as the command in execution is done. */
  end(): void {
    const { server } = this;
    this.untilMs = 0;
    server.keyspace.expireCauses.set(CAUSE_PAUSE, false);
    const waiting = [...server.blocked.clients.values()].filter((c) => c.blocked?.kind === 'pause');
    if (waiting.length === 0) return;
    setImmediate(() => {
      server.runLocked(() => {
        for (const c of waiting) {
          if (c.blocked?.kind === 'pause') server.blocked.unblock(c, () => runCommand(server, c));
        }
      });
    });
  }

  /** Ends a pause whose time is over. */
  endIfOver(): void {
    if (this.untilMs !== 0 && !this.active) this.end();
  }

  /** Holds a command up; false when it may run. */
  holds(c: Client, cmd: CommandEntry): boolean {
    if (!this.active) {
      this.end();
      return false;
    }
    if (c.flags & CLIENT_INTERNAL) return false;
    if (this.writesOnly && (flagsOf(c, cmd) & (CMD_WRITE | CMD_MAY_REPLICATE)) === 0) return false;
    this.server.blocked.block(c, { kind: 'pause', timeoutAtMs: 0, sinceUs: 0 });
    return true;
  }
}
