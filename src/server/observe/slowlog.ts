/** SLOWLOG: the last commands that took longer than `slowlog-log-slower-than`. */
import type { Args } from '../../protocol/args.ts';
import type { Client } from '../clients/client.ts';

const MAX_ARGS = 32;
const MAX_ARG_BYTES = 128;

export interface SlowlogEntry {
  readonly id: number;
  readonly timeSeconds: number;
  readonly durationUs: number;
  readonly args: readonly Buffer[];
  readonly address: string;
  readonly clientName: string;
}

export class Slowlog {
  /** Newest first. */
  entries: SlowlogEntry[] = [];
  private nextId = 0;
  /** Microseconds; negative: off. */
  thresholdUs = 10_000;
  maxEntries = 128;

  add(c: Client, durationUs: number): void {
    if (this.thresholdUs < 0 || this.maxEntries === 0 || durationUs < this.thresholdUs) return;
    this.entries.unshift({
      id: this.nextId++,
      timeSeconds: Math.floor(c.server.nowMs / 1000),
      durationUs: Math.round(durationUs),
      args: trimmed(c.shownArgs()),
      address: c.conn?.remoteAddress ?? '?:0',
      clientName: c.name,
    });
    this.trim();
  }

  trim(): void {
    if (this.entries.length > this.maxEntries) this.entries.length = this.maxEntries;
  }

  reset(): void {
    this.entries = [];
  }
}

function trimmed(args: Args): Buffer[] {
  const out: Buffer[] = [];
  const shown = args.argc > MAX_ARGS ? MAX_ARGS - 1 : args.argc;
  for (let i = 0; i < shown; i++) {
    const bytes = args.bytes(i);
    const more = bytes.length - MAX_ARG_BYTES;
    out.push(
      more > 0 ? Buffer.concat([bytes.subarray(0, MAX_ARG_BYTES), Buffer.from(`... (${more} more bytes)`)]) : bytes,
    );
  }
  if (shown < args.argc) out.push(Buffer.from(`... (${args.argc - shown} more arguments)`));
  return out;
}
