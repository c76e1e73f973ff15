// Modules that listen to what happens to the server.
//
// A listener is (module, event, function); a module has at most one per event. The server starts telling of an event
// when the first listener for it comes, see `ModuleEvents.watch`.

import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext, poolAlloc } from './abi/contexts.ts';
import { internCString, mallocBytes, scratch, scratchView, setScratchPtr, storeStruct } from './abi/native-memory.ts';
import { CLIENT_INFO_BYTES, loadClientInfo } from './client-info-struct.ts';
import type { EventDetails } from './env.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';

const EVENT_CALLBACK =
  'void RedisModuleEventCallback(RedisModuleCtx *ctx, RedisModuleEvent eid, uint64_t subevent, void *data)';

/** REDISMODULE_EVENT_ numbers. */
export const ServerEvent = {
  ReplicationRoleChanged: 0,
  Persistence: 1,
  FlushDb: 2,
  Loading: 3,
  ClientChange: 4,
  Shutdown: 5,
  ReplicaChange: 6,
  MasterLinkChange: 7,
  CronLoop: 8,
  ModuleChange: 9,
  LoadingProgress: 10,
  SwapDb: 11,
  ReplBackup: 12,
  ForkChild: 13,
  ReplAsyncLoad: 14,
  EventLoop: 15,
  Config: 16,
} as const;

/**
 * Number of subevents of each event that this server knows, by the event's number; 0 for those that are gone from
 * Redis. Keys (17) are not among them yet. Events of things that never happen here, like those of replicas, can be
 * subscribed to all the same.
 */
export const SUBEVENT_COUNTS: readonly number[] = [2, 6, 2, 5, 2, 0, 2, 2, 0, 2, 2, 0, 0, 2, 3, 2, 1];

interface Listener {
  readonly module: Module;
  readonly event: number;
  readonly dataVersion: number | bigint;
  call: NativeFunction;
}

export class ServerEvents {
  private readonly host: ModuleHost;
  private listeners: readonly Listener[] = [];
  /** How the server stops telling of events, by event. */
  private readonly watched = new Map<number, () => void>();

  constructor(host: ModuleHost) {
    this.host = host;
    host.listeners.push((module, event) => {
      if (!this.watched.has(ServerEvent.ModuleChange)) return;
      this.fire(ServerEvent.ModuleChange, event === 'loaded' ? 0 : 1, { kind: 'module', module });
    });
  }

  /** Adds, replaces (or with function 0 removes) the module's listener for an event. */
  subscribe(module: Module, event: number, dataVersion: number | bigint, func: number): void {
    const known = this.listeners.find((l) => l.module === module && l.event === event);
    if (func === 0) {
      if (known !== undefined) this.remove(known);
      return;
    }
    const call = bindCallback(EVENT_CALLBACK, func);
    if (known !== undefined) {
      known.call = call;
      return;
    }
    const listener: Listener = { module, event, dataVersion, call };
    this.listeners = [...this.listeners, listener];
    module.onUnload(() => this.remove(listener));
    if (this.watched.has(event)) return;
    this.watched.set(
      event,
      this.host.env.events.watch(event, (subevent, details) => this.fire(event, subevent, details)),
    );
  }

  private remove(listener: Listener): void {
    this.listeners = this.listeners.filter((other) => other !== listener);
    const { event } = listener;
    if (this.listeners.some((other) => other.event === event)) return;
    this.watched.get(event)?.();
    this.watched.delete(event);
  }

  private fire(event: number, subevent: number, details: EventDetails): void {
    const { contexts } = this.host;
    for (const listener of this.listeners) {
      if (listener.event !== event || !this.listeners.includes(listener)) continue;
      // A module is not told of its own coming and going.
      if (details.kind === 'module' && details.module === listener.module) continue;
      const client = details.kind === 'client' ? details.client : null;
      const context = contexts.enter(ContextKind.Call, listener.module, client, null);
      try {
        const data = this.encode(context, details);
        listener.call(context.addr, event, listener.dataVersion, subevent, data);
      } finally {
        contexts.leave(context);
      }
    }
  }

  /** The structure that goes with the event, in memory of the context; 0 when there is none. */
  private encode(context: ModuleContext, details: EventDetails): number {
    switch (details.kind) {
      case 'none':
        return 0;
      case 'client':
        loadClientInfo(this.host.env.facts.describe(details.client));
        return stored(context, CLIENT_INFO_BYTES);
      case 'flush':
        if (details.dbIndex >= 0) context.dbIndex = details.dbIndex;
        return numbers(context, details.lazy ? 0 : 1, details.dbIndex);
      case 'cron':
        return numbers(context, details.hz, 0);
      case 'swap':
        return numbers(context, details.first, details.second);
      case 'module': {
        const { module } = details;
        const name = internCString(module.name);
        begin(24);
        setScratchPtr(8, name);
        scratchView.setInt32(16, module.version, true);
        return stored(context, 24);
      }
      case 'config':
        return encodeConfigChange(context, details.names);
    }
  }
}

/** Clears the scratch for a structure and sets its version to 1. */
function begin(sizeBytes: number): void {
  scratch.fill(0, 0, sizeBytes);
  scratchView.setBigUint64(0, 1n, true);
}

function stored(context: ModuleContext, sizeBytes: number): number {
  const addr = poolAlloc(context, sizeBytes);
  storeStruct(addr, sizeBytes);
  return addr;
}

/** A structure of a version and two int32. */
function numbers(context: ModuleContext, first: number, second: number): number {
  begin(16);
  scratchView.setInt32(8, first, true);
  scratchView.setInt32(12, second, true);
  return stored(context, 16);
}

function encodeConfigChange(context: ModuleContext, names: readonly string[]): number {
  const texts = names.map((name) => {
    const addr = mallocBytes(Buffer.from(name, 'latin1'));
    context.poolBlocks.push(addr);
    return addr;
  });
  for (const [i, addr] of texts.entries()) setScratchPtr(8 * i, addr);
  const list = stored(context, Math.max(8, 8 * texts.length));
  begin(24);
  scratchView.setUint32(8, names.length, true);
  setScratchPtr(16, list);
  return stored(context, 24);
}
