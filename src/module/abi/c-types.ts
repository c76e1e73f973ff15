// Types of the module interface for the header: opaque structures, enumerations, structures with their layout (LP64), and
// types of callbacks.

/** Structures that modules only hold pointers to. */
export const OPAQUE_TYPES: readonly string[] = [
  'RedisModuleCtx',
  'RedisModuleCommand',
  'RedisModuleString',
  'RedisModuleKey',
  'RedisModuleCallReply',
  'RedisModuleIO',
  'RedisModuleType',
  'RedisModuleDigest',
  'RedisModuleBlockedClient',
  'RedisModuleClusterInfo',
  'RedisModuleDict',
  'RedisModuleDictIter',
  'RedisModuleCommandFilterCtx',
  'RedisModuleCommandFilter',
  'RedisModuleInfoCtx',
  'RedisModuleServerInfoData',
  'RedisModuleScanCursor',
  'RedisModuleUser',
  'RedisModuleKeyOptCtx',
  'RedisModuleRdbStream',
  'RedisModuleDefragCtx',
  'RedisModuleConfigIterator',
];

/** An enumeration whose members count up from 0. */
function enumeration(name: string, prefix: string, members: string): string {
  const lines = members.split(' ').map((member) => `    ${prefix}${member}`);
  return `typedef enum {\n${lines.join(',\n')}\n} ${name};`;
}

export const ENUMS: readonly string[] = [
  enumeration(
    'RedisModuleCommandArgType',
    'REDISMODULE_ARG_TYPE_',
    'STRING INTEGER DOUBLE KEY PATTERN UNIX_TIME PURE_TOKEN ONEOF BLOCK',
  ),
  enumeration('RedisModuleKeySpecBeginSearchType', 'REDISMODULE_KSPEC_BS_', 'INVALID UNKNOWN INDEX KEYWORD'),
  enumeration('RedisModuleKeySpecFindKeysType', 'REDISMODULE_KSPEC_FK_', 'OMITTED UNKNOWN RANGE KEYNUM'),
  enumeration('RedisModuleACLLogEntryReason', 'REDISMODULE_ACL_LOG_', 'AUTH CMD KEY CHANNEL'),
  enumeration('RedisModuleConfigType', 'REDISMODULE_CONFIG_TYPE_', 'STRING ENUM NUMERIC BOOL'),
];

/** `early` structures are used by callback types; the others use these. */
export interface CStruct {
  name: string;
  early: boolean;
  text: string;
}

function struct(name: string, fields: readonly string[], early = false): CStruct {
  const body = fields.map((field) => `    ${field};`).join('\n');
  return { name, early, text: `typedef struct ${name} {\n${body}\n} ${name};\n` };
}

/** A versioned structure: the plain name is an alias of the V1 structure. */
function versioned(name: string, fields: readonly string[]): CStruct {
  const { text } = struct(`${name}V1`, ['uint64_t version', ...fields]);
  return { name, early: false, text: `${text}#define ${name} ${name}V1\n` };
}

const EVENTS: readonly (readonly [name: string, id: string])[] = [
  ['ReplicationRoleChanged', 'REPLICATION_ROLE_CHANGED'],
  ['Persistence', 'PERSISTENCE'],
  ['FlushDB', 'FLUSHDB'],
  ['Loading', 'LOADING'],
  ['ClientChange', 'CLIENT_CHANGE'],
  ['Shutdown', 'SHUTDOWN'],
  ['ReplicaChange', 'REPLICA_CHANGE'],
  ['CronLoop', 'CRON_LOOP'],
  ['MasterLinkChange', 'MASTER_LINK_CHANGE'],
  ['ModuleChange', 'MODULE_CHANGE'],
  ['LoadingProgress', 'LOADING_PROGRESS'],
  ['SwapDB', 'SWAPDB'],
  ['ReplAsyncLoad', 'REPL_ASYNC_LOAD'],
  ['ForkChild', 'FORK_CHILD'],
  ['EventLoop', 'EVENTLOOP'],
  ['Config', 'CONFIG'],
  ['Key', 'KEY'],
];

