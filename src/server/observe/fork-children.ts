/** Fork children: what INFO shows of them. */
import type { ModuleForks } from '../../module/env.ts';
import type { Server } from '../server.ts';

export class ForkChildren implements ModuleForks {
  /** Children that were made, and how long the last one took, microseconds. */
  total = 0;
  latestUs = 0;
  /** A module has one. */
  moduleRuns = false;
  /** Memory that the last child of a module had for itself at its end, bytes. */
  moduleLastBytes = 0;
  /** Of the one that runs: memory of its own, now and at most, when that was heard (0: never), and how far it is in percent. */
  bytes = 0;
  peakBytes = 0;
  heardAtMs = 0;
  percent = 0;
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  /** Seconds since something was heard of the child. */
  get ageSeconds(): number {
    return this.heardAtMs === 0 ? 0 : Math.floor((Date.now() - this.heardAtMs) / 1000);
  }

  started(tookUs: number): void {
    this.total++;
    this.latestUs = tookUs;
    this.moduleRuns = true;
    this.server.latency.addIfNeeded('fork', tookUs / 1000);
    for (const told of this.server.hooks.forkChild) told(false);
  }

  progress(part: number, privateBytes: number): void {
    this.bytes = privateBytes;
    this.peakBytes = Math.max(this.peakBytes, privateBytes);
    this.heardAtMs = Date.now();
    if (part >= 0) this.percent = Math.min(part, 1) * 100;
  }

  ended(): void {
    this.moduleLastBytes = this.bytes;
    this.moduleRuns = false;
    this.bytes = 0;
    this.peakBytes = 0;
    this.heardAtMs = 0;
    this.percent = 0;
    for (const told of this.server.hooks.forkChild) told(true);
  }
}
