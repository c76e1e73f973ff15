/**
 * The contract between commands and the client they run for: what a command sees of its client and of the server.
 *
 * A command that writes goes through these steps, in this order; nothing else may stand between them:
 *
 *   1. look up     all keys it needs, for writing (`lookup.ts`): this expires them, so nothing expires later
 *   2. change      the values; go on with the refs that calls return
 *   3. modified    `c.modified(i)`: the change is counted, WATCH and tracking are told
 *   4. ready       `c.signalReady(i)` where an existing key became ready (a key that is added tells by itself)
 *   5. notify      `c.notify(NOTIFY_…, event, i)`: whoever is told may run any command, so no ref lives on
 *   6. propagate   nothing to do when the command may be repeated as it is; else `c.propagateAs(…)` and its kin
 *
 * Keys of other databases, or that are no arguments, have the variants `modifiedKey`, `notifyKey`, `signalReadyKey`.
 */
import type { User } from '../acl/user.ts';
import type { Connection } from '../net/transport.ts';
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { LatencySeries } from '../server/observe/latency-monitor.ts';
import type { MemoryReport } from '../server/observe/memory-use.ts';
import type { Server } from '../server/server.ts';
import type { ClientTracking } from '../server/tracking/client-tracking.ts';
import type { Db } from '../store/db.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { CommandEntry } from './registry.ts';

export type { LatencySeries, MemoryReport };

// Bits of `CommandClient.flags`.
export const CLIENT_MULTI = 1 << 0;
export const CLIENT_BLOCKED = 1 << 1;
export const CLIENT_CLOSE_AFTER_REPLY = 1 << 2;
/** Unlinked: nothing of it may be used any more. */
export const CLIENT_CLOSED = 1 << 3;
/** To be closed at the end of the round. */
export const CLIENT_CLOSE_ASAP = 1 << 4;
export const CLIENT_MONITOR = 1 << 5;
export const CLIENT_REPLY_OFF = 1 << 6;
export const CLIENT_REPLY_SKIP_NEXT = 1 << 7;
export const CLIENT_REPLY_SKIP = 1 << 8;
export const CLIENT_NO_EVICT = 1 << 9;
export const CLIENT_NO_TOUCH = 1 << 10;
export const CLIENT_PUBSUB = 1 << 11;
/** No connection behind it: commands of modules and of the library. */
export const CLIENT_INTERNAL = 1 << 12;
export const CLIENT_DIRTY_CAS = 1 << 13;
export const CLIENT_DIRTY_EXEC = 1 << 14;
/** A command that would block gives the reply of its timeout instead: in transactions, scripts, calls of modules. */
export const CLIENT_DENY_BLOCKING = 1 << 15;
/** Messages came for it while its command ran; they follow the reply. */
export const CLIENT_PUSHES = 1 << 16;
/** CLIENT CACHING: what is read next is tracked (OPTIN) or not (OPTOUT). */
export const CLIENT_TRACKING_CACHING = 1 << 17;
/** What CLIENT REPLY asks for is done already: each command of the transaction was answered or not. */
export const CLIENT_REPLY_MUTED = 1 << 18;

// Bits of `ClientTracking.options`.
export const TRACKING_ON = 1 << 0;
export const TRACKING_BCAST = 1 << 1;
export const TRACKING_OPTIN = 1 << 2;
export const TRACKING_OPTOUT = 1 << 3;
export const TRACKING_NOLOOP = 1 << 4;
/** The client that messages are redirected to is gone. */
export const TRACKING_BROKEN_REDIRECT = 1 << 5;

/** Whether anybody still wants the reply; commands whose replies have no natural end ask now and then. */
export function isHeard(c: CommandClient): boolean {
  return (c.flags & CLIENT_CLOSE_ASAP) === 0;
}

/** One argument of a command line to be propagated: a byte string (one character a byte), bytes, or an integer. */
export type CommandPart = string | Uint8Array | number | bigint;

// Who is to repeat a command; bits.
export const PROPAGATE_AOF = 1;
export const PROPAGATE_REPLICAS = 2;
export const PROPAGATE_ALL: number = PROPAGATE_AOF | PROPAGATE_REPLICAS;

/** What can be subscribed to. */
export type SubscriptionKindName = 'channels' | 'patterns' | 'shardChannels';

/** What a client waits for, as in CLIENT LIST and in the refusals of CLIENT UNBLOCK. */
export type BlockedKind = 'module' | 'keys' | 'wait' | 'pause' | 'config' | 'shutdown';

