// The context of a call: state of the server, the client behind it, clients by number.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { callBlock } from '../abi/call-block.ts';
import { autoMemoryAdd, contextAt, contextOrNull } from '../abi/contexts.ts';
import { HandleKind } from '../abi/handles.ts';
import { readI64, setErrno, storeStruct, toU64 } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { CLIENT_INFO_BYTES, loadClientInfo } from '../client-info-struct.ts';
import type { ModuleClient } from '../env.ts';
import { currentHost, currentModuleId, fail, runtime } from '../runtime.ts';

const ENOENT = 2;
const EINVAL = 22;
/** All REDISMODULE_CTX_FLAGS_ bits of Redis 7.4. */
const ALL_CONTEXT_FLAGS = (1 << 25) - 1;

function clientById(id: number | bigint): ModuleClient | null {
  return currentHost().env.clientById(Number(toU64(id)));
}

/** A new string of the context's module out of a byte string. */
export function newString(ctx: number, bytes: string): number {
  const buffer = Buffer.from(bytes, 'latin1');
  const handle = moduleStrings.fromBytes(buffer, 0, buffer.length, currentModuleId());
  autoMemoryAdd(contextOrNull(ctx), HandleKind.String, handle);
  return handle;
}

export const context: ApiFunction[] = [
  api(
    '4.0',
    'unsigned long long RedisModule_GetClientId(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => {
      const { client, blocked } = contextAt(ctx);
      return client?.id ?? blocked?.clientId ?? 0;
    },
    { shim: true },
  ),
  api(
    '6.2',
    'RedisModuleString *RedisModule_GetClientUserNameById(RedisModuleCtx *ctx, uint64_t id)',
    0,
    (ctx: number, id: number | bigint) => {
      const client = clientById(id);
      if (client === null) {
        setErrno(ENOENT);
        return 0;
      }
      return newString(ctx, currentHost().env.facts.describe(client).user);
    },
  ),
  api(
    '7.0',
    'RedisModuleString *RedisModule_GetClientNameById(RedisModuleCtx *ctx, uint64_t id)',
    0,
    (ctx: number, id: number | bigint) => {
      const client = clientById(id);
      const name = client === null ? '' : currentHost().env.facts.describe(client).name;
      return name === '' ? 0 : newString(ctx, name);
    },
  ),
  api(
    '7.0',
    'int RedisModule_SetClientNameById(uint64_t id, RedisModuleString *name)',
    1,
    (id: number | bigint, name: number) => {
      const client = clientById(id);
      if (client === null) {
        setErrno(ENOENT);
        return fail('there is no client of this number');
      }
      const text = name === 0 ? '' : Buffer.from(moduleStrings.view(name)).toString('latin1');
      if (currentHost().env.facts.setClientName(client, text)) return 0;
      setErrno(EINVAL);
      return fail('the name holds spaces or special characters');
    },
  ),
  api('6.0', 'int RedisModule_GetClientInfoById(void *ci, uint64_t id)', 1, (target: number, id: number | bigint) => {
    const client = clientById(id);
    if (client === null) return fail('there is no client of this number');
    if (target === 0) return 0;
    if (Number(readI64(target)) !== 1) return fail('this version of RedisModuleClientInfo is not known');
    loadClientInfo(currentHost().env.facts.describe(client));
    storeStruct(target, CLIENT_INFO_BYTES);
    return 0;
  }),
  // Connections with certificates do not exist here.
  api('6.0', 'RedisModuleString *RedisModule_GetClientCertificate(RedisModuleCtx *ctx, uint64_t id)', 0, () => 0),
  api('7.0', 'RedisModuleString *RedisModule_GetCurrentUserName(RedisModuleCtx *ctx)', 0, (ctx: number) => {
    const { client, host } = contextAt(ctx);
    return newString(ctx, client === null ? 'default' : host.env.facts.describe(client).user);
  }),
  api(
    '4.0',
    'int RedisModule_GetContextFlags(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => {
      const found = contextOrNull(ctx);
      const flags = (found?.host ?? currentHost()).env.facts.contextFlags(found?.client ?? null);
      if (found !== null && found === runtime.current) callBlock.contextFlags = flags;
      return flags;
    },
    { shim: true },
  ),
  api('6.0', 'int RedisModule_GetContextFlagsAll(void)', 0, () => ALL_CONTEXT_FLAGS),
  api('6.0', 'int RedisModule_AvoidReplicaTraffic(void)', 0, () => (currentHost().env.facts.paused ? 1 : 0)),
  api(
    '7.0',
    'int RedisModule_RedactClientCommandArgument(RedisModuleCtx *ctx, int pos)',
    1,
    (ctx: number, pos: number) => {
      const found = contextOrNull(ctx);
      if (found === null || found.client === null) return fail('there is no command line');
      return found.host.env.facts.redact(found.client, pos) ? 0 : fail('there is no such argument');
    },
  ),
];