export const STRUCTS: readonly CStruct[] = [
  struct('RedisModuleStreamID', ['uint64_t ms', 'uint64_t seq'], true),
  struct('RedisModuleSlotRange', ['uint16_t start', 'uint16_t end'], true),
  struct('RedisModuleSlotRangeArray', ['int32_t num_ranges', 'RedisModuleSlotRange ranges[]'], true),
  struct('RedisModuleEvent', ['uint64_t id', 'uint64_t dataver'], true),
  struct('RedisModuleCommandArg', [
    'const char *name',
    'RedisModuleCommandArgType type',
    'int key_spec_index',
    'const char *token',
    'const char *summary',
    'const char *since',
    'int flags',
    'const char *deprecated_since',
    'struct RedisModuleCommandArg *subargs',
    'const char *display_text',
  ]),
  struct('RedisModuleCommandHistoryEntry', ['const char *since', 'const char *changes']),
  struct('RedisModuleCommandKeySpec', [
    'const char *notes',
    'uint64_t flags',
    'RedisModuleKeySpecBeginSearchType begin_search_type',
    'union { struct { int pos; } index; struct { const char *keyword; int startfrom; } keyword; } bs',
    'RedisModuleKeySpecFindKeysType find_keys_type',
    'union { struct { int lastkey; int keystep; int limit; } range; struct { int keynumidx; int firstkey; int keystep; } keynum; } fk',
  ]),
  struct('RedisModuleCommandInfoVersion', [
    'int version',
    'size_t sizeof_historyentry',
    'size_t sizeof_keyspec',
    'size_t sizeof_arg',
  ]),
  {
    name: 'RedisModule_CurrentCommandInfoVersion',
    early: false,
    text: [
      'static const RedisModuleCommandInfoVersion RedisModule_CurrentCommandInfoVersion __attribute__((unused)) = {',
      '    .version = 1,',
      '    .sizeof_historyentry = sizeof(RedisModuleCommandHistoryEntry),',
      '    .sizeof_keyspec = sizeof(RedisModuleCommandKeySpec),',
      '    .sizeof_arg = sizeof(RedisModuleCommandArg),',
      '};',
      '#define REDISMODULE_COMMAND_INFO_VERSION (&RedisModule_CurrentCommandInfoVersion)',
      '',
    ].join('\n'),
  },
  struct('RedisModuleCommandInfo', [
    'const RedisModuleCommandInfoVersion *version',
    'const char *summary',
    'const char *complexity',
    'const char *since',
    'RedisModuleCommandHistoryEntry *history',
    'const char *tips',
    'int arity',
    'RedisModuleCommandKeySpec *key_specs',
    'RedisModuleCommandArg *args',
  ]),
  versioned('RedisModuleClientInfo', [
    'uint64_t flags',
    'uint64_t id',
    'char addr[46]',
    'uint16_t port',
    'uint16_t db',
  ]),
  {
    name: 'REDISMODULE_CLIENTINFO_INITIALIZER_V1',
    early: false,
    text: '#define REDISMODULE_CLIENTINFO_INITIALIZER_V1 { .version = 1 }\n',
  },
  versioned('RedisModuleReplicationInfo', [
    'int master',
    'char *masterhost',
    'int masterport',
    'char *replid1',
    'char *replid2',
    'uint64_t repl1_offset',
    'uint64_t repl2_offset',
  ]),
  versioned('RedisModuleFlushInfo', ['int32_t sync', 'int32_t dbnum']),
  versioned('RedisModuleModuleChange', ['const char *module_name', 'int32_t module_version']),
  versioned('RedisModuleConfigChange', ['uint32_t num_changes', 'const char **config_names']),
  versioned('RedisModuleCronLoop', ['int32_t hz']),
  versioned('RedisModuleLoadingProgress', ['int32_t hz', 'int32_t progress']),
  versioned('RedisModuleSwapDbInfo', ['int32_t dbnum_first', 'int32_t dbnum_second']),
  versioned('RedisModuleKeyInfo', ['RedisModuleKey *key']),
  struct('RedisModuleTypeMethods', [
    'uint64_t version',
    'RedisModuleTypeLoadFunc rdb_load',
    'RedisModuleTypeSaveFunc rdb_save',
    'RedisModuleTypeRewriteFunc aof_rewrite',
    'RedisModuleTypeMemUsageFunc mem_usage',
    'RedisModuleTypeDigestFunc digest',
    'RedisModuleTypeFreeFunc free',
    'RedisModuleTypeAuxLoadFunc aux_load',
    'RedisModuleTypeAuxSaveFunc aux_save',
    'int aux_save_triggers',
    'RedisModuleTypeFreeEffortFunc free_effort',
    'RedisModuleTypeUnlinkFunc unlink',
    'RedisModuleTypeCopyFunc copy',
    'RedisModuleTypeDefragFunc defrag',
    'RedisModuleTypeMemUsageFunc2 mem_usage2',
    'RedisModuleTypeFreeEffortFunc2 free_effort2',
    'RedisModuleTypeUnlinkFunc2 unlink2',
    'RedisModuleTypeCopyFunc2 copy2',
    'RedisModuleTypeAuxSaveFunc aux_save2',
  ]),
  {
    name: 'RedisModuleEvent_*',
    early: false,
    text: `${EVENTS.map(
      ([name, id]) =>
        `static const RedisModuleEvent RedisModuleEvent_${name} __attribute__((unused)) = { REDISMODULE_EVENT_${id}, 1 };`,
    ).join('\n')}\n`,
  },
];