/** Why a client waits and what ends it. */
export interface BlockedState {
  readonly kind: BlockedKind;
  /** Unix time at which `onTimeout` is called; 0: never. */
  readonly timeoutAtMs: number;
  /** Writes the reply for the timeout (to `c.out`); CLIENT UNBLOCK … TIMEOUT calls it too. Absent: cannot time out. */
  readonly onTimeout?: (c: CommandClient) => void;
  /** The time is up, whether there is a reply for that or not; before `onTimeout`. CLIENT UNBLOCK does not call it. */
  readonly onExpire?: () => void;
  /** The connection is gone; the waiting thing must forget the client. */
  readonly onDisconnect?: (c: CommandClient) => void;
  /** Always called once, when the client stops waiting for whatever reason; after the reply, if there is one. */
  readonly onEnd?: (c: CommandClient) => void;
  /** Whether the end of the wait is on its way: then the timeout comes too late. */
  readonly isEnding?: () => boolean;
  /** How much of the reply is there already, waiting for the end; it counts for the client's output limits. */
  readonly unsentBytes?: () => number;
  timer?: NodeJS.Timeout;
  /** When blocking began, for the statistics. */
  readonly sinceUs: number;
}

/** `KeyWait.type`: a value of any type will do. */
export const ANY_TYPE = -1;

/**
 * A client's wait for keys of its current database; see `c.blockOnKeys`. BLPOP, for instance:
 *
 *     function blpop(c) {
 *       const timeoutAtMs = secondsTimeoutOrReply(c, c.args.argc - 1);
 *       if (Number.isNaN(timeoutAtMs)) return;
 *       for (let i = 1; i < c.args.argc - 1; i++) {
 *         const e = writeKeyOfType(c, i, TYPE_LIST);
 *         if (e !== 0) return e > 0 ? popAndReply(c, i) : undefined;   // popAndReply says c.propagateAs('LPOP', key)
 *       }
 *       c.blockOnKeys({
 *         keys: argKeys(c, 1, c.args.argc - 2),
 *         type: TYPE_LIST,
 *         timeoutAtMs,
 *         serve: (c, k) => popAndReply(c, 1 + k),
 *         onTimeout: (c) => c.out.nullArray(),
 *       });
 *     }
 */
export interface KeyWait {
  /** Byte strings; of equal ones the first counts. */
  readonly keys: readonly string[];
  /** TYPE_ of the values that can serve the client, or ANY_TYPE. */
  readonly type: number;
  /** Unix time in ms, 0: wait for ever. */
  readonly timeoutAtMs: number;
  /**
   * Key number `k` of `keys` may have something: answers the client as its command would, telling of changes in the same
   * way, and returns true; or returns false, having written and changed nothing, and the client goes on waiting.
   * `c.args` are still the command's; keys must be looked up anew.
   */
  readonly serve: (c: CommandClient, k: number) => boolean;
  /** Writes the reply for the timeout. It comes at once where the client may not be blocked. */
  readonly onTimeout: (c: CommandClient) => void;
  /** `serve` is called too when a key is deleted or gets another type (XREADGROUP). */
  readonly wakesWhenGone?: boolean;
}

/** What commands see of the server. Data commands need `c.keyspace` and `nowMs` and `config` of it, no more. */
export type CommandServer = Pick<
  Server,
  | 'acl'
  | 'aclFile'
  | 'activeExpire'
  | 'blocked'
  | 'changes'
  | 'clock'
  | 'commands'
  | 'config'
  | 'connections'
  | 'cron'
  | 'databases'
  | 'eviction'
  | 'forks'
  | 'hooks'
  | 'infoProviders'
  | 'keyspace'
  | 'lastSaveSeconds'
  | 'latency'
  | 'listeners'
  | 'loadedModules'
  | 'log'
  | 'memory'
  | 'modules'
  | 'nativeShim'
  | 'nowMs'
  | 'onShutdownRequest'
  | 'pause'
  | 'port'
  | 'pubsub'
  | 'readyKeys'
  | 'redisVersion'
  | 'replicationId'
  | 'runId'
  | 'runLocked'
  | 'settings'
  | 'slowlog'
  | 'startTimeMs'
  | 'stats'
  | 'supervised'
  | 'tracking'
  | 'transactions'
  | 'transport'
  | 'version'
>;

