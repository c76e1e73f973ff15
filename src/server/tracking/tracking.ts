/**
 * Client-side caching: clients that keep what they have read are told when it is no longer true.
 *
 * In the default mode the keys of read-only commands are remembered after these (`remember`) in the tracking table; the
 * first change of a key takes it out of there and tells all who had it. In BCAST mode nothing is remembered (broadcast.ts).
 * A client that changes a key in its own cache is told behind the reply of its command or transaction.
 *
 * While nobody tracks, nobody observes changes of keys and no command is looked at. A client that stops tracking leaves
 * its places in the table, as in Redis, so that this takes no time; those of clients that are gone are swept out by cron
 * once they are as many as the others.
 */
import { commandKeys } from '../../commands/key-references.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import type { Args } from '../../protocol/args.ts';
import {
  CLIENT_PUBSUB,
  CLIENT_PUSHES,
  CLIENT_TRACKING_CACHING,
  type Client,
  TRACKING_BCAST,
  TRACKING_BROKEN_REDIRECT,
  TRACKING_NOLOOP,
  TRACKING_ON,
  TRACKING_OPTIN,
  TRACKING_OPTOUT,
} from '../clients/client.ts';
import { type SharedBytes, SharedLog } from '../clients/shared-log.ts';
import { COND_TRACKING_FULL } from '../execution/conditions.ts';
import { UNITS_TRACKING } from '../execution/execution-units.ts';
import type { Server } from '../server.ts';
import { Broadcast } from './broadcast.ts';
import { ClientTracking } from './client-tracking.ts';
import { brokenRedirect, Invalidation } from './invalidation.ts';
import { TrackingTable } from './tracking-table.ts';

/** Keys forgotten at once when there are too many; more each time that this was not enough. */
const EVICTION_EFFORT = 100;
/** Fewer places of clients that are gone than this are left alone. */
const SWEEP_FROM = 1000;
/** Buckets of the table swept in one run of cron. */
const SWEEP_BUCKETS = 2000;
/** Memory given back in one run of cron. */
const PURGE_BYTES = 4 * 1024 * 1024;

/** The client for whom a command runs in the end: a module's call belongs to whose command the module runs. */
function originOf(c: Client): Client {
  let origin = c;
  while (origin.caller !== null) origin = origin.caller;
  return origin;
}

export class Tracking {
  private readonly server: Server;
  private table: TrackingTable | null = null;
  private readonly broadcast: Broadcast;
  /** Clients that the table may name, by their numbers there. */
  private readonly named = new Map<number, Client>();
  /** Clients that track, and those of them whose reads are remembered. */
  clientCount = 0;
  private rememberingCount = 0;
  private endObservation: (() => void) | null = null;
  /** Messages about changes by the clients' own commands that are going on, to be sent when these have ended. */
  private deferred: { readonly c: Client; readonly message: Invalidation }[] = [];
  /** `tracking-table-max-keys`; 0: no limit. */
  private maxKeys = 0;
  /** How often in a row the limit could not be met. */
  private evictionRounds = 0;
  /** Places in the table of clients that are gone, and how far they are swept out; -1: not going on. */
  private goneItems = 0;
  private sweepCursor = -1;
  /** Where messages are written for those who get them, and the last one. */
  private readonly log = new SharedLog();
  private delivered: Uint8Array | null = null;
  private shared: SharedBytes | null = null;

  constructor(server: Server) {
    this.server = server;
    this.broadcast = new Broadcast((c, message) => this.send(c, message));
    server.connections.onClosed.push((c) => this.forget(c));
    server.hooks.clientReset.push((c) => this.disable(c));
    server.hooks.flush.push((_db, _lazy, ended) => {
      if (!ended) this.flushed();
    });
    server.cron.tasks.push(() => this.maintain());
    server.memory.sources.push(() => this.table?.bytes ?? 0);
    const follow = (): null => {
      this.maxKeys = server.config.num('tracking-table-max-keys');
      this.checkLimit();
      return null;
    };
    follow();
    server.config.onApply(['tracking-table-max-keys'], follow);
  }

  get keyCount(): number {
    return this.table?.size ?? 0;
  }

  /** Pairs of a key and a client. */
  get itemCount(): number {
    return this.table?.items ?? 0;
  }

  get prefixCount(): number {
    return this.broadcast.size;
  }

  /** CLIENT TRACKING ON. `options`: TRACKING_ bits; prefixes are byte strings, none means every key. */
  enable(c: Client, options: number, redirect: number, prefixes: readonly string[]): void {
    c.tracking ??= new ClientTracking();
    const { tracking } = c;
    if ((tracking.options & TRACKING_ON) === 0) {
      this.clientCount++;
      if ((options & TRACKING_BCAST) === 0) this.rememberingCount++;
    }
    tracking.options = options | TRACKING_ON;
    tracking.redirect = redirect;
    if (options & TRACKING_BCAST) {
      for (const prefix of prefixes.length === 0 ? [''] : prefixes) {
        if (tracking.addPrefix(prefix)) this.broadcast.add(c, prefix);
      }
    } else if (c.conn !== null) {
      this.table ??= new TrackingTable();
      this.named.set(c.id >>> 0, c);
    }
    this.server.memory.update(c);
    this.listen();
  }

