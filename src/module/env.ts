// What the module host needs of its server. The server passes an object with this interface to `new ModuleHost(env)`;
// nothing under src/module knows more of the server than this.

import type { DeniedWhat } from '../acl/acl-log.ts';
import type { User } from '../acl/user.ts';
import type { Users } from '../acl/users.ts';
import type { CommandDocs } from '../commands/docs/doc.ts';
import type { CommandEntry } from '../commands/registry.ts';
import type { CommandSpec } from '../commands/spec.ts';
import type { Config } from '../config/config.ts';
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from '../store/db.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { Module } from './module.ts';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** What a module's call needs of a client; the server's Client is one. */
export interface ModuleClient {
  readonly id: number;
  /** The command line being executed; borrowed. */
  args: Args;
  /** Where its replies go; `out.resp` is its protocol version. */
  out: ReplyWriter;
  dbIndex: number;
  /** Whose permissions count for it. */
  readonly aclUser: User;
  /** The command it runs or ran last. */
  readonly lastCommand: CommandEntry | null;
}

/** A command that a module wants to be run (RM_Call). */
export interface ModuleCall {
  args: Args;
  /** The client on whose behalf, null for none. */
  client: ModuleClient | null;
  dbIndex: number;
  /** Protocol version that the reply is to be written in. */
  resp: 2 | 3;
  /** `!`, `A`, `R`: replicate to the AOF and to replicas. */
  propagateAof: boolean;
  propagateReplicas: boolean;
  /** `C`: check the ACL permissions of the client's (or the context's) user. */
  checkAcl: boolean;
  user: User | null;
  /** `S`, `W`, `M`, `D`: as a script may; no write commands; respect deny-oom; check only. */
  scriptMode: boolean;
  noWrites: boolean;
  respectDenyOom: boolean;
  dryRun: boolean;
  /** `K`: the command may block; otherwise it must not. */
  allowBlocking: boolean;
}

/** The reply of a call: the first `length` of `bytes` are protocol. */
export interface CallReply {
  bytes: Uint8Array;
  length: number;
  /** Texts of the errors in it (without `-`), which count as errors of the server when a client gets them. */
  errors: readonly string[];
}

/** A call whose command blocks. */
export interface PendingCall {
  /** Called in a batch of its own when the reply is there; the module host sets it. */
  onReply: ((reply: CallReply) => void) | null;
  /** Ends the wait, without a reply; false when it had ended already. */
  abort(): boolean;
}

/** Why a call was refused before it ran; `errno` is what RM_Call leaves in C's errno. */
export interface CallRefusal {
  errno: number;
  /** Error text with its code and without `-`; a reply of that text is returned where the module asked for errors. */
  message: string;
}

/** The data set, as modules reach it. Keys are byte ranges that are only read during the call. */
export interface ModuleData {
  readonly keyspace: Keyspace;
  /** Makes `dbIndex` the client's database, as SELECT does; false when there is none of that number. */
  selectDb(client: ModuleClient, dbIndex: number): boolean;
  /** Tells watchers and trackers that a key changed; counts nothing. */
  signalModified(db: Db, buf: Uint8Array, off: number, len: number): void;
  /** Tells clients that wait for an existing key that it has more for them. */
  signalReady(db: Db, buf: Uint8Array, off: number, len: number): void;
  /** Announces a keyspace event; `type` is one NOTIFY_ bit. */
  notify(type: number, event: string, db: Db, buf: Uint8Array, off: number, len: number): void;
  /** Counts a change of the data set and passes the command that repeats it on to the AOF and to replicas. */
  propagate(dbIndex: number, args: Args, aof: boolean, replicas: boolean): void;
  /** Deletes all keys of all databases; `lazy`: memory is freed later. */
  flushAll(lazy: boolean): void;
}

/** Why a client must not be blocked now. */
export type BlockRefusal = 'script' | 'transaction' | 'call';

/** A client's wait for a module. */
export interface ModuleWait {
  /** Milliseconds until `onTimeout`; 0: never. */
  readonly timeoutMs: number;
  /** Writes the reply for the timeout to the client. Null: CLIENT UNBLOCK does nothing, the timeout ends without reply. */
  readonly onTimeout: (() => void) | null;
  /** The time is up, whether the module has a reply for that or not; before `onTimeout`. */
  readonly onExpire: () => void;
  /** Whether the module has ended the wait already, so that a timeout comes too late. */
  readonly isEnding: () => boolean;
  /** How much has been replied that the client does not get before the end. */
  readonly unsentBytes: () => number;
  /** Called once when the wait is over for whatever reason, after the reply. */
  readonly onEnd: () => void;
}

