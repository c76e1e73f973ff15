/**
 * Rounds: one begins when the transport has events, and ends when they are all handled and the replies sent.
 *
 * A round may begin inside of something else: a command that handles network events while it runs, or a module's
 * callback that does. Such a *nested* round works on the same reply writer, behind what is being written, and finds and
 * leaves everything as if it were by itself: nobody's command is in execution, and what was so further out is put back
 * at its end. Time stands still in it, as it does for a command.
 */
import type { Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { COND_CLIENTS_FULL } from './conditions.ts';
import type { OpenUnits } from './execution-units.ts';

/** What a nested round puts back at its end. */
interface Outer {
  readonly executing: Client | null;
  readonly base: number;
  readonly pos: number;
  readonly resp: 2 | 3;
  readonly errorCount: number;
  readonly noTouch: boolean;
  readonly refreshAtUs: number;
  readonly pipelined: boolean;
  readonly inRound: boolean;
  readonly writing: Client | null;
  readonly writingFrom: number;
  readonly discardFrom: number;
  readonly units: OpenUnits;
}

export class Rounds {
  private readonly server: Server;
  /** For each round that is going on, outermost first: what it is nested in; null for one that is not. */
  private readonly outer: (Outer | null)[] = [];
  private startUs = 0;
  private startCommands = 0;
  /** Replies that are being written outside of rounds. */
  answering = 0;

  constructor(server: Server) {
    this.server = server;
  }

  /** Begins a round; false when it must wait for a module's thread. Every true must be followed by `end`. */
  begin(): boolean {
    const { server } = this;
    if (!server.gate.enterRound()) return false;
    if (server.inRound || this.answering > 0 || server.executing !== null || server.out.pos > 0) {
      this.outer.push(this.setAside());
      return true;
    }
    this.outer.push(null);
    server.inRound = true;
    server.updateTime();
    this.startUs = server.clock.now();
    this.startCommands = server.stats.commandsProcessed;
    server.hooks.round?.(true);
    return true;
  }

  /** Ends the round; `failed`: something was thrown in it, and nothing more may run. */
  end(failed: boolean): void {
    const { server } = this;
    const outer = this.outer[this.outer.length - 1]!;
    try {
      if (!failed) this.finish(outer === null);
      else if (outer !== null) server.output.abandon();
    } finally {
      this.outer.pop();
      if (outer !== null) this.putBack(outer);
      else server.inRound = false;
      server.gate.leave();
    }
  }

  private finish(outermost: boolean): void {
    const { server } = this;
    server.query.runCollected();
    if (outermost) {
      server.tracking.flushBroadcast();
      if (server.conditions.mask & COND_CLIENTS_FULL) server.clientEviction.evict();
      server.cron.beforeSleep();
      server.hooks.round?.(false);
    }
    server.output.flushRound();
    server.connections.closeMarked();
    if (!outermost) return;
    const commands = server.stats.commandsProcessed - this.startCommands;
    server.stats.countCycle(server.clock.now() - this.startUs, commands);
  }

  private setAside(): Outer {
    const { server } = this;
    const { out, output, keyspace, clock } = server;
    const outer: Outer = {
      executing: server.executing,
      base: output.base,
      pos: out.pos,
      resp: out.resp,
      errorCount: out.errorCount,
      noTouch: keyspace.noTouch,
      refreshAtUs: server.refreshAtUs,
      pipelined: clock.pipelined,
      inRound: server.inRound,
      writing: output.writing,
      writingFrom: output.writingFrom,
      discardFrom: out.discardFrom,
      units: server.units.suspend(),
    };
    server.query.yieldCollected();
    // What is measured together with the command in execution ends here.
    clock.endPipeline();
    clock.lastUs = 0;
    server.executing = null;
    output.end();
    server.inRound = true;
    server.refreshAtUs = Number.POSITIVE_INFINITY;
    output.base = out.pos;
    keyspace.noTouch = false;
    return outer;
  }

  private putBack(outer: Outer): void {
    const { server } = this;
    const { out, output, keyspace, clock } = server;
    server.executing = outer.executing;
    server.inRound = outer.inRound;
    server.units.resume(outer.units);
    server.refreshAtUs = outer.refreshAtUs;
    output.base = outer.base;
    output.writing = outer.writing;
    output.writingFrom = outer.writingFrom;
    out.discardFrom = outer.discardFrom;
    out.pos = outer.pos;
    out.resp = outer.resp;
    out.errorCount = outer.errorCount;
    keyspace.noTouch = outer.noTouch;
    clock.lastUs = clock.now();
    clock.pipelined = outer.pipelined;
  }
}