  /** CLIENT TRACKING OFF. */
  disable(c: Client): void {
    const { tracking } = c;
    if (tracking === null || (tracking.options & TRACKING_ON) === 0) return;
    for (const prefix of tracking.prefixes) this.broadcast.remove(c, prefix);
    tracking.clearPrefixes();
    this.clientCount--;
    if ((tracking.options & TRACKING_BCAST) === 0) this.rememberingCount--;
    tracking.options = 0;
    c.flags &= ~CLIENT_TRACKING_CACHING;
    this.server.memory.update(c);
    this.listen();
  }

  /** Takes part in commands and changes of keys as far as somebody tracks. */
  private listen(): void {
    const { changes, units } = this.server;
    if (this.rememberingCount > 0) units.state |= UNITS_TRACKING;
    else units.state &= ~UNITS_TRACKING;
    const wanted = this.clientCount > 0 || this.keyCount > 0;
    if (wanted && this.endObservation === null) {
      this.endObservation = changes.observe((_db, buf, off, len, c) => this.modified(buf, off, len, c));
    } else if (!wanted) {
      this.endObservation?.();
      this.endObservation = null;
    }
  }

  /** A read-only command has run: notes which keys its client may have now. */
  remember(c: Client, cmd: CommandEntry): void {
    if (!cmd.readsKeys) return;
    const reader = originOf(c);
    const { tracking } = reader;
    if (tracking === null || !remembers(tracking, reader) || reader.conn === null) return;
    const { args } = c;
    const range = cmd.keyRange;
    if (range === null) for (const { index } of commandKeys(cmd, args)) this.add(reader, tracking, args, index);
    else {
      const last = range.last < 0 ? args.argc + range.last : range.last;
      if (last >= args.argc) return;
      for (let i = range.first; i <= last; i += range.step) this.add(reader, tracking, args, i);
    }
    this.checkLimit();
  }

  private add(c: Client, tracking: ClientTracking, args: Args, i: number): void {
    const off = args.off[i]!;
    const len = args.len[i]!;
    try {
      if (this.table!.add(args.buf, off, len, c.id >>> 0)) tracking.items++;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      // What cannot be remembered must not be kept.
      this.send(c, Invalidation.ofKey(args.buf, off, len));
    }
  }

  /** A key has changed. */
  private modified(buf: Uint8Array, off: number, len: number, c: object | null): void {
    const { broadcast, table } = this;
    if (broadcast.size > 0 && broadcast.note(buf, off, len, c) && !this.server.inRound) this.schedule();
    if (table === null || table.size === 0) return;
    const count = table.take(buf, off, len);
    if (count > 0) this.invalidate(buf, off, len, count);
  }

  /** Outside of rounds nobody comes by who would send the keys that have gathered. */
  private schedule(): void {
    queueMicrotask(() => this.server.faults.guard(() => this.flushBroadcast()));
  }

  /** Sends the messages of BCAST mode: a round ends. */
  flushBroadcast(): void {
    if (this.broadcast.pending) this.broadcast.flush();
  }

  /** Tells the clients that the table has given up with a key. */
  private invalidate(buf: Uint8Array, off: number, len: number, count: number): void {
    const { taken } = this.table!;
    const { executing } = this.server;
    const current = executing === null ? null : originOf(executing);
    let message: Invalidation | null = null;
    for (let i = 0; i < count; i++) {
      const c = this.named.get(taken[i]!);
      if (c === undefined) {
        this.goneItems--;
        continue;
      }
      const tracking = c.tracking!;
      tracking.items--;
      // Whoever has changed to BCAST mode is told of the key in another way.
      if ((tracking.options & (TRACKING_ON | TRACKING_BCAST)) !== TRACKING_ON) continue;
      if (tracking.options & TRACKING_NOLOOP && c === current) continue;
      message ??= Invalidation.ofKey(buf, off, len);
      this.send(c, message);
    }
    this.checkLimit();
  }

  /** All keys are about to go: everybody is told, and nothing remembered any more. */
  private flushed(): void {
    if (this.clientCount > 0) {
      const messages = { 2: Invalidation.ofAll(2), 3: Invalidation.ofAll(3) };
      for (const c of this.server.connections.clients.values()) {
        if (c.tracking !== null && c.tracking.options & TRACKING_ON) this.send(c, messages[c.resp]);
      }
    }
    if (this.table !== null) this.clearTable(this.table);
  }

  private clearTable(table: TrackingTable): void {
    table.clear();
    for (const c of this.named.values()) c.tracking!.items = 0;
    this.goneItems = 0;
    this.sweepCursor = -1;
    this.checkLimit();
    this.listen();
  }

