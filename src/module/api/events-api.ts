// Keyspace notifications and server events.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { bindCallback } from '../abi/callbacks.ts';
import { ContextKind, contextAt } from '../abi/contexts.ts';
import { readCString } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { subscribeToKeyspaceEvents, unsubscribeFromKeyspaceEvents } from '../keyspace-subscriptions.ts';
import { currentHost, fail } from '../runtime.ts';
import { SUBEVENT_COUNTS } from '../server-events.ts';

/** All REDISMODULE_NOTIFY_ bits of Redis 7.4. */
const ALL_NOTIFICATIONS = (1 << 15) - 1;

function publish(ctx: number, channel: number, message: number, shard: boolean): number {
  // Redis does not look at the context; modules pass NULL.
  const host = ctx === 0 ? currentHost() : contextAt(ctx).host;
  return host.env.events.publish(moduleStrings.view(channel), moduleStrings.view(message), shard);
}

/** Runs a function of a module when the running execution unit has ended. */
function addJob(ctx: number, callback: number, privateData: number | bigint, freePrivateData: number): number {
  const { module, host, dbIndex } = contextAt(ctx);
  if (module === null) return fail('there is no module yet');
  const job = bindCallback('void job(RedisModuleCtx *ctx, void *pd)', callback);
  const release = freePrivateData === 0 ? null : bindCallback('void free_pd(void *pd)', freePrivateData);
  host.env.events.afterUnit(() => {
    // What a module that is gone has left behind, nobody can free.
    if (module.takenBack) return;
    host.callModule(module, ContextKind.Call, null, null, (context) => {
      context.dbIndex = dbIndex;
      job(context.addr, privateData);
      release?.(privateData);
    });
  });
  return 0;
}

export const events: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_SubscribeToKeyspaceEvents(RedisModuleCtx *ctx, int types, RedisModuleNotificationFunc cb)',
    1,
    (ctx: number, types: number, func: number) => {
      const { module } = contextAt(ctx);
      if (module === null) return fail('there is no module yet');
      subscribeToKeyspaceEvents(module, types, func);
      return 0;
    },
  ),
  api(
    '8.2',
    'int RedisModule_UnsubscribeFromKeyspaceEvents(RedisModuleCtx *ctx, int types, RedisModuleNotificationFunc cb)',
    1,
    (ctx: number, types: number, func: number) => {
      const { module } = contextAt(ctx);
      if (module === null) return fail('there is no module yet');
      return unsubscribeFromKeyspaceEvents(module, types, func) ? 0 : fail('there is no such subscription');
    },
  ),
  api(
    '7.2',
    'int RedisModule_AddPostNotificationJob(RedisModuleCtx *ctx, RedisModulePostNotifyJobFunc callback, void *pd, void (*free_pd)(void*))',
    1,
    addJob,
  ),
  api('6.0', 'int RedisModule_GetNotifyKeyspaceEvents(void)', 0, () => currentHost().env.events.notifyFlags),
  api('6.0', 'int RedisModule_GetKeyspaceNotificationFlagsAll(void)', 0, () => ALL_NOTIFICATIONS),
  api(
    '6.0',
    'int RedisModule_NotifyKeyspaceEvent(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key)',
    1,
    (ctx: number, type: number, event: number, key: number) => {
      const { host, dbIndex } = contextAt(ctx);
      const db = host.env.data.keyspace.dbs[dbIndex];
      if (db === undefined) return fail('there is no such database');
      const bytes = moduleStrings.view(key);
      host.env.data.notify(type, readCString(event), db, bytes, 0, bytes.length);
      return 0;
    },
  ),

  api(
    '6.0',
    'int RedisModule_PublishMessage(RedisModuleCtx *ctx, RedisModuleString *channel, RedisModuleString *message)',
    0,
    (ctx: number, channel: number, message: number) => publish(ctx, channel, message, false),
  ),
  api(
    '7.0',
    'int RedisModule_PublishMessageShard(RedisModuleCtx *ctx, RedisModuleString *channel, RedisModuleString *message)',
    0,
    (ctx: number, channel: number, message: number) => publish(ctx, channel, message, true),
  ),

  api(
    '6.0',
    'int RedisModule_SubscribeToServerEvent(RedisModuleCtx *ctx, RedisModuleEvent event, RedisModuleEventCallback callback)',
    1,
    (ctx: number, event: number | bigint, dataVersion: number | bigint, func: number) => {
      const { module, host } = contextAt(ctx);
      if (module === null) return fail('there is no module yet');
      if (SUBEVENT_COUNTS[Number(event)] === undefined) return fail('this event is not known');
      if (dataVersion > 1) return fail('this version of the event is not known');
      host.serverEvents.subscribe(module, Number(event), dataVersion, func);
      return 0;
    },
  ),
  api(
    '6.0',
    'int RedisModule_IsSubEventSupported(RedisModuleEvent event, uint64_t subevent)',
    0,
    (event: number | bigint, _dataVersion: number | bigint, subevent: number | bigint) =>
      subevent < (SUBEVENT_COUNTS[Number(event)] ?? 0) ? 1 : 0,
  ),
];
