/** The types of values that every keyspace knows; modules' types are registered by their host. */
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_ZSET } from './entry-layout.ts';
import { hashOps } from './hash-ops.ts';
import { listOps } from './list-ops.ts';
import { setOps } from './set-ops.ts';
import { streamOps } from './stream-ops.ts';
import type { ValueOpsTable } from './value-ops.ts';
import { zsetOps } from './zset-ops.ts';

export function registerValueTypes(types: ValueOpsTable): void {
  types.register(TYPE_HASH, hashOps);
  types.register(TYPE_LIST, listOps);
  types.register(TYPE_SET, setOps);
  types.register(TYPE_STREAM, streamOps);
  types.register(TYPE_ZSET, zsetOps);
}
