// What a data type's callbacks are given besides the value: RedisModuleKeyOptCtx and RedisModuleDigest.

import { Digest } from '../store/digest.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';

/** Names (handles of strings, 0: none) and databases (-1: none) that an operation on a value is about. */
export interface KeyOptCtx {
  readonly fromKey: number;
  readonly toKey: number;
  readonly fromDb: number;
  readonly toDb: number;
}

export const keyOptCtxs = new HandleTable<KeyOptCtx>(HandleKind.KeyOptCtx);

/** Calls `body` with the handle of such a context, which ends with the call. */
export function withKeyOptCtx<T>(
  fromKey: number,
  toKey: number,
  fromDb: number,
  toDb: number,
  body: (handle: number) => T,
): T {
  const handle = keyOptCtxs.create({ fromKey, toKey, fromDb, toDb });
  try {
    return body(handle);
  } finally {
    keyOptCtxs.delete(handle);
  }
}

/** The digest of one value: `sequence` depends on the order of its parts, the sum of all sequences does not. */
export interface ModuleDigest {
  readonly keyName: number;
  readonly dbIndex: number;
  readonly sum: Digest;
  sequence: Digest;
}

export const digests = new HandleTable<ModuleDigest>(HandleKind.Digest);

/** Calls `body` with the handle of a new digest and returns its 20 bytes. */
export function withDigest(keyName: number, dbIndex: number, body: (handle: number) => void): Uint8Array {
  const digest: ModuleDigest = { keyName, dbIndex, sum: new Digest(), sequence: new Digest() };
  const handle = digests.create(digest);
  try {
    body(handle);
  } finally {
    digests.delete(handle);
  }
  return digest.sum.bytes;
}
