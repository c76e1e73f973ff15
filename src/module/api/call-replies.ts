// Reading the replies of commands that a module ran.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { Deferred, registerDeferred } from '../abi/call-block.ts';
import { autoMemoryFreed, contextAt, registerAutoFree } from '../abi/contexts.ts';
import { HandleKind } from '../abi/handles.ts';
import { toSize, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { type CallReply, callReplies, ReplyType } from '../call-reply.ts';
import type { CallPromise } from '../promise.ts';
import { currentModuleId, fail } from '../runtime.ts';
import { givenString } from './strings-api.ts';

/** Frees a reply; elements are freed with their root, freeing one is allowed and does nothing. */
function freeReply(handle: number): void {
  const reply = callReplies.get(handle);
  if (reply.root !== reply) return;
  reply.free();
  autoMemoryFreed(reply.context, handle);
}

registerDeferred(Deferred.FreeReply, freeReply);
registerAutoFree(HandleKind.CallReply, (_context, handle) => callReplies.get(handle).free());

/** The handle of an element, NULL when there is none. */
function exposed(reply: CallReply | null): number {
  return reply === null ? 0 : reply.expose();
}

/** Writes the handles of the pair `index` of a map or attribute; REDISMODULE_ERR when there is none. */
function pair(handle: number, type: ReplyType, index: number | bigint, key: number, value: number): number {
  const reply = callReplies.get(handle);
  const at = toSize(index) * 2;
  const first = reply.element(type, at);
  if (first === null) return 1;
  if (key !== 0) writePtr(key, first.expose());
  if (value !== 0) writePtr(value, exposed(reply.element(type, at + 1)));
  return 0;
}

function promiseOf(handle: number): CallPromise | null {
  return callReplies.get(handle).promise;
}

export const callReplyFunctions: ApiFunction[] = [
  api('4.0', 'void RedisModule_FreeCallReply(RedisModuleCallReply *reply)', undefined, freeReply, { shim: true }),
  api(
    '4.0',
    'int RedisModule_CallReplyType(RedisModuleCallReply *reply)',
    -1,
    (handle: number) => (handle === 0 ? ReplyType.Unknown : callReplies.get(handle).type),
    { shim: true },
  ),
  api(
    '4.0',
    'size_t RedisModule_CallReplyLength(RedisModuleCallReply *reply)',
    0,
    (handle: number) => callReplies.get(handle).length,
    { shim: true },
  ),
  api(
    '4.0',
    'long long RedisModule_CallReplyInteger(RedisModuleCallReply *reply)',
    0,
    (handle: number) => callReplies.get(handle).integer,
    { shim: true },
  ),
  api(
    '7.0',
    'double RedisModule_CallReplyDouble(RedisModuleCallReply *reply)',
    0,
    (handle: number) => callReplies.get(handle).double,
  ),
  api(
    '7.0',
    'int RedisModule_CallReplyBool(RedisModuleCallReply *reply)',
    0,
    (handle: number) => callReplies.get(handle).bool,
  ),
  api(
    '7.0',
    'const char *RedisModule_CallReplyBigNumber(RedisModuleCallReply *reply, size_t *len)',
    0,
    (handle: number, len: number) => {
      const reply = callReplies.get(handle);
      const address = reply.textAddress(ReplyType.BigNumber);
      if (address !== 0 && len !== 0) writePtr(len, reply.textLength);
      return address;
    },
  ),
  api(
    '7.0',
    'const char *RedisModule_CallReplyVerbatim(RedisModuleCallReply *reply, size_t *len, const char **format)',
    0,
    (handle: number, len: number, format: number) => {
      const reply = callReplies.get(handle);
      const address = reply.textAddress(ReplyType.VerbatimString);
      if (address === 0) return 0;
      if (len !== 0) writePtr(len, reply.textLength);
      // `txt:` and the like stand right before the text.
      if (format !== 0) writePtr(format, address - 4);
      return address;
    },
  ),
  api(
    '4.0',
    'const char *RedisModule_CallReplyStringPtr(RedisModuleCallReply *reply, size_t *len)',
    0,
    (handle: number, len: number) => {
      const reply = callReplies.get(handle);
      const address = reply.textAddress(ReplyType.String, ReplyType.Error);
      if (address !== 0 && len !== 0) writePtr(len, reply.textLength);
      return address;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'const char *RedisModule_CallReplyProto(RedisModuleCallReply *reply, size_t *len)',
    0,
    (handle: number, len: number) => {
      const reply = callReplies.get(handle);
      if (len !== 0) writePtr(len, reply.protoLength);
      return reply.protoAddress;
    },
  ),
  api(
    '4.0',
    'RedisModuleCallReply *RedisModule_CallReplyArrayElement(RedisModuleCallReply *reply, size_t idx)',
    0,
    (handle: number, index: number | bigint) =>
      exposed(callReplies.get(handle).element(ReplyType.Array, toSize(index))),
  ),
  api(
    '7.0',
    'RedisModuleCallReply *RedisModule_CallReplySetElement(RedisModuleCallReply *reply, size_t idx)',
    0,
    (handle: number, index: number | bigint) => exposed(callReplies.get(handle).element(ReplyType.Set, toSize(index))),
  ),
  api(
    '7.0',
    'int RedisModule_CallReplyMapElement(RedisModuleCallReply *reply, size_t idx, RedisModuleCallReply **key, RedisModuleCallReply **val)',
    1,
    (handle: number, index: number | bigint, key: number, value: number) =>
      pair(handle, ReplyType.Map, index, key, value),
  ),
  api('7.0', 'RedisModuleCallReply *RedisModule_CallReplyAttribute(RedisModuleCallReply *reply)', 0, (handle: number) =>
    exposed(callReplies.get(handle).attribute),
  ),
  api(
    '7.0',
    'int RedisModule_CallReplyAttributeElement(RedisModuleCallReply *reply, size_t idx, RedisModuleCallReply **key, RedisModuleCallReply **val)',
    1,
    (handle: number, index: number | bigint, key: number, value: number) =>
      pair(handle, ReplyType.Attribute, index, key, value),
  ),
  api(
    '7.2',
    'void RedisModule_CallReplyPromiseSetUnblockHandler(RedisModuleCallReply *reply, RedisModuleOnUnblocked on_unblock, void *private_data)',
    undefined,
    (handle: number, handler: number, privateData: number) => promiseOf(handle)?.setHandler(handler, privateData),
  ),
  api(
    '7.2',
    'int RedisModule_CallReplyPromiseAbort(RedisModuleCallReply *reply, void **private_data)',
    1,
    (handle: number, privateData: number) => {
      const data = promiseOf(handle)?.abort() ?? null;
      if (data === null) return fail('the command has replied, or its wait was ended');
      if (privateData !== 0) writePtr(privateData, data);
      return 0;
    },
  ),
  api(
    '4.0',
    'RedisModuleString *RedisModule_CreateStringFromCallReply(RedisModuleCallReply *reply)',
    0,
    (handle: number) => {
      const reply = callReplies.get(handle);
      const { type } = reply;
      let bytes: Uint8Array;
      if (type === ReplyType.String || type === ReplyType.Error) bytes = reply.text();
      else if (type === ReplyType.Integer) bytes = Buffer.from(reply.integer.toString());
      else return 0;
      return givenString(reply.context, moduleStrings.fromBytes(bytes, 0, bytes.length, currentModuleId()));
    },
  ),
  api(
    '4.0',
    'int RedisModule_ReplyWithCallReply(RedisModuleCtx *ctx, RedisModuleCallReply *reply)',
    1,
    (ctx: number, handle: number) => {
      const { out } = contextAt(ctx);
      const reply = callReplies.get(handle);
      if (out === null) return 0;
      if (out.resp === 2 && reply.isResp3) return fail('the reply is in RESP3, and the client speaks RESP2');
      reply.writeTo((bytes, offset, length) => out.rawRange(bytes, offset, length));
      for (const text of reply.errors) out.countError(text);
      return 0;
    },
  ),
];
