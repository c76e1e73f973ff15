// RedisModuleCtx: the native side and the JavaScript side.
//
// To a module a context is an address. All contexts of the process are pages of one reserved range of 256 MiB of
// address space (no memory), so that the record of a context is `records[(address - base) / 4096]`. A page is either an
// alias of its server's lock (thread-contexts.ts), or, for the one context that OnLoad gets, private memory that starts with
// the address of GetApi, which RedisModule_Init reads.
//
// Contexts of calls (commands, timers, events, ...) come from a stack per server, because calls nest: `enter` and `leave`
// are a few stores. Contexts that a module keeps (thread-safe, detached) are made and freed one by one; the address of
// a freed one is reused last, so that its use is noticed.

import type { User } from '../../acl/user.ts';
import type { ReplyWriter } from '../../protocol/reply.ts';
import { Activity } from '../activity.ts';
import type { BlockedClient } from '../blocked-handles.ts';
import type { ModuleClient } from '../env.ts';
import { endForkChild, forkFlag } from '../fork-child.ts';
import type { ModuleHost } from '../host.ts';
import { reportMisuse } from '../misuse.ts';
import type { Module } from '../module.ts';
import type { ModuleCommand } from '../module-command.ts';
import { runtime } from '../runtime.ts';
import { formatHandle, HandleError, type HandleKind, MisuseError } from './handles.ts';
import {
  free,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  malloc,
  mmap,
  PAGE_BYTES,
  PROT_NONE,
  PROT_READ_WRITE,
  writePtr,
} from './native-memory.ts';
import type { ModuleLock } from './thread-contexts.ts';

const MAX_CONTEXTS = 1 << 16;
/** Low addresses are small integers to V8: no heap number per callback argument. A wish, not a condition. */
const WISHED_BASE = 0x60000000;
/** RM_PoolAlloc takes at least this much from malloc at once. */
const POOL_BLOCK_BYTES = 8192;

/** What a context is for; see `ModuleContext.kind`. */
export const ContextKind = {
  /** Not in use. */
  Free: 0,
  /** OnLoad, OnUnload, timers, events, filters and other calls without a client of their own. */
  Call: 1,
  /** A command of the module. */
  Command: 2,
  /** The reply, timeout or disconnect callback of a blocked client. */
  Blocked: 3,
  /** RM_GetThreadSafeContext and RM_GetDetachedThreadSafeContext. */
  ThreadSafe: 4,
} as const;
export type ContextKind = (typeof ContextKind)[keyof typeof ContextKind];

/** Which callback of a blocked client a context is for. */
export const BlockedPhase = {
  None: 0,
  Reply: 1,
  Timeout: 2,
  /** The client went away while it waited. */
  Disconnect: 3,
  /** Private data is freed after the client went away. */
  Disconnected: 4,
} as const;
export type BlockedPhase = (typeof BlockedPhase)[keyof typeof BlockedPhase];

/** A module used a context that is not (or no longer) one. */
export class ContextError extends MisuseError {
  constructor(addr: number, freed: boolean) {
    super(
      freed
        ? `the RedisModuleCtx ${formatHandle(addr)} after its call or life ended`
        : `${formatHandle(addr)}, which is no RedisModuleCtx`,
    );
  }
}

/** What a command with `getkeys-api` or `getchannels-api` answers to the question for its keys or channels. */
export interface PositionRequest {
  readonly kind: 'keys' | 'channels';
  /** Indexes of arguments, and the flags (REDISMODULE_CMD_KEY_* or REDISMODULE_CMD_CHANNEL_*) of each. */
  readonly found: { index: number; flags: number }[];
}

