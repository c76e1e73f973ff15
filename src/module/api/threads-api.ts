// Contexts for threads, and the lock around them; module/abi/thread-contexts.ts explains how it works.

import { type ApiFunction, api, libcApi } from '../abi/api-table.ts';
import { ContextKind, contextAt, hostOfContext, type ModuleContext } from '../abi/contexts.ts';
import { MisuseError } from '../abi/handles.ts';
import { type BlockedClient, blockedClients } from '../blocked-handles.ts';
import type { ModuleHost } from '../host.ts';
import { currentHost, runtime } from '../runtime.ts';

/** A context for the threads that work for a blocked client, or for nobody. */
function threadSafeContext(bc: number): ModuleContext {
  if (bc === 0) return hostOfThread().contexts.createThreadSafe(runtime.current?.module ?? null, null);
  const blocked = blockedClients.get(bc);
  return forBlocked(blocked.module.host.contexts.createThreadSafe(blocked.module, blocked.client), blocked);
}

function forBlocked(context: ModuleContext, blocked: BlockedClient): ModuleContext {
  context.blocked = blocked;
  context.dbIndex = blocked.dbIndex;
  context.out = blocked.silent ? null : blocked.replies;
  return context;
}

/** A thread has got a spare context for a blocked client, or for nobody. */
export function adoptContext(bc: number, addr: number): void {
  const blocked = bc === 0 ? undefined : blockedClients.find(bc);
  const host = blocked?.module.host ?? hostOfThread();
  const context = host.contexts.adopt(addr, blocked?.module ?? null, blocked?.client ?? null);
  if (blocked !== undefined) forBlocked(context, blocked);
  host.offerContexts();
  // What it asked for is told as it is where it waits for the answer.
  if (bc !== 0) blockedClients.get(bc);
}

/** The server of a thread that does not say whose it is, which may have ended: a thread must get a context then too. */
function hostOfThread(): ModuleHost {
  const ended = [...runtime.endedHosts].at(-1);
  return runtime.hosts.length === 0 && ended !== undefined ? ended : currentHost();
}

/** Unlocks for a context that may be freed already: the lock must not stay taken for that. The misuse is told all the same. */
function unlock(ctx: number): void {
  hostOfContext(ctx)?.lock.unlockFromThread();
  contextAt(ctx);
}

export const threads: ApiFunction[] = [
  api(
    '4.0',
    'RedisModuleCtx *RedisModule_GetThreadSafeContext(RedisModuleBlockedClient *bc)',
    0,
    (bc: number) => threadSafeContext(bc).addr,
  ),
  api('6.0', 'RedisModuleCtx *RedisModule_GetDetachedThreadSafeContext(RedisModuleCtx *ctx)', 0, (ctx: number) => {
    const { host, module } = contextAt(ctx);
    return host.contexts.createThreadSafe(module, null).addr;
  }),
  api('4.0', 'void RedisModule_FreeThreadSafeContext(RedisModuleCtx *ctx)', undefined, (ctx: number) => {
    const context = contextAt(ctx);
    if (context.kind !== ContextKind.ThreadSafe) throw new MisuseError('a context that is not a thread-safe one');
    context.host.contexts.release(context);
  }),
  // The context is the semaphore. An interrupted wait cannot happen: node installs its handlers with SA_RESTART.
  libcApi('4.0', 'void RedisModule_ThreadSafeContextLock(RedisModuleCtx *ctx)', 'sem_wait', null, { shim: true }),
  libcApi('6.0', 'int RedisModule_ThreadSafeContextTryLock(RedisModuleCtx *ctx)', 'sem_trywait', null, { shim: true }),
  api(
    '4.0',
    'void RedisModule_ThreadSafeContextUnlock(RedisModuleCtx *ctx)',
    undefined,
    (ctx: number) => {
      unlock(ctx);
    },
    { shim: true },
  ),
];
