// A command run by a module (RM_Call with `K`) that blocks: its reply comes later.

import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind } from './abi/contexts.ts';
import { CallReply } from './call-reply.ts';
import type { PendingCall, CallReply as ReplyBytes } from './env.ts';
import type { Module } from './module.ts';

const ON_UNBLOCKED = 'void f(RedisModuleCtx *ctx, RedisModuleCallReply *reply, void *private_data)';

export class CallPromise {
  private readonly module: Module;
  private readonly pending: PendingCall;
  private readonly dbIndex: number;
  private handler: NativeFunction | null = null;
  private privateData = 0;
  private finished = false;

  constructor(module: Module, pending: PendingCall, dbIndex: number) {
    this.module = module;
    this.pending = pending;
    this.dbIndex = dbIndex;
    pending.onReply = (reply) => this.deliver(reply);
  }

  setHandler(address: number, privateData: number): void {
    this.handler = address === 0 ? null : bindCallback(ON_UNBLOCKED, address);
    this.privateData = privateData;
  }

  /** Ends the wait; the private data, or null when it is over already. */
  abort(): number | null {
    if (this.finished || !this.pending.abort()) return null;
    this.finished = true;
    this.handler = null;
    return this.privateData;
  }

  private deliver(reply: ReplyBytes): void {
    this.finished = true;
    const { handler, module } = this;
    const { host } = module;
    // A module that was unloaded meanwhile has no code left that could be called.
    if (handler === null || host.find(module.name)?.module !== module) return;
    const handle = CallReply.create(reply, null).expose();
    host.callModule(module, ContextKind.Call, null, null, (context) => {
      context.dbIndex = this.dbIndex;
      handler(context.addr, handle, this.privateData);
    });
  }
}
