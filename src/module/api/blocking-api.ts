// Clients that wait for their reply.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { BlockedPhase, contextAt, type ModuleContext } from '../abi/contexts.ts';
import { MisuseError } from '../abi/handles.ts';
import { readPtrArray } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import {
  blockClient,
  blockedClients,
  measureEnd,
  measureStart,
  setDisconnectCallback,
  unblockClient,
} from '../blocked-handles.ts';
import type { ModuleClient } from '../env.ts';
import { reportMisuse } from '../misuse.ts';
import { databaseOf } from '../open-keys.ts';
import { fail } from '../runtime.ts';

/** REDISMODULE_BLOCK_UNBLOCK_DELETED. */
const UNBLOCK_DELETED = 1;

function unblock(handle: number, privateData: number | bigint): number {
  const bc = blockedClients.get(handle);
  if (bc.keys !== null) {
    if (bc.timeout === null) return fail('a client that waits for keys is unblocked by its timeout callback');
    unblockClient(bc, 0);
    return 0;
  }
  if (unblockClient(bc, privateData)) return 0;
  const { module } = bc;
  reportMisuse(module.host, module, 'RedisModule_UnblockClient() was called twice for a client.');
  return fail('the client was unblocked before');
}

/** CLOCK_MONOTONIC, which the native shim reads too. */
const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** The client of a context, which is to be blocked. */
function clientToBlock(context: ModuleContext): ModuleClient {
  const { client } = context;
  if (client === null) throw new MisuseError('a context without a client that could be blocked');
  if (context.host.env.blocking.isBlocked(client)) throw new MisuseError('a client that is blocked already, or gone');
  return client;
}

function blockOnKeys(
  ctx: number,
  reply: number,
  timeout: number,
  freePrivateData: number,
  timeoutMs: number | bigint,
  keys: number,
  numkeys: number,
  privateData: number | bigint,
  flags: number,
): number {
  const context = contextAt(ctx);
  const client = clientToBlock(context);
  const handles = numkeys > 0 ? readPtrArray(keys, numkeys) : [];
  const names = handles.map((handle) => Buffer.from(moduleStrings.view(handle)).toString('latin1'));
  const wanted = { names, wakesWhenGone: (flags & UNBLOCK_DELETED) !== 0 };
  const bc = blockClient(context, client, { reply, timeout, freePrivateData }, timeoutMs, wanted);
  bc.privateData = privateData;
  return bc.handle;
}

export const blocking: ApiFunction[] = [
  api(
    '4.0',
    'RedisModuleBlockedClient *RedisModule_BlockClient(RedisModuleCtx *ctx, RedisModuleCmdFunc reply_callback, RedisModuleCmdFunc timeout_callback, void (*free_privdata)(RedisModuleCtx*, void*), long long timeout_ms)',
    0,
    (ctx: number, reply: number, timeout: number, freePrivateData: number, timeoutMs: number | bigint) => {
      const context = contextAt(ctx);
      return blockClient(context, clientToBlock(context), { reply, timeout, freePrivateData }, timeoutMs).handle;
    },
  ),
  api(
    '6.0',
    'RedisModuleBlockedClient *RedisModule_BlockClientOnKeys(RedisModuleCtx *ctx, RedisModuleCmdFunc reply_callback, RedisModuleCmdFunc timeout_callback, void (*free_privdata)(RedisModuleCtx*, void*), long long timeout_ms, RedisModuleString **keys, int numkeys, void *privdata)',
    0,
    (
      ctx: number,
      reply: number,
      timeout: number,
      free: number,
      timeoutMs: number | bigint,
      keys: number,
      numkeys: number,
      privateData: number | bigint,
    ) => blockOnKeys(ctx, reply, timeout, free, timeoutMs, keys, numkeys, privateData, 0),
  ),
  api(
    '7.2',
    'RedisModuleBlockedClient *RedisModule_BlockClientOnKeysWithFlags(RedisModuleCtx *ctx, RedisModuleCmdFunc reply_callback, RedisModuleCmdFunc timeout_callback, void (*free_privdata)(RedisModuleCtx*, void*), long long timeout_ms, RedisModuleString **keys, int numkeys, void *privdata, int flags)',
    0,
    blockOnKeys,
  ),
  api(
    '6.0',
    'void RedisModule_SignalKeyAsReady(RedisModuleCtx *ctx, RedisModuleString *key)',
    undefined,
    (ctx: number, key: number) => {
      const context = contextAt(ctx);
      const i = moduleStrings.index(key);
      const bytes = moduleStrings.bytes[i]!;
      const { data } = context.host.env;
      data.signalReady(databaseOf(context), bytes, moduleStrings.offset[i]!, moduleStrings.length[i]!);
    },
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_GetBlockedClientReadyKey(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => contextAt(ctx).readyKey,
  ),
  api(
    '4.0',
    'int RedisModule_UnblockClient(RedisModuleBlockedClient *bc, void *privdata)',
    1,
    (handle: number, privateData: number | bigint) => unblock(handle, privateData),
  ),
  api('4.0', 'int RedisModule_AbortBlock(RedisModuleBlockedClient *bc)', 1, (handle: number) => {
    const bc = blockedClients.get(handle);
    bc.reply = null;
    bc.login?.abort();
    bc.disconnect = null;
    return unblock(handle, 0);
  }),
  api('4.0', 'int RedisModule_IsBlockedReplyRequest(RedisModuleCtx *ctx)', 0, (ctx: number) =>
    contextAt(ctx).phase === BlockedPhase.Reply ? 1 : 0,
  ),
  api('4.0', 'int RedisModule_IsBlockedTimeoutRequest(RedisModuleCtx *ctx)', 0, (ctx: number) =>
    contextAt(ctx).phase === BlockedPhase.Timeout ? 1 : 0,
  ),
  api(
    '4.0',
    'void *RedisModule_GetBlockedClientPrivateData(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => contextAt(ctx).privateData,
  ),
  api(
    '5.0',
    'RedisModuleBlockedClient *RedisModule_GetBlockedClientHandle(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => contextAt(ctx).blocked?.handle ?? 0,
  ),
  api('5.0', 'int RedisModule_BlockedClientDisconnected(RedisModuleCtx *ctx)', 0, (ctx: number) =>
    contextAt(ctx).phase === BlockedPhase.Disconnected ? 1 : 0,
  ),
  api(
    '5.0',
    'void RedisModule_SetDisconnectCallback(RedisModuleBlockedClient *bc, RedisModuleDisconnectFunc callback)',
    undefined,
    (handle: number, callback: number) => setDisconnectCallback(blockedClients.get(handle), callback),
  ),
  api(
    '7.2',
    'void *RedisModule_BlockClientGetPrivateData(RedisModuleBlockedClient *blocked_client)',
    0,
    (handle: number) => blockedClients.get(handle).privateData,
  ),
  api(
    '7.2',
    'void RedisModule_BlockClientSetPrivateData(RedisModuleBlockedClient *blocked_client, void *private_data)',
    undefined,
    (handle: number, privateData: number | bigint) => {
      blockedClients.get(handle).privateData = privateData;
    },
  ),
  api('6.2', 'int RedisModule_BlockedClientMeasureTimeStart(RedisModuleBlockedClient *bc)', 1, (handle: number) => {
    measureStart(handle, nowUs());
    return 0;
  }),
  api('6.2', 'int RedisModule_BlockedClientMeasureTimeEnd(RedisModuleBlockedClient *bc)', 1, (handle: number) =>
    measureEnd(handle, nowUs()) ? 0 : fail('the measurement was not started'),
  ),
];
