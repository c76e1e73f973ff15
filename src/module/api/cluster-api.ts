// Cluster functions, as a server that is part of no cluster answers them; and the slots of keys, which are the same
// everywhere.

import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { free, internCString, mallocBytes, readBytes, toSize, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { SLOTS, slotOf } from '../hash-slots.ts';
import { fail } from '../runtime.ts';
import { ENOTSUP, refuse } from '../typed-keys.ts';

const NO_CLUSTER = 'the server is part of no cluster';

/** A RedisModuleSlotRangeArray: a count, and for each range its first and last slot. */
function allSlots(): number {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32LE(1, 0);
  bytes.writeUInt16LE(0, 4);
  bytes.writeUInt16LE(SLOTS - 1, 6);
  return mallocBytes(bytes);
}

/** The shortest text of letters whose slot this is; found by trying. */
function nameInSlot(slot: number): string {
  for (let n = 0; ; n++) {
    const text = n.toString(36);
    if (slotOf(Buffer.from(text)) === slot) return text;
  }
}

const none = (): number => 0;
const refused = (): number => fail(NO_CLUSTER);

export const cluster: ApiFunction[] = [
  api('5.0', 'const char *RedisModule_GetMyClusterID(void)', 0, none),
  api('5.0', 'size_t RedisModule_GetClusterSize(void)', 0, none),
  api(
    '5.0',
    'int RedisModule_GetClusterNodeInfo(RedisModuleCtx *ctx, const char *id, char *ip, char *master_id, int *port, int *flags)',
    1,
    refused,
  ),
  api(
    'valkey 8.0',
    'int ValkeyModule_GetClusterNodeInfoForClient(ValkeyModuleCtx *ctx, uint64_t client_id, const char *node_id, char *ip, char *primary_id, int *port, int *flags)',
    1,
    refused,
    { family: 'valkey' },
  ),
  api(
    '5.0',
    'char **RedisModule_GetClusterNodesList(RedisModuleCtx *ctx, size_t *numnodes)',
    0,
    (_ctx: number, count: number) => {
      if (count !== 0) writePtr(count, 0);
      return 0;
    },
  ),
  api('5.0', 'void RedisModule_FreeClusterNodesList(char **ids)', undefined, () => {}),
  api(
    '5.0',
    'void RedisModule_RegisterClusterMessageReceiver(RedisModuleCtx *ctx, uint8_t type, RedisModuleClusterMessageReceiver callback)',
    undefined,
    () => {},
  ),
  api(
    '5.0',
    'int RedisModule_SendClusterMessage(RedisModuleCtx *ctx, const char *target_id, uint8_t type, const char *msg, uint32_t len)',
    1,
    refused,
  ),
  api('5.0', 'void RedisModule_SetClusterFlags(RedisModuleCtx *ctx, uint64_t flags)', undefined, () => {}),

  api('7.4', 'unsigned int RedisModule_ClusterKeySlot(RedisModuleString *key)', 0, (key: number) =>
    slotOf(moduleStrings.view(key)),
  ),
  api(
    '8.4',
    'unsigned int RedisModule_ClusterKeySlotC(const char *keystr, size_t keylen)',
    0,
    (key: number, length: number | bigint) => slotOf(readBytes(key, toSize(length))),
  ),
  api('7.4', 'const char *RedisModule_ClusterCanonicalKeyNameInSlot(unsigned int slot)', 0, (slot: number) =>
    slot < SLOTS ? internCString(nameInSlot(slot)) : 0,
  ),
  api('8.4', 'int RedisModule_ClusterCanAccessKeysInSlot(int slot)', 0, (slot: number) =>
    slot >= 0 && slot < SLOTS ? 1 : 0,
  ),
  api('8.4', 'RedisModuleSlotRangeArray *RedisModule_ClusterGetLocalSlotRanges(RedisModuleCtx *ctx)', 0, allSlots),
  api(
    '8.10',
    'RedisModuleSlotRangeArray *RedisModule_GetClusterNodeSlotRanges(RedisModuleCtx *ctx, const char *nodeid)',
    0,
    none,
  ),
  api(
    '8.4',
    'void RedisModule_ClusterFreeSlotRanges(RedisModuleCtx *ctx, RedisModuleSlotRangeArray *slots)',
    undefined,
    (_ctx: number, slots: number) => free(slots),
  ),
  api('8.4', 'int RedisModule_ClusterDisableTrim(RedisModuleCtx *ctx)', 1, refused),
  api('8.4', 'int RedisModule_ClusterEnableTrim(RedisModuleCtx *ctx)', 1, refused),
  variadicApi(
    '8.4',
    'int RedisModule_ClusterPropagateForSlotMigration(RedisModuleCtx *ctx, const char *cmdname, const char *fmt, ...)',
    1,
    () => refuse(ENOTSUP, NO_CLUSTER),
  ),
  api(
    '8.0',
    'const char *RedisModule_GetInternalSecret(RedisModuleCtx *ctx, size_t *len)',
    0,
    (_ctx: number, length: number) => {
      if (length !== 0) writePtr(length, 0);
      return 0;
    },
  ),
];