export const CALLBACK_TYPES: readonly string[] = [
  'typedef void (*RedisModuleEventLoopFunc)(int fd, void *user_data, int mask);',
  'typedef void (*RedisModuleEventLoopOneShotFunc)(void *user_data);',
  'typedef void (*RedisModuleEventCallback)(RedisModuleCtx *ctx, RedisModuleEvent eid, uint64_t subevent, void *data);',
  'typedef void (*RedisModuleInfoFunc)(RedisModuleInfoCtx *ctx, int for_crash_report);',
  'typedef void (*RedisModuleDefragFunc)(RedisModuleDefragCtx *ctx);',
  'typedef int (*RedisModuleDefragFunc2)(RedisModuleDefragCtx *ctx);',
  'typedef void (*RedisModuleUserChangedFunc)(uint64_t client_id, void *privdata);',
  'typedef int (*RedisModuleDefragDictValueCallback)(RedisModuleDefragCtx *ctx, void *data, unsigned char *key, size_t keylen, void **newptr);',
  'typedef int (*RedisModuleCmdFunc)(RedisModuleCtx *ctx, RedisModuleString **argv, int argc);',
  'typedef void (*RedisModuleDisconnectFunc)(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc);',
  'typedef int (*RedisModuleNotificationFunc)(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key);',
  'typedef void (*RedisModulePostNotifyJobFunc)(RedisModuleCtx *ctx, void *pd);',
  'typedef void *(*RedisModuleTypeLoadFunc)(RedisModuleIO *rdb, int encver);',
  'typedef void (*RedisModuleTypeSaveFunc)(RedisModuleIO *rdb, void *value);',
  'typedef int (*RedisModuleTypeAuxLoadFunc)(RedisModuleIO *rdb, int encver, int when);',
  'typedef void (*RedisModuleTypeAuxSaveFunc)(RedisModuleIO *rdb, int when);',
  'typedef void (*RedisModuleTypeRewriteFunc)(RedisModuleIO *aof, RedisModuleString *key, void *value);',
  'typedef size_t (*RedisModuleTypeMemUsageFunc)(const void *value);',
  'typedef size_t (*RedisModuleTypeMemUsageFunc2)(RedisModuleKeyOptCtx *ctx, const void *value, size_t sample_size);',
  'typedef void (*RedisModuleTypeDigestFunc)(RedisModuleDigest *digest, void *value);',
  'typedef void (*RedisModuleTypeFreeFunc)(void *value);',
  'typedef size_t (*RedisModuleTypeFreeEffortFunc)(RedisModuleString *key, const void *value);',
  'typedef size_t (*RedisModuleTypeFreeEffortFunc2)(RedisModuleKeyOptCtx *ctx, const void *value);',
  'typedef void (*RedisModuleTypeUnlinkFunc)(RedisModuleString *key, const void *value);',
  'typedef void (*RedisModuleTypeUnlinkFunc2)(RedisModuleKeyOptCtx *ctx, const void *value);',
  'typedef void *(*RedisModuleTypeCopyFunc)(RedisModuleString *fromkey, RedisModuleString *tokey, const void *value);',
  'typedef void *(*RedisModuleTypeCopyFunc2)(RedisModuleKeyOptCtx *ctx, const void *value);',
  'typedef int (*RedisModuleTypeDefragFunc)(RedisModuleDefragCtx *ctx, RedisModuleString *key, void **value);',
  'typedef void (*RedisModuleClusterMessageReceiver)(RedisModuleCtx *ctx, const char *sender_id, uint8_t type, const unsigned char *payload, uint32_t len);',
  'typedef void (*RedisModuleTimerProc)(RedisModuleCtx *ctx, void *data);',
  'typedef void (*RedisModuleCommandFilterFunc)(RedisModuleCommandFilterCtx *filter);',
  'typedef void (*RedisModuleForkDoneHandler)(int exitcode, int bysignal, void *user_data);',
  'typedef void (*RedisModuleScanCB)(RedisModuleCtx *ctx, RedisModuleString *keyname, RedisModuleKey *key, void *privdata);',
  'typedef void (*RedisModuleScanKeyCB)(RedisModuleKey *key, RedisModuleString *field, RedisModuleString *value, void *privdata);',
  'typedef RedisModuleString *(*RedisModuleConfigGetStringFunc)(const char *name, void *privdata);',
  'typedef long long (*RedisModuleConfigGetNumericFunc)(const char *name, void *privdata);',
  'typedef int (*RedisModuleConfigGetBoolFunc)(const char *name, void *privdata);',
  'typedef int (*RedisModuleConfigGetEnumFunc)(const char *name, void *privdata);',
  'typedef int (*RedisModuleConfigSetStringFunc)(const char *name, RedisModuleString *val, void *privdata, RedisModuleString **err);',
  'typedef int (*RedisModuleConfigSetNumericFunc)(const char *name, long long val, void *privdata, RedisModuleString **err);',
  'typedef int (*RedisModuleConfigSetBoolFunc)(const char *name, int val, void *privdata, RedisModuleString **err);',
  'typedef int (*RedisModuleConfigSetEnumFunc)(const char *name, int val, void *privdata, RedisModuleString **err);',
  'typedef int (*RedisModuleConfigApplyFunc)(RedisModuleCtx *ctx, void *privdata, RedisModuleString **err);',
  'typedef void (*RedisModuleOnUnblocked)(RedisModuleCtx *ctx, RedisModuleCallReply *reply, void *private_data);',
  'typedef int (*RedisModuleAuthCallback)(RedisModuleCtx *ctx, RedisModuleString *username, RedisModuleString *password, RedisModuleString **err);',
];
