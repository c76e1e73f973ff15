// Modules that listen to keyspace events.

import { bindCallback } from './abi/callbacks.ts';
import { ContextKind } from './abi/contexts.ts';
import { internCString } from './abi/native.ts';
import { moduleStrings } from './abi/strings.ts';
import type { Module } from './module.ts';

const NOTIFICATION_FUNC =
  'int RedisModuleNotificationFunc(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key)';
/** REDISMODULE_OPTIONS_ALLOW_NESTED_KEYSPACE_NOTIFICATIONS. */
const ALLOW_NESTED = 1 << 3;

/**
 * Calls a module's function for each event of the types (NOTIFY_ bits) until the module goes. Events that the function
 * itself raises do not come back to it, unless the module's options say so.
 */
export function subscribeToKeyspaceEvents(module: Module, types: number, func: number): void {
  const notify = bindCallback(NOTIFICATION_FUNC, func);
  const { host } = module;
  let active = false;
  const end = host.env.events.onKeyspaceEvent(types, (type, event, dbIndex, buf, off, len) => {
    if (active && (module.options & ALLOW_NESTED) === 0) return;
    const outer = active;
    active = true;
    const key = moduleStrings.fromBytes(buf, off, len, module.id);
    const context = host.contexts.enter(ContextKind.Call, module, null, null);
    context.dbIndex = dbIndex;
    try {
      notify(context.addr, type, internCString(event), key);
    } finally {
      host.contexts.leave(context);
      moduleStrings.release(moduleStrings.index(key));
      active = outer;
    }
  });
  module.onUnload(end);
}
