/** ACL LOG: what was denied of late. What happens again within a minute is one entry with a count. */

export type DeniedWhat = 'command' | 'key' | 'channel' | 'auth';
export type DeniedWhere = 'toplevel' | 'multi' | 'lua' | 'module';

/** What was denied to whom; byte strings. */
export interface Denied {
  readonly reason: DeniedWhat;
  readonly context: DeniedWhere;
  /** The command, key or channel. */
  readonly object: string;
  readonly username: string;
}

export interface AclLogEntry extends Denied {
  readonly id: number;
  readonly createdMs: number;
  updatedMs: number;
  count: number;
  /** The line of CLIENT LIST of the client that was denied last. */
  clientInfo: string;
}

const SAME_WITHIN_MS = 60_000;
/** How many of the newest entries may be the same as a new one. */
const COMPARED = 10;

export class AclLog {
  /** Newest first. */
  entries: AclLogEntry[] = [];
  /** What is there already stays until the next denial. */
  maxEntries = 128;
  private nextId = 0;

  add(denied: Denied, clientInfo: string, nowMs: number): void {
    if (this.maxEntries === 0) return this.trim();
    const known = this.entries.findIndex((entry, i) => i < COMPARED && isSame(entry, denied, nowMs));
    if (known >= 0) {
      const [entry] = this.entries.splice(known, 1);
      entry!.count++;
      entry!.updatedMs = nowMs;
      entry!.clientInfo = clientInfo;
      this.entries.unshift(entry!);
      return;
    }
    this.entries.unshift({ ...denied, id: this.nextId++, createdMs: nowMs, updatedMs: nowMs, count: 1, clientInfo });
    this.trim();
  }

  private trim(): void {
    if (this.entries.length > this.maxEntries) this.entries.length = this.maxEntries;
  }

  reset(): void {
    this.entries = [];
  }
}

function isSame(entry: AclLogEntry, denied: Denied, nowMs: number): boolean {
  return (
    entry.reason === denied.reason &&
    entry.context === denied.context &&
    Math.abs(nowMs - entry.updatedMs) <= SAME_WITHIN_MS &&
    entry.object === denied.object &&
    entry.username === denied.username
  );
}
