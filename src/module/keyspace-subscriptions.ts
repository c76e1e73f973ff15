// Modules that listen to keyspace events.

import { bindCallback } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext, poolAlloc } from './abi/contexts.ts';
import { internCString, storeCString } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { reportMisuse } from './misuse.ts';
import type { Module } from './module.ts';

const NOTIFICATION_FUNC =
  'int RedisModuleNotificationFunc(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key)';
/** REDISMODULE_OPTIONS_ALLOW_NESTED_KEYSPACE_NOTIFICATIONS. */
const ALLOW_NESTED = 1 << 3;

/** What a module listens to. */
export interface Subscription {
  readonly types: number;
  readonly func: number;
  readonly end: () => void;
}

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
    const index = moduleStrings.index(key);
    const serial = moduleStrings.serial[index]!;
    const context = host.contexts.enter(ContextKind.Call, module, null, null);
    context.dbIndex = dbIndex;
    try {
      notify(context.addr, type, eventName(context, event), key);
    } finally {
      host.contexts.leave(context);
      active = outer;
      if (!moduleStrings.takeBack(index, serial)) reportFreedKey(module);
    }
  });
  const subscription: Subscription = { types, func, end };
  module.keyspaceSubscriptions.push(subscription);
  module.onUnload(() => end());
}

/** Ends a subscription to just these types with this function; false when there is none. */
export function unsubscribeFromKeyspaceEvents(module: Module, types: number, func: number): boolean {
  const { keyspaceSubscriptions: all } = module;
  const at = all.findIndex((subscription) => subscription.types === types && subscription.func === func);
  if (at < 0) return false;
  all.splice(at, 1)[0]!.end();
  return true;
}

function reportFreedKey(module: Module): void {
  reportMisuse(module.host, module, 'a function for keyspace events freed the key that it was given.');
}

/** Names that are constants here, hence kept: beyond these (modules may make up names) memory of the context is used. */
const KEPT_NAMES = 256;
const keptNames = new Set<string>();

function eventName(context: ModuleContext, event: string): number {
  if (keptNames.has(event)) return internCString(event);
  if (keptNames.size < KEPT_NAMES) {
    keptNames.add(event);
    return internCString(event);
  }
  const bytes = Buffer.from(event);
  return storeCString(poolAlloc(context, bytes.length + 1), bytes);
}