/** The JavaScript side of one RedisModuleCtx. */
export class ModuleContext {
  readonly addr: number;
  readonly host: ModuleHost;
  kind: ContextKind = ContextKind.Free;
  /** Null only in OnLoad before RedisModule_Init. */
  module: Module | null = null;
  /** The client whose command (or whose blocked command) this is; null where there is none. */
  client: ModuleClient | null = null;
  /** The command that runs, in contexts of kind Command. */
  command: ModuleCommand | null = null;
  /** The blocked client that a thread-safe context or a reply callback works for. */
  blocked: BlockedClient | null = null;
  phase: BlockedPhase = BlockedPhase.None;
  /** The private data of the blocked client whose callback this is. */
  privateData: number | bigint = 0;
  /** Handle of the name of the key that is ready, in reply callbacks of clients that wait for keys; 0: none. */
  readyKey = 0;
  /** Unix time in microseconds before which RM_Yield does nothing; 0: not asked for yet. */
  nextYieldUs = 0;
  /** Where replies go; null where the module must not reply. */
  out: ReplyWriter | null = null;
  /** Database that keys are opened in. */
  dbIndex = 0;
  /** RM_AutoMemory was called. */
  autoMemory = false;
  /** Handles to free at the end, in order of creation; entries set to 0 were freed or kept by the module. */
  readonly autoHandles: number[] = [];
  readonly autoKinds: HandleKind[] = [];
  /** Handles of the keys that are open, the latest last. */
  readonly openKeys: number[] = [];
  /** Set while a command is only asked which of its arguments are keys or channels. */
  positions: PositionRequest | null = null;
  /** Marks of aggregates whose length is to come, innermost last; see `ReplyWriter.defer`. */
  readonly postponed: number[] = [];
  /** Replies that are to come until the call has written one whole reply, as the shim counts them; -1: it does not. */
  pendingReplies = -1;
  /** Position of `out` behind what was counted. */
  settledAt = 0;
  /** Blocks of RM_PoolAlloc. */
  readonly poolBlocks: number[] = [];
  poolNext = 0;
  poolEnd = 0;
  /** RM_SetContextUser: whose permissions count in place of the client's. */
  user: User | null = null;
  /** What a section wants to remember for the time of the call, by its own key; usually empty. */
  extra: Map<string, unknown> | null = null;
  /** The call that this one interrupted. */
  outer: ModuleContext | null = null;