/** Clients that wait for modules. */
export interface ModuleBlocking {
  refusal(client: ModuleClient): BlockRefusal | null;
  /** Whether the client waits, or is gone: a command need not reply to it. */
  isBlocked(client: ModuleClient): boolean;
  /** Blocks the client whose command is running. */
  block(client: ModuleClient, wait: ModuleWait): void;
  /**
   * Blocks it until a key has something for it: `serve` is told which of `keys` (byte strings), writes the answer to
   * `client.out` and says true, or says false, and the client goes on waiting. `wakesWhenGone`: also when a key is
   * deleted or gets another type.
   */
  blockOnKeys(
    client: ModuleClient,
    wait: ModuleWait,
    keys: readonly string[],
    wakesWhenGone: boolean,
    serve: (index: number) => boolean,
  ): void;
  /** Ends the wait; `reply` writes the answer to `client.out`, and returns the microseconds to account to the command. */
  unblock(client: ModuleClient, reply: () => number): void;
  /**
   * The client's wait has more `unsentBytes`; false when that is beyond the client's limits: it is closed, soon. May be
   * called at any moment, with or without the lock.
   */
  repliesGrow(client: ModuleClient): boolean;
  /** Runs `action` in a batch of its own, in the next turn of the event loop. */
  soon(action: () => void): void;
}

/** What a module answers when it is asked whether a client may log in; see `Authenticator` of the server. */
export type AuthenticatorAnswer = 'next' | 'later' | { readonly error: string | null };

/** Asks a module; `name` is a byte string. */
export type ModuleAuthenticator = (
  client: ModuleClient,
  name: string,
  password: Uint8Array,
  resume: (answer: AuthenticatorAnswer) => void,
) => AuthenticatorAnswer;

/** Users, and who is who. */
export interface ModuleAccess {
  /** The server's users. */
  readonly users: Users;
  /** Categories of commands that modules have added, in lower case; the module host keeps them. */
  readonly categories: Set<string>;
  /** Changes a user by rules, all of them or none; the text of the error, or null. */
  setRules(user: User, rules: readonly string[]): string | null;
  /**
   * Makes a user the client's; false for a client without a connection. `told` is called once when the client gets
   * another user or goes; `owner` stands for who wants to know.
   */
  logIn(client: ModuleClient, user: User, told: (() => void) | null, owner: object): boolean;
  /** Closes a client, which is nobody from now on. */
  logOut(client: ModuleClient): void;
  /** The same for all clients that `owner` wanted to know of. */
  logOutAllOf(owner: object): void;
  /** Closes the clients of a user who is no more. */
  closeClientsOf(user: User): void;
  /** Has a module asked before passwords are compared; the function returned ends that. */
  addAuthenticator(authenticator: ModuleAuthenticator): () => void;
  /** Adds to ACL LOG what a module has denied; `client` is the one it was denied to, if there is one. */
  noteDenied(client: ModuleClient | null, reason: DeniedWhat, object: string, username: string): void;
}

/** What a module may know of a client. Texts are byte strings. */
export interface ClientFacts {
  readonly id: number;
  /** '' without a name. */
  readonly name: string;
  readonly user: string;
  /** REDISMODULE_CLIENTINFO_FLAG_ bits. */
  readonly flags: number;
  /** Numeric address without port, or the path of a unix socket; '' without a connection. */
  readonly address: string;
  readonly port: number;
  readonly dbIndex: number;
}

/** What the server shows of fork children of modules. */
export interface ModuleForks {
  /** A child was made, which took so long. */
  started(tookUs: number): void;
  /** How far it is, 0 to 1 (below 0: unknown), and how much memory is its own. */
  progress(part: number, privateBytes: number): void;
  /** It has ended. */
  ended(): void;
}

/** State of the server and of its clients. */
export interface ModuleFacts {
  /** REDISMODULE_CTX_FLAGS_ bits, those of the client included. */
  contextFlags(client: ModuleClient | null): number;
  /** A client, connected or not; null when it is not one of the server's. */
  describe(client: ModuleClient): ClientFacts;
  /** Gives a client a name (a byte string), '' takes it away; false when the name holds a forbidden character. */
  setClientName(client: ModuleClient, name: string): boolean;
  /** Keeps an argument of the client's running command out of logs; false when there is no such argument. */
  redact(client: ModuleClient, index: number): boolean;
  /** The text of INFO for these sections. */
  info(sections: readonly string[]): string;
  /** Release of Redis whose behaviour is offered, `7.4.0`. */
  readonly redisVersion: string;
  /** Used memory over `maxmemory`, 0 without a limit. */
  memoryRatio(): number;
  /** Unix time of the running command in microseconds. */
  readonly cachedUs: number;
  /** Whether CLIENT PAUSE holds replicas' traffic up. */
  readonly paused: boolean;
  /** Adds a sample to LATENCY's history of an event when it is as long as the threshold. */
  addLatency(event: string, latencyMs: number): void;
}

