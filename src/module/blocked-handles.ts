// Clients that a module blocked: what RM_BlockClient returns, and threads reply to.
//
// A blocked client lives until RM_UnblockClient was called for it and the main loop has dealt with that, whatever happens
// to the client meanwhile: it may time out, be unblocked by CLIENT UNBLOCK, or go away. From then on `client` is null,
// and all that is left to do is to free the private data.

import { ReplyWriter } from '../protocol/reply.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { BlockedPhase, ContextKind, type ModuleContext } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import type { BlockRefusal, ModuleClient, ModuleWait } from './env.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';
import type { AuthAttempt } from './module-authentication.ts';
import { withArgv } from './module-command.ts';
import { withName } from './native-types.ts';

const CMD_FUNC = 'int RedisModuleCmdFunc(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)';
const FREE_PRIVDATA = 'void free_privdata(RedisModuleCtx *ctx, void *privdata)';
const DISCONNECT = 'void disconnect(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc)';

const REFUSALS: Record<BlockRefusal, string> = {
  script: 'ERR Blocking module command called from Lua script',
  transaction: 'ERR Blocking module command called from transaction',
  call: 'ERR Blocking module command called from a call that must not block',
};
const IN_REPLY_CALLBACK = 'ERR Blocking module command called from a Reply callback context';
const OUT_OF_RANGE = 'ERR timeout is out of range';
/** Largest Unix time in ms that a timeout may end at. */
const MAX_TIME_MS = 9223372036854775807n;

export class BlockedClient {
  readonly module: Module;
  readonly handle: number;
  /** Null once the client waits no more. */
  client: ModuleClient | null;
  readonly dbIndex: number;
  readonly clientId: number;
  /** What threads replied so far; it goes to the client when that is unblocked, and counts for its output limits. */
  readonly replies = new ReplyWriter(1024);
  /** Nobody will get the replies any more: what threads go on replying goes nowhere. */
  silent = false;
  /** Texts of the errors among it, which count when they are sent. */
  readonly errors: string[] = [];
  privateData: number | bigint = 0;
  reply: NativeFunction | null = null;
  timeout: NativeFunction | null = null;
  disconnect: NativeFunction | null = null;
  /** The login that the client waits with. */
  login: AuthAttempt | null = null;
  freePrivateData: NativeFunction | null = null;
  /** What keys it waits for; null: for the module alone. */
  keys: KeysWanted | null = null;
  /** RM_UnblockClient was called. */
  unblocked = false;
  /** Start of the measurement in background, in microseconds; -1: none. */
  measuredFromUs = -1;
  backgroundUs = 0;

  constructor(module: Module, client: ModuleClient) {
    this.module = module;
    this.handle = blockedClients.create(this);
    this.client = client;
    this.dbIndex = client.dbIndex;
    this.clientId = client.id;
    this.replies.resp = client.out.resp;
    this.replies.onError = (text) => this.errors.push(text);
    this.replies.onGrow = () => this.repliesGrow();
  }

  /** A client that gets more than its limits allow is let go. */
  private repliesGrow(): void {
    const { client, module } = this;
    if (client === null || module.host.closed || !module.host.env.blocking.repliesGrow(client)) this.silence();
  }

  /** From now on replies go nowhere. The writer stays as it is: one of its functions may be at work. */
  silence(): void {
    if (this.silent) return;
    this.silent = true;
    this.module.host.contexts.silence(this);
  }
}

/** All blocked clients that modules hold. */
export const blockedClients: HandleTable<BlockedClient> = new HandleTable<BlockedClient>(HandleKind.BlockedClient);

/** Addresses of the module's functions; 0 for none. */
export interface BlockCallbacks {
  readonly reply: number;
  readonly timeout: number;
  readonly freePrivateData: number;
}

/** The keys of RM_BlockClientOnKeys. */
export interface KeysWanted {
  /** Byte strings. */
  readonly names: readonly string[];
  /** The module wants to know, too, of keys that are deleted or get another type. */
  readonly wakesWhenGone: boolean;
}

function bindOrNull(signature: string, address: number): NativeFunction | null {
  return address === 0 ? null : bindCallback(signature, address);
}

