/**
 * Publish and subscribe: who is subscribed to what, and the delivery of messages.
 *
 *   channels, shardChannels: name -> Set of Client          in order of subscription
 *   patterns:                pattern -> { bytes, clients }
 *   client.subscriptions:    Subscriptions, null without any
 *
 * A message goes behind what its receiver has been sent so far. A client that gets one of its own, by PUBLISH or because
 * of a change it makes, gets it behind the reply of its command: `client.pushes` holds it till then.
 *
 * Publishing costs O(subscribers + patterns), and the encoding of the message once for each version of the protocol.
 */
import { globMatch } from '../../protocol/glob.ts';
import { CLIENT_PUBSUB, CLIENT_PUSHES, CLIENT_REPLY_OFF, CLIENT_REPLY_SKIP, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { Message, MessageLogs } from './message.ts';
import { CHANNELS, PATTERNS, SHARD_CHANNELS, type SubscriptionKind, Subscriptions } from './subscriptions.ts';

interface Pattern {
  readonly bytes: Uint8Array;
  readonly clients: Set<Client>;
}

const KINDS: readonly SubscriptionKind[] = [CHANNELS, SHARD_CHANNELS, PATTERNS];

export class PubSub {
  private readonly server: Server;
  private readonly channels = new Map<string, Set<Client>>();
  private readonly shardChannels = new Map<string, Set<Client>>();
  private readonly patterns = new Map<string, Pattern>();
  private readonly logs = new MessageLogs();
  /** Clients with subscriptions of any kind. */
  clientCount = 0;

  constructor(server: Server) {
    this.server = server;
    server.connections.onClosed.push((c) => this.unsubscribeAll(c));
  }

  get channelCount(): number {
    return this.channels.size;
  }

  get shardChannelCount(): number {
    return this.shardChannels.size;
  }

  get patternCount(): number {
    return this.patterns.size;
  }

  /** Whether nobody would hear anything that is published, shard channels apart. */
  get isSilent(): boolean {
    return this.channels.size === 0 && this.patterns.size === 0;
  }

  /** Subscribes the client and tells it so. */
  subscribe(c: Client, kind: SubscriptionKind, name: string): void {
    if (c.subscriptions === null) {
      c.subscriptions = new Subscriptions();
      this.clientCount++;
    }
    if (c.subscriptions.add(kind, name)) {
      this.clientsOf(kind, name).add(c);
      this.server.memory.update(c);
    }
    c.flags |= CLIENT_PUBSUB;
    confirm(c, kind, kind.subscribe, name);
  }

  /** Ends a subscription, or with null all of the kind, and tells the client so, even if there was none. */
  unsubscribe(c: Client, kind: SubscriptionKind, name: string | null): void {
    const names = name === null ? [...(c.subscriptions?.of(kind) ?? [])] : [name];
    for (const each of names) {
      this.end(c, kind, each);
      confirm(c, kind, kind.unsubscribe, each);
    }
    if (names.length === 0) confirm(c, kind, kind.unsubscribe, null);
    this.forgetIfNone(c);
  }

  /** Ends all subscriptions without a word: the client is reset or gone. */
  unsubscribeAll(c: Client): void {
    const { subscriptions } = c;
    if (subscriptions === null) return;
    for (const kind of KINDS) for (const name of subscriptions.of(kind)) this.end(c, kind, name);
    this.forgetIfNone(c);
  }

  private end(c: Client, kind: SubscriptionKind, name: string): void {
    if (c.subscriptions === null || !c.subscriptions.delete(kind, name)) return;
    const clients = this.clientsOf(kind, name);
    clients.delete(c);
    if (clients.size > 0) return;
    if (kind === PATTERNS) this.patterns.delete(name);
    else this.table(kind).delete(name);
  }

  private forgetIfNone(c: Client): void {
    if (c.subscriptions === null || c.subscriptions.total > 0) return;
    c.subscriptions = null;
    c.flags &= ~CLIENT_PUBSUB;
    this.clientCount--;
    this.server.memory.update(c);
  }

  private table(kind: SubscriptionKind): Map<string, Set<Client>> {
    return kind === SHARD_CHANNELS ? this.shardChannels : this.channels;
  }

  private clientsOf(kind: SubscriptionKind, name: string): Set<Client> {
    if (kind === PATTERNS) {
      let pattern = this.patterns.get(name);
      if (pattern === undefined) {
        pattern = { bytes: Buffer.from(name, 'latin1'), clients: new Set() };
        this.patterns.set(name, pattern);
      }
      return pattern.clients;
    }
    const table = this.table(kind);
    let clients = table.get(name);
    if (clients === undefined) {
      clients = new Set();
      table.set(name, clients);
    }
    return clients;
  }

  /** Sends a message to all who listen to a channel (a byte string); returns to how many. `bytes` is read only now. */
  publish(channel: string, bytes: Uint8Array, shard: boolean): number {
    let receivers = 0;
    const clients = (shard ? this.shardChannels : this.channels).get(channel);
    if (clients !== undefined) {
      const kind = shard ? SHARD_CHANNELS : CHANNELS;
      receivers += this.deliver(clients, new Message(this.logs, [kind.message, channel, bytes]));
    }
    if (shard || this.patterns.size === 0) return receivers;
    const name = Buffer.from(channel, 'latin1');
    for (const [text, pattern] of this.patterns) {
      if (!globMatch(pattern.bytes, 0, pattern.bytes.length, name, 0, name.length, false)) continue;
      receivers += this.deliver(pattern.clients, new Message(this.logs, [PATTERNS.message, text, channel, bytes]));
    }
    return receivers;
  }

  private deliver(clients: ReadonlySet<Client>, message: Message): number {
    const { output } = this.server;
    for (const c of clients) {
      const encoded = message.encoded(c.resp);
      if (c.command === null) output.pushShared(c, encoded);
      else c.addPush(encoded.segment.bytes.slice(encoded.from, encoded.to));
    }
    return clients.size;
  }

  /** Names of the channels that have subscribers and match the pattern, if there is one. */
  activeChannels(shard: boolean, pattern: Uint8Array | null): string[] {
    const names = [...(shard ? this.shardChannels : this.channels).keys()];
    if (pattern === null) return names;
    return names.filter((name) => {
      const bytes = Buffer.from(name, 'latin1');
      return globMatch(pattern, 0, pattern.length, bytes, 0, bytes.length, false);
    });
  }

  /** How many clients are subscribed to a channel by its name. */
  subscriberCount(shard: boolean, channel: string): number {
    return (shard ? this.shardChannels : this.channels).get(channel)?.size ?? 0;
  }

  /** Sends what came for a client while it was served. */
  release(c: Client): void {
    if ((c.flags & CLIENT_PUSHES) === 0) return;
    const bytes = c.takePushes();
    if (bytes.length > 0) this.server.output.push(c, bytes);
  }
}

/** Tells a client of its subscription: a push message, which no CLIENT REPLY mode holds back. */
function confirm(c: Client, kind: SubscriptionKind, word: string, name: string | null): void {
  const { out } = c;
  const from = out.pos;
  out.push(3);
  out.bulkText(word);
  if (name === null) out.nullBulk();
  else out.bulkText(name);
  out.integer(c.subscriptions?.count(kind) ?? 0);
  if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) c.addPush(out.take(from));
}