  constructor(addr: number, host: ModuleHost) {
    this.addr = addr;
    this.host = host;
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Pages

let base = 0;
let pagesUsed = 0;
const records: (ModuleContext | undefined)[] = [];
const freePages: number[] = [];

function takePage(): number {
  if (base === 0) {
    base = mmap(WISHED_BASE, MAX_CONTEXTS * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  }
  // Oldest first, and never the page that was freed just now.
  if (freePages.length > 32 || pagesUsed === MAX_CONTEXTS) {
    const page = freePages.shift();
    if (page === undefined) throw new MisuseError(`no context: there are ${MAX_CONTEXTS} of them`);
    return page;
  }
  return base + PAGE_BYTES * pagesUsed++;
}

/** Takes the page's memory away, so that using the dead context's address faults, and lets it be reused. */
function givePage(addr: number): void {
  mmap(addr, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1);
  freePages.push(addr);
}

/** The context at an address that a module passed. Throws ContextError when there is none in use. */
export function contextAt(addr: number): ModuleContext {
  const context = records[(addr - base) >> 12];
  if (context === undefined || context.addr !== addr) throw new ContextError(addr, false);
  if (context.kind === ContextKind.Free) throw new ContextError(addr, true);
  return context;
}

/** The context in use at an address, null when there is none. */
export function findContext(addr: number): ModuleContext | null {
  const context = records[(addr - base) >> 12];
  return context === undefined || context.addr !== addr || context.kind === ContextKind.Free ? null : context;
}

/** The server of a context that is or was at an address; null when there was none, or the server is gone. */
export function hostOfContext(addr: number): ModuleHost | null {
  const context = records[(addr - base) >> 12];
  return context === undefined || context.addr !== addr ? null : context.host;
}

/** The context at an address, null for NULL; for functions whose context may be NULL (RM_CreateString and others). */
export function contextOrNull(addr: number): ModuleContext | null {
  return addr === 0 ? null : contextAt(addr);
}

// ---------------------------------------------------------------------------------------------------------------
// A server's contexts

/** How automatic memory frees a handle of each kind; sections that create handles register theirs. */
const autoFree = new Map<HandleKind, (context: ModuleContext, handle: number) => void>();

/** Registers how handles of a kind are freed at the end of a context with automatic memory. */
export function registerAutoFree(kind: HandleKind, freeHandle: (context: ModuleContext, handle: number) => void): void {
  autoFree.set(kind, freeHandle);
}

/** Notes a new handle for automatic memory, where that is on. Call it with every handle a module must free. */
export function autoMemoryAdd(context: ModuleContext | null, kind: HandleKind, handle: number): void {
  if (context?.autoMemory !== true) return;
  context.autoHandles.push(handle);
  context.autoKinds.push(kind);
}

/** The module freed (or keeps) a handle itself. True when automatic memory had it. */
export function autoMemoryFreed(context: ModuleContext | null, handle: number): boolean {
  if (context === null || !context.autoMemory) return false;
  const index = context.autoHandles.lastIndexOf(handle);
  if (index < 0) return false;
  context.autoHandles[index] = 0;
  return true;
}

let closeKey: (handle: number) => void = () => {};

/** Registers how keys are closed that a module left open. */
export function registerKeyCloser(close: (handle: number) => void): void {
  closeKey = close;
}

/** Closes the keys that the call left open: behind its context they cannot be used any more. */
function closeLeftKeys(context: ModuleContext): void {
  const count = context.openKeys.length;
  for (let i = count - 1; i >= 0; i--) closeKey(context.openKeys[i]!);
  reportMisuse(
    context.host,
    context.module,
    `RedisModule_CloseKey() was not called for ${count} of the keys opened with RedisModule_OpenKey().`,
  );
}

/** All contexts of one server. */
export class ContextPool {
  private readonly host: ModuleHost;
  private readonly lock: ModuleLock;
  private readonly stack: ModuleContext[] = [];
  private depth = 0;
  private readonly kept = new Set<ModuleContext>();
  readonly activity = new Activity();

  constructor(host: ModuleHost, lock: ModuleLock) {
    this.host = host;
    this.lock = lock;
  }

  /** Calls into modules that are going on, each inside the one before. */
  get nesting(): number {
    return this.depth;
  }

  /** A context for a call into `module` that starts now. Calls end in reverse order, with `leave`. */
  enter(kind: ContextKind, module: Module | null, client: ModuleClient | null, out: ReplyWriter | null): ModuleContext {
    let context = this.stack[this.depth];
    if (context === undefined) {
      context = this.create(true);
      this.stack.push(context);
    }
    if (this.depth++ === 0) this.activity.begin(module === null ? 0 : module.activityNumber);
    context.kind = kind;
    context.module = module;
    context.client = client;
    context.out = out;
    context.dbIndex = client === null ? 0 : client.dbIndex;
    context.outer = runtime.current;
    runtime.current = context;
    return context;
  }

  /** Ends the innermost call's context. */
  leave(context: ModuleContext): void {
    if (forkFlag[0] !== 0) endForkChild();
    if (--this.depth === 0) this.activity.end();
    if (this.stack[this.depth] !== context) throw new Error('Contexts of module calls must end in reverse order');
    this.finish(context);
    runtime.current = context.outer;
    context.outer = null;
  }

  /** The context of OnLoad: the first word of its memory is the address of GetApi. Ends with `release`. */
  createOnLoad(getApi: number): ModuleContext {
    const context = this.create(false);
    mmap(context.addr, PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
    writePtr(context.addr, getApi);
    context.kind = ContextKind.Call;
    this.kept.add(context);
    return context;
  }

  /** A context that threads may lock; it lives until `release`. */
  createThreadSafe(module: Module | null, client: ModuleClient | null): ModuleContext {
    return this.makeThreadSafe(this.createForThread(), module, client);
  }

  /** Makes contexts that the shim gives to threads which ask for one; see `adopt`. */
  fillSpares(spares: { give(addr: number): boolean }): void {
    for (;;) {
      const context = this.createForThread();
      if (spares.give(context.addr)) continue;
      this.discard(context);
      return;
    }
  }

  /** A thread was given the spare context at `addr`. */
  adopt(addr: number, module: Module | null, client: ModuleClient | null): ModuleContext {
    const context = records[(addr - base) / PAGE_BYTES];
    if (context?.addr !== addr || context.kind !== ContextKind.Free) throw new Error('no spare context');
    return this.makeThreadSafe(context, module, client);
  }

  /** Takes a spare context back. */
  takeSpare(addr: number): void {
    this.discard(records[(addr - base) / PAGE_BYTES]!);
  }

  private discard({ addr }: ModuleContext): void {
    records[(addr - base) / PAGE_BYTES] = undefined;
    this.givePage(addr, true);
  }

  private createForThread(): ModuleContext {
    const context = this.create(false);
    this.lock.mapForThread(context.addr, base);
    return context;
  }

  /** What a thread has of the lock's is no memory where the lock needs none. */
  private givePage(addr: number, forThread: boolean): void {
    if (forThread && !this.lock.mapsForThreads) freePages.push(addr);
    else givePage(addr);
  }

  private makeThreadSafe(context: ModuleContext, module: Module | null, client: ModuleClient | null): ModuleContext {
    context.kind = ContextKind.ThreadSafe;
    context.module = module;
    context.client = client;
    if (client !== null) context.dbIndex = client.dbIndex;
    this.kept.add(context);
    this.lock.addUser();
    return context;
  }

  /** Ends a context made by `createOnLoad` or `createThreadSafe`. */
  release(context: ModuleContext): void {
    const forThread = context.kind === ContextKind.ThreadSafe;
    if (forThread) this.lock.removeUser();
    this.finish(context);
    this.kept.delete(context);
    this.givePage(context.addr, forThread);
  }

  /** Replies in the contexts that threads have for a blocked client go nowhere from now on. */
  silence(blocked: BlockedClient): void {
    for (const context of this.kept) if (context.blocked === blocked) context.out = null;
  }

  /** Releases what module `module` kept (its thread-safe contexts); returns how many there were. */
  releaseAllOf(module: Module): number {
    let count = 0;
    for (const context of [...this.kept]) {
      if (context.module !== module) continue;
      this.release(context);
      count++;
    }
    return count;
  }

  /** Ends all contexts but those of modules that stay in memory, which their threads may use; the server is going away. */
  close(staying: ReadonlySet<Module>): void {
    for (const context of [...this.kept]) {
      // Nobody knows whose the contexts without a module are.
      const stays = context.module === null ? staying.size > 0 : staying.has(context.module);
      if (stays) this.leaveToThread(context);
      else this.release(context);
    }
    for (const context of this.stack) givePage(context.addr);
    this.stack.length = 0;
    for (let page = 0; page < pagesUsed; page++) {
      const record = records[page];
      if (record?.host === this.host && !this.kept.has(record)) records[page] = undefined;
    }
  }

  /** Takes away from a context what belonged to the server. */
  private leaveToThread(context: ModuleContext): void {
    for (let i = context.openKeys.length - 1; i >= 0; i--) closeKey(context.openKeys[i]!);
    context.client = null;
  }

  /** A new context; also after the end, for threads that go on. */
  private create(alias: boolean): ModuleContext {
    const addr = takePage();
    if (alias) this.lock.mapAt(addr, base);
    const context = new ModuleContext(addr, this.host);
    records[(addr - base) / PAGE_BYTES] = context;
    return context;
  }

  /** Frees what the call left behind and makes the record ready for the next. */
  private finish(context: ModuleContext): void {
    if (context.autoMemory) collectAutoMemory(context);
    if (context.openKeys.length > 0) closeLeftKeys(context);
    if (context.poolBlocks.length > 0) releasePool(context);
    if (context.postponed.length > 0) this.reportPostponed(context);
    context.extra = null;
    context.user = null;
    context.positions = null;
    context.client = null;
    context.command = null;
    context.blocked = null;
    context.phase = BlockedPhase.None;
    context.privateData = 0;
    context.readyKey = 0;
    context.nextYieldUs = 0;
    context.out = null;
    context.module = null;
    context.kind = ContextKind.Free;
  }

  private reportPostponed(context: ModuleContext): void {
    context.postponed.length = 0;
    reportMisuse(
      this.host,
      context.module,
      'RedisModule_ReplyWith*(REDISMODULE_POSTPONED_LEN) not matched by the same number of ' +
        'RedisModule_SetReply*Len() calls.',
    );
  }
}

function collectAutoMemory(context: ModuleContext): void {
  context.autoMemory = false;
  const handles = context.autoHandles;
  for (let i = handles.length - 1; i >= 0; i--) {
    const handle = handles[i]!;
    if (handle !== 0) collect(context, context.autoKinds[i]!, handle);
  }
  handles.length = 0;
  context.autoKinds.length = 0;
}

/** Frees one handle, which the module may have freed behind the context's back. */
function collect(context: ModuleContext, kind: HandleKind, handle: number): void {
  try {
    autoFree.get(kind)?.(context, handle);
  } catch (error) {
    if (!(error instanceof HandleError)) throw error;
    reportMisuse(context.host, context.module, `automatic memory was given ${error.message}`);
  }
}

function releasePool(context: ModuleContext): void {
  for (const block of context.poolBlocks) free(block);
  context.poolBlocks.length = 0;
  context.poolNext = 0;
  context.poolEnd = 0;
}

/** RM_PoolAlloc: memory that is freed with the context. Aligned to the word, or to the size when that is smaller. */
export function poolAlloc(context: ModuleContext, sizeBytes: number): number {
  if (sizeBytes === 0) return 0;
  let align = 8;
  while (align > sizeBytes && align > 1) align >>= 1;
  const next = Math.ceil(context.poolNext / align) * align;
  if (next + sizeBytes <= context.poolEnd && context.poolNext !== 0) {
    context.poolNext = next + sizeBytes;
    return next;
  }
  const blockBytes = Math.max(sizeBytes, POOL_BLOCK_BYTES);
  const block = malloc(blockBytes);
  context.poolBlocks.push(block);
  context.poolNext = block + sizeBytes;
  context.poolEnd = block + blockBytes;
  return block;
}