/**
 * Blocks the client of a context. Where that is not allowed, the client gets an error, and the module a blocked client
 * without client, which it has to unblock all the same.
 */
export function blockClient(
  context: ModuleContext,
  client: ModuleClient,
  callbacks: BlockCallbacks,
  timeoutMs: number | bigint,
  keys: KeysWanted | null = null,
): BlockedClient {
  const { blocking } = context.host.env;
  const module = context.module!;
  const bc = new BlockedClient(module, client);
  bc.keys = keys;
  bc.reply = bindOrNull(CMD_FUNC, callbacks.reply);
  bc.timeout = bindOrNull(CMD_FUNC, callbacks.timeout);
  bc.freePrivateData = bindOrNull(FREE_PRIVDATA, callbacks.freePrivateData);
  module.blockedClients++;
  const refusal = blocking.refusal(client);
  let error: string | null = null;
  if (BigInt(timeoutMs) > MAX_TIME_MS - BigInt(Date.now())) error = OUT_OF_RANGE;
  else if (refusal !== null) error = REFUSALS[refusal];
  else if (context.phase === BlockedPhase.Reply) error = IN_REPLY_CALLBACK;
  if (error !== null) {
    bc.client = null;
    bc.silence();
    context.out?.error(error);
    // One that waits for keys needs not be unblocked by the module, so that nobody else would forget it.
    if (keys !== null) blocking.soon(() => forget(bc));
    return bc;
  }
  const wait: ModuleWait = {
    timeoutMs: Number(timeoutMs),
    onTimeout: bc.timeout === null ? null : () => timedOut(bc),
    // The module wanted the timeout: it is not told that the client went away.
    onExpire: () => {
      bc.disconnect = null;
    },
    isEnding: () => bc.unblocked,
    unsentBytes: () => bc.replies.pos,
    onEnd: () => ended(bc),
  };
  if (keys === null) blocking.block(client, wait);
  else blocking.blockOnKeys(client, wait, keys.names, keys.wakesWhenGone, (i) => serve(bc, keys.names[i]!));
  if (keys === null) context.host.expectThread();
  return bc;
}

/** A key is ready: whether the reply callback has served the client. */
function serve(bc: BlockedClient, key: string): boolean {
  const { client, module, reply } = bc;
  if (bc.unblocked || client === null || reply === null) return false;
  const name = Buffer.from(key, 'latin1');
  const served = withName(name, 0, name.length, (handle) =>
    callWithArgv(bc, client, BlockedPhase.Reply, reply, handle),
  );
  if (Number(served) !== 0 || module.host.closed) return false;
  bc.disconnect = null;
  sendReplies(bc, client);
  return true;
}

/** RM_UnblockClient: the main loop answers the client in its next turn. False when that was asked for before. */
export function unblockClient(bc: BlockedClient, privateData: number | bigint): boolean {
  if (bc.unblocked) return false;
  bc.unblocked = true;
  if (bc.keys === null) bc.privateData = privateData;
  if (bc.module.host.closed) {
    blockedClients.delete(bc.handle);
    return true;
  }
  bc.module.host.env.blocking.soon(() => finish(bc));
  return true;
}

/**
 * Ends the waits of a server that ends: their modules are not called any more. Threads of modules that stay in memory
 * may still use what they hold, until they unblock it.
 */
export function forgetBlockedClients(host: ModuleHost, staying: ReadonlySet<Module>): void {
  blockedClients.forEach((bc, handle) => {
    if (bc.module.host !== host) return;
    bc.client = null;
    bc.disconnect = null;
    bc.timeout = null;
    bc.reply = null;
    bc.freePrivateData = null;
    if (!staying.has(bc.module)) blockedClients.delete(handle);
  });
}

/** Sets what is called when the client goes away; 0 for nothing. */
export function setDisconnectCallback(bc: BlockedClient, address: number): void {
  bc.disconnect = bindOrNull(DISCONNECT, address);
}

/** RM_BlockedClientMeasureTimeStart at a time of the monotonic clock, in microseconds. */
export function measureStart(handle: number, us: number): void {
  blockedClients.get(handle).measuredFromUs = us;
}

/** RM_BlockedClientMeasureTimeEnd; false when nothing was begun. */
export function measureEnd(handle: number, us: number): boolean {
  const bc = blockedClients.get(handle);
  if (bc.measuredFromUs < 0) return false;
  bc.backgroundUs += us - bc.measuredFromUs;
  return true;
}