/** A client as its commands see it. */
export interface CommandClient {
  readonly id: number;
  readonly server: CommandServer;
  readonly keyspace: Keyspace;
  /** Null for callers without a connection: modules, scripts, the library. */
  readonly conn: Connection | null;
  /** The command line being executed; borrowed, see `Args`. */
  readonly args: Args;
  /** Where the reply goes. */
  readonly out: ReplyWriter;
  readonly db: Db;
  readonly dbIndex: number;
  /** Command in execution. */
  readonly command: CommandEntry | null;
  /** The command it runs or ran last. */
  readonly lastCommand: CommandEntry | null;
  resp: 2 | 3;
  /** CLIENT_ bits. */
  flags: number;
  /** Names are byte strings. */
  name: string;
  libName: string;
  libVer: string;
  /** Name of its user. */
  readonly user: string;
  readonly aclUser: User;
  readonly authenticated: boolean;
  readonly createdMs: number;
  readonly blocked: BlockedState | null;
  /** Its use of client-side caching; null: none so far. */
  readonly tracking: ClientTracking | null;

  /** Whether anybody listens to keyspace events; whoever does may change any key when told. */
  readonly notifies: boolean;
  /** Whether somebody repeats what commands do: without, the `propagate` calls and their arguments can be saved. */
  readonly propagates: boolean;

  /** Tells that the key in argument `keyIndex` of the current database changed, and counts `changes` of the data set. */
  modified(keyIndex: number, changes?: number): void;
  /** The same for any key; with `changes` 0 only those are told who watch the key. */
  modifiedKey(db: Db, buf: Uint8Array, off: number, len: number, changes?: number): void;

  /** Announces a keyspace event for the key in argument `keyIndex`; `type` is one of the NOTIFY_ bits. */
  notify(type: number, event: string, keyIndex: number): void;
  /** The same for any key. */
  notifyKey(type: number, event: string, db: Db, buf: Uint8Array, off: number, len: number): void;

  /** An existing key has something for clients that block on it. */
  signalReady(keyIndex: number): void;
  signalReadyKey(db: Db, buf: Uint8Array, off: number, len: number): void;

  /** What is propagated in place of the command line, when the command changed anything. The last call counts. */
  propagateAs(...parts: CommandPart[]): void;
  /** The command is not propagated by itself; what `alsoPropagate` adds is. */
  propagateNothing(): void;
  /** Propagates a command line for database `dbIndex` ahead of the command itself. */
  alsoPropagate(dbIndex: number, ...parts: CommandPart[]): void;

  selectDb(index: number): boolean;
  /** Subscribes to a channel or pattern (a byte string), and confirms it in `c.out`. */
  subscribe(kind: SubscriptionKindName, name: string): void;
  /** Ends a subscription, or with null all of the kind, and confirms it. */
  unsubscribe(kind: SubscriptionKindName, name: string | null): void;
  /** MULTI: what follows is queued. */
  beginTransaction(): void;
  /** EXEC, after MULTI: runs what was queued and writes the reply. */
  executeTransaction(): void;
  /** Ends a transaction, and forgets the watched keys. */
  discardTransaction(): void;
  /** Watches the key in argument `keyIndex`. */
  watch(keyIndex: number): void;
  /** Forgets the watched keys, and that any has changed. */
  unwatch(): void;
  /** Propagates the command (or what replaces it) to `targets`, PROPAGATE_ bits, though it changed nothing. */
  forcePropagation(targets: number): void;

  /** Makes the client wait for keys; the command writes no reply. To be called when no key has anything now. */
  blockOnKeys(wait: KeyWait): void;
  /** Makes the client wait for something else; the command writes no reply. Only where `mayBlock`. */
  block(state: BlockedState): void;
  /** Ends a wait that `block` began; `reply` writes the answer to `c.out`. Only inside of `server.runLocked`. */
  unblock(reply: ((c: CommandClient) => void) | null): void;
  /** Whether a command may make the client wait; where not it gives the reply of its timeout at once. */
  readonly mayBlock: boolean;
  /** Keeps argument i out of MONITOR, SLOWLOG and the log: it holds a secret. Call it before anything can fail. */
  redact(i: number): void;
  /** Whether the running command may read any key there might be, not only those that its arguments name. */
  readonly mayReadAnyKey: boolean;
  /**
   * AUTH and HELLO; `user` is a byte string. `done` gets null when the client is in, else the error with its code: now or,
   * when a module lets the client wait, later. It is not called when the module has written a reply.
   */
  authenticate(user: string, password: Uint8Array, done: (error: string | null) => void): void;
  /** CLIENT TRACKING ON with TRACKING_ bits, the id of who gets the messages (0: this client), and prefixes. */
  enableTracking(options: number, redirect: number, prefixes: readonly string[]): void;
  /** CLIENT TRACKING OFF. */
  disableTracking(): void;
  /** CLIENT NO-EVICT. */
  exemptFromEviction(exempt: boolean): void;
  /** RESET. */
  reset(): void;
  /** MONITOR: the client is told of all commands from now on. */
  monitor(): void;
  /** The client's line of CLIENT LIST. */
  describe(): string;
}
