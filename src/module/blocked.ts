// Clients that a module blocked: what RM_BlockClient returns, and threads reply to.

import { ReplyWriter } from '../protocol/reply.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import type { ModuleClient } from './env.ts';
import type { Module } from './module.ts';

export class BlockedClient {
  readonly module: Module;
  /** Null once the client went away. */
  client: ModuleClient | null;
  readonly dbIndex: number;
  readonly clientId: number;
  /** What threads replied so far; it goes to the client when that is unblocked. */
  readonly replies = new ReplyWriter(1024);

  constructor(module: Module, client: ModuleClient) {
    this.module = module;
    this.client = client;
    this.dbIndex = client.dbIndex;
    this.clientId = client.id;
    this.replies.resp = client.out.resp;
  }
}

/** All blocked clients that modules hold. */
export const blockedClients = new HandleTable<BlockedClient>(HandleKind.BlockedClient);
