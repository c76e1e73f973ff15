/**
 * BCAST mode of tracking: clients are told of every changed key that begins with one of their prefixes, whether they
 * have read it or not.
 *
 *   prefixes: prefix -> Prefix { bytes, clients, keys }     keys: changed key -> who changed it last
 *
 * The keys of a round are gathered and sent together at its end, prefix after prefix, keys in the order of their bytes.
 * A changed key costs O(prefixes).
 */
import { equalBytes } from '../../memory/copy.ts';
import { type Client, TRACKING_NOLOOP } from '../clients/client.ts';
import { Invalidation } from './invalidation.ts';

interface Prefix {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly clients: Set<Client>;
  /** Changed keys (byte strings), with the client whose command did it, null for none. */
  readonly keys: Map<string, object | null>;
}

export class Broadcast {
  private readonly prefixes = new Map<string, Prefix>();
  /** In the order of their bytes; null: to be sorted anew. */
  private sorted: readonly Prefix[] | null = null;
  private readonly send: (c: Client, message: Invalidation) => void;
  /** Whether keys wait to be sent. */
  pending = false;

  /** `send` gets a message to a client, or whoever stands in for it. */
  constructor(send: (c: Client, message: Invalidation) => void) {
    this.send = send;
  }

  /** Prefixes that somebody wants to hear of. */
  get size(): number {
    return this.prefixes.size;
  }

  add(c: Client, text: string): void {
    let prefix = this.prefixes.get(text);
    if (prefix === undefined) {
      prefix = { text, bytes: Buffer.from(text, 'latin1'), clients: new Set(), keys: new Map() };
      this.prefixes.set(text, prefix);
      this.sorted = null;
    }
    prefix.clients.add(c);
  }

  /** Ends a client's interest; keys that nobody else wants to hear of are forgotten. */
  remove(c: Client, text: string): void {
    const prefix = this.prefixes.get(text);
    if (prefix === undefined) return;
    prefix.clients.delete(c);
    if (prefix.clients.size > 0) return;
    this.prefixes.delete(text);
    this.sorted = null;
  }

  /** A key has changed; true when somebody will be told. */
  note(buf: Uint8Array, off: number, len: number, c: object | null): boolean {
    let key: string | null = null;
    for (const { bytes, keys } of this.prefixes.values()) {
      if (bytes.length > len || !equalBytes(buf, off, bytes, 0, bytes.length)) continue;
      key ??= Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1');
      keys.set(key, c);
    }
    if (key === null) return false;
    this.pending = true;
    return true;
  }

  /** Sends what has gathered. */
  flush(): void {
    if (!this.pending) return;
    this.pending = false;
    this.sorted ??= [...this.prefixes.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
    for (const { clients, keys } of this.sorted) {
      if (keys.size === 0) continue;
      const changed = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
      keys.clear();
      const all = Invalidation.ofKeys(changed.map(([key]) => key));
      for (const c of clients) {
        if ((c.tracking!.options & TRACKING_NOLOOP) === 0) this.send(c, all);
        else this.sendOthers(c, changed, all);
      }
    }
  }

  /** NOLOOP: leaves out what the client itself has changed. */
  private sendOthers(c: Client, changed: readonly (readonly [string, object | null])[], all: Invalidation): void {
    const others = changed.filter(([, by]) => by !== c);
    if (others.length === changed.length) this.send(c, all);
    else if (others.length > 0) this.send(c, Invalidation.ofKeys(others.map(([key]) => key)));
  }
}