/** Answers the client, if it still waits, and forgets the blocked client. */
function finish(bc: BlockedClient): void {
  const { client, module } = bc;
  // The server ended meanwhile.
  if (blockedClients.find(bc.handle) !== bc) return;
  if (module.host.closed) {
    blockedClients.delete(bc.handle);
    return;
  }
  bc.disconnect = null;
  if (client !== null) {
    module.host.env.blocking.unblock(client, () => {
      // Whoever waits for keys did so in vain.
      if (bc.keys === null) answer(bc, client);
      else if (bc.timeout !== null) callWithArgv(bc, client, BlockedPhase.Timeout, bc.timeout);
      return bc.backgroundUs;
    });
  }
  freePrivateData(bc, null);
  forget(bc);
}

function forget(bc: BlockedClient): void {
  if (blockedClients.find(bc.handle) !== bc) return;
  blockedClients.delete(bc.handle);
  bc.module.blockedClients--;
}

/** The reply callback's reply, then what threads replied. */
function answer(bc: BlockedClient, client: ModuleClient): void {
  const { reply, login } = bc;
  let goOn = (): void => {};
  if (login !== null) goOn = login.decide((context) => prepare(context, bc, BlockedPhase.Reply));
  else if (reply !== null) callWithArgv(bc, client, BlockedPhase.Reply, reply);
  freePrivateData(bc, client);
  sendReplies(bc, client);
  goOn();
}

/** Sends what threads replied. */
function sendReplies(bc: BlockedClient, client: ModuleClient): void {
  const { replies } = bc;
  const { out } = client;
  out.raw(replies.take());
  out.errorCount += bc.errors.length;
  for (const text of bc.errors) out.onError?.(text);
}

/** The time is up, or CLIENT UNBLOCK says so. The module still has to call RM_UnblockClient. */
function timedOut(bc: BlockedClient): void {
  const { client } = bc;
  bc.disconnect = null;
  if (client === null) return;
  // Unblocked by the module just before: that reply counts.
  if (bc.unblocked && bc.keys === null) answer(bc, client);
  else callWithArgv(bc, client, BlockedPhase.Timeout, bc.timeout!);
}

/** The client waits no more. When that is neither the module's doing nor a timeout, the module is told. */
function ended(bc: BlockedClient): void {
  const { client, disconnect, module } = bc;
  if (disconnect !== null) {
    bc.disconnect = null;
    module.host.callModule(module, ContextKind.Blocked, client, null, (context) => {
      prepare(context, bc, BlockedPhase.Disconnect);
      disconnect(context.addr, bc.handle);
    });
  }
  bc.client = null;
  bc.silence();
  bc.replies.reset();
  // The module has not asked for the end, so that it is over with this.
  if (bc.keys === null || bc.unblocked || client === null) return;
  freePrivateData(bc, module.host.env.blocking.isBlocked(client) ? null : client);
  forget(bc);
}

function prepare(context: ModuleContext, bc: BlockedClient, phase: BlockedPhase): void {
  context.phase = phase;
  context.privateData = bc.privateData;
  context.blocked = bc;
}

function callWithArgv(
  bc: BlockedClient,
  client: ModuleClient,
  phase: BlockedPhase,
  callback: NativeFunction,
  readyKey = 0,
): number | bigint {
  const { module } = bc;
  return module.host.callModule(module, ContextKind.Blocked, client, client.out, (context) => {
    prepare(context, bc, phase);
    context.readyKey = readyKey;
    return withArgv(module.host, client.args, (argv, argc) => callback(context.addr, argv, argc));
  });
}

/** Frees the private data, once; `client` is null when the client is gone. */
function freePrivateData(bc: BlockedClient, client: ModuleClient | null): void {
  const { freePrivateData: free, module, privateData } = bc;
  bc.freePrivateData = null;
  if (free === null || Number(privateData) === 0) return;
  module.host.callModule(module, ContextKind.Blocked, client, null, (context) => {
    prepare(context, bc, client === null ? BlockedPhase.Disconnected : BlockedPhase.None);
    free(context.addr, privateData);
  });
}
