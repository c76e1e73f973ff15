/** What one client is subscribed to. Clients without subscriptions have none of this. */

/** The three kinds of subscriptions, with the words in which replies and messages name them. */
export interface SubscriptionKind {
  readonly subscribe: string;
  readonly unsubscribe: string;
  readonly message: string;
}

export const CHANNELS: SubscriptionKind = { subscribe: 'subscribe', unsubscribe: 'unsubscribe', message: 'message' };
export const PATTERNS: SubscriptionKind = { subscribe: 'psubscribe', unsubscribe: 'punsubscribe', message: 'pmessage' };
export const SHARD_CHANNELS: SubscriptionKind = {
  subscribe: 'ssubscribe',
  unsubscribe: 'sunsubscribe',
  message: 'smessage',
};

/** By the names that commands have for them. */
export const SUBSCRIPTION_KINDS = { channels: CHANNELS, patterns: PATTERNS, shardChannels: SHARD_CHANNELS } as const;

/** What a subscription costs beyond its name, about: its places in two tables. */
const SUBSCRIPTION_BYTES = 100;

/** Names are byte strings, in order of subscription. */
export class Subscriptions {
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();
  /** What they take, roughly. */
  bytes = 0;

  of(kind: SubscriptionKind): Set<string> {
    if (kind === CHANNELS) return this.channels;
    return kind === PATTERNS ? this.patterns : this.shardChannels;
  }

  get total(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }

  /** The number that the client is told: channels and patterns together, or shard channels. */
  count(kind: SubscriptionKind): number {
    return kind === SHARD_CHANNELS ? this.shardChannels.size : this.channels.size + this.patterns.size;
  }

  add(kind: SubscriptionKind, name: string): boolean {
    const names = this.of(kind);
    if (names.has(name)) return false;
    names.add(name);
    this.bytes += name.length + SUBSCRIPTION_BYTES;
    return true;
  }

  delete(kind: SubscriptionKind, name: string): boolean {
    if (!this.of(kind).delete(name)) return false;
    this.bytes -= name.length + SUBSCRIPTION_BYTES;
    return true;
  }
}