/** What goes with a server event. */
export type EventDetails =
  | { readonly kind: 'none' }
  | { readonly kind: 'client'; readonly client: ModuleClient }
  /** `dbIndex` -1: all databases. */
  | { readonly kind: 'flush'; readonly dbIndex: number; readonly lazy: boolean }
  | { readonly kind: 'cron'; readonly hz: number }
  | { readonly kind: 'swap'; readonly first: number; readonly second: number }
  | { readonly kind: 'module'; readonly module: Module }
  /** Names of directives, byte strings. */
  | { readonly kind: 'config'; readonly names: readonly string[] };

/** Events of the server. Functions that are added run inside of what they are told of. */
export interface ModuleEvents {
  /** Calls `fn` for keyspace events of these types (NOTIFY_ bits), with one type at a time. Returns what ends it. */
  onKeyspaceEvent(
    types: number,
    fn: (type: number, event: string, dbIndex: number, buf: Uint8Array, off: number, len: number) => void,
  ): () => void;
  /** Sends a message to the subscribers of a channel, or of a shard channel; returns to how many. */
  publish(channel: Uint8Array, message: Uint8Array, shard: boolean): number;
  /** Runs `action` when the running execution unit has ended, as a part of it: no command is in the middle of its work. */
  afterUnit(action: () => void): void;
  /** NOTIFY_ bits of the directive `notify-keyspace-events`. */
  readonly notifyFlags: number;
  /** Calls `fn` for a server event (number as in `server-events.ts`). Returns what ends it. */
  watch(event: number, fn: (subevent: number, details: EventDetails) => void): () => void;
}

/** File descriptors that modules want to be told of. */
export interface ModuleDescriptors {
  /** Whether descriptors can be watched here. */
  readonly available: boolean;
  /** Sets what a descriptor is watched for; neither: it is not. Returns 0, or the errno of a refusal. */
  set(fd: number, readable: boolean, writable: boolean): number;
  /** Called in a unit of its own when a watched descriptor is ready; the module host sets it. */
  onReady: (fd: number, readable: boolean, writable: boolean) => void;
}

/** The server, as its modules see it. */
export interface ModuleEnv {
  readonly events: ModuleEvents;
  /** The configuration; modules add directives to it. */
  readonly directives: Config;
  readonly facts: ModuleFacts;
  readonly data: ModuleData;
  readonly blocking: ModuleBlocking;
  readonly descriptors: ModuleDescriptors;
  readonly forks: ModuleForks;

  /** Ends what was thrown in an API function and is no module's fault: a defect. Returns when the server is a guest. */
  fault(error: unknown): void;

  /** Writes to the server's log. */
  log(level: LogLevel, message: string): void;

  /** Whether a command of this name (lower case, top level) exists, built-in or of a module. */
  hasCommand(name: string): boolean;
  /**
   * Sets what sees every command line (`client.args`, which it may replace) before its command is looked up; `internal`:
   * the line comes from `call`. Null: nothing does.
   */
  setCommandFilter(filter: ((client: ModuleClient, internal: boolean) => void) | null): void;
  /** Adds a module's command; its name is free. The specification may be completed until the load ends. */
  addCommand(spec: CommandSpec, moduleName: string): void;
  /** A command that was added changed (subcommands, key specifications, ACL categories). */
  commandChanged(name: string): void;
  /** What COMMAND DOCS says of a command, by its full name. */
  setCommandDocs(fullName: string, docs: CommandDocs): void;
  removeCommand(name: string): void;

  /** The command that a command line names, subcommands resolved; null when there is none. */
  resolveCommand(args: Args): CommandEntry | null;

  /**
   * Runs a command and returns its reply (borrowed until the next call), or why it was refused; null after a dry run
   * that went well.
   */
  call(call: ModuleCall): CallReply | CallRefusal | PendingCall | null;
  /**
   * Serves other clients in the middle of a command, where that is possible: all but a few commands are refused, with
   * `reply` (or a text of the server's) behind BUSY.
   */
  serveOthers(reply: string | null): void;
  /** How long a command runs before others are served, and how often then, in milliseconds. */
  readonly yieldAfterMs: number;
  readonly yieldEveryMs: number;
  clientById(id: number): ModuleClient | null;
  /**
   * Whether a GET that is called now has no effect but its reply, the access clock, and what `countReads` counts: nothing
   * forbids or changes it, and nobody hears of it.
   */
  readsArePlain(): boolean;
  /** Counts GETs that were answered without being run, which have taken so long in all. */
  countReads(calls: number, microseconds: number): void;

  /** Runs `action` once, `delayMs` from now, outside of any command. Returns a function that cancels it. */
  schedule(delayMs: number, action: () => void): () => void;
  /** Runs `action` `hz` times a second. Returns a function that ends this. */
  onCron(action: () => void): () => void;

  /** Value of a directive as CONFIG GET shows it, null when there is none of that name. */
  configGet(name: string): string | null;
  /** Sets a directive as CONFIG SET does; null on success, otherwise the reason. */
  configSet(name: string, value: string): string | null;

  /** Whether the server is part of a cluster. */
  readonly clusterEnabled: boolean;
  readonly access: ModuleAccess;
}
