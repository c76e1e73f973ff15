/* Clients that wait for keys.
 *
 *   w.wait <n> <timeout> <flags> <key> ...   waits until one of the keys is a list of n elements or more, or any other
 *                                            type; answers the key, what it is, and the command's arguments
 *                                            flags: d wakes for deletions, t has no timeout callback, a answers always
 *   w.ready <key>                            RM_SignalKeyAsReady
 *   w.unblock                                RM_UnblockClient for the latest that waits; w.abort RM_AbortBlock
 *   w.stats                                  frees, frees without client, timeouts, disconnections, calls of the callback */
#include "redismodule.h"

#include <string.h>

static int frees, freesWithoutClient, timeouts, disconnects, calls;
static RedisModuleBlockedClient *latest;

typedef struct {
    long long n;
    int always;
} Wanted;

static void freePrivate(RedisModuleCtx *ctx, void *p) {
    frees++;
    freesWithoutClient += RedisModule_BlockedClientDisconnected(ctx);
    RedisModule_Free(p);
}

static int onReady(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    calls++;
    Wanted *wanted = RedisModule_GetBlockedClientPrivateData(ctx);
    RedisModuleString *name = RedisModule_GetBlockedClientReadyKey(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_READ);
    int type = RedisModule_KeyType(key);
    size_t length = RedisModule_ValueLength(key);
    RedisModule_CloseKey(key);
    if (!wanted->always && type == REDISMODULE_KEYTYPE_LIST && (long long)length < wanted->n) return REDISMODULE_ERR;
    if (!wanted->always && type == REDISMODULE_KEYTYPE_EMPTY) return REDISMODULE_ERR;
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithString(ctx, name);
    RedisModule_ReplyWithLongLong(ctx, type);
    RedisModule_ReplyWithLongLong(ctx, (long long)length);
    RedisModule_ReplyWithArray(ctx, argc);
    for (int i = 0; i < argc; i++) RedisModule_ReplyWithString(ctx, argv[i]);
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_IsBlockedReplyRequest(ctx));
}

static int onTimeout(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    timeouts++;
    return RedisModule_ReplyWithSimpleString(ctx, "timeout");
}

static void onDisconnect(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc) {
    (void)ctx, (void)bc;
    disconnects++;
}

static int waitFor(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 5) return RedisModule_WrongArity(ctx);
    long long timeout = 0;
    Wanted *wanted = RedisModule_Alloc(sizeof(*wanted));
    RedisModule_StringToLongLong(argv[1], &wanted->n);
    RedisModule_StringToLongLong(argv[2], &timeout);
    const char *flags = RedisModule_StringPtrLen(argv[3], NULL);
    wanted->always = strchr(flags, 'a') != NULL;
    RedisModuleCmdFunc timeoutCallback = strchr(flags, 't') ? NULL : onTimeout;
    latest = strchr(flags, 'd')
                 ? RedisModule_BlockClientOnKeysWithFlags(ctx, onReady, timeoutCallback, freePrivate, timeout, argv + 4,
                                                          argc - 4, wanted, REDISMODULE_BLOCK_UNBLOCK_DELETED)
                 : RedisModule_BlockClientOnKeys(ctx, onReady, timeoutCallback, freePrivate, timeout, argv + 4, argc - 4,
                                                 wanted);
    if (latest != NULL) RedisModule_SetDisconnectCallback(latest, onDisconnect);
    return REDISMODULE_OK;
}

static int control(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    if (strcmp(name, "w.ready") == 0) {
        if (argc != 2) return RedisModule_WrongArity(ctx);
        RedisModule_SignalKeyAsReady(ctx, argv[1]);
        return RedisModule_ReplyWithSimpleString(ctx, "OK");
    }
    if (strcmp(name, "w.unblock") == 0) return RedisModule_ReplyWithLongLong(ctx, RedisModule_UnblockClient(latest, NULL));
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, frees);
    RedisModule_ReplyWithLongLong(ctx, freesWithoutClient);
    RedisModule_ReplyWithLongLong(ctx, timeouts);
    RedisModule_ReplyWithLongLong(ctx, disconnects);
    return RedisModule_ReplyWithLongLong(ctx, calls);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "onkeys", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "w.wait", waitFor, "write", 4, -1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "w.ready", control, "", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "w.unblock", control, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "w.stats", control, "", 0, 0, 0) == REDISMODULE_ERR) {
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