  /** Gets a message to a client that tracks, or to the one that it has named in its stead. */
  private send(c: Client, message: Invalidation): void {
    if (c.command !== null) {
      this.deferred.push({ c, message });
      c.flags |= CLIENT_PUSHES;
      return;
    }
    const own = this.redirect(c, message);
    if (own !== null) this.deliver(c, own);
  }

  /** Sends a message to whom the client has named; returns what is for the client itself, null when nothing is. */
  private redirect(c: Client, message: Invalidation): Uint8Array | null {
    const tracking = c.tracking!;
    if (tracking.redirect === 0) return c.resp === 3 ? message.push : null;
    const target = this.server.connections.clients.get(tracking.redirect);
    if (target === undefined) {
      tracking.options |= TRACKING_BROKEN_REDIRECT;
      return c.resp === 3 ? brokenRedirect(tracking.redirect) : null;
    }
    if (target.resp === 3) this.deliver(target, message.push);
    else if (target.flags & CLIENT_PUBSUB) this.deliver(target, message.message);
    return null;
  }

  /** The client's command has ended: what its own changes mean for its cache is sent; returns what it gets itself. */
  takeDeferred(c: Client): Uint8Array[] {
    const bytes: Uint8Array[] = [];
    if (this.deferred.length === 0) return bytes;
    const { deferred } = this;
    this.deferred = deferred.filter((each) => each.c !== c);
    for (const each of deferred) {
      const own = each.c === c ? this.redirect(c, each.message) : null;
      if (own !== null) bytes.push(own);
    }
    return bytes;
  }

  private deliver(c: Client, bytes: Uint8Array): void {
    if (c.command !== null) return c.addPush(bytes);
    if (bytes !== this.delivered) {
      this.delivered = bytes;
      this.shared = this.log.write(bytes, bytes.length);
    }
    this.server.output.pushShared(c, this.shared!);
  }

  /** Commands learn from a condition that the table holds too many keys. */
  private checkLimit(): void {
    const full = this.maxKeys > 0 && this.keyCount > this.maxKeys;
    const { conditions } = this.server;
    if (full !== ((conditions.mask & COND_TRACKING_FULL) !== 0)) conditions.set(COND_TRACKING_FULL, full);
  }

  /** Forgets some keys, drawn at random, when there are too many; their clients are told as if these had changed. */
  evict(): void {
    const { table } = this;
    if (table === null || this.maxKeys === 0) return;
    for (let effort = EVICTION_EFFORT * (this.evictionRounds + 1); effort > 0; effort--) {
      if (table.size <= this.maxKeys) break;
      const count = table.takeRandom();
      this.invalidate(table.takenKey, 0, table.takenKeyLength, count);
    }
    this.evictionRounds = table.size > this.maxKeys ? this.evictionRounds + 1 : 0;
    this.checkLimit();
  }

  /** The connection is gone. */
  private forget(c: Client): void {
    const { tracking } = c;
    if (tracking === null) return;
    this.disable(c);
    c.tracking = null;
    this.deferred = this.deferred.filter((each) => each.c !== c);
    if (this.named.delete(c.id >>> 0)) this.goneItems += tracking.items;
  }

  /** Called by cron. */
  private maintain(): void {
    const { table } = this;
    if (table === null) return;
    this.evict();
    table.purge(PURGE_BYTES);
    if (this.goneItems === 0) return;
    if (this.goneItems >= table.items) this.clearTable(table);
    else if (this.sweepCursor >= 0 || this.goneItems > Math.max(SWEEP_FROM, table.items / 2)) this.sweep(table);
  }

  private sweep(table: TrackingTable): void {
    const before = table.items;
    const next = table.sweep(Math.max(0, this.sweepCursor), SWEEP_BUCKETS, (client) => !this.named.has(client));
    this.goneItems -= before - table.items;
    this.sweepCursor = next === 0 ? -1 : next;
    this.checkLimit();
    this.listen();
  }

  /** Checks the table and the counts that are kept beside it. */
  validateIntegrity(): void {
    const items = new Map<number, number>();
    this.table?.validateIntegrity();
    this.table?.forEach((_key, client) => {
      items.set(client, (items.get(client) ?? 0) + 1);
    });
    let gone = 0;
    for (const [client, count] of items) {
      const c = this.named.get(client);
      if (c === undefined) gone += count;
      else if (c.tracking!.items !== count) throw new Error(`tracking: client ${c.id} has ${count} items`);
    }
    if (gone !== this.goneItems) throw new Error(`tracking: ${gone} items of clients that are gone`);
  }
}

/** Whether what the client reads now is remembered. */
function remembers({ options }: ClientTracking, c: Client): boolean {
  if ((options & (TRACKING_ON | TRACKING_BCAST)) !== TRACKING_ON) return false;
  const caching = (c.flags & CLIENT_TRACKING_CACHING) !== 0;
  if (options & TRACKING_OPTIN) return caching;
  return (options & TRACKING_OPTOUT) === 0 || !caching;
}
